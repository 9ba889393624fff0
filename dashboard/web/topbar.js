// What stands above every page: settings, book, day, benchmark, and where the data is from.

export function render({model}) {
  const {icons} = model.esm_constants
  const svg = (name, kind = "") => `<svg class="${kind}" viewBox="0 0 24 24" aria-hidden="true">${icons[name]}</svg>`
  const root = document.createElement("div")
  root.className = "bar"
  root.innerHTML = `
    <svg class="logo" viewBox="0 0 32 32" role="img" aria-label="Hedgeboard"><rect width="32" height="32" rx="8"/>
      <path d="M7 21.5l5.5-6.5 5.2 4.6L25 10.5"/></svg>
    <button class="item settings" title="Settings (,)">${svg("settings")}<span>Settings</span><kbd>,</kbd></button>
    <button class="item book" title="Edit positions">Book <b></b></button>
    <span class="item asof"><span class="name">As of</span><span class="day"><b></b><input type="date" aria-label="As of"></span>
      <span><button class="step back" aria-label="Previous session" title="Previous session">${svg("left")}</button></span>
      <button class="step on" aria-label="Next session" title="Next session">${svg("right")}</button></span>
    <label class="item bench"><span class="name">Benchmark</span><select aria-label="Benchmark"></select>${svg("down", "down")}</label>
    <button class="chip" aria-haspopup="dialog"><i></i><span></span></button>
    <span class="gap"></span>
    <button class="item replay" aria-label="Replay" title="Replay (y)">${svg("replay")}<span>Replay</span></button>
    <button class="icon dark" aria-label="Theme">${svg("moon")}</button>
    <button class="icon sliders" aria-label="Settings">${svg("settings")}</button>`
  const find = name => root.querySelector(name)
  const settings = find(".settings"), day = find(".day input"), chip = find(".chip")
  const bench = find(".bench select")

  const toggle = () => window.dispatchEvent(new Event("hedgeboard:settings"))
  settings.addEventListener("click", toggle)
  find(".sliders").addEventListener("click", toggle)
  find(".replay").addEventListener("click", () => window.dispatchEvent(new Event("hedgeboard:replay")))
  find(".dark").addEventListener("click", () => { model.dark = !model.dark })
  find(".book").addEventListener("click", () => model.send_msg({edit: true}))
  find(".back").addEventListener("click", () => model.send_msg({step: -1}))
  find(".on").addEventListener("click", () => model.send_msg({step: 1}))
  // A whole date only: while it is typed, a date input is empty or names the year 0002.
  day.addEventListener("change", () => { if (day.value >= "1900") { model.send_msg({day: day.value}) } })
  day.addEventListener("click", () => { try { day.showPicker() } catch { /* typing still works */ } })
  bench.addEventListener("change", () => model.send_msg({benchmark: bench.value}))
  chip.addEventListener("click", () => model.send_msg({data: true}))
  // The age of the prices goes on while nothing else happens.
  const minutes = setInterval(() => model.send_msg({minute: true}), 60000)
  model.on("remove", () => clearInterval(minutes))

  function showOpen() { settings.setAttribute("aria-pressed", model.open) }
  function showReplay() { find(".replay").setAttribute("aria-pressed", model.replaying) }
  function showBook() { find(".book b").textContent = model.book }
  function showDay() {
    find(".day b").textContent = model.day_text
    Object.assign(day, {min: model.first, max: model.last, value: model.day})
    find(".back").disabled = model.day !== "" && model.day <= model.first
    find(".on").disabled = model.day === "" || model.day >= model.last
    find(".asof").classList.toggle("wrong", Boolean(model.wrong))
    find(".asof").title = model.wrong
  }
  function showBenchmark() {
    bench.replaceChildren(...model.benchmarks.map(name => new Option(name, name)))
    bench.value = model.benchmark
  }
  function showChip() {
    chip.className = `chip ${model.chip_state}`
    const narrow = window.matchMedia("(max-width: 719px)").matches
    find(".chip span").textContent = narrow ? model.chip_short : model.chip
    chip.title = model.chip
    chip.hidden = !model.chip
  }
  function showTheme() { find(".dark").innerHTML = svg(model.dark ? "sun" : "moon") }
  model.on("open", showOpen)
  model.on("dark", showTheme)
  model.on("replaying", showReplay)
  model.on("book", showBook)
  model.on(["day", "day_text", "first", "last", "wrong"], showDay)
  model.on(["benchmark", "benchmarks"], showBenchmark)
  model.on(["chip", "chip_short", "chip_state"], showChip)
  for (const show of [showOpen, showReplay, showTheme, showBook, showDay, showBenchmark, showChip]) { show() }
  return root
}

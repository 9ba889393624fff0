// The replay's bar. The clock is here: the next day is asked for when the one before has been answered and
// painted, and not before the speed allows it. A tab that nobody sees stops by itself.

const ABOUT = "Today\u2019s book on past prices, split-adjusted"

export function render({model}) {
  const {icons, speeds} = model.esm_constants
  const svg = name => `<svg class="of-${name}" viewBox="0 0 24 24" aria-hidden="true">${icons[name]}</svg>`
  const root = document.createElement("div")
  root.className = "bar"
  root.tabIndex = -1
  root.setAttribute("role", "group")
  root.setAttribute("aria-label", "Replay")
  root.innerHTML = `
    <div class="moves">
      <button class="back" aria-label="Day before" title="Day before (\u2190)">${svg("back")}</button>
      <button class="play"></button>
      <button class="on" aria-label="Next day" title="Next day (\u2192)">${svg("forward")}</button>
    </div>
    <div class="now"><b></b><span></span></div>
    <div class="about" title="${ABOUT}">${ABOUT}</div>
    <div class="scrub">
      <span class="start"></span>
      <span class="track"><input type="range" min="0" step="1" aria-label="Day of the replay"></span>
      <span class="end"></span>
    </div>
    <label class="pick window"><select aria-label="Days to replay"></select>${svg("down")}</label>
    <label class="pick speed" title="Speed"><select aria-label="Speed"></select>${svg("down")}</label>
    <button class="close" aria-label="Close the replay" title="Close, back to the day before the replay (Esc)">${svg("close")}</button>`
  const find = name => root.querySelector(name)
  const play = find(".play"), slider = find(".scrub input"), track = find(".track")
  const chosen = find(".window select"), speed = find(".speed select")
  for (const [value, text, meaning] of speeds) {
    const option = new Option(text, value)
    option.title = meaning
    option.setAttribute("aria-label", meaning)
    speed.append(option)
  }

  let asked = 0, began = 0, at = model.index, timer = null, frame = null, held = false
  const last = () => model.days.length - 1
  const answered = () => model.answered === asked

  function stop() {
    clearTimeout(timer)
    cancelAnimationFrame(frame)
    timer = frame = null
  }
  function go(index) {
    at = Math.min(Math.max(index, 0), last())
    asked += 1
    began = performance.now()
    showDay()
    model.send_msg({go: at, asked})
  }
  // What the day before changed is drawn in the next frame, so the one after it finds it on the screen.
  function wait() {
    if (!model.playing || !answered() || timer != null || frame != null) { return }
    if (at >= last()) { model.playing = false; return }
    frame = requestAnimationFrame(() => {
      frame = requestAnimationFrame(() => {
        frame = null
        const since = performance.now() - began
        timer = setTimeout(next, model.speed > 0 ? Math.max(0, 1000 / model.speed - since) : 0)
      })
    })
  }
  function next() {
    timer = null
    if (model.playing && answered()) { go(at + 1) }
  }
  function toggle() {
    if (model.playing) { model.playing = false; return }
    began = performance.now() - 1000 / (model.speed || 1)
    if (at >= last()) { go(0) }
    model.playing = true
  }
  function move(index) {
    model.playing = false
    go(index)
  }

  play.addEventListener("click", toggle)
  find(".back").addEventListener("click", () => move(at - 1))
  find(".on").addEventListener("click", () => move(at + 1))
  find(".close").addEventListener("click", () => model.send_msg({close: true}))
  chosen.addEventListener("change", () => model.send_msg({window: Number(chosen.value)}))
  speed.addEventListener("change", () => { model.speed = Number(speed.value) })
  // At most one demand a frame: the last place wins.
  let sending = null
  slider.addEventListener("input", () => {
    model.playing = false
    at = Number(slider.value)
    showDay()
    sending ??= requestAnimationFrame(() => { sending = null; go(at) })
  })
  slider.addEventListener("pointerdown", () => { held = true })
  for (const name of ["pointerup", "pointercancel", "blur"]) { slider.addEventListener(name, () => { held = false }) }

  root.addEventListener("keydown", event => {
    if (event.ctrlKey || event.metaKey || event.altKey) { return }
    const item = event.composedPath()[0]
    if (event.key === "Escape") { model.send_msg({close: true}) }
    else if (item.tagName === "SELECT") { return }
    else if (event.key === " ") {
      // A button that was reached by keys keeps its own Space; one that was clicked gives it to the player.
      if (item.tagName === "BUTTON" && item !== play && item.matches(":focus-visible")) { return }
      toggle()
    }
    else if (event.key === "ArrowLeft" || event.key === "ArrowRight") {
      const way = event.key === "ArrowLeft" ? -1 : 1
      move(at + (event.shiftKey ? 10 * way : way))
    }
    else { return }
    event.preventDefault()
    event.stopPropagation()
  })
  // A click on a button gives Space to it when the key is let go.
  root.addEventListener("keyup", event => {
    const item = event.composedPath()[0]
    if (event.key === " " && item.tagName === "BUTTON" && (item === play || !item.matches(":focus-visible"))) {
      event.preventDefault()
    }
  })

  // While it plays, the bar names the day that is on the page; a hand sees at once where it goes.
  function showDay() {
    if (model.playing && !answered()) { return }
    const inside = at >= 0 && at <= last(), part = last() > 0 ? Math.min(Math.max(at / last(), 0), 1) : 0
    const day = inside ? model.days[at] : at < 0 ? "Before the window" : "After the window"
    find(".now b").textContent = answered() ? day : `${day}\u2009\u2026`
    find(".now b").classList.toggle("coming", !answered())
    find(".now span").textContent = inside ? `${at + 1} of ${last() + 1}` : `${last() + 1} days`
    if (!held) { slider.value = at }
    slider.setAttribute("aria-valuetext", day)
    track.style.setProperty("--part", part)
    find(".back").disabled = at <= 0
    find(".on").disabled = at >= last()
  }
  // While a demand is on its way, the answer to an earlier one must not move the hand back.
  function showIndex() {
    if (!answered()) { return }
    at = model.index
    showDay()
  }
  // Somebody else moved the day: it is named as shown once the page has answered for it.
  function follow() {
    if (!answered()) { return }
    if (model.open && model.index !== at && model.index >= 0 && model.index <= last()) { go(model.index) } else { showIndex() }
  }
  function showDays() {
    slider.max = Math.max(0, last())
    find(".start").textContent = model.days[0] ?? ""
    find(".end").textContent = model.days[last()] ?? ""
    if (model.open) { go(0) } else { showDay() }
  }
  function showWindows() {
    chosen.replaceChildren(...model.windows.map((name, index) => new Option(name, index)))
    chosen.value = model.window
  }
  function showPlaying() {
    const name = model.playing ? "Pause" : "Play"
    if (play.title !== `${name} (Space)`) {
      play.innerHTML = svg(name.toLowerCase())
      play.title = `${name} (Space)`
      play.setAttribute("aria-label", name)
    }
    if (!model.playing) { stop() }
  }
  function showOpen() {
    root.hidden = !model.open
    if (model.open) { requestAnimationFrame(() => play.focus({preventScroll: true})) } else { stop() }
  }
  function hide() { if (document.hidden) { model.playing = false } }

  document.addEventListener("visibilitychange", hide)
  model.on("remove", () => {
    document.removeEventListener("visibilitychange", hide)
    stop()
  })
  model.on("answered", () => { showIndex(); wait() })
  model.on("playing", () => { showPlaying(); wait() })
  model.on("speed", () => { speed.value = model.speed; stop(); wait() })
  model.on("index", follow)
  model.on("days", showDays)
  model.on(["windows", "window"], showWindows)
  model.on("open", () => {
    showOpen()
    if (model.open) { go(0) }
  })
  speed.value = model.speed
  showDays()
  showWindows()
  showPlaying()
  showOpen()
  return root
}

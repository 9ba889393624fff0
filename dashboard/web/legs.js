// The legs as chips, the dependent one first; pressing another makes it the dependent one. A field adds legs.
// The server decides what is allowed. All text is set as text.

let lists = 0

export function render({model}) {
  const {icons} = model.esm_constants
  const svg = name => `<svg viewBox="0 0 24 24" aria-hidden="true">${icons[name]}</svg>`
  const root = document.createElement("div")
  root.className = "legs"
  root.innerHTML = `<span class="chips" role="group" aria-label="Legs"></span><span class="field"><input type="text"
      aria-label="Add leg" placeholder="Add leg" maxlength="80" autocomplete="off" spellcheck="false"><button class="plus"
      aria-label="Add">${svg("plus")}</button></span><datalist></datalist><div class="fault" role="alert"></div>`
  const find = name => root.querySelector(name)
  const input = find("input")
  find("datalist").id = `legs-${lists += 1}`
  input.setAttribute("list", find("datalist").id)

  let sent = ""
  const add = () => {
    sent = input.value
    if (sent.trim()) { model.send_msg({add: sent}) }
  }
  input.addEventListener("keydown", event => {
    if (event.key === "Enter") { add() }
    if (event.key === "Escape") {
      input.value = ""
      input.blur()
      event.stopPropagation()
    }
  })
  // One that is picked from the list comes whole, without a letter having been typed.
  input.addEventListener("input", event => {
    if (!(event instanceof InputEvent) || event.inputType === "insertReplacementText") { add() }
  })
  find(".plus").addEventListener("click", add)

  function showChips() {
    const held = root.getRootNode().activeElement?.dataset?.leg
    find(".chips").replaceChildren(...model.legs.map((name, place) => {
      const chip = document.createElement("span")
      chip.className = place ? "chip" : "chip first"
      const lead = document.createElement("button")
      lead.className = "lead"
      lead.textContent = name
      lead.dataset.leg = name
      lead.setAttribute("aria-pressed", String(!place))
      lead.setAttribute("aria-label", place ? `Make ${name} the dependent leg` : `${name}, the dependent leg`)
      lead.title = place ? `Make ${name} the dependent leg` : `${name} is the dependent leg: the one that is held`
      if (place) { lead.addEventListener("click", () => model.send_msg({lead: name})) }
      chip.append(lead)
      if (!place) {
        const small = document.createElement("small")
        small.textContent = "dependent"
        chip.append(small)
      }
      if (model.legs.length > 2) {
        const remove = document.createElement("button")
        remove.className = "gone"
        remove.innerHTML = svg("close")
        remove.setAttribute("aria-label", `Remove ${name}`)
        remove.addEventListener("click", () => model.send_msg({remove: name}))
        chip.append(remove)
      }
      return chip
    }))
    if (held) { root.querySelector(`[data-leg="${CSS.escape(held)}"]`)?.focus() }
  }
  function showError() {
    find(".fault").textContent = model.error
    find(".fault").hidden = !model.error
    find(".field").classList.toggle("wrong", Boolean(model.error))
  }
  function showOffered() {
    find("datalist").replaceChildren(...model.offered.map(name => new Option(name, name)))
  }
  model.on("legs", showChips)
  model.on("error", showError)
  model.on("offered", showOffered)
  // What was typed since is the next one.
  model.on("added", () => { if (input.value === sent) { input.value = "" } })
  showChips()
  showError()
  showOffered()
  return root
}

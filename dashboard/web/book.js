// The book as chips, a field to add a holding, and the way to the grid.

export function render({model}) {
  const {icons} = model.esm_constants
  const svg = name => `<svg viewBox="0 0 24 24" aria-hidden="true">${icons[name]}</svg>`
  const root = document.createElement("div")
  root.className = "list"
  root.innerHTML = `<div class="chips"></div><div class="empty">No positions yet: add one, or paste a list.</div>
    <div class="add"><span class="field"><input type="text" aria-label="Add ticker" placeholder="Add: AMZN 400" maxlength="80"
      autocomplete="off" autocapitalize="characters" spellcheck="false"><button class="plus" aria-label="Add">${svg("plus")}</button></span>
      <button class="edit">Edit positions</button></div><div class="fault" role="alert"></div>`
  const find = name => root.querySelector(name)
  const input = find("input")

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
  find(".plus").addEventListener("click", add)
  find(".edit").addEventListener("click", () => model.send_msg({edit: true}))

  function showChips() {
    find(".chips").replaceChildren(...model.chips.map(([ticker, title, role]) => {
      const chip = document.createElement("span")
      chip.className = `chip ${role}`
      chip.textContent = ticker
      chip.title = title
      const remove = document.createElement("button")
      remove.innerHTML = svg("close")
      remove.setAttribute("aria-label", `Remove ${ticker}`)
      remove.addEventListener("click", () => model.send_msg({remove: ticker}))
      chip.append(remove)
      return chip
    }))
    find(".chips").hidden = !model.chips.length
    find(".empty").hidden = model.chips.length > 0
  }
  function showError() {
    find(".fault").textContent = model.error
    find(".fault").hidden = !model.error
    find(".field").classList.toggle("wrong", Boolean(model.error))
  }
  model.on("chips", showChips)
  model.on("error", showError)
  // What was typed since is the next one.
  model.on("added", () => { if (input.value === sent) { input.value = "" } })
  const wanted = () => input.focus()
  window.addEventListener("hedgeboard:add", wanted)
  model.on("remove", () => window.removeEventListener("hedgeboard:add", wanted))
  showChips()
  showError()
  return root
}

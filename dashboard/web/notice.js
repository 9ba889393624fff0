// What went wrong, why, what still works, and the ways on; what is being fetched; or, calmly, what was done.

export function render({model}) {
  const {icons} = model.esm_constants
  const root = document.createElement("div")
  root.innerHTML = `<svg viewBox="0 0 24 24" aria-hidden="true"></svg><div class="said"><b></b><span class="why"></span> <span class="still"></span>
    <div class="track"><i></i></div><ul></ul></div><div class="buttons"></div>`
  const find = name => root.querySelector(name)

  function show() {
    root.className = `strip ${model.kind}`
    root.setAttribute("role", ["wrong", "partial"].includes(model.kind) ? "alert" : "status")
    find("svg").innerHTML = model.kind === "busy" ? icons.reload : icons.alert
    find("b").textContent = model.message
    find(".why").textContent = model.hint
    find(".still").textContent = model.still
  }
  function showButtons() {
    find(".buttons").replaceChildren(...model.buttons.map(([action, words]) => {
      const button = document.createElement("button")
      button.textContent = words
      button.addEventListener("click", () => model.send_msg({[action]: true}))
      return button
    }))
  }
  function showSteps() {
    find("ul").hidden = !model.steps.length
    find("ul").replaceChildren(...model.steps.map(([ticker, state, words]) => {
      const item = document.createElement("li")
      item.className = state
      const name = document.createElement("b")
      name.textContent = ticker
      item.append(name, ` ${words || {waiting: "waiting", asking: "asking", done: "there", failed: "failed"}[state]}`)
      return item
    }))
  }
  function showDone() { find(".track i").style.width = `${Math.round(100 * model.done)}%` }
  model.on(["message", "hint", "still", "kind"], show)
  model.on("buttons", showButtons)
  model.on("steps", showSteps)
  model.on("done", showDone)
  for (const part of [show, showButtons, showSteps, showDone]) { part() }
  return root
}

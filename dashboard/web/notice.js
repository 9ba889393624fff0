// What went wrong, why, what still works, and two ways on.

export function render({model}) {
  const {icons} = model.esm_constants
  const root = document.createElement("div")
  root.className = "strip"
  root.setAttribute("role", "alert")
  root.innerHTML = `<svg viewBox="0 0 24 24" aria-hidden="true">${icons.alert}</svg>
    <div class="said"><b></b><span class="why"></span> <span class="still"></span></div>
    <div class="buttons"><button class="undo">Undo the change</button><button class="again">Try again</button></div>`
  const find = name => root.querySelector(name)
  find(".undo").addEventListener("click", () => model.send_msg({undo: true}))
  find(".again").addEventListener("click", () => model.send_msg({again: true}))
  function show() {
    find("b").textContent = model.message
    find(".why").textContent = model.hint
    find(".still").textContent = model.still
  }
  model.on(["message", "hint", "still"], show)
  show()
  return root
}

// What went wrong, why, what still works, and two ways on; or, calmly, what was done and the way back.

export function render({model}) {
  const {icons} = model.esm_constants
  const root = document.createElement("div")
  root.className = "strip"
  root.innerHTML = `<svg viewBox="0 0 24 24" aria-hidden="true">${icons.alert}</svg>
    <div class="said"><b></b><span class="why"></span> <span class="still"></span></div>
    <div class="buttons"><button class="undo"></button><button class="again"></button></div>`
  const find = name => root.querySelector(name)
  find(".undo").addEventListener("click", () => model.send_msg({undo: true}))
  find(".again").addEventListener("click", () => model.send_msg(model.calm ? {close: true} : {again: true}))
  function show() {
    root.classList.toggle("calm", model.calm)
    root.setAttribute("role", model.calm ? "status" : "alert")
    find(".undo").textContent = model.calm ? "Undo" : "Undo the change"
    find(".again").textContent = model.calm ? "Close" : "Try again"
    find("b").textContent = model.message
    find(".why").textContent = model.hint
    find(".still").textContent = model.still
  }
  model.on(["message", "hint", "still", "calm"], show)
  show()
  return root
}

// The settings panel's frame: head, groups that scroll, and a foot that is always seen.

export function render({model}) {
  const {icons} = model.esm_constants
  const svg = name => `<svg viewBox="0 0 24 24" aria-hidden="true">${icons[name]}</svg>`
  const root = document.createElement("div")
  root.className = "side"
  root.innerHTML = `<div class="head"><h2>Settings</h2><button class="shut" aria-label="Close settings">${svg("close")}</button></div>
    <div class="body"></div>
    <div class="foot"><p class="answer"></p><div class="buttons">
      <button class="reset">${svg("undo")}<span></span></button><button class="done">Done</button></div></div>`
  const find = name => root.querySelector(name)
  find(".body").append(...model.get_child("groups"))
  const close = () => model.send_msg({close: true})
  find(".shut").addEventListener("click", close)
  find(".done").addEventListener("click", close)
  find(".reset").addEventListener("click", () => model.send_msg({reset: true}))

  function showCount() {
    find(".reset").disabled = !model.count
    find(".reset span").textContent = `Reset ${model.count}`
    find(".reset").title = model.count ? "Back to the preset (r); the book and its prices stay" : "Nothing differs from the preset"
  }
  function showAnswer() {
    find(".answer").replaceChildren(...model.answer.map(([words, role]) => {
      const part = document.createElement(role === "figure" ? "b" : "span")
      part.className = role
      part.textContent = words
      return part
    }))
  }
  model.on("count", showCount)
  model.on("answer", showAnswer)
  showCount()
  showAnswer()
  return root
}

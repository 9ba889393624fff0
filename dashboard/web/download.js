// A button that asks the server for a file and gives it to the browser when it comes.

export function render({model}) {
  const {icons} = model.esm_constants
  const button = document.createElement("button")
  button.innerHTML = `<svg viewBox="0 0 24 24" aria-hidden="true">${icons.download}</svg><span></span>`
  const words = button.querySelector("span")
  button.addEventListener("click", () => { if (!model.busy) { model.send_msg({wanted: true}) } })
  model.on("msg:custom", ({name, data}) => {
    const bytes = Uint8Array.from(atob(data), letter => letter.charCodeAt(0))
    const link = document.createElement("a")
    link.href = URL.createObjectURL(new Blob([bytes], {type: "application/octet-stream"}))
    link.download = name
    link.click()
    setTimeout(() => URL.revokeObjectURL(link.href), 10000)
  })
  function show() {
    words.textContent = model.busy ? "Writing\u2026" : model.label
    button.title = model.help
    button.setAttribute("aria-disabled", String(model.busy))
  }
  model.on("label", show)
  model.on("busy", show)
  show()
  return button
}

// The positions: a grid, a box to paste into, a file to read, and the book as a file. The server reads and
// judges; nothing is taken unless all of it can be.

export function render({model}) {
  const {icons} = model.esm_constants
  const svg = name => `<svg viewBox="0 0 24 24" aria-hidden="true">${icons[name]}</svg>`
  const dialog = document.createElement("dialog")
  dialog.setAttribute("aria-label", "Positions")
  dialog.innerHTML = `
    <div class="head"><h2>Positions</h2><button class="shut" aria-label="Close">${svg("close")}</button></div>
    <div class="body">
      <div class="left"><div class="grid"></div><p class="hint">Edit a cell, or fill the empty row to add. Negative shares are short. Every change counts at once. The book is kept while the page is open: download it to keep it longer.</p></div>
      <div class="right"><h3>Paste a list</h3>
        <textarea aria-label="Paste positions" spellcheck="false" autocomplete="off"></textarea>
        <div class="row"><button class="button read">Replace the book</button>
          <label>Amounts in <select aria-label="Amounts in"><option value="">as written</option><option value="shares">shares</option>
            <option value="dollars">dollars</option><option value="weights">weights</option></select></label></div>
        <div class="upload"></div>
        <div class="said question" role="alert"><div class="asked"></div><div class="row answers"></div></div>
        <div class="said fault" role="alert"></div><div class="said notes" role="status"><ul></ul></div></div>
    </div>
    <div class="foot"><button class="button undo">${svg("undo")}Undo</button><button class="button csv">${svg("download")}Download CSV</button>
      <span class="space"></span><button class="button primary done">Done</button></div>`
  const find = name => dialog.querySelector(name)
  const area = find("textarea"), unit = find("select")
  area.placeholder = "ticker, shares, cost\nNVDA, 1200, 61.40\nTSLA, 250\nAAPL, -300\nCASH, 520000"
  find(".grid").append(model.get_child("grid"))
  find(".upload").append(model.get_child("upload"))

  const shut = () => { model.open = false }
  find(".shut").addEventListener("click", shut)
  find(".done").addEventListener("click", shut)
  dialog.addEventListener("cancel", event => {
    event.preventDefault()
    shut()
  })
  let sent = ""
  find(".read").addEventListener("click", () => {
    sent = area.value
    if (sent.trim()) { model.send_msg({text: sent.slice(0, 2000000), unit: unit.value}) }
  })
  unit.addEventListener("change", () => model.send_msg({unit: unit.value}))
  find(".undo").addEventListener("click", () => model.send_msg({undo: true}))
  find(".csv").addEventListener("click", () => model.send_msg({csv: true}))
  model.on("msg:custom", ({csv, name}) => {
    const link = document.createElement("a")
    link.href = URL.createObjectURL(new Blob([csv], {type: "text/csv"}))
    link.download = name
    link.click()
    URL.revokeObjectURL(link.href)
  })

  function showOpen() {
    if (model.open && !dialog.open) {
      dialog.showModal()
      requestAnimationFrame(() => window.dispatchEvent(new Event("resize")))
    } else if (!model.open && dialog.open) { dialog.close() }
  }
  function showSaid() {
    find(".question").hidden = !model.question
    find(".asked").textContent = model.question
    find(".answers").replaceChildren(...model.options.map((words, index) => {
      const button = document.createElement("button")
      button.className = "button"
      button.textContent = words
      button.addEventListener("click", () => model.send_msg({answer: index}))
      return button
    }))
    find(".fault").hidden = !model.error
    find(".fault").textContent = model.error
    find(".notes").hidden = !model.notes.length
    find(".notes ul").replaceChildren(...model.notes.map(words => {
      const item = document.createElement("li")
      item.textContent = words
      return item
    }))
    find(".undo").hidden = !model.undoable
  }
  model.on("open", showOpen)
  model.on(["question", "options", "error", "notes", "undoable"], showSaid)
  // A list that was written since, or while a file was read, is not that one.
  model.on("taken", () => { if (area.value === sent) { area.value = "" } })
  showOpen()
  showSaid()
  return dialog
}

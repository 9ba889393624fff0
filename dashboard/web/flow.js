// Stop-loss readings: a box to paste into, a file to read, and what is in use. The server reads and judges;
// nothing is taken unless all of it can be. All text is set as text.

export function render({model}) {
  const {icons} = model.esm_constants
  const svg = name => `<svg viewBox="0 0 24 24" aria-hidden="true">${icons[name]}</svg>`
  const dialog = document.createElement("dialog")
  dialog.setAttribute("aria-label", "Stop-loss readings")
  dialog.innerHTML = `
    <div class="head"><h2>Stop-loss readings</h2><button class="shut" aria-label="Close">${svg("close")}</button></div>
    <div class="body">
      <div class="left"><h3>In use</h3><p class="sum"></p><div class="list"><table><thead><tr><th>Date</th><th>Dollars</th></tr></thead><tbody></tbody></table></div>
        <p class="hint">A reading counts from the close of its day, or of the next session, for as many sessions as the settings say. Before the first there is no data.</p></div>
      <div class="right"><h3>Paste a list</h3>
        <textarea aria-label="Paste readings" spellcheck="false" autocomplete="off"></textarea>
        <div class="row"><button class="button read">Replace the readings</button></div>
        <div class="upload"></div>
        <div class="said fault" role="alert"></div><div class="said note" role="status"></div></div>
    </div>
    <div class="foot"><button class="button undo">${svg("undo")}Undo</button><button class="button remove">${svg("trash")}Remove</button>
      <span class="space"></span><button class="button primary done">Done</button></div>`
  const find = name => dialog.querySelector(name)
  const area = find("textarea")
  area.placeholder = "date, usd\n2025-04-03, 9.4bn\n2025-04-04, 12.1bn"

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
    if (sent.trim()) { model.send_msg({text: sent.slice(0, 2000000)}) }
  })
  find(".undo").addEventListener("click", () => model.send_msg({undo: true}))
  find(".remove").addEventListener("click", () => model.send_msg({remove: true}))

  function showOpen() {
    if (model.open && !dialog.open) { dialog.showModal() } else if (!model.open && dialog.open) { dialog.close() }
  }
  function showSaid() {
    find(".fault").hidden = !model.error
    find(".fault").textContent = model.error
    find(".note").hidden = !model.note
    find(".note").textContent = model.note
    find(".undo").hidden = !model.undoable
  }
  function showRows() {
    find(".sum").textContent = model.summary
    find(".list").hidden = !model.rows.length
    find(".remove").hidden = !model.rows.length
    find("tbody").replaceChildren(...model.rows.map(cells => {
      const row = document.createElement("tr")
      row.append(...cells.map(text => {
        const cell = document.createElement("td")
        cell.textContent = text
        return cell
      }))
      return row
    }))
  }
  model.on("open", showOpen)
  model.on(["error", "note", "undoable"], showSaid)
  model.on(["summary", "rows"], showRows)
  // A list that was written since, or while a file was read, is not that one.
  model.on("taken", () => { if (area.value === sent) { area.value = "" } })
  showOpen()
  showSaid()
  showRows()
  return dialog
}

// The sheet about the data. What the server says is set as text, never as HTML: names of tickers and files
// and the words of a price source come from outside.

const COLUMNS = [
  ["origin", "Source"], ["first", "First"], ["last", "Last"], ["used", "Sessions used", "n"], ["gaps", "Gaps", "n"],
  ["jumps", "Jumps", "n"], ["actions", "Dividends / splits", "n"], ["fetched", "Fetched"],
]

function element(tag, name, parent, words) {
  const made = document.createElement(tag)
  if (name) { made.className = name }
  if (words != null) { made.textContent = words }
  parent?.append(made)
  return made
}

export function render({model}) {
  const {icons} = model.esm_constants
  const svg = name => `<svg viewBox="0 0 24 24" aria-hidden="true">${icons[name]}</svg>`
  const dialog = document.createElement("dialog")
  dialog.className = "sheet"
  dialog.setAttribute("aria-label", "Data")
  dialog.innerHTML = `
    <div class="head"><h2>Data</h2><button class="shut" aria-label="Close">${svg("close")}</button></div>
    <div class="scroll">
      <section class="now"><div class="source"></div><div class="folder"></div>
        <div class="state"><p class="line"></p><span class="tag"></span><span class="space"></span>
          <button class="button refresh">${svg("reload")}Refresh</button><button class="button stop">Stop</button></div>
        <div class="said fault problem" role="alert"></div><div class="said question trouble" role="status"></div>
        <div class="work" role="status"><p></p><div class="track"><i></i></div><ul class="steps"></ul></div>
        <dl></dl></section>
      <section class="health"><h3>Series in use</h3><div class="wide"><table><thead><tr></tr></thead><tbody></tbody></table></div></section>
      <section class="notes"><h3>Notes</h3><ul></ul></section>
      <section class="own"><h3>Your own files</h3><p class="hint">They stand in for the source’s prices of that ticker. Columns: date, close and, where known, adj_close, open, high, low, volume.</p>
        <ul class="used"></ul><ul class="read"></ul><div class="upload"></div><div class="said fault mine" role="alert"></div></section>
      <section class="kept"><h3>Stored prices</h3><div class="state"><p><span class="size"></span><span class="place"></span></p><span class="space"></span>
          <button class="button clear">${svg("trash")}Clear</button></div>
        <div class="said question sure"><div></div><div class="row"><button class="button yes">Clear</button><button class="button no">Keep them</button></div></div>
        <ul class="warnings"></ul></section>
    </div>`
  const find = name => dialog.querySelector(name)
  find(".source").append(model.get_child("source"))
  find(".folder").append(model.get_child("folder"))
  find(".upload").append(model.get_child("upload"))

  const shut = () => { model.open = false }
  find(".shut").addEventListener("click", shut)
  dialog.addEventListener("click", event => { if (event.target === dialog) { shut() } })
  dialog.addEventListener("cancel", event => {
    event.preventDefault()
    shut()
  })
  find(".refresh").addEventListener("click", () => model.send_msg({refresh: true}))
  find(".stop").addEventListener("click", () => model.send_msg({stop: true}))
  const sure = find(".sure")
  sure.hidden = true
  find(".clear").addEventListener("click", () => {
    sure.hidden = false
    find(".yes").focus()
  })
  find(".no").addEventListener("click", () => { sure.hidden = true })
  find(".yes").addEventListener("click", () => {
    sure.hidden = true
    model.send_msg({clear: true})
  })

  function showOpen() {
    if (model.open && !dialog.open) { dialog.showModal() } else if (!model.open && dialog.open) { dialog.close() }
    sure.hidden = true
  }
  function showState() {
    for (const name of [".source", ".folder"]) { find(name).hidden = model.fixed }
    find(".line").textContent = model.line
    const [kind, words] = model.tag
    find(".tag").className = `tag ${kind}`
    find(".tag").textContent = words
    find(".problem").textContent = model.fault
    find(".problem").hidden = !model.fault
    find(".trouble").textContent = model.trouble
    find(".trouble").hidden = !model.trouble
    const list = find("dl")
    list.replaceChildren()
    for (const [name, value] of model.facts) {
      element("dt", "", list, name)
      element("dd", "", list, value)
    }
  }
  function showWork() {
    find(".work").hidden = !model.working
    find(".work p").textContent = model.working
    find(".track i").style.width = `${Math.round(100 * model.done)}%`
    find(".stop").hidden = !model.working
    find(".refresh").hidden = Boolean(model.working) || !model.fetches
    find(".steps").replaceChildren(...model.steps.map(([ticker, state, words]) => {
      const item = element("li", state)
      element("b", "", item, ticker)
      element("span", "", item, words || {waiting: "waiting", asking: "asking", done: "there", failed: "failed"}[state])
      return item
    }))
  }

  const pressed = new Map()
  function details(row) {
    const all = row.trouble ? [["", row.trouble], ...row.details] : row.details
    const list = element("dl", "details")
    for (const [name, text] of all) {
      element("dt", "", list, name)
      element("dd", name ? "" : row.kind, list, text)
    }
    return list
  }
  function showSeries() {
    find(".health").hidden = !model.series.length
    find("tbody").replaceChildren(...model.series.flatMap(row => {
      const line = element("tr", "")
      const first = element("th", "", line)
      first.scope = "row"
      const button = element("button", "open", first)
      button.innerHTML = svg("down")
      const name = element("span", "", button)
      element("b", "", name, row.ticker)
      element("small", "", name, row.role)
      for (const [key, label, kind] of COLUMNS) { element("td", kind ?? "", line, row[key]).dataset.label = label }
      const state = element("td", "standing", line)
      state.dataset.label = "State"
      element("span", `tag ${row.kind}`, state, row.state)
      const more = element("tr", "more")
      const cell = element("td", "", more)
      cell.colSpan = COLUMNS.length + 2
      const has = row.trouble || row.details.length
      button.disabled = !has
      if (has) { cell.append(details(row)) }
      const show = () => {
        // What went wrong is in sight without a press.
        more.hidden = !has || !(pressed.get(row.ticker) ?? row.open)
        button.setAttribute("aria-expanded", !more.hidden)
        line.classList.toggle("opened", !more.hidden)
      }
      button.addEventListener("click", () => {
        pressed.set(row.ticker, more.hidden)
        show()
      })
      show()
      return [line, more]
    }))
  }
  function showNotes() {
    find(".notes").hidden = !model.notes.length
    find(".notes ul").replaceChildren(...model.notes.map(([severity, words]) => element("li", severity, null, words)))
  }
  function showUsed() {
    find(".used").hidden = !model.own.length
    find(".used").replaceChildren(...model.own.map(([ticker, name, use]) => {
      const item = element("li", "")
      element("b", "", item, ticker)
      element("span", "name", item, use ? `${name}, ${use}` : name)
      const button = element("button", "button", item, "Remove")
      button.setAttribute("aria-label", `Remove the file for ${ticker}`)
      button.addEventListener("click", () => model.send_msg({remove: ticker}))
      return item
    }))
  }
  function showRead() {
    const typed = new Map()
    for (const {value, defaultValue, dataset} of find(".read").querySelectorAll("input")) {
      if (value !== defaultValue) { typed.set(dataset.number, value) }
    }
    find(".read").hidden = !model.waiting.length
    find(".read").replaceChildren(...model.waiting.map(([number, name, ticker, content]) => {
      const item = element("li", "")
      const said = element("span", "name", item)
      element("b", "", said, name)
      element("small", "", said, content)
      const label = element("label", "", item, "Ticker ")
      const input = element("input", "", label)
      input.defaultValue = ticker
      input.value = typed.get(String(number)) ?? ticker
      input.dataset.number = number
      input.maxLength = 40
      input.spellcheck = false
      input.setAttribute("aria-label", `Ticker of ${name}`)
      const take = () => model.send_msg({take: number, ticker: input.value})
      input.addEventListener("keydown", event => { if (event.key === "Enter") { take() } })
      element("button", "button primary", item, "Use it").addEventListener("click", take)
      element("button", "button", item, "Leave it").addEventListener("click", () => model.send_msg({leave: number}))
      return item
    }))
  }
  function showRefusal() {
    find(".mine").textContent = model.own_fault
    find(".mine").hidden = !model.own_fault
  }
  function showStore() {
    find(".kept").hidden = !model.store.length
    find(".size").textContent = model.emptied ? model.store[0] ?? "" : "Clearing…"
    find(".clear").disabled = !model.emptied
    find(".place").textContent = model.store[1] ?? ""
    find(".sure div").textContent = model.clearing
    find(".warnings").hidden = !model.warnings.length
    find(".warnings").replaceChildren(...model.warnings.map(words => element("li", "warning", null, words)))
  }
  for (const [, label, kind] of [["", "Ticker"], ...COLUMNS, ["", "State"]]) { element("th", kind ?? "", find("thead tr"), label).scope = "col" }
  // What was dropped on the page is asked about far down in the sheet.
  const showAsked = () => {
    if (model.waiting.length || model.own_fault) { find("section.own").scrollIntoView({block: "nearest"}) }
  }
  model.on("open", showOpen)
  model.on(["waiting", "own_fault"], () => requestAnimationFrame(showAsked))
  model.on(["fixed", "line", "tag", "fault", "trouble", "facts"], showState)
  model.on(["working", "done", "steps", "fetches"], showWork)
  model.on("series", showSeries)
  model.on("notes", showNotes)
  model.on("own", showUsed)
  model.on("waiting", showRead)
  model.on("own_fault", showRefusal)
  model.on(["store", "clearing", "warnings", "emptied"], showStore)
  for (const show of [showOpen, showState, showWork, showSeries, showNotes, showUsed, showRead, showRefusal, showStore]) { show() }
  return dialog
}

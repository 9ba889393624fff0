// The decision tree: drawn with the way it took, or as an outline in which every question and leaf can be
// changed. In the modes that count signals, the count as a gate. All text is set as text.

const SVG = "http://www.w3.org/2000/svg"
const LEVEL = {least: 62, most: 86}

function element(tag, name, parent, text = "") {
  const made = document.createElement(tag)
  if (name) { made.className = name }
  if (text) { made.textContent = text }
  if (parent) { parent.append(made) }
  return made
}

export function render({model}) {
  const root = element("div", "rule")
  const picture = element("div", "picture", root)
  const spoken = element("ol", "spoken", root)
  const outline = element("div", "outline", root)
  const fault = element("div", "fault", root)
  fault.setAttribute("role", "alert")

  function drawTree() {
    const {nodes} = model
    const leaves = nodes.filter(node => node.kind === "leaf").length
    const deepest = Math.max(...nodes.map(node => node.depth), 0)
    const width = Math.max(picture.clientWidth, leaves * 84)
    const high = picture.clientHeight
    const step = deepest ? Math.min(LEVEL.most, Math.max(LEVEL.least, (high - 50) / deepest)) : 0
    const sheet = element("div", "sheet")
    Object.assign(sheet.style, {width: `${width}px`, height: `${deepest * step + 50}px`})
    const lines = document.createElementNS(SVG, "svg")
    lines.setAttribute("aria-hidden", "true")
    sheet.append(lines)
    const slot = width / Math.max(leaves, 1), at = {}
    const top = node => node.depth * step + (node.kind === "leaf" && node.depth ? 6 : 0)
    for (const node of nodes) { at[node.place] = node }
    const drawEdge = node => {
      const parent = at[node.place.slice(0, -1)]
      const [x1, y1, x2, y2] = [parent.x * slot, top(parent) + 46, node.x * slot, top(node)]
      const path = document.createElementNS(SVG, "path")
      const middle = (y1 + y2) / 2
      path.setAttribute("d", `M${x1} ${y1}C${x1} ${middle} ${x2} ${middle} ${x2} ${y2}`)
      path.setAttribute("class", node.lit ? "lit" : "")
      lines.append(path)
      const word = element("span", node.lit ? "way lit" : "way", sheet, node.place.endsWith("y") ? "yes" : "no")
      Object.assign(word.style, {left: `${x1 + (x2 - x1) * .5}px`, top: `${middle}px`})
    }
    // The way taken last, so that nothing crosses it.
    const edges = nodes.filter(node => node.place)
    for (const node of [...edges.filter(one => !one.lit), ...edges.filter(one => one.lit)]) { drawEdge(node) }
    for (const node of nodes) {
      const box = element("div", `${node.kind}${node.lit ? " lit" : ""}`, sheet)
      box.dataset.place = node.place
      Object.assign(box.style, {left: `${node.x * slot}px`, top: `${top(node)}px`, maxWidth: `${node.room * slot - 8}px`})
      element("b", "", box, node.title)
      if (node.sub) {
        element("span", "", box, node.sub)
        box.title = node.sub
      }
    }
    picture.replaceChildren(sheet)
  }

  function drawGate() {
    const {gate} = model
    const sheet = element("div", "gate")
    const column = element("div", "inputs", sheet)
    for (const [label, state, word] of gate.inputs) {
      const box = element("div", `input ${state}`, column)
      element("i", `square ${state}`, box)
      element("b", "", box, label)
      element("span", "", box, word)
    }
    if (!gate.inputs.length) { element("p", "", column, "No signal is counted: choose them under Settings, Triggers, More.") }
    element("span", "arrow", sheet, "\u2192")
    const need = element("div", `ask ${gate.on ? "lit" : ""}`, sheet)
    element("b", "", need, gate.count)
    element("span", "", need, gate.need)
    element("span", "arrow", sheet, "\u2192")
    element("div", `leaf ${gate.on ? "lit" : ""}`, sheet, gate.result)
    picture.replaceChildren(sheet)
  }

  function select(parent, label, options, value, send) {
    const made = element("select", "", parent)
    made.setAttribute("aria-label", label)
    for (const [key, text] of options) { made.append(new Option(text, key)) }
    made.value = value
    made.addEventListener("change", () => send(made.value))
    return made
  }

  // Rows are built anew only when the tree is another; what is typed and not sent yet, and the focus, stay.
  // A box that goes is left while it still stands in the page: that must not send half a number.
  let drawn = "", building = false
  function drawOutline() {
    const asked = model.nodes.map(({place, kind, ask, unknown, share}) => [place, kind, ask, unknown, share])
    const now = JSON.stringify([asked, model.signals])
    if (now === drawn) {
      model.nodes.forEach((node, index) => {
        const row = outline.children[index]
        row.classList.toggle("lit", node.lit)
        row.querySelector(".way")?.classList.toggle("lit", node.lit)
      })
      return
    }
    drawn = now
    const focused = outline.getRootNode().activeElement, held = focused?.closest?.(".row")
    const order = held && [...held.querySelectorAll("select, input, button")].indexOf(focused)
    const typed = focused?.tagName === "INPUT" && focused.value !== focused.dataset.sent ? focused.value : null
    building = true
    outline.replaceChildren(...model.nodes.map(outlineRow))
    building = false
    if (held) {
      const row = [...outline.children].find(one => one.dataset.place === held.dataset.place)
      const item = row?.querySelectorAll("select, input, button")[order]
      if (typed != null && item?.tagName === "INPUT") { item.value = typed }
      item?.focus()
    }
  }

  function outlineRow(node) {
    const row = element("div", `row ${node.kind}${node.lit ? " lit" : ""}`)
    row.dataset.place = node.place
    row.style.setProperty("--depth", node.depth)
    const name = node.place ? [...node.place].map(turn => turn === "y" ? "yes" : "no").join(", ") : "first"
    if (node.place) { element("span", `way${node.lit ? " lit" : ""}`, row, node.place.endsWith("y") ? "yes" : "no") }
    const send = edit => {
      if (!("share" in edit)) { edited = node.place }
      model.send_msg({place: node.place, ...edit})
    }
    if (node.kind === "ask") {
      select(row, `Signal asked, ${name}`, model.signals, node.ask, ask => send({ask}))
      const unknown = element("label", "unknown", row, "no data is")
      select(unknown, `No data, ${name}`, [["yes", "yes"], ["no", "no"]], node.unknown, way => send({unknown: way}))
      element("button", "", row, "Turn into a leaf").addEventListener("click", () => send({leaf: true}))
      return row
    }
    const box = element("label", "box", row)
    const input = element("input", "", box)
    Object.assign(input, {type: "text", inputMode: "decimal", autocomplete: "off", value: node.share})
    input.dataset.sent = node.share
    input.setAttribute("aria-label", `Hedge fraction, ${name}`)
    const commit = () => {
      if (building || input.value === input.dataset.sent) { return }
      input.dataset.sent = input.value
      send({share: input.value.slice(0, 40)})
    }
    input.addEventListener("blur", commit)
    input.addEventListener("keydown", event => {
      if (event.key === "Enter") { commit() }
      if (event.key === "Escape") {
        input.value = input.dataset.sent
        event.stopPropagation()
      }
    })
    element("span", "", box, "% hedged")
    element("button", "", row, "Ask a question here").addEventListener("click", () => send({grow: true}))
    return row
  }

  function drawWords() {
    spoken.replaceChildren(...model.lines.map(([text, lit]) => {
      const line = element("li", lit ? "lit" : "", null, text)
      if (lit) { line.setAttribute("aria-current", "true") }
      return line
    }))
  }

  // What was refused is said in the row where it was asked for.
  let edited = null
  function showFault() {
    fault.textContent = model.error
    fault.hidden = !model.error
    const row = outline.hidden ? null : [...outline.children].find(one => one.dataset.place === edited)
    const home = row ?? root
    if (fault.parentNode !== home) { home.append(fault) }
  }

  function draw() {
    const editing = model.editing && !model.gate.inputs
    root.className = `rule ${editing ? "editing" : model.gate.inputs ? "counting" : "drawn"}`
    outline.hidden = !editing
    picture.hidden = editing
    drawWords()
    if (editing) { drawOutline() } else if (model.gate.inputs) { drawGate() } else if (picture.clientWidth) { drawTree() }
    showFault()
  }

  // What a leaf holds after a share was sent, taken or refused; what was typed since stays.
  model.on("msg:custom", ({place, share, refused}) => {
    const input = outline.querySelector(`[data-place="${CSS.escape(place)}"] input`)
    if (!input) { return }
    if (input.value === input.dataset.sent) { input.value = share }
    input.dataset.sent = share
    if (refused) {
      edited = place
      showFault()
    }
  })
  const sizes = new ResizeObserver(() => { if (!model.gate.inputs && !picture.hidden && picture.clientWidth) { drawTree() } })
  sizes.observe(picture)
  model.on("remove", () => sizes.disconnect())
  model.on(["nodes", "gate", "lines", "signals", "editing", "error"], draw)
  draw()
  return root
}

// A part of a page: HTML made on the server, the components that stand under it, and their data as a table.
// data-press="name" tells the server; data-open="id" opens a dialog of this part; data-copy="text" copies;
// data-twin switches between the components and the table. Those three need no server.
function element(name, parent) {
  const made = document.createElement("div")
  made.className = name
  parent.append(made)
  return made
}

async function copy(item) {
  const before = item.textContent
  try {
    await navigator.clipboard.writeText(item.dataset.copy)
    item.textContent = "Copied"
  } catch {
    item.textContent = "Select the text to copy it"
  }
  setTimeout(() => { item.textContent = before }, 1500)
}

// The style sheet of all parts stands in the document once, inside a rule for no medium.
let shared = null

function sheet() {
  if (shared) { return shared }
  for (const {sheet: {cssRules}} of document.querySelectorAll("style")) {
    const kept = [...cssRules].find(rule => rule.cssRules?.[0]?.selectorText === "#hedgeboard-parts")
    if (!kept) { continue }
    shared = new CSSStyleSheet()
    shared.replaceSync([...kept.cssRules].map(rule => rule.cssText).join("\n"))
  }
  return shared
}

function dress(root) {
  const own = sheet()
  if (own && root instanceof ShadowRoot && !root.adoptedStyleSheets.includes(own)) {
    root.adoptedStyleSheets = [...root.adoptedStyleSheets, own]
  }
}

export function render({model, el}) {
  dress(el.getRootNode())
  const part = document.createElement("div")
  part.className = `part ${model.kind}`
  const words = element("words", part)
  const children = model.get_child("body")
  const body = element("body", part)
  const twin = element("twin", part)
  for (const child of children) { element("item", body).append(child) }
  body.hidden = !children.length
  twin.hidden = true
  let table = false

  function showTwin() {
    const button = words.querySelector("[data-twin]")
    if (button) {
      button.setAttribute("aria-pressed", table)
      button.textContent = table ? "Chart" : "Table"
      button.setAttribute("aria-label", `${button.textContent}: ${button.dataset.twin}`)
    }
    part.classList.toggle("tabled", table)
    twin.hidden = !table
    if (!table) { return }
    twin.innerHTML = model.twin
    const name = button?.dataset.twin
    if (name) { twin.querySelectorAll("[aria-label]").forEach(item => item.setAttribute("aria-label", name)) }
  }

  function find(name, value) {
    // A row and the button in it tell the same; only the button can be focused.
    return [...words.querySelectorAll(`[data-${name}="${CSS.escape(value)}"]`)].at(-1)
  }

  function draw() {
    const {press, open: opens} = part.getRootNode().activeElement?.dataset ?? {}
    const {id: open, scrollTop: read} = words.querySelector("dialog[open]") ?? {}
    const {scrollLeft: left = 0, scrollTop: top = 0} = words.querySelector(".scroll") ?? {}
    words.innerHTML = model.object
    words.querySelector(".scroll")?.scrollTo({left, top, behavior: "instant"})
    const dialog = open && words.querySelector(`dialog[id="${CSS.escape(open)}"]`)
    if (dialog) {
      // Whatever has the focus when a dialog opens gets it back when that closes; inside, it is given again.
      find("open", open)?.focus()
      dialog.showModal()
      dialog.scrollTop = read
    }
    if (press) { find("press", press)?.focus() }
    else if (opens && !dialog) { find("open", opens)?.focus() }
    showTwin()
  }

  function act(event) {
    if (event.target.tagName === "DIALOG") { event.target.close(); return }
    const item = event.target.closest("[data-press], [data-copy], [data-open], [data-twin], [data-shut]")
    if (!item) { return }
    if (event.type === "keydown") {
      // Buttons turn these keys into clicks by themselves.
      if (!["Enter", " "].includes(event.key) || item.tagName === "BUTTON") { return }
      event.preventDefault()
    }
    if (item.dataset.copy) { copy(item) }
    else if (item.dataset.open) { words.querySelector(`dialog[id="${CSS.escape(item.dataset.open)}"]`)?.showModal() }
    else if ("shut" in item.dataset) { item.closest("dialog").close() }
    else if ("twin" in item.dataset) { table = !table; showTwin() }
    else { model.send_msg(item.dataset.press) }
  }

  words.addEventListener("click", act)
  words.addEventListener("keydown", act)
  model.on("object", draw)
  model.on("kind", () => { part.className = `part ${model.kind}`; showTwin() })
  model.on("twin", showTwin)
  draw()
  return part
}

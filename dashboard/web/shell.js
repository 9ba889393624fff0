// The frame of the page: rail, top bar, settings panel, headline and pages; keys and breakpoints.
// Text from the server is only ever set as text, never as HTML.

const YEAR = 31536000

function remember(name, value) {
  document.cookie = `hedgeboard_${name}=${value}; path=/; max-age=${YEAR}; SameSite=Lax`
}

function element(tag, name, parent) {
  const made = document.createElement(tag)
  if (name) { made.className = name }
  if (parent) { parent.append(made) }
  return made
}

// True while a key belongs to a control: letters are text there, and arrows move a slider.
function typing(event) {
  const target = event.composedPath()[0]
  if (!(target instanceof Element)) { return false }
  if (target.isContentEditable) { return true }
  if (target.tagName === "INPUT") { return !["range", "checkbox", "radio", "button"].includes(target.type) }
  return ["TEXTAREA", "SELECT"].includes(target.tagName) || target.closest("[role=grid], .tabulator") != null
}

function helpDialog(model, parent) {
  const dialog = element("dialog", "", parent)
  dialog.setAttribute("aria-labelledby", "help-title")
  const shut = element("button", "shut", dialog)
  shut.setAttribute("aria-label", "Close")
  shut.innerHTML = `<svg viewBox="0 0 24 24">${model.esm_constants.icons.close}</svg>`
  shut.addEventListener("click", () => dialog.close())
  const title = element("h2", "", dialog)
  title.id = "help-title"
  title.textContent = "Keys"
  const table = element("table", "", dialog)
  for (const [key, text] of model.esm_constants.keys) {
    const row = element("tr", "", table)
    element("kbd", "", element("td", "", row)).textContent = key
    element("td", "", row).textContent = text
  }
  dialog.addEventListener("click", event => { if (event.target === dialog) { dialog.close() } })
  return dialog
}

export function render({model, view}) {
  const frame = element("div", "frame")
  const rail = element("nav", "rail", frame)
  rail.setAttribute("aria-label", "Pages")
  const top = element("header", "top", frame)
  const panel = element("aside", "panel", frame)
  panel.setAttribute("aria-label", "Settings")
  panel.tabIndex = -1
  const scrim = element("div", "scrim", frame)
  const content = element("main", "content", frame)
  content.tabIndex = -1
  const work = element("div", "work", content)
  work.setAttribute("role", "progressbar")
  const bar = element("i", "", work)
  const lost = element("div", "lost", content)
  lost.setAttribute("role", "alert")
  lost.hidden = true
  element("span", "", lost).textContent = "The connection to Hedgeboard is lost: these figures stay as they are, and nothing you change counts."
  const reload = element("button", "", lost)
  reload.textContent = "Reload"
  reload.addEventListener("click", () => window.location.reload())
  const inner = element("div", "inner", content)
  const headline = element("div", "headline", inner)
  headline.setAttribute("aria-live", "polite")
  const notice = element("div", "notice", inner)
  rail.append(model.get_child("rail"))
  top.append(model.get_child("topbar"))
  panel.append(model.get_child("panel"))
  headline.append(model.get_child("headline"))
  notice.append(model.get_child("notice"))
  const pages = model.get_child("pages").map((child, index) => {
    const page = element("section", "page", inner)
    page.dataset.page = model.page_names[index]
    page.append(child)
    return page
  })
  const replay = element("div", "replay", frame)
  replay.append(model.get_child("replay"))
  for (const child of model.get_child("dialogs")) { frame.append(child) }
  const help = helpDialog(model, frame)

  const overlaid = () => window.matchMedia("(max-width: 1279px)").matches

  const showOpen = () => { panel.hidden = !opened }
  function showPage() {
    for (const page of pages) { page.hidden = page.dataset.page !== model.page }
    content.scrollTop = 0
    // Charts that were built while hidden have no size yet.
    requestAnimationFrame(() => window.dispatchEvent(new Event("resize")))
  }
  function showTheme() { document.documentElement.dataset.hb = model.dark ? "dark" : "light" }
  function showTitle() { document.title = model.title }
  function showNotice() { notice.hidden = !model.noticed }

  // Quick work leaves no trace: a page that blinks at every step is worse than one that waits.
  let timer = null
  function showWork() {
    bar.style.width = `${Math.round(Math.max(0.04, model.done) * 100)}%`
    work.setAttribute("aria-valuenow", Math.round(model.done * 100))
    work.setAttribute("aria-valuetext", model.working)
    if (!model.working) {
      clearTimeout(timer)
      timer = null
      frame.classList.remove("slow")
    } else if (timer == null) {
      timer = setTimeout(() => frame.classList.add("slow"), 300)
    }
  }

  const remembered = /(?:^|; )hedgeboard_open=([01])/.exec(document.cookie)
  const wide = window.matchMedia("(min-width: 1440px)").matches
  let opened = overlaid() ? false : remembered ? remembered[1] === "1" : wide
  let ready = false

  // What is shown counts, not what the server last heard: while the page loads the two can differ.
  function setOpen(open) {
    opened = open
    showOpen()
    if (ready) { model.open = open }
    if (!open) { content.focus({preventScroll: true}) }
  }

  const keys = {
    ",": () => setOpen(!opened),
    "/": () => {
      setOpen(true)
      setTimeout(() => window.dispatchEvent(new Event("hedgeboard:add")), 60)
    },
    "r": () => model.send_msg({key: "r"}),
    "y": () => model.send_msg({key: "y"}),
    "?": () => help.showModal(),
    ...Object.fromEntries(model.page_names.map((name, i) => [String(i + 1), () => { model.page = name }])),
  }

  function pressed(event) {
    if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) { return }
    const inPanel = event.composedPath().includes(panel)
    const modal = frame.querySelector("dialog[open]") || event.composedPath().some(node => node.tagName === "DIALOG")
    if (event.key === "Escape") {
      if (modal) { return }
      if (inPanel || overlaid()) {
        if (overlaid()) { setOpen(false) } else { content.focus({preventScroll: true}) }
      }
      return
    }
    if (typing(event) || modal || !(event.key in keys)) { return }
    event.preventDefault()
    keys[event.key]()
  }
  const showHelp = () => help.showModal()
  window.addEventListener("keydown", pressed)
  window.addEventListener("hedgeboard:help", showHelp)
  const toggle = () => setOpen(!opened)
  window.addEventListener("hedgeboard:settings", toggle)
  window.addEventListener("hedgeboard:replay", keys.y)
  model.on("remove", () => {
    window.removeEventListener("keydown", pressed)
    window.removeEventListener("hedgeboard:help", showHelp)
    window.removeEventListener("hedgeboard:settings", toggle)
    window.removeEventListener("hedgeboard:replay", keys.y)
  })
  scrim.addEventListener("click", () => setOpen(false))

  model.on("open", () => {
    opened = model.open
    showOpen()
    // Only what the user chose is remembered, not what the window's width did.
    if (ready && !overlaid()) { remember("open", model.open ? 1 : 0) }
  })
  model.on("page", showPage)
  model.on("dark", () => {
    showTheme()
    remember("dark", model.dark ? 1 : 0)
  })
  model.on("title", showTitle)
  model.on("noticed", showNotice)
  model.on(["working", "done"], showWork)
  // A page whose server is gone looks as it did; only this says so.
  view.model.document.on_event("connection_lost", () => { lost.hidden = false })
  view.model.document.on_event("client_reconnected", () => { lost.hidden = true })
  showOpen()
  // Said while the page is still loading, this would not come back to the other components.
  model.on("ready", () => {
    model.open = opened
    ready = true
  })
  showPage()
  showTheme()
  showTitle()
  showNotice()
  showWork()
  return frame
}

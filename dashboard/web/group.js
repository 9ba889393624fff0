// A group of settings that folds; what it says while folded comes from the server. Folds are remembered
// by this browser. On a phone one group is open at a time.

const STORE = "hedgeboard.folds"

function stored() {
  try { return JSON.parse(localStorage.getItem(STORE)) ?? {} } catch { return {} }
}

export function render({model}) {
  const root = document.createElement("div")
  root.className = "fold"
  const bar = document.createElement("button")
  bar.className = "bar"
  bar.innerHTML = `<svg viewBox="0 0 24 24" aria-hidden="true"><path d="M5 8.5l7 7 7-7"/></svg>`
  const name = document.createElement("span")
  name.textContent = model.label
  const badge = document.createElement("span")
  badge.className = "badge"
  const sum = document.createElement("span")
  sum.className = "sum"
  bar.append(name, badge, sum)
  const body = document.createElement("div")
  body.className = "body"
  body.setAttribute("role", "group")
  body.setAttribute("aria-label", model.label)
  body.append(model.get_child("near"))
  const rest = document.createElement("div")
  rest.className = "rest"
  rest.append(model.get_child("far"))
  const link = document.createElement("button")
  link.className = "link"
  if (model.has_more) {
    const foot = document.createElement("div")
    foot.append(link)
    body.append(rest, foot)
  }
  root.append(bar, body)

  const phone = () => window.matchMedia("(max-width: 719px)").matches
  function fold(open, keep = true) {
    body.hidden = !open
    if (open) { model.send_msg({fill: "near"}) }
    bar.setAttribute("aria-expanded", open)
    if (keep && !phone()) { localStorage.setItem(STORE, JSON.stringify({...stored(), [model.label]: open})) }
  }
  function more(open) {
    rest.hidden = !open
    if (open) { model.send_msg({fill: "far"}) }
    link.textContent = open ? "Less" : "More"
    link.setAttribute("aria-expanded", open)
  }
  bar.addEventListener("click", () => {
    fold(body.hidden)
    if (!body.hidden && phone()) {
      window.dispatchEvent(new CustomEvent("hedgeboard:unfolded", {detail: model.label}))
    }
  })
  link.addEventListener("click", () => more(rest.hidden))
  // Another group was opened on a phone; or a control in this one is wanted.
  const unfolded = event => { if (event.detail !== model.label && phone()) { fold(false, false) } }
  const wanted = () => { if (model.label === "Book") { fold(true) } }
  window.addEventListener("hedgeboard:unfolded", unfolded)
  window.addEventListener("hedgeboard:add", wanted)
  model.on("remove", () => {
    window.removeEventListener("hedgeboard:unfolded", unfolded)
    window.removeEventListener("hedgeboard:add", wanted)
  })

  function show() {
    badge.textContent = `${model.count} changed`
    badge.hidden = !model.count
    sum.textContent = model.summary
    sum.title = model.summary
  }
  model.on(["count", "summary"], show)
  // A control under "More" that has something to say must be seen.
  model.on("unfold", () => {
    fold(true, false)
    if (model.unfold_more) { more(true) }
  })
  fold(phone() ? false : stored()[model.label] ?? model.open, false)
  more(false)
  show()
  return root
}

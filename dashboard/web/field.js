// One setting: label, box, slider, effect line and error. The server decides what is allowed; a refused
// text goes back to the old value. All text is set as text.

const ALERT = "url(\"data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 24 24' fill='none' " +
  "stroke='%23000' stroke-width='2.2' stroke-linejoin='round' stroke-linecap='round'%3E%3Cpath d='M12 3.8 21.5 " +
  "20h-19ZM12 10v4.6M12 17.2v.1'/%3E%3C/svg%3E\")"

function element(tag, name, parent) {
  const made = document.createElement(tag)
  if (name) { made.className = name }
  if (parent) { parent.append(made) }
  return made
}

const arrow = colour => `url("data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 24 24' fill='none' ` +
  `stroke='${encodeURIComponent(colour)}' stroke-width='3' stroke-linecap='round' stroke-linejoin='round'%3E` +
  `%3Cpath d='M4 8l8 8 8-8'/%3E%3C/svg%3E")`

function sliderPart(model, parent, label, number, hand) {
  const line = element("div", "slide", parent)
  element("span", "", line).textContent = model.ends[0]
  const track = element("div", "track", line)
  element("span", "", line).textContent = model.ends[1]
  const slider = element("input", "", track)
  Object.assign(slider, {type: "range", min: model.minimum, max: model.maximum, step: model.step})
  slider.setAttribute("aria-label", `${label}, slider`)
  const span = model.maximum - model.minimum
  const part = value => Math.min(1, Math.max(0, (value - model.minimum) / span))
  let tick = null
  if (model.preset != null) {
    tick = element("i", "tick", track)
    tick.style.setProperty("--at", part(model.preset))
  }
  let frame = null
  const draw = value => {
    track.style.setProperty("--part", part(value))
    slider.setAttribute("aria-valuetext", `${number.value} ${model.unit}`.trim())
  }
  // At most one message a frame: the last value wins.
  const send = () => {
    frame = null
    model.value = Number(slider.value)
  }
  const moved = () => {
    number.value = Number(slider.value).toFixed(model.decimals).replace("-", "\u2212")
    draw(Number(slider.value))
    frame ??= requestAnimationFrame(send)
  }
  slider.addEventListener("input", () => {
    if (hand.held) {
      const near = model.marks.find(mark => Math.abs(mark - Number(slider.value)) < span * 0.008)
      if (near != null) { slider.value = near }
    }
    moved()
  })
  slider.addEventListener("pointerdown", () => { hand.held = true })
  for (const name of ["pointerup", "pointercancel", "blur"]) {
    slider.addEventListener(name, () => {
      if (!hand.held) { return }
      hand.held = false
      if (frame != null) {
        cancelAnimationFrame(frame)
        send()
      }
      // Answered otherwise while the hand moved it: the knob goes where the value is.
      if (model.value !== Number(slider.value)) {
        number.value = model.text
        slider.value = model.value ?? model.minimum
        draw(Number(slider.value))
      }
    })
  }
  slider.addEventListener("keydown", event => {
    const way = {ArrowRight: 1, ArrowUp: 1, ArrowLeft: -1, ArrowDown: -1}[event.key]
    if (way == null || !event.shiftKey) { return }
    event.preventDefault()
    slider.value = Number(slider.value) + way * 10 * model.step
    moved()
  })
  return () => {
    if (hand.held) { return }
    slider.value = model.value ?? model.minimum
    draw(Number(slider.value))
  }
}

function boxPart(model, line, label) {
  const box = element("span", model.kind === "text" ? "box wide" : "box", line)
  if (model.prefix) { element("span", "", box).textContent = model.prefix }
  const input = element("input", "", box)
  input.type = "text"
  input.autocomplete = "off"
  input.spellcheck = false
  input.inputMode = ["text", "date"].includes(model.kind) ? "text" : "decimal"
  input.placeholder = model.placeholder
  input.setAttribute("aria-label", label)
  if (model.suffix) { element("span", "", box).textContent = model.suffix }
  // What is typed and not sent yet stays: the answer to an earlier text, late on a slow line, must not wipe it.
  let typed = false
  const restore = () => {
    input.value = model.text
    typed = false
  }
  const answered = () => { if (!typed) { restore() } }
  const size = () => {
    const least = model.half ? 1 : 4
    if (model.kind !== "text") { input.style.width = `${Math.max(least, model.text.length, model.placeholder.length) + 1.2}ch` }
  }
  const commit = () => {
    typed = false
    if (input.value !== model.text) { model.send_msg({entered: input.value.slice(0, 400)}) }
  }
  input.addEventListener("input", () => { typed = true })
  input.addEventListener("change", commit)
  input.addEventListener("blur", () => { if (typed) { commit() } })
  input.addEventListener("focus", () => input.select())
  input.addEventListener("keydown", event => {
    if (event.key === "Enter") { commit() }
    if (event.key === "Escape") {
      restore()
      input.blur()
      event.stopPropagation()
    }
  })
  model.on("restores", answered)
  model.on("placeholder", () => {
    input.placeholder = model.placeholder
    size()
  })
  return {input, show: () => { answered(); size() }}
}

function choicePart(model, line, below, label) {
  if (model.kind === "choice") {
    const select = element("select", "", line)
    select.setAttribute("aria-label", label)
    const fill = () => {
      select.replaceChildren(...model.options.map(([value, text]) => new Option(text, value)))
      select.value = model.value
      select.style.setProperty("--arrow", arrow(getComputedStyle(select).color || "#888"))
    }
    select.addEventListener("change", () => { model.value = select.value })
    model.on("options", fill)
    return fill
  }
  const full = model.options.map(([, text]) => text).join("").length > 26
  const group = element("div", full ? "segments full" : "segments", full ? below : line)
  group.setAttribute("role", "radiogroup")
  group.setAttribute("aria-label", label)
  const buttons = model.options.map(([value, text], index) => {
    const button = element("button", "", group)
    button.setAttribute("role", "radio")
    button.textContent = text
    button.addEventListener("click", () => { model.value = value })
    button.addEventListener("keydown", event => {
      const way = {ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1}[event.key]
      if (way == null) { return }
      event.preventDefault()
      const next = (index + way + buttons.length) % buttons.length
      model.value = model.options[next][0]
      buttons[next].focus()
    })
    return button
  })
  return () => buttons.forEach((button, index) => {
    const chosen = model.options[index][0] === model.value
    button.setAttribute("aria-checked", chosen)
    button.tabIndex = chosen ? 0 : -1
  })
}

function switchPart(model, line, label) {
  const button = element("button", "switch", line)
  button.setAttribute("role", "switch")
  button.setAttribute("aria-label", label)
  const text = element("span", "", button)
  element("i", "", button)
  button.addEventListener("click", () => { model.value = !model.value })
  return () => {
    button.setAttribute("aria-checked", Boolean(model.value))
    text.textContent = model.value ? "ON" : "OFF"
  }
}

export function render({model}) {
  const root = element("div", "control")
  root.style.setProperty("--alert", ALERT)
  const dot = element("button", "dot", root)
  const line = element("div", "line", root)
  const label = element("span", "label", line)
  label.textContent = model.label
  if (model.help) { label.title = model.help }
  const note = element("span", "note", line)
  element("span", "space", line)
  const below = element("div", "", root)
  // While a hand moves the slider, answers to where it was must not move it back.
  const hand = {held: false}
  let showText = () => {}, showValue = () => {}
  if (["number", "slider", "text", "date"].includes(model.kind)) {
    const box = boxPart(model, model.kind === "text" ? below : line, model.label)
    showText = () => { if (!hand.held) { box.show() } }
    if (model.kind === "slider") { showValue = sliderPart(model, below, model.label, box.input, hand) }
  } else if (model.kind === "flag") {
    showValue = switchPart(model, line, model.label)
  } else {
    showValue = choicePart(model, line, below, model.label)
  }
  const status = element("div", "status", root)
  const square = element("i", "", status), said = element("span", "", status)
  const effect = element("div", "effect", root)
  const error = element("div", "fault", root)
  error.setAttribute("role", "alert")
  const text = element("div", "text", root)

  const reset = () => model.send_msg({reset: true})
  dot.addEventListener("click", reset)
  label.addEventListener("dblclick", reset)

  function showState() {
    root.classList.toggle("changed", model.changed)
    root.classList.toggle("wrong", Boolean(model.error))
    dot.hidden = !model.changed
    dot.title = model.reset_text
    dot.setAttribute("aria-label", `${model.label}: ${model.reset_text}`)
    note.textContent = model.changed && model.preset_text ? model.preset_text : model.note
    note.title = note.textContent
    error.textContent = model.error
    error.hidden = !model.error
    status.hidden = !model.status.length
    if (model.status.length) {
      square.className = `square ${model.status[0]}`
      said.textContent = model.status[1]
    }
    root.classList.toggle("compact", Boolean(model.half))
    root.classList.toggle("right", model.half === "right")
    text.textContent = model.remark
    text.hidden = !model.remark
    effect.replaceChildren(...model.effect.map(([words, strong]) => {
      const part = document.createElement(strong ? "b" : "span")
      part.textContent = words
      return part
    }))
    effect.hidden = !model.effect.length
    effect.className = `effect ${model.effect_role}`
  }
  model.on("value", () => showValue())
  model.on("text", () => showText())
  const reveal = () => {
    // The panel may just have been opened, and the group unfolded: they need a frame to have a size.
    setTimeout(() => {
      root.scrollIntoView({block: "center"})
      root.querySelector("input:not([type=range]), select, [role=radio][tabindex='0'], button.switch")?.focus()
    }, 60)
  }
  model.on("reveals", reveal)
  // A control that was wanted before it was there.
  if (model.reveals) { reveal() }
  model.on(["status", "changed", "error", "effect", "effect_role", "note", "remark", "preset_text", "reset_text"], showState)
  showText()
  showValue()
  showState()
  return root
}

// The pages at the left (at the bottom on a phone), with the theme and the keys under them.

function icon(name, icons) {
  return `<svg viewBox="0 0 24 24" aria-hidden="true">${icons[name]}</svg>`
}

export function render({model}) {
  const {icons, items} = model.esm_constants
  const rail = document.createElement("div")
  rail.className = "stack"
  rail.innerHTML = `<svg class="logo" viewBox="0 0 32 32" role="img" aria-label="Hedgeboard">
    <rect width="32" height="32" rx="8"/><path d="M7 21.5l5.5-6.5 5.2 4.6L25 10.5"/></svg>`
  const buttons = items.map(([name, label], index) => {
    const button = document.createElement("button")
    button.innerHTML = icon(name, icons)
    button.append(label)
    button.title = `${label} (${index + 1})`
    button.addEventListener("click", () => { model.page = name })
    rail.append(button)
    return [name, button]
  })
  const gap = document.createElement("div")
  gap.className = "gap"
  const theme = document.createElement("button")
  theme.className = "tool"
  theme.addEventListener("click", () => { model.dark = !model.dark })
  const help = document.createElement("button")
  help.className = "tool"
  help.innerHTML = icon("help", icons)
  help.title = "Keys (?)"
  help.setAttribute("aria-label", "Keys")
  help.addEventListener("click", () => window.dispatchEvent(new Event("hedgeboard:help")))
  rail.append(gap, theme, help)

  function showPage() {
    for (const [name, button] of buttons) {
      if (name === model.page) { button.setAttribute("aria-current", "page") } else { button.removeAttribute("aria-current") }
    }
  }
  function showTheme() {
    theme.innerHTML = icon(model.dark ? "sun" : "moon", icons)
    theme.title = model.dark ? "Light theme" : "Dark theme"
    theme.setAttribute("aria-label", theme.title)
  }
  model.on("page", showPage)
  model.on("dark", showTheme)
  showPage()
  showTheme()
  return rail
}

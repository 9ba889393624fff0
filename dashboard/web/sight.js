// Tells whether it can be seen: what stands in a page that is hidden, or beyond its edge, need not be computed.
export function render({model}) {
  const mark = document.createElement("div")
  const watcher = new IntersectionObserver(entries => { model.seen = entries.at(-1).isIntersecting })
  mark.className = "mark"
  watcher.observe(mark)
  model.on("remove", () => watcher.disconnect())
  return mark
}

"""What a stack does in the browser, where sizes in pixels are known.

The server sends data; how wide a label is, how far two labels must be apart and where the pointer is
only the browser knows. Each script is plain JavaScript for a `CustomJS` of Bokeh.
"""

from typing import Final

from core import words

SETTLE: Final = """
if (range.tags.length === 0) { return }  // nothing has been shown yet
// A figure that was never laid out has no sizes, and reading one is an error there.
const size = (one, name) => one.properties[name].is_unset ? 0 : one[name]
const [start, end] = range.tags, plot = plots.find(one => one.visible) ?? plots[0]
const outer = size(plot, "outer_width"), narrow = outer > 0 && outer < 560, width = size(plot, "inner_width")
const left = narrow ? range.tags[4] : range.tags[3]
for (const one of plots) {
  if (one.min_border_left !== left) { one.min_border_left = left }
  // Nothing answers keys there, and the same data stand in a table: no stop for the keyboard.
  const pad = Bokeh.index.find_one(one)?.canvas_view?.events_el
  if (pad) { pad.tabIndex = -1 }
}
for (const axis of axes) {
  const names = axis.tags[narrow ? 1 : 0]
  if (JSON.stringify([...axis.major_label_overrides]) !== JSON.stringify(names)) {
    axis.major_label_overrides = new Map(names)
  }
}
const pen = document.createElement("canvas").getContext("2d")
let wide = 0
const texts = ends.map(({data}, k) => (narrow ? data.short : data.full).map((text, i) => {
  pen.font = `${data.style[i]} ${data.size[i]} ${font}`
  if (plots[k].visible) { wide = Math.max(wide, pen.measureText(text).width) }
  return text
}))
// Whole steps, so that a figure one digit longer does not move the whole chart.
const room = Math.min(8 * Math.ceil((wide + 18) / 8), 0.55 * width)
if (end > start && width > 0) { range.end = end + (end - start) * room / (width - room) }
ends.forEach((labels, k) => {
  const {data} = labels, {y_range} = plots[k], inner_height = size(plots[k], "inner_height")
  const f = logs[k] ? Math.log : v => v
  const low = f(y_range.start), high = f(y_range.end)
  const at = [...data.y].map(y => (f(y) - low) / (high - low) * inner_height)
  // The least moves that keep neighbours apart: pooled means of what they would be without the gaps.
  const order = at.map((_, i) => i).sort((a, b) => at[a] - at[b]), blocks = []
  order.forEach((i, rank) => {
    let block = {sum: at[i] - rank * apart, count: 1}
    while (blocks.length && blocks.at(-1).sum / blocks.at(-1).count > block.sum / block.count) {
      const before = blocks.pop()
      block = {sum: before.sum + block.sum, count: before.count + block.count}
    }
    blocks.push(block)
  })
  const most = Math.max(8, inner_height - 8 - (order.length - 1) * apart), push = at.map(() => 0)
  let rank = 0
  for (const {sum, count} of blocks) {
    for (let n = 0; n < count; n++, rank++) {
      push[order[rank]] = Math.min(Math.max(sum / count, 8), most) + rank * apart - at[order[rank]]
    }
  }
  const moved = push.some((v, i) => !(Math.abs(v - data.push[i]) < 0.25))
  if (inner_height > 0 && (moved || texts[k].some((text, i) => text !== data.text[i]))) {
    labels.data = {...data, text: texts[k], push}
  }
})
"""
"""Room at the right for the labels and at the left for the names; labels of one lane pushed apart."""

UNDER: Final = """
const dates = source.data.date, x = cb_data.geometry.x
let at = cb_data.index.line_indices[0] ?? -1
if (at >= 0 && at + 1 < dates.length && dates[at + 1] - x < x - dates[at]) { at += 1 }
if (under.tags[0] === at) { return }
under.tags = [at]
const data = {}
for (const name of Object.keys(under.data)) { data[name] = at < 0 ? [] : [source.data[name][at]] }
under.data = data
"""
"""A hollow dot on every line at the session under the pointer."""


def figure_code(unit: str, decimals: int) -> str:
    """How a tooltip writes a number, as `words` does: an em dash where it is unknown."""
    factor = 100 if unit == "%" else 1
    before, after = ("$" if unit == "$" else ""), {"×": "×", "%": "\u202f%"}.get(unit, "")
    places = "Math.abs(value) < 999.995 && Math.abs(value) >= 0.005 ? 2 : 0" if unit == "$" else str(decimals)
    return (
        f"if (!isFinite(value)) {{ return '{words.UNKNOWN}' }}\n"
        f"const n = {places}, places = {{minimumFractionDigits: n, maximumFractionDigits: n}}\n"
        f"const text = Math.abs(value * {factor}).toLocaleString('en-US', places)\n"
        f"return (value < 0 && /[1-9]/.test(text) ? '{words.MINUS}' : '') + '{before}' + text + '{after}'"
    )


def word_code(says: dict[int, str], unknown: str) -> str:
    """How a tooltip writes a coded state."""
    cases = "".join(f"if (value === {code}) {{ return {word!r} }}\n" for code, word in says.items())
    return f"{cases}return {unknown!r}"

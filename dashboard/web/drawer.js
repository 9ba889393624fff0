// Controls one under the other; some share a row with their neighbour. It stands empty until they are wanted.

export function render({model}) {
  const root = document.createElement("div")
  root.className = "drawer"
  model.get_child("objects").forEach((child, index) => {
    // In a box of ours: Bokeh writes the classes of the child itself anew.
    const box = document.createElement("div")
    box.className = model.halves.includes(index) ? "half" : "whole"
    box.append(child)
    root.append(box)
  })
  return root
}

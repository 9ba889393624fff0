// A Plotly figure that fills its place, follows its size and says which bar or point was clicked.
// Panel's own pane is not used: panel-material-ui gives it margins and axis lines of its own at every
// change of theme, over those of the figure.
export function render({model}) {
  const box = document.createElement("div")
  box.className = "canvas"
  let listening = false

  function draw() {
    if (!model.figure || !box.clientWidth || !box.clientHeight) { return }
    const {data, layout} = JSON.parse(model.figure)
    const size = {width: box.clientWidth, height: box.clientHeight}
    window.Plotly.react(box, data, {...layout, ...size}, {displayModeBar: false})
    if (!listening) {
      listening = true
      box.on("plotly_click", event => {
        const name = event.points[0]?.customdata?.[0]
        if (name) { model.send_msg(name) }
      })
    }
  }

  const sizes = new ResizeObserver(draw)
  sizes.observe(box)
  model.on("figure", draw)
  model.on("remove", () => {
    sizes.disconnect()
    window.Plotly.purge(box)
  })
  return box
}

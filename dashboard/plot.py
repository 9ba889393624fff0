"""Figures on the page: Plotly in a component of our own, Bokeh in Panel's pane."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, ClassVar, Final

import panel as pn
import param
import plotly.graph_objects as go

from dashboard.component import Component
from dashboard.web import script

_PLOTLY_CSS: Final = Path(pn.__file__).parent / "dist" / "css" / "models" / "plotly.css"
_OWN_CSS: Final = (
    ":host { display: flex !important; } :host > div { position: relative; flex: 1 1 0; min-width: 0; }"
    ".canvas { position: absolute; inset: 0; }"
)


class Plot(Component):
    """A Plotly figure, drawn by the plotly.js that `pn.extension("plotly")` brings along."""

    figure: str = param.String(default="", doc="The figure as JSON.")  # type: ignore[assignment]

    _bundle = script("plot")
    _stylesheets: ClassVar[list[str]] = [_PLOTLY_CSS.read_text(encoding="utf-8"), _OWN_CSS]

    def __init__(self, **params: Any) -> None:
        super().__init__(sizing_mode="stretch_both", margin=0, **params)
        self._press: Callable[[str], None] | None = None

    def draw(self, figure: go.Figure) -> None:
        """Draw this figure in place of the one before."""
        self.figure = figure.to_json()

    def on_press(self, callback: Callable[[str], None]) -> "Plot":
        """Call this with the first custom datum of whatever is clicked."""
        self._press = callback
        return self

    def _handle_msg(self, data: Any) -> None:
        if self._press is not None and isinstance(data, str):
            self._press(data)


def bokeh(layout: Any) -> pn.pane.Bokeh:
    """Bokeh figures that fill their place."""
    return pn.pane.Bokeh(layout, sizing_mode="stretch_both", margin=0)  # type: ignore[no-untyped-call]

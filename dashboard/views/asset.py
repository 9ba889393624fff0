"""The card of one asset: the regression behind its beta on a day, and its beta over time."""

from html import escape

import numpy as np
import panel as pn
import panel_material_ui as pmui

from core import words
from core.pipeline import Analysis
from dashboard.charts import asset as history
from dashboard.charts import scatter
from dashboard.charts.base import shown_window
from dashboard.charts.timeline import TimeStack
from dashboard.parts import Part, button, grid, head, table
from dashboard.plot import Plot, bokeh
from dashboard.state import AppState
from dashboard.views import timeframe


class AssetCard:
    """The asset that is highlighted, or the one with the most dollar beta while none is.

    The day that its window ends on is the last one, or the last of a brushed range, until the slider says
    otherwise.
    """

    def __init__(self, state: AppState) -> None:
        self.state = state
        self._row = 0
        self.plane = Plot()
        self.slider = pmui.IntSlider(  # type: ignore[no-untyped-call]
            label="", start=0, end=1, value=1, show_value=False, size="small", margin=(0, 12, 0, 12),
            sizing_mode="stretch_width",
        )  # fmt: skip
        self.day = Part().on_press(lambda _: self._back())
        self.stack = TimeStack(
            history.lanes(),
            history.TIPS,
            dark=state.dark,
            on_brush=lambda window: timeframe.brush(state, window),
        )
        line = bokeh(self.stack.layout)
        self.left = Part(kind="chart half", body=[self.plane], sizing_mode="stretch_both")
        self.facts = Part()
        self.right = Part(kind="chart half", body=[line], sizing_mode="stretch_both")
        self.right.on_press(lambda name: timeframe.press(state, name))
        scrub = grid("scrub", self.day, self.slider)
        self.view = grid(
            "card asset", grid("column first", self.left, scrub), grid("column last", self.facts, self.right)
        )
        self.slider.param.watch(self._scrubbed, "value")

    def draw(self, analysis: Analysis) -> None:
        """Show the asset chosen, as the selection and the theme are now."""
        self.stack.recolour(self.state.dark)
        chosen = shown_asset(analysis, self.state.selection.asset)
        if chosen is None:
            return
        sessions, brush = analysis.market.sessions, self.state.selection.brush
        last = len(sessions) - 1
        known = np.flatnonzero(np.isfinite(history.history(analysis, chosen).columns["beta"]))
        first = min(int(known[0]), last - 1) if len(known) else 0
        end = last if brush is None else int(np.searchsorted(sessions, brush[1], side="right")) - 1
        self._row = min(max(first, end), last)
        self.slider.param.update(start=first, end=last, value=self._row)
        self._draw_line(analysis, chosen)
        self._draw_plane(analysis, chosen)

    def _scrubbed(self, *_: object) -> None:
        analysis = self.state.analysis
        chosen = None if analysis is None else shown_asset(analysis, self.state.selection.asset)
        if analysis is None or chosen is None or self.slider.value == self._row:
            return
        self._row = min(self.slider.value, len(analysis.market.sessions) - 1)
        with pn.io.hold():
            self._draw_plane(analysis, chosen)
            self.stack.point(brush=self.state.selection.brush, mark=analysis.market.sessions[self._row])

    def _back(self) -> None:
        """End the window on the as-of day again."""
        self.slider.value = self.slider.end

    def _draw_plane(self, analysis: Analysis, chosen: str) -> None:
        shown = scatter.sample(analysis, chosen, self._row)
        self.plane.draw(scatter.figure(analysis, shown, dark=self.state.dark))
        self.left.param.update(
            object=head(scatter.describe(analysis, shown)),
            twin=table(scatter.twin(shown, analysis.market.benchmark)),
        )
        day = words.day(analysis.market.sessions[self._row])
        latest = analysis.market.as_of
        past = self._row < len(analysis.market.sessions) - 1
        back = f" {button('back', f'Back to {words.day(latest)}')}" if past else ""
        self.day.object = f'<p>Window ends <b class="{"warn" if past else ""}">{day}</b>{back}</p>'
        pairs = "".join(
            f"<div><dt>{escape(name)}</dt><dd>{escape(text)}</dd></div>"
            for name, text in scatter.facts(shown)
        )
        self.facts.object = f'<dl class="facts">{pairs}</dl>'

    def _draw_line(self, analysis: Analysis, chosen: str) -> None:
        selection, sessions = self.state.selection, analysis.market.sessions
        window = shown_window(selection.window, sessions)
        self.stack.update(
            history.history(analysis, chosen), window, brush=selection.brush, mark=sessions[self._row]
        )
        self.right.param.update(
            object=head(history.describe(analysis, chosen, window), timeframe.tools(selection, sessions)),
            twin=table(history.twin(analysis, chosen, window)),
        )


def shown_asset(analysis: Analysis, wanted: str | None) -> str | None:
    """The asset wanted where the book has it, else the one with the most dollar beta."""
    priced = {*analysis.market.tickers, analysis.market.hedge}
    lines = [line for line in analysis.exposure.positions if line.ticker in priced]
    if wanted is not None and any(line.ticker == wanted for line in lines):
        return wanted
    known = [line for line in lines if np.isfinite(line.dollar_beta) and line.role == "holding"]
    if known:
        return max(known, key=lambda line: abs(line.dollar_beta)).ticker
    return lines[0].ticker if lines else None

"""The card of one asset: the regression behind its beta on a day, and its beta over time."""

from html import escape

import numpy as np
import panel as pn
import panel_material_ui as pmui

from core import words
from core.pipeline import Analysis
from dashboard.charts import asset as history
from dashboard.charts import scatter
from dashboard.charts.base import PLOTLY_CONFIG, RANGES, Window, range_name, range_window, shown_window
from dashboard.charts.timeline import TimeStack
from dashboard.parts import Part, grid, head, segments, table
from dashboard.selection import Selection
from dashboard.state import AppState


class AssetCard:
    """The asset that is highlighted, or the one with the most dollar beta while none is."""

    def __init__(self, state: AppState) -> None:
        self.state = state
        self._row: int | None = None
        self.plane = pn.pane.Plotly(
            None, config=PLOTLY_CONFIG, link_figure=False, sizing_mode="stretch_both", margin=0
        )
        self.slider = pmui.IntSlider(
            label="", start=0, end=1, value=1, show_value=False, size="small", margin=(0, 12, 0, 12),
            sizing_mode="stretch_width",
        )  # fmt: skip
        self.day = Part(kind="day")
        self.stack = TimeStack(history.lanes(), history.TIP, dark=state.dark, on_brush=self._brush)
        line = pn.pane.Bokeh(self.stack.layout, sizing_mode="stretch_both", margin=0)
        self.left = Part(kind="chart half", body=[self.plane], sizing_mode="stretch_both")
        self.facts = Part()
        self.right = Part(kind="chart half", body=[line], sizing_mode="stretch_both").on_press(self._pressed)
        scrub = grid("scrub", self.day, self.slider)
        self.view = grid(
            "card asset", grid("column", self.left, scrub), grid("column", self.facts, self.right)
        )
        self.slider.param.watch(self._scrubbed, "value")
        state.param.watch(self._changed, ["analysis", "selection"])
        state.param.watch(self._recolour, "dark")
        self._changed()

    @property
    def chosen(self) -> str | None:
        """The asset shown; None where the book has none."""
        analysis = self.state.analysis
        return None if analysis is None else shown_asset(analysis, self.state.selection.asset)

    def _changed(self, *events: object) -> None:
        analysis, chosen = self.state.analysis, self.chosen
        if analysis is None:
            return
        if chosen is None:
            self.left.object = '<p class="t3">No position to look at.</p>'
            return
        sessions = analysis.market.sessions
        brush = self.state.selection.brush
        self._row = len(sessions) - 1
        if brush is not None:
            self._row = max(0, int(np.searchsorted(sessions, brush[1], side="right")) - 1)
        with pn.io.hold():
            beta = history.history(analysis, chosen).columns["beta"]
            known = np.flatnonzero(np.isfinite(beta))
            first = int(known[0]) if len(known) else 0
            last = len(sessions) - 1
            self.slider.param.update(start=min(first, last - 1), end=last, value=max(first, self._row))
            self._draw_line(analysis, chosen)
            self._draw_plane(analysis, chosen)

    def _scrubbed(self, event: object) -> None:
        analysis, chosen = self.state.analysis, self.chosen
        if analysis is None or chosen is None or self.slider.value == self._row:
            return
        self._row = self.slider.value
        with pn.io.hold():
            self._draw_plane(analysis, chosen)
            self.stack.point(brush=self.state.selection.brush, mark=analysis.market.sessions[self._row])

    def _recolour(self, event: object) -> None:
        self.stack.recolour(self.state.dark)
        analysis, chosen = self.state.analysis, self.chosen
        if analysis is not None and chosen is not None:
            self._draw_plane(analysis, chosen)

    def _draw_plane(self, analysis: Analysis, chosen: str) -> None:
        row = len(analysis.market.sessions) - 1 if self._row is None else self._row
        shown = scatter.sample(analysis, chosen, row)
        self.plane.object = scatter.figure(analysis, shown, dark=self.state.dark)
        self.left.param.update(
            object=head(scatter.describe(analysis, shown)),
            twin=table(scatter.twin(shown, analysis.market.benchmark)),
        )
        self.day.object = f"<p>Window ends <b>{words.day(analysis.market.sessions[row])}</b></p>"
        pairs = "".join(
            f"<div>{escape(name)}</div><div>{escape(text)}</div>"
            for name, text in scatter.facts(analysis, shown)
        )
        self.facts.object = f'<div class="pairs">{pairs}</div>'

    def _draw_line(self, analysis: Analysis, chosen: str) -> None:
        selection, sessions = self.state.selection, analysis.market.sessions
        window = shown_window(selection.window, sessions)
        row = len(sessions) - 1 if self._row is None else self._row
        self.stack.update(
            history.history(analysis, chosen), window, brush=selection.brush, mark=sessions[row]
        )
        ranges = segments(
            "range",
            {name: name for name in RANGES},
            range_name(selection.window, sessions),
            label="Dates shown",
        )
        self.right.param.update(
            object=head(history.describe(analysis, chosen, window), ranges),
            twin=table(history.twin(analysis, chosen, window)),
        )

    def _brush(self, window: Window) -> None:
        now = self.state.selection
        self.state.select(Selection(window=now.window, brush=window, asset=now.asset))

    def _pressed(self, name: str) -> None:
        kind, _, key = name.partition(":")
        now, analysis = self.state.selection, self.state.analysis
        if analysis is not None and kind == "range" and key in RANGES:
            window = range_window(key, analysis.market.sessions)
            self.state.select(Selection(window=window, brush=now.brush, asset=now.asset))


def shown_asset(analysis: Analysis, wanted: str | None) -> str | None:
    """The asset wanted where the book has it, else the one with the most dollar beta."""
    lines = analysis.exposure.positions
    if wanted is not None and any(line.ticker == wanted for line in lines):
        return wanted
    known = [line for line in lines if np.isfinite(line.dollar_beta) and line.role == "holding"]
    if known:
        return max(known, key=lambda line: abs(line.dollar_beta)).ticker
    return lines[0].ticker if lines else None

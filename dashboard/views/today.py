"""Today: what to do this morning, and how the exposure got here."""

import panel as pn
from panel.viewable import Viewable

from dashboard.charts import book
from dashboard.charts.base import RANGES, Window, range_name, range_window, shown_window
from dashboard.charts.timeline import TimeStack
from dashboard.parts import Part, grid, head, segments, table
from dashboard.selection import Selection
from dashboard.state import AppState
from dashboard.tiles import tiles
from dashboard.views import outlook


def build(state: AppState) -> Viewable:
    """The page for one session: built once, then only its contents change."""
    return Today(state).view


class Today:
    """The parts of the page and what keeps them up to date."""

    def __init__(self, state: AppState) -> None:
        self.state = state
        self.tiles = [Part(kind="fill") for _ in range(4)]
        self.stack = TimeStack(book.lanes(), book.TIP, dark=state.dark, on_brush=self._brush)
        pane = pn.pane.Bokeh(self.stack.layout, sizing_mode="stretch_both", margin=0)
        self.chart = Part(kind="card chart", body=[pane], sizing_mode="stretch_both").on_press(self._pressed)
        self.side = Part(kind="card outlook", sizing_mode="stretch_both")
        self.view = grid("today", *self.tiles, self.chart, self.side)
        state.param.watch(self._update, "analysis")
        state.param.watch(self._select, "selection")
        state.param.watch(lambda event: self.stack.recolour(event.new), "dark")
        self._update()

    def _update(self, *_: object) -> None:
        analysis = self.state.analysis
        if analysis is None:
            return
        with pn.io.hold():
            for part, html in zip(self.tiles, tiles(analysis), strict=True):
                part.object = html
            self.side.object = outlook.side(analysis)
            self._draw()

    def _select(self, event: object) -> None:
        self._draw()

    def _draw(self) -> None:
        analysis, selection = self.state.analysis, self.state.selection
        if analysis is None:
            return
        sessions = analysis.market.sessions
        window = shown_window(selection.window, sessions)
        titles = book.lane_titles(analysis)
        self.stack.update(book.history(analysis), window, brush=selection.brush, titles=titles)
        ranges = segments(
            "range",
            {name: name for name in RANGES},
            range_name(selection.window, sessions),
            label="Dates shown",
        )
        self.chart.param.update(
            object=head(book.describe(analysis, window), ranges), twin=table(book.twin(analysis, window))
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

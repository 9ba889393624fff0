"""Today: what to do this morning, and how the exposure got here."""

import panel as pn
from panel.viewable import Viewable

from dashboard.charts import book
from dashboard.charts.base import shown_window
from dashboard.charts.timeline import TimeStack
from dashboard.parts import Part, grid, head, table
from dashboard.plot import bokeh
from dashboard.selection import Selection
from dashboard.state import AppState
from dashboard.tiles import tiles
from dashboard.views import outlook, states, timeframe
from dashboard.views.distance import ESTIMATE


def build(state: AppState) -> Viewable:
    """The page for one session: built once, then only its contents change."""
    return Today(state).view


class Today:
    """The parts of the page and what keeps them up to date.

    A page that is not shown is not drawn: it catches up when it is shown again.
    """

    def __init__(self, state: AppState) -> None:
        self.state = state
        self._drawn: tuple[object, ...] = ()
        self.tiles = [Part(kind="fill") for _ in range(4)]
        self.stack = TimeStack(
            book.lanes(), book.TIPS, dark=state.dark, bars=True,
            on_brush=lambda window: timeframe.brush(state, window),
        )  # fmt: skip
        pane = bokeh(self.stack.layout)
        self.chart = Part(kind="card chart exposed", body=[pane], sizing_mode="stretch_both")
        self.chart.on_press(lambda name: timeframe.press(state, name))
        self.side = Part(kind="card outlook", sizing_mode="stretch_both")
        self.side.on_press(self._pressed)
        self.strip = Part(kind="strip")
        self.notice = Part()
        self.view = grid("today", *self.tiles, self.strip, self.chart, self.side, self.notice)
        state.param.watch(self._update, ["analysis", "problem", "selection", "page"])
        state.param.watch(lambda event: self.stack.recolour(event.new), "dark")
        self._update()

    def _update(self, *_: object) -> None:
        analysis, selection = self.state.analysis, self.state.selection
        if analysis is None:
            self.view.kind = "grid today waiting"
            self.notice.object = states.first(self.state)
            return
        now = (analysis.key, selection.window, selection.brush)
        if self.state.page != "today" or now == self._drawn:
            return
        fresh = not self._drawn or self._drawn[0] != analysis.key
        self._drawn = now
        with pn.io.hold():
            if fresh:
                for part, html in zip(self.tiles, tiles(analysis), strict=True):
                    part.object = html
                self.strip.object = outlook.strip(analysis)
                self.side.object = outlook.side(analysis)
                self.notice.object = states.empty(analysis)
                self.view.kind = "grid today empty" if self.notice.object else "grid today"
            self._draw(selection)

    def _draw(self, selection: Selection) -> None:
        analysis = self.state.analysis
        if analysis is None:
            return
        sessions = analysis.market.sessions
        window = shown_window(selection.window, sessions)
        self.stack.update(
            book.history(analysis), window, brush=selection.brush, titles=book.lane_titles(analysis),
            names=book.names(analysis), hedge_on=book.hedge_on(analysis),
        )  # fmt: skip
        self.chart.param.update(
            object=head(book.describe(analysis, window), timeframe.tools(selection, sessions)),
            twin=table(book.twin(analysis, window)),
        )

    def _pressed(self, name: str) -> None:
        if name == ESTIMATE:
            self.state.change("triggers.cluster_source", "estimate")

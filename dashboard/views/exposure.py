"""Exposure: what is in the book, where its market risk comes from, and why each beta is what it is."""

import panel as pn
from panel.viewable import Viewable

from core.pipeline import Analysis
from dashboard import holdings
from dashboard.charts import waterfall
from dashboard.parts import Part, grid, head, table
from dashboard.plot import Plot
from dashboard.state import AppState
from dashboard.views import outlook, states
from dashboard.views.asset import AssetCard, shown_asset


def build(state: AppState) -> Viewable:
    """The page for one session: built once, then only its contents change."""
    page = Exposure(state)
    pn.state.on_session_destroyed(lambda _: page.asset.tester.stop())
    return page.view


class Exposure:
    """The parts of the page and what keeps them up to date.

    A page that is not shown is not drawn: it catches up when it is shown again.
    """

    def __init__(self, state: AppState) -> None:
        self.state = state
        self._drawn: tuple[object, ...] = ()
        self.book = Part().on_press(self._pressed)
        self.bars = Plot().on_press(lambda ticker: state.select(state.selection.with_asset(ticker)))
        self.source = Part(kind="card chart", body=[self.bars], sizing_mode="stretch_both")
        self.split = Part(kind="card")
        self.asset = AssetCard(state)
        self.view = grid("exposure", self.book, self.source, self.split, self.asset.view, self.asset.others)
        state.param.watch(self._update, ["analysis", "problem", "selection", "page", "dark"])
        self._update()

    def _update(self, *_: object) -> None:
        state, analysis = self.state, self.state.analysis
        if analysis is None:
            self.view.kind = "grid exposure waiting"
            self.book.object = states.first(state)
            return
        now = (analysis.key, state.selection, state.dark)
        if state.page != "exposure" or now == self._drawn:
            return
        self._drawn = now
        empty = states.empty(analysis)
        with pn.io.hold():
            self.view.kind = "grid exposure empty" if empty else "grid exposure"
            self._draw(analysis, empty)
            self.asset.draw(analysis)

    def _draw(self, analysis: Analysis, empty: str) -> None:
        dark, chosen = self.state.dark, shown_asset(analysis, self.state.selection.asset)
        title = head(holdings.describe(analysis), twin=False)
        self.book.object = (
            f'{empty}<section class="card">{title}{holdings.table(analysis, chosen)}</section>'
            f"{holdings.left_out(analysis)}"
        )
        self.bars.draw(waterfall.figure(analysis, dark=dark, chosen=chosen))
        self.source.param.update(
            object=head(waterfall.describe(analysis)), twin=table(waterfall.twin(analysis))
        )
        self.split.object = outlook.risk(analysis)

    def _pressed(self, name: str) -> None:
        kind, _, key = name.partition(":")
        if kind == "asset":
            self.state.select(self.state.selection.with_asset(key))

"""Exposure: what is in the book, where its market risk comes from, and why each beta is what it is."""

import panel as pn
from panel.viewable import Viewable

from core import words
from core.pipeline import Analysis
from dashboard import holdings
from dashboard.charts import waterfall
from dashboard.charts.base import PLOTLY_CONFIG, Words
from dashboard.charts.pictures import split_bar
from dashboard.parts import NO_DATA, Part, grid, head, table
from dashboard.state import AppState
from dashboard.views.asset import AssetCard


def build(state: AppState) -> Viewable:
    """The page for one session: built once, then only its contents change."""
    return Exposure(state).view


class Exposure:
    """The parts of the page and what keeps them up to date."""

    def __init__(self, state: AppState) -> None:
        self.state = state
        self.book = Part().on_press(self._pressed)
        self.bars = pn.pane.Plotly(
            None, config=PLOTLY_CONFIG, link_figure=False, sizing_mode="stretch_both", margin=0
        )
        self.source = Part(kind="card chart", body=[self.bars], sizing_mode="stretch_both")
        self.split = Part(kind="card")
        self.asset = AssetCard(state)
        self.view = grid("exposure", self.book, self.source, self.split, self.asset.view)
        self.bars.param.watch(self._clicked, "click_data")
        state.param.watch(self._update, ["analysis", "selection", "dark"])
        self._update()

    def _update(self, *_: object) -> None:
        analysis = self.state.analysis
        if analysis is None:
            return
        chosen = self.asset.chosen
        with pn.io.hold():
            table_ = holdings.table(analysis, chosen)
            title = head(holdings.describe(analysis), twin=False)
            self.book.object = (
                f'<section class="card">{title}{table_}</section>{holdings.left_out(analysis)}'
            )
            self.bars.object = waterfall.figure(analysis, dark=self.state.dark, chosen=chosen)
            self.source.param.update(
                object=head(waterfall.describe(analysis)), twin=table(waterfall.twin(analysis))
            )
            self.split.object = risk(analysis)

    def _pressed(self, name: str) -> None:
        kind, _, key = name.partition(":")
        if kind == "asset":
            self.state.select(self.state.selection.with_asset(key))

    def _clicked(self, event: object) -> None:
        points = (self.bars.click_data or {}).get("points") or [{}]
        ticker = (points[0].get("customdata") or [""])[0]
        if ticker:
            self.state.select(self.state.selection.with_asset(ticker))


def risk(analysis: Analysis) -> str:
    """The share of the book's variance that the market explains, and what no hedge can remove."""
    exposure, order = analysis.exposure, analysis.order
    length = analysis.settings.beta.window_sessions
    title = f"How much of the risk can {order.instrument} remove?"
    if not 0.0 <= exposure.systematic <= 1.0:
        reason = "there are no positions" if not exposure.positions else "no position has a beta"
        return head(Words(title, "Share of variance", ""), twin=False) + f"<p>{NO_DATA} {reason}</p>"
    when = words.day(exposure.window_end)
    subtitle = (
        f"Share of variance, {length} sessions to {when} \u00b7 "
        f"volatility {words.percent(exposure.volatility)} a year"
    )
    market, own = exposure.systematic, 1.0 - exposure.systematic
    legend = (
        f'<div class="legend"><span><b>{words.percent(market, 0)} market</b><br>{order.instrument} can remove it</span>'
        f"<span><b>{words.percent(own, 0)} own</b><br>stays whatever you trade</span></div>"
    )
    return head(Words(title, subtitle, ""), twin=False) + split_bar(market) + legend

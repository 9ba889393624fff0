"""The card of one asset: the regression behind its beta on a day, its beta over time, other estimators."""

from html import escape

import numpy as np
import panel as pn
import panel_material_ui as pmui

from core import words
from core.betas import AssetBetas, asset_betas
from core.hedge_beta import choose_hedge_beta
from core.pipeline import SHARED_MEMO, Analysis
from core.progress import Progress
from dashboard.charts import asset as history
from dashboard.charts import estimators, scatter
from dashboard.charts.base import Words, shown_window
from dashboard.charts.timeline import TimeStack
from dashboard.parts import Part, button, grid, head, table
from dashboard.plot import Plot, bokeh
from dashboard.sight import Sight
from dashboard.state import AppState
from dashboard.tester import Answer, Tester
from dashboard.views import timeframe
from dashboard.web import style


class AssetCard:
    """The asset that is highlighted, or the one with the most dollar beta while none is.

    The day that its window ends on is the last one, or the last of a brushed range, until the slider says
    otherwise. Other estimators of that day's beta stand in a card of their own, `others`. They are computed
    while they are in sight, and off the page's thread: 25 ms a day is too long for a slider.
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
        self.dots, self.sight = Part(), Sight()
        self.dots.stylesheets = [*self.dots.stylesheets, style("estimators")]
        self.compared = Part(kind="card dots", body=[self.dots])
        self.others = grid("sighted", self.compared, self.sight)
        self.tester: Tester[AssetBetas] = Tester()
        self._subject = ("", "")
        self.slider.param.watch(self._scrubbed, "value")
        self.tester.param.watch(self._answered, "answer")
        self.sight.param.watch(self._sighted, "seen")

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
        self._compare(analysis, chosen)

    def _scrubbed(self, *_: object) -> None:
        analysis = self.state.analysis
        chosen = None if analysis is None else shown_asset(analysis, self.state.selection.asset)
        if analysis is None or chosen is None or self.slider.value == self._row:
            return
        self._row = min(self.slider.value, len(analysis.market.sessions) - 1)
        with pn.io.hold():
            self._draw_plane(analysis, chosen)
            self.stack.point(brush=self.state.selection.brush, mark=analysis.market.sessions[self._row])
            self._compare(analysis, chosen)

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

    def _sighted(self, *_: object) -> None:
        analysis = self.state.analysis
        chosen = None if analysis is None else shown_asset(analysis, self.state.selection.asset)
        if analysis is not None and chosen is not None:
            with pn.io.hold():
                self._compare(analysis, chosen)

    def _compare(self, analysis: Analysis, chosen: str) -> None:
        """Show what the estimators say of the day, as soon as it is known; compare nothing unseen."""
        market, settings, row = analysis.market, analysis.settings, self._row
        hedge = SHARED_MEMO(choose_hedge_beta, analysis.betas, settings.data, settings.hedge)
        key = (market.key, analysis.betas.key, settings.beta.key, hedge.key, chosen, row)
        answer = self.tester.answer
        if answer is not None and answer.key == key:
            self.tester.stop()
            self._show_estimates(analysis, chosen, answer)
            return
        if self._subject != (chosen, market.benchmark):
            self._say("Comparing the estimators\u2026")
        self.compared.kind = "card dots pending"
        if not self.sight.seen:
            self.tester.stop()
            return

        def job(_: Progress) -> AssetBetas:
            return SHARED_MEMO(asset_betas, market, analysis.betas, settings.beta, hedge, chosen, row)

        self.tester.ask(key, job)

    def _answered(self, *_: object) -> None:
        analysis, answer = self.state.analysis, self.tester.answer
        chosen = None if analysis is None else shown_asset(analysis, self.state.selection.asset)
        if analysis is None or chosen is None or answer is None:
            return
        with pn.io.hold():
            self._compare(analysis, chosen)

    def _show_estimates(self, analysis: Analysis, chosen: str, answer: Answer[AssetBetas]) -> None:
        self.compared.kind = "card dots"
        betas, problem = answer.result, answer.problem
        if betas is None:
            # Said here alone: the rest of the page is up to date.
            why = "" if problem is None else f"{problem.message} {problem.hint}"
            self._say(f"The estimators could not be compared. {why}".strip())
            return
        self._subject = (chosen, analysis.market.benchmark)
        shown = estimators.Compared(analysis, chosen, self._row, betas)
        self.dots.object = estimators.picture(shown)
        if not estimators.measured(betas):
            self.compared.kind = "card dots bare"
        self.compared.param.update(
            object=head(estimators.describe(shown), estimators.explained()) + estimators.explanation(shown),
            twin=table(estimators.twin(shown)),
        )

    def _say(self, sentence: str) -> None:
        """A sentence where the dots would be."""
        self._subject = ("", "")
        self.dots.object = ""
        self.compared.param.update(object=head(Words(estimators.TITLE, "", sentence), twin=False), twin="")


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

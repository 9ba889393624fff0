"""Evidence: what the rule would have done, beside three other ways to hold the book, and what that cost."""

from dataclasses import replace
from html import escape
from typing import Any, Final

import panel as pn
from panel.viewable import Viewable

from core.comparison import Comparison, compare
from core.pipeline import SHARED_MEMO, Analysis
from core.progress import Progress
from dashboard.charts import arms
from dashboard.charts.base import Window, dates
from dashboard.charts.timeline import TimeStack
from dashboard.parts import Part, button, grid, head, segments, table
from dashboard.plot import bokeh
from dashboard.state import AppState
from dashboard.tester import Tester
from dashboard.views import crashes, ledger, metrics, states, timeframe, verdict

BOOKS: Final = {"shares": "Today\u2019s shares", "weights": "Today\u2019s weights"}
"""What the arms can hold, as `backtest.book` names it."""


def build(state: AppState) -> Viewable:
    """The page for one session: built once, then only its contents change."""
    page = Evidence(state)
    pn.state.on_session_destroyed(lambda _: page.tester.stop())
    return page.view


class Evidence:
    """The parts of the page and what keeps them up to date.

    A page that is not shown is not drawn, and asks for no test: it catches up when it is shown again. A
    brushed range is what verdict, figures, test and costs are about; without one it is the whole past.
    """

    def __init__(self, state: AppState) -> None:
        self.state = state
        self.tester: Tester[Comparison] = Tester()
        self._drawn: tuple[object, ...] = ()
        self._listed: tuple[object, ...] = ()
        self._tested: Comparison | None = None
        self._mode, self._tab, self._arm = "nav", "crashes", "triggered"
        self._split, self._every = False, False
        self.notice = Part()
        self.verdict = Part(kind="card fill").on_press(self._pressed)
        self.stack = TimeStack(
            arms.lanes(), arms.TIPS, dark=state.dark, bars=True,
            on_brush=lambda window: timeframe.brush(state, window),
        )  # fmt: skip
        pane = bokeh(self.stack.layout)
        self.chart = Part(kind="card chart arms", body=[pane], sizing_mode="stretch_both").on_press(
            self._pressed
        )
        self.metrics = Part(kind="card gained").on_press(self._pressed)
        self.tabs = Part(kind="card tabs").on_press(self._pressed)
        self.view = grid("evidence", self.notice, self.verdict, self.chart, self.metrics, self.tabs)
        state.param.watch(self._update, ["analysis", "problem", "selection", "page"])
        state.param.watch(lambda event: self.stack.recolour(event.new), "dark")
        self.tester.param.watch(self._answered, "answer")
        self._update()

    def _update(self, *_: object) -> None:
        state, analysis = self.state, self.state.analysis
        if analysis is None:
            self.view.kind = "grid evidence waiting"
            self.notice.object = states.first(state)
            return
        if state.page != "evidence":
            if self.tester.question is not None:
                self.tester.stop()
                self._drawn = ()
            return
        with pn.io.hold():
            self.notice.object = nothing = states.empty(analysis) or _problem(analysis)
            exists = analysis.backtest.start < len(analysis.backtest.sessions)
            bare = not exists or bool(states.empty(analysis))
            self.view.kind = f"grid evidence{' empty' if bare else ' noted' if nothing else ''}"
            if not bare:
                self._draw(analysis)

    def _draw(self, analysis: Analysis) -> None:
        selection = self.state.selection
        now = (analysis.key, selection.window, selection.brush, self._mode)
        if now != self._drawn:
            self._drawn = now
            self._judge(analysis)
            self._chart(analysis)
        self._list(analysis)

    def _chart(self, analysis: Analysis) -> None:
        brush = self.state.selection.brush
        window = arms.shown_window(analysis.backtest, self.state.selection.window)
        shown = arms.history(analysis, window, self._mode)
        labelled = arms.labelled(analysis.backtest, window, brush)
        self.stack.update(
            shown, window, brush=brush, titles=arms.lane_titles(shown, window, labelled),
            hedge_on=arms.hedge_on(analysis), events=arms.crashes(analysis),
            hide=[mode for mode in arms.MODES if mode != self._mode],
        )  # fmt: skip
        spans = segments(
            "span",
            {name: name for name in arms.RANGES},
            arms.range_name(analysis.backtest, window),
            label="Dates shown",
        )
        modes = segments("mode", arms.MODES, self._mode, label="What is drawn")
        self.chart.param.update(
            object=head(
                arms.describe(analysis, shown, window, self._mode, labelled), _brushed(brush), modes, spans
            ),
            twin=table(arms.twin(shown, window, self._mode)),
        )

    def _judge(self, analysis: Analysis) -> None:
        """Show the figures of the range now, and the test's part as soon as it is there."""
        market, backtest, settings = analysis.market, analysis.backtest, analysis.settings.backtest
        brush = self.state.selection.brush
        now = analysis.comparison
        if brush is not None:
            now = SHARED_MEMO(compare, market, backtest, settings, window=brush, test=False)
        key = (market.key, backtest.key, settings.key, brush)
        answer = self.tester.answer
        pending = False
        if now.test is None and now.verdict.word != "no hedge":
            if answer is not None and answer.key == key:
                now = answer.result or now
            else:
                pending = True
        if not pending:
            self.tester.stop()
            self._tested = now
        shown = verdict.judged(now, self._tested, pending=pending, as_of=market.as_of)
        self.verdict.object = verdict.card(shown, verdict.held(analysis))
        held = segments("book", BOOKS, settings.book, label="What the arms hold")
        self.metrics.object = (
            f"{head(metrics.describe(now, market.benchmark), twin=False)}{metrics.table(shown)}"
            f'<p class="foot">{escape(metrics.HINDSIGHT)} {held}</p>'
        )
        if pending:

            def job(_: Progress) -> Comparison:
                return SHARED_MEMO(compare, market, backtest, settings, window=brush, test=True)

            self.tester.ask(key, job)

    def _answered(self, *_: object) -> None:
        analysis, answer = self.state.analysis, self.tester.answer
        if analysis is None or answer is None or self.state.page != "evidence":
            return
        if answer.problem is not None:
            self.state.problem = answer.problem
        with pn.io.hold():
            self._judge(analysis)

    def _list(self, analysis: Analysis) -> None:
        """Show the tab that is chosen; the others are not written."""
        brush = self.state.selection.brush
        now = (analysis.key, brush, self._tab, self._arm, self._split, self._every)
        if now == self._listed:
            return
        self._listed = now
        names = {
            "crashes": f"Crashes {crashes.counted(analysis)}",
            "alarms": f"False alarms {len(crashes.alarms_in(analysis, brush))}",
            "ledger": f"Ledger {len(ledger.fills(analysis, self._arm, brush))}",
            "costs": "Costs",
        }
        if self._tab == "crashes":
            content = crashes.events(analysis, brush)
        elif self._tab == "alarms":
            content = crashes.false_alarms(analysis, brush)
        elif self._tab == "ledger":
            content = ledger.listed(analysis, self._arm, brush, split=self._split, every=self._every)
        else:
            content = ledger.costs(analysis, brush)
        bar = "".join(
            f'<button type="button" role="tab" class="tab" data-press="tab:{name}" '
            f'aria-selected="{str(name == self._tab).lower()}">{escape(text)}</button>'
            for name, text in names.items()
        )
        self.tabs.object = (
            f'<div class="tablist" role="tablist" aria-label="What happened">{bar}</div>'
            f'<div class="shown {self._tab}" role="tabpanel">{content}</div>'
        )

    def _pressed(self, name: str) -> None:
        kind, _, key = name.partition(":")
        analysis = self.state.analysis
        if analysis is None:
            return
        if kind in ("event", "alarm"):
            self._zoom(analysis, self._window(analysis, kind, key))
        elif kind == "replay":
            self.state.replay_window = self._window(analysis, "event", key) or self.state.replay_window
        elif kind == "span" and key in arms.RANGES:
            self._select(window=arms.range_window(analysis.backtest, key))
        elif kind == "brush" and key == "zoom":
            self._zoom(analysis, self.state.selection.brush)
        elif kind == "brush" and key == "clear":
            self._select(window=None, brush=None)
        elif kind == "book" and key in BOOKS:
            self.state.change("backtest.book", key)
        elif self._chosen(kind, key):
            self._update()

    def _chosen(self, kind: str, key: str) -> bool:
        """Take a choice that is this page's own; False where it is none."""
        if kind == "mode" and key in arms.MODES:
            self._mode = key
        elif kind == "tab" and key in ("crashes", "alarms", "ledger", "costs"):
            self._tab = key
        elif kind == "arm" and key in ledger.ARMS:
            self._arm = key
        elif kind == "split":
            self._split = not self._split
        elif kind == "every":
            self._every = True
        else:
            return False
        return True

    def _window(self, analysis: Analysis, kind: str, key: str) -> Window | None:
        """The dates of a row; None where there is no such row."""
        if kind == "event" and key == "own":
            return self.state.selection.brush
        rows = analysis.events.events if kind == "event" else analysis.events.false_alarms
        if not key.isascii() or not key.isdigit() or int(key) >= len(rows):
            return None
        return rows[int(key)].start, rows[int(key)].end

    def _zoom(self, analysis: Analysis, window: Window | None) -> None:
        """Brush a window and show it with some sessions either side, in every chart."""
        if window is not None:
            self._select(window=crashes.around(analysis, window), brush=window)

    def _select(self, **changes: Any) -> None:
        self.state.select(replace(self.state.selection, **changes))


def _problem(analysis: Analysis) -> str:
    """Why there is no backtest, or from when on an arm has none; empty when nothing is wrong."""
    problem = analysis.backtest.problem
    if not problem:
        return ""
    bare = analysis.backtest.start >= len(analysis.backtest.sessions)
    title = "There is no past to judge the hedge by" if bare else "One of the arms did not last"
    return f'<section class="card warned state"><h2>{title}</h2><p>{escape(problem)}</p></section>'


def _brushed(brush: Window | None) -> str:
    if brush is None:
        return ""
    return (
        f'<span class="chip">{escape(dates(brush))} {button("brush:zoom", "Zoom in")}'
        f"{button('brush:clear', 'Whole past')}</span>"
    )

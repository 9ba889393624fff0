"""Triggers: which way the rule went on a day, what each signal says, when it fired and how often in vain."""

from html import escape

import numpy as np
import panel as pn
from panel.viewable import Viewable

from core import words
from core.decision import exit_words
from core.hedge_state import waiting_words
from core.pipeline import Analysis
from core.tree import DEFAULT_TREE
from dashboard.charts import signals
from dashboard.charts.base import Words, shown_window
from dashboard.charts.timeline import TimeStack
from dashboard.parts import Part, button, grid, head, segments, table
from dashboard.plot import bokeh
from dashboard.problems import beside
from dashboard.state import AppState
from dashboard.tree import TREE, RuleTree, in_words, show
from dashboard.views import record, signal_cards, states, timeframe

MODES = {"tree": "Tree", "any": "Any", "all": "All", "k": "k of n"}


def build(state: AppState) -> Viewable:
    """The page for one session: built once, then only its contents change."""
    return Triggers(state).view


class Triggers:
    """The parts of the page and what keeps them up to date.

    A page that is not shown is not drawn: it catches up when it is shown again.
    """

    def __init__(self, state: AppState) -> None:
        self.state = state
        self._drawn: tuple[object, ...] = ()
        self._unfolded = False
        self.tree = RuleTree(state)
        self.words = Part(kind="said")
        self.rule = Part(kind="card rule", body=[self.tree, self.words], sizing_mode="stretch_both")
        self.cards = Part(kind="alarms", sizing_mode="stretch_both")
        self.stack = TimeStack(
            signals.lanes(), signals.tips(), dark=state.dark,
            on_brush=lambda window: timeframe.brush(state, window), on_day=self.choose,
        )  # fmt: skip
        self.chart = Part(kind="card chart", body=[bokeh(self.stack.layout)], sizing_mode="stretch_both")
        self.record = Part(kind="card record", sizing_mode="stretch_both")
        self.notice = Part()
        self.view = grid("triggers", self.rule, self.cards, self.chart, self.record, self.notice)
        for part in (self.rule, self.cards, self.chart):
            part.on_press(self._pressed)
        state.param.watch(self._update, ["analysis", "settings", "problem", "selection", "page"])
        state.param.watch(lambda event: self.stack.recolour(event.new), "dark")
        self._update()

    def choose(self, day: np.datetime64 | None) -> None:
        """Look at another day; None, or the last one, is the latest."""
        analysis = self.state.analysis
        latest = analysis is not None and day == analysis.market.as_of
        self.state.select(self.state.selection.with_day(None if latest else day))

    def _update(self, *_: object) -> None:
        analysis, selection = self.state.analysis, self.state.selection
        if analysis is None:
            self.view.kind = "grid triggers waiting"
            self.notice.object = states.first(self.state)
            return
        error = beside(self.state, TREE)
        mode = self.state.settings.triggers.mode
        now = (analysis.key, selection.window, selection.brush, selection.day, error, mode)
        if self.state.page != "triggers" or now == self._drawn:
            return
        before, self._drawn = self._drawn or (None,) * len(now), now
        with pn.io.hold():
            self.view.kind = "grid triggers"
            if before[0] != now[0]:
                self.record.object = record.card(analysis)
            if before[:3] != now[:3]:
                self._draw_lanes(analysis)
            else:
                self.stack.point(brush=selection.brush, mark=None, day=self._marked(analysis))
            if before[0] != now[0] or before[3:] != now[3:]:
                self._draw_day(analysis, error)
            self._draw_head(analysis)

    def _marked(self, analysis: Analysis) -> np.datetime64 | None:
        sessions = analysis.market.sessions
        row = self.state.selection.row(sessions)
        day: np.datetime64 | None = sessions[row] if row < len(sessions) - 1 else None
        return day

    def _draw_lanes(self, analysis: Analysis) -> None:
        selection = self.state.selection
        window = shown_window(selection.window, analysis.market.sessions)
        self.stack.update(
            signals.history(analysis),
            window,
            brush=selection.brush,
            day=self._marked(analysis),
            names=signals.names(analysis),
            hedge_on=signals.shaded(analysis),
        )
        self.chart.twin = table(signals.twin(analysis, window))

    def _draw_head(self, analysis: Analysis) -> None:
        """The head of the lanes, which names the chosen day."""
        selection, sessions = self.state.selection, analysis.market.sessions
        window = shown_window(selection.window, sessions)
        day = self._marked(analysis)
        chosen = ""
        if day is not None:
            back = button("latest", "back to latest")
            chosen = f'<span class="chip">Chosen: {words.day(day)} {back}</span>'
        self.chart.object = head(
            signals.describe(analysis, window), chosen, timeframe.tools(selection, sessions)
        )

    def _draw_day(self, analysis: Analysis, error: str) -> None:
        """The tree, the words under it and the cards, as of the chosen day."""
        row = self.state.selection.row(analysis.market.sessions)
        self._draw_rule_head(analysis, row)
        show(self.tree, analysis, row, error=error)
        settings = analysis.settings.triggers
        taken = "; ".join(line for line, lit in in_words(analysis, row) if lit)
        waiting = waiting_words(analysis.state, settings, row)
        fraction = float(analysis.state.fraction[row])
        force = f"hedge\u00a0ON at\u00a0{words.percent(fraction, 0)}" if fraction > 0 else "hedge OFF"
        doing = f"{waiting}: {force}" if waiting else force
        self.words.object = (
            f'<p><b>In words:</b> <span class="taken">{escape(taken)}.</span> {escape(exit_words(settings))}'
            f" {escape(doing[:1].upper() + doing[1:])}.</p>"
        )
        self._draw_cards(analysis, row)

    def _draw_rule_head(self, analysis: Analysis, row: int) -> None:
        settings = analysis.settings.triggers
        day = words.day(analysis.market.sessions[row])
        tree = settings.mode == "tree"
        title = f"Which way did the tree go on {day}?" if tree else f"What did the count say on {day}?"
        if tree and self.tree.editing:
            title = "What does the rule ask?"
        subtitle = (
            "At the close; the branch taken is lit, the rest is not asked"
            if tree
            else "At the close; signals without data are not counted"
        )
        about = Words(title, subtitle, "")
        edit = button("edit-tree", "Done" if self.tree.editing else "Edit") if tree else ""
        undo = button("default-tree", "Default tree") if tree and settings.tree != DEFAULT_TREE else ""
        # The one that was pressed, while what it gives is still being computed.
        chosen = self.state.settings.triggers.mode
        modes = segments("mode", MODES, chosen, label="How the signals combine")
        self.rule.object = head(about, undo, edit, modes, twin=False)

    def _draw_cards(self, analysis: Analysis, row: int) -> None:
        self.cards.object = signal_cards.cards(analysis, row, unfolded=self._unfolded)

    def _pressed(self, name: str) -> None:
        kind, _, key = name.partition(":")
        analysis = self.state.analysis
        if analysis is None:
            return
        if kind == "mode" and key in MODES:
            self.state.change("triggers.mode", key)
        elif kind == "edit-tree":
            self.tree.editing = not self.tree.editing
            self._draw_rule_head(analysis, self.state.selection.row(analysis.market.sessions))
        elif kind == "default-tree":
            self.state.change(TREE, DEFAULT_TREE)
        elif kind == "latest":
            self.choose(None)
        elif kind == signal_cards.OTHERS:
            self._unfolded = not self._unfolded
            self._draw_cards(analysis, self.state.selection.row(analysis.market.sessions))
        elif kind == "estimate":
            self.state.change("triggers.cluster_source", "estimate")
        elif kind == "flow":
            self.state.sought = "triggers.flow"
        elif kind == "edit":
            self.state.sought = key
        else:
            timeframe.press(self.state, name)

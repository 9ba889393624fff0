"""The lab: What is left in the spread."""

from functools import partial
from html import escape

import numpy as np
import panel as pn

from core.lab.residuals import Residuals
from core.ratios.base import HedgeRatio
from dashboard.charts import residuals as drawn
from dashboard.charts.base import Words
from dashboard.lab import LabState
from dashboard.lab_jobs import diagnosed
from dashboard.parts import Part, head, table
from dashboard.plot import Plot
from dashboard.state import AppState
from dashboard.views.lab_spread import chosen
from dashboard.views.lab_work import pending


class ResidualCard:
    """The shocks of the spread shown: whether they hang together, keep their size and are normal.

    Computed off the page's thread, because the first time loads a library for a second.
    """

    def __init__(self, state: AppState, lab: LabState) -> None:
        self.state, self.lab = state, lab
        self.tester = lab.diagnosing
        self._drawn: tuple[object, ...] = ()
        self.plane = Plot()
        self.chart = Part(kind="chart half bare", body=[self.plane], sizing_mode="stretch_both")
        self.foot = Part()
        self.view = Part(kind="card left", body=[self.chart, self.foot])
        lab.param.watch(self._update, ["compared", "settings", "problem"])
        lab.studying.param.watch(self._update, "answer")
        lab.comparing.param.watch(self._update, ["work", "answer"])
        self.tester.param.watch(self._update, "answer")
        state.param.watch(self._update, ["page", "dark"])
        self._update()

    def _update(self, *_: object) -> None:
        if self.state.page != "lab":
            return
        found = chosen(self.lab)
        ratio = found.ratio
        if ratio is not None:
            self.tester.ask(ratio.key, partial(diagnosed, ratio))
        busy = self.lab.comparing.work is not None
        key = (
            None if ratio is None else ratio.key, found.label, found.reason, busy, self.state.dark,
            pending(self.tester),
        )  # fmt: skip
        if key == self._drawn:
            return
        self._drawn = key
        with pn.io.hold():
            self.view.kind = "card left" + (" pending" if busy else "")
            answer = self.tester.answer
            if ratio is None:
                self._bare(found.reason or "Here is what the spread leaves, once there is one.")
            elif answer is None or answer.key != ratio.key:
                self.view.kind = "card left pending"
            elif answer.result is None:
                problem = answer.problem
                self._bare("" if problem is None else f"{problem.message} {problem.hint}".strip())
            else:
                self._draw(ratio, found.label, answer.result)

    def _draw(self, ratio: HedgeRatio, label: str, made: Residuals) -> None:
        days = np.arange(made.rows).astype("datetime64[D]") if ratio.dates is None else ratio.dates
        shown = drawn.Left(label, ratio.dependent, days, made)
        self.plane.draw(drawn.figure(shown, dark=self.state.dark))
        self.chart.param.update(
            kind="chart half", object=head(drawn.describe(shown)), twin=table(drawn.twin(shown))
        )
        self.foot.object = f'{drawn.rows(shown)}<p class="sub">{escape(drawn.meaning(made))}</p>'

    def _bare(self, why: str) -> None:
        """Say why there is nothing to draw."""
        self.chart.param.update(
            kind="chart half bare", object=head(Words(drawn.TITLE, "", why), twin=False), twin=""
        )
        self.foot.object = ""

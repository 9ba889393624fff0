"""The lab: What is left in the spread."""

from functools import partial
from html import escape

import numpy as np
import panel as pn

from core.lab.residuals import Residuals
from core.ratios.base import HedgeRatio
from dashboard.charts import residuals as drawn
from dashboard.charts.base import Words
from dashboard.charts.spread import LAST_DAY
from dashboard.lab import LabState
from dashboard.lab_jobs import diagnosed
from dashboard.parts import Part, head, table
from dashboard.plot import Plot
from dashboard.state import AppState
from dashboard.views.lab_spread import chosen
from dashboard.views.lab_work import pending, still_shown


class ResidualCard:
    """The shocks of the spread shown: whether they hang together, keep their size and are normal.

    Computed off the page's thread, because the first time loads a library for a second.
    """

    def __init__(self, state: AppState, lab: LabState) -> None:
        self.state, self.lab = state, lab
        self.tester = lab.diagnosing
        self._drawn: tuple[object, ...] = ()
        self._dim = ""
        self.plane = Plot()
        self.chart = Part(kind="chart half bare", body=[self.plane], sizing_mode="stretch_both")
        self.foot, self.of = Part(), Part()
        self.view = Part(kind="card left", body=[self.chart, self.of, self.foot])
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
        busy, of = not self.lab.is_current, still_shown(self.lab)
        key = (
            None if ratio is None else ratio.key, found.label, found.reason, busy, of, self.state.dark,
            pending(self.tester),
        )  # fmt: skip
        if key == self._drawn:
            return
        self._drawn = key
        with pn.io.hold():
            answer = self.tester.answer
            waits = ratio is not None and (answer is None or answer.key != ratio.key)
            self._dim = " pending" if busy or waits else ""
            self.of.object, self.foot.kind = of, self._dim.strip()
            if ratio is None:
                self._bare(found.reason or "Here is what the spread leaves, once there is one.")
            elif answer is None or answer.key != ratio.key:
                bare = " bare" if " bare" in self.chart.kind else ""
                self.chart.kind = f"chart half{bare}{self._dim}"
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
            kind=f"chart half{self._dim}", object=head(drawn.describe(shown)), twin=table(drawn.twin(shown))
        )
        said = f"{LAST_DAY} {drawn.meaning(made)}" if ratio.last_day else drawn.meaning(made)
        self.foot.object = f'{drawn.rows(shown)}<p class="sub">{escape(said)}</p>'

    def _bare(self, why: str) -> None:
        """Say why there is nothing to draw."""
        self.chart.param.update(
            kind=f"chart half bare{self._dim}", object=head(Words(drawn.TITLE, "", why), twin=False), twin=""
        )
        self.foot.object = ""

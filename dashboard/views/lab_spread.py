"""The lab: Does the spread come back."""

import math
from dataclasses import dataclass
from html import escape
from typing import Any, Final

import numpy as np
import panel as pn
import param

from core import words
from core.errors import HedgeError
from core.lab.cointegration import STRONG, WEAK, EngleGranger, engle_granger, simulated_p_value, weigh
from core.lab.compare import variant
from core.lab.trace import SpreadTrace, trace_spread
from core.ratios.base import HedgeRatio
from core.spread import half_life
from dashboard.charts import spread as drawn
from dashboard.charts.base import Words
from dashboard.charts.residuals import NEVER, OVERSHOT
from dashboard.charts.timeline import TimeStack
from dashboard.forms import ROUND, FieldControl
from dashboard.lab import LabState
from dashboard.parts import Part, dialog, grid, head, opener, segments, table
from dashboard.plot import bokeh
from dashboard.state import AppState, Problem
from dashboard.views.lab_work import WorkLine, pending, still_shown

REFERENCE: Final = "ols"
"""The method that the shown one is drawn beside."""

CONTROLS: Final[dict[str, dict[str, Any]]] = {
    "lab.band_sessions": {"label": "Mean over", "placeholder": "all"},
}
"""The settings under the levels, and how they look there."""

LEVELS: Final = {"lab.entry": "above leave", "lab.exit": "under enter"}
"""The levels, each with where it must stay."""

_VERDICTS: Final = {
    "evidence": "Evidence of cointegration",
    "weak": "Weak evidence of cointegration",
    "none": "No evidence of cointegration",
    "unknown": "Cointegration not tested",
}
_LONGEST: Final = np.timedelta64(100 * 366, "D")


@dataclass(frozen=True)
class Chosen:
    """The answer of the method shown, or why there is none."""

    ratio: HedgeRatio | None
    label: str
    reason: str = ""


def chosen(lab: LabState) -> Chosen:
    """The ratio of the method shown: from the comparison, or asked for alone where it was not compared."""
    key = lab.settings.lab.shown
    label = variant(key).label
    if lab.compared is None:
        return Chosen(None, label, lab.problem.message if lab.problem is not None else "")
    for row in lab.compared.comparison.methods:
        if row.key_name == key:
            return Chosen(row.result, label, row.reason)
    problem = lab.studying.answer.problem if lab.studying.answer is not None else None
    alone = None if pending(lab.studying) else lab.study
    return Chosen(alone, label, "" if problem is None else problem.message)


class LevelControl(FieldControl):
    """The level to enter or to leave at.

    Its slider stops a step short of the other level; a typed one that runs into it is refused, with what
    stays as it was.
    """

    def _moved(self, event: param.parameterized.Event) -> None:
        if self._showing:
            return
        now, value = self.state.settings.lab, self._stored(event.new)
        if self.path == "lab.entry":
            value = max(value, round(now.exit + self.step, ROUND))
        else:
            value = min(value, round(now.entry - self.step, ROUND))
        self.submit(value)
        self._refresh()

    def change(self, value: object) -> bool:
        """Take the level, unless it would be on the wrong side of the other one."""
        now, enters = self.state.settings.lab, self.path == "lab.entry"
        other, kept = (now.exit, now.entry) if enters else (now.entry, now.exit)
        if isinstance(value, (int, float)) and (value <= other if enters else value >= other):
            ways = ("enter", "above", "leave") if enters else ("leave", "under", "enter")
            message = (
                f"The level to {ways[0]} at must be {ways[1]} the {words.number(other, 1)} to {ways[2]} at: "
                f"it stays at {words.number(kept, 1)}."
            )
            self.state.problem = Problem(message=message, where=self.path)
            return False
        return super().change(value)


class SpreadCard:
    """The spread of the method shown, with its levels and trips, and whether the legs are tied together.

    A moved level draws this card again and asks nothing: the spread is that of the comparison.
    """

    def __init__(self, state: AppState, lab: LabState) -> None:
        self.state, self.lab = state, lab
        self._mode = "z"
        self._drawn: tuple[object, ...] = ()
        self._said: tuple[object, ...] = ()
        self._shown: drawn.Followed | None = None
        self._tested: tuple[object, EngleGranger | None] = (None, None)
        self.stack = TimeStack(drawn.lanes(), drawn.TIPS, dark=state.dark, shaded=_LONGEST)
        self.chart = Part(
            kind="chart half tall", body=[bokeh(self.stack.layout)], sizing_mode="stretch_both"
        ).on_press(self._pressed)
        self.controls: dict[str, FieldControl] = {
            **{path: LevelControl(lab, path, note=note) for path, note in LEVELS.items()},
            **{path: FieldControl(lab, path, note="", **looks) for path, looks in CONTROLS.items()},
        }
        self.levels = grid("levels", *self.controls.values())
        self.foot, self.of = Part(kind="ties"), Part()
        self.work = WorkLine(lab, lab.studying, "Simulating", changed=self._update)
        self.trips = Part(kind="trips")
        self.view = Part(
            kind="card spread", body=[self.chart, self.of, self.levels, self.foot, self.work.view, self.trips]
        )
        lab.param.watch(self._update, ["compared", "settings", "problem"])
        lab.comparing.param.watch(self._update, ["work", "answer"])
        state.param.watch(self._update, "page")
        state.param.watch(lambda event: self.stack.recolour(event.new), "dark")
        self._update()

    def _update(self, *_: object) -> None:
        if self.state.page != "lab":
            return
        lab, asked = self.lab, self.lab.settings.lab
        found = chosen(lab)
        compared = None if lab.compared is None else lab.compared.key
        ratio = None if found.ratio is None else found.ratio.key
        chart = (
            compared, found.label, found.reason, ratio, asked.entry, asked.exit, asked.band_sessions,
            self._mode,
        )  # fmt: skip
        study = None if found.ratio is None else lab.study_of(found.ratio)
        foot = (chart, pending(lab.studying), None if study is None else study.key)
        with pn.io.hold():
            self.of.object = still_shown(lab)
            if chart != self._drawn:
                self._drawn = chart
                self._shown = self._draw(found)
                some = self._shown if self._shown is not None and self._shown.trace.trips else None
                self.trips.object = "" if some is None else table(drawn.trips_table(some), label="Trips")
            if foot != self._said:
                self._said = foot
                self.foot.object = "" if self._shown is None else self._words(self._shown)
            dim = "" if lab.is_current else " pending"
            bare = " bare" if self._shown is None else ""
            for part, kind in (
                (self.chart, f"chart half tall{bare}"),
                (self.foot, "ties"),
                (self.trips, "trips"),
            ):
                part.kind = f"{kind}{dim}"

    def _draw(self, found: Chosen) -> drawn.Followed | None:
        """Draw the spread, or say why there is none."""
        ratio = found.ratio
        if ratio is None:
            self._bare(found)
            return None
        other, label = self._beside(ratio)
        shown = drawn.Followed(ratio, found.label, self._trace(ratio), other, label)
        spans, shades = drawn.shaded(shown)
        self.stack.update(
            drawn.history(shown), shown.window, names=drawn.names(shown), hedge_on=spans, shades=shades,
            hide=[mode for mode in drawn.MODES if mode != self._mode],
        )  # fmt: skip
        modes = segments("mode", drawn.MODES, self._mode, label="What is drawn")
        self.chart.param.update(
            object=head(drawn.describe(shown, self._mode), modes),
            twin=table(drawn.twin(shown)),
        )
        return shown

    def _words(self, shown: drawn.Followed) -> str:
        """What stands under the levels: p-values, half-life, trips, and what is hindsight."""
        study = None if pending(self.lab.studying) else self.lab.study_of(shown.ratio)
        life = _life(shown.ratio, self._regression(), study)
        return (
            f'{self._ties(study)}<div class="pvalues">{life}{_trips(shown)}</div>'
            f'<p class="sub">{escape(drawn.hindsight(shown))}</p>'
        )

    def _bare(self, found: Chosen) -> None:
        """Say why there is nothing to draw."""
        if found.reason:
            why = f"{found.label} has no answer on these legs: {found.reason}"
        elif self.lab.compared is None:
            why = "The methods are being compared\u2026"
        else:
            why = f"{found.label} is being asked\u2026"
        self.chart.param.update(object=head(Words(drawn.TITLE, "", why), twin=False), twin="")

    def _trace(self, ratio: HedgeRatio) -> SpreadTrace:
        asked = self.lab.settings.lab
        return trace_spread(
            ratio.spread, entry=asked.entry, exit=asked.exit, window=asked.band_sessions, dates=ratio.dates
        )

    def _beside(self, ratio: HedgeRatio) -> tuple[SpreadTrace | None, str]:
        """What the shown spread is drawn beside, and its name; nothing where that is the shown one."""
        compared = self.lab.compared
        if compared is None or self.lab.settings.lab.shown == REFERENCE:
            return None, ""
        for row in compared.comparison.methods:
            same = row.result is not None and len(row.result.spread) == len(ratio.spread)
            if row.key_name == REFERENCE and row.result is not None and same:
                return self._trace(row.result), row.label
        return None, ""

    def _regression(self) -> EngleGranger | None:
        """Engle and Granger's test of the legs compared, once a comparison."""
        compared = self.lab.compared
        if compared is None:
            return None
        if self._tested[0] != compared.key:
            try:
                made = engle_granger(compared.prices.frame(), lag=compared.comparison.lag)
            except HedgeError:
                made = None
            self._tested = (compared.key, made)
        return self._tested[1]

    def _ties(self, study: HedgeRatio | None) -> str:
        """Whether the legs are tied together: both p-values, and what they say by a stated rule."""
        regression, simulated = self._regression(), simulated_p_value(study)
        plain = math.nan if regression is None else regression.p_value
        parts = [f"<span>Engle\u2013Granger p <b>{escape(words.p_value(plain))}</b></span>"]
        if pending(self.lab.studying):
            parts.append('<span>Simulated p <span class="t3">simulating\u2026</span></span>')
        elif math.isfinite(simulated) and study is not None:
            draws = study.adf_p_source.split()[0]
            count = f'<span class="t3">({escape(draws)} draws)</span>'
            parts.append(f"<span>Simulated p <b>{escape(words.p_value(simulated))}</b> {count}</span>")
        word = _VERDICTS[weigh(simulated, plain)]
        return f'<p class="pvalues">{"".join(parts)}<b>{word}</b></p>'

    def _pressed(self, name: str) -> None:
        kind, _, key = name.partition(":")
        if kind == "mode" and key in drawn.MODES:
            self._mode = key
            self._update()


def life_text(value: float) -> str:
    """A half-life in sessions; infinite where no gap closes."""
    if math.isinf(value):
        return f"none: {NEVER}"
    if not math.isfinite(value):
        return f"{words.UNKNOWN} ({OVERSHOT})"
    return f"{words.number(value, 1)} sessions"


def _life(ratio: HedgeRatio, regression: EngleGranger | None, studied: HedgeRatio | None) -> str:
    more = opener("half-life", "How?", short="How?")
    why = dialog("half-life", "Half-life and p-values", _how(ratio, regression, studied))
    return f"<span>Half-life <b>{life_text(ratio.half_life_days)}</b> {more}</span>{why}"


def _trips(shown: drawn.Followed) -> str:
    """The link to the table of trips; nothing where there is none."""
    if not shown.trace.trips:
        return ""
    note = (
        f"Decided at the close; the gain, or the loss, is in $ per share of {shown.ratio.dependent} and runs "
        "from the next close to the one after the decision to leave, before costs. "
        "An open trip runs to the last close. " + drawn.hindsight(shown)
    )
    content = table(drawn.trips_table(shown), label="Trips") + f'<p class="sub">{escape(note)}</p>'
    text = f"Table of {words.counted(len(shown.trace.trips), 'trip')}"
    return opener("trips", text, short="Trips") + dialog("trips", f"Trips, {drawn.against(shown)}", content)


def _how(ratio: HedgeRatio, regression: EngleGranger | None, studied: HedgeRatio | None) -> str:
    slope = half_life(ratio.spread).slope
    lines = [
        "Each day\u2019s change of the spread is regressed on its level of the day before; b is the slope.",
        f"Exactly: {words.MINUS}ln 2 / ln(1 + b) with b = {words.number(slope, 5)} is "
        f"{life_text(ratio.half_life_days)}.",
        f"To first order: {words.MINUS}ln 2 / b is {life_text(ratio.half_life_first_order_days)}.",
    ]
    if regression is not None:
        lines.append(
            f"Engle and Granger test the spread of least squares with a constant: t = "
            f"{words.number(regression.statistic)} with {words.counted(regression.lag, 'lagged change')}, "
            "p by MacKinnon\u2019s tables."
        )
    if studied is not None and studied.adf_p_source:
        lines.append(
            f"The unit-root statistic of the method shown is {words.number(studied.adf_statistic)} with "
            f"{words.counted(studied.adf_lag, 'lagged change')}; its p is from {studied.adf_p_source}."
        )
    lines.append(
        "The words follow the simulated p where there is one, else Engle and Granger\u2019s: "
        f"under {STRONG:g} is evidence, up to {WEAK:g} weak evidence, above none."
    )
    return "".join(f"<p>{escape(line)}</p>" for line in lines)

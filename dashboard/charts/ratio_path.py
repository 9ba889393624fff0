"""The ratio refitted on the way, beside that of the whole period."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np

from core import words
from core.ratios.base import HedgeRatio
from core.ratios.rolling import RollingRatio
from core.types import FloatArray, Sessions
from dashboard.charts.base import Twin, Window, Words, dates, nice_ticks
from dashboard.charts.lane import Lane, Line
from dashboard.charts.ratios import ratio
from dashboard.charts.timeline import History
from dashboard.charts.tips import Tip

TITLE: Final = "Was the ratio the same all along?"

MOST: Final = 4
"""Legs that are drawn: beyond four lines nobody can tell one from another."""

_SERIES: Final = ("hedged", "always", "sell", "benchmark")
_REACH: Final = 4.0
"""How many times the middle half of the refits the axis reaches beyond it: one wild window must not press all
others flat."""

_ROOM: Final = 0.5
"""How far beyond the lines an interval is drawn, by their height: a wide one must not press them flat."""

TIPS: Final = (Tip("Refitted", "said", text=True), Tip("Whole period", "stated", text=True))


@dataclass(frozen=True)
class Refitted:
    """The refits of one method, what the whole period says, and its path where the method has one."""

    rolling: RollingRatio
    label: str
    whole: HedgeRatio | None

    @property
    def days(self) -> Sessions:
        """The session of each row (T,)."""
        found = self.rolling.dates
        return np.arange(len(self.rolling.ratios)).astype("datetime64[D]") if found is None else found

    @property
    def window(self) -> Window:
        """First refit and last session: before it there is nothing to draw."""
        made = np.flatnonzero(self.rolling.refitted)
        return self.days[made[0] if len(made) else 0], self.days[-1]

    @property
    def stated(self) -> str:
        """What the ratio is of that the refits are drawn beside."""
        return "last day" if self.whole is not None and self.whole.last_day else "whole period"

    @property
    def bounds(self) -> tuple[float, float] | None:
        """The interval that refits of the first leg are held against; none beside a last day's ratio."""
        if self.whole is None or self.whole.last_day or not self.legs:
            return None
        return self.whole.intervals.get(self.legs[0])

    @property
    def legs(self) -> tuple[str, ...]:
        """The other legs that are drawn: the first four, or the four with the most dollars."""
        others = self.rolling.legs[1:]
        if len(others) <= MOST or self.whole is None:
            return others[:MOST]
        prices = dict(zip(self.whole.legs, map(float, self.whole.last_prices), strict=True))
        size = {name: abs(self.whole.ratios[name] * prices[name]) for name in others}
        largest = sorted(others, key=lambda name: -size[name])[:MOST]
        return tuple(name for name in others if name in largest)

    def refits(self, leg: str) -> FloatArray:
        """The ratios (T,) of a leg in force on each row."""
        ratios: FloatArray = self.rolling.ratios[:, self.rolling.legs.index(leg) - 1]
        return ratios

    def answers(self, leg: str) -> FloatArray:
        """What each refit answered for a leg, those without an answer left out."""
        fitted = self.refits(leg)[self.rolling.refitted]
        return fitted[np.isfinite(fitted)]


def lanes() -> tuple[Lane, ...]:
    """One chart; a line a leg, dotted what the whole period says."""
    whole = (
        Line("bounds", "reference", ribbon=True, end=False),
        *(Line(f"whole{i}", "reference", value=False, quiet=True) for i in range(MOST)),
    )
    path = Line("path", "always", value=False, quiet=True)
    legs = tuple(Line(f"leg{i}", _SERIES[i], value=False) for i in range(MOST))
    return (Lane("ratio", (*whole, path, *reversed(legs))),)


def history(shown: Refitted) -> History:
    """The columns of the chart and the tooltip, (T,) each; what lies beyond the axis is a gap."""
    count = len(shown.days)
    unknown: FloatArray = np.full(count, np.nan)
    names = [f"leg{i}" for i in range(MOST)] + [f"whole{i}" for i in range(MOST)]
    columns = dict.fromkeys([*names, "path", "bounds", "bounds_low", "bounds_high"], unknown)
    low, high = reach(shown)
    for i, leg in enumerate(shown.legs):
        columns[f"leg{i}"] = _inside(shown.refits(leg), low, high)
        if shown.whole is not None:
            columns[f"whole{i}"] = np.full(count, shown.whole.ratios[leg])
    path = own_path(shown)
    if path is not None:
        columns["path"] = _inside(path, low, high)
    ends = band(shown)
    if ends is not None:
        columns["bounds_low"], columns["bounds_high"] = (np.full(count, end) for end in ends)
    return History(shown.days, columns, _texts(shown))


def _texts(shown: Refitted) -> dict[str, list[str]]:
    """What the tooltip says of each row: every leg's ratio in force, and that of the whole period."""
    values = [(leg, shown.refits(leg)) for leg in shown.legs]
    said = [
        ", ".join(f"{leg} {ratio(float(ratios[t]))}" for leg, ratios in values)
        for t in range(len(shown.days))
    ]
    whole = shown.whole
    stated = [] if whole is None else [f"{leg} {ratio(whole.ratios[leg])}" for leg in shown.legs]
    return {"said": said, "stated": [", ".join(stated) or words.UNKNOWN] * len(said)}


def reach(shown: Refitted) -> tuple[float, float]:
    """The least and the largest ratio that are drawn."""
    found = [shown.answers(leg) for leg in shown.legs]
    known = np.concatenate(found) if found else np.empty(0)
    if not len(known):
        return -math.inf, math.inf
    lower, middle, upper = (float(v) for v in np.quantile(known, (0.25, 0.5, 0.75)))
    kept = max(_REACH * (upper - lower), 0.5 * abs(middle))
    ends = [lower - kept, upper + kept]
    if shown.whole is not None:
        ends += [shown.whole.ratios[leg] for leg in shown.legs]
    path = own_path(shown)
    if path is not None:  # its first rows know next to nothing
        ends += [float(end) for end in np.nanquantile(path, (0.05, 0.95))]
    return min(ends), max(ends)


def band(shown: Refitted) -> tuple[float, float] | None:
    """The part of the interval that is drawn behind two legs' refits; None where there is none."""
    if shown.bounds is None or shown.whole is None or len(shown.rolling.legs) != 2:
        return None
    low, high = reach(shown)
    drawn = [v for leg in shown.legs for v in shown.answers(leg) if low <= v <= high]
    drawn += [shown.whole.ratios[leg] for leg in shown.legs]
    path = own_path(shown)
    if path is not None:
        kept = path[shown.days >= shown.window[0]]
        drawn += [float(v) for v in kept if low <= v <= high]
    lowest, highest = min(drawn), max(drawn)
    room = _ROOM * max(highest - lowest, 0.1 * abs(highest), 0.1 * abs(lowest))
    first, last = shown.bounds
    low, high = max(first, lowest - room), min(last, highest + room)
    # A cut goes to the end of the axis, so that the band runs off the chart; the axis follows the cut.
    for _ in range(4):
        marks = nice_ticks(min(low, lowest), max(high, highest))
        low = max(first, marks[0]) if low > first else first
        high = min(last, marks[-1]) if high < last else last
    return low, high


def own_path(shown: Refitted) -> FloatArray | None:
    """The ratio (T,) as the method itself knew it on each row, where it has one and there are two legs."""
    path = None if shown.whole is None else shown.whole.path
    if path is None or path.shape != (len(shown.days), 1):
        return None
    return np.asarray(path[:, 0], dtype=np.float64)


def beyond(shown: Refitted) -> list[float]:
    """The refits that lie beyond the axis, by size, the farthest first."""
    low, high = reach(shown)
    far = [float(v) for leg in shown.legs for v in shown.answers(leg) if not low <= v <= high]
    return sorted(far, key=lambda value: -abs(value))


def _inside(values: FloatArray, low: float, high: float) -> FloatArray:
    kept: FloatArray = np.where((values >= low) & (values <= high), values, np.nan)
    return kept


def names(shown: Refitted) -> dict[str, str]:
    """What lines and tips are called here, each with its last value."""
    said = {"path": "Kalman path", "stated": shown.stated.capitalize()}
    low, high = reach(shown)
    for i, leg in enumerate(shown.legs):
        known = shown.refits(leg)
        known = known[np.isfinite(known)]
        last = float(known[-1]) if len(known) else math.nan
        said[f"leg{i}"] = f"{ratio(last)} {leg}{', off the chart' if last < low or last > high else ''}"
        if shown.whole is not None:
            which = f"{leg}, {shown.stated}" if len(shown.legs) > 1 else shown.stated
            said[f"whole{i}"] = f"{ratio(shown.whole.ratios[leg])} {which}"
    return said


def describe(shown: Refitted) -> Words:
    """What stands around the chart."""
    rolling = shown.rolling
    how = (
        f"all sessions so far, at least {rolling.window}"
        if rolling.expanding
        else f"{rolling.window} sessions"
    )
    others = ", ".join(shown.legs)
    more = len(rolling.legs) - 1 - len(shown.legs)
    legs = f"{others} and {words.counted(more, 'more leg')}" if more else others
    every = words.counted(rolling.step, "session")
    subtitle = (
        f"Units of {legs} per {rolling.dependent}; {shown.label} on {how}, refitted every {every}; "
        f"{dates(shown.window)}"
    )
    return Words(TITLE, subtitle, summary(shown))


def summary(shown: Refitted) -> str:
    """What the refits say, in one or two sentences."""
    if not shown.legs:
        return ""
    leg = shown.legs[0]
    found = shown.answers(leg)
    if not len(found):
        return "No window has an answer."
    several = f"{leg} between" if len(shown.legs) > 1 else "Between"
    parts = [f"{several} {ratio(float(found.min()))} and {ratio(float(found.max()))}"]
    if shown.whole is not None:
        parts.append(f"the {shown.stated}\u2019s is {ratio(shown.whole.ratios[leg])}")
        bounds = shown.bounds
        if bounds is not None:
            outside = int(((found < bounds[0]) | (found > bounds[1])).sum())
            verb = "lie" if outside > 1 else "lies"
            ends = ", ".join(ratio(bound) for bound in bounds)
            of = words.counted(len(found), "refit")
            said = f"{outside or 'none'} of {of} {verb} outside its 95\u202f% interval"
            cut = ", which goes on beyond the chart" if band(shown) not in (None, bounds) else ""
            parts.append(f"{said} [{ends}]{cut}")
    text = f"{'; '.join(parts)}."
    far = beyond(shown)
    if far:
        text += f" {words.counted(len(far), 'refit')} beyond the chart, to {ratio(far[0])}."
    return text


def gaps(shown: Refitted) -> str:
    """Why lines have gaps, in words; empty where they have none."""
    said = list(shown.rolling.notes)
    path, (low, high) = own_path(shown), reach(shown)
    drawn = shown.days >= shown.window[0]
    if path is not None and bool((((path < low) | (path > high)) & drawn).any()):
        said.append("Where the Kalman path is not drawn it lies beyond the chart.")
    return " ".join(said)


def coverage(shown: Refitted) -> str:
    """What must be said beside the interval that is drawn; empty where none is."""
    return shown.whole.coverage if shown.whole is not None and shown.bounds is not None else ""


def twin(shown: Refitted) -> Twin:
    """The refits as a table, the latest first."""
    rolling = shown.rolling
    rows = np.flatnonzero(rolling.refitted)[::-1]
    every: Mapping[str, FloatArray] = {leg: shown.refits(leg) for leg in rolling.legs[1:]}
    lines = tuple(
        (
            words.day(shown.days[t]),
            *(ratio(float(ratios[t])) for ratios in every.values()),
        )
        for t in rows
    )
    return Twin(("Refitted on", *(f"{leg} per {rolling.dependent}" for leg in every)), lines, gaps(shown))

"""The spread of the method shown over time: deviations or price units, its levels and its trips."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from core import words
from core.lab.trace import SpreadTrace, Trip
from core.ratios.base import HedgeRatio
from core.types import FloatArray, Sessions
from dashboard.charts import ratios
from dashboard.charts.base import Twin, Window, Words, dates
from dashboard.charts.book import TWIN_ROWS
from dashboard.charts.lane import Lane, Line
from dashboard.charts.timeline import History
from dashboard.charts.tips import Tip

MODES: Final = {"z": "Deviations", "price": "Price units"}
"""What can be drawn, and the lane of it."""

TITLE: Final = "Does the spread come back?"

TIPS: Final = (
    Tip("Shown", "z"),
    Tip("Reference", "other"),
    Tip("Spread", "spread"),
    Tip("Trip", "state", says={1: "spread held", 0: "none", -1: "spread sold"}),
)

_LEVELS: Final = ("enter_high", "leave_high", "leave_low", "enter_low")


@dataclass(frozen=True)
class Followed:
    """The spread that is followed, by which method, and beside it that of another, where there is one."""

    ratio: HedgeRatio
    label: str
    trace: SpreadTrace
    other: SpreadTrace | None = None
    other_label: str = ""

    @property
    def days(self) -> Sessions:
        """The session of each row (T,)."""
        found = self.trace.dates
        return np.arange(len(self.trace.z)).astype("datetime64[D]") if found is None else found

    @property
    def window(self) -> Window:
        """First and last session."""
        return self.days[0], self.days[-1]


def lanes() -> tuple[Lane, ...]:
    """Deviations, and price units: one of them is shown."""

    def levels(lane: str) -> tuple[Line, ...]:
        return tuple(Line(f"{lane}_{name}", "limit", value=False, quiet=True) for name in _LEVELS)

    return (
        Lane(
            "z",
            (
                Line("z_mean", "middle", ribbon=True, end=False, quiet=True),
                *levels("z"),
                Line("other", "reference"),
                Line("z", "hedged"),
            ),
        ),
        Lane(
            "price",
            (
                Line("price_mean", "middle", ribbon=True, end=False, quiet=True),
                *levels("price"),
                Line("spread", "hedged"),
            ),
        ),
    )


def history(shown: Followed) -> History:
    """The columns of both lanes and of the tooltip, (T,) each."""
    trace = shown.trace
    known = np.isfinite(trace.z)
    zero = np.where(known, 0.0, np.nan)
    (leave_low, leave_high), (enter_low, enter_high) = trace.band(trace.exit), trace.band(trace.entry)
    one_low, one_high = trace.band(1.0)
    middle = zero if trace.exit > 0.0 else np.full(len(zero), np.nan)  # both would lie on the mean
    unknown: FloatArray = np.full(len(zero), np.nan)
    columns = {
        "z": trace.z,
        "other": unknown if shown.other is None else shown.other.z,
        "spread": trace.spread,
        "state": trace.state.astype(np.float64),
        "z_mean": zero,
        "z_mean_low": zero - 1.0,
        "z_mean_high": zero + 1.0,
        "z_enter_high": zero + trace.entry,
        "z_leave_high": zero + trace.exit,
        "z_leave_low": middle - trace.exit,
        "z_enter_low": zero - trace.entry,
        "price_mean": trace.mean,
        "price_mean_low": one_low,
        "price_mean_high": one_high,
        "price_enter_high": enter_high,
        "price_leave_high": leave_high,
        "price_leave_low": leave_low + middle,
        "price_enter_low": enter_low,
    }
    return History(shown.days, columns)


def names(shown: Followed) -> dict[str, str]:
    """What lines and tips are called here; a level has its value in its name."""
    trace = shown.trace
    said = {"z": shown.label, "other": shown.other_label or "Reference", "spread": "Spread"}
    levels = {"enter": trace.entry, "leave": trace.exit}
    for name in _LEVELS:
        what, side = name.split("_")
        sign = 1.0 if side == "high" else -1.0
        at = "the mean" if what == "leave" and trace.exit == 0.0 else words.change(sign * levels[what], 1)
        said[f"z_{name}"] = f"{what} {at}"
        column = trace.band(levels[what])[1 if sign > 0.0 else 0]
        known = column[np.isfinite(column)]
        price = words.number(float(known[-1])) if len(known) else words.UNKNOWN
        said[f"price_{name}"] = f"{what} {price}"
    return said


def side_words(shown: Followed, side: int) -> str:
    """What holding (+1) or selling (-1) the spread says of the dependent leg, or of a basket of all."""
    what = "basket" if is_basket(shown.ratio) else shown.ratio.dependent
    return f"{what} {'cheap' if side > 0 else 'dear'}"


def is_basket(ratio: HedgeRatio) -> bool:
    """Whether all legs are held together, so that none is cheap or dear against another."""
    return all(units > 0.0 for units in ratio.holdings.values())


def against(shown: Followed) -> str:
    """What is cheap or dear, and against what."""
    legs = shown.ratio.legs
    if is_basket(shown.ratio):
        return f"the basket of {' and '.join(legs) if len(legs) == 2 else f'all {len(legs)} legs'}"
    return f"{legs[0]} against {legs[1] if len(legs) == 2 else f'{len(legs) - 1} other legs'}"


def shaded(shown: Followed) -> tuple[list[Window], list[str]]:
    """The stretches with a trip on, and what each of them is called above the chart."""
    days, last = shown.days, len(shown.days) - 1
    spans = [
        (days[trip.entered], days[last if trip.left is None else trip.left - 1]) for trip in shown.trace.trips
    ]
    return spans, [side_words(shown, trip.side) for trip in shown.trace.trips]


def combination(ratio: HedgeRatio) -> str:
    """The spread as a sum of legs: XOM − 0.65 CVX; the first few where there are many."""
    parts = [ratio.dependent]
    others = [(name, h) for name, h in ratio.ratios.items() if name != ratio.dependent]
    for name, h in others[:3]:
        parts.append(f"{words.MINUS if h >= 0.0 else '+'} {ratios.ratio(abs(h))}\u00a0{name}")
    if len(others) > 3:
        parts.append(f"{words.MINUS} \u2026 ({len(others) - 3} more legs)")
    return " ".join(parts)


def describe(shown: Followed, mode: str) -> Words:
    """What stands around the chart."""
    trace, whole = shown.trace, dates(shown.window)
    of = "its mean" if trace.window is None else f"its mean of {trace.window} sessions"
    unit = f"standard deviations from {of}" if mode == "z" else f"price units, {of}"
    subtitle = f"{combination(shown.ratio)}, {unit}; grey: \u00b11; {whole}"
    return Words(TITLE, subtitle, summary(shown))


def summary(shown: Followed) -> str:
    """The trips in one sentence."""
    trace = shown.trace
    if not np.isfinite(trace.z).any():
        return (
            f"A mean of {trace.window} sessions needs as many; there are {len(trace.z)}. "
            "Choose fewer, or the whole period."
        )
    level = words.number(trace.entry, 1)
    if not trace.trips:
        return f"The spread was never {level} deviations from its mean: no trip."
    closed = trace.closed
    count = words.counted(len(trace.trips), "trip")
    if len(trace.trips) == len(closed) == 1:
        return f"{count}, closed after {words.counted(closed[0].sessions, 'session')}."
    parts = [count]
    if closed:
        middle = words.number(trace.median_sessions, 0 if trace.median_sessions.is_integer() else 1)
        some = "" if len(closed) == len(trace.trips) else f"{len(closed)} "
        after = "after" if len(closed) == 1 else "in a median of"
        parts.append(f"{some}closed {after} {middle} session{'' if middle == '1' else 's'}")
    if len(closed) < len(trace.trips):
        parts.append(f"1 still open after {words.counted(trace.trips[-1].sessions, 'session')}")
    return f"{', '.join(parts)}."


LAST_DAY: Final = "The ratio is the last day\u2019s, held for all days."
"""What must be said beside a spread whose ratio is not that of the whole period."""


def hindsight(shown: Followed) -> str:
    """What of it could not have been known then."""
    known = "mean and deviation are as known on the day"
    if shown.ratio.last_day:
        of = "mean and deviation are of the whole period" if shown.trace.window is None else known
        return f"Hindsight: {LAST_DAY[0].lower()}{LAST_DAY[1:-1]}; {of}."
    if shown.trace.window is None:
        return "Hindsight: ratio, mean and deviation are of the whole period."
    return f"Hindsight: the ratio is of the whole period; {known}."


def trips_table(shown: Followed) -> Twin:
    """The trips, the latest first."""
    gain = f"Gain per {shown.ratio.dependent}, $ before costs"
    header = ("Entered", "Left", "Side", "Sessions", "z in", "z out", gain)
    rows = tuple(_trip(shown, trip) for trip in reversed(shown.trace.trips))
    return Twin(header, rows)


def _trip(shown: Followed, trip: Trip) -> tuple[str, ...]:
    days = shown.days
    return (
        words.day(days[trip.entered]),
        "still open" if trip.left is None else words.day(days[trip.left]),
        side_words(shown, trip.side),
        f"{trip.sessions:,}",
        words.change(trip.z_in),
        words.change(trip.z_out),
        words.change(trip.change),
    )


def twin(shown: Followed) -> Twin:
    """The latest sessions of the chart as a table, newest first."""
    trace, days = shown.trace, shown.days
    states = {1: "spread held", 0: "none", -1: "spread sold"}
    count = len(days)
    take: Sequence[int] = range(count - 1, max(0, count - TWIN_ROWS) - 1, -1)
    other = [] if shown.other is None else [shown.other_label]
    header = ("Date", shown.label, *other, "Spread", "Mean", "Deviation", "Trip")

    def row(t: int) -> tuple[str, ...]:
        beside = [] if shown.other is None else [words.number(float(shown.other.z[t]))]
        figures = (float(values[t]) for values in (trace.spread, trace.mean, trace.deviation))
        state = states[int(trace.state[t])]
        return (
            words.day(days[t]), words.number(float(trace.z[t])), *beside,
            *(words.number(value) for value in figures), state,
        )  # fmt: skip

    note = f"Latest {len(take)} of {count} sessions." if count > len(take) else ""
    return Twin(header, tuple(row(t) for t in take), note)

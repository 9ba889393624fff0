"""What is checked on one price series before anything is computed from it.

Nothing is repaired: rows are sorted, cut and folded when they say the same thing twice, and refused
when they cannot be true. What a reader should know comes back as notes.
"""

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any, Final, Literal, NamedTuple

import numpy as np

from core.data.base import Action, DataNote, Jump
from core.errors import BadPrices
from core.types import BoolArray, FloatArray, Sessions
from core.words import counted, day

YIELDS: Final = frozenset({"^IRX", "^FVX", "^TNX", "^TYX"})
"""Rates, not prices: they may be zero or negative."""

JUMP: Final = 0.40
SPLITS: Final = (1.5, 2.0, 3.0, 4.0, 5.0, 10.0, 20.0)
# A split and an ordinary day come together: within 8 % of the ratio. A 3-for-2 split then shows as a fall of
# 28 % to 38 %, so days of -15 % or -20 % are left alone, and every larger split is over the 40 % anyway.
SPLIT_TOLERANCE: Final = 0.08
MOST_JUMPS: Final = 20

BARS: Final = ("open", "high", "low")
NEEDED: Final = ("close", "adj_close", "volume")
COLUMNS: Final = (*BARS, *NEEDED)
BAR_TOLERANCE: Final = 1e-4
"""How far a close may lie outside high and low, as a fraction of it: columns are rounded differently."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Series:
    """One series with its own dates; arrays are (R,), NaN where the source has nothing.

    An infinite `open`, `high` or `low` is one that could not be read; `clean` leaves it out and says so.
    `open`, `high`, `low` and `close` are adjusted for splits only, `adj_close` for splits and dividends,
    `volume` is in shares. `currency` is "" where the source does not say; `actions` are in date order,
    None where the source does not tell of any.
    """

    ticker: str
    dates: Sessions
    open: FloatArray
    high: FloatArray
    low: FloatArray
    close: FloatArray
    adj_close: FloatArray
    volume: FloatArray
    currency: str = ""
    actions: tuple[Action, ...] | None = None

    def take(self, rows: object) -> "Series":
        """The series with these rows only (a mask, a slice or positions)."""
        picked = {name: getattr(self, name)[rows] for name in ("dates", *COLUMNS)}
        return replace(self, **picked)

    @property
    def priced(self) -> BoolArray:
        """The rows that have a close or an adjusted close."""
        return np.isfinite(self.close) | np.isfinite(self.adj_close)


class Cleaned(NamedTuple):
    """A series that was checked, and what was noticed; `left_out` are the notes on what was not taken."""

    series: Series
    notes: tuple[DataNote, ...] = ()
    left_out: tuple[str, ...] = ()
    jumps: tuple[Jump, ...] = ()


def clean(
    series: Series, *, complete: np.datetime64, start: dt.date | None = None, end: dt.date | None = None
) -> Cleaned:
    """The series in date order, one row a date, within [start, end], and what was noticed.

    Rows after `end` are cut before anything else is looked at, so they cannot influence the answer. An
    open, high or low that cannot be true becomes NaN with one note; it is never a reason to refuse the close.

    Parameters
    ----------
    complete
        From `last_complete_session`; later rows are left out with a note.

    Raises
    ------
    BadPrices
        On two different rows for one date, or a price that is zero, negative or infinite.
    """
    notes = _Notes(series.ticker)
    series = _within(series, start, end)
    series = _without_unfinished(series, complete, notes)
    series = _one_row_a_date(series, notes)
    _check_values(series)
    series = _stand_in(series, notes)
    series = _possible_bars(series, notes)
    jumps = _find_jumps(series, notes)
    return Cleaned(series, tuple(notes.all), tuple(notes.left_out), jumps)


class _Notes:
    """What was noticed about one series, in order."""

    def __init__(self, ticker: str) -> None:
        self.ticker = ticker
        self.all: list[DataNote] = []
        self.left_out: list[str] = []

    def add(self, text: str, severity: Literal["info", "warning"], *, left_out: bool = False) -> None:
        self.all.append(DataNote(ticker=self.ticker, severity=severity, text=text))
        if left_out:
            self.left_out.append(text)


def _within(series: Series, start: dt.date | None, end: dt.date | None) -> Series:
    keep = np.ones(len(series.dates), dtype=np.bool_)
    if start is not None:
        keep &= series.dates >= np.datetime64(start)
    if end is not None:
        keep &= series.dates <= np.datetime64(end)
    return series if keep.all() else series.take(keep)


def _without_unfinished(series: Series, complete: np.datetime64, notes: _Notes) -> Series:
    late = series.dates > complete
    count = int(late.sum())
    if count:
        first = series.dates[late].min()
        rows = (
            f"The row of {day(first)} is"
            if count == 1
            else f"{counted(count, 'row')} from {day(first)} on are"
        )
        over = f"no session after {day(complete)} is final (15 minutes after New York\u2019s close)"
        text = f"{rows} left out: {over}."
        notes.add(text, "warning", left_out=True)
        series = series.take(~late)
    return series


def _one_row_a_date(series: Series, notes: _Notes) -> Series:
    dates = series.dates
    if np.all(dates[1:] > dates[:-1]):
        return series
    series = series.take(np.argsort(dates, kind="stable"))
    again = np.zeros(len(dates), dtype=np.bool_)
    again[1:] = series.dates[1:] == series.dates[:-1]
    for name in NEEDED:
        values = getattr(series, name)
        differs = again & _changed(values)
        if differs.any():
            row = int(np.argmax(differs))
            shown = name.replace("adj_", "adjusted ")
            raise BadPrices(
                f"{series.ticker}: two rows for {series.dates[row]} differ"
                f" ({shown} {values[row - 1]:.10g} and {values[row]:.10g}).",
                hint="Remove the wrong row from the source.",
            )
    folded = series.take(~again)
    place = np.cumsum(~again) - 1
    same = again.copy()
    unsure: dict[str, Any] = {}
    for name in BARS:
        differs = again & _changed(getattr(series, name))
        same &= ~differs
        unsure[name] = getattr(folded, name).copy()
        unsure[name][place[differs]] = np.inf
    if same.any():
        rows = counted(int(same.sum()), "row")
        text = f"{rows} repeated word for word, first {day(series.dates[same][0])}: read once."
        notes.add(text, "info", left_out=True)
    return replace(folded, **unsure)


def _changed(values: FloatArray) -> BoolArray:
    """Where a value is another than the one before it; two missing ones are the same."""
    changed = np.zeros(len(values), dtype=np.bool_)
    changed[1:] = ~((values[1:] == values[:-1]) | (np.isnan(values[1:]) & np.isnan(values[:-1])))
    return changed


def _check_values(series: Series) -> None:
    for name in NEEDED:
        values = getattr(series, name)
        bad = np.isinf(values)
        if name == "volume":
            bad |= values < 0
        elif series.ticker not in YIELDS:
            bad |= values <= 0
        if bad.any():
            row = int(np.argmax(bad))
            others = int(bad.sum()) - 1
            more = f" ({counted(others, 'more such row')})" if others else ""
            shown = name.replace("adj_", "adjusted ")
            raise BadPrices(
                f"{series.ticker}: the {shown} of {series.dates[row]} is {values[row]:g}: impossible{more}.",
                hint="Correct the row in the source, or leave the cell empty where the value is not known.",
            )


def _stand_in(series: Series, notes: _Notes) -> Series:
    """One price column for the other where a whole column is empty.

    Never cell by cell: that would splice adjusted and unadjusted prices (a false return at each seam).
    """
    has_close, has_adjusted = (bool(np.isfinite(a).any()) for a in (series.close, series.adj_close))
    if has_close == has_adjusted:
        return series
    if has_close:
        text = "No adjusted close: the close stands in, so returns leave dividends out."
        series = replace(series, adj_close=series.close)
    else:
        text = "No close: the adjusted close stands in, so values and share counts are in adjusted prices."
        if not series.ticker.startswith("^") and any(not np.isnan(getattr(series, n)).all() for n in BARS):
            text += " Open, high and low are left out: they are on another basis."
            missing = np.full(len(series.dates), np.nan)
            series = replace(series, open=missing, high=missing, low=missing)
        series = replace(series, close=series.adj_close)
    if not series.ticker.startswith("^"):
        # An index level pays nothing and is never traded: there is no difference to tell of.
        notes.add(text, "info")
    return series


def _possible_bars(series: Series, notes: _Notes) -> Series:
    """Without each open, high and low that is no price, and without all three where they contradict.

    A bar beside its close, such as one not adjusted for a split, does not tell which of its prices is
    wrong; an open kept from it would be traded at.
    """
    bars: dict[str, Any] = {name: getattr(series, name) for name in BARS}
    wrong = np.zeros(len(series.dates), dtype=np.bool_)
    for name, values in bars.items():
        bad = np.isinf(values)
        if series.ticker not in YIELDS:
            bad |= values <= 0
        bars[name] = np.where(bad, np.nan, values)
        wrong |= bad
    most = np.fmax(np.fmax(bars["open"], series.close), bars["low"])
    least = np.fmin(np.fmin(bars["open"], series.close), bars["high"])
    torn = (bars["high"] < most - BAR_TOLERANCE * np.abs(most)) | (
        bars["low"] > least + BAR_TOLERANCE * np.abs(least)
    )
    wrong |= torn
    if not wrong.any():
        return series
    days = counted(int(wrong.sum()), "day")
    text = f"Open, high or low that cannot be true on {days}, first {day(series.dates[wrong][0])}: left out."
    notes.add(text, "warning", left_out=True)
    bars = {name: np.where(torn, np.nan, values) for name, values in bars.items()}
    return replace(series, **bars)


def _find_jumps(series: Series, notes: _Notes) -> tuple[Jump, ...]:
    if series.ticker.startswith("^"):
        return ()  # an index has no splits, and volatility indices do double in a day
    adjusted = dict(_jumps(series.dates, series.adj_close))
    one_basis = series.close is series.adj_close
    close = {} if one_basis else dict(_jumps(series.dates, series.close))
    days = sorted(adjusted.keys() | close.keys())
    jumps = tuple(Jump(date, adjusted.get(date) or close[date]) for date in days)
    for date, ratio in jumps[:MOST_JUMPS]:
        move = f"{ratio - 1:+.1%}".replace("-", "\u2212")
        text = f"{day(date)}: \u00d7{ratio:.4g} in a day ({move}){_like_a_split(ratio)}."
        if date not in adjusted:
            text += " The adjusted close did not: the close seems not to be adjusted for a split."
        elif date not in close and not one_basis and date in series.dates[np.isfinite(series.close)]:
            text += " The close did not: the two columns do not fit together."
        text += " Nothing was changed; check the source."
        notes.add(text, "warning")
    if len(days) > MOST_JUMPS:
        text = (
            f"{len(days) - MOST_JUMPS} more jumps of 40 % or near a split ratio, the last on {day(days[-1])}."
        )
        notes.add(text, "warning")
    return jumps


def _jumps(dates: Sessions, prices: FloatArray) -> Iterator[tuple[np.datetime64, float]]:
    known = np.isfinite(prices)
    days, level = dates[known], prices[known]
    with np.errstate(over="ignore", divide="ignore"):  # damage: 1e-300 beside 1e300
        ratio = level[1:] / level[:-1]
        size = np.abs(np.log(ratio))
    near = np.abs(size[:, None] - np.log(SPLITS)).min(axis=1, initial=np.inf) <= SPLIT_TOLERANCE
    found = near | (np.abs(ratio - 1.0) >= JUMP - 1e-9)
    return zip(days[1:][found], ratio[found].tolist(), strict=True)


def _like_a_split(ratio: float) -> str:
    size = max(ratio, 1.0 / ratio if ratio > 0 else np.inf)
    nearest = min(SPLITS, key=lambda s: abs(np.log(size / s)))
    if abs(np.log(size / nearest)) > SPLIT_TOLERANCE:
        return ""
    new, old = (3, 2) if nearest == 1.5 else (int(nearest), 1)
    return f", like a {new}:{old} split" if ratio < 1 else f", like a {old}:{new} reverse split"

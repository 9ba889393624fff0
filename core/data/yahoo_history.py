"""Yahoo's answers as series, and whether a newer part may be joined to what is stored."""

import datetime as dt
from dataclasses import replace
from typing import Any, Final, NamedTuple
from zoneinfo import ZoneInfo

import numpy as np

from core.data.base import Action
from core.data.exchange import last_complete_session
from core.data.quality import COLUMNS, Series
from core.types import BoolArray, FloatArray, Sessions
from core.words import counted, day

_SHOWN: Final = ("close", "adj_close", "open", "high", "low", "volume")
_CLOSING: Final = frozenset({"EQUITY", "ETF", "INDEX", "MUTUALFUND", "OPTION"})
"""Kinds whose day is over by the time New York's close is final; coins, currencies and futures go on."""
_DAY_OVER_AFTER: Final = dt.timedelta(minutes=15)
_LAST_ZONE: Final = "Etc/GMT+12"
"""Where a day ends last of all."""
FEW_LOST: Final = 5
"""So many days, or one in a hundred, may leave a history; beyond that an answer is held to lack them."""


class Said(NamedTuple):
    """A sentence on a series, "" for none, and the latest day that it tells of."""

    text: str = ""
    upto: np.datetime64 = np.datetime64("NaT")

    def before(self, end: dt.date | None) -> tuple[str, ...]:
        """The sentence, for a reader who knows the days up to `end`; none where it tells of a later one."""
        late = end is not None and bool(self.upto > np.datetime64(end, "D"))
        return (self.text,) if self.text and not late else ()


def zone_of(answer: dict[str, Any]) -> str:
    """The time zone in which the days of what is traded round the clock end; "" for what closes before.

    A kind that is not known counts as the former, and a zone that is not known as the one that ends last.
    """
    if answer["kind"] in _CLOSING:
        return ""
    try:
        return str(ZoneInfo(answer["zone"]).key)
    except (ValueError, OSError, LookupError):
        return _LAST_ZONE


def last_final_day(zone: str, at: dt.datetime) -> np.datetime64:
    """The last day whose row is final at `at`: over on New York's exchange, and in `zone` (of `zone_of`)."""
    complete = last_complete_session(at)
    if not zone:
        return complete
    yesterday = np.datetime64((at - _DAY_OVER_AFTER).astimezone(ZoneInfo(zone)).date(), "D") - 1
    return min(complete, yesterday)


def series_of(symbol: str, answer: dict[str, Any]) -> Series:
    """The series in an answer of `core.data.yahoo_worker`, rows without a price at its end left out.

    A volume of zero is not known: yfinance writes zero where Yahoo has none.

    Raises
    ------
    ValueError, KeyError, TypeError
        When the answer is not of that shape.
    """
    days: Sessions = np.array(answer["days"], dtype="datetime64[D]")
    columns: dict[str, Any] = {name: np.array(answer[name], dtype=np.float64) for name in COLUMNS}
    if any(column.shape != days.shape for column in columns.values()):
        raise ValueError("columns of different lengths")
    columns["volume"][columns["volume"] == 0.0] = np.nan
    series = Series(
        ticker=symbol,
        dates=days,
        currency=str(answer["currency"]),
        actions=tuple(
            Action(np.datetime64(on, "D"), kind, float(value)) for on, kind, value in answer["actions"]
        ),
        **columns,
    )
    priced = np.flatnonzero(series.priced)
    return _rows(series, slice(0, int(priced[-1]) + 1 if len(priced) else 0))


def final_part(series: Series, complete: np.datetime64) -> tuple[Series, Said]:
    """The rows of sessions that are over, and in words what was left out."""
    late = series.dates > complete
    if not late.any():
        return series, Said()
    count = int(late.sum())
    rows = f"The row of {day(series.dates[late][0])}" if count == 1 else f"{count} rows after {day(complete)}"
    verb = "is" if count == 1 else "are"
    said = Said(f"{rows} {verb} left out: the session is not over.", series.dates[late][-1])
    return _rows(series, ~late), said


def overlap_start(stored: Series, rows: int) -> str | None:
    """The day from which a newer part must be asked for to overlap with the last `rows` stored ones."""
    return str(stored.dates[-rows]) if len(stored.dates) > rows else None


def extended(stored: Series, newer: Series) -> Series | None:
    """The stored series with the rows after its end; None where that would join two histories.

    The rows that both have must be the same to the last bit, the actions on them too, and nothing that
    changes the past (a dividend, a split) may have come since: then the whole history is needed.
    """
    if not len(newer.dates):
        return None
    start, end = newer.dates[0], stored.dates[-1]
    old = _rows(stored, stored.dates >= start)
    again, after = _rows(newer, newer.dates <= end), _rows(newer, newer.dates > end)
    if not len(old.dates) or not _same(old, again) or after.actions or newer.currency != stored.currency:
        return None
    joined: dict[str, Any] = {
        name: np.concatenate([getattr(stored, name), getattr(after, name)]) for name in ("dates", *COLUMNS)
    }
    return replace(stored, **joined)


def what_is_lost(stored: Series, newer: Series) -> str:
    """Why a whole history cannot replace the stored one, because days are not in it; "" where it can."""
    if newer.dates[-1] < stored.dates[-1]:
        return f"Yahoo's answer ended on {day(newer.dates[-1])}, before what is stored"
    if newer.dates[0] > stored.dates[0]:
        return f"Yahoo's answer began on {day(newer.dates[0])}, after what is stored"
    gone = len(np.setdiff1d(stored.dates, newer.dates))
    if gone > max(FEW_LOST, len(stored.dates) // 100):
        return f"Yahoo's answer lacked {counted(gone, 'day')} of what is stored"
    return ""


def what_changed(stored: Series, newer: Series) -> Said:
    """What a whole history says differently about the days stored before, in words."""
    common, here, there = np.intersect1d(stored.dates, newer.dates, return_indices=True)
    found = []
    changed = np.zeros(len(common), dtype=np.bool_)
    for name in _SHOWN:
        differs = ~_equal(getattr(stored, name)[here], getattr(newer, name)[there])
        if differs.any():
            found.append(f"{name.replace('adj_', 'adjusted ')} of {counted(int(differs.sum()), 'day')}")
            changed |= differs
    gone = np.setdiff1d(stored.dates, newer.dates)
    if len(gone):
        found.append(f"{counted(len(gone), 'day')} no longer there")
    if not found:
        return Said()
    last = f", the last {day(common[changed][-1])}" if changed.any() else ""
    text = f"Yahoo changed its past prices ({', '.join(found)}{last}): the whole history was fetched again."
    return Said(text, np.concatenate([common[changed], gone]).max())


def _rows(series: Series, rows: Any) -> Series:
    """The series with these rows, and the actions on days that it covers."""
    taken = series.take(rows)
    if not len(taken.dates):
        return replace(taken, actions=())
    first, last = taken.dates[0], taken.dates[-1]
    return replace(taken, actions=tuple(one for one in series.actions or () if first <= one.day <= last))


def _same(one: Series, two: Series) -> bool:
    return (
        np.array_equal(one.dates, two.dates)
        and one.actions == two.actions
        and all(bool(_equal(getattr(one, name), getattr(two, name)).all()) for name in COLUMNS)
    )


def _equal(one: FloatArray, two: FloatArray) -> BoolArray:
    equal: BoolArray = (one == two) | (np.isnan(one) & np.isnan(two))
    return equal

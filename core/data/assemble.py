"""One price table from single series, and what is known about each of them."""

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any, Final, NamedTuple

import numpy as np

from core.data.base import DataNote, PriceTable, SeriesHealth
from core.data.exchange import is_listed, last_session, listed_between, sessions_between
from core.data.quality import COLUMNS, Cleaned, Series, clean
from core.errors import BadPrices, InsufficientHistory
from core.fingerprint import freeze
from core.types import BoolArray, Sessions
from core.words import counted, day

STALE_SESSIONS: Final = 2
"""From so many sessions on prices are old: one session can be on its way."""

HOLIDAYS: Final = 3
"""Weekdays in a row without a price that are taken as holidays where no calendar says what they were."""


class Provenance(NamedTuple):
    """Where a series is from, as `SeriesHealth` says it; `left_out` is what the source itself left out."""

    origin: str = ""
    fetched_at: dt.datetime | None = None
    trouble: str = ""
    left_out: tuple[str, ...] = ()


def assemble(
    series: Sequence[Series],
    *,
    calendar: str,
    source: str,
    complete: np.datetime64,
    start: dt.date | None = None,
    end: dt.date | None = None,
    provenance: Mapping[str, Provenance] | None = None,
) -> PriceTable:
    """The series cleaned and put on the sessions of the `calendar` series, columns in the order given.

    Sessions are the calendar series' dates from its first price to its last; a date between them
    without a price stays a session, with the price missing. The table's `health` says what each series
    covers, and every warning in it is a note too.

    Parameters
    ----------
    complete
        The last session whose close is final (`core.data.exchange.last_complete_session`).
    start, end
        Rows outside are as if they did not exist.
    provenance
        By ticker; a series that is not in it is from `source`.

    Raises
    ------
    BadPrices
        When a price cannot be one, or two series are in different currencies.
    InsufficientHistory
        When the calendar series has fewer than two prices.
    """
    check_currencies({one.ticker: one.currency for one in series})
    raw = next(one for one in series if one.ticker == calendar)
    base = clean(raw, complete=complete, start=start, end=end)
    priced = np.flatnonzero(base.series.priced)
    if len(priced) < 2:
        raise InsufficientHistory(
            2,
            len(priced),
            what=f"{calendar}, whose days are the calendar",
            hint="Choose a wider range of days, or another benchmark.",
            where="data.benchmark",
        )
    sessions = base.series.dates[priced[0] : priced[-1] + 1].copy()
    sessions.setflags(write=False)
    upto = complete if end is None else min(complete, np.datetime64(end, "D"))
    expected = _expected(upto, sessions[-1])
    notes = list(_currency_note(series))
    known = provenance or {}
    fitted = []
    for one in series:
        # What lies before the calendar's first session is used for nothing, so nothing is said about it.
        cleaned = base if one is raw else clean(one, complete=complete, start=sessions[0].item(), end=end)
        said = known.get(one.ticker, Provenance(source))
        column = fit(cleaned, sessions, expected=expected, provenance=said, calendar=one is raw)
        fitted.append(column)
        notes.extend(column.notes)
    columns: dict[str, Any] = {
        name: freeze(np.column_stack([getattr(one.series, name) for one in fitted])) for name in COLUMNS
    }
    return PriceTable(
        sessions=sessions,
        tickers=tuple(one.ticker for one in series),
        source=source,
        notes=tuple(notes),
        health=tuple(one.health for one in fitted),
        expected=expected,
        **columns,
    )


def _expected(upto: np.datetime64, last: np.datetime64) -> np.datetime64:
    """The last session that should have a price, where the benchmark's last is known.

    Where the exchange's calendar does not reach, a few weekdays after that one were holidays.
    """
    day = last_session(upto)
    holidays = not is_listed(day) and last < day and len(sessions_between(last, day)) <= HOLIDAYS
    return last if holidays else day


def check_currencies(currencies: Mapping[str, str]) -> None:
    """Refuse series that are in more than one currency; "" is one that is not known.

    Raises
    ------
    BadPrices
        Naming each ticker with its currency.
    """
    known = {ticker: currency for ticker, currency in currencies.items() if currency}
    if len(set(known.values())) > 1:
        listed = ", ".join(f"{ticker} in {currency}" for ticker, currency in known.items())
        raise BadPrices(
            f"The prices are in different currencies: {listed}.",
            hint="Convert them to one currency first; GBp (pence) and GBP (pounds) are two.",
        )


def _currency_note(series: Sequence[Series]) -> tuple[DataNote, ...]:
    others = {one.currency for one in series} - {"", "USD"}
    if not others:
        return ()
    text = f"Prices are in {others.pop()}; the page writes them with a dollar sign."
    return (DataNote(ticker="", severity="warning", text=text),)


class Fitted(NamedTuple):
    """One series on the sessions of a table, with its health and its notes."""

    series: Series
    health: SeriesHealth
    notes: tuple[DataNote, ...]


def fit(
    cleaned: Cleaned,
    sessions: Sessions,
    *,
    expected: np.datetime64,
    provenance: Provenance,
    calendar: bool = False,
) -> Fitted:
    """A clean series with one row a session, NaN where there is none, its health and all notes on it.

    Parameters
    ----------
    expected
        The last session that should have a price; NaT where none is missing at the end.
    calendar
        Whether the sessions are this series' own days: then the exchange says which days are missing.
    """
    series = cleaned.series
    ticker = series.ticker
    aligned, off = align(series, sessions)
    notes = list(cleaned.notes)
    left_out = [*provenance.left_out, *cleaned.left_out]
    notes.extend(DataNote(ticker=ticker, severity="info", text=text) for text in off)
    left_out.extend(off)
    known = np.isfinite(aligned.close) & np.isfinite(aligned.adj_close)
    priced = sessions[known]
    none = np.datetime64("NaT", "D")
    first, last = (priced[0], priced[-1]) if len(priced) else (none, none)
    gaps = sessions[~known & (sessions > first) & (sessions < last)]
    unknown_days = sessions[:0]
    missing = 0
    if not np.isnat(expected):
        if calendar:
            unknown_days = np.setdiff1d(listed_between(first, last), sessions)
            gaps = np.union1d(gaps, unknown_days)
        # A series without any price misses every session of the table.
        missing = len(sessions_between(last if len(priced) else sessions[0] - 1, expected))
    health = SeriesHealth(
        ticker=ticker,
        origin=provenance.origin,
        first=first,
        last=last,
        used=len(priced),
        gaps=tuple(gaps),
        missing=missing,
        jumps=cleaned.jumps,
        actions=None
        if series.actions is None
        else tuple(a for a in series.actions if sessions[0] <= a.day <= sessions[-1]),
        left_out=tuple(left_out),
        currency=series.currency,
        fetched_at=provenance.fetched_at,
        trouble=provenance.trouble,
    )
    notes.extend(_provenance_notes(ticker, provenance))
    notes.extend(_coverage_notes(ticker, sessions, known))
    if calendar:
        notes.extend(_calendar_notes(ticker, unknown_days))
        notes.extend(_stale_note(ticker, last, missing, expected))
    elif len(priced):
        # What the calendar's own series lacks too is said there, once.
        notes.extend(_stale_note(ticker, last, int((sessions > last).sum()), sessions[-1]))
    return Fitted(aligned, health, tuple(notes))


def align(series: Series, sessions: Sessions) -> tuple[Series, tuple[str, ...]]:
    """The series with one row a session, (T,), NaN where there is none; and what was left out, in words.

    Rows on other days are left out; nothing is filled. The series must be clean.
    """
    place = np.searchsorted(sessions, series.dates)
    on = np.zeros(len(place), dtype=np.bool_)
    inside = place < len(sessions)
    on[inside] = sessions[place[inside]] == series.dates[inside]
    columns: dict[str, Any] = {name: np.full(len(sessions), np.nan) for name in COLUMNS}
    for name, column in columns.items():
        column[place[on]] = getattr(series, name)[on]
    aligned = replace(series, dates=sessions, **columns)
    off = series.dates[~on & series.priced]
    later = int((off > sessions[-1]).sum())
    texts = []
    if len(off) > later:
        rows = counted(len(off) - later, "row")
        texts.append(f"{rows} on days that are no sessions of the benchmark, first {day(off[0])}: left out.")
    if later:
        rows = counted(later, "row")
        texts.append(f"{rows} after the benchmark\u2019s last day ({day(sessions[-1])}): left out.")
    return aligned, tuple(texts)


def _provenance_notes(ticker: str, provenance: Provenance) -> Iterator[DataNote]:
    for text in provenance.left_out:
        yield DataNote(ticker=ticker, severity="info", text=text)
    if provenance.trouble:
        yield DataNote(ticker=ticker, severity="warning", text=provenance.trouble)


def _coverage_notes(ticker: str, sessions: Sessions, known: BoolArray) -> Iterator[DataNote]:
    rows = np.flatnonzero(known)
    if len(rows) < 2:
        text = f"Not enough data: {len(rows)} of 2 prices on the benchmark's sessions."
        yield DataNote(ticker=ticker, severity="warning", text=text)
    if not len(rows):
        return
    first, last = int(rows[0]), int(rows[-1])
    missing = last - first + 1 - len(rows)
    if missing:
        gap = int(np.flatnonzero(np.diff(rows) > 1)[0])
        where = f"{counted(missing, 'session')} of {last - first + 1:,}, first {day(sessions[rows[gap] + 1])}"
        yield DataNote(ticker=ticker, severity="info", text=f"No price on {where}. Nothing is filled.")


def _calendar_notes(ticker: str, days: Sessions) -> Iterator[DataNote]:
    if len(days):
        text = (
            f"No row on {counted(len(days), 'session')} of the New York exchange, first {day(days[0])}:"
            " the return after such a day spans more than one."
        )
        yield DataNote(ticker=ticker, severity="warning", text=text)


def _stale_note(ticker: str, last: np.datetime64, missing: int, upto: np.datetime64) -> Iterator[DataNote]:
    if missing:
        age = counted(missing, "session")
        text = f"Prices stale: the last is of {day(last)}, {age} before the last close ({day(upto)})."
        yield DataNote(ticker=ticker, severity="warning" if missing >= STALE_SESSIONS else "info", text=text)

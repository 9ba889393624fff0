"""One price table from single series."""

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any, Final

import numpy as np

from core.data.base import DataNote, PriceTable
from core.data.quality import COLUMNS, Series, clean, counted
from core.errors import BadPrices, InsufficientHistory
from core.fingerprint import freeze
from core.types import Sessions

STALE_SESSIONS: Final = 3


def assemble(
    series: Sequence[Series],
    *,
    calendar: str,
    source: str,
    complete: np.datetime64,
    start: dt.date | None = None,
    end: dt.date | None = None,
) -> PriceTable:
    """The series cleaned and put on the sessions of the `calendar` series, columns in the order given.

    Sessions are the calendar series' dates from its first price to its last; a date between them
    without a price stays a session, with the price missing.

    Parameters
    ----------
    complete
        The last day whose close can be final (`core.data.quality.last_complete_day`).
    start, end
        Rows outside are as if they did not exist.

    Raises
    ------
    BadPrices
        When a price cannot be one, or two series are in different currencies.
    InsufficientHistory
        When the calendar series has fewer than two prices.
    """
    _check_currencies(series)
    raw = next(one for one in series if one.ticker == calendar)
    base, base_notes = clean(raw, complete=complete, start=start, end=end)
    priced = np.flatnonzero(base.priced)
    if len(priced) < 2:
        raise InsufficientHistory(
            2,
            len(priced),
            what=f"{calendar}, whose days are the calendar",
            hint="Choose a wider range of days, or another benchmark.",
            where="data.benchmark",
        )
    sessions = base.dates[priced[0] : priced[-1] + 1].copy()
    sessions.setflags(write=False)
    notes = list(_currency_note(series))
    aligned = []
    for one in series:
        # What lies before the calendar's first session is used for nothing, so nothing is said about it.
        cleaned, found = (
            (base, base_notes)
            if one is raw
            else clean(one, complete=complete, start=sessions[0].item(), end=end)
        )
        fitted, more = align(cleaned, sessions)
        aligned.append(fitted)
        notes.extend((*found, *more))
    columns: dict[str, Any] = {
        name: freeze(np.column_stack([getattr(one, name) for one in aligned])) for name in COLUMNS
    }
    return PriceTable(
        sessions=sessions,
        tickers=tuple(one.ticker for one in series),
        source=source,
        notes=tuple(notes),
        **columns,
    )


def _check_currencies(series: Sequence[Series]) -> None:
    known = {one.ticker: one.currency for one in series if one.currency}
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


def align(series: Series, sessions: Sessions) -> tuple[Series, tuple[DataNote, ...]]:
    """The series with one row a session, (T,), NaN where there is none, and notes.

    Rows on days that are no sessions are left out; nothing is filled. The series must be clean.
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
    notes = []
    if len(off):
        rows = counted(len(off), "row")
        text = f"{rows} on days that are no sessions of the benchmark, first {off[0]}: left out."
        notes.append(DataNote(ticker=series.ticker, severity="info", text=text))
    notes.extend(_coverage_notes(aligned))
    return aligned, tuple(notes)


def _coverage_notes(series: Series) -> Iterator[DataNote]:
    ticker, sessions = series.ticker, series.dates
    known = np.flatnonzero(np.isfinite(series.close) & np.isfinite(series.adj_close))
    if len(known) < 2:
        text = f"Not enough data: {len(known)} of 2 prices on the benchmark's sessions."
        yield DataNote(ticker=ticker, severity="warning", text=text)
    if not len(known):
        return
    first, last = int(known[0]), int(known[-1])
    missing = last - first + 1 - len(known)
    if missing:
        gap = int(np.flatnonzero(np.diff(known) > 1)[0])
        where = f"{counted(missing, 'session')} of {last - first + 1:,}, first {sessions[known[gap] + 1]}"
        yield DataNote(ticker=ticker, severity="info", text=f"No price on {where}. Nothing is filled.")
    age = len(sessions) - 1 - last
    if age > STALE_SESSIONS:
        text = f"Stale: the last price is of {sessions[last]}, {age:,} sessions before {sessions[-1]}."
        yield DataNote(ticker=ticker, severity="warning", text=text)

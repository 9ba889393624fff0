"""Prices from Yahoo by way of yfinance: memory, then the store on this machine, then the network where due.

What is fetched is kept in the store, final bars only. A newer part is joined to it only where the two overlap
to the last bit; else the whole history is fetched again, and a note says what changed. Where Yahoo cannot be
asked the stored prices go on being used, and the health of each series says so and how old they are.
"""

import datetime as dt
import re
import threading
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import numpy as np

from core.data.assemble import assemble
from core.data.base import PROVIDERS, DataNote, PriceRequest, PriceTable
from core.data.exchange import last_complete_session
from core.data.quality import clean
from core.data.store import Kept, Store, shared_store
from core.data.yahoo_ask import Ask, Fault, Pace
from core.data.yahoo_history import (
    Said,
    extended,
    final_part,
    last_final_day,
    overlap_start,
    series_of,
    what_changed,
    what_is_lost,
    zone_of,
)
from core.data.yahoo_known import Entry, Known, digest
from core.data.yahoo_process import cookie_folder
from core.data.yahoo_queue import Ticket, YahooQueue
from core.data.yahoo_words import ISIN, missing, reason
from core.errors import BadPrices, InvalidSetting
from core.memo import Memo
from core.progress import Progress, SeriesStep, silent
from core.symbols import parse_symbol

SOURCE: Final = "yahoo"
WELL_KNOWN: Final = ("SPY", "SH", "SDS", "SPXU", "QQQ", "^VIX", "^VIX3M", "^IRX", "^GSPC")
OVERLAP_ROWS: Final = 10
WHOLE_AFTER: Final = dt.timedelta(days=7)
"""A history put together from parts is fetched again as one after this."""
ASK_AGAIN: Final = dt.timedelta(minutes=10)
"""A session's prices can be late: what lacks the last one is asked for this often."""
LOOK_AGAIN: Final = dt.timedelta(hours=1)
MOST_HELD: Final = 600
"""Series in memory; a stock of 30 years takes 0.4 MB."""
MOST_LOOKED: Final = 10_000
_ISIN: Final = re.compile(r"[A-Z]{2}[A-Z0-9]{9}[0-9]")


class YahooProvider:
    """Daily prices from Yahoo; the same request on unchanged prices gives the same object.

    Parameters
    ----------
    store
        Gives the store; the one of this process.
    now
        The clock, with a time zone; tests stop it.
    pace
        How patient it is with the network.
    """

    benchmark = "SPY"
    hedge = "SH"

    def __init__(
        self,
        *,
        store: Callable[[], Store] = shared_store,
        now: Callable[[], dt.datetime] = lambda: dt.datetime.now(dt.UTC),
        pace: Pace | None = None,
    ) -> None:
        self._store, self._now, self._pace = store, now, pace or Pace()
        self._tables = Memo(max_bytes=64 * 2**20)
        self._lock = threading.Lock()
        self._known: OrderedDict[str, Known] = OrderedDict()
        self._looked: dict[str, tuple[int, dt.datetime]] = {}
        self._overdue: set[str] = set()
        self._cookies: Path | None = None
        self._queue = YahooQueue(
            cookies=self._cookie_folder,
            receive=self._receive,
            refuse=self._refuse,
            now=now,
            pace=self._pace,
        )

    def prepare(self, request: PriceRequest, progress: Progress = silent) -> None:
        """Ask Yahoo for what is not stored or is due, and wait for it; failures are told by `fetch`.

        Due is a series that lacks the last complete session and was not asked for in the last ten minutes,
        one whose history was put together over more than a week, and what `refresh` named. A failure is not
        asked again before the queue has cooled off.

        Raises
        ------
        Cancelled
            When `progress` says that nobody waits any more.
        """
        now = self._now()
        generation = self._store().generation
        symbols = [symbol for symbol in request.tickers if _is_symbol(symbol)]
        asks = [ask for ask in (self._due(symbol, now) for symbol in symbols) if ask is not None]
        if asks:
            self._wait(symbols, asks, progress)
        with self._lock:
            if len(self._looked) > MOST_LOOKED:
                self._looked.clear()
            self._looked.update(dict.fromkeys(symbols, (generation, now)))

    def refresh(self, request: PriceRequest) -> None:
        """Hold these series to be due, and end a pause that Yahoo's failures caused.

        Others' series stay as they are, and where Yahoo said that it is asked too often the pause goes on.
        """
        symbols = {symbol for symbol in request.tickers if _is_symbol(symbol)}
        with self._lock:
            if len(self._overdue) > MOST_LOOKED:
                self._overdue.clear()
            self._overdue |= symbols
            for symbol in symbols:
                self._looked.pop(symbol, None)
        self._queue.reset()

    def fetch(self, request: PriceRequest, progress: Progress = silent) -> PriceTable:
        """The history asked for, from what is stored; `folder` plays no part.

        Asks Yahoo first where no one prepared these symbols in the last hour.

        Raises
        ------
        UnknownTicker, RateLimited, WrongAnswer, ProviderUnavailable, MissingSeries
            Naming every symbol that there are no prices of, with its reason: the narrowest that fits all.
        InvalidSetting
            When a symbol cannot be one.
        BadPrices
            When series are in different currencies.
        InsufficientHistory
            When the calendar symbol has fewer than two prices.
        """
        for symbol in request.tickers:
            parse_symbol(symbol)
        now, generation = self._now(), self._store().generation
        with self._lock:
            looked = [self._looked.get(symbol) for symbol in request.tickers]
        if any(one is None or one[0] != generation or now - one[1] > LOOK_AGAIN for one in looked):
            self.prepare(request, progress)
        known = {symbol: self._look_up(symbol) for symbol in request.tickers}
        faults = {s: one.fault or Fault("broken") for s, one in known.items() if one.kept is None}
        refused = {symbol: fault for symbol, fault in faults.items() if symbol not in request.optional}
        if refused:
            raise missing(refused, self.available())
        entries = tuple(Entry(one, request.end) for one in known.values() if one.kept is not None)
        return self._tables(
            _table,
            request.calendar,
            entries,
            (*_notes(known, faults, request.end), *_store_notes(self._store())),
            str(last_complete_session(now)),
            (request.start, request.end),
        )

    def available(self, folder: str = "") -> tuple[str, ...]:
        """The well-known symbols, sorted; Yahoo has many more.

        Not the stored ones: those tell what other readers hold.
        """
        del folder
        return tuple(sorted(WELL_KNOWN))

    def close(self) -> None:
        """End the process that asks; the next question starts it again."""
        self._queue.close()

    def _wait(self, symbols: Sequence[str], asks: Sequence[Ask], progress: Progress) -> None:
        ticket = self._queue.join(asks)
        try:
            finished = False
            while not finished:
                finished = self._queue.wait(ticket, 0.1)
                self._report(symbols, ticket, progress)
        finally:
            self._queue.leave(ticket)

    def _report(self, symbols: Sequence[str], ticket: Ticket, progress: Progress) -> None:
        states = dict(ticket.states)
        over = [symbol for symbol in symbols if states.get(symbol, "done") in ("done", "failed")]
        steps = []
        for symbol in symbols:
            state = states.get(symbol, "done")
            known = self._known.get(symbol, Known(generation=0))
            if state == "failed" or (symbol not in states and known.kept is None):
                text = reason(known.fault) if known.fault else ""
                steps.append(SeriesStep(symbol, "failed", text))
            elif state == "done":
                steps.append(SeriesStep(symbol, "done", known.origin))
            else:
                steps.append(SeriesStep(symbol, state))
        asking = next((symbol for symbol, state in states.items() if state == "asking"), "")
        text = f"{asking or 'Yahoo'}: {len(over)} of {len(symbols)}"
        progress(len(over) / len(symbols), text, tuple(steps))

    def _due(self, symbol: str, now: dt.datetime) -> Ask | None:
        """What is to be asked about a symbol now, or None."""
        known = self._look_up(symbol)
        kept, fault = known.kept, known.fault
        if fault is not None and fault.detail == ISIN:
            return None
        whole = kept is None or now - kept.whole_at > WHOLE_AFTER
        start = None if whole or kept is None else overlap_start(kept.series, OVERLAP_ROWS)
        ask = Ask(symbol, start)
        with self._lock:
            if symbol in self._overdue:
                return ask
        waited = None if known.asked_at is None else now - known.asked_at
        if fault is not None:
            rest = ASK_AGAIN if kept is not None or fault.kind == "unknown" else self._cool_off(fault)
            return ask if waited is None or waited > rest else None
        if kept is None or whole:
            return ask
        if kept.series.dates[-1] >= last_final_day(known.zone, now):
            return None
        return ask if waited is None or waited > ASK_AGAIN else None

    def _cool_off(self, fault: Fault) -> dt.timedelta:
        pace = self._pace
        return dt.timedelta(seconds=pace.limited_cool_off if fault.kind == "rate_limited" else pace.cool_off)

    def _look_up(self, symbol: str) -> Known:
        """What is known about a symbol: from memory, else from the store."""
        store = self._store()
        generation = store.generation
        with self._lock:
            found = self._known.get(symbol)
            if found is not None and found.generation == generation:
                self._known.move_to_end(symbol)
                return found
        if _ISIN.fullmatch(symbol):  # yfinance would look it up by a search
            return self._keep(symbol, Known(generation=generation, fault=Fault("unknown", ISIN)))
        kept = store.get(SOURCE, symbol)
        if kept is None:
            return Known(generation=generation)
        found = Known(generation=generation, kept=kept, digest=digest(kept.series), asked_at=kept.fetched_at)
        return self._keep(symbol, found, only_new=True)

    def _keep(self, symbol: str, known: Known, *, only_new: bool = False) -> Known:
        with self._lock:
            there = self._known.get(symbol)
            if only_new and there is not None and there.generation == known.generation:
                return there
            self._known[symbol] = known
            self._known.move_to_end(symbol)
            while len(self._known) > MOST_HELD:
                self._known.popitem(last=False)
        return known

    def _receive(self, ask: Ask, answer: dict[str, Any], sent_at: dt.datetime) -> Ask | Fault | None:
        """Judge an answer and store it; a question where the whole history is needed first."""
        known = self._look_up(ask.symbol)
        stored = known.kept
        zone = zone_of(answer)
        complete = last_final_day(zone, sent_at)
        newer, left_out = final_part(series_of(ask.symbol, answer), complete)
        changed = Said()
        if ask.start is not None:
            # What it was to be joined to may have been cleared or found damaged meanwhile.
            joined = extended(stored.series, newer) if stored is not None else None
            if stored is None or joined is None:
                return Ask(ask.symbol)
            series, whole_at = joined, stored.whole_at
        else:
            series, whole_at = newer, sent_at
            if not len(series.dates):
                return Fault("empty")
            if stored is not None:
                if lost := what_is_lost(stored.series, series):
                    return Fault("refused", lost)
                changed = what_changed(stored.series, series)
        try:
            clean(series, complete=complete)
        except BadPrices as problem:
            return Fault("refused", f"Yahoo's answer cannot be true: {_without(ask.symbol, problem.message)}")
        kept = Kept(series=series, fetched_at=sent_at, whole_at=whole_at)
        store = self._store()
        if store.generation != known.generation:
            return Ask(ask.symbol)
        store.put(SOURCE, ask.symbol, kept)
        self._asked(
            ask.symbol,
            Known(
                generation=known.generation,
                kept=kept,
                digest=digest(series),
                zone=zone,
                fetched_here=True,
                asked_at=sent_at,
                changed=changed if changed.text else known.changed,
                left_out=left_out,
            ),
        )
        return None

    def _refuse(self, ask: Ask, fault: Fault) -> None:
        known = self._look_up(ask.symbol)
        self._asked(ask.symbol, replace(known, fault=fault, asked_at=self._now()))

    def _asked(self, symbol: str, known: Known) -> None:
        self._keep(symbol, known)
        with self._lock:
            self._overdue.discard(symbol)

    def _cookie_folder(self) -> Path:
        if self._cookies is None or not self._cookies.is_dir():
            self._cookies = cookie_folder(self._store().usage().folder)
        return self._cookies


def _notes(
    known: Mapping[str, Known], faults: Mapping[str, Fault], end: dt.date | None
) -> tuple[DataNote, ...]:
    absent = [
        DataNote(ticker=symbol, severity="warning", text=f"There are no prices: {reason(fault)}.")
        for symbol, fault in faults.items()
    ]
    changed = [
        DataNote(ticker=symbol, severity="info", text=text)
        for symbol, one in known.items()
        for text in one.changed.before(end)
    ]
    return (*absent, *changed)


def _table(
    calendar: str,
    entries: tuple[Entry, ...],
    notes: tuple[DataNote, ...],
    complete: str,
    days: tuple[dt.date | None, dt.date | None],
) -> PriceTable:
    table = assemble(
        [entry.series for entry in entries],
        calendar=calendar,
        source=SOURCE,
        complete=np.datetime64(complete),
        start=days[0],
        end=days[1],
        provenance={entry.series.ticker: entry.provenance for entry in entries},
    )
    return replace(table, notes=(*table.notes, *notes))


def _store_notes(store: Store) -> tuple[DataNote, ...]:
    return tuple(DataNote(ticker="", severity="warning", text=text) for text in store.warnings())


def _is_symbol(symbol: str) -> bool:
    try:
        return parse_symbol(symbol) == symbol
    except InvalidSetting:
        return False


def _without(symbol: str, message: str) -> str:
    return message.removeprefix(f"{symbol}: ").rstrip(".")


PROVIDERS.add(
    SOURCE, label="Yahoo", help="Daily prices of any symbol that Yahoo knows, kept on this machine."
)(YahooProvider())

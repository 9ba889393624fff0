"""Price series from files that a user brings: kept by their content, joined to what the source gives."""

import datetime as dt
import re
import threading
from collections.abc import Iterable, Sequence
from dataclasses import replace
from hashlib import blake2b
from itertools import count
from pathlib import Path, PurePosixPath
from typing import Any, Final, NamedTuple

import numpy as np

from core.data.assemble import Fitted, Provenance, check_currencies, fit
from core.data.base import DataNote, PriceTable
from core.data.files import INDICES
from core.data.price_file import read_prices
from core.data.quality import COLUMNS, Series, clean
from core.data.store import Kept, Store, shared_store
from core.errors import BadFile, DataError, InvalidSetting, MissingSeries
from core.fingerprint import freeze
from core.memo import Memo
from core.symbols import parse_symbol
from core.tabular import MAX_BYTES, read_file, shown_name

SOURCE: Final = "own"
"""The name under which these series are in the store; the symbol there is the digest."""

WHERE: Final = "data.own"
_COMMON: Final = frozenset(
    {"PRICE", "PRICES", "HISTORY", "HISTORICAL", "DATA", "DAILY", "EXPORT", "DOWNLOAD", "QUOTES", "TABLE"}
)


class Quota(NamedTuple):
    """How many files of all users together are kept, in how many bytes."""

    files: int
    bytes: int


ON_DISK: Final = Quota(1000, 64 * 2**20)
IN_MEMORY: Final = Quota(100, 32 * 2**20)
"""Fewer than the store holds without a folder, so that the prices fetched keep a place in it."""

_JOINED: Final = Memo(max_bytes=64 * 2**20)
_arriving = threading.Lock()
_uses = count()
_used: dict[str, int] = {}
"""When each digest was last wanted in this process, as a number that grows."""


class Own(NamedTuple):
    """A series of the user's own: its ticker, the digest it is kept under, and its file's name."""

    ticker: str
    digest: str
    name: str = ""


def ticker_of(name: str) -> str:
    """The ticker that a file's name seems to mean ("ACME" for "acme_prices.csv"), or "" where none does."""
    stem = PurePosixPath(name.replace("\\", "/")).stem[:200]
    for word in re.split(r"[^A-Za-z0-9.=&^-]+", stem):
        kept = [part for part in word.upper().split("-") if part not in _COMMON]
        found = "-".join(kept)
        if not any(kept):
            continue
        try:
            return parse_symbol(f"^{found}" if found in INDICES else found)
        except InvalidSetting:
            continue
    return ""


def keep_own_file(path: str | Path, *, ticker: str) -> Own:
    """Keep a price file as `keep_own` does, for `DataSettings(own=[...])`; its row there.

    Raises
    ------
    InvalidSetting, DataError
        As `keep_own`; BadFile also when it cannot be opened.
    """
    name = Path(path).name
    digest, series = keep_own(read_file(path), name=name, ticker=ticker)
    return Own(series.ticker, digest, name)


def keep_own(data: bytes, *, name: str, ticker: str) -> tuple[str, Series]:
    """Read a price file and keep it on this machine; its digest and its series.

    The same content for the same ticker has the same digest, and keeping it again changes nothing. Those used
    longest ago make room for new ones.

    Parameters
    ----------
    data
        The content: CSV, Parquet or XLSX, at most 10 MB. What it is, is told by the content.
    name
        The file's name, for messages only.

    Raises
    ------
    InvalidSetting
        When the ticker cannot be one.
    BadFile, BadPrices
        When the content is no price history, with line and column, or has a price that cannot be one. `where`
        is "data.own", and nothing was kept.
    DataError
        When it could not be kept, as on a full disk, or because it alone takes more than all may.
    """
    symbol = parse_symbol(ticker, where=WHERE)
    try:
        series = read_prices(data, name, symbol, limit=MAX_BYTES)
        if not len(series.dates) or not clean(series, complete=series.dates.max()).series.priced.any():
            raise BadFile(f"{shown_name(name)} has no prices.", hint="Write one day a line: date,close")
    except DataError as error:
        error.where = WHERE
        raise
    digest = blake2b(symbol.encode() + b"\0" + data, digest_size=16).hexdigest()
    store = shared_store()
    if store.get(SOURCE, digest) is None:
        now = dt.datetime.now(dt.UTC)
        with _arriving:  # two that arrive together must not both take the last room
            _make_room(store, 8 * len(series.dates) * (1 + len(COLUMNS)), name)
            store.put(SOURCE, digest, Kept(series=series, fetched_at=now, whole_at=now))
        if store.get(SOURCE, digest) is None:
            raise DataError(
                f"{shown_name(name)} was read, but could not be kept on this machine.",
                hint=" ".join(store.warnings()) or "Try again.",
                where=WHERE,
            )
    _used[digest] = next(_uses)
    return digest, series


def _make_room(store: Store, size: int, name: str) -> None:
    """Remove those used longest ago until another one of this size has room."""
    quota = ON_DISK if store.usage().folder else IN_MEMORY
    if size > quota.bytes:
        raise DataError(
            f"{shown_name(name)} is too long to be kept: {size / 2**20:,.1f} MB with all its columns, and"
            f" {quota.bytes / 2**20:,.0f} MB are kept.",
            hint="Leave out the years that are not needed.",
            where=WHERE,
        )
    held = sorted(store.held(SOURCE), key=lambda item: _used.get(item[0], -1))  # else in order of arrival
    total = sum(taken for _, taken in held)
    for place, (digest, taken) in enumerate(held):
        if total + size <= quota.bytes and len(held) - place < quota.files:
            return
        store.remove(SOURCE, digest)
        _used.pop(digest, None)
        total -= taken


def join_own(
    table: PriceTable,
    own: Iterable[Sequence[str]],
    *,
    optional: Sequence[str] = (),
    end: dt.date | None = None,
) -> PriceTable:
    """The table with a column for each of these series, in place of one that is there or after the others.

    They are cleaned and put on the table's sessions as any series is, with the same health and notes.

    Parameters
    ----------
    own
        Ticker, digest and file name of each.
    optional
        Tickers that may be missing: then there is a note and no column.
    end
        Rows after it are as if they did not exist.

    Raises
    ------
    MissingSeries
        Naming every ticker whose file is not on this machine, with its reason.
    BadPrices
        When the currencies differ.
    """
    wanted = tuple(Own(*row) for row in own)
    # Looked up each time, because a file may be dropped again, or the store emptied.
    gone = tuple(one for one in wanted if _kept(one) is None)
    missed = [one for one in gone if one.ticker not in optional]
    if missed:
        raise _gone(missed)
    return _JOINED(_join, table, wanted, gone, end) if wanted else table


def _kept(own: Own) -> Series | None:
    found = shared_store().get(SOURCE, own.digest)
    if found is not None:
        _used[own.digest] = next(_uses)
    return found.series if found is not None and found.series.ticker == own.ticker else None


def _join(table: PriceTable, own: tuple[Own, ...], gone: tuple[Own, ...], end: dt.date | None) -> PriceTable:
    kept = {one: _kept(one) for one in own if one not in gone}
    there = {one: series for one, series in kept.items() if series is not None}
    if len(there) < len(kept):  # the store was emptied a moment ago
        raise _gone([one for one in kept if one not in there])
    names = tuple(one.ticker for one in own)
    stays = [place for place, ticker in enumerate(table.tickers) if ticker not in names]
    currencies = {h.ticker: h.currency for h in table.health if h.ticker not in names}
    check_currencies(currencies | {one.ticker: series.currency for one, series in there.items()})
    fitted = [_fit(series, one, table, end) for one, series in there.items()]
    columns: dict[str, Any] = {
        name: freeze(
            np.column_stack([getattr(table, name)[:, stays], *(getattr(f.series, name) for f in fitted)])
        )
        for name in COLUMNS
    }
    notes = [note for note in table.notes if note.ticker not in names]
    notes += [note for one in fitted for note in one.notes]
    notes += [DataNote(ticker=one.ticker, severity="warning", text=_sentence(one)) for one in gone]
    return replace(
        table,
        tickers=(*(table.tickers[place] for place in stays), *(one.series.ticker for one in fitted)),
        notes=tuple(notes),
        health=(*(h for h in table.health if h.ticker not in names), *(one.health for one in fitted)),
        **columns,
    )


def _fit(series: Series, own: Own, table: PriceTable, end: dt.date | None) -> Fitted:
    # Where no more prices can come, any row is final, and those after the last session are left out as such.
    open_ended = np.isnat(table.expected)
    complete = series.dates.max() if open_ended else table.expected
    cleaned = clean(series, complete=complete, start=table.sessions[0].item(), end=end)
    return fit(cleaned, table.sessions, expected=table.expected, provenance=Provenance(shown_name(own.name)))


def _sentence(own: Own) -> str:
    return f"The file {shown_name(own.name)} for {own.ticker} is not on this machine. Drop it again."


def _gone(own: Sequence[Own]) -> MissingSeries:
    reasons = {one.ticker: f"its file {shown_name(one.name)} is not on this machine" for one in own}
    return MissingSeries(
        " ".join(_sentence(one).removesuffix(" Drop it again.") for one in own),
        reasons=reasons,
        hint="Drop it again." if len(own) == 1 else "Drop them again.",
        where=WHERE,
    )

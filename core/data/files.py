"""Prices from a folder with one file a symbol: CSV, Parquet or XLSX."""

import datetime as dt
import os
from collections.abc import Callable
from difflib import get_close_matches
from pathlib import Path
from typing import Final, NamedTuple

import numpy as np

from core.data.assemble import Provenance, assemble
from core.data.base import PROVIDERS, PriceRequest, PriceTable
from core.data.exchange import last_complete_session
from core.data.price_file import read_series
from core.data.quality import Series
from core.errors import BadFile, HedgeError, InvalidSetting, UnknownTicker
from core.memo import Memo
from core.progress import Progress, silent
from core.symbols import parse_symbol

SUFFIXES: Final = (".csv", ".parquet", ".xlsx")
INDICES: Final = frozenset(
    {"VIX", "VIX3M", "VIX9D", "VVIX", "IRX", "FVX", "TNX", "TYX", "GSPC", "NDX", "RUT", "DJI"}
)
"""Names that mean an index: their files are offered with the caret in front."""

_SETTLED_NS: Final = 2 * 10**9


class Signed(NamedTuple):
    """A file of one symbol with what changes when its content does."""

    ticker: str
    path: str
    modified: int
    size: int
    inode: int


class FilesProvider:
    """Prices from files on this machine, read again only when they change.

    Parameters
    ----------
    now
        The clock, with a time zone; tests stop it.
    """

    benchmark = "SPY"
    hedge = "SH"

    def __init__(self, now: Callable[[], dt.datetime] = lambda: dt.datetime.now(dt.UTC)) -> None:
        self._now = now
        self._files = Memo(max_bytes=64 * 2**20)
        self._tables = Memo(max_bytes=64 * 2**20)
        self._listings: dict[str, tuple[int, dict[str, tuple[str, ...]]]] = {}

    def prepare(self, request: PriceRequest, progress: Progress = silent) -> None:
        """Nothing: it is on this machine."""

    def refresh(self, request: PriceRequest) -> None:
        """Nothing: changed files are seen by themselves."""

    def fetch(self, request: PriceRequest, progress: Progress = silent) -> PriceTable:
        """The history asked for on the calendar symbol's sessions; only the files asked for are opened.

        `^X` is looked for as ``x.csv``; names count in any case.

        Raises
        ------
        BadFile
            When the folder or a file cannot be read (`where` is "data.folder" for the folder).
        UnknownTicker
            Naming every symbol without a file.
        BadPrices
            When prices are impossible, contradictory or in different currencies.
        InsufficientHistory
            When the calendar symbol has fewer than two prices.
        """
        folder = _folder(request.folder)
        found = self._locate(folder, request)
        signed = tuple(_signed(ticker, path) for ticker, path in found)
        complete = str(last_complete_session(self._now()))
        days = (request.start, request.end)
        return self._tables(self._table, request.calendar, signed, complete, days, progress=progress)

    def available(self, folder: str) -> tuple[str, ...]:
        """The symbols that the folder's file names spell, sorted; empty where it cannot be read."""
        try:
            listing = self._listing(_folder(folder))
        except HedgeError:
            return ()
        symbols = set()
        for stem in listing:
            name = stem.upper()
            try:
                symbols.add(parse_symbol(f"^{name}" if name in INDICES else name))
            except InvalidSetting:
                continue
        return tuple(sorted(symbols))

    def _table(
        self,
        calendar: str,
        signed: tuple[Signed, ...],
        complete: str,
        days: tuple[dt.date | None, dt.date | None],
        *,
        progress: Progress,
    ) -> PriceTable:
        series: list[Series] = []
        for done, file in enumerate(signed):
            progress(done / len(signed), f"Reading {file.ticker}")
            series.append(self._files(_read, file))
        return assemble(
            series,
            calendar=calendar,
            source="files",
            complete=np.datetime64(complete),
            start=days[0],
            end=days[1],
            provenance={file.ticker: Provenance(Path(file.path).name) for file in signed},
        )

    def _locate(self, folder: Path, request: PriceRequest) -> list[tuple[str, str]]:
        listing = self._listing(folder)
        found: list[tuple[str, str]] = []
        missing: list[str] = []
        for ticker in request.tickers:
            paths = _paths(listing, ticker)
            if len(paths) > 1:
                names = " and ".join(sorted(Path(path).name for path in paths))
                raise BadFile(
                    f"{ticker} has more than one file: {names}.", hint="Keep one.", where="data.folder"
                )
            if paths:
                found.append((ticker, paths[0]))
            elif ticker not in request.optional:
                missing.append(ticker)
        if missing:
            raise _unknown(missing, self.available(str(folder)))
        return found

    def _listing(self, folder: Path) -> dict[str, tuple[str, ...]]:
        """Paths by the lower-case stem of their name, listed again when the folder changes."""
        try:
            changed = folder.stat().st_mtime_ns
            kept = self._listings.get(str(folder))
            if kept is not None and kept[0] == changed:
                return kept[1]
            listing: dict[str, tuple[str, ...]] = {}
            with os.scandir(folder) as entries:
                for entry in sorted(entries, key=lambda e: e.name):
                    name = Path(entry.name)
                    if name.suffix.lower() in SUFFIXES and entry.is_file():
                        stem = name.stem.casefold()
                        listing[stem] = (*listing.get(stem, ()), entry.path)
        except OSError as problem:
            raise BadFile(
                f"The folder {str(folder)[:200]!r} cannot be read: {problem.strerror or problem}.",
                hint="Choose a folder with one CSV, Parquet or XLSX file a symbol.",
                where="data.folder",
            ) from problem
        if not listing:
            raise BadFile(
                f"The folder {str(folder)[:200]!r} has no CSV, Parquet or XLSX file.",
                hint="It should hold one file a symbol, such as SPY.csv.",
                where="data.folder",
            )
        # A folder that changed a moment ago can change again without a new time stamp.
        if self._now().timestamp() * 1e9 - changed > _SETTLED_NS:
            self._listings = {str(folder): (changed, listing)}
        return listing


def _folder(text: str) -> Path:
    if not text.strip():
        raise BadFile(
            "No folder with price files is chosen.",
            hint="Choose a folder with one file a symbol, such as SPY.csv.",
            where="data.folder",
        )
    return Path(text.strip()).expanduser()


def _paths(listing: dict[str, tuple[str, ...]], ticker: str) -> tuple[str, ...]:
    # A symbol is only ever looked up among the names that exist; no path is built from it.
    name = ticker.casefold()
    return listing.get(name) or listing.get(name.removeprefix("^"), ())


def _signed(ticker: str, path: str) -> Signed:
    try:
        status = Path(path).stat()
    except OSError as problem:
        raise BadFile(
            f"{Path(path).name} cannot be read: {problem.strerror or problem}.", where="data.folder"
        ) from problem
    return Signed(ticker, path, status.st_mtime_ns, status.st_size, status.st_ino)


def _read(file: Signed) -> Series:
    return read_series(file.path, file.ticker)


def _unknown(missing: list[str], known: tuple[str, ...]) -> UnknownTicker:
    near = {ticker: get_close_matches(ticker, known, n=1, cutoff=0.6) for ticker in missing[:5]}
    guesses = [f"{found[0]} for {ticker}" for ticker, found in near.items() if found]
    meant = f"Did you mean {', '.join(guesses)}? " if guesses else ""
    listed = ", ".join(known[:30]) + (f" and {len(known) - 30} more" if len(known) > 30 else "")
    return UnknownTicker(
        f"There is no price file for {', '.join(missing)}.",
        tickers=missing,
        hint=f"{meant}The folder has {listed}.",
    )


PROVIDERS.add("files", label="Files", help="One CSV, Parquet or XLSX file a symbol, in a folder of yours.")(
    FilesProvider()
)

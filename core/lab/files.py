"""Tables of the user's own, one column a leg, kept in memory under a digest of their content."""

import threading
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import blake2b
from itertools import chain
from pathlib import Path
from sys import getsizeof
from typing import Final

import numpy as np

from core.data.cells import MISSING, date_text, decimal_mark
from core.data.dates import read_dates
from core.errors import BadFile, DataError, UnknownTicker
from core.fingerprint import Keyed, freeze
from core.numerals import Mark, parse_number
from core.spreadsheet import is_workbook, read_workbook
from core.tabular import Cell, TextTable, check_size, cut, read_delimited, read_file, shown_name
from core.types import FloatArray, Sessions

WHERE: Final = "lab.file"
MOST_BYTES: Final = 32 * 2**20
"""Of all tables of all users together; those used longest ago make room."""

MOST_COLUMNS: Final = 60
"""Of prices in one table: twelve can be legs, and reading more takes seconds."""

_LONGEST_NAME: Final = 40

_lock = threading.Lock()
_kept: "OrderedDict[str, LegTable]" = OrderedDict()


@dataclass(frozen=True, kw_only=True, eq=False)
class LegTable(Keyed):
    """Prices (T, N) on `sessions` (T,), ascending; NaN where a cell is empty."""

    sessions: Sessions
    names: tuple[str, ...]
    values: FloatArray

    @property
    def size(self) -> int:
        """Bytes that it takes in memory: prices, days and names."""
        return self.values.nbytes + self.sessions.nbytes + sum(map(getsizeof, self.names))

    def columns(self, names: Sequence[str]) -> FloatArray:
        """The prices (T, K) of these columns.

        Raises
        ------
        UnknownTicker
            On a name that is no column.
        """
        strangers = [name for name in names if name not in self.names]
        if strangers:
            raise UnknownTicker(
                f"The table has no column {', '.join(strangers)}.",
                tickers=strangers,
                hint=f"It has {', '.join(self.names)}.",
                where="lab.legs",
            )
        chosen: FloatArray = self.values[:, [self.names.index(name) for name in names]]
        return chosen


def keep_file(path: str | Path) -> str:
    """Keep the table of prices in a file, for `RatioSettings(source="file", file=...)`; its digest.

    Raises
    ------
    BadFile
        When it is no such table, with line and column, or cannot be opened.
    """
    return keep_table(read_file(path), name=Path(path).name)[0]


def keep_table(data: bytes, *, name: str) -> tuple[str, LegTable]:
    """Read a table of prices, CSV or XLSX, and keep it in this process; its digest and what it holds.

    The first row names the columns; one of them, called date or else the first, has the days. Rows may be in
    any order. One decimal mark holds for all columns. The same content has the same digest.

    Parameters
    ----------
    data
        The content, at most 10 MB.
    name
        The file's name, for messages only.

    Raises
    ------
    BadFile
        When it is no such table, with line and column; `where` is "lab.file".
    """
    try:
        check_size(data, name, WHERE)
        table = (
            read_workbook(data, name=name, where=WHERE)
            if is_workbook(data)
            else read_delimited(data, name=name, where=WHERE)
        )
        legs = _read(table, name)
    except DataError as error:
        error.where = WHERE
        raise
    digest = blake2b(data, digest_size=16).hexdigest()
    with _lock:
        _kept[digest] = legs
        _kept.move_to_end(digest)
        while sum(one.size for one in _kept.values()) > MOST_BYTES and len(_kept) > 1:
            _kept.popitem(last=False)
    return digest, legs


def kept_table(digest: str, name: str = "") -> LegTable:
    """The table kept under this digest.

    Raises
    ------
    BadFile
        When it is not in this process any more, or never was.
    """
    with _lock:
        found = _kept.get(digest)
        if found is not None:
            _kept.move_to_end(digest)
            return found
    raise BadFile(
        f"The table {shown_name(name)} is not here any more." if digest else "There is no table yet.",
        hint="Drop it again." if digest else "Drop a CSV or XLSX file with a column of dates and one a leg.",
        where=WHERE,
    )


def _read(table: TextTable, name: str) -> LegTable:
    header = [str(cell).strip() for cell in table.rows[0]]
    body, lines = table.rows[1:], table.lines[1:]
    if len(header) < 3 or len(body) < 2:
        raise BadFile(
            f"{shown_name(name)} has no two columns of prices beside the dates.",
            hint="The first row names the columns: Date, GLD, GDX",
        )
    # Not "day", which is a ticker too: only a first column of that name is one of days.
    days = next((at for at, text in enumerate(header) if text.lower() == "date"), 0)
    places = [at for at in range(len(header)) if at != days]
    names = [header[at] for at in places]
    _refuse_names(names, name)
    dates = read_dates([date_text(row[days]) for row in body], lines, name)
    order = np.argsort(dates, kind="stable")
    repeated = np.flatnonzero(np.diff(dates[order]) == np.timedelta64(0, "D"))
    if len(repeated):
        raise BadFile(
            f"{shown_name(name)} has {dates[order][repeated[0]]} twice.", hint="Keep one row a day."
        )
    cells = [[row[at] for row in body] for at in places]
    mark = decimal_mark(chain.from_iterable(cells), delimiter=table.delimiter, name=name, where=WHERE)
    columns = [
        _numbers(column, mark, header[at], lines, name) for column, at in zip(cells, places, strict=True)
    ]
    sessions = dates[order]
    sessions.setflags(write=False)
    return LegTable(sessions=sessions, names=tuple(names), values=freeze(np.column_stack(columns)[order]))


def _refuse_names(names: Sequence[str], name: str) -> None:
    twice = sorted({text for text in names if names.count(text) > 1})
    if twice:
        raise BadFile(f"{shown_name(name)} has two columns called {cut(twice[0])}.", hint="Name each once.")
    if not all(names):
        raise BadFile(f"{shown_name(name)} has a column without a name.", hint="Name every column.")
    long = [text for text in names if len(text) > _LONGEST_NAME or not text.isprintable()]
    if long:
        raise BadFile(
            f"{shown_name(name)}: {cut(long[0])} is no name of a leg.",
            hint=f"At most {_LONGEST_NAME} printable characters.",
        )
    if len(names) > MOST_COLUMNS:
        raise BadFile(
            f"{shown_name(name)} has {len(names):,} columns of prices; at most {MOST_COLUMNS} are read.",
            hint="Keep those of the legs.",
        )


def _numbers(cells: Sequence[Cell], mark: Mark, column: str, lines: Sequence[int], name: str) -> FloatArray:
    values = np.full(len(cells), np.nan)
    for row, cell in enumerate(cells):
        if isinstance(cell, float):
            values[row] = cell
        elif cell.lower() not in MISSING:
            number = parse_number(cell, mark)
            if number is None or number.percent:
                raise BadFile(
                    f"{shown_name(name)}: line {lines[row]}, column {cut(column)}: {cut(cell)} is no price.",
                    hint="Leave the cell empty where there is none.",
                )
            values[row] = number.value
    return values

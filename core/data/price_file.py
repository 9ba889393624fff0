"""One price file, CSV, Parquet or XLSX, as a series; nothing is corrected here."""

import io
import re
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pcsv
import pyarrow.parquet as pq

from core.data.base import Action
from core.data.cells import MISSING, date_text, decimal_mark
from core.data.dates import read_dates
from core.data.quality import BARS, COLUMNS, NEEDED, Series
from core.errors import BadFile
from core.numerals import parse_number
from core.spreadsheet import is_workbook, read_workbook
from core.tabular import MAX_ROWS, TextTable, check_size, cut, read_delimited, shown_name
from core.types import FloatArray, Sessions

MAX_FILE_BYTES: Final = 64 * 2**20
MAX_UNPACKED: Final = 100 * 2**20
PRICES: Final = ("close", "adj_close")
EVENTS: Final = ("dividends", "splits")
_READ: Final = (*COLUMNS, *EVENTS)
_NAMES: Final = {
    "date": "date", "datetime": "date", "timestamp": "date", "day": "date", "index_level_0": "date",
    "close": "close", "adj_close": "adj_close", "adjclose": "adj_close", "adjusted_close": "adj_close",
    "open": "open", "high": "high", "low": "low",
    "volume": "volume", "currency": "currency",
    "dividends": "dividends", "dividend": "dividends",
    "stock_splits": "splits", "splits": "splits", "split": "splits",
}  # fmt: skip
_LONGEST_TEXT: Final = 200
_ARROW_MISSING: Final = sorted({word for m in MISSING for word in (m, m.upper(), m.title(), "NaN")})


def read_series(path: str, ticker: str) -> Series:
    """The series in one file, as `read_prices` has it.

    Raises
    ------
    BadFile
        When the file, a date or a number in it cannot be read; with file, line and column.
    """
    file = Path(path)
    try:
        if file.stat().st_size > MAX_FILE_BYTES:
            limit = MAX_FILE_BYTES // 2**20
            raise BadFile(f"{shown_name(file.name)} is over {limit} MB.", where="data.folder")
        data = file.read_bytes()
    except OSError as problem:
        raise BadFile(
            f"{shown_name(file.name)} cannot be read: {problem.strerror or problem}.", where="data.folder"
        ) from problem
    return read_prices(data, file.name, ticker)


def read_prices(data: bytes, name: str, ticker: str, *, limit: int = MAX_FILE_BYTES) -> Series:
    """The series in a file's content, as written: rows in the file's order, NaN where a cell is empty.

    What it is, is told by the content. An open, high or low that is no number is infinite, which `clean`
    leaves out with a note. Dividends and splits are known only where the file has such columns.

    Parameters
    ----------
    name
        The file's name, for messages, and to know a Parquet file that is none.
    limit
        The most bytes that are read; of a workbook never more than `core.tabular.MAX_BYTES`.

    Raises
    ------
    BadFile
        When the content, a date or a number in it cannot be read; with file, line and column.
    """
    check_size(data, name, "data.folder", limit)
    if data.startswith(b"PAR1") or name.lower().endswith(".parquet"):
        return _from_parquet(data, name, ticker)
    if is_workbook(data):
        table = read_workbook(data, name=name, where="data.folder")
        if table.notes:
            raise BadFile(
                f"{shown_name(name)} has more than one sheet with content.",
                hint="Keep only the sheet with the prices.",
                where="data.folder",
            )
        return _from_table(table, name, ticker)
    quick = _quickly(data, ticker)
    if quick is not None:
        return quick
    return _from_table(read_delimited(data, name=name, where="data.folder", limit=limit), name, ticker)


def _quickly(data: bytes, ticker: str) -> Series | None:
    """The series by Arrow's reader, for plain comma-separated files; None where it is not that plain."""
    data = data.removeprefix(b"\xef\xbb\xbf")
    end = data.find(b"\n")
    head = data[: end if end >= 0 else len(data)].rstrip(b"\r")
    if b'"' in data or not head.isascii() or any(mark in head for mark in (b";", b"\t", b"|", b"\r")):
        return None
    header = [name.strip() for name in head.decode().split(",")]
    places = _columns(header)
    if not _usable(places):
        return None
    names = [str(i) for i in range(len(header))]
    wanted = {str(i): pa.float64() if name in _READ else pa.string() for name, i in places.items()}
    try:
        table = pcsv.read_csv(
            io.BytesIO(data),
            read_options=pcsv.ReadOptions(column_names=names, skip_rows=1, use_threads=False),
            convert_options=pcsv.ConvertOptions(
                column_types=wanted, include_columns=list(wanted), null_values=_ARROW_MISSING
            ),
        )
        dates = pc.cast(table[str(places["date"])], pa.date32())
    except pa.ArrowInvalid:
        return None  # the slow reader says what is wrong, with the line, or reads what is only unusual
    if dates.null_count:
        return None
    arrays = {name: _floats(table[str(i)]) for name, i in places.items() if name in _READ}
    codes = table[str(places["currency"])].to_pylist() if "currency" in places else []
    try:
        return _series(ticker, dates.to_numpy().astype("datetime64[D]"), arrays, codes, ticker)
    except BadFile:
        return None


def _from_table(table: TextTable, name: str, ticker: str) -> Series:
    header = [str(cell) for cell in table.rows[0]]
    places = _columns(header)
    _refuse_columns(header, places, name)
    body, lines = table.rows[1:], table.lines[1:]
    dates = read_dates([date_text(row[places["date"]]) for row in body], lines, name)
    arrays = _numbers(table, places, name)
    codes = [str(row[places["currency"]]) for row in body] if "currency" in places else []
    return _series(ticker, dates, arrays, codes, name)


def _numbers(table: TextTable, places: dict[str, int], name: str) -> dict[str, FloatArray]:
    columns = {key: [row[i] for row in table.rows[1:]] for key, i in places.items() if key in _READ}
    written = (cell for key in PRICES for cell in columns.get(key, ()))
    mark = decimal_mark(written, delimiter=table.delimiter, name=name, where="data.folder")
    arrays: dict[str, FloatArray] = {}
    for key, cells in columns.items():
        values = np.full(len(cells), np.nan)
        for row, cell in enumerate(cells):
            if isinstance(cell, float):
                values[row] = cell
                continue
            if cell.lower() in MISSING:
                continue
            if re.fullmatch(r"[-+]?inf(inity)?", cell, re.IGNORECASE):
                values[row] = np.inf  # refused with its date when the series is checked
                continue
            number = parse_number(cell, mark)
            if number is None or number.percent:
                if key in BARS:
                    values[row] = np.inf  # no reason to do without the close: left out with a note
                    continue
                raise BadFile(
                    f"{shown_name(name)}: line {table.lines[row + 1]}, column {table.rows[0][places[key]]}:"
                    f" {cut(cell)} is not a number.",
                    hint="Leave the cell empty where the value is not known.",
                    where="data.folder",
                )
            values[row] = number.value
        arrays[key] = values
    return arrays


def _from_parquet(data: bytes, name: str, ticker: str) -> Series:
    try:
        file = pq.ParquetFile(pa.BufferReader(data))
        _check_parquet(file.metadata, name)
        schema = file.schema_arrow
        places = _columns(schema.names)
        _refuse_columns(schema.names, places, name)
        wanted = [schema.names[i] for i in places.values()]
        _check_types(schema, wanted, name)
        # Texts stay a dictionary: a long one that stands in many rows is not written out for each.
        texts = [column for column in wanted if _is_text(schema.field(column).type)]
        file = pq.ParquetFile(pa.BufferReader(data), read_dictionary=texts)
        table = file.read(columns=wanted, use_threads=False)
    except (pa.ArrowException, OSError, UnicodeError) as problem:
        raise BadFile(f"{shown_name(name)} is not a Parquet file.", where="data.folder") from problem
    lines = range(1, table.num_rows + 1)
    try:
        column = {key: _written_out(table[schema.names[i]], name) for key, i in places.items()}
        arrays: dict[str, FloatArray] = {
            key: _floats(pc.cast(column[key], pa.float64())) for key in (*NEEDED, *EVENTS) if key in column
        }
        codes = pc.cast(column["currency"], pa.string()).to_pylist() if "currency" in column else []
        dates = _parquet_dates(column["date"], lines, name)
    except (pa.ArrowException, UnicodeError) as problem:
        raise _not_as_named(name) from problem
    arrays.update((key, _parquet_bar(column[key])) for key in BARS if key in column)
    return _series(ticker, dates, arrays, codes, name)


def _check_parquet(metadata: Any, name: str) -> None:
    """Refuse, by what the file says of itself, one that unpacks to far more than a history of prices is."""
    _check_rows(metadata.num_rows, name)
    unpacked = sum(metadata.row_group(i).total_byte_size for i in range(metadata.num_row_groups))
    if unpacked > MAX_UNPACKED:
        raise BadFile(
            f"{shown_name(name)} unpacks to more than {MAX_UNPACKED // 2**20} MB.", where="data.folder"
        )


def _is_text(kind: Any) -> bool:
    types = pa.types
    return any(
        known(kind)
        for known in (types.is_string, types.is_large_string, types.is_binary, types.is_large_binary)
    )


def _check_types(schema: Any, wanted: Sequence[str], name: str) -> None:
    types = pa.types
    plain = (types.is_integer, types.is_floating, types.is_decimal, types.is_temporal, types.is_boolean)
    for column in wanted:
        kind = schema.field(column).type
        kind = kind.value_type if types.is_dictionary(kind) else kind
        if not (_is_text(kind) or types.is_null(kind) or any(known(kind) for known in plain)):
            raise _not_as_named(name)


def _written_out(column: Any, name: str) -> Any:
    if not pa.types.is_dictionary(column.type):
        return column
    kind = column.type.value_type
    for chunk in column.chunks if _is_text(kind) else ():
        longest = pc.max(pc.binary_length(chunk.dictionary)).as_py() or 0
        if longest > _LONGEST_TEXT:
            raise BadFile(
                f"{shown_name(name)} has a cell of {longest:,} characters where a date or a number goes.",
                where="data.folder",
            )
    return pc.cast(column, pa.string() if _is_text(kind) else kind)


def _not_as_named(name: str) -> BadFile:
    return BadFile(
        f"{shown_name(name)}: a column holds something other than its name says.",
        hint="Wanted are a column of dates and columns of numbers.",
        where="data.folder",
    )


def _check_rows(count: int, name: str) -> None:
    if count > MAX_ROWS:
        raise BadFile(
            f"{shown_name(name)} has {count:,} rows; at most {MAX_ROWS:,} are read.", where="data.folder"
        )


def _parquet_bar(column: Any) -> FloatArray:
    try:
        return _floats(pc.cast(column, pa.float64()))
    except pa.ArrowException:
        return np.where(column.is_valid().to_numpy(), np.inf, np.nan)


def _parquet_dates(column: Any, lines: Sequence[int], name: str) -> Sessions:
    if column.null_count:
        raise BadFile(f"{shown_name(name)}: a row has no date.", where="data.folder")
    if pa.types.is_timestamp(column.type):
        if column.type.tz is not None:
            column = pc.local_timestamp(column)  # the date on the exchange's own clock
        return np.asarray(column.to_numpy().astype("datetime64[D]"))
    if pa.types.is_date(column.type):
        return np.asarray(column.to_numpy().astype("datetime64[D]"))
    return read_dates([str(value) for value in column.to_pylist()], lines, name)


def _floats(column: Any) -> FloatArray:
    return np.asarray(column.to_numpy(), dtype=np.float64)


def _series(
    ticker: str, dates: Sessions, arrays: dict[str, FloatArray], codes: Iterable[str | None], name: str
) -> Series:
    _check_rows(len(dates), name)
    currencies = {code.strip() for code in codes if code and code.strip()}
    if len(currencies) > 1:
        listed = ", ".join(sorted(currencies)[:5])
        raise BadFile(f"{shown_name(name)} has prices in several currencies: {listed}.", where="data.folder")
    empty = np.full(len(dates), np.nan)
    columns: dict[str, Any] = {key: arrays.get(key, empty) for key in COLUMNS}
    return Series(
        ticker=ticker,
        dates=dates,
        currency=next(iter(currencies), ""),
        actions=_actions(dates, arrays, name),
        **columns,
    )


def _actions(dates: Sessions, arrays: dict[str, FloatArray], name: str) -> tuple[Action, ...] | None:
    """The dividends and splits in the file's own columns, in date order; 0 and an empty cell are none.

    None where it has neither column: then nothing is known of them.
    """
    if not any(key in arrays for key in EVENTS):
        return None
    found: set[Action] = set()
    for key in EVENTS:
        values = arrays.get(key, np.zeros(0))
        for row in np.flatnonzero(np.nan_to_num(values, nan=0.0, posinf=np.inf, neginf=-np.inf)):
            day, value = dates[row], float(values[row])
            if not 0 < value < np.inf:
                what = key.removesuffix("s")
                raise BadFile(
                    f"{shown_name(name)}: a {what} of {value:g} on {day} is impossible.",
                    hint="Dividends are in dollars a share, splits in new shares for an old one.",
                    where="data.folder",
                )
            if key == "dividends":
                found.add(Action(day, "dividend", value))
            elif value != 1.0:
                found.add(Action(day, "split", value))
    return tuple(sorted(found))


def _columns(header: Sequence[str]) -> dict[str, int]:
    """Where each known column stands; -1 marks a name that is there twice."""
    places: dict[str, int] = {}
    for place, text in enumerate(header):
        name = _NAMES.get(re.sub(r"[^a-z0-9]+", "_", text.strip().lower()).strip("_"))
        if name is not None:
            places[name] = -1 if name in places else place
    if "date" not in places and header and not header[0].strip():
        places["date"] = 0  # what pandas writes for an index without a name
    return places


def _usable(places: dict[str, int]) -> bool:
    return "date" in places and any(name in places for name in PRICES) and -1 not in places.values()


def _refuse_columns(header: Sequence[str], places: dict[str, int], name: str) -> None:
    if _usable(places):
        return
    found = ", ".join(cut(text, 30) for text in header[:12])
    twice = [key for key, place in places.items() if place < 0]
    what = f"has the column {twice[0]} twice" if twice else "lacks a column"
    raise BadFile(
        f"{shown_name(name)} {what}. Found: {found}. Wanted: date, and close or adj_close.",
        hint="The first line names the columns, for example: date,close,adj_close,volume",
        where="data.folder",
    )

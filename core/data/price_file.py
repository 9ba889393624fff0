"""One price file, CSV or Parquet, as a series; nothing is corrected here."""

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

from core.data.dates import read_dates
from core.data.quality import BARS, COLUMNS, NEEDED, Series
from core.errors import BadFile
from core.numerals import choose_decimal, parse_number
from core.tabular import TextTable, cut, read_delimited, shown_name
from core.types import FloatArray, Sessions

MAX_FILE_BYTES: Final = 64 * 2**20
PRICES: Final = ("close", "adj_close")
_NAMES: Final = {
    "date": "date", "datetime": "date", "timestamp": "date", "day": "date", "index_level_0": "date",
    "close": "close", "adj_close": "adj_close", "adjclose": "adj_close", "adjusted_close": "adj_close",
    "open": "open", "high": "high", "low": "low",
    "volume": "volume", "currency": "currency",
}  # fmt: skip
_MISSING: Final = frozenset({"", "nan", "na", "n/a", "#n/a", "null", "none", "-"})
_ARROW_MISSING: Final = sorted({word for m in _MISSING for word in (m, m.upper(), m.title(), "NaN")})


def read_series(path: str, ticker: str) -> Series:
    """The series in one file, as written: rows in the file's order, NaN where a cell is empty.

    An open, high or low that is no number is infinite, which `clean` leaves out with a note.

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
        if file.suffix.lower() == ".parquet":
            return _from_parquet(file, ticker)
        data = file.read_bytes()
    except OSError as problem:
        raise BadFile(
            f"{shown_name(file.name)} cannot be read: {problem.strerror or problem}.", where="data.folder"
        ) from problem
    quick = _quickly(data, ticker)
    return quick if quick is not None else _from_text(data, file.name, ticker)


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
    wanted = {str(i): pa.float64() if name in COLUMNS else pa.string() for name, i in places.items()}
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
    arrays = {name: _floats(table[str(i)]) for name, i in places.items() if name in COLUMNS}
    codes = table[str(places["currency"])].to_pylist() if "currency" in places else []
    try:
        return _series(ticker, dates.to_numpy().astype("datetime64[D]"), arrays, codes, ticker)
    except BadFile:
        return None


def _from_text(data: bytes, name: str, ticker: str) -> Series:
    table = read_delimited(data, name=name, where="data.folder", limit=MAX_FILE_BYTES)
    header = [str(cell) for cell in table.rows[0]]
    places = _columns(header)
    _refuse_columns(header, places, name)
    body, lines = table.rows[1:], table.lines[1:]
    dates = read_dates([str(row[places["date"]]) for row in body], lines, name)
    arrays = _numbers(table, places, name)
    codes = [str(row[places["currency"]]) for row in body] if "currency" in places else []
    return _series(ticker, dates, arrays, codes, name)


def _numbers(table: TextTable, places: dict[str, int], name: str) -> dict[str, FloatArray]:
    columns = {key: [str(row[i]) for row in table.rows[1:]] for key, i in places.items() if key in COLUMNS}
    mark, unclear = choose_decimal(text for key in PRICES for text in columns.get(key, ()))
    if mark is None and unclear is not None and (table.delimiter != "," or "," in unclear):
        raise BadFile(
            f"{shown_name(name)}: {unclear} can be read in two ways, and no other price tells them apart.",
            hint="Write the prices without a thousands mark, and with two or four decimals.",
            where="data.folder",
        )
    arrays: dict[str, FloatArray] = {}
    for key, texts in columns.items():
        values = np.full(len(texts), np.nan)
        for row, text in enumerate(texts):
            if text.lower() in _MISSING:
                continue
            if re.fullmatch(r"[-+]?inf(inity)?", text, re.IGNORECASE):
                values[row] = np.inf  # refused with its date when the series is checked
                continue
            number = parse_number(text, mark or ".")
            if number is None or number.percent:
                if key in BARS:
                    values[row] = np.inf  # no reason to do without the close: left out with a note
                    continue
                raise BadFile(
                    f"{shown_name(name)}: line {table.lines[row + 1]}, column {table.rows[0][places[key]]}:"
                    f" {cut(text)} is not a number.",
                    hint="Leave the cell empty where the value is not known.",
                    where="data.folder",
                )
            values[row] = number.value
        arrays[key] = values
    return arrays


def _from_parquet(file: Path, ticker: str) -> Series:
    try:
        schema = pq.read_schema(file)
        places = _columns(schema.names)
        _refuse_columns(schema.names, places, file.name)
        table = pq.read_table(file, columns=[schema.names[i] for i in places.values()], use_threads=False)
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError) as problem:
        raise BadFile(f"{shown_name(file.name)} is not a Parquet file.", where="data.folder") from problem
    column = {name: table[schema.names[i]] for name, i in places.items()}
    lines = range(1, table.num_rows + 1)
    try:
        arrays: dict[str, FloatArray] = {
            name: _floats(pc.cast(column[name], pa.float64())) for name in NEEDED if name in column
        }
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError) as problem:
        raise BadFile(
            f"{shown_name(file.name)}: a price column holds something other than numbers.",
            where="data.folder",
        ) from problem
    arrays.update((name, _parquet_bar(column[name])) for name in BARS if name in column)
    dates = _parquet_dates(column["date"], lines, file.name)
    codes = column["currency"].to_pylist() if "currency" in column else []
    return _series(ticker, dates, arrays, codes, file.name)


def _parquet_bar(column: Any) -> FloatArray:
    try:
        return _floats(pc.cast(column, pa.float64()))
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError):
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
    currencies = {code.strip() for code in codes if code and code.strip()}
    if len(currencies) > 1:
        listed = ", ".join(sorted(currencies)[:5])
        raise BadFile(f"{shown_name(name)} has prices in several currencies: {listed}.", where="data.folder")
    empty = np.full(len(dates), np.nan)
    columns: dict[str, Any] = {key: arrays.get(key, empty) for key in COLUMNS}
    return Series(ticker=ticker, dates=dates, currency=next(iter(currencies), ""), **columns)


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

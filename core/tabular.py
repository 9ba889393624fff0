"""Tables read from delimited text: everything is text first, and no line can shift its columns.

The delimiter and the encoding are chosen once for the whole text. A line with another number of fields,
an open quote or content that is no table at all is refused with its line number.
"""

import csv
import io
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final, TypeAlias

from core.errors import BadFile

MAX_BYTES: Final = 10 * 2**20
MAX_ROWS: Final = 100_000
MAX_FIELDS: Final = 500

Cell: TypeAlias = str | float
"""Text, or a number from a workbook's typed cell."""

_SIGNATURES: Final = (
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "an old Excel file (.xls) or a workbook with a password"),
    (b"%PDF", "a PDF"),
    (b"{\\rtf", "a rich-text document"),
    (b"\x1f\x8b", "a compressed file (gzip)"),
    (b"PAR1", "a Parquet file"),
    (b"PK\x03\x04", "a zip file"),
    (b"\x89PNG", "a picture"),
)
_PICKLE: Final = re.compile(rb"\x80[\x02-\x05]")
_QUOTED: Final = re.compile(r'"[^"]*"')
# "NVDA 1,200": the comma belongs to the number, the blank separates.
_BLANK_FIRST: Final = re.compile(r"[ \t]*\S+[ \t]+[-+(\u2212]?[$\u20ac\u00a3]?[0-9]")
_DELIMITERS: Final = ("\t", ";", "|", ",")


@dataclass(frozen=True, kw_only=True)
class TextTable:
    """Rows of cells with the line (or sheet row) each begins on, counted from 1; blank rows are left out.

    `delimiter` is " " where blanks separate and "" for a workbook; `raw` is each row as it was written
    (empty for a workbook).
    """

    rows: tuple[tuple[Cell, ...], ...]
    lines: tuple[int, ...]
    raw: tuple[str, ...]
    delimiter: str
    encoding: str
    notes: tuple[str, ...] = ()


def read_file(path: str | Path) -> bytes:
    """What is in a file.

    Raises
    ------
    BadFile
        When it cannot be opened.
    """
    file = Path(path)
    try:
        return file.read_bytes()
    except OSError:
        raise BadFile(f"{shown_name(file.name)} cannot be opened.", hint="Check its folder.") from None


def shown_name(name: str) -> str:
    """A file name as a message shows it: printable, short, never used as a path."""
    if not name:
        return "The text"
    clean = "".join(c if c.isprintable() else "\ufffd" for c in name[:80])
    return clean if len(name) <= 60 else clean[:59] + "\u2026"


def cut(text: object, length: int = 40) -> str:
    """A value as a message quotes it."""
    shown = repr(text) if isinstance(text, str) else f"{text:g}" if isinstance(text, float) else str(text)
    return shown if len(shown) <= length else shown[: length - 2] + "\u2026'"


def check_size(data: bytes | str, name: str, where: str, limit: int = MAX_BYTES) -> None:
    """Refuse what is over the size limit.

    Raises
    ------
    BadFile
        With the size and the limit.
    """
    if len(data) > limit:
        size = len(data) / 2**20
        raise BadFile(
            f"{shown_name(name)} has {size:,.1f} MB; at most {limit // 2**20} MB are read.",
            hint="Send only the columns and rows that are needed.",
            where=where,
        )


def decode(data: bytes | str, *, name: str = "", where: str = "") -> tuple[str, str, tuple[str, ...]]:
    """The text, the name of its encoding, and notes.

    UTF-8 and UTF-16 are recognised, with or without a byte-order mark. Anything else that is text is
    read as Windows-1252, with a note.

    Raises
    ------
    BadFile
        When the content is no text table: a workbook, HTML, a pickle, another binary.
    """
    notes: tuple[str, ...] = ()
    if isinstance(data, str):
        text, encoding = data.removeprefix("\ufeff"), "text"
    else:
        _refuse_signatures(data, name, where)
        encoding = _sniff_encoding(data)
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            encoding = "windows-1252"
            # Five bytes have no meaning there; Latin-1 reads them as control characters.
            text = (
                data.decode(encoding)
                if not re.search(rb"[\x81\x8d\x8f\x90\x9d]", data)
                else data.decode("latin-1")
            )
            notes = ("The text is not UTF-8; it was read as Windows-1252. Check letters with accents.",)
    if "\0" in text:
        raise BadFile(f"{shown_name(name)} is not a text file.", hint=_WANTED, where=where)
    if text.lstrip().startswith("<"):
        raise BadFile(f"{shown_name(name)} is HTML or XML, not a table.", hint=_WANTED, where=where)
    return text, encoding, notes


_WANTED: Final = "Save it as CSV (comma separated values) or as .xlsx and try again."


def _refuse_signatures(data: bytes, name: str, where: str) -> None:
    for mark, what in _SIGNATURES:
        if data.startswith(mark):
            raise BadFile(f"{shown_name(name)} is {what}, not a text table.", hint=_WANTED, where=where)
    if _PICKLE.match(data):
        raise BadFile(
            f"{shown_name(name)} is a Python pickle, which is never opened.", hint=_WANTED, where=where
        )


def _sniff_encoding(data: bytes) -> str:
    for mark, encoding in ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16")):
        if data.startswith(mark):
            return encoding
    head = data[:4096]
    pairs = max(len(head) // 2, 1)
    if head[1::2].count(0) > 0.4 * pairs:
        return "utf-16-le"
    return "utf-16-be" if head[0::2].count(0) > 0.4 * pairs else "utf-8"


def read_delimited(
    data: bytes | str, *, name: str = "", where: str = "", equal: bool = True, limit: int = MAX_BYTES
) -> TextTable:
    """The table in a delimited text.

    Parameters
    ----------
    data
        A file's bytes, or pasted text.
    name
        The file's name, for messages only.
    where
        The setting that errors belong to.
    equal
        Whether every row must have as many fields as the first.
    limit
        The most bytes that are read.

    Raises
    ------
    BadFile
        When it is empty, too large, no text table, or a line cannot be split into its fields.
    """
    check_size(data, name, where, limit)
    text, encoding, notes = decode(data, name=name, where=where)
    source = re.split(r"\r\n|\r|\n", text)
    delimiter, skip = _sniff_delimiter(source)
    rows: list[tuple[str, ...]] = []
    lines: list[int] = []
    raw: list[str] = []
    for first, last, fields in _split(source, delimiter, skip, name, where):
        row = tuple(field.strip() for field in fields)
        if not any(row):
            continue
        if len(row) > MAX_FIELDS:
            raise BadFile(
                f"{shown_name(name)}: line {first} has {len(row):,} fields; at most {MAX_FIELDS} are read.",
                hint="Write one position or one day a line.",
                where=where,
            )
        if len(rows) == MAX_ROWS:
            raise BadFile(f"{shown_name(name)} has more than {MAX_ROWS:,} rows.", where=where)
        rows.append(row)
        lines.append(first)
        raw.append("\n".join(source[first - 1 : last]))
    if not rows:
        raise BadFile(f"{shown_name(name)} is empty.", hint="It has no line with content.", where=where)
    table = TextTable(
        rows=tuple(rows),
        lines=tuple(lines),
        raw=tuple(raw),
        delimiter=delimiter,
        encoding=encoding,
        notes=notes,
    )
    if equal:
        refuse_ragged(table, name=name, where=where)
    return table


def refuse_ragged(table: TextTable, *, name: str = "", where: str = "") -> None:
    """Refuse a table in which a row has another number of fields than the first.

    Raises
    ------
    BadFile
        With the line numbers.
    """
    width = len(table.rows[0])
    ragged = [
        (line, len(row)) for line, row in zip(table.lines, table.rows, strict=True) if len(row) != width
    ]
    if not ragged:
        return
    line, count = ragged[0]
    more = "" if len(ragged) == 1 else f" So is it on {len(ragged) - 1:,} more, such as line {ragged[1][0]}."
    raise BadFile(
        f"{shown_name(name)}: line {line} has {count} fields, line {table.lines[0]} has {width}.{more}",
        hint="Look for a missing or an extra separator, or for a number with a comma that needs quotes.",
        where=where,
    )


def _sniff_delimiter(source: list[str]) -> tuple[str, int]:
    """The delimiter and how many lines to skip before the table."""
    for number, line in enumerate(source):
        if not line.strip():
            continue
        directive = re.fullmatch(r"sep=(.)", line.strip("\r\n "), re.IGNORECASE)
        if directive:
            return directive[1], number + 1
        bare = _QUOTED.sub("", line)
        found = next((mark for mark in _DELIMITERS if mark in bare), " ")
        if found == "," and _BLANK_FIRST.match(line.split(",", 1)[0]):
            found = " "
        return found, 0
    return ",", 0


def _split(
    source: list[str], delimiter: str, skip: int, name: str, where: str
) -> Iterator[tuple[int, int, list[str]]]:
    """First line, last line and fields of each record."""
    if delimiter == " ":
        for number, line in enumerate(source[skip:], start=skip + 1):
            yield number, number, re.split(r"[ \t]+", line.strip(" \t"))
        return
    reader = csv.reader(
        io.StringIO("\n".join(source[skip:]), newline=""),
        delimiter=delimiter,
        skipinitialspace=delimiter != "\t",
        strict=True,
    )
    done = skip
    while True:
        try:
            fields = next(reader)
        except StopIteration:
            return
        except csv.Error:
            raise BadFile(
                f"{shown_name(name)}: the quotes on line {done + 1} do not close where a field ends.",
                hint="A field with a separator in it goes between double quotes; a quote in it is doubled.",
                where=where,
            ) from None
        yield done + 1, skip + reader.line_num, fields
        done = skip + reader.line_num

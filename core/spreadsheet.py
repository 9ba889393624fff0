"""Tables from .xlsx workbooks, checked in the zip's directory before anything is unpacked."""

import io
import re
import warnings
import zipfile
from typing import Final

from core.errors import BadFile
from core.tabular import MAX_ROWS, Cell, TextTable, check_size, shown_name

MAX_UNPACKED: Final = 50 * 2**20
MAX_RATIO: Final = 100
MAX_MEMBERS: Final = 200
_SMALL: Final = 64 * 2**10  # a few kB of blank styles may pack 1 : 200; that is no bomb
_CHUNK: Final = 2**20
_SHEET: Final = re.compile(r"xl/worksheets/[^/]+\.xml", re.IGNORECASE)
_REFUSED: Final = (
    (re.compile(r"vbaProject|macrosheets/|activeX/", re.IGNORECASE), "has macros"),
    (re.compile(r"externalLinks/", re.IGNORECASE), "has links to other workbooks"),
)
_ENTITIES: Final = tuple(
    mark.encode(encoding)
    for mark in ("<!DOCTYPE", "<!ENTITY")
    for encoding in ("utf-8", "utf-16-le", "utf-16-be")
)
_HINT: Final = "Save the sheet as CSV, or as a plain .xlsx with values only."


def is_workbook(data: bytes | str) -> bool:
    """Whether the content begins as a zip file does."""
    return isinstance(data, bytes) and data.startswith(b"PK\x03\x04")


def read_workbook(data: bytes, *, name: str = "", where: str = "") -> TextTable:
    """The first sheet with content: values only, no formula is computed and nothing outside is opened.

    A cell is text, or a float where the workbook says that it is a number. Empty rows are left out,
    and so are columns in which no row has anything.

    Raises
    ------
    BadFile
        When it is no .xlsx workbook, is over a limit (size, unpacked size, ratio, members, rows), has
        macros, external links, a password or XML entities, or a row with a value outside the header.
    """
    check_size(data, name, where)
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            _check_directory(archive, name, where)
            _check_content(archive, name, where)
        sheet, rows, count = _rows(data, name, where)
    except BadFile:
        raise
    except Exception as problem:  # openpyxl and zipfile raise many kinds for damaged files
        raise BadFile(
            f"{shown_name(name)} cannot be read as an Excel workbook.", hint=_HINT, where=where
        ) from problem
    if not rows:
        raise BadFile(f"{shown_name(name)} is empty.", hint="No sheet has a cell with content.", where=where)
    notes = (f"Read the sheet {sheet[:31]!r}, the first of {count} with content.",) if count > 1 else ()
    return TextTable(
        rows=_rectangle(rows, name, where),
        lines=tuple(line for line, _ in rows),
        raw=(),
        delimiter="",
        encoding="xlsx",
        notes=notes,
    )


def _check_directory(archive: zipfile.ZipFile, name: str, where: str) -> None:
    members = archive.infolist()
    names = [member.filename for member in members]
    unpacked = sum(member.file_size for member in members)
    packed = max(sum(member.compress_size for member in members), 1)
    reason = ""
    if len(members) > MAX_MEMBERS:
        reason = f"has {len(members):,} parts; at most {MAX_MEMBERS} are read"
    elif unpacked > MAX_UNPACKED:
        reason = f"unpacks to {unpacked / 2**20:,.0f} MB; at most {MAX_UNPACKED // 2**20} MB are read"
    elif unpacked / packed > MAX_RATIO or any(
        m.file_size > _SMALL and m.file_size > MAX_RATIO * m.compress_size for m in members
    ):
        reason = f"unpacks to more than {MAX_RATIO} times its size"
    elif any(member.flag_bits & 1 for member in members):
        reason = "has a password"
    elif "[Content_Types].xml" not in names or "xl/workbook.xml" not in names:
        reason = "is a zip file and no Excel workbook"
    else:
        reason = next((what for pattern, what in _REFUSED if any(map(pattern.search, names))), "")
    if reason:
        raise BadFile(f"{shown_name(name)} {reason}.", hint=_HINT, where=where)


def _check_content(archive: zipfile.ZipFile, name: str, where: str) -> None:
    """One pass over the parts: no document type, no entity, and not too many rows.

    All parts, because a relation may name any of them as XML.
    """
    for member in archive.infolist():
        named_xml = member.filename.lower().endswith((".xml", ".rels", ".vml"))
        rows = 0
        tail = b""
        with archive.open(member) as stream:
            while chunk := stream.read(_CHUNK):
                block = tail + chunk
                if any(mark in block for mark in _ENTITIES) or (named_xml and b"\0" in chunk):
                    raise BadFile(
                        f"{shown_name(name)} has XML entities or an unusual encoding inside.",
                        hint=_HINT,
                        where=where,
                    )
                if b"macroEnabled" in block and member.filename == "[Content_Types].xml":
                    raise BadFile(f"{shown_name(name)} has macros.", hint=_HINT, where=where)
                rows += chunk.count(b"<row") + chunk.count(b":row ")
                tail = block[-24:]
        if _SHEET.fullmatch(member.filename) and rows > MAX_ROWS:
            raise BadFile(f"{shown_name(name)} has more than {MAX_ROWS:,} rows.", hint=_HINT, where=where)


def _rows(data: bytes, name: str, where: str) -> tuple[str, list[tuple[int, list[Cell]]], int]:
    """Title and rows of the first sheet with content, and how many sheets have any."""
    from openpyxl import load_workbook  # 0.2 s to import, needed for uploads only

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # openpyxl warns of styles and validations it leaves out
        book = load_workbook(io.BytesIO(data), read_only=True, data_only=True, keep_links=False)
        found: tuple[str, list[tuple[int, list[Cell]]]] | None = None
        count = 0
        try:
            for sheet in book.worksheets:
                rows: list[tuple[int, list[Cell]]] = []
                for line, values in enumerate(sheet.iter_rows(values_only=True), start=1):
                    if line > MAX_ROWS:
                        raise BadFile(f"{shown_name(name)} has more than {MAX_ROWS:,} rows.", where=where)
                    if any(value not in (None, "") for value in values):
                        rows.append((line, [_cell(value) for value in values]))
                        if found is not None:
                            break
                count += bool(rows)
                if rows and found is None:
                    found = (sheet.title, rows)
        finally:
            book.close()
    title, kept = found or ("", [])
    return title, kept, count


def _cell(value: object) -> Cell:
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).upper()
    if isinstance(value, (int, float)):
        return float(value)
    return str(value).strip()


def _rectangle(rows: list[tuple[int, list[Cell]]], name: str, where: str) -> tuple[tuple[Cell, ...], ...]:
    """Rows as wide as the first one's last cell, without the empty columns before its first."""
    filled = [place for place, cell in enumerate(rows[0][1]) if cell != ""]
    first, stop = filled[0], filled[-1] + 1
    result = []
    for line, row in rows:
        if any(cell != "" for cell in row[:first] + row[stop:]):
            raise BadFile(
                f"{shown_name(name)}: row {line} has a value outside the columns of row {rows[0][0]}.",
                hint="Delete notes beside the table, or give the column a name.",
                where=where,
            )
        result.append(tuple((row + [""] * stop)[first:stop]))
    return tuple(result)

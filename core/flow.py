"""The user's own readings of stop-loss notional, from a CSV file or pasted text."""

import datetime as dt
import math
import re
from collections.abc import Sequence
from typing import Final, NamedTuple

from core.data.dates import DATES_HINT, parse_dates, unclear_date
from core.errors import BadFile
from core.numerals import Mark, choose_decimal, parse_number
from core.positions.amounts import exact
from core.positions.rows import MOST_LISTED
from core.rule_settings import FlowReading
from core.spreadsheet import is_workbook
from core.tabular import TextTable, cut, read_delimited, shown_name

WHERE: Final = "triggers.flow"

_HINT: Final = "Write one reading a line, such as 2025-04-03, 9.4bn, in dollars. Nothing was taken."
_DAY: Final = frozenset({"date", "day"})
_USD: Final = frozenset({"usd", "amount", "notional"})
_POWERS: Final = {
    "": 0, "k": 3, "thousand": 3, "m": 6, "mn": 6, "mm": 6, "million": 6, "b": 9, "bn": 9, "billion": 9,
    "tn": 12, "trillion": 12,
}  # fmt: skip
_SCALE: Final = "|".join(sorted((word for word in _POWERS if word), key=len, reverse=True))
_AMOUNT: Final = re.compile(
    rf"(?:usd|us(?=\$))?\s*(?P<number>.*?)\s*(?P<scale>{_SCALE})?\s*(?:usd|dollars)?", re.IGNORECASE
)
# At least two groups: "9,400" may as well be two fields.
_GROUPED: Final = re.compile(
    r"(?:US)?\$?[1-9][0-9]{0,2}(?:,[0-9]{3}){2,}(?:\.[0-9]*)?(?:\s*USD)?", re.IGNORECASE
)
_MIDNIGHT: Final = re.compile(r"(?<=[T ])00:00(?::00(?:\.0*)?)?(?: ?[-+]\d{2}:?\d{2})?", re.IGNORECASE)


class _Columns(NamedTuple):
    """Places of the two columns, how many fields a line has, and the first row below the header."""

    day: int
    usd: int
    width: int
    first: int


class _Amount(NamedTuple):
    """An amount in parts: the figure with its signs, and the power of ten that a word behind it means."""

    figure: str
    power: int


def read_flow(content: str | bytes, name: str = "") -> tuple[FlowReading, ...]:
    """The readings in a text of dates and dollars, one a day, in order of date.

    A header may name the columns (date or day; usd, amount or notional), and then others may stand beside
    them. Delimiter and decimal mark are chosen once for the whole text. An amount may have a dollar sign,
    thousands marks, an exponent or a word such as bn. Lines that say the same are one reading.

    Parameters
    ----------
    content
        Pasted text, or the bytes of a file.
    name
        The file's name, for messages only.

    Raises
    ------
    BadFile
        When it is no table, is too large, lacks a column, can be read in two ways, or has bad lines: the
        first 20 are listed with their numbers. `where` is "triggers.flow".
    """
    if is_workbook(content):
        raise BadFile(f"{shown_name(name)} is a workbook.", hint="Save the sheet as CSV.", where=WHERE)
    table = read_delimited(content, name=name, where=WHERE, equal=False)
    columns = _columns(table, name)
    lines = table.lines[columns.first :]
    if not lines:
        raise BadFile(f"{shown_name(name)} has a header and no readings.", hint=_HINT, where=WHERE)
    bad: dict[int, str] = {}
    days: list[str] = []
    amounts: list[str] = []
    for line, cells in zip(lines, table.rows[columns.first :], strict=True):
        pair = _pair(tuple(str(cell) for cell in cells), table.delimiter, columns)
        if pair is None:
            bad[line] = f"{len(cells)} fields, not {columns.width}"
        days.append(pair[0] if pair else "")
        amounts.append(pair[1] if pair else "")
    dates, unclear_day = parse_dates(days)
    parts = [_parts(text) for text in amounts]
    mark, unclear = choose_decimal(part.figure for part in parts)
    kept: dict[dt.date, tuple[float, int]] = {}
    for row, line in enumerate(lines):
        if line in bad:
            continue
        date = dates[row]
        found = _day_problem(days[row], date)
        usd = _dollars(parts[row], mark or ".")
        problems = [text for text in (found, _amount_problem(amounts[row], usd, parts[row], mark)) if text]
        if not problems and date is not None and usd is not None:
            before = kept.setdefault(date, (usd, line))
            if before[0] != usd:
                problems = [f"{date} has another amount on line {before[1]}"]
        if problems:
            bad[line] = ", ".join(problems)
    if bad:
        raise _bad_lines(bad, name)
    if unclear_day is not None:
        raise unclear_date(days[unclear_day], lines[unclear_day], name, WHERE)
    if mark is None and unclear is not None and (table.delimiter != "," or "," in unclear):
        raise BadFile(
            f"{shown_name(name)}: {cut(unclear)} can be read in two ways, and no other amount says which.",
            hint="Write it without a thousands mark, and with two or four decimals.",
            where=WHERE,
        )
    return tuple(FlowReading(date, usd) for date, (usd, _) in sorted(kept.items()))


def _columns(table: TextTable, name: str) -> _Columns:
    head = [re.sub(r"[^a-z0-9%]+", " ", str(cell).lower()).strip() for cell in table.rows[0]]
    if not any(cell in _DAY | _USD for cell in head):
        return _Columns(day=0, usd=1, width=2, first=0)
    day, usd = ([place for place, cell in enumerate(head) if cell in known] for known in (_DAY, _USD))
    if len(day) != 1 or len(usd) != 1:
        found = ", ".join(cut(str(cell), 30) for cell in table.rows[0][:12])
        raise BadFile(
            f"{shown_name(name)}: the columns are {found}; wanted are date and one of usd, amount, notional.",
            hint="The first line names the columns: date,usd",
            where=WHERE,
        )
    return _Columns(day=day[0], usd=usd[0], width=len(head), first=1)


def _pair(cells: Sequence[str], delimiter: str, columns: _Columns) -> tuple[str, str] | None:
    """The texts of date and amount in one line, or None where its fields cannot be told apart."""
    if columns.day == 0 and columns.width == 2:
        if delimiter == " " and len(cells) > 2:
            size = 2 if cells[-1].lower() in _POWERS else 1
            return " ".join(cells[:-size]).rstrip(","), " ".join(cells[-size:])
        amount = ",".join(cells[1:])
        if delimiter == "," and _GROUPED.fullmatch(amount):
            return cells[0], amount
    return (cells[columns.day], cells[columns.usd]) if len(cells) == columns.width else None


def _parts(text: str) -> _Amount:
    found = _AMOUNT.fullmatch(text)
    if found is None:
        return _Amount(text, 0)
    return _Amount(found["number"], _POWERS[(found["scale"] or "").lower()])


def _dollars(amount: _Amount, mark: Mark) -> float | None:
    number = parse_number(amount.figure, mark)
    if number is None or number.percent:
        return None
    # Decimals: 1.13 billion is not 1.13 times a billion in floats.
    usd = float(exact(number.value).scaleb(amount.power))
    return usd if math.isfinite(usd) else None


def _day_problem(text: str, date: dt.date | None) -> str:
    if not text:
        return "the date is empty"
    if date is None:
        return f"{cut(text)} is not a date"
    if ":" in _MIDNIGHT.sub("", text):
        # A reading of the evening was not known by that day's close.
        return f"{cut(text)} has a time of day; write the day by whose close it was known"
    return ""


def _amount_problem(text: str, usd: float | None, amount: _Amount, mark: Mark | None) -> str:
    if not text:
        return "the amount is empty"
    if usd is None:
        other: Mark = "," if mark == "." else "."
        why = f" with the decimal mark {mark!r}" if mark and _dollars(amount, other) is not None else ""
        return f"{cut(text)} is not an amount{why}"
    if re.search("[\u20ac\u00a3]", text):
        return f"{cut(text)} is not in dollars"
    return f"{cut(text)} is below zero" if usd < 0 else ""


def _bad_lines(bad: dict[int, str], name: str) -> BadFile:
    listed = "; ".join(f"line {line}: {what}" for line, what in sorted(bad.items())[:MOST_LISTED])
    more = f"; and {len(bad) - MOST_LISTED:,} more" if len(bad) > MOST_LISTED else ""
    count = "1 line" if len(bad) == 1 else f"{len(bad):,} lines"
    hint = DATES_HINT if all("date" in what for what in bad.values()) else _HINT
    return BadFile(f"{shown_name(name)}: {count} cannot be read: {listed}{more}.", hint=hint, where=WHERE)

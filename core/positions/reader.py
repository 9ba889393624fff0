"""A book from pasted text, a CSV file or a workbook, and back to CSV.

What can be read in more than one way is asked, never guessed; nothing is taken unless all of it can be.
"""

import csv
import io
import math
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import cast

from core.errors import BadPositions, NeedsAnswer, UnknownOption, UnknownTicker
from core.numerals import Mark, choose_decimal, number_text, parse_number
from core.positions.amounts import Line, as_fractions, exact, merged
from core.positions.columns import UNITS, WHERE, Columns, Unit, find_columns
from core.positions.rows import Row, literal, number_texts, read_rows, total_rows
from core.settings import Holding
from core.spreadsheet import is_workbook, read_workbook
from core.tabular import TextTable, cut, read_delimited, refuse_ragged, shown_name


@dataclass(frozen=True, kw_only=True)
class PositionsRead:
    """A list of positions as read, with how it was read.

    `cash` is in dollars, or a fraction of NAV where `unit` is "weights"; None where the list has no
    cash line. `delimiter` is " " where blanks separate, "" for a workbook.
    """

    holdings: tuple[Line, ...]
    cash: float | None
    unit: Unit
    delimiter: str
    decimal: Mark
    encoding: str
    notes: tuple[str, ...] = ()


def read_positions(
    data: bytes | str,
    *,
    name: str = "",
    decimal: str | None = None,
    unit: str | None = None,
    merge: bool | None = None,
    drop_total: bool | None = None,
) -> PositionsRead:
    """The positions in a pasted text, a CSV file or an .xlsx workbook.

    A header names the columns; without one the fields are ticker, amount and perhaps cost.

    Parameters
    ----------
    data
        Pasted text, or the bytes of a file.
    name
        The file's name, for messages only.
    decimal
        "." or ",": the answer to the question "decimal".
    unit
        "shares", "weights" or "dollars": overrides the header's first choice.
    merge
        The answer to "merge": True adds lines of one ticker, False keeps the first of each.
    drop_total
        The answer to "total": True leaves the total row out, False takes it for a position.

    Raises
    ------
    NeedsAnswer
        When it can be read in more than one way; call again with the answer.
    BadPositions
        When cells are bad (the first 20 are listed, with line and column), or columns are missing.
    BadFile
        When it is no table, too large, or a line has too many or too few fields.
    """
    if decimal not in (None, ".", ","):
        raise UnknownOption(str(decimal), (".", ","), kind="decimal mark", where=WHERE)
    if unit is not None and unit not in UNITS:
        raise UnknownOption(unit, UNITS, kind="unit of positions", where=WHERE)
    if is_workbook(data):
        table = read_workbook(cast("bytes", data), name=name, where=WHERE)
    else:
        table = read_delimited(data, name=name, where=WHERE, equal=False)
    columns = find_columns(table, unit)
    if columns.first:
        refuse_ragged(table, name=name, where=WHERE)
    if len(table.rows) == columns.first:
        raise BadPositions(
            f"{shown_name(name)} has a header and no positions.",
            hint="Write one position a line under it.",
            where=WHERE,
        )
    mark, unclear = (
        choose_decimal(number_texts(table, columns)) if decimal is None else (cast("Mark", decimal), None)
    )
    totals = total_rows(table, columns)
    rows = read_rows(table, columns, mark or ".", totals if drop_total is not False else ())
    if mark is None and unclear is not None:
        raise _ask_decimal(unclear)
    if totals and drop_total is None:
        raise _ask_total(table, columns, totals)
    notes = [*table.notes, *_row_notes(rows, columns)]
    if totals and drop_total:
        notes.append(f"Left out as a total: line {', '.join(str(table.lines[t]) for t in totals)}.")
    rows = as_fractions(rows, columns, notes) if columns.unit == "weights" else rows
    holdings = merged([row for row in rows if row.ticker is not None], merge, notes)
    cash = [row.amount for row in rows if row.ticker is None]
    return PositionsRead(
        holdings=holdings,
        cash=math.fsum(cash) if cash else None,
        unit=columns.unit,
        delimiter=table.delimiter,
        decimal=mark or ".",
        encoding=table.encoding,
        notes=tuple(notes),
    )


def parse_quick_add(text: str, *, decimal: str | None = None) -> Holding:
    """The one holding in a line such as "AMZN 400" or "TSLA -50 180.25" (ticker, shares, cost).

    Raises
    ------
    BadPositions, BadFile
        When the line is anything else.
    """
    parts = re.split(r"[\s,;|]+", text.strip())
    if len(parts) < 2 or not any(character.isdigit() for character in parts[1]):
        raise BadPositions(
            f"{cut(text.strip())} is not a ticker and a number of shares.",
            hint="Write it like AMZN 400.",
            where=WHERE,
        )
    read = read_positions(text, decimal=decimal)
    if len(read.holdings) != 1 or read.cash is not None or read.unit != "shares":
        raise BadPositions(
            f"{cut(text.strip())} is not one position.",
            hint="Write it like AMZN 400. Cash has a field of its own.",
            where=WHERE,
        )
    return Holding(*read.holdings[0])


def to_shares(read: PositionsRead, prices: Mapping[str, float], nav: float) -> tuple[Holding, ...]:
    """The positions in shares, dollars and weights turned into whole shares rounded toward zero.

    Parameters
    ----------
    prices
        Close in dollars by ticker; not needed where the unit is shares.
    nav
        Net asset value in dollars that weights are fractions of.

    Raises
    ------
    UnknownTicker
        Naming every ticker without a price above zero.
    BadPositions
        When weights are given and `nav` is not above zero.
    """
    if read.unit == "shares":
        return tuple(Holding(*line) for line in read.holdings)
    lacking = [line.ticker for line in read.holdings if not _usable(prices.get(line.ticker))]
    if lacking:
        raise UnknownTicker(
            f"No price to turn {read.unit} into shares for {', '.join(lacking)}.",
            tickers=lacking,
            hint="Give these positions in shares, or leave them out.",
            where=WHERE,
        )
    if read.unit == "weights" and not _usable(nav):
        raise BadPositions(
            f"Weights need a net asset value above zero, not {nav:,.0f} dollars.",
            hint="Enter the book's value first.",
            where=WHERE,
        )
    base = exact(nav) if read.unit == "weights" else Decimal(1)
    # Decimals, because 0.57 x 100 / 57 is 0.99... in floats and would lose a share.
    return tuple(
        Holding(line.ticker, float(int(exact(line.amount) * base / exact(prices[line.ticker]))), line.cost)
        for line in read.holdings
    )


def cash_dollars(read: PositionsRead, nav: float) -> float | None:
    """The list's cash in dollars, or None where it has no cash line."""
    if read.cash is None or read.unit != "weights":
        return read.cash
    return float(exact(read.cash) * exact(nav))


def positions_csv(holdings: Iterable[Holding], cash: float) -> str:
    """The book as CSV (RFC 4180) that `read_positions` reads back to equal values.

    Text that a spreadsheet would compute, or that means cash here, gets an apostrophe in front.
    """
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(("ticker", "shares", "cost"))
    for holding in holdings:
        cost = "" if holding.cost is None else number_text(holding.cost)
        writer.writerow((literal(holding.ticker), number_text(holding.shares), cost))
    writer.writerow(("CASH", number_text(cash), ""))
    return text.getvalue()


def _ask_decimal(text: str) -> NeedsAnswer:
    readings = [(mark, parse_number(text, mark)) for mark in (".", ",")]
    options = tuple((mark, f"{text.strip()} is {n.value:,.10g}") for mark, n in readings if n is not None)
    return NeedsAnswer(
        f"{cut(text)} can be read in two ways. Which mark is the decimal one?",
        question="decimal",
        options=options,
        hint="No other number in the list shows it.",
        where=WHERE,
    )


def _ask_total(table: TextTable, columns: Columns, totals: Sequence[int]) -> NeedsAnswer:
    text = str(table.rows[totals[0]][columns.ticker])
    what = f"reads {cut(text)}" if text else "has no ticker"
    return NeedsAnswer(
        f"Line {table.lines[totals[0]]} {what} and looks like a total.",
        question="total",
        options=((True, "Leave it out"), (False, "It is a position")),
        where=WHERE,
    )


def _row_notes(rows: Sequence[Row], columns: Columns) -> list[str]:
    notes = []
    if columns.ignored:
        notes.append(f"Columns not used: {', '.join(cut(name, 30) for name in columns.ignored[:12])}.")
    held = [row for row in rows if row.ticker is not None]
    shorts = [str(row.ticker) for row in held if row.amount < 0]
    if shorts:
        notes.append(f"Short: {', '.join(shorts[:20])}{' and more' if len(shorts) > 20 else ''}.")
    for row in held:
        if row.amount == 0:
            notes.append(f"Line {row.line}: {row.ticker} has an amount of zero and is kept.")
        if re.fullmatch(r"[A-Z]+\.[A-Z]", str(row.ticker)):
            dash = str(row.ticker).replace(".", "-")
            notes.append(f"Line {row.line}: {row.ticker} is kept as written; many sources write {dash}.")
    return notes


def _usable(price: float | None) -> bool:
    return price is not None and math.isfinite(price) and price > 0

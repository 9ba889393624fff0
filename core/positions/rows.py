"""The rows of a list of positions: every cell is read, and every bad one is reported at once."""

import re
from collections.abc import Collection, Iterator
from typing import Final, NamedTuple

from core.errors import BadPositions, InvalidSetting
from core.numerals import Mark, parse_number
from core.positions.columns import WHERE, Columns
from core.symbols import parse_symbol
from core.tabular import Cell, TextTable, cut

MOST_LISTED: Final = 20
_CASH: Final = frozenset(
    {"CASH", "$CASH", "USD", "US DOLLAR", "US DOLLARS", "USD CASH", "CASH USD", "CASH (USD)"}
)
_TOTAL: Final = re.compile(r"(grand |sub[- ]?|portfolio |book )?totals?\b.*", re.IGNORECASE)
_LONG: Final = frozenset({"long", "l", "buy", "b", "bought"})
_SHORT: Final = frozenset({"short", "s", "sell", "sold", "sell short"})
_NO_COST: Final = frozenset({"", "-", "n/a"})
_FORMULA: Final = re.compile(r"[=+\-@\t\r]")


class Row(NamedTuple):
    """One line as read; `ticker` is None for cash."""

    line: int
    ticker: str | None
    amount: float
    percent: bool
    cost: float | None


def cell_text(cell: Cell) -> str:
    """A cell as text; a workbook's number without its decimal point where it is whole."""
    return cell if isinstance(cell, str) else f"{cell:.15g}"


def is_reserved(text: str) -> bool:
    """Whether a ticker cell means cash or a total rather than a security."""
    return _is_cash(text) or bool(_TOTAL.fullmatch(text))


def literal(text: str) -> str:
    """A text cell for a CSV file: an apostrophe in front where it could be a formula, cash or a total."""
    return f"'{text}" if _FORMULA.match(text) or is_reserved(text) or text.startswith("'") else text


def total_rows(table: TextTable, columns: Columns) -> tuple[int, ...]:
    """Positions of the rows that look like a total: called so, or the last one without a ticker."""
    found = [
        place
        for place, row in enumerate(table.rows[columns.first :], start=columns.first)
        if _TOTAL.fullmatch(cell_text(row[columns.ticker]))
    ]
    last = len(table.rows) - 1
    if last > columns.first and cell_text(table.rows[last][columns.ticker]) == "":
        found.append(last)
    return tuple(found)


def read_rows(table: TextTable, columns: Columns, mark: Mark, skip: Collection[int]) -> list[Row]:
    """The rows but those to skip.

    Raises
    ------
    BadPositions
        Listing the bad cells with line and column: the first 20, and how many there are.
    """
    rows: list[Row] = []
    bad: list[str] = []
    reader = _RowReader(table, columns, mark, bad)
    for place in range(columns.first, len(table.rows)):
        if place not in skip:
            row = reader.read(place)
            if row is not None:
                rows.append(row)
    if bad:
        listed = "; ".join(bad[:MOST_LISTED])
        more = f"; and {len(bad) - MOST_LISTED:,} more" if len(bad) > MOST_LISTED else ""
        what = "1 cell" if len(bad) == 1 else f"{len(bad):,} cells"
        raise BadPositions(
            f"{what} cannot be read: {listed}{more}.",
            hint="Nothing was taken. Correct the cells and send the list again.",
            where=WHERE,
        )
    return rows


class _RowReader:
    def __init__(self, table: TextTable, columns: Columns, mark: Mark, bad: list[str]) -> None:
        self._table, self._columns, self._mark, self._bad = table, columns, mark, bad
        self._word = "line" if table.raw else "row"

    def read(self, place: int) -> Row | None:
        """The row, or None where a cell of it is bad."""
        count = len(self._bad)
        columns, row = self._columns, self._table.rows[place]
        ticker = self._ticker(place, cell_text(row[columns.ticker]))
        amount = self._number(place, columns.amount)
        sign = self._sign(place, amount[0] if amount else 0.0)
        cost = None
        if columns.cost is not None and columns.cost < len(row):
            written = row[columns.cost]
            if isinstance(written, float) or written.lower() not in _NO_COST:
                found = self._number(place, columns.cost)
                if found is not None and found[1]:
                    self._say(place, columns.cost, f"{cut(written)} is a percentage")
                cost = found[0] if found else None
        if amount is None or sign is None or len(self._bad) > count:
            return None
        return Row(self._table.lines[place], ticker, sign * amount[0], amount[1], cost)

    def _say(self, place: int, column: int, what: str) -> None:
        name = self._columns.names[column]
        self._bad.append(f"{self._word} {self._table.lines[place]}, {cut(name, 30).strip(chr(39))}: {what}")

    def _ticker(self, place: int, text: str) -> str | None:
        if _is_cash(text):
            return None
        if text.startswith("'"):
            text = text[1:]  # the mark of a text cell in our own export
        try:
            return parse_symbol(text)
        except InvalidSetting as problem:
            self._say(place, self._columns.ticker, problem.message.rstrip("."))
            return None

    def _number(self, place: int, column: int) -> tuple[float, bool] | None:
        cell = self._table.rows[place][column]
        if isinstance(cell, float):
            return cell, False
        number = parse_number(cell, self._mark)
        if number is None:
            what = "empty" if not cell else f"{cut(cell)} is not a number"
            if cell and parse_number(cell, "," if self._mark == "." else "."):
                what += f" with the decimal mark {self._mark!r}"
            self._say(place, column, what)
            return None
        if number.percent and self._columns.unit != "weights" and column == self._columns.amount:
            self._say(
                place, column, f"{cut(cell)} is a percentage, but the column holds {self._columns.unit}"
            )
            return None
        return number.value, number.percent

    def _sign(self, place: int, amount: float) -> float | None:
        column = self._columns.side
        if column is None:
            return 1.0
        text = cell_text(self._table.rows[place][column]).lower()
        if text in _SHORT:
            return -1.0 if amount > 0 else 1.0
        if text in _LONG and amount < 0:
            self._say(place, column, f"{cut(text)}, but the amount is negative")
            return None
        if text in _LONG or not text:
            return 1.0
        self._say(place, column, f"{cut(text)} is neither long nor short")
        return None


def number_texts(table: TextTable, columns: Columns) -> Iterator[str]:
    """The text cells of the number columns, in reading order."""
    places = [columns.amount, *([] if columns.cost is None else [columns.cost])]
    for row in table.rows[columns.first :]:
        for place in places:
            if place < len(row):
                cell = row[place]
                if isinstance(cell, str):
                    yield cell


def _is_cash(text: str) -> bool:
    return " ".join(text.upper().split()) in _CASH

"""Cells of a table of prices: what an empty one looks like, dates as text, and one decimal mark for all."""

from collections.abc import Iterable
from typing import Final

from core.errors import BadFile
from core.numerals import Mark, choose_decimal
from core.tabular import Cell, shown_name

MISSING: Final = frozenset({"", "nan", "na", "n/a", "#n/a", "null", "none", "-"})
"""What stands, in small letters, in a cell without a price."""


def date_text(cell: Cell) -> str:
    """A cell of the column of dates as text; a workbook may hold 20200131 as a number."""
    return f"{cell:.0f}" if isinstance(cell, float) and cell.is_integer() else str(cell)


def decimal_mark(cells: Iterable[Cell], *, delimiter: str, name: str, where: str) -> Mark:
    """The one decimal mark of all prices of a table: its writer has one habit for every column.

    Parameters
    ----------
    cells
        Those of all columns of prices; a workbook's numbers say nothing.
    delimiter
        That of the table: between commas, 1.102 is read as a number with three decimals.
    name, where
        The file's name for the message, and the setting that the error belongs to.

    Raises
    ------
    BadFile
        When a price such as 1.102 can be read in two ways and no other price tells which.
    """
    mark, unclear = choose_decimal(cell for cell in cells if isinstance(cell, str))
    if mark is None and unclear is not None and (delimiter != "," or "," in unclear):
        raise BadFile(
            f"{shown_name(name)}: {unclear} can be read in two ways, and no other price tells them apart.",
            hint="Write the prices without a thousands mark, and with two or four decimals.",
            where=where,
        )
    return mark or "."

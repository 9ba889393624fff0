"""Amounts of a list of positions: weights as fractions, lines of one ticker as one."""

import math
from collections import Counter
from collections.abc import Sequence
from decimal import Decimal
from typing import Final, NamedTuple

from core.errors import BadPositions, NeedsAnswer
from core.positions.columns import WHERE, Columns
from core.positions.rows import Row
from core.settings import Holding

FRACTIONS_UP_TO: Final = 3.0
PERCENT_FROM: Final = 20.0
"""Weights that add to at most the first are fractions, from the second on per cent; between is refused."""


class Line(NamedTuple):
    """One position: `amount` is signed shares, a fraction of NAV, or dollars; negative is short."""

    ticker: str
    amount: float
    cost: float | None = None


def as_fractions(rows: list[Row], columns: Columns, notes: list[str]) -> list[Row]:
    """The rows with weights as fractions of NAV; what was decided is added to the notes.

    Raises
    ------
    BadPositions
        When neither the header, the cells nor the sum tell fractions from per cent.
    """
    signed = [row for row in rows if row.percent]
    bare = [row for row in rows if not row.percent and row.amount != 0]
    total = math.fsum(abs(row.amount) for row in rows)
    if columns.percent or (signed and not bare):
        percent = True
    elif signed:
        raise BadPositions(
            f"Some weights have a % sign and others, such as line {bare[0].line}, have none.",
            hint="Write all of them in one way.",
            where=WHERE,
        )
    elif FRACTIONS_UP_TO < total < PERCENT_FROM:
        raise BadPositions(
            f"The weights add to {total:.4g}: they can be fractions or per cent.",
            hint="Name the column \u201cweight %\u201d, or write 5% or 0.05.",
            where=WHERE,
        )
    else:
        percent = total >= PERCENT_FROM
    kind = "per cent" if percent else "fractions"
    notes.append(f"Weights were read as {kind} of net asset value; without signs they add to {total:.6g}.")
    if not percent:
        return rows
    return [row._replace(amount=float(exact(row.amount) / 100)) for row in rows]


def merged(rows: Sequence[Row], merge: bool | None, notes: list[str]) -> tuple[Line, ...]:
    """One line a ticker, in the order of first mention; what was decided is added to the notes.

    Raises
    ------
    NeedsAnswer
        When a ticker is there twice and `merge` is None.
    """
    counts = Counter(str(row.ticker) for row in rows)
    again = [ticker for ticker, count in counts.items() if count > 1]
    if again and merge is None:
        lines = ", ".join(str(row.line) for row in rows if row.ticker == again[0])
        others = f" So are {len(again) - 1:,} more tickers." if len(again) > 1 else ""
        raise NeedsAnswer(
            f"{again[0]} is on lines {lines}.{others}",
            question="merge",
            options=((True, "Add them together"), (False, "Keep the first line of each")),
            where=WHERE,
        )
    groups: dict[str, list[Row]] = {}
    for row in rows:
        groups.setdefault(str(row.ticker), []).append(row)
    for ticker in again:
        done = "added together" if merge else "only the first line is kept"
        notes.append(f"{ticker} is there {counts[ticker]} times: {done}.")
    return tuple(_sum(ticker, same if merge else same[:1]) for ticker, same in groups.items())


def traded(held: Holding, new: Holding) -> Holding:
    """A holding after a further trade in it: more of it averages the cost, less of it leaves the cost.

    What is beyond closing the position was traded at the new price. An unknown part makes the whole unknown.
    """
    if held.shares * new.shares < 0:
        cost = held.cost if abs(new.shares) <= abs(held.shares) else new.cost
        return Holding(held.ticker, held.shares + new.shares, cost)
    lines = [Line(*holding) for holding in (held, new) if holding.shares]
    return Holding(*_sum(held.ticker, lines)) if lines else held


def _sum(ticker: str, rows: Sequence[Row | Line]) -> Line:
    """One line of several: amounts added, the cost averaged where every line has one and all go one way."""
    if len(rows) == 1:
        return Line(ticker, rows[0].amount, rows[0].cost)
    amount = math.fsum(row.amount for row in rows)
    costs = [row.cost for row in rows if row.cost is not None]
    one_way = all(row.amount > 0 for row in rows) or all(row.amount < 0 for row in rows)
    if len(costs) < len(rows) or not one_way:
        return Line(ticker, amount, None)
    paid = math.fsum(row.amount * cost for row, cost in zip(rows, costs, strict=True))
    return Line(ticker, amount, paid / amount)


def exact(value: float) -> Decimal:
    """The decimal number that the float is written as."""
    return Decimal(repr(float(value)))

"""Which column of a list of positions holds what."""

import re
from collections.abc import Sequence
from typing import Final, Literal, NamedTuple

from core.errors import BadPositions
from core.numerals import parse_number
from core.tabular import Cell, TextTable, cut

Unit = Literal["shares", "weights", "dollars"]
UNITS: Final[tuple[Unit, ...]] = ("shares", "weights", "dollars")
WHERE: Final = "portfolio.holdings"
TEMPLATE: Final = "ticker,shares,cost\nNVDA,1200,95.50\nTSLA,-50,\nCASH,25000,"

_TICKER: Final = frozenset({"ticker", "symbol", "instrument", "security", "stock", "ticker symbol"})
_COST: Final = frozenset(
    {
        "cost",
        "unit cost",
        "cost per share",
        "cost share",
        "avg cost",
        "average cost",
        "avg price",
        "average price",
    }
    | {"price paid", "purchase price", "entry price", "cost price"}
)
_SIDE: Final = frozenset({"side", "direction", "long short", "l s", "buy sell", "b s"})
_AMOUNT: Final[dict[Unit, frozenset[str]]] = {
    "shares": frozenset(
        {"shares", "share", "quantity", "qty", "units", "position", "number of shares", "no of shares"}
    ),
    "weights": frozenset(
        {
            "weight",
            "weights",
            "weight %",
            "weight%",
            "% weight",
            "% of nav",
            "weight pct",
            "weight percent",
            "wgt",
        }
    ),
    "dollars": frozenset(
        {"value", "dollars", "amount", "usd", "market value", "value usd", "market value usd", "mkt value"}
    ),
}
_NO_NUMBERS: Final = frozenset(
    {"", "nan", "na", "n/a", "#n/a", "null", "none", "inf", "-inf", "#ref!", "#value!"}
)


class Columns(NamedTuple):
    """Places of the columns; `first` is the first row of positions, `names` are for messages."""

    ticker: int
    amount: int
    cost: int | None
    side: int | None
    unit: Unit
    first: int
    names: tuple[str, ...]
    percent: bool = False
    ignored: tuple[str, ...] = ()


def find_columns(table: TextTable, unit: Unit | None) -> Columns:
    """The columns by the header, or by place where the first row is already a position.

    Without a header the fields are ticker, amount and, where there is a third, cost.

    Raises
    ------
    BadPositions
        With the columns found and wanted, when one is missing or there twice.
    """
    head = table.rows[0]
    names = tuple(_plain(cell) for cell in head)
    if not any(name in _TICKER for name in names) and any(_numeric(cell) for cell in head[1:]):
        return _by_place(table, unit)
    shown = tuple(str(cell) for cell in head)
    ticker = _one(names, _TICKER, shown, "ticker")
    known: list[Unit] = [u for u in UNITS if any(name in _AMOUNT[u] for name in names)]
    chosen = unit or (known[0] if known else None)
    if ticker is None or chosen is None or chosen not in known:
        raise _missing(shown, chosen if ticker is not None else None)
    amount = _one(names, _AMOUNT[chosen], shown, chosen)
    cost = _one(names, _COST, shown, "cost")
    side = _one(names, _SIDE, shown, "side")
    used = {ticker, amount, cost, side}
    return Columns(
        ticker=ticker,
        amount=amount if amount is not None else 0,
        cost=cost,
        side=side,
        unit=chosen,
        first=1,
        names=tuple(name or f"column {place + 1}" for place, name in enumerate(shown)),
        percent=chosen == "weights"
        and amount is not None
        and bool(re.search(r"%|pct|percent", names[amount])),
        ignored=tuple(name for place, name in enumerate(shown) if place not in used and name),
    )


def _by_place(table: TextTable, unit: Unit | None) -> Columns:
    widths = {len(row) for row in table.rows}
    wrong = next((i for i, row in enumerate(table.rows) if not 2 <= len(row) <= 3), None)
    if wrong is not None:
        raise BadPositions(
            f"Line {table.lines[wrong]} has {len(table.rows[wrong])} fields; a position has a ticker, shares"
            " and perhaps a cost.",
            hint="Write one position a line, such as NVDA, 1200. More columns need a header line.",
            where=WHERE,
        )
    _refuse_split_thousands(table, mixed=len(widths) > 1)
    return Columns(
        ticker=0,
        amount=1,
        cost=2 if 3 in widths else None,
        side=None,
        unit=unit or "shares",
        first=0,
        names=("ticker", unit or "shares", "cost"),
    )


def _refuse_split_thousands(table: TextTable, *, mixed: bool) -> None:
    """Without a header "NVDA,1,200" may be 1 share at 200, or 1,200 shares: refused."""
    if table.delimiter not in (",", " "):
        return
    between = "," if table.delimiter == "," else "[ \t]+"
    tight = re.compile(rf"\s*[^,\s]+\s*(?:,|\s)\s*[-+]?[1-9][0-9]{{0,2}}{between}[0-9]{{3}}\s*")
    three = [i for i, row in enumerate(table.rows) if len(row) == 3]
    split = [i for i in three if tight.fullmatch(table.raw[i])]
    if split and (mixed or len(split) == len(three)):
        line, text = table.lines[split[0]], table.raw[split[0]].strip()
        raise BadPositions(
            f"Line {line}: {cut(text)} may be a number with a thousands mark, or shares and a cost.",
            hint="Write the number without the mark, or put a header line first: ticker,shares,cost",
            where=WHERE,
        )


def _one(names: Sequence[str], wanted: frozenset[str], shown: Sequence[str], what: str) -> int | None:
    places = [place for place, name in enumerate(names) if name in wanted]
    if len(places) > 1:
        both = " and ".join(repr(shown[place]) for place in places[:2])
        raise BadPositions(f"Two columns could be the {what}: {both}.", hint="Keep one of them.", where=WHERE)
    return places[0] if places else None


def _missing(shown: Sequence[str], unit: str | None) -> BadPositions:
    found = ", ".join(cut(name, 30) for name in shown[:12])
    wanted = f"ticker and {unit}" if unit else "ticker and one of shares, weight, value"
    example = TEMPLATE.split("\n", 2)
    return BadPositions(
        f"The columns are {found}; wanted are {wanted}, and optionally cost and side.",
        hint=f"Start with a header line, for example {example[0]!r}, then lines such as {example[1]!r}.",
        where=WHERE,
    )


def _plain(cell: Cell) -> str:
    return re.sub(r"[^a-z0-9%]+", " ", str(cell).lower()).strip()


def _numeric(cell: Cell) -> bool:
    if isinstance(cell, float) or cell.lower() in _NO_NUMBERS - {""}:
        return True
    return any(parse_number(cell, mark) is not None for mark in (".", ","))

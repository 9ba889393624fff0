"""Orders on small markets: the reference book, any book, and a fund whose volume is known."""

from dataclasses import replace
from typing import Any

import numpy as np

from core.data.base import PriceTable
from core.order import HedgeOrder
from core.pipeline import Analysis
from tests.strategies import HEDGE, Reference, run, settings_of, with_prices


def reference_order(cash: float = 0.0, table: PriceTable | None = None, **values: object) -> Analysis:
    chosen = {"hedge__liquidity_discount": 0.02, **values}
    return run(table or Reference().table(), Reference().settings(cash, **chosen))


def order_of(table: PriceTable, held: dict[str, float], cash: float = 0.0, /, **values: Any) -> HedgeOrder:
    return run(table, settings_of(held, cash, **{"beta__window_sessions": 20, **values})).order


def with_volumes(table: PriceTable, volume: float, price: float | None = None) -> PriceTable:
    """The fund trades so many shares a day, the last 20 of them at another volume than before."""
    filled = np.array(table.volume)
    filled[:, table.column(HEDGE) or 0] = 1.0
    filled[-20:, table.column(HEDGE) or 0] = volume
    return replace(table, volume=filled)


def flat_fund(table: PriceTable) -> PriceTable:
    close = table.close.copy()
    close[:, table.column(HEDGE) or 0] = 44.57
    return with_prices(table, close)

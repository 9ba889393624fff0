"""A modelled inverse fund, always labelled as such.

A fund that pays a multiple k of the index's daily return holds swaps and earns interest on 1 - k
times its assets: r = k * index total return + (1 - k) * cash - fee. For k = -1 this is
-index + 2 * cash - 0.89 % a year (theory; a monthly regression of the real SH on 2010-2026 gives 2.06
and 0.91 %).
"""

import numpy as np

from core.types import TRADING_DAYS, BoolArray, FloatArray


def modelled_returns(
    benchmark: FloatArray, cash_rate: FloatArray, *, factor: float, fee: float, dividend_yield: float = 0.0
) -> FloatArray:
    """Daily returns (T,) of the modelled fund; NaN where the benchmark has none.

    Parameters
    ----------
    benchmark
        Simple daily returns of the benchmark (T,).
    cash_rate
        Annual rate (T,) known at each close; the interest of session t is the rate of t - 1.
    factor, fee
        Daily multiple (below zero) and fee a year.
    dividend_yield
        Yield a year that the benchmark's returns lack when it is a price index.
    """
    rate = np.concatenate([cash_rate[:1], cash_rate[:-1]])
    carry = ((1.0 - factor) * rate + factor * dividend_yield - fee) / TRADING_DAYS
    return factor * benchmark + carry


def wealth_from(returns: FloatArray, *, start: float) -> FloatArray:
    """Prices (T,) that begin at `start` and grow by the returns.

    A missing return leaves the price of its session missing; the path goes on from the last price.
    """
    known = np.isfinite(returns)
    path = start * np.cumprod(1.0 + np.where(known, returns, 0.0))
    known[:1] = True
    return np.where(known, path, np.nan)


def begin_modelled(
    prices: FloatArray, returns: FloatArray, model: FloatArray
) -> tuple[FloatArray, FloatArray, BoolArray]:
    """Prices and returns (T,) with the model in place of what lies before the first price.

    The modelled level starts at 100 on the first session and knows nothing of the price that follows: a level
    that ended in the first price would carry that price into the past. The return of the first priced session
    is the model's; sessions missing later stay missing. Also returned is where the price is modelled.
    """
    known = np.flatnonzero(np.isfinite(prices))
    first = int(known[0]) if len(known) else len(prices)
    rows = np.arange(len(prices))
    modelled = rows < first
    level = np.where(modelled, wealth_from(model, start=100.0), prices)
    return level, np.where((rows <= first) & (first > 0), model, returns), modelled

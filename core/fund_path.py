"""The hedge instrument as it was to be had: fill price, dividends and total return on every session."""

from dataclasses import dataclass

import numpy as np

from core.fingerprint import Keyed, freeze
from core.market import MarketData
from core.rule_settings import BacktestSettings
from core.types import FloatArray


@dataclass(frozen=True, kw_only=True, eq=False)
class FundPath(Keyed):
    """One instrument over time; all (T,).

    `fill` is what a fill on that session pays before costs, NaN where none is to be had. `close` is NaN where
    there is no price. `dividend` is paid into cash on the ex-date for each share held the close before;
    `ratio` is how many shares one becomes before the session (1 but where a modelled level hands over to the
    real price). `wealth` is the path of total return; a session without a price leaves it where it was.
    `gain` is what a share held the close before has made by the row's close or the last known one, dividend
    included; `late` that close less the fill.
    """

    fill: FloatArray
    close: FloatArray
    dividend: FloatArray
    ratio: FloatArray
    wealth: FloatArray
    gain: FloatArray
    late: FloatArray


def fund_path(market: MarketData, settings: BacktestSettings) -> FundPath:
    """The hedge of the market as a path.

    The dividend of a session is close before x (1 + total return) - close, from prices adjusted for splits
    only and returns adjusted for both; where a session is missing in between, the price move alone is known.
    """
    close, returns = market.hedge_close, market.hedge_returns
    before = last_known(close)
    handover = np.zeros(len(close), dtype=np.bool_)
    handover[1:] = market.hedge_modelled[:-1] & ~market.hedge_modelled[1:]
    growth = np.where(np.isfinite(returns), 1.0 + returns, close / before)
    known = np.isfinite(growth) & np.isfinite(close)
    worth = before * growth
    ratio = np.where(known & handover, worth / close, 1.0)
    dividend = np.where(known & ~handover, worth - close, 0.0)
    fill = fill_price(market.hedge_open, close, settings)
    latest = np.where(np.isfinite(close), close, before)
    return FundPath(
        fill=freeze(fill),
        close=close,
        dividend=freeze(dividend),
        ratio=freeze(ratio),
        wealth=freeze(np.cumprod(np.where(known, growth, 1.0))),
        gain=freeze(ratio * latest + dividend - before),
        late=freeze(latest - fill),
    )


def fill_price(opens: FloatArray, close: FloatArray, settings: BacktestSettings) -> FloatArray:
    """What a fill pays, shaped as `close`: the open where there is one and it is wanted, else the close."""
    if settings.fill == "close":
        return close
    return np.where(np.isfinite(opens) & np.isfinite(close), opens, close)


def last_known(values: FloatArray) -> FloatArray:
    """The latest finite value before each row, down each column; NaN before the first."""
    rows = np.arange(len(values)).reshape(-1, *([1] * (values.ndim - 1)))
    latest = np.maximum.accumulate(np.where(np.isfinite(values), rows, -1), axis=0)
    before = np.concatenate([np.full_like(latest[:1], -1), latest[:-1]])
    found = np.take_along_axis(values, np.maximum(before, 0), axis=0)
    result: FloatArray = np.where(before >= 0, found, np.nan)
    return result

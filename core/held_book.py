"""What a backtest holds besides the hedge: today's shares, or today's weights restored every close."""

from dataclasses import dataclass

import numpy as np

from core.beta import BetaEstimate
from core.exposure import Exposure, measurable
from core.fingerprint import Keyed, freeze
from core.fund_path import fill_price, last_known
from core.liquidity import average_volume, daily_volatility
from core.market import MarketData, Portfolio
from core.rule_settings import BacktestSettings
from core.settings import BetaSettings, CostSettings
from core.types import TRADING_DAYS, FloatArray


@dataclass(frozen=True, kw_only=True, eq=False)
class Mix(Keyed):
    """Weights (N,) of NAV without the hedge held, zero for what has no price, and that NAV in dollars."""

    weights: FloatArray
    capital: float


@dataclass(frozen=True, kw_only=True)
class HeldBook:
    """The holdings as the arms see them.

    `value`, `income` (dividends, and what restoring the weights frees) and `dollar_beta` are (T,); `cash` is
    what is left of the capital at `start`, which is T, with the reason in `problem`, where there is no past.
    The arm that sells stock trades the columns of `close` (T, M) in shares `owned` (M,): whole ones where
    `lot` is 1, any part where it is 0.
    """

    start: int
    problem: str
    cash: float
    value: FloatArray
    income: FloatArray
    dollar_beta: FloatArray
    owned: FloatArray
    close: FloatArray
    fill: FloatArray
    dividend: FloatArray
    volume: FloatArray
    volatility: FloatArray
    lot: float
    tickets: int
    """How many trades it takes to sell a part of everything."""


def todays_mix(portfolio: Portfolio) -> Mix:
    """The weights of the last session: chosen with hindsight wherever they are held earlier."""
    value = np.where(np.isfinite(portfolio.value[-1]), portfolio.value[-1], 0.0)
    capital = float(value.sum() + portfolio.cash)
    return Mix(weights=freeze(value / capital), capital=capital)


def shares_book(
    market: MarketData,
    portfolio: Portfolio,
    exposure: Exposure,
    beta: BetaSettings,
    costs: CostSettings,
    settings: BacktestSettings,
) -> HeldBook:
    """Today's shares and cash, held since the first session on which every holding has a price.

    Dividends are paid into cash on the ex-date: close before x adjusted growth - close.
    """
    held = portfolio.shares != 0
    owned, close = portfolio.shares[held], market.close[:, held]
    dividend = last_known(close) * _growth(market.adj_close[:, held]) - close
    dividend = np.where(np.isfinite(dividend), dividend, 0.0)
    volume, volatility = np.full_like(close, np.nan), np.full_like(close, np.nan)
    if costs.impact > 0 and held.any():
        pairs = zip(market.volume[:, held].T, close.T, strict=True)
        volume = np.column_stack([average_volume(v, c) for v, c in pairs])
        moves = market.returns[:, held].T
        volatility = np.column_stack([daily_volatility(r, beta.window_sessions) for r in moves])
    value = (close * owned).sum(axis=1)
    start, problem = _start(market, portfolio, close, value + portfolio.cash)
    return HeldBook(
        start=start,
        problem=problem,
        cash=portfolio.cash,
        value=value,
        income=(dividend * owned).sum(axis=1),
        dollar_beta=exposure.dollar_beta,
        owned=np.ascontiguousarray(owned),
        close=np.ascontiguousarray(close),
        fill=np.ascontiguousarray(fill_price(market.open[:, held], close, settings)),
        dividend=dividend,
        volume=volume,
        volatility=volatility,
        lot=1.0,
        tickets=1,
    )


def weights_book(
    market: MarketData, portfolio: Portfolio, betas: BetaEstimate, mix: Mix, margin_spread: float
) -> HeldBook:
    """The same weights at every close, restored at no cost, from a capital of today's NAV.

    The unhedged book earns the weighted total returns and the interest on its cash; every arm holds its
    stocks, so that the arms differ by the hedge alone. The arm that sells trades the book as one piece, at
    the close.
    """
    held = mix.weights != 0
    weights, close = mix.weights[held], market.close[:, held]
    stocks = float(weights.sum())
    rows = len(market.sessions)
    start, problem = _start(market, portfolio, close, np.full(rows, mix.capital))
    growth = _growth(market.adj_close[:, held])
    # Not a matrix product: its rounding depends on how many sessions there are.
    moved = (np.where(np.isfinite(growth), growth - 1.0, 0.0) * weights).sum(axis=1)
    rate = market.cash_rate + (margin_spread if stocks > 1.0 else 0.0)
    earned = (1.0 - stocks) * np.concatenate([[0.0], rate[:-1]]) / TRADING_DAYS
    factor = np.where(np.arange(rows) > start, 1.0 + moved + earned, 1.0)
    nav = mix.capital * np.cumprod(factor)
    before = np.concatenate([nav[:1], nav[:-1]])
    whole = np.where(np.isfinite(close).all(axis=1), stocks * nav, np.nan)
    income = before * (stocks + moved) - stocks * nav
    beta = measurable(betas)[:, held]
    known = np.isfinite(beta)
    dollars = np.where(known.any(axis=1), np.where(known, beta * weights, 0.0).sum(axis=1), np.nan) * nav
    unknown = np.full((rows, 1), np.nan)
    return HeldBook(
        start=start,
        problem=problem,
        cash=mix.capital * (1.0 - stocks),
        value=whole,
        income=income,
        dollar_beta=dollars,
        owned=np.ones(1),
        close=np.ascontiguousarray(whole[:, None]),
        fill=np.ascontiguousarray(whole[:, None]),
        dividend=income[:, None].copy(),
        volume=unknown,
        volatility=unknown,
        lot=0.0,
        tickets=int(held.sum()),
    )


def _growth(adjusted: FloatArray) -> FloatArray:
    """Total growth (T, N) since the last known price; NaN where there is no price, or none before."""
    return adjusted / last_known(adjusted)


def _start(market: MarketData, portfolio: Portfolio, close: FloatArray, worth: FloatArray) -> tuple[int, str]:
    """The first row on which every holding has a price and the book is worth something; why there is none."""
    known = np.isfinite(close).all(axis=1) & np.isfinite(worth)
    usable = np.flatnonzero(known & (worth > 0))
    if len(usable):
        return int(usable[0]), ""
    if known.any():
        why = "the book is never worth more than zero in these days"
    else:
        never = [
            ticker
            for ticker, shares, prices in zip(market.tickers, portfolio.shares, market.close.T, strict=True)
            if shares and not np.isfinite(prices).any()
        ]
        why = f"{never[0]} has no price in these days" if never else "no session has a price of every holding"
    return len(market.sessions), f"There is no past to try the rule on: {why}."

"""What the rule would have done: four ways to hold the same book from one starting capital."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

import numpy as np

from core import words
from core.beta import BetaEstimate
from core.costs import fill_rates
from core.exposure import Exposure
from core.fingerprint import Keyed, freeze
from core.fund_path import FundPath
from core.hedge import LEAST_HEDGE_BETA
from core.hedge_state import HedgeState
from core.held_book import HeldBook, Mix, shares_book, weights_book
from core.kernels.arms import FOLLOWED, run_hedged, run_sold
from core.kernels.fills import ITEMS
from core.kernels.state import ENTERED
from core.liquidity import average_volume, daily_volatility
from core.market import MarketData, Portfolio
from core.rule_settings import BacktestSettings
from core.settings import BetaSettings, CostSettings, HedgeSettings
from core.types import FloatArray, IntArray, Sessions

ARMS: Final = ("unhedged", "triggered", "always_hedged", "sold")
"""Hold the book; hedge it when the rule says so; hedge it always; sell stock instead, to the same beta."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Arm(Keyed):
    """One way to hold the book; arrays (T,), dollars unless said, NaN or 0 before the start.

    `value` is cash + holdings + hedge at the close, NaN on a session on which something held has no price.
    `net_beta` is that of what is held at the close. Flows belong to their session: `costs` (never negative;
    `cost_items` (T, 5) has its items), `interest` (below zero on borrowed cash), `dividends` of the holdings,
    `hedge_profit` of the hedge with its dividends, before costs, `bought` and `sold` the notional of the
    fills. `fill_shares` are signed, `fill_reason` is the code of why they were ordered; both are those of the
    hedge, and for the arm that sells stock `fill_shares` is the change of the part of the book that is held.
    """

    value: FloatArray
    holdings: FloatArray
    hedge_shares: FloatArray
    hedge_value: FloatArray
    cash: FloatArray
    net_beta: FloatArray
    costs: FloatArray
    cost_items: FloatArray
    interest: FloatArray
    dividends: FloatArray
    hedge_profit: FloatArray
    bought: FloatArray
    sold: FloatArray
    fill_shares: FloatArray
    fill_reason: IntArray


@dataclass(frozen=True, kw_only=True, eq=False)
class Backtest(Keyed):
    """The four arms on the same sessions, from row `start` on.

    The book is today's shares and cash, or today's weights, held since the first session on which every
    holding has a price. `capital` is its value then, `stocks` the part of it that is not cash. `problem` says
    why there is no backtest, or from which day on an arm is worth nothing; empty otherwise.
    """

    sessions: Sessions
    start: int
    lag: int
    capital: float
    stocks: float
    unhedged: Arm
    triggered: Arm
    always_hedged: Arm
    sold: Arm
    fill_prices: FloatArray
    problem: str

    @property
    def arms(self) -> Mapping[str, Arm]:
        """The arms by the names of `ARMS`."""
        return {name: getattr(self, name) for name in ARMS}


def run_backtest(
    market: MarketData,
    portfolio: Portfolio,
    betas: BetaEstimate,
    exposure: Exposure,
    hedge_beta: FloatArray,
    state: HedgeState,
    path: FundPath,
    *,
    beta: BetaSettings,
    hedge: HedgeSettings,
    costs: CostSettings,
    settings: BacktestSettings,
    mix: Mix | None = None,
) -> Backtest:
    """The arms over every session: decided at a close, filled `lag` sessions later, every cost paid.

    Shares are fixed from prices at the close that decides; only the price differs at the fill. Cash is one
    pool: it earns the T-bill rate and pays that plus the margin spread where it is below zero, so a hedge
    that cash does not cover is borrowed, whatever today's order does about its own shortfall. The hedge that
    the book may hold today plays no part. Only this stage applies the lag.

    Parameters
    ----------
    hedge_beta
        (T,) beta of the hedge to the benchmark; a row where it is NaN or not below zero orders nothing new.
    mix
        Weights to hold all along in place of the portfolio's shares.
    """
    if mix is None:
        book = shares_book(market, portfolio, exposure, beta, costs, settings)
    else:
        book = weights_book(market, portfolio, betas, mix, costs.margin_spread)
    start = book.start
    usable = np.where(hedge_beta <= -LEAST_HEDGE_BETA, hedge_beta, np.nan)
    volume, moves = _liquidity(market, beta, hedge, costs)
    half = (exposure.beta_high - exposure.beta_low) / 2.0
    wide = np.isnan(half) | (half > beta.uncertain_half_width)
    skip = wide if settings.skip_uncertain else np.zeros(len(wide), dtype=np.bool_)
    sizing = tuple(
        np.nan if value is None else float(value)
        for value in (
            hedge.target_beta, hedge.liquidity_discount, hedge.band, hedge.lot,
            np.inf if hedge.capital_cap is None else hedge.capital_cap,
            hedge.participation_cap, hedge.minimum_trade,
        )
    )  # fmt: skip
    rates = (*fill_rates(costs), costs.margin_spread)

    def hedged(fraction: FloatArray, event: IntArray) -> tuple[Arm, FloatArray]:
        events = event.copy()
        events[start : start + 1] = np.where(fraction[start : start + 1] > 0, ENTERED, 0)
        parts = run_hedged(
            start, book.cash, book.value, book.income, book.dollar_beta, market.cash_rate,
            path.fill, path.close, path.dividend, path.ratio, usable, fraction, events, skip,
            volume, moves, sizing, rates, settings.lag,
        )  # fmt: skip
        return _hedged_arm(book, usable, path, parts)

    nothing = np.zeros(len(market.sessions))
    unhedged, _ = hedged(nothing, np.zeros_like(state.event))
    triggered, ordered = hedged(state.fraction, state.event)
    always, _ = hedged(nothing + 1.0, np.zeros_like(state.event))
    scale = _scale(book.dollar_beta, ordered, path.close, usable)
    sold = _sold_arm(book, scale, market.cash_rate, rates, settings.lag)
    arms, ruin = _until_ruin(
        market, {"unhedged": unhedged, "triggered": triggered, "always_hedged": always, "sold": sold}
    )
    exists = start < len(nothing)
    return Backtest(
        sessions=market.sessions,
        start=start,
        lag=settings.lag,
        capital=float(unhedged.value[start]) if exists else np.nan,
        stocks=float(book.value[start]) if exists else np.nan,
        fill_prices=path.fill,
        problem=book.problem or ruin,
        **arms,
    )


def _liquidity(
    market: MarketData, beta: BetaSettings, hedge: HedgeSettings, costs: CostSettings
) -> tuple[FloatArray, FloatArray]:
    """Average volume and daily volatility of the hedge (T,), NaN where no setting asks for them."""
    unknown = np.full(len(market.sessions), np.nan)
    if costs.impact == 0 and hedge.participation_cap is None:
        return unknown, unknown
    volume = average_volume(market.hedge_volume, market.hedge_close)
    return volume, daily_volatility(market.hedge_returns, beta.window_sessions)


def _hedged_arm(
    book: HeldBook, hedge_beta: FloatArray, path: FundPath, parts: tuple[Any, ...]
) -> tuple[Arm, FloatArray]:
    equity, shares, cash, filled, interest, _, why, items = parts
    before = np.concatenate([[0.0], shares[:-1]])
    traded = filled != 0.0
    profit = np.where(before != 0.0, before * path.gain, 0.0)
    profit += np.where(traded, filled * path.late, 0.0)
    notional = np.where(traded, filled * path.fill, 0.0)
    worth = np.where(shares != 0.0, shares * path.close, 0.0)
    beta = np.where(shares != 0.0, worth * hedge_beta, 0.0) + book.dollar_beta
    began = np.arange(len(equity)) > book.start
    costs = items[:, :ITEMS]
    why.setflags(write=False)
    return Arm(
        value=freeze(equity),
        holdings=freeze(book.value),
        hedge_shares=freeze(shares),
        hedge_value=freeze(worth),
        cash=freeze(cash),
        net_beta=freeze(beta / np.where(equity > 0, equity, np.nan)),
        costs=freeze(costs.sum(axis=1)),
        cost_items=freeze(costs),
        interest=freeze(interest),
        dividends=freeze(np.where(began, book.income, 0.0)),
        hedge_profit=freeze(profit),
        bought=freeze(np.maximum(notional, 0.0)),
        sold=freeze(np.maximum(-notional, 0.0)),
        fill_shares=freeze(filled),
        fill_reason=why,
    ), items[:, ITEMS]


def _scale(dollars: FloatArray, ordered: FloatArray, price: FloatArray, hedge_beta: FloatArray) -> FloatArray:
    """The part of the holdings (T,) that has the net dollar beta of the hedge ordered at each close.

    NaN where none was ordered or it cannot be told. Selling goes no further than nothing left, and a book
    that has no positive beta is left as it is.
    """
    hedge = np.where(ordered == 0.0, 0.0, ordered * price * hedge_beta)
    part = np.where(dollars > 0, 1.0 + hedge / np.where(dollars > 0, dollars, 1.0), 1.0)
    return np.where(np.isfinite(ordered) & np.isfinite(hedge), np.clip(part, 0.0, 1.0), np.nan)


def _sold_arm(book: HeldBook, scale: FloatArray, rate: FloatArray, rates: tuple[float, ...], lag: int) -> Arm:
    fixed, *others = rates
    equity, pool, worth, part, interest, paid, turned, items = run_sold(
        book.start, book.cash, book.owned, book.close, book.fill, book.dividend, rate, scale,
        book.volume, book.volatility, (fixed * book.tickets, *others), book.lot, lag,
    )  # fmt: skip
    nothing = freeze(np.zeros(len(equity)))
    step = np.diff(part, prepend=0.0)
    step[: book.start + 1] = 0.0
    reason = np.where(step != 0, FOLLOWED, 0).astype(np.int64)
    reason.setflags(write=False)
    return Arm(
        value=freeze(equity),
        holdings=freeze(worth),
        hedge_shares=nothing,
        hedge_value=nothing,
        cash=freeze(pool),
        net_beta=freeze(part * book.dollar_beta / np.where(equity > 0, equity, np.nan)),
        costs=freeze(items.sum(axis=1)),
        cost_items=freeze(items),
        interest=freeze(interest),
        dividends=freeze(paid),
        hedge_profit=nothing,
        bought=freeze(turned[:, 0]),
        sold=freeze(turned[:, 1]),
        fill_shares=freeze(step),
        fill_reason=reason,
    )


def _until_ruin(market: MarketData, arms: Mapping[str, Arm]) -> tuple[dict[str, Arm], str]:
    """The arms, each ending before the session on which it is worth nothing, and what to say about that."""
    kept, problem = dict(arms), ""
    for name, arm in arms.items():
        gone = np.flatnonzero(arm.value <= 0.0)
        if not len(gone):
            continue
        alive = np.arange(len(arm.value)) < gone[0]
        ended = {
            field: getattr(arm, field) * alive
            for field in (
                "hedge_shares", "hedge_value", "costs", "interest", "dividends", "hedge_profit", "bought",
                "sold", "fill_shares",
            )
        }  # fmt: skip
        levels = {
            field: np.where(alive, getattr(arm, field), np.nan)
            for field in ("value", "holdings", "cash", "net_beta")
        }
        reason = np.where(alive, arm.fill_reason, 0)
        reason.setflags(write=False)
        kept[name] = replace(
            arm,
            **{field: freeze(values) for field, values in (ended | levels).items()},
            cost_items=freeze(arm.cost_items * alive[:, None]),
            fill_reason=reason,
        )
        day = words.day(market.sessions[gone[0]])
        problem = problem or f"The arm \u201c{name.replace('_', ' ')}\u201d is worth nothing from {day} on."
    return kept, problem

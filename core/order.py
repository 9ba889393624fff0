"""The order for the last close: limits, funding, costs, and what is left over."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, Literal

import numpy as np

from core.costs import TradeCost, fund_fee_a_day, trade_cost
from core.exposure import Exposure, book_half_width
from core.fingerprint import Keyed
from core.funding import Funding, fund
from core.hedge import HedgePlan, whole_lots
from core.instruments import instrument
from core.liquidity import VOLUME_SESSIONS, average_volume, daily_volatility
from core.market import MarketData, Portfolio
from core.settings import BetaSettings, CostSettings, DataSettings, HedgeSettings

_FARTHEST: Final = 0.5
"""Moves of the benchmark beyond this share of its level are not looked at for the next check."""
_TOO_OLD: Final = 3
"""Prices more sessions behind than this ask for a person's look before the order is sent."""


@dataclass(frozen=True, kw_only=True, eq=False)
class HedgeOrder(Keyed):
    """The trade for the last session's close, and everything a reader wants to know about it.

    `shares` is what to trade, never negative, with `side` its direction; `target` is what is held after
    it. `limit` names what bound the order ("" when nothing did). `too_uncertain` when the interval of beta is
    wider than the settings allow. `review` says why a person should look
    before acting, empty when nothing speaks against it; the order stands either way. `problem` says why
    there is no order at all. Intervals are 95 %.
    """

    instrument: str
    side: Literal["buy", "sell", "none"]
    shares: float
    held: float
    wanted: float
    wanted_exact: float
    target: float
    shares_low: float
    shares_high: float
    price: float
    notional: float
    hedge_beta: float
    hedge_beta_measured: bool
    cost: TradeCost
    exit_cost: TradeCost
    other_costs: float
    funding: Funding
    fund_fee_a_day: float
    residual_dollar_beta: float
    residual_beta: float
    residual_low: float
    residual_high: float
    volume_share: float
    days_to_trade: float
    limit: str
    too_uncertain: bool
    check_low: float
    check_high: float
    review: str
    problem: str

    @property
    def cost_now(self) -> float:
        """Everything this order pays at once, sales that fund it included."""
        return self.cost.total + self.other_costs

    @property
    def round_trip(self) -> float:
        """Entry and exit of the hedge at today's price."""
        return self.cost.total + self.exit_cost.total


def size_order(
    market: MarketData,
    portfolio: Portfolio,
    exposure: Exposure,
    plan: HedgePlan,
    *,
    data: DataSettings,
    beta: BetaSettings,
    hedge: HedgeSettings,
    costs: CostSettings,
) -> HedgeOrder:
    """The order that brings the hedge held to the hedge wanted, through every limit.

    In this sequence: whole lots toward zero; capital cap; nothing inside the band or under the minimum
    trade; participation cap; funding. Under the capital cap the band shrinks as the hedge does, so that a
    small hedge is still bought, and one at its cap is left alone.
    """
    price, held, nav = float(market.hedge_close[-1]), portfolio.hedge_shares, float(portfolio.nav[-1])
    per_share = -float(plan.hedge_beta[-1]) * price
    wanted, limit = held if plan.problem else float(plan.shares[-1]), ""
    most, shrunk = np.inf, 1.0
    if hedge.capital_cap is not None and wanted * price > hedge.capital_cap and not plan.problem:
        most = float(whole_lots(hedge.capital_cap / price, hedge.lot))
        shrunk, wanted, limit = most / wanted, most, "capital cap"
    off = float(plan.fraction[-1]) == 0.0
    # A change of state is traded at once; the band is for what drifts.
    inside = not (off or plan.resized[-1]) and abs(wanted - held) * per_share / nav <= hedge.band * shrunk
    trade = wanted - held
    recent = slice(-VOLUME_SESSIONS, None)
    daily = float(average_volume(market.hedge_volume[recent], market.hedge_close[recent])[-1])
    window = beta.window_sessions
    volatility = float(daily_volatility(market.hedge_returns[-window:], window)[-1])
    if plan.problem:
        limit = "unknown"
    elif trade == 0:
        limit = limit or (
            "off" if off else "at or below target" if plan.exact_shares[-1] <= 0 else "already there"
        )
    elif inside:
        trade, limit = 0.0, "band"
    elif abs(trade) * price < hedge.minimum_trade and not off:
        trade, limit = 0.0, "minimum trade"
    days = 1.0 if trade else 0.0
    if hedge.participation_cap is not None and trade and np.isfinite(daily):
        a_day = float(whole_lots(hedge.participation_cap * daily, hedge.lot))
        days = float(np.ceil(abs(trade) / a_day)) if a_day > 0 else float("nan")
        if abs(trade) > a_day:
            trade, limit = float(np.copysign(a_day, trade)), "participation cap"
    paid = fund(market, portfolio, exposure, plan, trade, hedge=hedge, costs=costs)
    funding, trade = paid.funding, paid.trade
    if not trade and not limit:
        limit = "funding"
    after = held + trade
    residual, low, high = _residual(market, portfolio, exposure, plan, after, funding, beta)
    cost = trade_cost(trade, price, costs, daily_volatility=volatility, daily_volume=daily)
    leave = trade_cost(-trade, price, costs, daily_volatility=volatility, daily_volume=daily)
    fee = instrument(data.hedge, factor=data.model_factor, fee=data.model_fee).fee
    check_low, check_high = _next_check(market, portfolio, exposure, plan, after, funding, hedge)
    return HedgeOrder(
        instrument=market.hedge,
        side="buy" if trade > 0 else "sell" if trade < 0 else "none",
        shares=abs(trade),
        held=held,
        wanted=wanted,
        wanted_exact=float(plan.exact_shares[-1]),
        target=after,
        shares_low=float(np.minimum(paid.shares_low, most)),
        shares_high=float(np.minimum(paid.shares_high, most)),
        price=price,
        notional=abs(trade) * price if trade else 0.0,
        hedge_beta=float(plan.hedge_beta[-1]),
        hedge_beta_measured=plan.source == "measured",
        cost=cost,
        exit_cost=leave,
        other_costs=paid.other_costs,
        funding=funding,
        fund_fee_a_day=fund_fee_a_day(after * price if after else 0.0, fee),
        residual_dollar_beta=residual * nav,
        residual_beta=residual,
        residual_low=low,
        residual_high=high,
        volume_share=abs(trade) / daily if np.isfinite(daily) and daily > 0 else float("nan"),
        days_to_trade=days,
        limit=limit,
        too_uncertain=exposure.half_width > beta.uncertain_half_width,
        check_low=check_low,
        check_high=check_high,
        review=" ".join(
            [*_review(market, exposure, plan, beta), *_unknown_volume(market, daily, trade, hedge, costs)]
        ),
        problem=plan.problem,
    )


def _residual(
    market: MarketData,
    portfolio: Portfolio,
    exposure: Exposure,
    plan: HedgePlan,
    after: float,
    funding: Funding,
    beta: BetaSettings,
) -> tuple[float, float, float]:
    """Beta left over and its interval.

    Where the hedge's beta is measured, the interval is that of regressing the hedged book itself; where it is
    stated, the hedge shifts the book's interval and cannot narrow it.
    """
    nav, kept = float(portfolio.nav[-1]), 1.0 - funding.sell_fraction
    hedge_value = after * float(market.hedge_close[-1]) if after else 0.0
    shorted = funding.benchmark_short * float(market.benchmark_close[-1])
    dollars = kept * float(exposure.dollar_beta[-1]) + hedge_value * float(plan.hedge_beta[-1]) - shorted
    residual, half = dollars / nav, kept * exposure.half_width
    if plan.source == "measured" and after:
        lines = exposure.positions[: len(market.tickers)]
        known = np.array([np.isfinite(p.dollar_beta) and p.shares != 0 for p in lines], dtype=np.bool_)
        weights = np.where(known, kept * portfolio.value[-1] / nav, np.nan)
        half = book_half_width(market, weights, hedge_value / nav, beta)
    return residual, residual - half, residual + half


def _next_check(
    market: MarketData,
    portfolio: Portfolio,
    exposure: Exposure,
    plan: HedgePlan,
    after: float,
    funding: Funding,
    hedge: HedgeSettings,
) -> tuple[float, float]:
    """Benchmark levels below and above today's at which this order, once done, is followed by another.

    Every holding and the hedge move by their betas, quantities stay. The dollar beta of the book, that of
    the hedge and NAV are then linear in the move, so each level solves a linear equation: what is wanted
    less what is held leaves the band, and is no longer under the minimum trade. NaN where it never does,
    while the hedge is off, where that takes a move of more than half the level, and where a limit leaves the
    order outside the band from the start. Lots are not looked at.
    """
    level, slope = float(market.benchmark_close[-1]), float(plan.hedge_beta[-1])
    held = after * float(market.hedge_close[-1]) * slope if after else 0.0
    short, left = funding.benchmark_short * level, 1.0 - funding.sell_fraction
    dollars = left * float(exposure.dollar_beta[-1]) - short
    curve = sum(p.beta * p.dollar_beta for p in exposure.positions if p.role == "holding" and not p.reason)
    # Lines in the move: their value today and their slope.
    nav = np.array([float(portfolio.nav[-1]), dollars + held])
    holding = np.array([held, slope * held])
    wanted = np.array([dollars, left * curve - short]) - hedge.target_beta * nav
    wanted *= (1.0 - hedge.liquidity_discount) * float(plan.fraction[-1])
    nothing, most = np.zeros(2), np.array([np.inf, 0.0])
    if hedge.capital_cap is not None:
        most[0] = hedge.capital_cap * -slope
    least = np.array([hedge.minimum_trade * -slope, 0.0])

    def trades(move: float) -> bool:
        at = np.array([1.0, move])
        aim = max(wanted @ at, 0.0)
        gap = abs(min(aim, most[0]) + holding @ at)
        return bool(abs(aim + holding @ at) > hedge.band * (nav @ at) and gap > 0 and gap >= least[0])

    if plan.problem or plan.fraction[-1] == 0.0 or trades(0.0):
        return float("nan"), float("nan")
    down, up = -_FARTHEST, _FARTHEST
    for gap in (wanted + holding, nothing + holding, most + holding):
        for edge in (hedge.band * nav, -hedge.band * nav, least, -least):
            value, change = gap - edge
            move = -value / change if change else np.nan
            beyond = move + np.copysign(1e-9, move)
            if down < move < up and trades(beyond):
                down, up = (move, up) if move < 0 else (down, move)
    return (
        level * (1.0 + down) if down > -_FARTHEST else float("nan"),
        level * (1.0 + up) if up < _FARTHEST else float("nan"),
    )


def _review(market: MarketData, exposure: Exposure, plan: HedgePlan, beta: BetaSettings) -> Iterator[str]:
    """Why a person should look before acting; nothing when nothing speaks against the order."""
    half = exposure.half_width
    if plan.problem:
        return
    without = sum(1 for item in exposure.left_out if np.isnan(item.share_of_nav))
    if without:
        held = sum(1 for line in exposure.positions if line.role == "holding" and line.shares)
        yield f"{without} of {held} positions have no prices."
    if market.stale_sessions > _TOO_OLD:
        yield f"Prices are {market.stale_sessions:,} sessions old."
    if not np.isfinite(half):
        yield "The interval of beta is not known."
    elif half > beta.uncertain_half_width:
        yield f"Half-width {half:.2f}, limit {beta.uncertain_half_width:.2f}."


def _unknown_volume(
    market: MarketData, daily: float, trade: float, hedge: HedgeSettings, costs: CostSettings
) -> Iterator[str]:
    """What could not be done for want of the hedge's volumes."""
    if not trade or np.isfinite(daily):
        return
    if hedge.participation_cap is not None:
        yield f"No volumes of {market.hedge}: the participation cap is not applied."
    if costs.impact > 0:
        yield f"No volumes of {market.hedge}: impact is not charged."

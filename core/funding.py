"""Where the money for the hedge comes from: cash first, then what the settings say."""

from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from core.costs import financing_a_day, trade_cost
from core.errors import InvalidSetting
from core.exposure import Exposure
from core.fingerprint import Keyed
from core.hedge import HedgePlan, whole_lots
from core.market import MarketData, Portfolio
from core.settings import CostSettings, HedgeSettings


@dataclass(frozen=True, kw_only=True, eq=False)
class Funding(Keyed):
    """How a purchase is paid; dollars, shares and fractions, zero where unused.

    `cash_needed` is what the hedge costs before anything is done about the money, `shortfall` the part of
    it that cash does not cover. With "borrow" that is borrowed. With "sell", `sell_fraction` of every holding
    is sold for `sold` dollars; that sells exposure too, so the hedge is smaller. With "short",
    `benchmark_short` shares of the benchmark are sold short for the part of the hedge that cash does not buy.
    """

    mode: Literal["borrow", "sell", "short"]
    cash_had: float
    cash_needed: float
    shortfall: float
    borrow_rate: float
    financing_a_day: float
    sell_fraction: float = 0.0
    sold: float = 0.0
    benchmark_short: float = 0.0

    @property
    def trades(self) -> bool:
        """Whether something else than the hedge is traded."""
        return self.sell_fraction > 0 or self.benchmark_short > 0


@dataclass(frozen=True, kw_only=True)
class Paid:
    """How the purchase is paid, the shares of the hedge that are traded then, and what else that costs.

    `shares_low` and `shares_high` are what would be held were beta at its bounds.
    """

    funding: Funding
    trade: float
    other_costs: float
    shares_low: float
    shares_high: float


def fund(
    market: MarketData,
    portfolio: Portfolio,
    exposure: Exposure,
    plan: HedgePlan,
    trade: float,
    *,
    hedge: HedgeSettings,
    costs: CostSettings,
) -> Paid:
    """Pay for a trade in the hedge (signed shares): what cash does not cover, as the settings say.

    Raises
    ------
    InvalidSetting
        When the benchmark is to be sold short and is an index, whether or not cash is short that day.
    """
    if hedge.funding == "short" and market.benchmark_is_index:
        raise InvalidSetting(
            f"{market.benchmark} is an index, which cannot be sold short.",
            hint="Fund the shortfall by borrowing or selling stock, or use a fund such as SPY as benchmark.",
            where="hedge.funding",
        )
    needed = trade * float(market.hedge_close[-1]) if trade > 0 else 0.0
    short = max(0.0, needed - portfolio.cash) if needed else 0.0
    rate = float(market.cash_rate[-1])
    paid = Funding(
        mode="borrow",
        cash_had=portfolio.cash,
        cash_needed=needed,
        shortfall=short,
        borrow_rate=rate + costs.margin_spread,
        financing_a_day=financing_a_day(short, rate, costs),
    )
    if not short or hedge.funding == "borrow":
        low, high = float(plan.shares_low[-1]), float(plan.shares_high[-1])
        return Paid(funding=paid, trade=trade, other_costs=0.0, shares_low=low, shares_high=high)
    if hedge.funding == "sell":
        return _sell(market, portfolio, exposure, plan, trade, paid, hedge, costs)
    return _short(market, portfolio.hedge_shares, plan, trade, paid, hedge, costs)


def _sell(
    market: MarketData,
    portfolio: Portfolio,
    exposure: Exposure,
    plan: HedgePlan,
    trade: float,
    paid: Funding,
    hedge: HedgeSettings,
    costs: CostSettings,
) -> Paid:
    """Sell the same share of every holding.

    Selling also sells exposure, so the hedge wanted shrinks: cash + s V = (wanted(s) - held) P, solved for s.
    Where a limit keeps the trade under what is still wanted after the sale, the trade stays and
    s = shortfall / V. NAV is above zero, which keeps s between 0 and 1 also where V is not.
    """
    price, held = float(market.hedge_close[-1]), portfolio.hedge_shares
    value, now = float(np.nansum(portfolio.value[-1])), float(exposure.dollar_beta[-1])
    # Shares of the hedge that take away a dollar of dollar beta. The hedge wanted is a share of that for each
    # dollar of the book's; what is sold takes its own away in full.
    each = (1.0 - hedge.liquidity_discount) / (-float(plan.hedge_beta[-1]) * price)
    share = float(plan.fraction[-1])

    def solve(dollars: float) -> tuple[float, float]:
        """The share sold and the trade in the hedge, were this the dollar beta of the holdings."""
        exact = float(plan.exact_shares[-1]) + share * each * (dollars - now)
        bound = min(trade, max(0.0, float(whole_lots(exact - held, hedge.lot))))
        if bound * price <= paid.cash_had:
            return 0.0, bound
        fraction = (bound * price - paid.cash_had) / value if value > 0 else np.inf
        if exact - fraction * each * dollars - held >= bound:
            return fraction, bound
        raised = value + each * dollars * price
        fraction = ((exact - held) * price - paid.cash_had) / raised
        return fraction, max(0.0, float(whole_lots(exact - fraction * each * dollars - held, hedge.lot)))

    fraction, left = solve(now)
    nav = float(portfolio.nav[-1])
    low, high = (held + solve(float(bound[-1]) * nav)[1] for bound in (exposure.beta_low, exposure.beta_high))
    other = sum(
        trade_cost(-fraction * shares, close, costs).total
        for shares, close in zip(portfolio.shares, market.close[-1], strict=True)
        if shares and np.isfinite(close)
    )
    funding = replace(
        paid,
        mode="sell",
        financing_a_day=0.0,
        sell_fraction=float(fraction),
        sold=float(fraction * value),
    )
    return Paid(funding=funding, trade=left, other_costs=other, shares_low=low, shares_high=high)


def _short(
    market: MarketData,
    held: float,
    plan: HedgePlan,
    trade: float,
    paid: Funding,
    hedge: HedgeSettings,
    costs: CostSettings,
) -> Paid:
    """Buy what cash covers and sell the benchmark short for the rest of the dollar beta."""
    price, level = float(market.hedge_close[-1]), float(market.benchmark_close[-1])
    affordable = max(0.0, float(whole_lots(paid.cash_had / price, hedge.lot)))
    benchmark = float(whole_lots((trade - affordable) * price * -float(plan.hedge_beta[-1]) / level))
    funding = replace(paid, mode="short", financing_a_day=0.0, benchmark_short=benchmark)
    return Paid(
        funding=funding,
        trade=affordable,
        other_costs=trade_cost(-benchmark, level, costs).total,
        shares_low=min(held + affordable, float(plan.shares_low[-1])),
        shares_high=min(held + affordable, float(plan.shares_high[-1])),
    )

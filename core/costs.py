"""What a trade costs, item by item. All items are dollars and never negative."""

from dataclasses import dataclass
from typing import Final

from core.fingerprint import Keyed
from core.kernels.fills import cost_items
from core.settings import CostSettings
from core.types import TRADING_DAYS

COST_ITEMS: Final = ("fixed", "proportional", "half_spread", "tax", "impact")
"""The items of a fill's cost, in the order of `core.kernels.fills.cost_items`."""


@dataclass(frozen=True, kw_only=True, eq=False)
class TradeCost(Keyed):
    """One fill's costs in dollars."""

    fixed: float
    proportional: float
    half_spread: float
    tax: float
    impact: float

    @property
    def total(self) -> float:
        """All items together."""
        return self.fixed + self.proportional + self.half_spread + self.tax + self.impact


def trade_cost(
    shares: float,
    price: float,
    settings: CostSettings,
    *,
    daily_volatility: float = float("nan"),
    daily_volume: float = float("nan"),
) -> TradeCost:
    """The itemised cost of one fill.

    Parameters
    ----------
    shares
        Signed: below zero is a sale, which alone pays the tax. No shares, no cost.
    price
        Dollars a share.
    settings
        Rates; half of the round-trip proportional rate is charged on each fill.
    daily_volatility, daily_volume
        Standard deviation of daily returns and average daily volume in shares, for the square-root impact
        Y * volatility * sqrt(shares / volume) (Toth et al., 2011). Where either is unknown, no impact is
        charged and the order says so.

    Examples
    --------
    >>> cost = trade_cost(327, 44.57, CostSettings())
    >>> round(cost.fixed + cost.proportional, 2), round(cost.half_spread, 2), round(cost.total, 2)
    (3.41, 1.46, 4.87)
    """
    rates = fill_rates(settings)
    parts = cost_items(float(shares), float(price), *rates, float(daily_volatility), float(daily_volume))
    return TradeCost(**dict(zip(COST_ITEMS, parts, strict=True)))


def fill_rates(settings: CostSettings) -> tuple[float, float, float, float, float]:
    """What one fill pays: dollars, then the shares of its notional, then the Y of the impact."""
    return (
        settings.fixed_fee,
        settings.proportional_round_trip / 2.0,
        settings.half_spread_bps / 1e4,
        settings.sales_tax if settings.sales_tax_on else 0.0,
        settings.impact,
    )


def financing_a_day(borrowed: float, cash_rate: float, settings: CostSettings) -> float:
    """Interest in dollars a session on borrowed cash: T-bill plus the margin spread, over 252."""
    return max(borrowed, 0.0) * (cash_rate + settings.margin_spread) / TRADING_DAYS


def fund_fee_a_day(notional: float, fee: float) -> float:
    """The fund's own fee in dollars a session: shown, never charged, because it is in the price."""
    return abs(notional) * fee / TRADING_DAYS

"""What a trade costs, item by item. All items are dollars and never negative."""

from dataclasses import dataclass

import numpy as np

from core.fingerprint import Keyed
from core.settings import CostSettings
from core.types import TRADING_DAYS


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
    if shares == 0:
        return TradeCost(fixed=0.0, proportional=0.0, half_spread=0.0, tax=0.0, impact=0.0)
    notional = abs(shares) * price
    known = np.isfinite(daily_volatility) and np.isfinite(daily_volume) and daily_volume > 0
    slip = settings.impact * daily_volatility * np.sqrt(abs(shares) / daily_volume) if known else 0.0
    return TradeCost(
        fixed=settings.fixed_fee,
        proportional=notional * settings.proportional_round_trip / 2.0,
        half_spread=notional * settings.half_spread_bps / 1e4,
        tax=notional * settings.sales_tax if settings.sales_tax_on and shares < 0 else 0.0,
        impact=float(notional * slip),
    )


def financing_a_day(borrowed: float, cash_rate: float, settings: CostSettings) -> float:
    """Interest in dollars a session on borrowed cash: T-bill plus the margin spread, over 252."""
    return max(borrowed, 0.0) * (cash_rate + settings.margin_spread) / TRADING_DAYS


def fund_fee_a_day(notional: float, fee: float) -> float:
    """The fund's own fee in dollars a session: shown, never charged, because it is in the price."""
    return abs(notional) * fee / TRADING_DAYS

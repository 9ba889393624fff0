"""Hedge ratios of price levels: every method behind one call, one file each.

>>> from core.ratios import construct_spread, estimate_hedge_ratio
"""

from core.ratios.base import HEDGE_RATIOS, PURPOSE, HedgeRatio
from core.ratios.estimate import estimate_hedge_ratio
from core.ratios.referee import Ranking, rank_methods
from core.ratios.rolling import RollingRatio, rolling_hedge_ratio
from core.ratios.units import both_orderings, to_dollars, to_shares
from core.spread import construct_spread

__all__ = [
    "HEDGE_RATIOS",
    "PURPOSE",
    "HedgeRatio",
    "Ranking",
    "RollingRatio",
    "both_orderings",
    "construct_spread",
    "estimate_hedge_ratio",
    "rank_methods",
    "rolling_hedge_ratio",
    "to_dollars",
    "to_shares",
]

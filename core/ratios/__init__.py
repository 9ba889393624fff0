"""Hedge ratios of price levels: every method behind one call, one file each.

>>> from core.ratios import construct_spread, estimate_hedge_ratio
"""

from core.ratios.base import HEDGE_RATIOS, PURPOSE, HedgeRatio
from core.ratios.estimate import estimate_hedge_ratio
from core.spread import construct_spread

__all__ = [
    "HEDGE_RATIOS",
    "PURPOSE",
    "HedgeRatio",
    "construct_spread",
    "estimate_hedge_ratio",
]

"""Betas of returns: every estimator behind one call, one file each.

>>> from core.betas import compare_betas, estimate_beta
"""

from core.betas.asset import AssetBetas, asset_betas
from core.betas.base import BETAS, BetaReading
from core.betas.estimate import BetaComparison, compare_betas, estimate_beta
from core.betas.vasicek import Prior, cross_section

__all__ = [
    "BETAS",
    "AssetBetas",
    "BetaComparison",
    "BetaReading",
    "Prior",
    "asset_betas",
    "compare_betas",
    "cross_section",
    "estimate_beta",
]

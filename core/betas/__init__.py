"""Betas of returns: every estimator behind one call, one file each.

>>> from core.betas import compare_betas, estimate_beta
"""

from core.betas.base import BETAS, BetaReading
from core.betas.estimate import BetaComparison, compare_betas, estimate_beta
from core.betas.vasicek import Prior, cross_section

__all__ = [
    "BETAS",
    "BetaComparison",
    "BetaReading",
    "Prior",
    "compare_betas",
    "cross_section",
    "estimate_beta",
]

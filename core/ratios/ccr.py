"""Canonical regression: least squares corrected for feedback between the legs."""

from dataclasses import dataclass
from typing import Any

from core.ratios.base import Found, hedge_ratio
from core.ratios.cointegrating import FeedbackOptions, read_fit
from core.types import FloatArray


@dataclass(frozen=True, kw_only=True, eq=False)
class CCROptions(FeedbackOptions):
    """Deterministic terms, and how far dependence reaches."""


@hedge_ratio(
    "ccr",
    label="Canonical regression",
    help="Least squares on prices transformed to be free of feedback between the legs.",
    question="The variance of the spread, corrected for what feeds back from the spread to the legs.",
    any_unit=False,
    options=CCROptions,
)
def ccr(prices: FloatArray, options: CCROptions) -> Found:
    """Park's (1992) estimator by `arch.unitroot.cointegration.CanonicalCointegratingReg`, Bartlett kernel."""

    def fit(y: FloatArray, X: FloatArray) -> Any:
        from arch.unitroot.cointegration import CanonicalCointegratingReg

        return CanonicalCointegratingReg(y, X, trend=options.trend).fit(
            kernel="bartlett", bandwidth=options.bandwidth, df_adjust=True
        )

    return read_fit(prices, fit)

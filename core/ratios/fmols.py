"""Fully modified least squares: least squares corrected for feedback between the legs."""

from dataclasses import dataclass
from typing import Any

from core.ratios.base import Found, hedge_ratio
from core.ratios.cointegrating import FeedbackOptions, read_fit
from core.types import FloatArray


@dataclass(frozen=True, kw_only=True, eq=False)
class FMOLSOptions(FeedbackOptions):
    """Deterministic terms, and how far dependence reaches."""


@hedge_ratio(
    "fmols",
    label="Fully modified least squares",
    help="Least squares corrected for feedback, with errors that hold for price levels.",
    question="The variance of the spread, corrected for feedback from it to the legs.",
    any_unit=False,
    options=FMOLSOptions,
)
def fmols(prices: FloatArray, options: FMOLSOptions) -> Found:
    """Phillips and Hansen's (1990) estimator by arch's `FullyModifiedOLS`, Bartlett kernel."""

    def fit(y: FloatArray, X: FloatArray) -> Any:
        from arch.unitroot.cointegration import FullyModifiedOLS

        return FullyModifiedOLS(y, X, trend=options.trend).fit(
            kernel="bartlett", bandwidth=options.bandwidth, df_adjust=True
        )

    return read_fit(prices, fit)

"""Fully modified least squares: least squares corrected for feedback between the legs."""

from dataclasses import dataclass

import numpy as np

from core.ratios.base import Found, hedge_ratio
from core.ratios.cointegrating import FeedbackOptions, Regression, feedback, read_fit, with_terms
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
    """Phillips and Hansen's (1990) estimator, Bartlett kernel, equal to arch's `FullyModifiedOLS`."""

    def fit(y: FloatArray, X: FloatArray) -> Regression:
        known = feedback(y, X, options.trend, options.bandwidth)
        design = with_terms(X, options.trend)[1:]
        rows, count = design.shape
        bias = np.zeros(count)
        bias[: X.shape[1]] = known.one_sided[0, 1:] - known.carried @ known.one_sided[1:, 1:]
        squares = design.T @ design
        moved = design.T @ (y[1:] - known.values[:, 1:] @ known.carried) - rows * bias
        long_run = (known.long_run[0, 0] - known.explained) * rows / (rows - count)
        return Regression(
            np.linalg.solve(squares, moved), long_run * np.linalg.inv(squares), long_run, known.bandwidth
        )

    return read_fit(prices, fit)

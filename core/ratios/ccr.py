"""Canonical regression: least squares corrected for feedback between the legs."""

from dataclasses import dataclass

import numpy as np

from core.ratios.base import Found, hedge_ratio
from core.ratios.cointegrating import (
    FeedbackOptions,
    Regression,
    feedback,
    least_squares,
    read_fit,
    with_terms,
)
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
    """Park's (1992) estimator, Bartlett kernel, equal to arch's `CanonicalCointegratingReg`."""

    def fit(y: FloatArray, X: FloatArray) -> Regression:
        known = feedback(y, X, options.trend, options.bandwidth)
        shift = np.linalg.solve(known.short_run, known.one_sided[:, 1:])
        design = with_terms(X[1:] - known.values @ shift, options.trend)
        moved = y[1:] - known.values @ (shift @ known.first + np.append(0.0, known.carried))
        coefficients = least_squares(design, moved)
        rows, count = design.shape
        long_run = float(known.long_run[0, 0]) * rows / (rows - count) - known.explained
        return Regression(
            coefficients, long_run * np.linalg.inv(design.T @ design), long_run, known.bandwidth
        )

    return read_fit(prices, fit)

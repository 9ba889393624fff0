"""Dynamic least squares: leads and lags of the other legs' changes take out what feeds back."""

from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from core.fields import setting
from core.ratios.base import Found, MethodOptions, hedge_ratio, least_rows
from core.ratios.cointegrating import TRENDS, Regression, kernel_of, least_squares, read_fit, with_terms
from core.types import FloatArray


@dataclass(frozen=True, kw_only=True, eq=False)
class DOLSOptions(MethodOptions):
    """Leads, lags and deterministic terms."""

    lags: int = setting(2, "integer", "Lags of changes", minimum=0, maximum=20)
    leads: int = setting(2, "integer", "Leads of changes", minimum=0, maximum=20)
    trend: Literal["c", "ct"] = setting("c", "choice", "Deterministic terms", options=TRENDS)


def _least(legs: int, options: DOLSOptions) -> int:
    parameters = (legs - 1) * (options.lags + options.leads + 2) + 2
    return max(least_rows(legs), 2 * parameters + options.lags + options.leads)


@hedge_ratio(
    "dols",
    label="Dynamic least squares",
    help="Least squares with leads and lags of changes, and errors that hold for price levels.",
    question="The variance of the spread, once what the legs' changes answer to is taken out.",
    options=DOLSOptions,
    least=_least,
)
def dols(prices: FloatArray, options: DOLSOptions) -> Found:
    """Stock and Watson's (1993) estimator with kernel errors, equal to arch's `DynamicOLS`."""
    lags, leads = options.lags, options.leads

    def fit(y: FloatArray, X: FloatArray) -> Regression:
        # A row needs its own change, those of so many rows before it and of so many after it.
        rows = np.arange(lags + 1, len(y) - leads)
        changes = np.diff(X, axis=0)
        near = [changes[rows - 1 + step] for step in range(-lags, leads + 1)]
        design = np.column_stack([with_terms(X[rows], options.trend), *near])
        coefficients = least_squares(design, y[rows])
        kernel = kernel_of((y[rows] - design @ coefficients)[:, None], whole=False)
        long_run = float(np.squeeze(kernel.cov.long_run)) * len(rows) / (len(rows) - design.shape[1])
        return Regression(
            coefficients, long_run * np.linalg.inv(design.T @ design), long_run, float(kernel.bandwidth)
        )

    found = read_fit(prices, fit)
    return replace(found, figures={**found.figures, "lags": float(lags), "leads": float(leads)})

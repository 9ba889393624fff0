"""What dynamic, fully modified and canonical regressions share: they are arch's, and read the same way."""

from collections.abc import Callable
from typing import Any

import numpy as np

from core.errors import EstimationError
from core.ratios.base import Found
from core.types import FloatArray

NORMAL_95 = 1.959963984540054
TRENDS = (("c", "constant"), ("ct", "constant and trend"))


def read_fit(prices: FloatArray, fit: Callable[[FloatArray, FloatArray], Any]) -> Found:
    """The ratios of a cointegrating regression by arch, of y (n,) on X (n, K - 1), with its own errors.

    Intervals are normal, which is their limit.

    Raises
    ------
    EstimationError
        When the legs leave nothing to estimate with.
    """
    others = prices.shape[1] - 1
    try:
        result = fit(prices[:, 0], prices[:, 1:])
        covariance = np.asarray(result.cov, dtype=np.float64)[:others, :others]
        coefficients = np.asarray(result.params, dtype=np.float64)
    except (np.linalg.LinAlgError, ValueError):
        raise EstimationError(
            "The legs leave nothing to estimate this with.", hint="Choose fewer legs or a longer period."
        ) from None
    ratios = coefficients[:others]
    errors = np.sqrt(np.diag(covariance))
    return Found(
        ratios=ratios,
        intercept=float(coefficients[others]),
        errors=errors,
        bounds=np.array([ratios - NORMAL_95 * errors, ratios + NORMAL_95 * errors]),
        figures={
            "long_run_deviation": float(np.sqrt(result.long_run_variance)),
            "bandwidth": float(result.bandwidth),
        },
        # Measured by simulation: a tied pair, 500 and 1,000 rows, gaps with a persistence of 0.9 a day.
        notes=("The interval covers 78 to 87 % where it says 95, and less where gaps close slowly.",),
    )

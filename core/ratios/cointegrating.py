"""What dynamic, fully modified and canonical regressions share: they are arch's, and read the same way."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from core.errors import EstimationError
from core.fields import setting
from core.ratios.base import Found, MethodOptions
from core.types import FloatArray

NORMAL_95 = 1.959963984540054
TRENDS = (("c", "constant"), ("ct", "constant and trend"))


@dataclass(frozen=True, kw_only=True, eq=False)
class FeedbackOptions(MethodOptions):
    """Deterministic terms, and how far dependence reaches."""

    trend: Literal["c", "ct"] = setting("c", "choice", "Deterministic terms", options=TRENDS)
    bandwidth: int | None = setting(
        None,
        "integer",
        "Bandwidth",
        help="Days over which errors hang together. The automatic choice depends on the units of the prices.",
        minimum=1,
        maximum=500,
        optional=True,
        none_text="automatic",
    )


def read_fit(prices: FloatArray, fit: Callable[[FloatArray, FloatArray], Any]) -> Found:
    """The ratios of a cointegrating regression by arch, of y (n,) on X (n, K - 1), with its own errors.

    Intervals are normal, which is their limit.

    Raises
    ------
    EstimationError
        When the legs leave nothing to estimate with.
    """
    others = prices.shape[1] - 1
    # Every model has a constant, so that levels change nothing but the digits that are left.
    centre = prices.mean(axis=0)
    legs = prices - centre
    try:
        with np.errstate(invalid="ignore", divide="ignore"):
            result = fit(legs[:, 0], legs[:, 1:])
            covariance = np.asarray(result.cov, dtype=np.float64)[:others, :others]
            errors = np.sqrt(np.diag(covariance))
            long_run = float(np.sqrt(result.long_run_variance))
        coefficients = np.asarray(result.params, dtype=np.float64)
    except (np.linalg.LinAlgError, ValueError):
        raise _undefined() from None
    ratios = coefficients[:others]
    if not (np.isfinite(ratios).all() and (errors > 0.0).all() and np.isfinite(long_run)):
        raise _undefined()
    return Found(
        ratios=ratios,
        intercept=float(centre[0] - centre[1:] @ ratios + coefficients[others]),
        errors=errors,
        bounds=np.array([ratios - NORMAL_95 * errors, ratios + NORMAL_95 * errors]),
        figures={
            "long_run_deviation": long_run,
            "bandwidth": float(result.bandwidth),
        },
    )


def _undefined() -> EstimationError:
    return EstimationError(
        "The legs leave nothing to estimate this with.", hint="Choose fewer legs or a longer period."
    )

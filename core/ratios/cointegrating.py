"""What dynamic, fully modified and canonical regressions share: arch's kernel, and how they are read."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, NamedTuple

import numpy as np

from core.errors import EstimationError
from core.fields import setting
from core.ratios.base import Found, MethodOptions
from core.types import FloatArray

if TYPE_CHECKING:
    from arch.covariance.kernel import CovarianceEstimator

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


class Regression(NamedTuple):
    """Coefficients (J,) of the other legs, then of constant, trend and the rest, with covariance (J, J).

    `long_run` is the long-run variance of the errors, `bandwidth` that of its kernel.
    """

    coefficients: FloatArray
    covariance: FloatArray
    long_run: float
    bandwidth: float


def with_terms(X: FloatArray, trend: str) -> FloatArray:
    """The legs (n, J) with a column of ones and, where asked, one that counts the rows from 1."""
    rows = np.arange(1.0, len(X) + 1.0)
    terms = np.ones((len(X), 1)) if trend == "c" else np.column_stack([np.ones(len(X)), rows])
    return np.column_stack([X, terms])


def least_squares(design: FloatArray, y: FloatArray) -> FloatArray:
    """The coefficients of y on the columns of a design."""
    return np.asarray(np.linalg.lstsq(design, y, rcond=None)[0], dtype=np.float64)


def kernel_of(values: FloatArray, bandwidth: int | None = None, *, whole: bool) -> "CovarianceEstimator":
    """The Bartlett kernel of values (n, M) about zero; `whole`: a bandwidth that it chooses is rounded up."""
    from arch.covariance.kernel import Bartlett

    return Bartlett(values, bandwidth=bandwidth, center=False, force_int=whole)


class Feedback(NamedTuple):
    """How a first regression's errors and the legs' changes (n - 1, K) hang together, errors first.

    `values` are both; `long_run`, `one_sided` and `short_run` (K, K) are their covariances, `first` (K - 1,)
    the ratios of that regression and `carried` (K - 1,) the errors' long-run coefficients on the changes.
    """

    values: FloatArray
    long_run: FloatArray
    one_sided: FloatArray
    short_run: FloatArray
    first: FloatArray
    carried: FloatArray
    bandwidth: float

    @property
    def explained(self) -> float:
        """The part of the errors' long-run variance that the changes explain."""
        return float(self.long_run[0, 1:] @ self.carried)


def feedback(y: FloatArray, X: FloatArray, trend: str, bandwidth: int | None) -> Feedback:
    """What fully modified and canonical regressions take out, of y (n,) on X (n, K - 1)."""
    design = with_terms(X, trend)
    first = least_squares(design, y)
    terms = design[:, X.shape[1] :]
    moves = np.diff(X - terms @ least_squares(terms, X), axis=0)
    values = np.column_stack([(y - design @ first)[1:], moves])
    kernel = kernel_of(values, bandwidth, whole=True)
    long_run, one_sided, short_run = (
        np.asarray(part) for part in (kernel.cov.long_run, kernel.cov.one_sided, kernel.cov.short_run)
    )
    carried = np.linalg.solve(long_run[1:, 1:], long_run[1:, 0])
    return Feedback(
        values, long_run, one_sided, short_run, first[: X.shape[1]], carried, float(kernel.bandwidth)
    )


def read_fit(prices: FloatArray, fit: Callable[[FloatArray, FloatArray], Regression]) -> Found:
    """The ratios of a cointegrating regression of y (n,) on X (n, K - 1), with its own errors.

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
            errors = np.sqrt(np.diag(result.covariance)[:others])
            deviation = float(np.sqrt(result.long_run))
    except (np.linalg.LinAlgError, ValueError):
        raise _undefined() from None
    ratios = result.coefficients[:others]
    if not (np.isfinite(ratios).all() and (errors > 0.0).all() and np.isfinite(deviation)):
        raise _undefined()
    return Found(
        ratios=ratios,
        intercept=float(centre[0] - centre[1:] @ ratios + result.coefficients[others]),
        errors=errors,
        bounds=np.array([ratios - NORMAL_95 * errors, ratios + NORMAL_95 * errors]),
        figures={"long_run_deviation": deviation, "bandwidth": result.bandwidth},
    )


def _undefined() -> EstimationError:
    return EstimationError(
        "The legs leave nothing to estimate this with.", hint="Choose fewer legs or a longer period."
    )

"""One regression with everything a picture of it shows: its points, its line and the band of the line."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from core.beta import LEVEL, OLS, Covariance, ols, student_half_width
from core.errors import InvalidSetting
from core.fingerprint import Keyed, freeze
from core.types import FloatArray, IntArray


@dataclass(frozen=True, kw_only=True, eq=False)
class RegressionLine(Keyed):
    """A fitted line y = alpha + beta * x.

    `rows` (n,) are the positions, in the series given, of the sessions used; `x` and `y` (n,) their
    returns. `at` (G,) are the places on the x axis where `line` and the bounds `low` and `high` of
    its band are given.
    """

    fit: OLS
    rows: IntArray
    x: FloatArray
    y: FloatArray
    at: FloatArray
    line: FloatArray
    low: FloatArray
    high: FloatArray


def regression_line(
    returns: ArrayLike,
    benchmark: ArrayLike,
    *,
    places: int = 41,
    level: float = LEVEL,
    covariance: Covariance = "classic",
) -> RegressionLine:
    r"""Regress returns on benchmark returns, both (T,), and give the band of the fitted line.

    The band is that of the line, not of single sessions:
    y(x) ± t * s * sqrt(1/n + (x - mean(x))^2 / Sxx), by Student's t with n - 2 degrees of freedom. It
    takes the classic variance of the errors whatever `covariance` is, which only `fit` follows.

    Parameters
    ----------
    returns, benchmark
        The two series; sessions in which either is missing are left out.
    places
        How many evenly spaced places between the least and the greatest x the line is given at.
    level
        Coverage of the band.
    covariance
        Standard errors of the coefficients in `fit`.

    Raises
    ------
    InsufficientHistory
        With fewer than three sessions in which both returns exist.
    EstimationError
        When the benchmark is flat: no line is defined.
    InvalidSetting
        With fewer than two places, or series that do not have the same length.

    Examples
    --------
    >>> market = [-0.02, 0.0, 0.01, 0.03]
    >>> line = regression_line([2 * x + 0.001 for x in market], market, places=3)
    >>> line.at.round(3).tolist(), line.line.round(3).tolist()
    ([-0.02, 0.005, 0.03], [-0.039, 0.011, 0.061])
    """
    if places < 2:
        raise InvalidSetting(f"A line needs two places or more, not {places}.")
    fit = ols(returns, benchmark, covariance=covariance)
    y, x = np.asarray(returns, dtype=np.float64), np.asarray(benchmark, dtype=np.float64)
    rows = np.flatnonzero(np.isfinite(x) & np.isfinite(y))
    rows.setflags(write=False)
    x, y = x[rows], y[rows]
    count, centre = len(x), x.mean()
    sxx = np.sum((x - centre) ** 2)
    scatter = np.sum((y - fit.alpha - fit.beta * x) ** 2) / (count - 2)
    at = np.linspace(x.min(), x.max(), places)
    error = np.sqrt(scatter * (1.0 / count + (at - centre) ** 2 / sxx))
    half = student_half_width(error, np.full(places, count), level)
    line = fit.alpha + fit.beta * at
    return RegressionLine(
        fit=fit,
        rows=rows,
        x=freeze(x),
        y=freeze(y),
        at=freeze(at),
        line=freeze(line),
        low=freeze(line - half),
        high=freeze(line + half),
    )

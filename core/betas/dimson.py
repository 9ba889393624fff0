"""The sum of betas on neighbouring days, for what trades late or elsewhere."""

from dataclasses import dataclass
from typing import Literal

import numpy as np

from core import words
from core.betas.base import ERRORS, BetaOptions, Found, Pairs, beta_estimator
from core.betas.ols import described
from core.errors import EstimationError, InsufficientHistory
from core.fields import setting
from core.types import FloatArray


@dataclass(frozen=True, kw_only=True, eq=False)
class DimsonOptions(BetaOptions):
    """How many days of the benchmark before and after count."""

    lags: int = setting(1, "integer", "Days before", minimum=0, maximum=10)
    leads: int = setting(1, "integer", "Days after", minimum=0, maximum=10)
    errors: Literal["classic", "newey-west"] = setting("classic", "choice", "Errors", options=ERRORS)


@beta_estimator(
    "dimson",
    label="Dimson",
    help="Betas on the benchmark's days before, of and after, added up; for what trades late.",
    options=DimsonOptions,
)
def dimson(pairs: Pairs, options: DimsonOptions) -> Found:
    """The sum of the slopes on x(t - lags) .. x(t + leads): Dimson (1979), J. Financial Economics 7.

    All days lie in the window, so that the last row that counts is `leads` before its end. A row counts when
    the return and all these benchmark returns are known; the asset's own returns on the other days need not
    be. The error is that of the sum, from the slopes'
    whole covariance; Newey–West as in `core.beta`. `figures` has each slope: `beta_-1`, `beta_0`, `beta_1`.

    Raises
    ------
    InsufficientHistory
        When fewer than two more rows count than there are coefficients.
    EstimationError
        When the benchmark's days cannot be told apart.
    """
    offsets = range(-options.lags, options.leads + 1)
    rows = np.arange(options.lags, len(pairs.y) - options.leads)
    columns = np.column_stack([pairs.x[rows + k] for k in offsets])
    y = pairs.y[rows]
    kept = np.isfinite(y) & np.isfinite(columns).all(axis=1)
    y, columns = y[kept], columns[kept]
    count = len(offsets) + 1
    if len(y) < count + 2:
        raise InsufficientHistory(count + 2, len(y), what="a regression with the days before and after")
    X = np.column_stack([np.ones(len(y)), columns - columns.mean(axis=0)])
    size = np.linalg.norm(X, axis=0)
    if not (size > 0.0).all() or np.linalg.cond(X / size) > 1e8:
        raise EstimationError("Beta is not defined: the benchmark's neighbouring days move as one.")
    slopes = np.linalg.lstsq(X / size, y, rcond=None)[0] / size
    inverse = np.linalg.inv((X / size).T @ (X / size)) / np.outer(size, size)
    errors = y - X @ slopes
    freedom = len(y) - count
    if options.errors == "classic":
        covariance = inverse * float(errors @ errors) / freedom
    else:
        covariance = _newey_west(X, errors, inverse) * len(y) / freedom
    total = np.r_[0.0, np.ones(len(offsets))]
    return Found(
        beta=float(total @ slopes),
        error=float(np.sqrt(max(total @ covariance @ total, 0.0))),
        freedom=freedom,
        n=len(y),
        used=(
            f"{words.counted(options.lags, 'day')} before, {words.counted(options.leads, 'day')} after,"
            f" {described(options.errors)}"
        ),
        brief=f"{words.counted(options.lags, 'day')} before, {words.counted(options.leads, 'day')} after",
        figures={f"beta_{k}": float(slope) for k, slope in zip(offsets, slopes[1:], strict=True)},
    )


def _newey_west(X: FloatArray, errors: FloatArray, inverse: FloatArray) -> FloatArray:
    """Bartlett weights, lag floor(4 (n/100)^(2/9)), without the factor for small samples."""
    scores = X * errors[:, None]
    lags = int(np.floor(4.0 * (len(errors) / 100.0) ** (2.0 / 9.0)))
    middle = scores.T @ scores
    for lag in range(1, min(lags, len(errors) - 1) + 1):
        across = scores[lag:].T @ scores[:-lag]
        middle += (1.0 - lag / (lags + 1.0)) * (across + across.T)
    return np.asarray(inverse @ middle @ inverse)

"""A beta that walks, followed by a Kalman filter."""

import math
from dataclasses import dataclass
from typing import Final

import numpy as np

from core import words
from core.betas.base import BetaOptions, Found, Pairs, beta_estimator
from core.errors import EstimationError, InsufficientHistory
from core.fields import setting
from core.ratios.base import Found as RatioFound
from core.ratios.kalman import KalmanOptions, kalman
from core.types import FloatArray

LEAST: Final = 30
"""Sessions under which two variances cannot be told apart."""

LOWEST: Final = -18.0
HIGHEST: Final = 400.0
"""Where the daily variance of beta is searched: from exp(LOWEST) to HIGHEST errors' variances."""


@dataclass(frozen=True, kw_only=True, eq=False)
class WalkOptions(BetaOptions):
    """How fast the beta may walk."""

    signal_to_noise: float | None = setting(
        None,
        "number",
        "Daily variance of beta",
        help="In units of the error's variance, for returns of variance 1.",
        minimum=0.0,
        maximum=400.0,
        decimals=6,
        optional=True,
        none_text="most likely",
    )

    @classmethod
    def section(cls) -> str:
        """The name of the estimator in messages."""
        return "kalman"


@beta_estimator(
    "kalman",
    label="Kalman filter",
    help="A beta that changes a little each day; how much is estimated too.",
    options=WalkOptions,
    fades=True,
)
def kalman_beta(pairs: Pairs, options: WalkOptions) -> Found:
    """The filtered beta of the last session: y_t = a + b_t x_t + e_t, b_t = b_{t-1} + u_t.

    The filter is that of `core.ratios.kalman`, on returns, with the most likely variances: Durbin and Koopman
    (2012), chapters 2 and 3. A session without a return is left out, and the beta does not walk over
    it. The error is that of the state given the variances, the interval normal. `figures`: `log_likelihood`
    (without the two sessions that fix the start), `error_deviation` and `daily_deviation`, that of the
    beta's steps.

    Raises
    ------
    InsufficientHistory
        With fewer than 30 sessions.
    EstimationError
        When either series does not move, or nothing is left beside the line.
    """
    y, x = pairs.both()
    if len(y) < LEAST:
        raise InsufficientHistory(LEAST, len(y), what="a beta that walks")
    if not np.ptp(x) > 0.0 or not np.ptp(y) > 0.0:
        name = "asset" if np.ptp(x) > 0.0 else "benchmark"
        raise EstimationError(f"Beta is not defined: the {name} did not move over these sessions.")
    line = np.polynomial.polynomial.polyfit(x - x.mean(), y, 1)
    left = y - line[0] - line[1] * (x - x.mean())
    if not left.std() > 1e-9 * y.std():
        raise EstimationError("Nothing is left beside the line: there is no error to weigh a day by.")
    legs = np.column_stack([y, x])
    ratio = _most_likely(legs) if options.signal_to_noise is None else options.signal_to_noise
    found = _filtered(legs, ratio)
    assert found.errors is not None
    step = found.figures["daily_deviation_1"] if ratio else 0.0
    notes: tuple[str, ...] = ("The interval takes the variances for known.",)
    brief = f"beta wanders about {_rounded(step)} a day"
    if options.signal_to_noise is None and ratio >= HIGHEST:
        brief = "takes up all of the asset\u2019s own moves"
        notes = (
            *notes,
            "The walking beta takes up all that is the asset's own: it is no beta to hedge with.",
        )
    return Found(
        beta=float(found.ratios[0]),
        error=float(found.errors[0]),
        freedom=math.inf,
        n=len(y),
        used=f"daily step of beta {words.number(step, 4)}" if step else "a beta that stands still",
        brief=brief if step else "a beta that stands still",
        figures={
            "log_likelihood": found.figures["log_likelihood"],
            "error_deviation": found.figures["error_deviation"],
            "daily_deviation": step,
        },
        notes=notes,
    )


def _rounded(step: float) -> str:
    """A step with two digits that count, never as nothing."""
    decimals = 2 if step >= 0.095 else 3 if step >= 0.0095 else 4
    return words.number(step, decimals) if step >= 0.00005 else "less than 0.0001"


def _filtered(legs: FloatArray, ratio: float) -> RatioFound:
    return kalman(legs, KalmanOptions(signal_to_noise=ratio))


def _most_likely(legs: FloatArray) -> float:
    """The daily variance of beta with the greatest likelihood, zero where standing still is as likely.

    Searched on a grid of logarithms first, because the likelihood may have two tops, then about the best.
    """
    from scipy.optimize import minimize_scalar

    def cost(log: float) -> float:
        return -_filtered(legs, min(math.exp(log), HIGHEST)).figures["log_likelihood"]

    grid = np.arange(LOWEST, math.log(HIGHEST) + 1.0, 1.0)
    best = float(grid[int(np.argmin([cost(float(log)) for log in grid]))])
    end = minimize_scalar(cost, bounds=(best - 1.0, best + 1.0), method="bounded", options={"xatol": 1e-6})
    still = -_filtered(legs, 0.0).figures["log_likelihood"]
    return 0.0 if still <= end.fun + 1e-9 else min(math.exp(float(end.x)), HIGHEST)

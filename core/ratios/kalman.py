"""A ratio that walks: the regression's coefficients followed by a Kalman filter."""

import math
from dataclasses import dataclass
from typing import Final

import numpy as np

from core.errors import EstimationError
from core.fields import setting
from core.kernels.kalman import walk_filter
from core.ratios.base import Found, MethodOptions, hedge_ratio, least_rows
from core.types import FloatArray

VAGUE: Final = 1e7
"""Variance of the unknown start, in squared errors, for legs of variance 1."""

BOUNDS: Final = (-30.0, 6.0)
"""Where ln(var(u) / var(e)) is searched; at the lower end the ratio stands still."""


@dataclass(frozen=True, kw_only=True, eq=False)
class KalmanOptions(MethodOptions):
    """Whether a constant is fitted, and how fast the ratio may walk."""

    intercept: bool = setting(True, "flag", "Intercept", help="One constant; only the ratios walk.")
    signal_to_noise: float | None = setting(
        None,
        "number",
        "Daily variance of the ratio",
        help="In units of the error's variance, for legs of variance 1.",
        minimum=0.0,
        maximum=400.0,
        decimals=6,
        optional=True,
        none_text="most likely",
    )


@hedge_ratio(
    "kalman",
    label="Kalman filter",
    help="A ratio that changes a little each day; how much is estimated too.",
    question="The squared error of each day's forecast, given the ratio of the day before.",
    options=KalmanOptions,
    least=lambda legs, _: max(least_rows(legs), 30),
)
def kalman(prices: FloatArray, options: KalmanOptions) -> Found:
    """The filtered coefficients of the last row of y_t = a + x_t' h_t + e_t, h_t = h_{t-1} + u_t.

    Variances are the most likely ones (the first k rows, on which a vague start rests, do not count); each
    ratio has its own. `path` is the ratio known at each close, from rows up to it. The variances come from
    all rows, so the path is not what would have been known then; a rolling refit is. Errors and intervals are
    those of the state given the variances. `figures`: `log_likelihood`, `error_deviation` and each ratio's
    daily deviation. Durbin and Koopman (2012), chapter 2 and 3.
    """
    size = prices.std(axis=0)
    units = prices / size
    # About the means no digits are lost to levels. A ratio that walks then moves the height of the line too.
    centre = units.mean(axis=0) if options.intercept else np.zeros(len(size))
    y, X = units[:, 0] - centre[0], units[:, 1:] - centre[1:]
    design = np.column_stack([X, np.ones(len(y))]) if options.intercept else X
    count, legs = design.shape[1], X.shape[1]
    if options.signal_to_noise is None:
        logs, converged = _most_likely(y, design, centre[1:])
    else:
        logs, converged = np.full(legs, math.log(max(options.signal_to_noise, 1e-300))), True
    path, _, _, spread, squares, volumes = _run(y, design, logs, centre[1:])
    free = len(y) - count
    variance = squares / free
    if not (variance > 0.0 and math.isfinite(variance)):
        raise EstimationError("The prices hardly move beside their size: nothing is left to follow.")
    likelihood = -0.5 * (free * (math.log(2.0 * math.pi * variance) + 1.0) + volumes) - free * math.log(
        size[0]
    )
    scale = size[0] / size[1:]
    ratios = path[-1, :legs] * scale
    errors = np.sqrt(variance * np.diag(spread)[:legs]) * scale
    intercept = math.nan
    if options.intercept:
        intercept = float((path[-1, -1] + centre[0] - centre[1:] @ path[-1, :legs]) * size[0])
    notes: tuple[str, ...] = ("The spread takes the last day's ratio for all days.",)
    if options.signal_to_noise is None and (logs >= BOUNDS[1]).any():
        notes = (*notes, "The walking ratio takes up the whole spread: it is no ratio to hold.")
    walked = np.sqrt(variance * np.exp(logs)) * scale
    return Found(
        ratios=ratios,
        intercept=intercept,
        errors=errors,
        bounds=np.array([ratios - 1.959964 * errors, ratios + 1.959964 * errors]),
        converged=converged,
        path=path[:, :legs] * scale,
        figures={
            "log_likelihood": float(likelihood),
            "error_deviation": math.sqrt(variance) * float(size[0]),
            **{f"daily_deviation_{place}": float(value) for place, value in enumerate(walked, 1)},
        },
        notes=notes,
    )


def _run(
    y: FloatArray, design: FloatArray, logs: FloatArray, centre: FloatArray
) -> tuple[FloatArray, FloatArray, FloatArray, FloatArray, float, float]:
    """The filter with ln(var(u) / var(e)) of each ratio; legs are about `centre` (K - 1,)."""
    count, legs = design.shape[1], len(logs)
    moves = np.eye(legs, count)
    if count > legs:
        moves[:, legs] = centre  # a ratio that rises by 1 lifts the line at the centre by so much
    noise = moves.T @ (np.exp(logs)[:, None] * moves)
    found: tuple[FloatArray, FloatArray, FloatArray, FloatArray, float, float] = walk_filter(
        np.ascontiguousarray(y), np.ascontiguousarray(design), noise, VAGUE * np.eye(count), count
    )
    return found


def _most_likely(y: FloatArray, design: FloatArray, centre: FloatArray) -> tuple[FloatArray, bool]:
    """ln(var(u) / var(e)) of each ratio with the greatest likelihood, and whether the search ended well.

    The variance of the error is worked out, not searched. Several starts, because a ratio that stands still
    and one that walks are both local answers.
    """
    from scipy.optimize import minimize

    free, legs = len(y) - design.shape[1], len(centre)

    def cost(logs: FloatArray) -> float:
        *_, squares, volumes = _run(y, design, np.clip(logs, *BOUNDS), centre)
        return float(0.5 * (free * math.log(max(squares / free, 1e-300)) + volumes) / free)

    ends = [
        minimize(cost, np.full(legs, start), method="L-BFGS-B", bounds=[BOUNDS] * legs)
        for start in (-4.0, -8.0, -14.0)
    ]
    best = min(ends, key=lambda end: float(end.fun))
    return np.asarray(best.x, dtype=np.float64), bool(best.success)

"""A ratio that walks: the regression's coefficients followed by a Kalman filter."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, NamedTuple

import numpy as np

from core.errors import EstimationError
from core.fields import setting
from core.kernels.kalman import walk_filter
from core.progress import Progress, silent
from core.ratios.base import Found, MethodOptions, hedge_ratio, least_rows
from core.types import FloatArray

BOUNDS: Final = (-30.0, 6.0)
"""Where ln(var(u) / var(e)) is searched; at the lower end the ratio stands still."""

AT_TOP: Final = BOUNDS[1] - 0.01
"""From here on the search has ended at the upper end; the likelihood is level there, and rounding decides."""

TAKES_ALL: Final = "The walking ratio takes up the whole spread: it is no ratio to hold."

FEW: Final = 3
SWEEPS: Final = 4
SINGLES: Final = 3
"""With so few other legs they are gone through so often, from so many starts of one; with more just once."""


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
    reports=True,
    last_day=lambda _: True,
)
def kalman(prices: FloatArray, options: KalmanOptions, progress: Progress = silent) -> Found:
    """The filtered coefficients of the last row of y_t = a + x_t' h_t + e_t, h_t = h_{t-1} + u_t.

    Variances are the most likely ones; each ratio has its own. Nothing is known of the start: the k rows that
    fix it (the first, without those that repeat the ones before) do not count. `path` is the ratio known at
    each close, from rows up to it. The variances come from all rows, so the path is not what would have been
    known then; a rolling refit is. Errors and intervals are those of the state given the variances.
    `figures`: `log_likelihood`, `error_deviation` and each ratio's daily deviation. Durbin and Koopman
    (2012), chapters 2, 3 and 5.

    Raises
    ------
    EstimationError
        When nothing is left beside the ratios.
    """
    size = prices.std(axis=0)
    units = prices / size
    # About the means no digits are lost to levels. A ratio that walks then moves the height of the line too.
    centre = units.mean(axis=0) if options.intercept else np.zeros(len(size))
    y, X = units[:, 0] - centre[0], units[:, 1:] - centre[1:]
    design = np.column_stack([X, np.ones(len(y))]) if options.intercept else X
    count, legs = design.shape[1], X.shape[1]
    # A ratio that rises by 1 lifts the line at the centre by so much.
    moves = np.column_stack([np.eye(legs), centre[1:]]) if options.intercept else np.eye(legs)
    walk = _walk(y, design, moves)
    if options.signal_to_noise is None:
        logs, converged = _most_likely(walk, progress)
    else:
        logs, converged = np.full(legs, math.log(max(options.signal_to_noise, 1e-300))), True
    path, spread, squares, volumes = _run(walk, logs)
    back = np.linalg.inv(walk.turn)
    path, spread = path @ back.T, back @ spread @ back.T
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
    if options.signal_to_noise is None and (logs >= AT_TOP).any():
        notes = (*notes, TAKES_ALL)
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


class _Walk(NamedTuple):
    """What is filtered: `y` (n,) on a `basis` (n, k) of columns that are uncorrelated and of size 1.

    Coefficients of the basis are `turn` (k, k) times those of the legs. `moves` (K - 1, k) is what a ratio
    that rises by 1 adds to them.
    """

    y: FloatArray
    basis: FloatArray
    turn: FloatArray
    moves: FloatArray


def _walk(y: FloatArray, design: FloatArray, moves: FloatArray) -> _Walk:
    # So turned, legs that hardly differ are still told apart by the first rows, on which the start rests.
    basis, turn = np.linalg.qr(design)
    turn /= math.sqrt(len(y))
    return _Walk(
        np.ascontiguousarray(y), np.ascontiguousarray(basis * math.sqrt(len(y))), turn, moves @ turn.T
    )


def _run(walk: _Walk, logs: FloatArray) -> tuple[FloatArray, FloatArray, float, float]:
    """What `walk_filter` returns, with ln(var(u) / var(e)) of each ratio."""
    noise = walk.moves.T @ (np.exp(logs)[:, None] * walk.moves)
    found: tuple[FloatArray, FloatArray, float, float] = walk_filter(walk.y, walk.basis, noise)
    return found


def _most_likely(walk: _Walk, progress: Progress) -> tuple[FloatArray, bool]:
    """ln(var(u) / var(e)) of each ratio with the greatest likelihood, and whether the search is sure of it.

    The variance of the error is worked out, not searched. One leg: a grid over all of `BOUNDS`, because the
    likelihood may have two tops, then Brent's search about each. More: leg by leg in the same way until
    nothing is gained, then downhill in all at once; from ratios that walk alike, and from those of which one
    walks and the others stand still, the best of them. Sure where the two best ends agree.

    `progress` is told the share of all searches leg by leg; it may jump, and stands still downhill.
    """
    from scipy.optimize import minimize

    free, legs = len(walk.y) - walk.basis.shape[1], len(walk.moves)

    def cost(logs: FloatArray) -> float:
        _, _, squares, volumes = _run(walk, np.clip(logs, *BOUNDS))
        return float(0.5 * (free * math.log(max(squares / free, 1e-300)) + volumes))

    def slope(logs: FloatArray) -> FloatArray:
        progress(searched / planned)
        return np.array([(cost(logs + step) - cost(logs - step)) / 2e-4 for step in 1e-4 * np.eye(legs)])

    still, every = np.full(legs, BOUNDS[0]), np.eye(legs)
    if legs == 1:
        return _best_along(cost, still, every[0], 1e-7), True
    starts, sweeps = (SINGLES, SWEEPS) if legs <= FEW else (1, 1)
    searched, planned = 0, legs + 1 + (1 + starts) * sweeps * legs

    def along(here: FloatArray, leg: FloatArray) -> FloatArray:
        nonlocal searched
        progress(searched / planned)
        searched += 1
        return _best_along(cost, here, leg, 1e-3)

    singles = sorted((along(still, leg) for leg in every), key=cost)
    ends = []
    for here in (along(still, np.ones(legs)), *singles[:starts]):
        value = cost(here)
        for _ in range(sweeps):
            before = value
            for leg in every:
                here = along(here, leg)
            value = cost(here)
            if before - value < 1e-6:
                break
        end = minimize(
            cost, here, jac=slope, method="L-BFGS-B", bounds=[BOUNDS] * legs,
            options={"ftol": 1e-15, "gtol": 1e-7},
        )  # fmt: skip
        here, value = (end.x, float(end.fun)) if end.fun < value else (here, value)
        ends.append((value, here))
    ends.sort(key=lambda end: end[0])
    return ends[0][1], ends[1][0] - ends[0][0] < 1e-3


def _best_along(
    cost: Callable[[FloatArray], float], here: FloatArray, leg: FloatArray, near: float
) -> FloatArray:
    """The place of least cost with the logs of some legs (1 in `leg`, else 0) at one value, others kept."""
    from scipy.optimize import minimize_scalar

    def at(log: float) -> FloatArray:
        return np.asarray(np.where(leg > 0.0, log, here))

    logs = np.arange(BOUNDS[0], BOUNDS[1] + 0.5)
    costs = np.array([cost(at(float(log))) for log in logs])
    tried = [(cost(here), 0, here)]
    # Every valley of the grid is followed: of two alike the grid may show the wrong one as lower.
    before, after = np.r_[np.inf, costs[:-1]], np.r_[costs[1:], np.inf]
    for place in np.flatnonzero((costs <= before) & (costs <= after)):
        tried.append((float(costs[place]), len(tried), at(float(logs[place]))))
        end = minimize_scalar(
            lambda log: cost(at(log)), method="bounded", options={"xatol": near},
            bounds=(max(logs[place] - 1.0, BOUNDS[0]), min(logs[place] + 1.0, BOUNDS[1])),
        )  # fmt: skip
        tried.append((float(end.fun), len(tried), at(float(end.x))))
    return min(tried)[2]

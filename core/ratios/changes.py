"""From a hedge of daily returns to units of each leg."""

import math
from typing import Final

import numpy as np
from scipy.special import stdtrit

from core.errors import BadPrices
from core.ratios.base import Found
from core.ratios.ols import newey_west_lags, standard_errors
from core.types import FloatArray

TOO_FEW: Final = "The weights fade too fast for an interval."


def changes_of(prices: FloatArray, on: str) -> tuple[FloatArray, FloatArray]:
    """Daily returns or dollar changes (n - 1, K), and what turns their ratio into units (K - 1,).

    A ratio of returns is dollars per dollar: units follow from the prices of the last row.

    Raises
    ------
    BadPrices
        When returns are asked for and a price is not above zero.
    """
    if on == "changes":
        return np.diff(prices, axis=0), np.ones(prices.shape[1] - 1)
    if not (prices > 0.0).all():
        raise BadPrices("Returns need prices above zero.", hint="Use dollar changes instead.")
    returns: FloatArray = prices[1:] / prices[:-1] - 1.0
    return returns, prices[-1, 0] / prices[-1, 1:]


def weighted_hedge(prices: FloatArray, on: str, weights: FloatArray) -> Found:
    """The hedge with the least weighted variance of daily changes; `weights` (n - 1,) sum to 1.

    `figures` has the ratio in dollars per dollar by place, and the effectiveness: 1 - variance of the hedged
    over that of the unhedged, on the very rows that chose the hedge, so it cannot be below zero there.

    Errors are those of the regression of changes with a constant: Newey and West's (1987) sandwich of the
    weighted scores, times d / (d - K), for units at the last prices, which are known. Of d = 1 / (sum of
    squared weights) days, n - 1 with equal weights, are the lags and the freedom of Student's t for the 95 %
    interval. There is neither where d is no more than K.
    """
    moves, units = changes_of(prices, on)
    centred = moves - weights @ moves
    roots = np.sqrt(weights)[:, None]
    size = np.sqrt((roots * centred) ** 2).max(axis=0)
    design, target = roots * centred[:, 1:] / size[1:], roots[:, 0] * centred[:, 0]
    slopes = np.linalg.lstsq(design, target, rcond=None)[0] / size[1:]
    left = target - (design * size[1:]) @ slopes
    last = prices[-1, 1:] / prices[-1, 0]
    ratios = np.asarray(slopes * units)
    errors = bounds = None
    days = 1.0 / float(weights @ weights)
    freedom = days - prices.shape[1]
    notes: tuple[str, ...] = (TOO_FEW,)
    if freedom > 0.0:
        lags = newey_west_lags(round(days))
        plain = standard_errors(design * size[1:], left, "newey-west", intercept=True, lags=lags)
        rows = len(moves)
        # The factor of the sandwich is for days of equal weight.
        errors = plain * math.sqrt(days / freedom / (rows / (rows - prices.shape[1]))) * np.abs(units)
        half = stdtrit(freedom, 0.975) * errors
        bounds, notes = np.array([ratios - half, ratios + half]), ()
    return Found(
        ratios=ratios,
        errors=errors,
        bounds=bounds,
        notes=notes,
        figures={
            "effectiveness": 1.0 - float(left @ left) / float(target @ target),
            **{f"dollars_{place}": float(value) for place, value in enumerate(ratios * last, 1)},
        },
    )

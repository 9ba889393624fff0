"""From a hedge of daily returns to units of each leg."""

import numpy as np

from core.errors import BadPrices
from core.ratios.base import Found
from core.types import FloatArray


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
    return Found(
        ratios=ratios,
        figures={
            "effectiveness": 1.0 - float(left @ left) / float(target @ target),
            **{f"dollars_{place}": float(value) for place, value in enumerate(ratios * last, 1)},
        },
    )

"""Theil and Sen's slope: the median over all pairs of days."""

from dataclasses import dataclass
from typing import Final

import numpy as np

from core.errors import EstimationError
from core.ratios.base import Found, MethodOptions, hedge_ratio
from core.types import FloatArray

MOST_ROWS: Final = 6000
"""Of more rows, every second, third, ... is taken: pairs grow with the square of the rows."""


@dataclass(frozen=True, kw_only=True, eq=False)
class TheilSenOptions(MethodOptions):
    """Nothing to choose."""


@hedge_ratio(
    "theil_sen",
    label="Theil–Sen",
    help="The median slope over all pairs of days; two legs only.",
    question="The rank correlation between the spread and the other leg.",
    options=TheilSenOptions,
    most_legs=2,
)
def theil_sen(prices: FloatArray, options: TheilSenOptions) -> Found:
    """The median of (y_j - y_i) / (x_j - x_i) over all pairs with x_i != x_j; intercept from the medians.

    Sen (1968), JASA 63. It has no standard error here: that of independent days would be far too small for
    price levels.

    Raises
    ------
    EstimationError
        When no two days differ in the other leg's price.
    """
    del options
    every = -(-len(prices) // MOST_ROWS)
    y, x = prices[::every].T
    parts = []
    for i in range(len(x) - 1):
        run = x[i + 1 :] - x[i]
        apart = run != 0.0
        parts.append((y[i + 1 :] - y[i])[apart] / run[apart])
    slopes = np.concatenate(parts)
    if not len(slopes):
        raise EstimationError("No two days differ in the other leg's price.")
    slope = float(np.median(slopes))
    notes = (f"Only one row in {every} is used: all pairs of rows would be too many.",) if every > 1 else ()
    return Found(ratios=np.array([slope]), intercept=float(np.median(y) - slope * np.median(x)), notes=notes)

"""The hedge with the least variance of daily changes, recent ones counting more."""

from dataclasses import dataclass, replace

import numpy as np

from core.fields import setting
from core.ratios.base import Found, MethodOptions, hedge_ratio
from core.ratios.changes import weighted_hedge
from core.ratios.minimum_variance import ON
from core.types import FloatArray


@dataclass(frozen=True, kw_only=True, eq=False)
class EWMAOptions(MethodOptions):
    """What is hedged, and how fast the past fades."""

    decay: float = setting(
        0.97, "number", "Decay", help="Weight of a day over that of the next.", minimum=0.5, maximum=0.9999,
        decimals=4,
    )  # fmt: skip
    on: str = setting("returns", "choice", "Daily", options=ON)


@hedge_ratio(
    "ewma",
    label="Minimum variance, fading",
    help="As minimum variance, with weights that fade into the past.",
    question="The variance of the hedged position's daily change, recent days counting more.",
    options=EWMAOptions,
    redraws=False,
)
def ewma(prices: FloatArray, options: EWMAOptions) -> Found:
    """Weighted least squares of returns with weights decay^age about the weighted mean, summing to 1.

    `figures["days"]` is how many days of equal weight would be as sure: 1 / sum of squared weights. Errors
    are those of that regression, by Newey and West; none where so few days are not enough.
    """
    weights = options.decay ** np.arange(len(prices) - 2, -1, -1, dtype=np.float64)
    weights /= weights.sum()
    found = weighted_hedge(prices, options.on, weights)
    days = 1.0 / float(weights @ weights)
    return replace(found, figures={**found.figures, "days": days})

"""The hedge with the least variance of daily changes."""

from dataclasses import dataclass

import numpy as np

from core.fields import setting
from core.ratios.base import Found, MethodOptions, hedge_ratio
from core.ratios.changes import weighted_hedge
from core.types import FloatArray

ON = (("returns", "returns (dollars per dollar)"), ("changes", "dollar changes"))


@dataclass(frozen=True, kw_only=True, eq=False)
class MinimumVarianceOptions(MethodOptions):
    """What is hedged."""

    on: str = setting("returns", "choice", "Daily", options=ON)


@hedge_ratio(
    "minimum_variance",
    label="Minimum variance",
    help="The hedge that leaves the least variance of daily returns; it says nothing about levels.",
    question="The variance of the hedged position's daily change.",
    options=MinimumVarianceOptions,
    redraws=False,
)
def minimum_variance(prices: FloatArray, options: MinimumVarianceOptions) -> Found:
    """Least squares of the dependent leg's returns on the others', as units of each leg at the last prices.

    Errors are those of that regression, by Newey and West.
    Johnson (1960), Review of Economic Studies 27; Ederington (1979), Journal of Finance 34.
    """
    rows = len(prices) - 1
    return weighted_hedge(prices, options.on, np.full(rows, 1.0 / rows))

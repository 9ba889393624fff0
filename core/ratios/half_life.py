"""The combination with the shortest half-life, in closed form."""

from dataclasses import dataclass

import numpy as np

from core.kernels.reversion import reversion_products
from core.ratios.base import Found, MethodOptions, hedge_ratio
from core.ratios.vectors import ratios_of, symmetric_vectors
from core.types import FloatArray


@dataclass(frozen=True, kw_only=True, eq=False)
class HalfLifeOptions(MethodOptions):
    """Nothing to choose."""


@hedge_ratio(
    "half_life",
    label="Shortest half-life",
    help="The combination whose gaps close fastest, exactly: no search that could stop early.",
    question="The half-life of the spread.",
    options=HalfLifeOptions,
    swaps=True,
    optimised=True,
)
def shortest_half_life(prices: FloatArray, options: HalfLifeOptions) -> Found:
    """The vector of the least eigenvalue b of A w = b B w, which is the slope of dS_t on S_{t-1}.

    x = P_{t-1} and D = dP about their means, A = (x'D + D'x) / 2, B = x'x: the slope of the spread w'P is
    w'Aw / w'Bw, so its least value over all w is an eigenvalue and no search is needed. `vectors` has all
    stationary points, fastest first, with their slopes as `eigenvalues`.

    The least slope is always below zero with two legs or more, even where nothing comes back: of the sum of
    x_{t-1} dx_t = (x_T^2 - x_0^2 - sum of dx_t^2) / 2 only the first term is above zero, and some combination
    ends at its mean. So a short half-life is no evidence; the unit-root statistic and its p-value are.
    """
    del options
    scatter, cross = reversion_products(prices)
    slopes, weights = symmetric_vectors(cross, scatter)
    ratios, notes = ratios_of(weights[:, 0], np.sqrt(scatter.diagonal()))
    return Found(
        ratios=ratios,
        vectors=weights,
        eigenvalues=slopes,
        notes=notes,
    )

"""The combination with the shortest half-life, in closed form."""

from dataclasses import dataclass

import numpy as np

from core.kernels.reversion import fastest_of_two, reversion_products
from core.ratios.base import Found, MethodOptions, hedge_ratio
from core.ratios.bounds import BEST_FOUND, BINDS, cap_setting, is_bounded, least_slope, range_of, sign_setting
from core.ratios.vectors import alike, ratios_of, symmetric_vectors
from core.types import FloatArray


@dataclass(frozen=True, kw_only=True, eq=False)
class HalfLifeOptions(MethodOptions):
    """What the ratios are held to."""

    sign: str = sign_setting()
    cap: float | None = cap_setting()


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

    With `sign` or `cap` it is the least slope within those bounds, exactly too (`least_slope`); `vectors` are
    those without bounds.

    Raises
    ------
    EstimationError
        When within the signs no hedge is the best one, or no ratio is, because ever greater ones are better.
    BadPrices
        When dollars are capped and a last price is not above zero.
    """
    if prices.shape[1] == 2:
        slopes, weights, sizes = fastest_of_two(prices)
        if not slopes[0] <= slopes[1]:
            raise alike()
    else:
        scatter, cross = reversion_products(prices)
        slopes, weights = symmetric_vectors(cross, scatter)
        sizes = np.sqrt(scatter.diagonal())
    allowed = range_of(prices, options) if is_bounded(options) else None
    if allowed is None or allowed.holds_weights(weights[:, 0]):
        ratios, notes = ratios_of(weights[:, 0], sizes)
        return Found(ratios=ratios, vectors=weights, eigenvalues=slopes, notes=notes)
    scatter, cross = reversion_products(prices)
    best, proven = least_slope(scatter, cross, allowed)
    ratios, notes = ratios_of(best, sizes)
    return Found(
        ratios=ratios,
        converged=proven,
        held=True,
        vectors=weights,
        eigenvalues=slopes,
        notes=(*notes, BINDS) if proven else (*notes, BINDS, BEST_FOUND),
    )

"""Box and Tiao's least predictable combination."""

from dataclasses import dataclass

import numpy as np

from core.ratios.base import Found, MethodOptions, hedge_ratio
from core.ratios.vectors import ratios_of, residuals, symmetric_vectors
from core.types import FloatArray


@dataclass(frozen=True, kw_only=True, eq=False)
class BoxTiaoOptions(MethodOptions):
    """Nothing to choose."""


@hedge_ratio(
    "box_tiao",
    label="Box–Tiao",
    help="The combination whose next value is least predictable from today's prices.",
    question="The share of the spread's variance that a one-step forecast explains.",
    options=BoxTiaoOptions,
    swaps=True,
    optimised=True,
)
def box_tiao(prices: FloatArray, options: BoxTiaoOptions) -> Found:
    """The vector of the least eigenvalue of A Sigma A' v = lambda Sigma v.

    A is the VAR(1) coefficient matrix with a constant, Sigma the covariance of all rows. `vectors` has all of
    them, least predictable first. Box and Tiao (1977), Biometrika 64.
    """
    del options
    size = prices.std(axis=0)
    centred = (prices - prices.mean(axis=0)) / size
    constant = np.ones((len(prices) - 1, 1))
    past, now = residuals(centred[:-1], constant), residuals(centred[1:], constant)
    coefficients = np.linalg.lstsq(past, now, rcond=None)[0].T
    sigma = centred.T @ centred / (len(prices) - 1)
    values, vectors = symmetric_vectors(coefficients @ sigma @ coefficients.T, sigma)
    weights = vectors / size[:, None]
    ratios, notes = ratios_of(weights[:, 0], size)
    return Found(
        ratios=ratios,
        vectors=weights,
        eigenvalues=values,
        figures={"predictability": float(values[0])},
        notes=notes,
    )

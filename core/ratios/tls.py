"""Total least squares: the plane from which all legs together are least far away."""

import math
from dataclasses import dataclass

import numpy as np

from core.errors import BadPrices
from core.fields import setting
from core.ratios.base import Found, MethodOptions, hedge_ratio
from core.ratios.vectors import ratios_of
from core.types import FloatArray


@dataclass(frozen=True, kw_only=True, eq=False)
class TLSOptions(MethodOptions):
    """Whether the plane may miss the origin, and in which units distance is measured."""

    intercept: bool = setting(True, "flag", "Intercept", help="Without it the plane contains the origin.")
    scale: str = setting(
        "none",
        "choice",
        "Distance in",
        help="Total least squares depends on the units of the prices.",
        options=(
            ("none", "price units"),
            ("deviation", "standard deviations of the price"),
            ("first", "first prices"),
            ("changes", "standard deviations of the daily change"),
        ),
    )


@hedge_ratio(
    "tls",
    label="Total least squares",
    help="As least squares, but both legs may be off the line: no leg is preferred.",
    question="The squared distance of all legs from one plane, measured across it.",
    options=TLSOptions,
    swaps=True,
    any_unit=False,
)
def tls(prices: FloatArray, options: TLSOptions) -> Found:
    """The right singular vector of the least singular value, of prices about their means or as they are.

    `figures` has the gap between the last two singular values as a share of the larger: at zero the ratio is
    not identified. Golub and Van Loan (1980), SIAM J. Numer. Anal. 17.

    Raises
    ------
    BadPrices
        When distance is measured in first prices and one is zero.
    """
    scale = _scale(prices, options.scale)
    centre = prices.mean(axis=0) if options.intercept else np.zeros(prices.shape[1])
    _, singular, vectors = np.linalg.svd((prices - centre) / scale, full_matrices=False)
    weights = (vectors / scale)[::-1].T
    ratios, notes = ratios_of(weights[:, 0], prices.std(axis=0))
    return Found(
        ratios=ratios,
        intercept=float(centre[0] - centre[1:] @ ratios) if options.intercept else math.nan,
        vectors=weights,
        eigenvalues=singular[::-1],
        figures={"singular_gap": float(1.0 - singular[-1] / singular[-2])},
        notes=notes,
    )


def _scale(prices: FloatArray, name: str) -> FloatArray:
    if name == "deviation":
        return np.asarray(prices.std(axis=0))
    if name == "changes":
        return np.asarray(np.diff(prices, axis=0).std(axis=0))
    if name == "first":
        if not prices[0].all():
            raise BadPrices("A first price is zero, so distance cannot be measured in first prices.")
        return np.asarray(np.abs(prices[0]))
    return np.ones(prices.shape[1])

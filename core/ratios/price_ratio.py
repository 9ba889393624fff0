"""The ratio of prices at one date: dollars of one leg against the same dollars of the others."""

from dataclasses import dataclass
from typing import Final

import numpy as np

from core.errors import BadPrices
from core.fields import setting
from core.ratios.base import Found, MethodOptions, hedge_ratio
from core.types import FloatArray

KNOWN: Final = "It is a quotient of known prices: it has no error, and no interval."


@dataclass(frozen=True, kw_only=True, eq=False)
class PriceRatioOptions(MethodOptions):
    """At which row the prices are taken."""

    at: str = setting(
        "last",
        "choice",
        "Prices of",
        options=(("last", "last row"), ("first", "first row"), ("mean", "mean")),
    )


@hedge_ratio(
    "price_ratio",
    label="Price ratio",
    help="Equal dollars: the dependent leg's price over the other's.",
    question="Nothing: it makes the dollars of both sides equal at one date.",
    options=PriceRatioOptions,
    swaps=True,
    redraws=False,
    last_day=lambda options: options.at == "last",
)
def price_ratio(prices: FloatArray, options: PriceRatioOptions) -> Found:
    """P_d / P_i at one date, each of K - 1 legs with an equal share of the dollars.

    Raises
    ------
    BadPrices
        When a price there is not above zero.
    """
    at = {"last": prices[-1], "first": prices[0], "mean": prices.mean(axis=0)}[options.at]
    if not (at > 0.0).all():
        raise BadPrices("A price ratio needs prices above zero.")
    return Found(ratios=np.asarray(at[0] / at[1:] / (len(at) - 1)), notes=(KNOWN,))

"""A ratio of price levels as dollars, as shares of a position, and seen from every leg."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from core.errors import BadPrices, InvalidSetting
from core.fields import is_finite
from core.ratios.base import HEDGE_RATIOS, HedgeRatio
from core.ratios.estimate import fit_legs
from core.ratios.legs import read_legs
from core.spread import Missing

if TYPE_CHECKING:
    import pandas as pd


def to_dollars(result: HedgeRatio, prices: Mapping[str, float] | None = None) -> Mapping[str, float]:
    """Dollars of every leg to hold per dollar of the dependent one: -h_i P_i / P_d, and 1 for itself.

    Parameters
    ----------
    result
        A hedge ratio in units of each leg per unit of the dependent one.
    prices
        The price of every leg; None means those of the last row used.

    Raises
    ------
    InvalidSetting
        When a leg has no price.
    BadPrices
        When a price is not above zero.
    """
    at = dict(zip(result.legs, map(float, result.last_prices), strict=True)) if prices is None else prices
    lacking = [name for name in result.legs if name not in at]
    if lacking:
        raise InvalidSetting(f"There is no price of {', '.join(lacking)}.", where="ratios.prices")
    if not all(is_finite(at[name]) and at[name] > 0.0 for name in result.legs):
        raise BadPrices("Dollars need prices above zero.", where="ratios.prices")
    base = at[result.dependent]
    return MappingProxyType({name: units * at[name] / base for name, units in result.holdings.items()})


def to_shares(result: HedgeRatio, position: float, *, whole: bool = False) -> Mapping[str, float]:
    """Shares of every leg to hold with `position` shares of the dependent one; below zero is short.

    With `whole` the other legs are rounded to the nearest share.

    Raises
    ------
    InvalidSetting
        When the position is no number.
    """
    if not is_finite(position):
        raise InvalidSetting("The position must be a number of shares.", where="ratios.position")
    shares = {name: units * position for name, units in result.holdings.items()}
    if whole:
        shares = {
            name: count if name == result.dependent else float(round(count)) for name, count in shares.items()
        }
    return MappingProxyType(shares)


def both_orderings(
    prices: "pd.DataFrame", method: str, *, missing: Missing = "drop", **options: Any
) -> Mapping[str, HedgeRatio]:
    """The hedge ratio with each leg in turn as the dependent one, by its name, in the order of the columns.

    With two legs the product of the two ratios is 1 where the method does not depend on the order.

    Raises
    ------
    HedgeError
        As `estimate_hedge_ratio`, for any of the legs.
    """
    chosen = HEDGE_RATIOS.get(method, where="ratios.method").item.options.read(options)
    legs = read_legs(prices, None, missing)
    return MappingProxyType({name: fit_legs(legs.led_by(name), method, chosen) for name in legs.names})

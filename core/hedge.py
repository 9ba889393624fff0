"""How many shares of the hedge: the formula, and the plan after every close."""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike

from core import words
from core.beta import BetaEstimate
from core.errors import EstimationError, InvalidSetting
from core.exposure import Exposure
from core.fingerprint import Keyed, freeze
from core.hedge_beta import choose_hedge_beta
from core.market import MarketData, Portfolio
from core.settings import DataSettings, HedgeSettings
from core.types import BoolArray, FloatArray

LEAST_HEDGE_BETA = 0.2
"""An instrument whose beta is nearer to zero than this is no hedge: sizes would explode."""


def hedge_shares(
    value: ArrayLike,
    beta: ArrayLike,
    price: ArrayLike,
    *,
    hedge_beta: ArrayLike = -1.0,
    target_beta: float = 0.0,
    liquidity_discount: float = 0.0,
) -> FloatArray:
    """Shares of the hedge to hold, unrounded: value (beta - target) / (-hedge_beta price) (1 - discount).

    Positive is long the hedge. Arguments broadcast; NaN where any is NaN.

    Parameters
    ----------
    value
        Net asset value in dollars.
    beta
        Beta of the book to the benchmark.
    price
        Price of the hedge, above zero.
    hedge_beta
        Beta of the hedge to the benchmark, at least 0.2 away from zero; -1 for SH.
    target_beta
        The beta to be left over.
    liquidity_discount
        Hold this share less, in [0, 1).

    Raises
    ------
    EstimationError
        When the hedge's beta is too near to zero to size with.
    InvalidSetting
        On a price that is not above zero, or a discount outside [0, 1).

    Examples
    --------
    >>> round(float(hedge_shares(10_800, 1.3784, 44.57)), 4)
    334.0076
    """
    per_share = -np.asarray(hedge_beta, dtype=np.float64)
    cost = np.asarray(price, dtype=np.float64)
    if np.any(np.abs(per_share) < LEAST_HEDGE_BETA):
        raise EstimationError(
            f"The hedge's beta is within {LEAST_HEDGE_BETA} of zero, too small to size with.",
            hint="Choose an instrument that moves against the benchmark.",
            where="data.hedge",
        )
    if np.any(cost <= 0) or not 0.0 <= liquidity_discount < 1.0:
        raise InvalidSetting("A hedge needs a price above zero and a discount from 0 to below 1.")
    excess = np.asarray(beta, dtype=np.float64) - target_beta
    result: FloatArray = np.asarray(value, dtype=np.float64) * excess / (per_share * cost)
    return result * (1.0 - liquidity_discount)


def whole_lots(shares: ArrayLike, lot: int = 1) -> FloatArray:
    """Shares rounded toward zero to whole lots; a count within 1e-9 of a whole lot is that lot."""
    lots = np.asarray(shares, dtype=np.float64) / lot
    nearest = np.round(lots)
    whole = np.where(np.abs(lots - nearest) <= 1e-9 * np.maximum(1.0, np.abs(lots)), nearest, np.trunc(lots))
    return whole * lot + 0.0


@dataclass(frozen=True, kw_only=True, eq=False)
class HedgePlan(Keyed):
    """What would be held after each close, at today's quantities; all (T,), NaN where unknown.

    `fraction` is the share of the full hedge in force, `resized` where it is another than at the close
    before. `shares` are whole lots, never negative: an inverse fund is not sold short. `shares_low` and
    `shares_high` follow from the bounds of the portfolio beta. `hedge_beta` is the beta used and `source`
    where the last one comes from. `problem` says why the last row has no size, empty when it has one.
    """

    fraction: FloatArray
    resized: BoolArray
    shares: FloatArray
    shares_low: FloatArray
    shares_high: FloatArray
    exact_shares: FloatArray
    hedge_beta: FloatArray
    source: Literal["measured", "stated", "by hand", "unknown"]
    problem: str


def plan_hedge(
    market: MarketData,
    portfolio: Portfolio,
    betas: BetaEstimate,
    exposure: Exposure,
    data: DataSettings,
    settings: HedgeSettings,
    fraction: FloatArray | None = None,
) -> HedgePlan:
    """The hedge wanted after every close, at a share of the full hedge (T,); None is the full one."""
    share = np.ones(len(market.sessions)) if fraction is None else fraction
    resized = np.diff(share, prepend=share[:1]) != 0
    resized.setflags(write=False)
    chosen = choose_hedge_beta(betas, data, settings)
    used = chosen.values
    usable = used <= -LEAST_HEDGE_BETA

    def sized(beta: FloatArray) -> FloatArray:
        full = hedge_shares(
            portfolio.nav,
            beta,
            market.hedge_close,
            hedge_beta=np.where(usable, used, np.nan),
            target_beta=settings.target_beta,
            liquidity_discount=settings.liquidity_discount,
        )
        # Off is nothing to hold, also where the full size is not known.
        return np.where(share == 0.0, 0.0, full * share)

    def held(exact: FloatArray) -> FloatArray:
        return freeze(whole_lots(np.maximum(exact, 0.0), settings.lot))

    exact = sized(exposure.beta)
    problem = ""
    if not np.isfinite(exposure.dollar_beta[-1]):
        problem = "No position has a beta, so there is nothing to size."
    elif chosen.source == "unknown":
        problem = f"The beta of {market.hedge} cannot be measured, and none is stated for it."
    elif not usable[-1]:
        own = words.number(used[-1])
        problem = f"{market.hedge} has beta {own} to {market.benchmark}: it does not move against it."
    elif not np.isfinite(market.hedge_close[-1]):
        problem = f"{market.hedge} has no price on {words.day(market.as_of)}."
    return HedgePlan(
        fraction=freeze(share),
        resized=resized,
        shares=held(exact),
        shares_low=held(sized(exposure.beta_low)),
        shares_high=held(sized(exposure.beta_high)),
        exact_shares=freeze(exact),
        hedge_beta=used,
        source=chosen.source,
        problem=problem,
    )

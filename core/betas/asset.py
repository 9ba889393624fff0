"""All estimators' betas of one asset of the book on one session, and how far they agree."""

import math
from dataclasses import dataclass, replace
from typing import Any, Final

import numpy as np

from core.beta import BetaEstimate, regression_returns
from core.betas.base import BETAS, BetaReading
from core.betas.estimate import ALL, BetaComparison, compare_betas
from core.betas.vasicek import VasicekOptions, cross_section
from core.errors import EstimationError, InsufficientHistory, InvalidSetting
from core.fingerprint import Keyed
from core.hedge_beta import HedgeBeta
from core.market import MarketData
from core.settings import BetaSettings
from core.types import FloatArray

FLAT: Final = "Its price did not move over the window."

HAIR: Final = 1e-9
"""Two computations of one beta may differ by this; a fund that follows exactly has an interval as narrow."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Agreement(Keyed):
    """How far estimators agree.

    `known` of them have a beta, from `lowest` to `highest` (NaN without any). Of those beside the one in
    use `others` have a 95 % interval, and `holding` of these intervals hold the beta in use.
    """

    known: int
    lowest: float
    highest: float
    others: int
    holding: int


@dataclass(frozen=True, kw_only=True, eq=False)
class AssetBetas(Keyed):
    """Betas of one asset on the benchmark by every estimator, from what is known on one session.

    `in_use` is the beta that the hedge is sized with on that session, NaN where there is none. It is that of
    the marked reading of `comparison`, unless `given` says where it comes from instead. `prior_from` is how
    many betas of the book Vasicek's prior was measured on, 0 where it is the usual one.
    """

    comparison: BetaComparison
    in_use: float
    given: str
    prior_from: int

    def agreement(self) -> Agreement:
        """How far the estimators agree with each other, and with the beta in use."""
        readings = self.comparison.readings
        known = [reading.beta for reading in readings if math.isfinite(reading.beta)]
        marked = -1 if self.given else self.comparison.in_use
        others = [
            reading
            for place, reading in enumerate(readings)
            if place != marked and math.isfinite(reading.high - reading.low)
        ]
        return Agreement(
            known=len(known),
            lowest=min(known, default=math.nan),
            highest=max(known, default=math.nan),
            others=len(others),
            holding=sum(r.low - HAIR <= self.in_use <= r.high + HAIR for r in others),
        )


def asset_betas(
    market: MarketData,
    betas: BetaEstimate,
    settings: BetaSettings,
    hedge_beta: HedgeBeta,
    asset: str,
    row: int,
) -> AssetBetas:
    """Betas of a holding or of the hedge by every estimator, from the rows up to `row` and no other.

    Returns, window and errors are those of `settings`; least squares with these errors comes first and is
    marked. The estimators that weigh the past themselves use all of it, and need as many sessions as the
    others. Vasicek's prior is the cross-section
    of the book's own betas on that session where it has three or more, else 1 ± 0.25. Where the price did
    not move over the window there is no beta by any estimator, as in `core.exposure`.

    Raises
    ------
    ValueError
        On an asset that the market does not have.
    """
    hedge = asset == market.hedge
    fit, j = (betas.hedge, 0) if hedge else (betas.assets, market.tickers.index(asset))
    returns = market.hedge_returns if hedge else market.returns[:, j]
    prior, prior_from = _prior(betas, row)
    y = regression_returns(returns[: row + 1], settings)
    x = regression_returns(market.benchmark_returns[: row + 1], settings)
    known = np.isfinite(y) & np.isfinite(x)
    comparison = compare_betas(
        y,
        x,
        window=settings.window_sessions,
        history=max(settings.window_sessions, len(y) - int(np.argmax(known))),
        choices=_choices(settings, prior),
    )
    if math.isfinite(fit.beta[row, j]) and not math.isfinite(fit.r_squared[row, j]):
        comparison = replace(comparison, readings=tuple(map(_without, comparison.readings)))
    in_use, given = comparison.readings[comparison.in_use].beta, ""
    if hedge and hedge_beta.source == "by hand":
        in_use, given = float(hedge_beta.values[row]), "set by hand"
    elif hedge and not math.isfinite(in_use) and math.isfinite(hedge_beta.values[row]):
        in_use, given = float(hedge_beta.values[row]), "stated by the fund"
    return AssetBetas(comparison=comparison, in_use=in_use, given=given, prior_from=prior_from)


def _choices(settings: BetaSettings, prior: dict[str, float]) -> list[tuple[str, dict[str, Any]]]:
    """All estimators, those that have errors with the errors of the settings, least squares with both."""
    own = {"errors": settings.errors}
    chosen = [("ols", own)]
    for name, options in ALL:
        made = dict(options)
        if name != "ols" and "errors" in {spec for spec, _ in BETAS[name].item.options.specs()}:
            made |= own
        if name == "vasicek":
            made |= prior
        if name != "ols" or made.get("errors", "classic") != settings.errors:
            chosen.append((name, made))
    return chosen


def _prior(betas: BetaEstimate, row: int) -> tuple[dict[str, float], int]:
    """The options of Vasicek's prior, and how many betas of the book it was measured on."""
    fit = betas.assets
    moved: FloatArray = fit.beta[row][np.isfinite(fit.r_squared[row])]
    known = moved[np.isfinite(moved)]
    try:
        prior = cross_section(known)._asdict()
        VasicekOptions.read(prior)
    except (EstimationError, InsufficientHistory, InvalidSetting):
        return {}, 0
    return prior, len(known)


def _without(reading: BetaReading) -> BetaReading:
    unknown = math.nan
    return replace(
        reading, beta=unknown, standard_error=unknown, low=unknown, high=unknown, used="", brief="",
        reason=FLAT, figures={}, notes=(),
    )  # fmt: skip

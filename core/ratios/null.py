"""Unit-root statistics of legs that have nothing to do with each other: drawn, method and all."""

from collections.abc import Mapping
from typing import Any, Final, NamedTuple

import numpy as np

from core.errors import Cancelled, EstimationError, HedgeError, InvalidSetting
from core.fingerprint import freeze
from core.progress import Progress, silent, within
from core.ratios.base import MethodOptions
from core.ratios.find import find_ratios
from core.ratios.legs import Legs
from core.spread import ADF, adf_statistic
from core.types import FloatArray

SEED: Final = 2006
LEAST_DRAWS: Final = 19


class PValue(NamedTuple):
    """A p-value of the null of no cointegration, and where it is from; NaN and empty where there is none.

    `note` says why one that was asked for is not there.
    """

    value: float
    source: str
    note: str = ""


def simulate_p_value(
    legs: Legs,
    method: str,
    options: MethodOptions,
    observed: ADF,
    *,
    draws: int,
    seed: int = SEED,
    progress: Progress = silent,
) -> PValue:
    """How often legs that are not tied together get a statistic as low as `observed` by the same method.

    (1 + count) / (1 + draws): never zero, and no smaller than the draws can tell.

    Raises
    ------
    InvalidSetting
        With fewer than 19 draws.
    EstimationError
        When the method has no answer on most of the draws.
    """
    drawn = null_statistics(legs, method, options, observed.lag, draws=draws, seed=seed, progress=progress)
    value = (1.0 + float((drawn <= observed.statistic).sum())) / (1.0 + len(drawn))
    return PValue(value, f"{len(drawn):,} draws of legs that are not tied together")


def null_statistics(
    legs: Legs,
    method: str,
    options: MethodOptions,
    lag: int,
    *,
    draws: int,
    seed: int = SEED,
    progress: Progress = silent,
) -> FloatArray:
    """The statistics, ascending, of spreads fitted by a method to legs that are not tied together.

    Each draw has as many rows and legs, starts at the same prices and has normal changes of the same
    covariance: walks without a common path. The lag is the one observed, so that only the ratio is searched
    anew. Draws on which the method has no answer are left out.

    Raises
    ------
    InvalidSetting, EstimationError
        As `simulate_p_value`.
    """
    if draws < LEAST_DRAWS:
        raise InvalidSetting(
            f"{draws} draws say nothing.", hint=f"Ask for {LEAST_DRAWS} or more, or for none."
        )
    fixed = with_lag(options, lag)
    rows, count = legs.prices.shape
    root = np.linalg.cholesky(np.atleast_2d(np.cov(np.diff(legs.prices, axis=0), rowvar=False)))
    generator = np.random.default_rng(seed)
    found: list[float] = []
    for draw in range(draws):
        told = within(progress, draw, draws, name=f"Draw {draw + 1:,} of {draws:,}")
        changes = generator.standard_normal((rows - 1, count)) @ root.T
        walks = legs.prices[0] + np.vstack([np.zeros(count), np.cumsum(changes, axis=0)])
        drawn = Legs(names=legs.names, prices=freeze(walks), rows=legs.rows, dates=None, dropped=0)
        try:
            ratios = find_ratios(drawn, method, fixed, progress=told).ratios
            found.append(adf_statistic(walks[:, 0] - walks[:, 1:] @ ratios, lag).statistic)
        except Cancelled:
            raise
        except HedgeError:
            continue  # a draw that the method has no answer for says nothing
    if len(found) < draws / 2:
        raise EstimationError("The method has no answer for most draws of legs that are not tied together.")
    return np.sort(np.array(found))


def with_lag(options: MethodOptions, lag: int | None) -> MethodOptions:
    """The options with a lag that was chosen once held; others as they are."""
    if lag is None:
        return options
    given: Mapping[str, Any] = {name: getattr(options, name) for name, _ in options.specs()}
    if given.get("lag", 0) is None and not given.get("lag_each", False):
        return type(options)(**{**given, "lag": lag})
    return options

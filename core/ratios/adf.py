"""The combination with the least unit-root statistic, by a search of all directions."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import Final, Self

import numpy as np

from core.errors import EstimationError
from core.fields import setting
from core.ratios.base import Found, MethodOptions, hedge_ratio, least_rows
from core.ratios.moments import Moments
from core.ratios.search import Best, Objective, search_circle, search_sphere, whitening
from core.ratios.vectors import ratios_of, symmetric_vectors
from core.spread import adf_statistic, most_lags
from core.types import BoolArray, FloatArray

COARSE: Final = 512
FINE: Final = 10_001
"""Directions looked at: at one lag the statistic is smooth; with a lag for each it jumps."""


@dataclass(frozen=True, kw_only=True, eq=False)
class ADFOptions(MethodOptions):
    """How many lagged changes, and which signs are allowed."""

    lag: int | None = setting(
        None,
        "integer",
        "Lagged changes",
        minimum=0,
        maximum=100,
        optional=True,
        none_text="chosen once, for the least-squares spread",
    )
    lag_each: bool = setting(
        False,
        "flag",
        "A lag for every direction",
        help="Chosen by Akaike's criterion for each. The statistic then jumps, and may mislead.",
    )
    sign: str = setting(
        "any", "choice", "Signs", options=(("any", "any"), ("short", "other legs short only (h ≥ 0)"))
    )

    @classmethod
    def read(cls, given: Mapping[str, object]) -> Self:
        """As all options; `lag="aic"` is short for a lag for every direction."""
        if given.get("lag") == "aic":
            given = {**given, "lag": None, "lag_each": True}
        return super().read(given)


def _least(legs: int, options: ADFOptions) -> int:
    return max(least_rows(legs), 2 * (options.lag or 0) + 10)


@hedge_ratio(
    "adf",
    label="Least unit-root statistic",
    help="The combination that a unit-root test rejects most strongly.",
    question="The augmented Dickey–Fuller statistic of the spread.",
    options=ADFOptions,
    least=_least,
    swaps=True,
    optimised=True,
)
def least_adf(prices: FloatArray, options: ADFOptions) -> Found:
    """The weights with the least t statistic, in whitened coordinates, where no ratio is infinite.

    Two legs: a grid of all angles, and every valley of it followed to its ground. More: many starts, best
    found and not proven; `converged` is False where no two descents agree. Without `lag` it is chosen once,
    by Akaike's criterion for the least-squares spread.

    Raises
    ------
    EstimationError
        When no direction has a statistic, or the best one does not contain the dependent leg.
    """
    whiten = whitening(prices)
    moments = Moments((prices - prices.mean(axis=0)) @ whiten, most_lags(len(prices)))
    if options.lag_each:
        lag, objective = None, moments.statistic_of_best_lag
    else:
        lag = _chosen_once(prices, moments) if options.lag is None else options.lag

        def objective(weights: FloatArray, lag: int = lag) -> FloatArray:
            return moments.statistic(weights, lag)

    best: Best | None
    if prices.shape[1] == 2:
        angles = _grid(prices, whiten, FINE if options.lag_each else COARSE)
        best = search_circle(objective, angles, partial(_keeps_sign, whiten=whiten, sign=options.sign))
    elif options.sign == "any":
        best = search_sphere(objective, _starts(prices, whiten))
    else:
        best = _search_short(objective, prices, whiten)
    if best is None:
        raise EstimationError(
            "No combination of these legs has a unit-root statistic.", hint="Choose a shorter lag."
        )
    weights = whiten @ best.weights
    ratios, notes = ratios_of(weights, prices.std(axis=0))
    used = int(moments.best_lag(best.weights[None])[0]) if lag is None else lag
    if prices.shape[1] > 2:
        notes = (*notes, "With three legs and more this is the best found, not proven to be the best.")
    if lag is None:
        notes = (*notes, "A lag for every direction makes the statistic jump; its least value may mislead.")
    return Found(ratios=ratios, lag=used, converged=best.sure, notes=notes)


def _keeps_sign(weights: FloatArray, *, whiten: FloatArray, sign: str) -> BoolArray:
    if sign == "any":
        return np.ones(len(weights), dtype=np.bool_)
    legs = weights @ whiten.T
    kept: BoolArray = np.asarray((-legs[:, 1:] * np.sign(legs[:, :1]) >= 0.0).all(axis=1))
    return kept


def _search_short(objective: Objective, prices: FloatArray, whiten: FloatArray) -> Best | None:
    """The best with every other leg short: weights are squares, so that no bound is left to run into."""
    size = prices.std(axis=0)
    signs = np.array([1.0, *[-1.0] * (prices.shape[1] - 1)]) / size
    back = np.linalg.inv(whiten).T

    def whitened(roots: FloatArray) -> FloatArray:
        return np.asarray((roots * roots * signs) @ back)

    given = _starts(prices, whiten) @ whiten.T / signs
    given = np.vstack([given * np.where(given[:, :1] < 0.0, -1.0, 1.0), _least_squares_short(prices) * size])
    starts = np.sqrt(np.maximum(given / np.abs(given).max(axis=1, keepdims=True), 1e-3))
    best = search_sphere(lambda roots: objective(whitened(roots)), starts)
    return None if best is None else best._replace(weights=whitened(best.weights[None])[0])


def _least_squares_short(prices: FloatArray) -> FloatArray:
    from scipy.optimize import nnls

    centred = prices - prices.mean(axis=0)
    size = centred.std(axis=0)
    return np.array([1.0, *(nnls(centred[:, 1:] / size[1:], centred[:, 0])[0] / size[1:])])


def _chosen_once(prices: FloatArray, moments: Moments) -> int:
    centred = prices - prices.mean(axis=0)
    size = centred.std(axis=0)
    ratios = np.linalg.lstsq(centred[:, 1:] / size[1:], centred[:, 0], rcond=None)[0] / size[1:]
    return adf_statistic(centred[:, 0] - centred[:, 1:] @ ratios, longest=moments.longest).lag


def _grid(prices: FloatArray, whiten: FloatArray, count: int) -> FloatArray:
    """Angles (2 x count,) even in the whitened levels, and even in the whitened changes.

    What is narrow in one is wide in the other: a valley of either kind is not stepped over.
    """
    even = (np.arange(count) + 0.5) * np.pi / count
    changes = whitening(np.diff(prices, axis=0))
    others = np.linalg.solve(whiten, changes @ np.array([np.cos(even), np.sin(even)]))
    return np.concatenate([even, np.arctan2(others[1], others[0])])


def _starts(prices: FloatArray, whiten: FloatArray) -> FloatArray:
    """Directions worth starting from (S, K): least squares on each leg, half-lives, mean price ratios."""
    past, change = prices[:-1] - prices[:-1].mean(axis=0), np.diff(prices, axis=0)
    cross = past.T @ (change - change.mean(axis=0))
    _, slow = symmetric_vectors((cross + cross.T) / 2.0, past.T @ past)
    inverse = np.linalg.inv(np.atleast_2d(np.cov(prices / prices.std(axis=0), rowvar=False)))
    regressions = inverse / prices.std(axis=0)[:, None]  # columns: each leg on all others
    rows = [*slow.T, *regressions.T]
    with np.errstate(divide="ignore", invalid="ignore"):
        equal = -np.mean(prices[0, 0] / prices, axis=0)
    if np.isfinite(equal).all():
        rows += [np.concatenate([[1.0], equal[1:]]), np.concatenate([[1.0], equal[1:] / (len(equal) - 1)])]
    return np.asarray(np.linalg.solve(whiten, np.array(rows).T).T)

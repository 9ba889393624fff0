"""Intervals for methods without a formula: the legs drawn anew around the ratio found, and fitted again."""

from typing import Final

import numpy as np

from core.errors import Cancelled, EstimationError, HedgeError, InvalidSetting
from core.fingerprint import freeze
from core.progress import Progress, silent, within
from core.ratios.base import MethodOptions
from core.ratios.find import find_ratios
from core.ratios.legs import Legs
from core.ratios.ols import autoregression
from core.types import FloatArray

SEED: Final = 2006
LEAST_DRAWS: Final = 99


def resampled_ratios(
    legs: Legs,
    method: str,
    options: MethodOptions,
    ratios: FloatArray,
    *,
    draws: int,
    seed: int = SEED,
    progress: Progress = silent,
) -> FloatArray:
    """Ratios (draws, K - 1) that a method finds on legs drawn anew around `ratios`; NaN without an answer.

    The spread is taken for a first-order autoregression, its small-sample bias put back; its shocks and the
    other legs' changes are drawn together, so that feedback within a day stays. The other legs are cumulated
    again, the dependent one is rebuilt from them and a new spread (Li and Maddala, 1997, Journal of
    Econometrics 80).

    Raises
    ------
    InvalidSetting
        With fewer than 99 draws.
    EstimationError
        When the method has no answer on most of the draws.
    """
    if draws < LEAST_DRAWS:
        raise InvalidSetting(
            f"{draws} draws are too few for an interval.", hint=f"Ask for {LEAST_DRAWS} or more."
        )
    prices = legs.prices
    rows, count = prices.shape
    spread = prices[:, 0] - prices[:, 1:] @ ratios
    level = float(spread.mean())
    gap = spread - level
    phi, shocks = autoregression(gap, count - 1)
    together = np.column_stack([shocks - shocks.mean(), np.diff(prices[:, 1:], axis=0)])
    generator = np.random.default_rng(seed)
    found = np.full((draws, count - 1), np.nan)
    for draw in range(draws):
        told = within(progress, draw, draws, name=f"Draw {draw + 1:,} of {draws:,}")
        drawn = together[generator.integers(0, len(together), rows - 1)]
        others = prices[0, 1:] + np.vstack([np.zeros(count - 1), np.cumsum(drawn[:, 1:], axis=0)])
        start = gap[generator.integers(0, rows)]
        fresh = _autoregressive(np.concatenate([[start], drawn[:, 0]]), phi)
        walks = np.column_stack([level + others @ ratios + fresh, others])
        again = Legs(names=legs.names, prices=freeze(walks), rows=legs.rows, dates=None, dropped=0)
        try:
            found[draw] = find_ratios(again, method, options, progress=told).ratios
        except Cancelled:
            raise
        except HedgeError:
            continue  # counted by its NaN
    if np.isnan(found[:, 0]).sum() > draws / 2:
        raise EstimationError("The method has no answer for most draws around its ratio.")
    return found


def _autoregressive(shocks: FloatArray, phi: float) -> FloatArray:
    """The sum of phi^k times the shock k rows ago."""
    from scipy.signal import lfilter

    result: FloatArray = np.asarray(lfilter([1.0], [1.0, -phi], shocks), dtype=np.float64)
    return result


def interval_of(drawn: FloatArray, ratios: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Standard errors (K - 1,) and 95 % bounds (2, K - 1) of the ratios, from those drawn around them.

    The bounds are the ratio less the quantiles of what the draws miss it by. The error is the draws'
    interquartile range as a normal one's, because ratios of eigenvectors have heavy tails.
    """
    missed = drawn[np.isfinite(drawn).all(axis=1)] - ratios
    quarter, three, low, high = np.quantile(missed, [0.25, 0.75, 0.025, 0.975], axis=0)
    errors: FloatArray = (three - quarter) / 1.3489795
    return errors, np.array([ratios - high, ratios - low])

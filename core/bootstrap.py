"""How far two arms differ, and how far chance alone would have taken that: a stationary bootstrap."""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import ArrayLike

from core.beta import LEVEL
from core.errors import InvalidSetting
from core.fingerprint import Keyed, freeze
from core.performance import FLAT, MOST, excess_returns, value_returns
from core.types import TRADING_DAYS, FloatArray

SEED: Final = 2006
"""Where the draws begin, so that the same past always gets the same interval."""

BATCH: Final = 250
"""Draws counted at once: some megabytes, whatever the number of draws."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Gap(Keyed):
    """A difference a year between two arms with its 95 % interval; a fraction, NaN where not known."""

    difference: float
    low: float
    high: float


@dataclass(frozen=True, kw_only=True, eq=False)
class SharpeTest(Keyed):
    """How much higher one arm's Sharpe ratio is than the other's, with the interval of what chance does.

    `difference`, `low`, `high`: Sharpe ratios a year, 95 % interval. `draws`: the difference in each draw,
    ascending, those without one (NaN) last; empty where there were too few sessions. `annual_return`
    (compound) and `volatility` come from the same draws. `returns` is how many sessions were drawn from,
    `count` how often, in blocks of `mean_block` sessions on average, from `seed`.
    """

    difference: float
    low: float
    high: float
    draws: FloatArray
    annual_return: Gap
    volatility: Gap
    returns: int
    mean_block: int
    count: int
    seed: int


def bootstrap_difference(
    value_a: ArrayLike,
    value_b: ArrayLike,
    cash_rate: ArrayLike,
    *,
    mean_block: int = 20,
    draws: int = 1500,
    seed: int = SEED,
) -> SharpeTest:
    """The difference a - b in Sharpe ratio, compound return and volatility a year, each with an interval.

    Sessions are drawn for both arms at once, in blocks that start anywhere and whose lengths vary
    (geometric), so that what links the arms, and a session to the one before, stays in the draws.

    Parameters
    ----------
    value_a, value_b
        Dollars (T,) at each close; NaN where they are not known.
    cash_rate
        T-bill a year (T,), a fraction, known at each close.
    mean_block
        Mean length of a block in sessions, at least 1.
    draws
        How many draws, at least 2.
    seed
        Same seed, same draws.

    Returns
    -------
    SharpeTest
        Over the sessions in which both arms have a return; others are left out and their neighbours joined.
        The interval is NaN with fewer than 2 x `mean_block` of them, where an arm does not move, and where a
        draw has no figure; that of the return also where an arm lost everything in one session.

    Raises
    ------
    InvalidSetting
        On a block, a number of draws or lengths that cannot be.

    Notes
    -----
    Politis and Romano (1994), drawn by `arch.bootstrap.StationaryBootstrap`; percentile interval. A draw is
    kept as how often each session was drawn: one matrix product then gives the sums of all draws.
    """
    a, b, rate = (np.asarray(x, dtype=np.float64) for x in (value_a, value_b, cash_rate))
    if a.ndim != 1 or not a.shape == b.shape == rate.shape:
        shapes = f"values {a.shape} and {b.shape}, rate {rate.shape}"
        raise InvalidSetting(f"These are not series of the same sessions: {shapes}.")
    if mean_block < 1 or draws < 2:
        raise InvalidSetting(f"{draws} draws in blocks of {mean_block} sessions cannot be made.")
    returns = np.array([value_returns(a), value_returns(b)])
    excess = np.array([excess_returns(r, rate) for r in returns])
    both = np.isfinite(excess).all(axis=0)
    arms = [_Arm(r[both], e[both]) for r, e in zip(returns, excess, strict=True)]
    count = int(both.sum())
    found = _differences(arms, np.ones((1, count)))[:, 0]
    sampled = np.empty((3, 0))
    if count >= max(2, 2 * mean_block):
        sampled = np.hstack([_differences(arms, batch) for batch in _counts(count, mean_block, draws, seed)])
    low, high = np.full((2, 3), np.nan)
    if sampled.size:
        low, high = np.quantile(sampled, [(1 - LEVEL) / 2, (1 + LEVEL) / 2], axis=1)
    sharpe, compound, volatility = (
        Gap(difference=float(f), low=float(x), high=float(y))
        for f, x, y in zip(found, low, high, strict=True)
    )
    return SharpeTest(
        difference=sharpe.difference,
        low=sharpe.low,
        high=sharpe.high,
        draws=freeze(np.sort(sampled[0])),
        annual_return=compound,
        volatility=volatility,
        returns=count,
        mean_block=mean_block,
        count=draws,
        seed=seed,
    )


class _Arm:
    """What a draw adds up of an arm, and what turns the sums into figures."""

    def __init__(self, returns: FloatArray, excess: FloatArray) -> None:
        self.mean = float(excess.mean()) if len(excess) else math.nan
        # From the means of all sessions: squares of what is left lose no digits when they are subtracted.
        centred = [x - (x.mean() if len(x) else 0.0) for x in (excess, returns)]
        growth = np.log1p(np.where(returns > -1.0, returns, np.nan))
        self.features = np.column_stack([*centred, *(x * x for x in centred), growth])

    def figures(self, counts: FloatArray) -> FloatArray:
        """Sharpe ratio, compound return and volatility a year (3, D) of draws given as counts (D, T)."""
        size = counts.shape[1]
        if size < 2:
            return np.full((3, len(counts)), np.nan)
        sums = (counts @ self.features).T
        spread = np.sqrt(np.maximum(sums[2:4] - sums[:2] ** 2 / size, 0.0) / (size - 1))
        moves = (spread > FLAT).all(axis=0)
        sharpe = np.where(moves, (self.mean + sums[0] / size) / np.where(moves, spread[0], 1.0), np.nan)
        growth = sums[4] / size * TRADING_DAYS
        compound = np.expm1(np.where(growth < MOST, growth, np.nan))
        yearly = math.sqrt(TRADING_DAYS)
        return np.array([sharpe * yearly, compound, spread[1] * yearly])


def _differences(arms: list[_Arm], counts: FloatArray) -> FloatArray:
    result: FloatArray = arms[0].figures(counts) - arms[1].figures(counts)
    return result


def _counts(size: int, mean_block: int, draws: int, seed: int) -> Iterator[FloatArray]:
    """How often each of `size` sessions was drawn, in batches (D, size)."""
    from arch.bootstrap import StationaryBootstrap

    source = StationaryBootstrap(mean_block, np.arange(size), seed=seed)
    for first in range(0, draws, BATCH):
        counts = np.empty((min(BATCH, draws - first), size))
        for row in counts:
            row[:] = np.bincount(source.update_indices(), minlength=size)
        yield counts

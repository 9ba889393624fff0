"""What the searched hedge ratios cost, beside the published way: statsmodels and scipy's BFGS from its start.

Run with ``make bench``. Every row first checks that ours is at least as good an optimum: a quick wrong answer
fails. The searches are timed bare on both sides, then ours with all its checks and diagnostics.
"""

import sys
import warnings
from collections.abc import Callable, Iterator
from functools import partial

import numpy as np
import pandas as pd

from benchmarks.run import Row, main, medians
from core.ratios.base import HEDGE_RATIOS
from core.ratios.estimate import estimate_hedge_ratio
from core.ratios.legs import Legs, read_legs
from core.ratios.rolling import rolling_hedge_ratio
from core.spread import adf_statistic, half_life
from tests.core.ratios.examples import adfuller_value, bfgs_from_mean_price_ratio, legs, unrelated

ROWS = 945


def published_half_life(spread: np.ndarray) -> float:
    """|half-life| by statsmodels' least squares, as published."""
    from statsmodels.regression.linear_model import OLS
    from statsmodels.tools import add_constant

    fit = OLS(np.diff(spread), add_constant(spread[:-1])).fit()
    return float(abs(-np.log(2.0) / fit.params[1]))


def searched(prices: np.ndarray, objective: Callable[[np.ndarray], float]) -> float:
    """The published search, without its warnings."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return bfgs_from_mean_price_ratio(prices, objective)


BATCH = 20
"""Our searches are too short to be timed one by one between two of the peer's."""


def bare(read: Legs, method: str, **options: object) -> Callable[[], np.ndarray]:
    """The method's search alone, to the ratios, `BATCH` times; the peer's ends at the value it found."""
    entry = HEDGE_RATIOS[method].item
    chosen = entry.options.read(options)

    def batch() -> np.ndarray:
        for _ in range(BATCH):
            ratios = entry.estimate(read.prices, chosen).ratios
        return ratios

    return batch


def spread_of(read: Legs, ratios: np.ndarray) -> np.ndarray:
    """The spread that a search ended at."""
    return np.asarray(read.prices[:, 0] - read.prices[:, 1:] @ ratios)


def no_worse(ours: float, theirs: float) -> None:
    """Ours is the lower one, or the same to rounding."""
    if ours > theirs + 1e-7 * max(1.0, abs(theirs)):
        raise AssertionError(f"a worse optimum: {ours} against {theirs}")


def search_rows(repeats: int) -> Iterator[Row]:
    """Half-life and unit-root searches on two and three legs, tied together and not."""
    for count, tied in ((2, True), (2, False), (3, False)):
        prices: pd.DataFrame = legs(2, ROWS, count, phi=0.95) if tied else unrelated(7, ROWS, count)
        read, values = read_legs(prices), prices.to_numpy()
        size = f"{count} legs{', tied' if tied else ''}"
        ours, theirs = bare(read, "half_life"), partial(searched, values, published_half_life)
        no_worse(half_life(spread_of(read, ours())).first_order, theirs())
        mine, peer = medians([ours, theirs], repeats)
        yield Row(
            name=f"shortest half-life, {size}", ours_ms=mine / BATCH, peer="statsmodels + BFGS", peer_ms=peer
        )
        for name, lag, option in (("lag 1", 1, 1), ("a lag for each", None, "aic")):
            ours = bare(read, "adf", lag=option)
            theirs = partial(searched, values, partial(adfuller_value, lag=lag))
            least = adf_statistic(spread_of(read, ours()), "aic" if lag is None else lag).statistic
            no_worse(least, theirs())
            mine, peer = medians([ours, theirs], max(2, repeats // 2) if lag else 2)
            yield Row(
                name=f"least unit-root statistic, {name}, {size}", ours_ms=mine / BATCH,
                peer="adfuller + BFGS", peer_ms=peer,
            )  # fmt: skip


def other_rows(repeats: int) -> Iterator[Row]:
    """Every method with its defaults, and a year of daily refits."""
    prices = legs(2, ROWS, phi=0.95)
    for method in HEDGE_RATIOS.names():
        task = partial(estimate_hedge_ratio, prices, method, adf_lag=1)
        yield Row(name=f"{method}, all of it", ours_ms=medians([task], repeats)[0])
    for method in ("ols", "half_life", "adf"):
        task = partial(rolling_hedge_ratio, prices.iloc[-504:], method, window=252)
        yield Row(name=f"{method}, 253 windows of 252 rows", ours_ms=medians([task], max(2, repeats // 5))[0])


def every(repeats: int) -> Iterator[Row]:
    """All rows."""
    yield from search_rows(repeats)
    yield from other_rows(repeats)


if __name__ == "__main__":
    sys.exit(main(every))

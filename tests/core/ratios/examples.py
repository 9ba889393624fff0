"""Legs to try methods on, and the search that a well-known library publishes, written anew for comparison."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd

ROOT = Path(__file__).resolve().parents[3]
GOLD = ROOT / "../shared/market-data/gld_gdx_data.csv"


def legs(seed: int, rows: int = 300, count: int = 2, phi: float = 0.9) -> pd.DataFrame:
    """A dependent leg A = 5 + sum of the others' parts + a gap that closes; the others are random walks."""
    rng = np.random.default_rng(seed)
    walks = 100.0 + np.cumsum(rng.standard_normal((rows, count - 1)), axis=0)
    gap = np.zeros(rows)
    for t in range(1, rows):
        gap[t] = phi * gap[t - 1] + rng.standard_normal()
    first = 5.0 + walks @ (1.5 / np.arange(1.0, count)) + gap
    return frame(np.column_stack([first, walks]))


def unrelated(seed: int, rows: int = 300, count: int = 2) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    return frame(100.0 + np.cumsum(rng.standard_normal((rows, count)), axis=0))


def frame(values: np.ndarray) -> pd.DataFrame:
    names = list("ABCDEFGHIJKLMNOPQRSTUVWXYZ")[: values.shape[1]]
    return pd.DataFrame(values, columns=names, index=pd.bdate_range("2015-01-01", periods=len(values)))


def gold() -> pd.DataFrame:
    return pd.read_csv(GOLD, parse_dates=["Date"], index_col=0)


def bfgs_from_mean_price_ratio(prices: np.ndarray, objective: Callable[[np.ndarray], float]) -> float:
    """The value that scipy's BFGS ends at from h_i = mean over t of (P_d[0] / P_i[t])."""
    from scipy.optimize import minimize

    start = np.mean(prices[0, 0] / prices[:, 1:], axis=0)
    with np.errstate(all="ignore"):
        found = minimize(
            lambda h: objective(prices[:, 0] - prices[:, 1:] @ h), start, method="BFGS", tol=1e-5
        )
    return float(found.fun)


def adfuller_value(spread: np.ndarray, lag: int | None) -> float:
    from statsmodels.tsa.stattools import adfuller

    how = {"autolag": "AIC"} if lag is None else {"maxlag": lag, "autolag": None}
    return float(adfuller(spread, result_object=False, **how)[0])


def least_squares_half_life(spread: np.ndarray) -> float:
    """-ln 2 / b to first order by numpy's least squares, as published."""
    design = np.column_stack([np.ones(len(spread) - 1), spread[:-1]])
    slope = np.linalg.lstsq(design, np.diff(spread), rcond=None)[0][1]
    return float(-np.log(2.0) / slope)

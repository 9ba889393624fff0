"""Lagged cross-products of the legs: one set serves the unit-root statistic of every combination."""

import numpy as np

from core.kernels.adf import adf_of_weights, best_lag_of_weights
from core.types import FloatArray, IntArray


class Moments:
    """Unit-root statistics of combinations of legs (n, K).

    Parameters
    ----------
    prices
        The legs; only what a combination keeps of them is used, so any shift of a leg is the same.
    longest
        The most lags that will be asked for.
    """

    def __init__(self, prices: FloatArray, longest: int) -> None:
        # One leg a row: sums along memory take a third of the time.
        series = np.ascontiguousarray(prices.T)
        self._level = series - series.mean(axis=1, keepdims=True)
        self._change = np.diff(self._level, axis=1)
        self.longest = longest
        self._fixed: dict[int, tuple[FloatArray, int]] = {}
        self._nested: tuple[FloatArray, int] | None = None

    def statistic(self, weights: FloatArray, lag: int) -> FloatArray:
        """The statistic (N,) of each of the weights (N, K) at one lag; NaN where it is not defined."""
        if lag not in self._fixed:
            self._fixed[lag] = self._products(lag, level_first=False)
        moments, rows = self._fixed[lag]
        result: FloatArray = adf_of_weights(moments, np.ascontiguousarray(weights), rows - lag - 2)
        return result

    def best_lag(self, weights: FloatArray) -> IntArray:
        """The lag (N,) that Akaike's criterion chooses for each of the weights (N, K)."""
        if self._nested is None:
            self._nested = self._products(self.longest, level_first=True)
        moments, rows = self._nested
        result: IntArray = best_lag_of_weights(moments, np.ascontiguousarray(weights), rows)
        return result

    def statistic_of_best_lag(self, weights: FloatArray) -> FloatArray:
        """The statistic (N,) of each of the weights at the lag that is chosen for it."""
        lags = self.best_lag(weights)
        result = np.empty(len(weights))
        for lag in np.unique(lags):
            here = lags == lag
            result[here] = self.statistic(weights[here], int(lag))
        return result

    def _products(self, lag: int, *, level_first: bool) -> tuple[FloatArray, int]:
        rows, legs = self._change.shape[1] - lag, len(self._change)
        past = [self._change[:, lag - j : lag - j + rows] for j in range(1, lag + 1)]
        level = [self._level[:, lag : lag + rows]]
        blocks = [*level, *past] if level_first else [*past, *level]
        together = np.concatenate([*blocks, self._change[:, lag:]])
        together = together - together.mean(axis=1, keepdims=True)
        products = (together @ together.T).reshape(lag + 2, legs, lag + 2, legs)
        return np.ascontiguousarray(products.transpose(0, 2, 1, 3)), rows

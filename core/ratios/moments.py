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
        self._prices = prices - prices.mean(axis=0)
        self._change = np.diff(self._prices, axis=0)
        self.longest = longest
        self._fixed: dict[int, tuple[FloatArray, int]] = {}
        self._nested: tuple[FloatArray, int] | None = None

    def statistic(self, weights: FloatArray, lag: int) -> FloatArray:
        """The statistic (N,) of each of the weights (N, K) at one lag; NaN where it is not defined."""
        if lag not in self._fixed:
            past = [self._past(lag, j) for j in range(1, lag + 1)]
            self._fixed[lag] = self._products([*past, self._level(lag), self._change[lag:]])
        moments, rows = self._fixed[lag]
        result: FloatArray = adf_of_weights(moments, np.ascontiguousarray(weights), rows - lag - 2)
        return result

    def best_lag(self, weights: FloatArray) -> IntArray:
        """The lag (N,) that Akaike's criterion chooses for each of the weights (N, K)."""
        if self._nested is None:
            most = self.longest
            past = [self._past(most, j) for j in range(1, most + 1)]
            self._nested = self._products([self._level(most), *past, self._change[most:]])
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

    def _past(self, lag: int, back: int) -> FloatArray:
        part: FloatArray = self._change[lag - back : len(self._change) - back]
        return part

    def _level(self, lag: int) -> FloatArray:
        part: FloatArray = self._prices[lag:-1]
        return part

    @staticmethod
    def _products(blocks: list[FloatArray]) -> tuple[FloatArray, int]:
        rows, legs = blocks[0].shape
        together = np.hstack([block - block.mean(axis=0) for block in blocks])
        products = (together.T @ together).reshape(len(blocks), legs, len(blocks), legs)
        return np.ascontiguousarray(products.transpose(0, 2, 1, 3)), rows

"""The cross-products behind the half-life of every combination of legs."""

from typing import Any

import numpy as np

from core.kernels.jit import kernel


@kernel
def reversion_products(prices: Any) -> Any:
    """Matrices x'x and the symmetric part of x'd (K, K), of prices (T, K).

    x is P_{t-1} about its mean and d the change dP_t, for t = 1 .. T - 1. The mean of d drops out, for x sums
    to 0.
    """
    rows, legs = prices.shape
    mean = np.zeros(legs)
    for t in range(rows - 1):
        for i in range(legs):
            mean[i] += prices[t, i]
    mean /= rows - 1
    scatter, cross = np.zeros((legs, legs)), np.zeros((legs, legs))
    for t in range(rows - 1):
        for i in range(legs):
            x, d = prices[t, i] - mean[i], prices[t + 1, i] - prices[t, i]
            for j in range(i + 1):
                other = prices[t, j] - mean[j]
                scatter[i, j] += x * other
                cross[i, j] += 0.5 * (x * (prices[t + 1, j] - prices[t, j]) + other * d)
    for i in range(legs):
        for j in range(i):
            scatter[j, i], cross[j, i] = scatter[i, j], cross[i, j]
    return scatter, cross

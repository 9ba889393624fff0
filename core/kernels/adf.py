"""Augmented Dickey-Fuller statistics of many combinations of the same legs, from cross-products alone."""

from typing import Any

import numpy as np

from core.kernels.jit import kernel


@kernel
def adf_of_weights(moments: Any, weights: Any, freedom: int) -> Any:
    """The t statistic of each of `weights` (N, K); NaN where a pivot is nothing but rounding.

    `moments` (B, B, K, K) are cross-products of the blocks lagged changes 1..p, level, change, in that order,
    each about its mean; `freedom` is rows - p - 2.
    """
    blocks, legs = moments.shape[0], moments.shape[2]
    result = np.empty(len(weights))
    small = np.empty((blocks, blocks))
    for n in range(len(weights)):
        for a in range(blocks):
            for b in range(a + 1):
                total = 0.0
                for i in range(legs):
                    part = 0.0
                    for j in range(legs):
                        part += weights[n, j] * moments[a, b, i, j]
                    total += weights[n, i] * part
                small[a, b] = total
        result[n] = np.nan
        if _factor(small, blocks):
            result[n] = small[blocks - 1, blocks - 2] / small[blocks - 1, blocks - 1] * np.sqrt(freedom)
    return result


@kernel
def best_lag_of_weights(moments: Any, weights: Any, rows: int) -> Any:
    """The number of lagged changes with the least Akaike criterion, for each of `weights` (N, K).

    `moments` (B, B, K, K) are those of level, lagged changes 1..B-2, change, on the `rows` that all lags
    have. 0 where a pivot is nothing but rounding.
    """
    blocks, legs = moments.shape[0], moments.shape[2]
    result = np.zeros(len(weights), dtype=np.int64)
    small = np.empty((blocks, blocks))
    for n in range(len(weights)):
        for a in range(blocks):
            for b in range(a + 1):
                total = 0.0
                for i in range(legs):
                    part = 0.0
                    for j in range(legs):
                        part += weights[n, j] * moments[a, b, i, j]
                    total += weights[n, i] * part
                small[a, b] = total
        if not _factor(small, blocks):
            continue
        last = blocks - 1
        left = small[last, last] ** 2
        least = np.inf
        for lag in range(blocks - 2, -1, -1):
            criterion = rows * np.log(left) + 2.0 * lag
            if criterion <= least:
                least = criterion
                result[n] = lag
            left += small[last, lag] ** 2
    return result


@kernel
def _factor(small: Any, size: int) -> bool:
    """Cholesky in place of the lower triangle; False where a pivot is under 1e-13 of what it started from."""
    for a in range(size):
        for b in range(a + 1):
            total = small[a, b]
            for k in range(b):
                total -= small[a, k] * small[b, k]
            if a > b:
                small[a, b] = total / small[b, b]
            elif total > 1e-13 * small[a, a]:
                small[a, a] = np.sqrt(total)
            else:
                return False
    return True

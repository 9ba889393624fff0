"""Exponentially weighted means."""

import numpy as np

from core.kernels.jit import kernel
from core.types import FloatArray


@kernel
def exponential_mean(values: FloatArray, decay: float) -> FloatArray:
    """Weighted mean (T,) of the values up to each row, weights `decay` to the power of their age.

    As pandas' `ewm(alpha=1 - decay, adjust=True).mean()`, but NaN where the row's own value is.
    """
    result = np.full(len(values), np.nan)
    total = weight = 0.0
    for t in range(len(values)):
        total *= decay
        weight *= decay
        if np.isfinite(values[t]):
            total += values[t]
            weight += 1.0
            result[t] = total / weight
    return result

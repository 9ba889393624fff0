"""Returns from prices; nothing is filled."""

import numpy as np

from core.types import FloatArray


def simple_returns(prices: FloatArray) -> FloatArray:
    """p_t / p_{t-1} - 1 along axis 0, the same shape as the prices.

    Row 0 is NaN, and so are a missing session and the one after it.
    """
    result = np.full(prices.shape, np.nan)
    result[1:] = prices[1:] / prices[:-1] - 1.0
    return result


def log_returns(simple: FloatArray) -> FloatArray:
    """log(1 + r) of simple returns, NaN where they are NaN or lose everything."""
    return np.log1p(np.where(simple > -1.0, simple, np.nan))

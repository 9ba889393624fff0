"""Trailing windows to look back through."""

import numpy as np

from core.types import FloatArray


def trailing(values: FloatArray, length: int) -> FloatArray:
    """The last `length` values up to each row, (T, length); NaN before the first row."""
    padded = np.concatenate([np.full(length - 1, np.nan), values])
    view: FloatArray = np.lib.stride_tricks.sliding_window_view(padded, length)
    return view


def moving_average(values: FloatArray, length: int) -> FloatArray:
    """Mean of the last `length` known values, the row's own among them; NaN where that is not known."""
    known = np.isfinite(values)
    result = np.full(len(values), np.nan)
    result[known] = trailing(values[known], length).mean(axis=1)
    return result

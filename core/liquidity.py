"""How much of an instrument trades a day, and how much it moves: what limits and impact are measured by."""

from typing import Final

import numpy as np

from core.types import FloatArray
from core.windows import trailing

VOLUME_SESSIONS: Final = 20


def average_volume(volume: FloatArray, close: FloatArray) -> FloatArray:
    """Mean dollar volume of the last 20 sessions in shares at the row's own close (T,); NaN where unknown."""
    dollars = trailing(volume * close, VOLUME_SESSIONS)
    known = np.isfinite(dollars)
    count = known.sum(axis=1)
    total = np.where(known, dollars, 0.0).sum(axis=1)
    mean: FloatArray = np.where(count > 0, total, np.nan) / np.maximum(count, 1)
    return mean / close


def daily_volatility(returns: FloatArray, window: int) -> FloatArray:
    """Standard deviation (ddof 1) of the known returns of the last `window` sessions (T,).

    NaN where fewer than two are known.
    """
    seen = trailing(returns, window)
    known = np.isfinite(seen)
    count = known.sum(axis=1)
    mean = np.where(known, seen, 0.0).sum(axis=1) / np.maximum(count, 1)
    squares = np.where(known, (seen - mean[:, None]) ** 2, 0.0).sum(axis=1)
    result: FloatArray = np.sqrt(np.where(count > 1, squares, np.nan) / np.maximum(count - 1, 1))
    return result

"""A folder of prices with dividends."""

from collections.abc import Mapping
from pathlib import Path

import numpy as np

from core.settings import DataSettings


def paying(folder: Path, legs: Mapping[str, tuple[np.ndarray, float]]) -> tuple[DataSettings, np.ndarray]:
    """The settings that read files of these closes, and the adjusted closes (T, K) written beside them.

    Each leg pays its dividend once, between rows 29 and 30: before, its adjusted close is that much lower.
    """
    count = len(next(iter(legs.values()))[0])
    days = np.busday_offset(np.datetime64("2020-01-01"), np.arange(count), roll="forward")
    before = np.arange(count) < 30
    adjusted = np.column_stack([np.round(closes - paid * before, 4) for closes, paid in legs.values()])
    for name, (closes, _), column in zip(legs, legs.values(), adjusted.T, strict=True):
        rows = "".join(f"{day},{a:.4f},{b:.4f}\n" for day, a, b in zip(days, closes, column, strict=True))
        (folder / f"{name}.csv").write_text(f"date,close,adj_close\n{rows}")
    return DataSettings(provider="files", folder=str(folder), benchmark="SPY", hedge="SH"), adjusted

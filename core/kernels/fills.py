"""What one fill costs: the same arithmetic for today's order and for every fill of a backtest."""

import numpy as np

from core.kernels.jit import kernel

ITEMS = 5
"""Fixed fee, proportional fee, half-spread, tax and impact, in this order."""


@kernel
def cost_items(
    shares: float,
    price: float,
    fixed: float,
    proportional: float,
    spread: float,
    tax: float,
    impact: float,
    volatility: float,
    volume: float,
) -> tuple[float, float, float, float, float]:
    """Dollars of each item for a fill of signed shares; rates are shares of the notional for this one side.

    The impact is Y x volatility x sqrt(shares / volume) of the notional, nothing where either is unknown.
    """
    if shares == 0.0:
        return 0.0, 0.0, 0.0, 0.0, 0.0
    notional = abs(shares) * price
    slip = 0.0
    if np.isfinite(volatility) and np.isfinite(volume) and volume > 0.0:
        slip = impact * volatility * np.sqrt(abs(shares) / volume)
    taxed = notional * tax if shares < 0.0 else 0.0
    return fixed, notional * proportional, notional * spread, taxed, notional * slip

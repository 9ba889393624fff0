"""Returns with a known beta, for the tests of the estimators."""

import numpy as np


def returns(
    seed: int, rows: int = 250, beta: float = 1.3, noise: float = 0.012
) -> tuple[np.ndarray, np.ndarray]:
    """Asset and benchmark returns (rows,)."""
    rng = np.random.default_rng(seed)
    x = rng.normal(0.0004, 0.01, rows)
    return 0.0002 + beta * x + rng.normal(0.0, noise, rows), x

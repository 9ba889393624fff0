"""The Kalman filter of a regression whose coefficients walk."""

from typing import Any

import numpy as np

from core.kernels.jit import kernel


@kernel
def walk_filter(y: Any, design: Any, noise: Any, start: Any, burn: int) -> Any:
    """Filtered coefficients (n, k), forecast errors (n,) and their variances (n,), in units of the error.

    y_t = design_t' b_t + e_t, b_t = b_{t-1} + u_t, var(e) = 1, var(u) = `noise` (k, k). b_0 is 0 with
    covariance `start` (k, k). Then the covariance (k, k) after the last row, and the sums of squared
    standardised errors and of log variances after `burn` rows.
    """
    rows, count = design.shape
    state = np.zeros(count)
    spread = start.copy()
    path = np.empty((rows, count))
    errors, variances = np.empty(rows), np.empty(rows)
    gain = np.empty(count)
    squares = logs = 0.0
    for t in range(rows):
        error, variance = y[t], 1.0
        for i in range(count):
            error -= design[t, i] * state[i]
            total = 0.0
            for j in range(count):
                total += spread[i, j] * design[t, j]
            gain[i] = total
            variance += design[t, i] * total
        share = 1.0 / variance
        for i in range(count):
            state[i] += gain[i] / variance * error
            path[t, i] = state[i]
        for i in range(count):
            for j in range(count):  # both halves: neighbours in memory, and as fast as one
                spread[i, j] += noise[i, j] - gain[i] * gain[j] * share
        errors[t], variances[t] = error, variance
        if t >= burn:
            squares += error * error / variance
            logs += np.log(variance)
    spread -= noise
    return path, errors, variances, spread, squares, logs

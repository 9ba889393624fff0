"""The Kalman filter of a regression whose coefficients walk."""

from typing import Any, Final

import numpy as np

from core.kernels.jit import kernel

NOTHING: Final = 1e-9
"""Share of a row's square under which it is taken to say nothing of what no row before it has fixed."""


@kernel
def walk_filter(y: Any, design: Any, noise: Any) -> Any:
    """Filtered coefficients (n, k) of a regression whose coefficients walk, in units of the error.

    y_t = design_t' b_t + e_t, b_t = b_{t-1} + u_t, var(e) = 1, var(u) = `noise` (k, k). Of b_0 nothing is
    known: the exact start of Durbin and Koopman (2012), section 5.2, which rests on the first k rows that
    each say something new. Then the covariance (k, k) after the last row, and the sums of squared
    standardised errors and of log variances over all other rows. The columns of `design` (n, k) are
    uncorrelated and of one size, or rows may be taken for new, or not, by their rounding.
    """
    rows, count = design.shape
    state = np.zeros(count)
    spread = np.zeros((count, count))
    vague = np.eye(count)
    path = np.empty((rows, count))
    gain, reach = np.empty(count), np.empty(count)
    unfixed = count
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
        fresh = size = 0.0
        if unfixed:
            for i in range(count):
                total = 0.0
                for j in range(count):
                    total += vague[i, j] * design[t, j]
                reach[i] = total
                fresh += design[t, i] * total
                size += design[t, i] * design[t, i]
        if fresh > NOTHING * size:
            unfixed -= 1
            for i in range(count):
                state[i] += reach[i] / fresh * error
                for j in range(count):
                    spread[i, j] += (
                        noise[i, j]
                        + (reach[i] * reach[j] * variance / fresh - gain[i] * reach[j] - reach[i] * gain[j])
                        / fresh
                    )
                    vague[i, j] -= reach[i] * reach[j] / fresh
        else:
            share = 1.0 / variance
            for i in range(count):
                state[i] += gain[i] / variance * error
                for j in range(count):  # both halves: neighbours in memory, and as fast as one
                    spread[i, j] += noise[i, j] - gain[i] * gain[j] * share
            squares += error * error / variance
            logs += np.log(variance)
        for i in range(count):
            path[t, i] = state[i]
    spread -= noise
    return path, spread, squares, logs

"""The cross-products behind the half-life of every combination of legs."""

from typing import Any

import numpy as np

from core.kernels.jit import kernel


@kernel
def reversion_products(prices: Any) -> Any:
    """Matrices x'x and the symmetric part of x'd (K, K), of prices (T, K).

    x is P_{t-1} about its mean and d the change dP_t, for t = 1 .. T - 1. The mean of d drops out, for x sums
    to 0.
    """
    rows, legs = prices.shape
    mean = np.zeros(legs)
    for t in range(rows - 1):
        for i in range(legs):
            mean[i] += prices[t, i]
    mean /= rows - 1
    scatter, cross = np.zeros((legs, legs)), np.zeros((legs, legs))
    for t in range(rows - 1):
        for i in range(legs):
            x, d = prices[t, i] - mean[i], prices[t + 1, i] - prices[t, i]
            for j in range(i + 1):
                other = prices[t, j] - mean[j]
                scatter[i, j] += x * other
                cross[i, j] += 0.5 * (x * (prices[t + 1, j] - prices[t, j]) + other * d)
    for i in range(legs):
        for j in range(i):
            scatter[j, i], cross[j, i] = scatter[i, j], cross[i, j]
    return scatter, cross


@kernel
def fastest_of_two(prices: Any) -> Any:
    """Slopes (2,) ascending, weights (2, 2) in columns and sizes (2,) of two legs (T, 2).

    The slopes are those of dS_t on S_{t-1} that no other combination goes beyond, NaN where the legs move as
    one; `sizes` are the legs' lengths about their means. The two-leg case of `reversion_products` with its
    eigenproblem, in closed form.
    """
    steps = prices.shape[0] - 1
    first = second = 0.0
    for t in range(steps):
        first += prices[t, 0]
        second += prices[t, 1]
    first /= steps
    second /= steps
    s11 = s12 = s22 = d11 = d12 = d22 = 0.0
    x, y = prices[0, 0] - first, prices[0, 1] - second
    for t in range(steps):
        u, v = prices[t + 1, 0] - first, prices[t + 1, 1] - second
        s11 += x * x
        s12 += x * y
        s22 += y * y
        d11 += (u - x) * (u - x)
        d12 += (u - x) * (v - y)
        d22 += (v - y) * (v - y)
        x, y = u, v
    # x_{t-1} dx_t' + dx_t x_{t-1}' = x_t x_t' - x_{t-1} x_{t-1}' - dx_t dx_t', and the first two telescope.
    u, v = prices[0, 0] - first, prices[0, 1] - second
    one, two = np.sqrt(s11), np.sqrt(s22)
    shared = s12 / (one * two)
    c11 = 0.5 * (x * x - u * u - d11) / (one * one)
    c12 = 0.5 * (x * y - u * v - d12) / (one * two)
    c22 = 0.5 * (y * y - v * v - d22) / (two * two)
    slopes, weights = np.full(2, np.nan), np.full((2, 2), np.nan)
    sizes = np.array([one, two])
    left = (1.0 - shared) * (1.0 + shared)
    if not left > 0.0:
        return slopes, weights, sizes
    root = np.sqrt(left)
    h12 = (c12 - shared * c11) / root
    h22 = (c22 - 2.0 * shared * c12 + shared * shared * c11) / left
    # The symmetric 2 x 2 problem by the rotation that takes h12 away.
    tangent = 0.0
    if h12 != 0.0:
        tilt = 0.5 * (h22 - c11) / h12
        tangent = 1.0 / (abs(tilt) + np.sqrt(1.0 + tilt * tilt))
        if tilt < 0.0:
            tangent = -tangent
    cosine = 1.0 / np.sqrt(1.0 + tangent * tangent)
    sine = tangent * cosine
    low, high = c11 - tangent * h12, h22 + tangent * h12
    a1, a2, b1, b2 = cosine, -sine, sine, cosine
    if low > high:
        low, high = high, low
        a1, a2, b1, b2 = b1, b2, a1, a2
    slopes[0], slopes[1] = low, high
    weights[0, 0], weights[1, 0] = (a1 - shared * a2 / root) / one, a2 / root / two
    weights[0, 1], weights[1, 1] = (b1 - shared * b2 / root) / one, b2 / root / two
    return slopes, weights, sizes

"""Augmented Dickey-Fuller statistics of many combinations of the same legs, from cross-products alone."""

from typing import Any

import numpy as np

from core.kernels.jit import kernel


@kernel
def adf_of_weights(moments: Any, weights: Any, freedom: int) -> Any:
    """The t statistic of each of `weights` (N, K); NaN where a pivot is nothing but rounding.

    `moments` (B, B, K, K) are cross-products of the blocks lagged changes 1..p, level, change, in that order,
    each about its mean; `freedom` is rows - p - 2.
    """
    blocks = moments.shape[0]
    result = np.empty(len(weights))
    small = np.empty((blocks, blocks))
    for n in range(len(weights)):
        _fill(small, moments, weights[n])
        result[n] = np.nan
        if _factor(small, blocks):
            result[n] = small[blocks - 1, blocks - 2] / small[blocks - 1, blocks - 1] * np.sqrt(freedom)
    return result


@kernel
def best_lag_of_weights(moments: Any, weights: Any, rows: int) -> Any:
    """The number of lagged changes with the least Akaike criterion, for each of `weights` (N, K).

    `moments` (B, B, K, K) are those of level, lagged changes 1..B-2, change, on the `rows` that all lags
    have. 0 where a pivot is nothing but rounding.
    """
    blocks = moments.shape[0]
    result = np.zeros(len(weights), dtype=np.int64)
    small = np.empty((blocks, blocks))
    for n in range(len(weights)):
        _fill(small, moments, weights[n])
        if not _factor(small, blocks):
            continue
        last = blocks - 1
        left = small[last, last] ** 2
        least = np.inf
        for lag in range(blocks - 2, -1, -1):
            criterion = rows * np.log(left) + 2.0 * lag
            if criterion <= least:
                least = criterion
                result[n] = lag
            left += small[last, lag] ** 2
    return result


@kernel
def _fill(small: Any, moments: Any, weights: Any) -> None:
    """Of `small` (B, B) the lower triangle: `moments` (B, B, K, K) of the combination with `weights` (K,)."""
    blocks, legs = moments.shape[0], moments.shape[2]
    for a in range(blocks):
        for b in range(a + 1):
            total = 0.0
            for i in range(legs):
                part = 0.0
                for j in range(legs):
                    part += weights[j] * moments[a, b, i, j]
                total += weights[i] * part
            small[a, b] = total


@kernel
def _factor(small: Any, size: int) -> bool:
    """Cholesky in place of the lower triangle; False where a pivot is under 1e-13 of what it started from."""
    for a in range(size):
        for b in range(a + 1):
            total = small[a, b]
            for k in range(b):
                total -= small[a, k] * small[b, k]
            if a > b:
                small[a, b] = total / small[b, b]
            elif total > 1e-13 * small[a, a]:
                small[a, a] = np.sqrt(total)
            else:
                return False
    return True


@kernel
def least_adf_of_two(prices: Any, lag: int, low: float, high: float, count: int) -> Any:
    """The weights (2,) of two legs (T, 2) with the least t statistic at one lag.

    Then the legs' deviations (2,), the statistic, and the end: -1 where h is `low`, 1 where it is `high`, 0
    between. The spread is P_0 - h P_1 with h in that range, which may be infinite: all directions then.

    `count` directions are even in the levels, once both have variance 1 and no correlation, and as many even
    in the changes: what is narrow in one is wide in the other. Every valley of either is followed to its
    ground. The statistic is infinite and the weights are NaN where no direction has one.
    """
    rows, blocks = prices.shape[0], lag + 2
    level, (one, two, shared, root) = _whitened(prices)
    products = _products_of_two(level, lag)
    # Coefficients of u_0^2, u_0 u_1 and u_1^2 in every cross-product of the blocks.
    parts = np.empty((blocks, blocks, 3))
    for a in range(blocks):
        for b in range(a + 1):
            parts[a, b, 0] = products[2 * a, 2 * b]
            parts[a, b, 1] = products[2 * a, 2 * b + 1] + products[2 * a + 1, 2 * b]
            parts[a, b, 2] = products[2 * a + 1, 2 * b + 1]
    small = np.empty((blocks, blocks))
    # A turned and stretched plane in which the changes are even: v = turn' u.
    c11, c12, c22 = parts[blocks - 1, blocks - 1]
    t11 = np.sqrt(c11)
    t12 = 0.5 * c12 / t11
    t22 = np.sqrt(max(c22 - t12 * t12, 0.0))
    best, found0, found1, end = np.inf, np.nan, np.nan, 0
    for ring in range(2):
        if ring == 1:
            if not t22 > 0.0:
                break
            s11, s12, s22 = t11, t12, t22
        else:
            s11, s12, s22 = 1.0, 0.0, 1.0
        # Ends of the arc: at h the direction is (one - shared two h, -root two h), turned.
        first, last = (
            _angle(high, 1.0, one, two, shared, root, s11, s12, s22),
            _angle(low, -1.0, one, two, shared, root, s11, s12, s22),
        )
        while last <= first:
            last += 2.0 * np.pi
        step = (last - first) / count
        whole = np.isinf(low) and np.isinf(high)
        # All around the circle the last direction is the first one: one step more each way closes it.
        begin, points = (first - step, count + 3) if whole else (first, count + 1)
        values = np.empty(points)
        cosine, sine = np.cos(begin), np.sin(begin)
        turn_c, turn_s = np.cos(step), np.sin(step)
        for k in range(points):
            u1 = sine / s22
            values[k] = _signed_square(parts, (cosine - s12 * u1) / s11, u1, small)
            cosine, sine = cosine * turn_c - sine * turn_s, sine * turn_c + cosine * turn_s
        for k in range(points):
            left, right = max(k - 1, 0), min(k + 1, points - 1)
            if not (values[k] < np.inf and values[k] <= values[left] and values[k] <= values[right]):
                continue
            a0, a1 = _direction(begin + left * step, s11, s12, s22)
            b0, b1 = _direction(begin + right * step, s11, s12, s22)
            value, u0, u1 = _ground(parts, small, a0, a1, b0, b1)
            side = 0
            if not whole and (k == 0 or k == points - 1) and values[k] <= value:
                value, side = values[k], 1 if k == 0 else -1
                u0, u1 = _direction(begin + k * step, s11, s12, s22)
            if value < best:
                best, found0, found1, end = value, u0, u1, side
    weights = np.array([(found0 - shared * found1 / root) / one, found1 / (root * two)])
    statistic = np.copysign(np.sqrt(abs(best)), best) * np.sqrt(float(rows - 1 - 2 * lag - 2))
    return weights, np.array([one, two]), statistic, end


@kernel
def _whitened(prices: Any) -> Any:
    """Two legs (2, T) of variance 1 without correlation, and what they were divided and freed by."""
    rows = prices.shape[0]
    mean0 = mean1 = 0.0
    for t in range(rows):
        mean0 += prices[t, 0]
        mean1 += prices[t, 1]
    mean0 /= rows
    mean1 /= rows
    s00 = s01 = s11 = 0.0
    for t in range(rows):
        x, y = prices[t, 0] - mean0, prices[t, 1] - mean1
        s00 += x * x
        s01 += x * y
        s11 += y * y
    one, two = np.sqrt(s00 / rows), np.sqrt(s11 / rows)
    shared = s01 / np.sqrt(s00 * s11)
    root = np.sqrt(max((1.0 - shared) * (1.0 + shared), 1e-300))
    level = np.empty((2, rows))
    for t in range(rows):
        level[0, t] = (prices[t, 0] - mean0) / one
        level[1, t] = ((prices[t, 1] - mean1) / two - shared * level[0, t]) / root
    return level, (one, two, shared, root)


@kernel
def _products_of_two(level: Any, lag: int) -> Any:
    """Cross-products (2 B, 2 B) of lagged changes 1..lag, level and change of two legs, about their means."""
    rows = level.shape[1] - 1 - lag
    together = np.empty((2 * lag + 4, rows))
    for leg in range(2):
        for j in range(lag + 1):
            # Lagged changes 1..lag, and last the change itself; their sums are last level less first.
            place, start = (2 * lag + 2, lag) if j == lag else (2 * j, lag - 1 - j)
            mean = (level[leg, start + rows] - level[leg, start]) / rows
            for t in range(rows):
                together[place + leg, t] = level[leg, start + t + 1] - level[leg, start + t] - mean
        mean = 0.0
        for t in range(rows):
            mean += level[leg, lag + t]
        mean /= rows
        for t in range(rows):
            together[2 * lag + leg, t] = level[leg, lag + t] - mean
    return np.dot(together, together.T)


@kernel
def _angle(
    h: float, infinite: float, one: float, two: float, shared: float, root: float, s11: float, s12: float,
    s22: float,
) -> Any:  # fmt: skip
    """The angle in a ring of the spread with ratio h; with an infinite one it is the other leg alone."""
    u0, u1 = one - shared * two * h, -root * two * h
    if np.isinf(h):
        u0, u1 = -infinite * shared * two, -infinite * root * two
    return np.arctan2(s22 * u1, s11 * u0 + s12 * u1)


@kernel
def _direction(angle: float, s11: float, s12: float, s22: float) -> Any:
    """The direction at an angle of a ring."""
    u1 = np.sin(angle) / s22
    return (np.cos(angle) - s12 * u1) / s11, u1


@kernel
def _ground(parts: Any, small: Any, a0: float, a1: float, b0: float, b1: float) -> Any:
    """The least signed square between two directions, and where: eight parts, then the golden section.

    Only the direction counts, not the length: points of the line between the two do for those of the arc.
    """
    d0, d1 = b0 - a0, b1 - a1
    best, place = np.inf, 0.5
    for k in range(9):
        value = _signed_square(parts, a0 + 0.125 * k * d0, a1 + 0.125 * k * d1, small)
        if value < best:
            best, place = value, 0.125 * k
    low, high = max(place - 0.125, 0.0), min(place + 0.125, 1.0)
    share = 0.6180339887498949
    x, y = high - share * (high - low), low + share * (high - low)
    at_x = _signed_square(parts, a0 + x * d0, a1 + x * d1, small)
    at_y = _signed_square(parts, a0 + y * d0, a1 + y * d1, small)
    for _ in range(38):
        if at_x <= at_y:
            high, y, at_y = y, x, at_x
            x = high - share * (high - low)
            at_x = _signed_square(parts, a0 + x * d0, a1 + x * d1, small)
        else:
            low, x, at_x = x, y, at_y
            y = low + share * (high - low)
            at_y = _signed_square(parts, a0 + y * d0, a1 + y * d1, small)
        if at_x < best:
            best, place = at_x, x
        if at_y < best:
            best, place = at_y, y
    return best, a0 + place * d0, a1 + place * d1


@kernel
def _signed_square(parts: Any, u0: float, u1: float, small: Any) -> Any:
    """The statistic's square over its freedom, with its sign; infinite where a pivot is only rounding.

    It rises with the statistic, and needs no root: pivots of an elimination in place of a Cholesky factor.
    """
    size = parts.shape[0]
    aa, ab, bb = u0 * u0, u0 * u1, u1 * u1
    for a in range(size):
        for b in range(a + 1):
            small[a, b] = aa * parts[a, b, 0] + ab * parts[a, b, 1] + bb * parts[a, b, 2]
    for k in range(size - 2):
        pivot = small[k, k]
        if not pivot > 1e-13 * (aa * parts[k, k, 0] + ab * parts[k, k, 1] + bb * parts[k, k, 2]):
            return np.inf
        for a in range(k + 1, size):
            share = small[a, k] / pivot
            for b in range(k + 1, a + 1):
                small[a, b] -= share * small[b, k]
    level, cross, change = small[size - 2, size - 2], small[size - 1, size - 2], small[size - 1, size - 1]
    before = size - 2
    if not level > 1e-13 * (
        aa * parts[before, before, 0] + ab * parts[before, before, 1] + bb * parts[before, before, 2]
    ):
        return np.inf
    last = size - 1
    square = cross * cross / level
    left = change - square
    if not left > 1e-13 * (aa * parts[last, last, 0] + ab * parts[last, last, 1] + bb * parts[last, last, 2]):
        return np.inf
    return square / left if cross > 0.0 else -square / left

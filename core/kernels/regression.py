"""Rolling least squares and the book's own regression."""

import numpy as np

from core.kernels.jit import kernel
from core.types import FloatArray, IntArray

# SSR = Syy - beta * Sxy loses 1 / (1 - R2) digits; above this R2 the residuals are summed directly.
_DIRECT_ABOVE = 0.999
# A benchmark whose spread is below this share of its size is flat: what is left is rounding. A return is a
# price ratio less one, so its rounding is that of a number near one however small it is.
_FLAT = 1e-13


@kernel
def _window(
    y: FloatArray, x: FloatArray, start: int, stop: int, lags: int
) -> tuple[int, float, float, float, float, float]:
    """One window by two passes: n, alpha, beta, se(alpha), se(beta), R2.

    `lags` is -1 for classic errors and -2 for Newey-West at the lag floor(4 (n/100)^(2/9)).
    """
    n = 0
    px = py = 0.0
    for t in range(start, stop):
        if np.isfinite(x[t]) and np.isfinite(y[t]):
            if n == 0:
                px, py = x[t], y[t]
            n += 1
    if n < 2:
        return n, np.nan, np.nan, np.nan, np.nan, np.nan
    sx = sy = 0.0
    for t in range(start, stop):
        if np.isfinite(x[t]) and np.isfinite(y[t]):
            sx += x[t] - px
            sy += y[t] - py
    mx, my = px + sx / n, py + sy / n
    sxx = sxy = syy = rx = ry = scale = 0.0
    for t in range(start, stop):
        if np.isfinite(x[t]) and np.isfinite(y[t]):
            dx, dy = x[t] - mx, y[t] - my
            sxx += dx * dx
            sxy += dx * dy
            syy += dy * dy
            rx += dx
            ry += dy
            scale = max(scale, abs(x[t]))
    # The means are rounded: the sums of the deviations are not exactly zero and correct the moments.
    sxx -= rx * rx / n
    sxy -= rx * ry / n
    syy -= ry * ry / n
    mx += rx / n
    my += ry / n
    if not sxx > n * (_FLAT * max(1.0, scale)) ** 2:
        return n, np.nan, np.nan, np.nan, np.nan, np.nan
    beta = sxy / sxx
    alpha = my - beta * mx
    residual = np.empty(n)
    centred = np.empty(n)
    ssr = 0.0
    k = 0
    for t in range(start, stop):
        if np.isfinite(x[t]) and np.isfinite(y[t]):
            centred[k] = x[t] - mx
            residual[k] = (y[t] - my) - beta * centred[k]
            ssr += residual[k] * residual[k]
            k += 1
    r_squared = 1.0 - ssr / syy if syy > 0 else np.nan
    if n < 3:
        return n, alpha, beta, np.nan, np.nan, r_squared
    if lags == -1:
        s2 = ssr / (n - 2)
        return n, alpha, beta, np.sqrt(s2 * (1.0 / n + mx * mx / sxx)), np.sqrt(s2 / sxx), r_squared
    if lags == -2:
        lags = int(np.floor(4.0 * (n / 100.0) ** (2.0 / 9.0)))
    suu = suv = svv = 0.0
    for lag in range(min(lags, n - 1) + 1):
        weight = 1.0 - lag / (lags + 1.0)
        uu = uv = vv = 0.0
        for t in range(lag, n):
            u, v = residual[t], residual[t] * centred[t]
            u0, v0 = residual[t - lag], residual[t - lag] * centred[t - lag]
            uu += u * u0
            uv += u * v0 + u0 * v
            vv += v * v0
        if lag == 0:
            suu, suv, svv = uu, uv / 2.0, vv
        else:
            suu += 2.0 * weight * uu
            suv += weight * uv
            svv += 2.0 * weight * vv
    factor = n / (n - 2.0)
    var_beta = factor * svv / (sxx * sxx)
    var_alpha = factor * (suu / (n * n) - 2.0 * mx * suv / (n * sxx) + mx * mx * svv / (sxx * sxx))
    return n, alpha, beta, np.sqrt(max(var_alpha, 0.0)), np.sqrt(max(var_beta, 0.0)), r_squared


@kernel
def rolling_direct(
    y: FloatArray, x: FloatArray, window: int, needed: int, lags: int
) -> tuple[FloatArray, FloatArray, FloatArray, FloatArray, FloatArray, IntArray]:
    """Every window on its own, in two passes: exact, O(T * window). Serves Newey-West errors.

    y (N, T), x (T,); returns alpha, beta, se(alpha), se(beta), R2 and observations, all (N, T).
    """
    columns, rows = y.shape
    out = np.full((5, columns, rows), np.nan)
    seen = np.zeros((columns, rows), dtype=np.int64)
    for j in range(columns):
        column = y[j]
        for t in range(rows):
            n, alpha, beta, se_alpha, se_beta, r_squared = _window(
                column, x, max(0, t - window + 1), t + 1, lags
            )
            seen[j, t] = n
            if n >= needed:
                out[0, j, t], out[1, j, t], out[2, j, t] = alpha, beta, se_alpha
                out[3, j, t], out[4, j, t] = se_beta, r_squared
    return out[0], out[1], out[2], out[3], out[4], seen


@kernel
def _benchmark_blocks(
    x: FloatArray, window: int, needed: int, first: int
) -> tuple[FloatArray, FloatArray, FloatArray, FloatArray, FloatArray]:
    """The benchmark's part of every window, computed once for all assets.

    Per row: sum of x less its block's pivot, 1 / n, 1 / Sxx, mean of x, and se(alpha) / se(beta). 1 / Sxx is
    NaN where the window has too few rows or the benchmark is flat in it, which blanks every output.
    """
    rows = len(x)
    shifted, mean = np.zeros(rows), np.zeros(rows)
    share, inverse, ratio = np.zeros(rows), np.full(rows, np.nan), np.zeros(rows)
    suffix = np.zeros((window, 3))
    for b in range(first, rows, window):
        pivot = x[b]
        total = square = size = 0.0
        for k in range(1, window):
            if b - k >= first:
                dx = x[b - k] - pivot
                total += dx
                square += dx * dx
                size = max(size, abs(x[b - k]))
            suffix[k, 0], suffix[k, 1], suffix[k, 2] = total, square, size
        total = square = size = 0.0
        for t in range(b, min(b + window, rows)):
            dx = x[t] - pivot
            total += dx
            square += dx * dx
            size = max(size, abs(x[t]))
            k = window - 1 - (t - b)
            n = min(window, t - first + 1)
            shifted[t] = total + suffix[k, 0]
            share[t] = 1.0 / n
            mean[t] = pivot + shifted[t] / n
            sxx = square + suffix[k, 1] - shifted[t] * shifted[t] / n
            if n >= needed and sxx > n * (_FLAT * max(1.0, size, suffix[k, 2])) ** 2:
                inverse[t] = 1.0 / sxx
                ratio[t] = np.sqrt(sxx / n + mean[t] * mean[t])
    return shifted, share, inverse, mean, ratio


@kernel
def _sums_with_gaps(
    y: FloatArray,
    x: FloatArray,
    b: int,
    start: int,
    window: int,
    needed: int,
    out: FloatArray,
    seen: IntArray,
) -> None:
    """Rows `start` to the end of one asset's block at b, some row missing: sums over rows that both have."""
    end = min(b + window, len(x))
    low = max(0, b - window + 1)
    if not (np.isfinite(x[b]) and np.isfinite(y[b])):
        # No row is common to all windows of the block, so there is no safe pivot.
        for t in range(start, end):
            n, alpha, beta, se_a, se_b, r2 = _window(y, x, max(0, t - window + 1), t + 1, -1)
            seen[t] = n
            if n >= needed:
                out[0, t], out[1, t], out[2, t], out[3, t], out[4, t] = alpha, beta, se_a, se_b, r2
        return
    suffix = np.zeros((window, 7))
    part = np.zeros(7)
    for step in range(1, window):
        if b - step >= low:
            _add(part, x[b - step], y[b - step], x[b], y[b])
        suffix[step] = part
    part[:] = 0.0
    for t in range(b, end):
        _add(part, x[t], y[t], x[b], y[b])
        k = window - 1 - (t - b)
        if t < start:
            continue
        n = int(part[0] + suffix[k, 0])
        seen[t] = n
        if n < needed:
            continue
        ax, ay = part[1] + suffix[k, 1], part[2] + suffix[k, 2]
        sxx = part[3] + suffix[k, 3] - ax * ax / n
        sxy = part[4] + suffix[k, 4] - ax * ay / n
        syy = part[5] + suffix[k, 5] - ay * ay / n
        if not sxx > n * (_FLAT * max(1.0, part[6], suffix[k, 6])) ** 2:
            continue
        mean, beta = x[b] + ax / n, sxy / sxx
        r2 = beta * sxy / syy if syy > 0 else np.nan
        alpha, se_a, se_b = y[b] + ay / n - beta * mean, np.nan, np.nan
        if not r2 < _DIRECT_ABOVE:
            _, alpha, beta, se_a, se_b, r2 = _window(y, x, max(0, t - window + 1), t + 1, -1)
        elif n > 2:
            variance = (1.0 - r2) * syy / (n - 2)
            se_a, se_b = np.sqrt(variance * (1.0 / n + mean * mean / sxx)), np.sqrt(variance / sxx)
        out[0, t], out[1, t], out[2, t], out[3, t], out[4, t] = alpha, beta, se_a, se_b, r2


@kernel
def _add(part: FloatArray, x: float, y: float, pivot_x: float, pivot_y: float) -> None:
    """Add one row to n, x, y, xx, xy, yy and the largest |x|, if both are there."""
    if np.isfinite(x) and np.isfinite(y):
        dx, dy = x - pivot_x, y - pivot_y
        part[0] += 1.0
        part[1] += dx
        part[2] += dy
        part[3] += dx * dx
        part[4] += dx * dy
        part[5] += dy * dy
        part[6] = max(part[6], abs(x))


@kernel
def rolling_blocks(
    y: FloatArray, x: FloatArray, window: int, needed: int
) -> tuple[FloatArray, FloatArray, FloatArray, FloatArray, FloatArray, IntArray]:
    """Rolling least squares by block sums (van Herk / Gil-Werman), O(T) and free of drift.

    Time is cut into blocks of one window. Every window that ends in block [b, b + w) holds row b, so x and
    y are pivoted at row b; suffix sums of the w - 1 rows before b and a running prefix from b give each
    window by one addition. Nothing is ever subtracted, so a bad print cannot outlive its windows.

    y (N, T), x (T,); returns alpha, beta, se(alpha), se(beta), R2 and observations, all (N, T). Rows of
    a block before its asset's first gap take the quick way: plain loops over a few arrays each, which the
    compiler turns into vector instructions.
    """
    columns, rows = y.shape
    out = np.full((5, columns, rows), np.nan)
    seen = np.zeros((columns, rows), dtype=np.int64)
    first = 0
    while first < rows and not np.isfinite(x[first]):
        first += 1
    shifted, share, inverse, mean, ratio = _benchmark_blocks(x, window, needed, first)
    sy, sxy, syy = np.empty(window), np.empty(window), np.empty(window)
    for j in range(columns):
        column = y[j]
        last_gap = -1
        for b in range(first, rows, window):
            low = max(first, b - window + 1)
            end = b if last_gap >= low else min(b + window, rows)
            for t in range(b, min(b + window, rows)):
                if not (np.isfinite(column[t]) and np.isfinite(x[t])):
                    # Rows before the block's first gap go the quick way, whatever comes after them: a gap
                    # tomorrow must not change today's last digit.
                    end = min(end, t)
                    last_gap = t
            size = end - b
            if end < min(b + window, rows):
                _sums_with_gaps(column, x, b, end, window, needed, out[:, j], seen[j])
            if size == 0:
                continue
            px, py = x[b], column[b]
            # The suffix sum that belongs to row b + i covers the window - 1 - i rows before b.
            total = cross = square = 0.0
            for k in range(1, window):
                if b - k >= low:
                    dy = column[b - k] - py
                    total += dy
                    cross += (x[b - k] - px) * dy
                    square += dy * dy
                sy[window - 1 - k], sxy[window - 1 - k], syy[window - 1 - k] = total, cross, square
            sy[window - 1] = sxy[window - 1] = syy[window - 1] = 0.0
            total = cross = square = 0.0
            for i in range(size):
                dy = column[b + i] - py
                total += dy
                cross += (x[b + i] - px) * dy
                square += dy * dy
                sy[i] += total
                sxy[i] += cross
                syy[i] += square
            alpha, beta = out[0, j, b:end], out[1, j, b:end]
            se_a, se_b, r2 = out[2, j, b:end], out[3, j, b:end], out[4, j, b:end]
            part, inv_n, inv_sxx = shifted[b:end], share[b:end], inverse[b:end]
            for i in range(size):
                sxy[i] -= part[i] * sy[i] * inv_n[i]
            for i in range(size):
                syy[i] -= sy[i] * sy[i] * inv_n[i]
            for i in range(size):
                beta[i] = sxy[i] * inv_sxx[i]
            for i in range(size):
                r2[i] = beta[i] * sxy[i] / syy[i]
            for i in range(size):
                se_b[i] = np.sqrt((1.0 - r2[i]) * syy[i] * inv_sxx[i] / (1.0 / inv_n[i] - 2.0))
            for i in range(size):
                se_a[i] = se_b[i] * ratio[b + i]
            for i in range(size):
                alpha[i] = py + sy[i] * inv_n[i] - beta[i] * mean[b + i]
            for i in range(size):
                n = min(window, b + i - first + 1)
                seen[j, b + i] = n
                if np.isfinite(inv_sxx[i]) and (n < 3 or not r2[i] < _DIRECT_ABOVE):
                    start = max(0, b + i - window + 1)
                    _, alpha[i], beta[i], se_a[i], se_b[i], r2[i] = _window(column, x, start, b + i + 1, -1)
    return out[0], out[1], out[2], out[3], out[4], seen


@kernel
def rolling_book(
    y: FloatArray, x: FloatArray, weights: FloatArray, window: int, needed: int, lags: int
) -> tuple[FloatArray, FloatArray, FloatArray, FloatArray, FloatArray, IntArray]:
    """Regression, over each window, of a book held at the window's last weights.

    y (T, N) returns, x (T,), weights (T, N); 0 or NaN leaves a column out of that row's book. A session of
    the window counts when x and every included column have a return. Returns alpha, beta, se(alpha),
    se(beta), R2 and observations (T,).
    """
    rows, columns = y.shape
    out = np.full((5, rows), np.nan)
    seen = np.zeros(rows, dtype=np.int64)
    book = np.empty(window)
    bench = np.empty(window)
    active = np.empty(columns, dtype=np.int64)
    held = np.empty(columns)
    for t in range(rows):
        count = 0
        for j in range(columns):
            weight = weights[t, j]
            if np.isfinite(weight) and weight != 0.0:
                active[count], held[count] = j, weight
                count += 1
        if count == 0:
            continue
        start = max(0, t - window + 1)
        for s in range(start, t + 1):
            total = 0.0
            for i in range(count):
                total += held[i] * y[s, active[i]]
            book[s - start] = total
            bench[s - start] = x[s]
        n, alpha, beta, se_a, se_b, r2 = _window(book, bench, 0, t + 1 - start, lags)
        seen[t] = n
        if n >= needed:
            out[0, t], out[1, t], out[2, t], out[3, t], out[4, t] = alpha, beta, se_a, se_b, r2
    return out[0], out[1], out[2], out[3], out[4], seen

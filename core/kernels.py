"""The compiled loops: rolling least squares and the book's own regression.

Serial numba kernels that release the GIL and are cached on disk. Each has a plain NumPy twin in the
tests. Nothing here validates; the callers do.
"""

from typing import Any, TypeVar

import numba
import numpy as np

from core.types import FloatArray, IntArray

F = TypeVar("F")


def _kernel(function: F) -> F:
    compiled: Any = numba.njit(cache=True, nogil=True, fastmath=False, error_model="numpy")(function)
    result: F = compiled
    return result


# SSR = Syy - beta * Sxy loses 1 / (1 - R2) digits; above this R2 the residuals are summed directly.
_DIRECT_ABOVE = 0.999
# A benchmark whose spread is below this share of its size is flat: what is left is rounding.
_FLAT = 1e-13


@_kernel
def _finish(
    n: int, mean_x: float, mean_y: float, sxx: float, sxy: float, syy: float, scale: float
) -> tuple[float, float, float]:
    """beta, alpha and R2 of centred moments; NaN where the benchmark is flat."""
    if not sxx > n * (_FLAT * scale) ** 2:
        return np.nan, np.nan, np.nan
    beta = sxy / sxx
    explained = beta * sxy
    return beta, mean_y - beta * mean_x, explained / syy if syy > 0 else np.nan


@_kernel
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
    if not sxx > n * (_FLAT * scale) ** 2:
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


@_kernel
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


@_kernel
def rolling_blocks(
    y: FloatArray, x: FloatArray, window: int, needed: int
) -> tuple[FloatArray, FloatArray, FloatArray, FloatArray, FloatArray, IntArray]:
    """Rolling least squares by block sums (van Herk / Gil-Werman), O(T) and free of drift.

    Time is cut into blocks of one window. Every window that ends in block [b, b + w) holds row b, so x and
    y are pivoted at row b; suffix sums of the w - 1 rows before b and a running prefix from b give each
    window by one addition. Nothing is ever subtracted, so a bad print cannot outlive its windows.
    Where row b itself is missing there is no common pivot, and the block's windows are done one by one.

    y (N, T), x (T,); returns alpha, beta, se(alpha), se(beta), R2 and observations, all (N, T).
    """
    columns, rows = y.shape
    out = np.full((5, columns, rows), np.nan)
    seen = np.zeros((columns, rows), dtype=np.int64)
    suffix = np.zeros((window, 7))
    for j in range(columns):
        column = y[j]
        for b in range(0, rows, window):
            end = min(b + window, rows)
            if not (np.isfinite(x[b]) and np.isfinite(column[b])):
                for t in range(b, end):
                    count, alpha, beta, se_a, se_b, r2 = _window(column, x, max(0, t - window + 1), t + 1, -1)
                    seen[j, t] = count
                    if count >= needed:
                        out[0, j, t], out[1, j, t], out[2, j, t] = alpha, beta, se_a
                        out[3, j, t], out[4, j, t] = se_b, r2
                continue
            px, py = x[b], column[b]
            # suffix[k]: sums over rows b - k .. b - 1
            n = sx = sy = sxx = sxy = syy = big = 0.0
            suffix[0, :] = 0.0
            for k in range(1, window):
                t = b - k
                if t >= 0 and np.isfinite(x[t]) and np.isfinite(column[t]):
                    dx, dy = x[t] - px, column[t] - py
                    n += 1.0
                    sx += dx
                    sy += dy
                    sxx += dx * dx
                    sxy += dx * dy
                    syy += dy * dy
                    big = max(big, abs(x[t]))
                suffix[k, 0], suffix[k, 1], suffix[k, 2], suffix[k, 3] = n, sx, sy, sxx
                suffix[k, 4], suffix[k, 5], suffix[k, 6] = sxy, syy, big
            n = sx = sy = sxx = sxy = syy = big = 0.0
            for t in range(b, end):
                if np.isfinite(x[t]) and np.isfinite(column[t]):
                    dx, dy = x[t] - px, column[t] - py
                    n += 1.0
                    sx += dx
                    sy += dy
                    sxx += dx * dx
                    sxy += dx * dy
                    syy += dy * dy
                    big = max(big, abs(x[t]))
                k = window - 1 - (t - b)
                m = n + suffix[k, 0]
                seen[j, t] = int(m)
                if m < needed or m < 2:
                    continue
                ax, ay = sx + suffix[k, 1], sy + suffix[k, 2]
                cxx = sxx + suffix[k, 3] - ax * ax / m
                cxy = sxy + suffix[k, 4] - ax * ay / m
                cyy = syy + suffix[k, 5] - ay * ay / m
                mx = px + ax / m
                scale = max(big, suffix[k, 6])
                beta, alpha, r2 = _finish(int(m), mx, py + ay / m, cxx, cxy, cyy, scale)
                if np.isnan(beta):
                    continue
                if not r2 < _DIRECT_ABOVE:
                    _, alpha, beta, se_a, se_b, r2 = _window(column, x, max(0, t - window + 1), t + 1, -1)
                elif m > 2:
                    s2 = (1.0 - r2) * cyy / (m - 2)
                    se_a, se_b = np.sqrt(s2 * (1.0 / m + mx * mx / cxx)), np.sqrt(s2 / cxx)
                else:
                    se_a = se_b = np.nan
                out[0, j, t], out[1, j, t], out[2, j, t] = alpha, beta, se_a
                out[3, j, t], out[4, j, t] = se_b, r2
    return out[0], out[1], out[2], out[3], out[4], seen


@_kernel
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

"""Least squares the slow way: one window after the other, in plain NumPy, statsmodels or fractions."""

from fractions import Fraction
from typing import NamedTuple

import numpy as np


class Fit(NamedTuple):
    """What one regression gives, in the order of the kernels' outputs."""

    alpha: float
    beta: float
    alpha_se: float
    beta_se: float
    r_squared: float
    observations: int


NONE = Fit(np.nan, np.nan, np.nan, np.nan, np.nan, 0)


def lags_for(n: int) -> int:
    return int(np.floor(4 * (n / 100) ** (2 / 9)))


def plain(y: np.ndarray, x: np.ndarray, *, hac: bool = False) -> Fit:
    """One regression in matrices; rows in which either is not finite are left out."""
    rows = np.isfinite(y) & np.isfinite(x)
    y, x, n = y[rows], x[rows], int(rows.sum())
    if n < 2 or np.ptp(x) == 0:
        return NONE._replace(observations=n)
    X = np.column_stack([np.ones(n), x])
    coefficients, *_ = np.linalg.lstsq(X, y, rcond=None)
    e = y - X @ coefficients
    spread = np.sum((y - y.mean()) ** 2)
    r_squared = float(1 - e @ e / spread) if spread > 0 else np.nan
    if n < 3:
        return Fit(coefficients[0], coefficients[1], np.nan, np.nan, r_squared, n)
    inverse = np.linalg.inv(X.T @ X)
    if hac:
        u = X * e[:, None]
        middle = u.T @ u
        lags = lags_for(n)
        for lag in range(1, min(lags, n - 1) + 1):
            cross = u[lag:].T @ u[:-lag]
            middle += (1 - lag / (lags + 1)) * (cross + cross.T)
        covariance = n / (n - 2) * inverse @ middle @ inverse
    else:
        covariance = e @ e / (n - 2) * inverse
    errors = np.sqrt(np.diag(covariance))
    return Fit(coefficients[0], coefficients[1], errors[0], errors[1], r_squared, n)


def rolling(
    y: np.ndarray, x: np.ndarray, window: int, needed: int, *, hac: bool = False
) -> tuple[np.ndarray, ...]:
    """The twin of the rolling kernels: y (N, T), x (T,); six arrays (N, T)."""
    out = np.full((6, *y.shape), np.nan)
    for j, column in enumerate(y):
        for t in range(len(x)):
            rows = slice(max(0, t - window + 1), t + 1)
            fit = plain(column[rows], x[rows], hac=hac)
            if fit.observations < needed:
                fit = NONE._replace(observations=fit.observations)
            out[:, j, t] = fit
    return tuple(out)


def rolling_book(
    y: np.ndarray, x: np.ndarray, weights: np.ndarray, window: int, needed: int, *, hac: bool = False
) -> tuple[np.ndarray, ...]:
    """The twin of the book kernel: y and weights (T, N), x (T,); six arrays (T,)."""
    out = np.full((6, len(x)), np.nan)
    out[5] = 0
    for t in range(len(x)):
        rows = slice(max(0, t - window + 1), t + 1)
        held = np.flatnonzero(np.isfinite(weights[t]) & (weights[t] != 0))
        if not len(held):
            continue
        fit = plain(y[rows][:, held] @ weights[t, held], x[rows], hac=hac)
        if fit.observations < needed:
            fit = NONE._replace(observations=fit.observations)
        out[:, t] = fit
    return tuple(out)


def statsmodels_fit(y: np.ndarray, x: np.ndarray, *, hac: bool = False) -> tuple[Fit, np.ndarray]:
    """statsmodels' own fit and its 95 % interval of beta; HAC with small-sample factor and Student's t."""
    from statsmodels.regression.linear_model import OLS
    from statsmodels.tools import add_constant

    rows = np.isfinite(y) & np.isfinite(x)
    model = OLS(y[rows], add_constant(x[rows], has_constant="add"))
    n = int(rows.sum())
    if hac:
        how = {"maxlags": lags_for(n), "use_correction": True}
        result = model.fit(cov_type="HAC", cov_kwds=how, use_t=True)
    else:
        result = model.fit()
    fit = Fit(*result.params, *result.bse, result.rsquared, n)
    return fit, result.conf_int(alpha=0.05)[1]


def exact(y: list[Fraction], x: list[Fraction]) -> tuple[Fraction, Fraction, Fraction, Fraction]:
    """Alpha, beta, R squared and the variance of beta in fractions: no rounding anywhere."""
    n = len(x)
    mx, my = sum(x) / n, sum(y) / n
    sxx = sum((a - mx) ** 2 for a in x)
    sxy = sum((a - mx) * (b - my) for a, b in zip(x, y, strict=True))
    syy = sum((b - my) ** 2 for b in y)
    beta = sxy / sxx
    ssr = sum((b - my - beta * (a - mx)) ** 2 for a, b in zip(x, y, strict=True))
    return my - beta * mx, beta, 1 - ssr / syy, ssr / (n - 2) / sxx


def long_double_beta(y: np.ndarray, x: np.ndarray) -> float:
    """Beta of one window in extended precision."""
    a, b = x.astype(np.longdouble), y.astype(np.longdouble)
    a, b = a - a.mean(), b - b.mean()
    return float((a @ b) / (a @ a))

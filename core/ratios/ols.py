"""Least squares of the dependent leg on the others, with errors that allow for dependence."""

import math
from dataclasses import dataclass

import numpy as np
from scipy.special import stdtrit

from core.errors import EstimationError
from core.fields import setting
from core.ratios.base import Found, MethodOptions, hedge_ratio
from core.ratios.bounds import BINDS, NONE_LEFT, Range, cap_setting, range_of, sign_setting
from core.types import FloatArray


@dataclass(frozen=True, kw_only=True, eq=False)
class OLSOptions(MethodOptions):
    """Whether a constant is fitted, which errors, and what the ratios are held to."""

    intercept: bool = setting(True, "flag", "Intercept", help="Without it a gap in level biases the ratio.")
    covariance: str = setting(
        "autoregressive",
        "choice",
        "Errors",
        help="In simulation only the first kind covers what it says on price levels.",
        options=(
            ("autoregressive", "for gaps that close slowly"),
            ("newey-west", "Newey–West"),
            ("classic", "classic"),
        ),
    )
    lags: int | None = setting(
        None,
        "integer",
        "Newey–West lags",
        minimum=0,
        maximum=500,
        optional=True,
        none_text="floor(4 (n/100)^(2/9))",
    )
    sign: str = sign_setting()
    cap: float | None = cap_setting()


@hedge_ratio(
    "ols",
    label="Least squares",
    help="The ratio with the least squared spread, measured along the dependent leg.",
    question="The squared spread left over, measured along the dependent leg.",
    options=OLSOptions,
)
def ols(prices: FloatArray, options: OLSOptions) -> Found:
    """Least squares y = [a] + X h + e; with `sign` or `cap` the least squares within those bounds, exactly.

    Errors: "autoregressive" takes the residual for a first-order autoregression (see `long_run_variance`);
    "newey-west" has Bartlett weights and the factor n / (n - k) (Newey and West, 1987); "classic" has
    neither. Intervals are Student's t. The last two are far too narrow on price levels. Where a bound holds
    the ratios there is neither error nor interval.

    Raises
    ------
    EstimationError
        When with the signs held no hedge is the best one.
    BadPrices
        When dollars are capped and a last price is not above zero.
    """
    y, X = prices[:, 0], prices[:, 1:]
    means = prices.mean(axis=0) if options.intercept else np.zeros(prices.shape[1])
    # About the means, and columns of one size: no digits are lost to levels or units.
    target, design = y - means[0], X - means[1:]
    size = np.sqrt((design * design).sum(axis=0))
    ratios = np.linalg.lstsq(design / size, target, rcond=None)[0] / size
    notes: tuple[str, ...] = ()
    errors = bounds = None
    allowed = range_of(prices, options)
    held = not allowed.holds(ratios)
    if held:
        ratios = _within(design / size, target, Range(allowed.low * size, allowed.high * size)) / size
        notes = (BINDS,)
    else:
        errors = standard_errors(
            design,
            target - design @ ratios,
            options.covariance,
            intercept=options.intercept,
            lags=options.lags,
        )
        freedom = len(y) - X.shape[1] - options.intercept
        half = stdtrit(freedom, 0.975) * errors
        bounds = np.array([ratios - half, ratios + half])
        if options.covariance == "autoregressive":
            notes = ("The interval takes the legs' changes to be free of feedback from the spread.",)
    residual = target - design @ ratios
    scatter = float(((y - y.mean()) ** 2).sum()) if options.intercept else float((y * y).sum())
    return Found(
        ratios=ratios,
        intercept=float(means[0] - means[1:] @ ratios) if options.intercept else math.nan,
        errors=errors,
        bounds=bounds,
        held=held,
        figures={
            "r_squared": 1.0 - float(residual @ residual) / scatter,
            "residual_deviation": math.sqrt(
                float(residual @ residual) / (len(y) - X.shape[1] - options.intercept)
            ),
        },
        notes=notes,
    )


def _within(design: FloatArray, target: FloatArray, allowed: Range) -> FloatArray:
    from scipy.optimize import lsq_linear

    # Columns of one size: what is under the tolerance is at its bound.
    found = np.asarray(lsq_linear(design, target, bounds=allowed, method="bvls", tol=1e-14).x)
    if not found.any():
        raise EstimationError(NONE_LEFT, hint="Allow any sign.")
    return found


def newey_west_lags(rows: int) -> int:
    """floor(4 (n/100)^(2/9)), as Newey and West (1994) suggest."""
    return int(4.0 * float((rows / 100.0) ** (2.0 / 9.0)))


def long_run_variance(residual: FloatArray, legs: int) -> float:
    """The variance of a residual's sum per row, where it is a first-order autoregression: s2 / (1 - phi)^2.

    The estimated phi of a residual of so many walking `legs` and a constant is too low by about
    (1 + 3 phi + legs (1/2 + 2 phi)) / n, measured by simulation for n from 250 to 1,000, phi from 0.5 to 0.98
    and 1 to 5 legs; that is put back. It is held to 1 - 1 / n at most.
    """
    phi, shocks = autoregression(residual, legs)
    return float(shocks @ shocks) / (len(residual) - legs - 2) / (1.0 - phi) ** 2


def autoregression(residual: FloatArray, legs: int) -> tuple[float, FloatArray]:
    """The persistence phi of a residual (n,), its bias put back as above, and its shocks (n - 1,)."""
    rows = len(residual)
    past, now = residual[:-1], residual[1:]
    raw = float(past @ now) / float(past @ past)
    phi = min((raw * rows + 1.0 + legs / 2.0) / (rows - 3.0 - 2.0 * legs), 1.0 - 1.0 / rows)
    return phi, now - raw * past


def standard_errors(
    design: FloatArray, residual: FloatArray, covariance: str, *, intercept: bool, lags: int | None
) -> FloatArray:
    """Standard errors (k,) of least squares on `design` (n, k), which is about its mean with an intercept."""
    rows, legs = design.shape
    freedom = rows - legs - intercept
    size = np.sqrt((design * design).sum(axis=0))
    scaled = design / size
    bread = np.linalg.inv(scaled.T @ scaled)
    if covariance == "newey-west":
        scores = scaled * residual[:, None]
        middle = scores.T @ scores
        most = min(newey_west_lags(rows) if lags is None else lags, rows - 1)
        for lag in range(1, most + 1):
            shared = scores[lag:].T @ scores[:-lag]
            middle = middle + (1.0 - lag / (most + 1.0)) * (shared + shared.T)
        variance = np.diag(bread @ middle @ bread) * rows / freedom
    else:
        classic = covariance == "classic"
        scatter = float(residual @ residual) / freedom if classic else long_run_variance(residual, legs)
        variance = np.diag(bread) * scatter
    errors: FloatArray = np.sqrt(np.maximum(variance, 0.0)) / size
    return errors

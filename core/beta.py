"""Ordinary least squares betas: rolling, of one window, and of the whole book."""

from dataclasses import dataclass
from functools import lru_cache
from typing import Final, Literal

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import stdtr, stdtrit

from core.errors import EstimationError, InsufficientHistory, InvalidSetting
from core.fingerprint import Keyed, freeze
from core.kernels.regression import rolling_blocks, rolling_direct
from core.market import MarketData
from core.returns import log_returns
from core.settings import BetaSettings
from core.types import FloatArray, IntArray

Covariance = Literal["classic", "newey-west"]
_LAGS: Final[dict[str, int]] = {"classic": -1, "newey-west": -2}
LEVEL: Final = 0.95


@lru_cache(maxsize=64)
def _quantiles(most: int, level: float) -> FloatArray:
    """Student's t quantile for every number of observations up to `most`; NaN under three."""
    freedom = np.arange(most + 1, dtype=np.float64) - 2.0
    quantiles = stdtrit(np.where(freedom > 0, freedom, np.nan), 0.5 + level / 2.0)
    table: FloatArray = np.asarray(quantiles, dtype=np.float64)
    table.setflags(write=False)
    return table


def student_half_width(
    standard_error: FloatArray, observations: IntArray, level: float = LEVEL
) -> FloatArray:
    """Student's t quantile with n - 2 degrees of freedom times the standard error.

    Arrays of one shape; NaN where the error is unknown or n is under three.
    """
    table = _quantiles(int(observations.max(initial=0)), level)
    result: FloatArray = table[observations] * standard_error
    return result


def _check_level(level: float) -> None:
    if not 0.0 < level < 1.0:
        raise InvalidSetting(f"The level of an interval must lie between 0 and 1, not {level}.")


def lag_code(covariance: str) -> int:
    """How the kernels are told which standard errors are wanted."""
    if covariance not in _LAGS:
        known = ", ".join(repr(name) for name in _LAGS)
        raise InvalidSetting(f"There are no {covariance!r} standard errors.", hint=f"Known: {known}.")
    return _LAGS[covariance]


def least_observations(window: int) -> int:
    """Sessions that a window must hold before it has a beta: four fifths, rounded up."""
    return -(-4 * window // 5)


@dataclass(frozen=True, kw_only=True, eq=False)
class RollingOLS(Keyed):
    """y = alpha + beta * x over every window; all arrays (T, N), NaN where there is no beta.

    `alpha` and its error are per session; `observations` counts the sessions of each window in which
    both returns exist, also where they are too few.
    """

    alpha: FloatArray
    beta: FloatArray
    alpha_se: FloatArray
    beta_se: FloatArray
    r_squared: FloatArray
    observations: IntArray

    def interval(self, level: float = LEVEL) -> tuple[FloatArray, FloatArray]:
        """Lower and upper bound (T, N) of beta, by Student's t with n - 2 degrees of freedom."""
        _check_level(level)
        half = student_half_width(self.beta_se, self.observations, level)
        return self.beta - half, self.beta + half


def rolling_ols(
    returns: ArrayLike,
    benchmark: ArrayLike,
    window: int,
    *,
    min_observations: int | None = None,
    covariance: Covariance = "classic",
) -> RollingOLS:
    r"""Alpha, beta, their standard errors, R squared and observations of every trailing window.

    beta = Sxy / Sxx, alpha = mean(y) - beta * mean(x), s2 = SSR / (n - 2), se(beta) = s / sqrt(Sxx),
    se(alpha) = s * sqrt(1/n + mean(x)^2 / Sxx). Row t uses rows t - window + 1 .. t and no other.

    Parameters
    ----------
    returns
        Asset returns (T, N), or (T,) for one asset; NaN where there is none.
    benchmark
        Benchmark returns (T,).
    window
        Sessions that each window spans, at least 2.
    min_observations
        Sessions with both returns that a window needs; None means four fifths of it, rounded up.
    covariance
        "classic", or "newey-west": Bartlett weights, lag floor(4 (n/100)^(2/9)), factor n / (n - 2)
        (Newey and West, 1987).

    Returns
    -------
    RollingOLS
        Arrays (T, N). NaN where the window has too few observations or the benchmark is flat in it. An
        asset whose return is constant has beta 0 and R squared NaN. Standard errors need three observations.

    Raises
    ------
    InvalidSetting
        On a window or `min_observations` below 2, or shapes that do not fit.

    Examples
    --------
    >>> import numpy as np
    >>> market = np.array([0.01, -0.02, 0.015, 0.005])
    >>> fit = rolling_ols(1.5 * market + 0.001, market, 4)
    >>> float(fit.beta[-1, 0].round(12)), int(fit.observations[-1, 0])
    (1.5, 4)
    """
    y = np.ascontiguousarray(returns, dtype=np.float64)
    x = np.ascontiguousarray(benchmark, dtype=np.float64)
    if y.ndim == 1:
        y = y[:, None]
    if x.ndim != 1 or y.ndim != 2 or len(x) != len(y):
        raise InvalidSetting(f"Returns {y.shape} and benchmark {x.shape} do not have the same sessions.")
    needed = least_observations(window) if min_observations is None else min_observations
    if window < 2 or not 2 <= needed <= window:
        raise InvalidSetting(
            f"A window of {window} sessions with at least {needed} observations cannot be used.",
            hint="The window must be 2 or more, and the observations between 2 and the window.",
            where="beta.window_sessions",
        )
    lags = lag_code(covariance)
    columns = np.ascontiguousarray(y.T)
    parts = (
        rolling_blocks(columns, x, window, needed)
        if lags == -1
        else rolling_direct(columns, x, window, needed, lags)
    )
    for part in parts:
        part.setflags(write=False)
    alpha, beta, alpha_se, beta_se, r_squared = (part.T for part in parts[:5])
    return RollingOLS(
        alpha=alpha,
        beta=beta,
        alpha_se=alpha_se,
        beta_se=beta_se,
        r_squared=r_squared,
        observations=parts[5].T,
    )


@dataclass(frozen=True, kw_only=True, eq=False)
class OLS(Keyed):
    """One regression y = alpha + beta * x.

    `t_statistic` and `p_value` belong to beta = 0 (two-sided, Student's t with n - 2 degrees of freedom);
    `f_statistic` is the square of t. `alpha` is per session.
    """

    alpha: float
    beta: float
    alpha_se: float
    beta_se: float
    t_statistic: float
    p_value: float
    r_squared: float
    f_statistic: float
    observations: int

    def interval(self, level: float = LEVEL) -> tuple[float, float]:
        """Lower and upper bound of beta."""
        _check_level(level)
        half = self.beta_se * float(_quantiles(self.observations, level)[-1])
        return self.beta - half, self.beta + half

    def alpha_interval(self, level: float = LEVEL) -> tuple[float, float]:
        """Lower and upper bound of alpha, per session."""
        _check_level(level)
        half = self.alpha_se * float(_quantiles(self.observations, level)[-1])
        return self.alpha - half, self.alpha + half


def ols(returns: ArrayLike, benchmark: ArrayLike, *, covariance: Covariance = "classic") -> OLS:
    """The full summary of one regression of returns on benchmark returns, both (T,).

    Sessions in which either is missing are left out.

    Raises
    ------
    InsufficientHistory
        With fewer than three sessions in which both returns exist.
    EstimationError
        When the benchmark is flat: no beta is defined.
    InvalidSetting
        When the two do not have the same length, or the covariance is unknown.
    """
    y = np.ascontiguousarray(returns, dtype=np.float64)
    x = np.ascontiguousarray(benchmark, dtype=np.float64)
    if y.ndim != 1 or x.shape != y.shape:
        raise InvalidSetting(f"Returns {y.shape} and benchmark {x.shape} must be two series of one length.")
    both = int(np.sum(np.isfinite(y) & np.isfinite(x)))
    if both < 3:
        raise InsufficientHistory(3, both, what="a regression")
    fit = rolling_direct(y[None, :], x, len(y), 3, lag_code(covariance))
    alpha, beta, alpha_se, beta_se, r_squared = (float(part[0, -1]) for part in fit[:5])
    if not np.isfinite(beta):
        raise EstimationError(
            "Beta is not defined: the benchmark did not move over these sessions.",
            hint="Choose a longer period or another benchmark.",
        )
    t_statistic = beta / beta_se if beta_se > 0 else np.copysign(np.inf, beta) if beta else 0.0
    return OLS(
        alpha=alpha,
        beta=beta,
        alpha_se=alpha_se,
        beta_se=beta_se,
        t_statistic=t_statistic,
        p_value=float(2.0 * stdtr(both - 2, -abs(t_statistic))),
        r_squared=r_squared,
        f_statistic=t_statistic**2,
        observations=both,
    )


@dataclass(frozen=True, kw_only=True, eq=False)
class BetaEstimate(Keyed):
    """Rolling betas of every holding (T, N) and of the hedge instrument (T, 1), on the same windows."""

    assets: RollingOLS
    hedge: RollingOLS


def regression_returns(returns: FloatArray, settings: BetaSettings) -> FloatArray:
    """The returns that the betas are estimated on: simple, or their logs when asked for."""
    return log_returns(returns) if settings.returns == "log" else returns


def estimate_betas(market: MarketData, settings: BetaSettings) -> BetaEstimate:
    """Rolling betas of the holdings and of the hedge on the benchmark."""
    benchmark = regression_returns(market.benchmark_returns, settings)
    both = np.column_stack([market.returns, market.hedge_returns])
    covariance: Covariance = "newey-west" if settings.errors == "newey-west" else "classic"
    fit = rolling_ols(
        regression_returns(both, settings), benchmark, settings.window_sessions, covariance=covariance
    )

    def part(columns: slice) -> RollingOLS:
        observations = np.ascontiguousarray(fit.observations[:, columns])
        observations.setflags(write=False)
        names = ("alpha", "beta", "alpha_se", "beta_se", "r_squared")
        return RollingOLS(
            **{n: freeze(getattr(fit, n)[:, columns]) for n in names}, observations=observations
        )

    return BetaEstimate(assets=part(slice(None, -1)), hedge=part(slice(-1, None)))

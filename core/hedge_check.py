"""The textbook's hedge of one asset, step by step, in sample and carried out of it."""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from core.beta import OLS, Covariance, ols
from core.errors import BadPrices, EstimationError, InsufficientHistory, InvalidSetting
from core.fingerprint import Keyed, freeze
from core.regression import RegressionLine, regression_line
from core.returns import simple_returns
from core.types import TRADING_DAYS, FloatArray, Sessions


class Yearly(NamedTuple):
    """Mean and standard deviation of daily returns, both a year of 252 sessions."""

    mean: float
    volatility: float


@dataclass(frozen=True, kw_only=True, eq=False)
class CarriedHedge(Keyed):
    """The beta of the first sessions, applied to the rest.

    `learned` is the regression on the first sessions (up to `learned_until`), `fitted` (n - m,) the hedged
    returns of these, `hedged` (m,) those of the rest, on `sessions` (m,), and `realised` the regression of
    the latter on the benchmark: its beta is what the hedge left over, and its interval takes the hedge as it
    was held. `unhedged` is the regression
    of the returns themselves on these sessions. `removed` is 1 - var(hedged) / var(unhedged), and may be
    negative; NaN where the asset did not move.
    """

    learned: OLS
    learned_until: np.datetime64
    fitted: FloatArray
    sessions: Sessions
    hedged: FloatArray
    realised: OLS
    unhedged: OLS
    removed: float


@dataclass(frozen=True, kw_only=True, eq=False)
class HedgeCheck(Keyed):
    """The steps of one asset and period; arrays (n,) hold the sessions with both returns.

    `line` is the regression of `returns` on `benchmark` with its points and band, `hedged` is returns - beta
    * benchmark with the beta of that regression, `hedged_line` its own regression: by construction beta 0
    and the same alpha, so that it proves the arithmetic and not the hedge. `removed` is 1 - var(hedged) /
    var(returns), in sample the R squared. `missing` counts the sessions of the period without both returns.

    `carried` is the same hedge on days it has not seen, None where `reason` says why there is none.
    """

    sessions: Sessions
    returns: FloatArray
    benchmark: FloatArray
    line: RegressionLine
    hedged: FloatArray
    hedged_line: RegressionLine
    removed: float
    missing: int
    carried: CarriedHedge | None
    reason: str


def check_hedge(
    prices: ArrayLike,
    benchmark_prices: ArrayLike,
    sessions: ArrayLike,
    *,
    start: str | np.datetime64 | None = None,
    end: str | np.datetime64 | None = None,
    learn: float = 0.5,
    covariance: Covariance = "classic",
) -> HedgeCheck:
    """Regress an asset on its benchmark, take the market out of it, and see what is left.

    Parameters
    ----------
    prices, benchmark_prices
        Prices (T,) that make total returns; NaN where there is none. A missing price is not filled: it and
        the session after it have no return.
    sessions
        Their dates (T,), ascending.
    start, end
        First and last day of the prices used, both included; None means all. n + 1 prices make n returns.
    learn
        Share of the sessions, the first ones, from which the beta that is carried to the rest is learned.
    covariance
        Standard errors of all regressions, as in `core.beta.ols`.

    Raises
    ------
    InvalidSetting
        On series that do not fit, dates that do not ascend or cannot be read, an empty period, or a share
        outside 0 to 1.
    BadPrices
        On a price of zero or less, or one without end.
    InsufficientHistory
        With fewer than three sessions in which both returns exist.
    EstimationError
        When the benchmark did not move in the period.

    Examples
    --------
    >>> days = np.arange("2024-01-01", "2024-01-09", dtype="datetime64[D]")
    >>> market = np.array([0.01, -0.02, 0.015, 0.005, -0.01, 0.02, 0.0])
    >>> own = np.array([0.002, 0.001, -0.003, 0.0, 0.002, -0.001, 0.001])
    >>> path = lambda r: np.cumprod(np.r_[100.0, 1 + r])
    >>> check = check_hedge(path(1.5 * market + own), path(market), days)
    >>> round(check.line.fit.beta, 3), abs(check.hedged_line.fit.beta) < 1e-12
    (1.424, True)
    """
    dates = _dates(sessions)
    own, bench = _prices(prices, len(dates), "asset"), _prices(benchmark_prices, len(dates), "benchmark")
    if not 0.0 < learn < 1.0:
        raise InvalidSetting(f"The share to learn from must lie between 0 and 1, not {learn}.")
    first = 0 if start is None else int(np.searchsorted(dates, _day(start), side="left"))
    stop = len(dates) if end is None else int(np.searchsorted(dates, _day(end), side="right"))
    if stop <= first:
        raise InvalidSetting(
            "The period holds no session.", hint=f"The prices run from {dates[0]} to {dates[-1]}."
        )
    y = simple_returns(own[first:stop])
    x = simple_returns(bench[first:stop])
    line = regression_line(y, x, covariance=covariance)
    kept = _days(dates[first:stop][line.rows])
    hedged = line.y - line.fit.beta * line.x
    carried, reason = _carry(line.y, line.x, kept, learn, covariance)
    return HedgeCheck(
        sessions=kept,
        returns=line.y,
        benchmark=line.x,
        line=line,
        hedged=freeze(hedged),
        hedged_line=regression_line(hedged, line.x, covariance=covariance),
        removed=_removed(hedged, line.y),
        missing=stop - first - 1 - len(kept),
        carried=carried,
        reason=reason,
    )


def yearly(returns: ArrayLike) -> Yearly:
    """252 times the mean and sqrt(252) times the standard deviation (n - 1) of daily returns (n,).

    The mean is arithmetic: what holding the same dollars every day would have earned. NaN where there are
    too few returns.

    Examples
    --------
    >>> figures = yearly([0.01, -0.01, 0.003])
    >>> round(figures.mean, 3), round(figures.volatility, 3)
    (0.252, 0.161)
    """
    values = np.asarray(returns, dtype=np.float64)
    count = len(values)
    mean = float(values.mean() * TRADING_DAYS) if count else float("nan")
    deviation = float(values.std(ddof=1) * np.sqrt(TRADING_DAYS)) if count > 1 else float("nan")
    return Yearly(mean, deviation)


def growth(returns: ArrayLike) -> FloatArray:
    """What daily returns (n,) have made of 1 by the end of each session, reinvested every day.

    Examples
    --------
    >>> growth([0.1, -0.5]).round(3).tolist()
    [1.1, 0.55]
    """
    return freeze(np.cumprod(1.0 + np.asarray(returns, dtype=np.float64)))


def _carry(
    y: FloatArray, x: FloatArray, days: Sessions, learn: float, covariance: Covariance
) -> tuple[CarriedHedge | None, str]:
    cut = round(learn * len(y))
    try:
        learned = ols(y[:cut], x[:cut], covariance=covariance)
    except (EstimationError, InsufficientHistory) as error:
        return None, f"The first part gives no beta. {error.message}"
    hedged = y[cut:] - learned.beta * x[cut:]
    try:
        realised = ols(hedged, x[cut:], covariance=covariance)
        unhedged = ols(y[cut:], x[cut:], covariance=covariance)
    except (EstimationError, InsufficientHistory) as error:
        return None, f"The rest shows no beta. {error.message}"
    carried = CarriedHedge(
        learned=learned,
        learned_until=days[cut - 1],
        fitted=freeze(y[:cut] - learned.beta * x[:cut]),
        sessions=_days(days[cut:]),
        hedged=freeze(hedged),
        realised=realised,
        unhedged=unhedged,
        removed=_removed(hedged, y[cut:]),
    )
    return carried, ""


def _removed(hedged: FloatArray, unhedged: FloatArray) -> float:
    return float(1.0 - hedged.var() / unhedged.var()) if np.ptp(unhedged) > 0.0 else float("nan")


def _day(value: str | np.datetime64) -> np.datetime64:
    try:
        day: np.datetime64 = np.asarray([value], dtype="datetime64[D]")[0]
    except (TypeError, ValueError) as error:
        raise InvalidSetting(f"{value!r} is no date.", hint="Write it as 2024-12-31.") from error
    if np.isnat(day):
        raise InvalidSetting("The first or last day of the period is no date.")
    return day


def _days(values: Sessions) -> Sessions:
    """A read-only copy."""
    days = values.copy()
    days.setflags(write=False)
    return days


def _dates(values: ArrayLike) -> Sessions:
    try:
        dates = np.asarray(values, dtype="datetime64[D]")
    except (TypeError, ValueError) as error:
        raise InvalidSetting("The sessions must be dates.") from error
    if dates.ndim != 1 or len(dates) == 0:
        raise InvalidSetting("The sessions must be a list of one date or more.")
    if np.isnat(dates).any() or not (np.diff(dates) > np.timedelta64(0, "D")).all():
        raise InvalidSetting("The sessions must ascend, each date once.")
    return dates


def _prices(values: ArrayLike, rows: int, what: str) -> FloatArray:
    try:
        prices = np.asarray(values, dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise InvalidSetting(f"The prices of the {what} must be numbers.") from error
    if prices.shape != (rows,):
        raise InvalidSetting(f"The {what} has prices {prices.shape} for {rows} sessions.")
    if (prices <= 0.0).any() or np.isinf(prices).any():
        raise BadPrices(f"A price of the {what} is not above zero and finite.")
    return prices

"""What a path of values earned, at what risk, and against what: one result per arm, and paths for charts."""

import math
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import ArrayLike

from core.beta import least_observations
from core.errors import InvalidSetting
from core.fingerprint import Keyed
from core.types import TRADING_DAYS, FloatArray, Sessions

FLAT: Final = 1e-12
"""A standard deviation a session below this is the rounding of a value that does not move: there is no
ratio to it, and no infinite one."""

TAIL_ONE_IN: Final = 20
"""The worst twentieth of the sessions is the 5 % tail."""

LEAST_TAIL: Final = 10
"""Sessions that the tail must hold before its mean is told."""

MOST: Final = 700.0
"""The exponential of more than this is not a finite number: a jump of days blown up to a year."""

UNDATED: Final = np.datetime64("NaT", "D")


@dataclass(frozen=True, kw_only=True, eq=False)
class Drawdown(Keyed):
    """The deepest fall of a path from its highest value so far, its first value included.

    `depth` is a fraction, at most 0, NaN with fewer than two values. `peak` is the last session at the high
    that was lost, `trough` the lowest after it, `recovery` the first back at that high. `sessions` counts
    those from peak to recovery, or to the last value while there is none: how long it was under water. A path
    that never fell has depth 0 and no dates (NaT).
    """

    depth: float
    peak: np.datetime64
    trough: np.datetime64
    recovery: np.datetime64
    sessions: int

    @property
    def ongoing(self) -> bool:
        """Whether the high before the fall was not reached again."""
        return self.depth < 0 and bool(np.isnat(self.recovery))


@dataclass(frozen=True, kw_only=True, eq=False)
class Performance(Keyed):
    """One path of values over some sessions. NaN is not known; nothing is ever infinite.

    `start` and `end` are the sessions of the first and the last value, `sessions` how many returns could be
    between them, `returns` how many are: there is none in a session without a value, nor in the one after.
    Fractions are not per cent; a year is 252 sessions.

    `total_return`, `cagr`: of the last value over the first. `volatility`: standard deviation (n - 1) a year.
    `sharpe`: mean over standard deviation of the returns above the T-bill, a year; the rate of a session is
    the one known at the close before. `sortino`: over the root mean square of what is below the T-bill,
    counting all sessions. `calmar`: `cagr` over the depth of the drawdown; NaN under a year.

    `value_at_risk` and `expected_shortfall` are losses a session (positive is a loss) at 95 %;
    `tail_sessions` is how many sessions the tail holds, and both are NaN where that is under 10.

    `beta`: slope of the returns on the benchmark's. `effectiveness`: 1 - variance over the variance unhedged.
    `up_capture`, `down_capture`: return a year in the sessions that the benchmark rose (fell), over the
    benchmark's own.

    `turnover`: the smaller of what was bought and sold a year, over the mean value: one-sided. `cost`:
    dollars; `cost_bps`: basis points of the mean value a year. `hedged_share`: share of the sessions at
    whose close a hedge was held.
    """

    start: np.datetime64
    end: np.datetime64
    sessions: int
    returns: int
    total_return: float
    cagr: float
    volatility: float
    sharpe: float
    sortino: float
    calmar: float
    drawdown: Drawdown
    value_at_risk: float
    expected_shortfall: float
    tail_sessions: int
    beta: float
    effectiveness: float
    up_capture: float
    down_capture: float
    turnover: float
    cost: float
    cost_bps: float
    hedged_share: float


def value_returns(value: ArrayLike) -> FloatArray:
    """Simple returns (T,) of a path of values; row 0 is NaN.

    A session without a value has none, nor has the one after it, nor one that began with nothing or debts.
    """
    path = np.asarray(value, dtype=np.float64)
    result = np.full(path.shape, np.nan)
    result[1:] = path[1:] / np.where(path > 0, path, np.nan)[:-1] - 1.0
    return result


def excess_returns(returns: FloatArray, cash_rate: FloatArray) -> FloatArray:
    """Returns (T,) less a session of the interest a year (T,) that was known at the close before."""
    result = np.full(returns.shape, np.nan)
    result[1:] = returns[1:] - cash_rate[:-1] / TRADING_DAYS
    return result


def drawdown_path(value: ArrayLike) -> FloatArray:
    """How far a path (T,) is below its highest value so far: a fraction, at most 0.

    NaN where there is no value, and before the first that is above zero.
    """
    path = np.asarray(value, dtype=np.float64)
    high = np.fmax.accumulate(path) if len(path) else path
    result: FloatArray = path / np.where(high > 0, high, np.nan) - 1.0
    return result


def rolling_sharpe(value: ArrayLike, cash_rate: ArrayLike, window: int) -> FloatArray:
    """The Sharpe ratio (T,) of the last `window` sessions at every session, as in `Performance`.

    NaN where fewer than four fifths of them have a return, and where the value does not move.

    Raises
    ------
    InvalidSetting
        On a window below 2, or series of different length.
    """
    path, rate = _aligned(value=value, cash_rate=cash_rate)
    if window < 2:
        raise InvalidSetting(f"A window of {window} sessions has no Sharpe ratio.", hint="Use 2 or more.")
    result = np.full(len(path), np.nan)
    if len(path) < window:
        return result
    returns = value_returns(path)
    mean, deviation = _rolling_moments(excess_returns(returns, rate), window)
    moves = (deviation > FLAT) & (_rolling_moments(returns, window)[1] > FLAT)
    ratio = mean / np.where(moves, deviation, 1.0) * math.sqrt(TRADING_DAYS)
    result[window - 1 :] = np.where(moves, ratio, np.nan)
    return result


def _rolling_moments(values: FloatArray, window: int) -> tuple[FloatArray, FloatArray]:
    """Mean and standard deviation of every full window; NaN where it holds too few values.

    Each window is summed by itself: a bad print is forgotten once the window has left it.
    """
    known = np.isfinite(values)
    filled = sliding_window_view(np.where(known, values, 0.0), window)
    there = sliding_window_view(known, window)
    count = there.sum(axis=1, dtype=np.float64)
    count[count < max(2, least_observations(window))] = np.nan
    mean = filled.sum(axis=1) / count
    apart = filled - mean[:, None]
    apart *= there
    deviation: FloatArray = np.sqrt(np.einsum("ij,ij->i", apart, apart) / (count - 1.0))
    return mean, deviation


def deepest_drawdown(value: ArrayLike, sessions: Sessions) -> Drawdown:
    """The deepest drawdown of a path (T,), with the sessions of its peak, trough and recovery."""
    path = np.asarray(value, dtype=np.float64)
    rows = np.flatnonzero(np.isfinite(drawdown_path(path)))
    if len(rows) < 2:
        return Drawdown(depth=math.nan, peak=UNDATED, trough=UNDATED, recovery=UNDATED, sessions=0)
    levels = path[rows]
    depths = drawdown_path(levels)
    trough = int(np.argmin(depths))
    depth = float(depths[trough])
    if depth >= 0:
        return Drawdown(depth=0.0, peak=UNDATED, trough=UNDATED, recovery=UNDATED, sessions=0)
    high = levels[:trough].max()
    peak = int(np.flatnonzero(levels[:trough] == high)[-1])
    after = np.flatnonzero(levels[trough:] >= high)
    recovery = trough + int(after[0]) if len(after) else None
    return Drawdown(
        depth=depth,
        peak=sessions[rows[peak]],
        trough=sessions[rows[trough]],
        recovery=UNDATED if recovery is None else sessions[rows[recovery]],
        sessions=int(rows[-1 if recovery is None else recovery] - rows[peak]),
    )


def measure(
    value: ArrayLike,
    *,
    sessions: Sessions,
    cash_rate: ArrayLike,
    benchmark_returns: ArrayLike,
    unhedged: ArrayLike | None = None,
    bought: ArrayLike | None = None,
    sold: ArrayLike | None = None,
    costs: ArrayLike | None = None,
    hedged: ArrayLike | None = None,
) -> Performance:
    """The figures of one path of values, all series (T,).

    Flows belong to the sessions after the first value: what was traded at that close is in it already.

    Parameters
    ----------
    value
        Dollars at each close; NaN where they are not known.
    sessions
        The session of each row.
    cash_rate
        T-bill a year, a fraction, known at each close.
    benchmark_returns
        Simple returns of the benchmark.
    unhedged
        The value without a hedge, for `effectiveness`.
    bought, sold
        Dollars traded each session, not negative, for `turnover`.
    costs
        Dollars paid for trading each session, not negative.
    hedged
        Whether a hedge was held at each close.

    Returns
    -------
    Performance
        NaN in what a series that was not given would have told, and everywhere with fewer than two values.

    Raises
    ------
    InvalidSetting
        When the series do not have the same length.

    Notes
    -----
    Value at risk and shortfall are those of Rockafellar and Uryasev (2002): with n losses, VaR is the
    smallest with at least 95 % of them at or below it, and the shortfall is
    VaR + sum(max(loss - VaR, 0)) / (0.05 n), so that a tail of a fractional number of sessions, or a tie at
    its edge, is weighted and not cut. The ratios are as empyrical defines them, but for the T-bill of each
    session in place of one rate.
    """
    path, rate, market = _aligned(value=value, cash_rate=cash_rate, benchmark_returns=benchmark_returns)
    if len(sessions) != len(path):
        raise InvalidSetting(f"{len(sessions)} sessions and {len(path)} values do not belong together.")
    known = np.flatnonzero(np.isfinite(path))
    first, last = (int(known[0]), int(known[-1])) if len(known) else (0, 0)
    elapsed = last - first
    years = elapsed / TRADING_DAYS
    flows = slice(first + 1, last + 1)
    returns = value_returns(path)
    fall = deepest_drawdown(path, sessions)
    growth = float(path[last] / path[first]) if elapsed and path[first] > 0 else math.nan
    cagr = _yearly(math.log(growth), years) if growth > 0 else -1.0 if growth == 0 else math.nan
    tail, at_risk, shortfall = _tail(returns[np.isfinite(returns)])
    sharpe, sortino = _ratios(returns, excess_returns(returns, rate))
    mean_value = float(np.mean(path[known])) if elapsed else math.nan
    cost = _total(costs, flows, path)
    turned = min(_total(bought, flows, path), _total(sold, flows, path))
    held = _total(hedged, flows, path)
    base = mean_value * years if mean_value > 0 else math.nan
    return Performance(
        start=sessions[first] if elapsed else UNDATED,
        end=sessions[last] if elapsed else UNDATED,
        sessions=elapsed,
        returns=int(np.isfinite(returns).sum()),
        total_return=growth - 1.0,
        cagr=cagr,
        volatility=_deviation(returns[np.isfinite(returns)]) * math.sqrt(TRADING_DAYS),
        sharpe=sharpe,
        sortino=sortino,
        calmar=cagr / -fall.depth if years >= 1 and fall.depth < 0 else math.nan,
        drawdown=fall,
        value_at_risk=at_risk,
        expected_shortfall=shortfall,
        tail_sessions=tail,
        beta=_slope(returns, market),
        effectiveness=_effectiveness(returns, unhedged, path),
        up_capture=_capture(returns, market, market > 0),
        down_capture=_capture(returns, market, market < 0),
        turnover=turned / base if elapsed else math.nan,
        cost=cost,
        cost_bps=cost / base * 1e4 if elapsed else math.nan,
        hedged_share=held / elapsed if elapsed else math.nan,
    )


def _aligned(**series: ArrayLike) -> list[FloatArray]:
    """The series as arrays, once they are known to be of one length."""
    arrays = {name: np.asarray(values, dtype=np.float64) for name, values in series.items()}
    if len({array.shape for array in arrays.values()}) > 1 or any(a.ndim != 1 for a in arrays.values()):
        shapes = ", ".join(f"{name} {array.shape}" for name, array in arrays.items())
        raise InvalidSetting(f"These are not series of the same sessions: {shapes}.")
    return list(arrays.values())


def _total(series: ArrayLike | None, rows: slice, path: FloatArray) -> float:
    """The sum of these rows; NaN where one is not known, where there are none, or no series."""
    if series is None or rows.stop <= rows.start:
        return math.nan
    (array, _) = _aligned(series=series, value=path)
    return float(array[rows].sum())


def _yearly(log_growth: float, years: float) -> float:
    """The return a year of a growth over so many years; NaN where no number can hold it."""
    exponent = log_growth / years
    return math.expm1(exponent) if exponent < MOST else math.nan


def _deviation(values: FloatArray) -> float:
    return float(np.std(values, ddof=1)) if len(values) > 1 else math.nan


def _ratios(returns: FloatArray, excess: FloatArray) -> tuple[float, float]:
    """Sharpe and Sortino a year. Neither exists for a value that does not move, or moves with cash."""
    above = excess[np.isfinite(excess)]
    deviation = _deviation(above)
    if not (deviation > FLAT and _deviation(returns[np.isfinite(returns)]) > FLAT):
        return math.nan, math.nan
    mean = float(above.mean()) * math.sqrt(TRADING_DAYS)
    downside = math.sqrt(float(np.mean(np.square(np.minimum(above, 0.0)))))
    return mean / deviation, mean / downside if downside > FLAT else math.nan


def _tail(returns: FloatArray) -> tuple[int, float, float]:
    """How many sessions the 5 % tail holds, value at risk and shortfall (see `measure`)."""
    count = len(returns)
    tail = count // TAIL_ONE_IN
    if tail < LEAST_TAIL:
        return tail, math.nan, math.nan
    losses = np.partition(-returns, count - tail - 1)[count - tail - 1 :]
    at_risk = float(losses[0])
    return tail, at_risk, at_risk + float((losses - at_risk).sum()) * TAIL_ONE_IN / count


def _slope(returns: FloatArray, market: FloatArray) -> float:
    both = np.isfinite(returns) & np.isfinite(market)
    if both.sum() < 2:
        return math.nan
    x = market[both] - market[both].mean()
    return float(x @ returns[both] / (x @ x)) if np.abs(x).max() > FLAT else math.nan


def _effectiveness(returns: FloatArray, unhedged: ArrayLike | None, path: FloatArray) -> float:
    """1 - var(hedged) / var(unhedged) over the sessions that have both returns."""
    if unhedged is None:
        return math.nan
    (other, _) = _aligned(unhedged=unhedged, value=path)
    bare = value_returns(other)
    both = np.isfinite(returns) & np.isfinite(bare)
    deviation = _deviation(bare[both])
    return 1.0 - (_deviation(returns[both]) / deviation) ** 2 if deviation > FLAT else math.nan


def _capture(returns: FloatArray, market: FloatArray, chosen: np.ndarray) -> float:
    """Compound return a year over the benchmark's, in the chosen sessions that have both."""
    rows = chosen & np.isfinite(returns)
    count = int(rows.sum())
    if not count or min(returns[rows].min(), market[rows].min()) <= -1:
        return math.nan
    own, bench = (_yearly(float(np.log1p(r[rows]).sum()), count / TRADING_DAYS) for r in (returns, market))
    return own / bench if abs(bench) > FLAT else math.nan

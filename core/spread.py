"""What a spread is and how fast it reverts: the spread itself, its half-life and its unit-root statistic."""

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING, Final, Literal, NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from core.errors import BadPrices, EstimationError, InsufficientHistory, InvalidSetting, UnknownTicker
from core.types import BoolArray, FloatArray
from core.windows import trailing

if TYPE_CHECKING:
    import pandas as pd

FLAT: Final = 1e-12
"""Share of a series' own size under which its changes are rounding and nothing else."""

Missing = Literal["drop", "refuse"]
Lag = int | Literal["aic"]


class HalfLife(NamedTuple):
    """How many rows a gap takes to halve, by the exact formula and to first order; `slope` is b."""

    exact: float
    first_order: float
    slope: float


class ADF(NamedTuple):
    """The augmented Dickey-Fuller statistic, how many lagged changes it uses and on how many rows."""

    statistic: float
    lag: int
    rows: int


def construct_spread(
    prices: "pd.DataFrame",
    ratios: "Mapping[str, float] | pd.Series[float]",
    dependent: str | None = None,
    *,
    missing: Missing = "refuse",
) -> "pd.Series[float]":
    """The spread h_d P_d - sum of h_i P_i of every row, with the index of the prices.

    Parameters
    ----------
    prices
        One column a leg.
    ratios
        The ratio of every column by its name, in any order; that of the dependent leg is 1 as estimated, and
        is not forced to be. Above zero means short that leg.
    dependent
        The leg that is held; the first column of `prices` when it is None, whatever the order of `ratios`.
    missing
        What happens to rows in which a leg has no price: "refuse" them, or "drop" them, so that they are
        missing from the index of the result. They never count as zero.

    Raises
    ------
    InvalidSetting
        When a column has no ratio or a ratio no number, or a column stands there twice.
    UnknownTicker
        When `dependent` or a ratio names no column.
    BadPrices
        When a price is missing and `missing` is "refuse", or is no finite number.

    Examples
    --------
    >>> import pandas as pd
    >>> legs = pd.DataFrame({"A": [10.0, 11.0], "B": [4.0, 5.0]})
    >>> construct_spread(legs, {"B": 2.0, "A": 1.0}).tolist()
    [2.0, 1.0]
    """
    import pandas as pd

    columns = [str(name) for name in prices.columns]
    given = {str(name): value for name, value in dict(ratios).items()}
    if len(set(columns)) < len(columns) or not columns:
        raise InvalidSetting("Every leg needs one column of its own.")
    if missing not in ("drop", "refuse"):
        raise InvalidSetting(f"Rows with a missing price cannot be {missing!r}.", hint="drop or refuse")
    held = columns[0] if dependent is None else str(dependent)
    strangers = [name for name in (held, *given) if name not in columns]
    if strangers:
        raise UnknownTicker(f"There are no prices of {', '.join(strangers)}.", tickers=strangers)
    lacking = [name for name in columns if name not in given or not math.isfinite(given[name])]
    if lacking:
        raise InvalidSetting(
            f"There is no ratio of {', '.join(lacking)}.",
            hint="Give every column a ratio, or leave the column out of the prices.",
        )
    values = numbers_of(prices)
    known: BoolArray = np.asarray(np.isfinite(values).all(axis=1))
    if missing == "refuse" and not known.all():
        blank = [name for name, column in zip(columns, values.T, strict=True) if np.isnan(column).any()]
        raise BadPrices(
            f"{(~known).sum()} of {len(known)} rows have no price of {', '.join(blank)}.",
            hint="Leave those rows out, or ask for them to be dropped.",
        )
    signs = np.array([given[name] if name == held else -given[name] for name in columns])
    spread: FloatArray = values[known] @ signs
    return pd.Series(spread, index=prices.index[known], dtype=np.float64, name="spread")


def numbers_of(prices: "pd.DataFrame") -> FloatArray:
    """The prices (T, K) as numbers, NaN where there is none.

    Raises
    ------
    BadPrices
        On text or an infinite number, with the column it is in.
    """
    columns = []
    for place, name in enumerate(prices.columns):
        try:
            column = prices.iloc[:, place].to_numpy(dtype=np.float64, na_value=np.nan)
        except (TypeError, ValueError):
            raise BadPrices(f"{name} holds something that is no number.", where=str(name)) from None
        if np.isinf(column).any():
            raise BadPrices(f"{name} holds an infinite price.", where=str(name))
        columns.append(column)
    return np.column_stack(columns)


def _series(values: ArrayLike, needed: int, what: str) -> FloatArray:
    """The values about their mean; every figure here is the same for a shifted series."""
    series = np.asarray(values, dtype=np.float64)
    if series.ndim != 1:
        raise InvalidSetting(f"One series is needed, not an array of shape {series.shape}.")
    if not np.isfinite(series).all():
        raise BadPrices("The series has missing values.", hint="Drop those rows first.")
    if len(series) < needed:
        raise InsufficientHistory(needed, len(series), what=what)
    size = float(np.abs(series).max())
    if float(np.ptp(series)) <= FLAT * size:
        raise EstimationError("The series does not move.")
    centred: FloatArray = series - series.mean()
    return centred


def half_life(spread: ArrayLike) -> HalfLife:
    r"""The half-life of a spread (T,) in rows, from dS_t = c + b S_{t-1} by least squares.

    Exact: -ln 2 / ln(1 + b); to first order: -ln 2 / b. Both are infinite where b >= 0, because then no gap
    closes. The exact one is NaN where b <= -1: a gap changes its sign each row.

    Raises
    ------
    InsufficientHistory
        With fewer than four rows.
    EstimationError
        When the spread does not move.
    BadPrices
        When a value is missing.

    Examples
    --------
    >>> round(half_life([8.0, 4.0, 2.0, 1.0, 0.5]).exact, 12)
    1.0
    """
    series = _series(spread, 4, "a half-life")
    level, change = series[:-1] - series[:-1].mean(), np.diff(series)
    return half_life_of_slope(float(level @ change) / float(level @ level))


def half_life_of_slope(slope: float) -> HalfLife:
    """The half-lives that belong to the slope b of a change on the level before it."""
    if slope >= 0.0:
        return HalfLife(math.inf, math.inf, slope)
    exact = -math.log(2.0) / math.log1p(slope) if slope > -1.0 else math.nan
    return HalfLife(exact, -math.log(2.0) / slope, slope)


def z_score(spread: ArrayLike, window: int) -> FloatArray:
    """How many standard deviations the spread (T,) is from its mean, both over the last `window` rows.

    Row t uses rows t - window + 1 .. t, its own among them. NaN before the first window is full, where a
    value in it is missing, and where the spread does not move in it.

    Raises
    ------
    InvalidSetting
        On a window under three rows, or something that is no series.

    Examples
    --------
    >>> z_score([1.0, 2.0, 3.0, 3.0], 3).round(3).tolist()
    [nan, nan, 1.0, 0.577]
    """
    series = np.asarray(spread, dtype=np.float64)
    if series.ndim != 1:
        raise InvalidSetting(f"One series is needed, not an array of shape {series.shape}.")
    if window < 3:
        raise InvalidSetting(f"A window of {window} rows is too short.", hint="Use three rows or more.")
    seen = trailing(series, window)
    mean = seen.mean(axis=1)
    deviation = seen.std(axis=1, ddof=1)
    moves = deviation > FLAT * np.abs(mean)
    result: FloatArray = np.where(moves, series - mean, np.nan) / np.where(moves, deviation, 1.0)
    return result


def most_lags(rows: int) -> int:
    """The longest lag tried for a series of so many rows: 12 (T/100)^(1/4) rounded up (Schwert, 1989)."""
    return max(min(math.ceil(12.0 * float((rows / 100.0) ** 0.25)), rows // 2 - 2), 0)


def adf_statistic(series: ArrayLike, lag: Lag = "aic", *, constant: bool = True) -> ADF:
    r"""The augmented Dickey-Fuller t statistic of a series (T,), with a constant or about its mean.

    dS_t = c + b S_{t-1} + sum over j = 1..lag of g_j dS_{t-j}; t = b / se(b), with T - 1 - lag rows and
    lag + 2 coefficients. The null is a unit root. The statistic of a *fitted* spread is more negative than
    that of a given one, so the critical values for a given series do not hold for it.

    Without a constant S is the series less its mean, c is zero and there are lag + 1 coefficients. That is
    the statistic that critical values of Engle and Granger's test are for, its regression having the
    constant.

    Parameters
    ----------
    series
        No value missing.
    lag
        How many lagged changes, or "aic": the number from 0 to `most_lags` with the least Akaike criterion
        on the rows that all of them have, fitted again on all of its own (as statsmodels' `adfuller`).
    constant
        Whether c is fitted.

    Raises
    ------
    InvalidSetting
        On a lag that is negative or too long for the series.
    InsufficientHistory
        With fewer than six rows.
    EstimationError
        When the statistic is not defined: the series does not move, or is its own past exactly.
    BadPrices
        When a value is missing.

    References
    ----------
    Said and Dickey (1984), Biometrika 71; MacKinnon (1994), JBES 12.
    """
    values = _series(series, 6, "a unit-root statistic")
    bound = len(values) // 2 - 2
    wanted = most_lags(len(values)) if lag == "aic" else lag
    if isinstance(wanted, bool) or not isinstance(wanted, (int, np.integer)) or not 0 <= wanted <= bound:
        raise InvalidSetting(
            f"A lag of {wanted!r} cannot be used with {len(values)} rows.",
            hint=f"Allowed: a whole number from 0 to {bound}, or 'aic'.",
        )
    chosen = _least_aic(values, int(wanted), constant) if lag == "aic" else int(wanted)
    return ADF(_statistic(values, chosen, constant), chosen, len(values) - 1 - chosen)


def _design(values: FloatArray, lag: int, constant: bool) -> FloatArray:
    """Columns level, constant if there is one, lagged changes 1..lag and, last, the change to explain."""
    change = np.diff(values)
    rows = len(change) - lag
    ones = [np.ones(rows)] if constant else []
    past = [change[lag - j : lag - j + rows] for j in range(1, lag + 1)]
    return np.column_stack([values[lag : lag + rows], *ones, *past, change[lag:]])


def _least_aic(values: FloatArray, longest: int, constant: bool) -> int:
    design = _design(values, longest, constant)
    # One factorisation serves all lags: entries of the last column below row k are what k columns leave.
    left = np.asarray(np.linalg.qr(design, mode="r"))[:, -1] ** 2
    unexplained = np.cumsum(left[::-1])[::-1][1 + constant :]
    if not unexplained[-1] > 0.0:
        raise EstimationError("The series is its own past exactly.")
    criterion = len(design) * np.log(unexplained) + 2.0 * np.arange(longest + 1)
    return int(criterion.argmin())


def _statistic(values: FloatArray, lag: int, constant: bool) -> float:
    design = _design(values, lag, constant)
    coefficients = design.shape[1] - 1
    # The level next to last, so that its coefficient can be read off the triangle.
    order = [*range(1, coefficients), 0, coefficients]
    triangle: FloatArray = np.asarray(np.linalg.qr(design[:, order], mode="r"))
    own, shared, rest = triangle[-2, -2], triangle[-2, -1], abs(triangle[-1, -1])
    size = float(np.linalg.norm(design[:, -1]))
    if abs(own) <= FLAT * float(np.linalg.norm(design[:, 0])) or rest <= FLAT * size:
        raise EstimationError("The series is its own past exactly.")
    return float(math.copysign(1.0, own) * shared / rest * math.sqrt(len(design) - coefficients))

"""What is left in a spread: whether its shocks are independent, normal and of one size."""

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import chdtrc

from core.errors import BadPrices, EstimationError, InsufficientHistory, InvalidSetting
from core.fingerprint import Keyed, freeze
from core.spread import FLAT, half_life_of_slope
from core.types import FloatArray

if TYPE_CHECKING:
    import pandas as pd

LEAST_ROWS: Final = 30
LJUNG_BOX_LAGS: Final = 10
ARCH_LAGS: Final = 5
LARGEST: Final = 5
"""How many of the largest shocks are named."""

_NORMAL: Final = 1.959963984540054


class Statistic(NamedTuple):
    """A statistic, the p-value of its null, and how many lags it looked at (0 where it has none)."""

    statistic: float
    p_value: float
    lags: int = 0


class Shock(NamedTuple):
    """One large shock: its row in the spread, its size in price units and in standard deviations."""

    row: int
    size: float
    deviations: float


@dataclass(frozen=True, kw_only=True, eq=False)
class Residuals(Keyed):
    """What is left in a spread of `rows` rows.

    `phi` is the persistence in S_t = c + phi S_{t-1} + shock by least squares, and `half_life` what follows
    from it in rows (infinite where phi >= 1, NaN where it is not above zero). `shocks` (rows - 1,) are those
    of rows 1 and later, in price units.

    `spread_autocorrelation` and `shock_autocorrelation` (lags,) are of lags 1 and on; one of independent
    values lies within `spread_bound` or `shock_bound` of zero 95 times in a hundred.

    `ljung_box` tests whether the shocks hang together (one coefficient fitted), `arch` whether their sizes
    do, `jarque_bera` whether they are normal. `skew` and `excess_kurtosis` are of the shocks, 0 for normal
    ones. `largest` are the largest by size, first the largest.

    `halves` are the variances (ddof 1) of the spread in the first and second half of its rows, in price
    units squared, each about its own mean. `effective_rows` is rows (1 - phi) / (1 + phi): how many
    unrelated rows would tell as much about the spread's mean; NaN where phi is not in (0, 1).
    """

    rows: int
    phi: float
    half_life: float
    shocks: FloatArray
    spread_autocorrelation: FloatArray
    shock_autocorrelation: FloatArray
    spread_bound: float
    shock_bound: float
    ljung_box: Statistic
    arch: Statistic
    jarque_bera: Statistic
    skew: float
    excess_kurtosis: float
    largest: tuple[Shock, ...]
    halves: tuple[float, float]
    effective_rows: float

    def frame(self) -> "pd.DataFrame":
        """Both autocorrelations by lag, for people."""
        import pandas as pd

        lags = pd.RangeIndex(1, len(self.shock_autocorrelation) + 1, name="lag")
        return pd.DataFrame(
            {"spread": self.spread_autocorrelation, "shocks": self.shock_autocorrelation}, index=lags
        )


def diagnose(spread: ArrayLike, *, lags: int = 20) -> Residuals:
    """The residual diagnostics of a spread (T,).

    Parameters
    ----------
    spread
        No value missing; `HedgeRatio.spread`.
    lags
        How many autocorrelations.

    Raises
    ------
    InvalidSetting
        On a number of lags that cannot be.
    InsufficientHistory
        With fewer than 30 rows, or fewer than two rows a lag.
    EstimationError
        When the spread does not move, or is its own past exactly.
    BadPrices
        When a value is missing.

    References
    ----------
    Ljung and Box (1978), Biometrika 65; Engle (1982), Econometrica 50; Jarque and Bera (1980), Economics
    Letters 6.
    """
    values = _checked(spread, lags)
    centred = values - values.mean()
    before, after = centred[:-1] - centred[:-1].mean(), centred[1:] - centred[1:].mean()
    phi = float(before @ after) / float(before @ before)
    shocks = after - phi * before
    scale = float(np.abs(np.diff(values)).max())
    if float(np.abs(shocks).max()) <= 1e-9 * scale:
        raise EstimationError("The spread is its own past exactly: it has no shocks.")
    shocks = shocks - shocks.mean()
    size = float(shocks.std(ddof=1))
    order = np.argsort(-np.abs(shocks), kind="stable")[:LARGEST]
    middle = len(values) // 2
    skew, kurtosis, normal = _shape(shocks)
    return Residuals(
        rows=len(values),
        phi=phi,
        half_life=half_life_of_slope(phi - 1.0).exact,
        shocks=freeze(shocks),
        spread_autocorrelation=freeze(_autocorrelation(centred, lags)),
        shock_autocorrelation=freeze(_autocorrelation(shocks, lags)),
        spread_bound=_NORMAL / math.sqrt(len(values)),
        shock_bound=_NORMAL / math.sqrt(len(shocks)),
        ljung_box=_ljung_box(shocks),
        arch=_arch(shocks),
        jarque_bera=normal,
        skew=skew,
        excess_kurtosis=kurtosis,
        largest=tuple(Shock(int(i) + 1, float(shocks[i]), float(shocks[i]) / size) for i in order),
        halves=(float(values[:middle].var(ddof=1)), float(values[middle:].var(ddof=1))),
        effective_rows=len(values) * (1.0 - phi) / (1.0 + phi) if 0.0 < phi < 1.0 else math.nan,
    )


def _checked(spread: ArrayLike, lags: int) -> FloatArray:
    values = np.asarray(spread, dtype=np.float64)
    if values.ndim != 1:
        raise InvalidSetting(f"One series is needed, not an array of shape {values.shape}.")
    if isinstance(lags, bool) or lags < 1:
        raise InvalidSetting(f"{lags!r} autocorrelations cannot be.", hint="Ask for one or more.")
    if not np.isfinite(values).all():
        raise BadPrices("The spread has missing values.", hint="Drop those rows first.")
    needed = max(LEAST_ROWS, 2 * lags)
    if len(values) < needed:
        raise InsufficientHistory(needed, len(values), what="a look at what is left")
    if float(np.ptp(values)) <= FLAT * float(np.abs(values).max()):
        raise EstimationError("The spread does not move.")
    return values


def _autocorrelation(values: FloatArray, lags: int) -> FloatArray:
    """Of lags 1 and on, all over the variance of the whole, (lags,)."""
    about = values - values.mean()
    total = float(about @ about)
    return np.array([float(about[lag:] @ about[:-lag]) / total for lag in range(1, lags + 1)])


def _shape(shocks: FloatArray) -> tuple[float, float, Statistic]:
    """Skew, excess kurtosis and the test of normality."""
    from statsmodels.stats.stattools import jarque_bera

    statistic, p_value, skew, kurtosis = (float(value) for value in jarque_bera(shocks))
    return skew, kurtosis - 3.0, Statistic(statistic, p_value)


def _ljung_box(shocks: FloatArray) -> Statistic:
    from statsmodels.stats.diagnostic import acorr_ljungbox

    made = acorr_ljungbox(shocks, lags=[LJUNG_BOX_LAGS], model_df=1)
    return Statistic(float(made["lb_stat"].iloc[0]), float(made["lb_pvalue"].iloc[0]), LJUNG_BOX_LAGS)


def _arch(shocks: FloatArray) -> Statistic:
    """Engle's test: rows times the R squared of squared shocks on those of the rows before.

    Squares that are all alike hang together in nothing: the statistic is zero.
    """
    squares = shocks**2
    rows = len(squares) - ARCH_LAGS
    past = [squares[ARCH_LAGS - lag : ARCH_LAGS - lag + rows] for lag in range(1, ARCH_LAGS + 1)]
    design = np.column_stack([np.ones(rows), *past])
    target = squares[ARCH_LAGS:]
    fitted = design @ np.linalg.lstsq(design, target, rcond=None)[0]
    unexplained, total = float(np.sum((target - fitted) ** 2)), float(np.sum((target - target.mean()) ** 2))
    alike = float(np.ptp(target)) <= FLAT * float(target.max())
    statistic = 0.0 if alike else rows * (1.0 - unexplained / total)
    return Statistic(statistic, float(chdtrc(ARCH_LAGS, statistic)), ARCH_LAGS)

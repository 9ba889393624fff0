"""Whether there is evidence that legs are tied together: which p-value is asked, and what it says."""

import math
from typing import TYPE_CHECKING, Final, Literal, NamedTuple

from core.lab.compare import study_ratio
from core.ratios.base import HedgeRatio
from core.spread import adf_statistic
from core.words import P_LEVELS

if TYPE_CHECKING:
    import pandas as pd

Evidence = Literal["evidence", "weak", "none", "unknown"]

STRONG: Final = P_LEVELS[0]
WEAK: Final = P_LEVELS[1]

_SIMULATED: Final = "draws of"


class EngleGranger(NamedTuple):
    """The statistic that least squares with a constant leaves, its lag and MacKinnon's p-value.

    The residual's unit-root regression has no constant of its own, as the critical values want it: the
    statistic is not `adf_statistic` of the `HedgeRatio`, which has one.
    """

    statistic: float
    lag: int
    p_value: float


def engle_granger(
    prices: "pd.DataFrame", *, dependent: str | None = None, lag: int | None = None
) -> EngleGranger:
    """Engle and Granger's test of no cointegration between the legs, which depends on the dependent one.

    Parameters
    ----------
    prices, dependent
        As for `estimate_hedge_ratio`; rows that lack a price are left out.
    lag
        Lagged changes in the statistic; None has them chosen by Akaike's criterion.

    Returns
    -------
    EngleGranger
        `p_value` is NaN with more than six legs, for which there are no critical values.

    Raises
    ------
    HedgeError
        As `estimate_hedge_ratio`.
    """
    made = study_ratio(prices, "ols", dependent=dependent, lag=lag)
    bare = adf_statistic(made.spread, made.adf_lag, constant=False)
    return EngleGranger(bare.statistic, bare.lag, made.adf_p_value)


def simulated_p_value(result: HedgeRatio | None) -> float:
    """The p-value of a result where it was simulated; NaN where it was not, or there is none."""
    if result is None or _SIMULATED not in result.adf_p_source:
        return math.nan
    return result.adf_p_value


def weigh(simulated: float, regression: float) -> Evidence:
    """What the p-values say: the simulated one where it is known, else Engle and Granger's.

    Under 0.05 "evidence", up to 0.10 "weak", above "none"; "unknown" where neither is known (NaN).
    """
    p_value = simulated if math.isfinite(simulated) else regression
    if not math.isfinite(p_value):
        return "unknown"
    if p_value < STRONG:
        return "evidence"
    return "weak" if p_value <= WEAK else "none"

"""Dynamic least squares: leads and lags of the other legs' changes take out what feeds back."""

from dataclasses import dataclass, replace
from typing import Any, Literal

from core.fields import setting
from core.ratios.base import Found, MethodOptions, hedge_ratio, least_rows
from core.ratios.cointegrating import TRENDS, read_fit
from core.types import FloatArray


@dataclass(frozen=True, kw_only=True, eq=False)
class DOLSOptions(MethodOptions):
    """Leads, lags and deterministic terms."""

    lags: int = setting(2, "integer", "Lags of changes", minimum=0, maximum=20)
    leads: int = setting(2, "integer", "Leads of changes", minimum=0, maximum=20)
    trend: Literal["c", "ct"] = setting("c", "choice", "Deterministic terms", options=TRENDS)


def _least(legs: int, options: DOLSOptions) -> int:
    parameters = (legs - 1) * (options.lags + options.leads + 2) + 2
    return max(least_rows(legs), 2 * parameters + options.lags + options.leads)


@hedge_ratio(
    "dols",
    label="Dynamic least squares",
    help="Least squares with leads and lags of changes, and errors that hold for price levels.",
    question="The variance of the spread, once what the legs' changes answer to is taken out.",
    options=DOLSOptions,
    least=_least,
)
def dols(prices: FloatArray, options: DOLSOptions) -> Found:
    """Stock and Watson's (1993) estimator by `arch.unitroot.cointegration.DynamicOLS`, kernel errors."""

    def fit(y: FloatArray, X: FloatArray) -> Any:
        from arch.unitroot.cointegration import DynamicOLS

        model = DynamicOLS(y, X, trend=options.trend, lags=options.lags, leads=options.leads)
        return model.fit(cov_type="unadjusted", kernel="bartlett", df_adjust=True)

    found = read_fit(prices, fit)
    return replace(
        found, figures={**found.figures, "lags": float(options.lags), "leads": float(options.leads)}
    )

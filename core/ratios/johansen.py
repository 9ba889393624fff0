"""Johansen's cointegrating vector: the combination that the legs' changes answer to most."""

from dataclasses import dataclass

import numpy as np

from core.fields import setting
from core.ratios.base import Found, MethodOptions, hedge_ratio, least_rows
from core.ratios.vectors import ratios_of, residuals, symmetric_vectors
from core.types import FloatArray


@dataclass(frozen=True, kw_only=True, eq=False)
class JohansenOptions(MethodOptions):
    """Lagged changes and deterministic terms of the error-correction model."""

    lag: int = setting(1, "integer", "Lagged changes", minimum=0, maximum=20)
    trend: str = setting(
        "constant",
        "choice",
        "Deterministic terms",
        options=(("none", "none"), ("constant", "constant"), ("linear", "constant and trend")),
    )


def _least(legs: int, options: JohansenOptions) -> int:
    return max(least_rows(legs), (options.lag + 2) * (legs + 1) + 10)


@hedge_ratio(
    "johansen",
    label="Johansen",
    help="The combination to which the legs' changes respond most, from an error-correction model.",
    question="What the level of the spread leaves unexplained of the legs' changes.",
    options=JohansenOptions,
    least=_least,
    swaps=True,
    optimised=True,
)
def johansen(prices: FloatArray, options: JohansenOptions) -> Found:
    """The vector of the largest eigenvalue of S10 S00^-1 S01 v = lambda S11 v.

    dY_t and Y_{t-1}, each regressed on the lagged changes and the deterministic terms, leave r0 and r1;
    S_ij = r_i' r_j. A linear trend is taken out of the prices first. `vectors` has all of them, largest
    eigenvalue first. `figures` has the trace statistic of "no cointegration" and its 5 % critical value.
    Johansen (1991), Econometrica 59. Numbers equal statsmodels' `coint_johansen` for lags of 1 and more (with
    none, that one does not lag the level).
    """
    lag = options.lag
    series = prices
    if options.trend == "linear":
        series = residuals(
            prices, np.column_stack([np.ones(len(prices)), np.linspace(-1.0, 1.0, len(prices))])
        )
    change = np.diff(series, axis=0)
    rows = len(change) - lag
    terms = [change[lag - j : lag - j + rows] for j in range(1, lag + 1)]
    if options.trend != "none":
        terms.append(np.ones((rows, 1)))
    regressors = np.column_stack(terms) if terms else np.empty((rows, 0))
    size = np.sqrt((change * change).sum(axis=0))
    level = series[lag : lag + rows] - (series.mean(axis=0) if options.trend != "none" else 0.0)
    r0 = residuals(change[lag:] / size, regressors / np.sqrt((regressors**2).sum(axis=0)))
    r1 = residuals(level / size, regressors / np.sqrt((regressors**2).sum(axis=0)))
    basis = np.linalg.qr(r0)[0]
    explained = basis.T @ r1
    values, vectors = symmetric_vectors(explained.T @ explained, r1.T @ r1)
    order = np.argsort(values)[::-1]
    weights = (vectors / size[:, None])[:, order]
    ratios, notes = ratios_of(weights[:, 0], prices.std(axis=0))
    trace = float(-rows * np.log1p(-np.clip(values, None, 1.0 - 1e-15)).sum())
    return Found(
        ratios=ratios,
        vectors=weights,
        eigenvalues=values[order],
        figures={"trace_statistic": trace, "trace_critical_5": _critical(prices.shape[1], options.trend)},
        notes=notes,
    )


def _critical(legs: int, trend: str) -> float:
    """The 5 % critical value of the trace statistic (MacKinnon, Haug and Michelis, 1999)."""
    from statsmodels.tsa.coint_tables import c_sjt

    return float(c_sjt(legs, {"none": -1, "constant": 0, "linear": 1}[trend])[1])

"""From prices and the name of a method to a hedge ratio with its diagnostics."""

from dataclasses import replace
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from core import words
from core.errors import EstimationError
from core.fingerprint import freeze
from core.progress import Progress, silent, within
from core.ratios.base import HEDGE_RATIOS, Found, HedgeRatio, Method, MethodOptions
from core.ratios.bounds import is_bounded
from core.ratios.coverage import WHERE_ALL_IS_TAKEN, coverage_note, coverage_share
from core.ratios.find import find_ratios
from core.ratios.kalman import TAKES_ALL
from core.ratios.legs import Legs, read_legs, standardised
from core.ratios.null import PValue, simulate_p_value, with_lag
from core.ratios.ols import autoregression
from core.ratios.resample import interval_of, resampled_ratios
from core.ratios.vectors import FAINT, HARDLY
from core.registry import Entry
from core.spread import ADF, Lag, Missing, adf_statistic, half_life
from core.types import FloatArray

if TYPE_CHECKING:
    import pandas as pd

LOPSIDED: Final = 0.9
"""Share of all dollars in one leg from which the reader is told."""

_UNSURE: Final = "The search is not sure of this answer."

_NOT_REDRAWN: Final = (
    "No legs were drawn anew: that is done around a gap that closes, of which this ratio knows nothing."
)

_NO_P_VALUE: Final = "No critical values are known for this ratio; a simulated p-value can be asked for."

NOT_SIMULATED: Final = "No p-value could be simulated"
"""How the note begins that says why."""

_RESAMPLED: Final = "The interval is from legs drawn anew around the ratio."


def estimate_hedge_ratio(
    prices: "pd.DataFrame",
    method: str,
    *,
    dependent: str | None = None,
    missing: Missing = "drop",
    adf_lag: Lag = "aic",
    draws: int = 0,
    resamples: int = 0,
    progress: Progress = silent,
    **options: Any,
) -> HedgeRatio:
    """The hedge ratio of two or more legs by one method, with its spread and diagnostics.

    Parameters
    ----------
    prices
        One column a leg, 2 to 12 of them, ascending by date or by whole numbers.
    method
        A name in `HEDGE_RATIOS`.
    dependent
        The leg that is held; None means the first column.
    missing
        Rows that lack a price are dropped together and counted ("drop") or refused ("refuse").
    adf_lag
        Lagged changes in the unit-root statistic of the spread, or "aic"; a method that chose a lag to find
        the ratio keeps its own.
    draws
        How many pairs (or sets) of unrelated walks the p-value is simulated from; 0 means none is.
    resamples
        How many times the legs are drawn anew around the ratio for standard errors and an interval, which
        then replace those of the method; 0 means never. Where a sign or a cap holds the ratio there is none.
        Methods that know nothing of a spread (`Method.redraws`) keep what they have, and a note says so.
    progress
        Told how far a search or a simulation is; raises to cancel it.
    **options
        Those of the method; `HEDGE_RATIOS[method].item.options` declares them.

    Raises
    ------
    UnknownOption
        On a method or option that does not exist; the hint has the nearest.
    InvalidSetting
        On an option out of range, or a frame that is not what it should be.
    BadPrices
        On a price that is none.
    InsufficientHistory
        With fewer rows than the method needs.
    EstimationError
        When the ratio is not defined: a leg that does not move, legs that move as one, no mean reversion.

    Examples
    --------
    >>> import numpy as np, pandas as pd
    >>> walk = np.cumsum(np.random.default_rng(1).standard_normal(200))
    >>> noise = np.random.default_rng(2).standard_normal(200)
    >>> legs = pd.DataFrame({"A": 5 + 2 * walk + noise, "B": walk})
    >>> round(estimate_hedge_ratio(legs, "ols").ratios["B"], 1)
    2.0
    """
    entry = HEDGE_RATIOS.get(method, where="ratios.method")
    chosen = entry.item.options.read(options)
    legs = read_legs(prices, dependent, missing)
    return fit_legs(
        legs, method, chosen, adf_lag=adf_lag, draws=draws, resamples=resamples, progress=progress
    )


def fit_legs(
    legs: Legs,
    method: str,
    options: MethodOptions,
    *,
    adf_lag: Lag = "aic",
    draws: int = 0,
    resamples: int = 0,
    progress: Progress = silent,
) -> HedgeRatio:
    """The hedge ratio of legs already read; raises as `estimate_hedge_ratio`."""
    entry = HEDGE_RATIOS.get(method, where="ratios.method")
    fits = 1 + resamples + draws
    found = find_ratios(legs, method, options, progress=within(progress, 0, fits))
    redrawn = resamples > 0 and entry.item.redraws and not found.held
    if resamples and not entry.item.redraws:
        found = replace(found, notes=(*found.notes, _NOT_REDRAWN))
    if redrawn:
        fixed = with_lag(options, found.lag)
        drawn = resampled_ratios(
            legs, method, fixed, found.ratios,
            draws=resamples, progress=within(progress, 1, fits, size=resamples),
        )  # fmt: skip
        errors, bounds = interval_of(drawn, found.ratios)
        found = replace(found, errors=errors, bounds=bounds, notes=(*found.notes, _RESAMPLED))
    spread = legs.prices[:, 0] - legs.prices[:, 1:] @ found.ratios
    unit_root = adf_statistic(spread, adf_lag if found.lag is None else found.lag)
    if draws:
        last = within(progress, 1 + resamples, fits, size=draws)
        p_value = simulate_p_value(legs, method, options, unit_root, draws=draws, progress=last)
    else:
        p_value = _p_value(legs, method, options, spread, unit_root.lag)
    described = _describe(legs, entry, options, found, spread, unit_root, p_value)
    if found.bounds is None:
        return described
    if TAKES_ALL in found.notes:
        return replace(described, coverage=WHERE_ALL_IS_TAKEN)
    persistence, _ = autoregression(spread - spread.mean(), len(legs.names) - 1)
    nearest: dict[str, Any] = {
        "resampled": redrawn, "rows": len(spread), "persistence": persistence
    }  # fmt: skip
    return replace(
        described,
        coverage=coverage_note(method, options, legs=len(legs.names), **nearest),
        coverage_share=coverage_share(method, options, **nearest),
    )


def simulate_p_of(legs: Legs, ratio: HedgeRatio, *, draws: int, progress: Progress = silent) -> PValue:
    """The p-value that `fit_legs` simulates for a ratio of these legs, without fitting it again.

    NaN with a note where the method has no answer on most of the draws.

    Raises
    ------
    InvalidSetting
        With too few draws.
    """
    observed = ADF(ratio.adf_statistic, ratio.adf_lag, len(ratio.spread) - 1 - ratio.adf_lag)
    try:
        return simulate_p_value(legs, ratio.method, ratio.options, observed, draws=draws, progress=progress)
    except EstimationError as error:
        return PValue(np.nan, "", f"{NOT_SIMULATED}: {error.message}")


def with_p_value(ratio: HedgeRatio, p_value: PValue) -> HedgeRatio:
    """The ratio with a p-value that was simulated for it, or with the note that says why there is none."""
    notes = tuple(note for note in ratio.notes if note != _NO_P_VALUE)
    return replace(
        ratio,
        adf_p_value=p_value.value,
        adf_p_source=p_value.source,
        notes=(*notes, p_value.note) if p_value.note else notes,
    )


def _describe(
    legs: Legs,
    entry: Entry[Method],
    options: MethodOptions,
    found: Found,
    spread: FloatArray,
    unit_root: ADF,
    p_value: PValue,
) -> HedgeRatio:
    others = legs.names[1:]
    prices = legs.prices
    life = half_life(spread)
    singular = np.linalg.svd(standardised(legs)[1:], compute_uv=False)
    flags = _flags(legs, found)
    notes = [*found.notes, *(flag for flag in flags if flag not in found.notes), *_notes(legs, found)]
    if not p_value.source:
        notes.append(_NO_P_VALUE)
    by_leg = {} if found.errors is None else dict(zip(others, map(float, found.errors), strict=True))
    bounds = {}
    if found.bounds is not None:
        low, high = found.bounds
        bounds = {name: (float(a), float(b)) for name, a, b in zip(others, low, high, strict=True)}
    return HedgeRatio(
        method=entry.name,
        dependent=legs.names[0],
        legs=legs.names,
        options=options,
        ratios=MappingProxyType(
            {legs.names[0]: 1.0, **dict(zip(others, map(float, found.ratios), strict=True))}
        ),
        intercept=float(found.intercept),
        standard_errors=MappingProxyType(by_leg),
        intervals=MappingProxyType(bounds),
        spread=freeze(spread),
        rows=legs.rows,
        dates=legs.dates,
        dropped=legs.dropped,
        last_prices=freeze(prices[-1]),
        half_life_days=life.exact,
        half_life_first_order_days=life.first_order,
        adf_statistic=unit_root.statistic,
        adf_lag=unit_root.lag,
        adf_p_value=p_value.value,
        adf_p_source=p_value.source,
        converged=found.converged,
        condition=float(singular[0] / singular[-1]),
        lag=found.lag,
        path=None if found.path is None else freeze(found.path),
        vectors=None if found.vectors is None else freeze(found.vectors),
        eigenvalues=None if found.eigenvalues is None else freeze(found.eigenvalues),
        figures=MappingProxyType(dict(found.figures)),
        notes=tuple(notes),
        flags=flags,
    )


def _p_value(legs: Legs, method: str, options: MethodOptions, spread: FloatArray, lag: int) -> PValue:
    """Engle and Granger's p-value by MacKinnon's surfaces, valid for least squares with an intercept.

    The surfaces are for a residual's statistic without a constant: least squares had it.
    """
    if method != "ols" or not getattr(options, "intercept", False) or is_bounded(options):
        return PValue(np.nan, "")
    from statsmodels.tsa.adfvalues import mackinnonp

    count = len(legs.names)
    if count > 6:  # what the surfaces cover
        return PValue(np.nan, "")
    statistic = adf_statistic(spread, lag, constant=False).statistic
    return PValue(float(mackinnonp(statistic, regression="c", N=count)), "Engle-Granger, MacKinnon (1994)")


def _flags(legs: Legs, found: Found) -> tuple[str, ...]:
    """The sentences that call an answer in question."""
    flags = []
    dollars = np.abs(np.array([1.0, *found.ratios]) * legs.prices[-1])
    share = dollars / dollars.sum()
    if HARDLY in found.notes or share[0] < FAINT:
        flags.append(HARDLY)
    if share.max() > LOPSIDED:
        name = legs.names[int(share.argmax())]
        flags.append(
            f"{name} is {words.percent(float(share.max()), 0)} of all dollars: hardly a combination."
        )
    if TAKES_ALL in found.notes:
        flags.append(TAKES_ALL)
    if not found.converged:
        flags.append(_UNSURE)
    return tuple(flags)


def _notes(legs: Legs, found: Found) -> list[str]:
    notes = []
    if legs.dropped:
        rows = "1 row was" if legs.dropped == 1 else f"{legs.dropped:,} rows were"
        notes.append(f"{rows} left out: a leg had no price.")
    if (found.ratios < 0.0).any():
        names = [name for name, h in zip(legs.names[1:], found.ratios, strict=True) if h < 0.0]
        notes.append(f"{', '.join(names)} would be held on the same side as {legs.names[0]}.")
    return notes

"""All methods beside each other on the same legs, each with every leg in turn as the dependent one."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import numpy as np

from core.errors import Cancelled, EstimationError, HedgeError, UnknownOption
from core.fingerprint import Keyed
from core.progress import Progress, silent, within
from core.ratios.base import HEDGE_RATIOS, HedgeRatio
from core.ratios.bounds import NOT_HELD
from core.ratios.estimate import fit_legs, simulate_p_of, with_p_value
from core.ratios.legs import Legs, read_legs
from core.ratios.null import PValue
from core.ratios.units import to_dollars
from core.spread import Missing
from core.types import Sessions

if TYPE_CHECKING:
    import pandas as pd


class Variant(NamedTuple):
    """A method with some of its options, as one row of the comparison."""

    key: str
    label: str
    method: str
    options: Mapping[str, Any]


_LISTED: Final[tuple[tuple[str, str, Mapping[str, Any]], ...]] = (
    ("ols", "ols", {}),
    ("ols_origin", "ols", {"intercept": False}),
    ("tls", "tls", {}),
    ("tls_origin", "tls", {"intercept": False}),
    ("johansen", "johansen", {}),
    ("box_tiao", "box_tiao", {}),
    ("half_life", "half_life", {}),
    ("adf", "adf", {}),
    ("dols", "dols", {}),
    ("fmols", "fmols", {}),
    ("ccr", "ccr", {}),
    ("kalman", "kalman", {}),
    ("huber", "huber", {}),
    ("quantile", "quantile", {}),
    ("theil_sen", "theil_sen", {}),
    ("minimum_variance", "minimum_variance", {}),
    ("ewma", "ewma", {}),
    ("price_ratio", "price_ratio", {}),
)


def variants() -> tuple[Variant, ...]:
    """Every row that there can be, in the order in which they are shown; a new method comes last."""
    listed = [*_LISTED]
    known = {method for _, method, _ in listed}
    listed += [(name, name, {}) for name in HEDGE_RATIOS.names() if name not in known]
    return tuple(
        Variant(
            key,
            HEDGE_RATIOS[method].label + (", no constant" if options.get("intercept") is False else ""),
            method,
            MappingProxyType(dict(options)),
        )
        for key, method, options in listed
    )


def variant(key: str) -> Variant:
    """The variant of this key.

    Raises
    ------
    UnknownOption
        With the nearest known key.
    """
    every = {one.key: one for one in variants()}
    if key not in every:
        raise UnknownOption(key, tuple(every), kind="hedge-ratio method", where="lab.methods")
    return every[key]


def takes_sign(one: Variant) -> bool:
    """Whether its ratios can be held to short only."""
    return "sign" in {name for name, _ in HEDGE_RATIOS[one.method].item.options.specs()}


def options_of(one: Variant, *, sign: str = "any", lag: int | None = None) -> dict[str, Any]:
    """The options of a variant; signs, and the lag of a searched statistic, where it has such an option."""
    given = dict(one.options)
    if sign != "any" and takes_sign(one):
        given["sign"] = sign
    if one.method == "adf" and lag is not None:
        given["lag"] = lag
    return given


@dataclass(frozen=True, kw_only=True, eq=False)
class RatioRow(Keyed):
    """One method's answer; `result` is None where there is none, and `reason` says why.

    `others` has the same method's answer with each other leg as the dependent one. `agreement` says whether
    the choice of the dependent leg matters: with two legs the product of both ratios, with more the least
    correlation of the spread with that of another ordering, turned so that both hold the dependent leg. 1
    means that it does not matter; NaN where an ordering has no answer, or none without the dependent leg.

    `dollars` is h_i P_i / P_d of the other legs at the last row: dollars to hold on the other side per
    dollar of the dependent one; empty where a price is not above zero. `drawn` is whether the interval is
    from legs drawn anew, for want of a formula.
    """

    key_name: str
    label: str
    method: str
    result: HedgeRatio | None
    reason: str
    others: Mapping[str, HedgeRatio]
    agreement: float
    dollars: Mapping[str, float]
    drawn: bool = False

    @property
    def net_dollars(self) -> float:
        """Dollars of all other legs together to hold on the other side per dollar of the dependent one."""
        return math.fsum(self.dollars.values()) if self.dollars else math.nan


@dataclass(frozen=True, kw_only=True, eq=False)
class RatioComparison(Keyed):
    """The rows of a comparison. `lag` is that of all unit-root statistics, `rows` how many days were used."""

    methods: tuple[RatioRow, ...]
    legs: tuple[str, ...]
    lag: int
    rows: int
    dropped: int
    dates: Sessions | None

    def row(self, key: str) -> RatioRow:
        """The row of this key.

        Raises
        ------
        UnknownOption
            When it was not compared.
        """
        for one in self.methods:
            if one.key_name == key:
                return one
        keys = tuple(one.key_name for one in self.methods)
        raise UnknownOption(key, keys, kind="compared method", where="lab.shown")

    def frame(self) -> "pd.DataFrame":
        """One line a method, for people."""
        import pandas as pd

        return pd.DataFrame([_line(row, self.legs[1:]) for row in self.methods]).set_index("method")


def compare_ratios(
    prices: "pd.DataFrame",
    *,
    dependent: str | None = None,
    methods: Sequence[str] = (),
    sign: str = "any",
    lag: int | None = None,
    draws: int = 0,
    resamples: int = 0,
    missing: Missing = "drop",
    progress: Progress = silent,
) -> RatioComparison:
    """The hedge ratio of the same legs by every method, with its spread, and seen from every leg.

    Parameters
    ----------
    prices, dependent, missing
        As for `estimate_hedge_ratio`.
    methods
        Keys of `variants()`; none means all.
    sign
        "short" holds every ratio at zero or above in the methods that can; a method that cannot has no result
        where its ratio of any leg is under zero.
    lag
        Lagged changes in all unit-root statistics; None has them chosen once, by Akaike's criterion for the
        spread of least squares, so that methods can be compared.
    draws
        Legs that are not tied together, drawn for the simulated p-value of every row; 0 for none. A method
        that has no answer on most of them keeps its own, with a p-value of NaN and a note.
    resamples
        How often the legs are drawn anew for the interval of methods that have none of their own.
    progress
        Told how far it is; raises to cancel.

    Raises
    ------
    UnknownOption
        On a key that does not exist.
    InvalidSetting
        With too few draws.
    EstimationError
        When no method has an answer.
    HedgeError
        As `estimate_hedge_ratio`, for the prices.

    Examples
    --------
    >>> import numpy as np, pandas as pd
    >>> walk = 50 + np.cumsum(np.random.default_rng(1).standard_normal(300))
    >>> legs = pd.DataFrame({"A": 5 + 2 * walk + np.random.default_rng(2).standard_normal(300), "B": walk})
    >>> table = compare_ratios(legs, methods=["ols", "tls"])
    >>> [round(row.result.ratios["B"], 1) for row in table.methods], round(table.row("tls").agreement, 9)
    ([2.0, 2.0], 1.0)
    """
    chosen = [variant(key) for key in dict.fromkeys(methods)] or list(variants())
    legs = read_legs(prices, dependent, missing)
    fixed = _chosen_once(legs) if lag is None else lag
    rows, found = [], dict[str, PValue]()
    for place, one in enumerate(chosen):
        told = within(progress, place, len(chosen), name=one.label)
        first = 1 + resamples
        row = _row(legs, one, sign, fixed, resamples, within(told, 0, first + draws, size=first))
        if draws and row.result is not None:
            last = within(told, first, first + draws, size=draws)
            found[row.key_name] = simulate_p_of(legs, row.result, draws=draws, progress=last)
        rows.append(row)
    if all(row.result is None for row in rows):
        raise EstimationError(
            f"No method has an answer: {rows[0].reason}", hint="Choose other legs or days.", where="lab.legs"
        )
    table = RatioComparison(
        methods=tuple(rows),
        legs=legs.names,
        lag=fixed,
        rows=len(legs.prices),
        dropped=legs.dropped,
        dates=legs.dates,
    )
    return with_p_values(table, found)


def with_p_values(table: RatioComparison, found: Mapping[str, PValue]) -> RatioComparison:
    """The comparison with p-values that were simulated for its rows, by their keys; the rest as they are."""
    return replace(
        table,
        methods=tuple(
            replace(row, result=with_p_value(row.result, found[row.key_name]))
            if row.result is not None and row.key_name in found
            else row
            for row in table.methods
        ),
    )


def study_ratio(
    prices: "pd.DataFrame",
    key: str,
    *,
    dependent: str | None = None,
    sign: str = "any",
    lag: int | None = None,
    draws: int = 0,
    resamples: int = 0,
    missing: Missing = "drop",
    progress: Progress = silent,
) -> HedgeRatio:
    """One row of the comparison with what takes longer: a simulated p-value, and an interval where none is.

    Parameters
    ----------
    key
        A key of `variants()`.
    draws, resamples
        As for `estimate_hedge_ratio`; a method's own interval stays.
    prices, dependent, sign, lag, missing, progress
        As for `compare_ratios`.

    Raises
    ------
    HedgeError
        As `estimate_hedge_ratio`.
    """
    one = variant(key)
    legs = read_legs(prices, dependent, missing)
    fixed = _chosen_once(legs) if lag is None else lag
    options = HEDGE_RATIOS[one.method].item.options.read(options_of(one, sign=sign, lag=fixed))
    fits = 2 + draws + resamples
    bare = fit_legs(legs, one.method, options, adf_lag=fixed, progress=within(progress, 0, fits))
    _refuse_long(one, bare, sign)
    again = resamples if lacks_interval(bare) else 0
    if not again and not draws:
        return bare
    rest = within(progress, 1, fits, size=fits - 1)
    return fit_legs(legs, one.method, options, adf_lag=fixed, draws=draws, resamples=again, progress=rest)


def lacks_interval(found: HedgeRatio) -> bool:
    """Whether it has no interval and its method is one for which legs can be drawn anew."""
    return not found.intervals and HEDGE_RATIOS[found.method].item.redraws


def _chosen_once(legs: Legs) -> int:
    ols = HEDGE_RATIOS["ols"].item.options
    try:
        return fit_legs(legs, "ols", ols.read({})).adf_lag
    except EstimationError:
        return 0


def _row(legs: Legs, one: Variant, sign: str, lag: int, resamples: int, progress: Progress) -> RatioRow:
    options = HEDGE_RATIOS[one.method].item.options.read(options_of(one, sign=sign, lag=lag))
    result, reason, drawn = None, "", False
    others: dict[str, HedgeRatio] = {}
    again = 1 + resamples if resamples else 0
    fits = again + len(legs.names)
    try:
        own = fit_legs(legs, one.method, options, adf_lag=lag, progress=within(progress, 0, fits))
        _refuse_long(one, own, sign)
        result = own
        if resamples and lacks_interval(own):
            told = within(progress, 1, fits, size=again)
            result = fit_legs(legs, one.method, options, adf_lag=lag, resamples=resamples, progress=told)
            drawn = True
    except Cancelled:
        raise
    except HedgeError as error:
        reason = error.message
    if result is not None:
        for place, name in enumerate(legs.names[1:], 1 + again):
            told = within(progress, place, fits)
            try:
                others[name] = fit_legs(legs.led_by(name), one.method, options, adf_lag=lag, progress=told)
            except Cancelled:
                raise
            except HedgeError:
                continue  # this ordering has no answer: the agreement is not known
    return RatioRow(
        key_name=one.key,
        label=one.label,
        method=one.method,
        result=result,
        reason=reason,
        others=MappingProxyType(others),
        agreement=math.nan if result is None else _agreement(result, others),
        dollars=MappingProxyType({} if result is None else _dollars(result)),
        drawn=drawn,
    )


def _refuse_long(one: Variant, found: HedgeRatio, sign: str) -> None:
    """Raise where short only is asked, the method knows no signs and a ratio is under zero."""
    if sign == "short" and not takes_sign(one) and min(found.ratios.values()) < 0.0:
        raise EstimationError(NOT_HELD)


def _agreement(result: HedgeRatio, others: Mapping[str, HedgeRatio]) -> float:
    if len(others) < len(result.legs) - 1:
        return math.nan
    held = result.dependent
    if len(result.legs) == 2:
        (other,) = others.values()
        return result.ratios[other.dependent] * other.ratios[held]
    # No quotient of ratios: beside a ratio near zero it says nothing of the spread.
    turned = [
        np.corrcoef(result.spread, other.spread)[0, 1] * np.sign(other.holdings[held])
        if other.holdings[held]
        else math.nan
        for other in others.values()
    ]
    return float(np.min(turned))


def _dollars(result: HedgeRatio) -> dict[str, float]:
    if not (result.last_prices > 0.0).all():
        return {}
    held = to_dollars(result)
    return {name: -held[name] for name in result.legs[1:]}


def _line(row: RatioRow, legs: Sequence[str]) -> dict[str, Any]:
    line: dict[str, Any] = {"method": row.label}
    result = row.result
    for name in legs:
        bounds = (np.nan, np.nan) if result is None else result.intervals.get(name, (np.nan, np.nan))
        line[name] = np.nan if result is None else result.ratios[name]
        line[f"{name} low"], line[f"{name} high"] = bounds
        line[f"{name} $ per $"] = row.dollars.get(name, np.nan)
    return line | {
        "same both ways": row.agreement,
        "half-life": np.nan if result is None else result.half_life_days,
        "ADF t": np.nan if result is None else result.adf_statistic,
        "ADF p": np.nan if result is None else result.adf_p_value,
        "reason": row.reason,
    }

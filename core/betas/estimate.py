"""From two series of returns and the name of an estimator to a beta, and all estimators side by side."""

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import ArrayLike

from core.beta import least_observations
from core.betas.base import BETAS, BetaOptions, BetaReading, Estimator, Found, Pairs
from core.errors import EstimationError, InsufficientHistory, InvalidSetting, UnknownOption
from core.fingerprint import Keyed
from core.registry import Entry
from core.types import FloatArray

if TYPE_CHECKING:
    import pandas as pd

WINDOW: Final = 60

ALL: Final[tuple[tuple[str, Mapping[str, Any]], ...]] = (
    ("ols", {}),
    ("ols", {"errors": "newey-west"}),
    ("ewma", {"half_life": 30.0}),
    ("ewma", {"half_life": 60.0}),
    ("ewma", {"half_life": 90.0}),
    ("blume", {}),
    ("vasicek", {}),
    ("dimson", {}),
    ("downside", {}),
    ("kalman", {}),
    ("tls", {}),
)
"""What is compared unless told otherwise: each estimator, with its usual options."""


def estimate_beta(
    y: ArrayLike, x: ArrayLike, method: str = "ols", *, window: int | None = WINDOW, **options: Any
) -> BetaReading:
    """Beta of returns on benchmark returns, both (T,), by one estimator, over the last sessions.

    Parameters
    ----------
    y, x
        Returns of the asset and of the benchmark; NaN where there is none.
    method
        A name in `BETAS`.
    window
        Sessions used, the last of the series; None uses all. As in `core.beta`, a session counts when both
        returns are known, and four fifths of the window, rounded up, must count.
    **options
        Those of the estimator; `BETAS[method].item.options` declares them.

    Returns
    -------
    BetaReading
        Beta NaN with a reason where the window has too few sessions, or the beta is not defined on them.

    Raises
    ------
    UnknownOption
        On an estimator or option that does not exist; the hint has the nearest.
    InvalidSetting
        On an option out of range, a window under 2, or series that are not two of one length.

    Examples
    --------
    >>> import numpy as np
    >>> market = np.random.default_rng(1).normal(0.0, 0.01, 80)
    >>> reading = estimate_beta(1.5 * market + 0.001, market, "blume")
    >>> round(reading.beta, 6), reading.n
    (1.333333, 60)
    """
    entry = BETAS.get(method, where="betas.method")
    chosen = entry.item.options.read(options)
    returns, benchmark = _read(y, x, window)
    return _estimate(returns, benchmark, entry, chosen, window)


@dataclass(frozen=True, kw_only=True, eq=False)
class BetaComparison(Keyed):
    """Several betas of one asset side by side; `in_use` is the place of the one that sizes the hedge."""

    readings: tuple[BetaReading, ...]
    in_use: int

    def frame(self) -> "pd.DataFrame":
        """A row an estimator, for people."""
        import pandas as pd

        names = ("label", "used", "beta", "standard_error", "low", "high", "n", "reason")
        table = pd.DataFrame([{name: getattr(r, name) for name in names} for r in self.readings])
        return table.assign(in_use=np.arange(len(table)) == self.in_use)


def compare_betas(
    y: ArrayLike,
    x: ArrayLike,
    *,
    window: int | None = WINDOW,
    history: int | None = None,
    choices: Iterable[tuple[str, Mapping[str, Any]]] = ALL,
    in_use: str = "ols",
) -> BetaComparison:
    """Betas of returns on benchmark returns, both (T,), by several estimators, all up to the last session.

    Parameters
    ----------
    y, x
        Returns of the asset and of the benchmark; NaN where there is none.
    window
        Sessions that an estimator uses, as in `estimate_beta`.
    history
        The same for those that weigh the past themselves (`ewma`, `kalman`); None is all rows from the first
        in which both returns are known.
    choices
        Names of estimators with their options.
    in_use
        The estimator that sizes the hedge: the first of this name is marked.

    Raises
    ------
    UnknownOption, InvalidSetting
        As `estimate_beta`; also when `in_use` is not among the choices.
    """
    listed = [(name, dict(options)) for name, options in choices]
    names = [name for name, _ in listed]
    if in_use not in names:
        raise UnknownOption(in_use, dict.fromkeys(names), kind="compared estimator", where="betas.in_use")
    returns, benchmark = _read(y, x, window)
    both = np.flatnonzero(np.isfinite(returns) & np.isfinite(benchmark))
    _check_window(history)
    reach = len(returns) - int(both[0]) if history is None and len(both) else history
    readings = []
    for name, options in listed:
        entry = BETAS.get(name, where="betas.method")
        chosen = entry.item.options.read(options)
        readings.append(_estimate(returns, benchmark, entry, chosen, reach if entry.item.fades else window))
    return BetaComparison(readings=tuple(readings), in_use=names.index(in_use))


def _check_window(window: int | None) -> None:
    if window is not None and (isinstance(window, bool) or not isinstance(window, int) or window < 2):
        raise InvalidSetting(
            f"A window of {window} sessions cannot be used.",
            hint="It is a whole number of 2 or more.",
            where="beta.window_sessions",
        )


def _read(y: ArrayLike, x: ArrayLike, window: int | None) -> tuple[FloatArray, FloatArray]:
    _check_window(window)
    try:
        returns, benchmark = np.asarray(y, dtype=np.float64), np.asarray(x, dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise InvalidSetting("Returns must be numbers.") from error
    if returns.ndim != 1 or returns.shape != benchmark.shape:
        raise InvalidSetting(
            f"Returns {returns.shape} and benchmark {benchmark.shape} must be two series of one length."
        )
    return returns, benchmark


def _estimate(
    y: FloatArray, x: FloatArray, entry: Entry[Estimator], options: BetaOptions, window: int | None
) -> BetaReading:
    span = len(y) if window is None else window
    start = max(len(y) - span, 0)
    returns, benchmark = (np.where(np.isfinite(part), part, np.nan) for part in (y[start:], x[start:]))
    known = np.isfinite(returns) & np.isfinite(benchmark)
    places = start + np.flatnonzero(known)
    counted = len(places)
    reason, found = "", Found(beta=math.nan, error=math.nan, freedom=math.nan, n=counted, used="", brief="")
    needed = max(least_observations(span), 3)
    if counted < needed:
        reason = f"{counted} of the last {span} sessions have both returns; {needed} are needed."
    else:
        try:
            found = entry.item.estimate(Pairs(returns, benchmark, known), options)
        except (EstimationError, InsufficientHistory) as error:
            reason = error.message
    half = found.half_width()
    return BetaReading(
        method=entry.name,
        label=entry.label,
        options=options,
        beta=found.beta,
        standard_error=found.error,
        low=found.beta - half,
        high=found.beta + half,
        n=found.n,
        counted=counted,
        first=int(places[0]) if counted else -1,
        last=int(places[-1]) if counted else -1,
        used=found.used,
        brief=found.brief,
        reason=reason,
        figures=MappingProxyType(dict(found.figures)),
        notes=found.notes,
    )

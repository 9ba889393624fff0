"""The ratio as it would have been known: refitted on trailing windows, or on all rows so far."""

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from core.errors import Cancelled, EstimationError, HedgeError, InsufficientHistory, InvalidSetting
from core.fingerprint import Keyed, freeze
from core.progress import Progress, silent, within
from core.ratios.base import HEDGE_RATIOS, MethodOptions
from core.ratios.find import find_ratios
from core.ratios.legs import Legs, read_legs
from core.spread import Missing
from core.types import BoolArray, FloatArray, IntArray, Sessions

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, kw_only=True, eq=False)
class RollingRatio(Keyed):
    """A method's ratio on every row from rows up to it; NaN before the first window is full.

    `ratios` (n, K - 1) are those of `legs` after the dependent one, in force after the close of each row:
    from the last refit at or before it. `intercept` (n,) is NaN where the method fits none. `spread` (n,) is
    P_d - sum of h_i P_i with the ratio of the row. `refitted` (n,) is where a fit was tried; one that had no
    answer leaves NaN until the next. Divided by the dependent leg's weight, so that no sign flips for want of
    one.
    """

    method: str
    dependent: str
    legs: tuple[str, ...]
    options: MethodOptions
    window: int
    step: int
    expanding: bool
    ratios: FloatArray
    intercept: FloatArray
    spread: FloatArray
    refitted: BoolArray
    rows: IntArray
    dates: Sessions | None
    dropped: int
    notes: tuple[str, ...]


def rolling_hedge_ratio(
    prices: "pd.DataFrame",
    method: str,
    *,
    window: int,
    dependent: str | None = None,
    step: int = 1,
    expanding: bool = False,
    missing: Missing = "drop",
    progress: Progress = silent,
    **options: Any,
) -> RollingRatio:
    """The hedge ratio refitted every `step` rows on the last `window` rows, or on all rows so far.

    Row t uses rows t - window + 1 .. t and no other (with `expanding` 0 .. t); what comes later changes
    nothing.

    Parameters
    ----------
    prices, dependent, missing, **options
        As for `estimate_hedge_ratio`.
    window
        Rows of each fit; with `expanding` those of the first.
    step
        Rows from one refit to the next.
    progress
        Told how far it is; raises to cancel.

    Raises
    ------
    InvalidSetting
        On a window or step that cannot be.
    InsufficientHistory
        When the window is too short for the method, or longer than the rows.
    EstimationError
        When no window has an answer.
    HedgeError
        As `estimate_hedge_ratio`.
    """
    if step < 1:
        raise InvalidSetting(f"Refitting every {step} rows cannot be.", where="ratios.step")
    entry = HEDGE_RATIOS.get(method, where="ratios.method")
    chosen = entry.item.options.read(options)
    legs = read_legs(prices, dependent, missing)
    check_window(legs, method, chosen, window)
    count = len(legs.prices)
    ratios = np.full((count, len(legs.names) - 1), np.nan)
    intercept = np.full(count, np.nan)
    refitted = np.zeros(count, dtype=np.bool_)
    reasons: Counter[str] = Counter()
    ends = range(window - 1, count, step)
    for place, end in enumerate(ends):
        told = within(progress, place, len(ends), name=f"Window {place + 1:,} of {len(ends):,}")
        refitted[end] = True
        held = slice(end, end + step)
        try:
            part = legs.part(slice(0 if expanding else end - window + 1, end + 1))
            found = find_ratios(part, method, chosen, progress=told)
        except Cancelled:
            raise
        except HedgeError as error:
            reasons[error.message] += 1
            continue
        ratios[held], intercept[held] = found.ratios, found.intercept
    if reasons.total() == len(ends):
        raise EstimationError("No window has an answer.", hint=reasons.most_common(1)[0][0])
    notes = tuple(f"{times:,} windows have no ratio: {reason}" for reason, times in reasons.most_common())
    spread = legs.prices[:, 0] - (ratios * legs.prices[:, 1:]).sum(axis=1)
    refitted.setflags(write=False)
    return RollingRatio(
        method=method,
        dependent=legs.names[0],
        legs=legs.names,
        options=chosen,
        window=window,
        step=step,
        expanding=expanding,
        ratios=freeze(ratios),
        intercept=freeze(intercept),
        spread=freeze(spread),
        refitted=refitted,
        rows=legs.rows,
        dates=legs.dates,
        dropped=legs.dropped,
        notes=notes,
    )


def check_window(legs: Legs, method: str, options: MethodOptions, window: int) -> None:
    """Refuse a window that is too short for the method or longer than the rows.

    Raises
    ------
    InsufficientHistory
        With what the method needs, or how many rows there are.
    """
    entry = HEDGE_RATIOS.get(method, where="ratios.method")
    least = entry.item.least(len(legs.names), options)
    if window < least:
        raise InsufficientHistory(
            least, window, what=f"a window of {entry.label}", hint="Choose a longer window."
        )
    if len(legs.prices) < window:
        raise InsufficientHistory(
            window, len(legs.prices), what="one window", hint="Choose a shorter window or a longer period."
        )

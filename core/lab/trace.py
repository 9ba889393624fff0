"""What following a spread would have been: its deviations, its bands, and the trips between two levels."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike

from core.errors import BadPrices, EstimationError, InsufficientHistory, InvalidSetting
from core.fields import is_finite
from core.fingerprint import Keyed, freeze
from core.spread import FLAT, z_score
from core.types import FloatArray, IntArray, Sessions
from core.windows import trailing

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, kw_only=True, eq=False)
class Trip(Keyed):
    """One stay in the spread, from the close that decides to enter to the close that decides to leave.

    `side` is +1 where the spread is held (it was low), -1 where it is sold (it was high). `entered` and
    `left` are rows; `left` is None while the trip is open. `sessions` counts rows from one to the other, to
    the last row while it is open. `z_in` and `z_out` are the deviations at both ends, that of the last row
    while it is open.

    `change` is what the spread moved in the trip's favour, in price units per unit of the dependent leg and
    before costs, from the row after `entered` to the row after `left`: nothing is had at the price that
    decided. An open trip, and one that is left at the last row, is measured to the last row; NaN where the
    trip is entered there.
    """

    side: int
    entered: int
    left: int | None
    sessions: int
    z_in: float
    z_out: float
    change: float


@dataclass(frozen=True, kw_only=True, eq=False)
class SpreadTrace(Keyed):
    """A spread (T,), its mean and deviation (T,) as known or as seen afterwards, and its trips.

    `z` (T,) is (spread - mean) / deviation. With a `window` row t uses the last `window` rows up to it, and
    `z`, `mean` and `deviation` are NaN before the first is full or where the spread does not move in it;
    without one they are of all rows, which is hindsight. `state` (T,) is +1 where the spread is held after
    the close of the row, -1 where it is sold, 0 for neither.
    """

    spread: FloatArray
    mean: FloatArray
    deviation: FloatArray
    z: FloatArray
    state: IntArray
    trips: tuple[Trip, ...]
    entry: float
    exit: float
    window: int | None
    dates: Sessions | None

    def band(self, level: float) -> tuple[FloatArray, FloatArray]:
        """The spread that is `level` deviations under and over the mean, (T,) each, in price units."""
        return self.mean - level * self.deviation, self.mean + level * self.deviation

    @property
    def closed(self) -> tuple[Trip, ...]:
        """The trips that were left."""
        return tuple(trip for trip in self.trips if trip.left is not None)

    @property
    def median_sessions(self) -> float:
        """How long a closed trip took, the median; NaN where none was closed."""
        return float(np.median([trip.sessions for trip in self.closed])) if self.closed else math.nan

    def frame(self) -> "pd.DataFrame":
        """One line a row, by date where there are dates, for people."""
        import pandas as pd

        (enter_low, enter_high), (leave_low, leave_high) = self.band(self.entry), self.band(self.exit)
        return pd.DataFrame(
            {
                "spread": self.spread, "mean": self.mean, "deviation": self.deviation, "z": self.z,
                "enter below": enter_low, "enter above": enter_high, "leave above": leave_low,
                "leave below": leave_high, "state": self.state,
            },
            index=None if self.dates is None else pd.DatetimeIndex(self.dates),
        )  # fmt: skip


def trace_spread(
    spread: ArrayLike,
    *,
    entry: float,
    exit: float,
    window: int | None = None,
    dates: Sessions | None = None,
) -> SpreadTrace:
    """Follow a spread (T,) between two levels, deciding at each close by what its deviation is.

    It enters where |z| >= `entry`, holding the spread where that is low and selling it where it is high,
    and leaves where z is within `exit` of the mean or beyond it on the other side. A row whose deviation is
    not known changes nothing. One row can leave a trip and enter the opposite one.

    Parameters
    ----------
    spread
        No value missing; `HedgeRatio.spread`. Its ratio is of the whole period, so that trips are hindsight
        whatever the window.
    entry, exit
        In standard deviations (ddof 1); `exit` is zero or more and under `entry`.
    window
        Trailing rows that mean and deviation are of; None means all rows.
    dates
        Those of the rows, to be handed on.

    Raises
    ------
    InvalidSetting
        On levels or a window that cannot be, or dates of another length.
    InsufficientHistory
        With fewer than three rows.
    EstimationError
        When the spread does not move.
    BadPrices
        When a value is missing.

    Examples
    --------
    >>> made = trace_spread([0.0, 0.1, -2.0, -1.5, 0.0, 0.2], entry=1.3, exit=0.5)
    >>> made.state.tolist(), made.trips[0].entered, made.trips[0].left, made.trips[0].change
    ([0, 0, 1, 1, 0, 0], 2, 4, 1.7)
    """
    values = np.asarray(spread, dtype=np.float64)
    _check(values, entry, exit, window, dates)
    if window is None:
        mean = np.full(len(values), values.mean())
        deviation = np.full(len(values), values.std(ddof=1))
        if deviation[0] <= FLAT * np.abs(values).max():
            raise EstimationError("The spread does not move.")
        z = (values - mean) / deviation
    else:
        z = z_score(values, window)
        seen = trailing(values, window)
        known = np.isfinite(z)
        mean = np.where(known, seen.mean(axis=1), np.nan)
        deviation = np.where(known, seen.std(axis=1, ddof=1), np.nan)
    state = _states(z, entry, exit)
    state.setflags(write=False)
    return SpreadTrace(
        spread=freeze(values),
        mean=freeze(mean),
        deviation=freeze(deviation),
        z=freeze(z),
        state=state,
        trips=tuple(_trips(values, z, state)),
        entry=float(entry),
        exit=float(exit),
        window=window,
        dates=dates,
    )


def _check(values: FloatArray, entry: float, exit: float, window: int | None, dates: Sessions | None) -> None:
    if values.ndim != 1:
        raise InvalidSetting(f"One series is needed, not an array of shape {values.shape}.")
    if not np.isfinite(values).all():
        raise BadPrices("The spread has missing values.", hint="Drop those rows first.")
    if len(values) < 3:
        raise InsufficientHistory(3, len(values), what="a spread's deviations")
    if not (is_finite(entry) and is_finite(exit) and 0.0 <= exit < entry):
        raise InvalidSetting(
            f"Enter at {entry!r} and leave at {exit!r} standard deviations cannot be.",
            hint="The level to leave at is zero or more, and smaller than the one to enter at.",
            where="lab.exit",
        )
    if window is not None and window < 3:
        raise InvalidSetting(
            f"A mean of {window} sessions is too short.", hint="Use three or more.", where="lab.band_sessions"
        )
    if dates is not None and len(dates) != len(values):
        raise InvalidSetting(f"There are {len(dates)} dates for {len(values)} rows.")


def _states(z: FloatArray, entry: float, exit: float) -> IntArray:
    """What is held after each row, from rows up to it."""
    state = np.zeros(len(z), dtype=np.int64)
    held = 0
    for row, value in enumerate(z.tolist()):
        if math.isnan(value):
            state[row] = held
            continue
        if held * value >= -exit:  # holding a low spread is left from below, a high one from above
            held = 0
        if held == 0 and abs(value) >= entry:
            held = 1 if value < 0.0 else -1
        state[row] = held
    return state


def _trips(spread: FloatArray, z: FloatArray, state: IntArray) -> Sequence[Trip]:
    """The runs of one state other than none."""
    turns = np.flatnonzero(np.diff(state, prepend=0))
    last = len(state) - 1
    trips = []
    for place, start in enumerate(turns.tolist()):
        side = int(state[start])
        if side == 0:
            continue
        left = int(turns[place + 1]) if place + 1 < len(turns) else None
        stop = last if left is None else left
        first, final = start + 1, last if left is None else min(left + 1, last)
        change = side * float(spread[final] - spread[first]) if first <= last else math.nan
        trips.append(
            Trip(
                side=side,
                entered=start,
                left=left,
                sessions=stop - start,
                z_in=float(z[start]),
                z_out=_last_known(z, start, stop),
                change=change,
            )
        )
    return trips


def _last_known(z: FloatArray, start: int, stop: int) -> float:
    """The deviation at the end of a trip, or the last one before it that is known."""
    inside = z[start : stop + 1]
    return float(inside[np.isfinite(inside)][-1])

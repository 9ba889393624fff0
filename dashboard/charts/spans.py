"""Stretches of sessions: when the hedge was on, events with a name, runs of one state."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from core.types import BoolArray, FloatArray, IntArray, Sessions
from dashboard.charts.base import Window, milliseconds

SHADED: Final = np.timedelta64(3 * 366, "D")
"""The longest window in which spans are wide enough to be shading; beyond it they are bars in a lane."""

_HALF_DAY: Final = 43_200_000.0


@dataclass(frozen=True)
class Event:
    """A stretch with a name, both ends included."""

    name: str
    start: np.datetime64
    end: np.datetime64


def edges(sessions: Sessions) -> FloatArray:
    """Where each session begins and ends on the time axis, (T + 1,) in ms: halfway to its neighbours."""
    at = milliseconds(sessions)
    if not len(at):
        return at
    return np.concatenate([[at[0] - _HALF_DAY], (at[:-1] + at[1:]) / 2.0, [at[-1] + _HALF_DAY]])


def bands(spans: Sequence[Window], sessions: Sessions) -> tuple[IntArray, FloatArray, FloatArray]:
    """Which spans have sessions here, and where they begin and end on the time axis in ms, cut to these."""
    border = edges(sessions)
    first = np.searchsorted(sessions, np.array([span[0] for span in spans], dtype="datetime64[D]"))
    stop = np.searchsorted(
        sessions, np.array([span[1] for span in spans], dtype="datetime64[D]"), side="right"
    )
    here = np.flatnonzero(stop > first)
    return here, border[first[here]], border[stop[here]]


def covered(spans: Sequence[Window], sessions: Sessions) -> BoolArray:
    """The sessions that lie in one of the spans, (T,)."""
    inside = np.zeros(len(sessions), dtype=np.bool_)
    for start, end in spans:
        inside |= (sessions >= start) & (sessions <= end)
    return inside


def spans_of(on: BoolArray, sessions: Sessions) -> list[Window]:
    """The spans of sessions on which something is so, both ends included, as `hedge_on` is given."""
    first, stop = runs(on.astype(np.float64))
    return [(sessions[i], sessions[j - 1]) for i, j in zip(first, stop, strict=True) if on[i]]


def runs(values: FloatArray) -> tuple[IntArray, IntArray]:
    """First row and row after the last of each run of equal values; values that are not known are equal."""
    if not len(values):
        return np.empty(0, dtype=np.int64), np.empty(0, dtype=np.int64)
    gone = np.isnan(values)
    same = (values[1:] == values[:-1]) | (gone[1:] & gone[:-1])
    cuts = np.flatnonzero(~same) + 1
    return np.concatenate([[0], cuts]), np.concatenate([cuts, [len(values)]])

"""How each signal, and the rule itself, has done on the benchmark so far."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np

from core.decision import Decision
from core.fingerprint import Keyed
from core.hedge_state import HedgeState, runs
from core.market import MarketData
from core.triggers.base import TRIGGERS, TriggerSignal
from core.types import BoolArray, FloatArray

FALSE_ALARM_FALL: Final = 0.03
"""An alarm is false when the benchmark falls less than this within 20 sessions of its first close."""

_SOON, _LATER = 5, 20


@dataclass(frozen=True, kw_only=True, eq=False)
class TrackRecord(Keyed):
    """The alarms of one signal up to the last session; NaN where there is nothing to count.

    `fired` counts runs of sessions on which it was on, `median_days` is their median length in sessions (runs
    that go on are left out). `after_5` and `after_20` are median returns of the benchmark over the sessions
    after an alarm's first close; `false_alarms` is the share of the alarms that were false. The last two look
    at the `counted` alarms that have 20 sessions after them. `sessions` is how many had data.
    """

    name: str
    label: str
    fired: int
    median_days: float
    after_5: float
    after_20: float
    false_alarms: float
    counted: int
    sessions: int


def track_records(
    market: MarketData, signals: Mapping[str, TriggerSignal], decision: Decision, state: HedgeState
) -> tuple[TrackRecord, ...]:
    """One record for each signal that the rule looks at, and one named "rule" for the hedge itself."""
    close = market.benchmark_close
    found = [
        _record(
            name, TRIGGERS[name].label, signals[name].state == 1, close, int((signals[name].state >= 0).sum())
        )
        for name in decision.used
    ]
    return (*found, _record("rule", "Hedge on", state.on, close, len(close)))


def _record(name: str, label: str, on: BoolArray, close: FloatArray, sessions: int) -> TrackRecord:
    spells = runs(on)
    ended = [last - first + 1 for first, last in spells if last < len(close) - 1]
    starts = np.array([first for first, _ in spells], dtype=np.int64)
    counted = starts[starts + _LATER < len(close)]
    worst = np.array([np.fmin.reduce(close[s + 1 : s + 1 + _LATER]) / close[s] - 1.0 for s in counted])
    false = worst > -FALSE_ALARM_FALL
    return TrackRecord(
        name=name,
        label=label,
        fired=len(spells),
        median_days=float(np.median(ended)) if ended else np.nan,
        after_5=_median_after(close, starts, _SOON),
        after_20=_median_after(close, counted, _LATER),
        false_alarms=float(false.mean()) if len(false) else np.nan,
        counted=len(counted),
        sessions=sessions,
    )


def _median_after(close: FloatArray, starts: np.ndarray, ahead: int) -> float:
    usable = starts[starts + ahead < len(close)]
    moves = close[usable + ahead] / close[usable] - 1.0
    moves = moves[np.isfinite(moves)]
    return float(np.median(moves)) if len(moves) else np.nan

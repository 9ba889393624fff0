"""Whether the hedge is on after each close: confirmation, cool-down and the two exits."""

from dataclasses import dataclass
from typing import Final

import numpy as np

from core.decision import Decision
from core.fingerprint import Keyed, freeze
from core.fund_path import FundPath
from core.kernels.state import (
    CONFIRMING,
    COOLED,
    COOLING,
    ENTERED,
    RESIZED,
    TARGET,
    TIME,
    WAITING,
    run_states,
)
from core.rule_settings import BacktestSettings, TriggerSettings
from core.types import BoolArray, FloatArray, IntArray

REASONS: Final = {
    ENTERED: "the rule asks for a hedge",
    RESIZED: "another leaf of the rule",
    COOLED: "cool-down over",
    TARGET: "profit target reached",
    TIME: "maximum holding reached",
}
"""Why the state changed, by its event."""


@dataclass(frozen=True, kw_only=True, eq=False)
class HedgeState(Keyed):
    """The state after each close; all (T,). Row t is decided at the close of t and filled later.

    `fraction` is the share of the full hedge in force, 0 where it is off. `phase` and `event` are the codes
    of `core.kernels.state`, `count` how many closes the phase has lasted: sessions since entry while on,
    closes at zero while cooling down, closes that asked while confirming.
    """

    fraction: FloatArray
    phase: IntArray
    event: IntArray
    count: IntArray

    @property
    def on(self) -> BoolArray:
        """(T,) where some hedge is in force."""
        return np.asarray(self.fraction > 0.0, dtype=np.bool_)

    def spells(self) -> tuple[tuple[int, int], ...]:
        """First and last row of each run of rows with a hedge in force."""
        return runs(self.on)


def runs(flags: BoolArray) -> tuple[tuple[int, int], ...]:
    """First and last row of each run of True."""
    edges = np.diff(np.concatenate([[False], flags, [False]]).astype(np.int8))
    starts, ends = np.flatnonzero(edges == 1), np.flatnonzero(edges == -1) - 1
    return tuple((int(a), int(b)) for a, b in zip(starts, ends, strict=True))


def run_state(
    decision: Decision, path: FundPath, settings: TriggerSettings, backtest: BacktestSettings
) -> HedgeState:
    """The state machine over every close.

    It enters after `confirm` closes in a row that ask for a hedge, and follows the leaf while on. It leaves
    after `cool_down` closes in a row at zero (the last fraction stays until then), when the fund's total
    return since the first fill of the spell reaches the profit target, or `maximum_holding` sessions after
    the close that entered. After the last two, a later close at zero must come before it enters again. The
    first fill is the first price to be had `lag` sessions after entry.
    """
    target, maximum = settings.profit_target, settings.maximum_holding
    parts = run_states(
        decision.fraction,
        path.fill,
        path.close,
        path.wealth,
        settings.confirm,
        settings.cool_down,
        np.nan if target is None else target,
        0 if maximum is None else maximum,
        backtest.lag,
    )
    fraction, phase, event, count = parts
    for array in (phase, event, count):
        array.setflags(write=False)
    return HedgeState(fraction=freeze(fraction), phase=phase, event=event, count=count)


def waiting_words(state: HedgeState, settings: TriggerSettings, row: int = -1) -> str:
    """What the state waits for on one session, for people; empty while it is simply on or off."""
    phase, count = int(state.phase[row]), int(state.count[row])
    if phase == COOLING:
        return f"cooling down, close {count} of {max(1, settings.cool_down)} at zero"
    if phase == CONFIRMING:
        return f"confirming, close {count} of {settings.confirm}"
    return "waiting for a close at zero" if phase == WAITING else ""

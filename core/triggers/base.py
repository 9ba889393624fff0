"""What a trigger is, and the registry of triggers."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final, Literal

import numpy as np

from core.exposure import Exposure
from core.fingerprint import Keyed, freeze
from core.market import MarketData, Portfolio
from core.registry import Registry
from core.rule_settings import TriggerSettings
from core.types import FloatArray, IntArray

UNKNOWN: Final = -1
STATE_WORDS: Final = {1: "fired", 0: "not fired", UNKNOWN: "no data"}


@dataclass(frozen=True, kw_only=True, eq=False)
class Input(Keyed):
    """A series (T,) that the value was made from, by the name it is known by."""

    name: str
    values: FloatArray


@dataclass(frozen=True, kw_only=True, eq=False)
class TriggerSignal(Keyed):
    """One signal on every session; all arrays (T,), row t from data up to the close of t.

    `state` is 1 where it fired, 0 where it did not and -1 where there is no data. It fires where `value` is
    beyond `threshold` on the side that `fires` names, never where the two are equal. `distance` is how far
    the value is from there as a share of the threshold: above zero while it has not fired, below zero by
    how far it is past it; NaN without data or with a threshold of zero. `condition` says in symbols when it
    fires ("VIX > VIX3M"), `source` what the value is made from, `missing` why there is no data where there is
    none.
    """

    name: str
    condition: str
    state: IntArray
    value: FloatArray
    threshold: FloatArray
    distance: FloatArray
    fires: Literal["above", "below"]
    unit: Literal["price", "ratio", "dollars", "fraction", "beta"]
    source: str
    missing: str
    inputs: tuple[Input, ...] = ()

    def since(self, row: int = -1) -> int:
        """The first row of the run of equal states that holds `row`."""
        at = range(len(self.state))[row]
        other = np.flatnonzero(self.state[: at + 1] != self.state[at])
        return int(other[-1]) + 1 if len(other) else 0


@dataclass(frozen=True, kw_only=True, eq=False)
class TriggerContext(Keyed):
    """What every trigger may look at."""

    market: MarketData
    portfolio: Portfolio
    exposure: Exposure


@dataclass(frozen=True, kw_only=True)
class Trigger:
    """How a signal is computed, and its name."""

    evaluate: Callable[[TriggerContext, TriggerSettings], TriggerSignal]
    short: str
    """Its name where there is little room ("flow")."""


TRIGGERS: Registry[Trigger] = Registry("signal", "core.triggers")


def make_signal(
    name: str,
    value: FloatArray,
    threshold: FloatArray | float,
    *,
    condition: str,
    fires: Literal["above", "below"],
    unit: Literal["price", "ratio", "dollars", "fraction", "beta"],
    source: str,
    missing: str,
    inputs: tuple[Input, ...] = (),
) -> TriggerSignal:
    """The signal of a value against its threshold; no data where either is NaN."""
    level = np.broadcast_to(np.asarray(threshold, dtype=np.float64), value.shape)
    known = np.isfinite(value) & np.isfinite(level)
    beyond = value > level if fires == "above" else value < level
    state = np.where(known, beyond.astype(np.int64), UNKNOWN)
    state.setflags(write=False)
    share = np.where(known & (level != 0), value, np.nan) / np.where(level != 0, level, np.nan) - 1.0
    return TriggerSignal(
        name=name,
        condition=condition,
        state=state,
        value=freeze(np.where(known, value, np.nan)),
        threshold=freeze(level),
        distance=freeze(-share if fires == "above" else share),
        fires=fires,
        unit=unit,
        source=source,
        missing=missing,
        inputs=inputs,
    )


def evaluate_signals(
    market: MarketData,
    portfolio: Portfolio,
    exposure: Exposure,
    settings: TriggerSettings,
    names: tuple[str, ...],
) -> Mapping[str, TriggerSignal]:
    """The registered signals of these names, whether the rule asks them or not."""
    context = TriggerContext(market=market, portfolio=portfolio, exposure=exposure)
    return MappingProxyType({name: TRIGGERS[name].item.evaluate(context, settings) for name in names})

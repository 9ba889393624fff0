"""What triggers look at, made from a few columns."""

from typing import Any

import numpy as np

from core.rule_settings import TriggerSettings
from core.triggers.base import TRIGGERS, TriggerContext, TriggerSignal
from tests.strategies import BENCHMARK, HEDGE, run, settings_of, table_of

STATES = {1: "fired", 0: "not", -1: "no data"}


def context(
    close: np.ndarray, held: dict[str, tuple[float, np.ndarray]] | None = None, cash: float = 1e4, **more: Any
) -> TriggerContext:
    """A benchmark with these closes and a book of shares and closes by ticker."""
    owned = held or {}
    columns = {BENCHMARK: close, HEDGE: np.full(len(close), 40.0), **{t: c for t, (_, c) in owned.items()}}
    extra = {name: more.pop(name) for name in ("^VIX", "^VIX3M") if name in more}
    table = table_of(columns | extra, **more)
    found = run(table, settings_of({t: q for t, (q, _) in owned.items()}, cash, beta__window_sessions=20))
    return TriggerContext(market=found.market, portfolio=found.portfolio, exposure=found.exposure)


def signal(name: str, where: TriggerContext, **settings: Any) -> TriggerSignal:
    return TRIGGERS[name].item.evaluate(where, TriggerSettings(**settings))


def states(found: TriggerSignal) -> list[str]:
    return [STATES[int(s)] for s in found.state]

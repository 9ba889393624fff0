"""Institutional stop-loss orders in a heap: the user's readings, or an estimate from price and volume."""

import numpy as np

from core import words
from core.fingerprint import freeze
from core.market import MarketData
from core.rule_settings import TriggerSettings
from core.triggers.base import TRIGGERS, Input, Trigger, TriggerContext, TriggerSignal, make_signal
from core.types import FloatArray
from core.windows import trailing

_LOOK_BACK = 20


def _evaluate(context: TriggerContext, settings: TriggerSettings) -> TriggerSignal:
    market, wanted = context.market, settings.cluster_source
    unknown = np.full(len(market.sessions), np.nan)
    if wanted == "auto":
        wanted = "file" if settings.flow else "estimate"
    if wanted == "file":
        source, readings = "your readings", _from_file(market, settings) if settings.flow else unknown
        first = f"before the first reading, {settings.flow[0].day}" if settings.flow else "no readings loaded"
        missing = first
    elif wanted == "estimate":
        source, readings = "estimate from the benchmark\u2019s low and volume", estimated_flow(market)
        missing = f"{market.benchmark} has no high, low or volume that day or in the {_LOOK_BACK} before it"
    else:
        source, readings, missing = "none chosen", unknown, "no source is chosen"
    value = np.where(np.isfinite(readings), _latest_high(readings, settings.cluster_sessions), np.nan)
    return make_signal(
        "stop_loss_cluster",
        value,
        settings.cluster_usd,
        condition=f"stop-loss cluster > {words.billions(settings.cluster_usd)}",
        fires="above",
        unit="dollars",
        source=f"{source}; a reading lasts {settings.cluster_sessions} sessions",
        missing=missing,
        inputs=(Input(name="that day", values=freeze(readings)),),
    )


def _latest_high(readings: FloatArray, length: int) -> FloatArray:
    """The highest reading of the last `length` sessions (T,); an unknown one counts for nothing."""
    filled = np.where(np.isfinite(readings), readings, 0.0)
    return np.asarray(np.fmax.reduce(trailing(filled, length), axis=1))


def _from_file(market: MarketData, settings: TriggerSettings) -> FloatArray:
    """The user's readings (T,): each on the first session at or after its date, zero between them.

    Of two that fall on one session the later one counts. NaN before the first. One from before the first
    session is left out, for nobody knows how many sessions old it is.
    """
    days = np.array([reading.day for reading in settings.flow], dtype="datetime64[D]")
    rows = np.searchsorted(market.sessions, days)
    result = np.where(market.sessions >= days[0], 0.0, np.nan)
    for row, day, reading in zip(rows, days, settings.flow, strict=True):
        if row < len(result) and day >= market.sessions[0]:
            result[row] = reading.usd
    return result


def estimated_flow(market: MarketData) -> FloatArray:
    """Dollars (T,) that may have been sold by stops.

    Close x volume x the part of the day's range under the lowest low of the 20 sessions before; 0 where the
    low stays above it, NaN where anything is missing.
    """
    low, high = market.benchmark_low, market.benchmark_high
    before = np.full(len(low), np.nan)
    before[1:] = trailing(low, _LOOK_BACK).min(axis=1)[:-1]
    depth, spread = before - low, high - low
    part = np.where(spread > 0, np.minimum(1.0, depth / np.where(spread > 0, spread, 1.0)), 1.0)
    dollars = market.benchmark_close * market.benchmark_volume
    known = np.isfinite(before) & np.isfinite(spread) & np.isfinite(dollars)
    return np.where(known, np.where(depth > 0, dollars * part, 0.0), np.nan)


TRIGGERS.add("stop_loss_cluster", label="Stop-loss cluster", help="Institutional stop orders in a heap.")(
    Trigger(evaluate=_evaluate, short="flow")
)

"""Every crash and rebound, arm by arm: what the hedge saved, when it came, and what its false alarms cost."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final, Literal

import numpy as np

from core import words
from core.backtest import ARMS, Backtest
from core.crashes import CRASHES, REBOUNDS, Window, find_falls
from core.fingerprint import Keyed
from core.hedge_state import HedgeState
from core.market import MarketData
from core.performance import drawdown_path
from core.rule_settings import BacktestSettings
from core.types import Sessions

_SAME: Final = 0.5
"""A fall that shares more than this part of its own sessions, or of a known crash's, is that crash."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Event(Keyed):
    """One stretch of the benchmark and what the arms made of it.

    Fractions, dollars and sessions; NaN is not known. `start` and `end` are sessions where there is data;
    `reason` says why there is none, and `ongoing` that the data ends inside it. `change` and `drawdown` (zero
    or below, from the value at `start`) are by arm. `protection` is how much smaller the triggered arm's
    drawdown was than the unhedged one's; in a window of the reader's own, how much greater its change.
    `first_on` is the first close at which the hedge was decided on (NaT for none), `to_on` the sessions from
    the start to it and `fall_ahead` the share of the fall still to come then; `to_off` the sessions from the
    end to the first close with the hedge off. `cost` is what the triggered arm's fills cost, `hedge_profit`
    its value less the unhedged one's, as made between start and end; `after_profit` the same from the end
    until the hedge that was on then was closed, 0 where none was.
    """

    name: str
    kind: Literal["crash", "rebound", "window"]
    origin: Literal["known", "found", "yours"]
    start: np.datetime64
    end: np.datetime64
    ongoing: bool
    reason: str
    benchmark: float
    change: Mapping[str, float]
    drawdown: Mapping[str, float]
    protection: float
    first_on: np.datetime64
    to_on: float
    fall_ahead: float
    to_off: float
    cost: float
    hedge_profit: float
    after_profit: float


@dataclass(frozen=True, kw_only=True, eq=False)
class FalseAlarm(Keyed):
    """A spell of the hedge outside all events: first and last close with it on, and its profit in dollars.

    `profit` is the triggered arm's value less the unhedged one's, made from the close that entered until the
    fill that left; `benchmark` the benchmark's change over the same sessions. `ongoing` while it lasts.
    """

    start: np.datetime64
    end: np.datetime64
    sessions: int
    benchmark: float
    profit: float
    ongoing: bool


@dataclass(frozen=True, kw_only=True, eq=False)
class Events(Keyed):
    """Known crashes and rebounds in order, then falls found in prices, and every false alarm."""

    events: tuple[Event, ...]
    false_alarms: tuple[FalseAlarm, ...]


def measure_events(
    market: MarketData, backtest: Backtest, state: HedgeState, settings: BacktestSettings
) -> Events:
    """All events up to the last session.

    Where a fall starts and ends is known with hindsight; what the hedge did in it was decided without.
    """
    known = [_measure(market, backtest, state, w, "known") for w in (*CRASHES, *REBOUNDS)]
    found = [
        _measure(market, backtest, state, window, "found", ongoing=goes_on)
        for window, goes_on in _found(market, settings.event_fall)
    ]
    every = (*known, *found)
    return Events(events=every, false_alarms=tuple(_false_alarms(market, backtest, state, every)))


def measure_window(
    market: MarketData,
    backtest: Backtest,
    state: HedgeState,
    window: tuple[np.datetime64, np.datetime64],
    *,
    name: str = "Your window",
) -> Event:
    """The same for a window of the reader's own, from its first session to its last."""
    start, end = (day.astype("datetime64[D]").item() for day in window)
    return _measure(market, backtest, state, Window(name, start, end, "crash"), "yours")


def _found(market: MarketData, limit: float) -> Iterator[tuple[Window, bool]]:
    """Falls that are no known crash, and whether they still go on."""
    sessions = market.sessions
    taken = [_rows(sessions, window) for window in CRASHES]
    for peak, trough, goes_on in find_falls(market.benchmark_close, limit):
        own = trough - peak + 1
        shared = [(min(trough, b) - max(peak, a) + 1, b - a + 1) for a, b in taken if b >= a]
        if any(both > _SAME * min(own, other) for both, other in shared):
            continue
        first, last = sessions[peak].item(), sessions[trough].item()
        yield Window(f"Fall of {first:%b %Y}", first, last, "crash"), goes_on


def _rows(sessions: Sessions, window: Window) -> tuple[int, int]:
    """First and last row inside the window; the last before the first where there is none."""
    first = int(np.searchsorted(sessions, np.datetime64(window.start)))
    return first, int(np.searchsorted(sessions, np.datetime64(window.end), side="right")) - 1


def _no_data(market: MarketData, backtest: Backtest, window: Window, first: int, last: int) -> str:
    """Why nothing can be said of a window; empty when something can."""
    sessions = market.sessions
    if np.datetime64(window.start) > sessions[-1]:
        return f"after the last session, {words.day(sessions[-1])}"
    if np.datetime64(window.start) < sessions[0]:
        return f"before the first session, {words.day(sessions[0])}"
    if last <= first:
        return "fewer than two sessions"
    if backtest.start >= len(sessions):
        return backtest.problem
    if first < backtest.start:
        return f"before every holding has a price, {words.day(sessions[backtest.start])}"
    return ""


def _measure(
    market: MarketData,
    backtest: Backtest,
    state: HedgeState,
    window: Window,
    origin: Literal["known", "found", "yours"],
    *,
    ongoing: bool = False,
) -> Event:
    sessions, close = market.sessions, market.benchmark_close
    first, last = _rows(sessions, window)
    reason = _no_data(market, backtest, window, first, last)
    seen = first < last and np.datetime64(window.start) >= sessions[0]
    nan, never = float("nan"), np.datetime64("NaT", "D")
    kind: Literal["crash", "rebound", "window"] = "window" if origin == "yours" else window.kind
    moved = float(close[last] / close[first] - 1.0) if seen else nan
    unknown = MappingProxyType(dict.fromkeys(ARMS, nan))
    if reason:
        return Event(
            name=window.name, kind=kind, origin=origin, start=np.datetime64(window.start),
            end=np.datetime64(window.end), ongoing=False, reason=reason, benchmark=moved, change=unknown,
            drawdown=unknown, protection=nan, first_on=never, to_on=nan, fall_ahead=nan, to_off=nan, cost=nan,
            hedge_profit=nan, after_profit=nan,
        )  # fmt: skip
    inside = slice(first, last + 1)
    paths = {n: drawdown_path(arm.value[inside]) for n, arm in backtest.arms.items()}
    # An arm that was worth nothing by then has no drawdown; fmin leaves single missing sessions out.
    drawdown = {n: float(np.fmin.reduce(path)) for n, path in paths.items()}
    change = {n: float(arm.value[last] / arm.value[first] - 1.0) for n, arm in backtest.arms.items()}
    judged = change if kind == "window" else drawdown
    on = state.on
    began = np.flatnonzero(on[inside])
    to_on, ahead = nan, nan
    if len(began):
        to_on = float(began[0])
        fall = close[first] - close[last]
        ahead = float((close[first + began[0]] - close[last]) / fall) if fall > 0 else nan
    left = np.flatnonzero(~on[last:])
    gap = backtest.triggered.value - backtest.unhedged.value
    closed = min(last + int(left[0]) + backtest.lag, len(sessions) - 1) if len(left) else len(sessions) - 1
    return Event(
        name=window.name,
        kind=kind,
        origin=origin,
        start=sessions[first],
        end=sessions[last],
        ongoing=ongoing or np.datetime64(window.end) > sessions[-1],
        reason="",
        benchmark=moved,
        change=MappingProxyType(change),
        drawdown=MappingProxyType(drawdown),
        protection=judged["triggered"] - judged["unhedged"],
        first_on=sessions[first + began[0]] if len(began) else never,
        to_on=to_on,
        fall_ahead=ahead,
        to_off=float(left[0]) if len(left) and on[last] else nan,
        cost=float(backtest.triggered.costs[first + 1 : last + 1].sum()),
        hedge_profit=float(gap[last] - gap[first]),
        after_profit=float(gap[closed] - gap[last]) if on[last] else 0.0,
    )


def _false_alarms(
    market: MarketData, backtest: Backtest, state: HedgeState, events: tuple[Event, ...]
) -> Iterator[FalseAlarm]:
    sessions, close, rows = market.sessions, market.benchmark_close, len(market.sessions)
    gap = backtest.triggered.value - backtest.unhedged.value
    for first, last in state.spells():
        touched = any(e.start <= sessions[last] and sessions[first] <= e.end for e in events)
        if touched or last < backtest.start:
            continue
        start, end = max(first, backtest.start), min(last + 1 + backtest.lag, rows - 1)
        yield FalseAlarm(
            start=sessions[first],
            end=sessions[last],
            sessions=last - first + 1,
            benchmark=float(close[end] / close[start] - 1.0),
            profit=float(gap[end] - gap[start]),
            ongoing=last == rows - 1,
        )

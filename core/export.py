"""An analysis as plain values, for JSON and for text."""

import datetime as dt
import math
from collections.abc import Mapping
from dataclasses import fields
from typing import Any, Final

import numpy as np

from core import words
from core.comparison import Comparison, verdict_text
from core.decision import exit_words, rule_lines
from core.exposure import LeftOut, Position
from core.fingerprint import Keyed
from core.hedge_state import REASONS, waiting_words
from core.market import MarketData
from core.order import HedgeOrder
from core.pipeline import Analysis
from core.triggers.base import STATE_WORDS, TRIGGERS, UNKNOWN

_COLUMNS: Final = (
    "Ticker", "Shares", "Price", "Value $", "Weight", "Beta", "95 % interval", "R2", "n", "Dollar beta $",
)  # fmt: skip


def plain(value: object) -> Any:
    """A result as JSON values: numbers unrounded, dates as ISO text, null where a number is unknown."""
    if isinstance(value, Keyed):
        return {f.name: plain(getattr(value, f.name)) for f in fields(value)}  # type: ignore[arg-type]
    if isinstance(value, np.datetime64):
        return None if np.isnat(value) else str(value.astype("datetime64[D]"))
    if isinstance(value, dt.datetime):
        return value.astimezone(dt.UTC).isoformat()
    if isinstance(value, dt.date):
        return value.isoformat()
    if isinstance(value, Mapping):
        return {str(name): plain(item) for name, item in value.items()}
    if isinstance(value, np.bool_):
        return bool(value)
    if isinstance(value, (float, np.floating)):
        return float(value) if math.isfinite(value) else None
    if isinstance(value, (tuple, list)):
        return [plain(item) for item in value]
    return value


def to_json(analysis: Analysis) -> dict[str, Any]:
    """Everything the analysis says about its last session, and what the rule did until then, as one object.

    ``exposure`` is the list of positions, the hedge already held among them with role "hedge";
    ``book`` is the whole: NAV, cash, beta with its interval, dollar beta and what was left out; ``signals``
    by name and ``hedge_state`` are those of the last close, ``order`` is today's and ``standby`` the one for
    a hedge that is fully on; ``comparison`` has each arm's performance, the test and the verdict; ``events``
    the crashes and rebounds, ``false_alarms`` the rest; ``data`` says where the prices are from, how old they
    are, what is known about each series, and every note. Fractions are not per cent.
    """
    exposure, order = analysis.exposure, analysis.order
    return {
        "headline": str(analysis.headline),
        "as_of": plain(analysis.market.as_of),
        "benchmark": analysis.market.benchmark,
        "source": analysis.market.source,
        "data": _data(analysis.market),
        "exposure": [plain(position) for position in exposure.positions],
        "book": {
            "nav": plain(exposure.nav),
            "cash": plain(exposure.cash),
            "beta": plain(exposure.beta[-1]),
            "beta_low": plain(exposure.beta_low[-1]),
            "beta_high": plain(exposure.beta_high[-1]),
            "net_beta": plain(exposure.net_beta[-1]),
            "dollar_beta": plain(exposure.dollar_beta[-1]),
            "r_squared": plain(exposure.systematic),
            "volatility": plain(exposure.volatility),
            "window_start": plain(exposure.window_start),
            "window_end": plain(exposure.window_end),
            "left_out": [plain(item) for item in exposure.left_out],
        },
        "signals": {name: _signal(analysis, name) for name in analysis.signals},
        "hedge_state": _state(analysis),
        "order": _order(order),
        "standby": _order(analysis.standby),
        "track_record": [plain(record) for record in analysis.track_record],
        "comparison": _comparison(analysis.comparison),
        "events": [plain(event) for event in analysis.events.events],
        "false_alarms": [plain(alarm) for alarm in analysis.events.false_alarms],
        "notes": [plain(note) for note in analysis.market.notes],
    }


def _data(market: MarketData) -> dict[str, Any]:
    return {
        "source": market.source,
        "as_of": plain(market.as_of),
        "expected": plain(market.expected),
        "stale_sessions": market.stale_sessions,
        "fetched_at": plain(market.fetched_at),
        "series": [
            {
                **plain(one),
                "jumps": [plain(jump._asdict()) for jump in one.jumps],
                "actions": None
                if one.actions is None
                else [plain(action._asdict()) for action in one.actions],
            }
            for one in market.health
        ],
        "notes": [plain(note) for note in market.notes],
    }


def _order(order: HedgeOrder) -> dict[str, Any]:
    cost = {**plain(order.cost), "other_trades": order.other_costs, "total": order.cost_now}
    return {**plain(order), "cost": cost, "round_trip": plain(order.round_trip)}


def _signal(analysis: Analysis, name: str) -> dict[str, Any]:
    signal, sessions = analysis.signals[name], analysis.market.sessions
    return {
        "label": TRIGGERS[name].label,
        "used": name in analysis.decision.used,
        "state": int(signal.state[-1]),
        "says": STATE_WORDS[int(signal.state[-1])],
        **{part: plain(getattr(signal, part)[-1]) for part in ("value", "threshold", "distance")},
        "fires": signal.fires,
        "unit": signal.unit,
        "since": plain(sessions[signal.since()]),
        "source": signal.source,
        "reason": signal.missing if signal.state[-1] == UNKNOWN else "",
        "inputs": {one.name: plain(one.values[-1]) for one in signal.inputs},
    }


def _state(analysis: Analysis) -> dict[str, Any]:
    state, decision, settings = analysis.state, analysis.decision, analysis.settings.triggers
    on = state.on
    changed = np.flatnonzero(on != on[-1])
    since = int(changed[-1]) + 1 if len(changed) else 0
    return {
        "on": bool(on[-1]),
        "fraction": plain(state.fraction[-1]),
        "since": plain(analysis.market.sessions[since]),
        "waiting": waiting_words(state, settings),
        "event": REASONS.get(int(state.event[-1]), ""),
        "asked": plain(decision.fraction[-1]),
        "fired": int(decision.fired[-1]),
        "available": int(decision.available[-1]),
        "mode": settings.mode,
        "rule": [*rule_lines(settings, analysis.signals), exit_words(settings)],
    }


def _comparison(comparison: Comparison) -> dict[str, Any]:
    test = None
    if comparison.test is not None:
        test = {
            f.name: getattr(comparison.test, f.name) for f in fields(comparison.test) if f.name != "draws"
        }
    return {
        "start": plain(comparison.start),
        "end": plain(comparison.end),
        "sessions": comparison.sessions,
        "arms": plain(comparison.arms),
        "test": plain(test),
        "verdict": {**plain(comparison.verdict), "text": list(verdict_text(comparison))},
    }


def to_text(analysis: Analysis) -> str:
    """Headline, exposure table, triggers, order and what the rule did so far as lines of text."""
    market, exposure = analysis.market, analysis.exposure
    rows: list[tuple[str, ...]] = [_COLUMNS]
    rows += [_row(position) for position in exposure.positions]
    rows.append(
        ("Cash", "", "", words.number(exposure.cash, 0), _share(exposure.cash, exposure.nav), *[""] * 5)
    )
    rows.append(
        (
            "Book",
            "",
            "",
            words.number(exposure.nav, 0),
            words.percent(1.0),
            words.number(exposure.beta[-1]),
            words.interval(exposure.beta_low[-1], exposure.beta_high[-1]),
            words.number(exposure.systematic),
            str(int(exposure.observations[-1])),
            words.number(exposure.dollar_beta[-1], 0),
        )
    )
    widths = [max(len(row[k]) for row in rows) for k in range(len(rows[0]))]
    table = [
        "  ".join([row[0].ljust(widths[0]), *(c.rjust(w) for c, w in zip(row[1:], widths[1:], strict=True))])
        for row in rows
    ]
    window = f"{analysis.settings.beta.window_sessions} sessions"
    span = f"{words.day(exposure.window_start)} \u2013 {words.day(exposure.window_end)}"
    return "\n".join(
        [
            str(analysis.headline),
            "",
            f"Exposure to {market.benchmark}, {window}, {span}",
            _prices_line(market),
            *table,
            *[_left_out(item) for item in exposure.left_out],
            "",
            *_trigger_lines(analysis),
            "",
            *_order_lines(analysis),
            "",
            *_evidence_lines(analysis),
            *([""] if market.notes else []),
            *[f"{note.ticker or 'Note'}: {note.text}" for note in market.notes],
        ]
    )


def _prices_line(market: MarketData) -> str:
    text = f"Prices: {market.source}, to {words.day(market.as_of)}"
    if market.fetched_at is not None:
        text += (
            f", fetched {words.day(np.datetime64(market.fetched_at.date()))} {market.fetched_at:%H:%M} UTC"
        )
    if market.stale_sessions:
        age = "1 session" if market.stale_sessions == 1 else f"{market.stale_sessions:,} sessions"
        text += f", {age} before the last close ({words.day(market.expected)})"
    return f"{text}."


def _share(part: float, whole: float) -> str:
    return words.percent(part / whole) if whole else words.UNKNOWN


def _row(position: Position) -> tuple[str, ...]:
    return (
        position.ticker,
        words.number(position.shares, 0),
        words.number(position.price),
        words.number(position.value, 0),
        words.percent(position.weight),
        words.number(position.beta),
        words.interval(position.beta_low, position.beta_high),
        words.number(position.r_squared),
        str(position.observations),
        words.number(position.dollar_beta, 0),
    )


def _left_out(item: LeftOut) -> str:
    return f"No beta: {item.ticker}, {item.reason} ({words.percent(item.share_of_nav)} of NAV)"


def _other_trades(analysis: Analysis) -> list[str]:
    market, funding = analysis.market, analysis.order.funding
    if funding.benchmark_short:
        short = words.shares(funding.benchmark_short)
        return [f"  and sell {short} {market.benchmark} short at {words.price(market.benchmark_close[-1])}"]
    if funding.sell_fraction:
        part = words.percent(funding.sell_fraction)
        return [f"  and sell {part} of each holding, {words.money(funding.sold)}"]
    return []


def _trigger_lines(analysis: Analysis) -> list[str]:
    lines = [f"Rule: {line}" for line in rule_lines(analysis.settings.triggers, analysis.signals)]
    lines.append(f"      {exit_words(analysis.settings.triggers)}")
    for name in analysis.decision.used:
        signal = analysis.signals[name]
        row = f"{TRIGGERS[name].label}: {STATE_WORDS[int(signal.state[-1])]}"
        if signal.state[-1] == UNKNOWN:
            lines.append(f"{row} ({signal.missing})")
            continue
        values = [words.signal_value(x, signal.unit) for x in (signal.value[-1], signal.threshold[-1])]
        since = words.day(analysis.market.sessions[signal.since()])
        lines.append(f"{row}, {values[0]} against {values[1]}, since {since} ({signal.source})")
    return lines


def _evidence_lines(analysis: Analysis) -> list[str]:
    found = analysis.comparison
    if not found.sessions:
        return [f"Past: {analysis.backtest.problem}"]
    span = f"{words.day(found.start)} \u2013 {words.day(found.end)}"
    text = " ".join(verdict_text(found))
    return [f"Past, {span}, all costs paid: {found.verdict.word}. {found.verdict.reason}", text]


def _order_lines(analysis: Analysis) -> list[str]:
    order = analysis.order
    if order.side == "none" and not order.funding.trades:
        ready = analysis.standby
        why = order.problem or (
            "The hedge is off." if order.limit == "off" else f"{order.limit.capitalize()}."
        )
        on = f" Were it on: {ready.side} {words.shares(ready.shares)} {ready.instrument}."
        return [f"Order: none. {why}{on if order.limit == 'off' and ready.side != 'none' else ''}"]
    verb = "buy" if order.side == "none" else order.side
    low, high = words.shares(order.shares_low), words.shares(order.shares_high)
    held = f" (holding {words.shares(order.held)})" if order.held else ""
    lines = [
        f"Order: {verb} {words.shares(order.shares)} {order.instrument} at {words.price(order.price)}"
        f" = {words.money(order.notional)}{held}",
        *_other_trades(analysis),
        f"  if beta is at its bounds: {low} \u2013 {high} shares",
        f"  fixed fee {words.money(order.cost.fixed)}, proportional {words.money(order.cost.proportional)}, "
        f"half-spread {words.money(order.cost.half_spread)}, tax {words.money(order.cost.tax)}, "
        f"impact {words.money(order.cost.impact)}; cost now {words.money(order.cost_now)}, "
        f"round trip {words.money(order.round_trip)}",
        f"  financing a day {words.money(order.funding.financing_a_day)}; fund fee a day "
        f"{words.money(order.fund_fee_a_day)} (in the price, not charged)",
    ]
    return lines + ([f"  Review: {order.review}"] if order.review else [])

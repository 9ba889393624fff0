"""The report on each series in use, in words: what it covers, what was noticed, how old it is."""

import datetime as dt
from collections import Counter
from collections.abc import Iterator
from typing import Any, Final

import numpy as np

from core import words
from core.data.base import PROVIDERS, Action, SeriesHealth
from core.instruments import is_modelled
from core.market import CASH_SYMBOL, VIX3M_SYMBOL, VIX_SYMBOL
from core.pipeline import Analysis
from dashboard.freshness import clock, fetched_text, unpriced

LISTED: Final = 20
"""Gaps, jumps and actions that the details of a series name."""

_EXTRAS: Final = {CASH_SYMBOL: "T-bill", VIX_SYMBOL: "VIX", VIX3M_SYMBOL: "VIX3M"}

Row = dict[str, Any]
"""One series as the script shows it: plain words, a state, and pairs of name and text as details."""


def rows(analysis: Analysis, now: dt.datetime | None = None) -> list[Row]:
    """One row a series in use, benchmark and hedge first; those that could not be had are there too."""
    market, moment = analysis.market, now or clock()
    known = {one.ticker: one for one in market.health}
    order = dict.fromkeys(
        (
            market.benchmark,
            market.hedge,
            *market.tickers,
            *(line.ticker for line in analysis.exposure.left_out),
            *_EXTRAS,
        )
    )
    found = [
        _known(analysis, known[ticker], moment) if ticker in known else _unknown(analysis, ticker)
        for ticker in order
        if ticker in known or ticker not in _EXTRAS
    ]
    said = Counter(row["trouble"] for row in found)
    for row in found:
        # What all share is said once above them, not in every row.
        row["open"] = bool(row["trouble"]) and said[row["trouble"]] < max(2, len(found) // 2)
    return found


def role(analysis: Analysis, ticker: str) -> str:
    """What a series is used for."""
    market = analysis.market
    held = ticker in analysis.settings.portfolio.tickers
    if ticker == market.benchmark:
        return "Benchmark, held" if held else "Benchmark"
    return "Hedge" if ticker == market.hedge else _EXTRAS.get(ticker, "Holding")


def state(one: SeriesHealth) -> tuple[str, str]:
    """How a series stands: a state for its colour, and words."""
    if one.trouble:
        return "warn", "Not refreshed"
    return ("warn", f"{words.counted(one.missing, 'session')} old") if one.missing else ("ok", "Up to date")


def _known(analysis: Analysis, one: SeriesHealth, now: dt.datetime) -> Row:
    kind, said = state(one)
    if kind == "ok" and analysis.market.source == "sample":
        kind, said = "info", "Sample"
    elif kind == "ok" and analysis.settings.data.as_of is not None:
        kind, said = "info", "To that day"
    return {
        "ticker": one.ticker,
        "role": role(analysis, one.ticker),
        "origin": one.origin,
        "first": _day(one.first),
        "last": _day(one.last),
        "used": f"{one.used:,}",
        "gaps": f"{len(one.gaps):,}",
        "jumps": f"{len(one.jumps):,}",
        "actions": _counted_actions(one.actions),
        "fetched": fetched_text(one, now),
        "kind": kind,
        "state": said,
        "trouble": one.trouble,
        "details": [list(pair) for pair in _details(analysis, one)],
    }


def _counted_actions(actions: tuple[Action, ...] | None) -> str:
    """Dividends / splits; a source that does not tell of them is not one that had none."""
    if actions is None:
        return words.UNKNOWN
    splits = sum(1 for action in actions if action.kind == "split")
    return f"{len(actions) - splits} / {splits}"


def _day(day: np.datetime64) -> str:
    return words.UNKNOWN if np.isnat(day) else words.day(day)


def _unknown(analysis: Analysis, ticker: str) -> Row:
    """A series without a report: computed here, or one that could not be had."""
    market = analysis.market
    modelled = is_modelled(ticker)
    reason = next((why for name, why in unpriced(analysis) if name == ticker), "")
    blank = dict.fromkeys(("first", "last", "used", "gaps", "jumps", "actions", "fetched"), words.UNKNOWN)
    notes = [["Note", note.text] for note in market.notes if note.ticker == ticker]
    return {
        **blank,
        "ticker": ticker,
        "role": role(analysis, ticker),
        "origin": f"Computed from {market.benchmark}" if modelled else PROVIDERS[market.source].label,
        "kind": "crit" if reason else "info",
        "state": "No prices" if reason else "Modelled" if modelled else "In use",
        "trouble": f"Left out of NAV, beta and the order: {reason}." if reason else "",
        "details": notes,
    }


def _details(analysis: Analysis, one: SeriesHealth) -> Iterator[tuple[str, str]]:
    if one.gaps:
        days = [words.day(day) for day in one.gaps]
        yield (
            "Gaps",
            f"No price on {words.counted(len(days), 'session')}, nothing is filled: {_listed(days)}.",
        )
    if one.jumps:
        jumps = [f"{words.day(jump.day)} \u00d7\u202f{words.number(jump.ratio)}" for jump in one.jumps]
        yield "Jumps", f"Nothing was changed: {_listed(jumps)}."
    if one.actions:
        newest = [_action(action) for action in reversed(one.actions)]
        yield "Dividends and splits", f"Newest first: {_listed(newest)}."
    for text in one.left_out:
        yield "Left out", text
    if one.currency not in ("", "USD"):
        yield "Currency", one.currency
    for note in analysis.market.notes:
        if note.ticker == one.ticker and note.text not in (*one.left_out, one.trouble):
            yield "Note", note.text


def _action(action: Action) -> str:
    if action.kind == "dividend":
        return f"{words.day(action.day)} ${np.format_float_positional(action.value, 4, trim='-')}"
    return f"{words.day(action.day)} split {action.value:g} for 1"


def _listed(items: list[str]) -> str:
    more = f" and {len(items) - LISTED:,} more" if len(items) > LISTED else ""
    return ", ".join(items[:LISTED]) + more

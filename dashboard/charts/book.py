"""The book over time: its rolling beta, when the hedge was on, and the benchmark beside its price break."""

from typing import Final

import numpy as np

from core import words
from core.pipeline import Analysis
from core.types import BoolArray, FloatArray
from dashboard.charts.base import Twin, Window, Words, dates, rows_in
from dashboard.charts.lane import Lane, Line
from dashboard.charts.spans import spans_of
from dashboard.charts.timeline import History
from dashboard.charts.tips import Tip

TWIN_ROWS: Final = 60
"""Sessions that the table beside a time chart lists."""


def same_book(analysis: Analysis) -> BoolArray:
    """The sessions on which every holding that has a beta today had one: the others describe another book."""
    measured = analysis.exposure.measured
    return np.asarray(measured == measured[-1], dtype=np.bool_)


def history(analysis: Analysis) -> History:
    """Beta of the holdings with its range, gaps where the book was another; the benchmark and its level."""
    exposure, market = analysis.exposure, analysis.market
    same = same_book(analysis)
    columns = {
        "beta": exposure.beta,
        "beta_low": exposure.beta_low,
        "beta_high": exposure.beta_high,
        "r_squared": exposure.r_squared,
    }
    gap = {name: np.where(same, values, np.nan) for name, values in columns.items()}
    level = analysis.signals["price_break"].threshold if shows_level(analysis) else unknown(analysis)
    return History(
        market.sessions, {**gap, "close": market.benchmark_close, "level": level}, {"hedge": states(analysis)}
    )


def unknown(analysis: Analysis) -> FloatArray:
    """A column without a value."""
    return np.full(len(analysis.market.sessions), np.nan)


def shows_level(analysis: Analysis) -> bool:
    """Whether the rule looks at the benchmark's price break: another level has no place beside its close."""
    asked = "price_break" in analysis.decision.used
    return asked and analysis.settings.triggers.break_of == "benchmark"


def states(analysis: Analysis) -> list[str]:
    """Whether the hedge was on after each close, and at which share of the full one."""
    shares, rows = np.unique(analysis.state.fraction, return_inverse=True)
    said = [state_word(float(share)) for share in shares]
    return [said[row] for row in rows]


def state_word(fraction: float) -> str:
    """OFF, or ON with the share of the full hedge."""
    return f"ON {words.percent(fraction, 0)}" if fraction > 0.0 else "OFF"


def hedge_on(analysis: Analysis) -> list[Window]:
    """First and last session of each stretch with a hedge."""
    return spans_of(analysis.state.on, analysis.market.sessions)


def lanes() -> tuple[Lane, ...]:
    """Beta on top, the benchmark and its level below it."""
    price = (Line("level", "level", "level"), Line("close", "benchmark", "close"))
    return (
        Lane("beta", (Line("beta", ribbon=True),), share=3),
        Lane("price", price, "The benchmark", decimals=2, share=2, ticks=3),
    )


def lane_titles(analysis: Analysis) -> dict[str, str]:
    """What stands above a lane of the stack, by its key."""
    close = f"{analysis.market.benchmark} close"
    if not shows_level(analysis):
        return {"price": close}
    level = analysis.signals["price_break"].condition.partition(" < ")[2]
    return {"price": f"{close} and price-break level, {level}"}


def names(analysis: Analysis) -> dict[str, str]:
    """What lines and tips are called, where that depends on the settings."""
    return {"close": analysis.market.benchmark}


TIPS: Final = (
    Tip("Hedge", "hedge", text=True),
    Tip("Beta", "beta"),
    Tip("R\u00b2", "r_squared"),
    Tip("Close", "close"),
    Tip("Price-break level", "level"),
)


def drawn_window(analysis: Analysis, window: Window) -> Window | None:
    """The dates within a window from which on there is something to draw."""
    rows = rows_in(analysis.market.sessions, window)
    known = np.flatnonzero(np.isfinite(analysis.exposure.beta[rows]) & same_book(analysis)[rows])
    if not len(known):
        return None
    sessions = analysis.market.sessions[rows]
    return (sessions[known[0]], sessions[known[-1]])


def describe(analysis: Analysis, window: Window) -> Words:
    """What stands around the chart."""
    market = analysis.market
    drawn = drawn_window(analysis, window)
    length = analysis.settings.beta.window_sessions
    subtitle = (
        f"Beta of today\u2019s shares and cash on {market.benchmark}, rolling {length} sessions"
        " with 95 % interval"
    )
    title = "How exposed is the book, and when was the hedge on?"
    if drawn is None:
        return Words(title, f"{subtitle}.", "There is no beta of this book in these dates.")
    first = market.sessions[rows_in(market.sessions, window).start]
    late = " (before, not every holding has a beta)" if drawn[0] > first else ""
    rows = rows_in(market.sessions, drawn)
    beta = np.where(same_book(analysis), analysis.exposure.beta, np.nan)[rows]
    low, high = float(np.nanmin(beta)), float(np.nanmax(beta))
    summary = f"On {words.day(drawn[1])} beta is {words.number(float(beta[-1]))}"
    on = analysis.state.on[rows]
    if drawn[0] < drawn[1]:
        between = f"{words.number(low)} and {words.number(high)}"
        often = words.percent(float(on.mean()), 0)
        summary += f"; since {words.day(drawn[0])} between {between}, hedge ON in {often} of sessions"
    return Words(title, f"{subtitle}, {dates(drawn)}{late}.", f"{summary}.")


def twin(analysis: Analysis, window: Window) -> Twin:
    """The latest sessions of the chart as a table, newest first."""
    shown = history(analysis)
    rows = rows_in(shown.sessions, window)
    take = range(rows.stop - 1, max(rows.start, rows.stop - TWIN_ROWS) - 1, -1)
    column, state, same = shown.columns, shown.texts["hedge"], same_book(analysis)
    lines = tuple(
        (
            words.day(shown.sessions[t]),
            words.number(column["beta"][t]),
            words.interval(column["beta_low"][t], column["beta_high"][t]) or words.UNKNOWN,
            words.number(column["r_squared"][t]),
            state[t],
            words.shares(analysis.plan.shares[t] if same[t] else np.nan),
            words.number(column["close"][t]),
            words.number(column["level"][t]),
        )
        for t in take
    )
    header = (
        "Date", "Beta", "95 % interval", "R\u00b2", "Hedge", "Shares wanted",
        f"{analysis.market.benchmark} close", "Price-break level",
    )  # fmt: skip
    count = rows.stop - rows.start
    note = f"Latest {len(lines)} of {count} sessions." if count > len(lines) else ""
    return Twin(header, lines, note)

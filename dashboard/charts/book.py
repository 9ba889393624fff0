"""The book over time: its rolling beta, and the hedge that the beta would have asked for."""

from typing import Final

import numpy as np

from core import words
from core.pipeline import Analysis
from core.types import BoolArray
from dashboard.charts.base import Twin, Window, Words, dates, rows_in
from dashboard.charts.lane import Lane, Tip
from dashboard.charts.timeline import History

TWIN_ROWS: Final = 60
"""Sessions that the table beside a time chart lists."""


def same_book(analysis: Analysis) -> BoolArray:
    """The sessions on which every holding that has a beta today had one: the others describe another book."""
    measured = analysis.exposure.measured
    return np.asarray(measured == measured[-1], dtype=np.bool_)


def history(analysis: Analysis) -> History:
    """Beta of the holdings and shares of the hedge, each with its range; gaps where the book was another."""
    exposure, plan = analysis.exposure, analysis.plan
    same = same_book(analysis)
    columns = {
        "beta": exposure.beta,
        "beta_low": exposure.beta_low,
        "beta_high": exposure.beta_high,
        "shares": plan.shares,
        "shares_low": plan.shares_low,
        "shares_high": plan.shares_high,
        "r_squared": exposure.r_squared,
    }
    gap = {name: np.where(same, values, np.nan) for name, values in columns.items()}
    return History(analysis.market.sessions, gap)


def lanes() -> tuple[Lane, ...]:
    """Beta on top, shares below it."""
    return (
        Lane("beta", decimals=2, share=3),
        Lane("shares", title="Shares of the hedge", decimals=0, share=2, ticks=3),
    )


def lane_titles(analysis: Analysis) -> dict[str, str]:
    """What stands above a lane of the stack, by its key."""
    return {"shares": f"{analysis.market.hedge} shares wanted, with their range"}


TIPS: Final = (Tip("Beta", "beta"), Tip("R\u00b2", "r_squared"), Tip("Hedge, shares", "shares", 0))


def drawn_window(analysis: Analysis, window: Window) -> Window | None:
    """The dates within a window from which on there is something to draw."""
    rows = rows_in(analysis.market.sessions, window)
    known = np.flatnonzero(np.isfinite(history(analysis).columns["beta"][rows]))
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
    title = "How exposed is the book, and how much hedge would that need?"
    if drawn is None:
        return Words(title, f"{subtitle}.", "There is no beta of this book in these dates.")
    first = market.sessions[rows_in(market.sessions, window).start]
    late = " (before, not every holding has a beta)" if drawn[0] > first else ""
    rows = rows_in(market.sessions, drawn)
    beta = history(analysis).columns["beta"][rows]
    low, high = float(np.nanmin(beta)), float(np.nanmax(beta))
    summary = f"On {words.day(drawn[1])} beta is {words.number(float(beta[-1]))}"
    if drawn[0] < drawn[1]:
        between = f"{words.number(low)} and {words.number(high)}"
        summary += f"; since {words.day(drawn[0])} it lay between {between}"
    return Words(title, f"{subtitle}, {dates(drawn)}{late}.", f"{summary}.")


def twin(analysis: Analysis, window: Window) -> Twin:
    """The latest sessions of the chart as a table, newest first."""
    shown = history(analysis)
    rows = rows_in(shown.sessions, window)
    take = range(rows.stop - 1, max(rows.start, rows.stop - TWIN_ROWS) - 1, -1)
    column = shown.columns
    lines = tuple(
        (
            words.day(shown.sessions[t]),
            words.number(column["beta"][t]),
            words.interval(column["beta_low"][t], column["beta_high"][t]) or words.UNKNOWN,
            words.number(column["r_squared"][t]),
            words.shares(column["shares"][t]),
            words.shares(column["shares_low"][t]),
            words.shares(column["shares_high"][t]),
        )
        for t in take
    )
    header = ("Date", "Beta", "95 % interval", "R\u00b2", "Shares", "at lower beta", "at upper beta")
    count = rows.stop - rows.start
    note = f"Latest {len(lines)} of {count} sessions." if count > len(lines) else ""
    return Twin(header, lines, note)

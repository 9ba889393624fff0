"""One asset's beta over time."""

from typing import Final

import numpy as np

from core import words
from core.pipeline import Analysis
from core.types import FloatArray
from dashboard.charts.base import Twin, Window, Words, dates, rows_in
from dashboard.charts.book import TWIN_ROWS
from dashboard.charts.lane import Lane, Line
from dashboard.charts.timeline import History
from dashboard.charts.tips import Tip

TIPS: Final = (Tip("Beta", "beta"), Tip("R\u00b2", "r_squared"))


def lanes() -> tuple[Lane, ...]:
    """One chart."""
    return (Lane("beta", (Line("beta", ribbon=True),)),)


def history(analysis: Analysis, asset: str) -> History:
    """Its rolling beta with the 95 % interval; gaps where there is none."""
    betas, market = analysis.betas, analysis.market
    fit, j = (betas.hedge, 0) if asset == market.hedge else (betas.assets, market.tickers.index(asset))
    low, high = fit.interval()
    moved = np.isfinite(fit.r_squared[:, j])

    def known(values: FloatArray) -> FloatArray:
        return np.where(moved, values[:, j], np.nan)

    columns = {"beta": fit.beta, "beta_low": low, "beta_high": high, "r_squared": fit.r_squared}
    return History(market.sessions, {name: known(values) for name, values in columns.items()})


def describe(analysis: Analysis, asset: str, window: Window) -> Words:
    """What stands around the chart."""
    length, market = analysis.settings.beta.window_sessions, analysis.market
    rows = rows_in(market.sessions, window)
    beta = history(analysis, asset).columns["beta"][rows]
    known = np.flatnonzero(np.isfinite(beta))
    title = "How has it moved?"
    subtitle = f"Rolling {length}-session beta of {asset} on {market.benchmark}, 95 % interval"
    if not len(known):
        return Words(title, f"{subtitle}.", f"{asset} has no beta in these dates.")
    sessions = market.sessions[rows]
    drawn = (sessions[known[0]], sessions[known[-1]])
    least, most = int(np.nanargmin(beta)), int(np.nanargmax(beta))
    summary = (
        f"Lowest {words.number(float(beta[least]))} on {words.day(sessions[least])}, "
        f"highest {words.number(float(beta[most]))} on {words.day(sessions[most])}."
    )
    return Words(title, f"{subtitle}, {dates(drawn)}.", summary)


def twin(analysis: Analysis, asset: str, window: Window) -> Twin:
    """The latest sessions of the chart as a table, newest first."""
    shown = history(analysis, asset)
    rows = rows_in(shown.sessions, window)
    column = shown.columns
    lines = tuple(
        (
            words.day(shown.sessions[t]),
            words.number(column["beta"][t]),
            words.interval(column["beta_low"][t], column["beta_high"][t]) or words.UNKNOWN,
            words.number(column["r_squared"][t]),
        )
        for t in range(rows.stop - 1, max(rows.start, rows.stop - TWIN_ROWS) - 1, -1)
    )
    count = rows.stop - rows.start
    note = f"Latest {len(lines)} of {count} sessions." if count > len(lines) else ""
    return Twin(("Date", "Beta", "95 % interval", "R\u00b2"), lines, note)

"""The signals over time under the benchmark: when each fired, and how much hedge was in force."""

from typing import Final

import numpy as np

from core import words
from core.pipeline import Analysis
from core.triggers.base import TRIGGERS
from core.types import FloatArray
from dashboard.charts.base import Twin, Window, Words, dates, rows_in
from dashboard.charts.book import TWIN_ROWS
from dashboard.charts.lane import Lane, Line
from dashboard.charts.spans import spans_of
from dashboard.charts.strip import Row, Strip
from dashboard.charts.timeline import History
from dashboard.charts.tips import STATES, Tip
from dashboard.signals import label, stands_in

_FRACTION: Final = "fraction"
_STAND_IN: Final = "stand_in"
"""The row that is shown in place of the signal that it stands in for."""

_SHORT: Final = {
    "vix_inversion": ("VIX inverted", "VIX"),
    _STAND_IN: ("Volatility stand-in", "Stand-in"),
    "price_break": ("Price break", "Price"),
    "stop_loss_cluster": ("Stop-loss flow", "Flow"),
    "drawdown": ("Drawdown", "Draw"),
    "realised_volatility": ("Volatility", "Vol"),
    "beta_limit": ("Portfolio beta", "Beta"),
}
"""What a row is called, on a wide screen and on a narrow one, where its registered label is too long."""


def lanes() -> tuple[Lane | Strip, ...]:
    """The benchmark and its level, and a row for every signal there is: those not in use are not shown."""
    keys = (*TRIGGERS.names(), _STAND_IN)
    rows = [Row(key, *(_SHORT[key] if key in _SHORT else (TRIGGERS[key].label, ""))) for key in keys]
    rows.sort(key=lambda row: list(_SHORT).index(row.key) if row.key in _SHORT else len(_SHORT))
    return (
        Lane(
            "price", (Line("level", "level", value=False), Line("close", "benchmark", value=False)), ticks=4
        ),
        Strip("signals", (*rows, Row(_FRACTION, "Hedge fraction", "Hedge", kind="fraction"))),
    )


def tips() -> tuple[Tip, ...]:
    """Close and level, every state in use, the fraction."""
    return (
        Tip("Close", "close"),
        Tip("Level", "level"),
        Tip("Rule", "fired", text=True),
        Tip("Hedge", _FRACTION, 0, "%"),
    )


def history(analysis: Analysis) -> History:
    """What the lanes draw, and for the tooltip which signals had fired."""
    return History(analysis.market.sessions, columns(analysis), {"fired": fired_words(analysis)})


def columns(analysis: Analysis) -> dict[str, FloatArray]:
    """Closes, the price-break level, a state for every signal in use, the hedge in force; (T,) each."""
    used = analysis.decision.used
    level = np.full(len(analysis.market.sessions), np.nan)
    if "price_break" in used and analysis.settings.triggers.break_of == "benchmark":
        level = analysis.signals["price_break"].threshold
    states = {_row(analysis, name): analysis.signals[name].state.astype(np.float64) for name in used}
    close, fraction = analysis.market.benchmark_close, analysis.state.fraction
    return {"close": close, "level": level, **states, _FRACTION: fraction}


def _row(analysis: Analysis, name: str) -> str:
    """The row that a signal is drawn on."""
    return _STAND_IN if stands_in(analysis.signals[name]) else name


def fired_words(analysis: Analysis) -> list[str]:
    """Which signals in use had fired on each session, in words (T,)."""
    used = analysis.decision.used
    code = np.zeros(len(analysis.market.sessions), dtype=np.int64)
    for place, name in enumerate(used):
        code += (analysis.signals[name].state == 1).astype(np.int64) << place
    known, rows = np.unique(code, return_inverse=True)
    said = []
    for each in known.tolist():
        fired = [label(analysis, name, short=True) for place, name in enumerate(used) if each >> place & 1]
        said.append(f"{', '.join(fired)} fired" if fired else "nothing fired")
    return [said[row] for row in rows.tolist()]


def names(analysis: Analysis) -> dict[str, str]:
    """What lines and tips are called here."""
    settings = analysis.settings.triggers
    average = f"{1.0 - settings.break_below:.3g} MA{settings.average_sessions}"
    return {"close": analysis.market.benchmark, "level": average}


def shaded(analysis: Analysis) -> list[Window]:
    """The stretches with a hedge in force."""
    return spans_of(analysis.state.on, analysis.market.sessions)


def describe(analysis: Analysis, window: Window) -> Words:
    """What stands around the lanes."""
    sessions = analysis.market.sessions
    rows = rows_in(sessions, window)
    on = analysis.state.on[rows]
    share = words.percent(float(on.mean()), 0) if len(on) else words.UNKNOWN
    lag = analysis.backtest.lag
    late = "one session" if lag == 1 else f"{lag} sessions"
    subtitle = f"{dates(window)}, daily closes; shaded: hedge ON, {share} of them ({late} later in the book)"
    return Words("When did each rule fire, and was the hedge on?", subtitle, "")


def twin(analysis: Analysis, window: Window) -> Twin:
    """The latest sessions as a table, newest first."""
    shown, sessions = columns(analysis), analysis.market.sessions
    used = analysis.decision.used
    rows = rows_in(sessions, window)
    take = range(rows.stop - 1, max(rows.start, rows.stop - TWIN_ROWS) - 1, -1)
    lines = tuple(
        (
            words.day(sessions[t]),
            words.number(shown["close"][t]),
            words.number(shown["level"][t]),
            *(STATES[int(shown[_row(analysis, name)][t])] for name in used),
            words.percent(float(analysis.decision.fraction[t]), 0),
            words.percent(float(shown[_FRACTION][t]), 0),
        )
        for t in take
    )
    labels = tuple(label(analysis, name) for name in used)
    header = ("Date", analysis.market.benchmark, "Level", *labels, "Asked for", "Hedge")
    count = rows.stop - rows.start
    note = f"Latest {len(lines)} of {count} sessions." if count > len(lines) else ""
    return Twin(header, lines, note)

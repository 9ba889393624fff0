"""The four arms over time: what the capital became, how deep it fell, rolling Sharpe and rolling beta."""

from typing import Final

import numpy as np

from core import words
from core.backtest import ARMS, Backtest
from core.beta import rolling_ols
from core.performance import drawdown_path, rolling_sharpe, value_returns
from core.pipeline import SHARED_MEMO, Analysis
from core.types import FloatArray
from dashboard.charts.base import Twin, Unit, Window, Words, dates, months_before, rows_in, written
from dashboard.charts.book import TWIN_ROWS
from dashboard.charts.lane import Lane, Line
from dashboard.charts.spans import Event, spans_of
from dashboard.charts.timeline import History
from dashboard.charts.tips import ON_OFF, Tip

MODES: Final = {"nav": "NAV", "sharpe": "Sharpe", "beta": "Beta"}
"""What the upper lane can show, by the name of the lane."""

RANGES: Final[dict[str, int | None]] = {"5 y": 60, "10 y": 120, "All": None}
"""How far back the chart reaches, in months: a backtest is judged over years."""

NAMES: Final = {
    "unhedged": "Unhedged",
    "triggered": "Triggered",
    "always_hedged": "Always hedged",
    "sold": "Sell to same beta",
}
"""What the arms are called, in the order of `core.backtest.ARMS`."""

STYLES: Final = {"unhedged": "unhedged", "triggered": "hedged", "always_hedged": "always", "sold": "sell"}
"""The series of the theme that each arm is drawn as."""

YEAR: Final = 252
"""Sessions in the window of the rolling figures."""

_QUESTIONS: Final = {
    "nav": "What would each choice have made of the same capital?",
    "sharpe": "When did each choice pay for its risk?",
    "beta": "How much market was in each choice?",
}
_SHORT: Final = {"always_hedged": "Always", "sold": "Sell"}


def lanes() -> tuple[Lane, ...]:
    """One lane a mode over the same columns, and the drawdown; only the mode's own is shown."""
    lines = tuple(
        Line(name, STYLES[name], NAMES[name], _SHORT.get(name, ""))
        for name in ("sold", "always_hedged", "unhedged", "triggered")
    )
    some = tuple(line for line in lines if line.key != "always_hedged")
    fall = (
        Line("fall_unhedged", "unhedged", end=False),
        Line("fall_triggered", "hedged", area=True, low="triggered", end=False),
    )
    return (
        Lane("nav", lines, unit="×", log=True, share=4),
        Lane("sharpe", some, share=4),
        Lane("beta", lines, share=4),
        Lane("fall", fall, "Drawdown", unit="%", decimals=1, share=3, ticks=3),
    )


TIPS: Final = (
    Tip("Hedge", "on", says=ON_OFF),
    *(Tip(NAMES[name], name) for name in ARMS),
    Tip("Drawdown, triggered", "fall_triggered", 1, "%"),
    Tip("Drawdown, unhedged", "fall_unhedged", 1, "%"),
)


def whole(backtest: Backtest) -> Window:
    """First and last session of the backtest."""
    return (backtest.sessions[min(backtest.start, len(backtest.sessions) - 1)], backtest.sessions[-1])


def shown_window(backtest: Backtest, wanted: Window | None) -> Window:
    """The dates to draw: those wanted as far as the backtest has them, else all it has."""
    first, last = whole(backtest)
    if wanted is None:
        return first, last
    start, end = max(wanted[0], first), min(wanted[1], last)
    return (start, end) if start < end else (first, last)


def range_window(backtest: Backtest, name: str) -> Window:
    """The dates that a range button shows, ending on the last session."""
    months, (first, last) = RANGES[name], whole(backtest)
    return (first if months is None else max(first, months_before(last, months)), last)


def range_name(backtest: Backtest, shown: Window) -> str:
    """The button whose dates are shown; empty where it is none of them. A past too short for one is "All"."""
    return next((name for name in reversed(RANGES) if range_window(backtest, name) == shown), "")


def history(analysis: Analysis, window: Window, mode: str) -> History:
    """The arms in a mode, their drawdown, and whether the triggered one held a hedge.

    Growth starts from 1, and drawdown from its own high, at the first session of the window; the rolling
    figures look at the sessions before it too.
    """
    backtest = analysis.backtest
    rows = rows_in(backtest.sessions, window)
    paths = {name: arm.value for name, arm in backtest.arms.items()}
    columns = {name: _inside(_figure(analysis, name, rows, mode), rows) for name in ARMS}
    for name in ("unhedged", "triggered"):
        columns[f"fall_{name}"] = _inside(drawdown_path(paths[name][rows]), rows, len(paths[name]))
    columns["on"] = (backtest.triggered.hedge_shares != 0.0).astype(np.float64)
    return History(backtest.sessions, columns)


def _figure(analysis: Analysis, name: str, rows: slice, mode: str) -> FloatArray:
    market, value = analysis.market, analysis.backtest.arms[name].value
    if mode == "sharpe":
        if name == "always_hedged":
            return np.full(len(value), np.nan)
        return SHARED_MEMO(rolling_sharpe, value, market.cash_rate, YEAR)
    if mode == "beta":
        fit = SHARED_MEMO(rolling_ols, value_returns(value), market.benchmark_returns, YEAR)
        return np.asarray(fit.beta[:, 0])
    known = value[rows][np.isfinite(value[rows])]
    return value / known[0] if len(known) and known[0] > 0 else np.full(len(value), np.nan)


def _inside(values: FloatArray, rows: slice, count: int = 0) -> FloatArray:
    """(T,) with nothing outside the rows; of values for these rows alone where `count` is T."""
    result = np.full(count or len(values), np.nan)
    result[rows] = values if count else values[rows]
    return result


def hedge_on(analysis: Analysis) -> list[Window]:
    """The stretches in which the triggered arm held a hedge."""
    return spans_of(analysis.backtest.triggered.hedge_shares != 0.0, analysis.backtest.sessions)


def crashes(analysis: Analysis) -> list[Event]:
    """The crashes that have data, as grey stretches."""
    found = (e for e in analysis.events.events if e.kind == "crash" and not e.reason)
    return [Event(e.name, e.start, e.end) for e in found]


def labelled(backtest: Backtest, window: Window, brush: Window | None) -> str:
    """Which dates the labels of the chart are about where a range is marked; empty where none is.

    The chart shows more than the range, and the other figures of the page are of the range alone.
    """
    if brush is None or brush == window:
        return ""
    return "whole past" if window == whole(backtest) else dates(window)


def lane_titles(shown: History, window: Window, where: str = "") -> dict[str, str]:
    """What stands above the drawdown, by its key: the worst that no dot says, and of which dates."""
    path = shown.columns["fall_unhedged"][rows_in(shown.sessions, window)]
    known = path[np.isfinite(path)]
    worst = f"; worst unhedged {words.percent(float(known.min()))}" if len(known) else ""
    return {"fall": f"Drawdown{worst}{f', {where}' if where and worst else ''}"}


def describe(analysis: Analysis, shown: History, window: Window, mode: str, where: str = "") -> Words:
    """What stands around the chart; `where` says which dates its labels are about."""
    since = f" from {words.day(window[0])}" if window[0] > whole(analysis.backtest)[0] else ""
    what = {
        "nav": f"Growth of 1\u00d7{since}, log scale",
        "sharpe": f"Sharpe ratio of the last {YEAR} sessions, above the T-bill",
        "beta": f"Beta to {analysis.market.benchmark} of the arms\u2019 own last {YEAR} returns",
    }[mode]
    subtitle = f"{what}; {held(analysis)}; net of all costs; {fills(analysis)}. Grey: crashes."
    if where:
        subtitle += f" Labels and share of days: {where}."
    rows = rows_in(shown.sessions, window)
    ends = []
    for name in ARMS:
        path = shown.columns[name][rows]
        known = path[np.isfinite(path)]
        if len(known):
            text = written(float(known[-1]), "×" if mode == "nav" else "number", 2)
            ends.append(f"{text} {NAMES[name].lower()}")
    found = f"On {words.day(window[1])}: {', '.join(ends)}." if ends else "Nothing is known in these dates."
    return Words(_QUESTIONS[mode], subtitle, found)


def held(analysis: Analysis) -> str:
    """What the arms hold, since when, and how much of it was stocks."""
    backtest = analysis.backtest
    start = words.day(whole(backtest)[0])
    share = words.percent(backtest.stocks / backtest.capital, 0)
    if analysis.settings.backtest.book == "weights":
        return f"today\u2019s weights since {start}, {share} in stocks, restored at every close"
    return f"today\u2019s shares and cash since {start}, when stocks were {share} of the book"


def fills(analysis: Analysis) -> str:
    """When a decision is made and when it is filled, in words."""
    settings, lag = analysis.settings.backtest, analysis.backtest.lag
    opens = settings.fill == "open" and bool(np.isfinite(analysis.market.hedge_open).any())
    when = "open" if opens else "close"
    later = f"the next {when}" if lag == 1 else f"the {when} {lag} sessions later"
    return f"decided at the close, filled at {later}"


def twin(shown: History, window: Window, mode: str) -> Twin:
    """The latest sessions of the chart as a table, newest first."""
    rows = rows_in(shown.sessions, window)
    column = shown.columns
    unit: Unit = "×" if mode == "nav" else "number"
    lines = tuple(
        (
            words.day(shown.sessions[t]),
            *(written(float(column[name][t]), unit, 2) for name in ARMS),
            words.percent(float(column["fall_triggered"][t])),
            words.percent(float(column["fall_unhedged"][t])),
            ON_OFF[int(column["on"][t])],
        )
        for t in range(rows.stop - 1, max(rows.start, rows.stop - TWIN_ROWS) - 1, -1)
    )
    header = ("Date", *NAMES.values(), "Drawdown, triggered", "Drawdown, unhedged", "Hedge")
    count = rows.stop - rows.start
    note = f"{dates(window)}: latest {len(lines)} of {count} sessions." if count > len(lines) else ""
    return Twin(header, lines, note)

"""The table of what was gained and given up: every arm, and triggered minus unhedged."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from html import escape
from typing import Final

import numpy as np

from core import words
from core.backtest import ARMS
from core.bootstrap import Gap
from core.comparison import Comparison
from core.performance import LEAST_TAIL, Drawdown, Performance
from core.types import TRADING_DAYS
from dashboard.charts.arms import NAMES, STYLES
from dashboard.charts.base import Words, dates
from dashboard.theme import series
from dashboard.views.verdict import Judged

HINDSIGHT: Final = "Today\u2019s holdings were chosen with hindsight: all four arms share that advantage."

_HEADS: Final = {"unhedged": "Unhedged", "triggered": "Triggered", "always_hedged": "Always", "sold": "Sell"}
_THIN: Final = "\u202f"
_BELOW: Final = "Below zero a ratio falls when risk does, so it says neither better nor worse."


@dataclass(frozen=True)
class Row:
    """One line: a figure of every arm and how the triggered one's differs.

    `kind` says how it is written: a fraction as per cent, its difference in percentage points; a number;
    dollars; or basis points. `better` is 1 where more is better, −1 where less is, 0 where neither. `why`
    says why an arm's figure is not known. `ratio` is a return over a risk.
    """

    name: str
    value: Callable[[Performance], float]
    kind: str
    better: int = 0
    why: Callable[[Performance], str] = lambda _: "needs two sessions with a value"
    hint: str = ""
    ratio: bool = False


def describe(comparison: Comparison, benchmark: str) -> Words:
    """What stands above the table."""
    count = comparison.arms["triggered"].sessions
    when = "" if np.isnat(comparison.start) else f" {dates((comparison.start, comparison.end))};"
    return Words(
        "What was gained, and what was given up?",
        f"{count:,} sessions,{when} beta to {benchmark}; pp: percentage points; brackets: 95{_THIN}%"
        " bootstrap interval; \u25b2 better, \u25bc worse; differences are of unrounded figures",
        "",
    )


def table(shown: Judged) -> str:
    """The table as HTML."""
    comparison = shown.comparison
    top = "".join(f'<th scope="col">{_swatch(name)}{_HEADS[name]}</th>' for name in ARMS)
    body = "".join(_row(row, shown) for row in _rows(comparison, first=True))
    falls = _falls(comparison)
    rest = "".join(_row(row, shown) for row in _rows(comparison, first=False))
    return (
        '<div class="scroll metrics"><table class="dense"><thead><tr><th scope="col">Net of costs</th>'
        f'{top}<th scope="col">Triggered {words.MINUS} unhedged</th></tr></thead>'
        f"<tbody>{body}{falls}{rest}</tbody></table></div>"
    )


def _rows(comparison: Comparison, *, first: bool) -> list[Row]:
    """The lines down to the worst drawdown, or those after it."""
    count = comparison.arms["triggered"].sessions

    def still(_: Performance) -> str:
        return "its value does not move, so there is no ratio"

    def thin(arm: Performance) -> str:
        return f"the worst twentieth holds {arm.tail_sessions} sessions; it takes {LEAST_TAIL}"

    def young(arm: Performance) -> str:
        return "it never fell" if arm.sessions >= TRADING_DAYS else f"{arm.sessions} sessions are not a year"

    if first:
        earned = (
            Row("Return a year", lambda p: p.cagr, "%", 1, hint="compound")
            if count >= TRADING_DAYS
            else Row("Return in total", lambda p: p.total_return, "%", 1, hint="less than a year")
        )
        return [
            earned,
            Row("Volatility a year", lambda p: p.volatility, "%", -1),
            Row("Sharpe", lambda p: p.sharpe, "number", 1, still, "above the T-bill", ratio=True),
            Row("Sortino", lambda p: p.sortino, "number", 1, still, "above the T-bill", ratio=True),
            Row(
                "Calmar",
                lambda p: p.calmar,
                "number",
                1,
                young,
                "return a year over the worst drawdown",
                ratio=True,
            ),
            Row("Worst drawdown", lambda p: p.drawdown.depth, "%", 1),
        ]
    return [
        Row("VaR 95 %, day", lambda p: -p.value_at_risk, "%", 1, thin),
        Row("Shortfall 95 %, day", lambda p: -p.expected_shortfall, "%", 1, thin, "mean of the worst 5 %"),
        Row("Realised beta", lambda p: p.beta, "number", 0, lambda _: "the benchmark did not move"),
        Row("Hedge effectiveness", lambda p: p.effectiveness, "%", 0, still, "variance removed"),
        Row("Up capture", lambda p: p.up_capture, "%", 1, lambda _: "no session rose"),
        Row("Down capture", lambda p: p.down_capture, "%", -1, lambda _: "no session fell"),
        Row("Turnover a year", lambda p: p.turnover, "%", 0, hint="one-sided, of mean value"),
        Row("Trading cost", lambda p: p.cost, "$", -1),
        Row("Trading cost a year", lambda p: p.cost_bps, "bp", -1, hint="of mean value"),
        Row("Days hedged", lambda p: p.hedged_share, "%", 0),
    ]


def _row(row: Row, shown: Judged) -> str:
    arms = shown.comparison.arms
    cells = []
    for name in ARMS:
        value = row.value(arms[name])
        strong = ' class="b"' if name == "triggered" else ""
        text = _text(value, row.kind) if math.isfinite(value) else _unknown(row.why(arms[name]))
        cells.append(f"<td{strong}>{text}</td>")
    hint = f' title="{escape(row.hint)}"' if row.hint else ""
    return f"<tr{hint}><td>{escape(row.name)}</td>{''.join(cells)}<td>{_difference(row, shown)}</td></tr>"


def _difference(row: Row, shown: Judged) -> str:
    arms = shown.comparison.arms
    gap = row.value(arms["triggered"]) - row.value(arms["unhedged"])
    if not math.isfinite(gap) or arms["triggered"].end != arms["unhedged"].end:
        return _unknown("one of the two is not known")
    text, size = _change(gap, row.kind)
    low = row.ratio and min(row.value(arms["triggered"]), row.value(arms["unhedged"])) < 0
    toned = f'<span title="{_BELOW}">{tone(text, 0.0)}</span>' if low else tone(text, size * row.better)
    bounds = _interval(row, shown)
    dim = " pending" if shown.pending else ""
    return f'{toned} <span class="ci{dim}">{bounds}</span>' if bounds else toned


def _interval(row: Row, shown: Judged) -> str:
    """The bootstrap's interval where it has one for this line."""
    test, comparison = shown.comparison.test, shown.comparison
    if test is None:
        return ""
    gaps: dict[str, Gap] = {"Return a year": test.annual_return, "Volatility a year": test.volatility}
    if row.name == "Sharpe":
        low, high, places = comparison.verdict.sharpe_low, comparison.verdict.sharpe_high, 2
    elif row.name in gaps:
        low, high, places = 100.0 * gaps[row.name].low, 100.0 * gaps[row.name].high, 1
    else:
        return ""
    if not (math.isfinite(low) and math.isfinite(high)):
        return ""
    return f"[{words.change(low, places)}, {words.change(high, places)}]"


def tone(text: str, good: float) -> str:
    """A difference with a shape, a colour and, for those who see neither, a word; plain where it is none."""
    if not good:
        return f'<span class="b">{text}</span>'
    kind, shape, word = ("better", "\u25b2", "better") if good > 0 else ("worse", "\u25bc", "worse")
    return f'<span class="{kind}"><i aria-label="{word}">{shape}</i> {text}</span>'


def _text(value: float, kind: str) -> str:
    if kind == "%":
        return words.percent(value)
    if kind == "$":
        return words.money(value)
    return f"{words.number(value, 1)}{_THIN}bp" if kind == "bp" else words.number(value)


def _change(gap: float, kind: str) -> tuple[str, float]:
    """A difference in words, and as it is printed: one that reads as zero is none."""
    if kind == "%":
        return f"{signed(100.0 * gap, 1)}{_THIN}pp", round(100.0 * gap, 1)
    if kind == "$":
        sign = "+" if round(gap, 2) > 0 else ""
        return f"{sign}{words.money(gap)}", round(gap, 2)
    if kind == "bp":
        return f"{signed(gap, 1)}{_THIN}bp", round(gap, 1)
    return signed(gap, 2), round(gap, 2)


def signed(change: float, decimals: int) -> str:
    """A difference with its sign; one that reads as zero has none."""
    return words.change(change, decimals) if round(change, decimals) else words.number(0.0, decimals)


def _falls(comparison: Comparison) -> str:
    """When the worst drawdowns began and ended, and when what they lost was made good."""

    def line(name: str, text: Callable[[Drawdown], tuple[str, str]]) -> str:
        cells = []
        for arm in ARMS:
            short, full = text(comparison.arms[arm].drawdown)
            cells.append(f'<td title="{escape(full)}">{short}</td>')
        return f'<tr class="quiet"><td>{name}</td>{"".join(cells)}<td></td></tr>'

    def never(fall: Drawdown) -> tuple[str, str]:
        return words.UNKNOWN, "it never fell" if fall.depth == 0 else "not known"

    def peak(fall: Drawdown) -> tuple[str, str]:
        return never(fall) if np.isnat(fall.peak) else (_month(fall.peak), words.day(fall.peak))

    def trough(fall: Drawdown) -> tuple[str, str]:
        return never(fall) if np.isnat(fall.peak) else (_month(fall.trough), words.day(fall.trough))

    def back(fall: Drawdown) -> tuple[str, str]:
        if np.isnat(fall.peak):
            return never(fall)
        long = f"{fall.sessions:,} sessions under water"
        if fall.ongoing:
            return "ongoing", f"not back at its peak by {words.day(comparison.end)}, {long}"
        return _month(fall.recovery), f"back on {words.day(fall.recovery)}, {long}"

    return line("peak", peak) + line("trough", trough) + line("back at the peak", back)


def _month(day: np.datetime64) -> str:
    return f"{day.item():%b \u2019%y}"


def _unknown(reason: str) -> str:
    return f'<span class="t3" title="{escape(reason)}">{words.UNKNOWN}</span>'


def _swatch(name: str) -> str:
    """A piece of the arm's line."""
    style = series(False)[STYLES[name]]
    dash = ",".join(str(part) for part in style.dash)
    return (
        f'<svg class="swatch" viewBox="0 0 20 6" role="img" aria-label="{escape(NAMES[name])}">'
        f'<line x1="0" x2="20" y1="3" y2="3" stroke="var(--{STYLES[name]})" stroke-width="{style.width}" '
        f'stroke-dasharray="{dash}"/></svg>'
    )

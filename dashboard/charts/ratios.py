"""The table of hedge ratios in words and cells."""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from html import escape
from typing import Final

from core import words
from core.lab.cointegration import simulated_p_value
from core.lab.compare import RatioComparison, RatioRow
from core.lab.notebook import draws_of
from core.lab.prices import LabPrices
from core.lab.settings import RatioSettings
from core.ratios.base import HedgeRatio
from core.ratios.coverage import share_in_words
from core.ratios.estimate import with_p_value
from core.ratios.null import PValue
from core.ratios.units import to_shares
from dashboard.charts import p_values
from dashboard.charts.base import Words

TITLE: Final = "Which hedge ratio, and does it depend on which leg comes first?"
SAME, NEARLY, DIFFERS = "\u2713", "\u2248", "\u2260"
EXACTLY: Final = 0.005
"""How far from 1 both orderings may be apart to read as 1.00."""

ROUGHLY: Final = 0.1
"""How far apart they may be to be nearly the same: it matters less than most intervals are wide."""

DRAWN: Final = "\u2020"
"""Marks an interval from legs drawn anew."""

DOUBTFUL: Final = "!"
"""Marks a combination that is hardly one, or a search that is not sure."""

NOT_MEASURED: Final = "?"
"""Marks an interval of which it is not known how often such ones hold; the foot says so in full."""

HELD: Final = (
    "beside an interval: that share of such ones held the true ratio in simulation, where 95\u202f% should."
    " More on a method names the case that was measured."
)
UNHELD: Final = (
    "beside an interval: how often such intervals hold the true ratio is not known, for want of days or of a"
    " simulation. More on a method says what is."
)

_PRICES: Final = {"close": "daily closes", "adj_close": "daily closes with dividends put back"}


@dataclass(frozen=True)
class RatioTable:
    """What the table shows: the comparison, and of the row that is lit what took longer to find."""

    asked: RatioSettings
    """What the comparison answers; position, draws and the row that is lit as they are now."""
    prices: LabPrices
    comparison: RatioComparison
    studied: HedgeRatio | None
    drawing: bool
    """Whether intervals are still on their way."""
    simulating: bool = False
    """Whether p-values of the rows are."""

    def study(self, row: RatioRow) -> HedgeRatio | None:
        """What took longer to find of this row; None for those that are not lit."""
        return self.studied if row.key_name == self.asked.shown else None

    def result(self, row: RatioRow) -> HedgeRatio | None:
        """The row's answer, the fuller one where it was studied."""
        study, simulated = self.study(row), simulated_p_value(row.result)
        if study is None or row.result is None or self.asked.draws or not math.isfinite(simulated):
            return study or row.result
        return with_p_value(study, PValue(simulated, row.result.adf_p_source))

    def draws(self, row: RatioRow) -> dict[str, int]:
        """The draws that the row is made of as it is shown."""
        known = draws_of(self.asked, row)
        asked = known if self.study(row) is None else draws_of(self.asked)
        return {name: asked[name] or known[name] for name in known}

    @property
    def others(self) -> tuple[str, ...]:
        """The legs but the dependent one."""
        return self.comparison.legs[1:]

    @property
    def pair(self) -> bool:
        """Whether there are two legs, so that the ratio has a reverse."""
        return len(self.others) == 1


@dataclass(frozen=True)
class Column:
    """A column: its name and cells as HTML, and what it sorts by."""

    key: str
    name: str
    value: Callable[[RatioRow], float]
    cell: Callable[[RatioRow], str]


def describe(shown: RatioTable) -> Words:
    """Title, what the table is of, and what it comes to."""
    table, days = shown.comparison, shown.prices.sessions
    own = "prices" if shown.asked.source == "file" else _PRICES[shown.asked.prices]
    if shown.prices.put_back:
        own = "daily closes"  # whichever were asked for: the footnote says what they are
    dropped = f", {words.counted(table.dropped, 'day')} without every price left out" if table.dropped else ""
    subtitle = (
        f"{words.listed(table.legs)}, {own} ({shown.prices.source}), {words.day(days[0])} \u2013 "
        f"{words.day(days[-1])}, n = {table.rows:,}{dropped}; price-level ratios"
    )
    return Words(TITLE, subtitle, _summary(table))


def _summary(table: RatioComparison) -> str:
    answered = [(row, row.result) for row in table.methods if row.result is not None and not row.result.flags]
    if len(answered) < 2:
        return ""
    held, first = table.legs[:2]
    low = min(answered, key=lambda pair: pair[1].ratios[first])
    high = max(answered, key=lambda pair: pair[1].ratios[first])
    moved = sum(mark(row.agreement) == DIFFERS for row, _ in answered)
    said = f"for {moved} of {len(answered)} methods it matters much" if moved else "for none it matters much"
    doubtful = sum(row.result is not None and bool(row.result.flags) for row in table.methods)
    without = f", {doubtful} marked {DOUBTFUL} left out" if doubtful else ""
    return (
        f"{first} per {held}: {ratio(low[1].ratios[first])} ({low[0].label}) to "
        f"{ratio(high[1].ratios[first])} ({high[0].label}){without}; {said} which leg comes first."
    )


def columns(shown: RatioTable) -> list[Column]:
    """All columns but the method's name."""
    held = escape(shown.comparison.legs[0])
    made = [
        Column(
            f"ratio{place}",
            f"{escape(name)} per {held}",
            partial(_ratio_of, shown, name),
            partial(_ratio_cell, shown, name),
        )
        for place, name in enumerate(shown.others)
    ]
    if shown.pair:
        made += _pair_columns(shown, shown.others[0])
    made += [
        Column("same", f"Same {_ways(shown)}?", lambda row: row.agreement, _same_cell),
        Column("dollars", "$ per $", lambda row: row.net_dollars, lambda row: words.number(row.net_dollars)),
    ]
    if shown.pair:
        shares = partial(_figure, shown, lambda one: shares_of(one, shown.asked.position)[shown.others[0]])
        position = words.shares(shown.asked.position)
        made.append(
            Column("shares", f"Shares for {position}", shares, lambda row: words.number(shares(row), 0))
        )
    life = partial(_figure, shown, lambda one: one.half_life_days)
    statistic = partial(_figure, shown, lambda one: one.adf_statistic)
    made += [
        Column("life", "Half-life, exact", life, lambda row: _days(life(row))),
        Column(
            "adf",
            f"ADF t, lag {shown.comparison.lag}",
            statistic,
            lambda row: words.number(statistic(row)),
        ),
        Column(
            "p",
            "p",
            partial(_figure, shown, lambda one: one.adf_p_value),
            lambda row: p_values.cell(shown.result(row), waits=shown.simulating),
        ),
    ]
    return made


def _ways(shown: RatioTable) -> str:
    return "both ways" if shown.pair else "in any order"


def _pair_columns(shown: RatioTable, name: str) -> list[Column]:
    held = shown.comparison.legs[0]

    def reverse(row: RatioRow) -> float:
        return row.others[name].ratios[held] if name in row.others else math.nan

    def width(one: HedgeRatio) -> float:
        low, high = one.intervals.get(name, (math.nan, math.nan))
        return high - low

    return [
        Column(
            "interval",
            "95 % interval",
            partial(_figure, shown, width),
            lambda row: interval_cell(shown, row, name),
        ),
        Column(
            "reverse", f"{escape(held)} per {escape(name)}", reverse, lambda row: ratio(reverse(row))
        ),
    ]  # fmt: skip


def _figure(shown: RatioTable, read: Callable[[HedgeRatio], float], row: RatioRow) -> float:
    found = shown.result(row)
    return math.nan if found is None else read(found)


def _ratio_of(shown: RatioTable, name: str, row: RatioRow) -> float:
    return _figure(shown, lambda one: one.ratios[name], row)


def _ratio_cell(shown: RatioTable, name: str, row: RatioRow) -> str:
    said = f"<b>{ratio(_ratio_of(shown, name, row))}</b>"
    return said if shown.pair else f"{said}<small>{interval_cell(shown, row, name)}</small>"


def interval_cell(shown: RatioTable, row: RatioRow, name: str) -> str:
    """The 95 % interval of a ratio as HTML, with its marks; an em dash where there is none."""
    found = shown.result(row)
    if found is None or name not in found.intervals:
        return "\u2026" if shown.drawing and not row.reason else words.UNKNOWN
    low, high = found.intervals[name]
    decimals = _decimals(max(abs(low), abs(high)), 3)
    said = words.interval(low, high, decimals) or words.UNKNOWN
    marks = DRAWN if is_drawn(shown, row) else ""
    held = ""
    if found.coverage:
        share = found.coverage_share
        text = share_in_words(share) if math.isfinite(share) else NOT_MEASURED
        held = f'<small class="held warn" title="{escape(found.coverage)}">{text}</small>'
    return f'<span class="ci">{said}</span><sup>{marks}</sup>{held}'


def is_drawn(shown: RatioTable, row: RatioRow) -> bool:
    """Whether a row's interval is from legs drawn anew: by now, or because it never had another."""
    found = shown.result(row)
    bare = row.result is None or not row.result.intervals
    return row.drawn or (bare and found is not None and bool(found.intervals))


def footnotes(shown: RatioTable) -> list[str]:
    """The small print under the table, as HTML."""
    rows = shown.comparison.methods
    results = [found for found in map(shown.result, rows) if found is not None]
    notes = []
    flagged = [row for row in rows if row.result is not None and row.result.flags]
    notes += [f"<b>{DOUBTFUL}</b> {escape(f'{row.label}: {_flags(row)}')}" for row in flagged[:4]]
    if len(flagged) > 4:
        notes.append(f"<b>{DOUBTFUL}</b> {len(flagged) - 4} more; More on a method says why.")
    shares = [found.coverage_share for found in results if found.coverage]
    known = [share for share in shares if math.isfinite(share)]
    if known:
        notes.append(f'<b class="warn">{words.percent(min(known), 0)}</b> {HELD}')
    if len(known) < len(shares):
        notes.append(f'<b class="warn">{NOT_MEASURED}</b> {UNHELD}')
    if not shown.pair and results:
        notes.append(
            f"Same {_ways(shown)}: the least correlation of a method\u2019s spread with its spread when"
            " another leg comes first; below zero it moves the other way."
        )
    if any(_wide(row) for row in rows):
        notes.append(
            "Least squares\u2019 interval allows for gaps that close slowly. It is wide because these hardly"
            " close: the days do not pin the ratio down, whatever narrower intervals say."
        )
    if shown.prices.put_back and shown.asked.source != "file":
        notes.append(
            "The source\u2019s closes and its prices with dividends put back are the same. Shares are for"
            " these: where dividends were paid since, the closes traded at were higher."
        )
    if any(is_drawn(shown, row) for row in rows):
        times = f"{shown.asked.resamples:,} times"
        notes.append(f"<sup>{DRAWN}</sup> No formula: the legs were drawn anew {times} around the ratio.")
    notes += p_values.notes(
        [(row, found) for row in rows if (found := shown.result(row)) is not None],
        own=shown.asked.shown if shown.studied is not None and shown.asked.draws else "",
        draws=shown.asked.table_draws,
        waits=shown.simulating,
    )
    if any(not math.isfinite(one.half_life_days) for one in results):
        notes.append(f"Half-life {words.UNKNOWN}: the spread does not come back, or overshoots each day.")
    lacking = [row for row in rows if row.result is not None and row.reason]
    notes += [f"{escape(row.label)}: no interval. {escape(row.reason)}" for row in lacking]
    return notes


def _flags(row: RatioRow) -> str:
    return " ".join(row.result.flags) if row.result is not None else ""


def _wide(row: RatioRow) -> bool:
    """Whether the interval of least squares, the one that holds what it says, is wider than its ratio."""
    if row.key_name != "ols" or row.result is None or not row.result.intervals:
        return False
    return any(high - low > abs(row.result.ratios[leg]) for leg, (low, high) in row.result.intervals.items())


def shares_of(result: HedgeRatio, position: float) -> Mapping[str, float]:
    """Whole shares of each leg for a position in the dependent one; negative is short."""
    return to_shares(result, position, whole=True)


def mark(agreement: float) -> str:
    """Whether the orderings give the same ratio, nearly the same, or another one; empty where not known."""
    if not math.isfinite(agreement):
        return ""
    away = abs(agreement - 1.0)
    return SAME if away < EXACTLY else NEARLY if away < ROUGHLY else DIFFERS


def ratio(value: float, digits: int = 4) -> str:
    """A ratio with so many significant digits, whatever its size; an em dash where it is not known."""
    return words.number(value, _decimals(value, digits)) if math.isfinite(value) else words.UNKNOWN


def _decimals(value: float, digits: int) -> int:
    size = abs(value)
    if not math.isfinite(size) or size == 0.0:
        return digits - 1
    return min(max(digits - 1 - math.floor(math.log10(size)), 0), 8)


def _same_cell(row: RatioRow) -> str:
    if not math.isfinite(row.agreement):
        reason = "One ordering has no answer"
        return f'<span title="{reason}">{words.UNKNOWN}</span>' if row.result is not None else words.UNKNOWN
    sign = mark(row.agreement)
    kind = ' class="warn"' if sign == DIFFERS else ""
    return f"<span{kind}>{sign} {words.number(row.agreement)}</span>"


def _days(value: float) -> str:
    return f"{words.number(value)} d" if math.isfinite(value) else words.UNKNOWN

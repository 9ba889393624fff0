"""The holdings as an HTML table: one row a line of the book, then cash, hedge held and total."""

import math
from collections.abc import Sequence
from html import escape
from typing import Final

from core import words
from core.exposure import Position
from core.pipeline import Analysis
from dashboard.charts.base import Words, dates
from dashboard.charts.pictures import Whisker, cell_axis, cell_ticks, cell_whisker
from dashboard.parts import NO_DATA, TRIANGLE

_BLANK: Final = f'<td><span class="t3">{words.UNKNOWN}</span></td>'
_MANY: Final = 5
"""More lines than this are set closer."""


def describe(analysis: Analysis) -> Words:
    """What stands above the table."""
    settings, exposure = analysis.settings.beta, analysis.exposure
    held = [p for p in exposure.positions if p.role == "holding" and p.shares]
    known = [p for p in held if not p.reason]
    window = dates((exposure.window_start, exposure.window_end))
    errors = "Newey\u2013West errors, " if settings.errors == "newey-west" else ""
    subtitle = (
        f"OLS on {analysis.market.benchmark}, {settings.returns} returns, {errors}"
        f"{settings.window_sessions} sessions, {window} \u00b7 "
        f"{len(known)} of {len(held)} positions have a beta"
    )
    return Words("What is each position worth, and how much market is in it?", subtitle, "")


def table(analysis: Analysis, chosen: str | None) -> str:
    """The table; `chosen` is the ticker of the row that is lit."""
    exposure, benchmark = analysis.exposure, escape(analysis.market.benchmark)
    lines = exposure.positions
    ticks = cell_ticks([_whisker(line) for line in lines if not line.reason] + [_book(analysis)])
    gains = any(math.isfinite(line.gain) for line in lines)
    names = [
        "Ticker", "Shares", "Price $", "Value $", "Weight %", *(["Gain $"] if gains else []),
        "\u03b2 [95 % CI]", cell_axis(ticks), "R\u00b2", "n", "Dollar beta $", "Share of it %",
        f"{benchmark}-eq. shares", f"{benchmark} \u22121 %, $",
    ]  # fmt: skip
    top = "".join(f'<th scope="col">{name}</th>' for name in names)
    rows = [_row(line, ticks, gains, line.ticker == chosen) for line in lines if line.role == "holding"]
    rows.append(_cash(analysis, gains))
    rows += [_row(line, ticks, gains, line.ticker == chosen) for line in lines if line.role == "hedge"]
    rows.append(_total(analysis, ticks, gains))
    dense = "dense" if len(lines) > _MANY else ""
    return (
        f'<div class="scroll tall book"><table class="{dense}"><thead><tr>{top}</tr></thead>'
        f"<tbody>{''.join(rows)}</tbody></table></div>"
    )


def left_out(analysis: Analysis) -> str:
    """The card that names positions without a beta, and why; empty when there are none."""
    lines = analysis.exposure.left_out
    if not lines:
        return ""
    held = sum(1 for p in analysis.exposure.positions if p.shares)
    known = [line.share_of_nav for line in lines if math.isfinite(line.share_of_nav)]
    part = words.percent(math.fsum(abs(share) for share in known))
    unpriced = len(lines) - len(known)
    rest = f" and {unpriced} without a price" if unpriced and known else ""
    what = f"{part} of NAV{rest}" if known else f"{unpriced} without a price"
    rows = "".join(
        f'<tr><td>{escape(line.ticker)}</td><td class="text">{escape(line.reason)}</td>'
        f"<td>{_weight(line.share_of_nav)}</td></tr>"
        for line in lines
    )
    verb = "has" if len(lines) == 1 else "have"
    return (
        f'<section class="card warned state partial"><h2>{TRIANGLE}{len(lines)} of {held} positions '
        f"{verb} no beta</h2><p>{what}: left out of beta and of the order. Left out is not zero.</p>"
        '<div class="scroll"><table class="dense"><thead><tr><th scope="col">Ticker</th>'
        '<th scope="col" class="text">Reason</th><th scope="col">% of NAV</th></tr></thead>'
        f"<tbody>{rows}</tbody></table></div></section>"
    )


def _whisker(line: Position) -> Whisker:
    return Whisker(line.ticker, line.beta, line.beta_low, line.beta_high)


def _book(analysis: Analysis) -> Whisker:
    exposure = analysis.exposure
    now, low, high = (
        float(part[-1]) for part in (exposure.net_beta, exposure.net_beta_low, exposure.net_beta_high)
    )
    return Whisker("Book", now, low, high)


def _row(line: Position, ticks: list[float], gains: bool, chosen: bool) -> str:
    ticker = escape(line.ticker)
    name = f'{ticker} <span class="t3">hedge held</span>' if line.role == "hedge" else ticker
    first = (
        f"<td>{name}</td><td>{words.shares(line.shares)}</td><td>{words.number(line.price, 2)}</td>"
        f"<td>{_dollars(line.value)}</td><td>{_weight(line.weight)}</td>"
        + (f"<td>{_dollars(line.gain)}</td>" if gains else "")
    )
    kind = "chosen" if chosen else ""
    start = (
        f'<tr class="{kind}" tabindex="0" data-press="asset:{ticker}" aria-selected="{str(chosen).lower()}">'
    )
    if line.reason:
        return f"{start}{first}{_no_data(line.reason)}</tr>"
    return (
        f"{start}{first}{_measured(_whisker(line), ticks)}<td>{words.number(line.r_squared)}</td>"
        f"<td>{line.observations}</td><td>{_dollars(line.dollar_beta)}</td><td>{_share(line.share)}</td>"
        f"<td>{words.number(line.benchmark_shares, 0)}</td><td>{_dollars(line.profit_on_1pct_fall)}</td></tr>"
    )


def _cash(analysis: Analysis, gains: bool) -> str:
    cash, nav = analysis.exposure.cash, analysis.exposure.nav
    return (
        f'<tr class="plain"><td>Cash</td>{_BLANK}{_BLANK}<td>{_dollars(cash)}</td>'
        f"<td>{_weight(cash / nav)}</td>{_BLANK if gains else ''}"
        f'<td>0.00 <span class="ci">by definition</span></td><td></td>{_BLANK}{_BLANK}'
        "<td>0</td><td>0.0</td><td>0</td><td>0</td></tr>"
    )


def _total(analysis: Analysis, ticks: list[float], gains: bool) -> str:
    exposure = analysis.exposure
    known = [line for line in exposure.positions if math.isfinite(line.dollar_beta)]
    first = (
        f'<tr class="total"><td>Book</td><td></td><td></td><td>{_dollars(exposure.nav)}</td><td>100.0</td>'
        + (f"<td>{_gain(exposure.positions)}</td>" if gains else "")
    )
    if exposure.left_out and not known:
        return f"{first}{_no_data('no position has a beta')}</tr>"
    names = ("dollar_beta", "share", "benchmark_shares", "profit_on_1pct_fall")
    values = [[getattr(line, name) for line in known] for name in names]
    sums = [math.fsum(v for v in column if math.isfinite(v)) for column in values]
    seen = int(exposure.observations[-1])
    fit = f"<td>{words.number(exposure.systematic)}</td><td>{seen}</td>" if known else _BLANK * 2
    share = words.number(100 * sums[1], 1) if known else words.UNKNOWN
    return (
        f"{first}{_measured(_book(analysis), ticks)}{fit}<td>{_dollars(sums[0])}</td><td>{share}</td>"
        f"<td>{words.number(sums[2], 0)}</td><td>{_dollars(sums[3])}</td></tr>"
    )


def _gain(positions: Sequence[Position]) -> str:
    """The sum of the gains that are known, and of how many lines where that is not all."""
    held = [line for line in positions if line.shares]
    known = [line.gain for line in held if math.isfinite(line.gain)]
    part = f' <span class="ci">{len(known)} of {len(held)} lines</span>' if len(known) < len(held) else ""
    return f"{_dollars(math.fsum(known))}{part}"


def _measured(row: Whisker, ticks: list[float]) -> str:
    bounds = words.interval(row.low, row.high) or "no interval"
    figures = f'{words.number(row.value)} <span class="ci">{bounds}</span>'
    return f"<td>{figures}</td><td>{cell_whisker(row, ticks)}</td>"


def _no_data(reason: str) -> str:
    return f'<td colspan="8" class="text">{NO_DATA} <span class="unknown">{escape(reason)}</span></td>'


def _dollars(value: float) -> str:
    """Dollars without the sign: the unit stands in the header."""
    return words.number(value, 2 if 0 < abs(value) < 100 else 0)


def _weight(value: float) -> str:
    return words.number(100 * value, 1)


def _share(value: float) -> str:
    """The share of dollar beta with a bar; a negative one takes the other colour and side.

    A hedge is no part of what is to be hedged: it has no share, and its cell stays empty.
    """
    if not math.isfinite(value):
        return ""
    less = ' class="less"' if value < 0 else ""
    return (
        f'<span class="bar"><i{less} style="width:{min(abs(value), 1.0) * 100:.1f}%"></i></span>'
        f'<span class="figure">{words.number(100 * value, 1)}</span>'
    )

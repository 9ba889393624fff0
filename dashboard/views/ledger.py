"""The fills of an arm one by one, and the steps from the fund's gross profit to what the hedge made."""

import math
from dataclasses import fields
from html import escape
from typing import Final, Literal

from core import words
from core.costs import TradeCost
from core.ledger import Fill, Waterfall, ledger, waterfall
from core.pipeline import SHARED_MEMO, Analysis
from dashboard.charts.arms import NAMES
from dashboard.charts.base import Window, dates
from dashboard.parts import button, segments
from dashboard.views.crashes import dollars

ARMS: Final = {name: NAMES[name] for name in ("triggered", "always_hedged", "sold")}
"""The arms that trade."""

MOST: Final = 300
"""Fills that are listed before the reader asks for all."""

_ITEMS: Final = {
    "fixed": "Fixed",
    "proportional": "Proport.",
    "half_spread": "Half-spread",
    "tax": "Tax",
    "impact": "Impact",
}


def fills(analysis: Analysis, arm: str, brush: Window | None) -> list[Fill]:
    """The fills of an arm in a window, newest first."""
    found = SHARED_MEMO(ledger, analysis.backtest, arm)
    return [f for f in reversed(found) if brush is None or brush[0] <= f.session <= brush[1]]


def listed(analysis: Analysis, arm: str, brush: Window | None, *, split: bool, every: bool) -> str:
    """The ledger of an arm; `every` shows all fills.

    `split` shows the items of the cost, in place of the beta and the reason.
    """
    found = fills(analysis, arm, brush)
    tools = (
        f'<div class="tools">{segments("arm", ARMS, arm, label="Arm")}'
        f"{button('split:', 'Split the cost', pressed=split)}</div>"
    )
    if not found:
        where = f" in {escape(dates(brush))}" if brush is not None else ""
        return f'{tools}<p class="none">Nothing was traded{where}.</p>'
    shown = found if every else found[:MOST]
    items = tuple(_ITEMS.items()) if split else ()
    names = [
        "Filled", "Side", "Of the book" if arm == "sold" else "Shares", "Price", "Notional, $",
        "Cost, $", *((f"{name}, $" for _, name in items) if split else ("Net beta", "Reason")),
    ]  # fmt: skip
    words_at = len(names) if split else len(names) - 1
    top = "".join(
        f'<th scope="col" class="{"text" if i == words_at else ""}">{name}</th>'
        for i, name in enumerate(names)
    )
    rows = "".join(_row(fill, arm, items) for fill in shown)
    paid = math.fsum(fill.cost.total for fill in found)
    turned = math.fsum(fill.notional for fill in found)
    parts = "".join(
        f"<td>{_plain(math.fsum(getattr(fill.cost, key) for fill in found))}</td>" for key, _ in items
    )
    total = (
        f'<tr class="total"><td>{len(found)} fills</td><td></td><td></td><td></td>'
        f"<td>{_plain(turned)}</td><td>{_plain(paid)}</td>{parts or '<td></td><td></td>'}</tr>"
    )
    more = button("every:", f"Show all {len(found)} fills") if len(shown) < len(found) else ""
    where = f" in {dates(brush)}" if brush is not None else ""
    what = (
        "The part of every holding that is sold or bought back."
        if arm == "sold"
        else f"Fills of {analysis.market.hedge}."
    )
    lag = analysis.backtest.lag
    decided = "one session" if lag == 1 else f"{lag} sessions"
    beta = "" if split else "; beta of the book before and after"
    note = f"{what} Newest first{where}; decided at the close {decided} before{beta}."
    return (
        f'{tools}<div class="scroll tall fills" tabindex="0"><table class="dense"><thead><tr>{top}</tr>'
        f'</thead><tbody>{total}{rows}</tbody></table></div><p class="foot">{escape(note)} {more}</p>'
    )


def _row(fill: Fill, arm: str, items: tuple[tuple[str, str], ...]) -> str:
    size = words.percent(fill.shares) if arm == "sold" else words.shares(fill.shares)
    last = (
        "".join(f"<td>{_plain(getattr(fill.cost, key))}</td>" for key, _ in items)
        or f"<td>{words.number(fill.beta_before)} \u2192 {words.number(fill.beta_after)}</td>"
        f'<td class="text">{escape(fill.reason)}</td>'
    )
    return (
        f'<tr title="Decided at the close of {words.day(fill.decided)}: {escape(fill.reason)}">'
        f"<td>{words.day(fill.session)}</td>"
        f'<td class="side">{fill.side}</td><td>{size}</td><td>{words.number(fill.price)}</td>'
        f"<td>{_plain(fill.notional)}</td>"
        f'<td title="{escape(_said(fill.cost))}">{_plain(fill.cost.total)}</td>'
        f"{last}</tr>"
    )


def _said(cost: TradeCost) -> str:
    """The items of a cost in one line."""
    known = {f.name: getattr(cost, f.name) for f in fields(cost)}
    return ", ".join(f"{name} {words.money(known[key])}" for key, name in _ITEMS.items() if known[key])


def _plain(value: float) -> str:
    """Dollars without the sign: the unit stands in the header."""
    return words.number(value, 2 if 0 < abs(value) < 1000 else 0)


def costs(analysis: Analysis, brush: Window | None) -> str:
    """The two waterfalls, each step as a bar where the one before ended, with its dollars."""
    falls = [_fall(analysis, "triggered", brush), _fall(analysis, "always_hedged", brush)]
    levels = [_levels(fall) for fall in falls]
    every = [0.0, *(v for arm in levels for pair in arm for v in pair)]
    low, high = min(every), max(every)
    wide = max(high - low, 1e-9)
    rows = []
    count = len(falls[0].steps)
    for i in range(count + 1):
        last = i == count
        name = "What the hedge made, net" if last else falls[0].steps[i][0]
        cells = []
        for fall, ends in zip(falls, levels, strict=True):
            amount = fall.net if last else fall.steps[i][1]
            cells.append(f'<td class="bars">{_bar(ends[i], low, wide, last)}</td><td>{dollars(amount)}</td>')
        rows.append(f'<tr class="{"total" if last else ""}"><td>{name}</td>{"".join(cells)}</tr>')
    where = f" Dates: {dates(brush)}." if brush is not None else ""
    note = (
        "From the fund\u2019s profit to triggered (or always hedged) less unhedged; the steps add up. "
        f"The fund\u2019s own fee is in its price.{where}"
    )
    return (
        '<div class="scroll tall costs" tabindex="0"><table class="dense"><thead><tr>'
        '<th scope="col">Step</th><th scope="col" colspan="2">Triggered, $</th>'
        '<th scope="col" colspan="2">Always hedged, $</th></tr>'
        f'</thead><tbody>{"".join(rows)}</tbody></table></div><p class="foot">{escape(note)}</p>'
    )


def _fall(analysis: Analysis, arm: Literal["triggered", "always_hedged"], brush: Window | None) -> Waterfall:
    return SHARED_MEMO(waterfall, analysis.backtest, arm, window=brush)


def _levels(fall: Waterfall) -> list[tuple[float, float]]:
    """Where each bar begins and ends; the last, the net, stands on zero."""
    made, level = [], 0.0
    for _, amount in fall.steps:
        made.append((level, level + amount))
        level += amount
    return [*made, (0.0, fall.net)]


def _bar(ends: tuple[float, float], low: float, wide: float, last: bool) -> str:
    left, right = (100.0 * (v - low) / wide for v in sorted(ends))
    size = max(right - left, 0.8) if ends[0] != ends[1] else 0.0
    zero = 100.0 * -low / wide
    kind = "net" if last else "gain" if ends[1] > ends[0] else "loss"
    return (
        f'<svg width="100%" height="16" aria-hidden="true"><line x1="{zero:.2f}%" x2="{zero:.2f}%" y1="0" '
        f'y2="16" class="zero"/><rect class="{kind}" x="{left:.2f}%" width="{size:.2f}%" '
        'y="3" height="10" rx="1.5"/></svg>'
    )

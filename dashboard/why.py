"""The sums behind the figures: symbols, then values, then the result; all of it can be copied."""

import math
from html import escape

from core import words
from core.hedge_state import waiting_words
from core.instruments import instrument
from core.order import HedgeOrder
from core.pipeline import Analysis
from dashboard.charts.base import dates
from dashboard.charts.pictures import Whisker, whiskers

_LIMITS = {
    "band": "The trade would move net beta by no more than the no-trade band, so nothing is traded.",
    "minimum trade": "The trade is smaller than the smallest one allowed, so nothing is traded.",
    "capital cap": "The capital cap bounds the shares held.",
    "participation cap": "The participation cap bounds what is traded a day.",
    "at or below target": "The book is at or below its target beta, so no hedge is wanted.",
    "already there": "What is held is what is wanted.",
}


def ready(analysis: Analysis) -> HedgeOrder | None:
    """The order that waits while the hedge is off and there is nothing to trade; None in any other state."""
    return analysis.standby if analysis.order.limit == "off" and not analysis.order.problem else None


def order_steps(analysis: Analysis) -> tuple[str, ...]:
    """How the number of shares comes about, line by line, as plain text.

    While the hedge is off these are the shares were it fully on.
    """
    waiting = ready(analysis)
    order, exposure, hedge = waiting or analysis.order, analysis.exposure, analysis.settings.hedge
    kept = 1.0 - hedge.liquidity_discount
    fraction = 1.0 if waiting else float(analysis.state.fraction[-1])
    share = "" if fraction == 1.0 else " × f"
    symbols = f"N = ⌊ (β − β*) × NAV ÷ (−βh × P) × (1 − d){share} ⌋"
    values = (
        f"= ({words.number(float(exposure.beta[-1]), 6)} \u2212 {words.number(hedge.target_beta)})"
        f" \u00d7 {words.number(exposure.nav, 2)}"
        f" \u00f7 ({words.number(-order.hedge_beta, 4)} \u00d7 {words.number(order.price, 4)})"
        f" \u00d7 {words.number(kept, 3)}"
    )
    if share:
        values += f" \u00d7 {words.number(fraction, 3)}"
    exact = words.number(order.wanted_exact, 2)
    result = f"= {exact} \u2192 {words.shares(order.wanted)} {order.instrument}"
    start = f"Held {words.shares(order.held)}, so trade"
    if waiting:
        return symbols, values, result, f"{start} 0 while the hedge is off."
    return symbols, values, result, f"{start} {words.shares(order.shares)}{_instead(analysis)}."


def _instead(analysis: Analysis) -> str:
    """Why fewer shares are bought than wanted, where the funding is the reason."""
    funding = analysis.order.funding
    if funding.sell_fraction > 0:
        return (
            f": selling {words.percent(funding.sell_fraction)} of each holding to pay for it sells beta too"
        )
    if funding.benchmark_short > 0:
        short = f"{words.shares(funding.benchmark_short)} {analysis.market.benchmark}"
        return f": selling {short} short takes the place of the rest"
    return ""


def order_why(analysis: Analysis) -> str:
    """The content of the dialog behind the trade."""
    waiting, settings = ready(analysis), analysis.settings
    order = waiting or analysis.order
    steps = order_steps(analysis)
    formula = "".join(f"<div>{escape(step)}</div>" for step in steps[:3])
    how = "measured over the same window" if order.hedge_beta_measured else "as stated or set by hand"
    limit = _LIMITS.get(order.limit, "")
    first = ""
    if waiting:
        doing = waiting_words(analysis.state, settings.triggers)
        first = f"<p>The hedge is off{f': {doing}' if doing else ''}. Were it fully on:</p>"
    bounds = (
        f"At the bounds of beta\u2019s 95 % interval the same sum gives {words.shares(order.shares_low)} "
        f"and {words.shares(order.shares_high)}."
        if math.isfinite(order.shares_low) and math.isfinite(order.shares_high)
        else "The interval of beta is not known, so there is no range."
    )
    lots = "whole shares" if settings.hedge.lot == 1 else f"lots of {words.shares(settings.hedge.lot)}"
    share = ", f the share of the full hedge that the rule asks for" if "\u00d7 f" in steps[0] else ""
    picture = whiskers(
        [Whisker("", order.target, order.shares_low, order.shares_high)], decimals=0, zero=False, about=3
    )
    return (
        f'<div class="why">{first}<div class="formula">{formula}</div>'
        f"<p><b>{escape(steps[3])}</b> {escape(limit)}</p>"
        f"<p>\u03b2 is the beta of the holdings, \u03b2* the target, \u03b2h the beta of "
        f"{escape(order.instrument)} ({how}), P its last price, d the liquidity discount{share}; "
        f"\u230a \u230b cuts to {lots}. {bounds}</p>{picture}"
        f"{_copy(chr(10).join(steps))}</div>"
    )


def cost_items(analysis: Analysis) -> tuple[tuple[str, float], ...]:
    """What the order pays, item by item; items that are switched off are left out.

    While the hedge is off that is the order that waits.
    """
    order, costs = ready(analysis) or analysis.order, analysis.settings.costs
    cost = order.cost
    one_way = costs.proportional_round_trip / 2.0
    items = [
        ("Fixed fee", cost.fixed),
        (f"Proportional, {words.percent(one_way, 4)} one way", cost.proportional),
        (f"Half-spread, {costs.half_spread_bps:g} bp", cost.half_spread),
    ]
    if costs.sales_tax_on:
        items.append((f"Tax on sales, {words.percent(costs.sales_tax, 5)}", cost.tax))
    if costs.impact:
        items.append(("Square-root impact", cost.impact))
    if order.other_costs:
        items.append(("Trades that fund it", order.other_costs))
    return tuple(items)


def cost_why(analysis: Analysis) -> str:
    """The content of the dialog behind cost and cash."""
    waiting, data = ready(analysis), analysis.settings.data
    order = waiting or analysis.order
    funding = order.funding
    fee = instrument(data.hedge, factor=data.model_factor, fee=data.model_fee).fee
    rows = "".join(_pair(name, words.money(value)) for name, value in cost_items(analysis))
    name = "Cost if on" if waiting else "Cost now"
    total = _pair(name, f"<b>{words.money(order.cost_now)}</b>", "ruled")
    both_ways = _pair("In and out of the hedge", words.money(order.round_trip))
    cash = _pair("Cash needed", words.money(funding.cash_needed), "ruled")
    cash += _pair("Cash had", words.money(funding.cash_had))
    if funding.shortfall:
        covered = funding.trades
        cash += _pair("Short", f'<b class="{"" if covered else "crit"}">{words.money(funding.shortfall)}</b>')
    carry = ""
    if funding.financing_a_day:
        sum_ = f"{words.money(funding.shortfall)} \u00d7 {words.percent(funding.borrow_rate, 2)} \u00f7 252"
        carry += _pair(
            f'Financing a day <span class="t3">{sum_}</span>', words.money(funding.financing_a_day), "ruled"
        )
    held = words.money(order.target * order.price) if order.target else words.money(0.0)
    sum_ = f"{held} \u00d7 {words.percent(fee, 2)} \u00f7 252, in the price, not charged"
    carry += _pair(
        f'Fund fee a day <span class="t3">{sum_}</span>', words.money(order.fund_fee_a_day),
        "" if carry else "ruled",
    )  # fmt: skip
    text = "\n".join(f"{name}: {words.money(value)}" for name, value in cost_items(analysis))
    text += f"\n{name}: {words.money(order.cost_now)}"
    first = "<p>The hedge is off and costs nothing now. Were it fully on:</p>" if waiting else ""
    return (
        f'<div class="why">{first}<div class="pairs">{rows}{total}{both_ways}{cash}{carry}</div>'
        f"<p>{_carry_note(2 if funding.financing_a_day else 1, name)}</p>"
        f"{_copy(text)}</div>"
    )


def _carry_note(lines: int, cost: str) -> str:
    cost = cost[0].lower() + cost[1:]
    if lines == 1:
        return f"The line a day is what holding costs. It is not part of the {cost}."
    return f"The two lines a day are what holding costs. They are not part of the {cost}."


def data_facts(analysis: Analysis) -> str:
    """The content of the dialog behind beta: the days and prices it is measured on, and the notes on them."""
    market, exposure = analysis.market, analysis.exposure
    held = [p for p in exposure.positions if p.shares and p.role == "holding"]
    measured = sum(1 for p in held if not p.reason)
    used = int(exposure.observations[-1]) if held else 0
    facts = (
        ("Prices", f"{escape(market.source)}, to {words.day(market.as_of)}"),
        ("Window", dates((exposure.window_start, exposure.window_end))),
        ("Sessions used", f"{used} of {analysis.settings.beta.window_sessions}"),
        (
            "Positions with a \u03b2",
            f'<span class="{"b warn" if measured < len(held) else ""}">{measured} of {len(held)}</span>',
        ),
    )
    pairs = "".join(_pair(name, value) for name, value in facts)
    return f'<div class="why"><div class="pairs">{pairs}</div>{notes_list(analysis)}</div>'


def notes_list(analysis: Analysis) -> str:
    """The notes on the data."""
    rows = "".join(
        f"<li>{f'<b>{escape(note.ticker)}</b> ' if note.ticker else ''}{escape(note.text)}</li>"
        for note in analysis.market.notes
    )
    return f'<ul class="notes">{rows}</ul>' if rows else "<p>There is nothing to note about the prices.</p>"


def _copy(text: str) -> str:
    return f'<p><button type="button" class="box" data-copy="{escape(text)}">Copy</button></p>'


def _pair(name: str, value: str, kind: str = "") -> str:
    return f'<div class="{kind}">{name}</div><div class="{kind}">{value}</div>'

"""The four tiles of Today: beta before and after, the triggers, the trade, cost and cash."""

import math
from html import escape
from typing import Final

from core import words
from core.decision import rule_lines
from core.hedge_state import waiting_words
from core.instruments import instrument
from core.order import HedgeOrder
from core.pipeline import Analysis
from dashboard import why
from dashboard.charts.pictures import Whisker, whiskers
from dashboard.parts import NO_DATA, TRIANGLE, dialog, opener
from dashboard.signals import Reading, readings
from dashboard.views.distance import name_of, shown

_ARROW = '<span class="t3" aria-label="to">\u2192</span>'

_BOUNDS = '<span class="opt">If \u03b2 is at its bounds</span><span class="tight">At \u03b2 bounds</span>'

_ROWS: Final = 3
"""Signals that a tile has lines for."""

_BECAUSE: Final = {
    "band": "inside the no-trade band",
    "already there": "the hedge is in place",
    "minimum trade": "under the minimum trade",
    "at or below target": "beta is at or below target",
}
"""Why there is nothing to trade, in few words."""


def tiles(analysis: Analysis) -> tuple[str, str, str, str]:
    """The tiles as HTML, from left to right."""
    return (beta_tile(analysis), triggers_tile(analysis), trade_tile(analysis), cash_tile(analysis))


def beta_tile(analysis: Analysis) -> str:
    """Net beta before and after the trade, both with their intervals on one axis."""
    exposure, order = analysis.exposure, analysis.order
    now, low, high = (
        float(a[-1]) for a in (exposure.net_beta, exposure.net_beta_low, exposure.net_beta_high)
    )
    length = analysis.settings.beta.window_sessions
    when = f"{length} d to {words.day(exposure.window_end, year=False)}"
    inside = dialog("beta-data", "Which days and prices is beta from?", why.data_facts(analysis))
    if not math.isfinite(now):
        reason = exposure.left_out[0].reason if exposure.left_out else "no position has a beta"
        said = f'<p class="t3">{escape(reason)}</p>'
        return (
            _tile("Market beta", f"{NO_DATA} {opener('beta-data', 'Data')}", words.UNKNOWN, said, reason)
            + inside
        )
    right = opener("beta-data", when, short="Data")
    if order.too_uncertain:
        right = f'<span class="tag warn">{TRIANGLE}Too uncertain</span> ' + opener("beta-data", "Data")
    after = [Whisker("after the trade", order.residual_beta, order.residual_low, order.residual_high)]
    if order.problem or order.side == "none":
        figure, after, short = words.number(now), [], words.interval(low, high)
    else:
        figure, short = f"{words.number(now)} {_ARROW} {words.number(order.residual_beta)}", when
    picture = whiskers([Whisker("now", now, low, high, "unhedged"), *after])
    label = 'Market beta<span class="opt">, before \u2192 after</span>' if after else "Market beta"
    return _tile(label, right, figure, picture, order.review or short) + inside


def triggers_tile(analysis: Analysis) -> str:
    """How many signals fired, each in one line, and whether the hedge is on."""
    decision, settings = analysis.decision, analysis.settings.triggers
    fraction = float(analysis.state.fraction[-1])
    share = words.percent(fraction, 0)
    tag = '<span class="tag off"><i class="square off"></i>Hedge off</span>'
    if fraction > 0:
        said = f'<span class="opt">Hedge on {share}</span><span class="tight">On {share}</span>'
        tag = f'<span class="tag fired"><i class="square fired"></i><span>{said}</span></span>'
    used, _ = readings(analysis)
    if not used:
        rule = escape(rule_lines(settings, analysis.signals)[0])
        return _tile(
            "Triggers", tag, "No trigger", f'<p class="t3">The rule: {rule}.</p>', "the rule is fixed"
        )
    available, blind = int(decision.available[-1]), len(used) - int(decision.available[-1])
    doing = waiting_words(analysis.state, settings)
    note = f"available{f', {blind} no data' if blind else ''}"
    few = f"{blind} no data" if blind else "available"
    if doing:
        few = doing.partition(",")[0]
    long = doing.replace(", close", "").removesuffix(" at zero") or note
    aside = f'<small><span class="opt">{long}</span><span class="tight">{few}</span></small>'
    rows = [_signal(at) for at in used]
    if len(rows) > _ROWS:
        rest = used[_ROWS - 1 :]
        fired = sum(1 for at in rest if at.state == 1)
        rows = [*rows[: _ROWS - 1], _row("", f"{len(rest)} more", "", f"{fired} fired")]
    figure = f"{int(decision.fired[-1])} of {available} {aside}"
    return _tile("Triggers", tag, figure, f'<div class="signals">{"".join(rows)}</div>', doing or note)


def _signal(at: Reading) -> str:
    long = short = name_of(at)
    if at.signal.name == "vix_inversion" and not at.stands_in:
        long = short = "VIX / VIX3M"
    elif at.signal.name == "price_break":
        long, short = at.signal.condition.replace(" < ", " vs "), at.label
    elif at.signal.name == "stop_loss_cluster":
        long, short = ("Stop-loss estimate", "Stop-loss, est.") if at.badge else (at.label, "Stop-loss")
    name = f'<span class="opt">{escape(long)}</span><span class="tight">{escape(short)}</span>'
    return _row(at.square, name, shown(at), at.tag)


def _row(square: str, name: str, value: str, state: str) -> str:
    return f"<div>{square}<span>{name}</span><span>{value}</span><span>{state}</span></div>"


def trade_tile(analysis: Analysis) -> str:
    """What to trade, at which price, for how much, and how far the count could be off."""
    order, waiting = analysis.order, why.ready(analysis)
    if order.problem:
        return _tile(
            "Trade", NO_DATA, words.UNKNOWN, f'<p class="t3">{escape(order.problem)}</p>', order.problem
        )
    if waiting:
        return _ready_tile(analysis, waiting)
    verb = {"buy": "Buy ", "sell": "Sell ", "none": ""}[order.side]
    name = f"<small>{escape(order.instrument)}</small>"
    figure = f"{verb}{words.shares(order.shares)} {name}" if order.side != "none" else "Do nothing"
    price = "Modelled close" if analysis.market.hedge_modelled[-1] else "Limit, last close"
    first, second = (price, words.price(order.price)), ("Notional", words.money(order.notional))
    if order.side != "none" and order.held:
        first = (f"{price} {words.price(order.price)}", words.money(order.notional))
        whose = "the rule" if analysis.settings.hedge.held == "rule" else "the book"
        held = f"{words.shares(order.held)} {_ARROW} {words.shares(order.target)}"
        second = (f"Held by {whose}", held)
    if order.side == "none":
        first = ("Because", _BECAUSE.get(order.limit, f"the {escape(order.limit)} leaves none"))
        second = ("Held", _held(analysis))
    rows = _rows(first, second, (_BOUNDS, _bounds(order)))
    tag = f'<span class="tag warn">{TRIANGLE}Review</span> ' if order.review else ""
    title = "Why nothing?" if order.side == "none" else f"Why {words.shares(order.shares)}?"
    link = tag + opener("why-order", title)
    inside = dialog("why-order", title, why.order_why(analysis))
    return _tile("Trade", link, figure, rows, f"range {_bounds(order)}") + inside


def _ready_tile(analysis: Analysis, waiting: HedgeOrder) -> str:
    """Nothing to trade while the hedge is off, and the order that is ready for when it is on."""
    if waiting.side == "none":
        text = "nothing to buy either"
        rows = _rows(("If on", text), ("Because", _BECAUSE.get(waiting.limit, escape(waiting.limit))))
    else:
        text = f"{waiting.side} {words.shares(waiting.shares)} {escape(waiting.instrument)}"
        rows = _rows(
            ("If on", f"<b>{text}</b>"),
            (f"At {words.price(waiting.price)}", words.money(waiting.notional)),
            (_BOUNDS, _bounds(waiting)),
        )
    title = f"Why {words.shares(waiting.shares)}?" if waiting.shares else "Why nothing?"
    inside = dialog("why-order", title, why.order_why(analysis))
    return _tile("Trade", opener("why-order", title), "Nothing to trade", rows, f"if on: {text}") + inside


def _bounds(order: HedgeOrder) -> str:
    if not (math.isfinite(order.shares_low) and math.isfinite(order.shares_high)):
        return f"{words.UNKNOWN} no interval"
    return f"{words.shares(order.shares_low)} \u2013 {words.shares(order.shares_high)}"


def cash_tile(analysis: Analysis) -> str:
    """Whether cash covers the trade, what it costs now, and what holding it costs a day."""
    waiting, order = why.ready(analysis), analysis.order
    funding = order.funding
    if waiting:
        return _ready_cash_tile(analysis, waiting)
    if order.problem:
        figure, note = _both(funding.cash_had, "Cash "), "no order to pay for"
    elif funding.sold:
        figure, note = _both(funding.sold, "Sell "), "of stock, the same part of each holding"
    elif funding.benchmark_short:
        name = escape(analysis.market.benchmark)
        figure = f"{words.shares(funding.benchmark_short)} {name} short"
        note = "in place of the part that cash does not buy"
    elif funding.shortfall:
        figure = f'<span class="crit">{TRIANGLE}{_both(funding.shortfall, "Short ")}</span>'
        note = f"has {words.short_money(funding.cash_had)} of {words.short_money(_needed(analysis))}"
    else:
        left = funding.cash_had - funding.cash_needed
        figure, note = _both(left, "", " left"), f"cost now {words.money(order.cost_now)}"
    rows = _rows(
        ("Cost now", f"<b>{words.money(order.cost_now)}</b>"),
        _financing(analysis, order),
        ("Fee a day", _fee(analysis, order)),
    )
    inside = dialog("why-cost", f"Why {words.money(order.cost_now)}?", why.cost_why(analysis))
    return (
        _tile("Cost and cash", opener("why-cost", f"Why {words.money(order.cost_now)}?"), figure, rows, note)
        + inside
    )


def _ready_cash_tile(analysis: Analysis, waiting: HedgeOrder) -> str:
    """The cash there is while the hedge is off, and what the order that waits would take of it."""
    funding = waiting.funding
    figure = _both(funding.cash_had, "", " cash")
    left = ("Cash left if on", words.money(funding.cash_had - funding.cash_needed))
    if funding.shortfall and not funding.trades:
        left = ("Short if on", f"<b>{words.money(funding.shortfall)}</b>")
    elif funding.shortfall:
        name, value = _financing(analysis, waiting)
        left = (f"{name}, if on", value)
    cost = words.money(waiting.cost_now)
    fee = ("Fee a day if on", _fee(analysis, waiting))
    if funding.financing_a_day:
        fee = ("Financing if on", f'{words.money(funding.financing_a_day)} <span class="t3">a day</span>')
    title = "What would it cost?"
    inside = dialog("why-cost", title, why.cost_why(analysis))
    rows = _rows(("Cost if on", f"<b>{cost}</b>"), left, fee)
    return (
        _tile(
            "Cost and cash",
            opener("why-cost", "What if on?", short="If on"),
            figure,
            rows,
            f"cost if on {cost}",
        )
        + inside
    )


def _fee(analysis: Analysis, order: HedgeOrder) -> str:
    data = analysis.settings.data
    charged = instrument(data.hedge, factor=data.model_factor, fee=data.model_fee).fee
    if not charged > 0:
        return "none" if charged == 0 else f'{words.UNKNOWN} <span class="t3">not on file</span>'
    said = '<span class="opt">in the price, not charged</span><span class="tight">in price</span>'
    return f'{words.money(order.fund_fee_a_day)} <span class="t3">{said}</span>'


def _financing(analysis: Analysis, order: HedgeOrder) -> tuple[str, str]:
    funding = order.funding
    if funding.mode == "sell" and funding.shortfall:
        return ("Sell of each holding", words.percent(funding.sell_fraction))
    if funding.mode == "short" and funding.shortfall:
        return (
            f"Sell {escape(analysis.market.benchmark)} short",
            f"{words.shares(funding.benchmark_short)} sh",
        )
    if not funding.financing_a_day:
        return ("Financing a day", f'{words.money(0.0)} <span class="t3">no loan</span>')
    rate = words.percent(funding.borrow_rate, 2)
    return (
        "Financing a day",
        f'{words.money(funding.financing_a_day)} <span class="t3 opt">{rate}/y</span>',
    )


def _needed(analysis: Analysis) -> float:
    funding = analysis.order.funding
    return funding.cash_had + funding.shortfall


def _held(analysis: Analysis) -> str:
    order = analysis.order
    return f"{words.shares(order.held)} {escape(order.instrument)}"


def _both(value: float, before: str, after: str = "") -> str:
    """Money in full, and short for narrow tiles."""
    long, short = words.money(value), words.short_money(value)
    return f'{before}<span class="long">{long}</span><span class="short">{short}</span>{after}'


def _rows(*rows: tuple[str, str]) -> str:
    return "<dl>" + "".join(f"<div><dt>{name}</dt><dd>{value}</dd></div>" for name, value in rows) + "</dl>"


def _tile(label: str, right: str, figure: str, rest: str, note: str) -> str:
    return (
        f'<div class="tile"><div class="top"><span>{label}</span><span>{right}</span></div>'
        f'<div class="figure">{figure}</div>{rest}<p class="note">{escape(note)}</p></div>'
    )

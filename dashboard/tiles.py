"""The four tiles of Today: beta before and after, the trade, cost and cash, the data behind it all."""

import math
from html import escape

from core import words
from core.instruments import instrument
from core.pipeline import Analysis
from dashboard import why
from dashboard.charts.base import dates
from dashboard.charts.pictures import Whisker, whiskers
from dashboard.parts import NO_DATA, TRIANGLE, dialog, opener

_ARROW = '<span class="t3" aria-label="to">\u2192</span>'

_BOUNDS = '<span class="opt">If \u03b2 is at its bounds</span><span class="tight">At \u03b2 bounds</span>'


def tiles(analysis: Analysis) -> tuple[str, str, str, str]:
    """The tiles as HTML, from left to right."""
    return (beta_tile(analysis), trade_tile(analysis), cash_tile(analysis), data_tile(analysis))


def beta_tile(analysis: Analysis) -> str:
    """Net beta before and after the trade, both with their intervals on one axis."""
    exposure, order = analysis.exposure, analysis.order
    now, low, high = (
        float(a[-1]) for a in (exposure.net_beta, exposure.net_beta_low, exposure.net_beta_high)
    )
    length = analysis.settings.beta.window_sessions
    when = f"{length} d to {words.day(exposure.window_end, year=False)}"
    if not math.isfinite(now):
        reason = exposure.left_out[0].reason if exposure.left_out else "no position has a beta"
        return _tile("Market beta", NO_DATA, words.UNKNOWN, f'<p class="t3">{escape(reason)}</p>', reason)
    warning = f'<span class="tag warn">{TRIANGLE}Too uncertain</span>' if order.too_uncertain else when
    after = [Whisker("after the trade", order.residual_beta, order.residual_low, order.residual_high)]
    if order.problem or order.side == "none":
        figure, after, short = words.number(now), [], words.interval(low, high)
    else:
        figure, short = f"{words.number(now)} {_ARROW} {words.number(order.residual_beta)}", when
    picture = whiskers([Whisker("now", now, low, high, "unhedged"), *after])
    label = 'Market beta<span class="opt">, before \u2192 after</span>' if after else "Market beta"
    return _tile(label, warning, figure, picture, order.review or short)


def trade_tile(analysis: Analysis) -> str:
    """What to trade, at which price, for how much, and how far the count could be off."""
    order = analysis.order
    if order.problem:
        return _tile(
            "Trade", NO_DATA, words.UNKNOWN, f'<p class="t3">{escape(order.problem)}</p>', order.problem
        )
    verb = {"buy": "Buy ", "sell": "Sell ", "none": ""}[order.side]
    name = f"<small>{escape(order.instrument)}</small>"
    figure = f"{verb}{words.shares(order.shares)} {name}" if order.side != "none" else "Do nothing"
    known = math.isfinite(order.shares_low) and math.isfinite(order.shares_high)
    bounds = f"{words.shares(order.shares_low)} \u2013 {words.shares(order.shares_high)}"
    price = "Modelled close" if analysis.market.hedge_modelled[-1] else "Limit, last close"
    rows = _rows(
        (price, words.price(order.price)),
        ("Notional", words.money(order.notional)) if order.side != "none" else ("Held", _held(analysis)),
        (
            _BOUNDS,
            bounds if known else f"{words.UNKNOWN} no interval",
        ),
    )
    tag = f'<span class="tag warn">{TRIANGLE}Review</span> ' if order.review else ""
    title = "Why nothing?" if order.side == "none" else f"Why {words.shares(order.shares)}?"
    link = tag + opener("why-order", title)
    inside = dialog("why-order", title, why.order_why(analysis))
    note = f"range {bounds}" if known else "no interval of beta"
    return _tile("Trade", link, figure, rows, note) + inside


def cash_tile(analysis: Analysis) -> str:
    """Whether cash covers the trade, what it costs now, and what holding it costs a day."""
    order, data = analysis.order, analysis.settings.data
    funding = order.funding
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
    said = '<span class="opt">in the price, not charged</span><span class="tight">in price</span>'
    fee = f'{words.money(order.fund_fee_a_day)} <span class="t3">{said}</span>'
    charged = instrument(data.hedge, factor=data.model_factor, fee=data.model_fee).fee
    if not charged > 0:
        fee = "none" if charged == 0 else f'{words.UNKNOWN} <span class="t3">not on file</span>'
    rows = _rows(
        ("Cost now", f"<b>{words.money(order.cost_now)}</b>"),
        _financing(analysis),
        ("Fee a day", fee),
    )
    inside = dialog("why-cost", f"Why {words.money(order.cost_now)}?", why.cost_why(analysis))
    return (
        _tile("Cost and cash", opener("why-cost", f"Why {words.money(order.cost_now)}?"), figure, rows, note)
        + inside
    )


def data_tile(analysis: Analysis) -> str:
    """The day and the source of the prices, and how much of the book they cover."""
    market, exposure = analysis.market, analysis.exposure
    held = [p for p in exposure.positions if p.shares and p.role == "holding"]
    measured = sum(1 for p in held if not p.reason)
    length = analysis.settings.beta.window_sessions
    whole = dates((exposure.window_start, exposure.window_end))
    # The end of the window is the tile's own figure, so a narrow tile can leave it out.
    window = (
        f'<span class="opt">{whole}</span><span class="tight">from {words.day(exposure.window_start)}</span>'
    )
    used = int(exposure.observations[-1]) if held else 0
    count = len(market.notes)
    part = "b warn" if measured < len(held) else ""
    rows = _rows(
        ("Window", window),
        ("Sessions used", f"{used} of {length}"),
        ("Positions with a \u03b2", f'<span class="{part}">{measured} of {len(held)}</span>'),
    )
    link = opener("notes", f"{count} note{'' if count == 1 else 's'}", short="Notes")
    inside = dialog("notes", "Notes on the data", why.notes_list(analysis))
    note = f"{market.source}, {measured} of {len(held)} with a \u03b2"
    label = f"Data to \u00b7 {escape(market.source)}"
    return _tile(label, link, words.day(market.as_of), rows, note) + inside


def _financing(analysis: Analysis) -> tuple[str, str]:
    funding = analysis.order.funding
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

"""Beside and above the chart of Today: what would change next, and what changed since the session before."""

import math
from html import escape

import numpy as np

from core import words
from core.pipeline import Analysis
from core.types import FloatArray
from dashboard import why
from dashboard.charts.book import same_book, state_word
from dashboard.charts.pictures import gauge, split_bar
from dashboard.parts import NO_DATA, dialog, opener
from dashboard.views.distance import triggers


def side(analysis: Analysis) -> str:
    """The whole card as HTML."""
    spare = f'<div class="spare">{risk(analysis)}{since(analysis)}</div>'
    return triggers(analysis) + next_rebalance(analysis) + spare


def next_rebalance(analysis: Analysis) -> str:
    """The benchmark's levels at which net beta leaves the band."""
    waiting = why.ready(analysis)
    order = waiting or analysis.order
    market, band = analysis.market, analysis.settings.hedge.band
    title, name, tag = (
        'Next rebalance<span class="opt"> of the hedge</span>',
        escape(market.benchmark),
        "",
    )
    if order.problem:
        return _block(title, "", f"{NO_DATA} {escape(order.problem)}")
    if waiting:
        tag, start = "Hedge off", "Nothing is held. Once on: "
    elif order.side == "none":
        tag, start = ("Inside band" if order.limit in ("band", "already there") else "Nothing held"), ""
    else:
        tag, start = "After the trade", ""
    if order.side == "none" and not order.target:
        return _block(title, "", _live("No hedge is wanted at this beta: none to rebalance."), tag=tag)
    if not (math.isfinite(order.check_low) or math.isfinite(order.check_high)):
        far = f"no move of {name} within \u00b150\u202f% takes net beta out of the band."
        return _block(title, "", _live(start + far if start else f"N{far[1:]}"), tag=tag)
    wanted = words.number(order.residual_beta)
    picture = gauge(
        float(market.benchmark_close[-1]), order.check_low, order.check_high, name=market.benchmark
    )
    said = f"{name} close at which net beta leaves {wanted}\u00a0\u00b1\u00a0{band:g}"
    return _block(title, "", _live(start + said) + picture, tag=tag)


def risk(analysis: Analysis) -> str:
    """The share of the book's variance that the market explains, and what no market hedge can remove."""
    exposure, hedge = analysis.exposure, escape(analysis.order.instrument)
    title = f"How much of the risk can {hedge} remove?"
    if not 0.0 <= exposure.systematic <= 1.0:
        reason = "no position has a beta" if exposure.left_out else "there are no positions"
        return _block(title, "Share of variance", f"<p>{NO_DATA} {reason}</p>")
    length, when = analysis.settings.beta.window_sessions, words.day(exposure.window_end)
    yearly = words.percent(exposure.volatility)
    sub = f"Variance, {length} sessions to {when}; volatility {yearly} a year"
    market, own = words.percent(exposure.systematic, 0), words.percent(1.0 - exposure.systematic, 0)
    legend = (
        f'<div class="legend"><span><b>{market} market</b><br>{hedge} can remove it</span>'
        f"<span><b>{own} own</b><br>stays whatever you trade</span></div>"
    )
    return _block(title, sub, split_bar(exposure.systematic) + legend)


def since(analysis: Analysis) -> str:
    """What moved since the session before, as a block."""
    before = words.day(analysis.market.sessions[-2], year=False)
    return _block(f"What moved since {before}?", "", changes(analysis))


def changes(analysis: Analysis) -> str:
    """What moved from the session before to the last one, at today's quantities, as a table."""
    market, plan = analysis.market, analysis.plan
    comparable = bool(same_book(analysis)[-2])
    shares = plan.shares[-2:] if comparable else np.array([np.nan, plan.shares[-1]])
    priced = np.isfinite(analysis.portfolio.value[-2:])
    # Where a price is missing on one of the days, NAV is that of another book.
    nav = np.where(
        (priced[0] == priced[1]).all(), analysis.portfolio.nav[-2:], [np.nan, analysis.portfolio.nav[-1]]
    )
    level, price = market.benchmark_close[-2:], market.hedge_close[-2:]
    rows = (
        (market.benchmark, words.number(float(level[1])), _percent(level)),
        (market.hedge, words.price(float(price[1])), _percent(price)),
        ("NAV at these holdings", words.money(float(nav[1])), _percent(nav)),
        ("Hedge wanted, shares", words.shares(float(shares[1])), _step(float(shares[1] - shares[0]), 0)),
    )
    table = "".join(
        f"<tr><td>{escape(name)}</td><td>{value}</td><td>{change}</td></tr>" for name, value, change in rows
    )
    return f'<table class="dense changes"><tbody>{table}</tbody></table>'


def strip(analysis: Analysis) -> str:
    """The hedge's state, and why beta is another than the session before: steps that add up to the change."""
    change, before = analysis.change, words.day(analysis.market.sessions[-2], year=False)
    start = f"<b>Since {before}</b><span>Hedge <b>{_switched(analysis)}</b></span>"
    end = opener("changes", "All changes") + dialog(
        "changes", f"What moved since {before}?", changes(analysis)
    )
    if change.reason:
        return f"{start}<span>{words.UNKNOWN} {escape(change.reason)}</span>{end}"
    entered = words.day(analysis.market.as_of, year=False)
    gone = words.day(change.left_session, year=False)
    steps = (
        ('<span class="opt">Prices moved weights</span><span class="tight">Weights</span>', change.weights),
        (f'{entered} entered<span class="opt"> the window</span>', change.entered),
        (f"{gone} left", change.left),
    )
    parts = "".join(f"<span>{name} <b>{_step(value, 2)}</b></span>" for name, value in steps)
    return (
        f"{start}<span>Beta then <b>{words.number(change.yesterday)}</b></span>{parts}"
        f"<span>Beta now <b>{words.number(change.today)}</b></span>{end}"
    )


def _switched(analysis: Analysis) -> str:
    """The hedge's state and what became of it since the close before."""
    before, now = (state_word(float(share)) for share in analysis.state.fraction[-2:])
    if before != now:
        return f"{before} \u2192 {now} today"
    return f'{now}<span class="opt">, no change</span>'


def _percent(values: FloatArray) -> str:
    """The last step of a series of amounts, in per cent."""
    return _move(100.0 * float(values[-1] / values[-2] - 1.0), 1, "\u202f%")


def _step(change: float, decimals: int) -> str:
    """A change, with one more decimal where it would read as zero."""
    if not math.isfinite(change):
        return f'<span class="t3">{words.UNKNOWN} no figure the day before</span>'
    return _move(change, decimals + (abs(change) < 0.5 * 10.0**-decimals))


def _move(change: float, decimals: int, unit: str = "") -> str:
    """A change with its arrow and sign."""
    if not math.isfinite(change):
        return f'<span class="t3">{words.UNKNOWN} a price is missing</span>'
    text = words.change(change, decimals)
    if round(change, decimals) == 0:
        return '<span class="t3">no change</span>'
    arrow = "\u25b2" if change > 0 else "\u25bc"
    return f"{arrow} {text}{unit}"


def _live(said: str) -> str:
    return f'<p class="live">{said}</p>'


def _block(title: str, sub: str, content: str, *, tag: str = "") -> str:
    under = f'<p class="sub">{sub}</p>' if sub else ""
    state = f'<span class="tag off">{tag}</span>' if tag else ""
    return f'<div class="block"><h3><span><span>{title}</span></span>{state}</h3>{under}{content}</div>'

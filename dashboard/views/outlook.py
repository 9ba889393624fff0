"""The card beside the chart of Today: what comes next, and what changed since the session before."""

import math
from html import escape

import numpy as np

from core import words
from core.pipeline import Analysis
from core.types import FloatArray
from dashboard.charts.book import same_book
from dashboard.charts.pictures import Whisker, gauge, split_bar, whiskers
from dashboard.parts import NO_DATA


def side(analysis: Analysis) -> str:
    """The whole card as HTML."""
    spare = f'<div class="spare">{risk(analysis)}</div>'
    return next_rebalance(analysis) + order_range(analysis) + spare + since(analysis)


def next_rebalance(analysis: Analysis) -> str:
    """The benchmark's levels at which net beta leaves the band."""
    order, market, band = analysis.order, analysis.market, analysis.settings.hedge.band
    name = escape(market.benchmark)
    away = words.number(order.residual_beta)
    sub = f"{name} close at which net beta is {band:g} away from the wanted {away}"
    if order.problem:
        return _block("When is the next rebalance?", sub, f"{NO_DATA} {escape(order.problem)}")
    if not (math.isfinite(order.check_low) or math.isfinite(order.check_high)):
        return _block(
            "When is the next rebalance?",
            sub,
            f"<p>No move of {name} within \u00b150\u202f% takes it that far.</p>",
        )
    picture = gauge(
        float(market.benchmark_close[-1]), order.check_low, order.check_high, name=market.benchmark
    )
    how = '<span class="tall">, quantities kept and each holding moving by its beta</span>'
    return _block("When is the next rebalance?", f"{sub}{how}", picture)


def order_range(analysis: Analysis) -> str:
    """The shares wanted, and what they would be at the bounds of beta."""
    order = analysis.order
    title, sub = "What could the hedge be?", f"{escape(order.instrument)} held, at beta and at its bounds"
    if order.problem:
        return _block(title, sub, f"{NO_DATA} {escape(order.problem)}")
    picture = whiskers(
        [Whisker("", order.target, order.shares_low, order.shares_high)], decimals=0, zero=False, about=3
    )
    figures = (
        f"<b>{words.shares(order.target)}</b> "
        f'<span class="ci">{words.interval(order.shares_low, order.shares_high, 0) or "no interval"}</span>'
    )
    return _block(title, f"{sub}: {figures}", picture)


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
    """What moved from the session before to the last one, at today's quantities."""
    market, plan = analysis.market, analysis.plan
    before = words.day(market.sessions[-2], year=False)
    comparable = bool(same_book(analysis)[-2])
    shares = plan.shares[-2:] if comparable else np.array([np.nan, plan.shares[-1]])
    priced = np.isfinite(analysis.portfolio.value[-2:])
    # Where a price is missing on one of the days, NAV is that of another book.
    nav = np.where(
        (priced[0] == priced[1]).all(), analysis.portfolio.nav[-2:], [np.nan, analysis.portfolio.nav[-1]]
    )
    level, price = market.benchmark_close[-2:], market.hedge_close[-2:]
    rows = (
        ("", market.benchmark, words.number(float(level[1])), _percent(level)),
        ("tall", market.hedge, words.price(float(price[1])), _percent(price)),
        ("tall", "NAV at these holdings", words.money(float(nav[1])), _percent(nav)),
        ("", "Hedge wanted, shares", words.shares(float(shares[1])), _step(float(shares[1] - shares[0]), 0)),
    )
    table = "".join(
        f'<tr class="{kind}"><td>{escape(name)}</td><td>{value}</td><td>{change}</td></tr>'
        for kind, name, value, change in rows
    )
    return _block(
        f"What moved since {before}?", "", f'<table class="dense changes"><tbody>{table}</tbody></table>'
    )


def strip(analysis: Analysis) -> str:
    """Why beta is another than the session before: three steps that add up to the change."""
    change = analysis.change
    before = words.day(change.yesterday_session, year=False)
    start = f"<b>Since {before}</b>"
    if change.reason:
        return f"{start}<span>{words.UNKNOWN} {escape(change.reason)}</span>"
    entered = words.day(analysis.market.as_of, year=False)
    gone = words.day(change.left_session, year=False)
    steps = (
        ("Prices moved weights", change.weights),
        (f"{entered} entered the window", change.entered),
        (f"{gone} left", change.left),
    )
    parts = "".join(f"<span>{name} <b>{_step(value, 2)}</b></span>" for name, value in steps)
    return (
        f"{start}<span>Beta then <b>{words.number(change.yesterday)}</b></span>{parts}"
        f"<span>Beta now <b>{words.number(change.today)}</b></span>"
    )


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


def _block(title: str, sub: str, content: str) -> str:
    under = f'<p class="sub">{sub}</p>' if sub else ""
    return f'<div class="block"><h3>{title}</h3>{under}{content}</div>'

"""An analysis as plain values, for JSON and for text."""

import math
from dataclasses import fields
from typing import Any, Final

import numpy as np

from core import words
from core.exposure import LeftOut, Position
from core.fingerprint import Keyed
from core.pipeline import Analysis

_COLUMNS: Final = (
    "Ticker", "Shares", "Price", "Value $", "Weight", "Beta", "95 % interval", "R2", "n", "Dollar beta $",
)  # fmt: skip


def plain(value: object) -> Any:
    """A result as JSON values: numbers unrounded, dates as ISO text, null where a number is unknown."""
    if isinstance(value, Keyed):
        return {f.name: plain(getattr(value, f.name)) for f in fields(value)}  # type: ignore[arg-type]
    if isinstance(value, np.datetime64):
        return str(value.astype("datetime64[D]"))
    if isinstance(value, (float, np.floating)):
        return float(value) if math.isfinite(value) else None
    if isinstance(value, (tuple, list)):
        return [plain(item) for item in value]
    return value


def to_json(analysis: Analysis) -> dict[str, Any]:
    """Headline, as-of date, exposure and order as one object.

    ``exposure`` is the list of positions, the hedge already held among them with role "hedge";
    ``book`` is the whole: NAV, cash, beta with its interval, dollar beta and what was left out. Fractions are
    not per cent.
    """
    exposure, order = analysis.exposure, analysis.order
    cost = {**plain(order.cost), "other_trades": order.other_costs, "total": order.cost_now}
    return {
        "headline": str(analysis.headline),
        "as_of": plain(analysis.market.as_of),
        "benchmark": analysis.market.benchmark,
        "source": analysis.market.source,
        "exposure": [plain(position) for position in exposure.positions],
        "book": {
            "nav": plain(exposure.nav),
            "cash": plain(exposure.cash),
            "beta": plain(exposure.beta[-1]),
            "beta_low": plain(exposure.beta_low[-1]),
            "beta_high": plain(exposure.beta_high[-1]),
            "net_beta": plain(exposure.net_beta[-1]),
            "dollar_beta": plain(exposure.dollar_beta[-1]),
            "r_squared": plain(exposure.systematic),
            "volatility": plain(exposure.volatility),
            "window_start": plain(exposure.window_start),
            "window_end": plain(exposure.window_end),
            "left_out": [plain(item) for item in exposure.left_out],
        },
        "order": {**plain(order), "cost": cost, "round_trip": plain(order.round_trip)},
        "notes": [plain(note) for note in analysis.market.notes],
    }


def to_text(analysis: Analysis) -> str:
    """Headline, exposure table and order as lines of text."""
    market, exposure = analysis.market, analysis.exposure
    rows: list[tuple[str, ...]] = [_COLUMNS]
    rows += [_row(position) for position in exposure.positions]
    rows.append(
        ("Cash", "", "", words.number(exposure.cash, 0), _share(exposure.cash, exposure.nav), *[""] * 5)
    )
    rows.append(
        (
            "Book",
            "",
            "",
            words.number(exposure.nav, 0),
            words.percent(1.0),
            words.number(exposure.beta[-1]),
            words.interval(exposure.beta_low[-1], exposure.beta_high[-1]),
            words.number(exposure.systematic),
            str(int(exposure.observations[-1])),
            words.number(exposure.dollar_beta[-1], 0),
        )
    )
    widths = [max(len(row[k]) for row in rows) for k in range(len(rows[0]))]
    table = [
        "  ".join([row[0].ljust(widths[0]), *(c.rjust(w) for c, w in zip(row[1:], widths[1:], strict=True))])
        for row in rows
    ]
    window = f"{analysis.settings.beta.window_sessions} sessions"
    span = f"{words.day(exposure.window_start)} \u2013 {words.day(exposure.window_end)}"
    return "\n".join(
        [
            str(analysis.headline),
            "",
            f"Exposure to {market.benchmark}, {window}, {span} ({market.source})",
            *table,
            *[_left_out(item) for item in exposure.left_out],
            "",
            *_order_lines(analysis),
            *([""] if market.notes else []),
            *[f"{note.ticker or 'Note'}: {note.text}" for note in market.notes],
        ]
    )


def _share(part: float, whole: float) -> str:
    return words.percent(part / whole) if whole else words.UNKNOWN


def _row(position: Position) -> tuple[str, ...]:
    return (
        position.ticker,
        words.number(position.shares, 0),
        words.number(position.price),
        words.number(position.value, 0),
        words.percent(position.weight),
        words.number(position.beta),
        words.interval(position.beta_low, position.beta_high),
        words.number(position.r_squared),
        str(position.observations),
        words.number(position.dollar_beta, 0),
    )


def _left_out(item: LeftOut) -> str:
    return f"No beta: {item.ticker}, {item.reason} ({words.percent(item.share_of_nav)} of NAV)"


def _other_trades(analysis: Analysis) -> list[str]:
    market, funding = analysis.market, analysis.order.funding
    if funding.benchmark_short:
        short = words.shares(funding.benchmark_short)
        return [f"  and sell {short} {market.benchmark} short at {words.price(market.benchmark_close[-1])}"]
    if funding.sell_fraction:
        part = words.percent(funding.sell_fraction)
        return [f"  and sell {part} of each holding, {words.money(funding.sold)}"]
    return []


def _order_lines(analysis: Analysis) -> list[str]:
    order = analysis.order
    if order.side == "none" and not order.funding.trades:
        return [f"Order: none. {order.problem or order.limit.capitalize() + '.'}"]
    verb = "buy" if order.side == "none" else order.side
    low, high = words.shares(order.shares_low), words.shares(order.shares_high)
    held = f" (holding {words.shares(order.held)})" if order.held else ""
    lines = [
        f"Order: {verb} {words.shares(order.shares)} {order.instrument} at {words.price(order.price)}"
        f" = {words.money(order.notional)}{held}",
        *_other_trades(analysis),
        f"  if beta is at its bounds: {low} \u2013 {high} shares",
        f"  fixed fee {words.money(order.cost.fixed)}, proportional {words.money(order.cost.proportional)}, "
        f"half-spread {words.money(order.cost.half_spread)}, tax {words.money(order.cost.tax)}, "
        f"impact {words.money(order.cost.impact)}; cost now {words.money(order.cost_now)}, "
        f"round trip {words.money(order.round_trip)}",
        f"  financing a day {words.money(order.funding.financing_a_day)}; fund fee a day "
        f"{words.money(order.fund_fee_a_day)} (in the price, not charged)",
    ]
    return lines + ([f"  Review: {order.review}"] if order.review else [])

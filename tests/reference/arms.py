"""The arms of the backtest as a clerk would keep them: one day after another, one till, one order list."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from math import copysign, isfinite, nan, sqrt
from typing import NamedTuple

BAND, REST = 10, 11


class Sizing(NamedTuple):
    target: float = 0.0
    discount: float = 0.0
    band: float = 0.05
    lot: float = 1.0
    most: float = float("inf")
    participation: float = nan
    least: float = 0.0


class Rates(NamedTuple):
    fixed: float = 3.0
    proportional: float = 0.000028
    spread: float = 0.0001
    tax: float = 0.0
    impact: float = 0.0
    margin: float = 0.015


class Order(NamedTuple):
    """To hold `goal` shares from session `due` on; `why` is the code of the reason."""

    due: int
    placed: int
    goal: float
    why: int


@dataclass
class Day:
    """What one session left behind."""

    equity: float = nan
    shares: float = 0.0
    cash: float = nan
    filled: float = 0.0
    interest: float = 0.0
    dividends: float = 0.0
    why: int = 0
    items: list[float] = field(default_factory=lambda: [0.0] * 5)
    ordered: float = nan


def lots(shares: float, lot: float) -> float:
    """Toward zero in whole lots, where a hair's breadth from a whole lot is that lot."""
    count = shares / lot
    whole = float(round(count))
    if abs(count - whole) > 1e-9 * max(1.0, abs(count)):
        whole = float(int(count))
    return whole * lot


def ticket(shares: float, price: float, rates: Rates, volatility: float, volume: float) -> list[float]:
    """Fixed fee, proportional fee, half-spread, tax on a sale, square-root impact."""
    dollars = abs(shares) * price
    slip = 0.0
    if isfinite(volatility) and isfinite(volume) and volume > 0:
        slip = rates.impact * volatility * sqrt(abs(shares) / volume)
    return [
        rates.fixed,
        dollars * rates.proportional,
        dollars * rates.spread,
        dollars * rates.tax if shares < 0 else 0.0,
        dollars * slip,
    ]


def interest(cash: float, rate: float, margin: float) -> float:
    return cash * (rate if cash >= 0 else rate + margin) / 252


@dataclass
class Fund:
    fill: Sequence[float]
    close: Sequence[float]
    dividend: Sequence[float]
    ratio: Sequence[float]
    beta: Sequence[float]
    volume: Sequence[float]
    volatility: Sequence[float]


def hedged(
    start: int,
    cash: float,
    value: Sequence[float],
    income: Sequence[float],
    dollar_beta: Sequence[float],
    rate: Sequence[float],
    fund: Fund,
    fraction: Sequence[float],
    event: Sequence[int],
    skip: Sequence[bool],
    sizing: Sizing,
    rates: Rates,
    lag: int,
) -> list[Day]:
    """The book and a changing number of the fund's shares, rows before `start` empty."""
    book: list[Day] = [Day() for _ in value]
    orders: list[Order] = []
    shares, pending, unfinished = 0.0, 0, False
    for t in range(start, len(value)):
        day = book[t]
        if t > start:
            day.interest = interest(cash, rate[t - 1], rates.margin)
            day.dividends = shares * fund.dividend[t] if shares else 0.0
            cash += day.interest + day.dividends + income[t]
            if fund.ratio[t] != 1.0:
                # The modelled fund becomes the real one: whole shares, and the rest of the worth in cash.
                exact = shares * fund.ratio[t]
                shares = lots(exact, sizing.lot)
                cash += (exact - shares) * fund.close[t]
                orders = [o._replace(goal=lots(o.goal * fund.ratio[t], sizing.lot)) for o in orders]
        for order in [o for o in orders if o.due == t]:
            trade = order.goal - shares
            if trade and isfinite(fund.fill[t]):
                day.items = ticket(
                    trade, fund.fill[t], rates, fund.volatility[order.placed], fund.volume[order.placed]
                )
                cash -= trade * fund.fill[t] + sum(day.items)
                shares, day.filled, day.why = order.goal, trade, order.why
            elif trade:
                pending = pending or order.why
        orders = [o for o in orders if o.due > t]
        goal = orders[-1].goal if orders else shares
        day.shares, day.cash = shares, cash
        day.equity = cash + value[t] + (shares * fund.close[t] if shares else 0.0)

        pending = event[t] or pending
        wanted, off_by = _wanted(t, day.equity, goal, fraction[t], dollar_beta, fund, sizing)
        if wanted is None or (skip[t] and fraction[t] > 0):
            continue
        why = pending or (REST if unfinished else BAND if off_by > sizing.band else 0)
        pending = 0
        on, price = fraction[t] > 0, fund.close[t]
        if not why or wanted == goal or (on and abs(wanted - goal) * price < sizing.least):
            unfinished = False
            continue
        unfinished = False
        if isfinite(sizing.participation) and isfinite(fund.volume[t]):
            allowed = lots(sizing.participation * fund.volume[t], sizing.lot)
            if abs(wanted - goal) > allowed:
                wanted, unfinished = goal + copysign(allowed, wanted - goal), True
        if wanted != goal:
            orders.append(Order(t + lag, t, wanted, why))
            day.ordered = wanted
    return book


def _wanted(
    t: int,
    equity: float,
    goal: float,
    fraction: float,
    dollar_beta: Sequence[float],
    fund: Fund,
    sizing: Sizing,
) -> tuple[float | None, float]:
    """Shares wanted at the close of t, None where unknown, and how far net beta is off by them."""
    if fraction == 0:
        return 0.0, 0.0
    each = -fund.beta[t] * fund.close[t]
    exact = fraction * (dollar_beta[t] - sizing.target * equity) / each * (1 - sizing.discount)
    if not isfinite(exact) or not each > 0:
        return None, 0.0
    wanted = max(0.0, lots(exact, sizing.lot)) if exact > 0 else 0.0
    full = wanted
    if wanted * fund.close[t] > sizing.most:
        wanted = lots(sizing.most / fund.close[t], sizing.lot)
    off_by = abs(wanted - goal) * each / equity
    # As if the cap had cut the hedge held and the one wanted by the same share.
    return wanted, off_by if wanted == full else off_by * full / wanted if wanted else copysign(
        off_by, 1
    ) * 1e12


class SoldDay(NamedTuple):
    equity: float
    cash: float
    worth: float
    interest: float
    dividends: float
    bought: float
    sold: float
    items: list[float]
    shares: list[float]


def sold(
    start: int,
    cash: float,
    owned: Sequence[float],
    close: Sequence[Sequence[float]],
    fill: Sequence[Sequence[float]],
    dividend: Sequence[Sequence[float]],
    rate: Sequence[float],
    scale: Sequence[float],
    volume: Sequence[Sequence[float]],
    volatility: Sequence[Sequence[float]],
    rates: Rates,
    lot: float,
    lag: int,
) -> list[SoldDay | None]:
    """Every holding cut to the part last ordered, `lag` sessions later or when it next has a price."""
    book: list[SoldDay | None] = [None] * len(close)
    shares, names = list(owned), range(len(owned))
    for t in range(start, len(close)):
        paid = received = 0.0
        bought = turned = 0.0
        items = [0.0] * 5
        if t > start:
            paid = interest(cash, rate[t - 1], rates.margin)
            received = sum(shares[j] * dividend[t][j] for j in names if shares[j])
            cash += paid + received
            told = [scale[s] for s in range(start, t - lag + 1) if isfinite(scale[s])]
            part = told[-1] if told else 1.0
            for j in names:
                goal = owned[j] * part
                if lot and part != 1.0:
                    goal = lots(goal, lot)
                trade = goal - shares[j]
                if not trade or not isfinite(fill[t][j]):
                    continue
                cost = ticket(trade, fill[t][j], rates, volatility[t - lag][j], volume[t - lag][j])
                items = [a + b for a, b in zip(items, cost, strict=True)]
                cash -= trade * fill[t][j] + sum(cost)
                bought += max(trade, 0.0) * fill[t][j]
                turned += max(-trade, 0.0) * fill[t][j]
                shares[j] = goal
        worth = sum(shares[j] * close[t][j] for j in names if shares[j])
        book[t] = SoldDay(cash + worth, cash, worth, paid, received, bought, turned, items, list(shares))
    return book

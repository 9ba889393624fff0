"""The arms of the backtest: one cash pool each, decided at a close, filled a lag later."""

import numpy as np

from core.kernels.fills import ITEMS, cost_items
from core.kernels.jit import kernel
from core.types import TRADING_DAYS, BoolArray, FloatArray, IntArray

BAND, REST, FOLLOWED = 10, 11, 12
"""Why a fill was ordered when no change of state asked for it: net beta left the band, the rest of an order
that the participation cap cut, or the triggered arm traded."""


@kernel
def _whole(shares: float, lot: float) -> float:
    """Rounded toward zero to whole lots; a count within 1e-9 of a whole lot is that lot."""
    lots = shares / lot
    nearest = np.round(lots)
    near = abs(lots - nearest) <= 1e-9 * max(1.0, abs(lots))
    whole: float = (nearest if near else np.trunc(lots)) * lot + 0.0
    return whole


@kernel
def run_hedged(
    start: int,
    cash: float,
    value: FloatArray,
    income: FloatArray,
    dollar_beta: FloatArray,
    rate: FloatArray,
    fill: FloatArray,
    close: FloatArray,
    dividend: FloatArray,
    ratio: FloatArray,
    hedge_beta: FloatArray,
    fraction: FloatArray,
    event: IntArray,
    skip: BoolArray,
    volume: FloatArray,
    volatility: FloatArray,
    sizing: tuple[float, ...],
    costs: tuple[float, ...],
    lag: int,
) -> tuple[FloatArray, FloatArray, FloatArray, FloatArray, FloatArray, FloatArray, IntArray, FloatArray]:
    """One arm that holds the book and a changing number of hedge shares.

    Inputs are (T,): the holdings' market value and dividends, their dollar beta, the yearly cash rate, the
    fund, the fraction in force with the event that set it, and where nothing new may be ordered. `sizing` is
    target beta, discount, band, lot, capital cap, participation cap and minimum trade; `costs` the rates of
    `cost_items` from `fixed` to `impact`, then the margin spread.

    Returns equity, shares held, cash, shares filled, interest and the fund's dividends (all (T,), rows before
    `start` NaN or 0), why each fill was ordered, and what the fills cost (T, 5). An order that finds no price
    lapses, and the next close decides anew. A sixth column of the last holds the goal of the order placed at
    each close, NaN where none was.
    """
    rows = len(value)
    equity, held, pool = np.full(rows, np.nan), np.zeros(rows), np.full(rows, np.nan)
    filled, interest, paid = np.zeros(rows), np.zeros(rows), np.zeros(rows)
    why, items = np.zeros(rows, dtype=np.int64), np.zeros((rows, ITEMS + 1))
    items[:, ITEMS] = np.nan
    aim, cause = np.full(rows + lag, np.nan), np.zeros(rows + lag, dtype=np.int64)
    target, discount, band, lot, most, part, least = sizing
    fixed, proportional, spread, tax, impact, margin = costs
    shares = goal = 0.0
    owed = 0  # the change of state that has not been sized yet
    cut = False
    for t in range(start, rows):
        if t > start:
            earns = rate[t - 1] if cash >= 0.0 else rate[t - 1] + margin
            interest[t] = cash * earns / TRADING_DAYS
            paid[t] = shares * dividend[t] if shares else 0.0
            cash += interest[t] + income[t] + paid[t]
            if ratio[t] != 1.0:
                for u in range(t, t + lag):
                    aim[u] = _whole(aim[u] * ratio[t], lot)
                goal = _whole(goal * ratio[t], lot)
                exact = shares * ratio[t]
                shares = _whole(exact, lot)
                cash += (exact - shares) * close[t]
        wanted = aim[t]
        if np.isfinite(wanted) and wanted != shares:
            if np.isfinite(fill[t]):
                trade = wanted - shares
                parts = cost_items(
                    trade,
                    fill[t],
                    fixed,
                    proportional,
                    spread,
                    tax,
                    impact,
                    volatility[t - lag],
                    volume[t - lag],
                )
                cash -= trade * fill[t]
                for i in range(ITEMS):
                    items[t, i] = parts[i]
                    cash -= parts[i]
                shares, filled[t], why[t] = wanted, trade, cause[t]
            else:
                goal, owed = shares, owed if owed else cause[t]
                for u in range(t + 1, t + lag):
                    # An order placed since then stands.
                    goal = aim[u] if np.isfinite(aim[u]) else goal
        equity[t] = cash + value[t] + (shares * close[t] if shares else 0.0)
        held[t], pool[t] = shares, cash
        if event[t]:
            owed = event[t]
        share = fraction[t]
        size, drifted = np.nan, False
        if share == 0.0:
            size = 0.0
        elif hedge_beta[t] < 0.0 and np.isfinite(equity[t]):
            each = -hedge_beta[t] * close[t]
            exact = share * (dollar_beta[t] - target * equity[t]) / each * (1.0 - discount)
            if np.isfinite(exact):
                size = _whole(max(0.0, exact), lot)
                full, reach = size, band
                if size * close[t] > most:
                    # The band shrinks as the hedge does under its cap.
                    size = _whole(most / close[t], lot)
                    reach = band * size / full
                drifted = abs(size - goal) * each / equity[t] > reach
        if not np.isfinite(size) or (skip[t] and share > 0.0):
            continue
        reason = owed if owed else REST if cut else BAND if drifted else 0
        owed = 0
        small = share > 0.0 and abs(size - goal) * close[t] < least
        if reason == 0 or size == goal or small:
            cut = False
            continue
        allowed = np.inf
        if np.isfinite(part) and np.isfinite(volume[t]):
            allowed = _whole(part * volume[t], lot)
        cut = abs(size - goal) > allowed
        if cut:
            size = goal + np.copysign(allowed, size - goal)
        if size == goal:
            continue
        goal = size
        aim[t + lag], cause[t + lag] = size, reason
        items[t, ITEMS] = size
    return equity, held, pool, filled, interest, paid, why, items


@kernel
def run_sold(
    start: int,
    cash: float,
    owned: FloatArray,
    close: FloatArray,
    fill: FloatArray,
    dividend: FloatArray,
    rate: FloatArray,
    scale: FloatArray,
    volume: FloatArray,
    volatility: FloatArray,
    costs: tuple[float, ...],
    lot: float,
    lag: int,
) -> tuple[FloatArray, FloatArray, FloatArray, FloatArray, FloatArray, FloatArray, FloatArray, FloatArray]:
    """The arm that sells every holding pro rata instead of buying the hedge.

    `owned` (N,) are the shares of the book; `scale` (T,) the part of them to hold as ordered at each close,
    NaN where nothing was. Prices, dividends, volumes and volatilities are (T, N). A holding without a price
    on the day waits for its next one. Returns equity, cash, value of the holdings, the part of them wanted by
    then, interest, dividends (T,), what was bought and sold in dollars (T, 2) and what fills cost (T, 5).
    A `lot` of 0 holds any part of a share.
    """
    rows, count = close.shape
    equity, pool, worth = np.full(rows, np.nan), np.full(rows, np.nan), np.full(rows, np.nan)
    interest, paid, parts_held = np.zeros(rows), np.zeros(rows), np.zeros(rows)
    turned, items = np.zeros((rows, 2)), np.zeros((rows, ITEMS))
    fixed, proportional, spread, tax, impact, margin = costs
    shares, goal, part = owned.copy(), owned.copy(), 1.0
    for t in range(start, rows):
        if t > start:
            earns = rate[t - 1] if cash >= 0.0 else rate[t - 1] + margin
            interest[t] = cash * earns / TRADING_DAYS
            for j in range(count):
                if shares[j] != 0.0:
                    paid[t] += shares[j] * dividend[t, j]
            cash += interest[t] + paid[t]
            if t - lag >= start and np.isfinite(scale[t - lag]):
                part = scale[t - lag]
                for j in range(count):
                    exact = owned[j] * part
                    goal[j] = exact if part == 1.0 or lot == 0.0 else _whole(exact, lot)
            for j in range(count):
                trade = goal[j] - shares[j]
                if trade != 0.0 and np.isfinite(fill[t, j]):
                    parts = cost_items(
                        trade,
                        fill[t, j],
                        fixed,
                        proportional,
                        spread,
                        tax,
                        impact,
                        volatility[t - lag, j],
                        volume[t - lag, j],
                    )
                    cash -= trade * fill[t, j]
                    turned[t, 0 if trade > 0.0 else 1] += abs(trade) * fill[t, j]
                    for i in range(ITEMS):
                        items[t, i] += parts[i]
                        cash -= parts[i]
                    shares[j] = goal[j]
        worth[t] = 0.0
        for j in range(count):
            if shares[j] != 0.0:
                worth[t] += shares[j] * close[t, j]
        equity[t], pool[t], parts_held[t] = cash + worth[t], cash, part
    return equity, pool, worth, parts_held, interest, paid, turned, items

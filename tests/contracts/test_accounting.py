"""What the arms own adds up every day, and follows the prices as arithmetic says it must."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.backtest import ARMS, Arm, Backtest
from core.data.base import PriceTable
from core.ledger import ledger, waterfall
from core.settings import Settings
from tests.contracts.stages import RULE
from tests.strategies import (
    ASSETS,
    BENCHMARK,
    HEDGE,
    changed,
    every_share,
    random_table,
    run,
    settings_of,
    table_of,
    with_prices,
)

FREE = {
    "costs__fixed_fee": 0.0,
    "costs__proportional_round_trip": 0.0,
    "costs__half_spread_bps": 0.0,
    "costs__margin_spread": 0.0,
}
DEAR = {"costs__impact": 0.5, "costs__sales_tax_on": True}
A = ASSETS[0]


def ruled(held: dict[str, float], cash: float, /, **values: Any) -> Settings:
    """A book under a rule that goes on and off often."""
    settings = settings_of(held, cash, beta__window_sessions=20, **values)
    return replace(settings, triggers=RULE)


def past(table: PriceTable, settings: Settings) -> Backtest:
    return run(table, settings).backtest


def with_dividends(table: PriceTable, seed: int) -> PriceTable:
    """The table with a dividend now and then, of stocks and fund, in the adjusted closes."""
    rng = np.random.default_rng(seed)
    paid = np.where(rng.random(table.close.shape) < 0.02, 0.995, 1.0)
    later = np.cumprod(paid[::-1], axis=0)[::-1]
    factor = np.concatenate([later[1:], np.ones_like(later[:1])])
    factor[:, table.tickers.index("^IRX")] = 1.0
    return with_prices(table, table.close, table.close * factor)


def changes(values: np.ndarray) -> np.ndarray:
    return np.diff(values)


@given(
    seed=st.integers(0, 2**32 - 1),
    cash=st.sampled_from([-500.0, 0.0, 3000.0]),
    lag=st.integers(1, 3),
    fill=st.sampled_from(["open", "close"]),
)
def test_h10_each_day_adds_up_in_both_forms(seed: int, cash: float, lag: int, fill: str) -> None:
    table = with_dividends(random_table(seed, 100, 2, curve=True, bars=True), seed)
    found = past(table, ruled(every_share(table, 40.0), cash, backtest__lag=lag, backtest__fill=fill, **DEAR))
    assert found.start == 0
    for arm in found.arms.values():
        np.testing.assert_allclose(arm.value, arm.cash + arm.holdings + arm.hedge_value, rtol=1e-9)
        flows = arm.interest + arm.sold - arm.bought - arm.costs + arm.dividends
        if arm is not found.sold:
            # The hedge's own dividends are in its profit; what is left of it is a change of price.
            priced = changes(arm.hedge_value) - (arm.bought - arm.sold)[1:]
            flows[1:] += arm.hedge_profit[1:] - priced
            gained = changes(arm.holdings) + (arm.hedge_profit - arm.costs + arm.interest + arm.dividends)[1:]
            np.testing.assert_allclose(changes(arm.value), gained, rtol=1e-9, atol=1e-6)
        np.testing.assert_allclose(changes(arm.cash), flows[1:], rtol=1e-9, atol=1e-6)
        np.testing.assert_allclose(arm.costs, arm.cost_items.sum(axis=1), rtol=1e-12)


@given(
    seed=st.integers(0, 2**32 - 1),
    arm=st.sampled_from(["triggered", "always_hedged"]),
    cut=st.integers(0, 90),
)
def test_the_waterfall_adds_up_to_the_difference_of_the_arms(seed: int, arm: Any, cut: int) -> None:
    table = with_dividends(random_table(seed, 100, 2, curve=True, bars=True), seed)
    found = past(table, ruled(every_share(table, 40.0), 500.0, **DEAR))
    for window in (None, (table.sessions[cut], table.sessions[cut + 8])):
        steps = waterfall(found, arm, window=window)
        first, last = (0, 99) if window is None else (cut, cut + 8)
        gap = found.arms[arm].value - found.unhedged.value
        np.testing.assert_allclose(sum(amount for _, amount in steps.steps), steps.net, atol=1e-9)
        np.testing.assert_allclose(steps.net, gap[last] - gap[first], atol=1e-9 * found.capital)
        assert all(amount <= 0 for name, amount in steps.steps if "fee" in name or name == "Half-spread")


@given(seed=st.integers(0, 2**32 - 1))
def test_the_ledger_lists_every_fill_with_its_cost(seed: int) -> None:
    table = random_table(seed, 100, 2, curve=True, bars=True, gaps=0.1)
    found = past(table, ruled(every_share(table, 40.0), 500.0, backtest__lag=2, **DEAR))
    rows = {day: n for n, day in enumerate(table.sessions)}
    for name in ARMS:
        arm, fills = found.arms[name], ledger(found, name)
        assert [rows[f.session] for f in fills] == np.flatnonzero(arm.bought + arm.sold).tolist()
        np.testing.assert_allclose(sum(f.cost.total for f in fills), arm.costs.sum(), rtol=1e-12)
        np.testing.assert_allclose(sum(f.notional for f in fills), (arm.bought + arm.sold).sum(), rtol=1e-12)
        for f in fills:
            if name == "sold":
                # A holding without a price on the day catches up later.
                assert rows[f.session] - rows[f.decided] >= 2
            else:
                assert rows[f.session] - rows[f.decided] == 2
                np.testing.assert_allclose(f.shares * f.price, f.notional, rtol=1e-12)
    assert not ledger(found, "unhedged")
    held = np.cumsum([f.shares if f.side == "buy" else -f.shares for f in ledger(found)])
    assert (held[-1] if len(held) else 0.0) == found.triggered.hedge_shares[-1]


@given(seed=st.integers(0, 2**32 - 1))
def test_h11_costs_are_never_negative_and_nothing_at_zero_rates(seed: int) -> None:
    table = random_table(seed, 90, 2, curve=True, bars=True)
    dear = past(table, ruled(every_share(table, 40.0), 500.0, **DEAR))
    free = past(table, ruled(every_share(table, 40.0), 500.0, **FREE))
    for name in ARMS:
        assert (dear.arms[name].cost_items >= 0.0).all()
        assert not free.arms[name].cost_items.any()
        # H12: no trade, no cost.
        still = dear.arms[name].fill_shares == 0.0
        assert not dear.arms[name].costs[still].any()


COSTS = {
    "costs.fixed_fee": 3.0,
    "costs.proportional_round_trip": 0.0004,
    "costs.half_spread_bps": 2.0,
    "costs.sales_tax": 0.0002,
    "costs.impact": 0.5,
    "costs.margin_spread": 0.02,
}


@pytest.mark.parametrize("path", COSTS)
@given(seed=st.integers(0, 2**32 - 1))
def test_doubling_a_cost_never_raises_the_value(path: str, seed: int) -> None:
    """With a target of zero and no band sizes do not depend on NAV, so that the fills stay the same."""
    table = random_table(seed, 90, 2, curve=True, bars=True)
    settings = ruled(every_share(table, 40.0), 500.0, hedge__band=0.0, costs__sales_tax_on=True)
    for name, value in COSTS.items():
        settings = settings.with_value(name, value)
    one, two = past(table, settings), past(table, settings.with_value(path, 2.0 * COSTS[path]))
    for name in ("triggered", "always_hedged"):
        np.testing.assert_array_equal(two.arms[name].fill_shares, one.arms[name].fill_shares)
        assert (two.arms[name].value <= one.arms[name].value).all()
    assert two.always_hedged.value[-1] < one.always_hedged.value[-1]


@given(seed=st.integers(0, 2**32 - 1), split=st.sampled_from([2.0, 4.0]))
def test_h14_a_split_of_stock_or_fund_changes_no_value(seed: int, split: float) -> None:
    table = with_dividends(random_table(seed, 100, 2, curve=True, bars=True), seed)
    held = every_share(table, 40.0)
    plain = past(table, ruled(held, 500.0, **DEAR))
    stock = past(divided(table, A, split), ruled({**held, A: 40.0 * split}, 500.0, **DEAR))
    fund = past(divided(table, HEDGE, split), ruled(held, 500.0, hedge__lot=int(split), **DEAR))
    for name in ARMS:
        one = plain.arms[name]
        if name != "sold":  # whole shares of a stock are other parts of it after its split
            np.testing.assert_allclose(stock.arms[name].value, one.value, rtol=1e-9)
            np.testing.assert_allclose(stock.arms[name].net_beta, one.net_beta, rtol=1e-9, atol=1e-12)
        np.testing.assert_allclose(fund.arms[name].value, one.value, rtol=1e-9)
    np.testing.assert_array_equal(fund.triggered.hedge_shares, plain.triggered.hedge_shares * split)


def divided(table: PriceTable, ticker: str, split: float) -> PriceTable:
    """What a source gives after a later split: every price divided by it, every volume multiplied."""
    column = table.tickers.index(ticker)
    parts: dict[str, np.ndarray] = {}
    for name in ("open", "high", "low", "close", "adj_close", "volume"):
        values = getattr(table, name).copy()
        values[:, column] *= split if name == "volume" else 1.0 / split
        parts[name] = values
    return replace(table, **parts)


@given(seed=st.integers(0, 2**32 - 1))
def test_h14_dividends_are_the_total_return(seed: int) -> None:
    """Reinvested by hand: close and dividend over the close before is the adjusted return."""
    table = with_dividends(random_table(seed, 60, 1, bars=True), seed)
    found = run(table, settings_of({A: 7.0}, beta__window_sessions=20))
    arm, close = found.backtest.unhedged, found.market.close[:, 0]
    total = (close[1:] + arm.dividends[1:] / 7.0) / close[:-1] - 1.0
    np.testing.assert_allclose(total, found.market.returns[1:, 0], rtol=1e-9, atol=1e-14)
    # The fund alike: an arm that holds it earns its total return on what it held.
    hedged = found.backtest.always_hedged
    still = (hedged.fill_shares == 0.0) & (np.concatenate([[0.0], hedged.hedge_value[:-1]]) > 0.0)
    before = np.concatenate([[np.nan], hedged.hedge_value[:-1]])
    np.testing.assert_allclose(
        hedged.hedge_profit[still], (before * found.market.hedge_returns)[still], rtol=1e-9, atol=1e-9
    )


@given(seed=st.integers(0, 2**32 - 1))
def test_h15_h16_profits_of_shorts_and_of_parts(seed: int) -> None:
    table = with_dividends(random_table(seed, 60, 2, rate=0.0), seed)
    b = ASSETS[1]

    def profit(held: dict[str, float]) -> tuple[np.ndarray, np.ndarray]:
        arm = past(table, settings_of(held, 1e5, **FREE, beta__window_sessions=20)).unhedged
        return arm.value - arm.value[0], arm.net_beta * arm.value

    (long, long_beta), (short, short_beta) = profit({A: 50.0}), profit({A: -50.0})
    np.testing.assert_allclose(short, -long, atol=1e-12 * 1e5)
    np.testing.assert_allclose(short_beta, -long_beta, rtol=1e-12)
    both = profit({A: 50.0, b: -30.0})
    parts = profit({A: 50.0})[0] + profit({b: -30.0})[0]
    np.testing.assert_allclose(both[0], parts, rtol=1e-10, atol=1e-10 * 1e5)


def equal(one: Arm, two: Arm) -> None:
    for name in ("value", "cash", "hedge_shares", "costs", "interest", "net_beta"):
        np.testing.assert_array_equal(getattr(one, name), getattr(two, name), err_msg=name)


@given(seed=st.integers(0, 2**32 - 1), lag=st.integers(1, 3))
def test_never_firing_is_unhedged_to_the_last_bit(seed: int, lag: int) -> None:
    table = random_table(seed, 90, 2, gaps=0.02, curve=True, bars=True)
    quiet = settings_of(
        every_share(table, 40.0),
        beta__window_sessions=20,
        backtest__lag=lag,
        triggers__tree={"ask": "price_break", "yes": 1.0, "no": 0.0},
        triggers__break_below=0.15,
        triggers__average_sessions=5,
    )
    found = past(table, quiet)
    equal(found.triggered, found.unhedged)
    np.testing.assert_allclose(found.sold.value, found.unhedged.value, rtol=1e-12)
    assert not found.sold.costs.any()


@given(seed=st.integers(0, 2**32 - 1), lag=st.integers(1, 3))
def test_always_firing_is_always_hedged_to_the_last_bit(seed: int, lag: int) -> None:
    table = random_table(seed, 90, 2, gaps=0.02, curve=True, bars=True)
    settings = settings_of(every_share(table, 40.0), 900.0, beta__window_sessions=20, backtest__lag=lag)
    found = past(table, settings)
    assert found.triggered == found.always_hedged
    assert found.triggered.hedge_shares.any()
    # The hedge cannot be sized before its beta is known, so waiting for a few closes changes nothing.
    later = past(table, settings.with_value("triggers.confirm", 5))
    assert later.triggered == found.always_hedged


def test_always_firing_on_the_sample_is_always_hedged() -> None:
    from core import analyse
    from tests.strategies import always_on

    found = analyse(always_on(), bootstrap=False).backtest
    assert found.triggered == found.always_hedged
    never = analyse(always_on(triggers__tree=0.0), bootstrap=False).backtest
    equal(never.triggered, never.unhedged)


def test_golden_4_the_market_hedged_with_a_frictionless_fund_earns_its_cash() -> None:
    """Features 7.4: SPY, a modelled -1x fund without fee or costs, no band, rebalanced daily.

    A day's gain is interest on the whole NAV plus what the hedge, fixed one close earlier, is off by, times
    the market's move less interest: exact to rounding. What the hedge is off by is twice the market's move
    (less interest) from decision to fill, as the legs move apart, and less than a share. Two moves of 1 %
    multiply to 0.01 % of NAV a day, 0.3 % over a year at random: 1 % is allowed.
    """
    count, rate = 320, 3.0
    moves = np.random.default_rng(9).normal(0.0003, 0.01, count - 1)
    close = 400.0 * np.cumprod(np.concatenate([[1.0], 1.0 + moves]))
    table = table_of({BENCHMARK: close}, rate=rate)
    settings = settings_of({BENCHMARK: 1e5}, 2e6, beta__window_sessions=20, hedge__band=0.0, **FREE)
    settings = changed(settings, data__hedge="SH-MODEL", data__model_fee=0.0, hedge__hedge_beta=-1.0)
    found = past(table, settings)
    arm, earned = found.always_hedged, rate / 100 / 252
    first = int(np.flatnonzero(arm.fill_shares)[0])
    net = arm.holdings - arm.hedge_value
    wanted = earned * arm.value[first:-1] + net[first:-1] * (moves[first:] - earned)
    np.testing.assert_allclose(changes(arm.value)[first:], wanted, rtol=1e-9, atol=1e-6)
    off = np.abs(net[first:]) / arm.holdings[first:]
    last = moves[first - 1 :]
    assert (off <= 2.0 * np.abs(last - earned) / (1.0 + last) + 1e-5).all()
    cash_only = arm.value[first] * (1.0 + earned) ** (count - 1 - first)
    np.testing.assert_allclose(arm.value[-1], cash_only, rtol=0.01)
    assert abs(found.unhedged.value[-1] / found.unhedged.value[first] - 1.0) > 0.05


@given(seed=st.integers(0, 2**32 - 1), lag=st.integers(1, 2))
def test_selling_stock_follows_the_dollar_beta_of_the_hedge(seed: int, lag: int) -> None:
    table = random_table(seed, 90, 2, curve=True, bars=True)
    analysis = run(table, ruled(every_share(table, 4000.0), 500.0, backtest__lag=lag))
    found, market = analysis.backtest, analysis.market
    part = 1.0 + np.cumsum(found.sold.fill_shares)
    dollars, beta = analysis.exposure.dollar_beta, analysis.plan.hedge_beta
    for fill in np.flatnonzero(found.triggered.fill_shares):
        t = fill - lag
        hedge = found.triggered.hedge_shares[fill] * market.hedge_close[t] * beta[t]
        np.testing.assert_allclose(
            part[fill] * dollars[t], np.clip(dollars[t] + hedge, 0.0, dollars[t]), rtol=1e-9, atol=1e-6
        )
    # What is held differs from the part wanted by less than a share of each stock.
    whole = (market.close * 4000.0).sum(axis=1)
    assert (np.abs(found.sold.holdings - part * whole) <= market.close.sum(axis=1) + 1e-6).all()


def test_h19_a_wide_band_is_never_left_and_no_band_trades_daily() -> None:
    table = random_table(3, 90, 2)
    wide = settings_of(every_share(table, 4000.0), 1e6, beta__window_sessions=20, hedge__band=0.25)
    assert len(ledger(past(table, wide), "always_hedged")) == 1
    none = past(table, wide.with_value("hedge.band", 0.0)).always_hedged
    first = int(np.flatnonzero(none.fill_shares)[0])
    assert (none.fill_shares[first:] != 0.0).mean() > 0.9  # a size may stay the same by chance


def test_h20_the_same_bytes_again() -> None:
    table = random_table(8, 100, 3, gaps=0.02, curve=True, bars=True)
    settings = ruled(every_share(table, 40.0), 500.0, **DEAR)
    assert past(table, settings).key == past(table, settings).key

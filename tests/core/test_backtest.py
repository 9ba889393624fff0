"""What the arms hold on the past: where they start, today's weights, too uncertain betas, and ruin."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core import analyse
from core.ledger import ledger, waterfall
from tests.strategies import (
    ASSETS,
    BENCHMARK,
    HEDGE,
    always_on,
    every_share,
    random_table,
    run,
    settings_of,
    table_of,
    with_prices,
)

A, B = ASSETS[:2]
NAN = float("nan")


def test_it_starts_when_every_holding_has_a_price() -> None:
    table = random_table(1, 90, 2)
    close = table.close.copy()
    close[:30, table.tickers.index(B)] = NAN
    found = run(with_prices(table, close), settings_of({A: 9.0, B: 9.0}, 500.0, beta__window_sessions=20))
    past = found.backtest
    assert past.start == 30
    assert past.problem == ""
    worth = 9.0 * close[30, 2:4].sum()
    np.testing.assert_allclose((past.capital, past.stocks), (worth + 500.0, worth), rtol=1e-12)
    for arm in past.arms.values():
        assert arm.value[30] == past.capital
        assert np.isnan(arm.value[:30]).all()
        assert not arm.costs[:31].any()
        assert not arm.dividends[:31].any()


def test_todays_weights_start_there_too() -> None:
    table = random_table(1, 90, 2)
    close = table.close.copy()
    close[:30, table.tickers.index(B)] = NAN
    settings = settings_of({A: 9.0, B: 9.0}, 500.0, beta__window_sessions=20, backtest__book="weights")
    found = run(with_prices(table, close), settings)
    assert found.backtest.start == 30
    np.testing.assert_allclose(found.backtest.unhedged.value[30], found.portfolio.nav[-1], rtol=1e-12)


def test_no_past_is_said_with_the_holding_that_never_had_a_price() -> None:
    table = random_table(1, 90, 2)
    close = table.close.copy()
    close[:, table.tickers.index(B)] = NAN
    found = run(with_prices(table, close), settings_of({A: 9.0, B: 9.0}, 500.0, beta__window_sessions=20))
    assert found.backtest.problem == f"There is no past to try the rule on: {B} has no price in these days."
    assert found.backtest.start == 90
    assert np.isnan([arm.value for arm in found.backtest.arms.values()]).all()
    assert not ledger(found.backtest)


def test_a_missing_price_of_a_holding_is_no_value_that_day_and_the_next_one_goes_on() -> None:
    table = random_table(2, 60, 1)
    close = table.close.copy()
    close[40, table.tickers.index(A)] = NAN
    arm = run(with_prices(table, close), settings_of({A: 9.0}, beta__window_sessions=20)).backtest.unhedged
    assert np.flatnonzero(np.isnan(arm.value)).tolist() == [40]
    np.testing.assert_allclose(arm.value[41], 9.0 * close[41, 2] + arm.cash[41])


def test_ruin_is_said_and_has_no_value_after_it() -> None:
    count = 60
    stock = np.concatenate([np.full(30, 100.0), np.full(30, 160.0)])
    stock *= 1.0 + 0.001 * np.sin(np.arange(count))
    stock[-1] = 90.0  # the book exists today, and was worth nothing in between
    market = 400.0 * np.cumprod(1.0 + np.random.default_rng(3).normal(0.0, 0.01, count))
    table = table_of({BENCHMARK: market, HEDGE: 1e4 / market, A: stock})
    past = run(table, settings_of({A: -100.0}, 15_000.0, beta__window_sessions=20)).backtest
    assert past.problem == "The arm \u201cunhedged\u201d is worth nothing from 13 Feb 2019 on."
    ended = [arm for arm in past.arms.values() if np.isnan(arm.value[-1])]
    assert ended
    for arm in ended:
        last = int(np.flatnonzero(np.isfinite(arm.value))[-1])
        for flow in (arm.costs, arm.interest, arm.bought, arm.hedge_profit, arm.fill_shares):
            assert not flow[last + 1 :].any()
    assert np.isfinite(past.unhedged.value[:30]).all()
    assert np.isnan(past.unhedged.value[30:]).all()


def test_skipping_uncertain_betas_neither_enters_nor_resizes_but_leaves() -> None:
    table = random_table(4, 90, 2)
    settings = settings_of(
        every_share(table, 40.0), beta__window_sessions=20, backtest__skip_uncertain=True, hedge__band=0.0
    )
    found = run(table, settings.with_value("beta.uncertain_half_width", 0.01))
    assert not found.backtest.always_hedged.fill_shares.any()
    middle = float(np.nanmedian(found.exposure.beta_high - found.exposure.beta_low)) / 2
    found = run(table, settings.with_value("beta.uncertain_half_width", middle))
    half = (found.exposure.beta_high - found.exposure.beta_low) / 2
    fills = np.flatnonzero(found.backtest.always_hedged.fill_shares)
    assert len(fills)
    assert (half[fills - 1] <= middle).all()


@given(seed=st.integers(0, 2**32 - 1), cash=st.sampled_from([0.0, 3e4, -1e4]))
def test_todays_weights_earn_the_weighted_returns_and_the_interest_on_cash(seed: int, cash: float) -> None:
    table = random_table(seed, 80, 2, rate=3.0)
    found = run(
        table,
        settings_of(
            every_share(table, 1000.0), cash, beta__window_sessions=20, backtest__book="weights",
            costs__margin_spread=0.02,
        ),
    )  # fmt: skip
    past, nav = found.backtest, found.portfolio.nav[-1]
    weights = found.portfolio.value[-1] / nav
    rate = 0.03 if cash >= 0 else 0.05
    daily = found.market.returns[1:] @ weights + (1.0 - weights.sum()) * rate / 252
    np.testing.assert_allclose(past.unhedged.value, nav * np.cumprod(np.append(1.0, 1.0 + daily)), rtol=1e-9)
    np.testing.assert_allclose(past.unhedged.holdings / past.unhedged.value, weights.sum(), rtol=1e-9)
    for arm in past.arms.values():
        np.testing.assert_allclose(arm.value, arm.cash + arm.holdings + arm.hedge_value, rtol=1e-9)
    # The arms differ by the hedge alone.
    np.testing.assert_allclose(past.always_hedged.holdings, past.unhedged.holdings, rtol=1e-12)
    steps = waterfall(past, "always_hedged")
    gap = past.always_hedged.value - past.unhedged.value
    np.testing.assert_allclose(steps.net, gap[-1], atol=1e-9 * nav)


@pytest.mark.parametrize("name", ["triggered", "sold"])
def test_the_sample_goes_through_every_arm(name: str) -> None:
    found = analyse(always_on(), bootstrap=False).backtest
    assert found.problem == ""
    arm = found.arms[name]
    known = np.isfinite(arm.value)
    assert known[found.start :].mean() > 0.99
    assert (arm.value[known] > 0).all()
    assert arm.costs.sum() > 0


def test_the_book_of_today_holds_no_hedge_on_the_past() -> None:
    table = random_table(5, 80, 2)
    held = every_share(table, 40.0)
    bare = run(table, settings_of(held, 900.0, beta__window_sessions=20)).backtest
    owned = run(table, settings_of({**held, HEDGE: 70.0}, 900.0, beta__window_sessions=20)).backtest
    np.testing.assert_array_equal(owned.unhedged.value, bare.unhedged.value)
    np.testing.assert_array_equal(owned.triggered.hedge_shares, bare.triggered.hedge_shares)


def test_a_hedge_at_its_cap_is_left_alone() -> None:
    """The cap allows another share or two most days; each would cost a ticket."""
    table = random_table(8, 130, 2)
    held = every_share(table, 100.0)
    full = run(table, settings_of(held, 50_000.0, beta__window_sessions=20)).backtest.always_hedged
    cap = 0.3 * float(full.hedge_value.max())
    capped = run(
        table, settings_of(held, 50_000.0, beta__window_sessions=20, hedge__capital_cap=cap)
    ).backtest.always_hedged
    assert capped.hedge_shares.max() > 0
    assert (capped.fill_shares != 0).sum() <= (full.fill_shares != 0).sum()


@pytest.mark.parametrize("of", ["benchmark", "portfolio", "holdings"])
def test_the_hedge_held_today_plays_no_part_in_the_past(of: str) -> None:
    table = random_table(9, 120, 2, curve=True)
    rule = {
        "triggers__tree": {"ask": "price_break", "yes": 1.0, "no": 0.0},
        "triggers__break_of": of, "triggers__break_below": 0.01, "triggers__average_sessions": 10,
        "beta__window_sessions": 20,
    }  # fmt: skip
    held = every_share(table, 100.0)
    plain = run(table, settings_of(held, 5000.0, **rule))
    hedged = run(table, settings_of({**held, HEDGE: 300.0}, 5000.0, **rule))
    assert plain.state.on.any()
    assert hedged.signals["price_break"] == plain.signals["price_break"]
    assert hedged.backtest == plain.backtest

"""The book's exposure: adds up, names what it cannot measure, and is never zero in silence."""

from dataclasses import fields, replace

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from core import Settings, analyse, ols
from core.beta import BetaEstimate, estimate_betas
from core.data.base import PriceTable
from core.exposure import Exposure, book_half_width, fit_book, measurable, measure_exposure
from core.fingerprint import Keyed
from core.hedge_beta import HedgeBeta, choose_hedge_beta
from core.market import build_market, value_portfolio
from core.pipeline import Analysis
from core.settings import BetaSettings, HedgeSettings
from tests.reference import regression as reference
from tests.strategies import (
    ASSETS,
    BENCHMARK,
    DATA,
    HEDGE,
    Reference,
    book,
    every_share,
    path,
    random_table,
    run,
    settings_of,
    table_of,
    tables,
    weekdays,
    with_prices,
)

A, B, C = ASSETS[:3]
SHORT = BetaSettings(window_sessions=20)


def exposure_of(
    table: PriceTable, held: dict[str, float], cash: float = 0.0, beta: BetaSettings = SHORT
) -> Exposure:
    market = build_market(table, DATA, tuple(t for t in held if t != HEDGE))
    betas = estimate_betas(market, beta)
    return measure_exposure(market, value_portfolio(market, book(held, cash)), betas, beta, hedge_beta(betas))


def hedge_beta(betas: BetaEstimate) -> HedgeBeta:
    return choose_hedge_beta(betas, DATA, HedgeSettings())


def test_the_benchmark_alone_has_beta_one() -> None:
    """SPY alone 1.00, cash 0, short SPY -1."""
    table = random_table(1, 80, 0)
    long = exposure_of(table, {BENCHMARK: 7.0})
    np.testing.assert_allclose(long.beta[20:], 1.0, rtol=1e-13)
    np.testing.assert_allclose(long.beta_low[20:], 1.0, rtol=1e-12)
    assert long.systematic == 1.0
    short = exposure_of(table, {BENCHMARK: -1.0}, cash=2 * float(table.close[-1, 0]))
    np.testing.assert_allclose(short.beta[-1], -1.0, rtol=1e-13)
    cash = exposure_of(table, {}, cash=500.0)
    assert (cash.beta[-1], cash.beta_low[-1], cash.beta_high[-1], cash.half_width) == (0.0, 0.0, 0.0, 0.0)
    assert cash.positions == cash.left_out == ()


@given(table=tables(gaps=False), seed=st.integers(0, 999))
def test_h6_portfolio_beta_is_the_weighted_sum_and_the_books_own_regression(
    table: PriceTable, seed: int
) -> None:
    rng = np.random.default_rng(seed)
    held = {t: float(rng.integers(1, 200)) for t in every_share(table)}
    market = build_market(table, DATA, tuple(held))
    portfolio = value_portfolio(market, book(held, float(rng.integers(0, 20_000))))
    betas = estimate_betas(market, SHORT)
    found = measure_exposure(market, portfolio, betas, SHORT, hedge_beta(betas))
    full = slice(20, None)
    weights = portfolio.value / portfolio.nav[:, None]
    summed = np.sum(weights * betas.assets.beta, axis=1)
    np.testing.assert_allclose(found.beta[full], summed[full], rtol=1e-12, atol=1e-13)
    own = fit_book(market, weights, np.zeros(len(weights)), SHORT)
    np.testing.assert_allclose(found.beta[full], own.beta[full], rtol=1e-12, atol=1e-12)
    np.testing.assert_allclose(sum(p.share for p in found.positions), 1.0, rtol=1e-12)
    np.testing.assert_allclose(sum(p.dollar_beta for p in found.positions), found.dollar_beta[-1], rtol=1e-12)


def test_the_books_interval_is_that_of_its_own_regression() -> None:
    table = random_table(5, 100, 3)
    held = {A: 10.0, B: -3.0, C: 25.0}
    market = build_market(table, DATA, tuple(held))
    portfolio = value_portfolio(market, book(held, 4000.0))
    betas = estimate_betas(market, SHORT)
    found = measure_exposure(market, portfolio, betas, SHORT, hedge_beta(betas))
    for t in (25, 60, 99):
        returns = market.returns @ (portfolio.value[t] / portfolio.nav[t])
        rows = slice(t - 19, t + 1)
        fit, (low, high) = reference.statsmodels_fit(returns[rows], market.benchmark_returns[rows])
        np.testing.assert_allclose(
            [found.beta[t], found.beta_low[t], found.beta_high[t], found.r_squared[t]],
            [fit.beta, low, high, fit.r_squared],
            rtol=1e-9,
        )


def test_golden_reference_book() -> None:
    """Design 4: $10,800 at beta 1.3784, interval [1.188690, 1.568183] to its centre of 1.3784365."""
    found = run(Reference().table(), Reference().settings()).exposure
    line = found.positions[0]
    np.testing.assert_allclose([line.value, line.weight, line.beta], [10_800.0, 1.0, 1.3784], rtol=1e-11)
    np.testing.assert_allclose(found.dollar_beta[-1], 14886.72, rtol=1e-11)
    np.testing.assert_allclose(
        [found.beta_low[-1], found.beta_high[-1]], [1.3784 - 0.1897465, 1.3784 + 0.1897465], rtol=1e-9
    )
    np.testing.assert_allclose(line.benchmark_shares, 14886.72 / 500.0, rtol=1e-11)
    np.testing.assert_allclose(line.profit_on_1pct_fall, -148.8672, rtol=1e-11)
    assert line.observations == 61
    assert np.isnan(line.gain)  # the price paid is not known


def test_gain_is_against_the_price_paid() -> None:
    settings = settings_of({}, 0.0, beta__window_sessions=20)
    settings = settings.with_value("portfolio.holdings", [["S00", -4, 25.0], ["S01", 10]])
    settings = settings.with_value("portfolio.cash", 10_000)
    table = random_table(8, 60, 2)
    line = run(table, settings).exposure.positions[0]
    np.testing.assert_allclose(line.gain, -4 * (line.price - 25.0))


def test_gain_of_the_hedge_held_counts_too() -> None:
    settings = settings_of({}, 10_000.0, beta__window_sessions=20)
    settings = settings.with_value("portfolio.holdings", [["S00", 5], [HEDGE, 3, 20.0]])
    hedge = run(random_table(8, 60, 2), settings).exposure.positions[-1]
    assert hedge.role == "hedge"
    np.testing.assert_allclose(hedge.gain, 3 * (hedge.price - 20.0))


def test_hedge_held_is_a_hedge_and_not_a_holding() -> None:
    table = random_table(9, 80, 2)
    held = {A: 40.0, B: 20.0}
    bare = exposure_of(table, held, 1000.0)
    hedged = exposure_of(table, {**held, HEDGE: 30.0}, 1000.0)
    worth = 30.0 * table.close[-1, table.column(HEDGE) or 0]
    np.testing.assert_allclose(hedged.nav, bare.nav + worth)
    np.testing.assert_allclose(hedged.dollar_beta, bare.dollar_beta)
    line = hedged.positions[-1]
    assert (line.ticker, line.role, line.shares) == (HEDGE, "hedge", 30.0)
    assert np.isnan(line.share)
    np.testing.assert_allclose(line.value, worth)
    np.testing.assert_allclose(
        hedged.net_beta[-1], (hedged.dollar_beta[-1] + line.beta * worth) / hedged.nav, rtol=1e-12
    )
    assert hedged.net_beta[-1] < hedged.beta[-1]
    np.testing.assert_array_equal(bare.net_beta, bare.beta)


def test_h7_net_interval_is_that_of_the_hedged_books_own_regression() -> None:
    table = random_table(10, 60, 2)
    held = {A: 40.0, B: 20.0, HEDGE: 100.0}
    market = build_market(table, DATA, (A, B))
    portfolio = value_portfolio(market, book(held))
    betas = estimate_betas(market, SHORT)
    found = measure_exposure(market, portfolio, betas, SHORT, hedge_beta(betas))
    weights = np.append(portfolio.value[-1], 100.0 * market.hedge_close[-1]) / portfolio.nav[-1]
    returns = np.column_stack([market.returns, market.hedge_returns])[-20:] @ weights
    fit = ols(returns, market.benchmark_returns[-20:])
    np.testing.assert_allclose(
        [found.net_beta[-1], found.net_beta_low[-1], found.net_beta_high[-1]],
        [fit.beta, *fit.interval()],
        rtol=1e-10,
        atol=1e-12,
    )
    half = book_half_width(market, weights[:2], weights[2], SHORT)
    np.testing.assert_allclose(half, (fit.interval()[1] - fit.interval()[0]) / 2, rtol=1e-10)


def flat(table: PriceTable, ticker: str, rows: slice = slice(None)) -> PriceTable:
    close = table.close.copy()
    close[rows, table.column(ticker) or 0] = 50.0
    return with_prices(table, close)


def numbers(value: object) -> list[float]:
    """Every number inside a result."""
    if isinstance(value, np.ndarray):
        return [] if value.dtype.kind == "M" else value.astype(float).ravel().tolist()
    if isinstance(value, (bool, str, np.datetime64)) or value is None:
        return []
    if isinstance(value, (int, float, np.number)):
        return [float(value)]
    if isinstance(value, Keyed):
        return [n for f in fields(value) for n in numbers(getattr(value, f.name))]  # type: ignore[arg-type]
    if isinstance(value, (tuple, list)):
        return [n for item in value for n in numbers(item)]
    return []


def test_p5_h18_flat_asset_is_not_defined_and_never_zero() -> None:
    table = flat(random_table(11, 80, 2), A)
    analysis = run(table, settings_of({A: 10.0, B: 10.0}, 100.0, beta__window_sessions=20))
    line, other = analysis.exposure.positions
    assert np.isnan([line.beta, line.beta_low, line.beta_high, line.dollar_beta, line.share]).all()
    assert line.reason == "its price did not move over the window, so beta is not defined"
    assert [item.ticker for item in analysis.exposure.left_out] == [A]
    np.testing.assert_allclose(analysis.exposure.left_out[0].share_of_nav, 500.0 / analysis.exposure.nav)
    np.testing.assert_allclose(analysis.exposure.dollar_beta[-1], other.dollar_beta)
    assert analysis.exposure.measured[-1] == 1
    assert "1 of 2 positions without a beta." in str(analysis.headline)
    assert not np.isinf(numbers(analysis)).any()


@pytest.mark.parametrize("growth", [0.0, 0.001])
def test_p5_h18_flat_benchmark_is_not_defined_and_gives_no_order(growth: float) -> None:
    table = random_table(12, 80, 2)
    close = table.close.copy()
    close[:, 0] = 400.0 * (1.0 + growth) ** np.arange(80)
    analysis = run(with_prices(table, close), settings_of({A: 10.0, B: 10.0}, beta__window_sessions=20))
    assert np.isnan(analysis.exposure.beta).all()
    assert all("SPY did not move over the window" in p.reason for p in analysis.exposure.positions)
    assert analysis.order.side == "none"
    assert analysis.order.problem == "No position has a beta, so there is nothing to size."
    assert np.isnan(analysis.order.residual_beta)
    assert str(analysis.headline).startswith("Beta \u2014 (no data: SPY did not move over the window")
    assert not np.isinf(numbers(analysis)).any()


def test_p6_short_history_is_named_and_the_rest_goes_on() -> None:
    table = random_table(13, 80, 3)
    close = table.close.copy()
    close[:68, table.column(A) or 0] = np.nan  # 12 prices: 11 returns
    close[:, table.column(C) or 0] = np.nan  # never a price
    analysis = run(with_prices(table, close), settings_of({A: 9.0, B: 9.0, C: 9.0}, beta__window_sessions=20))
    assert {item.ticker: item.reason for item in analysis.exposure.left_out} == {
        A: "11 of 20 sessions have a return, needs 16",
        C: "no price up to 23 Apr 2019; left out of NAV",
    }
    assert np.isfinite(analysis.exposure.beta[-1])
    assert analysis.order.side == "buy"
    assert np.isnan(analysis.exposure.left_out[1].share_of_nav)
    assert not np.isinf(numbers(analysis)).any()


def test_a_missing_last_price_is_left_out_with_the_day_of_the_last_one() -> None:
    table = random_table(14, 80, 2)
    close = table.close.copy()
    close[-2:, table.column(A) or 0] = np.nan
    analysis = run(with_prices(table, close), settings_of({A: 10.0, B: 10.0}, beta__window_sessions=20))
    days = weekdays(80).astype(object)
    wanted = f"no price on {days[-1]:%-d %b %Y}; the last one is of {days[-3]:%-d %b %Y}; left out of NAV"
    assert [(item.ticker, item.reason) for item in analysis.exposure.left_out] == [(A, wanted)]
    np.testing.assert_allclose(analysis.exposure.nav, 10.0 * close[-1, table.column(B) or 0])


def test_two_sessions_are_enough_to_say_that_there_is_not_enough() -> None:
    table = random_table(15, 2, 1)
    analysis = run(table, settings_of({A: 10.0}))
    assert analysis.exposure.left_out[0].reason == "1 of 60 sessions have a return, needs 48"
    assert analysis.exposure.window_start == analysis.exposure.window_end == table.sessions[-1]
    assert not np.isinf(numbers(analysis)).any()


def test_the_window_is_named_by_its_first_and_last_return() -> None:
    """60 simple returns 2025-01-02..2025-03-31 are sessions 2025-01-02 to 2025-03-31."""
    found = exposure_of(random_table(16, 90, 1), {A: 1.0})
    sessions = weekdays(90)
    assert (found.window_start, found.window_end) == (sessions[-20], sessions[-1])


def test_volatility_is_that_of_the_window_and_systematic_is_r_squared() -> None:
    table = random_table(17, 90, 2)
    analysis = run(table, settings_of({A: 10.0, B: 5.0}, 300.0, beta__window_sessions=20))
    market, portfolio = analysis.market, analysis.portfolio
    weights = portfolio.value[-1] / portfolio.nav[-1]
    own = np.std(market.returns[-20:] @ weights, ddof=1) * np.sqrt(252)
    np.testing.assert_allclose(analysis.exposure.volatility, own, rtol=1e-12)
    bench = np.std(market.benchmark_returns[-20:], ddof=1) * np.sqrt(252)
    np.testing.assert_allclose(analysis.exposure.benchmark_volatility, bench, rtol=1e-12)
    explained = (analysis.exposure.beta[-1] * bench / own) ** 2
    np.testing.assert_allclose(analysis.exposure.systematic, explained, rtol=1e-9)


@given(table=tables(), k=st.sampled_from([0.125, 4.0, 1024.0]))
def test_h4_in_another_currency_ratios_stay_and_money_scales(table: PriceTable, k: float) -> None:
    held = every_share(table)
    close = table.close.copy()
    own = [table.column(t) or 0 for t in (BENCHMARK, HEDGE, *held)]
    close[:, own] *= k
    one = exposure_of(table, {**held, HEDGE: 2.0}, 64.0)
    two = exposure_of(with_prices(table, close), {**held, HEDGE: 2.0}, 64.0 * k)
    for name in ("beta", "beta_low", "beta_high", "net_beta", "r_squared"):
        np.testing.assert_allclose(getattr(two, name), getattr(one, name), rtol=1e-12, atol=1e-14)
    np.testing.assert_allclose(two.dollar_beta, one.dollar_beta * k, rtol=1e-12)
    np.testing.assert_allclose(two.positions[0].profit_on_1pct_fall, one.positions[0].profit_on_1pct_fall * k)


@given(table=tables(), k=st.sampled_from([0.5, 8.0]))
def test_h3_price_times_k_and_shares_over_k(table: PriceTable, k: float) -> None:
    held = every_share(table)
    first = next(iter(held))
    close = table.close.copy()
    close[:, table.column(first) or 0] *= k
    one = exposure_of(table, held, 10.0)
    two = exposure_of(with_prices(table, close), {**held, first: held[first] / k}, 10.0)
    np.testing.assert_array_equal(two.beta, one.beta)
    np.testing.assert_array_equal(two.beta_high, one.beta_high)
    assert [p.weight for p in two.positions] == [p.weight for p in one.positions]


@given(table=tables(), seed=st.integers(0, 999))
def test_h13_order_of_the_book_does_not_matter(table: PriceTable, seed: int) -> None:
    rng = np.random.default_rng(seed)
    held = {t: float(rng.integers(1, 50)) for t in every_share(table)}
    one, two = exposure_of(table, held), exposure_of(table, dict(reversed(held.items())))
    for name in ("beta", "beta_low", "net_beta", "dollar_beta"):
        np.testing.assert_allclose(getattr(two, name), getattr(one, name), rtol=1e-12, atol=1e-13)
    turned, straight = ([p.beta for p in e.positions] for e in (two, one))
    np.testing.assert_array_equal(turned[::-1], straight)


@given(table=tables())
def test_h15_short_is_minus_long_and_long_plus_short_is_nothing(table: PriceTable) -> None:
    held = every_share(table)
    cash = 4.0 * float(np.nansum(np.nanmax(table.close, axis=0))) * 10.0
    long, short = exposure_of(table, held, cash), exposure_of(table, {t: -q for t, q in held.items()}, cash)
    np.testing.assert_allclose(short.dollar_beta, -long.dollar_beta, rtol=1e-12)
    for up, down in zip(long.positions, short.positions, strict=True):
        np.testing.assert_array_equal(
            [down.value, down.dollar_beta, down.profit_on_1pct_fall, down.beta],
            [-up.value, -up.dollar_beta, -up.profit_on_1pct_fall, up.beta],
        )
    np.testing.assert_array_equal(np.sign(short.beta), -np.sign(long.beta))


@given(table=tables(most_assets=4))
def test_h16_dollar_betas_and_losses_add_over_books(table: PriceTable) -> None:
    names = list(every_share(table))
    assume(len(names) >= 2)
    left, right = dict.fromkeys(names[:1], 12.0), dict.fromkeys(names[1:], 5.0)
    parts, whole = (
        [exposure_of(table, b, 1.0) for b in (left, right)],
        exposure_of(table, {**left, **right}, 1.0),
    )
    losses = [sum(p.profit_on_1pct_fall for p in e.positions if not p.reason) for e in (*parts, whole)]
    np.testing.assert_allclose(losses[0] + losses[1], losses[2], rtol=1e-10, atol=1e-12)
    both = np.isfinite(parts[0].dollar_beta) & np.isfinite(parts[1].dollar_beta)
    np.testing.assert_allclose(
        (parts[0].dollar_beta + parts[1].dollar_beta)[both], whole.dollar_beta[both], rtol=1e-10, atol=1e-10
    )


@given(table=tables(most_assets=3, gaps=False), at=st.integers(1, 25))
def test_h17_a_missing_price_reaches_only_its_windows(table: PriceTable, at: int) -> None:
    held = every_share(table)
    first = next(iter(held))
    close = table.close.copy()
    close[at, table.column(first) or 0] = np.nan
    one, two = exposure_of(table, held, 10.0), exposure_of(with_prices(table, close), held, 10.0)
    far = np.ones(len(close), dtype=bool)
    far[at : at + 21] = False  # its session, and the 20 windows that hold the return after it
    np.testing.assert_allclose(two.beta[far], one.beta[far], rtol=1e-9)
    assert np.isfinite(two.beta[at]) == (two.measured[at] > 0)


@given(table=tables(most_assets=3), day=st.integers(5, 25))
def test_h23_a_day_missing_for_all_is_a_day_that_never_was(table: PriceTable, day: int) -> None:
    """Sessions count, not days: a hole in the calendar is no gap in the prices."""
    kept = np.arange(len(table.sessions)) != day
    one = with_prices(table, table.close[kept])
    holed, dense = table.sessions[kept].copy(), weekdays(len(table.sessions) - 1)
    holed.setflags(write=False)
    found = [
        exposure_of(replace(one, sessions=s, volume=table.volume[kept]), every_share(table), 10.0)
        for s in (holed, dense)
    ]
    for name in ("beta", "beta_low", "r_squared", "observations", "dollar_beta"):
        np.testing.assert_array_equal(getattr(found[0], name), getattr(found[1], name))
    assert found[0].positions == found[1].positions


@pytest.mark.parametrize("change", [{"errors": "newey-west"}, {"returns": "log"}])
def test_errors_and_returns_reach_the_book(change: dict[str, str]) -> None:
    settings = Settings()
    for name, value in change.items():
        settings = settings.with_value(f"beta.{name}", value)
    plain, other = analyse(Settings()).exposure, analyse(settings).exposure
    if "errors" in change:
        np.testing.assert_allclose(other.beta, plain.beta, rtol=1e-9)
    else:
        assert 1e-6 < abs(other.beta[-1] / plain.beta[-1] - 1.0) < 0.05
    assert not np.isclose(other.half_width, plain.half_width, rtol=1e-6)


def test_newey_west_interval_of_the_book_equals_statsmodels() -> None:
    table = random_table(21, 60, 2)
    beta = BetaSettings(window_sessions=30, errors="newey-west")
    found = exposure_of(table, {A: 3.0, B: 8.0}, 100.0, beta)
    market = build_market(table, DATA, (A, B))
    portfolio = value_portfolio(market, book({A: 3.0, B: 8.0}, 100.0))
    returns = market.returns[-30:] @ (portfolio.value[-1] / portfolio.nav[-1])
    _, interval = reference.statsmodels_fit(returns, market.benchmark_returns[-30:], hac=True)
    np.testing.assert_allclose([found.beta_low[-1], found.beta_high[-1]], interval, rtol=1e-9)


def test_measurable_drops_what_never_moved() -> None:
    market = build_market(flat(random_table(22, 60, 2), A), DATA, (A, B))
    betas = estimate_betas(market, SHORT)
    assert (betas.assets.beta[25:, 0] == 0.0).all()
    assert np.isnan(measurable(betas)[:, 0]).all()
    np.testing.assert_array_equal(measurable(betas)[:, 1], betas.assets.beta[:, 1])


def test_a_line_of_no_shares_is_shown_and_changes_nothing() -> None:
    table = random_table(23, 80, 2)
    one, two = exposure_of(table, {B: 5.0}), exposure_of(table, {A: 0.0, B: 5.0})
    np.testing.assert_array_equal(two.beta, one.beta)
    assert [p.ticker for p in two.positions] == [A, B]
    assert two.left_out == ()


def test_prices_that_only_the_benchmark_drives_have_beta_by_construction() -> None:
    x = np.random.default_rng(3).normal(0.0, 0.01, 60)
    prices = {BENCHMARK: path(x, 400.0), HEDGE: path(-x, 40.0), A: path(1.5 * x, 90.0)}
    found: Analysis = run(table_of(prices), settings_of({A: 10.0}, 100.0, beta__window_sessions=30))
    np.testing.assert_allclose(found.exposure.positions[0].beta, 1.5, rtol=1e-10)
    np.testing.assert_allclose(found.exposure.beta[-1], 1.5 * 900.0 / 1000.0, rtol=1e-10)

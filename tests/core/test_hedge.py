"""How many shares: the formula in exact decimals, and the plan after every close."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core import hedge_shares, ols
from core.data.base import PriceTable
from core.errors import EstimationError, InvalidSetting
from core.hedge import whole_lots
from tests.reference import hedging as reference
from tests.strategies import (
    ASSETS,
    HEDGE,
    Reference,
    every_share,
    random_table,
    run,
    settings_of,
    tables,
    with_prices,
)

A, B = ASSETS[:2]


def test_golden_sizes() -> None:
    """Design 4: 334.0076 raw, 327 with 2 % discount; layout 4: 100,000 at 1.2 with SH at 40 is 3,000."""
    raw = hedge_shares(10_800, 1.3784, 44.57)
    assert f"{float(raw):.4f}" == "334.0076"
    np.testing.assert_allclose(raw, float(reference.shares("10800", "1.3784", "44.57")), rtol=1e-14)
    cut = hedge_shares(10_800, 1.3784, 44.57, liquidity_discount=0.02)
    np.testing.assert_allclose(cut, float(reference.shares("10800", "1.3784", "44.57", "0.02")), rtol=1e-14)
    assert whole_lots(cut) == 327
    assert hedge_shares(100_000, 1.2, 40) == 3_000
    bounds = hedge_shares(10_800, [1.188690, 1.568183], 44.57, liquidity_discount=0.02)
    assert whole_lots(bounds).tolist() == [282, 372]
    assert f"{1.3784 - 327 * 44.57 / 10_800:.4f}" == "0.0289"


def test_target_and_leverage() -> None:
    np.testing.assert_allclose(hedge_shares(100_000, 1.2, 40, target_beta=0.2), 2_500)
    np.testing.assert_allclose(hedge_shares(100_000, 1.2, 40, hedge_beta=-3.0), 1_000)
    assert hedge_shares(100_000, 0.2, 40, target_beta=0.5) < 0
    np.testing.assert_allclose(hedge_shares(100_000, 1.2, 500, hedge_beta=1.0), -240)  # the benchmark, short
    assert np.isnan(hedge_shares(100_000, float("nan"), 40))
    np.testing.assert_allclose(hedge_shares([1e5, 2e5], 1.2, [40, 80]), [3_000, 3_000])


@pytest.mark.parametrize("hedge_beta", [0.0, -0.19, 0.19])
def test_h7_an_instrument_that_hardly_moves_is_refused(hedge_beta: float) -> None:
    with pytest.raises(EstimationError, match=r"within 0\.2 of zero") as caught:
        hedge_shares(1e5, 1.2, 40, hedge_beta=hedge_beta)
    assert caught.value.where == "data.hedge"


@pytest.mark.parametrize(("price", "discount"), [(0.0, 0.0), (-5.0, 0.0), (40.0, 1.0), (40.0, -0.1)])
def test_wrong_price_and_discount_are_refused(price: float, discount: float) -> None:
    with pytest.raises(InvalidSetting, match="price above zero and a discount"):
        hedge_shares(1e5, 1.2, price, liquidity_discount=discount)


@given(
    value=st.floats(1e3, 1e9),
    beta=st.floats(-3.0, 3.0),
    price=st.floats(1.0, 1e3),
    own=st.floats(-3.0, -0.25),
    target=st.floats(-0.5, 1.0),
)
def test_h7_what_is_sized_leaves_the_target(
    value: float, beta: float, price: float, own: float, target: float
) -> None:
    shares = float(hedge_shares(value, beta, price, hedge_beta=own, target_beta=target))
    np.testing.assert_allclose(beta + shares * price * own / value, target, atol=1e-10)


@pytest.mark.parametrize(
    ("shares", "lot", "wanted"),
    [
        (327.327, 1, 327.0),
        (-327.9, 1, -327.0),
        (299.999, 100, 200.0),
        (300.0 - 1e-8, 100, 300.0),
        (3.0 - 4e-10, 1, 3.0),
        (3.0 - 1e-6, 1, 2.0),
        (0.9, 1, 0.0),
        (-0.9, 1, 0.0),
        (1e12 + 0.4, 1, 1e12),
    ],
)
def test_whole_lots_go_toward_zero(shares: float, lot: int, wanted: float) -> None:
    found = float(whole_lots(shares, lot))
    assert found == wanted
    assert np.copysign(1.0, found) == (1.0 if wanted >= 0 else -1.0)  # no negative zero
    assert np.isnan(whole_lots(np.nan))


@given(st.floats(-1e9, 1e9), st.integers(1, 1000))
def test_whole_lots_are_multiples_and_never_further_from_zero(shares: float, lot: int) -> None:
    found = float(whole_lots(shares, lot))
    assert found % lot == 0
    assert abs(found) <= abs(shares) * (1 + 1e-8)
    assert abs(shares - found) < lot * (1 + 1e-9)


@given(table=tables(gaps=False, most_assets=4), seed=st.integers(0, 999))
def test_h7_the_hedged_book_has_beta_zero_in_sample(table: PriceTable, seed: int) -> None:
    rng = np.random.default_rng(seed)
    held = {t: float(rng.integers(1, 90)) for t in every_share(table)}
    analysis = run(table, settings_of(held, float(rng.integers(0, 5000)), beta__window_sessions=20))
    market, portfolio, plan = analysis.market, analysis.portfolio, analysis.plan
    for t in (20, len(market.sessions) - 1):
        rows = slice(t - 19, t + 1)
        nav = portfolio.nav[t]
        book = market.returns[rows] @ (portfolio.value[t] / nav)
        hedged = book + plan.exact_shares[t] * market.hedge_close[t] / nav * market.hedge_returns[rows]
        fit = ols(hedged, market.benchmark_returns[rows])
        np.testing.assert_allclose(fit.beta, 0.0, atol=1e-10)
        assert abs(ols(book, market.benchmark_returns[rows]).beta) > 1e-3


def test_golden_plan_of_the_reference_book() -> None:
    plan = run(Reference().table(), Reference().settings(hedge__liquidity_discount=0.02)).plan
    wanted = float(reference.shares("10800", "1.3784", "44.57", "0.02"))
    np.testing.assert_allclose(plan.exact_shares[-1], wanted, rtol=1e-11)
    assert (plan.shares[-1], plan.shares_low[-1], plan.shares_high[-1]) == (327.0, 282.0, 372.0)
    assert plan.source == "by hand"
    assert (plan.hedge_beta == -1.0).all()
    assert plan.problem == ""
    assert np.isnan(plan.shares[:49]).all()  # no beta, no size
    assert np.isfinite(plan.shares[49:]).all()


def test_measured_beta_of_the_hedge_is_used_and_the_stated_one_is_the_fallback() -> None:
    table = random_table(1, 90, 1)
    analysis = run(table, settings_of({A: 10.0}, beta__window_sessions=20))
    plan, betas = analysis.plan, analysis.betas
    assert plan.source == "measured"
    np.testing.assert_array_equal(plan.hedge_beta[20:], betas.hedge.beta[20:, 0])
    np.testing.assert_allclose(
        plan.exact_shares[20:],
        hedge_shares(
            analysis.portfolio.nav[20:],
            analysis.exposure.beta[20:],
            analysis.market.hedge_close[20:],
            hedge_beta=plan.hedge_beta[20:],
        ),
        rtol=1e-12,
    )
    close = table.close.copy()
    close[80:89, table.column(HEDGE) or 0] = np.nan  # too few pairs for a beta, yet a price today
    unmeasured = run(with_prices(table, close), settings_of({A: 10.0}, beta__window_sessions=20)).plan
    assert unmeasured.source == "stated"
    assert unmeasured.hedge_beta[-1] == -1.0
    by_hand = run(table, settings_of({A: 10.0}, beta__window_sessions=20, hedge__hedge_beta=-2.0)).plan
    assert by_hand.source == "by hand"
    assert (by_hand.hedge_beta == -2.0).all()


def test_the_stated_multiple_of_a_known_fund_is_its_own() -> None:
    table = random_table(2, 12, 1)
    table = replace(table, tickers=tuple("SPXU" if t == HEDGE else t for t in table.tickers))
    settings = settings_of({A: 10.0}, data__hedge="SPXU")
    plan = run(table, settings).plan
    assert plan.source == "stated"
    assert (plan.hedge_beta == -3.0).all()


def test_never_short_the_fund_and_whole_lots() -> None:
    table = random_table(3, 90, 1)
    cash = 50.0 * float(table.close[-1, table.column(A) or 0])
    plan = run(table, settings_of({A: -20.0}, cash, beta__window_sessions=20)).plan
    assert plan.exact_shares[-1] < 0
    assert (plan.shares[20:] == 0).all()
    assert (plan.shares_low[20:] == 0).all()
    lots = run(table, settings_of({A: 2000.0}, beta__window_sessions=20, hedge__lot=100)).plan
    assert (lots.shares[20:] % 100 == 0).all()
    assert (lots.shares[20:] <= lots.exact_shares[20:]).all()
    assert (lots.exact_shares[20:] - lots.shares[20:] < 100).all()


@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        ("flat", "SH has beta 0.00 to SPY: it does not move against it."),
        ("long", "SH has beta 1.00 to SPY: it does not move against it."),
        ("gone", "SH has no price on 7 May 2019."),
    ],
)
def test_h7_a_hedge_that_cannot_hedge_gives_a_reason_and_no_size(spoil: str, words: str) -> None:
    table = random_table(4, 90, 1)
    close, column = table.close.copy(), table.column(HEDGE) or 0
    close[:, column] = {"flat": 40.0, "long": close[:, 0] / 10.0, "gone": close[:, column]}[spoil]
    if spoil == "gone":
        close[-1, column] = np.nan
    analysis = run(with_prices(table, close), settings_of({A: 10.0}, beta__window_sessions=20))
    assert analysis.plan.problem == analysis.order.problem == words
    assert np.isnan(analysis.plan.shares[-1])
    assert analysis.order.side == "none"
    assert f"No order: {words}" in str(analysis.headline)


@given(table=tables(most_assets=3), k=st.sampled_from([0.25, 4.0]))
def test_h4_plan_in_another_currency_has_the_same_shares(table: PriceTable, k: float) -> None:
    held = every_share(table, 50.0)
    close = table.close.copy()
    close[:, :-1] *= k  # all but the bill yield
    one = run(table, settings_of(held, 64.0, beta__window_sessions=20)).plan
    two = run(with_prices(table, close), settings_of(held, 64.0 * k, beta__window_sessions=20)).plan
    np.testing.assert_allclose(two.exact_shares, one.exact_shares, rtol=1e-12, atol=1e-12)


def test_target_beta_and_discount_of_the_plan() -> None:
    table = random_table(5, 90, 1)
    settings = settings_of({A: 100.0}, 500.0, beta__window_sessions=20)
    plain = run(table, settings)
    aimed = run(
        table, settings.with_value("hedge.target_beta", 0.3).with_value("hedge.liquidity_discount", 0.1)
    )
    wanted = hedge_shares(
        plain.portfolio.nav[-1],
        plain.exposure.beta[-1],
        plain.market.hedge_close[-1],
        hedge_beta=plain.plan.hedge_beta[-1],
        target_beta=0.3,
        liquidity_discount=0.1,
    )
    np.testing.assert_allclose(aimed.plan.exact_shares[-1], wanted, rtol=1e-12)
    np.testing.assert_allclose(
        aimed.plan.shares_high[-1],
        np.trunc(wanted * (plain.exposure.beta_high[-1] - 0.3) / (plain.exposure.beta[-1] - 0.3)),
    )

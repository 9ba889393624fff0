"""The order: the reference trade to the cent, every limit, every way of funding."""

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from core.costs import trade_cost
from core.data.base import PriceTable
from core.settings import CostSettings
from tests.core.orders import flat_fund, order_of, reference_order, with_volumes
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
THIN = "\u202f"


def test_golden_reference_order() -> None:
    """Design 4: V 10,800, beta 1.3784, P 44.57, hedge beta -1, discount 2 %."""
    order = reference_order().order
    assert (order.side, order.shares, order.instrument, order.held, order.target) == (
        "buy",
        327.0,
        "SH",
        0.0,
        327.0,
    )
    assert f"{order.notional:.2f}" == "14574.39"
    assert f"{order.residual_beta:.4f}" == "0.0289"
    assert (order.shares_low, order.shares_high) == (282.0, 372.0)
    assert f"{order.cost.fixed + order.cost.proportional:.2f}" == "3.41"
    assert f"{order.cost.half_spread:.2f}" == "1.46"
    assert f"{order.cost_now:.2f}" == "4.87"
    assert f"{order.round_trip:.2f}" == "9.73"  # 2 x 4.8655
    assert f"{order.fund_fee_a_day:.2f}" == "0.51"
    assert (f"{order.residual_low:.2f}", f"{order.residual_high:.2f}") == ("-0.16", "0.22")
    np.testing.assert_allclose(order.residual_dollar_beta, 14886.72 - 14574.39, rtol=1e-9)
    assert not order.hedge_beta_measured
    assert (order.limit, order.review, order.problem) == ("", "", "")
    assert order.days_to_trade == 1.0
    assert np.isnan(order.volume_share)
    assert order.funding.mode == "borrow"
    np.testing.assert_allclose(order.funding.shortfall, 14574.39, rtol=1e-12)
    np.testing.assert_allclose(order.funding.financing_a_day, 14574.39 * (0.02 + 0.015) / 252, rtol=1e-12)


def test_golden_headline_of_the_reference_order() -> None:
    """Design 1, word for word but for the clause on triggers."""
    assert str(reference_order().headline).replace(THIN, " ") == (
        "Beta 1.38 [1.19, 1.57]. No trigger is asked \u2192 hedge ON at 100 %. "
        "Buy 327 SH @ $44.57 = $14,574 (have $0 cash: short $14,574). "
        "Cost now $4.87. Residual beta 0.03 [\u22120.16, 0.22]."
    )


def test_golden_raw_size_without_discount() -> None:
    order = reference_order(hedge__liquidity_discount=0.0).order
    assert f"{order.wanted_exact:.4f}" == "334.0076"
    assert order.shares == 334.0


def test_golden_sell_pro_rata() -> None:
    """Design 4: w = b / (1 + b) = 58 % of a book without cash, and 140 shares for the reference."""
    order = reference_order(hedge__liquidity_discount=0.0, hedge__funding="sell").order
    assert order.funding.mode == "sell"
    np.testing.assert_allclose(order.funding.sell_fraction, 1.3784 / 2.3784, rtol=1e-4)  # of whole shares
    assert f"{order.funding.sell_fraction:.0%}" == "58%"
    assert (order.side, order.shares) == ("buy", 140.0)
    np.testing.assert_allclose(order.funding.sold, 10_800 * order.funding.sell_fraction, rtol=1e-12)
    assert order.other_costs == pytest.approx(trade_cost(-57.955, 108.0, CostSettings()).total, rel=1e-4)
    assert 0.0 <= order.residual_beta < 44.57 / 10_800
    # The interval is that of the part of the book that is kept.
    half = (order.residual_high - order.residual_low) / 2
    np.testing.assert_allclose(half, (1.0 - order.funding.sell_fraction) * 0.1897465, rtol=1e-9)


def test_cash_is_used_first_and_only_the_rest_is_short() -> None:
    order = reference_order(5_000.0).order
    assert order.funding.cash_had == 5_000.0
    np.testing.assert_allclose(order.funding.shortfall, order.notional - 5_000.0)
    rich = reference_order(20_000.0).order
    assert rich.funding.shortfall == rich.funding.financing_a_day == 0.0
    assert "(have $20,000 cash)" in str(reference_order(20_000.0).headline)


@given(
    table=tables(most_assets=3, gaps=False),
    discount=st.sampled_from([0.0, 0.02, 0.1]),
    cash=st.floats(0.0, 0.5),
    funding=st.sampled_from(["borrow", "sell", "short"]),
    target=st.sampled_from([0.0, 0.2]),
)
def test_funding_balances_cash_to_rounding_and_meets_the_same_net_beta(
    table: PriceTable, discount: float, cash: float, funding: str, target: float
) -> None:
    held = every_share(table, 500.0)
    worth = 500.0 * float(np.sum(table.close[-1, 2:-1]))
    settings = settings_of(
        held,
        round(cash * worth),
        beta__window_sessions=20,
        hedge__liquidity_discount=discount,
        hedge__target_beta=target,
        hedge__band=0.0,
    )
    analysis = run(table, settings.with_value("hedge.funding", funding))
    borrowed = run(table, settings.with_value("hedge.funding", "borrow")).order
    order, price = analysis.order, analysis.order.price
    assume(borrowed.side == "buy" and borrowed.funding.shortfall > price)
    assert order.funding.mode == funding
    left = order.funding.cash_had + order.funding.sold - order.notional
    lot = price * -order.hedge_beta / analysis.exposure.nav  # net beta of one share of the fund
    if funding == "sell":
        assert -1e-6 * worth <= left <= price + 1e-6 * worth
        assert 0.0 < order.funding.sell_fraction <= 1.0
        kept = (1.0 - order.funding.sell_fraction) * analysis.exposure.dollar_beta[-1]
        wanted = (kept - target * analysis.exposure.nav) / -order.hedge_beta * (1.0 - discount)
        assert abs(order.notional - wanted) <= 2 * price
        if not discount:
            np.testing.assert_allclose(order.residual_beta, borrowed.residual_beta, atol=2 * lot)
    elif funding == "short":
        level = float(analysis.market.benchmark_close[-1])
        assert 0.0 <= left <= price + 1e-6
        assert order.funding.benchmark_short == np.floor(order.funding.benchmark_short)
        np.testing.assert_allclose(
            order.residual_beta, borrowed.residual_beta, atol=2 * lot + level / analysis.exposure.nav
        )
    else:
        np.testing.assert_allclose(left, -order.funding.shortfall, atol=1e-6)
    residual = (
        (1.0 - order.funding.sell_fraction) * analysis.exposure.dollar_beta[-1]
        + order.notional * order.hedge_beta
        - order.funding.benchmark_short * float(analysis.market.benchmark_close[-1])
    )
    np.testing.assert_allclose(order.residual_dollar_beta, residual, rtol=1e-9, atol=1e-6)


def test_short_proceeds_without_cash_sells_the_benchmark_and_says_so() -> None:
    analysis = reference_order(hedge__funding="short")
    order = analysis.order
    assert (order.side, order.shares, order.notional) == ("none", 0.0, 0.0)
    assert order.funding.benchmark_short == 29.0  # 14,574.39 / 500
    assert order.limit == "funding"
    np.testing.assert_allclose(order.residual_beta, 1.3784 - 29 * 500 / 10_800, rtol=1e-9)
    assert order.cost_now == trade_cost(-29, 500.0, CostSettings()).total
    sentence = str(analysis.headline)
    assert "Buy no SH (have $0 cash: short $14,574, sell 29 SPY short). Cost now $4.86." in sentence
    half = (order.residual_high - order.residual_low) / 2
    np.testing.assert_allclose(half, Reference().half_width, rtol=1e-9)


def test_short_proceeds_with_some_cash_buys_what_cash_allows() -> None:
    order = reference_order(5_000.0, hedge__funding="short").order
    assert (order.side, order.shares) == ("buy", 112.0)
    assert order.funding.benchmark_short == np.floor((327 - 112) * 44.57 / 500)


# ---- what stops or bounds a trade


def test_already_hedged_does_nothing_and_names_the_levels() -> None:
    table = random_table(31, 90, 2)
    held = {A: 100.0, B: 50.0}
    wanted = order_of(table, held, 1e5).wanted
    analysis = run(table, settings_of({**held, HEDGE: wanted}, 1e5, beta__window_sessions=20))
    assert (analysis.order.side, analysis.order.limit, analysis.order.held) == (
        "none",
        "already there",
        wanted,
    )
    assert analysis.order.cost_now == analysis.order.round_trip == analysis.order.notional == 0.0
    assert "The hedge is in place: do nothing" in str(analysis.headline)


@pytest.mark.parametrize(("off", "trades"), [(0.9, False), (1.1, True)])
def test_h19_the_band_decides(off: float, trades: bool) -> None:
    """Nearly hedged: a gap of 0.9 of the band does nothing, one of 1.1 trades all the way."""
    table = random_table(32, 90, 2)
    held = {A: 1000.0, B: 500.0}
    bare = run(table, settings_of(held, 1e6, beta__window_sessions=20))
    price = bare.order.price
    gap = off * 0.05 * bare.exposure.nav / (price * -bare.order.hedge_beta)
    owned = np.floor(bare.order.wanted - gap * 1.0)
    settings = settings_of({**held, HEDGE: owned}, 1e6 - owned * price, beta__window_sessions=20)
    order = run(table, settings).order
    assert (order.side == "buy") == trades
    assert order.limit == ("" if trades else "band")
    if trades:
        assert order.target == order.wanted
    sentence = str(run(table, settings).headline)
    assert ("Already within band: do nothing, next check at SPY" in sentence) != trades


@pytest.mark.parametrize(("minimum", "trades"), [(14_574.0, True), (14_575.0, False)])
def test_minimum_trade(minimum: float, trades: bool) -> None:
    order = reference_order(hedge__minimum_trade=minimum).order
    assert (order.side == "buy") == trades
    assert order.limit == ("" if trades else "minimum trade")


def test_capital_cap_bounds_what_is_held() -> None:
    analysis = reference_order(hedge__capital_cap=10_000.0)
    assert (analysis.order.shares, analysis.order.limit) == (224.0, "capital cap")
    np.testing.assert_allclose(analysis.order.residual_beta, 1.3784 - 224 * 44.57 / 10_800, rtol=1e-9)
    none = reference_order(hedge__capital_cap=0.0)
    assert (none.order.side, none.order.limit) == ("none", "capital cap")
    assert "The capital cap leaves nothing to trade." in str(none.headline)


def test_participation_cap_takes_days() -> None:
    table = with_volumes(flat_fund(Reference().table()), 1_000.0)
    order = reference_order(0.0, table, hedge__participation_cap=0.1).order
    assert (order.shares, order.limit, order.days_to_trade) == (100.0, "participation cap", 4.0)
    np.testing.assert_allclose(order.volume_share, 0.1)
    wide = reference_order(0.0, table, hedge__participation_cap=0.5).order
    assert (wide.shares, wide.limit, wide.days_to_trade) == (327.0, "", 1.0)
    np.testing.assert_allclose(wide.volume_share, 0.327)


def test_participation_is_of_dollar_volume() -> None:
    """Twenty sessions of 1,000 shares at twice today's price are 2,000 of today's shares a day."""
    table = flat_fund(Reference().table())
    close = table.close.copy()
    close[:-1, table.column(HEDGE) or 0] *= 2.0
    order = reference_order(
        0.0, with_volumes(with_prices(table, close), 1_000.0), hedge__participation_cap=0.1
    ).order
    assert order.shares == 195.0  # 0.1 * (19 * 2,000 + 1,000) / 20


def test_a_cap_under_one_lot_leaves_nothing_and_no_number_of_days() -> None:
    table = with_volumes(flat_fund(Reference().table()), 5.0)
    analysis = reference_order(0.0, table, hedge__participation_cap=0.1)
    assert (analysis.order.side, analysis.order.limit) == ("none", "participation cap")
    assert np.isnan(analysis.order.days_to_trade)
    assert "The participation cap leaves nothing to trade." in str(analysis.headline)


def test_without_volumes_a_cap_and_impact_are_named_as_not_applied() -> None:
    plain = reference_order(hedge__participation_cap=0.1, costs__impact=0.7).order
    assert plain.shares == 327.0
    assert plain.review == (
        "No volumes of SH: the participation cap is not applied. No volumes of SH: impact is not charged."
    )
    known = reference_order(
        0.0, with_volumes(Reference().table(), 1e6), hedge__participation_cap=0.1, costs__impact=0.7
    ).order
    assert known.review == ""
    assert known.cost.impact > 0.0


def test_lots() -> None:
    order = reference_order(hedge__lot=100).order
    assert (order.shares, order.shares_low, order.shares_high) == (300.0, 200.0, 300.0)


# ---- books at, below and beyond the target


def test_only_cash_has_nothing_to_hedge() -> None:
    analysis = run(random_table(33, 80, 0), settings_of({}, 1_000.0))
    assert (analysis.order.side, analysis.order.limit) == ("none", "at or below target")
    assert analysis.order.residual_beta == 0.0
    assert "The book is at or below its target: nothing to trade. Residual beta 0.00" in str(
        analysis.headline
    )


def test_only_the_hedge_held_is_sold() -> None:
    analysis = run(random_table(34, 80, 0), settings_of({HEDGE: 50.0}, 1_000.0, beta__window_sessions=20))
    order = analysis.order
    assert (order.side, order.shares, order.target) == ("sell", 50.0, 0.0)
    assert order.residual_beta == 0.0
    assert order.funding.cash_needed == order.funding.shortfall == 0.0
    assert "Sell 50 SH @ $40.00 = $2,000. Cost now" in str(analysis.headline)


def test_net_short_book_does_nothing_and_never_shorts_the_fund() -> None:
    table = random_table(35, 80, 1)
    cash = 200.0 * float(table.close[-1, table.column(A) or 0])
    order = order_of(table, {A: -100.0}, cash)
    assert (order.side, order.limit, order.target) == ("none", "at or below target", 0.0)
    assert order.residual_beta < -0.1
    held = order_of(table, {A: -100.0, HEDGE: 40.0}, cash)
    assert (held.side, held.target) in {("sell", 0.0), ("none", 40.0)}
    sure = order_of(table, {A: -100.0, HEDGE: 40.0}, cash, hedge__band=0.0)
    assert (sure.side, sure.shares, sure.target) == ("sell", 40.0, 0.0)


@given(
    table=tables(most_assets=3),
    target=st.floats(-0.5, 1.0),
    owned=st.integers(0, 400),
    sign=st.sampled_from([1.0, -1.0]),
)
def test_a_target_above_the_beta_sells_or_does_nothing(
    table: PriceTable, target: float, owned: int, sign: float
) -> None:
    held = {t: sign * q for t, q in every_share(table, 20.0).items()}
    cash = 50.0 * float(np.nansum(table.close[-1]))
    settings = settings_of({**held, HEDGE: float(owned)}, cash, beta__window_sessions=20)
    analysis = run(table, settings.with_value("hedge.target_beta", target))
    order = analysis.order
    assert order.target >= 0.0
    if analysis.exposure.beta[-1] <= target:
        assert order.side in {"none", "sell"}
        assert order.target <= owned
    if order.side == "buy":
        assert order.residual_beta >= target - 1e-9  # rounding is toward less hedge
    assert order.shares == abs(order.target - order.held)


def test_a_hedge_too_large_is_cut_back() -> None:
    table = random_table(36, 90, 1)
    wanted = order_of(table, {A: 100.0}, 1e4).wanted
    order = order_of(table, {A: 100.0, HEDGE: wanted + 300.0}, 1e4)
    assert (order.side, order.shares, order.target) == ("sell", 300.0, wanted)
    assert order.cost.tax == 0.0
    taxed = order_of(table, {A: 100.0, HEDGE: wanted + 300.0}, 1e4, costs__sales_tax_on=True)
    np.testing.assert_allclose(taxed.cost.tax, 300.0 * order.price * 0.0000278)
    assert taxed.exit_cost.tax == 0.0


# ---- uncertainty


def test_too_uncertain_is_marked_review_and_still_shown() -> None:
    analysis = reference_order(beta__uncertain_half_width=0.18)
    assert analysis.order.review == "Half-width 0.19, limit 0.18."
    assert analysis.order.shares == 327.0
    sentence = str(analysis.headline)
    assert (
        ", too uncertain to size (half-width 0.19, limit 0.18). No trigger is asked \u2192 hedge ON"
        in sentence
    )
    assert "short $14,574): review." in sentence
    assert reference_order(beta__uncertain_half_width=0.19).order.review == ""  # 0.18975 is within


def test_residual_interval_is_that_of_the_hedged_books_own_regression() -> None:
    from tests.reference.regression import statsmodels_fit

    table = random_table(37, 80, 2)
    analysis = run(table, settings_of({A: 40.0, B: 90.0}, 1e4, beta__window_sessions=20))
    market, order, nav = analysis.market, analysis.order, analysis.exposure.nav
    weights = np.append(analysis.portfolio.value[-1], order.target * order.price) / nav
    returns = np.column_stack([market.returns, market.hedge_returns])[-20:] @ weights
    fit, interval = statsmodels_fit(returns, market.benchmark_returns[-20:])
    np.testing.assert_allclose(order.residual_beta, fit.beta, rtol=1e-7, atol=1e-10)
    np.testing.assert_allclose([order.residual_low, order.residual_high], interval, rtol=1e-7, atol=1e-10)
    assert order.hedge_beta_measured


def test_interval_of_shares_follows_from_that_of_beta() -> None:
    analysis = run(random_table(38, 80, 2), settings_of({A: 400.0, B: 900.0}, beta__window_sessions=20))
    order, exposure = analysis.order, analysis.exposure
    for shares, beta in (
        (order.shares_low, exposure.beta_low[-1]),
        (order.shares_high, exposure.beta_high[-1]),
    ):
        np.testing.assert_allclose(
            shares, max(0.0, beta * exposure.nav / (-order.hedge_beta * order.price)), atol=1.0
        )
    assert order.shares_low < order.wanted < order.shares_high

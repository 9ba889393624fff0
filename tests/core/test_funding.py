"""Funding with limits: what is sold, what is left of the hedge, and what is refused."""

import numpy as np
import pytest

from core import Settings, analyse
from core.errors import InvalidSetting
from core.pipeline import Analysis
from tests.strategies import always_on, changed


def sample(**values: object) -> Analysis:
    return analyse(always_on(**values))


def test_a_capital_cap_still_binds_when_stock_is_sold() -> None:
    order = sample(hedge__funding="sell", hedge__capital_cap=500_000.0).order
    assert order.limit == "capital cap"
    assert order.notional <= 500_000.0 < order.notional + order.price
    # The cap keeps the hedge, so stock is sold for the shortfall and no more.
    np.testing.assert_allclose(order.funding.sold, order.notional - 400_000.0, rtol=1e-9)


def test_the_range_of_a_funded_order_is_that_of_the_order() -> None:
    plain, funded = sample().order, sample(hedge__funding="sell").order
    assert funded.shares < plain.shares
    assert funded.shares_low <= funded.shares <= funded.shares_high < plain.shares_low
    assert funded.funding.cash_needed == plain.funding.cash_needed
    assert funded.funding.cash_had + funded.funding.sold >= funded.notional - 1e-6


def test_an_index_is_not_sold_short() -> None:
    with pytest.raises(InvalidSetting, match="SPX is an index") as caught:
        sample(hedge__funding="short")
    assert caught.value.where == "hedge.funding"


def test_a_book_that_is_net_short_in_dollars_is_scaled_down_and_balances() -> None:
    book = [["KO", -4000], ["AMD", 3000]]
    order = sample(portfolio__holdings=book, portfolio__cash=70_000.0, hedge__funding="sell").order
    assert order.funding.sold < 0  # closing the shorts takes more than selling the longs brings
    assert 0.0 < order.funding.sell_fraction < 1.0
    left = order.funding.cash_had + order.funding.sold - order.notional
    assert 0.0 <= left < order.price


def test_the_band_is_about_the_hedge_wanted_and_not_about_the_one_a_cap_allows() -> None:
    """A cap of $50,000 leaves a trade of 0.0497 of NAV, less than the band, while net beta is 0.65 off."""
    order = sample(hedge__capital_cap=50_000.0).order
    assert (order.side, order.limit) == ("buy", "capital cap")
    assert order.shares * order.price <= 50_000.0
    assert order.shares_high <= order.shares


def test_the_range_of_a_funded_order_is_finite_where_beta_may_be_negative() -> None:
    book = [["AAPL", 1000], ["KO", -1500], ["UNH", -50]]
    analysis = sample(
        portfolio__holdings=book, portfolio__cash=20_000.0, hedge__funding="sell", beta__window_sessions=20
    )
    order = analysis.order
    assert np.isfinite([order.shares_low, order.shares_high]).all()
    assert 0.0 <= order.shares_low <= order.target <= order.shares_high


def test_short_proceeds_of_an_index_are_refused_while_the_hedge_is_off_too() -> None:
    """Else a replay would stop on the first evening that asks for a hedge."""
    settings = changed(Settings(), hedge__funding="short")
    with pytest.raises(InvalidSetting, match="SPX is an index"):
        analyse(settings, bootstrap=False)


def test_selling_stock_for_half_a_hedge_leaves_half_the_beta() -> None:
    half = {"triggers__tree": 0.5, "hedge__funding": "sell", "portfolio__cash": 0.0}
    analysis = analyse(changed(Settings(), **half), bootstrap=False)
    order = analysis.order
    assert order.funding.sell_fraction > 0
    per_share = -order.hedge_beta * order.price / analysis.exposure.nav
    assert abs(order.residual_beta - 0.5 * float(analysis.exposure.beta[-1])) <= 2 * per_share

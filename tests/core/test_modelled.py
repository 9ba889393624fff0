"""The modelled inverse fund: its formula, and how near it comes to the real one."""

from pathlib import Path

import numpy as np
import pytest

from core import Settings, analyse
from core.modelled import begin_modelled, modelled_returns, wealth_from
from core.settings import SAMPLE_BOOK


def test_formula_of_one_day_by_hand() -> None:
    """-(index return) + 2 x cash - 1.9 %/y dividends - 0.89 %/y fee, cash of the day before."""
    found = modelled_returns(
        np.array([np.nan, 0.01, -0.02]),
        np.array([0.02, 0.05, 0.03]),
        factor=-1.0,
        fee=0.0089,
        dividend_yield=0.019,
    )
    assert np.isnan(found[0])
    np.testing.assert_allclose(found[1], -0.01 + (2 * 0.02 - 0.019 - 0.0089) / 252, rtol=1e-14)
    np.testing.assert_allclose(found[2], 0.02 + (2 * 0.05 - 0.019 - 0.0089) / 252, rtol=1e-14)


def test_a_threefold_fund_holds_four_times_the_cash() -> None:
    found = modelled_returns(np.array([np.nan, 0.01]), np.full(2, 0.0252), factor=-3.0, fee=0.0)
    np.testing.assert_allclose(found[1], -0.03 + 4 * 0.0001, rtol=1e-13)


def test_wealth_starts_at_its_start_and_leaves_gaps_open() -> None:
    found = wealth_from(np.array([np.nan, 0.1, np.nan, -0.5]), start=100.0)
    np.testing.assert_allclose(found, [100.0, 110.0, np.nan, 55.0])


def test_what_lies_before_the_first_price_is_modelled_without_knowing_it() -> None:
    """H1: the modelled level starts at 100; a first price twice as high changes nothing before it."""
    model = np.array([np.nan, 0.25, -0.2, 0.5, 0.5])
    for first in (20.0, 40.0):
        prices = np.array([np.nan, np.nan, first, np.nan, 22.0])
        level, returns, modelled = begin_modelled(prices, np.full(5, np.nan), model)
        np.testing.assert_allclose(level, [100.0, 125.0, first, np.nan, 22.0])
        np.testing.assert_array_equal(returns, [np.nan, 0.25, -0.2, np.nan, np.nan])
        assert modelled.tolist() == [True, True, False, False, False]


def test_a_series_that_starts_at_once_is_left_alone() -> None:
    level, returns, modelled = begin_modelled(
        np.array([10.0, 11.0]), np.array([np.nan, 0.1]), np.array([np.nan, -0.3])
    )
    np.testing.assert_array_equal(level, [10.0, 11.0])
    np.testing.assert_array_equal(returns, [np.nan, 0.1])
    assert not modelled.any()


def test_a_series_that_never_starts_is_modelled_whole() -> None:
    level, returns, modelled = begin_modelled(
        np.full(2, np.nan), np.full(2, np.nan), np.array([np.nan, -0.3])
    )
    np.testing.assert_allclose(level, [100.0, 70.0])
    np.testing.assert_array_equal(returns, [np.nan, -0.3])
    assert modelled.all()


def test_the_sample_hedge_is_modelled_and_says_so() -> None:
    analysis = analyse(Settings())
    market = analysis.market
    assert (market.benchmark, market.hedge) == ("SPX", "SH-MODEL")
    assert market.hedge_modelled.all()
    assert market.hedge_close[0] == 100.0
    wanted = -market.benchmark_returns[1:] + (2 * market.cash_rate[:-1] - 0.019 - 0.0089) / 252
    np.testing.assert_allclose(market.hedge_returns[1:], wanted, rtol=1e-9, atol=1e-14)
    notes = [note.text for note in market.notes if note.ticker == "SH-MODEL"]
    assert notes == [
        "SH-MODEL is modelled: \u22121 \u00d7 SPX return + 2 \u00d7 cash \u2212 1.90% a year for the "
        "dividends that the index leaves out \u2212 0.89% a year."
    ]
    assert {p.ticker for p in analysis.exposure.positions} == {h.ticker for h in SAMPLE_BOOK}


@pytest.mark.market_data
def test_model_stays_within_five_per_cent_of_the_real_fund(market_data: Path) -> None:
    """within 5 % of the real SH on every day of 2006-2022, 4 % at the end."""
    lines = (market_data / "SH.csv").read_text(encoding="utf-8").splitlines()
    place = lines[0].split(",").index("adj_close")
    real = {line[:10]: float(line.split(",")[place]) for line in lines[1:]}
    market = analyse(Settings()).market
    common = [(k, real[str(d)]) for k, d in enumerate(market.sessions) if str(d) in real]
    assert len(common) > 4100
    model = market.hedge_close[[k for k, _ in common]]
    fund = np.array([price for _, price in common])
    ratio = (model / model[0]) / (fund / fund[0])
    assert np.max(np.abs(ratio - 1.0)) < 0.05
    assert abs(ratio[-1] - 1.0) < 0.041

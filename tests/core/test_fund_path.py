"""The fund as it was to be had: fills, dividends, the handover from the model, and missing sessions."""

import numpy as np
import pytest

from core.fund_path import FundPath, fill_price, fund_path, last_known
from core.market import MarketData, build_market
from core.rule_settings import BacktestSettings
from tests.strategies import BENCHMARK, DATA, HEDGE, table_of

NAN = float("nan")
CLOSE = BacktestSettings(fill="close")


def market(hedge: list[float], **more: object) -> MarketData:
    closes = {BENCHMARK: np.linspace(400.0, 430.0, len(hedge)), HEDGE: np.array(hedge)}
    return build_market(table_of(closes, **more), DATA, ())  # type: ignore[arg-type]


def path(hedge: list[float], settings: BacktestSettings = CLOSE, **more: object) -> FundPath:
    return fund_path(market(hedge, **more), settings)


def test_last_known_is_the_latest_before_the_row() -> None:
    np.testing.assert_array_equal(last_known(np.array([NAN, 1.0, NAN, NAN, 2.0])), [NAN, NAN, 1.0, 1.0, 1.0])
    two = np.array([[1.0, NAN], [NAN, 5.0], [3.0, 6.0]])
    np.testing.assert_array_equal(last_known(two), [[NAN, NAN], [1.0, NAN], [1.0, 5.0]])


def test_a_fill_is_at_the_open_where_there_is_one_else_at_the_close() -> None:
    opens = np.array([39.0, NAN, 41.0, 42.0])
    close = np.array([40.0, 40.0, NAN, 40.0])
    np.testing.assert_array_equal(fill_price(opens, close, BacktestSettings()), [39.0, 40.0, NAN, 42.0])
    np.testing.assert_array_equal(fill_price(opens, close, CLOSE), close)
    found = path([40.0, 40.0, 40.0], BacktestSettings(), opens={HEDGE: np.array([NAN, 39.5, 39.0])})
    np.testing.assert_array_equal(found.fill, [40.0, 39.5, 39.0])


def test_a_dividend_is_what_the_adjusted_close_knows_and_the_close_does_not() -> None:
    # One dollar on row 2: the adjusted closes before it are multiplied by 1 - 1 / 40.
    adjusted = np.array([40.0, 40.0, 39.0, 39.0]) * np.array([39 / 40, 39 / 40, 1.0, 1.0])
    found = path([40.0, 40.0, 39.0, 39.0], adjusted={HEDGE: adjusted})
    np.testing.assert_allclose(found.dividend, [0.0, 0.0, 1.0, 0.0], atol=1e-12)
    np.testing.assert_allclose(found.wealth, [1.0, 1.0, 1.0, 1.0], rtol=1e-12)
    np.testing.assert_array_equal(found.ratio, 1.0)


def test_a_missing_session_leaves_the_wealth_where_it_was_and_is_made_up_after() -> None:
    found = path([40.0, 42.0, NAN, 44.0])
    np.testing.assert_allclose(found.wealth, [1.0, 1.05, 1.05, 1.1], rtol=1e-12)
    assert np.isnan(found.fill[2])
    np.testing.assert_allclose(found.dividend, 0.0, atol=1e-12)


def test_at_the_handover_a_modelled_share_becomes_its_worth_of_real_ones() -> None:
    raw = market([NAN, NAN, NAN, 50.0, 49.0])
    assert raw.hedge_modelled.tolist() == [True, True, True, False, False]
    found = fund_path(raw, CLOSE)
    moved = found.close[2] * (1.0 + raw.hedge_returns[3])
    assert found.ratio.tolist()[:3] == [1.0, 1.0, 1.0]
    np.testing.assert_allclose(found.ratio[3] * 50.0, moved, rtol=1e-12)
    np.testing.assert_allclose(found.dividend, 0.0, atol=1e-12)
    np.testing.assert_allclose(found.wealth[4] / found.wealth[3], 49.0 / 50.0, rtol=1e-12)
    np.testing.assert_allclose(found.wealth[3], np.prod(1.0 + raw.hedge_returns[1:4]), rtol=1e-12)


@pytest.mark.parametrize("gone", [0, 1, 4])
def test_a_fund_without_a_price_has_no_fill(gone: int) -> None:
    closes = [40.0] * 5
    closes[gone] = NAN
    found = path(closes)
    assert np.isfinite(found.wealth).all()
    assert np.isnan(found.fill[gone]) == (gone > 0)  # before the first price it is modelled

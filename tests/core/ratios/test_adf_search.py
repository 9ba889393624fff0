"""The least unit-root statistic: equal to statsmodels for any weights, and never above what others find."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.signal import lfilter

from core.errors import EstimationError, InsufficientHistory
from core.ratios import estimate_hedge_ratio
from core.ratios.moments import Moments
from core.spread import adf_statistic, most_lags
from tests.core.ratios.examples import adfuller_value, bfgs_from_mean_price_ratio, frame, legs, unrelated

SEEDS = st.integers(0, 2**32 - 1)
FEW = settings(max_examples=15)


@given(SEEDS, st.integers(2, 5), st.integers(0, 8))
def test_statistics_from_cross_products_equal_those_of_the_spread(seed: int, count: int, lag: int) -> None:
    prices = unrelated(seed, 90, count).to_numpy()
    weights = np.random.default_rng(seed).standard_normal((5, count))
    moments = Moments(prices, most_lags(len(prices)))
    each = [adf_statistic(prices @ w, lag).statistic for w in weights]
    np.testing.assert_allclose(moments.statistic(weights, lag), each, rtol=1e-10, atol=1e-13)
    chosen = [adf_statistic(prices @ w) for w in weights]
    assert moments.best_lag(weights).tolist() == [found.lag for found in chosen]
    np.testing.assert_allclose(
        moments.statistic_of_best_lag(weights), [found.statistic for found in chosen], rtol=1e-10, atol=1e-13
    )


def test_a_combination_that_is_rounding_has_no_statistic() -> None:
    prices = unrelated(1, 60, 2).to_numpy()
    twice = np.column_stack([prices, prices[:, 0] * 2.0])
    weights = np.array([[2.0, 0.0, -1.0]])
    assert np.isnan(Moments(twice, 4).statistic(weights, 1)).all()
    assert Moments(twice, 4).best_lag(weights).tolist() == [0]


@FEW
@given(SEEDS, st.booleans(), st.sampled_from([0, 1, 5]))
def test_two_legs_are_never_above_a_dense_grid(seed: int, related: bool, lag: int) -> None:
    prices = (legs if related else unrelated)(seed, 150)
    values = prices.to_numpy()
    found = estimate_hedge_ratio(prices, "adf", lag=lag)
    angles = np.linspace(0.0, np.pi, 40_001)
    moments = Moments(values, lag)
    size = values.std(axis=0)
    grid = np.nanmin(moments.statistic(np.column_stack([np.cos(angles), np.sin(angles)]) / size, lag))
    assert found.adf_statistic <= grid + 1e-9
    assert found.adf_statistic <= adfuller_value(values @ [1.0, -1.5], lag) + 1e-9


@FEW
@given(SEEDS, st.integers(2, 4), st.booleans(), st.sampled_from([0, 2, None]))
def test_never_above_the_published_search(seed: int, count: int, related: bool, lag: int | None) -> None:
    prices = (legs if related else unrelated)(seed, 100, count)
    found = estimate_hedge_ratio(prices, "adf", lag="aic" if lag is None else lag)
    theirs = bfgs_from_mean_price_ratio(prices.to_numpy(), lambda s: adfuller_value(s, lag))
    assert found.adf_statistic <= theirs + 1e-6


@FEW
@given(SEEDS, st.integers(3, 5))
def test_more_legs_are_never_above_many_directions_and_the_same_from_any_leg(seed: int, count: int) -> None:
    prices = unrelated(seed, 150, count)
    values = prices.to_numpy()
    found = estimate_hedge_ratio(prices, "adf", lag=1)
    tried = np.random.default_rng(seed + 1).standard_normal((20_000, count)) / values.std(axis=0)
    assert found.adf_statistic <= np.nanmin(Moments(values, 1).statistic(tried, 1)) + 1e-9
    other = estimate_hedge_ratio(prices, "adf", lag=1, dependent="C")
    assert other.adf_statistic == pytest.approx(found.adf_statistic, abs=1e-6)


def test_the_lag_is_chosen_once_for_the_least_squares_spread() -> None:
    prices = legs(21, 400, 3, phi=0.95)
    chosen = estimate_hedge_ratio(prices, "adf")
    assert chosen.lag == estimate_hedge_ratio(prices, "ols").adf_lag
    assert chosen.adf_lag == chosen.lag
    assert chosen.key == estimate_hedge_ratio(prices, "adf").key


def test_signs_are_held_or_refused() -> None:
    found = estimate_hedge_ratio(legs(2, 200, 3), "adf", lag=0, sign="short")
    assert all(h >= 0.0 for h in found.ratios.values())
    free = estimate_hedge_ratio(legs(2, 200, 3), "adf", lag=0)
    assert free.adf_statistic <= found.adf_statistic + 1e-9
    # A falls where B rises: with B short only, the gap that closes is out of reach, and A alone is best.
    falling = legs(2, 200).assign(A=lambda p: 1000.0 - p["A"])
    assert estimate_hedge_ratio(falling, "adf", lag=0).ratios["B"] < 0.0
    with pytest.raises(EstimationError, match="best hedge is none"):
        estimate_hedge_ratio(falling, "adf", lag=0, sign="short")


def test_twelve_legs_with_signs_held_have_an_answer() -> None:
    prices = legs(2, 300, 12)
    found = estimate_hedge_ratio(prices, "adf", lag=0, sign="short")
    assert min(found.ratios.values()) >= 0.0
    assert found.adf_statistic < estimate_hedge_ratio(prices, "ols", sign="short", adf_lag=0).adf_statistic


def test_a_lag_too_long_for_the_rows_is_refused() -> None:
    with pytest.raises(InsufficientHistory):
        estimate_hedge_ratio(legs(3, 60), "adf", lag=30)


@pytest.mark.parametrize("count", [2, 3])
def test_the_lag_is_what_statsmodels_chooses_for_the_residual(count: int) -> None:
    from statsmodels.tsa.stattools import adfuller

    rng = np.random.default_rng(3)
    others = 100.0 + np.cumsum(rng.standard_normal((250, count - 1)), axis=0)
    gap = lfilter([1.0], [1.0, -0.4, 0.0, 0.0, -0.4], rng.standard_normal(250))  # four days back and no more
    values = np.column_stack([others.sum(axis=1) + gap, others])
    design = np.column_stack([others, np.ones(250)])
    residual = values[:, 0] - design @ np.linalg.lstsq(design, values[:, 0], rcond=None)[0]
    lags = [adfuller(series, autolag="AIC", result_object=False)[2] for series in (residual, values[:, 0])]
    assert lags[0] != lags[1]
    assert estimate_hedge_ratio(frame(values), "adf").lag == lags[0]

"""Johansen, Box-Tiao and the half-life: equal to statsmodels or to their definition, and the best."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import EstimationError
from core.kernels.reversion import fastest_of_two, reversion_products
from core.ratios import estimate_hedge_ratio
from core.ratios.half_life import HalfLifeOptions, shortest_half_life
from core.ratios.vectors import symmetric_vectors
from core.spread import half_life
from tests.core.ratios.examples import (
    bfgs_from_mean_price_ratio,
    frame,
    least_squares_half_life,
    legs,
    unrelated,
)

SEEDS = st.integers(0, 2**32 - 1)
ORDERS = {"none": -1, "constant": 0, "linear": 1}


@pytest.mark.parametrize("count", [2, 3, 5])
@pytest.mark.parametrize("lag", [1, 2, 4])
@pytest.mark.parametrize("trend", ["none", "constant", "linear"])
def test_johansen_equals_statsmodels(count: int, lag: int, trend: str) -> None:
    from statsmodels.tsa.vector_ar.vecm import coint_johansen

    prices = legs(count, count=count)
    theirs = coint_johansen(prices.to_numpy(), ORDERS[trend], lag)
    ours = estimate_hedge_ratio(prices, "johansen", lag=lag, trend=trend)
    np.testing.assert_allclose(ours.eigenvalues, theirs.eig, rtol=1e-8)
    expected = -theirs.evec[1:, 0] / theirs.evec[0, 0]
    np.testing.assert_allclose([ours.ratios[n] for n in prices.columns[1:]], expected, rtol=1e-8)
    assert ours.figures["trace_statistic"] == pytest.approx(theirs.lr1[0], rel=1e-8)
    assert ours.figures["trace_critical_5"] == pytest.approx(theirs.cvt[0, 1])
    assert ours.vectors is not None
    # All vectors, each up to its length.
    for column, other in zip(ours.vectors.T, theirs.evec.T, strict=True):
        np.testing.assert_allclose(column / column[0], other / other[0], rtol=1e-6)


def test_johansen_without_lagged_changes_lags_the_level() -> None:
    prices = legs(8)
    values = prices.to_numpy()
    change, level = np.diff(values, axis=0), values[:-1]
    change, level = change - change.mean(axis=0), level - level.mean(axis=0)
    s11, s00, s10 = level.T @ level, change.T @ change, level.T @ change
    eigenvalues, vectors = np.linalg.eig(np.linalg.solve(s11, s10 @ np.linalg.solve(s00, s10.T)))
    best = vectors[:, eigenvalues.argmax()]
    found = estimate_hedge_ratio(prices, "johansen", lag=0)
    assert found.ratios["B"] == pytest.approx(-best[1] / best[0], rel=1e-8)


@given(SEEDS, st.integers(2, 5))
def test_box_tiao_is_the_least_predictable_of_all_combinations(seed: int, count: int) -> None:
    prices = unrelated(seed, 80, count)
    found = estimate_hedge_ratio(prices, "box_tiao")
    values = prices.to_numpy()
    design = np.column_stack([np.ones(len(values) - 1), values[:-1]])
    a = np.linalg.lstsq(design, values[1:], rcond=None)[0][1:].T
    sigma = np.cov(values, rowvar=False)

    def predictability(weights: np.ndarray) -> np.ndarray:
        past = a.T @ weights
        return np.einsum("kn,kl,ln->n", past, sigma, past) / np.einsum("kn,kl,ln->n", weights, sigma, weights)

    ours = np.array([found.holdings[name] for name in prices.columns])[:, None]
    tried = np.random.default_rng(seed).standard_normal((count, 2000))
    near = ours + 1e-3 * np.linalg.norm(ours) * tried
    least = np.concatenate([predictability(tried), predictability(near)]).min()
    assert predictability(ours)[0] <= least + 1e-9
    assert found.figures["predictability"] == pytest.approx(predictability(ours)[0], abs=1e-8)


@given(SEEDS, st.integers(2, 5))
def test_no_combination_has_a_shorter_half_life(seed: int, count: int) -> None:
    prices = unrelated(seed, 60, count)
    found = estimate_hedge_ratio(prices, "half_life")
    values = prices.to_numpy()
    ours = np.array([found.holdings[name] for name in prices.columns])
    tried = np.random.default_rng(seed).standard_normal((3000, count)) / values.std(axis=0)
    near = ours + 1e-3 * np.abs(ours) * tried[:1000] * values.std(axis=0)
    for weights in np.vstack([tried, near])[::10]:
        assert half_life(values @ weights).slope >= found.eigenvalues[0] - 1e-9
    assert found.half_life_first_order_days == pytest.approx(-np.log(2.0) / found.eigenvalues[0], rel=1e-7)


@given(SEEDS, st.integers(2, 6))
def test_the_compiled_cross_products_equal_their_definition(seed: int, count: int) -> None:
    prices = unrelated(seed, 40, count).to_numpy()
    x = prices[:-1] - prices[:-1].mean(axis=0)
    change = np.diff(prices, axis=0)
    cross = x.T @ (change - change.mean(axis=0))
    scatter, symmetric = reversion_products(prices)
    np.testing.assert_allclose(scatter, x.T @ x, rtol=1e-11, atol=1e-9)
    np.testing.assert_allclose(symmetric, (cross + cross.T) / 2.0, rtol=1e-11, atol=1e-9)


@given(SEEDS, st.booleans(), st.integers(6, 60))
def test_two_legs_in_closed_form_equal_the_eigenproblem(seed: int, related: bool, rows: int) -> None:
    prices = (legs if related else unrelated)(seed, rows).to_numpy()
    scatter, cross = reversion_products(prices)
    values, _ = symmetric_vectors(cross, scatter)
    slopes, weights, sizes = fastest_of_two(prices)
    # To what is left of the digits where the legs hardly differ.
    near = 1e-11 + 1e-14 * np.linalg.cond(scatter / np.outer(sizes, sizes))
    np.testing.assert_allclose(slopes, values, rtol=near, atol=near)
    np.testing.assert_allclose(sizes, np.sqrt(scatter.diagonal()), rtol=1e-12)
    np.testing.assert_allclose(weights.T @ scatter @ weights, np.eye(2), atol=10.0 * near)
    np.testing.assert_allclose(weights.T @ cross @ weights, np.diag(slopes), atol=10.0 * near)


def test_two_legs_that_move_as_one_have_no_fastest_combination() -> None:
    x = unrelated(1, 50).to_numpy()[:, :1]
    slopes, weights, _ = fastest_of_two(np.column_stack([x, x]))
    assert np.isnan(slopes).all()
    assert np.isnan(weights).all()
    with pytest.raises(EstimationError, match="cannot be told apart"):
        shortest_half_life(np.column_stack([x, x]), HalfLifeOptions())


@given(SEEDS, st.integers(2, 4), st.booleans())
def test_the_half_life_is_never_longer_than_that_of_the_published_search(
    seed: int, count: int, related: bool
) -> None:
    prices = (legs if related else unrelated)(seed, 120, count)
    found = estimate_hedge_ratio(prices, "half_life").half_life_first_order_days
    theirs = bfgs_from_mean_price_ratio(prices.to_numpy(), lambda s: abs(least_squares_half_life(s)))
    # Their objective is the absolute value: it takes an explosive spread for a good one.
    assert found <= theirs * (1.0 + 1e-9)
    assert found > 0.0


def test_the_published_search_takes_an_explosive_spread_and_ours_does_not() -> None:
    worse = 0
    for seed in range(40):
        prices = unrelated(seed, 120)
        ours = estimate_hedge_ratio(prices, "half_life").half_life_first_order_days
        theirs = bfgs_from_mean_price_ratio(prices.to_numpy(), lambda s: abs(least_squares_half_life(s)))
        worse += theirs > ours * 1.01
    assert worse >= 1


def test_some_combination_comes_back_even_of_what_swings_ever_wider() -> None:
    turn, growth = 0.2 * np.arange(60.0), 1.1 ** np.arange(60.0)[:, None]
    swings = growth * np.column_stack([np.cos(turn), np.sin(turn)])
    noise = 1e-3 * np.random.default_rng(1).standard_normal((60, 2))
    found = estimate_hedge_ratio(frame(swings + noise), "half_life")
    assert found.eigenvalues is not None
    assert found.eigenvalues[0] < 0.0 < found.eigenvalues[1]

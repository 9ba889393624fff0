"""Ratios held to a sign or to so many dollars: as good as a search by force, and plain where nothing fits."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import minimize

from core.errors import BadPrices, EstimationError
from core.kernels.reversion import reversion_products
from core.ratios import HedgeRatio, estimate_hedge_ratio, to_dollars
from core.ratios.bounds import BEST_FOUND, BINDS, MOST_FACES, Range, _Faces, least_slope, range_of
from core.ratios.half_life import HalfLifeOptions
from core.ratios.moments import Moments
from core.spread import adf_statistic, half_life
from tests.core.ratios.examples import frame, legs, unrelated

SEEDS = st.integers(0, 2**32 - 1)
FEW = settings(max_examples=12)
OPTIONS = ({"sign": "short"}, {"cap": 0.4}, {"sign": "short", "cap": 0.6})


def pairs(seed: int, count: int, tied: bool, rows: int = 100) -> pd.DataFrame:
    return (legs if tied else unrelated)(seed, rows, count) + 200.0


def by_force(cross: np.ndarray, scatter: np.ndarray, allowed: Range, seed: int) -> float:
    """The least quotient that many descents reach."""

    def quotient(ratios: np.ndarray) -> float:
        weights = np.array([1.0, *-ratios])
        return float(weights @ cross @ weights / (weights @ scatter @ weights))

    top = np.minimum(allowed.high, 10.0)
    starts = np.random.default_rng(seed).uniform(allowed.low, top, (20, len(top)))
    limits = list(zip(allowed.low, np.minimum(allowed.high, 1e6), strict=True))
    return min(float(minimize(quotient, start, method="L-BFGS-B", bounds=limits).fun) for start in starts)


@FEW
@given(SEEDS, st.integers(2, 5), st.booleans(), st.sampled_from(OPTIONS))
def test_the_shortest_half_life_within_bounds_is_no_longer_than_by_force(
    seed: int, count: int, tied: bool, options: dict[str, object]
) -> None:
    prices = pairs(seed, count, tied)
    allowed = range_of(prices.to_numpy(), HalfLifeOptions.read(options))
    scatter, cross = reversion_products(prices.to_numpy())
    force = by_force(cross, scatter, allowed, seed)
    try:
        found = estimate_hedge_ratio(prices, "half_life", adf_lag=0, **options)
    except EstimationError as error:
        # All the mass on one side: A alone, or the other legs alone, which no ratio to A stands for.
        alone = half_life(prices["A"]).slope
        none = "best hedge is none" in str(error)
        assert none or "no ratio is best" in str(error)  # noqa: PT017 - which seeds do so is not known before
        assert alone <= force + 1e-9 if none else "cap" not in options
        return
    ratios = np.array([found.ratios[name] for name in prices.columns[1:]])
    assert allowed.holds(ratios)
    assert half_life(found.spread).slope <= force + 1e-9 * abs(force)
    assert found.converged


def test_a_search_cut_short_says_so() -> None:
    prices = unrelated(1, 200, 6).to_numpy()
    scatter, cross = reversion_products(prices)
    allowed = Range(np.full(5, -0.2), np.full(5, 0.2))
    best, proven = least_slope(scatter, cross, allowed)
    assert proven
    faces = _Faces(scatter, cross, allowed)
    assert faces.left == MOST_FACES
    # What it begins with is no more than what all faces give.
    assert faces.least >= float(best @ cross @ best / (best @ scatter @ best)) - 1e-12


def test_too_many_faces_are_the_best_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("core.ratios.bounds.MOST_FACES", 3)
    found = estimate_hedge_ratio(unrelated(0, 400, 6) + 200.0, "half_life", adf_lag=0, cap=0.1, sign="short")
    assert not found.converged
    assert BEST_FOUND in found.notes
    assert all(h >= 0.0 for h in found.ratios.values())


@FEW
@given(SEEDS, st.integers(2, 5), st.booleans(), st.sampled_from(OPTIONS))
def test_least_squares_within_bounds_cannot_be_improved(
    seed: int, count: int, tied: bool, options: dict[str, object]
) -> None:
    prices = pairs(seed, count, tied)
    values = prices.to_numpy()
    allowed = range_of(values, HalfLifeOptions.read(options))
    try:
        found = estimate_hedge_ratio(prices, "ols", adf_lag=0, **options)
    except EstimationError as error:
        assert "best hedge is none" in str(error)  # noqa: PT017 - which seeds do so is not known before
        return
    ratios = np.array([found.ratios[name] for name in prices.columns[1:]])
    assert allowed.holds(ratios)
    design = values[:, 1:] - values[:, 1:].mean(axis=0)
    left = found.spread - found.spread.mean()
    gain = design.T @ left / (np.linalg.norm(design, axis=0) * prices["A"].std() * np.sqrt(len(values)))
    near = 1e-9 * np.maximum(np.abs(ratios), 1.0)
    # Kuhn and Tucker: more of a leg would help only where that is not allowed, and less likewise.
    assert (gain[ratios < allowed.high - near] <= 1e-6).all()
    assert (gain[ratios > allowed.low + near] >= -1e-6).all()


@FEW
@given(SEEDS, st.booleans(), st.sampled_from(OPTIONS), st.sampled_from([0, 1, 4]))
def test_the_least_statistic_within_bounds_is_never_above_a_dense_grid(
    seed: int, tied: bool, options: dict[str, object], lag: int
) -> None:
    prices = pairs(seed, 2, tied, 150)
    allowed = range_of(prices.to_numpy(), HalfLifeOptions.read(options))
    tried = np.linspace(allowed.low[0], min(allowed.high[0], 50.0), 20_001)
    grid = np.nanmin(
        Moments(prices.to_numpy(), lag).statistic(np.column_stack([np.ones(20_001), -tried]), lag)
    )
    try:
        found = estimate_hedge_ratio(prices, "adf", lag=lag, **options)
    except EstimationError as error:
        none = "best hedge is none" in str(error)
        assert none or ("no ratio is best" in str(error) and "cap" not in options)  # noqa: PT017 - as above
        return
    assert allowed.low[0] - 1e-12 <= found.ratios["B"] <= allowed.high[0] + 1e-12
    assert found.adf_statistic <= grid + 1e-9


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("options", [{"cap": 0.3}, {"cap": 0.5, "sign": "short"}])
def test_more_legs_under_a_cap_are_never_above_many_tries(seed: int, options: dict[str, object]) -> None:
    prices = pairs(seed, 3, tied=False, rows=150)
    allowed = range_of(prices.to_numpy(), HalfLifeOptions.read(options))
    tried = np.random.default_rng(seed).uniform(allowed.low, allowed.high, (20_000, 2))
    # The corners and edges too: there the answer often is.
    edges = np.where(np.random.default_rng(seed + 10).uniform(size=tried.shape) < 0.3, allowed.high, tried)
    weights = np.column_stack([np.ones(40_000), -np.vstack([tried, edges])])
    least = np.nanmin(Moments(prices.to_numpy(), 1).statistic(weights, 1))
    if least > adf_statistic(prices["A"], 1).statistic and "sign" in options:
        with pytest.raises(EstimationError, match="best hedge is none"):
            estimate_hedge_ratio(prices, "adf", lag=1, **options)
        return
    found = estimate_hedge_ratio(prices, "adf", lag=1, **options)
    assert allowed.holds(np.array([found.ratios["B"], found.ratios["C"]]))
    assert found.adf_statistic <= least + 1e-6
    free = estimate_hedge_ratio(prices, "adf", lag=1)
    assert free.adf_statistic <= found.adf_statistic + 1e-6


@pytest.mark.parametrize("lag_each", [False, True])
def test_a_lag_for_every_direction_keeps_to_the_cap(lag_each: bool) -> None:
    prices = legs(3, 80) + 100.0
    found = estimate_hedge_ratio(prices, "adf", lag_each=lag_each, cap=0.2)
    assert abs(to_dollars(found)["B"]) <= 0.2 + 1e-9
    assert BINDS in found.notes


def held(method: str, **options: object) -> HedgeRatio:
    return estimate_hedge_ratio(legs(4, 150) + 100.0, method, adf_lag=0, **options)


@pytest.mark.parametrize("method", ["ols", "half_life", "adf"])
def test_a_bound_that_binds_is_told_and_leaves_no_interval(method: str) -> None:
    free = held(method)
    assert abs(to_dollars(free)["B"]) > 0.3
    tight = held(method, cap=0.3, resamples=99)
    assert abs(to_dollars(tight)["B"]) == pytest.approx(0.3, rel=1e-9)
    assert BINDS in tight.notes
    assert not tight.intervals
    assert not tight.standard_errors
    assert tight.coverage == ""
    assert np.isnan(tight.adf_p_value)
    wide = held(method, cap=50.0, sign="short")
    assert dict(wide.ratios) == pytest.approx(dict(free.ratios), rel=1e-6)
    assert BINDS not in wide.notes
    assert bool(wide.intervals) == (method == "ols")


@pytest.mark.parametrize("method", ["ols", "half_life", "adf"])
def test_a_cap_needs_last_prices_above_zero(method: str) -> None:
    prices = legs(4, 100)
    prices["B"] -= prices["B"].iloc[-1] + 5.0
    with pytest.raises(BadPrices, match="above zero"):
        estimate_hedge_ratio(prices, method, cap=0.5)


@pytest.mark.parametrize("method", ["half_life", "adf"])
def test_where_ever_more_of_the_other_leg_is_better_no_ratio_is_best(method: str) -> None:
    # B comes back but for a part of A's walk, which only B held long would cancel: short, B alone is best.
    rng = np.random.default_rng(5)
    quick = np.zeros(300)
    for t in range(1, 300):
        quick[t] = 0.5 * quick[t - 1] + rng.standard_normal()
    walk = np.cumsum(rng.standard_normal(300))
    prices = frame(np.column_stack([300.0 + walk, 300.0 + quick - 0.05 * walk]))
    options = {"lag": 0} if method == "adf" else {}
    with pytest.raises(EstimationError, match="no ratio is best"):
        estimate_hedge_ratio(prices, method, sign="short", **options)


@pytest.mark.parametrize(("seed", "best"), [(8, False), (20, False), (17, True)])
def test_with_more_legs_too_no_ratio_is_best_where_the_others_alone_are(seed: int, best: bool) -> None:
    prices = unrelated(seed, 150, 3) + 200.0
    size, moments = prices.to_numpy().std(axis=0), Moments(prices.to_numpy(), 1)
    angles = np.linspace(0.0, np.pi / 2.0, 10_001)
    others = np.column_stack([np.zeros(10_001), -np.cos(angles), -np.sin(angles)])
    alone = np.nanmin(moments.statistic(others / size, 1))
    tried = np.abs(np.random.default_rng(seed).standard_normal((20_000, 3))) * [1.0, -1.0, -1.0]
    assert (np.nanmin(moments.statistic(tried / size, 1)) < alone) == best
    if best:
        assert estimate_hedge_ratio(prices, "adf", lag=1, sign="short").adf_statistic < alone
        return
    with pytest.raises(EstimationError, match="no ratio is best"):
        estimate_hedge_ratio(prices, "adf", lag=1, sign="short")

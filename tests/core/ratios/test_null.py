"""Simulated p-values: known quantiles, fair on unrelated legs, small on tied ones."""

import numpy as np
import pytest

from core.errors import Cancelled, InvalidSetting
from core.ratios import HEDGE_RATIOS, estimate_hedge_ratio
from core.ratios.base import Found, Method, MethodOptions, least_rows
from core.ratios.legs import Legs, read_legs
from core.ratios.null import null_statistics, simulate_p_value
from core.registry import Entry
from core.spread import ADF
from tests.core.ratios.examples import frame, legs, unrelated


@pytest.mark.parametrize(("count", "quantile"), [(2, -3.64), (3, -4.11)])
def test_the_five_per_cent_point_of_a_searched_ratio(count: int, quantile: float) -> None:
    # Measured once elsewhere on 400 paths: T = 500, lag 1. Plain critical values would be -2.87.
    options = HEDGE_RATIOS["adf"].item.options.read({"lag": 1})
    drawn = null_statistics(
        read_legs(unrelated(1, 500, count)), "adf", options, 1, draws={2: 300, 3: 60}[count]
    )
    assert np.quantile(drawn, 0.05) == pytest.approx(quantile, abs=0.35)


def test_least_squares_agree_with_mackinnon() -> None:
    prices = unrelated(3, 250)
    exact = estimate_hedge_ratio(prices, "ols", adf_lag=0)
    drawn = estimate_hedge_ratio(prices, "ols", adf_lag=0, draws=499)
    assert drawn.adf_p_value == pytest.approx(exact.adf_p_value, abs=0.08)
    assert drawn.adf_p_source == "499 draws of legs that are not tied together"
    assert exact.adf_p_source.startswith("Engle")


@pytest.mark.parametrize("method", ["half_life", "adf", "johansen", "tls"])
def test_tied_legs_have_a_small_one_and_walks_have_not(method: str) -> None:
    tied = estimate_hedge_ratio(legs(1, 250, phi=0.5), method, draws=99)
    loose = estimate_hedge_ratio(unrelated(2, 250), method, draws=99)
    assert tied.adf_p_value == pytest.approx(0.01)  # the least that 99 draws can tell
    assert loose.adf_p_value > 0.05
    assert tied.key == estimate_hedge_ratio(legs(1, 250, phi=0.5), method, draws=99).key


def test_too_few_draws_are_refused_and_a_long_simulation_can_be_cancelled() -> None:
    with pytest.raises(InvalidSetting, match="5 draws say nothing"):
        estimate_hedge_ratio(legs(1), "half_life", draws=5)

    def stop(done: float, text: str = "", series: object = ()) -> None:
        raise Cancelled("enough")

    with pytest.raises(Cancelled):
        estimate_hedge_ratio(legs(1), "half_life", draws=99, progress=stop)


def three() -> Legs:
    """Legs whose changes hang together and are of different sizes."""
    rng = np.random.default_rng(8)
    mixed = rng.standard_normal((120, 3)) @ np.array([[2.0, 0.3, 0.9], [0.0, 0.4, -0.6], [0.0, 0.0, 0.5]])
    return read_legs(frame(60.0 + np.cumsum(mixed, axis=0)))


def test_the_draws_start_at_the_same_prices_and_their_changes_have_the_same_covariance(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    seen: list[np.ndarray] = []

    def look(prices: np.ndarray, options: MethodOptions) -> Found:
        seen.append(prices)
        return Found(ratios=np.ones(2))

    method = Method(estimate=look, options=MethodOptions, least=least_rows, question="")
    one = Entry(name="look", label="", help="", item=method)
    monkeypatch.setattr(HEDGE_RATIOS, "_entries", {"look": one})
    given = three()
    null_statistics(given, "look", MethodOptions(), 0, draws=99)
    assert len(seen) == 99
    assert all((drawn[0] == given.prices[0]).all() for drawn in seen)
    wanted = np.cov(np.diff(given.prices, axis=0), rowvar=False)
    size = np.sqrt(np.diag(wanted))
    drawn = np.cov(np.concatenate([np.diff(walk, axis=0) for walk in seen]), rowvar=False)
    np.testing.assert_allclose(drawn / np.outer(size, size), wanted / np.outer(size, size), atol=0.04)


def test_a_draw_is_searched_with_the_lag_that_was_observed() -> None:
    options = HEDGE_RATIOS["adf"].item.options
    free, held = (
        null_statistics(read_legs(unrelated(4, 80)), "adf", options.read(given), 3, draws=19)
        for given in ({}, {"lag": 3})
    )
    np.testing.assert_array_equal(free, held)


def test_a_draw_that_is_just_as_low_counts() -> None:
    given, options = read_legs(unrelated(5, 60)), HEDGE_RATIOS["ols"].item.options.read({})
    drawn = null_statistics(given, "ols", options, 0, draws=19)
    assert (np.diff(drawn) > 0.0).all()
    observed = ADF(float(drawn[4]), 0, 59)  # five of the nineteen are as low
    assert simulate_p_value(given, "ols", options, observed, draws=19).value == pytest.approx(6 / 20)

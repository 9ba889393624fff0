"""Simulated p-values: known quantiles, fair on unrelated legs, small on tied ones."""

import numpy as np
import pytest

from core.errors import Cancelled, InvalidSetting
from core.ratios import HEDGE_RATIOS, estimate_hedge_ratio
from core.ratios.legs import read_legs
from core.ratios.null import null_statistics
from tests.core.ratios.examples import legs, unrelated


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

"""Intervals by drawing the legs anew: they cover what they say, and agree with the formula."""

import numpy as np
import pytest

from core.errors import Cancelled, InvalidSetting
from core.ratios import HEDGE_RATIOS, estimate_hedge_ratio
from tests.core.ratios.examples import legs


@pytest.mark.parametrize("method", ["tls", "johansen", "half_life"])
def test_the_interval_covers_what_it_says(method: str) -> None:
    hits = 0
    for seed in range(40):
        found = estimate_hedge_ratio(legs(seed, 400), method, adf_lag=0, resamples=99)
        low, high = found.intervals["B"]
        hits += low < 1.5 < high
    assert hits / 40 >= 0.8  # 0.91 to 0.95 on 100 paths of 500 rows


def test_it_agrees_with_the_formula_of_least_squares() -> None:
    # The formula is for the legs as they went, the draws are for other ways too: alike on average only.
    shares = []
    for seed in range(15):
        formula = estimate_hedge_ratio(legs(seed, 400), "ols", adf_lag=0)
        drawn = estimate_hedge_ratio(legs(seed, 400), "ols", adf_lag=0, resamples=99)
        shares.append(drawn.standard_errors["B"] / formula.standard_errors["B"])
        assert drawn.ratios["B"] == formula.ratios["B"]
    assert 0.7 < np.median(shares) < 1.4
    assert any("drawn anew" in note for note in drawn.notes)


@pytest.mark.parametrize("method", HEDGE_RATIOS.names())
def test_every_method_gets_an_interval_that_is_about_a_spread(method: str) -> None:
    options = {"signal_to_noise": 0.001} if method == "kalman" else {}
    found = estimate_hedge_ratio(legs(6, 100), method, adf_lag=0, resamples=99, **options)
    redraws = HEDGE_RATIOS[method].item.redraws
    assert any("drawn anew around the ratio" in note for note in found.notes) == redraws
    assert any("No legs were drawn anew" in note for note in found.notes) != redraws
    if not redraws:
        own = estimate_hedge_ratio(legs(6, 100), method, adf_lag=0)
        assert (found.intervals, found.standard_errors) == (own.intervals, own.standard_errors)
    if method == "price_ratio":
        assert found.intervals == {}
        assert any("no interval" in note for note in found.notes)
        return
    low, high = found.intervals["B"]
    assert np.isfinite([low, high]).all()
    assert low < high
    assert found.standard_errors["B"] > 0.0


def test_too_few_are_refused_and_many_can_be_cancelled() -> None:
    with pytest.raises(InvalidSetting, match="5 draws are too few"):
        estimate_hedge_ratio(legs(1), "tls", resamples=5)

    def stop(done: float, text: str = "", series: object = ()) -> None:
        raise Cancelled("enough")

    with pytest.raises(Cancelled):
        estimate_hedge_ratio(legs(1), "tls", resamples=99, progress=stop)

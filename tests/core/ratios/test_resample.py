"""Intervals by drawing the legs anew: they cover what they say, and agree with the formula."""

import numpy as np
import pytest
from scipy.signal import lfilter

from core.errors import Cancelled, InvalidSetting
from core.ratios import HEDGE_RATIOS, estimate_hedge_ratio
from core.ratios.legs import read_legs
from core.ratios.resample import resampled_ratios
from tests.core.ratios.examples import frame, legs


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


def answering(rng: np.random.Generator, rows: int, feedback: np.ndarray) -> np.ndarray:
    """Three legs with ratios 1.5 and 0.75 whose gap's shocks move with the others' changes."""
    moves = rng.standard_normal((rows, 2))
    own = np.sqrt(1.0 - feedback @ feedback) * rng.standard_normal(rows)
    gap = lfilter([1.0], [1.0, -0.9], moves @ feedback + own)
    others = 100.0 + np.cumsum(moves, axis=0)
    return np.column_stack([5.0 + others @ [1.5, 0.75] + gap, others])


def test_a_gap_that_answers_to_the_legs_changes_does_so_in_the_draws() -> None:
    # Least squares is then off, up for one leg and down for the other. How far, by numpy on new paths:
    feedback = np.array([0.7, -0.6])
    off = []
    for seed in range(400):
        values = answering(np.random.default_rng(1000 + seed), 200, feedback)
        design = np.column_stack([values[:, 1:], np.ones(200)])
        off.append(np.linalg.lstsq(design, values[:, 0], rcond=None)[0][:2] - [1.5, 0.75])
    wanted = np.median(off, axis=0)
    assert wanted[0] > 0.05
    assert wanted[1] < -0.05
    # The same from a few paths alone, each drawn anew around the true ratios.
    options = HEDGE_RATIOS["ols"].item.options.read({})
    drawn = []
    for seed in range(8):
        given = read_legs(frame(answering(np.random.default_rng(seed), 200, feedback)))
        drawn.append(resampled_ratios(given, "ols", options, np.array([1.5, 0.75]), draws=99) - [1.5, 0.75])
    np.testing.assert_allclose(np.median(np.concatenate(drawn), axis=0), wanted, rtol=0.4)


def test_legs_drawn_anew_are_searched_with_the_lag_that_was_found() -> None:
    prices = legs(5, 80, phi=0.6)
    free = estimate_hedge_ratio(prices, "adf", resamples=99)
    held = estimate_hedge_ratio(prices, "adf", lag=free.lag, resamples=99)
    assert free.intervals == held.intervals

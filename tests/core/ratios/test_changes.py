"""Ratios of daily changes: errors and intervals of the regression they are, not of a gap that closes."""

import numpy as np
import pandas as pd
import pytest
from scipy.stats import t

from core.ratios import estimate_hedge_ratio
from core.ratios.ols import newey_west_lags
from tests.core.ratios.examples import legs


@pytest.mark.parametrize("on", ["returns", "changes"])
@pytest.mark.parametrize("count", [2, 3])
def test_plain_errors_are_those_of_statsmodels(count: int, on: str) -> None:
    import statsmodels.api as sm

    prices = legs(21, 400, count)
    moves = (prices.pct_change() if on == "returns" else prices.diff()).dropna()
    others, last = prices.columns[1:], prices.iloc[-1]
    theirs = sm.OLS(moves["A"], sm.add_constant(moves[others])).fit(
        cov_type="HAC", cov_kwds={"maxlags": newey_west_lags(399), "use_correction": True}, use_t=True
    )
    found = estimate_hedge_ratio(prices, "minimum_variance", on=on)
    for name in others:
        unit = last["A"] / last[name] if on == "returns" else 1.0
        assert found.ratios[name] == pytest.approx(theirs.params[name] * unit, rel=1e-9)
        assert found.standard_errors[name] == pytest.approx(theirs.bse[name] * unit, rel=1e-9)
        assert found.intervals[name] == pytest.approx(tuple(theirs.conf_int().loc[name] * unit), rel=1e-9)


@pytest.mark.parametrize("count", [2, 3])
def test_fading_errors_are_those_of_statsmodels_for_as_many_days_as_count(count: int) -> None:
    import statsmodels.api as sm

    prices = legs(22, 400, count)
    moves = prices.pct_change().dropna()
    others, last = prices.columns[1:], prices.iloc[-1]
    weights = 0.97 ** np.arange(399.0)[::-1]
    days = weights.sum() ** 2 / (weights**2).sum()
    theirs = sm.WLS(moves["A"], sm.add_constant(moves[others]), weights=weights).fit(
        cov_type="HAC", cov_kwds={"maxlags": newey_west_lags(round(days)), "use_correction": False}
    )
    found = estimate_hedge_ratio(prices, "ewma")
    assert found.figures["days"] == pytest.approx(days)
    for name in others:
        unit = last["A"] / last[name]
        error = theirs.bse[name] * unit * np.sqrt(days / (days - count))
        half = t.ppf(0.975, days - count) * error
        ratio = found.ratios[name]
        assert ratio == pytest.approx(theirs.params[name] * unit, rel=1e-9)
        assert found.standard_errors[name] == pytest.approx(error, rel=1e-9)
        assert found.intervals[name] == pytest.approx((ratio - half, ratio + half), rel=1e-9)


@pytest.mark.parametrize("method", ["minimum_variance", "ewma"])
def test_the_interval_lies_about_its_ratio_on_legs_that_move_against_each_other(method: str) -> None:
    # As a fund against its own inverse: a spread of levels drifts, and says nothing of the returns.
    returns = np.random.default_rng(4).standard_normal(750) * 0.01
    noise = np.random.default_rng(6).standard_normal(750) * 0.0005
    prices = pd.DataFrame(
        {"A": 400.0 * np.cumprod(1.0 + returns + noise), "B": 40.0 * np.cumprod(1.0 - returns)}
    )
    found = estimate_hedge_ratio(prices, method, resamples=99)
    low, high = found.intervals["B"]
    unit = prices["A"].iloc[-1] / prices["B"].iloc[-1]
    assert low < found.ratios["B"] < high
    assert low < -unit < high
    assert (high - low) / unit < 0.03
    assert found.ratios["B"] - low == pytest.approx(high - found.ratios["B"])


def test_weights_that_fade_within_days_leave_no_interval() -> None:
    found = estimate_hedge_ratio(legs(1, 100, 3), "ewma", decay=0.5, adf_lag=0)
    assert found.figures["days"] == pytest.approx(3.0)
    assert found.intervals == {}
    assert any("fade too fast" in note for note in found.notes)
    assert not any("fade" in note for note in estimate_hedge_ratio(legs(1, 100), "ewma", adf_lag=0).notes)

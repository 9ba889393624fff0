"""What every beta estimator keeps to, and what each says to returns that are not what they should be."""

import math

import numpy as np
import pytest

from core import BETAS, Settings, analyse, compare_betas, estimate_beta, rolling_ols
from core.errors import InvalidSetting, UnknownOption
from tests.core.betas.examples import returns

METHODS = BETAS.names()
UNPULLED = {
    "blume": {"slope": 1.0, "constant": 0.0},
    "vasicek": {"prior_mean": 0.0, "prior_deviation": 100.0},
    "tls": {"noise_ratio": 1e6},
}
"""Options with which those that pull to a prior, or measure in units, do not."""

every = pytest.mark.parametrize("method", METHODS)


def test_these_are_the_estimators() -> None:
    assert METHODS == ("blume", "dimson", "downside", "ewma", "kalman", "ols", "tls", "vasicek")
    assert all(BETAS[name].help.endswith(".") for name in METHODS)


@every
def test_a_reading_is_whole(method: str) -> None:
    y, x = returns(1)
    before = y.copy(), x.copy()
    found = estimate_beta(y, x, method, window=120)
    np.testing.assert_array_equal(before, (y, x))
    assert (found.method, found.label, found.reason) == (method, BETAS[method].label, "")
    assert found.used
    assert found.low < found.beta < found.high
    assert found.interval == (found.low, found.high)
    assert found.standard_error > 0.0
    assert 0 < found.n <= found.counted == 120
    assert (found.first, found.last) == (130, 249)
    assert all(math.isfinite(value) for value in found.figures.values())
    assert found == estimate_beta(y, x, method, window=120)


@every
def test_rows_before_the_window_change_nothing(method: str) -> None:
    y, x = returns(2)
    found = estimate_beta(y[:180], x[:180], method, window=90)
    rng = np.random.default_rng(9)
    for early in (rng.normal(0.0, 1.0, 90), np.full(90, np.nan)):
        again = estimate_beta(np.r_[early, y[90:180]], np.r_[early, x[90:180]], method, window=90)
        assert (again.beta, again.standard_error) == (found.beta, found.standard_error)


@every
@pytest.mark.parametrize("factor", [2.0, -1.0])
def test_beta_scales_with_the_asset(method: str, factor: float) -> None:
    y, x = returns(3)
    options = UNPULLED.get(method, {})
    one, other = (estimate_beta(values, x, method, window=200, **options) for values in (y, factor * y))
    assert other.beta == pytest.approx(factor * one.beta, rel=1e-4)
    assert other.standard_error == pytest.approx(abs(factor) * one.standard_error, rel=1e-4)


@every
def test_missing_returns_are_left_out_and_too_many_are_a_reason(method: str) -> None:
    y, x = returns(4, 60)
    y[[3, 30]] = np.nan
    x[[3, 40]] = np.inf
    found = estimate_beta(y, x, method)
    assert found.reason == ""
    assert found.counted == 57
    assert abs(found.beta - 1.3) < 1.5
    y[10:20] = np.nan
    found = estimate_beta(y, x, method)
    assert found.reason == "47 of the last 60 sessions have both returns; 48 are needed."
    assert all(math.isnan(v) for v in (found.beta, found.standard_error, found.low, found.high))
    assert found.counted == 47


@every
@pytest.mark.parametrize("rows", [0, 1, 2, 20, 47])
def test_a_short_series_is_a_reason(method: str, rows: int) -> None:
    y, x = returns(5, 250)
    found = estimate_beta(y[:rows], x[:rows], method)
    assert math.isnan(found.beta)
    assert found.reason == f"{rows} of the last 60 sessions have both returns; 48 are needed."
    assert (found.first, found.last) == ((0, rows - 1) if rows else (-1, -1))


@every
def test_all_missing_is_a_reason(method: str) -> None:
    nothing = np.full(100, np.nan)
    for window in (60, None):
        found = estimate_beta(nothing, nothing, method, window=window)
        assert math.isnan(found.beta)
        assert found.reason.startswith("0 of the last")


@every
def test_a_flat_benchmark_is_a_reason(method: str) -> None:
    y, _ = returns(6)
    for level in (0.0, 0.001):
        found = estimate_beta(y, np.full(len(y), level), method)
        assert math.isnan(found.beta)
        assert math.isnan(found.low)
        assert found.reason


@every
def test_an_asset_that_follows_exactly_or_does_not_move(method: str) -> None:
    _, x = returns(7)
    exact, flat = estimate_beta(1.5 * x, x, method), estimate_beta(np.zeros(len(x)), x, method)
    if method == "kalman":  # a likelihood without bounds
        assert "Nothing is left" in exact.reason
        assert "asset did not move" in flat.reason
        return
    assert exact.beta == pytest.approx(4.0 / 3.0 if method == "blume" else 1.5, rel=1e-9)
    assert exact.standard_error < 1e-6
    assert flat.beta == pytest.approx(1.0 / 3.0 if method == "blume" else 0.0, abs=1e-12)


@every
def test_the_shortest_windows_never_break(method: str) -> None:
    y, x = returns(8)
    for window in range(2, 40):
        found = estimate_beta(y, x, method, window=window)
        assert math.isnan(found.beta) == bool(found.reason)
        assert math.isnan(found.low) == math.isnan(found.high)


@every
def test_bad_input_is_refused_in_words(method: str) -> None:
    y, x = returns(9)
    for bad in (0, 1, -5, 2.5, True):
        with pytest.raises(InvalidSetting, match="cannot be used"):
            estimate_beta(y, x, method, window=bad)  # type: ignore[arg-type]
    with pytest.raises(InvalidSetting, match="one length"):
        estimate_beta(y, x[:-1], method)
    with pytest.raises(InvalidSetting, match="one length"):
        estimate_beta(y[:, None], x[:, None], method)
    with pytest.raises(InvalidSetting, match="numbers"):
        estimate_beta(["a"] * 250, x, method)
    with pytest.raises(UnknownOption, match="colour"):
        estimate_beta(y, x, method, colour="red")


def test_an_unknown_estimator_and_options_out_of_range_are_refused() -> None:
    y, x = returns(10)
    with pytest.raises(UnknownOption) as caught:
        estimate_beta(y, x, "vasicec")
    assert "vasicek" in caught.value.hint
    for method, options in [
        ("ewma", {"half_life": 0.0}),
        ("dimson", {"lags": -1}),
        ("dimson", {"leads": 11}),
        ("downside", {"below": "median"}),
        ("vasicek", {"prior_deviation": 0.0}),
        ("tls", {"noise_ratio": 0.0}),
        ("ols", {"errors": "white"}),
        ("kalman", {"signal_to_noise": -1.0}),
        ("blume", {"slope": 2.0}),
    ]:
        with pytest.raises(InvalidSetting) as refused:
            estimate_beta(y, x, method, **options)
        assert refused.value.where == f"{method}.{next(iter(options))}"


def test_all_are_compared_on_the_same_last_session() -> None:
    y, x = returns(11, 400)
    x[:50] = np.nan
    found = compare_betas(y, x)
    assert [r.method for r in found.readings].count("ewma") == 3
    assert {r.method for r in found.readings} == set(METHODS)
    assert {r.last for r in found.readings} == {399}
    for reading in found.readings:
        fades = BETAS[reading.method].item.fades
        assert (reading.counted, reading.first) == ((350, 50) if fades else (60, 340))
        assert reading.reason == ""
    assert found.readings[found.in_use].method == "ols"
    rolling = rolling_ols(y, x, 60)
    assert found.readings[0].beta == pytest.approx(rolling.beta[-1, 0], rel=1e-10)
    assert found.readings[0].interval == pytest.approx([b[-1, 0] for b in rolling.interval()], rel=1e-10)
    frame = found.frame()
    assert len(frame) == len(found.readings)
    assert frame["in_use"].tolist() == [place == found.in_use for place in range(len(frame))]
    assert len(set(zip(frame["label"], frame["used"], strict=True))) == len(frame)


def test_the_one_in_use_is_the_pipelines_own_figure() -> None:
    analysis = analyse(Settings(), bootstrap=False)
    market, fit = analysis.market, analysis.betas.assets
    for place in range(fit.beta.shape[1]):
        found = compare_betas(market.returns[:, place], market.benchmark_returns)
        reading = found.readings[found.in_use]
        assert reading.beta == pytest.approx(fit.beta[-1, place], rel=1e-9)
        assert reading.interval == pytest.approx([b[-1, place] for b in fit.interval()], rel=1e-9)
        assert all(other.reason == "" for other in found.readings)


def test_choices_and_the_one_in_use_can_be_given() -> None:
    y, x = returns(12)
    found = compare_betas(
        y, x, choices=[("ols", {}), ("tls", {"noise_ratio": 2.0})], in_use="tls", history=90
    )
    assert (len(found.readings), found.in_use) == (2, 1)
    with pytest.raises(UnknownOption, match="ewma"):
        compare_betas(y, x, choices=[("ols", {})], in_use="ewma")
    with pytest.raises(InvalidSetting, match="cannot be used"):
        compare_betas(y, x, history=1)
    nothing = compare_betas(np.full(90, np.nan), x[:90])
    assert all(reading.reason for reading in nothing.readings)

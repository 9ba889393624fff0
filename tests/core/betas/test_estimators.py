"""Each estimator against statsmodels, numpy or a sum by hand."""

import math

import numpy as np
import pytest

from core import cross_section, estimate_beta, ols
from core.errors import EstimationError, InsufficientHistory
from core.ratios.tls import TLSOptions
from core.ratios.tls import tls as plane
from tests.core.betas.examples import returns


@pytest.mark.parametrize("errors", ["classic", "newey-west"])
def test_ols_is_the_regression_of_core_beta(errors: str) -> None:
    y, x = returns(1)
    found, fit = estimate_beta(y, x, window=90, errors=errors), ols(y[-90:], x[-90:], covariance=errors)
    assert (found.beta, found.standard_error) == (fit.beta, fit.beta_se)
    assert found.interval == pytest.approx(fit.interval(), rel=1e-12)
    assert found.figures["alpha"] == fit.alpha


@pytest.mark.parametrize("half_life", [30.0, 60.0, 90.0])
def test_ewma_is_weighted_covariance_over_variance_about_zero(half_life: float) -> None:
    from statsmodels.regression.linear_model import WLS

    y, x = returns(2)
    found = estimate_beta(y, x, "ewma", window=None, half_life=half_life)
    weights = 0.5 ** (np.arange(len(y))[::-1] / half_life)
    assert found.beta == pytest.approx(WLS(y, x, weights=weights).fit().params[0], rel=1e-12)
    decay = 0.5 ** (1.0 / half_life)
    expected = (1 + decay) / (1 - decay) * (1 - decay**250) / (1 + decay**250)
    assert found.figures["days"] == pytest.approx(expected, rel=1e-9)
    assert found.figures["weight_held"] == pytest.approx(1 - decay**250)
    assert bool(found.notes) == (found.figures["weight_held"] < 0.95)


def test_ewma_with_no_fading_is_the_regression_through_zero() -> None:
    from statsmodels.regression.linear_model import OLS

    y, x = returns(3)
    found, fit = estimate_beta(y, x, "ewma", window=None, half_life=1e6), OLS(y, x).fit()
    assert found.beta == pytest.approx(fit.params[0], rel=1e-4)
    assert found.standard_error == pytest.approx(fit.bse[0], rel=1e-4)
    assert found.interval == pytest.approx(fit.conf_int()[0], rel=1e-4)


def test_ewma_errors_and_freedom_are_those_of_its_matrices() -> None:
    from scipy.special import stdtrit

    y, x = returns(20, 80)
    found = estimate_beta(y, x, "ewma", window=None, half_life=15.0)
    w = 0.5 ** (np.arange(80)[::-1] / 15.0)
    row = w * x / (w @ x**2)  # beta = row @ y
    left = np.eye(80) - np.outer(x, row)
    form = left.T @ np.diag(w) @ left
    error = math.sqrt(y @ form @ y / np.trace(form) * (row @ row))
    freedom = np.trace(form) ** 2 / np.trace(form @ form)
    assert found.standard_error == pytest.approx(error, rel=1e-9)
    assert found.high - found.beta == pytest.approx(stdtrit(freedom, 0.975) * error, rel=1e-9)


def test_ewma_that_has_forgotten_every_move_is_a_reason() -> None:
    y, x = returns(3, 4000)
    x[-3000:] = 0.0
    found = estimate_beta(y, x, "ewma", window=None, half_life=2.0)
    assert "did not move" in found.reason


def test_ewma_ages_count_sessions_without_a_return() -> None:
    y, x = returns(4)
    gap = y.copy()
    gap[-30:-10] = np.nan
    weights = 0.5 ** (np.arange(len(y))[::-1] / 30.0) * np.isfinite(gap)
    found = estimate_beta(gap, x, "ewma", window=None, half_life=30.0)
    assert found.beta == pytest.approx(weights @ (x * y) / (weights @ x**2), rel=1e-12)


def test_ewma_intervals_cover() -> None:
    readings = [estimate_beta(*returns(s, 300), "ewma", window=None, half_life=60.0) for s in range(800)]
    covered = np.mean([r.low <= 1.3 <= r.high for r in readings])
    assert 0.93 < covered < 0.97


def test_blume_is_two_thirds_and_one_third() -> None:
    y, x = returns(5)
    raw, found = estimate_beta(y, x), estimate_beta(y, x, "blume")
    assert found.beta == pytest.approx(2 / 3 * raw.beta + 1 / 3, rel=1e-14)
    assert found.interval == pytest.approx([2 / 3 * b + 1 / 3 for b in raw.interval], rel=1e-14)
    vendor = estimate_beta(y, x, "blume", slope=0.67, constant=0.33)
    assert vendor.beta == pytest.approx(0.67 * raw.beta + 0.33, rel=1e-14)
    assert vendor.used == "0.670 of the raw beta plus 0.330, classic errors"


def test_vasicek_is_the_normal_posterior() -> None:
    y, x = returns(6)
    raw = estimate_beta(y, x)
    found = estimate_beta(y, x, "vasicek", prior_mean=0.8, prior_deviation=0.3)
    precision = 1 / 0.3**2 + 1 / raw.standard_error**2
    mean = (0.8 / 0.3**2 + raw.beta / raw.standard_error**2) / precision
    assert found.beta == pytest.approx(mean, rel=1e-12)
    assert found.standard_error == pytest.approx(precision**-0.5, rel=1e-12)
    assert found.high - found.beta == pytest.approx(1.959963984540054 * precision**-0.5, rel=1e-12)
    assert found.figures["weight"] == pytest.approx(0.09 / (0.09 + raw.standard_error**2), rel=1e-12)
    sure = estimate_beta(y, x, "vasicek", prior_deviation=100.0)
    assert sure.beta == pytest.approx(raw.beta, rel=1e-4)
    stubborn = estimate_beta(y, x, "vasicek", prior_deviation=1e-6)
    assert stubborn.beta == pytest.approx(1.0, abs=1e-6)


def test_the_prior_of_a_cross_section() -> None:
    betas = [0.7, 1.1, math.nan, 1.6, 0.9]
    known = [0.7, 1.1, 1.6, 0.9]
    prior = cross_section(betas)
    assert prior == pytest.approx((np.mean(known), np.std(known, ddof=1)))
    y, x = returns(7)
    found = estimate_beta(y, x, "vasicek", **prior._asdict())
    assert found.options.prior_mean == prior.prior_mean
    with pytest.raises(InsufficientHistory):
        cross_section([1.0, 2.0, math.nan])
    with pytest.raises(EstimationError):
        cross_section([1.0, 1.0, 1.0])


@pytest.mark.parametrize(("lags", "leads"), [(1, 1), (2, 0), (0, 0), (3, 2)])
@pytest.mark.parametrize("errors", ["classic", "newey-west"])
def test_dimson_is_the_sum_of_slopes_with_its_own_error(lags: int, leads: int, errors: str) -> None:
    import statsmodels.api as sm

    y, x = returns(8, 120)
    found = estimate_beta(y, x, "dimson", window=120, lags=lags, leads=leads, errors=errors)
    rows = np.arange(lags, 120 - leads)
    X = sm.add_constant(np.column_stack([x[rows + k] for k in range(-lags, leads + 1)]))
    model = sm.OLS(y[rows], X)
    if errors == "classic":
        fit = model.fit()
    else:
        used = int(4 * (len(rows) / 100) ** (2 / 9))
        fit = model.fit(cov_type="HAC", cov_kwds={"maxlags": used, "use_correction": True}, use_t=True)
    test = fit.t_test(np.r_[0.0, np.ones(lags + leads + 1)])
    assert found.n == len(rows)
    assert found.beta == pytest.approx(float(np.squeeze(test.effect)), rel=1e-10)
    assert found.standard_error == pytest.approx(float(np.squeeze(test.sd)), rel=1e-10)
    assert found.interval == pytest.approx(test.conf_int()[0], rel=1e-10)
    assert found.figures["beta_0"] == pytest.approx(fit.params[1 + lags], rel=1e-10)
    if not lags + leads:
        assert found.beta == pytest.approx(estimate_beta(y, x, window=120).beta, rel=1e-10)


def test_dimson_finds_the_beta_of_what_trades_late() -> None:
    y, x = returns(9, 1000, noise=0.002)
    late = 0.5 * y + 0.5 * np.r_[0.0, y[:-1]]
    found = estimate_beta(late, x, "dimson", window=None)
    assert found.beta == pytest.approx(1.3, abs=0.05)
    assert estimate_beta(late, x, window=None).high < 1.0


def test_dimson_ends_where_its_leads_do() -> None:
    y, x = returns(19, 60)
    found = estimate_beta(y, x, "dimson", leads=2)
    unseen = np.r_[y[:-2], 0.5, -0.5]
    assert estimate_beta(unseen, x, "dimson", leads=2).beta == found.beta
    assert estimate_beta(np.r_[y[:-3], 0.5, y[-2:]], x, "dimson", leads=2).beta != found.beta


def test_dimson_uses_all_rows_whose_own_return_and_benchmark_days_are_known() -> None:
    import statsmodels.api as sm

    y, x = returns(10, 80)
    y[[20, 21, 50]] = np.nan
    x[60] = np.nan
    found = estimate_beta(y, x, "dimson", window=80)
    # Of the 78 rows with neighbours, three miss their own return, and three the benchmark's about row 60.
    assert found.n == 78 - 3 - 3
    assert found.counted == 80 - 3 - 1
    days = np.column_stack([x[:-2], x[1:-1], x[2:]])
    kept = np.isfinite(y[1:-1]) & np.isfinite(days).all(axis=1)
    fit = sm.OLS(y[1:-1][kept], sm.add_constant(days[kept])).fit()
    test = fit.t_test([0.0, 1.0, 1.0, 1.0])
    assert found.beta == pytest.approx(float(np.squeeze(test.effect)), rel=1e-10)
    assert found.standard_error == pytest.approx(float(np.squeeze(test.sd)), rel=1e-10)
    few = estimate_beta(*returns(10, 12), "dimson", window=12, lags=4, leads=4)
    assert few.reason.startswith("Not enough data for a regression with the days before and after")


@pytest.mark.parametrize("below", ["mean", "zero"])
def test_downside_is_covariance_over_variance_of_the_bad_days(below: str) -> None:
    y, x = returns(11)
    found = estimate_beta(y, x, "downside", window=None, below=below)
    bad = x < (x.mean() if below == "mean" else 0.0)
    covariance = np.cov(y[bad], x[bad])
    assert found.n == bad.sum()
    assert found.beta == pytest.approx(covariance[0, 1] / covariance[1, 1], rel=1e-10)
    assert found.standard_error == ols(y[bad], x[bad]).beta_se


def test_downside_with_few_bad_days_is_a_reason() -> None:
    y, x = returns(12, 60)
    found = estimate_beta(y, np.abs(x), "downside", below="zero")
    assert found.reason == "Not enough data for a beta on bad days: 0 of 8."


@pytest.mark.parametrize("walk", [0.0, 0.05])
def test_the_kalman_likelihood_equals_statsmodels_state_space(walk: float) -> None:
    from statsmodels.tsa.statespace.mlemodel import MLEModel

    rng = np.random.default_rng(13)
    x = rng.normal(0.0004, 0.01, 200)
    beta = 1.3 + np.cumsum(rng.normal(0.0, walk, 200))
    y = 0.0002 + beta * x + rng.normal(0.0, 0.004, 200)
    found = estimate_beta(y, x, "kalman", window=None)

    def likelihood(error: float, daily: float) -> tuple[float, float, float]:
        model = MLEModel(y, k_states=2, k_posdef=2)
        model.ssm["design"] = np.array([x, np.ones(200)])[None]
        model.ssm["transition"] = model.ssm["selection"] = np.eye(2)
        model.ssm["obs_cov"] = np.array([[error**2]])
        model.ssm["state_cov"] = np.diag([daily**2, 0.0])
        model.ssm.initialize_diffuse()
        model.ssm.loglikelihood_burn = 2
        kept = model.ssm.filter()
        return float(kept.llf), kept.filtered_state[0, -1], kept.filtered_state_cov[0, 0, -1] ** 0.5

    error, daily = found.figures["error_deviation"], found.figures["daily_deviation"]
    best, state, deviation = likelihood(error, daily)
    assert found.figures["log_likelihood"] == pytest.approx(best, rel=1e-8)
    assert found.beta == pytest.approx(state, rel=1e-6)
    assert found.standard_error == pytest.approx(deviation, rel=1e-5)
    for factor in (0.8, 1.25):  # no other variances near are likelier
        assert likelihood(error * factor, daily)[0] <= best + 1e-6
        assert likelihood(error, max(daily, 1e-5) * factor)[0] <= best + 1e-6
    if walk:
        assert found.low < beta[-1] < found.high
        assert daily == pytest.approx(walk, rel=0.5)


def test_a_kalman_beta_without_noise_beside_it_says_so() -> None:
    rng = np.random.default_rng(18)
    x = rng.normal(0.0, 0.01, 200)
    beta = np.cumsum(rng.normal(0.0, 0.3, 200))
    found = estimate_beta(beta * x, x, "kalman", window=None)
    assert any("takes up all" in note for note in found.notes)
    assert found.beta == pytest.approx(beta[-1], abs=0.3)


def test_a_kalman_beta_that_stands_still_is_the_regressions() -> None:
    y, x = returns(14)
    still = estimate_beta(y, x, "kalman", window=None, signal_to_noise=0.0)
    fixed = estimate_beta(y, x, window=None)
    assert still.beta == pytest.approx(fixed.beta, rel=1e-10)
    assert still.standard_error == pytest.approx(fixed.standard_error, rel=1e-10)


def test_tls_is_the_least_singular_vector() -> None:
    y, x = returns(15)
    found = estimate_beta(y, x, "tls", window=None)
    _, _, vectors = np.linalg.svd(np.column_stack([y - y.mean(), x - x.mean()]), full_matrices=False)
    assert found.beta == pytest.approx(-vectors[-1, 1] / vectors[-1, 0], rel=1e-10)
    assert found.beta == pytest.approx(plane(np.column_stack([y, x]), TLSOptions()).ratios[0], rel=1e-10)
    turned = estimate_beta(x, y, "tls", window=None)
    assert turned.beta == pytest.approx(1 / found.beta, rel=1e-10)
    scaled = estimate_beta(3.0 * y, x, "tls", window=None, noise_ratio=9.0)
    assert scaled.beta == pytest.approx(3.0 * found.beta, rel=1e-10)


def test_the_error_of_tls_is_the_jackknifes() -> None:
    y, x = returns(16, 40)
    found = estimate_beta(y, x, "tls", window=40, noise_ratio=1.7)
    others = []
    for left in range(40):
        kept = np.arange(40) != left
        others.append(estimate_beta(y[kept], x[kept], "tls", window=None, noise_ratio=1.7).beta)
    error = math.sqrt(39 / 40 * np.sum((np.array(others) - np.mean(others)) ** 2))
    assert found.standard_error == pytest.approx(error, rel=1e-9)


def test_a_noise_ratio_without_end_is_least_squares() -> None:
    y, x = returns(17)
    found = estimate_beta(y, x, "tls", window=None, noise_ratio=1e6)
    assert found.beta == pytest.approx(estimate_beta(y, x, window=None).beta, rel=1e-4)


def test_tls_without_a_direction_is_a_reason() -> None:
    x, y = np.array([1.0, 0.0, -1.0, 0.0] * 5), np.array([0.0, 1.0, 0.0, -1.0] * 5)
    found = estimate_beta(y, x, "tls", window=20)
    assert "no line is nearer" in found.reason
    assert math.isnan(found.beta)

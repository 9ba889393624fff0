"""What is left in a spread, against statsmodels and against series whose answer is known."""

import math
import warnings

import numpy as np
import pytest

from core.errors import BadPrices, EstimationError, InsufficientHistory, InvalidSetting
from core.lab.residuals import ARCH_LAGS, LJUNG_BOX_LAGS, diagnose


def persistent(seed: int, count: int, phi: float, shocks: np.ndarray | None = None) -> np.ndarray:
    drawn = np.random.default_rng(seed).standard_normal(count) if shocks is None else shocks
    values = np.zeros(count)
    for t in range(1, count):
        values[t] = phi * values[t - 1] + drawn[t]
    return 100.0 + values


@pytest.mark.parametrize(("seed", "phi"), [(1, 0.5), (2, 0.9), (3, 0.99)])
def test_every_figure_is_that_of_statsmodels(seed: int, phi: float) -> None:
    import statsmodels.api as sm
    from statsmodels.stats.diagnostic import acorr_ljungbox, het_arch
    from statsmodels.stats.stattools import jarque_bera
    from statsmodels.tsa.stattools import acf

    spread = persistent(seed, 400, phi)
    made = diagnose(spread, lags=15)
    fit = sm.OLS(spread[1:], sm.add_constant(spread[:-1])).fit()
    assert made.phi == pytest.approx(fit.params[1], rel=1e-10)
    np.testing.assert_allclose(made.shocks, fit.resid, atol=1e-9)
    for mine, values in ((made.spread_autocorrelation, spread), (made.shock_autocorrelation, fit.resid)):
        np.testing.assert_allclose(mine, acf(values, nlags=15, fft=False)[1:], atol=1e-10)
    theirs = acorr_ljungbox(fit.resid, lags=[LJUNG_BOX_LAGS], model_df=1)
    assert made.ljung_box[:2] == pytest.approx((theirs["lb_stat"].iloc[0], theirs["lb_pvalue"].iloc[0]))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FutureWarning)  # it announces another kind of tuple
        assert made.arch[:2] == pytest.approx(tuple(het_arch(fit.resid, nlags=ARCH_LAGS)[:2]), rel=1e-8)
    statistic, p_value, skew, kurtosis = jarque_bera(fit.resid)
    assert made.jarque_bera[:2] == pytest.approx((statistic, p_value))
    assert (made.skew, made.excess_kurtosis) == pytest.approx((skew, kurtosis - 3.0))
    assert made.half_life == pytest.approx(-math.log(2.0) / math.log(made.phi))
    assert made.effective_rows == pytest.approx(400 * (1 - made.phi) / (1 + made.phi))
    assert made.shock_bound == pytest.approx(1.959964 / math.sqrt(399), rel=1e-6)


def test_plain_shocks_pass_and_each_flaw_is_found() -> None:
    rng = np.random.default_rng(5)
    plain = diagnose(persistent(0, 2000, 0.8, rng.standard_normal(2000)))
    assert min(plain.ljung_box.p_value, plain.arch.p_value, plain.jarque_bera.p_value) > 0.01
    fat = diagnose(persistent(0, 2000, 0.8, rng.standard_t(3, 2000)))
    assert fat.jarque_bera.p_value < 1e-6
    assert fat.excess_kurtosis > 1.0
    calm_then_wild = np.repeat([0.2, 3.0, 0.2, 3.0], 500) * rng.standard_normal(2000)
    changing = diagnose(persistent(0, 2000, 0.8, calm_then_wild))
    assert changing.arch.p_value < 1e-6
    drawn = rng.standard_normal(2001)
    together = diagnose(persistent(0, 2000, 0.8, drawn[1:] + 0.6 * drawn[:-1]))
    assert together.ljung_box.p_value < 1e-6
    assert together.shock_autocorrelation[0] > together.shock_bound


def test_the_largest_shocks_are_named_by_their_row() -> None:
    shocks = np.random.default_rng(7).standard_normal(300)
    shocks[120], shocks[201] = 25.0, -18.0
    made = diagnose(persistent(0, 300, 0.7, shocks))
    assert [shock.row for shock in made.largest[:2]] == [120, 201]
    assert made.largest[0].size > 0.0 > made.largest[1].size
    assert made.largest[0].deviations == pytest.approx(made.largest[0].size / made.shocks.std(ddof=1))
    assert made.shocks[119] == pytest.approx(made.largest[0].size)


def test_the_halves_tell_a_spread_that_grew_wider() -> None:
    values = np.random.default_rng(8).standard_normal(401)
    values[200:] *= 4.0
    made = diagnose(values)
    assert made.halves == pytest.approx((values[:200].var(ddof=1), values[200:].var(ddof=1)))
    assert made.halves[1] / made.halves[0] > 8.0


def test_a_level_and_a_unit_change_nothing_but_the_unit() -> None:
    spread = persistent(4, 200, 0.9)
    one, other = diagnose(spread), diagnose(1000.0 + 5.0 * spread)
    assert other.phi == pytest.approx(one.phi)
    assert other.ljung_box.statistic == pytest.approx(one.ljung_box.statistic)
    assert other.largest[0].size == pytest.approx(5.0 * one.largest[0].size)


def test_a_spread_that_runs_away_has_no_half_life() -> None:
    drift = np.exp(np.arange(60) / 20.0) + 0.01 * np.random.default_rng(1).standard_normal(60)
    made = diagnose(drift)
    assert made.phi > 1.0
    assert math.isinf(made.half_life)
    assert math.isnan(made.effective_rows)
    assert made.frame().shape == (20, 2)


@pytest.mark.parametrize(
    ("spread", "lags", "error"),
    [
        (np.arange(20.0), 5, InsufficientHistory),
        (persistent(1, 50, 0.5), 30, InsufficientHistory),
        (persistent(1, 50, 0.5), 0, InvalidSetting),
        (persistent(1, 50, 0.5).reshape(5, 10), 5, InvalidSetting),
        (np.full(60, 3.0), 5, EstimationError),
        (0.9 ** np.arange(60.0), 5, EstimationError),
        (np.where(np.arange(60) == 7, np.nan, persistent(1, 60, 0.5)), 5, BadPrices),
    ],
)
def test_what_cannot_be_is_refused(spread: np.ndarray, lags: int, error: type) -> None:
    with pytest.raises(error):
        diagnose(spread, lags=lags)


def test_shocks_of_one_size_do_not_hang_together() -> None:
    """Their squares do not move, so that nothing is there to be explained."""
    made = diagnose(np.append(np.tile([0.0, 0.0, 1.0, 1.0], 25), 0.0))
    assert np.ptp(made.shocks**2) < 1e-12
    assert made.arch[:2] == (0.0, 1.0)

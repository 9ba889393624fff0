"""Betas against the published figures, statsmodels, long doubles and fractions."""

from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core import ols, rolling_ols
from core.beta import RollingOLS, estimate_betas, least_observations
from core.data.base import PROVIDERS, PriceRequest
from core.errors import EstimationError, InsufficientHistory, InvalidSetting
from core.market import MarketData, build_market
from core.settings import BetaSettings, DataSettings
from tests.reference import regression as reference
from tests.strategies import ASSETS, DATA, random_table

OUTPUTS = ("alpha", "beta", "alpha_se", "beta_se", "r_squared")


def series(seed: int, rows: int, columns: int = 2, gaps: float = 0.0) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    x = rng.normal(0.0004, 0.011, rows)
    y = x[:, None] * rng.uniform(0.3, 1.9, columns) + rng.normal(0.0, 0.013, (rows, columns))
    y[rng.random(y.shape) < gaps] = np.nan
    x[rng.random(rows) < gaps / 2] = np.nan
    return y, x


def real_market(folder: Path, ticker: str, hedge: str = "SH") -> MarketData:
    data = DataSettings(provider="files", folder=str(folder), benchmark="SPY", hedge=hedge)
    request = PriceRequest(calendar="SPY", tickers=("SPY", hedge, ticker), folder=str(folder))
    prices = PROVIDERS["files"].item.fetch(request, lambda done, text="": None)
    return build_market(prices, data, (ticker,))


def between(market: MarketData, first: str, last: str) -> slice:
    """The rows of the returns between the prices of two days."""
    start = int(np.searchsorted(market.sessions, np.datetime64(first)))
    stop = int(np.searchsorted(market.sessions, np.datetime64(last)))
    assert [str(d) for d in market.sessions[[start, stop]]] == [first, last]
    return slice(start + 1, stop + 1)


@pytest.mark.market_data
def test_golden_nvda_on_spy(market_data: Path) -> None:
    """NVDA on SPY, prices 2020-02-03..2020-04-30, simple returns.

    Source A of published_figures.json (the demo's printed OLS summary), key nvda_60: every printed digit.
    """
    market = real_market(market_data, "NVDA")
    rows = between(market, "2020-02-03", "2020-04-30")
    fit = ols(market.returns[rows, 0], market.benchmark_returns[rows])
    low, high = fit.interval()
    assert fit.observations == 61
    assert f"{fit.beta:.7f}" == "1.3784365"
    assert f"{fit.alpha:.7f}" == "0.0063126"
    assert f"{fit.r_squared:.6f}" == "0.781731"
    assert f"[{low:.6f}, {high:.6f}]" == "[1.188690, 1.568183]"
    assert f"{fit.f_statistic:.3f}" == "211.309"
    np.testing.assert_allclose(fit.beta, 1.3784365158958614, rtol=1e-12)
    np.testing.assert_allclose(fit.alpha, 0.006312563512913159, rtol=1e-12)
    np.testing.assert_allclose(fit.r_squared, 0.7817314398401622, rtol=1e-12)
    np.testing.assert_allclose((low, high), (1.1886900693522189, 1.5681829624395038), rtol=1e-12)
    np.testing.assert_allclose(fit.f_statistic, 211.30920054081264, rtol=1e-11)

    rolling = rolling_ols(market.returns, market.benchmark_returns, 61)
    last = rows.stop - 1
    assert str(market.sessions[last]) == "2020-04-30"
    for name in OUTPUTS:
        np.testing.assert_allclose(getattr(rolling, name)[last, 0], getattr(fit, name), rtol=1e-11)
    assert rolling.observations[last, 0] == 61
    np.testing.assert_allclose([b[last, 0] for b in rolling.interval()], [low, high], rtol=1e-11)


@pytest.mark.market_data
def test_golden_tsla_on_spy_2014(market_data: Path) -> None:
    """TSLA on SPY over 2014: source C of published_figures.json, key tsla_2014."""
    market = real_market(market_data, "TSLA")
    rows = between(market, "2014-01-02", "2014-12-31")
    fit = ols(market.returns[rows, 0], market.benchmark_returns[rows])
    assert fit.observations == 251
    assert f"{fit.beta:.6f}" == "1.954177"
    assert f"{fit.alpha:.9f}" == "0.000917144"
    np.testing.assert_allclose(fit.r_squared, 0.2051546715, rtol=1e-9)
    np.testing.assert_allclose(fit.interval(), (1.47407983, 2.43427359), rtol=1e-8)


@pytest.mark.market_data
def test_golden_nvda_at_the_event_date(market_data: Path) -> None:
    """60 simple returns to 2025-03-31: key nvda_60_2025-03-31 of published_figures.json."""
    market = real_market(market_data, "NVDA")
    fit = rolling_ols(market.returns, market.benchmark_returns, 60)
    at = int(np.searchsorted(market.sessions, np.datetime64("2025-03-31")))
    low, high = (bound[at, 0] for bound in fit.interval())
    assert [f"{v:.5f}" for v in (fit.beta[at, 0], fit.alpha[at, 0])] == ["2.87493", "-0.00073"]
    assert [f"{v:.4f}" for v in (fit.r_squared[at, 0], low, high)] == ["0.4966", "2.1142", "3.6357"]


@pytest.mark.market_data
def test_the_real_sh_has_a_beta_near_minus_one(market_data: Path) -> None:
    fit = estimate_betas(real_market(market_data, "NVDA"), BetaSettings(window_sessions=252))
    assert -1.03 < fit.hedge.beta[-1, 0] < -0.95


def check_windows(fit: RollingOLS, y: np.ndarray, x: np.ndarray, window: int, *, hac: bool = False) -> int:
    """Compare each window that has a beta with statsmodels, and each that has none with the rule."""
    needed, compared = least_observations(window), 0
    low, high = fit.interval()
    for j in range(y.shape[1]):
        for t in range(len(x)):
            rows = slice(max(0, t - window + 1), t + 1)
            both = int(np.sum(np.isfinite(y[rows, j]) & np.isfinite(x[rows])))
            assert fit.observations[t, j] == both
            if both < needed:
                assert all(np.isnan(getattr(fit, name)[t, j]) for name in OUTPUTS)
                continue
            wanted, interval = reference.statsmodels_fit(y[rows, j], x[rows], hac=hac)
            found = [getattr(fit, name)[t, j] for name in OUTPUTS]
            np.testing.assert_allclose(found, wanted[:5], rtol=1e-10, atol=1e-14)
            np.testing.assert_allclose([low[t, j], high[t, j]], interval, rtol=1e-10, atol=1e-14)
            compared += 1
    return compared


@pytest.mark.parametrize(
    ("window", "rows", "gaps"),
    [(20, 70, 0.0), (20, 90, 0.08), (60, 130, 0.05), (252, 262, 0.02), (504, 508, 0.01)],
)
def test_h8_h9_equals_statsmodels_on_every_window(window: int, rows: int, gaps: float) -> None:
    y, x = series(window, rows, 2, gaps)
    assert check_windows(rolling_ols(y, x, window), y, x, window) >= 8


@pytest.mark.parametrize("window", [3, 4, 5, 7])
def test_small_windows_equal_statsmodels(window: int) -> None:
    y, x = series(window, 40, 1)
    fit = rolling_ols(y, x, window, min_observations=window)
    for t in range(window - 1, 40):
        rows = slice(t - window + 1, t + 1)
        wanted, interval = reference.statsmodels_fit(y[rows, 0], x[rows])
        found = [getattr(fit, name)[t, 0] for name in OUTPUTS]
        np.testing.assert_allclose(found, wanted[:5], rtol=1e-9, atol=1e-13)
        np.testing.assert_allclose([b[t, 0] for b in fit.interval()], interval, rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize(("window", "rows", "gaps"), [(20, 60, 0.05), (60, 100, 0.0), (126, 140, 0.03)])
def test_newey_west_equals_statsmodels_hac(window: int, rows: int, gaps: float) -> None:
    y, x = series(window + 1, rows, 1, gaps)
    fit = rolling_ols(y, x, window, covariance="newey-west")
    assert check_windows(fit, y, x, window, hac=True) >= 8
    classic = rolling_ols(y, x, window)
    np.testing.assert_allclose(fit.beta, classic.beta, rtol=1e-10)
    assert not np.allclose(fit.beta_se[-1], classic.beta_se[-1], rtol=1e-3)


@pytest.mark.parametrize("covariance", ["classic", "newey-west"])
def test_ols_equals_statsmodels(covariance: str) -> None:
    from statsmodels.regression.linear_model import OLS
    from statsmodels.tools import add_constant

    y, x = series(9, 80, 1)
    y = y[:, 0]
    y[[3, 40]] = np.nan
    rows = np.isfinite(y)
    model = OLS(y[rows], add_constant(x[rows]))
    hac = {"cov_type": "HAC", "cov_kwds": {"maxlags": 3, "use_correction": True}, "use_t": True}
    wanted = model.fit(**hac) if covariance == "newey-west" else model.fit()
    fit = ols(y, x, covariance=covariance)  # type: ignore[arg-type]
    found = [fit.alpha, fit.beta, fit.alpha_se, fit.beta_se, fit.t_statistic, fit.p_value, fit.r_squared]
    expected = [*wanted.params, *wanted.bse, wanted.tvalues[1], wanted.pvalues[1], wanted.rsquared]
    np.testing.assert_allclose(found, expected, rtol=1e-9)
    np.testing.assert_allclose(fit.f_statistic, wanted.tvalues[1] ** 2, rtol=1e-9)
    for level in (0.8, 0.95, 0.99):
        np.testing.assert_allclose(fit.interval(level), wanted.conf_int(alpha=1 - level)[1], rtol=1e-9)
    assert fit.observations == 78


@given(st.lists(st.tuples(st.integers(-40, 40), st.integers(-40, 40)), min_size=4, max_size=9))
def test_h8_equals_fractions_on_small_cases(points: list[tuple[int, int]]) -> None:
    x = [Fraction(a, 1024) for a, _ in points]
    y = [Fraction(b, 512) for _, b in points]
    if len(set(x)) < 2 or len(set(y)) < 2:
        return
    alpha, beta, r_squared, variance = reference.exact(y, x)
    fit = ols([float(v) for v in y], [float(v) for v in x])
    np.testing.assert_allclose(fit.beta, float(beta), rtol=1e-10, atol=1e-13)
    np.testing.assert_allclose(fit.alpha, float(alpha), rtol=1e-10, atol=1e-14)
    np.testing.assert_allclose(fit.r_squared, float(r_squared), rtol=1e-10, atol=1e-13)
    np.testing.assert_allclose(fit.beta_se, float(variance) ** 0.5, rtol=1e-8, atol=1e-9)


def test_keeps_its_digits_on_returns_with_a_large_offset() -> None:
    """Offset 1e3 with a spread of 1e-4, against long double: cumulative sums are 50 % wrong here."""
    rng = np.random.default_rng(8)
    x = 1e3 + rng.normal(0.0, 1e-4, 400)
    y = 1e3 + 1.3 * (x - 1e3) + rng.normal(0.0, 1e-4, 400)
    for covariance in ("classic", "newey-west"):
        fit = rolling_ols(y, x, 60, covariance=covariance)  # type: ignore[arg-type]
        wanted = [reference.long_double_beta(y[t - 59 : t + 1], x[t - 59 : t + 1]) for t in range(59, 400)]
        assert np.max(np.abs(fit.beta[59:, 0] / wanted - 1.0)) <= 1e-9


@pytest.mark.parametrize("where", ["asset", "benchmark"])
def test_a_bad_print_is_forgotten_when_it_leaves_the_window(where: str) -> None:
    y, x = series(21, 300, 1)
    clean = rolling_ols(y, x, 60)
    (y[:, 0] if where == "asset" else x)[100] = 1e6
    fit = rolling_ols(y, x, 60)
    wanted = [reference.long_double_beta(y[t - 59 : t + 1, 0], x[t - 59 : t + 1]) for t in range(160, 300)]
    assert np.max(np.abs(fit.beta[160:, 0] / wanted - 1.0)) <= 1e-9
    np.testing.assert_allclose(fit.beta_se[160:], clean.beta_se[160:], rtol=1e-9)
    assert not np.allclose(fit.beta[100:160], clean.beta[100:160], rtol=0.01, equal_nan=True)


@pytest.mark.parametrize("noise", [1e-3, 1e-5, 1e-8, 1e-11])
def test_standard_errors_hold_when_r_squared_is_near_one(noise: float) -> None:
    rng = np.random.default_rng(2)
    x = rng.normal(0.0, 0.01, 200)
    y = 0.5 + 1.5 * x + rng.normal(0.0, noise, 200)
    fit = rolling_ols(y, x, 60)
    assert fit.r_squared[-1, 0] > 0.98
    for t in (59, 60, 119, 120, 199):
        rows = slice(t - 59, t + 1)
        a, b = x[rows].astype(np.longdouble), y[rows].astype(np.longdouble)
        da, db = a - a.mean(), b - b.mean()
        beta = (da @ db) / (da @ da)
        se = np.sqrt(np.sum((db - beta * da) ** 2) / 58 / (da @ da))
        np.testing.assert_allclose(fit.beta_se[t, 0], float(se), rtol=1e-3 if noise < 1e-10 else 1e-6)


def test_first_rows_have_no_beta_and_say_how_many_sessions_they_saw() -> None:
    y, x = series(4, 60, 1)
    x[0], y[0] = np.nan, np.nan
    fit = rolling_ols(y, x, 40)
    assert fit.observations[:, 0].tolist() == [*range(40), *[40] * 20]
    assert np.isnan(fit.beta[:32]).all()  # 31 counted; 32 are needed
    assert np.isfinite(fit.beta[32:]).all()
    np.testing.assert_allclose(fit.beta[32, 0], ols(y[1:33, 0], x[1:33]).beta, rtol=1e-12)


def test_window_counts_sessions_and_not_observations() -> None:
    """With every fifth session missing a window of 20 reaches back 20 sessions and counts 16."""
    y, x = series(6, 50, 1)
    y[::5] = np.nan
    fit = rolling_ols(y, x, 20)
    assert fit.observations[-1, 0] == 16
    np.testing.assert_allclose(fit.beta[-1, 0], ols(y[-20:, 0], x[-20:]).beta, rtol=1e-12)
    y[-1] = np.nan
    assert np.isnan(rolling_ols(y, x, 20).beta[-1, 0])


@pytest.mark.parametrize("window", [20, 21, 24, 60, 252, 504])
def test_four_fifths_rounded_up(window: int) -> None:
    assert least_observations(window) == int(np.ceil(Fraction(8, 10) * window))


@given(seed=st.integers(0, 2**32 - 1), a=st.floats(-3.0, 3.0))
def test_h5_beta_of_a_multiple_and_of_a_constant(seed: int, a: float) -> None:
    _, x = series(seed, 50, 1)
    y = np.column_stack([x, a * x, np.full(50, 0.003), a * x + 0.25])
    beta = rolling_ols(y, x, 20).beta[19:]
    np.testing.assert_allclose(beta, np.tile([1.0, a, 0.0, a], (31, 1)), rtol=1e-12, atol=1e-12)
    assert (beta[:, 0] == 1.0).all()


@pytest.mark.parametrize("covariance", ["classic", "newey-west"])
def test_p5_flat_asset_has_no_r_squared_and_flat_benchmark_no_beta(covariance: str) -> None:
    y, x = series(5, 60, 1)
    flat = np.zeros(60)
    fit = rolling_ols(np.column_stack([flat, y[:, 0]]), x, 20, covariance=covariance)  # type: ignore[arg-type]
    assert (fit.beta[19:, 0] == 0.0).all()
    assert np.isnan(fit.r_squared[:, 0]).all()
    assert np.isfinite(fit.r_squared[19:, 1]).all()
    for still in (flat, np.full(60, 0.0137), 100 * 1.001 ** np.arange(61.0)):
        moves = still if len(still) == 60 else still[1:] / still[:-1] - 1.0
        none = rolling_ols(y, moves, 20, covariance=covariance)  # type: ignore[arg-type]
        for name in OUTPUTS:
            assert np.isnan(getattr(none, name)).all()
        assert none.observations[-1, 0] == 20
        with pytest.raises(EstimationError, match="did not move"):
            ols(y[:, 0], moves)


@given(seed=st.integers(0, 2**32 - 1))
def test_h17_h1_a_missing_value_reaches_only_its_own_windows(seed: int) -> None:
    y, x = series(seed, 70, 3, 0.05)
    at, column = seed % 70, seed % 3
    before = rolling_ols(y, x, 20)
    y[at, column] = np.nan
    after = rolling_ols(y, x, 20)
    touched = np.zeros((70, 3), dtype=bool)
    touched[at : at + 20, column] = True
    for name in OUTPUTS:
        old, new = getattr(before, name), getattr(after, name)
        np.testing.assert_allclose(new[~touched], old[~touched], rtol=1e-9, atol=1e-14)
        assert not np.isfinite(new[touched & np.isnan(old)]).any()


def test_h13_column_order_does_not_matter() -> None:
    y, x = series(14, 90, 4, 0.03)
    order = [2, 0, 3, 1]
    straight, turned = rolling_ols(y, x, 30), rolling_ols(y[:, order], x, 30)
    for name in (*OUTPUTS, "observations"):
        np.testing.assert_array_equal(getattr(turned, name), getattr(straight, name)[:, order])


def test_results_are_read_only_and_alike_for_one_column() -> None:
    y, x = series(15, 40, 1)
    fit = rolling_ols(y[:, 0], x, 20)
    assert fit.beta.shape == (40, 1)
    assert fit == rolling_ols(y, x, 20)
    for name in (*OUTPUTS, "observations"):
        with pytest.raises(ValueError, match="read-only"):
            getattr(fit, name)[0, 0] = 1


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda y, x: rolling_ols(y, x, 1), "A window of 1 sessions"),
        (lambda y, x: rolling_ols(y, x, 20, min_observations=21), "at least 21"),
        (lambda y, x: rolling_ols(y, x, 20, min_observations=1), "at least 1 "),
        (lambda y, x: rolling_ols(y, x[:-1], 20), "do not have the same sessions"),
        (lambda y, x: rolling_ols(y, x, 20, covariance="white"), "no 'white' standard errors"),
        (lambda y, x: rolling_ols(y, x, 20).interval(1.0), "between 0 and 1"),
        (lambda y, x: ols(y[:, 0], x[:-1]), "two series of one length"),
        (lambda y, x: ols(y[:, 0], x).interval(0.0), "between 0 and 1"),
    ],
)
def test_wrong_use_is_refused_in_words(call: Callable[[np.ndarray, np.ndarray], object], words: str) -> None:
    with pytest.raises(InvalidSetting, match=words):
        call(*series(1, 40, 1))


def test_p6_too_short_for_a_regression() -> None:
    with pytest.raises(InsufficientHistory, match="Not enough data for a regression: 2 of 3") as caught:
        ols([0.01, np.nan, 0.02, 0.03], [0.01, 0.02, np.nan, 0.01])
    assert (caught.value.needed, caught.value.have) == (3, 2)


def test_a_perfect_fit_has_no_error_and_a_p_value_of_zero() -> None:
    x = np.array([0.25, -0.5, 0.125, 0.0625])
    fit = ols(2.0 * x, x)
    assert (fit.beta, fit.beta_se, fit.p_value, fit.r_squared) == (2.0, 0.0, 0.0, 1.0)
    flat = ols(np.zeros(4), x)
    assert (flat.beta, flat.t_statistic, flat.p_value) == (0.0, 0.0, 1.0)


def test_estimates_split_holdings_from_hedge_and_follow_the_settings() -> None:
    market = build_market(random_table(3, 120, 2, gaps=0.03), DATA, ASSETS[:2])
    both = np.column_stack([market.returns, market.hedge_returns])
    plain = estimate_betas(market, BetaSettings(window_sessions=40))
    wanted = rolling_ols(both, market.benchmark_returns, 40)
    np.testing.assert_array_equal(plain.assets.beta, wanted.beta[:, :2])
    np.testing.assert_array_equal(plain.hedge.beta, wanted.beta[:, 2:])
    np.testing.assert_array_equal(plain.assets.observations, wanted.observations[:, :2])

    logs = estimate_betas(market, BetaSettings(window_sessions=40, returns="log"))
    wanted = rolling_ols(np.log1p(both), np.log1p(market.benchmark_returns), 40)
    np.testing.assert_allclose(logs.assets.beta, wanted.beta[:, :2], rtol=1e-12)
    assert not np.allclose(logs.assets.beta[-1], plain.assets.beta[-1], rtol=1e-6)

    robust = estimate_betas(market, BetaSettings(window_sessions=40, errors="newey-west"))
    wanted = rolling_ols(both, market.benchmark_returns, 40, covariance="newey-west")
    np.testing.assert_array_equal(robust.assets.beta_se, wanted.beta_se[:, :2])

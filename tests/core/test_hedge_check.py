"""The textbook's steps: published figures, what must hold on any series, and the hedge carried on."""

import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from core import check_hedge, ols
from core.errors import BadPrices, EstimationError, InsufficientHistory, InvalidSetting
from core.hedge_check import HedgeCheck, growth, yearly


def paths(seed: int, rows: int = 200, later: float = 1.3) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Prices of an asset whose beta is 1.3 and then `later`, of its benchmark, and the dates."""
    rng = np.random.default_rng(seed)
    x = rng.normal(0.0004, 0.01, rows)
    beta = np.where(np.arange(rows) < rows // 2, 1.3, later)
    y = 0.0003 + beta * x + rng.normal(0.0, 0.008, rows)
    days = np.datetime64("2020-01-01") + np.arange(rows + 1)
    return 50.0 * np.cumprod(np.r_[1.0, 1 + y]), 300.0 * np.cumprod(np.r_[1.0, 1 + x]), days


def real(folder: Path, ticker: str, start: str, end: str, **options: float) -> HedgeCheck:
    import pandas as pd

    both = [
        pd.read_csv(folder / f"{name}.csv", index_col="date", parse_dates=True)["adj_close"]
        for name in (ticker, "SPY")
    ]
    table = pd.concat(both, axis=1, keys=["asset", "benchmark"], sort=True)
    dates = table.index.to_numpy().astype("datetime64[D]")
    return check_hedge(table["asset"], table["benchmark"], dates, start=start, end=end, **options)


@pytest.mark.market_data
def test_golden_nvda_on_spy(market_data: Path) -> None:
    """Design 4: prices 2020-02-03..2020-04-30, n = 61."""
    found = real(market_data, "NVDA", "2020-02-03", "2020-04-30")
    fit, hedged = found.line.fit, found.hedged_line.fit
    low, high = fit.interval()
    assert fit.observations == 61
    assert (f"{fit.beta:.7f}", f"{fit.alpha:.7f}", f"{fit.r_squared:.6f}") == (
        "1.3784365",
        "0.0063126",
        "0.781731",
    )
    assert f"[{low:.6f}, {high:.6f}]" == "[1.188690, 1.568183]"
    assert f"{fit.f_statistic:.3f}" == "211.309"
    assert (str(found.sessions[0]), str(found.sessions[-1]), found.missing) == ("2020-02-04", "2020-04-30", 0)
    assert abs(hedged.beta) < 1e-12
    assert hedged.alpha == pytest.approx(fit.alpha, abs=1e-15)
    assert hedged.interval()[1] == pytest.approx((high - low) / 2, rel=1e-9)
    assert found.removed == pytest.approx(fit.r_squared, rel=1e-12)
    assert found.carried is not None
    assert str(found.carried.learned_until) == str(found.sessions[29])
    rest = ols(found.returns[30:], found.benchmark[30:])
    assert found.carried.realised.beta == pytest.approx(rest.beta - found.carried.learned.beta, rel=1e-9)


@pytest.mark.market_data
def test_golden_tsla_on_spy_2014(market_data: Path) -> None:
    """Design 4: TSLA over 2014, n = 251."""
    found = real(market_data, "TSLA", "2014-01-01", "2014-12-31")
    fit, hedged = found.line.fit, found.hedged_line.fit
    assert (fit.observations, f"{fit.beta:.6f}", f"{fit.alpha:.9f}") == (251, "1.954177", "0.000917144")
    assert abs(hedged.beta) < 1e-12
    assert f"{hedged.alpha:.9f}" == "0.000917144"


@pytest.mark.parametrize("covariance", ["classic", "newey-west"])
@pytest.mark.parametrize("seed", range(5))
def test_the_hedged_return_has_no_beta_and_the_same_alpha(seed: int, covariance: str) -> None:
    own, bench, days = paths(seed)
    found = check_hedge(own, bench, days, covariance=covariance)
    y, x = np.diff(own) / own[:-1], np.diff(bench) / bench[:-1]
    np.testing.assert_allclose(found.returns, y, rtol=1e-12, atol=1e-16)
    assert found.line.fit == ols(found.returns, found.benchmark, covariance=covariance)
    assert found.line.fit.beta == pytest.approx(np.cov(y, x)[0, 1] / x.var(ddof=1), rel=1e-10)
    np.testing.assert_allclose(found.hedged, y - found.line.fit.beta * x, rtol=1e-9, atol=1e-15)
    hedged = found.hedged_line.fit
    assert abs(hedged.beta) < 1e-12
    assert hedged.alpha == pytest.approx(found.line.fit.alpha, abs=1e-15)
    low, high = hedged.interval()
    assert low < 0.0 < high
    assert hedged.beta_se == pytest.approx(found.line.fit.beta_se, rel=1e-9)
    assert found.removed == pytest.approx(found.line.fit.r_squared, rel=1e-10)
    assert not found.hedged.flags.writeable
    assert not found.sessions.flags.writeable


def test_the_hedge_carried_on_is_the_first_beta_on_the_rest() -> None:
    own, bench, days = paths(6, later=2.1)
    found = check_hedge(own, bench, days, learn=0.5)
    y, x, carried = found.returns, found.benchmark, found.carried
    assert carried is not None
    assert found.reason == ""
    assert carried.learned == ols(y[:100], x[:100])
    np.testing.assert_array_equal(carried.hedged, y[100:] - carried.learned.beta * x[100:])
    np.testing.assert_array_equal(carried.fitted, y[:100] - carried.learned.beta * x[:100])
    assert carried.realised == ols(carried.hedged, x[100:])
    assert carried.realised.beta == pytest.approx(carried.unhedged.beta - carried.learned.beta, rel=1e-9)
    low, high = carried.realised.interval()
    assert low < 0.8 < high
    assert low > 0.0  # the hedge of the first half was too small for the second
    assert carried.removed == pytest.approx(1 - carried.hedged.var() / y[100:].var())
    assert (carried.learned_until, carried.sessions[0]) == (found.sessions[99], found.sessions[100])


def test_what_is_learned_does_not_see_the_rest() -> None:
    own, bench, days = paths(7)
    other = own.copy()
    other[101:] *= np.random.default_rng(1).uniform(0.5, 2.0, 100)
    one, two = (check_hedge(prices, bench, days).carried for prices in (own, other))
    assert one is not None
    assert two is not None
    assert one.learned == two.learned
    assert one.realised != two.realised


def test_a_hedge_that_adds_risk_says_so() -> None:
    own, bench, days = paths(8, later=-1.0)
    carried = check_hedge(own, bench, days).carried
    assert carried is not None
    assert carried.removed < 0.0


def test_a_missing_price_costs_two_returns_and_nothing_is_filled() -> None:
    own, bench, days = paths(9)
    own[50] = np.nan
    found = check_hedge(own, bench, days)
    assert (found.missing, len(found.returns)) == (2, 198)
    assert days[50] not in found.sessions
    assert days[51] not in found.sessions


def test_the_period_holds_both_of_its_ends() -> None:
    own, bench, days = paths(10)
    found = check_hedge(own, bench, days, start=days[20], end=str(days[80]))
    assert (found.sessions[0], found.sessions[-1], len(found.returns)) == (days[21], days[80], 60)
    whole = check_hedge(own[20:81], bench[20:81], days[20:81])
    assert found == whole


def test_a_short_period_is_checked_but_not_carried() -> None:
    own, bench, days = paths(11)
    found = check_hedge(own, bench, days, end=days[5])
    assert found.line.fit.observations == 5
    assert found.carried is None
    assert found.reason.startswith("The first part gives no beta. Not enough data")
    late = check_hedge(own, bench, days, end=days[5], learn=0.7)
    assert late.reason.startswith("The rest shows no beta.")
    flat = bench.copy()
    flat[101:] = flat[100]
    assert "did not move" in check_hedge(own, flat, days).reason


def test_an_asset_that_does_not_move_has_nothing_to_remove() -> None:
    _, bench, days = paths(12)
    found = check_hedge(np.full(len(days), 10.0), bench, days)
    assert found.line.fit.beta == 0.0
    assert math.isnan(found.removed)


def test_bad_input_is_refused_in_words() -> None:
    own, bench, days = paths(13)
    for arguments, words in [
        ((own[:-1], bench, days), "201 sessions"),
        ((own, bench[:, None], days), "benchmark has prices"),
        ((["x"] * 201, bench, days), "must be numbers"),
        ((own, bench, days[::-1]), "must ascend"),
        ((own, bench, [*days[:-1], days[-2]]), "must ascend"),
        ((own, bench, ["soon"] * 201), "must be dates"),
        (([], [], []), "one date or more"),
    ]:
        with pytest.raises(InvalidSetting, match=words):
            check_hedge(*arguments)
    for options, words in [
        ({"start": "2031-01-01"}, "holds no session"),
        ({"start": days[5], "end": days[4]}, "holds no session"),
        ({"start": "soon"}, "is no date"),
        ({"end": np.datetime64("NaT")}, "is no date"),
        ({"learn": 0.0}, "between 0 and 1"),
        ({"learn": math.nan}, "between 0 and 1"),
        ({"covariance": "white"}, "standard errors"),
    ]:
        with pytest.raises(InvalidSetting, match=words):
            check_hedge(own, bench, days, **options)
    for bad in (0.0, -3.0, math.inf):
        wrong = own.copy()
        wrong[7] = bad
        with pytest.raises(BadPrices, match="asset"):
            check_hedge(wrong, bench, days)
    with pytest.raises(InsufficientHistory):
        check_hedge(own, bench, days, end=days[2])
    with pytest.raises(EstimationError, match="did not move"):
        check_hedge(own, np.full(201, 5.0), days)


def test_a_years_figures_and_what_was_made_of_one() -> None:
    own, _, _ = paths(14)
    returns = np.diff(own) / own[:-1]
    figures = yearly(returns)
    assert figures.mean == pytest.approx(252 * returns.mean())
    assert figures.volatility == pytest.approx(math.sqrt(252) * np.std(returns, ddof=1))
    np.testing.assert_allclose(growth(returns), own[1:] / own[0], rtol=1e-12)
    assert math.isnan(yearly([0.01]).volatility)
    assert math.isnan(yearly([]).mean)


def by_statsmodels(y: np.ndarray, x: np.ndarray, covariance: str) -> Any:
    """Least squares with the errors asked for."""
    import statsmodels.api as sm

    model = sm.OLS(y, sm.add_constant(x))
    lags = int(4 * (len(y) / 100) ** (2 / 9))
    hac = {"maxlags": lags, "use_correction": True}
    return model.fit() if covariance == "classic" else model.fit(cov_type="HAC", cov_kwds=hac, use_t=True)


@pytest.mark.parametrize("covariance", ["classic", "newey-west"])
def test_the_intervals_are_those_of_statsmodels(covariance: str) -> None:
    found = check_hedge(*paths(15), covariance=covariance)
    theirs = by_statsmodels(found.returns, found.benchmark, covariance)
    np.testing.assert_allclose(found.line.fit.alpha_interval(), theirs.conf_int()[0], rtol=1e-9)
    np.testing.assert_allclose(found.line.fit.interval(), theirs.conf_int()[1], rtol=1e-9)


@pytest.mark.parametrize("covariance", ["classic", "newey-west"])
def test_the_errors_of_the_hedge_carried_on_are_those_asked_for(covariance: str) -> None:
    own, bench, days = paths(16)
    carried = check_hedge(own, bench, days, learn=0.4, covariance=covariance).carried
    assert carried is not None
    y, x = np.diff(own) / own[:-1], np.diff(bench) / bench[:-1]
    learned = by_statsmodels(y[:80], x[:80], covariance)
    np.testing.assert_allclose(carried.learned.interval(), learned.conf_int()[1], rtol=1e-9)
    for ours, left in ((carried.realised, y - learned.params[1] * x), (carried.unhedged, y)):
        theirs = by_statsmodels(left[80:], x[80:], covariance)
        np.testing.assert_allclose(ours.interval(), theirs.conf_int()[1], rtol=1e-8, atol=1e-12)

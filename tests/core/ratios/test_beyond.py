"""The methods beyond levels' eigenproblems, each beside the library or the definition it is known by."""

import numpy as np
import pandas as pd
import pytest

from core.errors import BadPrices, EstimationError
from core.ratios import HedgeRatio, estimate_hedge_ratio
from core.ratios.kalman import BOUNDS, TAKES_ALL
from tests.core.ratios.examples import frame, legs, unrelated


@pytest.mark.parametrize("count", [2, 3])
@pytest.mark.parametrize("trend", ["c", "ct"])
@pytest.mark.parametrize(
    ("method", "options"),
    [
        ("dols", {}),
        ("dols", {"lags": 0, "leads": 0}),
        ("dols", {"lags": 4, "leads": 1}),
        ("fmols", {}),
        ("fmols", {"bandwidth": 8}),
        ("ccr", {}),
        ("ccr", {"bandwidth": 3}),
    ],
)
def test_cointegrating_regressions_equal_arch(
    method: str, options: dict[str, int], count: int, trend: str
) -> None:
    from arch.unitroot import cointegration

    prices = legs(count, count=count)
    centred = prices - prices.mean()  # as ours are: only the digits that are left differ
    y, X = centred["A"], centred.iloc[:, 1:]
    if method == "dols":
        around = {"lags": 2, "leads": 2} | options
        theirs = cointegration.DynamicOLS(y, X, trend=trend, **around).fit(df_adjust=True)
    else:
        model = {"fmols": "FullyModifiedOLS", "ccr": "CanonicalCointegratingReg"}[method]
        theirs = getattr(cointegration, model)(y, X, trend=trend).fit(df_adjust=True, **options)
    ours = estimate_hedge_ratio(prices, method, trend=trend, **options)
    for name in X.columns:
        assert ours.ratios[name] == pytest.approx(theirs.params[name], rel=1e-12)
        assert ours.standard_errors[name] == pytest.approx(theirs.std_errors[name], rel=1e-12)
        half = 1.959963984540054 * theirs.std_errors[name]
        assert ours.intervals[name] == pytest.approx((theirs.params[name] - half, theirs.params[name] + half))
    level = prices["A"].mean() - sum(prices[name].mean() * ours.ratios[name] for name in X.columns)
    assert ours.intercept == pytest.approx(level + theirs.params["const"], rel=1e-12)
    assert ours.figures["long_run_deviation"] ** 2 == pytest.approx(theirs.long_run_variance, rel=1e-12)
    assert ours.figures["bandwidth"] == pytest.approx(theirs.bandwidth, rel=1e-12)


@pytest.mark.parametrize("method", ["fmols", "ccr"])
def test_with_the_bandwidth_given_units_do_not_matter(method: str) -> None:
    prices = legs(3, 300, 3)
    tenfold = prices.assign(B=prices["B"] * 10.0)
    one, ten = (estimate_hedge_ratio(p, method, bandwidth=8) for p in (prices, tenfold))
    assert ten.ratios["B"] * 10.0 == pytest.approx(one.ratios["B"], rel=1e-9)
    assert ten.ratios["C"] == pytest.approx(one.ratios["C"], rel=1e-9)
    assert one.figures["bandwidth"] == 8.0


@pytest.mark.parametrize("tuning", [1.345, 2.5])
def test_huber_equals_statsmodels(tuning: float) -> None:
    from statsmodels.robust.norms import HuberT
    from statsmodels.robust.robust_linear_model import RLM

    prices = legs(7, 250, 3)
    theirs = RLM(prices["A"], prices[["B", "C"]].assign(const=1.0), M=HuberT(tuning)).fit(
        tol=1e-13, maxiter=500
    )
    ours = estimate_hedge_ratio(prices, "huber", tuning=tuning)
    assert ours.converged
    assert ours.ratios["B"] == pytest.approx(theirs.params["B"], rel=1e-7)
    assert ours.ratios["C"] == pytest.approx(theirs.params["C"], rel=1e-7)
    assert ours.intercept == pytest.approx(theirs.params["const"], rel=1e-6)


def test_huber_hardly_moves_for_a_wild_day() -> None:
    prices = legs(8, 250)
    wild = prices.copy()
    wild.iloc[100, 0] += 500.0
    moved = [
        abs(estimate_hedge_ratio(wild, m).ratios["B"] - estimate_hedge_ratio(prices, m).ratios["B"])
        for m in ("huber", "ols", "quantile", "theil_sen")
    ]
    assert moved[1] > 10.0 * max(moved[0], moved[2], moved[3])


def test_huber_finds_the_line_that_most_days_lie_on() -> None:
    prices = legs(8, 100)
    prices["A"] = 2.0 * prices["B"]
    prices.iloc[::5, 0] += np.random.default_rng(1).standard_normal(20)
    found = estimate_hedge_ratio(prices, "huber")
    assert found.converged
    assert found.ratios["B"] == pytest.approx(2.0, abs=1e-9)


def walking(seed: int, rows: int, count: int) -> tuple[pd.DataFrame, np.ndarray]:
    """Legs whose first ratio walks, with errors that do not hang together, and that ratio (rows,)."""
    rng = np.random.default_rng(seed)
    x = 50.0 + np.cumsum(rng.standard_normal((rows, count - 1)), axis=0)
    h = 1.0 + np.cumsum(0.01 * rng.standard_normal(rows))
    y = 3.0 + h * x[:, 0] + x[:, 1:].sum(axis=1) + 0.5 * rng.standard_normal(rows)
    return frame(np.column_stack([y, x])), h


@pytest.mark.parametrize("share", [0.1, 0.5, 0.8])
@pytest.mark.parametrize("count", [2, 4])
def test_quantile_is_never_above_statsmodels(share: float, count: int) -> None:
    from statsmodels.regression.quantile_regression import QuantReg

    prices = legs(count, 200, count)
    design = prices.iloc[:, 1:].assign(const=1.0)
    theirs = QuantReg(prices["A"], design).fit(q=share, max_iter=5000, p_tol=1e-9)
    ours = estimate_hedge_ratio(prices, "quantile", share=share)

    def loss(line: pd.Series) -> float:
        left = prices["A"] - design @ line
        return float(np.where(left > 0.0, share, share - 1.0) @ left)

    found = pd.Series({**ours.ratios, "const": ours.intercept}).drop("A")
    assert loss(found) == pytest.approx(ours.figures["loss"], rel=1e-9)
    assert loss(found) <= loss(theirs.params) * (1.0 + 1e-9)
    assert ours.figures["share_under"] == pytest.approx(share, abs=count / 200)
    for name in prices.columns[1:]:
        assert ours.ratios[name] == pytest.approx(theirs.params[name], rel=1e-3, abs=1e-3)


def test_theil_sen_equals_scipy() -> None:
    from scipy.stats import theilslopes

    prices = legs(9, 150).round(0)  # with ties
    theirs = theilslopes(prices["A"], prices["B"])
    ours = estimate_hedge_ratio(prices, "theil_sen")
    assert ours.ratios["B"] == pytest.approx(theirs.slope, rel=1e-12)
    assert ours.intercept == pytest.approx(theirs.intercept, rel=1e-12)


def test_theil_sen_thins_very_long_series_and_says_so() -> None:
    prices = legs(9, 6500)
    found = estimate_hedge_ratio(prices, "theil_sen", adf_lag=0)
    assert any("one row in 2" in note for note in found.notes)
    assert found.ratios["B"] == estimate_hedge_ratio(prices.iloc[::2], "theil_sen", adf_lag=0).ratios["B"]


def by_statsmodels(
    prices: pd.DataFrame, ours: HedgeRatio, *, error: float = 1.0, daily: float = 1.0, burn: int | None = None
) -> tuple[float, np.ndarray, np.ndarray]:
    """Log-likelihood, ratios and their errors with the variances of ours times these factors.

    The start is exactly diffuse; the first `burn` rows do not count, as many as there are coefficients
    unless told otherwise.
    """
    from statsmodels.tsa.statespace.mlemodel import MLEModel

    values, others = prices.to_numpy(), prices.shape[1] - 1
    X = np.column_stack([values[:, 1:], np.ones(len(values))])
    X = X if getattr(ours.options, "intercept", True) else X[:, :-1]
    k = X.shape[1]
    walks = np.array([ours.figures[f"daily_deviation_{place}"] for place in range(1, others + 1)])
    model = MLEModel(values[:, 0], k_states=k, k_posdef=k)
    model.ssm["design"] = X.T[None]
    model.ssm["transition"] = model.ssm["selection"] = np.eye(k)
    model.ssm["obs_cov"] = np.array([[(error * ours.figures["error_deviation"]) ** 2]])
    model.ssm["state_cov"] = np.diag([*np.square(daily * walks), *[0.0] * (k - others)])
    model.ssm.initialize_diffuse()
    model.ssm.loglikelihood_burn = k if burn is None else burn
    found = model.ssm.filter()
    errors = np.sqrt(np.diag(found.filtered_state_cov[:others, :others, -1]))
    return float(found.llf), found.filtered_state[:others, -1], errors


def agrees(ours: HedgeRatio, theirs: tuple[float, np.ndarray, np.ndarray]) -> None:
    others = [name for name in ours.legs if name != ours.dependent]
    np.testing.assert_allclose([ours.ratios[name] for name in others], theirs[1], rtol=1e-6)
    np.testing.assert_allclose([ours.standard_errors[name] for name in others], theirs[2], rtol=1e-6)


@pytest.mark.parametrize("intercept", [True, False])
@pytest.mark.parametrize("count", [2, 3])
def test_the_kalman_likelihood_equals_statsmodels_state_space(count: int, intercept: bool) -> None:
    prices, _ = walking(count, 150, count)
    ours = estimate_hedge_ratio(prices, "kalman", intercept=intercept)
    theirs = by_statsmodels(prices, ours)
    assert ours.figures["log_likelihood"] == pytest.approx(theirs[0], rel=1e-8)
    agrees(ours, theirs)
    for factor in (0.8, 1.25):  # no other variances near are likelier
        assert by_statsmodels(prices, ours, error=factor)[0] <= theirs[0] + 1e-6
        assert by_statsmodels(prices, ours, daily=factor)[0] <= theirs[0] + 1e-6


@pytest.mark.parametrize("count", [2, 3])
def test_nothing_is_known_of_the_start_where_the_ratio_takes_up_the_spread_too(count: int) -> None:
    # The error's variance is near zero there: a start that is so and so many of it would be no vague one.
    prices = unrelated(3, 150, count)
    ours = estimate_hedge_ratio(prices, "kalman", adf_lag=0)
    assert TAKES_ALL in ours.notes
    theirs = by_statsmodels(prices, ours)
    assert ours.figures["log_likelihood"] == pytest.approx(theirs[0], rel=1e-7)
    agrees(ours, theirs)


def test_first_rows_that_repeat_themselves_do_not_fix_the_start() -> None:
    prices = walking(2, 150, 3)[0]
    prices.iloc[1:4, 1:] = prices.iloc[0, 1:].to_numpy()
    ours = estimate_hedge_ratio(prices, "kalman", adf_lag=0)
    given = estimate_hedge_ratio(prices, "kalman", adf_lag=0, signal_to_noise=0.001)
    theirs, other = (by_statsmodels(prices, found, burn=0) for found in (ours, given))
    agrees(ours, theirs)
    # All of statsmodels' rows count; what the diffuse ones add is the same for all variances.
    gained = ours.figures["log_likelihood"] - given.figures["log_likelihood"]
    assert gained == pytest.approx(theirs[0] - other[0], rel=1e-7)


def test_legs_that_hardly_differ_keep_an_exact_start() -> None:
    prices = legs(3, 200, 2)
    twin = prices["B"] + 1e-4 * np.random.default_rng(3).standard_normal(200)
    still = estimate_hedge_ratio(prices.assign(C=twin), "kalman", adf_lag=0, signal_to_noise=0.0)
    fixed = estimate_hedge_ratio(prices.assign(C=twin), "ols", adf_lag=0)
    assert still.condition > 1e4
    assert dict(still.ratios) == pytest.approx(dict(fixed.ratios), rel=1e-6)


@pytest.mark.parametrize(("seed", "count"), [(1, 2), (2, 2), (3, 3), (4, 3)])
def test_the_kalman_likelihood_is_never_below_the_optimum_of_statsmodels(seed: int, count: int) -> None:
    from statsmodels.tsa.statespace.mlemodel import MLEModel

    prices = walking(seed, 120, count)[0] if seed % 2 else legs(seed, 120, count)
    values = prices.to_numpy()
    units = values / values.std(axis=0)
    units -= units.mean(axis=0)
    X = np.column_stack([units[:, 1:], np.ones(len(units))])
    turn = np.eye(count)
    turn[-1, :-1] = (values / values.std(axis=0)).mean(axis=0)[1:]  # a ratio that walks lifts the line

    class Walk(MLEModel):  # type: ignore[misc, unused-ignore]
        """The same model: statsmodels searches the error's log variance and the ratios' over it."""

        start_params = np.full(count, -3.0)
        param_names = [f"log{place}" for place in range(count)]  # noqa: RUF012 - as statsmodels asks

        def update(self, params: np.ndarray, **_: object) -> None:
            error = float(np.exp(params[0]))
            self.ssm["obs_cov"] = np.array([[error]])
            daily = np.diag([*error * np.exp(np.clip(params[1:], *BOUNDS)), 0.0])
            self.ssm["state_cov"] = turn @ daily @ turn.T
            self.ssm.initialize_diffuse()

    model = Walk(units[:, 0], k_states=count, k_posdef=count)
    model.ssm["design"] = X.T[None]
    model.ssm["transition"] = model.ssm["selection"] = np.eye(count)
    best = -np.inf
    for start in (-2.0, -6.0, -10.0):
        for method in ("lbfgs", "nm"):
            given = np.array([-3.0, *[start] * (count - 1)])
            found = model.fit(given, method=method, disp=False, maxiter=2000, cov_type="none")
            best = max(best, float(found.llf_obs[count:].sum()))  # without the rows that fix the start
    ours = estimate_hedge_ratio(prices, "kalman", adf_lag=0)
    lifted = ours.figures["log_likelihood"] + (len(units) - count) * float(np.log(values[:, 0].std()))
    assert lifted >= best - 1e-5


def test_the_kalman_ratio_follows_one_that_walks() -> None:
    prices, h = walking(5, 500, 2)
    found = estimate_hedge_ratio(prices, "kalman")
    assert found.converged
    assert found.path is not None
    assert np.corrcoef(np.diff(found.path[50::5, 0]), np.diff(h[50::5]))[0, 1] > 0.5
    assert found.figures["daily_deviation_1"] == pytest.approx(0.01, rel=0.4)
    low, high = found.intervals["B"]
    assert low < h[-1] < high
    still = estimate_hedge_ratio(prices, "kalman", signal_to_noise=0.0)
    assert still.ratios["B"] == pytest.approx(estimate_hedge_ratio(prices, "ols").ratios["B"], rel=1e-10)


def test_a_kalman_ratio_that_takes_up_the_spread_says_so() -> None:
    assert TAKES_ALL in estimate_hedge_ratio(legs(2, 150), "kalman").notes
    # The likelihood is level at the top, and rounding may put the best of it just below.
    level = estimate_hedge_ratio(unrelated(162, 60), "kalman", adf_lag=0)
    size = unrelated(162, 60).std(ddof=0)
    walk = level.figures["daily_deviation_1"] * size["B"] / level.figures["error_deviation"]
    assert walk < np.exp(BOUNDS[1] / 2.0) * (1.0 - 1e-7)
    assert TAKES_ALL in level.notes


def test_minimum_variance_is_the_regression_of_returns_in_units() -> None:
    prices = legs(10, 250, 3)
    returns = prices.pct_change().dropna()
    design = np.column_stack([np.ones(len(returns)), returns[["B", "C"]]])
    slopes = np.linalg.lstsq(design, returns["A"], rcond=None)[0][1:]
    found = estimate_hedge_ratio(prices, "minimum_variance")
    last = prices.iloc[-1]
    assert found.ratios["B"] == pytest.approx(slopes[0] * last["A"] / last["B"], rel=1e-9)
    assert found.figures["dollars_2"] == pytest.approx(slopes[1], rel=1e-9)
    hedged = returns["A"] - returns[["B", "C"]] @ slopes
    assert found.figures["effectiveness"] == pytest.approx(1.0 - hedged.var() / returns["A"].var(), rel=1e-9)
    dollars = estimate_hedge_ratio(prices, "minimum_variance", on="changes")
    change = prices.diff().dropna()
    assert dollars.figures["effectiveness"] == pytest.approx(
        1.0
        - (change["A"] - change[["B", "C"]] @ [dollars.ratios["B"], dollars.ratios["C"]]).var()
        / change["A"].var()
    )


def test_fading_weights_are_those_of_the_definition_and_slow_ones_are_plain() -> None:
    prices = legs(10, 250)
    returns = prices.pct_change().dropna().to_numpy()
    weights = 0.94 ** np.arange(len(returns))[::-1]
    covariance = np.cov(returns, rowvar=False, aweights=weights)
    found = estimate_hedge_ratio(prices, "ewma", decay=0.94)
    assert found.figures["dollars_1"] == pytest.approx(covariance[0, 1] / covariance[1, 1], rel=1e-9)
    assert found.figures["days"] == pytest.approx((1 + 0.94) / (1 - 0.94), rel=1e-4)
    slow = estimate_hedge_ratio(prices, "ewma", decay=0.9999).ratios["B"]
    assert slow == pytest.approx(estimate_hedge_ratio(prices, "minimum_variance").ratios["B"], rel=1e-2)


def test_methods_that_divide_by_prices_refuse_those_not_above_zero() -> None:
    prices = legs(11, 100) - 300.0
    for method in ("price_ratio", "minimum_variance", "ewma"):
        with pytest.raises(BadPrices, match="above zero"):
            estimate_hedge_ratio(prices, method)
    first = legs(11, 100)
    first.iloc[0, 1] = 0.0
    with pytest.raises(BadPrices, match="first price is zero"):
        estimate_hedge_ratio(first, "tls", scale="first")


def test_price_ratios_make_equal_dollars() -> None:
    prices = legs(12, 60, 3)
    for at, row in (("last", prices.iloc[-1]), ("first", prices.iloc[0]), ("mean", prices.mean())):
        found = estimate_hedge_ratio(prices, "price_ratio", at=at)
        assert found.ratios["B"] * row["B"] == pytest.approx(row["A"] / 2.0)
        assert found.ratios["C"] * row["C"] == pytest.approx(row["A"] / 2.0)


@pytest.mark.parametrize("method", ["dols", "fmols", "ccr", "kalman"])
def test_a_level_far_above_the_moves_costs_no_digits(method: str) -> None:
    prices = legs(13, 150)
    far = prices * 1e-3 + 1e4
    options = {"signal_to_noise": 0.0} if method == "kalman" else {}
    found = estimate_hedge_ratio(far, method, **options)
    near = estimate_hedge_ratio(prices, method, **options)
    assert found.ratios["B"] == pytest.approx(near.ratios["B"], rel=1e-6)


@pytest.mark.filterwarnings("ignore")  # statsmodels says that its design is singular; so do we
@pytest.mark.parametrize("method", ["dols", "ccr"])
def test_legs_that_grow_in_step_leave_nothing_to_estimate(method: str) -> None:
    refused = 0
    for seed in range(60):
        rng = np.random.default_rng(seed)
        growth = np.exp(np.arange(60.0)[:, None] * rng.uniform(0.01, 0.6, 4))
        try:
            estimate_hedge_ratio(frame(growth + 1e-9 * rng.standard_normal((60, 4))), method)
        except EstimationError:
            refused += 1
    assert refused > 0


@pytest.mark.parametrize(("lags", "leads"), [(1, 3), (2, 0)])
def test_dynamic_least_squares_has_the_lags_and_the_leads_that_were_asked_for(lags: int, leads: int) -> None:
    values = legs(4, 200, 3).to_numpy()
    y, X = values[:, 0], values[:, 1:]
    change = np.vstack([np.full(2, np.nan), np.diff(X, axis=0)])  # that of row t is from t - 1 to t
    rows = np.arange(1 + lags, 200 - leads)
    nearby = [change[rows - k] for k in range(-leads, lags + 1)]
    design = np.column_stack([X[rows], np.ones(len(rows)), *nearby])
    wanted = np.linalg.lstsq(design, y[rows], rcond=None)[0]
    found = estimate_hedge_ratio(frame(values), "dols", lags=lags, leads=leads, adf_lag=0)
    assert [found.ratios["B"], found.ratios["C"], found.intercept] == pytest.approx(wanted[:3], rel=1e-8)


@pytest.mark.parametrize("intercept", [True, False])
def test_the_kalman_path_is_that_of_generalised_least_squares_on_the_rows_so_far(intercept: bool) -> None:
    """With the last ratio as the unknown, earlier rows have an error that grows with the rows since."""
    prices, signal = walking(7, 120, 3)[0], 0.02
    values = prices.to_numpy()
    daily = signal / values[:, 1:].var(axis=0)  # in units of the error's variance
    found = estimate_hedge_ratio(prices, "kalman", intercept=intercept, signal_to_noise=signal, adf_lag=0)
    assert found.path is not None
    for last in (30, 75, 119):
        y, X = values[: last + 1, 0], values[: last + 1, 1:]
        age = np.arange(last, -1, -1.0)
        noise = np.eye(last + 1) + (X * daily) @ X.T * np.minimum.outer(age, age)
        root = np.linalg.cholesky(noise)
        design = np.linalg.solve(root, np.column_stack([X, np.ones(last + 1)][: 1 + intercept]))
        target = np.linalg.solve(root, y)
        state = np.linalg.lstsq(design, target, rcond=None)[0]
        np.testing.assert_allclose(found.path[last], state[:2], rtol=1e-4)
    assert [found.ratios["B"], found.ratios["C"]] == pytest.approx(state[:2], rel=1e-4)
    assert found.intercept == pytest.approx(state[2] if intercept else np.nan, rel=1e-3, nan_ok=True)
    left = target - design @ state
    spread = np.linalg.inv(design.T @ design) * (left @ left) / (len(y) - len(state))
    errors = [found.standard_errors["B"], found.standard_errors["C"]]
    assert errors == pytest.approx(np.sqrt(np.diag(spread))[:2], rel=1e-4)

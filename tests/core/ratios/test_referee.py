"""The referee: unseen days only, the same days for all, and an order that is right where it is known."""

import numpy as np
import pandas as pd
import pytest

from core.errors import Cancelled, InsufficientHistory, InvalidSetting, UnknownOption
from core.ratios import estimate_hedge_ratio, rank_methods
from core.ratios.referee import Entrant
from tests.core.ratios.examples import frame, legs, unrelated


def test_the_variance_is_that_of_the_days_after_each_window() -> None:
    prices = legs(1, 130)
    found = rank_methods(prices, ["ols"], window=80, step=20, draws=50)
    residuals, trades, before = [], [], None
    for end in (79, 99, 119):
        fit = estimate_hedge_ratio(prices.iloc[end - 79 : end + 1], "ols")
        ahead = prices.iloc[end + 1 : end + 21]
        residuals.append(ahead["A"] - fit.ratios["B"] * ahead["B"] - fit.intercept)
        if before is not None:
            trades.append(abs(fit.ratios["B"] - before) * prices["B"].iloc[end] / prices["A"].iloc[end])
        before = fit.ratios["B"]
    squares = np.concatenate(residuals) ** 2
    (score,) = found.scores
    assert score.variance == pytest.approx(squares.mean(), rel=1e-9)
    assert score.low < score.variance < score.high
    assert score.turnover == pytest.approx(np.mean(trades) * 252 / 20, rel=1e-9)
    assert (found.tested, score.windows, score.failed) == (50, 3, 0)
    assert (score.behind, score.behind_low, score.behind_high, score.best_share) == (1.0, 1.0, 1.0, 1.0)


def test_the_wrong_model_comes_last_and_the_interval_says_so() -> None:
    # A gap in level: least squares without an intercept and equal dollars are wrong, and known to be.
    rng = np.random.default_rng(2)
    x = 30.0 + np.cumsum(0.5 * rng.standard_normal(600))
    prices = frame(np.column_stack([40.0 + 1.5 * x + 0.3 * rng.standard_normal(600), x]))
    found = rank_methods(prices, ["ols", "price_ratio", "dols"], window=200, step=40)
    assert found.scores[-1].method == "price_ratio"
    assert found.scores[-1].behind_low > 1.0
    assert sum(score.best_share for score in found.scores) == pytest.approx(1.0)
    assert [score.variance for score in found.scores] == sorted(score.variance for score in found.scores)


def test_the_order_within_the_sample_does_not_decide() -> None:
    prices = unrelated(5, 400)
    found = rank_methods(prices, ["ols", "minimum_variance", "half_life"], window=100, step=10)
    fitted = {score.method: score.in_sample for score in found.scores}
    assert min(fitted, key=fitted.__getitem__) == "ols"  # by construction
    ours = next(score for score in found.scores if score.method == "ols")
    assert ours.variance > ours.in_sample


def test_methods_that_cannot_be_judged_are_named() -> None:
    found = rank_methods(legs(6, 200, 3), ["ols", "theil_sen"], window=100, draws=20)
    assert [score.method for score in found.scores] == ["ols"]
    assert found.left_out["theil_sen"] == "Theil\u2013Sen takes 2 legs, not 3."
    short = rank_methods(legs(6, 200), ["ols", "kalman"], window=25, draws=20)
    assert "Kalman" in short.left_out["kalman"]


def test_what_cannot_be_ranked_is_refused() -> None:
    prices = legs(7, 100)
    with pytest.raises(InsufficientHistory, match="unseen days"):
        rank_methods(prices, ["ols"], window=80)
    with pytest.raises(InvalidSetting, match="cannot be made"):
        rank_methods(prices, ["ols"], window=50, step=0)
    with pytest.raises(UnknownOption):
        rank_methods(prices, ["olz"], window=50)
    with pytest.raises(UnknownOption):
        rank_methods(prices, ["ols"], window=50, options={"ols": {"intersept": True}})

    def stop(done: float, text: str = "", series: object = ()) -> None:
        raise Cancelled("enough")

    with pytest.raises(Cancelled):
        rank_methods(prices, ["ols"], window=50, progress=stop)


def test_the_same_question_gets_the_same_answer() -> None:
    prices = legs(8, 200)
    one, two = (rank_methods(prices, ["ols", "tls"], window=100, draws=50) for _ in range(2))
    assert one.key == two.key
    assert one.scores[0].best_share == two.scores[0].best_share


def test_one_method_may_be_entered_with_several_options() -> None:
    prices = legs(9, 300)
    bare = Entrant("bare", "OLS, no constant", "ols", {"intercept": False})
    found = rank_methods(
        prices, entrants=[Entrant("with", "OLS", "ols", {}), bare], window=100, step=20, draws=50
    )
    by_key = {score.entrant: score for score in found.scores}
    alone = rank_methods(
        prices, ["ols"], window=100, step=20, draws=50, options={"ols": {"intercept": False}}
    )
    assert {by_key["bare"].method, by_key["with"].method} == {"ols"}
    assert by_key["bare"].label == "OLS, no constant"
    assert by_key["bare"].variance == pytest.approx(alone.scores[0].variance, rel=1e-12)
    assert by_key["with"].variance != pytest.approx(by_key["bare"].variance, rel=1e-3)
    with pytest.raises(InvalidSetting, match="one key"):
        rank_methods(prices, entrants=[bare, bare], window=100)


def test_the_days_tested_are_named_where_there_are_dates() -> None:
    prices = legs(10, 200)
    dated = prices.set_axis(pd.date_range("2020-01-01", periods=200), axis=0)
    found = rank_methods(dated, ["ols"], window=100, step=20, draws=20)
    assert found.span == (np.datetime64("2020-04-10"), np.datetime64("2020-07-18"))
    assert found.tested == 100
    plain = rank_methods(prices.reset_index(drop=True), ["ols"], window=100, step=20, draws=20)
    assert plain.span is None
    assert plain.scores == found.scores

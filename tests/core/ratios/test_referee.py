"""The referee: unseen days only, the same days for all, and an order that is right where it is known."""

import numpy as np
import pandas as pd
import pytest

from core.errors import Cancelled, InsufficientHistory, InvalidSetting, UnknownOption
from core.ratios import estimate_hedge_ratio, rank_methods
from core.ratios.referee import SEED, Entrant
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


def walked(
    prices: pd.DataFrame, window: int, step: int, *, intercept: bool
) -> tuple[np.ndarray, np.ndarray, list[float]]:
    """By numpy alone: squared residuals and daily changes of the unseen days, and the dollars of each refit.

    A window in which a leg stands still has no ratio: its days count for none, and the next refit is no
    trade.
    """
    values = prices.to_numpy()
    squares, changes, trades, before = [], [], [], None
    for end in range(window - 1, len(values) - 1, step):
        past, ahead = values[end - window + 1 : end + 1], values[end + 1 : end + 1 + step]
        if (np.ptp(past, axis=0) == 0.0).any():
            before = None
            continue
        design = np.column_stack([past[:, 1:], np.ones(window)][: 1 + intercept])
        held = np.linalg.lstsq(design, past[:, 0], rcond=None)[0][:2]
        level = (past[:, 0] - past[:, 1:] @ held).mean()
        squares += [(row[0] - row[1:] @ held - level) ** 2 for row in ahead]
        moves = values[end + 1 : end + 1 + step] - values[end : end + step][: len(ahead)]
        changes += [row[0] - row[1:] @ held for row in moves]
        if before is not None:
            trades.append(np.abs(held - before) @ values[end, 1:] / values[end, 0])
        before = held
    return np.array(squares), np.array(changes), trades


def still_for_a_window() -> pd.DataFrame:
    """Three legs of which one stands still over one window of 40 rows, that which ends on row 99."""
    prices = legs(11, 147, 3)
    prices["A"] += 0.2 * np.arange(147)  # changes whose mean is not zero
    prices.iloc[60:100, 1] = prices["B"].iloc[60]
    return prices


def test_the_intervals_are_those_of_archs_bootstrap() -> None:
    from arch.bootstrap import StationaryBootstrap

    prices = still_for_a_window()
    pair = [Entrant("with", "", "ols", {}), Entrant("bare", "", "ols", {"intercept": False})]
    found = rank_methods(prices, entrants=pair, window=40, step=10, draws=60, mean_block=7)
    ours = {score.entrant: score for score in found.scores}
    by_hand = {one.key: walked(prices, 40, 10, intercept=one.key == "with") for one in pair}
    order = sorted(by_hand, key=lambda key: by_hand[key][0].mean())
    assert [score.entrant for score in found.scores] == order

    def interval(values: np.ndarray, block: int, *, relative: bool = False) -> np.ndarray:
        def statistic(drawn: np.ndarray) -> np.ndarray:
            means = drawn.mean(axis=0)
            return means / means[0] if relative else means

        bootstrap = StationaryBootstrap(block, values, seed=SEED)
        return np.asarray(bootstrap.conf_int(statistic, reps=60, method="percentile", size=0.95).T)

    squares, changes = (np.column_stack([by_hand[key][part] for key in order]) for part in (0, 1))
    variance = (changes - changes.mean(axis=0)) ** 2
    variances, changed, behind = (
        interval(squares, 7),
        interval(variance, 7),
        interval(squares, 7, relative=True),
    )
    for place, key in enumerate(order):
        score = ours[key]
        assert score.variance == pytest.approx(squares[:, place].mean(), rel=1e-9)
        assert (score.low, score.high) == pytest.approx(variances[place], rel=1e-9)
        assert (score.behind_low, score.behind_high) == pytest.approx(behind[place], rel=1e-9)
        assert score.change_variance == pytest.approx(np.var(changes[:, place]), rel=1e-9)
        assert (score.change_low, score.change_high) == pytest.approx(changed[place], rel=1e-9)
        dollars = np.array(by_hand[key][2])[:, None] * 252 / 10
        assert (score.turnover_low, score.turnover_high) == pytest.approx(interval(dollars, 2)[0], rel=1e-9)
    assert behind[1][0] < behind[1][1]


def test_every_leg_that_is_traded_counts_and_a_window_without_an_answer_ends_what_was_held() -> None:
    prices = still_for_a_window()
    (score,) = rank_methods(prices, ["ols"], window=40, step=10, draws=20).scores
    trades = walked(prices, 40, 10, intercept=True)[2]
    assert (score.windows, score.failed, len(trades)) == (10, 1, 8)
    assert score.turnover == pytest.approx(np.mean(trades) * 252 / 10, rel=1e-9)

"""The comparison of the arms: windows, the word that the test alone chooses, and the sentences."""

import functools
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from core.backtest import ARMS, Arm, Backtest
from core.bootstrap import Gap, bootstrap_difference
from core.comparison import Comparison, compare, verdict_sentences, verdict_text
from core.fingerprint import freeze
from core.market import MarketData
from core.performance import measure
from core.rule_settings import BacktestSettings
from tests.strategies import every_share, random_table, run, settings_of

SETTINGS = BacktestSettings(draws=200)
THIN = "\u202f"
MINUS = "\u2212"


@functools.cache
def tried(count: int) -> tuple[MarketData, Backtest]:
    """A market and a backtest on it, whose arms the tests replace."""
    table = random_table(5, count, 1, rate=None)
    found = run(table, settings_of(every_share(table, 1e4), beta__window_sessions=20))
    return found.market, found.backtest


def arm_of(value: np.ndarray, shares: Any = 0.0, **more: Any) -> Arm:
    """An arm with these values, and zeros in the rest of what a comparison reads."""
    count = len(value)
    quiet = dict.fromkeys(("costs", "bought", "sold", "fill_shares"), freeze(np.zeros(count)))
    held = freeze(np.broadcast_to(np.asarray(shares, dtype=float), count))
    parts = {name: freeze(values) for name, values in more.items()}
    return replace(
        tried(count)[1].unhedged, **{**quiet, "value": freeze(value), "hedge_shares": held, **parts}
    )


def grown(returns: np.ndarray) -> np.ndarray:
    return 1e6 * np.cumprod(np.concatenate([[1.0], 1.0 + returns]))


def past(
    count: int = 500, *, edge: float = 0.0, part: float = 0.6, start: int = 0, seed: int = 1
) -> tuple[MarketData, Backtest]:
    """A book that is the market; the triggered arm moves `part` of it and gains `edge` a session besides."""
    market, backtest = tried(count)
    rng = np.random.default_rng(seed)
    returns = market.benchmark_returns[1:]
    noise = rng.normal(0.0, 0.003, count - 1)
    bare = grown(returns)
    values = {
        "unhedged": bare,
        "triggered": grown(part * returns + edge + noise),
        "always_hedged": grown(0.1 * returns),
        "sold": grown(part * returns),
    }
    for value in values.values():
        value[:start] = np.nan
    arms = {
        name: arm_of(value, 0.0 if name in ("unhedged", "sold") else 100.0) for name, value in values.items()
    }
    return market, replace(backtest, start=start, problem="", **arms)


@pytest.mark.parametrize(("edge", "word"), [(0.0015, "helped"), (-0.0015, "hurt"), (0.0, "cannot tell")])
def test_the_word_follows_from_the_interval_alone(edge: float, word: str) -> None:
    market, backtest = past(edge=edge)
    found = compare(market, backtest, SETTINGS)
    assert found.test is not None
    assert found.verdict.word == word
    low, high = found.test.low, found.test.high
    assert word == ("helped" if low > 0 else "hurt" if high < 0 else "cannot tell")
    assert (found.verdict.sharpe_low, found.verdict.sharpe_high) == (low, high)
    place = {"helped": "above", "hurt": "below", "cannot tell": "includes"}[word]
    assert place in found.verdict.reason


def test_the_arms_are_measured_and_triggered_is_tested_against_unhedged() -> None:
    market, backtest = past()
    found = compare(market, backtest, SETTINGS)
    assert tuple(found.arms) == ARMS
    assert (found.start, found.end, found.sessions) == (market.sessions[0], market.sessions[-1], 500)
    for name in ARMS:
        wanted = measure(
            backtest.arms[name].value,
            sessions=market.sessions,
            cash_rate=market.cash_rate,
            benchmark_returns=market.benchmark_returns,
            unhedged=backtest.unhedged.value,
        )
        assert found.arms[name].sharpe == wanted.sharpe
        assert found.arms[name].effectiveness == wanted.effectiveness
    assert found.test == bootstrap_difference(
        backtest.triggered.value, backtest.unhedged.value, market.cash_rate, mean_block=20, draws=200
    )
    a, b = found.arms["triggered"], found.arms["unhedged"]
    assert found.verdict.gained == a.cagr - b.cagr
    assert found.verdict.drawdown == a.drawdown.depth - b.drawdown.depth
    assert found.verdict.volatility == a.volatility - b.volatility
    assert found.verdict.sharpe == pytest.approx(a.sharpe - b.sharpe)


def test_a_window_is_the_same_as_a_backtest_of_those_days() -> None:
    market, backtest = past()
    window = (market.sessions[100], market.sessions[399])
    found = compare(market, backtest, SETTINGS, window=window)
    assert (found.start, found.end, found.sessions) == (*window, 300)
    value = backtest.triggered.value[100:400]
    assert found.arms["triggered"].total_return == pytest.approx(value[-1] / value[0] - 1.0)
    weekend = (window[0] - np.timedelta64(1, "D"), window[1])
    if weekend[0] not in market.sessions:
        assert compare(market, backtest, SETTINGS, window=weekend) == found


def test_a_window_reaches_no_further_than_the_backtest() -> None:
    market, backtest = past(start=60)
    every = (np.datetime64("1990-01-01"), np.datetime64("2090-01-01"))
    found = compare(market, backtest, SETTINGS, window=every)
    assert (found.start, found.sessions) == (market.sessions[60], 440)
    assert found == compare(market, backtest, SETTINGS)


@pytest.mark.parametrize(
    ("first", "last"),
    [("1990-01-01", "1990-12-31"), ("2090-01-01", "2091-01-01"), ("2020-06-01", "2020-01-01")],
)
def test_a_window_without_sessions_tells_nothing(first: str, last: str) -> None:
    market, backtest = past()
    found = compare(market, backtest, SETTINGS, window=(np.datetime64(first), np.datetime64(last)))
    assert found.sessions == 0
    assert np.isnat(found.start)
    assert (found.verdict.word, found.test) == ("cannot tell", None)
    assert "Fewer than two" in found.verdict.reason
    assert all(np.isnan(p.sharpe) for p in found.arms.values())
    assert len(verdict_text(found)) == 4


def test_a_backtest_that_could_not_run_says_why() -> None:
    market, backtest = past(start=500)
    found = compare(market, replace(backtest, problem="There is no past."), SETTINGS)
    assert (found.verdict.word, found.verdict.reason) == ("cannot tell", "There is no past.")


def test_a_short_window_has_no_interval_and_says_so() -> None:
    market, backtest = past()
    found = compare(market, backtest, SETTINGS, window=(market.sessions[10], market.sessions[30]))
    assert found.verdict.word == "cannot tell"
    assert found.verdict.reason == "20 sessions are too few to test: it takes two blocks of 20."
    first, _, sharpe, _ = verdict_text(found)
    assert "a year" not in first  # of twenty sessions no yearly return is made up
    assert found.verdict.gained == pytest.approx(
        found.arms["triggered"].total_return - found.arms["unhedged"].total_return
    )
    assert sharpe.endswith(", without an interval.")


def test_an_arm_that_did_not_move_cannot_be_tested() -> None:
    market, backtest = past()
    found = compare(market, replace(backtest, triggered=arm_of(np.full(500, 1e6), 100.0)), SETTINGS)
    assert found.verdict.word == "cannot tell"
    assert "did not move" in found.verdict.reason
    assert verdict_text(found)[2:] == (
        "The difference in Sharpe is not known.",
        "Selling stock to the same beta cannot be compared with it.",
    )


def test_a_backtest_as_the_pipeline_makes_it() -> None:
    market, backtest = tried(500)
    found = compare(market, backtest, SETTINGS)
    assert found.arms["always_hedged"].hedged_share > 0.9
    assert abs(found.arms["always_hedged"].beta) < 0.2 < found.arms["unhedged"].beta
    assert found.arms["always_hedged"].effectiveness > 0
    for name in ARMS:
        days = found.arms[name].sessions
        assert found.arms[name].cost == backtest.arms[name].costs[backtest.start + 1 :].sum()
        assert days == 499 - backtest.start
    assert backtest.unhedged.costs.sum() == found.arms["unhedged"].cost == 0.0


def test_without_a_test_nothing_is_claimed() -> None:
    market, backtest = past(edge=0.0015)
    found = compare(market, backtest, SETTINGS, test=False)
    assert (found.test, found.verdict.word) == (None, "cannot tell")
    assert "not tested" in found.verdict.reason
    assert np.isfinite(found.verdict.sharpe)
    assert verdict_text(found)[2].endswith(", not tested yet.")


def test_a_rule_that_never_hedged_is_neither_good_nor_bad() -> None:
    market, backtest = past()
    same = backtest.unhedged
    backtest = replace(backtest, triggered=same, sold=same)
    found = compare(market, backtest, SETTINGS)
    assert (found.verdict.word, found.test) == ("no hedge", None)
    sharpe = f"{found.arms['sold'].sharpe:.2f}".replace("-", MINUS)
    depth = f"{MINUS}{-found.arms['sold'].drawdown.depth:.1%}".replace("%", f"{THIN}%")
    assert verdict_text(found) == (
        "It left the return as it was and left the worst drawdown as it was.",
        "Volatility was the same.",
        "Sharpe difference +0.00.",
        f"Selling stock to the same beta did the same: Sharpe {sharpe} against {sharpe}, "
        f"worst drawdown {depth}.",
    )


def test_a_hedge_sold_in_the_window_counts_as_one() -> None:
    market, backtest = past()
    shares, costs = np.zeros(500), np.zeros(500)
    shares[:200], costs[200] = 10.0, 3.0
    backtest = replace(backtest, triggered=arm_of(backtest.triggered.value, shares, costs=costs))
    days = market.sessions
    assert compare(market, backtest, SETTINGS, window=(days[199], days[499])).verdict.word != "no hedge"
    assert compare(market, backtest, SETTINGS, window=(days[200], days[499])).verdict.word == "no hedge"
    half = compare(market, backtest, SETTINGS, window=(days[99], days[299]), test=False)
    assert half.arms["triggered"].hedged_share == pytest.approx(100 / 200)
    assert half.arms["triggered"].cost == 3.0


def test_stock_sold_counts_as_hedged_in_the_arm_that_sells() -> None:
    market, backtest = past()
    steps = np.zeros(500)
    steps[[100, 200]] = -0.4, 0.4
    backtest = replace(backtest, sold=arm_of(backtest.sold.value, fill_shares=steps))
    found = compare(market, backtest, SETTINGS, test=False)
    assert found.arms["sold"].hedged_share == pytest.approx(100 / 499)
    assert found.arms["always_hedged"].hedged_share == 1.0
    assert found.arms["unhedged"].hedged_share == 0.0


def test_a_ruined_arm_is_not_held_against_one_that_lived() -> None:
    market, backtest = past()
    dead = backtest.triggered.value.copy()
    dead[300:] = np.nan
    ruined = replace(backtest, triggered=arm_of(dead, 100.0), problem="An arm is worth nothing from then on.")
    found = compare(market, ruined, SETTINGS)
    assert (found.verdict.word, found.verdict.reason) == ("cannot tell", ruined.problem)
    assert np.isnan([found.verdict.gained, found.verdict.sharpe, found.verdict.drawdown]).all()
    assert all("not known" in s or "cannot be compared" in s for s in verdict_text(found))
    before = (market.sessions[0], market.sessions[250])
    assert np.isfinite(compare(market, ruined, SETTINGS, window=before).verdict.sharpe)


def said(
    gained: float, drawdown: float, volatility: float, sharpe: float, low: float, high: float
) -> tuple[str, ...]:
    """The sentences for these differences, with the arms of some comparison."""
    found = compare(*past(seed=3), SETTINGS)
    changes = {"gained": gained, "drawdown": drawdown, "volatility": volatility, "sharpe": sharpe}
    verdict = replace(found.verdict, **changes, sharpe_low=low, sharpe_high=high)
    arms = dict(found.arms)
    for name, ratio, depth in (("triggered", 1.06, -0.253), ("sold", 1.09, -0.22)):
        fall = replace(arms[name].drawdown, depth=depth)
        arms[name] = replace(arms[name], sharpe=ratio, drawdown=fall)
    assert found.test is not None
    test = replace(
        found.test,
        annual_return=Gap(difference=gained, low=gained - 0.03, high=gained + 0.04),
        volatility=Gap(difference=volatility, low=volatility - 0.01, high=volatility + 0.02),
    )
    return verdict_text(replace(found, verdict=verdict, arms=arms, test=test))


def test_the_sentences_word_for_word() -> None:
    assert said(-0.027, -0.039, -0.029, 0.02, -0.28, 0.35) == (
        f"It cost 2.7 points of return a year [{MINUS}5.7, +1.3] and made the worst drawdown"
        " 3.9 points deeper.",
        f"Volatility was 2.9 points lower [{MINUS}3.9, {MINUS}0.9].",
        f"Sharpe difference +0.02 [{MINUS}0.28, +0.35].",
        "Selling stock to the same beta did slightly better: Sharpe 1.09 against 1.06, "
        f"worst drawdown {MINUS}22.0{THIN}%.",
    )
    assert said(0.012, 0.05, 0.001, 0.4, 0.1, 0.7)[:3] == (
        f"It added 1.2 points of return a year [{MINUS}1.8, +5.2] and made the worst drawdown"
        " 5.0 points shallower.",
        f"Volatility was 0.1 points higher [{MINUS}0.9, +2.1].",
        "Sharpe difference +0.40 [+0.10, +0.70].",
    )
    assert said(0.0004, -0.0004, 0.0, -0.4, -0.7, -0.1)[:3] == (
        f"It left the return as it was [{MINUS}3.0, +4.0] and left the worst drawdown as it was.",
        f"Volatility was the same [{MINUS}1.0, +2.0].",
        f"Sharpe difference {MINUS}0.40 [{MINUS}0.70, {MINUS}0.10].",
    )


@pytest.mark.parametrize(
    ("ratio", "did"),
    [(1.2, "did better"), (1.0649, "did the same"), (1.02, "did slightly worse"), (0.5, "did worse")],
)
def test_selling_is_judged_by_the_figures_as_printed(ratio: float, did: str) -> None:
    found = compare(*past(), SETTINGS, test=False)
    arms = dict(found.arms)
    arms["triggered"] = replace(arms["triggered"], sharpe=1.06)
    arms["sold"] = replace(arms["sold"], sharpe=ratio)
    assert f" {did}: Sharpe " in verdict_text(replace(found, arms=arms))[3]


def test_two_ratios_below_zero_are_not_ranked() -> None:
    found = compare(*past(), SETTINGS, test=False)
    arms = dict(found.arms)
    arms["triggered"] = replace(arms["triggered"], sharpe=-6.6)
    arms["sold"] = replace(arms["sold"], sharpe=-8.1)
    told = verdict_text(replace(found, arms=arms))[3]
    assert told.startswith("Selling stock to the same beta fell short of cash too: Sharpe ")


def test_every_word_is_told_in_the_same_shape() -> None:
    texts = [verdict_text(compare(*past(edge=edge), SETTINGS)) for edge in (0.0015, -0.0015, 0.0)]
    lengths = [[len(sentence) for sentence in text] for text in texts]
    assert {len(text) for text in texts} == {4}
    assert np.ptp(lengths, axis=0).max() <= 12


def test_figures_and_interval_are_pieces_of_their_own() -> None:
    sentences = verdict_sentences(compare(*past(), SETTINGS))
    roles = [piece.role for sentence in sentences for piece in sentence]
    assert roles.count("interval") == 3
    assert roles.count("figure") >= 6
    assert "".join(piece.text for piece in sentences[0]) == verdict_text(compare(*past(), SETTINGS))[0]


def test_equal_inputs_equal_results() -> None:
    found: Comparison = compare(*past(), SETTINGS)
    assert found == compare(*past(), SETTINGS)
    assert found != compare(*past(seed=2), SETTINGS)

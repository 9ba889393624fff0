"""Performance: by hand, against empyrical, and what must hold for any path of values."""

from dataclasses import fields
from typing import Any

import empyrical
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import InvalidSetting
from core.performance import (
    Performance,
    deepest_drawdown,
    drawdown_path,
    excess_returns,
    measure,
    rolling_sharpe,
    value_returns,
)
from tests.strategies import weekdays

NAN = float("nan")


def days(count: int) -> np.ndarray:
    return weekdays(count)


def run(value: Any, rate: Any = 0.0, benchmark: Any = None, **more: Any) -> Performance:
    path = np.asarray(value, dtype=float)
    count = len(path)
    return measure(
        path,
        sessions=days(count),
        cash_rate=np.broadcast_to(np.asarray(rate, dtype=float), count),
        benchmark_returns=np.full(count, np.nan) if benchmark is None else benchmark,
        **more,
    )


def random_path(seed: int, count: int = 600, gaps: float = 0.0) -> np.ndarray:
    rng = np.random.default_rng(seed)
    path = 1e6 * np.cumprod(1.0 + rng.normal(0.0004, 0.011, count))
    path[1:-1][rng.random(count - 2) < gaps] = np.nan
    return path


def numbers(found: Performance) -> dict[str, float]:
    plain = {f.name: getattr(found, f.name) for f in fields(found)}
    depth = plain.pop("drawdown").depth
    return {**{n: v for n, v in plain.items() if isinstance(v, float)}, "depth": depth}


@st.composite
def paths(draw: st.DrawFn) -> np.ndarray:
    path = random_path(
        draw(st.integers(0, 2**32 - 1)),
        draw(st.integers(2, 400)),
        draw(st.sampled_from([0.0, 0.05, 0.5])),
    )
    return path * draw(st.sampled_from([1e-6, 1.0, 1e9]))


def test_four_values_by_hand() -> None:
    found = run([100.0, 110.0, 99.0, 108.9])
    assert found.total_return == pytest.approx(0.089)
    assert found.cagr == pytest.approx(1.089 ** (252 / 3) - 1)
    assert (found.sessions, found.returns) == (3, 3)
    returns = np.array([0.1, -0.1, 0.1])
    assert found.volatility == pytest.approx(returns.std(ddof=1) * 252**0.5)
    assert found.sharpe == pytest.approx(returns.mean() / returns.std(ddof=1) * 252**0.5)
    assert found.sortino == pytest.approx((0.1 / 3) / (0.01 / 3) ** 0.5 * 252**0.5)  # all three sessions
    assert found.drawdown.depth == pytest.approx(-0.1)
    assert np.isnan(found.calmar)  # under a year
    assert (found.start, found.end) == tuple(days(4)[[0, 3]])


def test_the_rate_of_a_session_is_the_one_known_at_the_close_before() -> None:
    rate = np.array([0.252, 0.504, 9.0])
    excess = excess_returns(value_returns([100.0, 101.0, 103.02]), rate)
    np.testing.assert_allclose(excess, [NAN, 0.01 - 0.001, 0.02 - 0.002])
    path, now = random_path(3), np.linspace(0.0, 0.05, 600)
    later = now.copy()
    later[-1] = 9.0
    assert run(path, now).sharpe == run(path, later).sharpe


def test_drawdown_by_hand() -> None:
    when = days(9)
    fall = deepest_drawdown([90.0, 100.0, 100.0, 80.0, 95.0, 70.0, 100.0, 120.0, 110.0], when)
    assert fall.depth == pytest.approx(-0.3)
    assert (fall.peak, fall.trough, fall.recovery) == (when[2], when[5], when[6])  # last day at the high
    assert (fall.sessions, fall.ongoing) == (4, False)


def test_a_drawdown_from_the_first_value_that_goes_on() -> None:
    when = days(4)
    fall = deepest_drawdown([100.0, NAN, 90.0, 99.0], when)
    assert (fall.peak, fall.trough) == (when[0], when[2])
    assert fall.ongoing
    assert np.isnat(fall.recovery)
    assert fall.sessions == 3
    np.testing.assert_allclose(drawdown_path([100.0, NAN, 90.0, 99.0]), [0.0, NAN, -0.1, -0.01])


@pytest.mark.parametrize("rate", [0.0, 0.02, np.linspace(0.0, 0.05, 300)], ids=["none", "fixed", "moving"])
def test_golden_a_constant_value_has_no_ratio_and_no_infinity(rate: Any) -> None:
    found = run(np.full(300, 1e6), rate, np.full(300, 0.001))
    assert (found.drawdown.depth, found.volatility, found.cagr, found.total_return) == (0, 0, 0, 0)
    assert np.isnat(found.drawdown.peak)
    assert not found.drawdown.ongoing
    assert (found.value_at_risk, found.expected_shortfall) == (0.0, 0.0)
    for name in ("sharpe", "sortino", "calmar", "beta"):
        assert np.isnan(getattr(found, name)), name
    assert np.isnan(rolling_sharpe(np.full(300, 1e6), np.broadcast_to(rate, 300), 60)).all()


def test_money_that_only_earns_the_bill_has_no_ratio() -> None:
    rate = np.linspace(0.01, 0.05, 400)
    value = 1e6 * np.cumprod(np.concatenate([[1.0], 1.0 + rate[:-1] / 252]))
    found = run(value, rate)
    assert np.isnan(found.sharpe)
    assert np.isnan(found.sortino)
    assert found.cagr > 0.01


@pytest.mark.parametrize("value", [[], [5.0], [NAN, NAN], [NAN, 5.0, NAN]])
def test_fewer_than_two_values_tell_nothing(value: list[float]) -> None:
    one = np.ones(len(value))
    found = run(value, benchmark=one, unhedged=value, bought=one, sold=one, costs=one, hedged=one)
    assert all(np.isnan(v) for v in numbers(found).values())
    assert (found.sessions, found.returns, found.tail_sessions) == (0, 0, 0)
    assert np.isnat(found.start)


def test_a_session_without_a_value_takes_two_returns_and_no_level() -> None:
    found = run([100.0, 110.0, NAN, 121.0, 133.1])
    assert (found.sessions, found.returns) == (4, 2)
    assert found.total_return == pytest.approx(0.331)
    assert found.cagr == pytest.approx(1.331 ** (252 / 4) - 1)


def test_a_year_is_needed_for_calmar() -> None:
    path = random_path(1, 253)
    assert np.isfinite(run(path).calmar)
    assert run(path).calmar == pytest.approx(run(path).cagr / -run(path).drawdown.depth)
    assert np.isnan(run(path[1:]).calmar)
    assert np.isnan(run(np.linspace(1.0, 2.0, 300)).calmar)  # never fell


def test_tail_by_hand() -> None:
    """Losses of 1 to 200: the worst ten are 191 to 200, and 95 % are at or below 190."""
    losses = np.random.default_rng(0).permutation(np.arange(1, 201)) / 1e4
    found = run(np.cumprod(np.concatenate([[1.0], 1.0 - losses])))
    assert found.tail_sessions == 10
    assert found.value_at_risk == pytest.approx(190 / 1e4)
    assert found.expected_shortfall == pytest.approx(195.5 / 1e4)
    assert np.isnan(run(np.cumprod(1.0 - losses)).value_at_risk)  # 199 losses: a tail of 9


def test_a_fraction_of_a_session_in_the_tail_is_weighted() -> None:
    """210 losses: the tail is 10.5 of them, so half of the eleventh counts."""
    losses = np.arange(1, 211) / 1e4
    found = run(np.cumprod(np.concatenate([[1.0], 1.0 - losses])))
    assert found.value_at_risk == pytest.approx(200 / 1e4)
    expected = (losses[200:].sum() + 0.5 * losses[199]) / 10.5
    assert found.expected_shortfall == pytest.approx(expected)


def test_shortfall_with_ties_at_the_edge_is_the_mean_of_the_worst_twentieth() -> None:
    losses = np.concatenate([np.full(180, -0.001), np.full(15, 0.01), np.full(5, 0.03)])
    found = run(np.cumprod(np.concatenate([[1.0], 1.0 - losses])))
    assert found.value_at_risk == pytest.approx(0.01)
    assert found.expected_shortfall == pytest.approx((5 * 0.03 + 5 * 0.01) / 10)


def test_flows_by_hand() -> None:
    found = run(
        [100.0, 200.0, 300.0],
        bought=[900.0, 30.0, 20.0],
        sold=[900.0, 10.0, 0.0],
        costs=[900.0, 1.0, 0.5],
        hedged=[True, True, False],
    )
    years = 2 / 252
    assert found.turnover == pytest.approx(10.0 / 200.0 / years)
    assert found.cost == pytest.approx(1.5)
    assert found.cost_bps == pytest.approx(1.5 / 200.0 / years * 1e4)
    assert found.hedged_share == pytest.approx(0.5)


def test_what_was_not_given_or_is_not_known_is_not_known() -> None:
    found = run([100.0, 110.0, 100.0], costs=[0.0, NAN, 1.0])
    for name in ("effectiveness", "turnover", "cost", "cost_bps", "hedged_share", "beta", "up_capture"):
        assert np.isnan(getattr(found, name)), name


def test_beta_and_effectiveness_of_a_half_hedged_path() -> None:
    rng = np.random.default_rng(2)
    market = np.concatenate([[NAN], rng.normal(0.0, 0.01, 500)])
    bare = np.cumprod(np.concatenate([[1.0], 1.0 + market[1:]]))
    half = np.cumprod(np.concatenate([[1.0], 1.0 + market[1:] / 2]))
    found = run(half, benchmark=market, unhedged=bare)
    assert found.beta == pytest.approx(0.5)
    assert found.effectiveness == pytest.approx(0.75)
    assert run(bare, benchmark=market, unhedged=half).effectiveness == pytest.approx(-3.0)
    assert run(bare, benchmark=market, unhedged=bare).effectiveness == 0.0


@pytest.mark.parametrize(
    "value",
    [[100.0, 0.0, 0.0, 0.0], [100.0, -20.0, 30.0, 40.0], [1e-6, 1e30, 1.0, 2.0], [0.0, 0.0, 5.0, 6.0]],
)
def test_ruin_debts_and_absurd_jumps_are_never_infinite(value: list[float]) -> None:
    found = run(value, benchmark=[NAN, 0.1, -0.1, 0.2], unhedged=value, costs=[1.0] * 4)
    assert not any(np.isinf(v) for v in numbers(found).values())


def test_series_of_other_lengths_are_refused() -> None:
    with pytest.raises(InvalidSetting, match="same sessions"):
        run([1.0, 2.0], benchmark=[0.1])
    with pytest.raises(InvalidSetting, match="same sessions"):
        run([1.0, 2.0], costs=[0.1])
    with pytest.raises(InvalidSetting, match="sessions and"):
        measure([1.0, 2.0], sessions=days(3), cash_rate=[0.0, 0.0], benchmark_returns=[0.0, 0.0])
    with pytest.raises(InvalidSetting, match="window"):
        rolling_sharpe([1.0, 2.0], [0.0, 0.0], 1)


@pytest.mark.parametrize("seed", range(4))
def test_agrees_with_empyrical(seed: int) -> None:
    """Its conventions: returns from the second value on, one rate for all sessions, tail returns negative."""
    rng = np.random.default_rng(seed + 100)
    path, daily = random_path(seed, 900), 0.03 / 252
    returns = path[1:] / path[:-1] - 1.0
    market = np.concatenate([[NAN], 0.6 * returns + rng.normal(0.0, 0.006, 899)])
    found = run(path, 0.03, market)
    bench = market[1:]
    wanted = {
        "total_return": empyrical.cum_returns_final(returns),
        "cagr": empyrical.annual_return(returns),
        "volatility": empyrical.annual_volatility(returns),
        "sharpe": empyrical.sharpe_ratio(returns, risk_free=daily),
        "sortino": empyrical.sortino_ratio(returns, required_return=daily),
        "calmar": empyrical.calmar_ratio(returns),
        "depth": empyrical.max_drawdown(returns),
        "beta": empyrical.beta(returns, bench),
        "up_capture": empyrical.up_capture(returns, bench),
        "down_capture": empyrical.down_capture(returns, bench),
    }
    have = numbers(found)
    for name, value in wanted.items():
        np.testing.assert_allclose(have[name], value, rtol=1e-9, err_msg=name)


@given(path=paths(), window=st.sampled_from([2, 20, 60]))
def test_rolling_sharpe_is_the_sharpe_of_each_window(path: np.ndarray, window: int) -> None:
    rate = np.linspace(0.0, 0.06, len(path))
    rolled = rolling_sharpe(path, rate, window)
    assert np.isnan(rolled[: window - 1]).all()
    for t in range(window - 1, len(path), 37):
        rows = slice(max(0, t - window), t + 1)
        found = run(path[rows], rate[rows])
        if np.isfinite(value_returns(path[rows])).sum() >= max(2, -(-4 * window // 5)):
            np.testing.assert_allclose(rolled[t], found.sharpe, rtol=1e-9)
        else:
            assert np.isnan(rolled[t])


@given(path=paths(), cut=st.floats(0.1, 0.9))
def test_h1_paths_for_charts_do_not_look_ahead(path: np.ndarray, cut: float) -> None:
    k = max(1, int(cut * len(path)))
    rate = np.linspace(0.0, 0.06, len(path))
    np.testing.assert_array_equal(drawdown_path(path)[:k], drawdown_path(path[:k]))
    np.testing.assert_array_equal(rolling_sharpe(path, rate, 20)[:k], rolling_sharpe(path[:k], rate[:k], 20))


@given(path=paths(), scale=st.sampled_from([0.5, 2.0, 1024.0]))
def test_the_currency_does_not_matter(path: np.ndarray, scale: float) -> None:
    market = np.random.default_rng(0).normal(0.0, 0.01, len(path))
    costs = np.abs(path) * 1e-5
    before, after = (
        numbers(run(p, 0.02, market, unhedged=p, costs=c))
        for p, c in ((path, costs), (path * scale, costs * scale))
    )
    for name, value in before.items():
        np.testing.assert_allclose(after[name], value * (scale if name == "cost" else 1.0), rtol=1e-9)


@given(path=paths())
def test_drawdown_is_the_deepest_of_all_pairs(path: np.ndarray) -> None:
    known = path[np.isfinite(path)]
    found = deepest_drawdown(path, days(len(path)))
    worst = min(known[j] / known[i] - 1.0 for i in range(len(known)) for j in range(i, len(known)))
    np.testing.assert_allclose(found.depth, worst, rtol=1e-12)
    np.testing.assert_allclose(np.nanmin(drawdown_path(path)), worst, rtol=1e-12)
    if found.depth < 0:
        at = dict(zip(days(len(path)), path, strict=True))
        np.testing.assert_allclose(at[found.trough] / at[found.peak] - 1.0, found.depth, rtol=1e-12)
        assert found.ongoing or at[found.recovery] >= at[found.peak]


@given(path=paths())
def test_shortfall_is_never_less_than_value_at_risk(path: np.ndarray) -> None:
    found = run(path)
    assert np.isnan(found.value_at_risk) == (found.tail_sessions < 10)
    assert np.isnan(found.value_at_risk) or found.expected_shortfall >= found.value_at_risk


def test_equal_content_is_equal() -> None:
    path = random_path(9)
    assert run(path) == run(path.copy())
    assert run(path) != run(path * np.linspace(1.0, 1.1, len(path)))

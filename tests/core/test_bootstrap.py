"""The bootstrap of the Sharpe difference: against a plain loop over arch, and its coverage."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.bootstrap import SharpeTest, bootstrap_difference
from core.errors import InvalidSetting
from core.performance import excess_returns, value_returns

NAN = float("nan")
YEAR = 252


def path_of(returns: np.ndarray) -> np.ndarray:
    return 1e6 * np.cumprod(np.concatenate([[1.0], 1.0 + returns]))


def two_arms(seed: int, count: int = 400, edge: float = 0.0) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    market = rng.normal(0.0004, 0.01, count)
    return path_of(0.6 * market + rng.normal(edge, 0.004, count)), path_of(market)


def bills(count: int) -> np.ndarray:
    return np.linspace(0.0, 0.05, count)


@pytest.mark.parametrize("mean_block", [1, 20])
def test_agrees_with_a_plain_loop_over_arch(mean_block: int) -> None:
    from arch.bootstrap import StationaryBootstrap

    a, b = two_arms(1)
    rate = bills(len(a))
    plain = np.column_stack([value_returns(a), value_returns(b)])[1:]
    excess = np.column_stack([excess_returns(value_returns(x), rate) for x in (a, b)])[1:]

    def figures(excess: np.ndarray, plain: np.ndarray) -> np.ndarray:
        sharpe = excess.mean(axis=0) / excess.std(axis=0, ddof=1) * YEAR**0.5
        compound = (1.0 + plain).prod(axis=0) ** (YEAR / len(plain)) - 1.0
        volatility = plain.std(axis=0, ddof=1) * YEAR**0.5
        return np.array([sharpe[0] - sharpe[1], compound[0] - compound[1], volatility[0] - volatility[1]])

    source = StationaryBootstrap(mean_block, excess, plain, seed=7)
    low, high = source.conf_int(figures, reps=300, method="percentile")
    drawn = [
        figures(*data)[0] for data, _ in StationaryBootstrap(mean_block, excess, plain, seed=7).bootstrap(300)
    ]
    found = bootstrap_difference(a, b, rate, mean_block=mean_block, draws=300, seed=7)
    np.testing.assert_allclose(found.draws, np.sort(drawn), rtol=1e-9, atol=1e-12)
    gaps = [(found.difference, found.low, found.high)]
    gaps += [(g.difference, g.low, g.high) for g in (found.annual_return, found.volatility)]
    wanted = np.column_stack([figures(excess, plain), low, high])
    np.testing.assert_allclose(gaps, wanted, rtol=1e-9, atol=1e-12)


@given(seed=st.integers(0, 1000))
def test_an_arm_against_itself_differs_by_exactly_nothing(seed: int) -> None:
    a, _ = two_arms(seed, 100)
    found = bootstrap_difference(a, a.copy(), bills(101), draws=50)
    assert not found.draws.any()
    for gap in (found, found.annual_return, found.volatility):
        assert (gap.difference, gap.low, gap.high) == (0.0, 0.0, 0.0)


def test_swapping_the_arms_swaps_the_sign() -> None:
    a, b = two_arms(3)
    one, other = (bootstrap_difference(*pair, bills(401), draws=200) for pair in ((a, b), (b, a)))
    np.testing.assert_allclose(one.draws, -other.draws[::-1], rtol=1e-12)
    np.testing.assert_allclose([one.low, one.high], [-other.high, -other.low], rtol=1e-9)


def test_an_arm_that_is_plainly_better_is_found() -> None:
    a, b = two_arms(4, 1500, edge=0.001)
    found = bootstrap_difference(a, b, bills(1501))
    assert found.low > 0
    assert found.volatility.high < 0
    assert found.low < found.difference < found.high


def test_same_seed_same_draws_another_seed_others() -> None:
    a, b = two_arms(5)
    one, again, other = (bootstrap_difference(a, b, bills(401), draws=100, seed=s) for s in (1, 1, 2))
    assert one == again
    assert one.draws.tobytes() == again.draws.tobytes()
    assert one != other
    assert one.difference == other.difference


@pytest.mark.parametrize(("count", "known"), [(39, False), (40, True)])
def test_fewer_than_two_blocks_have_no_interval(count: int, known: bool) -> None:
    a, b = two_arms(6, count)
    found = bootstrap_difference(a, b, bills(count + 1), draws=50)
    assert np.isfinite(found.difference)
    assert found.returns == count
    for gap in (found, found.annual_return, found.volatility):
        assert np.isfinite([gap.low, gap.high]).all() == known
    assert len(found.draws) == (50 if known else 0)


@pytest.mark.parametrize("value", [[], [1.0], [1.0, 2.0], [NAN, NAN, NAN]])
def test_next_to_nothing_has_no_difference(value: list[float]) -> None:
    found = bootstrap_difference(value, value, np.zeros(len(value)), mean_block=1)
    assert np.isnan([found.difference, found.low, found.high]).all()


def test_sessions_that_one_arm_lacks_are_left_out_of_both() -> None:
    a, b = two_arms(7, 300)
    gone = a.copy()
    gone[[50, 51, 200]] = NAN
    found = bootstrap_difference(gone, b, bills(301), draws=50)
    assert found.returns == 300 - 5
    assert np.isfinite([found.low, found.high, found.annual_return.low]).all()
    both = np.isfinite(value_returns(gone))
    lost = [excess_returns(value_returns(x), bills(301))[both] for x in (gone, b)]
    ratio = [x.mean() / x.std(ddof=1) * YEAR**0.5 for x in lost]
    assert found.difference == pytest.approx(ratio[0] - ratio[1])


def test_an_arm_that_does_not_move_has_no_interval() -> None:
    a, _ = two_arms(8)
    found = bootstrap_difference(a, np.full(len(a), 1e6), bills(len(a)), draws=50)
    assert np.isnan([found.difference, found.low, found.high]).all()
    assert np.isfinite([found.volatility.low, found.volatility.high]).all()


def test_an_arm_that_lost_everything_has_no_compound_return() -> None:
    a, b = two_arms(9, 100)
    a[60:] = 0.0
    found = bootstrap_difference(a, b, bills(101), draws=50)
    assert np.isnan([found.annual_return.difference, found.annual_return.low]).all()
    assert np.isfinite(found.difference)


def test_the_interval_covers_no_difference_about_as_often_as_it_says() -> None:
    """Two arms of one true Sharpe, 100 pasts: 95 would be right, and of a short past a little less."""
    covered = 0
    for seed in range(100):
        rng = np.random.default_rng(seed)
        common = rng.normal(0.0, 0.01, 250)
        a, b = (path_of(common + rng.normal(0.0, 0.006, 250)) for _ in range(2))
        found = bootstrap_difference(a, b, np.zeros(251), mean_block=5, draws=200)
        covered += found.low <= 0.0 <= found.high
    assert 87 <= covered <= 99


@pytest.mark.parametrize(
    ("change", "text"),
    [({"mean_block": 0}, "blocks"), ({"draws": 1}, "draws"), ({"cash_rate": np.zeros(3)}, "same sessions")],
)
def test_what_cannot_be_drawn_is_refused(change: dict[str, object], text: str) -> None:
    a, b = two_arms(1, 50)
    given_ = {"value_a": a, "value_b": b, "cash_rate": bills(51), **change}
    with pytest.raises(InvalidSetting, match=text):
        bootstrap_difference(**given_)  # type: ignore[arg-type]


def test_arrays_are_read_only() -> None:
    a, b = two_arms(2, 50)
    found: SharpeTest = bootstrap_difference(a, b, bills(51), draws=20)
    assert not found.draws.flags.writeable
    assert (np.diff(found.draws) >= 0).all()

"""The compiled loops against their plain NumPy twins."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.kernels.regression import rolling_blocks, rolling_book, rolling_direct
from tests.reference import regression as reference

CLASSIC, NEWEY_WEST = -1, -2


def series(seed: int, rows: int, columns: int, gaps: float = 0.0) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    x = rng.normal(0.0004, 0.011, rows)
    y = rng.uniform(0.2, 2.0, (columns, 1)) * x + rng.normal(0.0, 0.013, (columns, rows))
    y[rng.random(y.shape) < gaps] = np.nan
    x[rng.random(rows) < gaps / 2] = np.nan
    return y, x


def agree(found: tuple[np.ndarray, ...], wanted: tuple[np.ndarray, ...]) -> None:
    names = ("alpha", "beta", "se(alpha)", "se(beta)", "R2", "observations")
    for name, left, right in zip(names, found, wanted, strict=True):
        np.testing.assert_allclose(left, right, rtol=1e-10, atol=1e-13, err_msg=name)


@given(
    seed=st.integers(0, 2**32 - 1),
    rows=st.integers(1, 90),
    columns=st.integers(1, 3),
    window=st.integers(2, 40),
    share=st.floats(0.1, 1.0),
    gaps=st.sampled_from([0.0, 0.03, 0.3]),
)
def test_h9_h8_blocks_equal_the_plain_twin(
    seed: int, rows: int, columns: int, window: int, share: float, gaps: float
) -> None:
    y, x = series(seed, rows, columns, gaps)
    needed = max(3, int(share * window)) if window > 2 else 2
    agree(rolling_blocks(y, x, window, needed), reference.rolling(y, x, window, needed))


@given(seed=st.integers(0, 2**32 - 1), window=st.integers(3, 40), gaps=st.sampled_from([0.0, 0.1]))
def test_h8_direct_equals_the_plain_twin(seed: int, window: int, gaps: float) -> None:
    y, x = series(seed, 60, 2, gaps)
    agree(rolling_direct(y, x, window, 3, CLASSIC), reference.rolling(y, x, window, 3))
    agree(rolling_direct(y, x, window, 3, NEWEY_WEST), reference.rolling(y, x, window, 3, hac=True))


@given(seed=st.integers(0, 2**32 - 1), gaps=st.sampled_from([0.0, 0.05]), lags=st.sampled_from([-1, -2]))
def test_h8_book_equals_the_plain_twin(seed: int, gaps: float, lags: int) -> None:
    y, x = series(seed, 70, 4, gaps)
    weights = np.random.default_rng(seed + 1).normal(0.3, 0.6, (70, 4))
    weights[::7, 1], weights[3::9, 2] = 0.0, np.nan
    weights[10] = 0.0
    book = np.ascontiguousarray(y.T)
    found = rolling_book(book, x, weights, 20, 10, lags)
    agree(found, reference.rolling_book(book, x, weights, 20, 10, hac=lags == NEWEY_WEST))
    assert found[5][10] == 0  # nothing was held: no session counts


def test_book_of_one_asset_is_that_assets_own_regression() -> None:
    y, x = series(3, 80, 2)
    weights = np.tile([1.0, 0.0], (80, 1))
    book = rolling_book(np.ascontiguousarray(y.T), x, weights, 30, 24, CLASSIC)
    single = rolling_direct(y[:1], x, 30, 24, CLASSIC)
    for left, right in zip(book, single, strict=True):
        np.testing.assert_array_equal(left, right[0])


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_a_value_that_is_not_finite_is_a_missing_session(bad: float) -> None:
    """Infinite input counts as missing in all three kernels, and leaves no trace outside its windows."""
    y, x = series(11, 100, 1)
    hole, whole = y.copy(), rolling_blocks(y, x, 20, 16)
    hole[0, 40] = bad
    gap = y.copy()
    gap[0, 40] = np.nan
    for lags in (CLASSIC, NEWEY_WEST):
        for a, b in zip(
            rolling_direct(hole, x, 20, 16, lags), rolling_direct(gap, x, 20, 16, lags), strict=True
        ):
            np.testing.assert_array_equal(a, b)
    found = rolling_blocks(hole, x, 20, 16)
    assert found[5][0, 40:60].tolist() == [19] * 20
    for part, full in zip(found, whole, strict=True):
        np.testing.assert_array_equal(part[0, :40], full[0, :40])
        np.testing.assert_allclose(part[0, 60:], full[0, 60:], rtol=1e-12)
        assert not np.isinf(part).any()


@pytest.mark.parametrize("at", [0, 19, 20, 21, 39, 40, 41, 59, 60])
@pytest.mark.parametrize("where", ["asset", "benchmark"])
def test_a_gap_at_a_block_boundary_moves_nothing_else(at: int, where: str) -> None:
    """Window 20: blocks start at rows 0, 20, 40, 60. The pivot row itself may be the missing one."""
    y, x = series(12, 75, 2)
    (y[0] if where == "asset" else x)[at] = np.nan
    agree(rolling_blocks(y, x, 20, 16), reference.rolling(y, x, 20, 16))

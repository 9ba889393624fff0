import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from core.returns import log_returns, simple_returns


def test_first_row_and_both_sides_of_a_gap_have_no_return() -> None:
    prices = np.array([[100.0, 50.0], [110.0, np.nan], [99.0, 60.0], [99.0, 66.0]])
    found = simple_returns(prices)
    np.testing.assert_allclose(found[1:, 0], [0.1, -0.1, 0.0], atol=1e-15)
    assert np.isnan(found[:3, 1]).all()  # never bridged: 50 to 60 over the gap is no return
    np.testing.assert_allclose(found[3, 1], 0.1)
    assert np.isnan(found[0]).all()


def test_one_series_and_one_row_keep_their_shape() -> None:
    assert simple_returns(np.array([5.0])).shape == (1,)
    assert simple_returns(np.empty((0, 3))).shape == (0, 3)
    assert np.isnan(simple_returns(np.array([5.0]))).all()


@given(st.lists(st.floats(-0.9, 3.0), min_size=1, max_size=30))
def test_log_returns_add_up_to_the_log_of_the_whole(moves: list[float]) -> None:
    prices = 100.0 * np.cumprod([1.0, *(1.0 + m for m in moves)])
    logs = log_returns(simple_returns(prices))
    assert np.isnan(logs[0])
    np.testing.assert_allclose(logs[1:].sum(), np.log(prices[-1] / prices[0]), atol=1e-9)


def test_log_return_of_a_total_loss_is_missing_and_not_infinite() -> None:
    assert np.isnan(log_returns(np.array([-1.0, -1.5, np.nan]))).all()
    np.testing.assert_allclose(log_returns(np.array([0.0, 1.0])), [0.0, np.log(2.0)])

"""The exponentially weighted mean against pandas."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.kernels.average import exponential_mean


@given(
    seed=st.integers(0, 2**32 - 1),
    count=st.integers(1, 80),
    gaps=st.floats(0.0, 0.5),
    decay=st.floats(0.5, 0.999),
)
def test_is_that_of_pandas_and_unknown_where_the_value_is(
    seed: int, count: int, gaps: float, decay: float
) -> None:
    rng = np.random.default_rng(seed)
    values = rng.normal(0.0, 1.0, count) ** 2
    values[rng.random(count) < gaps] = np.nan
    wanted = pd.Series(values).ewm(alpha=1.0 - decay, adjust=True).mean().to_numpy(copy=True)
    wanted[np.isnan(values)] = np.nan
    np.testing.assert_allclose(exponential_mean(values, decay), wanted, rtol=1e-9)


@pytest.mark.parametrize("decay", [0.9, 0.985])
def test_two_values_by_hand(decay: float) -> None:
    found = exponential_mean(np.array([4.0, 1.0]), decay)
    np.testing.assert_allclose(found, [4.0, (4.0 * decay + 1.0) / (decay + 1.0)], rtol=1e-14)

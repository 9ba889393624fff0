import numpy as np
import pytest

from core.beta import ols
from core.errors import EstimationError, InsufficientHistory, InvalidSetting
from core.regression import regression_line


def series(seed: int, count: int = 60) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    x = rng.normal(0.0004, 0.011, count)
    return 0.0006 + 1.4 * x + rng.normal(0.0, 0.009, count), x


@pytest.mark.parametrize("level", [0.95, 0.8])
def test_band_is_that_of_statsmodels(level: float) -> None:
    from statsmodels.regression.linear_model import OLS
    from statsmodels.tools import add_constant

    y, x = series(1)
    line = regression_line(y, x, places=17, level=level)
    wanted = OLS(y, add_constant(x)).fit().get_prediction(add_constant(line.at))
    np.testing.assert_allclose(line.line, wanted.predicted_mean, rtol=1e-10, atol=1e-14)
    np.testing.assert_allclose(
        np.column_stack([line.low, line.high]), wanted.conf_int(alpha=1 - level), rtol=1e-10, atol=1e-14
    )


def test_missing_sessions_are_left_out_and_rows_say_which_stay() -> None:
    y, x = series(2)
    y[[0, 7]], x[30] = np.nan, np.nan
    line = regression_line(y, x)
    kept = [i for i in range(60) if i not in (0, 7, 30)]
    assert line.rows.tolist() == kept
    np.testing.assert_array_equal(line.x, x[kept])
    np.testing.assert_array_equal(line.y, y[kept])
    assert line.fit == ols(y[kept], x[kept])


def test_band_is_narrowest_at_the_mean() -> None:
    y, x = series(3)
    line = regression_line(y, x, places=201)
    narrowest = line.at[np.argmin(line.high - line.low)]
    assert abs(narrowest - x.mean()) <= line.at[1] - line.at[0]


def test_only_the_fit_follows_the_covariance() -> None:
    y, x = series(4)
    classic, robust = regression_line(y, x), regression_line(y, x, covariance="newey-west")
    np.testing.assert_array_equal(classic.low, robust.low)
    assert classic.fit.beta_se != robust.fit.beta_se


def test_a_perfect_line_has_no_band() -> None:
    _, x = series(5)
    line = regression_line(0.5 * x, x)
    np.testing.assert_allclose(line.high - line.low, 0.0, atol=1e-15)


def test_refuses_what_defines_no_line() -> None:
    y, x = series(6)
    with pytest.raises(InsufficientHistory):
        regression_line(y[:2], x[:2])
    with pytest.raises(EstimationError):
        regression_line(y, np.full(60, 0.001))
    with pytest.raises(InvalidSetting):
        regression_line(y, x, places=1)

import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import BadPrices, EstimationError, InsufficientHistory, InvalidSetting, UnknownTicker
from core.spread import adf_statistic, construct_spread, half_life, most_lags, z_score

SEEDS = st.integers(0, 2**32 - 1)

LEGS = pd.DataFrame({"B": [10.0, 11.0, 13.0], "A": [4.0, 5.0, 5.5]})


def walk(seed: int, rows: int, phi: float = 1.0) -> np.ndarray:
    shocks = np.random.default_rng(seed).standard_normal(rows)
    series = np.zeros(rows)
    for t in range(1, rows):
        series[t] = phi * series[t - 1] + shocks[t]
    return series


def test_the_first_column_is_held_whatever_the_order_of_the_ratios() -> None:
    expected = [2.0, 1.0, 2.0]
    for ratios in ({"A": 2.0, "B": 1.0}, {"B": 1.0, "A": 2.0}, pd.Series({"A": 2.0, "B": 1.0})):
        assert construct_spread(LEGS, ratios).tolist() == expected
    assert construct_spread(LEGS, {"A": 1.0, "B": 0.5}, "A").tolist() == [-1.0, -0.5, -1.0]
    assert construct_spread(LEGS, {"B": 2.0, "A": 4.0}).tolist() == [4.0, 2.0, 4.0]  # 1 is not forced


def test_a_missing_price_is_never_zero() -> None:
    legs = LEGS.copy()
    legs.loc[1, "A"] = np.nan
    with pytest.raises(BadPrices, match="1 of 3 rows have no price of A"):
        construct_spread(legs, {"A": 2.0, "B": 1.0})
    kept = construct_spread(legs, {"A": 2.0, "B": 1.0}, missing="drop")
    assert kept.to_dict() == {0: 2.0, 2: 2.0}


def test_a_missing_ratio_is_an_error() -> None:
    with pytest.raises(InvalidSetting, match="no ratio of A"):
        construct_spread(LEGS, {"B": 1.0})
    with pytest.raises(InvalidSetting, match="no ratio of B"):
        construct_spread(LEGS, pd.Series({"A": 2.0}))
    with pytest.raises(InvalidSetting, match="no ratio of A"):
        construct_spread(LEGS, {"B": 1.0, "A": math.nan})
    with pytest.raises(UnknownTicker, match="no prices of C"):
        construct_spread(LEGS, {"B": 1.0, "A": 2.0, "C": 1.0})
    with pytest.raises(UnknownTicker, match="no prices of C"):
        construct_spread(LEGS, {"B": 1.0, "A": 2.0}, "C")
    with pytest.raises(InvalidSetting, match="one column"):
        construct_spread(pd.concat([LEGS, LEGS], axis=1), {"B": 1.0, "A": 2.0})
    with pytest.raises(InvalidSetting, match="cannot be 'fill'"):
        construct_spread(LEGS, {"B": 1.0, "A": 2.0}, missing="fill")  # type: ignore[arg-type]
    with pytest.raises(BadPrices, match="A holds something"):
        construct_spread(LEGS.assign(A=["x", "y", "z"]), {"B": 1.0, "A": 2.0})
    with pytest.raises(BadPrices, match="infinite"):
        construct_spread(LEGS.assign(A=math.inf), {"B": 1.0, "A": 2.0})


@pytest.mark.parametrize(("phi", "exact"), [(0.9, 6.578813), (0.5, 1.0), (0.2, 0.430677)])
def test_the_half_life_of_a_known_decay(phi: float, exact: float) -> None:
    found = half_life(100.0 + phi ** np.arange(20))
    assert found.exact == pytest.approx(exact, abs=1e-6)
    assert found.first_order == pytest.approx(math.log(2.0) / (1.0 - phi), rel=1e-9)
    assert found.slope == pytest.approx(phi - 1.0, abs=1e-12)


def test_what_does_not_revert_has_no_half_life() -> None:
    assert half_life(1.1 ** np.arange(20)).exact == math.inf
    assert math.isnan(half_life((-0.5) ** np.arange(20)).exact)
    assert half_life((-0.5) ** np.arange(20)).first_order == pytest.approx(math.log(2) / 1.5)


@pytest.mark.parametrize("call", [half_life, adf_statistic])
def test_bad_series_are_refused(call: object) -> None:
    with pytest.raises(EstimationError, match="does not move"):
        call(np.full(30, 7.0))
    with pytest.raises(BadPrices, match="missing"):
        call([*range(20), math.nan])
    with pytest.raises(InsufficientHistory):
        call([1.0, 2.0, 4.0])
    with pytest.raises(InvalidSetting, match="One series"):
        call(np.ones((5, 5)))


@given(SEEDS, st.integers(12, 300), st.sampled_from([1.0, 0.95, 0.5]), st.data())
def test_adf_equals_statsmodels_at_any_lag(seed: int, rows: int, phi: float, data: st.DataObject) -> None:
    from statsmodels.tsa.stattools import adfuller

    series = walk(seed, rows, phi) + 100.0
    lag = data.draw(st.integers(0, rows // 2 - 3))
    theirs = adfuller(series, maxlag=lag, autolag=None, result_object=False)
    ours = adf_statistic(series, lag)
    assert ours.statistic == pytest.approx(theirs[0], rel=1e-10 if rows - 2 * lag < 20 else 1e-12, abs=1e-12)
    assert (ours.lag, ours.rows) == (theirs[2], theirs[3])


@pytest.mark.parametrize("constant", [True, False])
@given(SEEDS, st.integers(12, 300), st.sampled_from([1.0, 0.95, 0.5]))
def test_adf_chooses_the_lag_of_statsmodels(constant: bool, seed: int, rows: int, phi: float) -> None:
    from statsmodels.tsa.stattools import adfuller

    series = walk(seed, rows, phi)
    centred = series if constant else series - series.mean()
    longest = most_lags(rows)  # statsmodels tries one more without a constant in short series
    theirs = adfuller(centred, maxlag=longest, regression="c" if constant else "n", result_object=False)
    ours = adf_statistic(series, constant=constant)
    assert ours.lag == theirs[2]
    assert ours.statistic == pytest.approx(theirs[0], rel=1e-10, abs=1e-12)


def test_adf_refuses_what_is_not_defined() -> None:
    series = walk(1, 40)
    for lag in (-1, 19, 2.5, True):
        with pytest.raises(InvalidSetting, match="cannot be used with 40 rows"):
            adf_statistic(series, lag)  # type: ignore[arg-type]
    with pytest.raises(EstimationError, match="own past"):
        adf_statistic(0.5 ** np.arange(30), 0)
    assert most_lags(945) == 22
    assert most_lags(75) == 12


def test_the_z_score_uses_its_own_window_and_no_later_row() -> None:
    series = walk(5, 60)
    scores = z_score(series, 20)
    assert np.isnan(scores[:19]).all()
    for t in (19, 40, 59):
        seen = series[t - 19 : t + 1]
        assert scores[t] == pytest.approx((series[t] - seen.mean()) / seen.std(ddof=1))
    later = series.copy()
    later[45:] = 1e6
    np.testing.assert_array_equal(z_score(later, 20)[:45], scores[:45])
    np.testing.assert_allclose(z_score(3.0 * series + 7.0, 20), scores, rtol=1e-9)


def test_the_z_score_is_unknown_where_it_is_not_defined() -> None:
    holed = np.array([1.0, 2.0, math.nan, 4.0, 6.0, 5.0, 5.0, 5.0, 5.0])
    assert np.isfinite(z_score(holed, 3)).tolist() == [False] * 5 + [True, True, False, False]
    with pytest.raises(InvalidSetting, match="2 rows"):
        z_score(holed, 2)
    with pytest.raises(InvalidSetting, match="One series"):
        z_score(np.ones((4, 4)), 3)

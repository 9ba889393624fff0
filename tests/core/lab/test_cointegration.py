"""Which p-value counts, and what it says."""

import math
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from core.lab.cointegration import engle_granger, simulated_p_value, weigh
from core.ratios import estimate_hedge_ratio


def tied(seed: int = 1, legs: int = 2) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    walks = 50.0 + np.cumsum(rng.standard_normal((300, legs - 1)), axis=0)
    first = 5.0 + walks.sum(axis=1) + rng.standard_normal(300)
    return pd.DataFrame({"A": first, **{f"B{i}": walks[:, i] for i in range(legs - 1)}})


def test_the_regression_is_that_of_statsmodels() -> None:
    from statsmodels.tsa.stattools import coint

    frame = pd.DataFrame(100.0 + np.cumsum(np.random.default_rng(3).standard_normal((300, 2)), axis=0))
    frame.columns = ["A", "B0"]
    statistic, p_value, _ = coint(frame["A"], frame["B0"], maxlag=3, autolag=None)
    made = engle_granger(frame, lag=3)
    assert made.lag == 3
    # statsmodels leaves the constant out of the second regression; the statistic differs in the third digit
    assert made.statistic == pytest.approx(statistic, rel=5e-3)
    assert made.p_value == pytest.approx(p_value, abs=0.01)
    other = engle_granger(frame, dependent="B0")
    assert other.statistic != made.statistic


def test_seven_legs_have_no_critical_values() -> None:
    assert math.isnan(engle_granger(tied(legs=7)).p_value)


def test_only_a_simulated_p_value_counts_as_one() -> None:
    frame = tied()
    drawn = estimate_hedge_ratio(frame, "tls", draws=19)
    assert simulated_p_value(drawn) == drawn.adf_p_value
    assert math.isnan(simulated_p_value(estimate_hedge_ratio(frame, "ols")))
    assert math.isnan(simulated_p_value(replace(drawn, adf_p_source="")))
    assert math.isnan(simulated_p_value(None))


@pytest.mark.parametrize(
    ("simulated", "regression", "said"),
    [
        (0.049, 0.5, "evidence"),
        (0.05, 0.01, "weak"),
        (0.10, 0.01, "weak"),
        (0.11, 0.01, "none"),
        (math.nan, 0.01, "evidence"),
        (math.nan, 0.2, "none"),
        (math.nan, math.nan, "unknown"),
    ],
)
def test_the_simulated_one_counts_first(simulated: float, regression: float, said: str) -> None:
    assert weigh(simulated, regression) == said

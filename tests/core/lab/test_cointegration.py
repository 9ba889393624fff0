"""Which p-value counts, and what it says."""

import math
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from core.lab.cointegration import engle_granger, simulated_p_value, weigh
from core.ratios import estimate_hedge_ratio
from core.spread import adf_statistic
from tests.core.ratios.examples import GOLD, gold


def tied(seed: int = 1, legs: int = 2) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    walks = 50.0 + np.cumsum(rng.standard_normal((300, legs - 1)), axis=0)
    first = 5.0 + walks.sum(axis=1) + rng.standard_normal(300)
    return pd.DataFrame({"A": first, **{f"B{i}": walks[:, i] for i in range(legs - 1)}})


@pytest.mark.parametrize("count", [2, 3, 4])
@pytest.mark.parametrize("lag", [0, 1, 3, 7])
def test_the_test_is_that_of_statsmodels(lag: int, count: int) -> None:
    from statsmodels.tsa.stattools import coint

    walks = 100.0 + np.cumsum(np.random.default_rng(3).standard_normal((300, count)), axis=0)
    frame = pd.DataFrame(walks, columns=list("ABCD")[:count])
    for held in frame.columns:
        others = frame.drop(columns=held)
        statistic, p_value, _ = coint(frame[held], others, trend="c", maxlag=lag, autolag=None)
        made = engle_granger(frame, dependent=held, lag=lag)
        assert made.lag == lag
        assert made.statistic == pytest.approx(statistic, rel=1e-10)
        assert made.p_value == pytest.approx(p_value, abs=1e-10)


@pytest.mark.market_data
@pytest.mark.skipif(not GOLD.exists(), reason="the reference prices are not there")
@pytest.mark.parametrize(("held", "known"), [("GLD", 0.873), ("GDX", 0.565)])
def test_gold_and_its_miners_are_not_shown_to_be_tied_together(held: str, known: float) -> None:
    assert engle_granger(gold(), dependent=held, lag=0).p_value == pytest.approx(known, abs=5e-4)


def test_the_ratio_keeps_the_statistic_with_a_constant() -> None:
    ratio = estimate_hedge_ratio(tied(), "ols", adf_lag=2)
    made = engle_granger(tied(), lag=2)
    assert ratio.adf_statistic == adf_statistic(ratio.spread, 2).statistic != made.statistic
    assert ratio.adf_p_value == made.p_value


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

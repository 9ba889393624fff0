"""Searches on real prices: never worse than the published search, a dense grid or many directions."""

from itertools import combinations

import numpy as np
import pandas as pd
import pytest

from core.ratios import estimate_hedge_ratio
from core.ratios.moments import Moments
from tests.core.ratios.examples import (
    ROOT,
    adfuller_value,
    bfgs_from_mean_price_ratio,
    least_squares_half_life,
)

FOLDER = ROOT / "../shared/market-data"
TICKERS = ("AAPL", "MSFT", "NVDA", "QQQ", "SPY", "TSLA")
BASKETS = [*combinations(TICKERS, 2), ("AAPL", "MSFT", "QQQ"), ("SPY", "QQQ", "TSLA", "NVDA")]

pytestmark = [
    pytest.mark.market_data,
    pytest.mark.skipif(not FOLDER.exists(), reason="the folder of real prices is not there"),
]


@pytest.fixture(scope="module")
def prices() -> pd.DataFrame:
    """945 rows, as in the comparison that found the published searches wrong."""
    columns = [
        pd.read_csv(FOLDER / f"{ticker}.csv", index_col="date", parse_dates=True)["adj_close"].rename(ticker)
        for ticker in TICKERS
    ]
    return pd.concat(columns, axis=1).loc["2014":].dropna().iloc[:945]


@pytest.mark.parametrize("basket", BASKETS, ids="-".join)
def test_the_half_life_is_never_longer_whichever_leg_is_held(
    prices: pd.DataFrame, basket: tuple[str, ...]
) -> None:
    found = []
    for first in basket:
        order = [first, *(name for name in basket if name != first)]
        ours = estimate_hedge_ratio(prices[order], "half_life", adf_lag=0).half_life_first_order_days
        theirs = bfgs_from_mean_price_ratio(
            prices[order].to_numpy(), lambda s: abs(least_squares_half_life(s))
        )
        assert 0.0 < ours <= theirs * (1.0 + 1e-7)
        found.append(ours)
    assert found == pytest.approx([found[0]] * len(found), rel=1e-7)


@pytest.mark.parametrize("basket", BASKETS, ids="-".join)
def test_the_unit_root_statistic_is_never_higher(prices: pd.DataFrame, basket: tuple[str, ...]) -> None:
    legs = prices[list(basket)]
    values = legs.to_numpy()
    ours = estimate_hedge_ratio(legs, "adf", lag=1).adf_statistic
    assert ours <= bfgs_from_mean_price_ratio(values, lambda s: adfuller_value(s, 1)) + 1e-6
    if len(basket) == 2:
        angles = np.linspace(0.0, np.pi, 40_001)
        tried = np.column_stack([np.cos(angles), np.sin(angles)])
    else:
        tried = np.random.default_rng(1).standard_normal((40_000, len(basket)))
    assert ours <= np.nanmin(Moments(values, 1).statistic(tried / values.std(axis=0), 1)) + 1e-9

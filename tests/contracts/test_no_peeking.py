"""No look-ahead, over every stage: what is decided on day t uses data up to the close of t.

Prefix (H1): a stage on the first k rows gives the first k rows of the stage on all of them. Poison (H1):
changing, deleting or blowing up everything after row k changes nothing up to k. Both to the last bit. A
planted cheater makes sure that both notice one.
"""

from collections.abc import Callable
from dataclasses import fields

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from core.beta import BetaEstimate, estimate_betas
from core.data.base import PriceTable
from core.exposure import measure_exposure
from core.fingerprint import Keyed
from core.hedge import plan_hedge
from core.hedge_beta import choose_hedge_beta
from core.market import MarketData, build_market, value_portfolio
from core.settings import BetaSettings, HedgeSettings
from tests.strategies import (
    ASSETS,
    DATA,
    HEDGE,
    book,
    every_share,
    random_table,
    run,
    settings_of,
    tables,
    with_prices,
)

BETA = BetaSettings(window_sessions=20)
HEDGED = HedgeSettings(liquidity_discount=0.02, target_beta=0.1)
Rows = dict[str, np.ndarray]
Stage = Callable[[MarketData], Rows]


def rows_of(result: Keyed, count: int) -> Rows:
    """Every array of a result that has one row a session."""
    found: Rows = {}
    for item in fields(result):  # type: ignore[arg-type]
        value = getattr(result, item.name)
        if isinstance(value, np.ndarray) and value.ndim and len(value) == count:
            found[item.name] = value
    assert found
    return found


def held(market: MarketData) -> dict[str, float]:
    return {**dict.fromkeys(market.tickers, 10.0), HEDGE: 4.0}


def betas(market: MarketData) -> Rows:
    found: BetaEstimate = estimate_betas(market, BETA)
    count = len(market.sessions)
    return {
        **rows_of(found.assets, count),
        **{f"hedge {n}": v for n, v in rows_of(found.hedge, count).items()},
    }


def newey_west(market: MarketData) -> Rows:
    settings = BetaSettings(window_sessions=20, errors="newey-west", returns="log")
    return rows_of(estimate_betas(market, settings).assets, len(market.sessions))


def portfolio(market: MarketData) -> Rows:
    found = value_portfolio(market, book(held(market), 500.0))
    return {"value": found.value, "nav": found.nav}


def exposure(market: MarketData) -> Rows:
    owned = value_portfolio(market, book(held(market), 500.0))
    measured = estimate_betas(market, BETA)
    chosen = choose_hedge_beta(measured, DATA, HEDGED)
    return rows_of(measure_exposure(market, owned, measured, BETA, chosen), len(market.sessions))


def plan(market: MarketData) -> Rows:
    owned = value_portfolio(market, book(held(market), 500.0))
    measured = estimate_betas(market, BETA)
    chosen = choose_hedge_beta(measured, DATA, HEDGED)
    exposed = measure_exposure(market, owned, measured, BETA, chosen)
    found = plan_hedge(market, owned, measured, exposed, DATA, HEDGED)
    return rows_of(found, len(market.sessions))


def cheater(market: MarketData) -> Rows:
    """Reads the return of the next session: what the tests must notice."""
    later = np.roll(market.returns[:, 0], -1)
    later[-1] = np.nan
    return {"signal": later}


def full_sample(market: MarketData) -> Rows:
    """Centres by the mean of all sessions: look-ahead without any shift."""
    return {"signal": market.returns[:, 0] - np.nanmean(market.returns[:, 0])}


STAGES: list[Stage] = [betas, newey_west, portfolio, exposure, plan]
CHEATERS: list[Stage] = [cheater, full_sample]


def check_prefix(stage: Stage, market: MarketData, k: int) -> None:
    whole, first = stage(market), stage(market.upto(k))
    assert whole.keys() == first.keys()
    for name, values in first.items():
        np.testing.assert_array_equal(values, whole[name][:k], err_msg=name)


def poisons(table: PriceTable, k: int, seed: int) -> list[PriceTable]:
    """The table with everything after its first k rows changed, deleted or blown up."""
    close = table.close
    rng = np.random.default_rng(seed)
    other, gone, huge = close.copy(), close.copy(), close.copy()
    other[k:] = close[k - 1] * np.exp(np.cumsum(rng.normal(0.0, 0.05, close[k:].shape), axis=0))
    gone[k:] = np.nan
    huge[k:] *= 1e6
    adjusted = table.adj_close.copy()
    adjusted[k:] *= 1.25  # a later dividend's factor
    return [
        with_prices(table, other),
        with_prices(table, gone),
        with_prices(table, huge),
        with_prices(table, close, adjusted),
    ]


def check_poison(stage: Stage, table: PriceTable, k: int, seed: int) -> None:
    names = tuple(every_share(table))
    wanted = stage(build_market(table, DATA, names))
    for poisoned in poisons(table, k, seed):
        market = build_market(poisoned, DATA, names)
        if np.isnan(market.benchmark_close[-1]):
            market = market.upto(k)  # where every price is deleted the last row has no book
        found = stage(market)
        for name, values in wanted.items():
            np.testing.assert_array_equal(found[name][:k], values[:k], err_msg=name)


@pytest.mark.parametrize("stage", STAGES, ids=lambda stage: stage.__name__)
@given(table=tables(most_assets=3), cut=st.floats(0.1, 0.99))
def test_h1_prefix(stage: Stage, table: PriceTable, cut: float) -> None:
    market = build_market(table, DATA, tuple(every_share(table)))
    k = max(2, int(cut * len(market.sessions)))
    assume(np.nansum(market.close[k - 1]) > 0)
    check_prefix(stage, market, k)


@pytest.mark.parametrize("stage", STAGES, ids=lambda stage: stage.__name__)
@given(table=tables(most_assets=3), cut=st.floats(0.1, 0.99), seed=st.integers(0, 999))
def test_h1_poison(stage: Stage, table: PriceTable, cut: float, seed: int) -> None:
    k = max(2, int(cut * len(table.sessions)))
    check_poison(stage, table, k, seed)


@pytest.mark.parametrize("stage", CHEATERS, ids=lambda stage: stage.__name__)
def test_the_tests_catch_a_planted_cheater(stage: Stage) -> None:
    table = random_table(5, 60, 2)
    market = build_market(table, DATA, ASSETS[:2])
    with pytest.raises(AssertionError, match="signal"):
        check_prefix(stage, market, 45)
    with pytest.raises(AssertionError, match="signal"):
        check_poison(stage, table, 45, 1)


@given(table=tables(most_assets=3), cut=st.floats(0.3, 0.99), seed=st.integers(0, 999))
def test_h1_the_whole_page_as_of_a_day_ignores_what_came_after(
    table: PriceTable, cut: float, seed: int
) -> None:
    k = max(2, int(cut * len(table.sessions)))
    assume(np.nansum(table.close[k - 1, 2:-1]) > 0)
    settings = settings_of(
        every_share(table), 50.0, beta__window_sessions=20, data__as_of=table.sessions[k - 1].item()
    )
    wanted = run(table, settings)
    for poisoned in poisons(table, k, seed):
        found = run(poisoned, settings)
        assert found == wanted
        assert str(found.headline) == str(wanted.headline)

"""No look-ahead, over every stage: what is decided on day t uses data up to the close of t.

Prefix (H1): a stage on the first k rows gives the first k rows of the stage on all of them. Poison (H1):
changing, deleting or blowing up everything after row k changes nothing up to k. Both to the last bit. Planted
cheaters make sure that both notice one.
"""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from core.data.base import PriceTable
from core.fingerprint import freeze
from core.market import MarketData, build_market
from tests.contracts.stages import CHEATERS, STAGES, Stage
from tests.strategies import ASSETS, DATA, VIX, every_share, random_table, run, settings_of, tables


def check_prefix(stage: Stage, market: MarketData, k: int) -> None:
    whole, first = stage(market), stage(market.upto(k))
    assert whole.keys() == first.keys()
    for name, values in first.items():
        np.testing.assert_array_equal(values, whole[name][:k], err_msg=name)


def poisons(table: PriceTable, k: int, seed: int) -> list[PriceTable]:
    """The table with everything after its first k rows changed, deleted or blown up, in every column."""
    rng = np.random.default_rng(seed)
    walk = np.exp(np.cumsum(rng.normal(0.0, 0.05, table.close[k:].shape), axis=0))

    def after(values: np.ndarray, changed: np.ndarray) -> np.ndarray:
        return freeze(np.concatenate([values[:k], changed]))

    def each(change: Callable[[np.ndarray], np.ndarray]) -> PriceTable:
        columns = ("open", "high", "low", "close", "adj_close", "volume")
        changes: dict[str, Any] = {}
        for name in columns:
            values = getattr(table, name)
            changes[name] = after(values, change(values))
        return replace(table, **changes)

    return [
        each(lambda values: values[k - 1] * walk),
        each(lambda values: np.full_like(values[k:], np.nan)),
        each(lambda values: values[k:] * 1e6),
        # A later dividend's factor.
        replace(table, adj_close=after(table.adj_close, table.adj_close[k:] * 1.25)),
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
@given(table=tables(most_assets=3, curve=True, bars=True), cut=st.floats(0.1, 0.99))
def test_h1_prefix(stage: Stage, table: PriceTable, cut: float) -> None:
    market = build_market(table, DATA, tuple(every_share(table)))
    k = max(2, int(cut * len(market.sessions)))
    assume(np.nansum(market.close[k - 1]) > 0)
    check_prefix(stage, market, k)


@pytest.mark.parametrize("stage", STAGES, ids=lambda stage: stage.__name__)
@given(table=tables(most_assets=3, curve=True, bars=True), cut=st.floats(0.1, 0.99), seed=st.integers(0, 999))
def test_h1_poison(stage: Stage, table: PriceTable, cut: float, seed: int) -> None:
    k = max(2, int(cut * len(table.sessions)))
    check_poison(stage, table, k, seed)


@pytest.mark.parametrize("stage", CHEATERS, ids=lambda stage: stage.__name__)
def test_the_tests_catch_a_planted_cheater(stage: Stage) -> None:
    table = random_table(5, 60, 2, curve=True, bars=True)
    market = build_market(table, DATA, ASSETS[:2])

    def prefixes() -> None:
        for k in range(40, 50):
            check_prefix(stage, market, k)

    def poisoned() -> None:
        for k in range(40, 50):
            check_poison(stage, table, k, 1)

    with pytest.raises(AssertionError, match="signal"):
        prefixes()
    with pytest.raises(AssertionError, match="signal"):
        poisoned()


@given(table=tables(most_assets=3, curve=True, bars=True), cut=st.floats(0.3, 0.99), seed=st.integers(0, 999))
def test_h1_the_whole_page_as_of_a_day_ignores_what_came_after(
    table: PriceTable, cut: float, seed: int
) -> None:
    k = max(2, int(cut * len(table.sessions)))
    assume(np.nansum(table.close[k - 1, : table.tickers.index(VIX)]) > 0)
    settings = settings_of(
        every_share(table), 50.0, beta__window_sessions=20, data__as_of=table.sessions[k - 1].item()
    )
    wanted = run(table, settings)
    for poisoned in poisons(table, k, seed):
        found = run(poisoned, settings)
        assert found == wanted
        assert str(found.headline) == str(wanted.headline)

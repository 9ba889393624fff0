"""No same-day look (H2): moving the close of t changes no order that fills on t, to the last bit."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.backtest import ARMS
from core.data.base import PriceTable
from core.fingerprint import freeze
from core.hedge_state import HedgeState
from core.ledger import ledger
from core.market import build_market
from core.rule_settings import BacktestSettings
from tests.contracts.stages import TRIAL, past, rule_on, without_lag
from tests.strategies import ASSETS, DATA, every_share, random_table


def moved(table: PriceTable, t: int, factor: float) -> PriceTable:
    """The table with another close on one session: closes, adjusted ones, highs, lows and volumes of it."""
    changes: dict[str, Any] = {}
    for name in ("close", "adj_close", "high", "low", "volume"):
        values = getattr(table, name).copy()
        values[t] *= factor
        changes[name] = freeze(values)
    return replace(table, **changes)


def check_same_day(
    table: PriceTable, t: int, trial: BacktestSettings, twist: Callable[[HedgeState], HedgeState]
) -> None:
    names = tuple(every_share(table))
    one = past(build_market(table, DATA, names), trial, twist=twist)
    for factor in (0.9, 1.1):
        two = past(build_market(moved(table, t, factor), DATA, names), trial, twist=twist)
        for arm in ARMS:
            parts = ["fill_shares", "fill_reason", "hedge_shares"]
            if trial.fill == "open":
                parts += ["bought", "sold", "cost_items"]
            for part in parts:
                before, after = (getattr(b.arms[arm], part)[: t + 1] for b in (one, two))
                np.testing.assert_array_equal(after, before, err_msg=f"signal of {arm} {part}")


@given(
    seed=st.integers(0, 2**32 - 1),
    t=st.integers(25, 79),
    fill=st.sampled_from(["open", "close"]),
    lag=st.integers(1, 3),
)
def test_h2_no_order_knows_the_close_of_the_session_that_fills_it(
    seed: int, t: int, fill: str, lag: int
) -> None:
    table = random_table(seed, 80, 2, curve=True, bars=True)
    check_same_day(table, t, BacktestSettings(fill=fill, lag=lag), lambda state: state)


def test_h2_catches_a_backtest_without_a_lag() -> None:
    table = random_table(5, 80, 2, curve=True, bars=True)

    def check_every_day() -> None:
        for t in range(25, 79):
            check_same_day(table, t, TRIAL, without_lag)

    with pytest.raises(AssertionError, match="signal of triggered"):
        check_every_day()


def test_the_rule_of_the_stages_trades_for_many_reasons() -> None:
    """Or else the tests of this folder would look at nothing."""
    asked, reasons = set(), set()
    for seed in range(6):
        market = build_market(random_table(seed, 140, 3, curve=True, bars=True), DATA, ASSETS[:3])
        signals, decision = rule_on(market)
        reasons |= {fill.reason for fill in ledger(past(market))}
        asked |= set(decision.leaf.tolist())
        for name, one in signals.items():
            assert {0, 1} <= set(one.state.tolist()) or name == "beta_limit"
    assert asked == set(range(7))
    assert len(reasons) >= 5

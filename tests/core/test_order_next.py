"""The benchmark levels at which an order is followed by another, and what must not change an order."""

from typing import Any

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from core.data.base import PriceTable
from core.pipeline import Analysis
from tests.core.orders import flat_fund, order_of, reference_order, with_volumes
from tests.reference import hedging as reference
from tests.strategies import (
    ASSETS,
    HEDGE,
    Reference,
    every_share,
    random_table,
    run,
    settings_of,
    tables,
    with_prices,
)

A, B = ASSETS[:2]


def simulate(analysis: Analysis, *, up: bool, step: float = 2e-4) -> float:
    """Move the benchmark in small steps until the rules would trade again; the level, NaN beyond half of it.

    Infinite where they would at once: then the order is not done with one trade.
    """
    order, hedge = analysis.order, analysis.settings.hedge
    level = float(analysis.market.benchmark_close[-1])
    kept = 1.0 - order.funding.sell_fraction
    lines = [(kept * p.value, p.beta) for p in analysis.exposure.positions if p.role == "holding"]
    lines.append((-order.funding.benchmark_short * level, 1.0))
    spent = order.notional if order.side == "buy" else -order.notional
    cash = analysis.exposure.cash - spent + order.funding.sold + order.funding.benchmark_short * level
    for n in range(int(0.5 / step)):
        move = n * step if up else -n * step
        nav, wanted, held = reference.drift(
            move,
            holdings=lines,
            cash=cash,
            hedge_value=order.target * order.price,
            hedge_beta=order.hedge_beta,
            target=hedge.target_beta,
            discount=hedge.liquidity_discount,
            cap=np.inf if hedge.capital_cap is None else hedge.capital_cap,
        )
        if nav <= 0:
            return float("nan")
        trade = abs(wanted - held)
        if trade * -order.hedge_beta > hedge.band * nav and trade >= hedge.minimum_trade:
            return level * (1.0 + move) if n else float("inf")
    return float("nan")


@given(
    seed=st.integers(0, 2**32 - 1),
    cash=st.floats(0.0, 2.0),
    owned=st.floats(0.0, 1.3),
    values=st.fixed_dictionaries(
        {
            "hedge__band": st.sampled_from([0.01, 0.05, 0.2]),
            "hedge__target_beta": st.sampled_from([0.0, 0.3]),
            "hedge__liquidity_discount": st.sampled_from([0.0, 0.05]),
            "hedge__funding": st.sampled_from(["borrow", "sell", "short"]),
            "hedge__minimum_trade": st.sampled_from([0.0, 20_000.0]),
        }
    ),
)
def test_next_check_levels_are_those_of_a_simulation(
    seed: int, cash: float, owned: float, values: dict[str, Any]
) -> None:
    table = random_table(seed, 60, 3)
    held = every_share(table, 1000.0)
    worth = 1000.0 * float(np.sum(table.close[-1, 2:-1]))
    have = float(np.floor(owned * worth / 40.0))
    settings = settings_of({**held, HEDGE: have}, round(cash * worth), beta__window_sessions=20, **values)
    analysis = run(table, settings)
    order, level = analysis.order, float(analysis.market.benchmark_close[-1])
    for found, up in ((order.check_low, False), (order.check_high, True)):
        wanted = simulate(analysis, up=up)
        if np.isinf(wanted):
            assert np.isnan(found)
        elif np.isnan(wanted):
            assert np.isnan(found) or not level * 0.5003 < found < level * 1.4997
        else:
            assert wanted - 3e-4 * level <= found <= wanted + 3e-4 * level


def test_next_check_brackets_today_and_is_in_the_sentence() -> None:
    table = random_table(40, 90, 2)
    held = {A: 1000.0, B: 500.0}
    wanted = order_of(table, held, 1e5).wanted
    analysis = run(table, settings_of({**held, HEDGE: wanted}, 1e5, beta__window_sessions=20))
    order, level = analysis.order, float(analysis.market.benchmark_close[-1])
    known = [x for x in (order.check_low, order.check_high) if np.isfinite(x)]
    assert known
    assert all((x < level) == (x == order.check_low) for x in known)
    edges = " / ".join(f"{x:,.0f}" for x in known)
    assert f"do nothing, next check at SPY {edges}." in str(analysis.headline)


def test_a_bound_order_has_no_next_check() -> None:
    table = with_volumes(flat_fund(Reference().table()), 1_000.0)
    order = reference_order(0.0, table, hedge__participation_cap=0.1).order
    assert np.isnan([order.check_low, order.check_high]).all()


# ---- symmetries


@given(table=tables(most_assets=3), k=st.sampled_from([0.5, 8.0]))
def test_h4_order_in_another_currency(table: PriceTable, k: float) -> None:
    held = every_share(table, 50.0)
    close = table.close.copy()
    close[:, :-1] *= k
    free = {"costs__fixed_fee": 0.0}
    one, two = (
        order_of(table, held, 640.0, **free),
        order_of(with_prices(table, close), held, 640.0 * k, **free),
    )
    assert (two.side, two.shares, two.target, two.limit) == (one.side, one.shares, one.target, one.limit)
    for name in ("notional", "cost_now", "residual_dollar_beta", "fund_fee_a_day", "check_low"):
        np.testing.assert_allclose(getattr(two, name), getattr(one, name) * k, rtol=1e-9, atol=1e-7)
    np.testing.assert_allclose(two.residual_beta, one.residual_beta, rtol=1e-9, atol=1e-11)


@given(table=tables(most_assets=4), seed=st.integers(0, 99))
def test_h13_order_of_the_lines_does_not_matter(table: PriceTable, seed: int) -> None:
    rng = np.random.default_rng(seed)
    held = {t: float(rng.integers(1, 90)) for t in every_share(table)}
    one, two = order_of(table, held, 500.0), order_of(table, dict(reversed(held.items())), 500.0)
    assert (two.side, two.limit) == (one.side, one.limit)
    assert abs(two.shares - one.shares) <= (1.0 if one.wanted_exact % 1 < 1e-6 else 0.0)
    np.testing.assert_allclose(two.wanted_exact, one.wanted_exact, rtol=1e-11, atol=1e-9)


def test_newey_west_and_log_returns_size_through_the_whole_pipeline() -> None:
    plain = reference_order()
    robust = reference_order(beta__errors="newey-west")
    assert robust.order.shares == plain.order.shares
    assert robust.order.shares_low != plain.order.shares_low
    logs = reference_order(beta__returns="log")
    assert logs.exposure.beta[-1] != plain.exposure.beta[-1]
    np.testing.assert_allclose(logs.exposure.beta[-1], plain.exposure.beta[-1], rtol=0.05)

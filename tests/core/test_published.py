"""The trigger days, trades and sentences that real prices have to give."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from core import Settings, analyse
from core.backtest import Backtest, run_backtest
from core.fund_path import fund_path
from core.hedge_state import REASONS, HedgeState, run_state, runs
from core.ledger import ledger
from core.pipeline import Analysis
from tests.strategies import Reference, book, changed, run, table_of

REAL = {"data__provider": "files", "data__benchmark": "SPY", "data__hedge": "SH"}
DESK = book({"NVDA": 1200.0, "TSLA": 250.0, "AAPL": 800.0, "MSFT": 600.0}, 520_000.0)


def desk(folder: Path, last: str, **values: object) -> Settings:
    settings = changed(Settings(portfolio=DESK), data__folder=str(folder), **REAL)
    return changed(settings, data__as_of=last, **values)


def fired(analysis: Analysis, name: str, first: str, last: str) -> list[str]:
    """The runs of days on which a signal fired, those that end in these days, as the design writes them."""
    sessions = analysis.market.sessions
    found = [(sessions[a], sessions[b]) for a, b in runs(analysis.signals[name].state == 1)]
    inside = [(a, b) for a, b in found if np.datetime64(first) <= b and a <= np.datetime64(last)]
    return [str(a) if a == b else f"{a}..{b}" for a, b in inside]


@pytest.mark.market_data
def test_golden_trigger_days_of_spy(market_data: Path) -> None:
    """Design 4, Signals."""
    found = analyse(desk(market_data, "2025-06-30"))
    assert fired(found, "vix_inversion", "2020-02-01", "2020-05-31") == ["2020-02-24..2020-04-23"]
    assert fired(found, "vix_inversion", "2025-01-01", "2025-06-30") == [
        "2025-03-03..2025-03-13",
        "2025-03-31",
        "2025-04-02..2025-04-24",
    ]
    assert fired(found, "price_break", "2020-01-01", "2020-12-31") == [
        "2020-02-27..2020-03-03",
        "2020-03-05..2020-04-08",
    ]
    assert fired(found, "price_break", "2025-01-01", "2025-06-30") == [
        "2025-03-10..2025-03-14",
        "2025-03-18",
        "2025-03-28",
        "2025-04-03..2025-04-23",
    ]


def test_golden_stand_in_days_of_the_sample() -> None:
    found = analyse(Settings())
    assert fired(found, "vix_inversion", "2020-01-01", "2020-12-31") == ["2020-02-24..2020-04-09"]
    assert (found.signals["vix_inversion"].state[:252] == -1).all()
    assert found.signals["vix_inversion"].state[252] != -1
    assert "stand-in" in found.signals["vix_inversion"].source


def entered_on(
    folder: Path, day: str, **values: object
) -> tuple[HedgeState, Backtest, np.ndarray, np.ndarray]:
    """State and backtest of a rule that asks from one day on, with sessions and closes of the hedge."""
    settings = desk(folder, "2025-04-30", triggers__cool_down=0, **values)
    found = analyse(settings)
    market = found.market
    asks = np.where(market.sessions >= np.datetime64(day), 1.0, 0.0)
    path = fund_path(market, settings.backtest)
    state = run_state(replace(found.decision, fraction=asks), path, settings.triggers, settings.backtest)
    backtest = run_backtest(
        market, found.portfolio, found.betas, found.exposure, found.plan.hedge_beta, state, path,
        beta=settings.beta, hedge=settings.hedge, costs=settings.costs, settings=settings.backtest,
    )  # fmt: skip
    return state, backtest, market.sessions, market.hedge_close


def last_fill(backtest: Backtest) -> tuple[str, str, str, float]:
    found = ledger(backtest)[-1]
    assert found.side == "sell"
    return str(found.decided), str(found.session), found.reason, found.price


@pytest.mark.market_data
def test_golden_time_exit_of_the_published_trade(market_data: Path) -> None:
    """Design 4: entered 2025-03-17 at 44.30, maximum holding 9: decided at the close of 03-28, 44.82."""
    state, backtest, sessions, close = entered_on(market_data, "2025-03-17", triggers__maximum_holding=9)
    rows = np.flatnonzero(state.event)
    assert [str(sessions[t]) for t in rows] == ["2025-03-17", "2025-03-28"]
    assert [f"{close[t]:.2f}" for t in rows] == ["44.30", "44.82"]
    assert REASONS[int(state.event[rows[1]])] == "maximum holding reached"
    assert last_fill(backtest)[:3] == ("2025-03-28", "2025-03-31", "maximum holding reached")
    assert f"{last_fill(backtest)[3]:.2f}" == "45.32"  # the open


@pytest.mark.market_data
@pytest.mark.parametrize(("fill", "price"), [("open", "50.65"), ("close", "49.17")])
def test_golden_target_exit_of_the_published_trade(market_data: Path, fill: str, price: str) -> None:
    """Design 4: entered 2025-03-31 at 44.56, target 5 %: decided at the close of 04-04 (49.05, +10.08 %)."""
    state, backtest, sessions, close = entered_on(
        market_data, "2025-03-31", triggers__profit_target=0.05, backtest__fill=fill
    )
    rows = np.flatnonzero(state.event)
    assert [str(sessions[t]) for t in rows] == ["2025-03-31", "2025-04-04"]
    assert [f"{close[t]:.2f}" for t in rows] == ["44.56", "49.05"]
    assert f"{close[rows[1]] / close[rows[0]] - 1:.4f}" == "0.1008"
    assert last_fill(backtest)[:3] == ("2025-04-04", "2025-04-07", "profit target reached")
    assert f"{last_fill(backtest)[3]:.2f}" == price


@pytest.mark.market_data
def test_golden_desk_sentence(market_data: Path) -> None:
    """The README's example; without readings, volumes of SPY give an estimate of the flow."""
    settings = desk(market_data, "2025-04-04", hedge__liquidity_discount=0.02)
    rest = (
        " \u2192 hedge ON at 100 %. Buy 14,442 SH @ $49.05 = $708,380 (have $520,000 cash: short $188,380). "
        "Cost now $93.67. Residual beta 0.01 [\u22120.09, 0.12]."
    )
    estimated = analyse(settings)
    assert str(estimated.headline).replace("\u202f", " ") == f"Beta 0.68 [0.58, 0.78]. Triggers 3 of 3{rest}"
    assert estimated.signals["stop_loss_cluster"].source.startswith("estimate from")
    own = analyse(changed(settings, triggers__cluster_source="file"))
    wanted = f"Beta 0.68 [0.58, 0.78]. Triggers 2 of 2 (flow: no data){rest}"
    assert str(own.headline).replace("\u202f", " ") == wanted
    read = analyse(changed(settings, triggers__flow=[["2025-04-03", 8e9]]))
    assert "Triggers 2 of 3 \u2192" in str(read.headline)
    assert read.signals["stop_loss_cluster"].source.startswith("your readings")


def test_golden_reference_sentence_with_two_of_three_triggers() -> None:
    """Design 1, word for word: price break and VIX have fired, the flow has not."""
    table = Reference().table()
    closes = dict(zip(table.tickers, table.close.T, strict=True))
    curve = {"^VIX": np.full(len(table.sessions), 30.0), "^VIX3M": np.full(len(table.sessions), 25.0)}
    settings = Reference().settings(
        hedge__liquidity_discount=0.02,
        triggers__tree=Settings().triggers.tree,
        triggers__flow=[["2019-03-27", 1e9]],
    )
    found = run(table_of(closes | curve, rate=None), settings)
    assert str(found.headline).replace("\u202f", " ") == (
        "Beta 1.38 [1.19, 1.57]. Triggers 2 of 3 \u2192 hedge ON at 100 %. Buy 327 SH @ $44.57 = $14,574 "
        "(have $0 cash: short $14,574). Cost now $4.87. Residual beta 0.03 [\u22120.16, 0.22]."
    )


@pytest.mark.market_data
def test_h10_real_prices_add_up_through_the_first_day_of_sh(market_data: Path) -> None:
    """Twenty years of dividends and the day on which the modelled fund becomes the real one."""
    settings = changed(
        desk(market_data, "2025-04-30"),
        portfolio__holdings=[["NVDA", 1200.0], ["AAPL", 800.0], ["SPY", 300.0]],
        triggers__tree=1.0,
    )
    found = analyse(settings, bootstrap=False)
    past, market = found.backtest, found.market
    handover = int(np.searchsorted(market.sessions, np.datetime64("2006-06-21")))
    assert market.hedge_modelled[handover - 1]
    assert not market.hedge_modelled[handover]
    arm = past.always_hedged
    rows = slice(past.start + 1, None)
    assert (arm.hedge_shares[handover - 1 : handover + 1] > 0).all()
    # From 100 dollars at the start of the model to 553.52 on the first day of SH: fewer shares of the same
    # worth, what is left of a share in cash.
    assert arm.hedge_shares[handover] < arm.hedge_shares[handover - 1] / 4
    assert arm.fill_shares[handover] == 0.0
    earned = arm.hedge_profit[handover] / arm.hedge_value[handover - 1]
    np.testing.assert_allclose(earned, market.hedge_returns[handover], rtol=1e-9)
    for one in (past.unhedged, past.triggered, arm):
        gained = (one.hedge_profit - one.costs + one.interest + one.dividends)[rows]
        gained += np.diff(one.holdings)[past.start :]
        np.testing.assert_allclose(
            np.diff(one.value)[past.start :], gained, rtol=1e-9, atol=1e-9 * past.capital
        )
    paid = past.unhedged.dividends[rows]
    assert 60 < (paid > 1.0).sum() < 200  # quarterly, of two payers
    assert (paid > -0.1).all()  # adjusted closes have nine digits
    assert past.triggered == arm


def test_a_book_that_follows_the_rule_is_told_what_the_backtest_did_next() -> None:
    """Every evening of the Covid crash: the order of that evening is the ledger's next fill, or none."""
    whole = analyse(Settings(), bootstrap=False)
    fills = {fill.decided: fill for fill in ledger(whole.backtest)}
    sessions = whole.market.sessions
    crash = sessions[(sessions >= np.datetime64("2020-02-20")) & (sessions <= np.datetime64("2020-04-21"))]
    traded = 0
    for day in crash[::2]:
        evening = changed(Settings(), data__as_of=day.item(), hedge__held="rule")
        order, fill = analyse(evening, bootstrap=False).order, fills.get(day)
        row = int(np.searchsorted(sessions, day))
        assert order.held == whole.backtest.triggered.hedge_shares[row]
        if fill is None:
            assert (day, order.side) == (day, "none")
        else:
            assert (day, order.side, order.shares) == (day, fill.side, fill.shares)
            traded += 1
    assert traded > 5

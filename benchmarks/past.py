"""What the past costs to run: arms, metrics and events, beside a plain loop, bt and arch in the same run.

Run with ``make bench``. Every row first checks that both sides give the same numbers.
"""

import sys
import warnings
from collections.abc import Iterator
from functools import partial

import numpy as np
import pandas as pd

from benchmarks.run import Row, main, medians, same
from core import analyse
from core.backtest import run_backtest
from core.bootstrap import bootstrap_difference
from core.comparison import compare
from core.costs import fill_rates
from core.decision import decide
from core.events import measure_events
from core.fund_path import fund_path
from core.hedge_beta import choose_hedge_beta
from core.hedge_state import run_state
from core.held_book import shares_book
from core.kernels.arms import run_hedged
from core.pipeline import Analysis
from core.track_record import track_records
from core.triggers.base import TRIGGERS, evaluate_signals
from tests.reference import arms as plain

PRICES = ("fill", "close", "dividend", "ratio")


def past(analysis: Analysis) -> object:
    """Signals, rule, state, four arms, track record, every event and every metric; the bootstrap apart."""
    s, market, portfolio = analysis.settings, analysis.market, analysis.portfolio
    signals = evaluate_signals(market, portfolio, analysis.exposure, s.triggers, TRIGGERS.names())
    decision = decide(signals, s.triggers)
    path = fund_path(market, s.backtest)
    state = run_state(decision, path, s.triggers, s.backtest)
    hedge_beta = choose_hedge_beta(analysis.betas, s.data, s.hedge)
    backtest = run_backtest(
        market, portfolio, analysis.betas, analysis.exposure, hedge_beta.values, state, path,
        beta=s.beta, hedge=s.hedge, costs=s.costs, settings=s.backtest,
    )  # fmt: skip
    track_records(market, signals, decision, state)
    measure_events(market, backtest, state, s.backtest)
    return compare(market, backtest, s.backtest, test=False)


class Inputs:
    """The triggered arm's inputs for the kernel, and the same as plain lists for the loop."""

    def __init__(self, analysis: Analysis) -> None:
        s, market = analysis.settings, analysis.market
        self.path = fund_path(market, s.backtest)
        self.book = shares_book(market, analysis.portfolio, analysis.exposure, s.beta, s.costs, s.backtest)
        self.unknown = np.full(len(market.sessions), np.nan)
        self.beta = choose_hedge_beta(analysis.betas, s.data, s.hedge).values  # noqa: PD011 - not pandas
        self.rate, self.state = market.cash_rate, analysis.state
        self.skip = np.zeros(len(self.unknown), dtype=np.bool_)
        self.event = analysis.state.event
        self.rates = plain.Rates(*fill_rates(s.costs), s.costs.margin_spread)
        self.sizing = plain.Sizing()

    def ours(self) -> tuple[np.ndarray, ...]:
        b, prices = self.book, [getattr(self.path, name) for name in PRICES]
        return run_hedged(
            b.start, b.cash, b.value, b.income, b.dollar_beta, self.rate, *prices, self.beta,
            self.state.fraction, self.event, self.skip, self.unknown, self.unknown,
            tuple(self.sizing), tuple(self.rates), 1,
        )  # fmt: skip

    def loop(self) -> list[plain.Day]:
        b, unknown = self.book, self.unknown.tolist()
        prices = [getattr(self.path, name).tolist() for name in PRICES]
        fund = plain.Fund(*prices, self.beta.tolist(), unknown, unknown)
        return plain.hedged(
            b.start, b.cash, b.value.tolist(), b.income.tolist(), b.dollar_beta.tolist(), self.rate.tolist(),
            fund, self.state.fraction.tolist(), self.event.tolist(), self.skip.tolist(),
            self.sizing, self.rates, 1,
        )  # fmt: skip


def bt_values(analysis: Analysis, filled: np.ndarray) -> np.ndarray:
    """The same fills in bt: its own calendar, its own accounts, no costs and no interest."""
    import bt

    market, owned = analysis.market, analysis.portfolio.shares
    days = pd.DatetimeIndex(market.sessions.astype("datetime64[ns]"))
    prices = pd.DataFrame(market.close, index=days, columns=list(market.tickers))
    prices["hedge"] = market.hedge_close
    orders = dict(zip(days, filled, strict=True))

    class Fills(bt.Algo):  # type: ignore[misc]
        def __call__(self, target: object) -> bool:
            if target.now == days[0]:
                for ticker, shares in zip(market.tickers, owned, strict=True):
                    target.transact(shares, child=ticker)
            if orders[target.now]:
                target.transact(orders[target.now], child="hedge")
            return True

    capital = float(analysis.backtest.capital)
    strategy = bt.Strategy("arm", [Fills()], children=list(prices.columns))
    test = bt.Backtest(strategy, prices, initial_capital=capital, integer_positions=False, progress_bar=False)
    test.run()
    return test.strategy.values.to_numpy()[1:]  # noqa: PD011 - bt's own


def arm_rows(analysis: Analysis, repeats: int) -> Iterator[Row]:
    inputs = Inputs(analysis)
    same(inputs.ours()[0], [day.equity for day in inputs.loop()], 1e-9)
    few = max(2, repeats // 5)
    size = f"one arm ({len(analysis.market.sessions):,} sessions)"
    mine, theirs = medians([inputs.ours, inputs.loop], few)
    yield Row(name=size, ours_ms=mine, peer="a plain Python loop", peer_ms=theirs)
    mine, theirs = medians([partial(past, analysis), inputs.loop], few)
    yield Row(
        name="four arms, all metrics, all events", ours_ms=mine, budget_ms=60,
        peer="the plain loop, one arm alone", peer_ms=theirs,
    )  # fmt: skip
    free = Inputs(analysis)
    free.rate, free.rates = np.zeros_like(free.rate), plain.Rates(0, 0, 0, 0, 0, 0)
    free.book = shares_book(
        analysis.market, analysis.portfolio, analysis.exposure, analysis.settings.beta,
        analysis.settings.costs, analysis.settings.backtest,
    )  # fmt: skip
    equity, _, _, filled, *_ = free.ours()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # bt's own, about a coming pandas
        same(equity, bt_values(analysis, filled), 1e-9)
        mine, theirs = medians([free.ours, partial(bt_values, analysis, filled)], 2)
    yield Row(name=f"{size}, no costs", ours_ms=mine, peer="bt, told the fills", peer_ms=theirs)


def bootstrap_rows(analysis: Analysis, repeats: int) -> Iterator[Row]:
    from arch.bootstrap import StationaryBootstrap

    arms, rate = analysis.backtest.arms, analysis.market.cash_rate
    a, b = arms["triggered"].value, arms["unhedged"].value
    excess = np.column_stack([v[1:] / v[:-1] - 1.0 - rate[:-1] / 252 for v in (a, b)])

    def difference(x: np.ndarray) -> np.ndarray:
        sharpe = x.mean(axis=0) / x.std(axis=0, ddof=1) * np.sqrt(252)
        return sharpe[:1] - sharpe[1:]

    def theirs() -> np.ndarray:
        return StationaryBootstrap(20, excess, seed=2006).apply(difference, 1500)

    def ours() -> np.ndarray:
        return bootstrap_difference(a, b, rate).draws

    same(ours(), np.sort(theirs()[:, 0]), 1e-9)
    mine, peer = medians([ours, theirs], max(2, repeats // 5))
    yield Row(name="bootstrap, 1,500 draws", ours_ms=mine, peer="arch, one draw at a time", peer_ms=peer)


def rows(repeats: int) -> Iterator[Row]:
    """Every row on the default sample."""
    analysis = analyse(bootstrap=False)
    yield from arm_rows(analysis, repeats)
    yield from bootstrap_rows(analysis, repeats)


if __name__ == "__main__":
    sys.exit(main(rows))

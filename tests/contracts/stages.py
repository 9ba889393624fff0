"""Every stage as a function of the market alone, on settings that make each of them do something."""

from collections.abc import Callable, Mapping
from dataclasses import fields, replace

import numpy as np

from core.backtest import ARMS, Backtest, run_backtest
from core.beta import BetaEstimate, estimate_betas
from core.decision import Decision, decide
from core.exposure import Exposure, measure_exposure
from core.fingerprint import Keyed, freeze
from core.fund_path import fund_path
from core.hedge import plan_hedge
from core.hedge_beta import choose_hedge_beta
from core.hedge_state import HedgeState, run_state
from core.held_book import Mix
from core.ledger import ledger
from core.market import MarketData, Portfolio, value_portfolio
from core.rule_settings import BacktestSettings, FlowReading, TriggerSettings
from core.settings import BetaSettings, CostSettings, HedgeSettings
from core.tree import Question
from core.triggers.base import TRIGGERS, TriggerContext, TriggerSignal, evaluate_signals, make_signal
from tests.strategies import DATA, HEDGE, book

BETA = BetaSettings(window_sessions=20)
HEDGED = HedgeSettings(liquidity_discount=0.02, target_beta=0.1, participation_cap=0.01)
# A rule that asks every signal and changes its mind often, on tables of some hundred sessions.
RULE = TriggerSettings(
    tree=Question(
        ask="price_break",
        yes=Question(ask="stop_loss_cluster", yes=1.0, no=0.5),
        no=Question(
            ask="vix_inversion",
            yes=1.0,
            no=Question(
                ask="drawdown",
                yes=0.75,
                no=Question(
                    ask="realised_volatility",
                    yes=0.6,
                    no=Question(ask="beta_limit", yes=0.3, no=0.0, unknown="yes"),
                ),
            ),
        ),
    ),
    average_sessions=5,
    break_below=0.002,
    vix_ratio=1.0,
    cluster_usd=1e6,
    drawdown_limit=0.05,
    volatility_limit=0.18,
    cool_down=2,
    profit_target=0.02,
    maximum_holding=9,
)
TRIAL = BacktestSettings()
COSTS = CostSettings(impact=0.5, sales_tax_on=True)
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


def owned_and_exposed(market: MarketData) -> tuple[Portfolio, BetaEstimate, Exposure]:
    owned = value_portfolio(market, book(held(market), 500.0))
    measured = estimate_betas(market, BETA)
    chosen = choose_hedge_beta(measured, DATA, HEDGED)
    return owned, measured, measure_exposure(market, owned, measured, BETA, chosen)


def exposure(market: MarketData) -> Rows:
    return rows_of(owned_and_exposed(market)[2], len(market.sessions))


def plan(market: MarketData) -> Rows:
    owned, measured, exposed = owned_and_exposed(market)
    return rows_of(plan_hedge(market, owned, measured, exposed, DATA, HEDGED), len(market.sessions))


def rule_on(market: MarketData) -> tuple[Mapping[str, TriggerSignal], Decision]:
    signals = evaluate_signals(market, *owned_and_exposed(market)[::2], RULE, TRIGGERS.names())
    return signals, decide(signals, RULE)


def decided(market: MarketData, trial: BacktestSettings = TRIAL) -> HedgeState:
    return run_state(rule_on(market)[1], fund_path(market, trial), RULE, trial)


def past(
    market: MarketData,
    trial: BacktestSettings = TRIAL,
    *,
    mix: Mix | None = None,
    twist: Callable[[HedgeState], HedgeState] = lambda state: state,
) -> Backtest:
    """The arms under the rule; `twist` lets a cheater change what is decided."""
    owned, measured, exposed = owned_and_exposed(market)
    return run_backtest(
        market, owned, measured, exposed, choose_hedge_beta(measured, DATA, HEDGED).values,
        twist(decided(market, trial)), fund_path(market, trial),
        beta=BETA, hedge=HEDGED, costs=COSTS, settings=trial, mix=mix,
    )  # fmt: skip


def signal(name: str) -> Stage:
    def stage(market: MarketData) -> Rows:
        found = TRIGGERS[name].item.evaluate(context(market), RULE)
        inputs = {f"input {item.name}": item.values for item in found.inputs}
        return rows_of(found, len(market.sessions)) | inputs

    stage.__name__ = name
    return stage


def context(market: MarketData) -> TriggerContext:
    owned, _, exposed = owned_and_exposed(market)
    return TriggerContext(market=market, portfolio=owned, exposure=exposed)


def decision(market: MarketData) -> Rows:
    return rows_of(rule_on(market)[1], len(market.sessions))


def state(market: MarketData) -> Rows:
    return rows_of(decided(market), len(market.sessions))


def plan_of_the_rule(market: MarketData) -> Rows:
    owned, measured, exposed = owned_and_exposed(market)
    found = plan_hedge(market, owned, measured, exposed, DATA, HEDGED, decided(market).fraction)
    return rows_of(found, len(market.sessions))


def arms_of(found: Backtest) -> Rows:
    arms, count = found.arms.items(), len(found.sessions)
    rows = {f"{arm} {name}": v for arm, result in arms for name, v in rows_of(result, count).items()}
    return {**rows, "fill prices": found.fill_prices, "ledger": written(found)}


def written(found: Backtest) -> np.ndarray:
    """The ledgers as one line of text a session."""
    lines = [""] * len(found.sessions)
    rows = {day: n for n, day in enumerate(found.sessions)}
    for arm in ARMS:
        for fill in ledger(found, arm):
            lines[rows[fill.session]] += f"{arm} {fill!r} "
    return np.array(lines)


def backtest(market: MarketData) -> Rows:
    return arms_of(past(market))


def backtest_at_closes_three_days_late(market: MarketData) -> Rows:
    return arms_of(past(market, BacktestSettings(fill="close", lag=3, skip_uncertain=True)))


def backtest_of_weights(market: MarketData) -> Rows:
    count = len(market.tickers)
    mix = Mix(weights=freeze(np.full(count, 1.2 / count)), capital=1e5)
    return arms_of(past(market, mix=mix))


def other_ways(market: MarketData) -> Rows:
    """What a signal computes under other settings or from another source."""
    owned, _, exposed = owned_and_exposed(market)
    readings = tuple(FlowReading(day.item(), 1e6 + n) for n, day in enumerate(market.sessions[::7]))
    ways = {
        "stand-in": ("vix_inversion", RULE, replace(market, has_vix3m=False)),
        "readings": ("stop_loss_cluster", replace(RULE, flow=readings, cluster_source="file"), market),
        "weakest": ("price_break", replace(RULE, break_of="holdings"), market),
        "book": ("price_break", replace(RULE, break_of="portfolio"), market),
    }
    found: Rows = {}
    for way, (name, settings, seen) in ways.items():
        result = evaluate_signals(seen, owned, exposed, settings, (name,))[name]
        found[way] = result.state
        found |= {f"{way} {one.name}": one.values for one in result.inputs}
    return found


def peeking_trigger(market: MarketData) -> Rows:
    """A trigger as the registered ones are made, of the close of the next session."""
    later = np.append(market.benchmark_close[1:], np.nan)
    found = make_signal(
        "peek",
        later,
        market.benchmark_close,
        condition="",
        fires="below",
        unit="price",
        source="",
        missing="",
    )
    return {"signal": found.state}


def without_lag(state: HedgeState) -> HedgeState:
    """The state of the next close, so that what it decides fills on its own session."""
    ahead = {f.name: np.roll(getattr(state, f.name), -1) for f in fields(state)}
    return replace(state, **ahead)


def state_of_tomorrow(market: MarketData) -> Rows:
    return {"signal": without_lag(decided(market)).fraction}


def cheater(market: MarketData) -> Rows:
    """Reads the return of the next session: what the tests must notice."""
    later = np.roll(market.returns[:, 0], -1)
    later[-1] = np.nan
    return {"signal": later}


def full_sample(market: MarketData) -> Rows:
    """Centres by the mean of all sessions: look-ahead without any shift."""
    return {"signal": market.returns[:, 0] - np.nanmean(market.returns[:, 0])}


STAGES: list[Stage] = [
    betas,
    newey_west,
    portfolio,
    exposure,
    plan,
    *(signal(name) for name in TRIGGERS.names()),
    other_ways,
    decision,
    state,
    plan_of_the_rule,
    backtest,
    backtest_at_closes_three_days_late,
    backtest_of_weights,
]
CHEATERS: list[Stage] = [cheater, full_sample, peeking_trigger, state_of_tomorrow]

"""The stage graph, written as calls: an argument is an edge."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from core.backtest import Backtest, run_backtest
from core.beta import BetaEstimate, estimate_betas
from core.change import BetaChange, explain_change
from core.comparison import Comparison, compare
from core.data.base import PROVIDERS, PriceProvider, PriceRequest, PriceTable
from core.data.own import join_own
from core.decision import Decision, decide
from core.errors import Cancelled, InvalidSetting, MissingSeries
from core.events import Events, measure_events
from core.exposure import Exposure, Unpriced, measure_exposure
from core.fingerprint import Keyed, freeze
from core.fund_path import fund_path
from core.headline import Headline, write_headline
from core.hedge import HedgePlan, plan_hedge
from core.hedge_beta import choose_hedge_beta
from core.hedge_state import HedgeState, run_state
from core.held_book import todays_mix
from core.instruments import is_modelled
from core.market import (
    EXTRA_SYMBOLS,
    MarketData,
    Portfolio,
    build_market,
    following,
    value_portfolio,
    wanted_symbols,
)
from core.memo import Memo
from core.order import HedgeOrder, size_order
from core.progress import Progress, silent
from core.settings import DataSettings, PortfolioSettings, Settings
from core.track_record import TrackRecord, track_records
from core.triggers.base import TRIGGERS, TriggerSignal, evaluate_signals
from core.types import FloatArray

SHARED_MEMO: Final = Memo()
"""Used when a caller brings none: values are immutable and keys are content, so sharing is safe."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Analysis(Keyed):
    """Everything the product says about one set of settings, on the last session they reach."""

    settings: Settings
    market: MarketData
    portfolio: Portfolio
    betas: BetaEstimate
    exposure: Exposure
    change: BetaChange
    signals: Mapping[str, TriggerSignal]
    decision: Decision
    state: HedgeState
    plan: HedgePlan
    order: HedgeOrder
    standby: HedgeOrder
    """The order were the hedge fully on: what is ready while it is off."""
    track_record: tuple[TrackRecord, ...]
    backtest: Backtest
    comparison: Comparison
    events: Events
    headline: Headline


def load_prices(
    data: DataSettings,
    portfolio: PortfolioSettings,
    *,
    provider: PriceProvider | None = None,
    progress: Progress = silent,
) -> PriceTable:
    """The raw history that the settings ask for: the one stage that reaches outside.

    Raises
    ------
    UnknownOption
        When no provider has the name given.
    InvalidSetting
        When the benchmark is a file of the user's own: its days are the source's calendar.
    DataError
        Whatever the provider has to say, with the setting that it belongs to.
    """
    item = provider or PROVIDERS.get(data.provider, where="data.provider").item
    own = tuple(one for one in data.own if one.ticker in _wanted(data, portfolio))
    if any(one.ticker == data.benchmark for one in own):
        raise InvalidSetting(
            f"{data.benchmark} is the benchmark: its prices cannot be a file of your own.",
            hint="Take that file away, or choose another benchmark.",
            where="data.own",
        )
    try:
        table = item.fetch(_request(data, portfolio), progress)
        return join_own(table, own, optional=EXTRA_SYMBOLS, end=data.as_of)
    except MissingSeries as error:
        error.where = error.where or _owner(error.tickers, data)
        raise


def prepare_prices(data: DataSettings, portfolio: PortfolioSettings, *, progress: Progress = silent) -> None:
    """Fetch what the settings ask for and is not there yet, so that `analyse` need not wait for a network.

    Raises
    ------
    UnknownOption
        When no provider has the name given.
    Cancelled
        When `progress` says that nobody waits any more. What went wrong is told by `load_prices`.
    """
    PROVIDERS.get(data.provider, where="data.provider").item.prepare(_request(data, portfolio), progress)


def refresh_prices(data: DataSettings, portfolio: PortfolioSettings) -> None:
    """Hold the series that the settings ask for to be due, so that `prepare_prices` asks for them again.

    Raises
    ------
    UnknownOption
        When no provider has the name given.
    """
    PROVIDERS.get(data.provider, where="data.provider").item.refresh(_request(data, portfolio))


def _wanted(data: DataSettings, portfolio: PortfolioSettings) -> tuple[str, ...]:
    return tuple(dict.fromkeys((*wanted_symbols(data, portfolio), *EXTRA_SYMBOLS)))


def _request(data: DataSettings, portfolio: PortfolioSettings) -> PriceRequest:
    """What the source is asked for: all that is wanted but the series that the user brings."""
    own = {one.ticker for one in data.own} - {data.benchmark}
    return PriceRequest(
        calendar=data.benchmark,
        tickers=tuple(ticker for ticker in _wanted(data, portfolio) if ticker not in own),
        optional=tuple(ticker for ticker in EXTRA_SYMBOLS if ticker not in own),
        folder=data.folder,
        start=data.start,
        end=data.as_of,
    )


def _load(
    data: DataSettings, portfolio: PortfolioSettings, provider: PriceProvider | None, progress: Progress
) -> tuple[PriceTable, tuple[Unpriced, ...]]:
    """The history, and the holdings that there are no prices for now.

    Those are listed, and the rest goes on; a benchmark or a hedge without prices is refused.
    """
    reasons: dict[str, str] = {}
    priced = portfolio
    while True:
        try:
            table = load_prices(data, priced, provider=provider, progress=progress)
            break
        except MissingSeries as error:
            missing = set(error.tickers) & set(priced.tickers)
            if not missing or set(error.tickers) & {data.benchmark, data.hedge}:
                raise
            unknown = f"the source ({data.provider}) has no prices for it"
            reasons |= {ticker: error.reasons.get(ticker, unknown) for ticker in missing}
            kept = tuple(h for h in priced.holdings if h.ticker not in missing)
            priced = replace(portfolio, holdings=kept)
    unpriced = tuple(
        Unpriced(ticker=h.ticker, shares=h.shares, reason=reasons[h.ticker])
        for h in portfolio.holdings
        if h.ticker in reasons
    )
    return table, unpriced


def _owner(tickers: tuple[str, ...], data: DataSettings) -> str:
    """The setting that named the benchmark or the hedge among the unknown tickers; else the book."""
    if data.benchmark in tickers:
        return "data.benchmark"
    return "data.hedge" if data.hedge in tickers else "portfolio.holdings"


def analyse(
    settings: Settings | None = None,
    *,
    provider: PriceProvider | None = None,
    memo: Memo | None = None,
    progress: Progress = silent,
    cancelled: Callable[[], bool] | None = None,
    bootstrap: bool = True,
) -> Analysis:
    """The whole analysis: market, betas, exposure, plan, order and headline.

    Each stage is kept under the content of its inputs, so a changed cost sizes the order and runs the past
    again, and nothing before them.

    Parameters
    ----------
    settings
        None means the defaults on the embedded sample.
    provider
        A source of prices in place of the registered one that the settings name.
    memo
        Where stage results are kept; None means one that the whole process shares.
    progress
        Told how far loading is.
    cancelled
        Asked between stages; True raises `Cancelled`.
    bootstrap
        Whether the comparison tests the difference in Sharpe, which takes longer than all else together.

    Raises
    ------
    HedgeError
        With what happened, where, and what to try.

    Examples
    --------
    >>> analysis = analyse()
    >>> analysis.market.benchmark, len(analysis.market.sessions)
    ('SPX', 4277)
    """
    wanted = settings or Settings()
    keep = SHARED_MEMO if memo is None else memo

    def check() -> None:
        if cancelled is not None and cancelled():
            raise Cancelled("A newer change replaced this one.")

    prices, unpriced = _load(wanted.data, wanted.portfolio, provider, progress)
    check()
    left_out = {wanted.data.hedge, *(item.ticker for item in unpriced)}
    tickers = tuple(t for t in wanted.portfolio.tickers if t not in left_out)
    stray = [t for t in tickers if is_modelled(t)]
    if stray:
        raise InvalidSetting(
            f"{stray[0]} is a modelled fund and not the hedge in use.",
            hint="Hold it only as the hedge instrument.",
            where="portfolio.holdings",
        )
    market = keep(build_market, prices, wanted.data, tickers)
    portfolio = keep(value_portfolio, market, wanted.portfolio)
    check()
    betas = keep(estimate_betas, market, wanted.beta)
    check()
    hedge_beta = keep(choose_hedge_beta, betas, wanted.data, wanted.hedge)
    exposure = keep(measure_exposure, market, portfolio, betas, wanted.beta, hedge_beta, unpriced)
    check()
    signals = keep(evaluate_signals, market, portfolio, exposure, wanted.triggers, TRIGGERS.names())
    decision = keep(decide, signals, wanted.triggers)
    path = keep(fund_path, market, wanted.backtest)
    state = keep(run_state, decision, path, wanted.triggers, wanted.backtest)

    check()
    track_record = keep(track_records, market, signals, decision, state)
    backtest = keep(
        run_backtest, market, portfolio, betas, exposure, hedge_beta.values, state, path,
        beta=wanted.beta, hedge=wanted.hedge, costs=wanted.costs, settings=wanted.backtest,
        mix=todays_mix(portfolio) if wanted.backtest.book == "weights" else None,
    )  # fmt: skip
    arm = backtest.triggered
    # With today's weights the arm holds other quantities than the book.
    if wanted.hedge.held == "rule" and wanted.backtest.book == "shares" and np.isfinite(arm.value[-1]):
        shares, cash = float(arm.hedge_shares[-1]), float(arm.cash[-1])
        portfolio = keep(following, market, portfolio, shares, cash)
        exposure = keep(measure_exposure, market, portfolio, betas, wanted.beta, hedge_beta, unpriced)
    change = keep(explain_change, market, portfolio, betas, exposure, wanted.beta)

    def order_at(fraction: FloatArray) -> tuple[HedgePlan, HedgeOrder]:
        plan = keep(plan_hedge, market, portfolio, betas, exposure, wanted.data, wanted.hedge, fraction)
        return plan, keep(
            size_order, market, portfolio, exposure, plan,
            data=wanted.data, beta=wanted.beta, hedge=wanted.hedge, costs=wanted.costs,
        )  # fmt: skip

    plan, order = order_at(state.fraction)
    _, standby = order_at(freeze(np.ones(len(market.sessions))))
    check()
    events = keep(measure_events, market, backtest, state, wanted.backtest)
    check()
    comparison = keep(compare, market, backtest, wanted.backtest, test=bootstrap)
    headline = write_headline(
        market, exposure, order, signals, decision, state,
        beta_settings=wanted.beta, triggers=wanted.triggers,
    )  # fmt: skip
    return Analysis(
        settings=wanted,
        market=market,
        portfolio=portfolio,
        betas=betas,
        exposure=exposure,
        change=change,
        signals=signals,
        decision=decision,
        state=state,
        plan=plan,
        order=order,
        standby=standby,
        track_record=track_record,
        backtest=backtest,
        comparison=comparison,
        events=events,
        headline=headline,
    )

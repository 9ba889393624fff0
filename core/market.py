"""Aligned, validated, read-only market data and the book on top of it."""

import datetime as dt
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from core.data.assemble import STALE_SESSIONS
from core.data.base import DataNote, PriceTable, SeriesHealth
from core.errors import InsufficientHistory, InvalidSetting, UnknownTicker
from core.fingerprint import Keyed, freeze
from core.instruments import Instrument, instrument, is_modelled
from core.modelled import begin_modelled, modelled_returns
from core.returns import simple_returns
from core.settings import DataSettings, Holding, PortfolioSettings
from core.types import BoolArray, FloatArray, Sessions
from core.words import day, money

CASH_SYMBOL = "^IRX"
"""13-week T-bill yield, per cent a year: what idle cash earns."""

VIX_SYMBOL, VIX3M_SYMBOL = "^VIX", "^VIX3M"
EXTRA_SYMBOLS = (CASH_SYMBOL, VIX_SYMBOL, VIX3M_SYMBOL)
"""What is used where the source has it, and not missed where it has not."""


@dataclass(frozen=True, kw_only=True, eq=False)
class MarketData(Keyed):
    """Everything a stage may know, one row a session; row t is what is known after the close of t.

    Arrays are (T,) or (T, N) in the order of `tickers` (the holdings, without benchmark and hedge).
    NaN means no price or no return; nothing is filled. Returns are simple, from prices adjusted for
    splits and dividends; row 0 is NaN, and so is the row after a missing session.
    """

    sessions: Sessions
    tickers: tuple[str, ...]
    close: FloatArray
    adj_close: FloatArray
    returns: FloatArray
    volume: FloatArray
    open: FloatArray
    benchmark: str
    benchmark_close: FloatArray
    benchmark_high: FloatArray
    benchmark_low: FloatArray
    benchmark_volume: FloatArray
    benchmark_returns: FloatArray
    benchmark_is_index: bool
    """Whether the benchmark is an index, which nobody can hold or sell short."""
    hedge: str
    hedge_open: FloatArray
    hedge_close: FloatArray
    hedge_returns: FloatArray
    hedge_volume: FloatArray
    hedge_modelled: BoolArray
    """(T,) where the hedge's price is computed from the benchmark rather than observed."""
    cash_rate: FloatArray
    """(T,) interest a year on cash from the close of t on, as a fraction."""
    vix: FloatArray
    vix3m: FloatArray
    has_vix3m: bool
    """Whether the source has a VIX3M series at all, on whichever days."""
    source: str
    notes: tuple[DataNote, ...] = ()
    health: tuple[SeriesHealth, ...] = ()
    """What is known about each series in use: where it is from, what it covers, what was left out."""
    expected: np.datetime64 = np.datetime64("NaT")
    """The last session that should be there, by the exchange's calendar; NaT where no more can come."""

    def upto(self, rows: int) -> "MarketData":
        """The first `rows` sessions: what was known then. The prefix tests compare with this.

        Where rows are left out, so are `health` and `expected`, which know of the later ones.
        """
        if rows >= len(self.sessions):
            return self
        arrays: dict[str, Any] = {
            name: value[:rows] for name, value in self.__dict__.items() if isinstance(value, np.ndarray)
        }
        return replace(self, **arrays, health=(), expected=np.datetime64("NaT", "D"))

    @property
    def as_of(self) -> np.datetime64:
        """The last session."""
        last: np.datetime64 = self.sessions[-1]
        return last

    @property
    def stale_sessions(self) -> int:
        """How many sessions of the exchange the benchmark's prices are behind; 0 where no more can come."""
        return next((one.missing for one in self.health if one.ticker == self.benchmark), 0)

    @property
    def stale(self) -> bool:
        """Whether the prices are older than one session, and not just waiting for the last close."""
        return self.stale_sessions >= STALE_SESSIONS

    @property
    def fetched_at(self) -> dt.datetime | None:
        """When the oldest of the fetched series was fetched, in UTC; None where nothing was fetched."""
        return min((one.fetched_at for one in self.health if one.fetched_at is not None), default=None)


@dataclass(frozen=True, kw_only=True, eq=False)
class Portfolio(Keyed):
    """Today's quantities valued on every session.

    `shares` (N,) are signed, in the order of `MarketData.tickers`; `cost` is the price paid, NaN
    where unknown. `hedge_shares`, bought at `hedge_cost`, are what the book already holds of the hedge
    instrument: a hedge, not a holding to be hedged. `nav` (T,) is longs + shorts + cash + hedge held, over
    what has a price that session (`value` is NaN for the rest, which the exposure lists as left out); NaN
    where it is not positive, because no weight has a meaning there.
    """

    shares: FloatArray
    cost: FloatArray
    cash: float
    hedge_shares: float
    hedge_cost: float
    value: FloatArray
    nav: FloatArray


def wanted_symbols(data: DataSettings, portfolio: PortfolioSettings) -> tuple[str, ...]:
    """The symbols a provider is asked for: benchmark, hedge unless modelled, holdings."""
    hedge = () if is_modelled(data.hedge) else (data.hedge,)
    rest = (t for t in portfolio.tickers if not is_modelled(t))
    return tuple(dict.fromkeys((data.benchmark, *hedge, *rest)))


def build_market(prices: PriceTable, data: DataSettings, tickers: tuple[str, ...]) -> MarketData:
    """Market data on the benchmark's sessions, up to and including `data.as_of`.

    Parameters
    ----------
    prices
        Raw history; its sessions are the benchmark's.
    data
        Benchmark, hedge, first and last day, and the model of the hedge fund. A fund is modelled before its
        first price (from 100 where it has none in these days) by its stated multiple and fee where these are
        on file.
    tickers
        The holdings, without the hedge. The benchmark may be among them.

    Raises
    ------
    UnknownTicker
        When the table has no column for a holding, the benchmark or the hedge. No substitute is taken.
    InsufficientHistory
        When fewer than two sessions remain up to `as_of`.
    """
    rows = _rows(prices.sessions, data)
    sessions = prices.sessions[rows]
    if len(sessions) < 2:
        raise InsufficientHistory(
            2,
            len(sessions),
            what=f"{data.benchmark} in the days asked for",
            where="data.as_of" if data.start is None else "data.start",
            hint=(
                f"There are prices from {prices.sessions[0]} to {prices.sessions[-1]}."
                if len(prices.sessions)
                else ""
            ),
        )
    close, adjusted, volume = (a[rows] for a in (prices.close, prices.adj_close, prices.volume))
    opens = prices.open[rows]
    columns = [_column(prices, ticker, "portfolio.holdings") for ticker in tickers]
    bench = _column(prices, data.benchmark, "data.benchmark")
    benchmark_returns = simple_returns(adjusted[:, bench])
    rate, notes = _cash_rate(prices, rows, data)
    fund = instrument(data.hedge, factor=data.model_factor, fee=data.model_fee)
    model = modelled_returns(
        benchmark_returns,
        rate,
        factor=fund.leverage,
        fee=fund.fee,
        dividend_yield=prices.dividend_yield_left_out,
    )
    hedge_open, hedge_close, hedge_returns, hedge_volume = (np.full(len(sessions), np.nan) for _ in range(4))
    if not is_modelled(data.hedge):
        own = _column(prices, data.hedge, "data.hedge")
        hedge_close, hedge_returns = close[:, own], simple_returns(adjusted[:, own])
        hedge_open, hedge_volume = opens[:, own], volume[:, own]
    modelled = np.zeros(len(sessions), dtype=np.bool_)
    if np.isfinite(fund.leverage):
        hedge_close, hedge_returns, modelled = begin_modelled(hedge_close, hedge_returns, model)
    if modelled.any():
        until = "" if modelled.all() else day(sessions[int(np.argmin(modelled))])
        notes += (_model_note(fund, prices, data.benchmark, until),)
    modelled.setflags(write=False)
    whole = rows.stop == len(prices.sessions)
    kept = {data.benchmark, data.hedge, *EXTRA_SYMBOLS, "", *tickers}
    return MarketData(
        sessions=sessions,
        tickers=tickers,
        close=freeze(close[:, columns]),
        adj_close=freeze(adjusted[:, columns]),
        returns=freeze(simple_returns(adjusted[:, columns])),
        volume=freeze(volume[:, columns]),
        open=freeze(opens[:, columns]),
        benchmark=data.benchmark,
        benchmark_close=freeze(close[:, bench]),
        benchmark_high=freeze(prices.high[rows, bench]),
        benchmark_low=freeze(prices.low[rows, bench]),
        benchmark_volume=freeze(volume[:, bench]),
        benchmark_returns=freeze(benchmark_returns),
        benchmark_is_index=data.benchmark.startswith("^") or prices.dividend_yield_left_out > 0,
        hedge=data.hedge,
        hedge_open=freeze(hedge_open),
        hedge_close=freeze(hedge_close),
        hedge_returns=freeze(hedge_returns),
        hedge_volume=freeze(hedge_volume),
        hedge_modelled=modelled,
        cash_rate=freeze(rate),
        vix=_index(prices, VIX_SYMBOL, rows),
        vix3m=_index(prices, VIX3M_SYMBOL, rows),
        has_vix3m=prices.column(VIX3M_SYMBOL) is not None,
        source=prices.source,
        notes=tuple(n for n in prices.notes if n.ticker in kept) + notes,
        # A source cuts at the day asked for; what it says of a longer table is not known on that day.
        health=tuple(h for h in prices.health if whole and h.ticker in kept),
        expected=prices.expected if whole else np.datetime64("NaT", "D"),
    )


def value_portfolio(market: MarketData, portfolio: PortfolioSettings) -> Portfolio:
    """The book's value on every session at constant quantities.

    Raises
    ------
    InvalidSetting
        When NAV on the last session is not positive: no weight, beta or hedge has a meaning then.
    """
    by_ticker = {h.ticker: h for h in portfolio.holdings}
    held = [by_ticker[t] for t in market.tickers]
    shares = np.array([h.shares for h in held], dtype=np.float64)
    hedge = by_ticker.get(market.hedge, Holding(market.hedge, 0.0))
    hedge_shares = hedge.shares
    active = shares != 0
    value = market.close * shares
    total = np.nansum(value[:, active], axis=1) + portfolio.cash
    if hedge_shares:
        total = total + np.nan_to_num(hedge_shares * market.hedge_close, nan=0.0)
    if total[-1] <= 0:
        raise InvalidSetting(
            f"The book's net asset value on {day(market.as_of)} is {money(total[-1])}, not above zero.",
            hint="Longs, shorts and cash must add to more than zero; cash from short sales is cash.",
            where="portfolio.cash",
        )
    return Portfolio(
        shares=freeze(shares),
        cost=freeze([np.nan if h.cost is None else h.cost for h in held]),
        cash=portfolio.cash,
        hedge_shares=hedge_shares,
        hedge_cost=np.nan if hedge.cost is None else hedge.cost,
        value=freeze(value),
        nav=freeze(np.where(total > 0, total, np.nan)),
    )


def following(market: MarketData, portfolio: Portfolio, hedge_shares: float, cash: float) -> Portfolio:
    """The same holdings with another hedge held and other cash: a book that has followed the rule.

    NAV on earlier sessions is that of these quantities, as everywhere else.
    """
    value = np.nansum(portfolio.value[:, portfolio.shares != 0], axis=1) + cash
    hedge = np.nan_to_num(hedge_shares * market.hedge_close, nan=0.0) if hedge_shares else 0.0
    total = value + hedge
    return replace(
        portfolio,
        cash=cash,
        hedge_shares=hedge_shares,
        hedge_cost=np.nan,
        nav=freeze(np.where(total > 0, total, np.nan)),
    )


def _rows(sessions: Sessions, data: DataSettings) -> slice:
    first = 0 if data.start is None else int(np.searchsorted(sessions, np.datetime64(data.start)))
    last = len(sessions)
    if data.as_of is not None:
        last = int(np.searchsorted(sessions, np.datetime64(data.as_of), side="right"))
    return slice(first, max(first, last))


def _column(prices: PriceTable, ticker: str, where: str) -> int:
    found = prices.column(ticker)
    if found is None:
        raise UnknownTicker(f"{ticker}: no prices from {prices.source}.", where=where)
    return found


def _index(prices: PriceTable, symbol: str, rows: slice) -> FloatArray:
    """Closes (T,) of an index that the source may not have; NaN where it has none."""
    column = prices.column(symbol)
    return freeze(np.full(rows.stop - rows.start, np.nan) if column is None else prices.close[rows, column])


def _cash_rate(
    prices: PriceTable, rows: slice, data: DataSettings
) -> tuple[FloatArray, tuple[DataNote, ...]]:
    """The yield in force at each close: the last one known by then.

    A yield is a rate that stays in force until the next one, not a price, so it is carried over the
    bond market's own holidays.
    """
    count = rows.stop - rows.start
    column = prices.column(CASH_SYMBOL)
    if column is None:
        text = f"No T-bill yield: cash earns {data.cash_rate:.2%} a year."
        return np.full(count, data.cash_rate), (DataNote(ticker="", severity="info", text=text),)
    raw = prices.close[: rows.stop, column] / 100.0
    known = np.isfinite(raw)
    latest = np.maximum.accumulate(np.where(known, np.arange(len(raw)), -1))
    rate = np.where(latest >= 0, raw[np.maximum(latest, 0)], data.cash_rate)[rows.start :]
    missing = int((latest[rows.start :] < 0).sum())
    if not missing:
        return rate, ()
    until = f" before {day(prices.sessions[rows.start + missing])}" if missing < count else " in these days"
    text = f"No T-bill yield{until}: cash earns {data.cash_rate:.2%} a year then."
    return rate, (DataNote(ticker=CASH_SYMBOL, severity="warning", text=text),)


def _model_note(fund: Instrument, prices: PriceTable, benchmark: str, until: str = "") -> DataNote:
    factor = f"{fund.leverage:g}".replace("-", "\u2212")
    formula = f"{factor} \u00d7 {benchmark} return + {1 - fund.leverage:g} \u00d7 cash"
    if prices.dividend_yield_left_out:
        paid = -fund.leverage * prices.dividend_yield_left_out
        formula += f" \u2212 {paid:.2%} a year for the dividends that the index leaves out"
    when = f" before {until}" if until else ""
    text = f"{fund.symbol} is modelled{when}: {formula} \u2212 {fund.fee:.2%} a year."
    return DataNote(ticker=fund.symbol, severity="info", text=text)

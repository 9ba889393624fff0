"""How exposed the book is: dollar beta per position, portfolio beta with its own interval."""

from dataclasses import dataclass
from typing import Literal

import numpy as np

from core.beta import (
    BetaEstimate,
    lag_code,
    least_observations,
    regression_returns,
    student_half_width,
)
from core.fingerprint import Keyed, freeze
from core.hedge_beta import HedgeBeta
from core.kernels.regression import rolling_book
from core.market import MarketData, Portfolio
from core.settings import BetaSettings
from core.types import TRADING_DAYS, FloatArray, IntArray
from core.words import day


@dataclass(frozen=True, kw_only=True, eq=False)
class Position(Keyed):
    """One line of the book on the as-of session; NaN where a figure is unknown, and `reason` says why.

    `weight` is of NAV. `dollar_beta` is beta times value; `share` its part of the holdings' total.
    `benchmark_shares` is the number of benchmark shares with the same dollar beta, and
    `profit_on_1pct_fall` the profit in dollars when the benchmark falls by 1 %. `gain` is against the
    price paid, NaN where that is unknown.
    """

    ticker: str
    role: Literal["holding", "hedge"]
    shares: float
    price: float
    value: float
    weight: float
    beta: float
    beta_low: float
    beta_high: float
    r_squared: float
    observations: int
    dollar_beta: float
    share: float
    benchmark_shares: float
    profit_on_1pct_fall: float
    gain: float
    reason: str = ""


@dataclass(frozen=True, kw_only=True, eq=False)
class LeftOut(Keyed):
    """A position without a beta: never zero in silence. `share_of_nav` is NaN where it has no price."""

    ticker: str
    reason: str
    share_of_nav: float


@dataclass(frozen=True, kw_only=True, eq=False)
class Unpriced(Keyed):
    """A position for which there is no price series now, and why."""

    ticker: str
    shares: float
    reason: str = "the source has no prices for it"


@dataclass(frozen=True, kw_only=True, eq=False)
class Exposure(Keyed):
    """The book's market exposure over time (T,) and, on the last session, line by line.

    `beta` is the sum of dollar betas over NAV of the holdings, the hedge already held left aside; `net_beta`
    counts that hedge. Intervals are 95 %, from regressing over the same window a book held at the row's own
    weights. `measured` counts the holdings that entered each row: rows with another count describe
    another book. `systematic` is the share of the book's variance that the benchmark explains; the rest
    no market hedge can touch.
    """

    beta: FloatArray
    beta_low: FloatArray
    beta_high: FloatArray
    r_squared: FloatArray
    observations: IntArray
    dollar_beta: FloatArray
    net_beta: FloatArray
    net_beta_low: FloatArray
    net_beta_high: FloatArray
    measured: IntArray
    positions: tuple[Position, ...]
    left_out: tuple[LeftOut, ...]
    nav: float
    cash: float
    systematic: float
    volatility: float
    benchmark_volatility: float
    window_start: np.datetime64
    window_end: np.datetime64

    @property
    def half_width(self) -> float:
        """Half the width of the holdings' interval on the last session; NaN where it is unknown."""
        return float(self.beta_high[-1] - self.beta_low[-1]) / 2.0


@dataclass(frozen=True, kw_only=True, eq=False)
class BookFit:
    """Regression of a book at constant weights, per row (T,): beta, its half-width, R2, observations."""

    beta: FloatArray
    half_width: FloatArray
    r_squared: FloatArray
    observations: IntArray


def fit_book(
    market: MarketData, weights: FloatArray, hedge_weight: FloatArray, settings: BetaSettings
) -> BookFit:
    """The regression, over each window, of the book held at that window's last weights.

    Parameters
    ----------
    market
        Returns of holdings, hedge and benchmark.
    weights
        (T, N) of NAV; NaN or 0 leaves a holding out of that row's book.
    hedge_weight
        (T,) of NAV, signed.
    settings
        Window, kind of returns and of standard errors.
    """
    both = np.ascontiguousarray(np.column_stack([market.returns, market.hedge_returns]))
    parts = rolling_book(
        regression_returns(both, settings),
        regression_returns(market.benchmark_returns, settings),
        np.ascontiguousarray(np.column_stack([weights, hedge_weight])),
        settings.window_sessions,
        least_observations(settings.window_sessions),
        lag_code(settings.errors),
    )
    _, beta, _, beta_se, r_squared, observations = parts
    observations.setflags(write=False)
    return BookFit(
        beta=freeze(beta),
        half_width=freeze(student_half_width(beta_se, observations)),
        r_squared=freeze(r_squared),
        observations=observations,
    )


def book_half_width(
    market: MarketData, weights: FloatArray, hedge_weight: float, settings: BetaSettings
) -> float:
    """Half the 95 % interval of one book's beta over the last window.

    `weights` (N,) and `hedge_weight` are of NAV; NaN where the regression has too few sessions.
    """
    last = np.full((len(market.sessions), len(weights) + 1), np.nan)
    last[-1] = np.append(weights, hedge_weight)
    return float(fit_book(market, last[:, :-1], last[:, -1], settings).half_width[-1])


def measurable(betas: BetaEstimate) -> FloatArray:
    """The holdings' betas (T, N), NaN also where the asset's own price never moved in the window."""
    moved = np.isfinite(betas.assets.r_squared)
    return np.where(moved, betas.assets.beta, np.nan)


def measure_exposure(
    market: MarketData,
    portfolio: Portfolio,
    betas: BetaEstimate,
    settings: BetaSettings,
    hedge: HedgeBeta,
    unpriced: tuple[Unpriced, ...] = (),
) -> Exposure:
    """The book's exposure on every session, and each line of it on the last one.

    `hedge` is the beta that the hedge already held is taken to have. Where that is not the measured one,
    the hedge shifts the book's interval and cannot narrow it. `unpriced` positions have no price series at
    all; they are listed, and a book of nothing else has no beta.
    """
    beta = measurable(betas)
    active = portfolio.shares != 0
    dollars = np.where(active, beta * portfolio.value, np.nan)
    known = np.isfinite(dollars)
    total = np.where(known, dollars, 0.0).sum(axis=1)
    with np.errstate(divide="ignore", invalid="ignore"):
        weights = np.where(known, portfolio.value / portfolio.nav[:, None], np.nan)
        held = portfolio.hedge_shares * market.hedge_close
        hedge_weight = held / portfolio.nav
    nothing = np.zeros(len(total))
    book = fit_book(market, weights, nothing, settings)
    net = book
    if portfolio.hedge_shares:
        if hedge.source == "measured":
            net = fit_book(market, weights, hedge_weight, settings)
        hedge_dollars = hedge.values * held
    else:
        hedge_dollars = nothing
    measured = known.sum(axis=1)
    blank = (measured == 0) & bool(active.any() or unpriced)
    half, net_half = book.half_width, net.half_width
    if not (active.any() or unpriced):
        half = nothing
        net_half = net_half if portfolio.hedge_shares else nothing
    point = np.where(blank, np.nan, total / portfolio.nav)
    net_point = np.where(blank, np.nan, (total + hedge_dollars) / portfolio.nav)
    measured.setflags(write=False)
    positions = _positions(market, portfolio, betas, beta, hedge, settings)
    positions += tuple(_without_price(item) for item in unpriced)
    window = market.sessions[-min(settings.window_sessions, len(market.sessions) - 1) :]
    volatility, benchmark_volatility = _volatility(market, weights[-1], settings)
    return Exposure(
        beta=freeze(point),
        beta_low=freeze(point - half),
        beta_high=freeze(point + half),
        r_squared=book.r_squared,
        observations=book.observations,
        dollar_beta=freeze(np.where(blank, np.nan, total)),
        net_beta=freeze(net_point),
        net_beta_low=freeze(net_point - net_half),
        net_beta_high=freeze(net_point + net_half),
        measured=measured,
        positions=positions,
        left_out=tuple(
            LeftOut(ticker=p.ticker, reason=p.reason, share_of_nav=p.weight)
            for p in positions
            if p.reason and p.shares != 0
        ),
        nav=float(portfolio.nav[-1]),
        cash=portfolio.cash,
        systematic=float(book.r_squared[-1]),
        volatility=volatility,
        benchmark_volatility=benchmark_volatility,
        window_start=window[0],
        window_end=market.as_of,
    )


def _positions(
    market: MarketData,
    portfolio: Portfolio,
    betas: BetaEstimate,
    beta: FloatArray,
    hedge: HedgeBeta,
    settings: BetaSettings,
) -> tuple[Position, ...]:
    low, high = betas.assets.interval()
    nav, level = float(portfolio.nav[-1]), float(market.benchmark_close[-1])
    value = portfolio.value[-1]
    dollars = beta[-1] * value
    total = float(np.nansum(dollars))
    lines = []
    for j, ticker in enumerate(market.tickers):
        known = bool(np.isfinite(beta[-1, j]))
        lines.append(
            _line(
                ticker,
                "holding",
                portfolio.shares[j],
                market.close[-1, j],
                nav,
                level,
                total,
                beta=beta[-1, j],
                low=low[-1, j] if known else np.nan,
                high=high[-1, j] if known else np.nan,
                r_squared=betas.assets.r_squared[-1, j],
                observations=int(betas.assets.observations[-1, j]),
                cost=portfolio.cost[j],
                reason=_reason(market, j, betas, settings),
            )
        )
    if portfolio.hedge_shares:
        low, high = betas.hedge.interval() if hedge.source == "measured" else (np.full_like(low, np.nan),) * 2
        lines.append(
            _line(
                market.hedge, "hedge", portfolio.hedge_shares, market.hedge_close[-1], nav, level, total,
                beta=hedge.values[-1],
                low=low[-1, 0],
                high=high[-1, 0],
                r_squared=betas.hedge.r_squared[-1, 0],
                observations=int(betas.hedge.observations[-1, 0]),
                cost=portfolio.hedge_cost,
                reason="" if np.isfinite(hedge.values[-1]) else "its beta could not be measured",
            )
        )  # fmt: skip
    return tuple(lines)


def _without_price(item: Unpriced) -> Position:
    unknown = float("nan")
    return _line(
        item.ticker, "holding", item.shares, unknown, unknown, unknown, unknown,
        beta=unknown, low=unknown, high=unknown, r_squared=unknown, observations=0, cost=unknown,
        reason=f"{item.reason}; left out of NAV",
    )  # fmt: skip


def _line(
    ticker: str,
    role: Literal["holding", "hedge"],
    shares: float,
    price: float,
    nav: float,
    level: float,
    total: float,
    *,
    beta: float,
    low: float,
    high: float,
    r_squared: float,
    observations: int,
    cost: float,
    reason: str,
) -> Position:
    value = float(shares * price)
    dollar_beta = float(beta * value)
    whole = abs(total) > 1e-9 * abs(nav) if np.isfinite(nav) else total != 0
    return Position(
        ticker=ticker,
        role=role,
        shares=float(shares),
        price=float(price),
        value=value,
        weight=value / nav,
        beta=float(beta),
        beta_low=float(low),
        beta_high=float(high),
        r_squared=float(r_squared),
        observations=observations,
        dollar_beta=dollar_beta,
        share=dollar_beta / total if role == "holding" and whole else float("nan"),
        benchmark_shares=dollar_beta / level,
        profit_on_1pct_fall=-0.01 * dollar_beta,
        gain=float(shares * (price - cost)),
        reason=reason,
    )


def _reason(market: MarketData, j: int, betas: BetaEstimate, settings: BetaSettings) -> str:
    """Why a holding has no beta or no value on the last session; empty when it has both."""
    prices = market.close[:, j]
    if not np.isfinite(prices[-1]):
        last = np.flatnonzero(np.isfinite(prices))
        if not len(last):
            return f"no price up to {day(market.as_of)}; left out of NAV"
        final = day(market.sessions[last[-1]])
        return f"no price on {day(market.as_of)}; the last one is of {final}; left out of NAV"
    window = settings.window_sessions
    seen, needed = int(betas.assets.observations[-1, j]), least_observations(window)
    if seen < needed:
        return f"{seen} of {window} sessions have a return, needs {needed}"
    if not np.isfinite(betas.assets.beta[-1, j]):
        return f"{market.benchmark} did not move over the window, so beta is not defined"
    if not np.isfinite(betas.assets.r_squared[-1, j]):
        return "its price did not move over the window, so beta is not defined"
    return ""


def _volatility(market: MarketData, weights: FloatArray, settings: BetaSettings) -> tuple[float, float]:
    """Annualised volatility of the measured book and of the benchmark over the last window."""
    rows = slice(-settings.window_sessions, None)
    included = np.isfinite(weights)
    book = market.returns[rows][:, included] @ weights[included]
    pair = np.isfinite(book) & np.isfinite(market.benchmark_returns[rows])
    if pair.sum() < 3:
        return float("nan"), float("nan")
    scale = float(np.sqrt(TRADING_DAYS))
    return (
        float(np.std(book[pair], ddof=1)) * scale,
        float(np.std(market.benchmark_returns[rows][pair], ddof=1)) * scale,
    )

"""Small markets to test on: enough sessions to measure a beta, few enough to be quick."""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from hypothesis import strategies as st

from core.data.base import PriceRequest, PriceTable
from core.fingerprint import freeze
from core.memo import Memo
from core.pipeline import Analysis, analyse
from core.progress import Progress, silent
from core.settings import DataSettings, Holding, PortfolioSettings, Settings
from core.tree import Question
from core.triggers.base import TRIGGERS

BENCHMARK, HEDGE, BILL, VIX, VIX3M = "SPY", "SH", "^IRX", "^VIX", "^VIX3M"
ASSETS = tuple(f"S{n:02d}" for n in range(12))
DATA = DataSettings(benchmark=BENCHMARK, hedge=HEDGE)

TREES = st.recursive(
    st.floats(0.0, 1.0),
    lambda inner: st.builds(
        Question,
        ask=st.sampled_from(TRIGGERS.names()),
        yes=inner,
        no=inner,
        unknown=st.sampled_from(["yes", "no"]),
    ),
    max_leaves=6,
)


def weekdays(count: int, first: str = "2019-01-02") -> np.ndarray[Any, Any]:
    days = np.busday_offset(np.datetime64(first), np.arange(count), roll="forward")
    days = days.astype("datetime64[D]")
    days.setflags(write=False)
    return days


def table_of(
    columns: dict[str, np.ndarray],
    *,
    adjusted: dict[str, np.ndarray] | None = None,
    volume: dict[str, np.ndarray] | None = None,
    opens: dict[str, np.ndarray] | None = None,
    highs: dict[str, np.ndarray] | None = None,
    lows: dict[str, np.ndarray] | None = None,
    rate: float | None = 2.0,
    **more: Any,
) -> PriceTable:
    """A price table of closes by ticker; the adjusted close is the close where it is not given."""
    count = len(next(iter(columns.values())))
    if rate is not None:
        columns = {**columns, BILL: np.full(count, rate)}
    missing = np.full(count, np.nan)

    def stacked(known: dict[str, np.ndarray] | None) -> np.ndarray:
        return freeze(np.column_stack([(known or {}).get(t, missing) for t in columns]))

    return PriceTable(
        sessions=weekdays(count),
        tickers=tuple(columns),
        open=stacked(opens),
        high=stacked(highs),
        low=stacked(lows),
        close=freeze(np.column_stack(list(columns.values()))),
        adj_close=freeze(np.column_stack([(adjusted or {}).get(t, c) for t, c in columns.items()])),
        volume=stacked(volume),
        source="test",
        **more,
    )


def path(returns: np.ndarray, last: float) -> np.ndarray:
    """Prices that end at `last` and have these returns: one price more than returns."""
    growth = np.cumprod(np.concatenate([[1.0], 1.0 + returns]))
    return last * growth / growth[-1]


def random_table(
    seed: int,
    count: int = 130,
    assets: int = 3,
    *,
    gaps: float = 0.0,
    rate: float | None = 2.0,
    curve: bool = False,
    bars: bool = False,
) -> PriceTable:
    """A benchmark, an inverse fund with noise, and assets of mixed beta; `gaps` is the share without a price.

    The last session is always complete, and so is the benchmark. With `curve` there are VIX and VIX3M, of
    which one in ten sessions lacks one; with `bars` there are opens, highs, lows and volumes.
    """
    rng = np.random.default_rng(seed)
    market = rng.normal(0.0004, 0.011, count - 1)
    own = rng.normal(0.0, 0.013, (count - 1, assets))
    slopes = rng.uniform(0.3, 1.9, assets)
    prices = {
        BENCHMARK: path(market, 400.0),
        HEDGE: path(-market + rng.normal(0.0001, 0.0006, count - 1), 40.0),
    }
    for j in range(assets):
        close = path(np.clip(slopes[j] * market + own[:, j], -0.2, 0.2), rng.uniform(15.0, 300.0))
        close[:-1][rng.random(count - 1) < gaps] = np.nan
        prices[ASSETS[j]] = close
    more: dict[str, Any] = {}
    if bars:
        opens = {t: close * np.exp(rng.normal(0.0, 0.004, count)) for t, close in prices.items()}
        spread = {t: np.abs(rng.normal(0.0, 0.003, (2, count))) for t in prices}
        more = {
            "opens": opens,
            "highs": {t: np.maximum(opens[t], prices[t]) * (1.0 + spread[t][0]) for t in prices},
            "lows": {t: np.minimum(opens[t], prices[t]) * (1.0 - spread[t][1]) for t in prices},
            "volume": {t: rng.uniform(2e4, 2e5, count) for t in prices},
        }
    if curve:
        vix = {VIX: rng.uniform(12.0, 40.0, count)}
        vix[VIX3M] = vix[VIX] * rng.uniform(0.9, 1.2, count)
        for values in vix.values():
            values[rng.random(count) < 0.1] = np.nan
        prices |= vix
    return table_of(prices, rate=rate, **more)


@st.composite
def tables(
    draw: st.DrawFn,
    *,
    most_assets: int = 5,
    most_sessions: int = 140,
    gaps: bool = True,
    curve: bool = False,
    bars: bool = False,
) -> PriceTable:
    return random_table(
        draw(st.integers(0, 2**32 - 1)),
        draw(st.integers(30, most_sessions)),
        draw(st.integers(1, most_assets)),
        gaps=draw(st.sampled_from([0.0, 0.02, 0.1])) if gaps else 0.0,
        curve=curve,
        bars=bars,
    )


class Fixed:
    """A provider that has one table, cut to the days asked for as the real ones do."""

    benchmark, hedge = BENCHMARK, HEDGE

    def __init__(self, table: PriceTable) -> None:
        self.table = table
        self.fetched = 0

    def prepare(self, request: PriceRequest, progress: Progress = silent) -> None:
        pass

    def refresh(self, request: PriceRequest) -> None:
        pass

    def fetch(self, request: PriceRequest, progress: Progress = silent) -> PriceTable:
        self.fetched += 1
        return self.table

    def available(self, folder: str = "") -> tuple[str, ...]:
        return self.table.tickers


def book(holdings: dict[str, float], cash: float = 0.0) -> PortfolioSettings:
    return PortfolioSettings(holdings=tuple(Holding(t, q) for t, q in holdings.items()), cash=cash)


def settings_of(holdings: dict[str, float], cash: float = 0.0, /, **values: object) -> Settings:
    """Settings for a book in a test market; more values as `section__field=value`.

    The rule is a tree of one leaf, always on, unless `triggers__tree` says otherwise.
    """
    return changed(Settings(data=DATA, portfolio=book(holdings, cash)), **{"triggers__tree": 1.0, **values})


def always_on(**values: object) -> Settings:
    """The default settings under a rule that always hedges; more values as `section__field=value`."""
    return changed(Settings(), **{"triggers__tree": 1.0, **values})


def changed(settings: Settings, /, **values: object) -> Settings:
    for name, value in values.items():
        settings = settings.with_value(name.replace("__", "."), value)
    return settings


def run(
    table: PriceTable, settings: Settings, memo: Memo | None = None, *, bootstrap: bool = False
) -> Analysis:
    """The analysis on one table; the bootstrap, slower than all else together, only where it is asked for."""
    return analyse(settings, provider=Fixed(table), memo=memo or Memo(), bootstrap=bootstrap)


def every_share(table: PriceTable, shares: float = 10.0) -> dict[str, float]:
    """A book with the same number of shares of each asset of the table."""
    return {t: shares for t in table.tickers if t in ASSETS}


def with_prices(table: PriceTable, close: np.ndarray, adjusted: np.ndarray | None = None) -> PriceTable:
    return replace(table, close=freeze(close), adj_close=freeze(close if adjusted is None else adjusted))


@dataclass(frozen=True)
class Reference:
    """The reference book: $10,800 of NVDA at 108 with beta 1.3784, and SH at 44.57.

    The returns of 61 sessions are built so that the regression gives beta 1.3784 with a 95 % interval of
    half-width 0.1897465, that of the published [1.188690, 1.568183].
    """

    beta: float = 1.3784
    half_width: float = 0.1897465
    sessions: int = 61

    def table(self, **more: Any) -> PriceTable:
        from scipy.stats import t as student

        rng = np.random.default_rng(5)
        x = rng.normal(0.0, 0.02, self.sessions)
        noise = rng.normal(0.0, 1.0, self.sessions)
        design = np.column_stack([np.ones(self.sessions), x])
        noise -= design @ np.linalg.lstsq(design, noise, rcond=None)[0]
        freedom = self.sessions - 2
        wanted = self.half_width / student.ppf(0.975, freedom) * np.sqrt(np.sum((x - x.mean()) ** 2))
        noise *= wanted / np.sqrt(noise @ noise / freedom)
        prices = {
            BENCHMARK: path(x, 500.0),
            HEDGE: path(-x, 44.57),
            "NVDA": path(0.001 + self.beta * x + noise, 108.0),
        }
        return table_of(prices, **more)

    def settings(self, cash: float = 0.0, **values: object) -> Settings:
        chosen = {"beta__window_sessions": self.sessions, "hedge__hedge_beta": -1.0, **values}
        return settings_of({"NVDA": 100.0}, cash, **chosen)

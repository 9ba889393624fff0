"""What the tests of the provider `yahoo` share: a stopped clock, series, requests and short patience."""

import datetime as dt
import time
from zoneinfo import ZoneInfo

import numpy as np

from core.data.base import PriceRequest
from core.data.exchange import sessions_between
from core.data.quality import Series
from core.data.store import Store
from core.data.yahoo import YahooProvider
from core.data.yahoo_ask import Pace
from tests.waiting import PATIENCE, wait_until

NEW_YORK = ZoneInfo("America/New_York")
EVENING = dt.datetime(2025, 4, 4, 18, 0, tzinfo=NEW_YORK)
QUICK = Pace(
    timeout=PATIENCE, deadline=PATIENCE, start=PATIENCE, pause=0.02, limited_pause=0.05, limited_cool_off=0.3
)
"""Short pauses, and time enough for an answer on a busy machine."""


class Clock:
    """A clock that stands still until it is moved."""

    def __init__(self, now: dt.datetime = EVENING) -> None:
        self.now = now

    def __call__(self) -> dt.datetime:
        return self.now

    def move(self, **by: float) -> None:
        self.now += dt.timedelta(**by)


def walk(ticker: str, last: str = "2025-04-04", *, first: str = "2024-03-28", seed: int = 1) -> Series:
    """A random walk on the exchange's sessions after `first` up to `last`, with two dividends."""
    days = sessions_between(np.datetime64(first), np.datetime64(last))
    rng = np.random.default_rng(seed)
    # Drawn for more days than are used, so that a longer history begins with the shorter one.
    close = (100.0 * np.exp(np.cumsum(rng.normal(0.0, 0.01, 600))))[: len(days)].round(6)
    volume = rng.integers(10**5, 10**7, 600).astype(np.float64)[: len(days)]
    adjusted = close.copy()
    for row in (40, 110):
        adjusted[: min(row, len(days))] *= 0.99
    low, high = close * 0.995, close * 1.005
    return Series(
        ticker=ticker, dates=days, open=close * 0.999, high=high, low=low, close=close,
        adj_close=adjusted, volume=volume, currency="USD",
    )  # fmt: skip


def request(*tickers: str, optional: tuple[str, ...] = ()) -> PriceRequest:
    """A request whose calendar is its first ticker."""
    return PriceRequest(calendar=tickers[0], tickers=tickers, optional=optional)


def provider_of(store: Store | None = None, *, now: Clock | None = None, pace: Pace = QUICK) -> YahooProvider:
    """A provider of its own, by default with a store in memory; close it."""
    kept = store or Store(None)
    return YahooProvider(store=lambda: kept, now=now or Clock(), pace=pace)


def until_no_pause(provider: YahooProvider) -> None:
    """Wait until the queue asks again after Yahoo said that it is asked too often."""
    queue = provider._queue
    wait_until(lambda: queue._broken is None or time.monotonic() > queue._broken_until)
    wait_until(lambda: time.monotonic() > queue._quiet_until)

"""What a price provider gives, and the registry of providers."""

import datetime as dt
from dataclasses import dataclass
from typing import Literal, NamedTuple, Protocol

import numpy as np

from core.fingerprint import Keyed
from core.progress import Progress
from core.registry import Registry
from core.types import FloatArray, Sessions


@dataclass(frozen=True, kw_only=True, eq=False)
class DataNote(Keyed):
    """Something a reader should know about one series: `ticker` is "" for a note on the whole."""

    ticker: str
    severity: Literal["info", "warning"]
    text: str


class Action(NamedTuple):
    """A dividend in dollars a share (on the split-adjusted basis), or a split as new shares per old one."""

    day: np.datetime64
    kind: Literal["dividend", "split"]
    value: float


class Jump(NamedTuple):
    """A day whose price is a multiple of the one before that calls for a look; nothing was changed."""

    day: np.datetime64
    ratio: float


@dataclass(frozen=True, kw_only=True, eq=False)
class SeriesHealth(Keyed):
    """What is known about one series of a table: where it is from, what it covers, what was left out.

    Days count within the request's range and on the calendar's sessions; `used` is how many have a price,
    `gaps` the sessions without one between `first` and `last` (never filled), `missing` the sessions that
    should have a price after `last` (0 is up to date). `left_out` says in words, row counts included, what
    was not taken and why. `trouble` says why a newer history could not be had; "" where all went well.
    """

    ticker: str
    origin: str
    """Where it is from, in words: "Yahoo", "Yahoo, stored", "SPY.csv", "Sample"."""
    first: np.datetime64
    last: np.datetime64
    used: int
    gaps: tuple[np.datetime64, ...] = ()
    missing: int = 0
    jumps: tuple[Jump, ...] = ()
    actions: tuple[Action, ...] | None = None
    """Dividends and splits; None where the source does not tell of any."""
    left_out: tuple[str, ...] = ()
    currency: str = ""
    fetched_at: dt.datetime | None = None
    """When it was fetched, in UTC; None for what lies on this machine."""
    trouble: str = ""


@dataclass(frozen=True, kw_only=True, eq=False)
class PriceRequest(Keyed):
    """Which series are wanted. `calendar` is the symbol whose dates are the sessions.

    `tickers` holds every symbol wanted, the calendar's among them, without duplicates; `optional`
    ones may be missing from the answer (the T-bill yield), the others not. Days after `end` must
    not influence the answer.
    """

    calendar: str
    tickers: tuple[str, ...]
    optional: tuple[str, ...] = ()
    folder: str = ""
    start: dt.date | None = None
    end: dt.date | None = None


@dataclass(frozen=True, kw_only=True, eq=False)
class PriceTable(Keyed):
    """Raw history on the calendar's sessions; row t is what was known after the close of session t.

    Arrays are (T, N), columns in the order of `tickers`; NaN where there is no price, never filled.
    `close`, `open`, `high` and `low` are adjusted for splits only, `adj_close` for splits and dividends.
    `volume` is in shares. Each may be NaN where `close` is known: a source need not have it, and an
    `open`, `high` or `low` that cannot be true beside the close is not known.
    """

    sessions: Sessions
    tickers: tuple[str, ...]
    open: FloatArray
    high: FloatArray
    low: FloatArray
    close: FloatArray
    adj_close: FloatArray
    volume: FloatArray
    source: str
    dividend_yield_left_out: float = 0.0
    """Dividend yield a year that the calendar's own returns lack, because it is a price index."""
    notes: tuple[DataNote, ...] = ()
    health: tuple[SeriesHealth, ...] = ()
    """One a series, in the order of `tickers`."""
    expected: np.datetime64 = np.datetime64("NaT")
    """The last session that was over and is asked for, by the exchange's calendar; NaT where no more
    prices can come (the sample). Later than the table's last session means stale."""

    def column(self, ticker: str) -> int | None:
        """The column of a ticker, or None where the table has it not."""
        return self.tickers.index(ticker) if ticker in self.tickers else None


class PriceProvider(Protocol):
    """A source of prices."""

    benchmark: str
    """The benchmark this source is used with unless the user names another."""
    hedge: str
    """The hedge instrument this source is used with unless the user names another."""

    def prepare(self, request: PriceRequest, progress: Progress) -> None:
        """Do what takes long, so that `fetch` is quick: ask the network for what is not there yet or is due.

        Failures are kept for `fetch` to tell; only `Cancelled` is raised. Called from threads that may
        wait, never from those that compute. Nothing to do for a source on this machine.
        """

    def refresh(self, request: PriceRequest) -> None:
        """Hold these series to be due, so that the next `prepare` asks again for them and for no others."""

    def fetch(self, request: PriceRequest, progress: Progress) -> PriceTable:
        """The history asked for, cleaned and aligned to the calendar's sessions.

        The same request on unchanged sources gives the same object or an equal one, quickly: this is
        called for every analysis. What was not prepared is prepared first.

        Raises
        ------
        MissingSeries, BadFile, BadPrices
            Naming every series that cannot be had, with its reason; never a partial table in silence.
        """

    def available(self, folder: str) -> tuple[str, ...]:
        """The symbols this source can name without fetching, sorted; empty where it cannot know."""


PROVIDERS: Registry[PriceProvider] = Registry("price source", "core.data")

"""What a price provider gives, and the registry of providers."""

import datetime as dt
from dataclasses import dataclass
from typing import Literal, Protocol

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

    def column(self, ticker: str) -> int | None:
        """The column of a ticker, or None where the table has it not."""
        return self.tickers.index(ticker) if ticker in self.tickers else None


class PriceProvider(Protocol):
    """A source of prices."""

    benchmark: str
    """The benchmark this source is used with unless the user names another."""
    hedge: str
    """The hedge instrument this source is used with unless the user names another."""

    def fetch(self, request: PriceRequest, progress: Progress) -> PriceTable:
        """The history asked for, cleaned and aligned to the calendar's sessions.

        The same request on unchanged sources gives the same object or an equal one, quickly: this is
        called for every analysis.

        Raises
        ------
        UnknownTicker, BadFile, BadPrices, ProviderUnavailable
            Naming every series that cannot be had; never a partial table in silence.
        """

    def available(self, folder: str) -> tuple[str, ...]:
        """The symbols this source can name without fetching, sorted; empty where it cannot know."""


PROVIDERS: Registry[PriceProvider] = Registry("price source", "core.data")

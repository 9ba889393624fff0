"""The embedded sample: the S&P 500 index and 20 large US stocks, real prices of 2006 to 2022."""

from difflib import get_close_matches
from functools import cache
from pathlib import Path
from typing import Final

import numpy as np
import pyarrow.parquet as pq

from core.data.assemble import Provenance, fit
from core.data.base import PROVIDERS, DataNote, PriceRequest, PriceTable, SeriesHealth
from core.data.quality import Series, clean
from core.errors import InsufficientHistory, UnknownTicker
from core.fingerprint import freeze
from core.memo import Memo
from core.progress import Progress, silent
from core.types import FloatArray, Sessions

PRICES: Final = Path(__file__).with_name("samples") / "prices.parquet"
INDEX: Final = "SPX"
DIVIDEND_YIELD: Final = 0.019
"""Dividend yield a year of the S&P 500, which its price index leaves out."""

NOTES: Final = (
    DataNote(ticker="", severity="info", text="Sample data to 28 Dec 2022"),
    DataNote(
        ticker="",
        severity="info",
        text="Sample: only the adjusted close is known, so it stands in for the close; there are no volumes.",
    ),
)


@cache
def _stored() -> tuple[Sessions, tuple[str, ...], FloatArray]:
    """Sessions (T,), tickers and prices (T, N) of the stored file."""
    table = pq.read_table(PRICES)
    sessions = table["date"].to_numpy().astype("datetime64[D]")
    tickers = tuple(name for name in table.column_names if name != "date")
    # The origin has three decimals; rounding takes away what float32 added.
    values = np.column_stack([table[name].to_numpy().astype(np.float64).round(3) for name in tickers])
    return sessions, tickers, freeze(values)


def _select(request: PriceRequest) -> PriceTable:
    sessions, known, values = _stored()
    _refuse_unknown(request, known)
    wanted = tuple(ticker for ticker in request.tickers if ticker in known)
    first = 0 if request.start is None else int(np.searchsorted(sessions, np.datetime64(request.start)))
    last = len(sessions)
    if request.end is not None:
        last = int(np.searchsorted(sessions, np.datetime64(request.end), side="right"))
    if last - first < 2:
        raise InsufficientHistory(
            2,
            max(last - first, 0),
            what="the days asked for",
            hint=f"The sample has {sessions[0]} to {sessions[-1]}.",
            where="data.as_of" if request.start is None else "data.start",
        )
    kept = sessions[first:last].copy()
    kept.setflags(write=False)
    prices = freeze(values[first:last, [known.index(ticker) for ticker in wanted]])
    unknown = freeze(np.full(prices.shape, np.nan))
    return PriceTable(
        sessions=kept,
        tickers=wanted,
        open=unknown,
        high=unknown,
        low=unknown,
        close=prices,
        adj_close=prices,
        volume=unknown,
        source="sample",
        dividend_yield_left_out=DIVIDEND_YIELD if request.calendar == INDEX else 0.0,
        notes=NOTES,
        health=tuple(_health(kept, ticker, prices[:, place]) for place, ticker in enumerate(wanted)),
    )


def _health(sessions: Sessions, ticker: str, prices: FloatArray) -> SeriesHealth:
    unknown = freeze(np.full(prices.shape, np.nan))
    series = Series(
        ticker=ticker,
        dates=sessions,
        open=unknown,
        high=unknown,
        low=unknown,
        close=prices,
        adj_close=prices,
        volume=unknown,
    )
    cleaned = clean(series, complete=sessions[-1])
    no_more = np.datetime64("NaT", "D")
    return fit(cleaned, sessions, expected=no_more, provenance=Provenance("Sample")).health


def _refuse_unknown(request: PriceRequest, known: tuple[str, ...]) -> None:
    unknown = tuple(t for t in request.tickers if t not in known and t not in request.optional)
    if not unknown:
        return
    stocks = [ticker for ticker in known if not ticker.startswith("^")]
    near = {ticker: get_close_matches(ticker, stocks, n=1, cutoff=0.5) for ticker in unknown[:5]}
    guesses = [f"{found[0]} for {ticker}" for ticker, found in near.items() if found]
    meant = f"Did you mean {', '.join(guesses)}? " if guesses else ""
    raise UnknownTicker(
        f"The sample has no prices for {', '.join(unknown)}.",
        tickers=unknown,
        hint=f"{meant}It has {', '.join(stocks)}. For others choose another source of prices.",
    )


class SampleProvider:
    """Prices from the embedded sample. The same request gives the same object."""

    benchmark = INDEX
    hedge = "SH-MODEL"

    def __init__(self) -> None:
        self._memo = Memo(max_bytes=32 * 2**20)

    def prepare(self, request: PriceRequest, progress: Progress = silent) -> None:
        """Nothing: it is on this machine."""

    def refresh(self, request: PriceRequest) -> None:
        """Nothing: it never changes."""

    def fetch(self, request: PriceRequest, progress: Progress = silent) -> PriceTable:
        """The history asked for; `folder` plays no part.

        Raises
        ------
        UnknownTicker
            Naming every symbol that the sample has not.
        InsufficientHistory
            When fewer than two of its sessions are asked for.
        """
        progress(0.0, "Sample prices")
        return self._memo(_select, request)

    def available(self, folder: str = "") -> tuple[str, ...]:
        """The symbols in the sample, sorted."""
        del folder
        return tuple(sorted(_stored()[1]))


PROVIDERS.add("sample", label="Sample", help="S&P 500 and 20 large US stocks, 2006 to 2022, in the product.")(
    SampleProvider()
)

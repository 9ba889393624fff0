"""What it costs to have ten series of ten years back from the disk, beside other ways to keep them.

Run with ``make bench``. All files are warm: what is measured is reading, not the disk. Ours also checks a
digest over every byte, which none of the others does. Every row first checks that both give the same numbers.
"""

import contextlib
import datetime as dt
import sqlite3
import sys
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import duckdb
import numpy as np
import pandas as pd

from benchmarks.run import Row, main, medians, same
from core.data.base import Action
from core.data.price_file import read_series
from core.data.quality import COLUMNS, Series
from core.data.store import Kept, Store

SERIES = [f"S{number}" for number in range(10)]
ROWS = 2520
FOR_ONE = "SELECT * FROM prices WHERE symbol = ? ORDER BY date"


def made(ticker: str, random: np.random.Generator) -> Kept:
    """Ten years of one series, with a dividend a quarter."""
    dates = np.datetime64("2016-01-04") + np.arange(ROWS) * 7 // 5
    columns = {name: np.round(random.lognormal(4.0, 0.3, ROWS), 4) for name in COLUMNS}
    dividends = tuple(Action(day, "dividend", 0.25) for day in dates[::63])
    series = Series(ticker=ticker, dates=dates, currency="USD", actions=dividends, **columns)
    now = dt.datetime.now(dt.UTC)
    return Kept(series=series, fetched_at=now, whole_at=now)


def frame(kept: Kept) -> pd.DataFrame:
    """The same series as the other ways want it."""
    columns = {name: getattr(kept.series, name) for name in COLUMNS}
    dates = kept.series.dates.astype("datetime64[s]")
    return pd.DataFrame({"symbol": kept.series.ticker, "date": dates, **columns})


def compare(folder: Path, repeats: int) -> Iterator[Row]:
    """Ours beside each other way, written to the folder first."""
    random = np.random.default_rng(10)
    store, frames = Store(folder / "store"), []
    for ticker in SERIES:
        kept = made(ticker, random)
        store.put("yahoo", ticker, kept)
        frames.append(frame(kept))
        frames[-1].drop(columns="symbol").to_csv(folder / f"{ticker}.csv", index=False)
    prices = pd.concat(frames)

    plain = sqlite3.connect(folder / "plain.sqlite")
    plain.execute("PRAGMA journal_mode = WAL")
    prices.assign(date=prices["date"].dt.strftime("%Y-%m-%d")).to_sql("prices", plain, index=False)
    plain.execute("CREATE INDEX places ON prices (symbol, date)")
    duck = duckdb.connect(str(folder / "duck.db"))
    duck.register("given", prices)
    duck.execute("CREATE TABLE prices AS SELECT * FROM given")

    def ours() -> list[np.ndarray]:
        found = [store.get("yahoo", ticker) for ticker in SERIES]
        return [one.series.close for one in found if one is not None]

    def by_pandas() -> list[np.ndarray]:
        found = (pd.read_sql_query(FOR_ONE, plain, params=(t,), parse_dates=["date"]) for t in SERIES)
        return [one["close"].to_numpy() for one in found]

    def by_duckdb() -> list[np.ndarray]:
        found = (duck.execute(FOR_ONE, [ticker]).fetchnumpy() for ticker in SERIES)
        return [np.asarray(one["close"]) for one in found]

    def by_csv() -> list[np.ndarray]:
        return [read_series(str(folder / f"{ticker}.csv"), ticker).close for ticker in SERIES]

    for peer, read in (
        ("sqlite3, a row a day, pandas", by_pandas),
        ("DuckDB, to numpy", by_duckdb),
        ("CSV files, our own reader", by_csv),
    ):
        same(np.array(ours()), np.array(read()), 1e-12)
        mine, theirs = medians([ours, read], repeats)
        name = f"{len(SERIES)} series x {ROWS:,} days out of the store"
        yield Row(name=name, ours_ms=mine, peer=peer, peer_ms=theirs, budget_ms=20)
    yield from opening(folder / "store", repeats)
    for opened in (store, plain, duck):
        opened.close()


def opening(folder: Path, repeats: int) -> Iterator[Row]:
    """A start of the program: open the store, read all, close."""

    def start() -> None:
        with contextlib.closing(Store(folder)) as store:
            if any(store.get("yahoo", ticker) is None for ticker in SERIES):
                raise AssertionError("a series is missing")

    yield Row(
        name="the same, with opening and closing it", ours_ms=medians([start], repeats)[0], budget_ms=20
    )


def rows(repeats: int) -> Iterator[Row]:
    """Every row, in a folder of its own."""
    with TemporaryDirectory() as folder:
        yield from compare(Path(folder), repeats)


if __name__ == "__main__":
    sys.exit(main(rows))

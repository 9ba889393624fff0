"""Series for the tests of the price store, and processes to test it from."""

import datetime as dt
import os
import sys
import traceback
from collections.abc import Callable

import numpy as np

from core.data.base import Action
from core.data.quality import COLUMNS, Series
from core.data.store import Kept

EARLY = dt.datetime(2024, 3, 1, 21, 30, tzinfo=dt.UTC)
FIRST = np.datetime64("2014-01-02")


def kept(number: int = 1, *, rows: int = 40, ticker: str = "SPY") -> Kept:
    """A series that is wholly determined by `number`: a mix of two is equal to none."""
    random = np.random.default_rng(number)
    columns = {name: random.lognormal(4.0, 0.2, rows) for name in COLUMNS}
    columns["open"][:: 1 + number % 7] = np.nan
    fetched = EARLY + dt.timedelta(seconds=number)
    series = Series(
        ticker=ticker, dates=FIRST + np.arange(rows), currency=f"V{number}", **columns,
        actions=(Action(FIRST, "dividend", 0.1 + number), Action(FIRST + 1, "split", 1 / 3)),
    )  # fmt: skip
    return Kept(series=series, fetched_at=fetched, whole_at=fetched - dt.timedelta(days=1))


def number_of(found: Kept) -> int:
    """Which number a series of `kept` was made from."""
    return int(found.series.currency[1:])


def same(one: Kept | None, other: Kept | None) -> bool:
    """Whether both are the same series, bit for bit, with the same times."""
    if one is None or other is None:
        return one is other
    a, b = one.series, other.series
    return (
        (one.fetched_at, one.whole_at) == (other.fetched_at, other.whole_at)
        and (a.ticker, a.currency, a.actions) == (b.ticker, b.currency, b.actions)
        and a.dates.dtype == np.dtype("datetime64[D]")
        and all(getattr(a, name).tobytes() == getattr(b, name).tobytes() for name in ("dates", *COLUMNS))
    )


def fork(work: Callable[[], object]) -> int:
    """The id of a new process that does the work and ends, with 0 where nothing went wrong."""
    child = os.fork()
    if child:
        return child
    status = 1
    try:
        work()
        status = 0
    except BaseException:
        traceback.print_exc()
        sys.stderr.flush()
    finally:
        os._exit(status)


def ended(child: int) -> int:
    """The exit code of the process, once it has ended."""
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])

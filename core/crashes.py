"""The falls and rebounds of the benchmark that a hedge is judged by: known, or found in prices."""

import datetime as dt
import math
from collections.abc import Iterator
from typing import Final, Literal, NamedTuple

from core.types import FloatArray


class Window(NamedTuple):
    """A stretch of the benchmark with a name: from a peak to a trough, or up from there."""

    name: str
    start: dt.date
    end: dt.date
    kind: Literal["crash", "rebound"]


def _known(kind: Literal["crash", "rebound"], *rows: tuple[str, str, str]) -> tuple[Window, ...]:
    return tuple(Window(n, dt.date.fromisoformat(a), dt.date.fromisoformat(b), kind) for n, a, b in rows)


CRASHES: Final = _known(
    "crash",
    ("Dot-com", "2000-03-24", "2002-10-09"),
    ("Financial crisis", "2007-10-09", "2009-03-09"),
    ("Euro debt", "2010-04-23", "2010-07-02"),
    ("US downgrade", "2011-04-29", "2011-10-03"),
    ("China", "2015-07-20", "2015-08-25"),
    ("Volatility spike", "2018-01-26", "2018-02-08"),
    ("Late 2018", "2018-09-20", "2018-12-24"),
    ("Covid", "2020-02-19", "2020-03-23"),
    ("2022 bear", "2022-01-03", "2022-10-12"),
    ("US banks", "2023-02-02", "2023-03-13"),
    ("Yen carry", "2024-07-16", "2024-08-05"),
    ("Tariffs", "2025-02-19", "2025-04-08"),
)
"""Peaks and troughs of the S&P 500 by its closes."""

REBOUNDS: Final = _known(
    "rebound",
    ("2009 rebound", "2009-03-09", "2009-06-12"),
    ("Covid rebound", "2020-03-23", "2020-06-08"),
    ("2022 rebound", "2022-10-12", "2023-07-31"),
    ("Tariffs rebound", "2025-04-08", "2025-06-30"),
)
"""Rises straight after a trough: where a hedge loses."""


def find_falls(close: FloatArray, limit: float) -> Iterator[tuple[int, int, bool]]:
    """Rows of peak and trough of every fall of at least `limit`, and whether it still goes on.

    A fall ends at its lowest close once the benchmark has risen from there by `limit`: where it ends is known
    only with hindsight. Missing closes are stepped over.
    """
    peak = trough = -1
    falling = False
    price = close.tolist()  # plain numbers: this loop is several times as quick on them
    for t, level in enumerate(price):
        if math.isnan(level):
            continue
        if peak < 0:
            peak = t
        elif falling:
            if level < price[trough]:
                trough = t
            elif level >= price[trough] * (1.0 + limit):
                yield peak, trough, False
                falling, peak = False, t
        elif level > price[peak]:
            peak = t
        elif level <= price[peak] * (1.0 - limit):
            falling, trough = True, t
    if falling:
        yield peak, trough, True

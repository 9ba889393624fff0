"""What goes into a hedge ratio: the legs' prices, checked, aligned and counted."""

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

import numpy as np

from core.errors import (
    BadPrices,
    EstimationError,
    HedgeError,
    InsufficientHistory,
    InvalidSetting,
    UnknownTicker,
)
from core.fingerprint import Keyed, freeze
from core.spread import Missing, numbers_of
from core.types import BoolArray, FloatArray, IntArray, Sessions

if TYPE_CHECKING:
    import pandas as pd

MOST_LEGS: Final = 12
SAME: Final = 1e-9
"""Share of the legs' movement under which what is left of them together is rounding."""

FAR: Final = 1e-8
"""Share of their squares above which there is no need to look closer."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Legs(Keyed):
    """The prices (n, K) of the legs, the dependent one first; all of them are there on every row.

    `rows` (n,) are positions in the frame given, `dates` (n,) its dates, None where its index has none.
    `dropped` rows had no price of at least one leg.
    """

    names: tuple[str, ...]
    prices: FloatArray
    rows: IntArray
    dates: Sessions | None
    dropped: int

    def part(self, rows: slice) -> "Legs":
        """The same legs on some of the rows."""
        dates = None if self.dates is None else self.dates[rows]
        return replace(self, prices=freeze(self.prices[rows]), rows=self.rows[rows], dates=dates)

    def led_by(self, dependent: str) -> "Legs":
        """The same rows with another leg as the dependent one."""
        first = self.names.index(dependent)
        order = [first, *(k for k in range(len(self.names)) if k != first)]
        return replace(self, names=tuple(self.names[k] for k in order), prices=freeze(self.prices[:, order]))


def read_legs(prices: "pd.DataFrame", dependent: str | None = None, missing: Missing = "drop") -> Legs:
    """The legs of a frame with one column each.

    Rows on which any leg has no price are dropped together and counted, or refused; none is ever filled.

    Raises
    ------
    InvalidSetting
        When this is no frame of 2 to 12 columns with names of their own, or its index is not ascending
        (dates or whole numbers) without repeats.
    UnknownTicker
        When `dependent` names no column.
    BadPrices
        On text, an infinite price, or a missing one where those are refused.
    """
    import pandas as pd

    if not isinstance(prices, pd.DataFrame):
        raise InvalidSetting("The prices must be a DataFrame with one column a leg.", where="ratios.prices")
    if missing not in ("drop", "refuse"):
        raise InvalidSetting(f"Rows with a missing price cannot be {missing!r}.", hint="drop or refuse")
    names = [str(name) for name in prices.columns]
    if not 2 <= len(names) <= MOST_LEGS:
        raise InvalidSetting(
            f"A hedge ratio needs 2 to {MOST_LEGS} legs, not {len(names)}.", where="ratios.prices"
        )
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise InvalidSetting(f"{', '.join(twice)} stands there twice.", where="ratios.prices")
    held = names[0] if dependent is None else str(dependent)
    if held not in names:
        raise UnknownTicker(
            f"There are no prices of {held}.",
            tickers=[held],
            hint=f"The legs are {', '.join(names)}.",
            where="ratios.dependent",
        )
    dates = _dates(prices.index)
    values = numbers_of(prices)
    known: BoolArray = np.asarray(np.isfinite(values).all(axis=1))
    if missing == "refuse" and not known.all():
        blank = [name for name, column in zip(names, values.T, strict=True) if np.isnan(column).any()]
        raise BadPrices(
            f"{(~known).sum()} of {len(known)} rows have no price of {', '.join(blank)}.",
            hint="Leave those rows out, or ask for them to be dropped.",
        )
    rows = np.flatnonzero(known)
    rows.setflags(write=False)
    kept = None if dates is None else dates[rows]
    if kept is not None:
        kept.setflags(write=False)
    legs = Legs(
        names=tuple(names),
        prices=freeze(values[rows]),
        rows=rows,
        dates=kept,
        dropped=len(known) - len(rows),
    )
    return legs.led_by(held)


def _dates(index: "pd.Index") -> Sessions | None:
    """The dates of an index; None where it counts rows.

    Whole days are kept as days; other times as they are, in the zone that they were given in.
    """
    import pandas as pd

    if isinstance(index, pd.DatetimeIndex):
        plain = index.tz_localize(None) if index.tz is not None else index
        dates = plain.to_numpy().astype("datetime64[us]")
        if (dates == dates.astype("datetime64[D]")).all():
            dates = dates.astype("datetime64[D]")
    elif pd.api.types.is_integer_dtype(index.dtype):
        dates = None
    else:
        raise InvalidSetting(
            "The rows of the prices are labelled with neither dates nor whole numbers.",
            hint="Turn the labels into dates first (pandas.to_datetime).",
            where="ratios.prices",
        )
    if not (index.is_monotonic_increasing and index.is_unique):
        raise InvalidSetting(
            "The rows of the prices are out of order or repeat a date.",
            hint="Sort them by date (sort_index) and keep one row a date.",
            where="ratios.prices",
        )
    return dates


def check_legs(legs: Legs, needed: int, what: str) -> None:
    """Refuse legs that no method can tell apart.

    Raises
    ------
    InsufficientHistory
        With fewer rows than needed.
    EstimationError
        When a leg does not move, two move as one, or one is an exact combination of others.
    """
    if len(legs.prices) < needed:
        raise InsufficientHistory(
            needed, len(legs.prices), what=what, hint="Choose a longer period or fewer legs."
        )
    moves = standardised(legs)
    alike = np.abs(moves @ moves.T)
    if np.linalg.eigvalsh(moves @ moves.T)[0] > FAR or np.linalg.svd(moves, compute_uv=False)[-1] > SAME:
        return
    for i, j in np.argwhere(np.triu(alike > 1.0 - 1e-12, 1)):
        raise _inseparable(f"{legs.names[i]} and {legs.names[j]} move exactly as one.")
    raise _inseparable(f"One of {', '.join(legs.names)} is an exact combination of the others.")


def standardised(legs: Legs) -> FloatArray:
    """The legs (K, n), one a row, about their means and each of length 1.

    Raises
    ------
    EstimationError
        When a leg does not move.
    """
    series = np.ascontiguousarray(legs.prices.T)
    centred = series - series.mean(axis=1, keepdims=True)
    length = np.sqrt(np.einsum("kn,kn->k", centred, centred))
    size = np.sqrt(np.einsum("kn,kn->k", series, series))
    still = [name for name, flat in zip(legs.names, length <= 1e-12 * size, strict=True) if flat]
    if still:
        raise EstimationError(
            f"The price of {', '.join(still)} does not move.", hint="Leave it out or choose another period."
        )
    result: FloatArray = centred / length[:, None]
    return result


def _inseparable(message: str) -> HedgeError:
    return EstimationError(message, hint="Leave one of them out.")

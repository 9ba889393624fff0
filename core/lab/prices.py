"""The legs' prices that the lab works on, from the sample, the page's source or a table of the user's own."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

import numpy as np

from core import words
from core.data.base import PROVIDERS
from core.errors import HedgeError, InsufficientHistory, InvalidSetting, UnknownTicker
from core.fingerprint import Keyed, freeze
from core.instruments import is_modelled
from core.lab.settings import RatioSettings
from core.pipeline import load_prices, prepare_prices
from core.progress import Progress, silent
from core.settings import DataSettings, Holding, PortfolioSettings
from core.tabular import shown_name
from core.types import FloatArray, Sessions

if TYPE_CHECKING:
    import pandas as pd

YEARS: Final = {"1y": 1, "3y": 3, "5y": 5}
"""Years of each period but "all"."""


@dataclass(frozen=True, kw_only=True, eq=False)
class LabPrices(Keyed):
    """Prices (T, K) of the legs on `sessions` (T,), dependent leg first; NaN where there is none.

    `source` says where they are from, in words, and names each leg that is from a file of the user's own;
    `available` (two days) are the first and the last with a price of every leg, before the period was cut
    out. Prices from a source keep within them, however much earlier one leg begins; a table of the user's
    own has every day on which any leg has a price. `put_back` is whether the source's closes are the same as
    its prices with dividends put back: it has no others, or there were no dividends.
    """

    legs: tuple[str, ...]
    sessions: Sessions
    values: FloatArray
    source: str
    available: tuple[np.datetime64, np.datetime64]
    put_back: bool = False

    def frame(self) -> "pd.DataFrame":
        """One column a leg, indexed by session: what `estimate_hedge_ratio` and the others take."""
        import pandas as pd

        return pd.DataFrame(self.values, index=pd.DatetimeIndex(self.sessions), columns=list(self.legs))


def prepare_legs(lab: RatioSettings, data: DataSettings, *, progress: Progress = silent) -> None:
    """Fetch the legs where they come from a network, so that `read_legs_of` need not wait.

    Raises
    ------
    Cancelled
        When `progress` says so. What went wrong is told by `read_legs_of`.
    """
    if lab.source == "source":
        prepare_prices(data, _book(lab.legs), progress=progress)


def read_legs_of(lab: RatioSettings, data: DataSettings | None = None) -> LabPrices:
    """The prices of the legs in the period asked for; `data` is the source that "source" means.

    Raises
    ------
    MissingSeries
        Naming the legs that cannot be had, with reasons.
    InsufficientHistory
        When no day has a price of every leg.
    InvalidSetting
        When the period holds fewer than two sessions.
    DataError
        Whatever else the source has to say.
    """
    asked = data or DataSettings()
    if lab.source == "sample":
        asked = DataSettings()
    if lab.source == "file":
        from core.lab.files import kept_table

        table = kept_table(lab.file, lab.file_name)
        sessions, values, same = table.sessions, table.columns(lab.legs), False
        source = lab.file_name
    else:
        sessions, values, same = _loaded(lab, asked)
        source = PROVIDERS[asked.provider].label
        for one in asked.own:
            source += f", {one.ticker} from {shown_name(one.name)}" if one.ticker in lab.legs else ""
    known = np.flatnonzero(np.isfinite(values).all(axis=1))
    if not len(known):
        raise InsufficientHistory(
            2, 0, what="a day with prices of every leg", hint="Choose other legs.", where="lab.legs"
        )
    available = (sessions[known[0]], sessions[known[-1]])
    there = np.flatnonzero(np.isfinite(values).any(axis=1)) if lab.source == "file" else known
    rows = _period(lab, sessions, available, (sessions[there[0]], sessions[there[-1]]))
    whole = int(((known >= rows.start) & (known < rows.stop)).sum())
    if whole < 2:
        raise InvalidSetting(
            f"The period holds {words.counted(whole, 'day')} with prices.",
            hint=f"There are prices of every leg from {available[0]} to {available[1]}.",
            where="lab.start",
        )
    days = sessions[rows].copy()
    days.setflags(write=False)
    return LabPrices(
        legs=lab.legs,
        sessions=days,
        values=freeze(values[rows]),
        source=source,
        available=available,
        put_back=same,
    )


def _loaded(lab: RatioSettings, data: DataSettings) -> tuple[Sessions, FloatArray, bool]:
    """The sessions, the legs' prices, and whether closes and prices with dividends are the same."""
    try:
        table = load_prices(data, _book(lab.legs))
    except HedgeError as error:
        if error.where == "portfolio.holdings":
            error.where = "lab.legs"
        raise
    places = [table.column(leg) for leg in lab.legs]
    lacking = [leg for leg, place in zip(lab.legs, places, strict=True) if place is None]
    if lacking:
        raise no_prices(lacking, data, where="lab.legs")
    chosen = [place for place in places if place is not None]
    closes, adjusted = table.close[:, chosen], table.adj_close[:, chosen]
    same = np.array_equal(closes, adjusted, equal_nan=True)
    return table.sessions, closes if lab.prices == "close" else adjusted, same


def no_prices(names: Sequence[str], data: DataSettings, *, where: str) -> UnknownTicker:
    """The refusal of names that a source answered without prices of, each for its own reason."""
    others = [name for name in names if not is_modelled(name)]
    reasons = ["A modelled fund has none of its own."] if len(others) < len(names) else []
    if others:
        label = PROVIDERS[data.provider].label
        reasons.append(f"The source ({label}) has none. Choose another name, or another source of prices.")
    return UnknownTicker(
        f"There are no prices of {words.listed(names)}.", tickers=names, hint=" ".join(reasons), where=where
    )


def _book(legs: tuple[str, ...]) -> PortfolioSettings:
    """A book of the legs, which is how prices are asked for."""
    return replace(PortfolioSettings(), holdings=tuple(Holding(leg, 1.0) for leg in legs))


def _period(
    lab: RatioSettings,
    sessions: Sessions,
    available: tuple[np.datetime64, np.datetime64],
    bounds: tuple[np.datetime64, np.datetime64],
) -> slice:
    """The rows of the period within `bounds`; its years count back from the last of the days `available`."""
    first, last = bounds
    end = None if lab.end is None else np.datetime64(lab.end)
    last = last if end is None else min(end, last)
    if lab.start is not None:
        first = max(np.datetime64(lab.start), first)
    elif lab.period in YEARS:
        back_from = available[1] if end is None else min(end, available[1])
        first = max(np.datetime64(years_before(back_from.astype(object), YEARS[lab.period])), first)
    return slice(int(np.searchsorted(sessions, first)), int(np.searchsorted(sessions, last, side="right")))


def years_before(day: dt.date, years: int) -> dt.date:
    """The same day so many years earlier; the 28th for a 29 February."""
    leap = (day.month, day.day) == (2, 29)
    return day.replace(year=day.year - years, day=28 if leap else day.day)

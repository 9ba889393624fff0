"""What the provider `yahoo` knows about one symbol, and what it says about it."""

import datetime as dt
from dataclasses import dataclass

import numpy as np

from core.data.assemble import Provenance
from core.data.exchange import NEW_YORK
from core.data.quality import COLUMNS, Series
from core.data.store import Kept
from core.data.yahoo_ask import Fault
from core.data.yahoo_history import Said
from core.data.yahoo_words import trouble
from core.fingerprint import Keyed, fingerprint
from core.words import day


@dataclass(frozen=True, kw_only=True)
class Known:
    """The stored history of one symbol, and how the last attempt to renew it went."""

    generation: int
    """The store's, when this was learned: what was learned before the store was cleared is not known."""
    kept: Kept | None = None
    digest: str = ""
    zone: str = ""
    """Where its days end, by `core.data.yahoo_history.zone_of`; "" also where it was not fetched yet."""
    fetched_here: bool = False
    asked_at: dt.datetime | None = None
    fault: Fault | None = None
    changed: Said = Said()
    left_out: Said = Said()

    @property
    def origin(self) -> str:
        """Where its prices are from, in words."""
        return "Yahoo" if self.fetched_here and self.fault is None else "Yahoo, stored"

    def provenance(self, end: dt.date | None) -> Provenance:
        """What a table up to `end` says of it; nothing about days after that. It must have a history."""
        assert self.kept is not None
        fetched = self.kept.fetched_at
        stored = day(np.datetime64(fetched.astimezone(NEW_YORK).date()))
        return Provenance(
            origin=self.origin,
            fetched_at=fetched,
            trouble=trouble(self.fault, stored) if self.fault is not None else "",
            left_out=self.left_out.before(end),
        )


class Entry(Keyed):
    """A series of a table with what is said about it; its key is of the content, which is hashed once."""

    def __init__(self, known: Known, end: dt.date | None) -> None:
        assert known.kept is not None
        self.series = known.kept.series
        self.provenance = known.provenance(end)
        self.key = fingerprint((self.series.ticker, known.digest, self.provenance))


def digest(series: Series) -> str:
    """A fingerprint of all that a series holds but its ticker."""
    columns = tuple(getattr(series, name) for name in COLUMNS)
    return fingerprint((series.dates, columns, series.currency, series.actions))

"""The one shared selection: what every chart and table looks at."""

from dataclasses import dataclass, replace

import numpy as np

from core.types import Sessions


@dataclass(frozen=True, kw_only=True)
class Selection:
    """A time window, a brushed range inside it, a highlighted asset and a chosen day.

    None means all, or none; for the day it means the last session.

    Frozen and compared by value, so that a chart which writes back what it was given changes nothing.
    """

    window: tuple[np.datetime64, np.datetime64] | None = None
    brush: tuple[np.datetime64, np.datetime64] | None = None
    asset: str | None = None
    day: np.datetime64 | None = None

    def with_asset(self, asset: str | None) -> "Selection":
        """The same selection with another asset highlighted."""
        return replace(self, asset=asset)

    def with_day(self, day: np.datetime64 | None) -> "Selection":
        """The same selection with another day chosen."""
        return replace(self, day=day)

    def row(self, sessions: Sessions) -> int:
        """The row of the chosen day: the last one that is not after it, or the last of all.

        A day outside the sessions, which can come and go with the as-of day, counts as none.
        """
        last = len(sessions) - 1
        if self.day is None or not sessions[0] <= self.day <= sessions[last]:
            return last
        return int(np.searchsorted(sessions, self.day, side="right")) - 1

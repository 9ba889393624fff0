"""The one shared selection: what every chart and table looks at."""

from dataclasses import dataclass, replace

import numpy as np


@dataclass(frozen=True, kw_only=True)
class Selection:
    """A time window, a brushed range inside it and a highlighted asset; None means all, or none.

    Frozen and compared by value, so that a chart which writes back what it was given changes nothing.
    """

    window: tuple[np.datetime64, np.datetime64] | None = None
    brush: tuple[np.datetime64, np.datetime64] | None = None
    asset: str | None = None

    def with_asset(self, asset: str | None) -> "Selection":
        """The same selection with another asset highlighted."""
        return replace(self, asset=asset)

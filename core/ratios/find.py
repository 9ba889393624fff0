"""The ratios alone, without diagnostics: what rolling refits, simulations and the referee call often."""

import numpy as np

from core.errors import EstimationError, InvalidSetting
from core.progress import Progress, silent
from core.ratios.base import HEDGE_RATIOS, Found, MethodOptions
from core.ratios.legs import Legs, check_legs


def find_ratios(legs: Legs, method: str, options: MethodOptions, *, progress: Progress = silent) -> Found:
    """The ratios alone, without diagnostics; raises as `estimate_hedge_ratio`.

    `progress` is told how far it is before the search, and during it by methods that take long.
    """
    entry = HEDGE_RATIOS.get(method, where="ratios.method")
    most = entry.item.most_legs
    if len(legs.names) > most:
        raise InvalidSetting(
            f"{entry.label} takes {most} legs, not {len(legs.names)}.",
            hint="Leave legs out, or choose another method.",
            where="ratios.method",
        )
    check_legs(legs, entry.item.least(len(legs.names), options), entry.label)
    progress(0.0)
    given = {"progress": progress} if entry.item.reports else {}
    found = entry.item.estimate(legs.prices, options, **given)
    if not np.isfinite(found.ratios).all():
        raise EstimationError(
            f"{entry.label} has no ratio for {legs.names[0]} here.", hint="Choose another dependent leg."
        )
    return found

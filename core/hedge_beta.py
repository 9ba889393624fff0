"""Which beta the hedge instrument is taken to have: one answer for exposure, plan, order and page."""

from dataclasses import dataclass
from typing import Literal

import numpy as np

from core.beta import BetaEstimate
from core.fingerprint import Keyed, freeze
from core.instruments import instrument
from core.settings import DataSettings, HedgeSettings
from core.types import FloatArray


@dataclass(frozen=True, kw_only=True, eq=False)
class HedgeBeta(Keyed):
    """The hedge's beta to the benchmark (T,), NaN where nothing says what it is.

    `source` says where the last one comes from: measured over the same window as every other beta,
    stated by the fund's name because it cannot be measured, set by hand, or unknown.
    """

    values: FloatArray
    source: Literal["measured", "stated", "by hand", "unknown"]


def choose_hedge_beta(betas: BetaEstimate, data: DataSettings, settings: HedgeSettings) -> HedgeBeta:
    """The beta set by hand, else the measured one, else the fund's stated multiple where it is on file."""
    measured = betas.hedge.beta[:, 0]
    if settings.hedge_beta is not None:
        return HedgeBeta(values=freeze(np.full(len(measured), settings.hedge_beta)), source="by hand")
    stated = instrument(data.hedge, factor=data.model_factor, fee=data.model_fee).leverage
    values = np.where(np.isfinite(measured), measured, stated)
    if np.isfinite(measured[-1]):
        return HedgeBeta(values=freeze(values), source="measured")
    return HedgeBeta(values=freeze(values), source="stated" if np.isfinite(stated) else "unknown")

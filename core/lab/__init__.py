"""The lab: which hedge ratio, what its spread did, and which method held on days it had not seen.

>>> from core.lab import LabSettings, compare_ratios, read_legs_of
"""

from core.data.own import keep_own_file
from core.lab.cointegration import EngleGranger, engle_granger
from core.lab.compare import RatioComparison, RatioRow, compare_ratios, study_ratio, variants
from core.lab.files import keep_file
from core.lab.prices import LabPrices, read_legs_of
from core.lab.residuals import Residuals, diagnose
from core.lab.settings import CheckSettings, LabSettings, RatioSettings
from core.lab.trace import SpreadTrace, Trip, trace_spread
from core.settings import DataSettings

__all__ = [
    "CheckSettings",
    "DataSettings",
    "EngleGranger",
    "LabPrices",
    "LabSettings",
    "RatioComparison",
    "RatioRow",
    "RatioSettings",
    "Residuals",
    "SpreadTrace",
    "Trip",
    "compare_ratios",
    "diagnose",
    "engle_granger",
    "keep_file",
    "keep_own_file",
    "read_legs_of",
    "study_ratio",
    "trace_spread",
    "variants",
]

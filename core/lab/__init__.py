"""The lab: which hedge ratio, what its spread did, and which method held on days it had not seen.

>>> from core.lab import LabSettings, compare_ratios, read_legs_of
"""

from core.lab.compare import RatioComparison, RatioRow, compare_ratios, study_ratio, variants
from core.lab.files import keep_file
from core.lab.prices import LabPrices, read_legs_of
from core.lab.settings import CheckSettings, LabSettings, RatioSettings
from core.settings import DataSettings

__all__ = [
    "CheckSettings",
    "DataSettings",
    "LabPrices",
    "LabSettings",
    "RatioComparison",
    "RatioRow",
    "RatioSettings",
    "compare_ratios",
    "keep_file",
    "read_legs_of",
    "study_ratio",
    "variants",
]

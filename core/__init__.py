"""Hedgeboard's engine: exposure of a book to the market, and the hedge that removes it.

>>> from core import Settings, analyse
>>> analysis = analyse(Settings())

Settings and results are frozen; every function is pure but for the loading of prices.
"""

from core.beta import OLS, RollingOLS, ols, rolling_ols
from core.codec import settings_from_dict, settings_to_dict
from core.data.base import PROVIDERS
from core.errors import HedgeError
from core.hedge import hedge_shares
from core.market import MarketData
from core.memo import Memo
from core.order import HedgeOrder
from core.pipeline import Analysis, analyse
from core.settings import Settings

PROVIDERS.discover()

__all__ = [
    "OLS",
    "PROVIDERS",
    "Analysis",
    "HedgeError",
    "HedgeOrder",
    "MarketData",
    "Memo",
    "RollingOLS",
    "Settings",
    "analyse",
    "hedge_shares",
    "ols",
    "rolling_ols",
    "settings_from_dict",
    "settings_to_dict",
]

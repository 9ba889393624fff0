"""Hedgeboard's engine: exposure of a book to the market, and the hedge that removes it.

>>> from core import Settings, analyse
>>> analysis = analyse(Settings())

Settings and results are frozen; every function is pure but for the loading of prices.
"""

from core.backtest import Backtest
from core.beta import OLS, RollingOLS, ols, rolling_ols
from core.betas.base import BETAS, BetaReading
from core.betas.estimate import BetaComparison, compare_betas, estimate_beta
from core.betas.vasicek import cross_section
from core.codec import settings_from_dict, settings_to_dict
from core.comparison import Comparison, compare
from core.data.base import PROVIDERS
from core.data.own import keep_own_file
from core.errors import HedgeError
from core.events import measure_window
from core.export import to_json, to_text
from core.hedge import hedge_shares
from core.hedge_check import HedgeCheck, check_hedge
from core.lab.check import check_of
from core.lab.cointegration import engle_granger
from core.lab.compare import compare_ratios, study_ratio, variants
from core.lab.files import keep_file
from core.lab.prices import read_legs_of
from core.lab.rank import rank_ratios
from core.lab.residuals import diagnose
from core.lab.settings import CheckSettings, LabSettings, RatioSettings
from core.lab.trace import trace_spread
from core.ledger import ledger, waterfall
from core.market import MarketData
from core.memo import Memo
from core.order import HedgeOrder
from core.pipeline import Analysis, analyse
from core.ratios.base import HEDGE_RATIOS, HedgeRatio
from core.ratios.estimate import estimate_hedge_ratio
from core.ratios.referee import rank_methods
from core.ratios.rolling import rolling_hedge_ratio
from core.ratios.units import both_orderings, to_dollars, to_shares
from core.rule_settings import BacktestSettings, TriggerSettings
from core.settings import (
    BetaSettings,
    CostSettings,
    DataSettings,
    HedgeSettings,
    Holding,
    PortfolioSettings,
    Settings,
)
from core.spread import construct_spread
from core.tree import Question
from core.triggers.base import TRIGGERS, TriggerSignal

BETAS.discover()
HEDGE_RATIOS.discover()
PROVIDERS.discover()
TRIGGERS.discover()

__all__ = [
    "BETAS",
    "HEDGE_RATIOS",
    "OLS",
    "PROVIDERS",
    "TRIGGERS",
    "Analysis",
    "Backtest",
    "BacktestSettings",
    "BetaComparison",
    "BetaReading",
    "BetaSettings",
    "CheckSettings",
    "Comparison",
    "CostSettings",
    "DataSettings",
    "HedgeCheck",
    "HedgeError",
    "HedgeOrder",
    "HedgeRatio",
    "HedgeSettings",
    "Holding",
    "LabSettings",
    "MarketData",
    "Memo",
    "PortfolioSettings",
    "Question",
    "RatioSettings",
    "RollingOLS",
    "Settings",
    "TriggerSettings",
    "TriggerSignal",
    "analyse",
    "both_orderings",
    "check_hedge",
    "check_of",
    "compare",
    "compare_betas",
    "compare_ratios",
    "construct_spread",
    "cross_section",
    "diagnose",
    "engle_granger",
    "estimate_beta",
    "estimate_hedge_ratio",
    "hedge_shares",
    "keep_file",
    "keep_own_file",
    "ledger",
    "measure_window",
    "ols",
    "rank_methods",
    "rank_ratios",
    "read_legs_of",
    "rolling_hedge_ratio",
    "rolling_ols",
    "settings_from_dict",
    "settings_to_dict",
    "study_ratio",
    "to_dollars",
    "to_json",
    "to_shares",
    "to_text",
    "trace_spread",
    "variants",
    "waterfall",
]

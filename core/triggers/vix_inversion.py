"""The volatility curve upside down: short-dated fear above longer-dated."""

import numpy as np

from core.kernels.average import exponential_mean
from core.rule_settings import TriggerSettings
from core.triggers.base import TRIGGERS, Input, Trigger, TriggerContext, TriggerSignal, make_signal
from core.types import TRADING_DAYS, FloatArray

_SHORT, _LONG = 0.90, 0.985
_WARM_UP = 252


def _evaluate(context: TriggerContext, settings: TriggerSettings) -> TriggerSignal:
    market, level = context.market, settings.vix_ratio
    if not market.has_vix3m:
        return _stand_in(market.benchmark_close, settings)
    known = (market.vix3m > 0) & np.isfinite(market.vix)
    ratio = np.where(known, market.vix, np.nan) / np.where(known, market.vix3m, np.nan)
    return make_signal(
        "vix_inversion",
        ratio,
        level,
        condition="VIX > VIX3M" if level == 1.0 else f"VIX / VIX3M > {level:g}",
        fires="above",
        unit="ratio",
        source="VIX / VIX3M at the close",
        missing="VIX or VIX3M is missing that day",
        inputs=(Input(name="VIX", values=market.vix), Input(name="VIX3M", values=market.vix3m)),
    )


def _stand_in(close: FloatArray, settings: TriggerSettings) -> TriggerSignal:
    """Short over long realised volatility, labelled: for sources without VIX3M.

    Exponentially weighted means of squared log returns, decay 0.90 and 0.985; the level that fires on as many
    days as the true curve did from 2009 to 2022 is 1.31.
    """
    returns = np.full(len(close), np.nan)
    returns[1:] = np.log(close[1:] / close[:-1])
    short, long = (exponential_mean(returns**2, decay) for decay in (_SHORT, _LONG))
    usable = (np.arange(len(close)) >= _WARM_UP) & (long > 0)
    ratio = np.sqrt(np.where(usable, short, np.nan) / np.where(usable, long, np.nan))
    scale = np.sqrt(TRADING_DAYS)
    return make_signal(
        "vix_inversion",
        ratio,
        settings.stand_in_level,
        condition=f"volatility stand-in > {settings.stand_in_level:g}",
        fires="above",
        unit="ratio",
        source="stand-in: short over long realised volatility, as the source has no VIX3M",
        missing=f"the stand-in needs {_WARM_UP} sessions, and a close that day and the day before",
        inputs=(
            Input(name="short volatility", values=np.sqrt(short) * scale),
            Input(name="long volatility", values=np.sqrt(long) * scale),
        ),
    )


TRIGGERS.add("vix_inversion", label="VIX curve inverted", help="VIX above VIX3M at the close.")(
    Trigger(evaluate=_evaluate, short="VIX")
)

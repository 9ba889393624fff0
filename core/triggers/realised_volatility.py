"""The benchmark's volatility over a month."""

import numpy as np

from core import words
from core.rule_settings import TriggerSettings
from core.triggers.base import TRIGGERS, Trigger, TriggerContext, TriggerSignal, make_signal
from core.types import TRADING_DAYS
from core.windows import trailing

_LENGTH = 21


def _evaluate(context: TriggerContext, settings: TriggerSettings) -> TriggerSignal:
    returns, name = trailing(context.market.benchmark_returns, _LENGTH), context.market.benchmark
    return make_signal(
        "realised_volatility",
        returns.std(axis=1, ddof=1) * np.sqrt(TRADING_DAYS),
        settings.volatility_limit,
        condition=f"volatility of {name} > {words.percent(settings.volatility_limit, 0)} a year",
        fires="above",
        unit="fraction",
        source=f"{name}, daily returns of {_LENGTH} sessions, a year",
        missing=f"fewer than {_LENGTH} returns of {name}",
    )


TRIGGERS.add("realised_volatility", label="Volatility", help="The benchmark\u2019s volatility over a month.")(
    Trigger(evaluate=_evaluate, short="volatility")
)

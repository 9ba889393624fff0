"""The benchmark well under its highest close of a year."""

import numpy as np

from core import words
from core.rule_settings import TriggerSettings
from core.triggers.base import TRIGGERS, Input, Trigger, TriggerContext, TriggerSignal, make_signal
from core.windows import trailing

_LOOK_BACK = 252


def _evaluate(context: TriggerContext, settings: TriggerSettings) -> TriggerSignal:
    close = context.market.benchmark_close
    high = np.fmax.reduce(trailing(close, _LOOK_BACK), axis=1)
    return make_signal(
        "drawdown",
        close,
        high * (1.0 - settings.drawdown_limit),
        condition=f"{context.market.benchmark} {words.percent(settings.drawdown_limit, 0)} under its high",
        fires="below",
        unit="price",
        source=f"{context.market.benchmark} against its highest close of {_LOOK_BACK} sessions",
        missing=f"{context.market.benchmark} has no price that day",
        inputs=(Input(name="highest close", values=high),),
    )


TRIGGERS.add("drawdown", label="Drawdown", help="The benchmark well under its high of a year.")(
    Trigger(evaluate=_evaluate, short="drawdown")
)

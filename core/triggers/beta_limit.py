"""The book's own beta above a limit."""

from core import words
from core.rule_settings import TriggerSettings
from core.triggers.base import TRIGGERS, Trigger, TriggerContext, TriggerSignal, make_signal


def _evaluate(context: TriggerContext, settings: TriggerSettings) -> TriggerSignal:
    return make_signal(
        "beta_limit",
        context.exposure.beta,
        settings.beta_limit,
        condition=f"beta > {words.number(settings.beta_limit)}",
        fires="above",
        unit="beta",
        source="beta of the holdings, the hedge left aside",
        missing="the book has no beta that day",
    )


TRIGGERS.add("beta_limit", label="Portfolio beta", help="The book\u2019s own beta above a limit.")(
    Trigger(evaluate=_evaluate, short="beta")
)

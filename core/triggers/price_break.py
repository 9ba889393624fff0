"""A close well under its moving average: of the benchmark, of the book, or of any holding."""

import numpy as np

from core import words
from core.rule_settings import TriggerSettings
from core.triggers.base import TRIGGERS, Input, Trigger, TriggerContext, TriggerSignal, make_signal
from core.types import FloatArray
from core.windows import moving_average


def _evaluate(context: TriggerContext, settings: TriggerSettings) -> TriggerSignal:
    market, portfolio, length = context.market, context.portfolio, settings.average_sessions
    name = market.benchmark
    if settings.break_of == "portfolio":
        held = portfolio.shares != 0
        whole = np.isfinite(portfolio.value[:, held]).all(axis=1)
        # Without the hedge held: what is bought today must not change what fired before.
        worth = portfolio.value[:, held].sum(axis=1) + portfolio.cash
        name, price = "the book", np.where(whole & (worth > 0), worth, np.nan)
        average = moving_average(price, length)
    elif settings.break_of == "holdings":
        name = "the weakest holding"
        price, average = _weakest(market.close[:, portfolio.shares != 0], length)
    else:
        price = market.benchmark_close
        average = moving_average(price, length)
    below = words.percent(settings.break_below)
    return make_signal(
        "price_break",
        price,
        average * (1.0 - settings.break_below),
        condition=f"{name} < {1.0 - settings.break_below:.3g} \u00d7 MA{length}",
        fires="below",
        unit="price",
        source=f"{name}: close against {below} under the mean of {length} closes",
        missing=f"fewer than {length} closes of {name}, or none that day",
        inputs=(Input(name=f"MA{length}", values=average),),
    )


def _weakest(close: FloatArray, length: int) -> tuple[FloatArray, FloatArray]:
    """Close and average of the holding that is farthest under its own average that day, (T,) each.

    Every holding with data counts; there is none where no holding has any.
    """
    if not close.shape[1]:
        return np.full(len(close), np.nan), np.full(len(close), np.nan)
    average = np.column_stack([moving_average(column, length) for column in close.T])
    share = np.where(np.isfinite(average), close / average, np.inf)
    worst = share.argmin(axis=1)
    rows = np.arange(len(close))
    return np.where(np.isfinite(average[rows, worst]), close[rows, worst], np.nan), average[rows, worst]


TRIGGERS.add("price_break", label="Price break", help="Close well under its moving average.")(
    Trigger(evaluate=_evaluate, short="price")
)

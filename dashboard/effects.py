"""What one changed setting did to the answer: the line under its control."""

import math
from collections.abc import Callable, Iterable
from functools import partial
from typing import Final

from core import words
from core.errors import Cancelled, HedgeError
from core.order import HedgeOrder
from core.pipeline import Analysis, analyse
from core.settings import Settings
from dashboard.forms import Effect
from dashboard.runner import Runner
from dashboard.state import AppState

ARROW = " \u2192 "


def effect(path: str, before: Analysis, after: Analysis) -> Effect:
    """The figures that the setting at `path` moved, old and new, those that matter for it first.

    Empty where a figure is unknown on either side: there is nothing to compare then.
    """
    first = _FIRST.get(path.split(".")[0], ())
    facts = [*first, *(fact for fact in _FACTS if fact not in first)]
    moved = [pair for fact in facts if (pair := fact(before, after)) is not None and pair[1] != pair[2]]
    if not moved:
        return [("No change in the answer", False)]
    parts: Effect = []
    for name, old, new in moved[:2]:
        start = f"{', ' if parts else ''}{name if not parts else name[0].lower() + name[1:]} "
        parts += [(f"{start}{old}{ARROW}", False), (new, True)]
    return parts


def effects(
    analysis: Analysis,
    preset: Settings,
    paths: Iterable[str],
    cancelled: Callable[[], bool] | None = None,
) -> dict[str, Effect]:
    """Per changed path the effect of that setting alone: everything else stays as it is now.

    Stages are memoised, so this costs what the changed stage costs, and nothing when only one differs.

    Raises
    ------
    Cancelled
        When `cancelled` says so, which is asked between stages.
    """
    found: dict[str, Effect] = {}
    for path in paths:
        try:
            before = analyse(
                analysis.settings.with_value(path, preset.value(path)), cancelled=cancelled, bootstrap=False
            )
        except Cancelled:
            raise
        except HedgeError:
            continue
        found[path] = effect(path, before, analysis)
    return found


class EffectLines:
    """Works out the effect lines of one session, one job at a time and only for the newest result.

    The workers belong to all sessions: a slider that moves must not leave jobs behind on them.
    """

    def __init__(self, state: AppState, runner: Runner, paths: Iterable[str]) -> None:
        self.state = state
        self.runner = runner
        self.paths = tuple(paths)
        self._busy = False

    async def newest(self) -> tuple[Analysis, dict[str, Effect]] | None:
        """The newest result with its lines; None while an earlier call is at work, which then takes it."""
        if self._busy:
            return None
        self._busy = True
        try:
            while (analysis := self.state.analysis) is not None and not self.runner.stopped:
                found = await self._lines(analysis)
                if found is not None and self.state.analysis is analysis:
                    return analysis, found
        finally:
            self._busy = False
        return None

    async def _lines(self, analysis: Analysis) -> dict[str, Effect] | None:
        then, preset = analysis.settings, self.state.preset
        paths = [path for path in self.paths if then.value(path) != preset.value(path)]
        if not paths:
            return {}

        def cancelled() -> bool:
            return self.runner.stopped or self.state.analysis is not analysis

        try:
            return await self.runner.compute(partial(effects, analysis, preset, paths, cancelled))
        except Cancelled:
            return None


Fact = tuple[str, str, str] | None


def _pair(name: str, old: float, new: float, write: Callable[[float], str]) -> Fact:
    if not (math.isfinite(old) and math.isfinite(new)):
        return None
    return name, write(old), write(new)


def _beta(before: Analysis, after: Analysis) -> Fact:
    return _pair("Beta", float(before.exposure.beta[-1]), float(after.exposure.beta[-1]), words.number)


def _half_width(before: Analysis, after: Analysis) -> Fact:
    return _pair("Half-width", before.exposure.half_width, after.exposure.half_width, words.number)


def _residual(before: Analysis, after: Analysis) -> Fact:
    return _pair("Residual", before.order.residual_beta, after.order.residual_beta, words.number)


def _cost(before: Analysis, after: Analysis) -> Fact:
    return _pair("Cost now", before.order.cost_now, after.order.cost_now, words.money)


def _financing(before: Analysis, after: Analysis) -> Fact:
    old, new = before.order.funding.financing_a_day, after.order.funding.financing_a_day
    return _pair("Financing a day", old, new, words.money)


def _order(before: Analysis, after: Analysis) -> Fact:
    if before.order.problem or after.order.problem:
        return None
    old, new = before.order, after.order
    if old.side == new.side != "none":
        return old.side.capitalize(), words.shares(old.shares), words.shares(new.shares)
    return "Order", order_text(old), order_text(new)


def order_text(order: HedgeOrder) -> str:
    """The trade in two words."""
    if order.side == "none":
        return "do nothing"
    return f"{order.side} {words.shares(order.shares)}"


def _hedge(before: Analysis, after: Analysis) -> Fact:
    return "Hedge", _force(before), _force(after)


def _force(analysis: Analysis) -> str:
    fraction = float(analysis.state.fraction[-1])
    return f"ON {words.percent(fraction, 0)}" if fraction > 0 else "OFF"


def _times_on(before: Analysis, after: Analysis) -> Fact:
    return "Times on so far", str(len(before.state.spells())), str(len(after.state.spells()))


def _days_on(before: Analysis, after: Analysis) -> Fact:
    old, new = (int(a.state.on.sum()) for a in (before, after))
    return "Sessions on", words.shares(old), words.shares(new)


def _trial(before: Analysis, after: Analysis) -> Fact:
    old, new = (float(a.backtest.triggered.value[-1]) for a in (before, after))
    return _pair("Value with triggers, on the past", old, new, words.money)


_FACTS: Final = (_order, _residual, _cost, _financing, _beta, _half_width)
_FIRST: Final[dict[str, tuple[Callable[[Analysis, Analysis], Fact], ...]]] = {
    "beta": (_beta, _half_width),
    "costs": (_cost, _financing),
    "portfolio": (_beta, _order),
    "triggers": (_hedge, _times_on, _days_on, _trial),
    "backtest": (_trial,),
}
"""What a change of each section is about, before the rest of the answer."""

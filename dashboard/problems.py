"""The strip above the page: why the newest settings have no result, or what a Reset did."""

from typing import Any, ClassVar

import param

from core import words
from dashboard.component import Component
from dashboard.icons import ICONS
from dashboard.runner import Runner
from dashboard.state import AppState
from dashboard.web import script, style


def is_current(state: AppState) -> bool:
    """Whether the result on the page belongs to the settings as they are."""
    return state.analysis is not None and state.analysis.settings == state.settings


def beside(state: AppState, path: str) -> str:
    """What stands under a control: what was wrong, and what to do unless the notice says that."""
    problem = state.problem
    if problem is None or problem.where != path:
        return ""
    said_above = state.analysis is not None and not is_current(state)
    return problem.message if said_above else f"{problem.message} {problem.hint}".strip()


class Notice(Component):
    """What happened, what to do, what still holds; with a way back and another try.

    Input that was refused never gets here: it stands beside its control, and the page is up to date.
    """

    message = param.String(default="")
    hint = param.String(default="")
    still = param.String(default="")
    calm = param.Boolean(default=False, doc="Nothing is wrong: it only says what was done.")
    shown = param.Boolean(default=False)

    _bundle = script("notice")
    _stylesheets: ClassVar[list[str]] = [style("notice")]
    _constants: ClassVar[dict[str, Any]] = {"icons": ICONS}

    def __init__(self, state: AppState, runner: Runner) -> None:
        self.state = state
        self.runner = runner
        super().__init__(margin=0, sizing_mode="stretch_width")
        state.param.watch(self._show, ["problem", "analysis", "settings", "was_reset"])

    def told(self, message: dict[str, Any]) -> None:
        """Back to the last good settings, once more with these, or enough of it."""
        if message.get("undo"):
            self.undo()
        if message.get("again"):
            self.runner.again()
        if message.get("close"):
            self.state.was_reset = None

    def undo(self) -> None:
        """Go back to the settings that the page shows, or to those before the Reset."""
        reset = self.state.was_reset
        if self.calm and reset is not None:
            self.state.apply(reset.before)
        elif self.state.analysis is not None:
            self.state.apply(self.state.analysis.settings)

    def _show(self, *_: object) -> None:
        problem, analysis = self.state.problem, self.state.analysis
        # Without any result the empty page itself says why.
        if problem is None or analysis is None or is_current(self.state):
            self._show_reset()
            return
        day = words.day(analysis.market.as_of)
        self.param.update(
            message=problem.message,
            hint=problem.hint,
            still=f"The page still shows the last good result, as of {day}.",
            calm=False,
            shown=True,
        )

    def _show_reset(self) -> None:
        reset = self.state.was_reset
        if reset is None or self.state.settings != reset.after:
            self.shown = False
            self.state.was_reset = None  # whatever changes next, it is that Reset no more
            return
        self.param.update(
            message=f"{reset.count} setting{' is' if reset.count == 1 else 's are'} back at the preset.",
            hint="The book, its prices and the day stay as they were.",
            still="",
            calm=True,
            shown=True,
        )

"""The strip above the page that says why the newest settings have no result."""

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
    shown = param.Boolean(default=False)

    _bundle = script("notice")
    _stylesheets: ClassVar[list[str]] = [style("notice")]
    _constants: ClassVar[dict[str, Any]] = {"icons": ICONS}

    def __init__(self, state: AppState, runner: Runner) -> None:
        self.state = state
        self.runner = runner
        super().__init__(margin=0, sizing_mode="stretch_width")
        state.param.watch(self._show, ["problem", "analysis", "settings"])

    def told(self, message: dict[str, Any]) -> None:
        """Back to the last good settings, or once more with these."""
        if message.get("undo"):
            self.undo()
        if message.get("again"):
            self.runner.again()

    def undo(self) -> None:
        """Go back to the settings that the page shows."""
        if self.state.analysis is not None:
            self.state.apply(self.state.analysis.settings)

    def _show(self, *_: object) -> None:
        problem, analysis = self.state.problem, self.state.analysis
        # Without any result the empty page itself says why.
        if problem is None or analysis is None or is_current(self.state):
            self.shown = False
            return
        day = words.day(analysis.market.as_of)
        self.param.update(
            message=problem.message,
            hint=problem.hint,
            still=f"The page still shows the last good result, as of {day}.",
            shown=True,
        )

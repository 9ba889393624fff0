"""One session's state: settings in, the last good result and the latest problem out."""

from dataclasses import dataclass
from typing import Any

import param

from core.errors import HedgeError
from core.pipeline import Analysis
from core.settings import Settings
from dashboard.selection import Selection


@dataclass(frozen=True, kw_only=True)
class Problem:
    """What went wrong, in words for the reader; `where` is the setting it stands beside."""

    message: str
    hint: str = ""
    where: str = ""

    @classmethod
    def of(cls, error: HedgeError) -> "Problem":
        """The words of one of our own errors."""
        return cls(message=str(error), hint=error.hint, where=error.where)


class AppState(param.Parameterized):
    """What a session knows. Views read it and bind; only `change` and the runner write results.

    `analysis` is always the last good one; while `problem` is set it belongs to earlier settings.
    """

    settings: Settings = param.Parameter(doc="What the user asks for now.")  # type: ignore[assignment]
    preset: Settings = param.Parameter(doc="What Reset goes back to.")  # type: ignore[assignment]
    analysis: Analysis | None = param.Parameter(default=None, doc="The last good result.")  # type: ignore[assignment]
    problem: Problem | None = param.Parameter(default=None, doc="Why the newest settings have no result.")  # type: ignore[assignment]
    selection: Selection = param.Parameter(default=Selection(), doc="Window, brush and asset.")  # type: ignore[assignment]
    page: str = param.String(default="today", doc="Which page is shown.")  # type: ignore[assignment]
    dark: bool = param.Boolean(default=False, doc="Dark theme.")  # type: ignore[assignment]
    settings_open: bool = param.Boolean(default=True, doc="Whether the settings panel is open.")  # type: ignore[assignment]

    def __init__(self, settings: Settings | None = None, **params: Any) -> None:
        start = settings or Settings()
        super().__init__(settings=start, preset=start, **params)  # type: ignore[no-untyped-call]

    def change(self, path: str, value: object) -> bool:
        """Set one setting by its dotted path; False, with the problem said, when it is not allowed.

        The settings stay as they were in that case: nothing is lost.
        """
        try:
            changed = self.settings.with_value(path, value)
        except HedgeError as error:
            self.problem = Problem.of(error)
            return False
        self.apply(changed)
        return True

    def apply(self, settings: Settings) -> None:
        """Take whole settings at once; equal ones change nothing."""
        if settings != self.settings:
            self.settings = settings

    def changed_paths(self) -> tuple[str, ...]:
        """The dotted paths of settings that differ from the preset."""
        now, then = dict(self.settings.sections()), dict(self.preset.sections())
        return tuple(
            f"{section}.{name}"
            for section, config in now.items()
            for name, _ in config.specs()
            if getattr(config, name) != getattr(then[section], name)
        )

    def select(self, selection: Selection) -> None:
        """Write the shared selection; writing what is there already changes nothing."""
        if selection != self.selection:
            self.selection = selection

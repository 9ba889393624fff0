"""One session's state: settings in, the last good result and the latest problem out."""

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import param

from core.errors import HedgeError, MissingSeries
from core.pipeline import Analysis
from core.settings import Settings
from dashboard.selection import Selection

OWN_SECTION: Final = "portfolio."
OWN: Final = frozenset(
    {
        "data.provider",
        "data.folder",
        "data.own",
        "data.benchmark",
        "data.hedge",
        "data.as_of",
        "data.start",
        "hedge.held",
        "triggers.flow",
    }
)
"""What is the user's own, the book, readings and which prices are read: no preset, and Reset leaves it."""

SERVERS_OWN: Final = frozenset({"data.provider", "data.folder"})
"""What a visitor may not change where the server is open to other machines."""


def has_preset(path: str) -> bool:
    """Whether Reset brings this setting back."""
    return path not in OWN and not path.startswith(OWN_SECTION)


@dataclass(frozen=True, kw_only=True)
class Problem:
    """What went wrong, in words for the reader; `where` is the setting it stands beside."""

    message: str
    hint: str = ""
    where: str = ""
    wanted: bool = False
    """Whether the user asked for it, so that nothing is wrong."""
    prices: bool = False
    """Whether prices could not be had: asking again later may help."""
    refused: bool = False
    """Whether a value was not taken: the settings stay, and so does what was asked for with them."""

    @classmethod
    def of(cls, error: HedgeError, *, refused: bool = False) -> "Problem":
        """The words of one of our own errors."""
        prices = isinstance(error, MissingSeries)
        return cls(message=str(error), hint=error.hint, where=error.where, prices=prices, refused=refused)


@dataclass(frozen=True, kw_only=True)
class Reset:
    """What a Reset did, so that it can be undone while nothing else has changed."""

    before: Settings
    after: Settings
    count: int


class SettingsState(param.Parameterized):
    """Settings that controls show and write, and the latest problem with them."""

    settings: Any = param.Parameter(doc="What the user asks for now.")
    preset: Any = param.Parameter(doc="What Reset goes back to.")
    problem: Problem | None = param.Parameter(default=None, doc="Why the newest settings have no result.")  # type: ignore[assignment]

    @property
    def answered(self) -> object:
        """The settings that the result on the page belongs to; None before the first."""
        raise NotImplementedError

    def change(self, path: str, value: object) -> bool:
        """Set one setting by its dotted path; False, with the problem said, when it is not allowed.

        The settings stay as they were in that case: nothing is lost.
        """
        if self.refuses(path):
            return False
        try:
            changed = self.settings.with_value(path, value)
        except HedgeError as error:
            self.problem = Problem.of(error, refused=True)
            return False
        self.apply(changed)
        return True

    def refuses(self, path: str) -> bool:
        """Whether this setting is not for the visitor to change; the problem is said then."""
        del path
        return False

    def has_preset(self, path: str) -> bool:
        """Whether Reset brings this setting back."""
        del path
        return True

    def apply(self, settings: Any) -> None:
        """Take whole settings at once; equal ones change nothing."""
        if settings != self.settings:
            self.settings = settings


class AppState(SettingsState):
    """What a session knows. Views read it and bind; only `change` and the runner write results.

    `analysis` is always the last good one; while `problem` is set it belongs to earlier settings.
    """

    settings: Settings = param.Parameter(doc="What the user asks for now.")  # type: ignore[assignment]
    preset: Settings = param.Parameter(doc="What Reset goes back to.")  # type: ignore[assignment]
    analysis: Analysis | None = param.Parameter(default=None, doc="The last good result.")  # type: ignore[assignment]
    was_reset: Reset | None = param.Parameter(default=None, doc="The last Reset.")  # type: ignore[assignment]
    selection: Selection = param.Parameter(default=Selection(), doc="Window, brush, asset and day.")  # type: ignore[assignment]
    replay_window: tuple[np.datetime64, np.datetime64] | None = param.Parameter(  # type: ignore[assignment]
        default=None, doc="First and last day under replay: setting it opens the player, None closes it."
    )
    sought: str = param.String(  # type: ignore[assignment]
        default="",
        doc="The setting that a page wants to be shown where it is edited; whoever shows it empties this.",
    )
    page: str = param.String(default="today", doc="Which page is shown.")  # type: ignore[assignment]
    dark: bool = param.Boolean(default=False, doc="Dark theme.")  # type: ignore[assignment]
    settings_open: bool = param.Boolean(default=True, doc="Whether the settings panel is open.")  # type: ignore[assignment]

    def __init__(
        self, settings: Settings | None = None, *, fixed: frozenset[str] = frozenset(), **params: Any
    ) -> None:
        start = settings or Settings()
        self.fixed = fixed
        super().__init__(settings=start, preset=start, **params)  # type: ignore[no-untyped-call]

    @property
    def answered(self) -> Settings | None:
        """The settings that the result on the page belongs to; None before the first."""
        return None if self.analysis is None else self.analysis.settings

    def has_preset(self, path: str) -> bool:
        """Whether Reset brings this setting back."""
        return has_preset(path)

    def refuses(self, path: str) -> bool:
        """Whether whoever runs the server has fixed this setting; the problem is said then."""
        if path in self.fixed:
            self.problem = Problem(
                message="Where prices come from is fixed on this server.",
                hint="Whoever runs it can change that, with HEDGEBOARD_FOLDER or HEDGEBOARD_FOLDERS=on.",
                where=path,
            )
        return path in self.fixed

    def changed_paths(self) -> tuple[str, ...]:
        """The dotted paths of settings that differ from the preset; the user's own have none."""
        now, then = dict(self.settings.sections()), dict(self.preset.sections())
        return tuple(
            f"{section}.{name}"
            for section, config in now.items()
            for name, _ in config.specs()
            if has_preset(f"{section}.{name}") and getattr(config, name) != getattr(then[section], name)
        )

    def reset(self) -> None:
        """Go back to the preset, but for the book and which prices are read."""
        changed, before, after = self.changed_paths(), self.settings, self.settings
        for path in changed:
            after = after.with_value(path, self.preset.value(path))
        if changed:
            self.apply(after)
            self.was_reset = Reset(before=before, after=after, count=len(changed))

    def select(self, selection: Selection) -> None:
        """Write the shared selection; writing what is there already changes nothing."""
        if selection != self.selection:
            self.selection = selection

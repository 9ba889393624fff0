"""What whoever starts the server decides, from the environment."""

import os
from collections.abc import Mapping
from dataclasses import dataclass, replace

from core import PROVIDERS, Settings
from core.errors import InvalidSetting, cut


@dataclass(frozen=True, kw_only=True)
class AppConfig:
    """The settings a session opens with, and whether its visitor may name folders of the server."""

    settings: Settings = Settings()
    folders: bool = True

    @classmethod
    def from_env(cls, environ: Mapping[str, str] = os.environ) -> "AppConfig":
        """Read HEDGEBOARD_SOURCE (a price source's name), HEDGEBOARD_FOLDER (which means files) and FOLDERS.

        HEDGEBOARD_FOLDERS, on or off, says whether visitors may choose source and folder themselves.

        Raises
        ------
        UnknownOption
            When no price source has that name.
        InvalidSetting
            When HEDGEBOARD_FOLDERS is neither on nor off.
        """
        folder = environ.get("HEDGEBOARD_FOLDER", "")
        source = environ.get("HEDGEBOARD_SOURCE", "") or ("files" if folder else "")
        settings = with_source(Settings(), source, folder=folder) if source else Settings()
        return cls(settings=settings, folders=_is_on(environ.get("HEDGEBOARD_FOLDERS", "") or "on"))


def _is_on(text: str) -> bool:
    for word, meaning in (("on", True), ("off", False)):
        if text.strip().lower() == word:
            return meaning
    raise InvalidSetting(f"HEDGEBOARD_FOLDERS is {cut(text)!r}.", hint="Allowed: on or off.")


def with_source(settings: Settings, name: str, *, folder: str | None = None) -> Settings:
    """The same settings on another price source, with that source's own benchmark and hedge.

    The book stays: a ticker that the new source has not is named beside it, and nothing is lost.
    """
    source = PROVIDERS[name].item
    data = replace(
        settings.data,
        provider=name,
        folder=settings.data.folder if folder is None else folder,
        benchmark=source.benchmark,
        hedge=source.hedge,
        as_of=None,
    )
    return replace(settings, data=data)

"""What whoever starts the server decides, from the environment."""

import os
from collections.abc import Mapping
from dataclasses import dataclass, replace

from core import PROVIDERS, Settings


@dataclass(frozen=True, kw_only=True)
class AppConfig:
    """The settings a session opens with."""

    settings: Settings = Settings()

    @classmethod
    def from_env(cls, environ: Mapping[str, str] = os.environ) -> "AppConfig":
        """Read HEDGEBOARD_SOURCE (a price source's name) and HEDGEBOARD_FOLDER (which means files).

        Raises
        ------
        UnknownOption
            When no price source has that name.
        """
        folder = environ.get("HEDGEBOARD_FOLDER", "")
        source = environ.get("HEDGEBOARD_SOURCE", "") or ("files" if folder else "")
        if not source:
            return cls()
        return cls(settings=with_source(Settings(), source, folder=folder))


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

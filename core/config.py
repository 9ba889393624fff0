"""The base of all settings classes, and what they share."""

import dataclasses
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from core.fields import Field, field_of
from core.fingerprint import Keyed

PERCENT: Final = {"unit": "%", "scale": 100.0}


@dataclass(frozen=True, kw_only=True, eq=False)
class Config(Keyed):
    """Base of all settings: checks every field against its `Field` when built.

    Raises
    ------
    InvalidSetting
        Naming the setting as ``section.field``, the value and the allowed range.
    """

    def __post_init__(self) -> None:
        for name, spec in self.specs():
            checked = spec.check(getattr(self, name), f"{self.section()}.{name}")
            object.__setattr__(self, name, checked)

    @classmethod
    def section(cls) -> str:
        """The name of this class's part of the settings file ("beta" for `BetaSettings`)."""
        return cls.__name__.removesuffix("Settings").lower()

    @classmethod
    def specs(cls) -> Iterator[tuple[str, Field]]:
        """The fields of this class that are settings, in order, with what is known about each."""
        for item in dataclasses.fields(cls):
            spec = field_of(item.metadata)
            if spec is not None:
                yield item.name, spec

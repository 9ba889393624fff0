"""The base of all settings classes, and what they share."""

import dataclasses
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Final, Self

from core.errors import UnknownOption
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


class Sections(Keyed):
    """Base of settings in sections: a frozen dataclass whose fields are `Config` classes."""

    def sections(self) -> Iterator[tuple[str, Config]]:
        """Each section with its name, in order."""
        for item in dataclasses.fields(self):  # type: ignore[arg-type]
            yield item.name, getattr(self, item.name)

    def spec(self, path: str) -> Field:
        """What is known about one setting, its path written ``section.field``."""
        section, name = path.split(".")
        found: Field = dict(getattr(self, section).specs())[name]
        return found

    def with_value(self, path: str, value: object) -> Self:
        """These settings with one value changed, the path written ``section.field``.

        Raises
        ------
        InvalidSetting
            When the value is not allowed. An unknown path is a programming error (AttributeError).
        """
        section, name = path.split(".")
        changed = dataclasses.replace(getattr(self, section), **{name: value})
        return dataclasses.replace(self, **{section: changed})  # type: ignore[type-var]

    def value(self, path: str) -> Any:
        """One value by its path ``section.field``."""
        section, name = path.split(".")
        return getattr(getattr(self, section), name)


@dataclass(frozen=True, kw_only=True, eq=False)
class Options(Config):
    """Base of the options of a method; each is declared with its default, bounds and words."""

    where: ClassVar[str] = ""
    """What an unknown option is said to belong to."""

    @classmethod
    def section(cls) -> str:
        """The name of the method in messages ("ols" for `OLSOptions`)."""
        return cls.__name__.removesuffix("Options").lower()

    @classmethod
    def read(cls, given: Mapping[str, object]) -> Self:
        """The options with these values.

        Raises
        ------
        UnknownOption
            On one that the method does not have.
        InvalidSetting
            On a value outside its range or of the wrong kind.
        """
        known = [item.name for item in dataclasses.fields(cls)]
        for name in given:
            if name not in known:
                raise UnknownOption(name, known, kind=f"option of {cls.section()}", where=cls.where)
        return cls(**dict(given))

"""Named things of one kind, each in a file of its own that registers itself."""

import importlib
import pkgutil
from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

from core.errors import UnknownOption

T = TypeVar("T")


@dataclass(frozen=True, kw_only=True, eq=False)
class Entry(Generic[T]):
    """One registered item with the words that a menu needs."""

    name: str
    label: str
    help: str
    item: T


class Registry(Generic[T]):
    """A mapping of names to items, filled by `discover`.

    Parameters
    ----------
    kind
        What the items are, in words, for messages ("price provider").
    package
        The package whose modules hold them.
    """

    def __init__(self, kind: str, package: str) -> None:
        self.kind = kind
        self._package = package
        self._entries: dict[str, Entry[T]] = {}

    def add(self, name: str, *, label: str, help: str = "") -> Callable[[T], T]:
        """Decorator that registers an item; a second item under one name is a programming error."""

        def register(item: T) -> T:
            if name in self._entries:
                raise ValueError(f"two {self.kind}s are called {name!r}")
            self._entries[name] = Entry(name=name, label=label, help=help, item=item)
            return item

        return register

    def get(self, name: str, *, where: str = "") -> Entry[T]:
        """The item of this name.

        Raises
        ------
        UnknownOption
            With the nearest known name; `where` is the setting that asked.
        """
        if name not in self._entries:
            raise UnknownOption(name, self.names(), kind=self.kind, where=where)
        return self._entries[name]

    def __getitem__(self, name: str) -> Entry[T]:
        return self.get(name)

    def names(self) -> tuple[str, ...]:
        """The registered names, sorted."""
        return tuple(sorted(self._entries))

    def discover(self) -> None:
        """Import every module of the package, in sorted order, so that each registers itself."""
        package = importlib.import_module(self._package)
        for module in sorted(m.name for m in pkgutil.iter_modules(package.__path__)):
            importlib.import_module(f"{self._package}.{module}")

"""How a long computation reports on itself and learns that nobody waits for it any more."""

from typing import Protocol


class Progress(Protocol):
    """Called with the share done, in [0, 1], and a short text; raises `Cancelled` to stop."""

    def __call__(self, done: float, text: str = "") -> None: ...


def silent(done: float, text: str = "") -> None:
    """Progress that nobody watches."""
    del done, text

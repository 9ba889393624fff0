"""A question to Yahoo, why it has no answer, and how patient one is."""

from dataclasses import dataclass
from typing import Final, Literal, NamedTuple

Kind = Literal[
    "rate_limited", "unknown", "empty", "wrong_answer", "refused", "unreachable", "timeout", "broken"
]
FINAL: Final = frozenset({"unknown", "empty", "refused", "timeout"})
"""Not tried again by itself: the answer would be the same, or there is no time left."""
CONTAGIOUS: Final = frozenset({"rate_limited", "unreachable", "timeout", "broken"})
"""Says something about Yahoo rather than about the symbol."""


class Ask(NamedTuple):
    """One question: a symbol's history from a day on ("2025-03-31"), or all of it."""

    symbol: str
    start: str | None = None


class Fault(NamedTuple):
    """Why there is no answer: `detail` is for the log, or where an answer was refused a sentence why."""

    kind: Kind
    detail: str = ""


@dataclass(frozen=True, kw_only=True)
class Pace:
    """How patient the queue is, in seconds."""

    timeout: float = 6.0
    """For one request of prices."""
    deadline: float = 11.0
    """Until the process has answered, cookie included; past it, it is ended."""
    start: float = 15.0
    """Until the process is there."""
    tries: int = 3
    pause: float = 0.4
    """Before the second try; doubled before the third, and up to half as much again by chance."""
    limited_pause: float = 1.0
    """The same after "asked too often"; nothing at all is asked meanwhile."""
    cool_off: float = 30.0
    limited_cool_off: float = 60.0
    idle: float = 300.0
    """Without a question the process is ended after this."""

"""The one exception tree.

HedgeError                     message, where, hint
├── InvalidSetting             a setting is out of range or of the wrong kind
│   └── UnknownOption          a name that no registry or choice knows
├── DataError
│   ├── MissingSeries          some series cannot be had now; each with its reason
│   │   ├── UnknownTicker      the provider has no such series
│   │   └── ProviderUnavailable    offline, timed out
│   │       ├── RateLimited    asked too often
│   │       └── WrongAnswer    it answered with something that is no price history
│   ├── BadFile                a file that cannot be read as what it should be
│   ├── BadPrices              a price that cannot be a price
│   ├── BadPositions           a list of positions with bad rows
│   └── InsufficientHistory    too few rows to answer
├── EstimationError            no answer exists (flat benchmark, degenerate input)
└── Cancelled                  the caller no longer wants the result; never shown
"""

from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from typing import Literal


def cut(text: str, most: int = 60) -> str:
    """A text that came from outside, short enough for a message."""
    return text if len(text) <= most else f"{text[: most - 3]}..."


class HedgeError(Exception):
    """Root of every error that a reader should see.

    `str(error)` says what happened and on which input, `where` names the setting, file or ticker it
    belongs to (a dotted settings path such as ``"beta.window_sessions"`` puts the message beside the
    control), and `hint` says what to try.
    """

    def __init__(self, message: str, *, hint: str = "", where: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
        self.where = where


class InvalidSetting(HedgeError, ValueError):
    """A setting outside its range, or of the wrong kind."""


class UnknownOption(InvalidSetting):
    """A name that is not among the known ones; the hint offers the nearest."""

    def __init__(self, name: str, known: Iterable[str], *, kind: str, where: str = "") -> None:
        options = list(known)
        name = cut(name)
        near = get_close_matches(name, options, n=1)
        listed = ", ".join(options) if options else "none"
        super().__init__(
            f"There is no {kind} {name!r}.",
            hint=f"Did you mean {near[0]!r}?" if near else f"Known: {listed}.",
            where=where,
        )


class DataError(HedgeError):
    """Prices or positions that cannot be used."""


class MissingSeries(DataError):
    """Series that cannot be had now: `tickers` holds all of them, `reasons` why where it is known.

    A reason is a sentence without the ticker, such as "Yahoo knows no such symbol".
    """

    def __init__(
        self,
        message: str,
        *,
        tickers: Iterable[str] = (),
        reasons: Mapping[str, str] | None = None,
        hint: str = "",
        where: str = "",
    ) -> None:
        super().__init__(message, hint=hint, where=where)
        self.reasons = dict(reasons or {})
        self.tickers = tuple(dict.fromkeys((*tickers, *self.reasons)))


class UnknownTicker(MissingSeries):
    """The provider has no series under these names."""


class ProviderUnavailable(MissingSeries):
    """The source of the prices did not answer in time, or could not be reached."""


class RateLimited(ProviderUnavailable):
    """The source refuses for a while because it was asked too often."""


class WrongAnswer(ProviderUnavailable):
    """The source answered with something that is no price history. Says nothing about the symbol."""


class BadFile(DataError):
    """A file that cannot be read as what it should be."""


class BadPrices(DataError):
    """A price that cannot be a price: zero, negative, infinite or contradictory."""


class BadPositions(DataError):
    """A list of positions in which at least one row cannot be used; nothing of it was taken."""


class NeedsAnswer(BadPositions):
    """A list of positions that can be read in more than one way; nothing of it was taken.

    `question` is the name of the argument that settles it, `options` the values it may take, each
    with the words for its button.
    """

    def __init__(
        self,
        message: str,
        *,
        question: Literal["decimal", "merge", "total"],
        options: tuple[tuple[object, str], ...],
        hint: str = "",
        where: str = "",
    ) -> None:
        super().__init__(message, hint=hint, where=where)
        self.question = question
        self.options = options


class InsufficientHistory(DataError):
    """Fewer rows than the question needs."""

    def __init__(self, needed: int, have: int, *, what: str, hint: str = "", where: str = "") -> None:
        super().__init__(f"Not enough data for {what}: {have} of {needed}.", hint=hint, where=where)
        self.needed = needed
        self.have = have


class EstimationError(HedgeError):
    """The quantity asked for is not defined on this input."""


class Cancelled(HedgeError):
    """The caller no longer wants the result. Not shown to the reader."""

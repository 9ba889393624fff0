"""How a long computation reports on itself and learns that nobody waits for it any more."""

from typing import Literal, NamedTuple, Protocol


class SeriesStep(NamedTuple):
    """How far one series is; `text` says why where it failed, or where it comes from where it is done."""

    ticker: str
    state: Literal["waiting", "asking", "done", "failed"]
    text: str = ""


class Progress(Protocol):
    """Called with the share done, in [0, 1], a short text and, where series are fetched, how far each is.

    It raises `Cancelled` to stop, so whoever waits calls it at least every half second.
    """

    def __call__(self, done: float, text: str = "", series: tuple[SeriesStep, ...] = ()) -> None: ...


def silent(done: float, text: str = "", series: tuple[SeriesStep, ...] = ()) -> None:
    """Progress that nobody watches."""
    del done, text, series


def within(progress: Progress, place: float, of: float, *, size: float = 1.0, name: str = "") -> Progress:
    """Progress of one part of a work, told to that of the whole.

    The part begins when `place` of `of` is done and is `size` of it; `name` stands in front of its texts.

    >>> told = []
    >>> part = within(lambda done, text="", series=(): told.append((done, text)), 1, 4, name="Kalman")
    >>> part(0.0), part(0.5, "half"), told
    (None, None, [(0.25, 'Kalman'), (0.375, 'Kalman: half')])
    """

    def tell(done: float, text: str = "", series: tuple[SeriesStep, ...] = ()) -> None:
        progress((place + size * done) / of, ": ".join(part for part in (name, text) if part), series)

    return tell

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

"""Files that a browser sends, piece by piece: counted here while they arrive, whatever it says of them."""

import asyncio
import base64
import binascii
import math
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, ClassVar, Final

import param

from core.errors import cut
from dashboard.component import Component
from dashboard.icons import ICONS
from dashboard.web import script, style

MEGABYTE: Final = 2**20

PIECE: Final = 2**18
"""Bytes of a file that one message carries."""

ENCODED: Final = 4 * math.ceil(PIECE / 3)
"""Letters of base64 that a piece makes, at most."""

MOST: Final = 20
"""Files that may come at once."""

PATIENCE_SECONDS: Final = 60.0
"""A file whose next piece has not come by then is dropped, so that half ones do not pile up."""

NOT_WHOLE: Final = "The file did not arrive whole. Try again."


def shown_name(name: object) -> str:
    """A file's name fit to be read: its last part, without control characters, 60 characters at most."""
    text = name[-4096:] if isinstance(name, str) else ""
    last = text.replace("\\", "/").rstrip("/").rsplit("/", 1)[-1]
    return cut("".join(c for c in last if c.isprintable()).strip()) or "the file"


def too_large(limit: int) -> str:
    """The sentence for a file over `limit` bytes."""
    return f"The file is larger than {limit // MEGABYTE} MB."


@dataclass
class _Coming:
    """A file that is on its way."""

    id: str
    name: str
    data: bytearray = field(default_factory=bytearray)
    parts: int = 0


class Upload(Component):
    """A place to drop a file or to choose one. Each file is handed over whole, or refused in one sentence.

    At most one file is on its way at a time, and never more of it is held than the limit. The browser sends
    the next piece when it is told to, so a file that is refused stops coming.

    Parameters
    ----------
    take
        Called with a file's bytes and its name, which is a user's text.
    refuse
        Called with a sentence that says why a file is not taken.
    limit
        Bytes of a file, at most.
    begin
        Called before the first file of a drop.
    waits
        Whether the next file must wait until the owner has called `done` for the one handed over.
    most
        How many files may be dropped at once.
    """

    label = param.String(default="", doc="What may be dropped.")
    field = param.String(default="", doc="The name of the file input, for who cannot see it.")
    accept = param.String(default="", doc="Endings that the file dialog offers.")
    most = param.Integer(default=1)
    everywhere = param.Boolean(default=False, doc="Takes what is dropped on the page outside of dialogs too.")
    shows = param.Integer(default=0, doc="Counts drops on the page while the zone was out of sight.")

    _bundle = script("upload")
    _stylesheets: ClassVar[list[str]] = [style("upload")]
    _constants: ClassVar[dict[str, Any]] = {"icons": ICONS, "piece": PIECE}

    def __init__(
        self,
        *,
        take: Callable[[bytes, str], None],
        refuse: Callable[[str], None],
        limit: int,
        begin: Callable[[], None] = lambda: None,
        waits: bool = False,
        **params: Any,
    ) -> None:
        self._take = take
        self._refuse = refuse
        self._limit = limit
        self._begin = begin
        self._waits = waits
        self._handed = ""
        self._coming: _Coming | None = None
        self._expiry: asyncio.TimerHandle | None = None
        super().__init__(margin=0, sizing_mode="stretch_width", **params)

    @property
    def held(self) -> int:
        """Bytes of the file that is on its way."""
        return len(self._coming.data) if self._coming is not None else 0

    def told(self, message: dict[str, Any]) -> None:
        """A piece of a file, or why the browser sends none."""
        if isinstance(message.get("upload"), str):
            self._arrived(message["upload"][:40], message)
        if isinstance(message.get("files"), int):
            self._begun(message["files"])
        if isinstance(message.get("unread"), str):
            name = shown_name(message["unread"])
            self._give_up(f"{name} could not be read: a folder is not a file, and a file may be gone by now.")
        if message.get("show"):
            self.shows += 1

    def done(self) -> None:
        """The file that was handed over is dealt with: the next may come."""
        handed, self._handed = self._handed, ""
        self._answer(handed, go=True)

    def drop(self) -> None:
        """Forget a file that is on its way."""
        self._coming = None
        if self._expiry is not None:
            self._expiry.cancel()
            self._expiry = None

    def _begun(self, files: int) -> None:
        self._begin()
        if files > self.most:
            one = "One file at a time." if self.most == 1 else f"At most {self.most} are taken."
            self._give_up(f"{files:,} files were dropped at once. {one}")

    def _arrived(self, upload: str, message: dict[str, Any]) -> None:
        part, coming = message.get("part"), self._coming
        if part == 0:
            coming = _Coming(upload, shown_name(message.get("name", "")))
        if self._handed or coming is None or coming.id != upload:
            self._answer(upload, go=False)  # refused, replaced or too early: what was said stays
            return
        self.drop()
        wrong = NOT_WHOLE if part != coming.parts else _append(coming.data, message, self._limit)
        if wrong:
            self._answer(upload, go=False)
            self._refuse(wrong)
            return
        if message.get("last"):
            if self._waits:
                self._handed = upload
            else:
                self._answer(upload, go=True)
            self._take(bytes(coming.data), coming.name)
            return
        coming.parts += 1
        self._coming = coming
        self._expiry = _later(self.drop)
        self._answer(upload, go=True)

    def _give_up(self, why: str) -> None:
        self.drop()
        self._refuse(why)

    def _answer(self, upload: str, *, go: bool) -> None:
        self._send_msg({"upload": upload, "go": go})


def _append(data: bytearray, message: dict[str, Any], limit: int) -> str:
    """Add the piece that a message carries; why it cannot be, or nothing."""
    claimed, piece = message.get("size"), message.get("data")
    if isinstance(claimed, int) and claimed > limit:
        return too_large(limit)
    if not isinstance(piece, str) or len(piece) > ENCODED:
        return NOT_WHOLE
    try:
        new = base64.b64decode(piece, validate=True)
    except (binascii.Error, ValueError):
        return NOT_WHOLE
    if len(data) + len(new) > limit:
        return too_large(limit)
    data += new
    return ""


def _later(job: Callable[[], None]) -> asyncio.TimerHandle | None:
    try:
        return asyncio.get_running_loop().call_later(PATIENCE_SECONDS, job)
    except RuntimeError:
        return None  # a notebook without a loop has no visitors to leave files behind

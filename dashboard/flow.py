"""The user's own stop-loss readings: a box to paste into, a file, what is in use, and the way back."""

from functools import partial
from typing import Any, ClassVar, Final

import numpy as np
import param
from panel.viewable import Child

from core import words
from core.errors import HedgeError
from core.flow import WHERE, read_flow
from core.rule_settings import FlowReading
from core.settings import Settings
from dashboard.component import Component
from dashboard.icons import ICONS
from dashboard.positions import LARGEST
from dashboard.runner import Runner, unexpected
from dashboard.state import AppState
from dashboard.uploads import Upload
from dashboard.web import script, style

_KEPT: Final = "The readings stay as they were."
_LISTED: Final = 60
"""The latest readings that the dialog lists."""


class FlowDialog(Component):
    """The readings of one session. A list that cannot be read whole changes nothing."""

    upload = Child()
    open = param.Boolean(default=False)
    error = param.String(default="")
    note = param.String(default="")
    summary = param.String(default="", doc="What is in use, in one line.")
    rows = param.List(default=[], doc="Date and dollars of the latest readings, newest first.")
    undoable = param.Boolean(default=False)
    taken = param.Integer(default=0, doc="Counts lists that were taken, so that the box empties.")
    reading = param.Integer(default=0, doc="Counts demands to read the inbox.")

    _bundle = script("flow")
    _stylesheets: ClassVar[list[str]] = [style("positions"), style("flow")]
    _constants: ClassVar[dict[str, Any]] = {"icons": ICONS}

    def __init__(self, state: AppState, runner: Runner) -> None:
        self.state = state
        self.runner = runner
        self._inbox: tuple[bytes | str, str] = ("", "")
        self._before: tuple[tuple[FlowReading, ...], str] | None = None
        self.chooser = Upload(
            take=self.receive,
            refuse=self._say_wrong,
            limit=LARGEST,
            label="Choose or drop a CSV file: date, usd",
            field="Readings file",
            accept=".csv,.txt,.tsv",
        )
        super().__init__(upload=self.chooser)
        state.param.watch(self._asked, "sought")
        state.param.watch(self._show, "settings")
        self.param.watch(self._read, "reading")
        self.param.watch(lambda _: self.chooser.drop(), "open")
        self._show()

    def told(self, message: dict[str, Any]) -> None:
        """A pasted text, or the wish to undo or to remove the readings."""
        if isinstance(message.get("text"), str):
            self.receive(message["text"], "the pasted list")
        if message.get("remove"):
            self._take((), "auto", "The readings are removed. The source is automatic again.")
        if message.get("undo"):
            self.undo()

    def receive(self, data: bytes | str, name: str) -> None:
        """Read this list in place of the readings there are."""
        self._inbox = (data, name)
        self.reading += 1

    def undo(self) -> None:
        """The readings and the source as they were before the last change made here."""
        if self._before is not None:
            readings, source = self._before
            self._take(readings, source, "The earlier readings are back.")
            self._before = None
            self.undoable = False

    def _refuse(self, problem: HedgeError) -> None:
        self._say_wrong(f"{problem.message[:1].upper()}{problem.message[1:]}\n{problem.hint}".strip())

    def _say_wrong(self, why: str) -> None:
        self.param.update(error=f"{why}\n{_KEPT}", note="")

    async def _read(self, _: param.parameterized.Event) -> None:
        data, name = self._inbox
        try:
            readings = await self.runner.compute(partial(read_flow, data, name))
        except HedgeError as problem:
            self._refuse(problem)
            return
        except Exception as error:
            self.param.update(error=unexpected(error).message, note="")
            return
        self._inbox = ("", "")
        count = len(readings)
        said = f"Read {count} reading{'' if count == 1 else 's'} from {name}."
        if self._take(readings, "file", said):
            self.taken += 1

    def _take(self, readings: tuple[FlowReading, ...], source: str, note: str) -> bool:
        """Write readings and source in one change; False, with the reason said, where it is refused."""
        now = self.state.settings
        try:
            changed: Settings = now.with_value(WHERE, readings).with_value("triggers.cluster_source", source)
        except HedgeError as problem:
            self._refuse(problem)
            return False
        self._before = (now.triggers.flow, now.triggers.cluster_source)
        self.state.apply(changed)
        self.param.update(error="", note=note, undoable=True)
        return True

    def _asked(self, event: param.parameterized.Event) -> None:
        if event.new == WHERE:
            self.state.sought = ""
            self.open = True

    def _show(self, *_: object) -> None:
        readings = self.state.settings.triggers.flow
        rows = [[words.day(_day(r)), words.money(r.usd)] for r in readings[: -_LISTED - 1 : -1]]
        self.param.update(summary=in_use(readings, self.state.settings.triggers.cluster_source), rows=rows)


def in_use(readings: tuple[FlowReading, ...], source: str) -> str:
    """How many readings there are, from when to when, and whether they count."""
    if not readings:
        return "No readings are loaded."
    first, last = words.day(_day(readings[0])), words.day(_day(readings[-1]))
    span = first if first == last else f"{first} \u2013 {last}"
    count = f"{len(readings):,} reading{'' if len(readings) == 1 else 's'}, {span}"
    return count if source in ("auto", "file") else f"{count}; the source chosen does not use them"


def _day(reading: FlowReading) -> np.datetime64:
    return np.datetime64(reading.day)

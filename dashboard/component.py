"""The base of the page's own components: Panel's edge in one place, typed on our side of it."""

from collections.abc import Awaitable, Callable
from typing import Any, ClassVar

import panel as pn
from panel.io import document


class Component(pn.custom.JSComponent):
    """A component with its own script and style sheet; it is told things by properties only.

    A script sets text as text, never as HTML, so what a user typed cannot run.
    """

    # Panel waits this many milliseconds for further changes. A slider of ours sends one a frame at most.
    _debounce: ClassVar[int] = 10
    _stylesheets: ClassVar[list[str]] = []
    _constants: ClassVar[dict[str, Any]] = {}

    def __init__(self, **params: Any) -> None:
        super().__init__(**params)  # type: ignore[no-untyped-call]

    @classmethod
    def _patch_datamodel_ref(cls, props: Any, ref: str) -> None:
        """Tag the model of this component's own properties, and look no further.

        Panel walks everything reachable, the whole page for the frame, at every change, for models nested
        in properties. Ours hold plain values only; the walk took 260 ms of a moved slider's 850.
        """
        tag = f"__ref:{ref}"
        if tag not in props.tags:
            props.tags.append(tag)

    @document.with_lock
    async def _event_coroutine(self, doc: Any, event: Any) -> None:
        """Handle an event of a busy page with the document locked, as a change is.

        Panel runs this unlocked, and first in it the changes that came just before the event. Those write to
        charts, which Bokeh refuses without the lock: the change would be lost.
        """
        await super()._event_coroutine(doc, event)

    def _handle_msg(self, data: Any) -> None:
        """A message from the script; each component checks its shape, for it comes from a browser."""
        if isinstance(data, dict):
            self.told(data)

    def told(self, message: dict[str, Any]) -> None:
        """What the script says happened; ignored unless a component listens."""


def losing_none(dispatch: Callable[[Any], Awaitable[None]]) -> Callable[[Any], Awaitable[None]]:
    """Panel's writer of waiting changes, so that it writes also what began to wait while it wrote.

    A writer that ends lifts the mark without which the next one does nothing. What was queued in between
    stayed there until some later change: on a busy machine a page could wait for its first result for ever.
    """

    async def write(doc: Any) -> None:
        if doc in document._WRITE_MSGS:
            document._WRITE_BLOCK[doc] = True
        await dispatch(doc)

    return write


document._dispatch_msgs = losing_none(document._dispatch_msgs)  # type: ignore[assignment]

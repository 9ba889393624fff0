"""A file made on the server when it is asked for, and given to the browser."""

import base64
from collections.abc import Callable
from typing import Any, ClassVar

import param

from dashboard.component import Component
from dashboard.icons import ICONS
from dashboard.web import script, style


class Download(Component):
    """A button. `wanted` is called when it is pressed; whoever made the file gives it by `give`.

    While `busy` it cannot be pressed again.
    """

    label = param.String(default="")
    help = param.String(default="", doc="What the mouse says.")
    busy = param.Boolean(default=False)

    _bundle = script("download")
    _stylesheets: ClassVar[list[str]] = [style("download")]
    _constants: ClassVar[dict[str, Any]] = {"icons": ICONS}

    def __init__(self, wanted: Callable[[], None], **params: Any) -> None:
        self._wanted = wanted
        super().__init__(margin=0, **params)

    def told(self, message: dict[str, Any]) -> None:
        """It was pressed."""
        if message.get("wanted") and not self.busy:
            self._wanted()

    def give(self, data: bytes, name: str) -> None:
        """Hand a file to the browser under this name."""
        self._send_msg({"name": name, "data": base64.b64encode(data).decode("ascii")})

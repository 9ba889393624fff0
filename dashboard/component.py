"""The base of the page's own components: Panel's edge in one place, typed on our side of it."""

from typing import Any, ClassVar

import panel as pn


class Component(pn.custom.JSComponent):
    """A component with its own script and style sheet; it is told things by properties only.

    A script sets text as text, never as HTML, so what a user typed cannot run.
    """

    _stylesheets: ClassVar[list[str]] = []
    _constants: ClassVar[dict[str, Any]] = {}

    def __init__(self, **params: Any) -> None:
        super().__init__(**params)  # type: ignore[no-untyped-call]

    def _handle_msg(self, data: Any) -> None:
        """A message from the script; each component checks its shape, for it comes from a browser."""
        if isinstance(data, dict):
            self.told(data)

    def told(self, message: dict[str, Any]) -> None:
        """What the script says happened; ignored unless a component listens."""

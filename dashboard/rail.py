"""The rail of pages."""

from typing import Any, ClassVar, Final

import param

from dashboard.component import Component
from dashboard.icons import ICONS
from dashboard.web import script, style

PAGES: Final = (
    ("today", "Today"),
    ("exposure", "Exposure"),
    ("triggers", "Triggers"),
    ("evidence", "Evidence"),
    ("lab", "Lab"),
)
"""Name and label of each page, in the rail's order; the keys 1, 2 ... follow it."""


class Rail(Component):
    """One button a page; theme and keys beneath."""

    page = param.String(default="today")
    dark = param.Boolean(default=False)

    _bundle = script("rail")
    _stylesheets: ClassVar[list[str]] = [style("rail")]
    _constants: ClassVar[dict[str, Any]] = {"icons": ICONS, "items": PAGES}

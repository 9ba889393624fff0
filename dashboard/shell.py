"""The frame that holds rail, top bar, settings, headline and pages, and hears the keys."""

from typing import Any, ClassVar, Final

import param
from panel.viewable import Child, Children

from dashboard.component import Component
from dashboard.icons import ICONS
from dashboard.rail import PAGES
from dashboard.web import script, style

KEYS: Final = (
    (" ".join(str(n) for n in range(1, len(PAGES) + 1)), ", ".join(label for _, label in PAGES)),
    (",", "Open or close the settings"),
    ("/", "Add a ticker"),
    ("r", "Reset the settings; the book and its prices stay"),
    ("y", "Replay days with only what was known then; Space plays and pauses"),
    ("?", "These keys"),
    ("Esc", "Close what is open, or go back to the page"),
    ("\u2190 \u2192", "On a slider: one step; with Shift ten; Home and End go to the ends"),
)


class Shell(Component):
    """One session's page. Everything in it is built once; only properties change."""

    rail = Child()
    topbar = Child()
    panel = Child()
    headline = Child()
    notice = Child()
    pages = Children()
    dialogs = Children()
    replay = Child()

    page_names = param.List(default=[], doc="The names of `pages`, in order.")
    page = param.String(default="today")
    open = param.Boolean(default=True, doc="Whether the settings are shown.")
    dark = param.Boolean(default=False)
    title = param.String(default="")
    noticed = param.Boolean(default=False, doc="Whether the notice has something to say.")
    working = param.String(default="", doc="What is being computed; empty when nothing is.")
    done = param.Number(default=0.0)
    ready = param.Boolean(default=False, doc="Whether the page has loaded.")
    resets = param.Integer(default=0, doc="Counts how often the key for Reset was pressed.")
    replays = param.Integer(default=0, doc="Counts demands to open or close the replay.")

    _bundle = script("shell")
    _stylesheets: ClassVar[list[str]] = [style("shell")]
    _constants: ClassVar[dict[str, Any]] = {"icons": ICONS, "keys": KEYS}

    def told(self, message: dict[str, Any]) -> None:
        """Count a press of the key for Reset, or of the one for the replay."""
        if message.get("key") == "r":
            self.resets += 1
        if message.get("key") == "y":
            self.replays += 1

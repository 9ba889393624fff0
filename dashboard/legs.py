"""The legs of the lab as chips: which is the dependent one, which are there, and a field to add more."""

import re
from collections.abc import Sequence
from typing import Any, ClassVar, Final

import param

from core.data.base import PROVIDERS
from core.errors import HedgeError
from core.instruments import is_modelled
from core.lab.files import kept_table
from core.lab.settings import RatioSettings
from core.settings import Settings
from dashboard.component import Component
from dashboard.icons import ICONS
from dashboard.lab import LabState
from dashboard.lab_words import whole
from dashboard.web import script, style

LEGS: Final = "lab.legs"
OFFERED: Final = 400
"""Names that the field suggests, at most: a folder may hold thousands of files."""


class LegChips(Component):
    """One chip a leg, the dependent one first."""

    legs = param.List(default=[], doc="Names, the dependent one first.")
    offered = param.List(default=[], doc="Names that the field suggests.")
    error = param.String(default="")
    added = param.Integer(default=0, doc="Counts what was added, so that the field empties.")

    _bundle = script("legs")
    _stylesheets: ClassVar[list[str]] = [style("book"), style("legs")]
    _constants: ClassVar[dict[str, Any]] = {"icons": ICONS}

    def __init__(self, lab: LabState) -> None:
        self.lab = lab
        self._asked: tuple[object, ...] = ()
        super().__init__(margin=0, sizing_mode="stretch_width")
        lab.param.watch(self.refresh, ["settings", "problem", "compared"])
        lab.page.param.watch(self.refresh, "settings")
        lab.comparing.param.watch(self.refresh, "answer")
        self.refresh()

    def told(self, message: dict[str, Any]) -> None:
        """Add one or several, remove one, or make one the dependent leg."""
        legs = self.lab.settings.lab.legs
        if isinstance(message.get("add"), str):
            self.add(message["add"][:400])
        name = message.get("remove")
        if isinstance(name, str) and name in legs:
            self.lab.change(LEGS, tuple(leg for leg in legs if leg != name))
        name = message.get("lead")
        if isinstance(name, str) and name in legs:
            self.lab.change(LEGS, (name, *(leg for leg in legs if leg != name)))

    def add(self, text: str) -> None:
        """Add what was typed: one column of a table, or tickers parted by commas or blanks."""
        lab = self.lab.settings.lab
        if self.lab.change(LEGS, (*lab.legs, *_names(lab, text, self.offered))):
            self.added += 1

    def refresh(self, *_: object) -> None:
        """Show the legs as they are."""
        lab, page = self.lab.settings.lab, self.lab.page.settings
        wanted = (lab.source, lab.file, page.data.provider, page.data.folder, page.portfolio.tickers)
        if wanted != self._asked:
            self._asked = wanted
            self.offered = list(offered(lab, page))
        self.param.update(legs=list(lab.legs), error=whole(self.lab, LEGS))


def offered(lab: RatioSettings, page: Settings) -> tuple[str, ...]:
    """Names that can be legs, as far as the source can say: the book's first."""
    if lab.source == "file":
        try:
            return kept_table(lab.file, lab.file_name).names[:OFFERED]
        except HedgeError:
            return ()
    if lab.source == "sample":
        return PROVIDERS["sample"].item.available("")
    data = page.data
    own = [*page.portfolio.tickers, data.benchmark, data.hedge]
    names = dict.fromkeys([*own, *PROVIDERS[data.provider].item.available(data.folder)])
    return tuple(name for name in names if not is_modelled(name))[:OFFERED]


def _names(lab: RatioSettings, text: str, known: Sequence[str]) -> tuple[str, ...]:
    if lab.source != "file":
        return tuple(part for part in re.split(r"[\s,;]+", text.strip()) if part)
    name = text.strip()
    alike = [one for one in known if one.casefold() == name.casefold()]
    return (alike[0] if name not in known and len(alike) == 1 else name,)

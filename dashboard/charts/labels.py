"""Text beside what it names, instead of a legend: at the end of a line or at its lowest point."""

from collections.abc import Sequence
from typing import Any, Final, NamedTuple

from bokeh.core.properties import value as constant
from bokeh.models import ColumnDataSource
from bokeh.models.annotations import LabelSet

from dashboard.theme import FONT, series, tokens

APART: Final = 16
"""Pixels between the labels at the end of a lane's lines."""

_ASIDE: Final = 9.0
_COLUMNS: Final = (
    "x", "y", "text", "full", "short", "push", "shift", "align", "colour", "size", "style",
)  # fmt: skip


class Mark(NamedTuple):
    """One label: where, what, what instead on a narrow screen, and in whose colour.

    `tone` is a series, whose label colour it takes, or a token; `strong` is for values, the rest is small.
    `before` puts it left of its point.
    """

    x: float
    y: float
    full: str
    short: str
    tone: str
    strong: bool = True
    before: bool = False


class Labels:
    """The labels of one chart: one source; the browser pushes them apart, so it never writes back.

    With a `ground` each stands on the card's colour, so that no line of the grid strikes it through.
    """

    def __init__(self, *, ground: bool = False) -> None:
        self._ground = ground
        self.source: Any = ColumnDataSource({name: [] for name in _COLUMNS}, syncable=False)
        self.model: Any = LabelSet(
            x="x", y="y", text="text", x_offset="shift", y_offset="push", text_align="align",
            text_color="colour", text_font_size="size", text_font_style="style", source=self.source,
            text_baseline="middle", text_font=constant(FONT),
        )  # fmt: skip
        self.marks: tuple[Mark, ...] = ()

    def show(self, marks: Sequence[Mark], dark: bool) -> None:
        """Write these in the colours of a theme."""
        self.marks = tuple(marks)
        if self._ground:
            self.model.background_fill_color = tokens(dark)["sf"]
        self.source.data = {
            "x": [mark.x for mark in marks],
            "y": [mark.y for mark in marks],
            "text": [mark.full for mark in marks],
            "full": [mark.full for mark in marks],
            "short": [mark.short for mark in marks],
            "push": [0.0] * len(marks),
            "shift": [-_ASIDE if mark.before else _ASIDE for mark in marks],
            "align": ["right" if mark.before else "left" for mark in marks],
            "colour": [tone(mark.tone, dark) for mark in marks],
            "size": ["12px" if mark.strong else "11px" for mark in marks],
            "style": ["bold" if mark.strong else "normal" for mark in marks],
        }

    def recolour(self, dark: bool) -> None:
        """Take the colours of a theme."""
        self.show(self.marks, dark)


def tone(name: str, dark: bool) -> str:
    """The text colour of a series, or the token of that name."""
    styles = series(dark)
    return styles[name].label if name in styles else tokens(dark)[name]

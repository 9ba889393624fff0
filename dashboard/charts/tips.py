"""The tooltip of a stack: the date, then a line for each figure, state or text."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape
from typing import Any, Final

from bokeh.models import CustomJSHover

from core import words
from dashboard.charts.base import Unit
from dashboard.charts.browser import figure_code, word_code
from dashboard.theme import FONT

STATES: Final[Mapping[int, str]] = {1: "FIRED", 0: "OFF", -1: "no data"}
"""The words for a signal's state."""

ON_OFF: Final[Mapping[int, str]] = {1: "ON", 0: "OFF"}
"""The words for a hedge that is on or not."""


@dataclass(frozen=True)
class Tip:
    """One line of the tooltip: a name and the column that it says, with its bounds where there are any.

    `says` names the codes of a column of states; `text` says that the column is one of `History.texts`.
    A state that `says` does not name is not known.
    """

    name: str
    key: str
    decimals: int = 2
    unit: Unit = "number"
    says: Mapping[int, str] | None = None
    text: bool = False


def formatters(tips: Sequence[Tip]) -> dict[str, Any]:
    """How the tooltip writes its columns, for a hover tool."""
    made: dict[str, Any] = {"@date": "datetime"}
    for tip in tips:
        if tip.text:
            continue
        code = (
            figure_code(tip.unit, tip.decimals)
            if tip.says is None
            else word_code(dict(tip.says), words.UNKNOWN)
        )
        for end in ("", "_low", "_high"):
            made[f"@{tip.key}{end}"] = CustomJSHover(code=code)
    return made


def tooltip(tips: Sequence[Tip], columns: set[str], names: Mapping[str, str]) -> str:
    """The date, then one line per value with its interval where the source has one.

    `names` replaces names by key. They are text: nothing in them is read as HTML or as a column.
    """
    lines = []
    for tip in tips:
        name = escape(names.get(tip.key, tip.name)).replace("@", "&#64;").replace("$", "&#36;")
        bounds = f"[@{tip.key}_low{{custom}}, @{tip.key}_high{{custom}}]"
        shown = f' <span style="opacity:.7">{bounds}</span>' if f"{tip.key}_low" in columns else ""
        how = "" if tip.text else "{custom}"
        lines.append(f"<div>{name} <b>@{tip.key}{how}</b>{shown}</div>")
    style = f"font:12px/18px {FONT};font-variant-numeric:tabular-nums;white-space:nowrap"
    return f'<div style="{style}"><div style="opacity:.75">@date{{%e %b %Y}}</div>{"".join(lines)}</div>'

"""One chart of a stack: a line with its ribbon, the last value at its end, and how it is pointed at."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from bokeh.core.properties import value as constant
from bokeh.models import (
    BoxSelectTool,
    ColumnDataSource,
    CrosshairTool,
    CustomJS,
    CustomJSHover,
    FixedTicker,
    HoverTool,
    Range1d,
)
from bokeh.models.annotations import BoxAnnotation, Label, LabelSet
from bokeh.plotting import figure

from core import words
from core.types import FloatArray
from dashboard.charts.base import axis_text, nice_ticks
from dashboard.theme import FONT, series, tokens

_LEFT: Final = 46
_ROOM: Final = 16
"""Pixels between the labels at a line's end."""

_LEAST_HEIGHT: Final = 150.0
"""Height that end labels are kept apart for; a taller chart only keeps them further apart."""

_LABEL: Final = ("x", "y", "text", "push")

_UNDER: Final = """
const at = cb_data.index.line_indices[0] ?? -1
if (under.tags[0] === at) { return }
under.tags = [at]
const data = {}
for (const name of Object.keys(under.data)) { data[name] = at < 0 ? [] : [source.data[name][at]] }
under.data = data
"""


@dataclass(frozen=True)
class Lane:
    """One chart of the stack: it draws the columns `key`, `key_low` and `key_high` of the source.

    `title` stands above it in small type, empty for none. `share` is its part of the height, `ticks` about
    how many its axis has.
    """

    key: str
    title: str = ""
    decimals: int = 2
    share: int = 1
    ticks: int = 5


@dataclass(frozen=True)
class Tip:
    """One line of the tooltip: a name and the column that it says, with its bounds where there are any."""

    name: str
    key: str
    decimals: int = 2


@dataclass(frozen=True)
class Shared:
    """What all charts of a stack have in common, as Bokeh models.

    `under` holds what the pointer is over and never leaves the browser; `mark` the day that is marked.
    """

    source: Any
    under: Any
    mark: Any
    x_range: Any
    cross: Any


class LaneChart:
    """One figure of a stack, built once; afterwards only its data, ranges and colours change."""

    def __init__(self, lane: Lane, shared: Shared, tips: Sequence[Tip], *, lowest: bool) -> None:
        self.lane = lane
        self.lowest = lowest
        self.y_range: Any = Range1d(start=0, end=1)
        self.figure: Any = figure(
            x_axis_type="datetime", x_range=shared.x_range, y_range=self.y_range, tools="",
            toolbar_location=None, sizing_mode="stretch_both", min_height=90, min_border_left=_LEFT,
            min_border_right=4, min_border_top=22 if lane.title else 8, min_border_bottom=36 if lowest else 6,
            styles={"flex": f"{lane.share} 1 0"}, lod_threshold=None,
        )  # fmt: skip
        # Made once: a new ticker at every change would have Bokeh walk the whole page each time.
        self.up: Any = FixedTicker(ticks=[])
        self.across: Any = FixedTicker(ticks=[])
        self.figure.yaxis[0].ticker = self.figure.ygrid[0].ticker = self.up
        self.figure.xaxis[0].ticker = self.across
        key, source = lane.key, shared.source
        self.ribbon = self.figure.varea("date", f"{key}_low", f"{key}_high", source=source)
        self.line = self.figure.line("date", key, source=source, line_width=2)
        self.dot = self.figure.scatter("date", key, source=shared.under, size=7, line_width=2)
        self.last: Any = ColumnDataSource({"x": [], "y": []})
        self.end = self.figure.scatter("x", "y", source=self.last, size=8)
        self.ring = self.figure.scatter("date", key, source=shared.mark, size=11, line_width=2)
        self.labels: dict[str, Any] = {name: _labels() for name in ("value", "bounds")}
        self.brushed: Any = BoxAnnotation(left=0, right=0, visible=False, level="underlay", line_width=1)
        for item in (*self.labels.values(), self.brushed):
            self.figure.add_layout(item)
        self.title: Any = Label(x=0, y=0, x_units="screen", y_units="screen", text=lane.title)
        if lane.title:
            self.figure.add_layout(self.title, "above")
        columns = set(source.data)
        hover = HoverTool(
            renderers=[self.line], mode="vline", line_policy="nearest", attachment="horizontal",
            tooltips=tooltip(tips, columns), formatters=_formatters(tips),
            callback=CustomJS(args={"source": source, "under": shared.under}, code=_UNDER),
        )  # fmt: skip
        self.box: Any = BoxSelectTool(dimensions="width")
        self.figure.add_tools(hover, CrosshairTool(overlay=shared.cross), self.box)
        self.figure.toolbar.active_drag = self.box

    def fit(self, data: Mapping[str, FloatArray], ticks: list[tuple[float, str]]) -> None:
        """Fit the y range to the data shown, and write the last value at the line's end."""
        key = self.lane.key
        parts = [data[f"{key}{end}"] for end in ("", "_low", "_high")]
        known = np.concatenate([part[np.isfinite(part)] for part in parts])
        low, high = (float(known.min()), float(known.max())) if len(known) else (math.nan, math.nan)
        marks = nice_ticks(low, high, self.lane.ticks)
        self.y_range.update(start=marks[0], end=marks[-1])
        self.up.ticks = marks
        self.figure.yaxis[0].major_label_overrides = dict(zip(marks, axis_text(marks), strict=True))
        self.across.ticks = [at for at, _ in ticks]
        self.figure.xaxis[0].major_label_overrides = dict(ticks)
        self._label(data, marks[-1] - marks[0])

    def _label(self, data: Mapping[str, FloatArray], span: float) -> None:
        """Write the last value and its bounds at the line's end, pushed apart where they would touch."""
        key, decimals = self.lane.key, self.lane.decimals
        rows: dict[str, list[tuple[float, float, str, float]]] = {"value": [], "bounds": []}
        finite = np.flatnonzero(np.isfinite(data[key]))
        if len(finite):
            last = int(finite[-1])
            x, y = float(data["date"][last]), float(data[key][last])
            rows["value"].append((x, y, words.number(y, decimals), 0.0))
            for name, sign in (("low", -1.0), ("high", 1.0)):
                value = float(data[f"{key}_{name}"][last])
                if math.isfinite(value):
                    push = max(0.0, _ROOM - abs(value - y) / span * _LEAST_HEIGHT)
                    rows["bounds"].append((x, value, words.number(value, decimals), sign * push))
        for name, labels in self.labels.items():
            parts = list(zip(*rows[name], strict=True)) or [()] * len(_LABEL)
            labels.source.data = {n: list(part) for n, part in zip(_LABEL, parts, strict=True)}
        self.last.data = {
            "x": [row[0] for row in rows["value"]],
            "y": [row[1] for row in rows["value"]],
        }

    def recolour(self, dark: bool) -> None:
        """Take the colours of a theme."""
        colour, style = tokens(dark), series(dark)["hedged"]
        self.figure.update(background_fill_color=None, border_fill_color=None, outline_line_color=None)
        self.figure.ygrid[0].grid_line_color = colour["grid"]
        self.figure.xgrid[0].grid_line_color = None
        for axis in (self.figure.xaxis[0], self.figure.yaxis[0]):
            axis.update(
                axis_line_color=None, major_tick_line_color=None, minor_tick_line_color=None,
                major_label_text_color=colour["t3"], major_label_text_font=FONT,
                major_label_text_font_size="11px", major_label_standoff=6,
            )  # fmt: skip
        self.figure.xaxis[0].visible = self.lowest
        self.ribbon.glyph.update(fill_color=style.line, fill_alpha=style.ribbon)
        self.line.glyph.line_color = style.line
        self.dot.glyph.update(fill_color=colour["sf"], line_color=style.line)
        self.end.glyph.update(fill_color=style.line, line_color=style.line)
        self.ring.glyph.update(fill_alpha=0.0, line_color=series(dark)["unhedged"].label)
        for band, edge in ((self.brushed, 0.4), (self.box.overlay, 0.6)):
            band.update(fill_color=colour["acc"], fill_alpha=0.09, line_color=colour["acc"], line_alpha=edge)
        self.labels["value"].text_color = style.label
        self.labels["value"].update(text_font_size="12px", text_font_style="bold")
        self.labels["bounds"].update(text_color=colour["t3"], text_font_size="11px")
        self.title.update(text_color=colour["t2"], text_font=FONT, text_font_size="12px")


def _labels() -> Any:
    source = ColumnDataSource({name: [] for name in _LABEL})
    return LabelSet(
        x="x", y="y", text="text", x_offset=8, y_offset="push", source=source, text_baseline="middle",
        text_font=constant(FONT),
    )  # fmt: skip


def _formatters(tips: Sequence[Tip]) -> dict[str, Any]:
    """How the tooltip writes numbers: as everywhere else, and an em dash where one is unknown."""
    made: dict[str, Any] = {"@date": "datetime"}
    for tip in tips:
        code = (
            f"if (!isFinite(value)) {{ return '{words.UNKNOWN}' }}\n"
            f"const n = {tip.decimals}, places = {{minimumFractionDigits: n, maximumFractionDigits: n}}\n"
            f"const text = Math.abs(value).toLocaleString('en-US', places)\n"
            f"return (value < 0 && /[1-9]/.test(text) ? '{words.MINUS}' : '') + text"
        )
        for end in ("", "_low", "_high"):
            made[f"@{tip.key}{end}"] = CustomJSHover(code=code)
    return made


def tooltip(tips: Sequence[Tip], columns: set[str]) -> str:
    """The date, then one line per value with its interval where the source has one."""
    lines = []
    for tip in tips:
        bounds = f"[@{tip.key}_low{{custom}}, @{tip.key}_high{{custom}}]"
        shown = f' <span style="opacity:.7">{bounds}</span>' if f"{tip.key}_low" in columns else ""
        lines.append(f"<div>{tip.name} <b>@{tip.key}{{custom}}</b>{shown}</div>")
    style = f"font:12px/18px {FONT};font-variant-numeric:tabular-nums;white-space:nowrap"
    return f'<div style="{style}"><div style="opacity:.75">@date{{%e %b %Y}}</div>{"".join(lines)}</div>'

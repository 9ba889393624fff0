"""A stack of time charts in Bokeh: one source, one x range, one crosshair, one brush.

Built once; afterwards only its data, ranges and colours change, because a rebuilt chart makes the whole
page lay itself out again.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from bokeh.core.properties import value
from bokeh.events import SelectionGeometry
from bokeh.layouts import column
from bokeh.models import (
    BoxAnnotation,
    BoxSelectTool,
    ColumnDataSource,
    CrosshairTool,
    CustomJS,
    CustomJSHover,
    FixedTicker,
    HoverTool,
    Label,
    LabelSet,
    Range1d,
    Span,
)
from bokeh.plotting import figure

from core import words
from core.types import FloatArray
from dashboard.charts.base import Window, axis_text, date_ticks, milliseconds, nice_ticks
from dashboard.theme import FONT, series, tokens

_LEFT, _ROOM = 46, 16
_END = 62
"""Pixels right of the last value for its label: Bokeh paints labels only inside the frame."""

_FIT = """
const [start, end] = range.tags, width = plot.inner_width
if (end > start && width > 2 * room) { range.end = end + (end - start) * room / (width - room) }
"""
_LEAST_HEIGHT = 150.0
"""Height that end labels are kept apart for; a taller chart only keeps them further apart."""

_UNDER = """
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
    zero: bool = False


@dataclass(frozen=True)
class History:
    """What a stack draws: dates as `datetime64[D]` and one array per column, all (T,)."""

    sessions: np.ndarray[Any, np.dtype[np.datetime64]]
    columns: Mapping[str, FloatArray]


class TimeStack:
    """The charts of some lanes, one above the other, on one time axis.

    Parameters
    ----------
    lanes
        From top to bottom; only the lowest has labels on its time axis.
    tip
        Rows of the tooltip under the date: name, and the columns whose values it says ("beta" alone, or
        "beta" with its bounds when the source has them).
    dark
        Which theme's colours.
    on_brush
        Called with the first and last day of a range that the reader drags.
    """

    def __init__(
        self,
        lanes: Sequence[Lane],
        tip: Sequence[tuple[str, str, int]],
        *,
        dark: bool,
        on_brush: Callable[[Window], None] | None = None,
    ) -> None:
        names = [f"{lane.key}{end}" for lane in lanes for end in ("", "_low", "_high")]
        extra = [key for _, key, _ in tip if key not in names]
        self.lanes = tuple(lanes)
        self.source = ColumnDataSource({name: [] for name in ("date", *names, *extra)})
        self.mark = ColumnDataSource({name: [] for name in ("date", *(lane.key for lane in lanes))})
        # What the pointer is over, in every lane; it never leaves the browser.
        self.under = ColumnDataSource({name: [] for name in self.mark.data}, syncable=False)
        self.x_range = Range1d(0, 1)
        self._on_brush = on_brush
        self._sessions: np.ndarray[Any, np.dtype[np.datetime64]] = np.array([], dtype="datetime64[D]")
        self._cross = Span(dimension="height", line_dash="dashed", line_width=1)
        self.charts = [_Chart(lane, self, index == len(lanes) - 1) for index, lane in enumerate(lanes)]
        for chart in self.charts:
            chart.hover.tooltips = _tooltip(tip, set(self.source.data))
            chart.hover.formatters = _formatters(tip)
        fit = CustomJS(args={"range": self.x_range, "plot": self.charts[0].figure, "room": _END}, code=_FIT)
        self.x_range.js_on_change("tags", fit)
        self.charts[0].figure.js_on_change("inner_width", fit)
        self.layout = column([chart.figure for chart in self.charts], sizing_mode="stretch_both", spacing=0)
        self.recolour(dark)

    def update(
        self,
        history: History,
        window: Window,
        *,
        brush: Window | None = None,
        mark: np.datetime64 | None = None,
        titles: Mapping[str, str] | None = None,
    ) -> None:
        """Show this history in this window, with a brushed range, a marked day and titles by lane."""
        self._sessions = history.sessions
        rows = slice(*np.searchsorted(history.sessions, (window[0], window[1] + np.timedelta64(1, "D"))))
        data = {name: values[rows] for name, values in history.columns.items()}
        data["date"] = milliseconds(history.sessions[rows])
        self.source.data = {name: data[name] for name in self.source.data}
        ends = milliseconds(np.array(window))
        start, end = (float(at) for at in ends)
        if self.x_range.tags != [
            start,
            end,
        ]:  # else the room for labels, fitted in the browser, would be lost
            self.x_range.update(start=start, end=end + (end - start) * 0.1, tags=[start, end])
        ticks = date_ticks(window)
        for chart in self.charts:
            chart.fit(data, ticks)
            if titles and chart.lane.key in titles:
                chart.title.text = titles[chart.lane.key]
        self.point(brush=brush, mark=mark)

    def point(self, *, brush: Window | None, mark: np.datetime64 | None) -> None:
        """Move only the brushed range and the marked day."""
        shown: dict[str, list[float]] = {name: [] for name in self.mark.data}
        if mark is not None:
            at = float(milliseconds(np.array([mark]))[0])
            row = int(np.searchsorted(np.asarray(self.source.data["date"], dtype=np.float64), at))
            if row < len(self.source.data["date"]) and self.source.data["date"][row] == at:
                shown = {name: [float(self.source.data[name][row])] for name in shown}
        self.mark.data = shown
        for chart in self.charts:
            if brush is None:
                chart.brushed.visible = False
            else:
                left, right = (float(t) for t in milliseconds(np.array(brush)))
                chart.brushed.update(left=left, right=right, visible=True)

    def recolour(self, dark: bool) -> None:
        """Take the colours of a theme."""
        self._cross.line_color = tokens(dark)["t3"]
        for chart in self.charts:
            chart.recolour(dark)

    def brushed(self, event: Any) -> None:
        """Tell whoever asked which sessions a drag covered; a drag that covers fewer than two is none."""
        if not event.final or self._on_brush is None:
            return
        x0, x1 = sorted((event.geometry["x0"], event.geometry["x1"]))
        inside = np.flatnonzero((milliseconds(self._sessions) >= x0) & (milliseconds(self._sessions) <= x1))
        if len(inside) > 1:
            self._on_brush((self._sessions[inside[0]], self._sessions[inside[-1]]))


class _Chart:
    """One figure of a stack."""

    def __init__(self, lane: Lane, stack: TimeStack, lowest: bool) -> None:
        self.lane = lane
        self.lowest = lowest
        self.y_range = Range1d(0, 1)
        self.figure = figure(
            x_axis_type="datetime", x_range=stack.x_range, y_range=self.y_range, tools="", toolbar_location=None,
            sizing_mode="stretch_both", min_height=90, min_border_left=_LEFT, min_border_right=4,
            min_border_top=22 if lane.title else 8, min_border_bottom=36 if lowest else 6,
            styles={"flex": f"{lane.share} 1 0"}, lod_threshold=None,
        )  # fmt: skip
        # Made once: a new ticker at every change would have Bokeh walk the whole page each time.
        self.ticks = {"up": FixedTicker(ticks=[]), "across": FixedTicker(ticks=[])}
        self.figure.yaxis[0].ticker = self.figure.ygrid[0].ticker = self.ticks["up"]
        self.figure.xaxis[0].ticker = self.ticks["across"]
        source = stack.source
        key = lane.key
        self.ribbon = self.figure.varea("date", f"{key}_low", f"{key}_high", source=source)
        self.line = self.figure.line("date", key, source=source, line_width=2)
        self.dot = self.figure.scatter("date", key, source=stack.under, size=7, line_width=2)
        self.end = self.figure.scatter("x", "y", source=ColumnDataSource({"x": [], "y": []}), size=8)
        self.ring = self.figure.scatter("date", key, source=stack.mark, size=10, line_width=2)
        for glyph in (self.ribbon, self.line, self.dot):
            glyph.nonselection_glyph = glyph.selection_glyph = None
        self.labels = {name: _labels() for name in ("value", "bounds")}
        self.title = Label(
            x=0, y=0, x_units="screen", y_units="screen", text=lane.title, visible=bool(lane.title)
        )
        self.brushed = BoxAnnotation(left=0, right=0, visible=False, level="underlay", line_width=1)
        for item in (*self.labels.values(), self.brushed):
            self.figure.add_layout(item)
        if lane.title:
            self.figure.add_layout(self.title, "above")
        self.hover = HoverTool(
            renderers=[self.line], mode="vline", line_policy="nearest", attachment="horizontal",
            callback=CustomJS(args={"source": source, "under": stack.under}, code=_UNDER),
        )  # fmt: skip
        self.box = BoxSelectTool(dimensions="width")
        self.figure.add_tools(self.hover, CrosshairTool(overlay=stack._cross), self.box)
        self.figure.toolbar.active_drag = self.box
        self.figure.on_event(SelectionGeometry, stack.brushed)

    def fit(self, data: Mapping[str, FloatArray], ticks: list[tuple[float, str]]) -> None:
        """Fit the y range to the data shown, and write the last value at the line's end."""
        key = self.lane.key
        parts = [data[f"{key}{end}"] for end in ("", "_low", "_high")]
        known = np.concatenate([part[np.isfinite(part)] for part in parts])
        low, high = (float(known.min()), float(known.max())) if len(known) else (math.nan, math.nan)
        if self.lane.zero:
            low, high = min(low, 0.0), max(high, 0.0)
        marks = nice_ticks(low, high, self.lane.ticks)
        self.y_range.update(start=marks[0], end=marks[-1])
        axis, across = self.figure.yaxis[0], self.figure.xaxis[0]
        self.ticks["up"].ticks = marks
        axis.major_label_overrides = dict(zip(marks, axis_text(marks), strict=True))
        self.ticks["across"].ticks = [at for at, _ in ticks]
        across.major_label_overrides = dict(ticks)
        self._label(data)

    def _label(self, data: Mapping[str, FloatArray]) -> None:
        """Write the last value and its bounds at the line's end, pushed apart where they would touch."""
        key = self.lane.key
        rows: dict[str, list[tuple[float, float, str, float]]] = {"value": [], "bounds": []}
        finite = np.flatnonzero(np.isfinite(data[key]))
        if len(finite):
            last = int(finite[-1])
            x, y = float(data["date"][last]), float(data[key][last])
            rows["value"].append((x, y, words.number(y, self.lane.decimals), 0.0))
            span = float(self.y_range.end) - float(self.y_range.start)
            for name, sign in (("low", -1.0), ("high", 1.0)):
                value = float(data[f"{key}_{name}"][last])
                if math.isfinite(value):
                    push = max(0.0, _ROOM - abs(value - y) / span * _LEAST_HEIGHT)
                    rows["bounds"].append((x, value, words.number(value, self.lane.decimals), sign * push))
        for name, labels in self.labels.items():
            parts = list(zip(*rows[name], strict=True)) or [(), (), (), ()]
            labels.source.data = {n: list(part) for n, part in zip(_LABEL, parts, strict=True)}
        self.end.data_source.data = {"x": [r[0] for r in rows["value"]], "y": [r[1] for r in rows["value"]]}

    def recolour(self, dark: bool) -> None:
        colour, style = tokens(dark), series(dark)["hedged"]
        plot = self.figure
        plot.update(background_fill_color=None, border_fill_color=None, outline_line_color=None)
        plot.ygrid[0].grid_line_color = colour["grid"]
        plot.xgrid[0].grid_line_color = None
        for axis in (plot.xaxis[0], plot.yaxis[0]):
            axis.update(
                axis_line_color=None, major_tick_line_color=None, minor_tick_line_color=None,
                major_label_text_color=colour["t3"], major_label_text_font=FONT,
                major_label_text_font_size="11px", major_label_standoff=6,
            )  # fmt: skip
        plot.xaxis[0].update(
            axis_line_color=colour["bd2"] if self.lowest else None,
            major_tick_line_color=colour["bd2"] if self.lowest else None,
            major_label_text_alpha=1.0 if self.lowest else 0.0,
            major_tick_in=0,
            major_tick_out=4,
        )
        if not self.lowest:
            plot.xaxis[0].visible = False
        self.ribbon.glyph.update(fill_color=style.line, fill_alpha=style.ribbon)
        self.line.glyph.update(line_color=style.line)
        self.dot.glyph.update(fill_color=colour["sf"], line_color=style.line)
        self.end.glyph.update(fill_color=style.line, line_color=style.line)
        self.ring.glyph.update(fill_color=None, line_color=series(dark)["unhedged"].label)
        self.brushed.update(
            fill_color=colour["acc"], fill_alpha=0.08, line_color=colour["acc"], line_alpha=0.4
        )
        self.box.overlay.update(
            fill_color=colour["acc"], fill_alpha=0.10, line_color=colour["acc"], line_alpha=0.6
        )
        for name, label in self.labels.items():
            main = name == "value"
            label.update(
                text_color=style.label if main else colour["t3"],
                text_font_size="12px" if main else "11px",
                text_font_style="bold" if main else "normal",
            )
        self.title.update(text_color=colour["t2"], text_font=FONT, text_font_size="12px")


_LABEL = ("x", "y", "text", "push")


def _labels() -> Any:
    source = ColumnDataSource({name: [] for name in _LABEL})
    return LabelSet(
        x="x",
        y="y",
        text="text",
        x_offset=8,
        y_offset="push",
        source=source,
        text_baseline="middle",
        text_font=value(FONT),
    )


def _formatters(tip: Sequence[tuple[str, str, int]]) -> dict[str, Any]:
    """How the tooltip writes numbers: as everywhere else, and an em dash where one is unknown."""
    made: dict[str, Any] = {"@date": "datetime"}
    for _, key, decimals in tip:
        code = (
            f"if (!isFinite(value)) return '{words.UNKNOWN}';"
            f"const text = Math.abs(value).toLocaleString('en-US',"
            f" {{minimumFractionDigits: {decimals}, maximumFractionDigits: {decimals}}});"
            f"return (value < 0 && Number(text.replaceAll(',', '')) !== 0 ? '{words.MINUS}' : '') + text"
        )
        for end in ("", "_low", "_high"):
            made[f"@{key}{end}"] = CustomJSHover(code=code)
    return made


def _tooltip(tip: Sequence[tuple[str, str, int]], columns: set[str]) -> str:
    """The tooltip: date, then one line per value with its interval where there is one."""
    lines = []
    for name, key, _ in tip:
        bounds = (
            f' <span style="opacity:.7">[@{key}_low{{custom}}, @{key}_high{{custom}}]</span>'
            if f"{key}_low" in columns
            else ""
        )
        lines.append(f"<div>{name} <b>@{key}{{custom}}</b>{bounds}</div>")
    style = f"font:12px/18px {FONT};font-variant-numeric:tabular-nums;white-space:nowrap"
    return f'<div style="{style}"><div style="opacity:.75">@date{{%e %b %Y}}</div>{"".join(lines)}</div>'

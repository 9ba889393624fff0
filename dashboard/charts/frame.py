"""What every chart of a stack has: axes, spans behind it, the chosen day, brush, pointer, labels, title."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from bokeh.core.properties import value as constant
from bokeh.models import (
    BoxSelectTool,
    CrosshairTool,
    CustomJS,
    FixedTicker,
    HoverTool,
    LinearAxis,
    LinearScale,
    NoOverlap,
    Range1d,
)
from bokeh.models.annotations import BoxAnnotation, Label
from bokeh.plotting import figure

from core.types import FloatArray, Sessions
from dashboard.charts.browser import UNDER
from dashboard.charts.labels import Labels
from dashboard.charts.tips import Tip, formatters, tooltip
from dashboard.theme import FONT, series, tokens

LEFT: Final = 46
"""Pixels for the value axis."""

_BOTTOM: Final = 6
_DATES: Final = 30
_TITLE: Final = 14
_NAMES: Final = 14


@dataclass(frozen=True)
class Shared:
    """What all charts of a stack have in common, as Bokeh models.

    `under` holds what the pointer is over and never leaves the browser; `mark` the day whose values are
    ringed, `chosen` the day with a rule; `spans` when the hedge was on, `events` the grey stretches.
    """

    source: Any
    under: Any
    mark: Any
    chosen: Any
    spans: Any
    events: Any
    x_range: Any
    cross: Any


@dataclass(frozen=True)
class Scene:
    """What a chart is fitted to: sessions and columns shown, date ticks, other names by column, the theme."""

    sessions: Sessions
    data: Mapping[str, FloatArray]
    ticks: list[tuple[float, str]]
    names: Mapping[str, str]
    dark: bool


class Chart:
    """One figure of a stack, built once; afterwards only data, ranges and properties change.

    A new ticker, glyph or child would have Bokeh lay out the whole page again.
    """

    log = False
    top = 8
    """Pixels above the frame: half a label of the value axis."""

    def __init__(self, key: str, title: str, shared: Shared, tips: Sequence[Tip], **size: Any) -> None:
        self.key = key
        self.tips = tips
        self.y_range: Any = Range1d(start=0, end=1)
        self.figure: Any = figure(
            x_axis_type="datetime", x_range=shared.x_range, y_range=self.y_range, tools="",
            y_axis_type="log" if self.log else "linear", toolbar_location=None, min_border_left=LEFT,
            min_border_right=4, lod_threshold=None, **size,
        )  # fmt: skip
        # A second scale from 0 to 1 over the frame, for what has a place in it and no value.
        self.figure.extra_y_ranges = {"frame": Range1d(start=0, end=1)}
        self.figure.extra_y_scales = {"frame": LinearScale()}
        self.up: Any = FixedTicker(ticks=[])
        self.across: Any = FixedTicker(ticks=[])
        self.above: Any = FixedTicker(ticks=[])
        self.dates: Any = self.figure.xaxis[0]
        self.values: Any = self.figure.yaxis[0]
        self.values.ticker = self.figure.ygrid[0].ticker = self.up
        self.dates.ticker = self.figure.xgrid[0].ticker = self.across
        # An axis, because labels paint only inside the frame and an axis drops names that would overlap.
        self.names: Any = LinearAxis(major_label_policy=NoOverlap(min_distance=8))
        self.names.update(ticker=self.above)
        self.figure.add_layout(self.names, "above")
        for axis in (self.dates, self.values):
            axis.major_label_policy = NoOverlap()
        self.event = self.figure.vstrip("x0", "x1", source=shared.events, level="underlay", line_color=None)
        self.shade = self.figure.vstrip("x0", "x1", source=shared.spans, level="underlay", line_color=None)
        self.bar = self.figure.segment(
            "x0", 1, "x1", 1, source=shared.spans, y_range_name="frame", line_width=6
        )
        self.rule = self.figure.vspan("date", source=shared.chosen, level="overlay", line_width=1)
        self.touch = self.figure.line(
            "date", constant(0.5), source=shared.source, y_range_name="frame", line_alpha=0.0
        )
        self.ends = Labels(ground=True)
        self.brushed: Any = BoxAnnotation(left=0, right=0, visible=False, level="underlay", line_width=1)
        self.figure.add_layout(self.ends.model)
        self.figure.add_layout(self.brushed)
        self.title: Any = Label(x=0, y=0, x_units="screen", y_units="screen", text=title)
        self._titled = bool(title)
        if title:
            self.figure.add_layout(self.title, "above")
        self.columns = set(shared.source.data)
        self.hover: Any = HoverTool(
            renderers=[self.touch], mode="vline", line_policy="nearest", attachment="horizontal",
            tooltips=tooltip(tips, self.columns, {}), formatters=formatters(tips),
            callback=CustomJS(args={"source": shared.source, "under": shared.under}, code=UNDER),
        )  # fmt: skip
        # Only the line that nothing draws: what is selected or not would be drawn in other colours.
        self.box: Any = BoxSelectTool(dimensions="width", renderers=[self.touch])
        self.figure.add_tools(self.hover, CrosshairTool(overlay=shared.cross), self.box)
        self.figure.toolbar.active_drag = self.box

    def place(self, *, first: bool, last: bool, named: bool) -> None:
        """Be the first of the stack, which has the names above it, or the last, which has the dates."""
        named = named and first
        self.figure.min_border_top = self.top + _TITLE * self._titled + _NAMES * named
        self.figure.min_border_bottom = _BOTTOM + _DATES * last
        self.dates.visible = last
        self.names.visible = named
        self.bar.visible = self.bar.visible and first

    def fit(self, scene: Scene) -> None:
        """Fit axes and labels to what is shown."""
        self.across.ticks = [at for at, _ in scene.ticks]
        self.dates.major_label_overrides = dict(scene.ticks)
        text = tooltip(self.tips, self.columns, scene.names)
        if self.hover.tooltips != text:
            self.hover.tooltips = text

    def recolour(self, dark: bool) -> None:
        """Take the colours of a theme."""
        colour, blue = tokens(dark), series(dark)["hedged"].line
        self.figure.update(background_fill_color=None, border_fill_color=None, outline_line_color=None)
        self.figure.ygrid[0].grid_line_color = colour["grid"]
        self.figure.xgrid[0].grid_line_color = None
        for axis in (self.dates, self.values, self.names):
            axis.update(
                axis_line_color=None, major_tick_line_color=None, minor_tick_line_color=None,
                major_label_text_color=colour["t3"], major_label_text_font=FONT,
                major_label_text_font_size="11px", major_label_standoff=6,
            )  # fmt: skip
        self.names.update(major_label_text_color=colour["t2"], major_label_standoff=0)
        self.event.glyph.fill_color = colour["event"]
        self.shade.glyph.fill_color = colour["shade"]
        self.bar.glyph.line_color = blue
        self.rule.glyph.line_color = colour["t1"]
        for band, edge in ((self.brushed, 0.4), (self.box.overlay, 0.6)):
            band.update(fill_color=colour["acc"], fill_alpha=0.09, line_color=colour["acc"], line_alpha=edge)
        self.ends.recolour(dark)
        self.title.update(text_color=colour["t2"], text_font=FONT, text_font_size="12px")

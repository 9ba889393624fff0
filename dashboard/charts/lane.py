"""Lines over time in one chart of a stack, each named at its end."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from bokeh.core.properties import value as constant
from bokeh.models import ColumnDataSource

from core.types import FloatArray
from dashboard.charts.base import Unit, axis_text, log_ticks, nice_ticks, written
from dashboard.charts.frame import Chart, Scene, Shared
from dashboard.charts.labels import Labels, Mark
from dashboard.charts.tips import Tip
from dashboard.theme import series, tokens

_LATE: Final = 0.85
"""The part of the window after which a low is labelled on its left."""


@dataclass(frozen=True)
class Line:
    """One line: the column `key`, drawn as this series of the theme and labelled at its end.

    `name` stands after the last value, or alone where `value` is off; `short` instead of it on a narrow
    screen. `ribbon` draws the columns `key_low` to `key_high` behind it and writes their last values; `area`
    fills it to zero; `low` marks its lowest point with a dot, the value and these words. `end` is off for a
    line that says nothing at its end, `quiet` has its label in small type and no dots.
    """

    key: str
    series: str = "hedged"
    name: str = ""
    short: str = ""
    value: bool = True
    ribbon: bool = False
    area: bool = False
    low: str = ""
    end: bool = True
    quiet: bool = False


@dataclass(frozen=True)
class Lane:
    """One chart of lines, the last one on top; `key` is what titles and `hide` call it.

    `title` stands above it in small type, empty for none. `share` is its part of the height, `ticks` about
    how many its axis has, `unit` and `decimals` how its figures are written. `log` has round ticks, and
    leaves out what is not positive.
    """

    key: str
    lines: tuple[Line, ...]
    title: str = ""
    unit: Unit = "number"
    decimals: int = 2
    share: int = 1
    ticks: int = 5
    log: bool = False

    def columns(self) -> list[str]:
        """What the source must have for it."""
        ends = {line.key: ("", "_low", "_high") if line.ribbon else ("",) for line in self.lines}
        return [f"{key}{end}" for key, every in ends.items() for end in every]


class LaneChart(Chart):
    """The figure of a lane."""

    def __init__(self, lane: Lane, shared: Shared, tips: Sequence[Tip]) -> None:
        self.lane = lane
        self.log = lane.log
        super().__init__(
            lane.key, lane.title, shared, tips, sizing_mode="stretch_both", min_height=90,
            styles={"flex": f"{lane.share} 1 0"},
        )  # fmt: skip
        plot, source = self.figure, shared.source
        # Dots of all lines above all lines, so that none is crossed out by its neighbour.
        self.ribbons = {
            line.key: plot.varea("date", f"{line.key}_low", f"{line.key}_high", source=source)
            for line in lane.lines
            if line.ribbon
        }
        self.areas = {
            line.key: plot.varea("date", constant(0.0), line.key, source=source)
            for line in lane.lines
            if line.area
        }
        self.lines = {line.key: plot.line("date", line.key, source=source) for line in lane.lines}
        self.dots = {
            line.key: plot.scatter("date", line.key, source=shared.under)
            for line in lane.lines
            if not line.quiet
        }
        self.rings = {line.key: plot.scatter("date", line.key, source=shared.mark) for line in lane.lines}
        self._points: tuple[list[tuple[float, float, str]], ...] = ([], [])
        self.last: Any = ColumnDataSource({"x": [], "y": [], "colour": []})
        self.lowest: Any = ColumnDataSource({"x": [], "y": [], "colour": []})
        self.points = [
            plot.scatter("x", "y", source=points, size=8, fill_color="colour", line_color="colour")
            for points in (self.last, self.lowest)
        ]
        self.lows = Labels()
        plot.add_layout(self.lows.model)

    def fit(self, scene: Scene) -> None:
        """Fit the y range to the data shown, and write the last values at the ends of the lines."""
        super().fit(scene)
        marks = self._span([scene.data[name] for name in self.lane.columns()])
        self.up.ticks = marks
        texts = axis_text(marks, self.lane.unit)
        self.values.major_label_overrides = dict(zip(marks, texts, strict=True))
        self._label(scene)
        self._dot(scene.dark)

    def _span(self, parts: list[FloatArray]) -> list[float]:
        """Set the y range; the ticks inside it."""
        known = np.concatenate([part[np.isfinite(part)] for part in parts])
        if self.log:
            known = known[known > 0.0]
        low, high = (float(known.min()), float(known.max())) if len(known) else (math.nan, math.nan)
        if any(line.area for line in self.lane.lines):
            low, high = np.fmin(low, 0.0), np.fmax(high, 0.0)
        if self.log and len(known):
            room = max((high / low) ** 0.04, 1.005)
            self.y_range.update(start=low / room, end=high * room)
            return log_ticks(low / room, high * room, self.lane.ticks)
        if self.log:
            self.y_range.update(start=1.0, end=2.0)
            return [1.0, 2.0]
        marks = nice_ticks(low, high, self.lane.ticks)
        if any(line.low for line in self.lane.lines) and low < high:
            # As low as its lowest point and the words beside it, which are as high as a line of text.
            room = 0.10 * (high - low)
            self.y_range.update(start=low - room, end=high + room / 3.0)
            return [mark for mark in marks if low - room <= mark <= high + room / 3.0]
        self.y_range.update(start=marks[0], end=marks[-1])
        return marks

    def _label(self, scene: Scene) -> None:
        """Name the ends of the lines and their lowest points; the browser pushes the ends apart."""
        date, ends, lows = scene.data["date"], [], []
        last: list[tuple[float, float, str]] = []
        for line in self.lane.lines:
            values = scene.data[line.key]
            known = np.flatnonzero(np.isfinite(values) & (values > 0.0) if self.log else np.isfinite(values))
            if not len(known):
                continue
            at = int(known[-1])
            x, y, style = float(date[at]), float(values[at]), line.series
            if line.end:
                name = scene.names.get(line.key, line.name)
                full, short = (self._said(line, y, text) for text in (name, line.short or name))
                ends.append(Mark(x, y, full, short, style, strong=not line.quiet))
                if line.ribbon:
                    bounds = [float(scene.data[f"{line.key}_{end}"][at]) for end in ("low", "high")]
                    texts = [(v, written(v, self.lane.unit, self.lane.decimals)) for v in bounds]
                    # A bound that reads like the value says nothing beside it.
                    said = written(y, self.lane.unit, self.lane.decimals)
                    apart = [(v, t) for v, t in texts if math.isfinite(v) and t != said]
                    ends += [Mark(x, v, t, t, "t3", strong=False) for v, t in apart]
            if line.end and not line.quiet and not series(scene.dark)[style].dash and not line.area:
                last.append((x, y, style))
            if line.low:
                at = int(known[np.argmin(values[known])])
                text = f"{written(float(values[at]), self.lane.unit, self.lane.decimals)} {line.low}"
                late = at > _LATE * (len(date) - 1)
                lows.append(Mark(float(date[at]), float(values[at]), text, text, style, before=late))
        self.ends.show(ends, scene.dark)
        self.lows.show(lows, scene.dark)
        self._points = (last, [(mark.x, mark.y, mark.tone) for mark in lows])

    def _said(self, line: Line, value: float, name: str) -> str:
        text = written(value, self.lane.unit, self.lane.decimals) if line.value else ""
        return f"{text} {name}".strip()

    def _dot(self, dark: bool) -> None:
        """Draw the dots at ends and lows in the colours of a theme."""
        styles = series(dark)
        for source, rows in zip((self.last, self.lowest), self._points, strict=True):
            source.data = {
                "x": [x for x, _, _ in rows],
                "y": [y for _, y, _ in rows],
                "colour": [styles[name].line for _, _, name in rows],
            }

    def recolour(self, dark: bool) -> None:
        """Take the colours of a theme."""
        super().recolour(dark)
        colour, styles = tokens(dark), series(dark)
        for line in self.lane.lines:
            style = styles[line.series]
            self.lines[line.key].glyph.update(
                line_color=style.line, line_dash=list(style.dash), line_width=style.width
            )
            if line.ribbon:
                self.ribbons[line.key].glyph.update(fill_color=style.line, fill_alpha=style.ribbon)
            if line.area:
                self.areas[line.key].glyph.update(fill_color=style.line, fill_alpha=style.ribbon)
            if not line.quiet:
                dot = self.dots[line.key].glyph
                dot.update(fill_color=colour["sf"], line_color=style.line, size=7, line_width=2)
            ring = self.rings[line.key].glyph
            ring.update(fill_alpha=0.0, line_color=styles["unhedged"].label, size=11, line_width=2)
        self.lows.recolour(dark)
        self._dot(dark)

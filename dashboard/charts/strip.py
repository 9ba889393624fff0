"""States over time: a row for each signal, and the bars of a hedge that is on."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal

import numpy as np
from bokeh.models import ColumnDataSource, FixedTicker

from core import words
from core.types import BoolArray, FloatArray
from dashboard.charts.frame import LEFT, Chart, Scene, Shared
from dashboard.charts.labels import Mark
from dashboard.charts.spans import edges, runs
from dashboard.charts.tips import STATES, Tip
from dashboard.theme import series, tokens

_ROW: Final = 23
"""Pixels of a row."""

_BARS: Final = 16
_LETTER: Final = 6.3
"""Pixels of a letter on an axis, on average and a little over."""

_TONES: Final = {1: "fired", 0: "t3", -1: "nd"}
_PARTS: Final = ("left", "right", "bottom", "top")


@dataclass(frozen=True)
class Row:
    """One row: the column `key`, a name at its left and a shorter one for narrow screens.

    A row of states has a bar where the column is 1, nothing where it is 0 and a hatch where it is −1 or not
    known. A row of a fraction is as high as the fraction, from nothing at 0 to all of the row at 1.
    """

    key: str
    name: str
    short: str = ""
    kind: Literal["state", "fraction"] = "state"


@dataclass(frozen=True)
class Strip:
    """One chart of rows, from top to bottom; its height follows from their number.

    A row whose column the history does not have is not shown.
    """

    key: str
    rows: tuple[Row, ...]
    title: str = ""

    def columns(self) -> list[str]:
        """What the source has for its tooltips."""
        return [row.key for row in self.rows]


class StripChart(Chart):
    """The figure of a strip."""

    top = 2

    def __init__(self, strip: Strip, shared: Shared, tips: Sequence[Tip]) -> None:
        self.strip = strip
        super().__init__(
            strip.key, strip.title, shared, tips, sizing_mode="stretch_width", height=_ROW * len(strip.rows),
            styles={"flex": "0 0 auto"},
        )  # fmt: skip
        self.between: Any = FixedTicker(ticks=[])
        self.figure.ygrid[0].ticker = self.between
        self.sources: dict[str, Any] = {
            name: ColumnDataSource({part: [] for part in _PARTS}) for name in ("fired", "unknown", "fraction")
        }
        self.bars = {
            name: self.figure.quad(*_PARTS, source=source, line_join="miter")
            for name, source in self.sources.items()
        }
        self._rows: list[Row] = list(strip.rows)
        self._last = False

    def place(self, *, first: bool, last: bool, named: bool) -> None:
        """Be the first or the last; as high as the rows and what stands around them."""
        super().place(first=first, last=last, named=named)
        plot = self.figure
        plot.height = _ROW * max(1, len(self._rows)) + plot.min_border_top + plot.min_border_bottom

    def fit(self, scene: Scene) -> None:
        """Draw the runs of every row, its name and the state it ends with."""
        super().fit(scene)
        self._rows = [row for row in self.strip.rows if row.key in scene.data]
        count = len(self._rows)
        self.y_range.update(start=0, end=max(1, count))
        middles = [count - 0.5 - i for i in range(count)]
        self.up.ticks, self.between.ticks = middles[::-1], [float(i) for i in range(1, count)]
        full = {y: scene.names.get(row.key, row.name) for y, row in zip(middles, self._rows, strict=True)}
        short = {y: row.short or full[y] for y, row in zip(middles, self._rows, strict=True)}
        tags = [[[*pair] for pair in texts.items()] for texts in (full, short)]
        if self.values.tags != tags:
            self.values.update(tags=tags, major_label_overrides=full)
        found: dict[str, list[FloatArray]] = {name: [] for name in self.sources}
        border, marks = edges(scene.sessions), []
        for y, row in zip(middles, self._rows, strict=True):
            values = scene.data[row.key]
            for name, part in _bars(values, border, y, row.kind).items():
                found[name].append(part)
            if len(values):
                text, tone = _said(float(values[-1]), row.kind)
                strong = row.kind == "fraction" and tone == "hedged"
                marks.append(Mark(float(scene.data["date"][-1]), y, text, text, tone, strong=strong))
        for name, parts in found.items():
            rows = np.concatenate([np.empty((4, 0)), *parts], axis=1)
            self.sources[name].data = dict(zip(_PARTS, rows, strict=True))
        self.ends.show(marks, scene.dark)

    def lefts(self, names: Mapping[str, str]) -> tuple[int, int]:
        """Pixels that the names need at the left, on a wide and on a narrow screen."""
        full = [names.get(row.key, row.name) for row in self.strip.rows]
        short = [row.short or name for row, name in zip(self.strip.rows, full, strict=True)]
        wide, narrow = (round(12 + _LETTER * max(map(len, texts), default=0)) for texts in (full, short))
        return max(LEFT, wide), max(LEFT, narrow)

    def recolour(self, dark: bool) -> None:
        """Take the colours of a theme."""
        super().recolour(dark)
        colour, blue = tokens(dark), series(dark)["hedged"].line
        self.values.major_label_text_color = colour["t2"]
        self.bars["fired"].glyph.update(fill_color=colour["fired"], line_color=colour["fired"])
        self.bars["fraction"].glyph.update(fill_color=blue, line_color=blue)
        self.bars["unknown"].glyph.update(
            fill_color=colour["sf2"], line_color=colour["bd"], hatch_pattern="right_diagonal_line",
            hatch_color=colour["nd"], hatch_alpha=0.5, hatch_scale=8, hatch_weight=1,
        )  # fmt: skip


class BarsChart(Chart):
    """The lane of a hedge that is on, for windows in which shading would be hair lines."""

    KEY: Final = "hedge on"
    top = 4

    def __init__(self, shared: Shared, tips: Sequence[Tip]) -> None:
        super().__init__(
            self.KEY, "", shared, tips, sizing_mode="stretch_width", height=_BARS, styles={"flex": "0 0 auto"}
        )
        self.bars = self.figure.vstrip("x0", "x1", source=shared.spans, line_width=1)

    def place(self, *, first: bool, last: bool, named: bool) -> None:
        """Be the last; as high as the bars and what stands around them."""
        super().place(first=first, last=last, named=named)
        self.figure.height = _BARS + self.figure.min_border_top + self.figure.min_border_bottom

    def say(self, share: float, scene: Scene) -> None:
        """Write the share of the days shown on which it was on."""
        x, text = float(scene.data["date"][-1]), words.percent(share, 0)
        self.ends.show([Mark(x, 0.5, f"hedge ON, {text} of days", f"ON {text}", "hedged", False)], scene.dark)

    def recolour(self, dark: bool) -> None:
        """Take the colours of a theme."""
        super().recolour(dark)
        blue = series(dark)["hedged"].line
        self.bars.glyph.update(fill_color=blue, line_color=blue)


def _bars(values: FloatArray, border: FloatArray, y: float, kind: str) -> dict[str, FloatArray]:
    """Left, right, bottom and top of the bars of a row, (4, n) for each way of filling."""
    first, stop = runs(values)
    value, left, right = values[first], border[first], border[stop]

    def boxes(chosen: BoolArray, low: float, high: FloatArray | float) -> FloatArray:
        shape = np.ones(int(chosen.sum()))
        return np.stack([left[chosen], right[chosen], shape * low, shape * high])

    half = 0.29
    known = np.isfinite(value) & (value >= 0.0)
    unknown = boxes(~known, y - half, y + half)
    if kind == "state":
        return {"fired": boxes(value == 1.0, y - half, y + half), "unknown": unknown}
    some = known & (value > 0.0)
    high = y - half - 0.08 + (2.0 * half + 0.16) * value[some]
    return {"fraction": boxes(some, y - half - 0.08, high), "unknown": unknown}


def _said(value: float, kind: str) -> tuple[str, str]:
    """What a row ends with, in words, and the tone of it."""
    known = np.isfinite(value) and value >= 0.0
    if kind == "fraction" and known:
        return words.percent(value, 0), "hedged" if value > 0.0 else "t3"
    state = int(value) if known and kind == "state" else -1
    return STATES[state], _TONES[state]

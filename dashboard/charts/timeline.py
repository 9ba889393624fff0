"""A stack of time charts in Bokeh: one source, one x range, one crosshair, one brush.

Built once; afterwards only its data, ranges and colours change, because a rebuilt chart makes the whole
page lay itself out again.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from bokeh.events import SelectionGeometry
from bokeh.layouts import column
from bokeh.models import ColumnDataSource, CustomJS, Range1d
from bokeh.models.annotations import Span

from core.types import FloatArray, Sessions
from dashboard.charts.base import Window, date_ticks, milliseconds, rows_in
from dashboard.charts.lane import Lane, LaneChart, Shared, Tip
from dashboard.theme import tokens

_END: Final = 62
"""Pixels right of the last value for its label: Bokeh paints labels only inside the frame."""

_FIT: Final = """
const [start, end] = range.tags, width = plot.inner_width
if (end > start && width > 2 * room) { range.end = end + (end - start) * room / (width - room) }
"""


@dataclass(frozen=True)
class History:
    """What a stack draws: the sessions and one array per column, all (T,)."""

    sessions: Sessions
    columns: Mapping[str, FloatArray]


class TimeStack:
    """The charts of some lanes, one above the other, on one time axis.

    Parameters
    ----------
    lanes
        From top to bottom; only the lowest has labels on its time axis.
    tips
        Lines of the tooltip under the date.
    dark
        Which theme's colours.
    on_brush
        Called with the first and last day of a range that the reader drags.
    """

    def __init__(
        self,
        lanes: Sequence[Lane],
        tips: Sequence[Tip],
        *,
        dark: bool,
        on_brush: Callable[[Window], None] | None = None,
    ) -> None:
        names = [f"{lane.key}{end}" for lane in lanes for end in ("", "_low", "_high")]
        self._names = ["date", *names, *(tip.key for tip in tips if tip.key not in names)]
        self._marked = ["date", *(lane.key for lane in lanes)]
        self._on_brush = on_brush
        self._sessions: Sessions = np.array([], dtype="datetime64[D]")
        self.source: Any = ColumnDataSource({name: [] for name in self._names})
        self.mark: Any = ColumnDataSource({name: [] for name in self._marked})
        self.x_range: Any = Range1d(start=0, end=1)
        shared = Shared(
            source=self.source,
            under=ColumnDataSource({name: [] for name in self._marked}, syncable=False),
            mark=self.mark,
            x_range=self.x_range,
            cross=Span(dimension="height", line_dash="dashed", line_width=1),
        )
        self._cross = shared.cross
        self.charts = [LaneChart(lane, shared, tips, lowest=lane is lanes[-1]) for lane in lanes]
        for chart in self.charts:
            chart.figure.on_event(SelectionGeometry, self.brushed)
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
        rows = rows_in(history.sessions, window)
        data = {name: values[rows] for name, values in history.columns.items()}
        data["date"] = milliseconds(history.sessions[rows])
        self.source.data = {name: data[name] for name in self._names}
        start, end = (float(at) for at in milliseconds(np.array(window)))
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
        shown: dict[str, list[float]] = {name: [] for name in self._marked}
        if mark is not None:
            at = float(milliseconds(np.array([mark]))[0])
            row = np.flatnonzero(np.asarray(self.source.data["date"], dtype=np.float64) == at)
            shown = {name: [float(self.source.data[name][i]) for i in row] for name in self._marked}
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
        low, high = sorted((event.geometry["x0"], event.geometry["x1"]))
        at = milliseconds(self._sessions)
        inside = np.flatnonzero((at >= low) & (at <= high))
        if len(inside) > 1:
            self._on_brush((self._sessions[inside[0]], self._sessions[inside[-1]]))

"""A stack of time charts in Bokeh: one source, one x range, one crosshair, one brush, one chosen day.

Built once; afterwards only its data, ranges and colours change, because a rebuilt chart makes the whole
page lay itself out again. A stack is made of lanes, from top to bottom:

- `Lane(key, lines=(Line(column, series, name), ...))`: lines, each labelled at its end; linear or log, as a
  number, ×, % or $; with a ribbon, filled to zero, or with its lowest point marked.
- `Strip(key, rows=(Row(column, name), Row(column, name, kind="fraction"), ...))`: states as bars.
- with `bars=True`, a last lane of blue bars that shows in windows too long for shading.

`History` has the columns. `update` shows a window of it, and behind all lanes when the hedge was on
(`hedge_on`, spans of sessions, see `spans.spans_of`) and named events (`Event`). `point` moves only what
follows the pointer: the brushed range, the ringed values, the rule of the chosen day.

    stack = TimeStack(
        (
            Lane("nav", (Line("sold", "sell", "Sell to same beta", "Sell"),
                         Line("always", "always", "Always hedged", "Always"),
                         Line("plain", "unhedged", "Unhedged"), Line("hedged", "hedged", "Triggered")),
                 unit="×", log=True, share=3),
            Lane("fall", (Line("fall", "hedged", area=True, low="triggered", end=False),), unit="%",
                 decimals=1, title="Drawdown from the peak"),
            Lane("price", (Line("level", "level", "0.95 MA50", value=False),
                           Line("spy", "benchmark", "SPY"))),
            Strip("signals", (Row("vix", "VIX inverted", "VIX"), Row("f", "Hedge fraction", "Hedge",
                  kind="fraction"))),
        ),
        (Tip("Triggered", "hedged", unit="×"), Tip("VIX inverted", "vix", says=STATES)),
        dark=False, on_brush=..., on_day=...,
    )
    stack.update(History(sessions, columns), window, hedge_on=spans_of(on, sessions),
                 events=[Event("Covid", start, end)], day=day)
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np
from bokeh.events import SelectionGeometry, Tap
from bokeh.layouts import column
from bokeh.models import ColumnDataSource, CustomJS, Range1d
from bokeh.models.annotations import Span

from core.types import FloatArray, Sessions
from dashboard.charts.base import Window, date_ticks, milliseconds, rows_in
from dashboard.charts.browser import SETTLE
from dashboard.charts.frame import LEFT, Chart, Scene, Shared
from dashboard.charts.labels import APART
from dashboard.charts.lane import Lane, LaneChart
from dashboard.charts.spans import SHADED, Event, bands, covered
from dashboard.charts.strip import BarsChart, Strip, StripChart
from dashboard.charts.tips import Tip
from dashboard.theme import FONT, tokens

_CLICK: Final = 5.0
"""Pixels that a drag must cover: less is a click with an unsteady hand."""

_CLOSE: Final = 0.12
"""The part of the window within which two names above it would touch."""


@dataclass(frozen=True)
class History:
    """What a stack draws: the sessions, one array per column, and texts for tooltips, all (T,)."""

    sessions: Sessions
    columns: Mapping[str, FloatArray]
    texts: Mapping[str, Sequence[str]] = field(default_factory=dict)


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
    on_day
        Called with the session that the reader clicks.
    bars
        Whether a lane of bars says when the hedge was on, in windows too long for shading.
    shaded
        The longest window in which spans are shading.
    """

    def __init__(
        self,
        lanes: Sequence[Lane | Strip],
        tips: Sequence[Tip],
        *,
        dark: bool,
        on_brush: Callable[[Window], None] | None = None,
        on_day: Callable[[np.datetime64], None] | None = None,
        bars: bool = False,
        shaded: np.timedelta64 = SHADED,
    ) -> None:
        drawn = [name for lane in lanes for name in lane.columns()]
        kept = dict.fromkeys([*drawn, *(tip.key for tip in tips)])
        self._texts = [tip.key for tip in tips if tip.text]
        self._rows = {row.key for lane in lanes if isinstance(lane, Strip) for row in lane.rows}
        self._names = [name for name in kept if name not in self._texts]
        self._marked = [
            "date",
            *(line.key for lane in lanes if isinstance(lane, Lane) for line in lane.lines),
        ]
        self._on_brush, self._on_day = on_brush, on_day
        self._longest = shaded
        self._shown: Sessions = np.array([], dtype="datetime64[D]")
        self._dark = dark
        self._turn = 0
        self._named = False
        self.source: Any = ColumnDataSource({name: [] for name in ["date", *self._names, *self._texts]})
        self.mark: Any = ColumnDataSource({name: [] for name in self._marked})
        self.chosen: Any = ColumnDataSource({"date": []})
        self.spans: Any = ColumnDataSource({"x0": [], "x1": []})
        self.events: Any = ColumnDataSource({"x0": [], "x1": []})
        self.x_range: Any = Range1d(start=0, end=1)
        shared = Shared(
            source=self.source,
            under=ColumnDataSource({name: [] for name in self._marked}, syncable=False),
            mark=self.mark,
            chosen=self.chosen,
            spans=self.spans,
            events=self.events,
            x_range=self.x_range,
            cross=Span(dimension="height", line_dash="dashed", line_width=1),
        )
        self._cross = shared.cross
        self.charts: list[Chart] = [
            LaneChart(lane, shared, tips) if isinstance(lane, Lane) else StripChart(lane, shared, tips)
            for lane in lanes
        ]
        self.bars = BarsChart(shared, tips) if bars else None
        if self.bars is not None:
            self.charts.append(self.bars)
        self._strips = [chart for chart in self.charts if isinstance(chart, StripChart)]
        self._place([chart for chart in self.charts if chart is not self.bars])
        self._listen()
        plots = [chart.figure for chart in self.charts]
        self.layout = column(plots, sizing_mode="stretch_both", spacing=0)
        self.recolour(dark)

    def _listen(self) -> None:
        """Have the browser settle labels when sizes or data change, and pass on drags and clicks."""
        settle = CustomJS(
            args={
                "range": self.x_range,
                "plots": [chart.figure for chart in self.charts],
                "ends": [chart.ends.source for chart in self.charts],
                "logs": [chart.log for chart in self.charts],
                "axes": [chart.values for chart in self._strips],
                "apart": APART,
                "font": FONT,
            },
            code=SETTLE,
        )
        self.x_range.js_on_change("tags", settle)
        for chart in self.charts:
            chart.figure.js_on_change("inner_width", settle)
            chart.figure.js_on_change("inner_height", settle)
            chart.figure.on_event(SelectionGeometry, self.brushed)
            if self._on_day is not None:
                chart.figure.on_event(Tap, self.tapped)

    def update(
        self,
        history: History,
        window: Window,
        *,
        brush: Window | None = None,
        mark: np.datetime64 | None = None,
        day: np.datetime64 | None = None,
        titles: Mapping[str, str] | None = None,
        names: Mapping[str, str] | None = None,
        hedge_on: Sequence[Window] | None = None,
        shades: Sequence[str] = (),
        events: Sequence[Event] = (),
        hide: Collection[str] = (),
    ) -> None:
        """Show this history in this window.

        Parameters
        ----------
        history
            The columns; those of a strip's rows may be absent, then the row is not shown.
        window
            First and last day shown.
        brush, mark, day
            As for `point`.
        titles
            What stands above a lane, by its key, where it was built with a title.
        names
            What lines, rows and tips are called, by column, where it is not what they were built with.
        hedge_on
            First and last session of each stretch with a hedge; None where that is not known.
        shades
            What each of those is called, where it is not a hedge that is on.
        events
            Grey stretches with their names above the first lane.
        hide
            Keys of lanes that are not shown now.
        """
        rows, names = rows_in(history.sessions, window), names or {}
        sessions = self._shown = history.sessions[rows]
        data = {name: values[rows] for name, values in history.columns.items()}
        data["date"] = milliseconds(sessions)
        unknown = np.full(len(sessions), np.nan)
        sent = {name: data.get(name, unknown) if name in self._rows else data[name] for name in self._names}
        texts = {name: list(history.texts[name][rows]) for name in self._texts}
        self.source.data = {"date": data["date"], **sent, **texts}
        start, end = (float(at) for at in milliseconds(np.array(window)))
        if self.x_range.tags[:2] != [start, end]:  # else the room for labels, fitted in the browser, would go
            self.x_range.update(start=start, end=end + (end - start) * 0.1)
        scene = Scene(sessions, data, date_ticks(window), names, self._dark)
        for chart in self.charts:
            chart.fit(scene)
            if titles and chart.key in titles:
                chart.title.text = titles[chart.key]
        self._span(hedge_on, shades, events, window)
        long = window[1] - window[0] > self._longest
        shown = [chart for chart in self.charts if chart.key not in hide and chart is not self.bars]
        if self.bars is not None and long and hedge_on is not None and len(sessions):
            self.bars.say(float(covered(hedge_on, sessions).mean()), scene)
            shown.append(self.bars)
        for chart in self.charts:
            chart.shade.visible = chart.bar.visible = not long
        self._place(shown)
        self.point(brush=brush, mark=mark, day=day)
        lefts = [chart.lefts(names) for chart in self._strips] or [(LEFT, LEFT)]
        self._settle([start, end, *(max(left) for left in zip(*lefts, strict=True))])

    def point(
        self, *, brush: Window | None, mark: np.datetime64 | None, day: np.datetime64 | None = None
    ) -> None:
        """Move only the brushed range, the day whose values are ringed and the day with a rule."""
        shown: dict[str, list[float]] = {name: [] for name in self._marked}
        if mark is not None:
            row = np.flatnonzero(self._shown == mark)
            shown = {name: [float(self.source.data[name][i]) for i in row] for name in self._marked}
        self.mark.data = shown
        inside = day is not None and len(self._shown) and self._shown[0] <= day <= self._shown[-1]
        self.chosen.data = {"date": milliseconds(np.array([day])) if inside else []}
        for chart in self.charts:
            if brush is None:
                chart.brushed.visible = False
            else:
                left, right = (float(t) for t in milliseconds(np.array(brush)))
                chart.brushed.update(left=left, right=right, visible=True)

    def recolour(self, dark: bool) -> None:
        """Take the colours of a theme."""
        self._dark = dark
        self._cross.line_color = tokens(dark)["t3"]
        for chart in self.charts:
            chart.recolour(dark)
        if self.x_range.tags:
            self._settle([*self.x_range.tags[:2], *self.x_range.tags[3:]])

    def brushed(self, event: Any) -> None:
        """Tell whoever asked which sessions a drag covered; one of a few pixels or sessions is none."""
        shape = event.geometry
        if not event.final or self._on_brush is None or abs(shape["sx1"] - shape["sx0"]) < _CLICK:
            return
        low, high = sorted((shape["x0"], shape["x1"]))
        at = milliseconds(self._shown)
        inside = np.flatnonzero((at >= low) & (at <= high))
        if len(inside) > 1:
            self._on_brush((self._shown[inside[0]], self._shown[inside[-1]]))

    def tapped(self, event: Any) -> None:
        """Tell whoever asked which session was clicked: the nearest one."""
        if self._on_day is not None and event.x is not None and len(self._shown):
            self._on_day(self._shown[int(np.argmin(np.abs(milliseconds(self._shown) - event.x)))])

    def _settle(self, tags: list[float]) -> None:
        """Ask the browser to settle the labels; the turn makes it a change every time."""
        self._turn += 1
        self.x_range.tags = [*tags[:2], self._turn, *tags[2:]]

    def _place(self, shown: Sequence[Chart]) -> None:
        """Show these charts and no other; the first has the names, the last the dates."""
        for chart in self.charts:
            chart.figure.visible = chart in shown
        for chart in shown:
            chart.place(first=chart is shown[0], last=chart is shown[-1], named=self._named)

    def _span(
        self,
        hedge_on: Sequence[Window] | None,
        shades: Sequence[str],
        events: Sequence[Event],
        window: Window,
    ) -> None:
        """Move the spans behind the lanes; name events, and the shading once or each of it, above them."""
        on, x0, x1 = bands(hedge_on or (), self._shown)
        self.spans.data = {"x0": x0, "x1": x1}
        here, start, end = bands([(event.start, event.end) for event in events], self._shown)
        self.events.data = {"x0": start, "x1": end}
        named = {float(at): events[i].name for i, at in zip(here, (start + end) / 2.0, strict=True)}
        whole = milliseconds(np.array(window))
        if shades:
            named |= {float(at): shades[i] for i, at in zip(on, (x0 + x1) / 2.0, strict=True)}
        elif len(x0) and window[1] - window[0] <= self._longest:
            free = [i for i in np.argsort(x0 - x1) if not _near(named, (x0[i] + x1[i]) / 2.0, whole)]
            at = next(iter(free), 0)
            named[float((x0[at] + x1[at]) / 2.0)] = "hedge ON"
        self._named = self._named or bool(named)
        for chart in self.charts:
            chart.names.major_label_overrides = named
            chart.above.ticks = sorted(named)


def _near(named: Mapping[float, str], at: float, whole: FloatArray) -> bool:
    return any(abs(at - other) < _CLOSE * (whole[1] - whole[0]) for other in named)

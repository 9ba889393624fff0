"""Lines of several series in one lane: axes, end labels, lowest points, spans and the chosen day."""

from collections.abc import Sequence
from types import SimpleNamespace

import numpy as np
import pytest

from dashboard.charts.base import axis_text, log_ticks, milliseconds, written
from dashboard.charts.lane import Lane, LaneChart, Line
from dashboard.charts.spans import Event, spans_of
from dashboard.charts.strip import BarsChart, Row, Strip
from dashboard.charts.timeline import History, TimeStack
from dashboard.charts.tips import STATES, Tip
from dashboard.theme import SERIES, TOKENS
from tests.strategies import weekdays

ARMS = (Line("a", "sell", "Sell"), Line("b", "always", "Always"), Line("c", "unhedged", "Unhedged", "Plain"))
COUNT = 1000
SESSIONS = weekdays(COUNT)
ALL = (SESSIONS[0], SESSIONS[-1])
YEAR = (SESSIONS[-250], SESSIONS[-1])


def history(**extra: np.ndarray) -> History:
    grid = np.arange(COUNT, dtype=np.float64)
    columns = {
        "a": 1.0 + grid / COUNT,
        "b": np.full(COUNT, 2.0),
        "c": np.exp(grid / 500.0),
        "fall": -np.abs(np.sin(grid / 90.0)) / 4.0,
        "on": (grid % 100 < 20).astype(np.float64),
    }
    return History(SESSIONS, {**columns, **extra})


def stack(*lanes: Lane | Strip, tips: Sequence[Tip] = (), bars: bool = False) -> TimeStack:
    return TimeStack(lanes or (Lane("nav", ARMS, unit="×"),), tips, dark=False, bars=bars)


def lane_of(stack: TimeStack, i: int = 0) -> LaneChart:
    chart = stack.charts[i]
    assert isinstance(chart, LaneChart)
    return chart


def test_each_line_says_its_last_value_and_name_in_its_own_colour() -> None:
    made = stack()
    made.update(history(), ALL, names={"b": "Never"})
    data = made.charts[0].ends.source.data
    assert data["full"] == ["2.00× Sell", "2.00× Never", "7.37× Unhedged"]
    assert data["short"] == ["2.00× Sell", "2.00× Never", "7.37× Plain"]
    assert data["colour"] == [SERIES["light"][arm.series].label for arm in ARMS]
    made.recolour(True)
    assert made.charts[0].ends.source.data["colour"] == [SERIES["dark"][arm.series].label for arm in ARMS]


def test_lines_are_told_apart_without_colour() -> None:
    chart = lane_of(stack())
    dashes = [tuple(chart.lines[key].glyph.line_dash) for key in "abc"]
    assert len(set(dashes)) == len(dashes)


def test_a_line_that_ends_early_is_named_where_it_ends() -> None:
    values = np.where(np.arange(COUNT) < 900, 1.5, np.nan)
    made = stack()
    made.update(history(a=values, b=np.full(COUNT, np.nan)), ALL)
    data = made.charts[0].ends.source.data
    assert data["full"] == ["1.50× Sell", "7.37× Unhedged"]
    assert data["x"][0] == milliseconds(SESSIONS)[899]


def test_bounds_stand_beside_the_value_where_they_differ_from_it() -> None:
    made = stack(Lane("beta", (Line("a", name="today", ribbon=True),)))
    low = np.full(COUNT, 1.5)
    made.update(history(a_low=low, a_high=history().columns["a"]), ALL)
    assert made.charts[0].ends.source.data["full"] == ["2.00 today", "1.50"]


def test_a_log_axis_has_round_ticks_inside_its_range() -> None:
    made = stack(Lane("nav", ARMS, unit="×", log=True))
    made.update(history(), ALL)
    chart = lane_of(made)
    assert list(chart.values.major_label_overrides.values()) == ["1×", "2×", "3×", "5×"]
    assert chart.y_range.start < 1.0 < np.exp(999 / 500.0) < chart.y_range.end
    made.update(history(a=np.zeros(COUNT), b=np.full(COUNT, -1.0), c=np.full(COUNT, np.nan)), ALL)
    assert 0.0 < chart.y_range.start < chart.y_range.end
    assert chart.ends.source.data["full"] == []


@pytest.mark.parametrize("high", [1.01, 1.2, 2.0, 4.2, 9.0, 80.0, 9e5])
def test_log_ticks_are_few_and_inside(high: float) -> None:
    ticks = log_ticks(0.97, high)
    assert 2 <= len(ticks) <= 8
    assert all(0.97 <= tick <= high for tick in ticks)
    assert ticks == sorted(set(ticks))


def test_log_ticks_of_a_four_fold_range() -> None:
    assert log_ticks(0.95, 4.2) == [1.0, 1.5, 2.0, 3.0, 4.0]


def test_axes_say_their_unit() -> None:
    assert axis_text([-0.2, -0.1, 0.0], "%") == ["−20\u202f%", "−10\u202f%", "0"]
    assert axis_text([-0.005, 0.0025], "%") == ["−0.50\u202f%", "0.25\u202f%"]
    assert axis_text([1.0, 1.5], "×") == ["1×", "1.5×"]
    assert axis_text([-40_000.0, 0.0], "$") == ["−$40k", "$0"]
    assert written(-0.2534, "%", 1) == "−25.3\u202f%"
    assert written(1234.5, "$", 2) == "$1,234" == written(1234.4, "$", 0)
    assert written(np.nan, "×", 2) == "—"


def test_a_drawdown_is_filled_to_zero_and_its_worst_point_marked() -> None:
    made = stack(Lane("dd", (Line("fall", area=True, low="triggered", end=False),), unit="%", decimals=1))
    made.update(history(), ALL)
    chart, fall = lane_of(made), history().columns["fall"]
    worst = int(np.argmin(fall))
    assert chart.lows.source.data["text"] == ["−25.0\u202f% triggered"]
    assert chart.lowest.data["x"] == [milliseconds(SESSIONS)[worst]]
    assert chart.lowest.data["y"] == [fall[worst]]
    assert chart.y_range.start < fall[worst]
    assert 0.0 < chart.y_range.end < 0.05
    assert list(chart.values.major_label_overrides.values())[-1] == "0"
    assert chart.ends.source.data["text"] == []


def test_a_drawdown_of_nothing_still_has_an_axis() -> None:
    made = stack(Lane("dd", (Line("fall", area=True, low="worst"),), unit="%"))
    made.update(history(fall=np.zeros(COUNT)), ALL)
    assert made.charts[0].y_range.start < made.charts[0].y_range.end


def test_shading_covers_whole_sessions_and_is_named_once() -> None:
    on = history().columns["on"] > 0
    made = stack()
    made.update(history(), YEAR, hedge_on=spans_of(on, SESSIONS))
    at, spans = made.source.data["date"], made.spans.data
    shaded = [np.any((spans["x0"] < t) & (t < spans["x1"])) for t in at]
    assert shaded == on[-250:].tolist()
    chart = made.charts[0]
    assert chart.shade.visible
    assert chart.bar.visible
    assert list(chart.names.major_label_overrides.values()) == ["hedge ON"]


def test_a_long_window_has_bars_and_their_share_instead_of_shading() -> None:
    on = history().columns["on"] > 0
    made = stack(bars=True)
    bars = made.bars
    assert isinstance(bars, BarsChart)
    assert not bars.figure.visible
    long = weekdays(2000)
    many = {name: np.resize(values, 2000) for name, values in history().columns.items()}
    spans = spans_of(np.resize(on, 2000), long)
    made.update(History(long, many), (long[0], long[-1]), hedge_on=spans)
    assert bars.figure.visible
    assert bars.dates.visible
    assert not made.charts[0].dates.visible
    assert not made.charts[0].shade.visible
    assert bars.ends.source.data["full"] == ["hedge ON, 20\u202f% of days"]
    assert made.charts[0].names.major_label_overrides == {}
    made.update(History(long, many), (long[0], long[-1]), hedge_on=[])
    assert bars.ends.source.data["full"] == ["hedge ON, 0\u202f% of days"]
    made.update(History(long, many), (long[0], long[-1]))
    assert not bars.figure.visible
    made.update(History(long, many), (long[-250], long[-1]), hedge_on=spans)
    assert not bars.figure.visible
    assert made.charts[0].dates.visible
    assert made.charts[0].shade.visible


def test_events_outside_the_window_are_neither_drawn_nor_named() -> None:
    made = stack()
    old = Event("Old", SESSIONS[3], SESSIONS[9])
    cut = Event("Cut", SESSIONS[-300], SESSIONS[-200])
    made.update(history(), YEAR, events=[old, cut])
    assert len(made.events.data["x0"]) == 1
    assert made.events.data["x0"][0] == pytest.approx(milliseconds(SESSIONS)[-250], abs=86_400_000)
    (at,) = made.charts[0].above.ticks
    assert made.charts[0].names.major_label_overrides == {at: "Cut"}
    assert made.events.data["x0"][0] < at < made.events.data["x1"][0]


def test_the_name_of_the_shading_keeps_clear_of_events() -> None:
    made = stack()
    spans = [(SESSIONS[-200], SESSIONS[-150]), (SESSIONS[-40], SESSIONS[-20])]
    made.update(history(), YEAR, hedge_on=spans)
    assert made.charts[0].above.ticks[0] < milliseconds(SESSIONS)[-150]
    made.update(history(), YEAR, hedge_on=spans, events=[Event("Fall", *spans[0])])
    named = made.charts[0].names.major_label_overrides
    assert [named[at] for at in made.charts[0].above.ticks] == ["Fall", "hedge ON"]


def test_a_click_chooses_the_nearest_session_and_moves_one_rule() -> None:
    seen: list[np.datetime64] = []
    made = TimeStack([Lane("nav", ARMS)], (), dark=False, on_day=seen.append)
    made.tapped(SimpleNamespace(x=0.0))
    made.update(history(), YEAR)
    at = milliseconds(SESSIONS)
    for x in (at[-100] + 1e6, at[-100] - 1e6, at[3], at[-1] + 9e9):
        made.tapped(SimpleNamespace(x=x))
    assert seen == [SESSIONS[-100], SESSIONS[-100], SESSIONS[-250], SESSIONS[-1]]
    made.point(brush=None, mark=None, day=seen[0])
    assert made.chosen.data["date"] == [at[-100]]
    made.point(brush=None, mark=None, day=SESSIONS[3])
    assert len(made.chosen.data["date"]) == 0


def test_a_lane_can_be_hidden_and_the_last_shown_has_the_dates() -> None:
    made = stack(Lane("nav", ARMS), Lane("other", (Line("fall"),)))
    made.update(history(), YEAR, hide=("other",))
    assert [chart.figure.visible for chart in made.charts] == [True, False]
    assert made.charts[0].dates.visible
    made.update(history(), YEAR, hide=("nav",), events=[Event("Now", *YEAR)])
    assert [chart.figure.visible for chart in made.charts] == [False, True]
    assert made.charts[1].names.visible
    assert made.charts[1].dates.visible


def test_nothing_is_replaced_by_an_update() -> None:
    made = stack(Lane("nav", ARMS), Strip("s", (Row("on", "On"),)), bars=True)

    def models() -> list[int]:
        return sorted(id(model) for model in made.layout.references())

    before = models()
    for window in (YEAR, ALL):
        on = [(SESSIONS[-90], SESSIONS[-80])]
        made.update(history(), window, hedge_on=on, events=[Event("E", *YEAR)], day=SESSIONS[-3])
        made.recolour(True)
    assert models() == before


def test_tooltips_say_states_texts_and_units_and_take_names_as_text() -> None:
    tips = (
        Tip("<b>$@x", "a", unit="×"),
        Tip("Signal", "on", says=STATES),
        Tip("Reason", "why", text=True),
    )
    made = stack(Lane("nav", ARMS), tips=tips)
    made.update(History(SESSIONS, history().columns, {"why": ["so"] * COUNT}), YEAR, names={"on": "VIX & co"})
    hover = made.charts[0].hover
    assert "<b>$@x" not in hover.tooltips
    assert "&lt;b&gt;&#36;&#64;x <b>@a{custom}</b>" in hover.tooltips
    assert "VIX &amp; co <b>@on{custom}</b>" in hover.tooltips
    assert "Reason <b>@why</b>" in hover.tooltips
    assert made.source.data["why"] == ["so"] * 250
    assert "FIRED" in hover.formatters["@on"].code
    assert "'×'" in hover.formatters["@a"].code
    assert "@why" not in hover.formatters


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_spans_follow_the_theme(theme: str) -> None:
    made = stack()
    made.recolour(theme == "dark")
    chart = made.charts[0]
    assert chart.shade.glyph.fill_color == TOKENS[theme]["shade"]
    assert chart.event.glyph.fill_color == TOKENS[theme]["event"]
    assert chart.bar.glyph.line_color == SERIES[theme]["hedged"].line

"""Rows of states: what is drawn where, and what stands at both ends."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from dashboard.charts.base import milliseconds
from dashboard.charts.lane import Lane, Line
from dashboard.charts.spans import bands, covered, edges, runs, spans_of
from dashboard.charts.strip import Row, Strip, StripChart
from dashboard.charts.timeline import History, TimeStack
from dashboard.theme import TOKENS
from tests.strategies import weekdays

ROWS = (Row("vix", "VIX inverted", "VIX"), Row("flow", "Flow"), Row("share", "Fraction", kind="fraction"))
COUNT = 60
SESSIONS = weekdays(COUNT)
WINDOW = (SESSIONS[0], SESSIONS[-1])
states = arrays(np.float64, COUNT, elements=st.sampled_from([1.0, 0.0, -1.0, np.nan]))


def drawn(columns: dict[str, np.ndarray], rows: tuple[Row, ...] = ROWS) -> StripChart:
    stack = TimeStack([Lane("p", (Line("price"),)), Strip("s", rows)], (), dark=False)
    stack.update(History(SESSIONS, {"price": np.ones(COUNT), **columns}), WINDOW)
    chart = stack.charts[1]
    assert isinstance(chart, StripChart)
    return chart


def inside(source: dict[str, np.ndarray], y: float) -> np.ndarray:
    """Which sessions a bar of this row covers."""
    at = milliseconds(SESSIONS)
    boxes = zip(source["left"], source["right"], source["bottom"], source["top"], strict=True)
    hit = [(at > left) & (at < right) for left, right, low, high in boxes if low < y < high]
    return np.any(hit, axis=0) if hit else np.zeros(COUNT, dtype=bool)


@given(states, states)
def test_bars_where_fired_hatch_where_unknown_nothing_where_off(vix: np.ndarray, flow: np.ndarray) -> None:
    chart = drawn({"vix": vix, "flow": flow, "share": np.zeros(COUNT)})
    for y, values in ((2.5, vix), (1.5, flow)):
        fired = inside(chart.sources["fired"].data, y)
        unknown = inside(chart.sources["unknown"].data, y)
        np.testing.assert_array_equal(fired, values == 1.0)
        np.testing.assert_array_equal(unknown, np.isnan(values) | (values == -1.0))


def test_a_fraction_is_as_high_as_it_is() -> None:
    share = np.repeat([0.0, 0.5, 1.0, np.nan], COUNT // 4)
    chart = drawn({"vix": np.zeros(COUNT), "flow": np.zeros(COUNT), "share": share})
    data = chart.sources["fraction"].data
    half, full = (high - low for low, high in zip(data["bottom"], data["top"], strict=True))
    assert full == pytest.approx(2.0 * half)
    assert full < 1.0
    assert inside(chart.sources["unknown"].data, 0.5).tolist() == np.isnan(share).tolist()


@pytest.mark.parametrize(
    ("vix", "share", "said"),
    [
        (1.0, 1.0, ["FIRED", "no data", "100\u202f%"]),
        (0.0, 0.5, ["OFF", "no data", "50\u202f%"]),
        (np.nan, np.nan, ["no data", "no data", "no data"]),
    ],
)
def test_each_row_ends_with_its_state_in_words(vix: float, share: float, said: list[str]) -> None:
    columns = {"vix": np.full(COUNT, vix), "flow": np.full(COUNT, -1.0), "share": np.full(COUNT, share)}
    chart = drawn(columns)
    assert chart.ends.source.data["full"] == said
    assert chart.ends.source.data["y"] == [2.5, 1.5, 0.5]
    assert chart.values.major_label_overrides == {2.5: "VIX inverted", 1.5: "Flow", 0.5: "Fraction"}
    assert chart.values.tags[1] == [[2.5, "VIX"], [1.5, "Flow"], [0.5, "Fraction"]]


def test_a_row_that_the_history_lacks_takes_no_room() -> None:
    every = drawn({row.key: np.zeros(COUNT) for row in ROWS})
    two = drawn({row.key: np.zeros(COUNT) for row in ROWS[1:]})
    assert two.figure.height < every.figure.height
    assert two.values.major_label_overrides == {1.5: "Flow", 0.5: "Fraction"}
    assert two.ends.source.data["full"] == ["OFF", "0\u202f%"]


def test_the_hatch_follows_the_theme() -> None:
    chart = drawn({row.key: np.zeros(COUNT) for row in ROWS})
    for theme in ("light", "dark"):
        chart.recolour(theme == "dark")
        glyph = chart.bars["unknown"].glyph
        assert glyph.hatch_pattern == "right_diagonal_line"
        assert glyph.hatch_color == TOKENS[theme]["nd"]
        assert chart.bars["fired"].glyph.fill_color == TOKENS[theme]["fired"]


@given(states)
def test_runs_are_the_values_and_cannot_be_joined(values: np.ndarray) -> None:
    first, stop = runs(values)
    again = np.concatenate([np.full(j - i, values[i]) for i, j in zip(first, stop, strict=True)])
    np.testing.assert_array_equal(again, values)
    ends = [(values[i - 1], values[i]) for i in first[1:]]
    assert not any(a == b or (np.isnan(a) and np.isnan(b)) for a, b in ends)


@given(arrays(np.bool_, COUNT), st.integers(0, COUNT - 1), st.integers(0, COUNT - 1))
def test_spans_are_what_they_were_made_of(on: np.ndarray, one: int, other: int) -> None:
    spans = spans_of(on, SESSIONS)
    np.testing.assert_array_equal(covered(spans, SESSIONS), on)
    first, last = sorted((one, other))
    part = SESSIONS[first : last + 1]
    _, x0, x1 = bands(spans, part)
    at = milliseconds(part)
    seen = [bool(np.any((x0 < t) & (t < x1))) for t in at]
    assert seen == on[first : last + 1].tolist()


def test_nothing_has_no_edges() -> None:
    assert len(edges(SESSIONS[:0])) == 0
    assert [len(part) for part in runs(np.empty(0))] == [0, 0]
    assert len(edges(SESSIONS[:1])) == 2
    assert [len(part) for part in bands([WINDOW], SESSIONS[:0])] == [0, 0, 0]

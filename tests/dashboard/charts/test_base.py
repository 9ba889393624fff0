import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboard.charts.base import (
    RANGES,
    axis_text,
    compact,
    date_ticks,
    dates,
    months_before,
    nice_ticks,
    range_name,
    range_window,
    rows_in,
    shown_window,
)
from tests.strategies import weekdays

D = np.datetime64


@pytest.mark.parametrize(
    ("day", "months", "wanted"),
    [
        ("2025-04-04", 15, "2024-01-04"),
        ("2025-03-31", 1, "2025-02-28"),
        ("2024-03-31", 1, "2024-02-29"),
        ("2020-02-29", 12, "2019-02-28"),
    ],
)
def test_months_before_stays_in_the_month(day: str, months: int, wanted: str) -> None:
    assert months_before(D(day), months) == D(wanted)


def test_every_button_finds_itself_and_the_default_is_one() -> None:
    sessions = weekdays(2000)
    for name in RANGES:
        assert range_name(range_window(name, sessions), sessions) == name
    assert range_name(None, sessions) == "15 m"
    assert range_name((sessions[3], sessions[90]), sessions) == ""


def test_a_window_is_kept_inside_the_sessions() -> None:
    sessions = weekdays(300)
    assert shown_window((D("1999-01-01"), D("2099-01-01")), sessions) == (sessions[0], sessions[-1])
    later = (D("2098-01-01"), D("2099-01-01"))
    assert shown_window(later, sessions) == range_window("15 m", sessions)


def test_rows_in_includes_both_ends() -> None:
    sessions = weekdays(30)
    rows = rows_in(sessions, (sessions[4], sessions[9]))
    assert sessions[rows].tolist() == sessions[4:10].tolist()


@given(st.floats(-1e9, 1e9), st.floats(0.0, 1e9), st.integers(2, 6))
def test_ticks_cover_the_range_in_even_steps(low: float, width: float, about: int) -> None:
    high = low + width
    ticks = nice_ticks(low, high, about)
    slack = 1e-6 * max(1.0, abs(low), abs(high))
    assert ticks[0] <= low + slack
    assert ticks[-1] >= high - slack
    assert 2 <= len(ticks) <= about + 3
    assert np.ptp(np.diff(ticks)) <= slack


def test_ticks_of_nothing_are_still_ticks() -> None:
    assert nice_ticks(math.nan, math.nan) == nice_ticks(0.0, 0.0) == [0.0, 0.2, 0.4, 0.6, 0.8, 1.0]


@pytest.mark.parametrize("days", [40, 200, 400, 1300, 4000])
def test_date_ticks_are_few_and_name_each_year_once(days: int) -> None:
    sessions = weekdays(days, "2006-01-03")
    ticks = date_ticks((sessions[0], sessions[-1]))
    assert 1 <= len(ticks) <= 8
    years = [text.split("\n")[-1] for _, text in ticks if any(c.isdigit() for c in text)]
    assert len(years) == len(set(years))


def test_a_window_in_words() -> None:
    assert dates((D("2022-10-04"), D("2022-12-28"))) == "4 Oct – 28 Dec 2022"
    assert dates((D("2021-10-04"), D("2022-12-28"))) == "4 Oct 2021 – 28 Dec 2022"
    assert dates((D("2022-12-28"), D("2022-12-28"))) == "28 Dec 2022"


def test_axis_figures() -> None:
    assert [compact(v) for v in (0, 40_000, -1_250_000, 0.65)] == ["0", "40k", "−1.2m", "0.65"]
    assert axis_text([0.0, 0.25, 0.5]) == ["0.00", "0.25", "0.50"]
    assert axis_text([-5.0, 0.0, 5.0]) == ["−5", "0", "5"]
    assert axis_text([0.0, 20_000.0]) == ["0", "20k"]

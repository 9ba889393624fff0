import datetime as dt
import subprocess
import sys
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.data.exchange import last_complete_session, sessions_between

NY = ZoneInfo("America/New_York")


def day(text):
    return np.datetime64(text, "D")


@pytest.mark.parametrize(
    ("now", "last"),
    [
        ("2025-04-04 16:14:59", "2025-04-03"),
        ("2025-04-04 16:15:00", "2025-04-04"),
        ("2025-04-04 09:31:00", "2025-04-03"),
        ("2025-04-05 12:00:00", "2025-04-04"),  # Saturday
        ("2025-04-06 23:59:00", "2025-04-04"),  # Sunday
        ("2025-04-07 09:30:00", "2025-04-04"),  # Monday, running
        ("2024-11-28 18:00:00", "2024-11-27"),  # Thanksgiving
        ("2024-11-29 13:14:00", "2024-11-27"),  # the half day after it
        ("2024-11-29 13:15:00", "2024-11-29"),
        ("2024-11-29 13:16:00", "2024-11-29"),
        ("2025-01-09 17:00:00", "2025-01-08"),  # closed for a day of mourning
        ("2001-09-14 17:00:00", "2001-09-10"),
        ("1985-07-06 17:00:00", "1985-07-05"),  # before the calendar: weekdays
        ("1985-07-05 16:14:00", "1985-07-04"),
        ("2070-01-05 16:20:00", "2070-01-03"),  # after it: Sunday
        ("2070-01-06 16:20:00", "2070-01-06"),
    ],
)
def test_p7_a_session_counts_once_its_close_is_final(now, last):
    assert last_complete_session(dt.datetime.fromisoformat(now).replace(tzinfo=NY)) == day(last)


@pytest.mark.parametrize(
    ("now", "last"),
    [
        (dt.datetime(2025, 4, 4, 20, 14, tzinfo=dt.UTC), "2025-04-03"),
        (dt.datetime(2025, 4, 4, 20, 15, tzinfo=dt.UTC), "2025-04-04"),
        (dt.datetime(2025, 1, 3, 21, 14, tzinfo=dt.UTC), "2025-01-02"),
        (dt.datetime(2025, 4, 5, 3, 0, tzinfo=ZoneInfo("Asia/Tokyo")), "2025-04-03"),
    ],
)
def test_p7_the_clock_may_be_in_any_zone(now, last):
    assert last_complete_session(now) == day(last)


def test_sessions_between_leaves_out_holidays_and_the_first_end():
    found = sessions_between(day("2024-11-26"), day("2024-12-02"))
    assert [str(one) for one in found] == ["2024-11-27", "2024-11-29", "2024-12-02"]
    assert len(sessions_between(day("2024-11-29"), day("2024-12-01"))) == 0
    assert len(sessions_between(day("2024-11-29"), day("2024-11-29"))) == 0
    assert len(sessions_between(day("2024-12-29"), day("2024-11-29"))) == 0


@pytest.mark.parametrize(
    ("after", "upto", "known"),
    [
        ("1989-12-27", "1990-01-03", ["1989-12-28", "1989-12-29", "1990-01-02", "1990-01-03"]),
        ("2059-12-30", "2060-01-05", ["2059-12-31", "2060-01-01", "2060-01-02", "2060-01-05"]),
        ("1980-01-03", "1980-01-07", ["1980-01-04", "1980-01-07"]),
        ("2070-01-03", "2070-01-06", ["2070-01-06"]),
    ],
)
def test_weekdays_stand_in_beyond_the_calendar(after, upto, known):
    assert [str(one) for one in sessions_between(day(after), day(upto))] == known


@given(st.dates(dt.date(1985, 1, 1), dt.date(2064, 1, 1)), st.integers(0, 400), st.integers(0, 400))
def test_two_stretches_make_the_whole(first, one, two):
    a = np.datetime64(first)
    parts = (sessions_between(a, a + one), sessions_between(a + one, a + one + two))
    assert np.concatenate(parts).tolist() == sessions_between(a, a + one + two).tolist()


def test_every_real_session_is_one(market_data):
    from core.data.price_file import read_series

    dates = read_series(str(market_data / "SPY.csv"), "SPY").dates
    assert sessions_between(dates[0] - 1, dates[-1]).tolist() == dates.tolist()


def test_importing_it_loads_no_calendar():
    code = "import sys, core.data.files; sys.exit('exchange_calendars' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0

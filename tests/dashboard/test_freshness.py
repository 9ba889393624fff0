"""The chip in the header: what it says of the prices, and when it warns."""

import datetime as dt
from dataclasses import replace

import numpy as np
import pytest

from core.fingerprint import freeze
from dashboard.freshness import ago, behind, chip, stale, tag
from tests.dashboard.live import FETCHED, live, sample

MORNING = FETCHED + dt.timedelta(hours=1)


def test_fresh_prices_are_said_with_the_time_they_were_fetched() -> None:
    found = chip(live(), MORNING)
    assert found == (
        "",
        "Close Wed 28 Dec 2022 \u00b7 Yahoo \u00b7 fetched 07:02 \u00b7 0 of 10 series stale",
        "Yahoo",
    )
    assert tag(live(), MORNING) == ("ok", "Up to date")


@pytest.mark.parametrize(
    ("now", "late", "state"),
    [
        (dt.datetime(2022, 12, 29, 21, 10, tzinfo=dt.UTC), 0, ""),  # ten minutes after the close
        (dt.datetime(2022, 12, 29, 21, 20, tzinfo=dt.UTC), 1, ""),  # the close is there to be fetched
        (dt.datetime(2022, 12, 30, 21, 20, tzinfo=dt.UTC), 2, "warn"),
        (dt.datetime(2023, 1, 2, 23, 0, tzinfo=dt.UTC), 2, "warn"),  # a weekend and a holiday
        (dt.datetime(2023, 1, 3, 21, 20, tzinfo=dt.UTC), 3, "warn"),
    ],
)
def test_prices_grow_old_with_the_clock_and_by_the_exchanges_calendar(
    now: dt.datetime, late: int, state: str
) -> None:
    analysis = live()
    assert behind(analysis, now) == late
    found = chip(analysis, now)
    assert found.state == state
    assert ("old" in found.text.replace("days old", "")) is (late > 0)
    assert found.short == ("Stale" if late > 1 else "Yahoo")


def test_without_a_network_the_age_of_what_is_stored_is_said() -> None:
    analysis = live(every={"trouble": "Yahoo could not be reached."})
    later = FETCHED + dt.timedelta(days=2)
    found = chip(analysis, later)
    assert found.state == "warn"
    assert found.text == (
        "Close Wed 28 Dec 2022 \u00b7 Yahoo \u00b7 stored, 2 days old \u00b7 2 sessions old"
    )
    assert "stored, fetched 07:02" in chip(analysis, MORNING).text


def test_a_day_that_was_asked_for_does_not_grow_old() -> None:
    analysis = live()
    asked = replace(analysis, settings=analysis.settings.with_value("data.as_of", dt.date(2022, 12, 28)))
    assert behind(asked, FETCHED + dt.timedelta(days=90)) == 0
    assert tag(asked, MORNING) == ("info", "Past day")
    assert chip(asked, MORNING)[::2] == ("info", "Past day")
    assert chip(asked, MORNING).text.startswith("Past day \u00b7 Close Wed 28 Dec 2022")


def test_a_source_that_ends_does_not_grow_old() -> None:
    assert behind(sample(), FETCHED + dt.timedelta(days=900)) == 0
    assert chip(sample(), MORNING) == ("info", "Sample data to 28 Dec 2022", "Sample")


def test_a_series_without_its_last_price_and_a_position_without_any_are_counted() -> None:
    analysis = live(gone={"XYZQ": "Yahoo knows no such symbol"})
    found = chip(analysis, MORNING)
    assert (found.state, found.short) == ("warn", "1 missing")
    assert found.text.endswith("1 without prices")
    close = analysis.market.close.copy()
    close[-1, 0] = np.nan
    holed = replace(analysis, market=replace(analysis.market, close=freeze(close)))
    assert stale(holed) == (1, 10)
    assert "1 of 10 series stale \u00b7 1 without prices" in chip(holed, MORNING).text


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        (-5, "just now"),
        (59, "just now"),
        (60, "1 minute ago"),
        (7_300, "2 hours ago"),
        (86_400, "1 day ago"),
        (10**7, "115 days ago"),
    ],
)
def test_ages_are_in_whole_units(seconds: float, said: str) -> None:
    assert ago(FETCHED, FETCHED + dt.timedelta(seconds=seconds)) == said

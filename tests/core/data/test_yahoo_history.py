import datetime as dt
from dataclasses import replace
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.data.base import Action
from core.data.quality import COLUMNS, Series
from core.data.yahoo_history import (
    Said,
    extended,
    final_part,
    last_final_day,
    overlap_start,
    series_of,
    what_changed,
    what_is_lost,
    zone_of,
)


def history(rows: int, seed: int = 0) -> Series:
    """Rows of random prices on consecutive days, one of them without a price, with a dividend and a split."""
    rng = np.random.default_rng(seed)
    days = np.datetime64("2025-01-01") + np.arange(rows)
    columns = {name: rng.uniform(1.0, 2.0, rows) for name in COLUMNS}
    columns["open"][rows // 3] = np.nan
    actions = (Action(days[rows // 4], "dividend", 0.5), Action(days[rows // 2], "split", 2.0))
    return Series(ticker="A", dates=days, currency="USD", actions=actions, **columns)


def part(series: Series, rows: slice) -> Series:
    taken = series.take(rows)
    days = set(taken.dates.tolist())
    return replace(taken, actions=tuple(one for one in series.actions if one.day.item() in days))


def same(one: Series, two: Series) -> bool:
    return (
        np.array_equal(one.dates, two.dates)
        and one.actions == two.actions
        and all(np.array_equal(getattr(one, n), getattr(two, n), equal_nan=True) for n in COLUMNS)
    )


@given(
    rows=st.integers(20, 60),
    end=st.integers(12, 59),
    overlap=st.integers(1, 11),
    rewrite=st.none() | st.tuples(st.sampled_from(COLUMNS), st.integers(0, 59)),
)
def test_h22_two_fetches_are_one_fetch_or_are_refused(
    rows: int, end: int, overlap: int, rewrite: tuple[str, int] | None
) -> None:
    before = history(rows)
    after = before
    if rewrite is not None:
        values = getattr(before, rewrite[0]).copy()
        values[rewrite[1] % rows] = 1.0 if np.isnan(values[rewrite[1] % rows]) else np.nan
        after = replace(before, **{rewrite[0]: values})
    end = min(end, rows)
    stored, newer = part(before, slice(0, end)), part(after, slice(end - overlap, rows))
    joined = extended(stored, newer)
    acted = any(one.day > stored.dates[-1] for one in after.actions)
    changed = not same(part(before, slice(end - overlap, end)), part(after, slice(end - overlap, end)))
    if acted or changed:
        assert joined is None
    else:
        assert joined is not None
        untouched = rewrite is None or rewrite[1] % rows >= end - overlap
        # A change further back than the overlap is not seen now, and found when all is fetched again.
        assert same(joined, after) == untouched


@pytest.mark.parametrize("missing", [0, 1, 2, 3])
def test_h22_a_row_missing_from_the_overlap_is_refused(missing: int) -> None:
    whole = history(30)
    newer = part(whole, slice(16, 30))
    gap = np.ones(14, dtype=bool)
    gap[missing] = False
    assert extended(part(whole, slice(0, 20)), newer) is not None
    # Without its first row the part begins later; then the rest must fit, and does.
    assert (extended(part(whole, slice(0, 20)), newer.take(gap)) is None) == (missing > 0)


def test_a_newer_part_without_rows_overlap_or_in_another_currency_is_refused() -> None:
    whole = history(30)
    stored = part(whole, slice(0, 20))
    assert extended(stored, part(whole, slice(0, 0))) is None
    assert extended(stored, part(whole, slice(20, 30))) is None
    assert extended(stored, replace(part(whole, slice(16, 30)), currency="GBp")) is None


def test_what_changed_is_named() -> None:
    old = history(30)
    assert what_changed(old, old).text == ""
    assert what_changed(part(old, slice(0, 20)), old).text == ""
    new = replace(old, adj_close=old.adj_close * 0.5)
    assert what_changed(old, new).text == (
        "Yahoo changed its past prices (adjusted close of 30 days, the last 30 Jan 2025):"
        " the whole history was fetched again."
    )
    volume = old.volume.copy()
    volume[3] += 1.0
    new = part(replace(old, volume=volume), slice(1, 30))
    assert what_changed(old, new).text == (
        "Yahoo changed its past prices (volume of 1 day, 1 day no longer there, the last 4 Jan 2025):"
        " the whole history was fetched again."
    )


def test_rows_of_sessions_that_are_not_over_are_left_out_with_their_actions() -> None:
    whole = history(20)
    assert final_part(whole, whole.dates[-1]) == (whole, Said())
    last = replace(whole, actions=(*whole.actions, Action(whole.dates[-1], "dividend", 1.0)))
    final, said = final_part(last, whole.dates[-2])
    assert same(final, part(whole, slice(0, 19)))
    assert said.text == "The row of 20 Jan 2025 is left out: the session is not over."
    final, said = final_part(whole, whole.dates[-3])
    assert len(final.dates) == 18
    assert said.text == "2 rows after 18 Jan 2025 are left out: the session is not over."


def test_an_answer_becomes_a_series() -> None:
    nan = float("nan")
    answer = {
        "days": ["2025-04-02", "2025-04-03", "2025-04-04"],
        **{name: [1.5, nan, nan] for name in COLUMNS},
        "volume": [0.0, 0.0, 0.0],
        "close": [1.0, 2.0, nan],
        "adj_close": [0.9, 1.9, nan],
        "actions": [["2025-04-03", "dividend", 0.1], ["2025-04-04", "split", 2.0]],
        "currency": "USD",
    }
    series = series_of("A", answer)
    assert series.dates.tolist() == np.array(["2025-04-02", "2025-04-03"], "datetime64[D]").tolist()
    assert series.close.tolist() == [1.0, 2.0]
    assert np.isnan(series.volume).all()
    assert series.actions == (Action(np.datetime64("2025-04-03"), "dividend", 0.1),)
    assert overlap_start(series, 1) == "2025-04-03"
    assert overlap_start(series, 2) is None
    with pytest.raises(ValueError, match="different lengths"):
        series_of("A", {**answer, "open": [1.0]})
    with pytest.raises(KeyError):
        series_of("A", {"days": []})


def test_an_answer_that_lacks_days_cannot_replace_the_stored_ones() -> None:
    old = history(300)
    assert what_is_lost(old, old) == ""
    few, many = np.ones(300, dtype=bool), np.ones(300, dtype=bool)
    few[100:105] = False
    many[100:106] = False
    assert what_is_lost(old, old.take(few)) == ""
    assert what_is_lost(old, old.take(many)) == "Yahoo's answer lacked 6 days of what is stored"
    assert what_is_lost(old, old.take(slice(1, None))) == (
        "Yahoo's answer began on 2 Jan 2025, after what is stored"
    )
    assert what_is_lost(old, old.take(slice(0, 20))) == (
        "Yahoo's answer ended on 20 Jan 2025, before what is stored"
    )


def test_a_sentence_is_for_who_knows_the_days_that_it_tells_of() -> None:
    old = history(30)
    close = old.close.copy()
    close[[3, 9]] += 1.0
    said = what_changed(old, replace(old, close=close))
    assert said.before(None) == said.before(dt.date(2025, 1, 10)) == (said.text,)
    assert said.before(dt.date(2025, 1, 9)) == ()
    gone = what_changed(old, old.take(np.arange(30) != 12))
    assert gone.before(dt.date(2025, 1, 12)) == ()
    assert gone.before(dt.date(2025, 1, 13)) == (gone.text,)
    left = final_part(old, old.dates[20])[1]
    assert left.before(old.dates[20].item()) == ()
    assert left.before(None) == (left.text,)
    assert Said().before(None) == ()


@pytest.mark.parametrize(
    ("kind", "zone", "now", "last"),
    [
        ("ETF", "America/New_York", "2025-04-04 18:00", "2025-04-04"),
        ("CRYPTOCURRENCY", "UTC", "2025-04-04 18:00", "2025-04-03"),
        ("CRYPTOCURRENCY", "UTC", "2025-04-04 20:14", "2025-04-03"),
        ("CRYPTOCURRENCY", "UTC", "2025-04-04 20:15", "2025-04-04"),
        ("CRYPTOCURRENCY", "UTC", "2025-04-06 20:15", "2025-04-04"),
        ("CURRENCY", "Europe/London", "2025-04-04 19:14", "2025-04-03"),
        ("CURRENCY", "Europe/London", "2025-04-04 19:15", "2025-04-04"),
        ("FUTURE", "America/New_York", "2025-04-04 23:59", "2025-04-03"),
        ("FUTURE", "America/New_York", "2025-04-05 00:15", "2025-04-04"),
        ("", "", "2025-04-04 23:59", "2025-04-03"),
        ("NEWKIND", "No/Where", "2025-04-05 08:14", "2025-04-03"),
        ("NEWKIND", "../../etc", "2025-04-05 08:15", "2025-04-04"),
    ],
)
def test_p7_what_is_traded_round_the_clock_is_final_when_its_own_day_is_over(
    kind: str, zone: str, now: str, last: str
) -> None:
    at = dt.datetime.fromisoformat(now).replace(tzinfo=ZoneInfo("America/New_York"))
    assert str(last_final_day(zone_of({"kind": kind, "zone": zone}), at)) == last

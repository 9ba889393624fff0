"""What is said of each series: from where, which days, what was left out, how old."""

import datetime as dt
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.data.assemble import Provenance, assemble
from core.data.base import Action, Jump, SeriesHealth
from core.data.exchange import sessions_between
from core.data.quality import BARS, Series


def day(text):
    return np.datetime64(text, "D")


# 30 sessions with Thanksgiving 2024 and the half day after it among them.
DAYS = sessions_between(day("2024-10-31"), day("2024-12-13"))
LAST = DAYS[-1]


def series(ticker, days=DAYS, prices=None, **more):
    close = np.linspace(100.0, 110.0, len(days)) if prices is None else np.asarray(prices, dtype=float)
    empty = {name: np.full(len(days), np.nan) for name in (*BARS, "volume")}
    return Series(ticker=ticker, dates=days, close=close, adj_close=close, **{**empty, **more})


def table_of(*items, complete=LAST, **more):
    return assemble(items, calendar=items[0].ticker, source="files", complete=complete, **more)


def health_of(table, ticker):
    return table.health[table.tickers.index(ticker)]


def warnings_of(table, ticker):
    return [n.text for n in table.notes if n.ticker == ticker and n.severity == "warning"]


def test_a_whole_series_has_nothing_to_say_but_its_days():
    table = table_of(series("SPY"), series("KO", currency="USD"))
    assert table.expected == LAST
    assert table.health == (
        SeriesHealth(ticker="SPY", origin="files", first=DAYS[0], last=LAST, used=30),
        SeriesHealth(ticker="KO", origin="files", first=DAYS[0], last=LAST, used=30, currency="USD"),
    )
    assert table.notes == ()


def test_everything_known_of_a_series_is_in_its_health():
    when = dt.datetime(2024, 12, 14, 7, 2, tzinfo=dt.UTC)
    prices = np.r_[np.full(15, 100.0), np.full(15, 45.0)]
    prices[4] = np.nan
    actions = (
        Action(DAYS[0] - 40, "dividend", 0.4),
        Action(DAYS[3], "dividend", 0.5),
        Action(DAYS[15], "split", 2.0),
    )
    rows = np.r_[0:28, 27]
    ko = replace(series("KO", DAYS, prices).take(rows), actions=actions)
    said = Provenance("Yahoo, stored", when, "Yahoo did not answer.", ("2 rows without a price: left out.",))
    table = table_of(series("SPY"), ko, provenance={"KO": said})
    found = health_of(table, "KO")
    assert found == SeriesHealth(
        ticker="KO",
        origin="Yahoo, stored",
        first=DAYS[0],
        last=DAYS[27],
        used=27,
        gaps=(DAYS[4],),
        missing=2,
        jumps=(Jump(DAYS[15], 0.45),),
        actions=actions[1:],
        left_out=(
            "2 rows without a price: left out.",
            "1 row repeated word for word, first 11 Dec 2024: read once.",
        ),
        fetched_at=when,
        trouble="Yahoo did not answer.",
    )
    texts = [n.text for n in table.notes if n.ticker == "KO"]
    assert all(text in texts for text in (*found.left_out, found.trouble))
    assert warnings_of(table, "KO")[1:] == [
        "Yahoo did not answer.",
        "Prices stale: the last is of 11 Dec 2024, 2 sessions before the last close (13 Dec 2024).",
    ]


@pytest.mark.parametrize(("short", "severity"), [(0, None), (1, "info"), (2, "warning"), (4, "warning")])
def test_p7_the_benchmarks_age_is_counted_in_sessions_of_the_exchange(short, severity):
    days = DAYS[: len(DAYS) - short]
    table = table_of(series("SPY", days), series("KO", days))
    assert [one.missing for one in table.health] == [short, short]
    assert table.expected == LAST
    # Said once, of the benchmark: the other is as old as that.
    assert [(n.ticker, n.severity) for n in table.notes] == ([("SPY", severity)] if severity else [])


@pytest.mark.parametrize(
    ("complete", "expected", "missing"),
    [("2024-11-27", "2024-11-27", 0), ("2024-11-29", "2024-11-29", 1), ("2024-12-02", "2024-12-02", 2)],
)
def test_p7_thanksgiving_is_no_missing_session_and_the_half_day_is_one(complete, expected, missing):
    one = series("SPY", DAYS[day("2024-11-27") >= DAYS])
    table = table_of(one, complete=day(complete))
    assert (table.expected, health_of(table, "SPY").missing) == (day(expected), missing)


def test_p7_the_row_of_a_running_session_is_left_out_and_said():
    table = table_of(series("SPY"), series("KO"), complete=DAYS[-2])
    assert table.sessions[-1] == DAYS[-2]
    for ticker in ("SPY", "KO"):
        found = health_of(table, ticker)
        assert (found.last, found.missing, len(found.left_out)) == (DAYS[-2], 0, 1)
        assert found.left_out[0].startswith("The row of 13 Dec 2024 is left out")
        assert found.left_out[0] in warnings_of(table, ticker)


def test_p7_a_null_last_day_is_a_missing_one():
    prices = np.r_[np.full(29, 100.0), np.nan]
    table = table_of(series("SPY", prices=prices), series("KO"))
    assert (table.sessions[-1], health_of(table, "SPY").missing) == (DAYS[-2], 1)
    table = table_of(series("SPY"), series("KO", prices=prices))
    assert (table.sessions[-1], health_of(table, "KO").missing) == (LAST, 1)
    assert np.isnan(table.close[-1, 1])


def test_a_day_that_the_benchmark_lacks_altogether_is_a_gap_and_a_warning():
    table = table_of(series("SPY", np.delete(DAYS, [7, 8])), series("KO"))
    assert health_of(table, "SPY").gaps == (DAYS[7], DAYS[8])
    assert warnings_of(table, "SPY") == [
        "No row on 2 sessions of the New York exchange, first 12 Nov 2024:"
        " the return after such a day spans more than one."
    ]
    assert health_of(table, "KO").left_out == (
        "2 rows on days that are no sessions of the benchmark, first 12 Nov 2024: left out.",
    )


def test_p6_a_series_without_a_price_misses_every_session():
    found = health_of(table_of(series("SPY"), series("KO", prices=np.full(30, np.nan))), "KO")
    assert np.isnat(found.first)
    assert np.isnat(found.last)
    assert (found.used, found.missing, found.gaps) == (0, 30, ())


def test_the_last_session_expected_is_the_one_of_the_day_asked_for():
    thanksgiving = dt.date(2024, 11, 28)
    table = table_of(series("SPY"), end=thanksgiving)
    assert table.expected == table.sessions[-1] == day("2024-11-27")
    assert health_of(table, "SPY").missing == 0
    assert table_of(series("SPY"), end=dt.date(2030, 1, 1)).expected == LAST


@st.composite
def histories(draw):
    """Rows in any order, with repeats, gaps, odd days and poor bars, dividends and splits."""
    days = np.arange(DAYS[0] - 3, DAYS[-1] + 3)
    rows = draw(st.lists(st.integers(0, len(days) - 1), min_size=12, unique=True))
    close = np.array([draw(st.sampled_from([100.0, 101.0, 50.0, np.nan])) for _ in rows])
    again = rows[: draw(st.integers(0, 2))]
    order = np.r_[np.arange(len(rows)), np.arange(len(again))]
    actions = tuple(Action(days[row], "dividend", 0.1) for row in sorted(rows[:2]))
    made = series("KO", days[rows], close, open=np.where(close > 50, close, -1.0), actions=actions)
    return made.take(order)


@given(histories(), st.integers(3, len(DAYS)), st.integers(0, 2))
def test_h1_as_of_a_day_equals_the_run_on_what_there_was_that_day(ko, rows, later):
    cut = DAYS[rows - 1]
    end = (cut + (later if rows == len(DAYS) else 0)).item()

    def known(one):
        kept = one.take(one.dates <= np.datetime64(end))
        told = one.actions
        return replace(kept, actions=told and tuple(a for a in told if a.day <= np.datetime64(end)))

    whole = table_of(series("SPY"), ko, end=end)
    early = table_of(known(series("SPY")), known(ko), end=end)
    assert whole == early
    assert early == table_of(known(series("SPY")), known(ko), complete=cut)


@given(histories(), st.integers(0, 3))
def test_what_is_left_out_late_or_in_trouble_is_a_note_too(ko, short):
    said = {"KO": Provenance("Yahoo", None, "Yahoo did not answer.", ("1 row without a price: left out.",))}
    spy = series("SPY", DAYS[: len(DAYS) - short])
    table = table_of(spy, ko, complete=DAYS[-1 - short // 2], provenance=said)
    for one in table.health:
        texts = [note.text for note in table.notes if note.ticker == one.ticker]
        assert set(one.left_out) <= set(texts)
        assert not one.trouble or one.trouble in warnings_of(table, one.ticker)
        assert len([text for text in texts if "like a" in text or "in a day" in text]) >= len(one.jumps[:20])
        priced = table.close[:, table.tickers.index(one.ticker)]
        assert one.used == np.isfinite(priced).sum()
        inside = [gap for gap in one.gaps if gap in table.sessions]
        assert np.isnat(one.first) == np.isnat(one.last) == (one.used == 0)
        assert one.used + len(inside) == ((table.sessions >= one.first) & (table.sessions <= one.last)).sum()

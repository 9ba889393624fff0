import datetime as dt
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.data.assemble import align, assemble
from core.data.quality import BARS, COLUMNS, Series
from core.errors import BadPrices, InsufficientHistory
from core.returns import simple_returns

DAYS = np.arange("2020-01-01", "2020-01-21", dtype="datetime64[D]")
LATER = DAYS[-1]


def series(ticker, rows, prices=None, *, currency=""):
    dates = DAYS[rows]
    close = np.arange(10.0, 10.0 + len(dates)) if prices is None else np.asarray(prices, dtype=float)
    return Series(
        ticker=ticker,
        dates=dates,
        close=close,
        adj_close=close,
        **{name: np.full(len(dates), np.nan) for name in (*BARS, "volume")},
        currency=currency,
    )


def table_of(*items, **more):
    return assemble(items, calendar=items[0].ticker, source="files", complete=LATER, **more)


def texts(table, ticker, severity=None):
    return [n.text for n in table.notes if n.ticker == ticker and severity in (None, n.severity)]


EVERY = slice(None)


def test_the_benchmarks_sessions_are_the_calendar():
    table = table_of(series("SPY", slice(2, 12)), series("KO", EVERY))
    assert np.array_equal(table.sessions, DAYS[2:12])
    assert table.close.shape == (10, 2)
    assert table.tickers == ("SPY", "KO")
    assert texts(table, "KO") == ["8 rows after the benchmark\u2019s last day (12 Jan 2020): left out."]


def test_p1_a_gap_is_never_filled_and_takes_two_returns():
    rows = np.delete(np.arange(20), 7)
    table = table_of(series("SPY", EVERY), series("KO", rows))
    missing = np.isnan(simple_returns(table.adj_close)[:, 1])
    assert np.flatnonzero(missing).tolist() == [0, 7, 8]
    assert texts(table, "KO") == ["No price on 1 session of 20, first 8 Jan 2020. Nothing is filled."]


@given(st.sets(st.integers(0, 19), min_size=3), st.sets(st.integers(0, 19), min_size=1))
def test_p1_every_price_stays_on_its_own_day(calendar, held):
    calendar, held = sorted(calendar), sorted(held)
    one = series("KO", np.array(held), [100.0 + row for row in held])
    aligned, _ = align(one, DAYS[calendar])
    for session, price in zip(calendar, aligned.close, strict=True):
        assert price == 100.0 + session if session in held else np.isnan(price)


def test_p1_a_session_without_a_benchmark_price_stays_a_session():
    prices = [np.nan, 10, 11, np.nan, 12, np.nan]
    table = table_of(series("SPY", slice(0, 6), prices), series("KO", slice(0, 6)))
    assert np.array_equal(table.sessions, DAYS[1:5])
    assert np.isnan(table.close[2, 0])


@pytest.mark.parametrize(
    ("last", "severity", "text"),
    [
        (19, None, ""),
        (18, "info", "the last is of 19 Jan 2020, 1 session before the last close (20 Jan 2020)."),
        (17, "warning", "the last is of 18 Jan 2020, 2 sessions before the last close (20 Jan 2020)."),
        (15, "warning", "the last is of 16 Jan 2020, 4 sessions before the last close (20 Jan 2020)."),
    ],
)
def test_p7_a_series_that_ends_before_the_benchmark_is_stale_with_its_age(last, severity, text):
    table = table_of(series("SPY", EVERY), series("KO", slice(0, last + 1)))
    found = [(n.severity, n.text) for n in table.notes if n.ticker == "KO"]
    assert found == ([(severity, f"Prices stale: {text}")] if severity else [])


@pytest.mark.parametrize(("prices", "have"), [([], 0), ([10.0], 1), ([np.nan] * 20, 0)])
def test_p6_a_series_with_too_few_prices_is_said_and_the_rest_goes_on(prices, have):
    table = table_of(series("SPY", EVERY), series("KO", slice(0, len(prices)), prices), series("XOM", EVERY))
    assert f"Not enough data: {have} of 2 prices on the benchmark's sessions." in texts(
        table, "KO", "warning"
    )
    assert np.isfinite(table.close[:, 2]).all()


@pytest.mark.parametrize("prices", [[], [10.0], [np.nan, np.nan, 10.0]])
def test_p6_a_benchmark_with_too_few_prices_is_an_error(prices):
    with pytest.raises(InsufficientHistory, match="SPY") as caught:
        table_of(series("SPY", slice(0, len(prices)), prices), series("KO", EVERY))
    assert (caught.value.needed, caught.value.where) == (2, "data.benchmark")


def test_p9_different_currencies_are_refused():
    with pytest.raises(BadPrices, match="SPY in USD, VOD in GBp"):
        table_of(series("SPY", EVERY, currency="USD"), series("VOD", EVERY, currency="GBp"))
    with pytest.raises(BadPrices, match="GBp"):
        table_of(series("VOD", EVERY, currency="GBP"), series("BP", EVERY, currency="GBp"))


def test_p9_one_currency_other_than_the_dollar_is_said():
    table = table_of(series("VOD", EVERY, currency="GBP"), series("BP", EVERY))
    assert "GBP" in texts(table, "", "warning")[0]
    assert texts(table_of(series("SPY", EVERY, currency="USD")), "") == []


def test_p1_every_column_is_put_on_the_calendar():
    columns = {
        "open": np.array([12.0, 13, 14]),
        "high": np.array([15.0, 16, 17]),
        "low": np.array([9.0, 10, 11]),
    }
    one = replace(series("KO", [1, 3, 5], [12, 13, 14]), **columns)
    table = table_of(series("SPY", slice(0, 5)), one)
    for name in BARS:
        found = getattr(table, name)
        assert found.shape == table.close.shape
        assert np.isnan(found[:, 0]).all()
        assert np.flatnonzero(np.isfinite(found[:, 1])).tolist() == [1, 3]
        assert found[[1, 3], 1].tolist() == columns[name][:2].tolist()


def test_an_index_has_notes_on_its_own_days_and_none_on_its_jumps():
    vix = series("^VIX", EVERY, [17.31, 37.32] * 10)
    table = table_of(series("SPY", np.r_[0:5, 8:12]), vix)
    assert [(n.ticker, n.severity) for n in table.notes if n.ticker != "SPY"] == [("^VIX", "info")] * 2


def test_h1_rows_after_the_end_change_nothing():
    end = dt.date(2020, 1, 10)
    clean_ = table_of(series("SPY", EVERY), series("KO", EVERY), end=end)
    poison = np.r_[np.arange(10.0, 20.0), np.zeros(10)]
    poisoned = table_of(series("SPY", EVERY, poison), series("KO", EVERY, poison), end=end)
    assert poisoned == clean_
    assert clean_.sessions[-1] == np.datetime64(end)


def test_h14_a_split_in_both_columns_leaves_value_and_returns_as_they_were():
    prices = 100 * np.cumprod(1 + np.random.default_rng(3).normal(0, 0.02, 20))
    whole = table_of(series("SPY", EVERY), series("KO", EVERY, prices))
    split = table_of(series("SPY", EVERY), series("KO", EVERY, prices / 4))
    np.testing.assert_allclose(split.close[:, 1] * 400, whole.close[:, 1] * 100, rtol=1e-12)
    np.testing.assert_allclose(simple_returns(split.adj_close), simple_returns(whole.adj_close), atol=1e-12)


def test_h13_the_order_of_the_series_changes_only_the_order_of_the_columns():
    one = table_of(series("SPY", EVERY), series("KO", slice(3, 20)), series("XOM", EVERY))
    two = table_of(series("SPY", EVERY), series("XOM", EVERY), series("KO", slice(3, 20)))
    assert np.array_equal(one.close[:, [0, 2, 1]], two.close, equal_nan=True)


def test_arrays_are_read_only():
    table = table_of(series("SPY", EVERY))
    for array in (table.sessions, *(getattr(table, name) for name in COLUMNS)):
        assert not array.flags.writeable


def test_rows_on_other_days_and_rows_after_the_benchmark_are_two_things():
    table = table_of(series("SPY", np.delete(np.arange(15), [4, 5])), series("KO", EVERY))
    assert texts(table, "KO") == [
        "2 rows on days that are no sessions of the benchmark, first 5 Jan 2020: left out.",
        "5 rows after the benchmark\u2019s last day (15 Jan 2020): left out.",
    ]


def test_days_that_no_calendar_lists_are_not_missed():
    rng = np.random.default_rng(2)
    days = np.arange("1927-12-30", "1931-01-01", dtype="datetime64[D]")  # Saturdays were sessions then
    days = np.sort(rng.permutation(days[np.is_busday(days, weekmask="1111110")])[: int(len(days) * 0.8)])
    index = alone(days)
    end = days[-1].item() + dt.timedelta(days=1)
    for table in (listed(index, complete=days[-1]), listed(index, complete=LATER, end=end)):
        assert (table.notes, table.health[0].gaps, table.health[0].missing) == ((), (), 0)


def test_a_series_that_ended_years_before_the_day_is_stale_though_no_calendar_says_so():
    days = np.arange("1980-01-01", "1980-12-31", dtype="datetime64[D]")
    table = listed(alone(days), complete=LATER, end=dt.date(1985, 12, 31))
    assert table.health[0].missing > 1000
    assert "Prices stale" in table.notes[-1].text


def test_gaps_of_the_benchmark_are_named_from_where_the_calendar_begins():
    days = np.arange("1989-12-01", "1990-03-01", dtype="datetime64[D]")
    off = np.array(["1989-12-05", "1989-12-25", "1990-01-03", "1990-01-01"], dtype="datetime64[D]")
    table = listed(alone(np.setdiff1d(days[np.is_busday(days)], off)), complete=np.datetime64("1990-02-28"))
    assert table.health[0].gaps == (np.datetime64("1990-01-03"),)
    assert [note.severity for note in table.notes if "New York exchange" in note.text] == ["warning"]


def alone(days):
    close = 100.0 + np.arange(len(days)) % 7 / 10
    empty = {name: np.full(len(days), np.nan) for name in (*BARS, "volume")}
    return Series(ticker="^GSPC", dates=days, close=close, adj_close=close, **empty)


def listed(one, **more):
    return assemble([one], calendar=one.ticker, source="files", **more)

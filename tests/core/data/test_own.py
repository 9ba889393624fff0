"""Price files of the user's own: what is taken, what is refused, and how they join a table."""

import datetime as dt
import io
import pickle
from dataclasses import replace

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from openpyxl import Workbook

from core.data import own as own_module
from core.data import price_file
from core.data.assemble import assemble
from core.data.base import Action
from core.data.exchange import sessions_between
from core.data.own import SOURCE, join_own, keep_own, ticker_of
from core.data.quality import BARS, Series
from core.data.store import Store, shared_store
from core.errors import BadFile, BadPrices, DataError, HedgeError, InvalidSetting, MissingSeries

DAYS = sessions_between(np.datetime64("2024-10-31"), np.datetime64("2024-12-13"))
PRICES = [round(50.0 + 0.25 * place, 2) for place in range(len(DAYS))]
LINES = [f"{day},{price}" for day, price in zip(DAYS, PRICES, strict=True)]
CSV = ("date,close\n" + "\n".join(LINES) + "\n").encode()


@pytest.fixture(autouse=True)
def _store(tmp_path, monkeypatch):
    monkeypatch.setenv("HEDGEBOARD_CACHE", str(tmp_path / "store"))


def workbook(rows, sheets=1):
    book = Workbook()
    for row in rows:
        book.active.append(row)
    for number in range(1, sheets):
        book.create_sheet(f"Other {number}").append(["x", 1])
    data = io.BytesIO()
    book.save(data)
    return data.getvalue()


def xlsx(dates, **more):
    return workbook([["Date", "Close"], *zip(dates, PRICES, strict=True)], **more)


def parquet(**columns):
    out = io.BytesIO()
    pq.write_table(pa.table(columns), out)
    return out.getvalue()


def as_dates():
    return [day.item() for day in DAYS]


FORMS = {
    "csv": CSV,
    "tsv": CSV.replace(b",", b"\t"),
    "semicolon": CSV.replace(b",", b";").replace(b".", b","),
    "parquet": parquet(date=as_dates(), close=PRICES),
    "xlsx-dates": xlsx(as_dates()),
    "xlsx-times": xlsx([dt.datetime.combine(day, dt.time(0)) for day in as_dates()]),
    "xlsx-text": xlsx([str(day) for day in DAYS]),
    "xlsx-numbers": xlsx([int(str(day).replace("-", "")) for day in DAYS]),
    "xlsx-text-numbers": workbook(
        [["Date", "Close"], *[(d, str(p).replace(".", ",")) for d, p in zip(as_dates(), PRICES, strict=True)]]
    ),
}


@pytest.mark.parametrize("form", FORMS)
def test_each_form_is_read_the_same_whatever_its_name(form):
    digest, series = keep_own(FORMS[form], name="../../etc/passwd", ticker="acme")
    assert (series.ticker, len(digest)) == ("ACME", 32)
    assert series.close.tolist() == PRICES
    assert series.dates.tolist() == DAYS.tolist()
    kept = shared_store().get(SOURCE, digest)
    assert kept.series.close.tolist() == PRICES


def test_the_digest_is_that_of_content_and_ticker_and_keeping_twice_changes_nothing(tmp_path):
    one, _ = keep_own(CSV, name="a.csv", ticker="ACME")
    fetched = shared_store().get(SOURCE, one).fetched_at
    assert keep_own(CSV, name="b.csv", ticker="ACME")[0] == one
    assert shared_store().get(SOURCE, one).fetched_at == fetched
    others = {keep_own(CSV + b"\n", name="", ticker="ACME")[0], keep_own(CSV, name="", ticker="ACMF")[0]}
    assert len(others | {one}) == 3
    assert shared_store().symbols(SOURCE) == tuple(sorted(others | {one}))


def test_it_is_there_after_a_restart(tmp_path):
    digest, _ = keep_own(CSV, name="a.csv", ticker="ACME")
    assert Store(tmp_path / "store").get(SOURCE, digest).series.close.tolist() == PRICES


class Touch:
    def __reduce__(self):
        return (pytest.fail, ("the pickle was opened",))


REFUSED = {
    "pickle": (pickle.dumps(Touch()), "is a Python pickle"),
    "html": (b"<html><table><tr><td>date</td></tr></table></html>", "is HTML or XML"),
    "xls": (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), "an old Excel file"),
    "zip": (b"PK\x03\x04" + bytes(60), "cannot be read as an Excel workbook"),
    "sheets": (xlsx(as_dates(), sheets=2), "more than one sheet"),
    "size": (CSV + b"\n" * (10 * 2**20), "at most 10 MB"),
    "empty": (b"", "is empty"),
    "header": (b"date,close\n", "has no prices"),
    "blank": (b"date,close\n2024-11-01,\n", "has no prices"),
    "columns": (b"date,price\n2024-11-01,5\n", "lacks a column"),
    "date": (b"date,close\n2024-11-01,5\nsoon,6\n", "line 3: 'soon' is not a date"),
    "number": (b"date,close\n2024-11-01,five\n", "line 2, column close: 'five' is not a number"),
    "two ways": (b"date;close\n2024-11-01;1,234\n", "can be read in two ways"),
    "zero": (b"date,close\n2024-11-01,0\n", "ACME: the close of 2024-11-01 is 0: impossible"),
    "infinite": (b"date,close\n2024-11-01,1e400\n", "the close of 2024-11-01 is inf"),
    "twice": (b"date,close\n2024-11-01,5\n2024-11-01,6\n", "two rows for 2024-11-01 differ"),
    "rows": (b"date,close\n" + b"2024-11-01,5\n" * 100_001, "more than 100,000 rows"),
    "serial": (workbook([["Date", "Close"], [45000, 5.0]]), "'45000' is not a date"),
    "no parquet": (b"PAR1 and nothing", "is not a Parquet file"),
    "parquet rows": (
        parquet(date=pa.array([dt.date(2024, 1, 2)] * 100_001), close=[1.0] * 100_001),
        "at most",
    ),
    "parquet text": (parquet(date=as_dates()[:1], close=["x"]), "holds something other"),
    "currencies": (b"date,close,currency\n2024-11-01,5,USD\n2024-11-04,6,GBp\n", "several currencies"),
    "dividend": (b"date,close,dividends\n2024-11-01,5,-1\n", "a dividend of -1 on 2024-11-01 is impossible"),
}


@pytest.mark.parametrize("what", REFUSED)
def test_u9_to_u11_what_is_no_price_file_is_refused_by_its_content_and_not_kept(what):
    data, words = REFUSED[what]
    with pytest.raises((BadFile, BadPrices), match="(?s)" + words.replace("(", r"\(")) as caught:
        keep_own(data, name="prices.csv", ticker="ACME")
    assert caught.value.where == "data.own"
    assert shared_store().symbols(SOURCE) == ()


def test_u10_a_parquet_bomb_is_refused_before_it_is_unpacked():
    text = pa.array(["2024-01-02" + " " * 2**20]).dictionary_encode()
    table = pa.table({"date": text.take(pa.array([0] * 5000)), "close": [1.0] * 5000})  # 5 GB written out
    out = io.BytesIO()
    pq.write_table(table, out, store_schema=False)
    assert len(out.getvalue()) < 2**20
    usual, counted = pa.default_memory_pool(), pa.proxy_memory_pool(pa.default_memory_pool())
    pa.set_memory_pool(counted)
    try:
        with pytest.raises(BadFile, match="a cell of 1,048,586 characters"):
            keep_own(out.getvalue(), name="x.parquet", ticker="ACME")
    finally:
        pa.set_memory_pool(usual)
    assert 0 < counted.max_memory() < 50 * 2**20


def test_u10_a_parquet_file_that_says_it_is_large_is_refused(monkeypatch):
    monkeypatch.setattr(price_file, "MAX_UNPACKED", 100)
    with pytest.raises(BadFile, match="unpacks to more than"):
        keep_own(FORMS["parquet"], name="x.parquet", ticker="ACME")


def test_u10_lists_in_a_parquet_file_are_refused():
    with pytest.raises(BadFile, match="something other"):
        keep_own(parquet(date=as_dates()[:1], close=[[1.0] * 9]), name="x", ticker="ACME")


@pytest.mark.parametrize(
    "name", ["../../x", "x" * 5000, "<img src=x onerror=alert(1)>.csv", "CON", "a\0b\n.csv"]
)
def test_u12_a_name_is_never_a_path_and_is_cut_in_words(name, tmp_path):
    keep_own(CSV, name=name, ticker="ACME")
    with pytest.raises(BadFile) as caught:
        keep_own(b"", name=name, ticker="ACME")
    assert len(caught.value.message) < 120
    assert "\0" not in caught.value.message
    assert {path.name for path in tmp_path.rglob("*")} <= {
        "store",
        *(p.name for p in (tmp_path / "store").iterdir()),
    }
    assert not (tmp_path / "x").exists()


@pytest.mark.parametrize("ticker", ["", "../x", "A?x=1", "ТSLA", "CON"])
def test_t6_a_ticker_that_cannot_be_one_is_refused(ticker):
    with pytest.raises(InvalidSetting) as caught:
        keep_own(CSV, name="a.csv", ticker=ticker)
    assert caught.value.where == "data.own"


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.sampled_from(["csv", "parquet", "xlsx-dates"]),
    st.lists(st.tuples(st.floats(0, 1), st.integers(0, 255)), min_size=1, max_size=30),
)
def test_u11_a_damaged_file_is_read_or_refused_in_words(form, changes):
    data = bytearray(FORMS[form])
    for place, value in changes:
        data[int(place * (len(data) - 1))] = value
    try:
        _, series = keep_own(bytes(data), name="x", ticker="ACME")
    except HedgeError:
        return  # no other kind may come out
    assert series.priced.any()


def test_u9_all_files_together_are_bounded_and_the_one_used_longest_ago_goes(monkeypatch):
    table = table_of(series("SPY"))
    rows = [kept(ticker=f"A{number}") for number in range(3)]
    size = max(taken for _, taken in shared_store().held(SOURCE))
    monkeypatch.setattr(own_module, "ON_DISK", own_module.Quota(1000, 3 * size + 8))
    join_own(table, [rows[0]])  # the oldest, and in use
    rows.append(kept(ticker="A3"))
    assert shared_store().symbols(SOURCE) == tuple(sorted(rows[number][1] for number in (0, 2, 3)))
    with pytest.raises(MissingSeries, match="A1 is not on this machine"):
        join_own(table, [rows[1]])
    for number in range(4, 40):
        kept(ticker=f"A{number}")
    assert sum(taken for _, taken in shared_store().held(SOURCE)) <= 3 * size + 8
    monkeypatch.setattr(own_module, "ON_DISK", own_module.Quota(2, 2**20))
    kept(ticker="LAST")
    assert len(shared_store().symbols(SOURCE)) == 2


@pytest.mark.parametrize(("cache", "quota"), [("off", "IN_MEMORY"), ("", "ON_DISK")])
def test_u9_a_file_that_is_larger_than_all_may_be_is_refused_and_none_goes_for_it(cache, quota, monkeypatch):
    if cache:
        monkeypatch.setenv("HEDGEBOARD_CACHE", cache)
        shared_store().clear()
    keep_own(CSV, name="a.csv", ticker="ACME")
    monkeypatch.setattr(own_module, quota, own_module.Quota(1000, 1000))
    with pytest.raises(DataError, match="is too long to be kept: 0") as caught:
        keep_own(CSV, name="long.csv", ticker="OTHER")
    assert caught.value.where == "data.own"
    assert len(shared_store().symbols(SOURCE)) == 1
    shared_store().clear()


def test_a_full_disk_is_said(monkeypatch):
    monkeypatch.setattr(Store, "put", lambda *_: None)
    monkeypatch.setattr(Store, "warnings", lambda _: ("The disk is full.",))
    with pytest.raises(DataError, match="could not be kept") as caught:
        keep_own(CSV, name="a.csv", ticker="ACME")
    assert (caught.value.hint, caught.value.where) == ("The disk is full.", "data.own")


@pytest.mark.parametrize(
    ("name", "ticker"),
    [
        ("acme_prices.csv", "ACME"),
        ("ACME.parquet", "ACME"),
        ("prices_acme.csv", "ACME"),
        ("brk-b.csv", "BRK-B"),
        ("BRK.B.csv", "BRK.B"),
        ("acme-prices.xlsx", "ACME"),
        ("vix.csv", "^VIX"),
        ("^VIX3M.csv", "^VIX3M"),
        ("ACME (3).csv", "ACME"),
        ("C:\\fakepath\\nvda.csv", "NVDA"),
        ("../../nvda.csv", "NVDA"),
        ("Historical Data.csv", ""),
        ("prices.csv", ""),
        ("", ""),
        ("цены.csv", ""),
        ("<img src=x>", "IMG"),
        ("x" * 5000, ""),
    ],
)
def test_the_ticker_in_a_name(name, ticker):
    assert ticker_of(name) == ticker


# ---- joining


def series(ticker, days=DAYS, close=None, **more):
    close = np.linspace(100.0, 110.0, len(days)) if close is None else np.asarray(close, dtype=float)
    empty = {name: np.full(len(days), np.nan) for name in (*BARS, "volume")}
    return Series(ticker=ticker, dates=days, close=close, adj_close=close, **{**empty, **more})


def table_of(*items, complete=DAYS[-1], **more):
    return assemble(items, calendar=items[0].ticker, source="files", complete=complete, **more)


def kept(data=CSV, ticker="ACME", name="acme.csv"):
    return ticker, keep_own(data, name=name, ticker=ticker)[0], name


def column(table, ticker):
    return table.close[:, table.tickers.index(ticker)]


def test_a_joined_column_is_as_if_the_source_had_it():
    table = table_of(series("SPY"), series("KO"))
    joined = join_own(table, [kept()])
    assert joined.tickers == ("SPY", "KO", "ACME")
    assert column(joined, "ACME").tolist() == PRICES
    assert not joined.close.flags.writeable
    found = joined.health[-1]
    assert (found.ticker, found.origin, found.used, found.missing, found.fetched_at) == (
        "ACME",
        "acme.csv",
        30,
        0,
        None,
    )
    texts = [(n.ticker, n.severity) for n in joined.notes]
    assert texts == [("ACME", "info")]  # no adjusted close
    assert join_own(table, []) is table
    assert join_own(table, [kept()]) is joined  # not done again


def test_a_column_that_the_source_has_is_replaced_with_its_notes():
    poor = series("ACME", DAYS[:20])
    table = table_of(series("SPY"), poor, series("KO"))
    assert [n.ticker for n in table.notes] == ["ACME"]
    joined = join_own(table, [kept()])
    assert joined.tickers == ("SPY", "KO", "ACME")
    assert [h.ticker for h in joined.health] == ["SPY", "KO", "ACME"]
    assert not [n for n in joined.notes if "stale" in n.text]
    assert column(joined, "ACME").tolist() == PRICES


def test_it_has_the_same_checks_and_notes_as_any_series():
    rows = [*LINES[:5], *LINES[7:27], LINES[26], "2024-11-30,70", "2024-12-16,70", "2024-12-17,70"]
    joined = join_own(table_of(series("SPY")), [kept(("date,close\n" + "\n".join(rows)).encode())])
    found = joined.health[-1]
    assert (found.gaps, found.missing, found.used) == (tuple(DAYS[5:7]), 3, 25)
    assert found.left_out == (
        "2 rows from 16 Dec 2024 on are left out: no session after 13 Dec 2024 is final"
        " (15 minutes after New York\u2019s close).",
        "1 row repeated word for word, first 10 Dec 2024: read once.",
        "1 row on days that are no sessions of the benchmark, first 30 Nov 2024: left out.",
    )
    texts = [n.text for n in joined.notes]
    assert set(found.left_out) < set(texts)
    assert (
        "Prices stale: the last is of 10 Dec 2024, 3 sessions before the last close (13 Dec 2024)." in texts
    )
    assert np.isnan(column(joined, "ACME")[5:7]).all()


def test_dividends_and_splits_of_its_own_columns_are_listed():
    text = "date,close,Dividends,Stock Splits\n2024-11-01,50,0,0\n2024-11-04,51,0.5,\n2024-11-05,52,,2\n"
    joined = join_own(table_of(series("SPY")), [kept(text.encode())])
    assert joined.health[-1].actions == (
        Action(np.datetime64("2024-11-04"), "dividend", 0.5),
        Action(np.datetime64("2024-11-05"), "split", 2.0),
    )


def test_p9_another_currency_is_refused_beside_that_of_the_table():
    lines = ["date,close,currency", *(f"{line},GBp" for line in LINES)]
    mine = kept("\n".join(lines).encode())
    with pytest.raises(BadPrices, match="SPY in USD, ACME in GBp"):
        join_own(table_of(series("SPY", currency="USD")), [mine])
    assert join_own(table_of(series("SPY")), [mine]).health[-1].currency == "GBp"


def test_rows_after_the_sample_are_left_out_and_said():
    table = replace(table_of(series("SPY")), expected=np.datetime64("NaT"))
    joined = join_own(table, [kept(CSV + b"2024-12-16,70\n")])
    assert joined.health[-1].left_out == (
        "1 row after the benchmark\u2019s last day (13 Dec 2024): left out.",
    )
    assert joined.health[-1].missing == 0


def test_a_file_that_is_not_on_this_machine_is_named():
    gone = ("ACME", "0" * 32, "prices.csv")
    table = table_of(series("SPY"))
    with pytest.raises(MissingSeries) as caught:
        join_own(table, [kept(ticker="KO"), gone])
    error = caught.value
    assert (error.message, error.hint, error.where) == (
        "The file prices.csv for ACME is not on this machine.",
        "Drop it again.",
        "data.own",
    )
    assert error.reasons == {"ACME": "its file prices.csv is not on this machine"}
    with pytest.raises(MissingSeries, match="is not on this machine"):
        join_own(table, [("KO", kept()[1], "acme.csv")])  # kept for another ticker


def test_an_optional_one_that_is_missing_is_a_note_until_it_is_there_again():
    digest = keep_own(CSV, name="vix.csv", ticker="^VIX")[0]
    row = ("^VIX", digest, "vix.csv")
    shared_store().clear()
    table = table_of(series("SPY"))
    without = join_own(table, [row], optional=("^VIX",))
    assert without.tickers == ("SPY",)
    assert [(n.severity, n.text) for n in without.notes] == [
        ("warning", "The file vix.csv for ^VIX is not on this machine. Drop it again.")
    ]
    keep_own(CSV, name="vix.csv", ticker="^VIX")
    assert join_own(table, [row], optional=("^VIX",)).tickers == ("SPY", "^VIX")
    shared_store().clear()
    assert join_own(table, [row], optional=("^VIX",)).tickers == ("SPY",)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.integers(2, len(DAYS)))
def test_h1_as_of_a_day_equals_the_run_on_what_there_was_that_day(rows):
    end = DAYS[rows - 1].item()
    late = "2024-12-16,-5\n2024-12-16,7\n"  # what comes later may be as wrong as it likes
    known = ("date,close\n" + "\n".join(LINES[:rows]) + "\n").encode()
    whole = own_module._fit(
        own_module.read_prices(CSV + late.encode(), "a", "ACME"),
        own_module.Own("ACME", "", "a"),
        table_of(series("SPY"), end=end),
        end,
    )
    early = own_module._fit(
        own_module.read_prices(known, "a", "ACME"),
        own_module.Own("ACME", "", "a"),
        table_of(series("SPY"), end=end),
        None,
    )
    assert whole.health == early.health
    assert whole.notes == early.notes
    assert np.array_equal(whole.series.close, early.series.close, equal_nan=True)

import datetime as dt
import os

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.data import price_file
from core.data.price_file import read_series
from core.errors import BadFile
from core.tabular import read_delimited

DAYS = [dt.date(2020, 1, 2), dt.date(2020, 1, 3)]


def read(tmp_path, content, name="SPY.csv"):
    path = tmp_path / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return read_series(str(path), "SPY")


def parquet(tmp_path, columns, name="SPY.parquet"):
    path = tmp_path / name
    pq.write_table(pa.table(columns), path)
    return read_series(str(path), "SPY")


def test_a_plain_file(tmp_path):
    one = read(tmp_path, "date,open,close,adj_close,volume\n2020-01-02,1,10.5,9.5,100\n2020-01-03,1,11,10,\n")
    assert one.dates.astype(str).tolist() == ["2020-01-02", "2020-01-03"]
    assert one.close.tolist() == [10.5, 11]
    assert one.adj_close.tolist() == [9.5, 10]
    assert one.volume[0] == 100
    assert np.isnan(one.volume[1])


@pytest.mark.parametrize(
    "header",
    [
        "Date,Close",
        "DATE,CLOSE",
        "Timestamp,close",
        ",Close",
        "Datetime,Adj Close",
        "date,adjclose",
        " date , Adj. Close",
    ],
)
def test_column_names_in_any_case(tmp_path, header):
    one = read(tmp_path, f"{header}\n2020-01-02,10\n")
    assert 10 in (one.close[0], one.adj_close[0])


@pytest.mark.parametrize("header", ["open,high,low", "Open,High,Low", "OPEN, HIGH , low "])
def test_open_high_and_low_where_the_file_has_them(tmp_path, header):
    one = read(tmp_path, f"date,{header},close\n2020-01-02,10,12,9,11\n2020-01-03,,,,11\n")
    assert (one.open[0], one.high[0], one.low[0]) == (10, 12, 9)
    assert all(np.isnan(values[1]) for values in (one.open, one.high, one.low))


def test_a_file_without_open_high_and_low_has_none(tmp_path):
    one = read(tmp_path, "date,close,adj open\n2020-01-02,11,10\n")
    assert all(np.isnan(values).all() for values in (one.open, one.high, one.low))


@pytest.mark.parametrize("text", ["ten", "inf", "1e400", "5%"])
def test_u6_an_open_that_is_no_number_costs_only_itself(tmp_path, text):
    one = read(tmp_path, f"date,open,high,close\n2020-01-02,{text},12,11\n2020-01-03,10,12,11\n")
    assert np.isinf(one.open[0])
    assert (one.open[1], one.high.tolist(), one.close.tolist()) == (10, [12, 12], [11, 11])


def test_u2_bars_follow_the_decimal_mark_of_the_close(tmp_path):
    one = read(tmp_path, "date;open;close\n2020-01-02;1.234;1.250,5\n")
    assert one.open.tolist() == [1234]


@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_u1_encodings_and_line_ends(tmp_path, newline, encoding):
    one = read(tmp_path, newline.join(["date,close", "2020-01-02,10.25", "2020-01-03,11"]).encode(encoding))
    assert one.close.tolist() == [10.25, 11]


@pytest.mark.parametrize(
    "content",
    [
        "date;close\n2020-01-02;1.234,50\n",
        "date\tclose\n2020-01-02\t1234,5\n",
        "date|close\n2020-01-02|1,234.50\n",
        'date,close\n2020-01-02,"1,234.50"\n',
        'date,close\n"2020-01-02","1234.5"\n',
        "date,close\n2020-01-02 00:00:00-05:00,1234.5\n\n",
        "date,close\n2020-01-02,1234.5\n,\n",
    ],
)
def test_u2_the_delimiter_and_the_decimal_mark_are_found(tmp_path, content):
    assert read(tmp_path, content).close.tolist() == [1234.5]


def test_u2_three_decimals_are_decimals_where_the_comma_separates(tmp_path):
    assert read(tmp_path, 'date,close\n"2020-01-02",10.123\n').close.tolist() == [10.123]


def test_u2_a_price_that_can_be_read_in_two_ways_is_refused(tmp_path):
    with pytest.raises(BadFile, match="1,234 can be read in two ways"):
        read(tmp_path, "date;close\n2020-01-02;1,234\n")


@given(st.lists(st.floats(1e-6, 1e9), min_size=1, max_size=20))
def test_u2_the_quick_reader_and_the_exact_one_agree(prices):
    dates = [dt.date(2020, 1, 1) + dt.timedelta(days=i) for i in range(len(prices))]
    content = "date,close\n" + "".join(f"{d},{p!r}\n" for d, p in zip(dates, prices, strict=True))
    quick = price_file._quickly(content.encode(), "SPY")
    exact = price_file._from_table(read_delimited(content.encode()), "SPY.csv", "SPY")
    assert quick.close.tolist() == exact.close.tolist() == prices
    assert np.array_equal(quick.dates, exact.dates)


@pytest.mark.parametrize("text", ["", "nan", "NaN", "NA", "N/A", "#N/A", "null", "None", "-"])
@pytest.mark.parametrize("quoted", [False, True])
def test_an_unknown_price_is_missing_and_never_zero(tmp_path, text, quoted):
    cell = f'"{text}"' if quoted else text
    assert np.isnan(read(tmp_path, f"date,close\n2020-01-02,{cell}\n2020-01-03,5\n").close[0])


@pytest.mark.parametrize("text", ["inf", "-inf", "Infinity"])
@pytest.mark.parametrize("day", ["2020-01-02", "02.01.2020"])
def test_p3_infinite_prices_reach_the_check(tmp_path, text, day):
    assert np.isinf(read(tmp_path, f"date,close\n{day},{text}\n").close[0])


def test_u4_a_ragged_line_is_refused_with_its_number(tmp_path):
    with pytest.raises(BadFile, match=r"SPY\.csv: line 3 has 3 fields"):
        read(tmp_path, "date,close\n2020-01-02,1\n2020-01-03,1,2\n")


def test_u6_a_cell_that_is_no_number_is_refused_with_line_and_column(tmp_path):
    with pytest.raises(BadFile, match=r"SPY\.csv: line 3, column Close: 'ten' is not a number") as caught:
        read(tmp_path, "date,Close\n2020-01-02,1\n2020-01-03,ten\n")
    assert caught.value.where == "data.folder"


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (
            "day,price\n2020-01-02,1\n",
            "lacks a column. Found: 'day', 'price'. Wanted: date, and close or adj_close",
        ),
        ("close\n1\n", "lacks a column"),
        ("date,close,Close\n2020-01-02,1,1\n", "has the column close twice"),
        ("", "is empty"),
        ("date,close\n,5\n", "is not a date"),
        ("<html><body>no</body></html>", "HTML"),
        (b"\x80\x04\x95abc", "pickle"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1rest", "xls"),
    ],
)
def test_u3_and_u11_what_is_no_price_table_is_refused(tmp_path, content, words):
    with pytest.raises(BadFile, match=r"SPY\.csv") as caught:
        read(tmp_path, content)
    assert words in caught.value.message


def test_unknown_columns_are_ignored_whatever_is_in_them(tmp_path):
    assert read(tmp_path, b"date,close,note\n2020-01-02,1,\xe9\xe8\n").close.tolist() == [1]


def test_p9_the_currency_of_a_file(tmp_path):
    assert read(tmp_path, "date,close,currency\n2020-01-02,1,GBp\n2020-01-03,1,\n").currency == "GBp"
    assert read(tmp_path, 'date,close,currency\n"2020-01-02",1,GBP\n').currency == "GBP"
    with pytest.raises(BadFile, match="several currencies: GBP, GBp"):
        read(tmp_path, "date,close,currency\n2020-01-02,1,GBp\n2020-01-03,1,GBP\n")


def test_parquet(tmp_path):
    one = parquet(tmp_path, {"Date": DAYS, "Adj Close": [1.5, None], "volume": [5, 6], "note": ["a", "b"]})
    assert one.dates.astype(str).tolist() == ["2020-01-02", "2020-01-03"]
    assert one.adj_close[0] == 1.5
    assert np.isnan(one.adj_close[1])
    assert np.isnan(one.close).all()
    assert one.volume.tolist() == [5, 6]


@pytest.mark.parametrize(
    ("zone", "moment", "day"),
    [
        ("America/New_York", dt.datetime(2020, 6, 1, 4, 0), "2020-06-01"),
        ("America/New_York", dt.datetime(2020, 6, 2, 3, 59), "2020-06-01"),
        ("Europe/London", dt.datetime(2020, 6, 1, 23, 0), "2020-06-02"),
        ("Europe/London", dt.datetime(2020, 12, 1, 0, 0), "2020-12-01"),
        (None, dt.datetime(2020, 6, 1, 0, 0), "2020-06-01"),
    ],
)
def test_p2_parquet_times_become_dates_in_their_own_zone(tmp_path, zone, moment, day):
    dates = pa.array([moment], type=pa.timestamp("us", tz=zone))
    assert str(parquet(tmp_path, {"date": dates, "close": [1.0]}).dates[0]) == day


def test_parquet_with_bars_of_any_type(tmp_path):
    columns = {"open": ["10", "11"], "high": ["x", None], "low": [9, 8]}
    one = parquet(tmp_path, {"date": DAYS, "close": [10.5, 11.5], **columns})
    assert (one.open.tolist(), one.low.tolist()) == ([10, 11], [9, 8])
    assert np.isinf(one.high[0])
    assert np.isnan(one.high[1])


def test_parquet_with_text_dates_and_a_currency(tmp_path):
    one = parquet(
        tmp_path, {"date": ["2020-01-02", "2020-01-03"], "close": [1, 2], "currency": ["USD", None]}
    )
    assert one.dates.astype(str).tolist() == ["2020-01-02", "2020-01-03"]
    assert one.currency == "USD"


@pytest.mark.parametrize(
    "columns",
    [
        {"date": DAYS, "close": ["a", "b"]},
        {"date": [DAYS[0], None], "close": [1.0, 2.0]},
        {"date": DAYS, "price": [1.0, 2.0]},
        {"date": DAYS, "close": [1.0, 2.0], "Close": [1.0, 2.0]},
    ],
)
def test_a_parquet_file_of_another_shape_is_refused(tmp_path, columns):
    with pytest.raises(BadFile, match=r"SPY\.parquet"):
        parquet(tmp_path, columns)


def test_a_damaged_parquet_file_is_refused(tmp_path):
    with pytest.raises(BadFile, match="is not a Parquet file"):
        read(tmp_path, b"PAR1 and nothing", name="SPY.parquet")


def test_a_file_over_the_limit_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(price_file, "MAX_FILE_BYTES", 10)
    with pytest.raises(BadFile, match="is over"):
        read(tmp_path, "date,close\n2020-01-02,1\n")


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_file_that_may_not_be_read_is_said(tmp_path):
    path = tmp_path / "SPY.csv"
    path.write_text("date,close\n")
    path.chmod(0)
    with pytest.raises(BadFile, match="cannot be read"):
        read_series(str(path), "SPY")


def test_a_file_that_is_gone_is_said(tmp_path):
    with pytest.raises(BadFile, match="cannot be read"):
        read_series(str(tmp_path / "SPY.csv"), "SPY")

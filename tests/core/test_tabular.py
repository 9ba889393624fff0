import random
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core import tabular
from core.errors import BadFile
from core.tabular import cut, read_delimited, shown_name

ROWS = (("ticker", "shares"), ("NVDA", "1200"))


def read(data, **more):
    return read_delimited(data, where="portfolio.holdings", **more)


@pytest.mark.parametrize(
    ("data", "encoding"),
    [
        ("ticker,shares\nNVDA,1200", "text"),
        ("\ufeffticker,shares\nNVDA,1200", "text"),
        (b"ticker,shares\nNVDA,1200", "utf-8"),
        (b"\xef\xbb\xbfticker,shares\nNVDA,1200", "utf-8-sig"),
        ("ticker,shares\nNVDA,1200".encode("utf-16"), "utf-16"),
        (b"\xfe\xff" + "ticker,shares\nNVDA,1200".encode("utf-16-be"), "utf-16"),
        ("ticker,shares\nNVDA,1200".encode("utf-16-le"), "utf-16-le"),
        ("ticker,shares\nNVDA,1200".encode("utf-16-be"), "utf-16-be"),
        (b"ticker,shares\r\nNVDA,1200\r\n", "utf-8"),
        (b"ticker,shares\rNVDA,1200\r", "utf-8"),
        (b"\n\nticker,shares\n\n  \nNVDA,1200\n,\n", "utf-8"),
        (b"sep=;\nticker;shares\nNVDA;1200", "utf-8"),
        (b"ticker\tshares\nNVDA\t1200", "utf-8"),
        (b"ticker|shares\nNVDA | 1200", "utf-8"),
        (b'"ticker","shares"\n"NVDA", "1200"', "utf-8"),
        (b"ticker shares\nNVDA   1200", "utf-8"),
    ],
)
def test_u1_and_u2_one_table_in_many_guises(data, encoding):
    table = read(data)
    assert table.rows == ROWS
    assert table.encoding == encoding
    assert table.notes == ()


@pytest.mark.parametrize(
    ("tail", "encoding"),
    [("Soci\u00e9t\u00e9", "latin-1"), ("5 \u20ac \u2013 \u201cx\u201d", "windows-1252")],
)
def test_u1_other_encodings_are_read_with_a_note(tail, encoding):
    table = read(f"ticker;name\nNVDA;{tail}".encode(encoding))
    assert table.rows[1][1] == tail
    assert table.encoding == "windows-1252"
    assert "Windows-1252" in table.notes[0]


def test_u1_bytes_without_meaning_in_windows_1252_are_no_crash():
    assert read(b"ticker;name\nNVDA;\x81\xe9").rows[1][0] == "NVDA"


@pytest.mark.parametrize(
    ("text", "delimiter"),
    [
        ("a,b\nc,d", ","),
        ("a;b\nc;d", ";"),
        ("a\tb\nc\td", "\t"),
        ("a|b\nc|d", "|"),
        ("a b\nc d", " "),
        ("SPY;1.000,5;12,3", ";"),
        ('"a;b",c\nd,e', ","),
        ("NVDA 1,200", " "),
        ("NVDA -1,200", " "),
        ("NVDA, 1200", ","),
        ("Ticker symbol,Market value\nNVDA,5", ","),
    ],
)
def test_u2_the_delimiter_is_chosen_once(text, delimiter):
    assert read(text).delimiter == delimiter


def test_quoted_fields_hold_delimiters_quotes_and_line_breaks():
    table = read('name,shares\n"a, ""b""\nc",5\nd,6')
    assert table.rows[1] == ('a, "b"\nc', "5")
    assert table.lines == (1, 2, 4)


def test_u4_a_ragged_row_is_refused_with_its_line():
    with pytest.raises(BadFile, match="line 4 has 3 fields, line 1 has 2") as caught:
        read("ticker,shares\nA,1\n\nB,2,3\nC\n")
    assert "1 more, such as line 5" in caught.value.message
    assert caught.value.where == "portfolio.holdings"


def test_u4_an_extra_delimiter_at_the_end_is_refused():
    with pytest.raises(BadFile, match="line 2 has 3 fields"):
        read("ticker,shares\nA,1,\n")


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ('ticker,shares\nA,1\nB,"2\nC,3', 3),
        ('ticker,shares\n"A"x,1', 2),
        ('"ticker,shares\nA,1', 1),
        ('sep=;\nticker;shares\nA;"1', 3),
        ('a,b\n"x\ny",1\nc,"2', 4),
    ],
)
def test_u4_a_quote_left_open_is_refused_with_its_line(text, line):
    with pytest.raises(BadFile, match=f"quotes on line {line} do not close"):
        read(text)


def test_ragged_rows_pass_where_the_caller_asks_for_it():
    assert read("A 1\nB 2 3", equal=False).rows == (("A", "1"), ("B", "2", "3"))


@pytest.mark.parametrize("data", ["", b"", " \n\t\n", "\ufeff", b"\xef\xbb\xbf", ",,\n,,\n", "sep=;\n"])
def test_u8_an_empty_file(data):
    with pytest.raises(BadFile, match="is empty"):
        read(data)


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"\x80\x04\x95\x00", "pickle"),
        (b"\x80\x02}q\x00", "pickle"),
        (b"<!DOCTYPE html><table>", "HTML"),
        (b"  \n<html>", "HTML"),
        ("<table>", "HTML"),
        (b"\xef\xbb\xbf<?xml version='1.0'?>", "XML"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(100), "old Excel file"),
        (b"PK\x03\x04rest", "zip"),
        (b"%PDF-1.7", "PDF"),
        (b"\x1f\x8b\x08", "gzip"),
        (b"PAR1", "Parquet"),
        (b"{\\rtf1", "rich-text"),
        (b"ticker,shares\nA\x00B,1" + b"x" * 5000, "not a text file"),
        (random.Random(1).randbytes(500).replace(b"\0", b"\1") + b"\0", "not a text file"),
    ],
)
def test_u11_what_is_no_text_table_is_refused_by_content(data, words):
    with pytest.raises(BadFile) as caught:
        read(data, name="book.csv")
    assert words in caught.value.message
    assert "book.csv" in caught.value.message
    assert caught.value.hint


@pytest.mark.parametrize("data", [b"a" * (10 * 2**20 + 1), "a" * (10 * 2**20 + 1)])
def test_u9_over_ten_megabytes_is_refused_with_the_limit(data):
    with pytest.raises(BadFile, match="at most 10 MB"):
        read(data)


def test_u10_over_100_000_rows_are_refused():
    with pytest.raises(BadFile, match="more than 100,000 rows"):
        read("A 1\n" * 100_001)


def test_t4_a_line_of_very_many_fields_is_refused():
    with pytest.raises(BadFile, match="line 2 has 501 fields"):
        read("a,b\n" + "x," * 500)


def test_u12_a_file_name_is_shown_short_and_printable():
    assert shown_name("../../x.csv") == "../../x.csv"
    assert shown_name("") == "The text"
    assert len(shown_name("x" * 5000)) == 60
    assert "\n" not in shown_name("a\nb\x1b[31m\u202ec.csv")


def test_values_are_quoted_short():
    assert cut("abc") == "'abc'"
    assert cut(1.5) == "1.5"
    assert len(cut("x" * 5000)) == 40


def test_t4_a_megabyte_of_one_word_is_read_quickly():
    start = time.thread_time()
    read("A" * 1_000_000)
    # It takes 12 ms of the processor; to look at the rest of the word from each of its letters, an hour.
    assert time.thread_time() - start < 5.0


FIELD = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=8).map(str.strip)


@given(st.lists(st.tuples(FIELD, FIELD), min_size=1, max_size=8), st.sampled_from(",;\t|"))
def test_u4_no_value_is_ever_shifted(rows, delimiter):
    doubled = [[field.replace('"', '""') for field in row] for row in rows]
    quoted = [f'"{one}"{delimiter}"{two}"' for one, two in doubled]
    text = f"sep={delimiter}\n" + "\n".join(quoted)
    wanted = [
        tuple(field.replace("\r\n", "\n").replace("\r", "\n") for field in row) for row in rows if any(row)
    ]
    if not wanted:
        return
    assert list(read(text).rows) == wanted


def test_the_limits_are_the_ones_agreed():
    assert (tabular.MAX_BYTES, tabular.MAX_ROWS) == (10 * 2**20, 100_000)

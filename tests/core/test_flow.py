import contextlib
import datetime as dt
import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import BadFile
from core.flow import read_flow
from core.numerals import number_text
from core.rule_settings import FlowReading, TriggerSettings

THIRD, FOURTH = dt.date(2025, 4, 3), dt.date(2025, 4, 4)


def refused(content, name="flow.csv"):
    with pytest.raises(BadFile) as caught:
        read_flow(content, name)
    assert caught.value.where == "triggers.flow"
    return caught.value.message


@pytest.mark.parametrize("header", ["date,usd", "Date,USD", "day,amount", "date,notional", None])
def test_readings_come_in_order_of_date_with_or_without_a_header(header):
    text = "2025-04-04,12e9\n2025-04-03,9400000000\n"
    read = read_flow(text if header is None else f"{header}\n{text}")
    assert read == (FlowReading(THIRD, 9.4e9), FlowReading(FOURTH, 12e9))
    assert TriggerSettings(flow=read).flow == read


@pytest.mark.parametrize(
    ("text", "usd"),
    [
        ("9.4bn", 9.4e9),
        ("9.4 bn", 9.4e9),
        ("$9.4B", 9.4e9),
        ("US$ 9.4 billion", 9.4e9),
        ("9.4bn USD", 9.4e9),
        ("USD 9.4bn", 9.4e9),
        ("1.13bn", 1_130_000_000.0),
        ("850m", 8.5e8),
        ("850 mn", 8.5e8),
        ("850MM", 8.5e8),
        ("1.2tn", 1.2e12),
        ("500k", 5e5),
        ("9.4e9", 9.4e9),
        ("9.4E+09", 9.4e9),
        ("$12,000,000,000", 12e9),
        ("12 000 000 000", 12e9),
        ("12000000000.50", 12000000000.5),
        ("0", 0.0),
    ],
)
@pytest.mark.parametrize("delimiter", [";", "\t", "|", '"'])
def test_the_ways_to_write_an_amount(text, usd, delimiter):
    line = f'2025-04-03,"{text}"' if delimiter == '"' else f"2025-04-03{delimiter}{text}"
    assert read_flow(line) == (FlowReading(THIRD, usd),)


@pytest.mark.parametrize(
    "line",
    [
        "2025-04-03, 9.4bn",
        "2025-04-03 9.4bn",
        "2025-04-03 9.4 bn",
        "2025-04-03,9.4 bn",
        "2025-04-03 $9,400,000,000",
        "2025-04-03,$9,400,000,000",
        "2025-04-03,9,400,000,000",
        "2025-04-03\t$9,400,000,000",
        "3 Apr 2025; 9.4bn",
        "3 Apr 2025, 9.4bn",
        "Apr 3, 2025, 9.4bn",
        "April 3 2025 9.4bn",
        "31.03.2025;1,5\n03.04.2025;9,4bn",
        "03/31/2025 1e9\n04/03/2025 9.4bn",
        "2025-04-03 00:00:00;9.4bn",
        '"2025-04-03T00:00:00-04:00","9.4bn"',
        "\ufeffdate,usd\r\n2025-04-03,9.4bn\r\n\r\n",
    ],
)
def test_u2_a_pasted_line(line):
    assert read_flow(line)[-1] == FlowReading(THIRD, 9.4e9)
    assert read_flow(line.encode())[-1] == FlowReading(THIRD, 9.4e9)


def test_u3_other_columns_may_stand_beside_the_two():
    text = "source;usd;date\ndesk;1.000.000,5;2025-04-03\ndesk;9,4bn;2025-04-04\n"
    assert read_flow(text) == (FlowReading(THIRD, 1000000.5), FlowReading(FOURTH, 9.4e9))


@pytest.mark.parametrize(
    ("header", "words"),
    [
        ("date,usd bn", "the columns are 'date', 'usd bn'; wanted are date and one of usd, amount, notional"),
        ("date,usd,amount", "the columns are"),
        ("date,day,usd", "the columns are"),
        ("when,usd", "the columns are"),
        ("foo,bar", "line 1: 'foo' is not a date, 'bar' is not an amount"),
    ],
)
def test_u3_missing_and_doubled_columns_are_refused(header, words):
    row = ",".join(["2025-04-03", "9", "9"][: header.count(",") + 1])
    assert words in refused(f"{header}\n{row}\n")


def test_u4_a_line_with_another_number_of_fields_is_refused():
    assert "line 3: 3 fields, not 2" in refused("date,usd\n2025-04-03,9e9\n2025-04-04,9,400\n")
    assert "line 2: 1 fields" in refused("2025-04-03,9e9\n2025-04-04\n")
    assert "quotes on line 2" in refused('date,usd\n2025-04-03,"9e9\n')


@pytest.mark.parametrize(
    "text", ["nan", "inf", "-inf", "1e400", "#N/A", "ten", "5%", "9.4xn", "bn", "9e308bn"]
)
def test_u6_what_is_no_amount_is_refused_with_its_line(text):
    assert refused(f"date,usd\n2025-04-03,{text}\n") == (
        f"flow.csv: 1 line cannot be read: line 2: {text!r} is not an amount."
    )


@pytest.mark.parametrize(
    ("row", "words"),
    [
        ("2025-04-03;", "the amount is empty"),
        (";9e9", "the date is empty"),
        ("2025-04-03;-1", "'-1' is below zero"),
        ("2025-04-03;($9)", "'($9)' is below zero"),
        ("2025-04-03;\u22129bn", "is below zero"),
        ("2025-04-03;\u20ac9bn", "is not in dollars"),
        ("2025-02-30;9e9", "'2025-02-30' is not a date"),
        ("soon;9e9", "'soon' is not a date"),
        ("2025-04-03 18:30;9e9", "has a time of day; write the day by whose close it was known"),
    ],
)
def test_u6_a_bad_cell_is_named(row, words):
    assert words in refused(f"date;usd\n2025-04-01;1,5\n{row}\n")


def test_u6_a_line_break_in_an_amount_is_no_amount():
    assert "line 1: '9\\n4' is not an amount" in refused('2025-04-03,"9\n4"\n')


def test_u2_a_number_with_the_other_decimal_mark_says_so():
    assert "'1.5' is not an amount with the decimal mark ','" in refused("2025-04-03;1,5\n2025-04-04;1.5\n")


def test_u6_all_bad_lines_are_reported_at_once_the_first_20_by_name():
    rows = [f"2025-01-{day:02d},{'x' if day % 2 else '9e9'}" for day in range(1, 32)]
    message = refused("\n".join(["date,usd", *rows, "never,-1"]))
    assert message.startswith("flow.csv: 17 lines cannot be read: line 2: 'x'")
    assert "line 33: 'never' is not a date, '-1' is below zero" in message
    many = "".join(f"2025-01-01,{text}\n" for text in ["x"] * 25)
    assert refused(many).endswith("; line 20: 'x' is not an amount; and 5 more.")


def test_two_amounts_on_one_day_are_refused_with_both_lines():
    message = refused("2025-04-03,9e9\n2025-04-04,1e9\n2025-04-03,9.1e9\n2025-04-03,8e9\n")
    assert "line 3: 2025-04-03 has another amount on line 1" in message
    assert "line 4: 2025-04-03 has another amount on line 1" in message


def test_lines_that_say_the_same_are_one_reading():
    assert read_flow("2025-04-03,9.4bn\n2025-04-03,9400000000\n") == (FlowReading(THIRD, 9.4e9),)


def test_u2_what_can_be_read_in_two_ways_is_refused():
    assert "'9,400' can be read in two ways" in refused("2025-04-03;9,400\n")
    assert "'9.400' can be read in two ways" in refused("2025-04-03 9.400bn\n")
    assert "can be day/month or month/day" in refused("03/04/2025;9e9\n")
    assert read_flow("2025-04-03,9.400bn") == (FlowReading(THIRD, 9.4e9),)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("", "is empty"),
        (" \n\n", "is empty"),
        ("date,usd\n", "has a header and no readings"),
        (b"PK\x03\x04rest", "is a workbook"),
        (b"\x80\x04\x95abc", "pickle"),
        ("<html></html>", "HTML"),
        ("2025-04-03,9e9\n" * 100_001, "more than 100,000 rows"),
        ("x" * (10 * 2**20 + 1), "at most 10 MB"),
    ],
)
def test_u9_and_u11_what_is_no_list_of_readings_is_refused(content, words):
    assert words in refused(content)


def test_u12_a_pasted_text_has_no_name_and_a_file_name_is_cut():
    assert refused("x,y", name="").startswith("The text: ")
    assert len(refused("x,y", name="n" * 5000)) < 300


def test_u1_utf_16_is_read():
    assert read_flow("date,usd\n2025-04-03,9.4bn\n".encode("utf-16")) == (FlowReading(THIRD, 9.4e9),)


@given(
    st.dictionaries(st.dates(dt.date(1990, 1, 1), dt.date(2100, 1, 1)), st.floats(0, 1e15), min_size=1),
    st.sampled_from([",", ";", "\t", "|", " "]),
    st.booleans(),
    st.randoms(use_true_random=False),
)
def test_h21_written_readings_come_back_equal(readings, delimiter, header, random):
    rows = [f"{day}{delimiter}{number_text(usd)}" for day, usd in readings.items()]
    random.shuffle(rows)
    text = "\n".join([f"date{delimiter}usd", *rows] if header else rows)
    read = read_flow(text)
    assert read == tuple(FlowReading(day, usd) for day, usd in sorted(readings.items()))
    assert all(before.day < after.day for before, after in itertools.pairwise(read))


@given(st.integers(0, 10**15), st.sampled_from([(",", "."), (".", ","), ("'", "."), (" ", ",")]))
def test_h21_grouped_amounts_come_back_equal(cents, marks):
    group, decimal = marks
    whole, part = divmod(cents, 100)
    text = f"{whole:,}".replace(",", group) + f"{decimal}{part:02d}"
    assert read_flow(f"2025-04-03;${text}") == (FlowReading(THIRD, float(f"{whole}.{part:02d}")),)


@given(st.text(max_size=60) | st.binary(max_size=60))
def test_whatever_comes_in_is_read_or_refused_in_words(content):
    with contextlib.suppress(BadFile):
        assert all(reading.usd >= 0 for reading in read_flow(content))

import doctest
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core import numerals
from core.numerals import choose_decimal, decimal_evidence, number_text, parse_number


def test_the_examples():
    assert doctest.testmod(numerals).failed == 0


@pytest.mark.parametrize(
    ("text", "decimal", "value"),
    [
        ("1200", ".", 1200),
        ("1,200", ".", 1200),
        ("1,200", ",", 1.2),
        ("1.200", ".", 1.2),
        ("1.200", ",", 1200),
        ("1.000,5", ",", 1000.5),
        ("1,000.5", ".", 1000.5),
        ("12,345,678.25", ".", 12345678.25),
        ("12'345.5", ".", 12345.5),
        ("12\u2019345", ".", 12345),
        ("12\u00a0345,5", ",", 12345.5),
        ("12\u202f345", ",", 12345),
        ("12 345,5", ",", 12345.5),
        (".5", ".", 0.5),
        ("5.", ".", 5),
        ("-5", ".", -5),
        ("\u22125", ".", -5),
        ("+5", ".", 5),
        ("- 5", ".", -5),
        ("(1,200.50)", ".", -1200.5),
        ("$1,200", ".", 1200),
        ("-$5", ".", -5),
        ("$-5", ".", -5),
        ("5 \u20ac", ",", 5),
        ("1e3", ".", 1000),
        ("1.5E-2", ".", 0.015),
        ("1,5e3", ",", 1500),
        (" 7 ", ".", 7),
        ("0.125", ".", 0.125),
        ("007", ".", 7),
    ],
)
def test_numbers(text, decimal, value):
    assert parse_number(text, decimal).value == value


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        "-",
        "+",
        ".",
        ",",
        "abc",
        "nan",
        "inf",
        "-inf",
        "1e400",
        "9" * 50 + "e300",
        "9" * 500,
        "#N/A",
        "1 2",
        "1,2,3",
        "1,23",
        "12,3456",
        "1,0000",
        "0,123",
        ",123",
        "1,,234",
        "1.2.3",
        "1,234,56",
        "--5",
        "-(5)",
        "-$-5",
        "(5",
        "5)",
        "5-",
        "1_000",
        "0x10",
        "\u0661",
        "\uff11",
        "5 shares",
        "1e",
        "e5",
        "1,234e3",
        "5%%",
        "TRUE",
        "1\n2",
        "1'234,567",
    ],
)
def test_u6_what_is_no_number(text):
    assert parse_number(text, ".") is None


def test_percent_is_told_and_not_divided():
    assert parse_number("12.5 %", ".") == (12.5, True)


@pytest.mark.parametrize(
    ("text", "evidence"),
    [
        ("1,000", "?"),
        ("999.999", "?"),
        ("-1,000", "?"),
        ("$1,000", "?"),
        ("(1.000)", "?"),
        ("1,000%", "?"),
        ("1,5", ","),
        ("1.5", "."),
        ("1234,567", ","),
        ("0,500", ","),
        ("0.500", "."),
        ("012,345", ","),
        (",123", ","),
        ("1,234.5", "."),
        ("1.234,5", ","),
        ("1,234,567", "."),
        ("1.234.567", ","),
        ("1'234,567", ","),
        ("1,2345", ","),
        ("1.234e5", "."),
        ("1200", ""),
        ("1 200", ""),
        ("abc", ""),
        ("a1,5", ""),
        ("", ""),
    ],
)
def test_u2_what_a_number_says_about_the_decimal_mark(text, evidence):
    assert decimal_evidence(text) == evidence


def test_u2_the_first_clear_number_decides():
    assert choose_decimal(["5", "1,000", "2,5", "1.5"]) == (",", "1,000")
    assert choose_decimal(["1,000", "2.000"]) == (None, "1,000")
    assert choose_decimal(["5", "x"]) == (None, None)


def written(value, decimal, group, places):
    whole, _, fraction = f"{abs(value):.{places}f}".partition(".")
    if group:
        whole = f"{int(whole):,}".replace(",", group)
    return ("-" if value < 0 else "") + whole + (decimal + fraction if fraction else "")


@given(
    value=st.decimals(-(10**9), 10**9, places=4),
    decimal=st.sampled_from(".,"),
    grouped=st.sampled_from(["", "other", "'", " ", "\u00a0", "\u202f"]),
    places=st.integers(0, 4),
)
def test_u2_a_number_is_read_as_it_was_written_or_asked_about(value, decimal, grouped, places):
    group = {"other": "," if decimal == "." else "."}.get(grouped, grouped)
    text = written(value, decimal, group, places)
    truth = float(f"{value:.{places}f}")
    assert parse_number(text, decimal).value == truth
    evidence = decimal_evidence(text)
    assert evidence in ("?", "", decimal)
    if evidence == "":
        assert parse_number(text, ".") == parse_number(text, ",")


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_h21_a_float_as_text_is_the_same_float_and_clear(value):
    text = number_text(value)
    back = parse_number(text, ".").value
    assert back == value
    assert math.copysign(1, back) == math.copysign(1, value)
    assert decimal_evidence(text) in (".", "")

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import InvalidSetting
from core.symbols import parse_symbol

GOOD = [
    "A",
    "F",
    "NVDA",
    "BRK-B",
    "BRK.B",
    "BF.B",
    "^VIX",
    "^VIX3M",
    "^IRX",
    "ES=F",
    "EURUSD=X",
    "AT&T",
    "0700.HK",
    "600519.SS",
    "SH-MODEL",
    "NA",
    "NAN",
    "NULL",
    "TRUE",
    "FALSE",
    "1E5",
    "NONE",
    "INF",
    "CONE",
    "COM",
    "COM10",
    "X",
    "PRNT",
    "A" * 20,
]


@pytest.mark.parametrize("symbol", GOOD)
@pytest.mark.parametrize("around", ["{}", "  {} ", "\t{}", "{}\t"])
def test_t2_symbols_are_trimmed_and_in_capitals(symbol, around):
    assert parse_symbol(around.format(symbol)) == symbol
    assert parse_symbol(around.format(symbol.lower())) == symbol


def test_t2_a_class_dot_is_kept():
    assert parse_symbol("brk.b") == "BRK.B"


@pytest.mark.parametrize(
    ("text", "point"),
    [
        ("\u0410APL", "U+0410"),  # Cyrillic A
        ("N\u200bVDA", "U+200B"),
        ("\u202eADVN", "U+202E"),
        ("\U0001f680", "U+1F680"),
        ("\uff21APL", "U+FF21"),
        ("A\u00a0B", "U+00A0"),
        ("\u017fPY", "U+017F"),  # capitals of this one are a plain S
        ("NV\x00DA", "U+0000"),
        ("NVDA\n", "U+000A"),
        ("\rNVDA", "U+000D"),
    ],
)
def test_t3_look_alikes_and_control_characters_are_refused_by_code_point(text, point):
    with pytest.raises(InvalidSetting) as caught:
        parse_symbol(text, where="portfolio.holdings")
    assert point in caught.value.message
    assert caught.value.where == "portfolio.holdings"


@pytest.mark.parametrize("length", [21, 10_000, 1_000_000])
def test_t4_long_text_is_refused_quickly_and_cut(length):
    start = time.thread_time()
    with pytest.raises(InvalidSetting) as caught:
        parse_symbol("A" * length)
    # It takes 2 ms of the processor; to look at the rest of a million letters from each of them, an hour.
    assert time.thread_time() - start < 2.0
    assert len(caught.value.message) < 200


@pytest.mark.parametrize(
    "text",
    [
        "<B>",
        "<script>alert(1)</script>",
        "'; DROP",
        "../../etc",
        "..",
        "A..B",
        "%2e%2e",
        "A?x=1",
        "A#f",
        "A/B",
        "A\\B",
        "CON",
        "con",
        "NUL",
        "COM1",
        "LPT9",
        "CON.X",
        "aux.csv",
        ".A",
        "-A",
        "=A",
        "&A",
        "A B",
        "A,B",
        "A;B",
        "A'",
        '"A"',
        "",
        " ",
        "\t",
    ],
)
def test_t5_and_t6_whatever_is_not_on_the_allow_list_is_refused(text):
    with pytest.raises(InvalidSetting):
        parse_symbol(text)


@pytest.mark.parametrize("value", [None, 5, 1.5, True, b"NVDA", ["NVDA"], float("nan")])
def test_a_ticker_is_text(value):
    with pytest.raises(InvalidSetting):
        parse_symbol(value)


@given(st.text(max_size=30))
def test_t6_what_passes_is_safe_and_stays_as_it_is(text):
    try:
        symbol = parse_symbol(text)
    except InvalidSetting:
        return
    assert parse_symbol(symbol) == symbol
    assert symbol.isascii()
    assert 1 <= len(symbol) <= 20
    assert not set(symbol) & set("/\\:*?\"<>|%#'; \n\r\t\0")

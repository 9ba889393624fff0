import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core import words
from core.lab.cointegration import weigh

INF = float("inf")


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        (words.number(1234.567), "1,234.57"),
        (words.listed(["A"]), "A"),
        (words.listed(("A", "B", "C")), "A, B and C"),
        (words.listed([]), ""),
        (words.number(-0.004), "0.00"),
        (words.number(-1.5, 1), "\u22121.5"),
        (words.number(float("nan")), "\u2014"),
        (words.number(-INF), "\u2014"),
        (words.change(0.5), "+0.50"),
        (words.change(-0.5), "\u22120.50"),
        (words.change(-0.001), "+0.00"),
        (words.change(INF), "\u2014"),
        (words.money(14574.39), "$14,574"),
        (words.money(4.8655), "$4.87"),
        (words.money(999.994), "$999.99"),
        (words.money(999.996), "$1,000"),
        (words.money(0.0), "$0"),
        (words.money(-250.0), "\u2212$250.00"),
        (words.money(-0.001), "$0.00"),
        (words.money(float("nan")), "\u2014"),
        (words.short_money(188_400.0), "$188.4k"),
        (words.short_money(1_063_000.0), "$1.06m"),
        (words.short_money(999_949.0), "$999.9k"),
        (words.short_money(999_950.0), "$1.00m"),
        (words.short_money(-2_500.0), "\u2212$2.5k"),
        (words.short_money(12.5), "$12.50"),
        (words.short_money(INF), "\u2014"),
        (words.price(44.57), "$44.57"),
        (words.price(1234.5), "$1,234.50"),
        (words.price(float("nan")), "\u2014"),
        (words.percent(0.025), "2.5\u202f%"),
        (words.percent(-0.5, 0), "\u221250\u202f%"),
        (words.percent(float("nan")), "\u2014"),
        (words.interval(-0.16, 0.22), "[\u22120.16, 0.22]"),
        (words.interval(float("nan"), 0.2), ""),
        (words.shares(1234.0), "1,234"),
        (words.day(np.datetime64("2025-04-04")), "4 Apr 2025"),
        (words.day(np.datetime64("2025-04-14T00:00"), year=False), "14 Apr"),
    ],
)
def test_written(text: str, wanted: str) -> None:
    assert text == wanted


@given(st.floats(allow_nan=True, allow_infinity=True), st.integers(0, 4))
def test_h18_no_hyphen_no_nan_no_inf_and_no_negative_zero(value: float, decimals: int) -> None:
    for text in (
        words.number(value, decimals),
        words.change(value, decimals),
        words.money(value),
        words.short_money(value),
        words.percent(value, decimals),
    ):
        assert "-" not in text
        assert "nan" not in text
        assert "inf" not in text
        digits = text.strip("\u2212$%+km\u202f,.")
        assert not (text.startswith("\u2212") and set(digits) <= set("0.,"))


@given(st.floats(-1e12, 1e12))
def test_money_is_whole_from_a_thousand_on(value: float) -> None:
    text = words.money(value)
    assert ("." in text) == (value != 0 and abs(value) < 999.995)


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (0.1149, "0.11"), (0.0951, "0.095"), (0.002, "0.002"), (0.0004, "<\u202f0.001"),
        (0.0495, "0.049"), (0.0499, "0.049"), (0.05, "0.050"), (0.0501, "0.050"), (0.0999, "0.10"),
        (0.1, "0.10"), (0.1004, "0.101"), (0.1037, "0.104"), (0.106, "0.11"), (1.0, "1.00"),
        (float("nan"), "\u2014"),
    ],
)  # fmt: skip
def test_a_p_value_is_short_and_never_rounded_across_what_it_says(value: float, said: str) -> None:
    assert words.p_value(value) == said
    if said[0].isdigit():
        assert weigh(float(said), math.nan) == weigh(value, math.nan)


def test_a_count_with_its_noun():
    assert [words.counted(n, "row") for n in (0, 1, 2, 12345)] == ["0 rows", "1 row", "2 rows", "12,345 rows"]

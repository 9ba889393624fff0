"""One field, one range: what is let in, what is refused, and in which words."""

import datetime as dt
from dataclasses import dataclass

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import InvalidSetting, UnknownOption
from core.fields import Field, field_of, is_finite, setting

RATE = Field(kind="number", label="Rate", minimum=0.0, maximum=0.1, scale=100.0, unit="%", decimals=1)
COUNT = Field(kind="integer", label="Window", minimum=20, maximum=504, decimals=0, unit="sessions")


@pytest.mark.parametrize("value", [0, 0.0, 0.1, 0.05, np.float64(0.03)])
def test_numbers_inside_their_range_become_floats(value: float) -> None:
    found = RATE.check(value, "costs.rate")
    assert found == value
    assert type(found) is float


@pytest.mark.parametrize(
    ("value", "words", "hint"),
    [
        (0.11, "Rate is 11.0 %, outside its range.", "Allowed: 0.0 % to 10.0 %."),
        (-0.01, "Rate is \u22121.0 %, outside its range.", "Allowed: 0.0 % to 10.0 %."),
        ("0.05", "Rate is '0.05', which is not a number.", "Allowed: 0.0 % to 10.0 %."),
        (True, "Rate is True, which is not a number.", "Allowed: 0.0 % to 10.0 %."),
        (float("nan"), "Rate is nan, which is not a finite number.", "Allowed: 0.0 % to 10.0 %."),
        (float("-inf"), "Rate is -inf, which is not a finite number.", "Allowed: 0.0 % to 10.0 %."),
        ([1], "Rate is [1], which is not a number.", "Allowed: 0.0 % to 10.0 %."),
        (None, "Rate must have a value.", ""),
    ],
)
def test_s2_other_numbers_are_refused_in_shown_units(value: object, words: str, hint: str) -> None:
    with pytest.raises(InvalidSetting) as caught:
        RATE.check(value, "costs.rate")
    assert (str(caught.value), caught.value.hint, caught.value.where) == (words, hint, "costs.rate")


def test_a_whole_number_too_large_for_a_float_is_refused() -> None:
    with pytest.raises(InvalidSetting, match="not a finite number"):
        COUNT.check(10**400, "beta.window_sessions")
    assert not is_finite(10**400)
    assert is_finite(10**300)


def test_a_long_value_is_cut_in_the_message() -> None:
    with pytest.raises(InvalidSetting) as caught:
        RATE.check("x" * 1_000_000, "costs.rate")
    assert len(str(caught.value)) < 120


@pytest.mark.parametrize(("value", "wanted"), [(60, 60), (60.0, 60), (20, 20), (504, 504)])
def test_whole_numbers(value: float, wanted: int) -> None:
    found = COUNT.check(value, "w")
    assert found == wanted
    assert type(found) is int


@pytest.mark.parametrize("value", [60.5, 19, 505, 1e9, "60", True, None])
def test_s1_windows_that_are_refused(value: object) -> None:
    with pytest.raises(InvalidSetting) as caught:
        COUNT.check(value, "beta.window_sessions")
    assert caught.value.where == "beta.window_sessions"
    assert "Window" in str(caught.value)


def test_choices_offer_the_nearest_name() -> None:
    spec = Field(kind="choice", label="Errors", options=(("classic", "Classic"), ("newey-west", "Newey")))
    assert spec.check("classic", "e") == "classic"
    with pytest.raises(UnknownOption, match="There is no errors 'clasic'") as caught:
        spec.check("clasic", "beta.errors")
    assert caught.value.hint == "Did you mean 'classic'?"
    with pytest.raises(UnknownOption) as caught:
        spec.check(7, "beta.errors")
    assert caught.value.hint == "Known: classic, newey-west."
    with pytest.raises(UnknownOption) as caught:
        spec.check("q" * 100_000, "beta.errors")
    assert len(str(caught.value)) < 120


def test_flags_texts_dates_and_rows() -> None:
    flag, text = Field(kind="flag", label="Tax"), Field(kind="text", label="Folder")
    date, rows = Field(kind="date", label="As of", optional=True), Field(kind="rows", label="Holdings")
    assert flag.check(True, "f") is True
    assert text.check("a", "t") == "a"
    assert date.check(None, "d") is None
    assert date.check("2025-04-04", "d") == date.check(dt.date(2025, 4, 4), "d") == dt.date(2025, 4, 4)
    assert rows.check([["A", 1]], "r") == (["A", 1],)
    for spec, value, words in (
        (flag, 1, "on or off"),
        (flag, "true", "on or off"),
        (text, 3, "not text"),
        (date, "4.4.2025", "a date like 2025-04-04"),
        (date, "2025-02-30", "a date like 2025-04-04"),
        (date, dt.datetime(2025, 4, 4, 12), "a date like 2025-04-04"),
        (date, 20250404, "a date like 2025-04-04"),
        (rows, "AAPL", "a list of rows"),
        (rows, {"AAPL": 1}, "a list of rows"),
    ):
        with pytest.raises(InvalidSetting, match=words):
            spec.check(value, "x.y")


def test_shown_values_carry_scale_unit_and_a_true_minus() -> None:
    assert RATE.shown(0.025) == "2.5 %"
    assert Field(kind="number", label="x").shown(-1234.5) == "\u22121,234.50"
    assert COUNT.range_text() == "20 sessions to 504 sessions"
    assert Field(kind="number", label="x", minimum=0.0).range_text() == ""


@given(st.floats(allow_nan=True, allow_infinity=True))
def test_a_number_is_kept_as_it_is_or_refused(value: float) -> None:
    try:
        found = RATE.check(value, "r")
    except InvalidSetting:
        assert not 0.0 <= value <= 0.1
    else:
        assert found == value
        assert 0.0 <= value <= 0.1


def test_a_field_is_found_in_a_dataclass_and_nowhere_else() -> None:
    @dataclass
    class Example:
        with_field: float = setting(1.0, "number", "With")
        without: float = 2.0

    metadata = {f.name: f.metadata for f in Example.__dataclass_fields__.values()}
    found = field_of(metadata["with_field"])
    assert found is not None
    assert found.label == "With"
    assert field_of(metadata["without"]) is None
    assert Example().with_field == 1.0

"""A close under its moving average: whose, of how many closes, and when it is not known."""

import numpy as np
import pytest

from tests.core.triggers.contexts import context, signal, states

NAN = float("nan")


def test_it_fires_under_95_per_cent_of_the_mean_of_50_closes_todays_included() -> None:
    close = np.full(52, 100.0)
    # The mean of 49 hundreds and x is 98 + x / 50; x fires below 0.95 of it: below 93.1 / 0.981.
    limit = 93.1 / 0.981
    close[50] = limit - 0.001
    found = signal("price_break", context(close))
    assert states(found)[48:] == ["no data", "not", "fired", "not"]
    np.testing.assert_allclose(found.threshold[50], 0.95 * (98.0 + close[50] / 50), rtol=1e-12)
    np.testing.assert_allclose(found.inputs[0].values[50], 98.0 + close[50] / 50, rtol=1e-12)
    close[50] = limit + 0.001
    assert states(signal("price_break", context(close)))[50] == "not"


def test_a_missing_close_is_no_data_that_day_and_the_mean_goes_on() -> None:
    close = np.linspace(100.0, 130.0, 60)
    close[54] = NAN
    found = signal("price_break", context(close), average_sessions=50)
    assert [states(found)[t] for t in (49, 53, 54, 55)] == ["not", "not", "no data", "not"]
    known = close[np.isfinite(close)]
    np.testing.assert_allclose(found.inputs[0].values[-1], known[-50:].mean(), rtol=1e-12)
    assert np.isnan(found.value[54])


def test_closes_are_split_adjusted_and_not_dividend_adjusted() -> None:
    close = np.full(60, 100.0)
    adjusted = np.where(np.arange(60) < 30, 80.0, 100.0)
    found = signal("price_break", context(close, adjusted={"SPY": adjusted}))
    np.testing.assert_allclose(found.inputs[0].values[49:], 100.0)


def test_of_the_book_it_looks_at_nav() -> None:
    falls = np.concatenate([np.full(50, 100.0), np.full(5, 70.0)])
    where = context(np.full(55, 400.0), {"S00": (100.0, falls)}, cash=10_000.0)
    found = signal("price_break", where, break_of="portfolio")
    np.testing.assert_allclose(found.value[[49, 50]], [20_000.0, 17_000.0])
    assert states(found)[48:51] == ["no data", "not", "fired"]
    assert "the book" in found.condition
    assert states(signal("price_break", where))[50] == "not"


def test_of_any_holding_the_weakest_counts() -> None:
    still, falls = np.full(55, 100.0), np.concatenate([np.full(52, 50.0), np.full(3, 40.0)])
    late = np.concatenate([np.full(30, NAN), np.full(25, 10.0)])
    where = context(np.full(55, 400.0), {"S00": (1.0, still), "S01": (1.0, falls), "S02": (1.0, late)})
    found = signal("price_break", where, break_of="holdings")
    assert states(found)[48:] == ["no data", "not", "not", "not", "fired", "fired", "fired"]
    np.testing.assert_allclose(found.value[52], 40.0)
    empty = context(np.full(55, 400.0))
    assert set(states(signal("price_break", empty, break_of="holdings"))) == {"no data"}


@pytest.mark.parametrize(("below", "words"), [(0.05, "SPY < 0.95 \u00d7 MA50"), (0.0, "SPY < 1 \u00d7 MA50")])
def test_the_condition_in_symbols(below: float, words: str) -> None:
    assert signal("price_break", context(np.full(60, 9.0)), break_below=below).condition == words

"""Rolling refits know nothing of later rows, and equal the single fits they are made of."""

import numpy as np
import pytest

from core.errors import Cancelled, EstimationError, InsufficientHistory, InvalidSetting
from core.ratios import HEDGE_RATIOS, estimate_hedge_ratio, rolling_hedge_ratio
from tests.core.ratios.examples import legs

QUICK = ("ols", "tls", "johansen", "box_tiao", "half_life", "minimum_variance")
every = pytest.mark.parametrize("method", HEDGE_RATIOS.names())


@every
def test_what_comes_later_changes_nothing(method: str) -> None:
    prices = legs(1, 120)
    poisoned = prices.copy()
    poisoned.iloc[90:] = np.abs(np.random.default_rng(9).standard_normal((30, 2))) * 1e4 + 1.0
    for expanding in (False, True):
        ours, theirs = (
            rolling_hedge_ratio(p, method, window=50, step=13, expanding=expanding)
            for p in (prices, poisoned)
        )
        np.testing.assert_array_equal(ours.ratios[:90], theirs.ratios[:90])
        np.testing.assert_array_equal(ours.spread[:90], theirs.spread[:90])
        np.testing.assert_array_equal(ours.intercept[:90], theirs.intercept[:90])
        assert np.isnan(ours.ratios[:49]).all()
        assert np.isfinite(ours.ratios[49:]).all()


@pytest.mark.parametrize("method", QUICK)
@pytest.mark.parametrize("expanding", [False, True])
def test_each_row_has_the_fit_of_its_own_window(method: str, expanding: bool) -> None:
    prices = legs(2, 150, 3)
    found = rolling_hedge_ratio(prices, method, window=60, step=7, expanding=expanding, dependent="B")
    assert np.flatnonzero(found.refitted).tolist() == list(range(59, 150, 7))
    for end in (59, 66, 143):
        alone = estimate_hedge_ratio(
            prices.iloc[0 if expanding else end - 59 : end + 1], method, dependent="B"
        )
        np.testing.assert_allclose(found.ratios[end], [alone.ratios[n] for n in found.legs[1:]], rtol=1e-9)
        np.testing.assert_array_equal(found.ratios[end], found.ratios[min(end + 6, 149)])
        assert found.spread[end] == pytest.approx(alone.spread[-1], rel=1e-9, abs=1e-9)


@pytest.mark.parametrize("method", ["johansen", "box_tiao", "half_life", "tls"])
def test_signs_do_not_flip_where_the_legs_are_tied(method: str) -> None:
    found = rolling_hedge_ratio(legs(3, 400, phi=0.5), method, window=150, step=3)
    known = found.ratios[np.isfinite(found.ratios[:, 0]), 0]
    assert (known > 0.0).all()
    assert known == pytest.approx(1.5, abs=0.5)


def test_a_window_without_an_answer_is_unknown_and_counted() -> None:
    prices = legs(4, 200)
    prices.iloc[60:130, 1] = 100.0  # the other leg stands still
    found = rolling_hedge_ratio(prices, "ols", window=40, step=5)
    assert np.isnan(found.ratios[110, 0])
    assert np.isfinite(found.ratios[199, 0])
    assert any("windows have no ratio: The price of B does not move" in note for note in found.notes)
    with pytest.raises(EstimationError, match="No window"):
        rolling_hedge_ratio(prices.iloc[60:125], "ols", window=40)


def test_rows_without_a_price_are_dropped_first() -> None:
    prices = legs(5, 120)
    holed = prices.copy()
    holed.iloc[30, 0] = np.nan
    found = rolling_hedge_ratio(holed, "ols", window=50)
    assert found.dropped == 1
    clean = rolling_hedge_ratio(prices.drop(prices.index[30]), "ols", window=50)
    np.testing.assert_array_equal(found.ratios, clean.ratios)
    assert found.rows.tolist() == [*range(30), *range(31, 120)]


def test_windows_that_cannot_be_are_refused() -> None:
    prices = legs(6, 100)
    with pytest.raises(InsufficientHistory, match="a window of Least squares: 5 of 20"):
        rolling_hedge_ratio(prices, "ols", window=5)
    with pytest.raises(InsufficientHistory, match="one window: 100 of 200"):
        rolling_hedge_ratio(prices, "ols", window=200)
    with pytest.raises(InvalidSetting, match="every 0 rows"):
        rolling_hedge_ratio(prices, "ols", window=50, step=0)


def test_it_tells_how_far_it_is_and_can_be_cancelled() -> None:
    told: list[float] = []

    def stop(done: float, text: str = "", series: object = ()) -> None:
        told.append(done)
        if len(told) == 3:
            raise Cancelled("enough")

    with pytest.raises(Cancelled):
        rolling_hedge_ratio(legs(7, 100), "ols", window=50, progress=stop)
    assert told == sorted(told)


@pytest.mark.parametrize(
    ("method", "options", "last"),
    [
        ("kalman", {}, True),
        ("price_ratio", {}, True),
        ("price_ratio", {"at": "first"}, False),
        ("price_ratio", {"at": "mean"}, False),
        ("ols", {}, False),
    ],
)
def test_a_ratio_says_whether_it_is_the_last_rows(method: str, options: dict[str, str], last: bool) -> None:
    assert estimate_hedge_ratio(legs(1, 120), method, **options).last_day is last

"""The table of how often intervals hold the true ratio: measured again in part, whole, and in the docs."""

import math

import numpy as np
import pytest

from benchmarks.coverage import BEGIN, CASES, DOCS, END, Case, between, code, holds, label, markdown
from core.ratios import HEDGE_RATIOS, estimate_hedge_ratio
from core.ratios.coverage import (
    CELLS,
    ENOUGH,
    MEASURED,
    Measured,
    coverage_note,
    coverage_share,
    measured,
    nearest,
)
from core.ratios.kalman import TAKES_ALL
from tests.core.ratios.examples import legs, unrelated


def row(case: Case) -> Measured:
    key = (case.method, tuple(case.options.items()), case.resampled)
    return next(row for row in MEASURED if (row.method, row.options, row.resampled) == key)


@pytest.mark.parametrize(
    ("case", "cell", "paths"),
    [
        (Case("ols", {"covariance": "newey-west"}, False, 0), 0, 400),
        (Case("ols", {}, False, 0), 3, 400),
        (Case("tls", {}, True, 0), 0, 20),
        (Case("minimum_variance", {}, False, 0), 3, 400),
        (Case("ewma", {}, False, 0), 0, 400),
    ],
)
def test_the_table_is_what_a_new_simulation_gives(case: Case, cell: int, paths: int) -> None:
    rows, phi = CELLS[cell]
    # Other paths than those of the table, so that the two are independent.
    again = np.mean([holds(10_000 + path, case, rows, phi) for path in range(paths)])
    known = row(case)
    share = known.shares[cell]
    error = math.hypot(known.error(cell), math.sqrt(share * (1.0 - share) / paths))
    assert abs(again - share) <= 4.0 * error


def test_the_table_has_every_interval_that_is_reported() -> None:
    assert [(row.method, row.options, row.resampled) for row in MEASURED] == [
        (case.method, tuple(case.options.items()), case.resampled) for case in CASES
    ]
    for name in HEDGE_RATIOS.names():
        options = HEDGE_RATIOS[name].item.options.read({})
        assert bool(measured(name, options, resampled=True)) == HEDGE_RATIOS[name].item.redraws
        reported = bool(estimate_hedge_ratio(legs(1, 60), name, adf_lag=0).intervals)
        assert reported == bool(measured(name, options, resampled=False))
    for known in MEASURED:
        assert len(known.shares) == len(known.paths) == len(CELLS)
        assert all(0.0 <= share <= 1.0 for share in known.shares)
        assert min(known.paths) >= 100


def test_one_offered_method_holds_what_it_says_where_gaps_close_in_days() -> None:
    ours = row(Case("ols", {}, False, 0))
    for cell, (_, phi) in enumerate(CELLS):
        if phi == 0.9:
            assert 0.92 <= ours.shares[cell] <= 0.98
            assert ours.error(cell) < 0.005


def test_the_docs_show_the_table_of_the_code() -> None:
    page = DOCS.read_text("utf-8")
    assert between(page, BEGIN, END, markdown(MEASURED)) == page
    with pytest.raises(ValueError, match="does not stand there once"):
        between(page, "<!-- another -->", "<!-- end -->", "")


def test_a_row_in_words_names_what_sets_it_apart() -> None:
    assert label(row(Case("ols", {"intercept": False}, True, 0))) == "Least squares, no intercept"
    assert label(row(Case("ols", {"covariance": "classic"}, False, 0))) == "Least squares, classic errors"
    assert label(row(Case("ccr", {"trend": "ct"}, False, 0))) == "Canonical regression, constant and trend"
    still = row(Case("kalman", {"signal_to_noise": 0.0}, False, 0))
    assert label(still) == "Kalman filter, daily variance of the ratio 0.0"
    assert '{"covariance": "classic"}' in code([row(Case("ols", {"covariance": "classic"}, False, 0))])


def note(method: str, rows: int, persistence: float, resampled: bool = False, **options: object) -> str:
    read = HEDGE_RATIOS[method].item.options.read(options)
    return coverage_note(method, read, resampled=resampled, rows=rows, persistence=persistence)


def test_the_note_says_how_often_and_where_and_is_empty_where_all_is_well() -> None:
    newey = row(Case("ols", {"covariance": "newey-west"}, False, 0))
    said = note("ols", 450, 0.85, covariance="newey-west")
    assert (
        f"held the true ratio in {100 * newey.shares[0]:.0f}\u202f% of 4,000 pairs where it says 95" in said
    )
    assert "(500 rows, gaps that keep 0.90 a day)" in said
    slow = note("ols", 900, 0.99, covariance="newey-west")
    assert (
        f"{100 * newey.shares[3]:.0f}\u202f% of 4,000 pairs, or lower, where it says 95 (1,000 rows" in slow
    )
    assert note("ols", 500, 0.9) == ""
    assert note("ols", 350, 0.9) == ""
    assert "not fitted" in note("ols", 500, 0.9, intercept=False)
    assert note("kalman", 500, 0.9) == ""
    assert "In simulation" in note("kalman", 500, 0.9, signal_to_noise=0.0)
    # Two flaws: the one that does more harm is told.
    assert "not fitted" in note("ols", 500, 0.9, intercept=False, covariance="newey-west")


def test_the_nearest_cell_is_by_rows_then_persistence() -> None:
    assert [CELLS[nearest(n, phi)] for n, phi in ((60, -0.2), (700, 0.95), (800, 0.5), (9000, 1.0))] == [
        (500, 0.9),
        (500, 0.98),
        (1000, 0.9),
        (1000, 0.98),
    ]


def test_fewer_rows_than_were_simulated_are_always_told_of() -> None:
    options = HEDGE_RATIOS["ols"].item.options.read({"covariance": "newey-west"})
    share = row(Case("ols", {"covariance": "newey-west"}, False, 0)).shares[0]
    assert note("ols", 349, 0.9, covariance="newey-west") == (
        "With so few rows it has not been measured how often this interval holds; "
        f"with 500 it was {100 * share:.0f}\u202f% where it says 95."
    )
    assert "with 500 it was 95\u202f% where" in note("ols", 75, 0.9)
    assert "38\u202f%, or lower, where" in note("ols", 75, 0.99, covariance="newey-west")
    assert math.isnan(coverage_share("ols", options, resampled=False, rows=349, persistence=0.9))
    assert coverage_share("ols", options, resampled=False, rows=350, persistence=0.9) == share
    few = estimate_hedge_ratio(legs(2, 75), "ols")
    assert few.coverage.startswith("With so few rows")
    assert math.isnan(few.coverage_share)


def test_more_than_two_legs_are_always_told_of() -> None:
    assert estimate_hedge_ratio(legs(2, 400, 2), "ols").coverage == ""
    three = estimate_hedge_ratio(legs(2, 400, 3), "ols")
    assert "held the true ratio in 95\u202f% of 4,000 pairs" in three.coverage
    assert three.coverage.endswith("; measured on two legs).")
    assert three.coverage_share == row(Case("ols", {}, False, 0)).shares[0]
    assert estimate_hedge_ratio(legs(2, 75, 3), "ols").coverage.endswith("95 (measured on two legs).")


@pytest.mark.parametrize("known", MEASURED, ids=label)
def test_every_row_under_the_mark_is_told_of(known: Measured) -> None:
    options = dict(known.options)
    for cell, (rows, phi) in enumerate(CELLS):
        told = note(known.method, rows, phi, known.resampled, **options)
        share, few = known.shares[cell], "So few do not tell it from under 90."
        assert bool(told) == (share - known.error(cell) < ENOUGH)
        assert (few in told) == (bool(told) and share >= ENOUGH)
        assert f"% of {known.paths[cell]:,} pairs" in told or not told


def test_a_share_of_few_pairs_may_be_under_the_mark(monkeypatch: pytest.MonkeyPatch) -> None:
    def told(paths: int) -> str:
        drawn = Measured(method="ols", options=(), resampled=True, shares=(0.92,) * 4, paths=(paths,) * 4)
        monkeypatch.setattr("core.ratios.coverage.MEASURED", (drawn,))
        return note("ols", 500, 0.9, resampled=True)

    assert told(25) == (
        "In simulation this interval held the true ratio in 92\u202f% of 25 pairs where it says 95"
        " (500 rows, gaps that keep 0.90 a day). So few do not tell it from under 90."
    )
    assert told(200) == ""


def test_results_carry_the_note_beside_their_interval() -> None:
    prices = legs(2, 400)
    assert "In simulation" in estimate_hedge_ratio(prices, "ols", covariance="classic").coverage
    assert estimate_hedge_ratio(prices, "ols").coverage == ""
    assert estimate_hedge_ratio(prices, "tls").coverage == ""
    drawn = estimate_hedge_ratio(prices, "ols", intercept=False, adf_lag=0, resamples=99)
    assert "not fitted" in drawn.coverage


@pytest.mark.parametrize("resamples", [0, 99])
def test_no_share_stands_beside_a_walking_ratio_that_takes_up_the_spread(resamples: int) -> None:
    whole = estimate_hedge_ratio(unrelated(10, 400), "kalman", adf_lag=0, resamples=resamples)
    assert TAKES_ALL in whole.flags
    assert whole.intervals
    assert "is not known where the walking ratio takes up the whole spread" in whole.coverage
    assert math.isnan(whole.coverage_share)
    plain = estimate_hedge_ratio(legs(2, 400), "kalman", adf_lag=0)
    assert TAKES_ALL not in plain.notes
    assert math.isfinite(plain.coverage_share)

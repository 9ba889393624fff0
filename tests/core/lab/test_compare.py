"""All methods beside each other: the same answers as one by one, both orderings, dollars, and the way out."""

import math
from itertools import pairwise

import numpy as np
import pandas as pd
import pytest

from core.errors import Cancelled, EstimationError, InvalidSetting, UnknownOption
from core.lab.compare import compare_ratios, options_of, study_ratio, variant, variants
from core.ratios.base import HEDGE_RATIOS
from core.ratios.estimate import estimate_hedge_ratio


def legs(count: int = 300, others: int = 1) -> pd.DataFrame:
    """A dependent leg that is tied to walks."""
    random = np.random.default_rng(5)
    walks = 80 + np.cumsum(random.standard_normal((count, others)), axis=0)
    gap = np.zeros(count)
    for row, shock in enumerate(random.standard_normal(count)):
        gap[row] = 0.8 * gap[row - 1] + shock
    columns = {"A": 10 + 1.5 * walks.sum(axis=1) + gap}
    columns |= {name: walks[:, k] for k, name in enumerate("BCD"[:others])}
    return pd.DataFrame(columns, index=pd.date_range("2020-01-01", periods=count))


TABLE = compare_ratios(legs())


class EndsAfter:
    """Progress of one who waits for so many words of it, and no longer."""

    def __init__(self, count: int) -> None:
        self.left = count

    def __call__(self, done: float, text: str = "", series: object = ()) -> None:
        self.left -= 1
        if self.left < 0:
            raise Cancelled("Nobody waits.")


def test_every_method_has_a_row_with_and_without_a_constant() -> None:
    keys = [row.key_name for row in TABLE.methods]
    assert keys == [one.key for one in variants()]
    assert {one.method for one in variants()} == set(HEDGE_RATIOS.names())
    assert variant("tls_origin").options == {"intercept": False}
    with pytest.raises(UnknownOption, match="no hedge-ratio method 'olz'"):
        variant("olz")


def test_a_row_is_what_the_method_says_alone() -> None:
    for key in ("ols", "tls_origin", "johansen", "dols", "price_ratio"):
        one = variant(key)
        alone = estimate_hedge_ratio(legs(), one.method, adf_lag=TABLE.lag, **one.options)
        assert TABLE.row(key).result == alone


def test_all_unit_root_statistics_use_one_lag() -> None:
    lag = estimate_hedge_ratio(legs(), "ols").adf_lag
    assert TABLE.lag == lag
    assert {row.result.adf_lag for row in TABLE.methods if row.result is not None} == {lag}
    assert compare_ratios(legs(), methods=["ols", "adf"], lag=3).row("adf").result.adf_lag == 3  # type: ignore[union-attr]


def test_the_other_ordering_is_that_of_swapped_legs() -> None:
    swapped = estimate_hedge_ratio(legs(), "ols", dependent="B", adf_lag=TABLE.lag)
    row = TABLE.row("ols")
    assert row.others["B"].ratios["A"] == swapped.ratios["A"]
    assert row.agreement == pytest.approx(row.result.ratios["B"] * swapped.ratios["A"])  # type: ignore[union-attr]
    for key in ("tls", "johansen", "box_tiao", "half_life", "price_ratio"):
        assert TABLE.row(key).agreement == pytest.approx(1.0, abs=1e-9)


def test_dollars_are_ratios_at_the_last_prices() -> None:
    last, row = legs().iloc[-1], TABLE.row("ols")
    assert row.result is not None
    assert row.dollars["B"] == pytest.approx(row.result.ratios["B"] * last["B"] / last["A"])
    assert row.net_dollars == row.dollars["B"]
    assert TABLE.row("price_ratio").dollars["B"] == pytest.approx(1.0)
    below = compare_ratios(legs() - legs().iloc[-1] - 1.0, methods=["ols"]).row("ols")
    assert below.dollars == {}
    assert math.isnan(below.net_dollars)


def test_with_more_legs_every_ordering_counts_and_a_pairs_method_says_why_it_has_none() -> None:
    table = compare_ratios(legs(others=3), methods=["ols", "half_life", "theil_sen"])
    assert set(table.row("ols").others) == {"B", "C", "D"}
    assert table.row("half_life").agreement == pytest.approx(1.0, abs=1e-6)
    lone = table.row("theil_sen")
    assert lone.result is None
    assert lone.reason == "Theil\u2013Sen takes 2 legs, not 4."
    assert math.isnan(lone.agreement)
    assert table.frame().loc["Theil\u2013Sen", "reason"] == lone.reason


def test_with_more_legs_agreement_is_the_least_correlation_of_the_spreads() -> None:
    frame = legs(others=2)
    frame["C"] = 60.0 + np.cumsum(np.random.default_rng(8).standard_normal(300))  # its ratio is near zero
    row = compare_ratios(frame, methods=["ols"], lag=0).methods[0]
    spreads = {held: estimate_hedge_ratio(frame, "ols", dependent=held, adf_lag=0) for held in "ABC"}
    turned = []
    for held in "BC":
        other = spreads[held]
        # Rewritten as one unit of A: dividing by its weight turns the spread where that is short.
        turned.append(np.corrcoef(spreads["A"].spread, other.spread / other.holdings["A"])[0, 1])
    assert row.agreement == pytest.approx(min(turned), rel=1e-9)
    assert -1.0 <= row.agreement < 0.9


def test_a_day_that_lacks_a_price_is_dropped_and_counted() -> None:
    holed = legs()
    holed.iloc[40, 1] = np.nan
    table = compare_ratios(holed, methods=["ols"])
    assert (table.rows, table.dropped) == (299, 1)


def test_legs_that_move_as_one_have_no_answer_by_any_method() -> None:
    same = legs().assign(B=lambda frame: 2.0 * frame["A"])
    with pytest.raises(EstimationError, match="answer: A and B move exactly as one") as refused:
        compare_ratios(same)
    assert refused.value.where == "lab.legs"


def test_short_only_binds_the_methods_that_can() -> None:
    assert options_of(variant("ols"), sign="short")["sign"] == "short"
    against = legs().assign(B=lambda frame: -frame["B"])
    against += 200.0
    three = ["ols", "huber", "price_ratio"]
    free = compare_ratios(against, methods=three)
    for key in ("ols", "huber"):
        result = free.row(key).result
        assert result is not None
        assert result.ratios["B"] < 0.0
    bound = compare_ratios(against, methods=three, sign="short")
    assert bound.row("ols").result is None
    assert bound.row("ols").reason
    assert bound.row("huber").result is None
    assert bound.row("huber").reason == "It cannot be held to short only, and its own ratio is not."
    assert math.isnan(bound.row("huber").agreement)
    assert bound.row("price_ratio").result == free.row("price_ratio").result is not None
    with pytest.raises(EstimationError, match="held to short only"):
        study_ratio(against, "huber", sign="short")
    assert compare_ratios(legs(), methods=["huber"], sign="short").row("huber").result is not None


def test_intervals_are_drawn_where_no_formula_is_and_nowhere_else() -> None:
    table = compare_ratios(legs(120), methods=["ols", "tls"], resamples=99)
    ols, tls = table.methods
    assert ols.result is not None
    assert tls.result is not None
    assert (ols.drawn, tls.drawn) == (False, True)
    assert ols.result == compare_ratios(legs(120), methods=["ols"]).methods[0].result
    low, high = tls.result.intervals["B"]
    assert low < tls.result.ratios["B"] < high
    assert study_ratio(legs(120), "tls", resamples=99).intervals["B"] == (low, high)
    known = compare_ratios(legs(120), methods=["price_ratio"], resamples=99).methods[0]
    assert not known.drawn
    assert known.result is not None
    assert known.result.intervals == {}
    assert known.result == study_ratio(legs(120), "price_ratio", resamples=99)


def test_a_study_simulates_the_p_value_and_keeps_the_ratio() -> None:
    bare, full = (study_ratio(legs(120), "half_life", draws=draws) for draws in (0, 99))
    assert math.isnan(bare.adf_p_value)
    assert 0.0 < full.adf_p_value <= 1.0
    assert full.ratios == bare.ratios


def test_progress_ascends_names_the_method_and_can_end_it() -> None:
    told: list[tuple[float, str]] = []

    def tell(done: float, text: str = "", series: object = ()) -> None:
        told.append((done, text))

    compare_ratios(legs(120), methods=["ols", "tls"], resamples=99, progress=tell)
    assert all(a[0] <= b[0] for a, b in pairwise(told))
    assert ("Total least squares: Draw 1 of 99") in [text for _, text in told]

    def end(done: float, text: str = "", series: object = ()) -> None:
        raise Cancelled("Nobody waits.")

    with pytest.raises(Cancelled):
        compare_ratios(legs(120), progress=end)


def test_a_long_search_can_be_ended_within_a_fit_and_within_every_ordering() -> None:
    told: list[float] = []

    def tell(done: float, text: str = "", series: object = ()) -> None:
        assert text == "Kalman filter"
        told.append(done)

    frame = legs(80, others=2)
    compare_ratios(frame, methods=["kalman"], progress=tell)
    assert all(a <= b for a, b in pairwise(told))
    for turn in range(3):  # three orderings, each with more than one place to stop at
        assert sum(turn / 3 <= done < (turn + 1) / 3 for done in told) > 10
    for last in (told.index(1 / 3), told.index(1 / 3) + 1, len(told) - 1):
        end = EndsAfter(last)
        with pytest.raises(Cancelled):
            compare_ratios(frame, methods=["kalman"], progress=end)
        assert end.left == -1


def test_every_row_has_the_p_value_that_it_has_alone() -> None:
    methods = ["ols", "tls_origin", "adf", "minimum_variance"]
    table = compare_ratios(legs(120), methods=methods, draws=19)
    plain = compare_ratios(legs(120), methods=methods)
    for row, bare in zip(table.methods, plain.methods, strict=True):
        assert row.result == study_ratio(legs(120), row.key_name, draws=19)
        assert row.result is not None
        assert row.result != bare.result
        assert 0.0 < row.result.adf_p_value <= 1.0
        assert not any("simulated p-value" in note for note in row.result.notes)
        assert (row.others, row.agreement, row.dollars) == (bare.others, bare.agreement, bare.dollars)
    assert plain.row("ols").result.adf_p_source.startswith("Engle")  # type: ignore[union-attr]
    both = compare_ratios(legs(120), methods=["tls"], draws=19, resamples=99).methods[0]
    assert both.drawn
    assert both.result == study_ratio(legs(120), "tls", draws=19, resamples=99)
    with pytest.raises(InvalidSetting, match="5 draws say nothing"):
        compare_ratios(legs(120), methods=methods, draws=5)


def test_a_row_that_no_p_value_can_be_simulated_for_stays_and_says_so() -> None:
    # Prices that jump about a level stay above zero; walks with such changes do not.
    jumps = np.random.default_rng(1).standard_normal((120, 2))
    frame = pd.DataFrame({"A": 12.0 + jumps.sum(axis=1), "B": 12.0 + 2.0 * jumps[:, 1]})
    table = compare_ratios(frame, methods=["tls", "minimum_variance"], draws=19)
    found = table.row("minimum_variance").result
    assert found is not None
    assert math.isnan(found.adf_p_value)
    assert (found.adf_p_source, found.notes) == (
        "",
        (
            "No p-value could be simulated: The method has no answer for most draws of legs that are not tied"
            " together.",
        ),
    )
    assert found.ratios == study_ratio(frame, "minimum_variance").ratios
    tls = table.row("tls").result
    assert tls is not None
    assert math.isfinite(tls.adf_p_value)


def test_a_simulation_can_be_ended_within_every_row() -> None:
    told: list[tuple[float, str]] = []

    def tell(done: float, text: str = "", series: object = ()) -> None:
        told.append((done, text))

    compare_ratios(legs(120), methods=["ols", "tls"], draws=19, progress=tell)
    assert all(a[0] <= b[0] for a, b in pairwise(told))
    assert "Total least squares: Draw 19 of 19" in [text for _, text in told]
    for last in (10, len(told) - 1):
        with pytest.raises(Cancelled):
            compare_ratios(legs(120), methods=["ols", "tls"], draws=19, progress=EndsAfter(last))


def test_every_ordering_has_the_lag_of_the_whole_table() -> None:
    from statsmodels.tsa.stattools import adfuller

    table = compare_ratios(legs(150, others=2), methods=["ols", "tls", "price_ratio"], lag=3)
    for row in table.methods:
        assert row.result is not None
        for one in (row.result, *row.others.values()):
            theirs = adfuller(one.spread, maxlag=3, autolag=None, result_object=False)[0]
            assert (one.adf_lag, one.adf_statistic) == (3, pytest.approx(theirs, rel=1e-8))

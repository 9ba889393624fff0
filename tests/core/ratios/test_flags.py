"""What calls a combination in question: a leg that is nearly all of it, one that hardly counts, a search."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from core.ratios import HEDGE_RATIOS, estimate_hedge_ratio
from core.ratios.estimate import fit_legs
from core.ratios.kalman import TAKES_ALL
from core.ratios.legs import read_legs
from core.ratios.vectors import HARDLY
from tests.core.ratios.examples import frame, legs


def shares(found: object) -> np.ndarray:
    dollars = np.abs(list(found.ratios.values()) * found.last_prices)  # type: ignore[attr-defined]
    result: np.ndarray = dollars / dollars.sum()
    return result


@pytest.mark.parametrize("method", HEDGE_RATIOS.names())
def test_a_plain_pair_has_none(method: str) -> None:
    assert estimate_hedge_ratio(legs(3, 150), method, adf_lag=0).flags == ()


def tied_beside(seed: int) -> pd.DataFrame:
    """B and C are tied together; A has next to nothing to do with them."""
    rng = np.random.default_rng(seed)
    walks = 100.0 + np.cumsum(rng.standard_normal((400, 2)), axis=0)
    return frame(np.column_stack([walks[:, 0], walks[:, 1], 2.9 * walks[:, 1] + rng.standard_normal(400)]))


def test_a_dependent_leg_that_hardly_counts_is_flagged_once_among_the_notes() -> None:
    found = estimate_hedge_ratio(tied_beside(1), "johansen", adf_lag=0)
    assert shares(found)[0] < 0.02
    assert HARDLY in found.flags
    assert found.notes.count(HARDLY) == 1
    assert set(found.flags) <= set(found.notes)
    other = estimate_hedge_ratio(tied_beside(1), "johansen", dependent="B", adf_lag=0)
    assert HARDLY not in other.flags


def test_few_dollars_are_flagged_where_the_moves_are_not_few() -> None:
    # A moves as much as B by its standard deviation, at a thousandth of the price.
    prices = legs(4, 200)
    low = prices.assign(A=prices["A"] - prices["A"].iloc[-1] + 0.5)
    found = estimate_hedge_ratio(low, "ols", adf_lag=0)
    assert shares(found)[0] < 0.02
    assert found.flags[0] == HARDLY
    assert found.flags[1].startswith("B is ")


def test_one_leg_that_is_nearly_all_is_flagged() -> None:
    prices = legs(5, 200)
    found = estimate_hedge_ratio(prices.assign(A=prices["A"] + 5000.0), "ols", adf_lag=0)
    assert shares(found)[0] > 0.9
    assert found.flags == (next(note for note in found.notes if "hardly a combination" in note),)
    assert found.flags[0].startswith("A is 9")


def test_a_search_that_is_not_sure_is_flagged(monkeypatch: pytest.MonkeyPatch) -> None:
    from core.ratios import estimate

    found = estimate.find_ratios

    def unsure(*given: object, **also: object) -> object:
        return replace(found(*given, **also), converged=False)  # type: ignore[arg-type]

    read = read_legs(legs(6, 200), None, "drop")
    options = HEDGE_RATIOS["tls"].item.options.read({})
    assert fit_legs(read, "tls", options).flags == ()
    monkeypatch.setattr(estimate, "find_ratios", unsure)
    made = fit_legs(read, "tls", options)
    assert made.flags == ("The search is not sure of this answer.",)
    assert set(made.flags) <= set(made.notes)


def test_a_walking_ratio_that_takes_up_the_spread_is_flagged_once_among_the_notes() -> None:
    found = estimate_hedge_ratio(legs(2, 150), "kalman", adf_lag=0)
    assert found.flags == (TAKES_ALL,)
    assert found.notes.count(TAKES_ALL) == 1


@pytest.mark.parametrize("intercept", [True, False])
def test_what_least_squares_makes_small_is_true_with_a_constant_and_without(intercept: bool) -> None:
    # "The squared spread left over", not its variance: that one is least with a constant only.
    prices = legs(7, 200)
    values = prices.to_numpy()
    ratio = estimate_hedge_ratio(prices, "ols", intercept=intercept, adf_lag=0).ratios["B"]

    def squares(h: float) -> float:
        spread = values[:, 0] - h * values[:, 1]
        return float(((spread - spread.mean() * intercept) ** 2).sum())

    assert squares(ratio) < min(squares(ratio - 1e-4), squares(ratio + 1e-4))
    assert "squared spread" in HEDGE_RATIOS["ols"].item.question
    for name in ("ols", "tls"):
        question = HEDGE_RATIOS[name].item.question
        assert "variance" not in question
        assert "common plane" not in question

"""What every hedge-ratio method keeps to, and what each says to legs that are not what they should be."""

import numpy as np
import pandas as pd
import pytest

from core.errors import (
    BadPrices,
    EstimationError,
    HedgeError,
    InsufficientHistory,
    InvalidSetting,
    UnknownOption,
    UnknownTicker,
)
from core.ratios import HEDGE_RATIOS, construct_spread, estimate_hedge_ratio
from tests.core.ratios.examples import legs

METHODS = HEDGE_RATIOS.names()
every = pytest.mark.parametrize("method", METHODS)


def three(method: str) -> int:
    """Three legs, or two where the method takes no more."""
    return min(3, HEDGE_RATIOS[method].item.most_legs)


@every
def test_a_result_is_whole_and_its_signs_agree(method: str) -> None:
    prices = legs(1, 200, three(method))
    before = prices.copy()
    found = estimate_hedge_ratio(prices, method, dependent="A")
    pd.testing.assert_frame_equal(prices, before)
    assert set(found.ratios) == set(prices.columns) == set(found.legs)
    assert found.ratios["A"] == found.holdings["A"] == 1.0
    assert all(found.holdings[name] == -found.ratios[name] for name in prices.columns[1:])
    spread = construct_spread(prices, found.ratios, "A")
    np.testing.assert_allclose(found.spread, spread, rtol=1e-12, atol=1e-12)
    np.testing.assert_allclose(
        found.spread, prices.to_numpy() @ [found.holdings[n] for n in prices.columns], atol=1e-12
    )
    assert found.frame().index.tolist() == prices.index.tolist()
    assert not found.spread.flags.writeable
    assert (found.method, found.dependent, found.dropped) == (method, "A", 0)
    assert np.isfinite(found.half_life_days)
    assert found.half_life_days < found.half_life_first_order_days
    assert np.isfinite(found.adf_statistic)
    assert found.condition >= 1.0
    assert found.key == estimate_hedge_ratio(prices, method, dependent="A").key
    for name, (low, high) in found.intervals.items():
        assert low < found.ratios[name] < high
        assert found.standard_errors[name] > 0.0
    if found.path is not None:
        assert found.path.shape == (len(prices), len(prices.columns) - 1)
    # The legs are tied together with a ratio of 1.5; every method is near it with two of them.
    pair = estimate_hedge_ratio(legs(1, 200), method)
    assert 1.0 < pair.ratios["B"] < 2.0


@every
def test_the_order_of_the_columns_does_not_matter(method: str) -> None:
    prices = legs(2, 200, three(method))
    found = estimate_hedge_ratio(prices, method, dependent="A")
    turned = estimate_hedge_ratio(prices[prices.columns[::-1]], method, dependent="A")
    for name in prices.columns:
        assert turned.ratios[name] == pytest.approx(found.ratios[name], rel=1e-5)


@every
def test_the_first_column_is_held_unless_told(method: str) -> None:
    prices = legs(2, 200)
    assert estimate_hedge_ratio(prices[["B", "A"]], method).dependent == "B"


@every
def test_a_leg_in_other_units_changes_the_ratio_by_the_units(method: str) -> None:
    if not HEDGE_RATIOS[method].item.any_unit:
        pytest.skip("depends on the units, and says so")
    prices = legs(3, 200, three(method))
    found = estimate_hedge_ratio(prices, method)
    other = estimate_hedge_ratio(prices.assign(B=prices["B"] * 1000.0, A=prices["A"] / 16.0), method)
    assert other.ratios["B"] * 16_000.0 == pytest.approx(found.ratios["B"], rel=1e-4)
    assert other.adf_statistic == pytest.approx(found.adf_statistic, rel=1e-4)


@every
def test_a_swap_of_two_legs_gives_the_reciprocal_where_it_should(method: str) -> None:
    prices = legs(4, 200)
    product = (
        estimate_hedge_ratio(prices, method, dependent="A").ratios["B"]
        * estimate_hedge_ratio(prices, method, dependent="B").ratios["A"]
    )
    if HEDGE_RATIOS[method].item.swaps:
        assert product == pytest.approx(1.0, rel=1e-9 if method != "adf" else 1e-5)
    else:
        assert product != pytest.approx(1.0, rel=1e-4)


@every
def test_a_missing_price_drops_the_row_for_all_and_is_counted(method: str) -> None:
    prices = legs(5, 200)
    holed = prices.copy()
    holed.iloc[[10, 50], 1] = np.nan
    holed.iloc[120, 0] = np.nan
    found = estimate_hedge_ratio(holed, method)
    assert found.dropped == 3
    assert any("3 rows were left out" in note for note in found.notes)
    clean = estimate_hedge_ratio(prices.drop(prices.index[[10, 50, 120]]), method)
    assert dict(found.ratios) == dict(clean.ratios)
    with pytest.raises(BadPrices, match="3 of 200 rows have no price of A, B"):
        estimate_hedge_ratio(holed, method, missing="refuse")


@every
def test_whole_numbers_label_rows_as_well_as_dates(method: str) -> None:
    prices = legs(6, 200)
    found = estimate_hedge_ratio(prices, method)
    counted = estimate_hedge_ratio(prices.set_axis(np.arange(500, 700)), method)
    assert dict(counted.ratios) == dict(found.ratios)
    assert counted.dates is None
    assert counted.rows.tolist() == list(range(200))


def bad(prices: pd.DataFrame) -> dict[str, tuple[pd.DataFrame, type[HedgeError], str]]:
    still = prices.assign(B=50.0)
    flipped = prices.iloc[::-1]
    return {
        "duplicate leg": (prices.assign(C=prices["B"]), EstimationError, "move exactly as one"),
        "multiple of a leg": (
            prices.assign(B=3.0 * prices["A"] + 1.0),
            EstimationError,
            "move exactly as one",
        ),
        "sum of legs": (prices.assign(D=prices["A"] + prices["B"]), EstimationError, "exact combination"),
        "constant leg": (still, EstimationError, "B does not move"),
        "constant dependent": (prices.assign(A=9.0), EstimationError, "A does not move"),
        "unsorted": (flipped, InvalidSetting, "out of order"),
        "repeated date": (pd.concat([prices, prices.iloc[-1:]]), InvalidSetting, "repeat a date"),
        "text labels": (prices.set_axis(prices.index.astype(str)), InvalidSetting, "neither dates nor"),
        "eight rows": (prices.iloc[:8], InsufficientHistory, "8 of"),
        "no rows": (prices.iloc[:0], InsufficientHistory, "0 of"),
        "one column": (prices[["A"]], InvalidSetting, "not 1"),
        "the same name twice": (prices.set_axis(["A", "A"], axis=1), InvalidSetting, "A stands there twice"),
        "text": (prices.assign(B="x"), BadPrices, "B holds something"),
        "infinite": (prices.assign(B=np.inf), BadPrices, "B holds an infinite price"),
        "nothing known": (prices.assign(B=np.nan), InsufficientHistory, "0 of"),
        "no frame": (prices.to_numpy(), InvalidSetting, "DataFrame"),  # type: ignore[dict-item]
    }


@every
@pytest.mark.parametrize("case", sorted(bad(legs(7, 60))))
def test_bad_legs_are_refused_in_words(method: str, case: str) -> None:
    prices, error, words = bad(legs(7, 120))[case]
    if getattr(prices, "shape", (0, 2))[1] > HEDGE_RATIOS[method].item.most_legs:
        error, words = InvalidSetting, "takes 2 legs, not 3"
    with pytest.raises(error, match=words) as caught:
        estimate_hedge_ratio(prices, method)
    assert not any(word in str(caught.value) for word in ("None", "nan", "array", "matrix"))


@every
def test_twelve_legs_have_an_answer_or_a_clear_refusal(method: str) -> None:
    prices = legs(8, 300, 12)
    if HEDGE_RATIOS[method].item.most_legs < 12:
        with pytest.raises(InvalidSetting, match="takes 2 legs, not 12"):
            estimate_hedge_ratio(prices, method)
    else:
        found = estimate_hedge_ratio(prices, method)
        assert len(found.ratios) == 12
        assert np.isfinite(list(found.ratios.values())).all()
    with pytest.raises(InvalidSetting, match="2 to 12 legs, not 13"):
        estimate_hedge_ratio(legs(8, 300, 13), method)


@every
def test_unknown_names_offer_the_nearest(method: str) -> None:
    prices = legs(9, 100)
    with pytest.raises(UnknownTicker, match="no prices of Z"):
        estimate_hedge_ratio(prices, method, dependent="Z")
    with pytest.raises(UnknownOption):
        estimate_hedge_ratio(prices, method, intersept=True)
    with pytest.raises(UnknownOption) as caught:
        estimate_hedge_ratio(prices, method[:-1] + "#")
    assert method in caught.value.hint
    with pytest.raises(InvalidSetting, match="cannot be 'fill'"):
        estimate_hedge_ratio(prices, method, missing="fill")  # type: ignore[arg-type]


@every
def test_every_option_is_declared_in_full_and_checked(method: str) -> None:
    entry = HEDGE_RATIOS[method]
    assert entry.label
    assert entry.help.endswith(".")
    assert entry.item.question.endswith(".")
    for name, spec in entry.item.options.specs():
        assert spec.label
        with pytest.raises(HedgeError):
            estimate_hedge_ratio(legs(1, 100), method, **{name: object()})


def test_the_methods_of_the_reference_are_there() -> None:
    assert {"price_ratio", "ols", "tls", "johansen", "box_tiao", "half_life", "adf"} <= set(METHODS)


def test_a_misspelt_option_finds_its_name() -> None:
    with pytest.raises(UnknownOption) as caught:
        estimate_hedge_ratio(legs(9, 100), "ols", intersept=True)
    assert caught.value.hint == "Did you mean 'intercept'?"

from dataclasses import replace

import pytest

from core.errors import BadPrices, InvalidSetting
from core.ratios import both_orderings, estimate_hedge_ratio, to_dollars, to_shares
from tests.core.ratios.examples import legs


def test_dollars_of_a_ratio_by_hand() -> None:
    found = estimate_hedge_ratio(legs(1, 100, 3), "ols")
    at = {"A": 200.0, "B": 50.0, "C": 10.0}
    dollars = to_dollars(found, at)
    assert dollars["A"] == 1.0
    assert dollars["B"] == pytest.approx(-found.ratios["B"] * 0.25)
    assert dollars["C"] == pytest.approx(-found.ratios["C"] * 0.05)
    last = legs(1, 100, 3).iloc[-1]
    assert to_dollars(found)["B"] == pytest.approx(-found.ratios["B"] * last["B"] / last["A"])


def test_the_dollars_of_a_price_ratio_cancel() -> None:
    assert sum(to_dollars(estimate_hedge_ratio(legs(2, 60, 4), "price_ratio")).values()) == pytest.approx(0.0)


def test_shares_of_a_position() -> None:
    found = estimate_hedge_ratio(legs(3, 100), "ols")
    shares = to_shares(found, 1000.0)
    assert shares["A"] == 1000.0
    assert shares["B"] == -1000.0 * found.ratios["B"]
    assert to_shares(found, -1000.0)["B"] == -shares["B"]
    assert to_shares(found, 10.5, whole=True) == {"A": 10.5, "B": round(-10.5 * found.ratios["B"])}


def test_what_cannot_be_turned_into_dollars_or_shares_is_refused() -> None:
    found = estimate_hedge_ratio(legs(3, 100), "ols")
    with pytest.raises(InvalidSetting, match="no price of B"):
        to_dollars(found, {"A": 1.0})
    for price in (0.0, -1.0, float("nan")):
        with pytest.raises(BadPrices, match="above zero"):
            to_dollars(found, {"A": 1.0, "B": price})
    with pytest.raises(InvalidSetting, match="number of shares"):
        to_shares(found, float("inf"))


def test_every_leg_in_turn_is_held() -> None:
    prices = legs(4, 200, 3)
    found = both_orderings(prices, "half_life")
    assert list(found) == ["A", "B", "C"]
    for name, result in found.items():
        assert result.dependent == name
        assert result.ratios == pytest.approx(
            dict(estimate_hedge_ratio(prices, "half_life", dependent=name).ratios)
        )
        assert result.half_life_days == pytest.approx(found["A"].half_life_days, rel=1e-8)


@pytest.mark.parametrize(
    ("position", "shares"),
    [(4.0, {"A": 4.0, "B": -7.0, "C": 2.0}), (-3.0, {"A": -3.0, "B": 5.0, "C": -2.0})],
)
def test_whole_shares_are_the_nearest(position: float, shares: dict[str, float]) -> None:
    # 4 of A ask for -6.8 and 2.4, -3 of A for 5.1 and -1.8.
    given = {"A": 1.0, "B": 1.7, "C": -0.6}
    found = replace(estimate_hedge_ratio(legs(1, 100, 3), "ols"), ratios=given)
    assert to_shares(found, position, whole=True) == shares

"""The table of GLD and GDX, 75 rows: every method, either leg held."""

import pytest

from core.ratios import estimate_hedge_ratio
from tests.core.ratios.examples import GOLD, gold

pytestmark = [
    pytest.mark.market_data,
    pytest.mark.skipif(not GOLD.exists(), reason="the folder of real prices is not there"),
]

TABLE = [
    ("ols", {"intercept": False}, 7.693672707064, 0.129554218676),
    ("ols", {}, 2.285116954511, 0.218051845998),
    ("tls", {"intercept": False}, 7.718360309318, 0.129561196928),
    ("tls", {}, 4.376921975646, 0.228471059243),
    ("johansen", {}, 8.196942452346, 0.121996708628),
    ("box_tiao", {}, 7.731715355848, 0.129337404958),
    ("half_life", {}, 7.423409003483, 0.134708999535),
]


@pytest.mark.parametrize(("method", "options", "on_gdx", "on_gld"), TABLE)
def test_the_ratio_of_the_table(
    method: str, options: dict[str, object], on_gdx: float, on_gld: float
) -> None:
    ours = estimate_hedge_ratio(gold(), method, dependent="GLD", **options)
    theirs = estimate_hedge_ratio(gold(), method, dependent="GDX", **options)
    assert ours.ratios["GDX"] == pytest.approx(on_gdx, rel=1e-10, abs=1e-12)
    assert theirs.ratios["GLD"] == pytest.approx(on_gld, rel=1e-10, abs=1e-12)


def test_intercepts_of_the_table() -> None:
    assert estimate_hedge_ratio(gold(), "ols", dependent="GLD").intercept == pytest.approx(75.55856, abs=1e-5)
    assert estimate_hedge_ratio(gold(), "ols").intercept == pytest.approx(-9.5055163, abs=1e-7)


def test_the_shortest_half_life_of_the_table() -> None:
    found = estimate_hedge_ratio(gold(), "half_life", dependent="GLD")
    assert found.half_life_first_order_days == pytest.approx(6.750734381606, abs=1e-11)


@pytest.mark.parametrize("options", [{"lag": 0}, {}])
def test_the_least_unit_root_statistic_of_the_table(options: dict[str, object]) -> None:
    ours = estimate_hedge_ratio(gold(), "adf", dependent="GLD", **options)
    theirs = estimate_hedge_ratio(gold(), "adf", dependent="GDX", **options)
    assert (ours.lag, ours.adf_lag) == (0, 0)
    assert ours.ratios["GDX"] == pytest.approx(7.007728, rel=1e-5)
    assert theirs.ratios["GLD"] == pytest.approx(0.142699597, rel=1e-5)
    assert ours.adf_statistic == pytest.approx(-2.007383539752, abs=1e-11)
    assert theirs.adf_statistic == pytest.approx(-2.007383539752, abs=1e-11)


def test_a_lag_for_every_direction_finds_the_misleading_least_value() -> None:
    found = estimate_hedge_ratio(gold(), "adf", lag="aic")
    assert found.adf_statistic == pytest.approx(-2.2866, abs=1e-4)
    assert found.lag == 7
    assert found.ratios["GLD"] == pytest.approx(-0.0447, abs=1e-4)
    assert any("mislead" in note for note in found.notes)

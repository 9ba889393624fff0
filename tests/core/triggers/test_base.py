"""What all signals share: three states, the side that fires, the distance, since when."""

import numpy as np
import pytest

from core.rule_settings import TriggerSettings
from core.triggers.base import TRIGGERS, evaluate_signals, make_signal
from tests.core.triggers.contexts import context, states
from tests.strategies import random_table, run, settings_of

NAN = float("nan")


def made(value: list[float], threshold: object, fires: str = "above"):
    return make_signal(
        "x", np.array(value), threshold, condition="", fires=fires, unit="ratio", source="", missing=""
    )


def test_it_fires_beyond_the_threshold_and_not_at_it() -> None:
    assert states(made([0.9, 1.0, 1.1, NAN], 1.0)) == ["not", "not", "fired", "no data"]
    assert states(made([0.9, 1.0, 1.1, NAN], 1.0, "below")) == ["fired", "not", "not", "no data"]


def test_distance_is_above_zero_until_it_fires_and_a_share_of_the_threshold() -> None:
    np.testing.assert_allclose(made([1.5, 2.0, 3.0, NAN], 2.0).distance, [0.25, 0.0, -0.5, NAN])
    np.testing.assert_allclose(made([1.5, 2.0, 3.0, NAN], 2.0, "below").distance, [-0.25, 0.0, 0.5, NAN])
    assert np.isnan(made([1.0], 0.0).distance).all()


def test_an_unknown_threshold_is_no_data_and_its_value_is_not_shown() -> None:
    found = made([1.0, 2.0], np.array([NAN, 1.0]))
    assert states(found) == ["no data", "fired"]
    assert np.isnan(found.value[0])
    assert np.isnan(found.distance[0])


def test_since_is_the_first_row_of_the_run() -> None:
    found = made([2.0, 2.0, 0.0, NAN, NAN, 2.0], 1.0)
    assert [found.since(row) for row in range(6)] == [0, 0, 2, 3, 3, 5]
    assert found.since() == 5


def test_arrays_are_read_only() -> None:
    found = made([1.0, 2.0], 1.0)
    for values in (found.state, found.value, found.threshold, found.distance):
        assert not values.flags.writeable


def test_the_six_of_the_design_register_under_their_names() -> None:
    assert set(TRIGGERS.names()) == {
        "price_break", "vix_inversion", "stop_loss_cluster", "drawdown", "realised_volatility", "beta_limit",
    }  # fmt: skip
    found = run(random_table(1, 80, 1), settings_of({"S00": 5.0}))
    signals = evaluate_signals(
        found.market, found.portfolio, found.exposure, TriggerSettings(), TRIGGERS.names()
    )
    assert set(signals) == set(TRIGGERS.names())
    for name, one in signals.items():
        assert one.name == name
        assert one.source
        assert one.missing
        assert one.condition
        assert len(one.state) == 80
        unknown = one.state == -1
        assert np.isnan(one.value[unknown]).all()
        assert np.isfinite(one.value[~unknown]).all()


@pytest.mark.parametrize("name", ["price_break", "vix_inversion", "stop_loss_cluster"])
def test_the_first_three_are_on_by_default(name: str) -> None:
    assert name in TriggerSettings().counted
    assert len(TriggerSettings().counted) == 3


def test_a_book_without_holdings_has_signals_too() -> None:
    where = context(np.linspace(100.0, 90.0, 60))
    signals = evaluate_signals(
        where.market, where.portfolio, where.exposure, TriggerSettings(), TRIGGERS.names()
    )
    assert states(signals["price_break"])[48:50] == ["no data", "not"]

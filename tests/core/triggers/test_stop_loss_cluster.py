"""The user's readings, the estimate from low and volume, and when there is neither."""

import numpy as np
import pytest

from core.triggers.base import TriggerContext
from core.triggers.stop_loss_cluster import estimated_flow
from tests.core.triggers.contexts import context, signal, states
from tests.strategies import BENCHMARK

NAN = float("nan")
BN = 1e9


def weeks() -> TriggerContext:
    """Ten sessions from Wednesday, 2 January 2019: 2, 3, 4, 7, 8, 9, 10, 11, 14, 15."""
    return context(np.full(10, 400.0))


def test_a_reading_lasts_three_sessions_its_own_included_and_there_is_none_before_the_first() -> None:
    found = signal("stop_loss_cluster", weeks(), flow=[["2019-01-03", 10 * BN], ["2019-01-11", 9 * BN]])
    assert states(found) == ["no data", "fired", "fired", "fired", *["not"] * 6]
    assert found.value[7] == 9 * BN  # at the level, not above it
    assert found.source.startswith("your readings")
    assert "2019-01-03" in found.missing


def test_a_weekend_reading_counts_from_monday_on() -> None:
    found = signal("stop_loss_cluster", weeks(), flow=[["2019-01-05", 10 * BN]])
    assert states(found) == ["no data"] * 3 + ["fired"] * 3 + ["not"] * 4
    both = [["2019-01-05", 10 * BN], ["2019-01-06", 1 * BN]]
    assert "fired" not in states(signal("stop_loss_cluster", weeks(), flow=both))  # Sunday's is the later


def test_a_low_reading_does_not_end_a_high_one_before_its_time() -> None:
    flow = [["2019-01-03", 10 * BN], ["2019-01-04", 1 * BN]]
    assert states(signal("stop_loss_cluster", weeks(), flow=flow))[1:5] == ["fired", "fired", "fired", "not"]


def test_a_reading_from_before_the_data_is_not_one_of_its_first_day() -> None:
    found = signal("stop_loss_cluster", weeks(), flow=[["2018-06-01", 10 * BN]])
    assert set(states(found)) == {"not"}
    late = signal("stop_loss_cluster", weeks(), flow=[["2030-06-01", 10 * BN]])
    assert set(states(late)) == {"no data"}


def test_how_long_a_reading_lasts_and_its_level_are_settings() -> None:
    flow = [["2019-01-03", 10 * BN]]
    one = signal("stop_loss_cluster", weeks(), flow=flow, cluster_sessions=1)
    assert states(one)[:3] == ["no data", "fired", "not"]
    high = signal("stop_loss_cluster", weeks(), flow=flow, cluster_usd=11 * BN)
    assert "fired" not in states(high)


# ---- the estimate: 20 sessions of lows at 100, then one session by hand


def session(high: float, low: float, close: float, volume: float) -> TriggerContext:
    highs, lows, closes = np.full(25, 104.0), np.full(25, 100.0), np.full(25, 102.0)
    volumes = np.full(25, 1e6)
    highs[22], lows[22], closes[22], volumes[22] = high, low, close, volume
    return context(
        closes,
        highs={BENCHMARK: highs},
        lows={BENCHMARK: lows},
        volume={BENCHMARK: volumes},
    )


@pytest.mark.parametrize(
    ("high", "low", "part"),
    [
        (104.0, 96.0, 0.5),  # half of the range lies under the lowest low of the 20 sessions before
        (99.0, 95.0, 1.0),  # all of it, and never more
        (104.0, 100.0, 0.0),  # at the low is not under it
        (104.0, 101.0, 0.0),
        (97.0, 97.0, 1.0),  # no range at all
    ],
)
def test_the_estimate_by_hand(high: float, low: float, part: float) -> None:
    where = session(high, low, 97.0, 2e8)
    flow = estimated_flow(where.market)
    assert np.isnan(flow[:20]).all()
    np.testing.assert_allclose(flow[20:22], 0.0)
    np.testing.assert_allclose(flow[22], 97.0 * 2e8 * part, rtol=1e-12)
    found = signal("stop_loss_cluster", where)
    assert states(found)[19:21] == ["no data", "not"]
    assert (states(found)[22] == "fired") == (97.0 * 2e8 * part > 9e9)
    assert found.source.startswith("estimate")


def test_an_estimate_lasts_three_sessions_too() -> None:
    found = signal("stop_loss_cluster", session(99.0, 95.0, 97.0, 2e8))
    assert states(found)[21:] == ["not", "fired", "fired", "fired"]


def test_the_sessions_own_low_is_no_part_of_the_20_before() -> None:
    where = session(104.0, 90.0, 97.0, 2e8)
    assert estimated_flow(where.market)[22] > 0.0
    assert estimated_flow(where.market)[23] == 0.0


@pytest.mark.parametrize(("source", "words"), [("file", "no readings"), ("none", "no source")])
def test_sources_without_readings_have_no_data(source: str, words: str) -> None:
    found = signal("stop_loss_cluster", session(99.0, 95.0, 97.0, 2e8), cluster_source=source)
    assert set(states(found)) == {"no data"}
    assert words in found.missing


def test_auto_takes_readings_before_the_estimate_and_without_volume_there_is_nothing() -> None:
    flow = [["2019-01-03", 1.0]]
    assert signal("stop_loss_cluster", session(99.0, 95.0, 97.0, 2e8), flow=flow).source.startswith("your")
    bare = signal("stop_loss_cluster", context(np.full(30, 100.0)))
    assert set(states(bare)) == {"no data"}
    assert "no high, low or volume" in bare.missing

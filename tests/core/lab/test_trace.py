"""Trips through a spread: nothing is known early, nothing overlaps, a plain loop agrees."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.errors import BadPrices, EstimationError, InsufficientHistory, InvalidSetting
from core.lab.trace import SpreadTrace, trace_spread
from core.spread import z_score

_SOME = settings(max_examples=60, deadline=None)


def wander(seed: int, count: int, phi: float = 0.9) -> np.ndarray:
    """A spread that comes back, on a level of its own."""
    rng = np.random.default_rng(seed)
    values = np.zeros(count)
    for t in range(1, count):
        values[t] = phi * values[t - 1] + rng.standard_normal()
    return 40.0 + 3.0 * values


levels = st.tuples(st.floats(0.3, 3.0), st.floats(0.0, 0.99)).map(lambda pair: (pair[0], pair[0] * pair[1]))
windows = st.one_of(st.none(), st.integers(3, 60))


def by_hand(z: list[float], entry: float, exit: float) -> tuple[list[int], list[tuple[int, int, int | None]]]:
    """The same rule written out a second time: states, and trips as side, entered and left."""
    side, start = 0, 0
    states: list[int] = []
    trips: list[tuple[int, int, int | None]] = []
    for row, value in enumerate(z):
        if not math.isnan(value):
            over = (side == 1 and value >= -exit) or (side == -1 and value <= exit)
            if over:
                trips.append((side, start, row))
                side = 0
            if side == 0 and value <= -entry:
                side, start = 1, row
            elif side == 0 and value >= entry:
                side, start = -1, row
        states.append(side)
    if side:
        trips.append((side, start, None))
    return states, trips


@_SOME
@given(st.integers(0, 10_000), st.integers(5, 150), levels, windows)
def test_a_plain_loop_says_the_same(
    seed: int, count: int, level: tuple[float, float], window: int | None
) -> None:
    spread, (entry, exit) = wander(seed, count), level
    made = trace_spread(spread, entry=entry, exit=exit, window=window)
    z = (spread - spread.mean()) / spread.std(ddof=1) if window is None else z_score(spread, window)
    np.testing.assert_allclose(made.z, z, rtol=1e-12, atol=1e-12)
    states, trips = by_hand(made.z.tolist(), entry, exit)
    assert made.state.tolist() == states
    assert [(trip.side, trip.entered, trip.left) for trip in made.trips] == trips
    last = count - 1
    for trip in made.trips:
        stop = last if trip.left is None else trip.left
        assert trip.sessions == stop - trip.entered
        first, final = trip.entered + 1, min(stop + 1, last)
        if first > last:
            assert math.isnan(trip.change)
        else:
            assert trip.change == pytest.approx(trip.side * (spread[final] - spread[first]), abs=1e-9)


@_SOME
@given(st.integers(0, 10_000), st.integers(30, 150), st.integers(10, 29), levels, st.integers(3, 20))
def test_what_comes_later_changes_nothing_with_a_trailing_window(
    seed: int, count: int, cut: int, level: tuple[float, float], window: int
) -> None:
    spread, (entry, exit) = wander(seed, count), level
    whole = trace_spread(spread, entry=entry, exit=exit, window=window)
    other = spread.copy()
    other[cut:] = other[cut:][::-1] * 3.0 + 7.0
    for part in (
        trace_spread(spread[:cut], entry=entry, exit=exit, window=window),
        trace_spread(other, entry=entry, exit=exit, window=window),
    ):
        for name in ("z", "mean", "deviation", "state"):
            np.testing.assert_array_equal(getattr(part, name)[:cut], getattr(whole, name)[:cut])
    # A trip whose fills both lie before the cut is the same trip; later ones are not known there.
    early = [trip for trip in whole.trips if trip.left is not None and trip.left + 1 < cut]
    known = trace_spread(spread[:cut], entry=entry, exit=exit, window=window).trips
    assert known[: len(early)] == tuple(early)


@_SOME
@given(st.integers(0, 10_000), st.integers(5, 150), levels, windows)
def test_the_mirrored_spread_has_the_mirrored_trips(
    seed: int, count: int, level: tuple[float, float], window: int | None
) -> None:
    spread, (entry, exit) = wander(seed, count), level
    made = trace_spread(spread, entry=entry, exit=exit, window=window)
    mirrored = trace_spread(-spread, entry=entry, exit=exit, window=window)
    np.testing.assert_allclose(mirrored.z, -made.z, rtol=1e-9, atol=1e-9)
    assert mirrored.state.tolist() == (-made.state).tolist()
    np.testing.assert_allclose([t.change for t in mirrored.trips], [t.change for t in made.trips], atol=1e-9)


@_SOME
@given(st.integers(0, 10_000), st.integers(5, 150), levels, windows)
def test_trips_do_not_overlap_and_cover_the_states(
    seed: int, count: int, level: tuple[float, float], window: int | None
) -> None:
    entry, exit = level
    made = trace_spread(wander(seed, count), entry=entry, exit=exit, window=window)
    covered = np.zeros(count, dtype=np.int64)
    end = 0
    for place, trip in enumerate(made.trips):
        assert trip.entered >= end
        assert abs(trip.z_in) >= entry
        assert np.sign(trip.z_in) == -trip.side
        end = count if trip.left is None else trip.left
        assert trip.left is not None or place == len(made.trips) - 1
        if trip.left is not None:
            assert trip.left > trip.entered
            assert trip.side * trip.z_out >= -exit
        covered[trip.entered : end] = trip.side
    assert covered.tolist() == made.state.tolist()


def small() -> SpreadTrace:
    return trace_spread([0.0, 0.1, -2.0, -1.5, 0.0, 0.2], entry=1.3, exit=0.5)


def test_a_trip_is_measured_from_the_row_after_each_decision() -> None:
    (trip,) = small().trips
    assert (trip.side, trip.entered, trip.left, trip.sessions) == (1, 2, 4, 2)
    assert trip.change == pytest.approx(0.2 - (-1.5))  # not from −2.0, which decided
    assert small().median_sessions == 2.0


def test_a_trip_can_turn_on_one_row() -> None:
    made = trace_spread([0.0, -3.0, 3.0, 0.0], entry=1.0, exit=0.2)
    assert made.state.tolist() == [0, 1, -1, 0]
    assert [(t.side, t.entered, t.left) for t in made.trips] == [(1, 1, 2), (-1, 2, 3)]


def test_open_trips_are_measured_to_the_last_row() -> None:
    made = trace_spread([0.0, 0.0, -5.0, -4.0, -4.5], entry=0.5, exit=0.0)
    assert made.trips[-1].left is None
    assert made.trips[-1].change == pytest.approx(-0.5)
    late = trace_spread([0.0, 0.0, 0.0, -5.0], entry=1.0, exit=0.0)
    assert math.isnan(late.trips[-1].change)
    assert math.isnan(late.median_sessions)
    assert late.closed == ()


def test_a_row_whose_deviation_is_not_known_changes_nothing() -> None:
    flat = [0.0, 1.0, 0.0, 1.0, 5.0, 5.0, 5.0, 5.0, 0.0]
    made = trace_spread(flat, entry=1.0, exit=0.0, window=3)
    assert np.isnan(made.z[[0, 1, 6, 7]]).all()
    assert made.state[6] == made.state[5]
    assert all(math.isfinite(trip.z_out) for trip in made.trips)


def test_bands_and_frame_are_in_price_units() -> None:
    made = small()
    low, high = made.band(made.entry)
    np.testing.assert_allclose(low, made.mean - 1.3 * np.std(made.spread, ddof=1))
    np.testing.assert_allclose(high - made.mean, made.mean - low)
    assert made.frame()["state"].tolist() == made.state.tolist()
    assert made.frame()["leave below"].tolist() == made.band(made.exit)[1].tolist()
    dated = trace_spread(
        made.spread, entry=1.3, exit=0.5, dates=np.arange("2022-01-03", "2022-01-09", dtype="M8[D]")
    )
    assert str(dated.frame().index[0].date()) == "2022-01-03"


@pytest.mark.parametrize(
    ("spread", "changes", "error"),
    [
        ([1.0, 2.0, 3.0], {"entry": 1.0, "exit": 1.0}, InvalidSetting),
        ([1.0, 2.0, 3.0], {"exit": -0.1}, InvalidSetting),
        ([1.0, 2.0, 3.0], {"entry": math.nan}, InvalidSetting),
        ([1.0, 2.0, 3.0], {"window": 2}, InvalidSetting),
        ([1.0, 2.0, 3.0], {"dates": np.array(["2022-01-03"], dtype="M8[D]")}, InvalidSetting),
        ([[1.0, 2.0, 3.0]], {}, InvalidSetting),
        ([1.0, math.nan, 3.0], {}, BadPrices),
        ([1.0, 2.0], {}, InsufficientHistory),
        ([5.0, 5.0, 5.0, 5.0], {}, EstimationError),
    ],
)
def test_what_cannot_be_is_refused(spread: list[float], changes: dict[str, object], error: type) -> None:
    with pytest.raises(error):
        trace_spread(spread, **{"entry": 2.0, "exit": 0.5, **changes})  # type: ignore[arg-type]

"""The known falls against real prices, and the search for others against a slow one."""

import datetime as dt
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core import Settings, analyse
from core.crashes import CRASHES, REBOUNDS, find_falls
from tests.strategies import changed

FALLS = {
    "Financial crisis": -0.57, "Euro debt": -0.16, "US downgrade": -0.19, "China": -0.12,
    "Volatility spike": -0.10, "Late 2018": -0.20, "Covid": -0.34, "2022 bear": -0.25, "US banks": -0.08,
    "Yen carry": -0.08, "Tariffs": -0.19,
}  # fmt: skip
paths = st.lists(st.one_of(st.floats(10.0, 100.0), st.just(float("nan"))), min_size=0, max_size=60).map(
    np.array
)


def slow_falls(close: np.ndarray, limit: float) -> list[tuple[int, int, bool]]:
    """Look again at everything since the last trough, at every close."""
    found: list[tuple[int, int, bool]] = []
    known = [t for t in range(len(close)) if np.isfinite(close[t])]
    since = 0
    while since < len(known):
        rest = known[since:]
        for n, t in enumerate(rest):
            peak = max(rest[: n + 1], key=lambda u: (close[u], -u))
            if close[t] <= close[peak] * (1.0 - limit) and t > peak:
                break
        else:
            return found
        after = rest[n:]
        for m, t in enumerate(after):
            trough = min(after[: m + 1], key=lambda u: (close[u], u))
            if t > trough and close[t] >= close[trough] * (1.0 + limit):
                found.append((peak, trough, False))
                since = known.index(t)
                break
        else:
            found.append((peak, min(after, key=lambda u: (close[u], u)), True))
            return found
    return found


@given(close=paths, limit=st.sampled_from([0.05, 0.1, 0.3]))
def test_finds_the_falls_that_a_slow_search_finds(close: np.ndarray, limit: float) -> None:
    assert list(find_falls(close, limit)) == slow_falls(close, limit)


def test_a_fall_ends_at_its_lowest_close_and_may_go_on() -> None:
    close = np.array([90.0, 100.0, 95.0, 89.0, 92.0, 85.0, np.nan, 94.0, 99.0, 88.0, 80.0])
    assert list(find_falls(close, 0.10)) == [(1, 5, False), (8, 10, True)]
    assert list(find_falls(close, 0.30)) == []
    assert list(find_falls(np.array([np.nan, np.nan]), 0.1)) == []


def test_there_are_twelve_crashes_and_four_rebounds_in_order() -> None:
    assert (len(CRASHES), len(REBOUNDS)) == (12, 4)
    for windows in (CRASHES, REBOUNDS):
        assert all(w.start < w.end for w in windows)
        assert [w.start for w in windows] == sorted(w.start for w in windows)
        assert len({w.name for w in windows}) == len(windows)


@pytest.mark.market_data
def test_golden_peaks_and_troughs_of_spy(market_data: Path) -> None:
    """Each known window runs from its highest close to its lowest, and falls by what is written of it."""
    settings = changed(
        Settings(), data__provider="files", data__folder=str(market_data), data__benchmark="SPY",
        data__hedge="SH",
    )  # fmt: skip
    market = analyse(
        changed(settings, portfolio__holdings=(("SPY", 100.0),), portfolio__cash=0.0), bootstrap=False
    ).market
    for window in CRASHES:
        if window.start < dt.date(2005, 1, 3):
            continue
        first, last = (
            int(np.searchsorted(market.sessions, np.datetime64(day))) for day in (window.start, window.end)
        )
        inside = market.benchmark_close[first : last + 1]
        assert market.sessions[first] == np.datetime64(window.start), window.name
        assert market.sessions[last] == np.datetime64(window.end), window.name
        assert (inside.argmax(), inside.argmin()) == (0, len(inside) - 1), window.name
        assert inside[-1] / inside[0] - 1.0 == pytest.approx(FALLS[window.name], abs=0.01), window.name

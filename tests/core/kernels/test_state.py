"""The state machine against an oracle that is written spell by spell, and each rule by an example."""

import itertools
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.kernels.state import (
    CONFIRMING,
    COOLED,
    COOLING,
    ENTERED,
    NOTHING,
    OFF,
    ON,
    RESIZED,
    TARGET,
    TIME,
    WAITING,
    run_states,
)
from tests.reference.state import Close, Rule, states

EVENTS = {
    "": NOTHING,
    "entered": ENTERED,
    "resized": RESIZED,
    "cooled": COOLED,
    "target": TARGET,
    "time": TIME,
}
PHASES = {"off": OFF, "confirming": CONFIRMING, "on": ON, "cooling": COOLING, "waiting": WAITING}

rules = st.builds(
    Rule,
    confirm=st.integers(1, 3),
    cool_down=st.integers(0, 5),
    target=st.none() | st.floats(0.005, 0.3),
    maximum=st.none() | st.integers(1, 12),
    lag=st.integers(1, 3),
)


def kernel(
    leaf: list[float], fill: list[float], close: list[float], returns: list[float], rule: Rule
) -> list[Close]:
    fraction, phase, event, count = run_states(
        np.array(leaf),
        np.array(fill),
        np.array(close),
        np.cumprod(1.0 + np.array(returns)),
        rule.confirm,
        rule.cool_down,
        np.nan if rule.target is None else rule.target,
        0 if rule.maximum is None else rule.maximum,
        rule.lag,
    )
    names = {code: name for name, code in EVENTS.items()}
    phases = {code: name for name, code in PHASES.items()}
    parts = zip(fraction, event, phase, count, strict=True)
    return [Close(float(f), names[int(e)], phases[int(p)], int(n)) for f, e, p, n in parts]


@st.composite
def funds(draw: st.DrawFn, days: int) -> tuple[list[float], list[float], list[float]]:
    """Fill prices, closes and returns; one session in six has no price."""
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    returns = rng.normal(0.0, 0.04, days)
    gone = rng.random(days) < draw(st.sampled_from([0.0, 0.15]))
    returns[gone] = 0.0
    close = 40.0 * np.cumprod(1.0 + returns)
    fill = close * np.exp(rng.normal(0.0, 0.01, days))
    close[gone], fill[gone] = np.nan, np.nan
    return fill.tolist(), close.tolist(), returns.tolist()


@given(data=st.data(), rule=rules)
def test_agrees_with_the_oracle(data: st.DataObject, rule: Rule) -> None:
    # Runs of equal answers, for single ones would hardly ever cool down.
    spans = data.draw(
        st.lists(st.tuples(st.sampled_from([0.0, 0.0, 0.5, 1.0]), st.integers(1, 9)), min_size=1, max_size=16)
    )
    leaf = [value for value, length in spans for _ in range(length)]
    fund = data.draw(funds(len(leaf)))
    assert kernel(leaf, *fund, rule) == states(leaf, *fund, rule)


def plain(leaf: list[float], rule: Rule, returns: list[float] | None = None) -> list[Close]:
    days = len(leaf)
    moves = returns or [0.0] * days
    close = (50.0 * np.cumprod(1.0 + np.array(moves))).tolist()
    return kernel(leaf, close, close, moves, rule)


def test_it_enters_on_the_close_that_confirms() -> None:
    found = plain([1.0, 0.0, 1.0, 1.0, 1.0], Rule(confirm=2))
    assert [x.fraction for x in found] == [0.0, 0.0, 0.0, 1.0, 1.0]
    assert [x.phase for x in found] == ["confirming", "off", "confirming", "on", "on"]
    assert [x.count for x in found] == [1, 0, 1, 0, 1]
    assert [x.event for x in found] == ["", "", "", "entered", ""]


def test_it_leaves_at_the_fifth_close_at_zero_and_holds_the_last_positive_fraction_till_then() -> None:
    leaf = [1.0, 0.5, *[0.0] * 4, 0.5, *[0.0] * 5, 0.0]
    found = plain(leaf, Rule(cool_down=5))
    assert [x.fraction for x in found] == [1.0, *[0.5] * 10, 0.0, 0.0]
    assert [x.count for x in found if x.phase == "cooling"] == [1, 2, 3, 4, 1, 2, 3, 4]
    assert [(n, x.event) for n, x in enumerate(found) if x.event] == [
        (0, "entered"),
        (1, "resized"),
        (11, "cooled"),
    ]


@pytest.mark.parametrize("cool_down", [0, 1])
def test_a_cool_down_of_nothing_leaves_at_the_first_close_at_zero(cool_down: int) -> None:
    found = plain([1.0, 0.0, 1.0], Rule(cool_down=cool_down))
    assert [x.event for x in found] == ["entered", "cooled", "entered"]


def test_maximum_holding_counts_sessions_after_the_close_that_entered() -> None:
    found = plain([1.0] * 6, Rule(maximum=3))
    assert [x.event for x in found] == ["entered", "", "", "time", "", ""]
    assert [x.phase for x in found] == ["on", "on", "on", "waiting", "waiting", "waiting"]


def test_after_a_target_or_time_exit_a_later_close_at_zero_must_come() -> None:
    leaf = [1.0, 1.0, 0.0, 1.0, 0.0, 1.0]
    found = plain(leaf, Rule(maximum=2, cool_down=9))
    # It leaves at row 2, itself at zero: the rule asks at row 3 and has to wait, and enters at row 5.
    assert [x.event for x in found] == ["entered", "", "time", "", "", "entered"]
    assert found[3].phase == "waiting"


def test_the_target_is_a_return_since_the_first_fill_at_its_price() -> None:
    returns = [0.0, 0.1, 0.02, 0.02, 0.02, 0.0]
    leaf = [1.0] * 6
    # Filled at the close of row 1: the 10 % up to there are not earned; 2 % twice is 4.04 %.
    found = plain(leaf, Rule(target=0.04), returns)
    assert [x.event for x in found] == ["entered", "", "", "target", "", ""]
    later = plain(leaf, Rule(target=0.04, lag=2), returns)
    assert [x.event for x in later] == ["entered", "", "", "", "target", ""]


@pytest.mark.parametrize(("price", "row"), [(49.0, 2), (50.0, 3), (51.0, 4)])
def test_the_way_from_the_fill_to_that_sessions_close_is_earned_too(price: float, row: int) -> None:
    close = [50.0, 50.0, 51.0, 52.0, 53.0]
    fill = [50.0, price, 51.0, 52.0, 53.0]
    returns = [0.0, *(b / a - 1.0 for a, b in itertools.pairwise(close))]
    found = kernel([1.0] * 5, fill, close, returns, Rule(target=0.039))
    assert [n for n, x in enumerate(found) if x.event == "target"] == [row]


def test_without_a_fill_there_is_no_gain() -> None:
    gone = math.nan
    found = kernel(
        [1.0] * 4, [50.0, gone, gone, 60.0], [50.0, gone, gone, 60.0], [0, 0, 0, 0.2], Rule(target=0.1)
    )
    assert [x.event for x in found] == ["entered", "", "", ""]

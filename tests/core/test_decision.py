"""How signals decide: the tree and the counting modes, what no data does, and the rule in words."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.decision import Decision, decide, exit_words, leaf_line, leaves, rule_lines, way
from core.errors import UnknownOption
from core.rule_settings import TriggerSettings
from core.tree import Question, Tree
from core.triggers.base import TRIGGERS, TriggerSignal, make_signal
from tests.strategies import TREES

VALUES = {1: 2.0, 0: 0.5, -1: np.nan}
PERCENT = "\u202f%"


def signals(**states: list[int]) -> dict[str, TriggerSignal]:
    """Signals in these states; those not named have no data."""
    count = len(next(iter(states.values())))
    named = {name: states.get(name, [-1] * count) for name in TRIGGERS.names()}
    return {
        name: make_signal(
            name, np.array([VALUES[s] for s in rows]), 1.0, condition=name.upper(), fires="above",
            unit="ratio", source="", missing="",
        )
        for name, rows in named.items()
    }  # fmt: skip


def every(count: int) -> list[list[int]]:
    """Every combination of states of so many signals, a signal a row."""
    grid = np.meshgrid(*[[1, 0, -1]] * count, indexing="ij")
    return [part.ravel().tolist() for part in grid]


def default() -> tuple[dict[str, TriggerSignal], list[tuple[int, int, int]]]:
    vix, price, flow = every(3)
    found = signals(vix_inversion=vix, price_break=price, stop_loss_cluster=flow)
    return found, list(zip(vix, price, flow, strict=True))


def test_the_default_tree_on_every_combination() -> None:
    """Design 4: no data as no."""
    found, rows = default()
    wanted = []
    for vix, price, flow in rows:
        both = {True: 1.0, False: 0.5}[flow == 1]
        if vix == 1:
            wanted.append(1.0 if price == 1 else both)
        else:
            wanted.append(both if price == 1 else 0.0)
    decision = decide(found, TriggerSettings())
    assert decision.fraction.tolist() == wanted
    assert decision.used == ("vix_inversion", "price_break", "stop_loss_cluster")
    assert decision.fired.tolist() == [row.count(1) for row in rows]
    assert decision.available.tolist() == [3 - row.count(-1) for row in rows]
    places = [place for place, _ in leaves(TriggerSettings().tree)]
    assert places == ["yy", "yny", "ynn", "nyy", "nyn", "nn"]
    assert [places[n] for n in decision.leaf[:3]] == ["yy", "yy", "yy"]
    # Blind only where a question that was asked had no data: the flow is not asked at (1, 1, -1).
    asks_flow = [(vix == 1) != (price == 1) for vix, price, _ in rows]
    blind = [v == -1 or p == -1 or (f == -1 and a) for (v, p, f), a in zip(rows, asks_flow, strict=True)]
    assert decision.blind.tolist() == blind


def walked(tree: Tree, states: dict[str, int]) -> float:
    while isinstance(tree, Question):
        state = states[tree.ask]
        tree = tree.yes if state == 1 or (state == -1 and tree.unknown == "yes") else tree.no
    return tree


@given(tree=TREES, seed=st.integers(0, 2**32 - 1))
def test_any_tree_answers_as_a_walk_through_it(tree: Tree, seed: int) -> None:
    rng = np.random.default_rng(seed)
    states = {name: rng.integers(-1, 2, 12).tolist() for name in TRIGGERS.names()}
    found = signals(**states)
    decision = decide(found, TriggerSettings(tree=tree))
    by_place = [fraction for _, fraction in leaves(tree)]
    for t in range(12):
        row = {name: rows[t] for name, rows in states.items()}
        assert decision.fraction[t] == walked(tree, row) == by_place[decision.leaf[t]]
        steps = way(tree, found, t)
        place = "".join(step.answer[0] for step in steps)
        assert place == [p for p, _ in leaves(tree)][decision.leaf[t]]
        assert [step.place for step in steps] == [place[:n] for n in range(len(steps))]
        assert decision.blind[t] == any(step.state == -1 for step in steps)


@pytest.mark.parametrize(
    ("mode", "least", "need"),
    [("any", 1, lambda n: 1), ("all", 1, lambda n: n), ("k", 2, lambda n: 2), ("k", 3, lambda n: 3)],
)
def test_modes_count_the_signals_that_have_data(mode: str, least: int, need: object) -> None:
    found, rows = default()
    decision = decide(found, TriggerSettings(mode=mode, least=least))
    known = [3 - row.count(-1) for row in rows]
    wanted = [float(n > 0 and row.count(1) >= need(n)) for row, n in zip(rows, known, strict=True)]  # type: ignore[operator]
    assert decision.fraction.tolist() == wanted
    assert decision.blind.tolist() == [n < 3 for n in known]
    assert set(decision.leaf.tolist()) == {-1}
    assert set(decision.used) == {"vix_inversion", "price_break", "stop_loss_cluster"}


def test_what_counts_in_the_modes_is_chosen_one_by_one() -> None:
    only = TriggerSettings(
        mode="any", count_drawdown=True, count_price_break=False, count_vix_inversion=False,
        count_stop_loss_cluster=False,
    )  # fmt: skip
    assert decide(signals(drawdown=[1, 0], price_break=[0, 1]), only).fraction.tolist() == [1.0, 0.0]
    none = TriggerSettings(
        mode="all", count_price_break=False, count_vix_inversion=False, count_stop_loss_cluster=False
    )
    decision: Decision = decide(signals(price_break=[1, 1]), none)
    assert decision.fraction.tolist() == [0.0, 0.0]
    assert decision.used == ()


def test_a_signal_that_is_not_there_is_refused_by_the_tree() -> None:
    tree = Question(ask="price_brake", yes=1.0, no=0.0)
    with pytest.raises(UnknownOption, match="no signal 'price_brake'") as caught:
        decide(signals(price_break=[1]), TriggerSettings(tree=tree))
    assert caught.value.where == "triggers.tree"
    assert caught.value.hint == "Did you mean 'price_break'?"


def test_the_rule_in_words_is_one_line_a_leaf() -> None:
    found, _ = default()
    assert rule_lines(TriggerSettings(), found) == (
        f"VIX_INVERSION and PRICE_BREAK \u2192 100{PERCENT}",
        f"VIX_INVERSION and not (PRICE_BREAK) and STOP_LOSS_CLUSTER \u2192 100{PERCENT}",
        f"VIX_INVERSION and not (PRICE_BREAK) and not (STOP_LOSS_CLUSTER) \u2192 50{PERCENT}",
        f"not (VIX_INVERSION) and PRICE_BREAK and STOP_LOSS_CLUSTER \u2192 100{PERCENT}",
        f"not (VIX_INVERSION) and PRICE_BREAK and not (STOP_LOSS_CLUSTER) \u2192 50{PERCENT}",
        f"not (VIX_INVERSION) and not (PRICE_BREAK) \u2192 0{PERCENT}",
    )
    assert leaf_line(0.25, found, "", 0.25) == f"always \u2192 25{PERCENT}"


@pytest.mark.parametrize(("mode", "start"), [("any", "any of"), ("all", "all of"), ("k", "at least 2 of")])
def test_a_counting_rule_is_one_line(mode: str, start: str) -> None:
    found, _ = default()
    (line,) = rule_lines(TriggerSettings(mode=mode), found)
    assert line.startswith(f"{start} those with data: ")
    assert line.endswith(f"\u2192 100{PERCENT}")
    assert all(name in line for name in ("PRICE_BREAK", "VIX_INVERSION", "STOP_LOSS_CLUSTER"))


def test_how_it_goes_on_and_off_in_words() -> None:
    assert exit_words(TriggerSettings()) == "Enter after 1 close, leave after 5 at zero."
    full = TriggerSettings(confirm=2, cool_down=0, profit_target=0.05, maximum_holding=9)
    assert exit_words(full) == (
        f"Enter after 2 closes, leave after 1 at zero, at a profit of 5.0{PERCENT}, or after 9 sessions."
    )

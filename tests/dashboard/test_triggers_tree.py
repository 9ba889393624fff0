"""The drawn tree: where nodes stand, which are lit, and that every edit is one the core understands."""

import datetime as dt
import itertools
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.decision import leaves
from core.pipeline import analyse
from core.settings import Settings
from core.tree import DEFAULT_TREE, MOST_QUESTIONS, Question, Tree, parse_tree, questions, tree_to_plain
from core.triggers.base import TRIGGERS
from dashboard.problems import beside
from dashboard.state import AppState
from dashboard.tree import RuleTree, drawing, edited, in_words, node_at

MARCH = Settings().with_value("data.as_of", dt.date(2020, 3, 16))

TREES = st.recursive(
    st.floats(0.0, 1.0),
    lambda inner: st.builds(
        Question,
        ask=st.sampled_from(TRIGGERS.names()),
        yes=inner,
        no=inner,
        unknown=st.sampled_from(["yes", "no"]),
    ),
    max_leaves=8,
)


def places(tree: Tree) -> list[str]:
    def walk(node: Tree, place: str) -> list[str]:
        if not isinstance(node, Question):
            return [place]
        return [place, *walk(node.yes, f"{place}y"), *walk(node.no, f"{place}n")]

    return walk(tree, "")


def test_the_default_tree_stands_as_it_reads() -> None:
    analysis = analyse(MARCH)
    last = len(analysis.market.sessions) - 1
    nodes = {node["place"]: node for node in drawing(analysis, last)}
    assert list(nodes) == ["", "y", "yy", "yn", "yny", "ynn", "n", "ny", "nyy", "nyn", "nn"]
    assert [p for p, node in nodes.items() if node["lit"]] == ["", "y", "yy"]
    assert nodes[""]["title"] == "Volatility stand-in?"
    assert nodes[""]["sub"] == "2.25 vs 1.31 \u00b7 since 24 Feb"
    assert nodes["y"]["sub"] == "2,386 vs 3,021 \u00b7 since 5 Mar"
    assert nodes["n"]["sub"] == "not asked today"
    assert nodes["yn"]["sub"] == "no data \u2192 \u201cno\u201d"
    assert (nodes["yy"]["title"], nodes["nn"]["title"]) == ("100\u202f%", "0\u202f%")


@pytest.mark.parametrize("row", [300, 2000, 3000, 3568])
def test_the_lit_leaf_is_the_one_that_the_core_reached(row: int) -> None:
    analysis = analyse(MARCH)
    lit = [node["place"] for node in drawing(analysis, row) if node["lit"]]
    expected = list(leaves(DEFAULT_TREE))[int(analysis.decision.leaf[row])]
    assert lit[-1] == expected[0]
    assert lit == [expected[0][:depth] for depth in range(len(expected[0]) + 1)]
    assert {node["sub"] for node in drawing(analysis, row) if node["kind"] == "ask" and not node["lit"]} <= {
        "not asked that day", "not asked today", "no data \u2192 \u201cno\u201d",
    }  # fmt: skip
    (line,) = [text for text, holds in in_words(analysis, row) if holds]
    assert line.endswith(f"{100 * expected[1]:.0f}\u202f%")


@given(TREES)
def test_nodes_have_room_and_parents_stand_over_their_children(tree: Tree) -> None:
    analysis = replace(analyse(MARCH), settings=MARCH.with_value("triggers.tree", tree))
    nodes = {node["place"]: node for node in drawing(analysis, 3000)}
    count = sum(node["kind"] == "leaf" for node in nodes.values())
    assert list(nodes) == places(tree)
    for place, node in nodes.items():
        assert node["room"] > 0
        assert node["x"] - node["room"] / 2 >= -1e-9
        assert node["x"] + node["room"] / 2 <= count + 1e-9
        if node["kind"] == "ask":
            left, right = nodes[f"{place}y"], nodes[f"{place}n"]
            assert left["x"] < node["x"] < right["x"]
    for depth in {node["depth"] for node in nodes.values()}:
        row = sorted((n for n in nodes.values() if n["depth"] == depth), key=lambda n: n["x"])
        for one, other in itertools.pairwise(row):
            assert one["x"] + one["room"] / 2 <= other["x"] - other["room"] / 2 + 1e-9


@given(TREES, st.data())
def test_every_edit_changes_its_node_and_no_other(tree: Tree, data: st.DataObject) -> None:
    place = data.draw(st.sampled_from(places(tree)))
    node = node_at(tree, place)
    if isinstance(node, Question):
        edit = data.draw(
            st.sampled_from([{"ask": "drawdown"}, {"unknown": "yes"}, {"unknown": "no"}, {"leaf": True}])
        )
    else:
        edit = data.draw(st.sampled_from([{"fraction": 0.25}, {"fraction": 1}, {"grow": True}]))
    after = parse_tree(edited(tree, place, edit), "triggers.tree")
    inside = node_at(after, place)
    if isinstance(node, Question):
        if "leaf" in edit:
            assert inside == list(leaves(node))[-1][1]
        else:
            assert isinstance(inside, Question)
            assert (inside.yes, inside.no) == (node.yes, node.no)
            name, value = next(iter(edit.items()))
            assert getattr(inside, name) == value
    elif "grow" in edit:
        assert isinstance(inside, Question)
        assert (inside.yes, inside.no) == (node, node)
    else:
        assert inside == edit["fraction"]
    for other in places(tree):
        if not other.startswith(place) and not place.startswith(other):
            assert node_at(after, other) == node_at(tree, other)


def test_a_new_question_asks_what_was_not_asked_on_the_way() -> None:
    after = parse_tree(edited(DEFAULT_TREE, "yy", {"grow": True}), "triggers.tree")
    new = node_at(after, "yy")
    assert isinstance(new, Question)
    assert new.ask not in ("vix_inversion", "price_break")


def test_edits_go_to_the_settings_at_once() -> None:
    state = AppState(MARCH)
    tree = RuleTree(state)
    tree.told({"place": "yy", "share": "80 %"})
    assert node_at(state.settings.triggers.tree, "yy") == 0.8
    tree.told({"place": "", "ask": "drawdown"})
    tree.told({"place": "yn", "leaf": True})
    assert tree_to_plain(state.settings.triggers.tree)["ask"] == "drawdown"
    assert node_at(state.settings.triggers.tree, "yn") == 0.5
    assert "triggers.tree" in state.changed_paths()
    state.reset()
    assert state.settings.triggers.tree == DEFAULT_TREE


@pytest.mark.parametrize(
    "message",
    [
        {"place": "zz", "fraction": 0.1},
        {"place": 3, "fraction": 0.1},
        {"place": "yy", "fraction": 7},
        {"place": "yy", "fraction": True},
        {"place": "yy", "fraction": float("nan")},
        {"place": "yy", "leaf": True},
        {"place": "yy", "share": 50},
        {"place": "yy", "share": "nan"},
        {"place": "", "share": "50"},
        {"place": "", "fraction": 0.1},
        {"place": "", "unknown": "maybe"},
        {"place": "", "ask": 5},
        {"place": "", "ask": "<img src=x>"},
        {"place": ""},
        {},
    ],
)
def test_an_edit_that_cannot_be_changes_nothing(message: dict[str, object]) -> None:
    state = AppState(MARCH)
    RuleTree(state).told(message)
    assert state.settings == MARCH


def test_a_share_is_answered_as_it_is_held_and_one_that_is_none_is_refused_beside_the_tree() -> None:
    state = AppState(MARCH)
    tree = RuleTree(state)
    said: list[dict[str, object]] = []
    tree._send_msg = said.append
    for typed, held in (
        (" 62.5 %", "62.5"), ("33.333333", "33.333333"), ("7", "7"), ("-0", "0"), ("0", "0"), ("100", "100"),
    ):  # fmt: skip
        tree.told({"place": "yy", "share": typed})
        assert said.pop() == {"place": "yy", "share": held, "refused": False}
        assert node_at(state.settings.triggers.tree, "yy") == pytest.approx(float(held) / 100.0, abs=1e-12)
    for typed in ("100.1", "-1", "many", "", "<b>", "inf", "1e400"):
        tree.told({"place": "yy", "share": typed})
        assert said.pop() == {"place": "yy", "share": "100", "refused": True}
        assert beside(state, "triggers.tree") == "A hedge fraction is 0 % to 100 %."
    tree.told({"place": "yy", "share": "100"})
    assert state.problem is None


def test_a_tree_with_too_many_questions_is_refused_in_words() -> None:
    tree: Tree = 1.0
    for _ in range(MOST_QUESTIONS):
        tree = Question(ask="drawdown", yes=tree, no=0.0)
    state = AppState(MARCH.with_value("triggers.tree", tree))
    RuleTree(state).told({"place": "n", "grow": True})
    assert state.problem is not None
    assert "more than 15" in state.problem.message
    assert sum(1 for _ in questions(state.settings.triggers.tree)) == MOST_QUESTIONS


def test_a_rule_that_never_asks_is_one_leaf() -> None:
    analysis = analyse(MARCH.with_value("triggers.tree", 1.0))
    (leaf,) = drawing(analysis, -1)
    assert (leaf["lit"], leaf["title"]) == (True, "100\u202f%")
    assert in_words(analysis, -1) == [("always \u2192 100\u202f%", True)]
    assert np.all(analysis.decision.leaf == 0)

"""The decision tree as data: what is read, what is refused and where, and the way back."""

import json

import pytest
from hypothesis import given

from core.errors import InvalidSetting, UnknownOption
from core.rule_settings import TriggerSettings
from core.tree import (
    DEFAULT_TREE,
    MOST_QUESTIONS,
    Question,
    Tree,
    asked,
    parse_tree,
    questions,
    tree_to_plain,
)
from tests.strategies import TREES

WHERE = "triggers.tree"


def ask(yes: object = 1.0, no: object = 0.0, name: str = "price_break", **more: object) -> dict[str, object]:
    return {"ask": name, "yes": yes, "no": no, **more}


def test_the_default_tree_is_that_of_the_design() -> None:
    cluster = ask(1.0, 0.5, "stop_loss_cluster", unknown="no")
    assert tree_to_plain(DEFAULT_TREE) == ask(
        ask(1.0, cluster, unknown="no"), ask(cluster, 0.0, unknown="no"), "vix_inversion", unknown="no"
    )
    assert TriggerSettings().tree == DEFAULT_TREE
    assert asked(DEFAULT_TREE) == ("vix_inversion", "price_break", "stop_loss_cluster")
    assert [q.ask for q in questions(DEFAULT_TREE)] == [
        "vix_inversion", "price_break", "stop_loss_cluster", "price_break", "stop_loss_cluster",
    ]  # fmt: skip


@given(TREES)
def test_h21_plain_values_and_back(tree: Tree) -> None:
    plain = json.loads(json.dumps(tree_to_plain(tree), allow_nan=False))
    assert parse_tree(plain, WHERE) == parse_tree(tree, WHERE) == tree


def test_numbers_become_fractions_and_no_data_goes_the_way_of_no() -> None:
    found = parse_tree(ask(1, 0), WHERE)
    assert found == Question(ask="price_break", yes=1.0, no=0.0, unknown="no")
    assert parse_tree(0, WHERE) == 0.0
    assert type(parse_tree(1, WHERE)) is float


@pytest.mark.parametrize(
    ("raw", "words"),
    [
        (
            ask(1.0, ask(1.2, 0.0)),
            "The hedge fraction at the tree \u2192 no \u2192 yes is 1.2, outside its range",
        ),
        (ask(-0.1), "The hedge fraction at the tree \u2192 yes is -0.1"),
        (ask(ask(1.0, None)), "The tree \u2192 yes \u2192 no is None, not a question or a fraction"),
        (ask(1.0, "half"), "The tree \u2192 no is 'half'"),
        ({"ask": "price_break", "no": 0.0}, "The question at the tree has no 'yes'"),
        (ask(1.0, {"yes": 1, "no": 0}), "The question at the tree \u2192 no has no 'ask'"),
        (ask(1.0, ask(name=3)), "The question at the tree \u2192 no must name a signal"),  # type: ignore[arg-type]
        (True, "The tree is not a question or a fraction"),
        (float("nan"), "The hedge fraction at the tree is nan"),
        ([1.0], "The tree is [1.0], not a question"),
    ],
)
def test_a_wrong_branch_is_named(raw: object, words: str) -> None:
    with pytest.raises(InvalidSetting) as caught:
        TriggerSettings(tree=raw)  # type: ignore[arg-type]
    assert words in str(caught.value)
    assert caught.value.where == WHERE


@pytest.mark.parametrize(
    ("raw", "words"),
    [
        (ask(1.0, ask(unknown="maybe")), "no way of no data at the tree \u2192 no 'maybe'"),
        (ask(unknown=None), "no way of no data at the tree 'None'"),
        (ask(ask(yse=1)), "no part of the question at the tree \u2192 yes 'yse'"),
    ],
)
def test_an_unknown_way_or_part_is_named(raw: object, words: str) -> None:
    with pytest.raises(UnknownOption) as caught:
        parse_tree(raw, WHERE)
    assert words in str(caught.value)
    assert caught.value.where == WHERE


def test_a_tree_that_nobody_can_read_is_refused() -> None:
    deep: object = 1.0
    for _ in range(MOST_QUESTIONS):
        deep = ask(deep)
    assert len(list(questions(parse_tree(deep, WHERE)))) == MOST_QUESTIONS
    with pytest.raises(InvalidSetting):
        parse_tree(ask(deep), WHERE)
    wide = ask(ask(ask(ask(), ask()), ask(ask(), ask())), ask(ask(ask(), ask()), ask(ask(), ask(ask()))))
    with pytest.raises(InvalidSetting, match="asks 16 questions, more than 15"):
        parse_tree(wide, WHERE)
    bottomless = ask()
    bottomless["yes"] = bottomless
    with pytest.raises(InvalidSetting):
        parse_tree(bottomless, WHERE)

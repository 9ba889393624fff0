"""The decision tree as data: inner nodes ask signals, leaves carry a hedge fraction."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal, TypeAlias

from core.errors import InvalidSetting, UnknownOption, cut
from core.fingerprint import Keyed

MOST_QUESTIONS: Final = 15
"""More than this many questions cannot be drawn or read."""

_FIELDS: Final = ("ask", "yes", "no", "unknown")


@dataclass(frozen=True, kw_only=True, eq=False)
class Question(Keyed):
    """An inner node: the signal asked, and where each answer leads; no data goes the way of `unknown`."""

    ask: str
    yes: "Tree"
    no: "Tree"
    unknown: Literal["yes", "no"] = "no"


Tree: TypeAlias = Question | float
"""A question, or a leaf: the hedge fraction from 0 to 1. A tree of one leaf never asks."""


def _default() -> Tree:
    cluster = Question(ask="stop_loss_cluster", yes=1.0, no=0.5)
    return Question(
        ask="vix_inversion",
        yes=Question(ask="price_break", yes=1.0, no=cluster),
        no=Question(ask="price_break", yes=cluster, no=0.0),
    )


DEFAULT_TREE: Final[Tree] = _default()


def parse_tree(raw: object, where: str) -> Tree:
    """The tree that plain values describe.

    A question is ``{"ask": name, "yes": ..., "no": ..., "unknown": "no"}``, a leaf a number.

    Raises
    ------
    InvalidSetting
        Saying which branch is wrong, and how.
    """
    tree = _parse(raw, where, "the tree")
    count = sum(1 for _ in questions(tree))
    if count > MOST_QUESTIONS:
        raise InvalidSetting(
            f"The tree asks {count} questions, more than {MOST_QUESTIONS}.",
            hint="Make it smaller.",
            where=where,
        )
    return tree


def _parse(raw: object, where: str, path: str, depth: int = 0) -> Tree:
    if isinstance(raw, bool) or depth > MOST_QUESTIONS:
        raise InvalidSetting(f"{path.capitalize()} is not a question or a fraction.", where=where)
    if isinstance(raw, (int, float)):
        if not 0.0 <= raw <= 1.0:
            raise InvalidSetting(
                f"The hedge fraction at {path} is {raw:g}, outside its range.",
                hint="Allowed: 0 % to 100 %.",
                where=where,
            )
        return float(raw)
    if isinstance(raw, Question):
        raw = tree_to_plain(raw)
    if not isinstance(raw, Mapping):
        raise InvalidSetting(
            f"{path.capitalize()} is {cut(repr(raw))}, not a question or a fraction.",
            hint='A question is {"ask": "price_break", "yes": 1.0, "no": 0.0}.',
            where=where,
        )
    return _question(raw, where, path, depth)


def _question(raw: Mapping[Any, Any], where: str, path: str, depth: int) -> Question:
    for name in raw:
        if name not in _FIELDS:
            raise UnknownOption(str(name), _FIELDS, kind=f"part of the question at {path}", where=where)
    missing = [name for name in _FIELDS[:3] if name not in raw]
    if missing:
        raise InvalidSetting(f"The question at {path} has no {missing[0]!r}.", where=where)
    ask, unknown = raw["ask"], raw.get("unknown", "no")
    if not isinstance(ask, str):
        raise InvalidSetting(f"The question at {path} must name a signal.", where=where)
    if unknown not in ("yes", "no"):
        raise UnknownOption(str(unknown), ("yes", "no"), kind=f"way of no data at {path}", where=where)
    return Question(
        ask=ask,
        yes=_parse(raw["yes"], where, f"{path} \u2192 yes", depth + 1),
        no=_parse(raw["no"], where, f"{path} \u2192 no", depth + 1),
        unknown=unknown,
    )


def tree_to_plain(tree: Tree) -> Any:
    """The tree as plain values, as `parse_tree` reads them."""
    if not isinstance(tree, Question):
        return tree
    yes, no = tree_to_plain(tree.yes), tree_to_plain(tree.no)
    return {"ask": tree.ask, "yes": yes, "no": no, "unknown": tree.unknown}


def questions(tree: Tree) -> Iterator[Question]:
    """Every question of the tree, the first one first, yes before no."""
    if isinstance(tree, Question):
        yield tree
        yield from questions(tree.yes)
        yield from questions(tree.no)


def asked(tree: Tree) -> tuple[str, ...]:
    """The signals that the tree asks, each once, in the order of its questions."""
    return tuple(dict.fromkeys(question.ask for question in questions(tree)))

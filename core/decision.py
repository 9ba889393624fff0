"""How the signals decide: the tree or a count, on every session, and the rule in words."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np

from core import words
from core.fingerprint import Keyed, freeze
from core.rule_settings import TriggerSettings
from core.tree import Question, Tree, asked
from core.triggers.base import TRIGGERS, UNKNOWN, TriggerSignal
from core.types import BoolArray, FloatArray, IntArray

_NEEDED = {"any": "any", "all": "all", "k": "at least"}


@dataclass(frozen=True, kw_only=True, eq=False)
class Decision(Keyed):
    """What the rule asks for after each close; arrays (T,).

    `fraction` is the share of the full hedge, never NaN: a signal without data goes the way that its question
    says, and `blind` marks the sessions on which that happened. In the modes any, all and at least k only
    signals with data count, and `blind` marks sessions on which one had none. `leaf` is the leaf reached, in
    the order of `leaves` (-1 in the other modes). `used` are the signals that the rule looks at; `fired` and
    `available` count them.
    """

    fraction: FloatArray
    leaf: IntArray
    blind: BoolArray
    fired: IntArray
    available: IntArray
    used: tuple[str, ...]


@dataclass(frozen=True, kw_only=True, eq=False)
class Step(Keyed):
    """One question on the way taken: its place ("" is the root, "yn" is yes, then no), signal and answer."""

    place: str
    ask: str
    answer: Literal["yes", "no"]
    state: int


def decide(signals: Mapping[str, TriggerSignal], settings: TriggerSettings) -> Decision:
    """The rule's answer after every close.

    Raises
    ------
    UnknownOption
        When the tree asks a signal that is not registered.
    """
    used = asked(settings.tree) if settings.mode == "tree" else settings.counted
    for name in used:
        TRIGGERS.get(name, where="triggers.tree")
    rows = len(next(iter(signals.values())).state)
    states = np.array([signals[name].state for name in used], dtype=np.int64).reshape(len(used), rows)
    fired, available = (states == 1).sum(axis=0), (states != UNKNOWN).sum(axis=0)
    leaf = np.full(rows, -1)
    if settings.mode == "tree":
        fraction, leaf, blind = _walk(settings.tree, signals, rows)
    else:
        need = {"any": np.ones(rows), "all": available, "k": np.full(rows, settings.least)}[settings.mode]
        fraction = ((fired >= need) & (available > 0)).astype(np.float64)
        blind = available < len(used)
    for array in (fired, available, leaf, blind):
        array.setflags(write=False)
    return Decision(
        fraction=freeze(fraction), leaf=leaf, blind=blind, fired=fired, available=available, used=used
    )


def _walk(
    tree: Tree, signals: Mapping[str, TriggerSignal], rows: int
) -> tuple[FloatArray, IntArray, BoolArray]:
    fraction, leaf = np.zeros(rows), np.zeros(rows, dtype=np.int64)
    blind = np.zeros(rows, dtype=np.bool_)
    ends = 0

    def visit(node: Tree, here: BoolArray) -> None:
        nonlocal ends
        if not isinstance(node, Question):
            fraction[here], leaf[here] = node, ends
            ends += 1
            return
        state = signals[node.ask].state
        unknown = state == UNKNOWN
        blind[here & unknown] = True
        yes = (state == 1) | (unknown & (node.unknown == "yes"))
        visit(node.yes, here & yes)
        visit(node.no, here & ~yes)

    visit(tree, np.ones(rows, dtype=np.bool_))
    return fraction, leaf, blind


def leaves(tree: Tree, place: str = "") -> Iterator[tuple[str, float]]:
    """Every leaf as its place and fraction, yes before no: the order of `Decision.leaf`."""
    if isinstance(tree, Question):
        yield from leaves(tree.yes, f"{place}y")
        yield from leaves(tree.no, f"{place}n")
    else:
        yield place, tree


def way(tree: Tree, signals: Mapping[str, TriggerSignal], row: int = -1) -> tuple[Step, ...]:
    """The questions answered on one session, from the root to the leaf."""
    steps: list[Step] = []
    place, node = "", tree
    while isinstance(node, Question):
        state = int(signals[node.ask].state[row])
        answer: Literal["yes", "no"] = node.unknown if state == UNKNOWN else "yes" if state == 1 else "no"
        steps.append(Step(place=place, ask=node.ask, answer=answer, state=state))
        place, node = place + answer[0], node.yes if answer == "yes" else node.no
    return tuple(steps)


def rule_lines(settings: TriggerSettings, signals: Mapping[str, TriggerSignal]) -> tuple[str, ...]:
    """The rule in words, one line a leaf; one line in the other modes."""
    if settings.mode != "tree":
        names = [signals[name].condition for name in settings.counted]
        if not names:
            return ("No signal is counted \u2192 0\u202f%",)
        if settings.mode == "k" and settings.least > len(names):
            return (f"At least {settings.least} of {len(names)} signals: never \u2192 0\u202f%",)
        count = f" {settings.least}" if settings.mode == "k" else ""
        listed = ", ".join(names)
        return (f"{_NEEDED[settings.mode]}{count} of those with data: {listed} \u2192 100\u202f%",)
    return tuple(
        leaf_line(settings.tree, signals, place, fraction) for place, fraction in leaves(settings.tree)
    )


def leaf_line(tree: Tree, signals: Mapping[str, TriggerSignal], place: str, fraction: float) -> str:
    """The way to one leaf of the tree, and its fraction: "VIX > VIX3M and SPY < 0.95 x MA50 -> 100 %"."""
    parts, node = [], tree
    for turn in place:
        if isinstance(node, Question):
            text = signals[node.ask].condition
            parts.append(text if turn == "y" else f"not ({text})")
            node = node.yes if turn == "y" else node.no
    return f"{' and '.join(parts) or 'always'} \u2192 {words.percent(fraction, 0)}"


def exit_words(settings: TriggerSettings) -> str:
    """How the hedge goes on and off, in one sentence."""
    text = f"Enter after {_closes(settings.confirm)}, leave after {max(1, settings.cool_down)} at zero"
    if settings.profit_target is not None:
        text += f", at a profit of {words.percent(settings.profit_target)}"
    if settings.maximum_holding is not None:
        text += f", or after {settings.maximum_holding} sessions"
    return f"{text}."


def _closes(count: int) -> str:
    return f"{count} close{'' if count == 1 else 's'}"

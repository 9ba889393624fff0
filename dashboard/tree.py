"""The rule drawn with the way it took on one day, and its tree edited: what to draw, in plain values."""

import math
from typing import Any, ClassVar, Final, cast

import param

from core import words
from core.decision import Step, leaf_line, leaves, rule_lines, way
from core.numerals import parse_number
from core.pipeline import Analysis
from core.tree import Question, Tree, tree_to_plain
from core.triggers.base import TRIGGERS, UNKNOWN
from dashboard.component import Component
from dashboard.signals import MARKS, label, reading
from dashboard.state import AppState, Problem
from dashboard.web import script, style

TREE: Final = "triggers.tree"

Node = dict[str, Any]


class RuleTree(Component):
    """The tree as a drawing, or as an outline to edit; in the other modes the count as a gate.

    Every edit is written to the settings at once; one that is not allowed changes nothing.
    """

    nodes = param.List(
        default=[], doc="Questions and leaves with their places in the drawing, parents first."
    )
    gate = param.Dict(default={}, doc="What the modes any, all and at least k count; empty for the tree.")
    lines = param.List(default=[], doc="The rule in words: pairs of a line and whether it holds that day.")
    signals = param.List(default=[], doc="Name and label of every signal that can be asked.")
    editing = param.Boolean(default=False)
    error = param.String(default="")

    _bundle = script("tree")
    _stylesheets: ClassVar[list[str]] = [style("tree")]

    def __init__(self, state: AppState) -> None:
        self.state = state
        super().__init__(sizing_mode="stretch_both", margin=0)

    def told(self, message: dict[str, Any]) -> None:
        """An edit of the node at a place: another signal, way or fraction, more or less of a tree."""
        place = message.get("place")
        tree = self.state.settings.triggers.tree
        if not isinstance(place, str) or node_at(tree, place) is None:
            return
        share = message.get("share")
        if isinstance(share, str):
            self._hold(place, share)
            return
        plain = edited(tree, place, message)
        if plain is not None:
            self.state.change(TREE, plain)

    def _hold(self, place: str, share: str) -> None:
        """Take a leaf's share as it was typed, in percent; where it is none, say so and keep the old one."""
        before, problem = self.state.settings, self.state.problem
        node = node_at(before.triggers.tree, place)
        if isinstance(node, Question):
            return
        number = parse_number(share.strip(), ".")
        fraction = math.nan if number is None else round(number.value / 100.0, 8) + 0.0
        refused = not 0.0 <= fraction <= 1.0
        if refused:
            said = "A hedge fraction is 0 % to 100 %."
            self.state.problem = Problem(message=said, where=TREE, refused=True)
        elif fraction != node:
            self.state.change(TREE, edited(before.triggers.tree, place, {"fraction": fraction}))
        elif problem is not None and problem.where == TREE:
            self.state.problem = None  # equal settings run nothing that could take a refusal away
        held = node_at(self.state.settings.triggers.tree, place)
        self._send_msg({"place": place, "share": _share(cast(float, held)), "refused": refused})


def node_at(tree: Tree, place: str) -> Tree | None:
    """The node at a place ("yn": yes, then no); None where the tree has none."""
    node: Tree = tree
    for turn in place:
        if not isinstance(node, Question) or turn not in "yn":
            return None
        node = node.yes if turn == "y" else node.no
    return node


def edited(tree: Tree, place: str, edit: dict[str, Any]) -> Any:
    """The tree with one edit at a place, as plain values; None where the edit says nothing that can be done.

    ``ask`` names another signal, ``unknown`` the way of no data, ``fraction`` a leaf's share, ``leaf`` turns
    a question into the leaf that its no leads to, ``grow`` a leaf into a question that changes nothing yet.
    """
    node = node_at(tree, place)
    if isinstance(node, Question):
        plain = tree_to_plain(node)
        if edit.get("ask") in TRIGGERS.names():
            return _put(tree, place, {**plain, "ask": edit["ask"]})
        if isinstance(edit.get("unknown"), str):
            return _put(tree, place, {**plain, "unknown": edit["unknown"]})
        return _put(tree, place, list(leaves(node))[-1][1]) if edit.get("leaf") else None
    fraction = edit.get("fraction")
    if isinstance(fraction, (int, float)) and not isinstance(fraction, bool):
        return _put(tree, place, float(fraction))
    if edit.get("grow"):
        above = {ancestor.ask for ancestor in _ancestors(tree, place)}
        free = [name for name in TRIGGERS.names() if name not in above] or list(TRIGGERS.names())
        return _put(tree, place, {"ask": free[0], "yes": node, "no": node, "unknown": "no"})
    return None


def _share(fraction: float) -> str:
    """A leaf's fraction in percent as its box shows it: every digit that was asked for, and no more."""
    return f"{100.0 * fraction:.6f}".rstrip("0").removesuffix(".")


def _put(tree: Tree, place: str, plain: Any) -> Any:
    if not place or not isinstance(tree, Question):
        return plain
    branch = "yes" if place[0] == "y" else "no"
    return {**tree_to_plain(tree), branch: _put(getattr(tree, branch), place[1:], plain)}


def _ancestors(tree: Tree, place: str) -> list[Question]:
    found = [node_at(tree, place[:depth]) for depth in range(len(place))]
    return [node for node in found if isinstance(node, Question)]


def drawing(analysis: Analysis, row: int) -> list[Node]:
    """Every node of the tree: place, words, whether the way went through it, and where it stands.

    ``x`` counts leaves from the left, in [0, number of leaves]; ``room`` is how many of them wide it may be.
    """
    tree = analysis.settings.triggers.tree
    steps = {step.place: step for step in way(tree, analysis.signals, row)}
    last = max(steps.values(), key=lambda step: len(step.place), default=None)
    end = "" if last is None else last.place + last.answer[0]
    today = row == len(analysis.market.sessions) - 1
    nodes: list[Node] = []
    count = 0

    def visit(node: Tree, place: str) -> float:
        nonlocal count
        if not isinstance(node, Question):
            count += 1
            x = count - 0.5
            text = words.percent(node, 0)
            nodes.append(_node(place, "leaf", x, 1.0, place == end) | {"title": text, "share": _share(node)})
            return x
        first, at = count, len(nodes)
        left, right = visit(node.yes, f"{place}y"), visit(node.no, f"{place}n")
        x = (left + right) / 2.0
        room = 2.0 * min(x - first, count - x)
        step = steps.get(place)
        nodes.insert(at, _node(place, "ask", x, room, step is not None) | {
            "title": f"{label(analysis, node.ask)}?", "sub": _sub(analysis, node, step, row, today),
            "ask": node.ask, "unknown": node.unknown,
        })  # fmt: skip
        return x

    visit(tree, "")
    return nodes


def _node(place: str, kind: str, x: float, room: float, lit: bool) -> Node:
    return {"place": place, "kind": kind, "x": x, "room": room, "depth": len(place), "lit": lit}


def _sub(analysis: Analysis, node: Question, step: Step | None, row: int, today: bool) -> str:
    at = reading(analysis, node.ask, row)
    if at.state == UNKNOWN:
        return f"no data \u2192 \u201c{node.unknown}\u201d"
    if step is None:
        return "not asked today" if today else "not asked that day"
    since = words.day(analysis.market.sessions[at.signal.since(row)], year=False)
    return f"{at.versus()} \u00b7 since {since}"


def gate(analysis: Analysis, row: int) -> dict[str, Any]:
    """The count of the modes any, all and at least k on one day; empty for the tree."""
    settings, decision = analysis.settings.triggers, analysis.decision
    if settings.mode == "tree":
        return {}
    fired, there = int(decision.fired[row]), int(decision.available[row])
    need = {"any": "1", "all": f"all {there}", "k": str(settings.least)}[settings.mode]
    on = bool(decision.fraction[row] > 0)
    found = [reading(analysis, name, row) for name in decision.used]
    return {
        "inputs": [[at.label, MARKS[at.state], _short(at.state, settings.mode)] for at in found],
        "count": f"{fired} of {there} fired" if there else "no data",
        "need": f"{need} needed",
        "result": words.percent(float(decision.fraction[row]), 0),
        "on": on,
    }


def _short(state: int, mode: str) -> str:
    if state == UNKNOWN:
        return "no data, not counted"
    return "fired" if state == 1 else "not fired" if mode == "all" else "off"


def in_words(analysis: Analysis, row: int) -> list[tuple[str, bool]]:
    """The rule as lines, each with whether it is the one that held on that day."""
    settings, signals = analysis.settings.triggers, analysis.signals
    if settings.mode != "tree":
        return [(line, True) for line in rule_lines(settings, signals)]
    leaf = int(analysis.decision.leaf[row])
    return [
        (leaf_line(settings.tree, signals, place, fraction), index == leaf)
        for index, (place, fraction) in enumerate(leaves(settings.tree))
    ]


def show(component: RuleTree, analysis: Analysis, row: int, *, error: str) -> None:
    """Draw the rule as it answered on one row."""
    component.param.update(
        nodes=drawing(analysis, row),
        gate=gate(analysis, row),
        lines=[list(line) for line in in_words(analysis, row)],
        signals=[[name, label(analysis, name)] for name in TRIGGERS.names()],
        error=error,
    )

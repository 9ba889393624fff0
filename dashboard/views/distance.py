"""How far each signal that the rule looks at is from changing: the upper part of Today's side card."""

import math
from html import escape
from typing import Final

from core import words
from core.decision import rule_lines
from core.pipeline import Analysis
from core.triggers.base import UNKNOWN
from dashboard.charts.level import level_gauge
from dashboard.parts import button
from dashboard.signals import MARKS, STATES, Reading, read_as, readings

ESTIMATE: Final = "estimate"
"""What is pressed to have the labelled estimate instead of nothing."""


def triggers(analysis: Analysis) -> str:
    """The heading and one block for each signal in use."""
    used, _ = readings(analysis)
    title = "<h2>How far is each trigger from changing?</h2>"
    if used:
        return title + "".join(map(_block, used))
    rule = escape(rule_lines(analysis.settings.triggers, analysis.signals)[0])
    return f'{title}<div class="block"><p class="live">No trigger is asked: {rule}.</p></div>'


def name_of(at: Reading) -> str:
    """The signal's name; one made from something else than its name says so."""
    return f"{at.label}, {at.badge}" if at.badge else at.label


def _block(at: Reading) -> str:
    state = STATES[at.state]
    count = "" if at.state == UNKNOWN else f'<span class="count"> \u00b7 {_sessions(at)}</span>'
    # On a phone the list says as much as fits on one line.
    brief = words.UNKNOWN if at.state == UNKNOWN else f"{shown(at)}, level {at.figure(at.level)}"
    if at.signal.unit == "price" and at.state != UNKNOWN:
        brief = at.versus()
    heading = (
        f"<h3><span>{at.square}{escape(name_of(at))}</span>"
        f'<span class="brief">{brief}</span>'
        f'<span class="tag {MARKS[at.state]}">{state}{count}</span></h3>'
    )
    gauge = ""
    if at.state == UNKNOWN or math.isfinite(at.beyond):
        gauge = level_gauge(
            at.beyond,
            level=f"{at.figure(at.level)} level",
            value=at.figure(at.value),
            said=f"{at.label}: {state}, {at.against()}",
        )
    return f'<div class="block trigger">{heading}<p class="live">{sentence(at)}</p>{gauge}</div>'


def shown(at: Reading) -> str:
    """The value where there is room for one figure: a price is its distance to the level, with its sign."""
    if at.signal.unit == "price" and at.state != UNKNOWN:
        return f"{words.change(100.0 * (at.value / at.level - 1.0), 1)}\u202f%"
    return at.figure(at.value)


def sentence(at: Reading) -> str:
    """What the signal says now, and what would change it, as HTML."""
    if at.state == UNKNOWN:
        return _blind(at)
    verb = "Clears" if at.state == 1 else "Fires"
    rises = (at.signal.fires == "above") != (at.state == 1)
    way, level = "rises" if rises else "falls", at.figure(at.level)
    if at.signal.unit == "ratio" and len(at.signal.inputs) == 2:
        top, bottom = at.signal.inputs
        write = words.percent if at.stands_in else words.number
        parts = [float(part.values[at.row]) for part in (top, bottom)]
        said = " / ".join(escape(write(value)) for value in parts)
        against = "" if at.level == 1.0 else f", level {level}"
        return (
            f"{said} = <b>{at.figure(at.value)}</b>{against}. {verb} if {escape(top.name)} {way} "
            f"<b>{_move(at)}</b>, to {write(at.level * parts[1])}."
        )
    if at.signal.unit == "price":
        who = at.signal.source.partition(":")[0].partition(" against ")[0]
        again = "it" if who.startswith("the ") else who
        start, again = escape(f"{who[0].upper()}{who[1:]}"), escape(again)
        return f"{start} {at.figure(at.value)}, level {level}. {verb} if {again} {way} <b>{_move(at)}</b>."
    beyond = "at or under" if at.signal.fires == "above" else "at or over"
    edge = beyond if at.state == 1 else at.signal.fires
    source = escape(at.signal.source.partition(";")[0])
    return f"<b>{at.figure(at.value)}</b>, {source}. {verb} {edge} <b>{level}</b>."


def _blind(at: Reading) -> str:
    reason = escape(at.signal.missing)
    said = f"{reason[0].upper()}{reason[1:]}; {_taken(at)}."
    if at.analysis.settings.triggers.cluster_source in ("file", "none") and (
        at.signal.name == "stop_loss_cluster"
    ):
        said += f" {button(ESTIMATE, 'Use the labelled estimate')}"
    return said


def _taken(at: Reading) -> str:
    how = read_as(at.analysis, at.signal.name)
    return f"the tree reads it {how.removeprefix('read ')}" if how.startswith("read ") else how


def _move(at: Reading) -> str:
    """How far the value must go, as a share of what it is."""
    share = abs(at.level / at.value - 1.0) if at.value else float("nan")
    return words.percent(share, 0 if share >= 0.1 else 1)


def _sessions(at: Reading) -> str:
    count = at.row - at.signal.since(at.row) + 1
    return f"{words.shares(count)} session{'' if count == 1 else 's'}"

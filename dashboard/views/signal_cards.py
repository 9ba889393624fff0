"""The cards of the signals: what each says on the chosen day, and how far it is from changing."""

import math
from html import escape
from typing import Final

from core.pipeline import Analysis
from core.triggers.base import UNKNOWN
from dashboard.charts.level import level_gauge
from dashboard.parts import button
from dashboard.signals import Reading, read_as, readings

OTHERS: Final = "others"
"""What is pressed to fold or unfold the signals that the rule does not look at."""


def cards(analysis: Analysis, row: int, *, unfolded: bool) -> str:
    """A card for each signal that the rule looks at; the others behind one line, open where `unfolded`."""
    used, others = readings(analysis, row)
    shown = "".join(_card(analysis, at) for at in used)
    if not others:
        return shown
    words = "".join(f"<span>{escape(at.label)} {_apart(at)}</span>" for at in others)
    link = button(OTHERS, "Hide" if unfolded else "Show", pressed=unfolded)
    line = f'<p class="others"><b>Not in the rule</b>{words}{link}</p>'
    return shown + line + ("".join(_card(analysis, at, used=False) for at in others) if unfolded else "")


def _apart(at: Reading) -> str:
    """The word of a state that changes nothing, as the rule does not ask for it."""
    return '<span class="tag off">would fire</span>' if at.state == 1 else at.tag


def _card(analysis: Analysis, at: Reading, *, used: bool = True) -> str:
    badge = f'<span class="badge" title="{escape(at.signal.source)}">{at.badge}</span>' if at.badge else ""
    top = f"<header>{at.square}<h2>{escape(at.label)}</h2>{badge}{at.tag if used else _apart(at)}</header>"
    figure = f'<div class="figure">{escape(at.figure(at.value))}</div><p>{escape(at.against())}</p>'
    said = f"{at.label}: {at.figure(at.value)}, {at.against()}"
    gauge = ""
    if at.state == UNKNOWN or math.isfinite(at.beyond):
        level, value = f"{at.figure(at.level)} level", at.figure(at.value)
        gauge = level_gauge(at.beyond, level=level, value=value, said=said)
    kind = "card signal" if used else "card signal apart"
    return (
        f'<section class="{kind}">{top}<div class="reading"><div>{figure}</div>{gauge}</div>'
        f"<footer>{_foot(analysis, at)}{_links(at)}</footer></section>"
    )


def _foot(analysis: Analysis, at: Reading) -> str:
    if at.state == UNKNOWN:
        why = f"{at.signal.missing[:1].upper()}{at.signal.missing[1:]}; {read_as(analysis, at.signal.name)}"
        return f'<span title="{escape(at.signal.source)}">{escape(why)}</span>'
    source = escape(at.signal.source)
    return f'<span title="{source}">{escape(at.inputs())}</span><span>{escape(at.since())}</span>'


def _links(at: Reading) -> str:
    links = [button(f"edit:{at.edited_at}", "Edit rule")]
    if at.signal.name == "stop_loss_cluster":
        source = at.analysis.settings.triggers.cluster_source
        loaded = bool(at.analysis.settings.triggers.flow)
        links.insert(0, button("flow", "Readings" if loaded else "Load readings"))
        if at.state == UNKNOWN and source in ("file", "none"):
            links.insert(0, button("estimate", "Use the labelled estimate"))
    return f'<span class="links">{"".join(links)}</span>'

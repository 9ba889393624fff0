"""The sentence on the page: large on Today, one small line elsewhere; never more than one of it."""

from html import escape
from typing import Final

import panel as pn

from core.headline import Headline, Piece
from core.pipeline import Analysis
from dashboard.icons import ICONS
from dashboard.state import AppState
from dashboard.web import style

TITLE: Final = "Hedgeboard"

_TRIANGLE: Final = '<svg viewBox="0 0 24 24" aria-hidden="true">' + ICONS["alert"] + "</svg>"
_MARKS: Final = {
    "on": '<i class="square full"></i>',
    "off": '<i class="square"></i>',
    "warning": _TRIANGLE,
}


def piece_html(piece: Piece) -> str:
    """One stretch of the sentence; its text is escaped, for tickers are typed by users."""
    text = escape(piece.text)
    if piece.role in _MARKS:
        return f'<span class="chip {piece.role}">{_MARKS[piece.role]}{text}</span>'
    if piece.role == "word":
        return text
    return f'<span class="{piece.role}">{text}</span>'


def sentence_html(headline: Headline) -> str:
    """The sentence with one element a clause: lines break between clauses, not inside a figure."""
    clauses = ("".join(map(piece_html, _without_stray_stops(clause))) for clause in headline.clauses)
    return " ".join(f'<span class="clause">{clause}</span>' for clause in clauses)


def _without_stray_stops(clause: tuple[Piece, ...]) -> tuple[Piece, ...]:
    """The clause without a full stop right after a chip, whose edge ends it already."""
    kept = zip(clause, (None, *clause[:-1]), strict=True)
    return tuple(p for p, before in kept if not (p.text == "." and before and before.role in _MARKS))


def page_title(analysis: Analysis | None) -> str:
    """The browser tab's title: the same sentence."""
    return TITLE if analysis is None else f"{analysis.headline} {TITLE}"


def build(state: AppState) -> pn.pane.HTML:
    """The sentence, kept up to date; screen readers hear it when it changes."""
    pane = pn.pane.HTML("", margin=0, stylesheets=[style("headline")])  # type: ignore[no-untyped-call]

    def update(*_: object) -> None:
        size = "big" if state.page == "today" else "strip"
        if state.analysis is not None:
            text = sentence_html(state.analysis.headline)
        elif state.problem is not None:
            text = sentence_html(Headline(clauses=((Piece(text="no answer yet", role="warning"),),)))
        else:
            text = "Reading prices \u2026"
        pane.object = f'<p class="{size}">{text}</p>'

    state.param.watch(update, ["analysis", "page", "problem"])
    update()
    return pane

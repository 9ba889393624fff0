"""What a page shows while there is nothing to show: reading, an error, or an empty book."""

from html import escape
from typing import Final

from core.pipeline import Analysis
from dashboard.state import AppState

COMING: Final = '<div class="skeletons" aria-busy="true"><i></i><i></i><i></i><i></i><b></b><b></b></div>'
"""Quiet grounds where a page will stand."""

COMING_CARD: Final = '<div class="coming" aria-busy="true"></div>'
"""A quiet ground where a card will stand."""

FORMAT = "ticker, shares, cost\nNVDA, 1200, 61.40\nTSLA, 250\nAAPL, -300\nCASH, 520000"


def first(state: AppState) -> str:
    """Before the first result: why there is none, or quiet grounds where the page will stand."""
    problem = state.problem
    if problem is None:
        return COMING
    hint = f"<p>{escape(problem.hint)}</p>" if problem.hint else ""
    return (
        '<section class="card state wrong"><h2>There are no figures yet</h2>'
        f"<p><b>{escape(problem.message)}</b></p>{hint}"
        "<p>Change it under Settings; the page fills as soon as prices can be read.</p></section>"
    )


def empty(analysis: Analysis) -> str:
    """A book without positions: what to do, and how lines are written. Empty text when there are some."""
    if any(line.shares for line in analysis.exposure.positions):
        return ""
    return (
        '<section class="card state"><h2>No positions yet</h2>'
        "<p>Add a ticker under Settings, or paste positions there: shares, one line each.</p>"
        f"<pre>{escape(FORMAT)}</pre></section>"
    )

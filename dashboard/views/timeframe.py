"""What the time charts of all pages share: range buttons, the brushed range and its two buttons."""

from dataclasses import replace
from html import escape

from core.types import Sessions
from dashboard.charts.base import RANGES, Window, dates, range_name, range_window
from dashboard.parts import button, segments
from dashboard.selection import Selection
from dashboard.state import AppState


def tools(selection: Selection, sessions: Sessions) -> str:
    """The controls at the head of a time chart, as HTML."""
    options = {name: name for name in RANGES}
    chosen = range_name(selection.window, sessions)
    return _brushed(selection.brush) + segments("range", options, chosen, label="Dates shown")


def press(state: AppState, name: str) -> None:
    """Do what one of those controls asks for."""
    kind, _, key = name.partition(":")
    now, analysis = state.selection, state.analysis
    if analysis is not None and kind == "range" and key in RANGES:
        window = range_window(key, analysis.market.sessions)
        state.select(replace(now, window=window))
    elif kind == "brush":
        window_ = now.brush if key == "zoom" else now.window
        state.select(replace(now, window=window_, brush=None))


def brush(state: AppState, window: Window) -> None:
    """Share a range that the reader dragged over."""
    now = state.selection
    state.select(replace(now, brush=window))


def _brushed(window: Window | None) -> str:
    if window is None:
        return ""
    return (
        f'<span class="chip">{escape(dates(window))} {button("brush:zoom", "Zoom in")}'
        f"{button('brush:clear', 'Clear')}</span>"
    )

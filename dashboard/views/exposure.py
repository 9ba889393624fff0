"""Exposure."""

from panel.viewable import Viewable
from dashboard.parts import Part
from dashboard.state import AppState


def build(state: AppState) -> Viewable:
    return Part("<p>soon</p>")

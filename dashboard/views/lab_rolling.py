"""The lab: Was the ratio the same all along."""

from dashboard.lab import LabState
from dashboard.parts import Part
from dashboard.state import AppState


class RollingCard:
    """A card of the page *Lab*."""

    def __init__(self, state: AppState, lab: LabState) -> None:
        self.state, self.lab = state, lab
        self.view = Part("<h2>Was the ratio the same all along?</h2>", kind="card")

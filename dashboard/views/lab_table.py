"""The lab: Which hedge ratio, and does it depend on which leg comes first."""

from dashboard.lab import LabState
from dashboard.parts import Part
from dashboard.state import AppState


class TableCard:
    """A card of the page *Lab*."""

    def __init__(self, state: AppState, lab: LabState) -> None:
        self.state, self.lab = state, lab
        self.view = Part("<h2>Which hedge ratio?</h2>", kind="card")

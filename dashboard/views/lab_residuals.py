"""The lab: What is left in the spread."""

from dashboard.lab import LabState
from dashboard.parts import Part
from dashboard.state import AppState


class ResidualCard:
    """A card of the page *Lab*."""

    def __init__(self, state: AppState, lab: LabState) -> None:
        self.state, self.lab = state, lab
        self.view = Part("<h2>What is left in the spread?</h2>", kind="card")

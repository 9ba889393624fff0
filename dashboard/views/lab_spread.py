"""The lab: Does the spread come back."""

from dashboard.lab import LabState
from dashboard.parts import Part
from dashboard.state import AppState


class SpreadCard:
    """A card of the page *Lab*."""

    def __init__(self, state: AppState, lab: LabState) -> None:
        self.state, self.lab = state, lab
        self.view = Part("<h2>Does the spread come back?</h2>", kind="card")

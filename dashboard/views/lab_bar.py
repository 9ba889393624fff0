"""The lab: what is asked."""

from dashboard.lab import LabState
from dashboard.parts import Part
from dashboard.state import AppState


class QuestionBar:
    """A card of the page *Lab*."""

    def __init__(self, state: AppState, lab: LabState) -> None:
        self.state, self.lab = state, lab
        self.view = Part("<h2>What is asked</h2>", kind="card")

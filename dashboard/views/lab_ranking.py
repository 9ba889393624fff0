"""The lab: Which method held on days it had not seen."""

from dashboard.lab import LabState
from dashboard.parts import Part
from dashboard.state import AppState


class RankingCard:
    """A card of the page *Lab*."""

    def __init__(self, state: AppState, lab: LabState) -> None:
        self.state, self.lab = state, lab
        self.view = Part("<h2>Which method held on days it had not seen?</h2>", kind="card")

"""The lab: Does the textbook hedge work on this asset."""

from dashboard.lab import LabState
from dashboard.parts import Part
from dashboard.state import AppState


class CheckCard:
    """A card of the page *Lab*."""

    def __init__(self, state: AppState, lab: LabState) -> None:
        self.state, self.lab = state, lab
        self.view = Part("<h2>Does the textbook hedge work on this asset?</h2>", kind="card")

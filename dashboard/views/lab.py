"""Lab: which hedge ratio, whether its spread comes back, what held on unseen days; and the hedge check."""

import panel as pn
from panel.viewable import Viewable

from dashboard.lab import LabState
from dashboard.parts import Part, grid
from dashboard.state import AppState
from dashboard.views.lab_bar import QuestionBar
from dashboard.views.lab_check import CheckCard
from dashboard.views.lab_ranking import RankingCard
from dashboard.views.lab_residuals import ResidualCard
from dashboard.views.lab_rolling import RollingCard
from dashboard.views.lab_spread import SpreadCard
from dashboard.views.lab_table import TableCard


def build(state: AppState) -> Viewable:
    """The page for one session: built once, then only its contents change."""
    page = Lab(state)
    pn.state.on_session_destroyed(lambda _: page.lab.stop())
    return page.view


class Lab:
    """The parts of the page and what keeps them up to date.

    Each card watches the lab's state and draws only while the page is shown.
    """

    def __init__(self, state: AppState) -> None:
        self.lab = LabState(state)
        self.bar = QuestionBar(state, self.lab)
        self.table = TableCard(state, self.lab)
        self.spread = SpreadCard(state, self.lab)
        self.rolling = RollingCard(state, self.lab)
        self.residuals = ResidualCard(state, self.lab)
        self.ranking = RankingCard(state, self.lab)
        self.check = CheckCard(state, self.lab)
        self.view: Part = grid(
            "lab",
            self.bar.view,
            self.table.view,
            self.spread.view,
            self.rolling.view,
            self.residuals.view,
            self.ranking.view,
            self.check.view,
        )
        self.lab.begin()

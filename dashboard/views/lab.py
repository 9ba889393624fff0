"""Lab: which hedge ratio, whether its spread comes back, what held on unseen days; and the hedge check."""

import asyncio
import time
from collections.abc import Callable
from functools import partial
from typing import Final, Protocol

import panel as pn
from panel.viewable import Viewable

from dashboard.building import FRAME_SECONDS, fill
from dashboard.lab import LabState
from dashboard.parts import Part, grid
from dashboard.state import AppState
from dashboard.views import states
from dashboard.views.lab_bar import QuestionBar
from dashboard.views.lab_check import CheckCard
from dashboard.views.lab_ranking import RankingCard
from dashboard.views.lab_residuals import ResidualCard
from dashboard.views.lab_rolling import RollingCard
from dashboard.views.lab_spread import SpreadCard
from dashboard.views.lab_table import TableCard


class Card(Protocol):
    """A card of the page."""

    view: Part


CARDS: Final[tuple[Callable[[AppState, LabState], Card], ...]] = (
    SpreadCard,
    RollingCard,
    ResidualCard,
    RankingCard,
    CheckCard,
)
"""What stands under and beside the table, in the order of the page."""

FIRST_SECONDS: Final = 1.0
"""The table's head start: a comparison takes less, unless prices must be fetched for it."""


def build(state: AppState) -> Viewable:
    """The page for one session: built once, then only its contents change."""
    page = Lab(state)
    filling = asyncio.ensure_future(page.fill())

    def end(_: object) -> None:
        filling.cancel()
        page.lab.stop()

    pn.state.on_session_destroyed(end)
    return page.view


class Lab:
    """The parts of the page and what keeps them up to date.

    Each card watches the lab's state and draws only while the page is shown. Question and table come first:
    all cards at once take seconds to build and to draw.
    """

    def __init__(self, state: AppState) -> None:
        self.state, self.lab = state, LabState(state)
        self.bar = QuestionBar(state, self.lab)
        self.table = TableCard(state, self.lab)
        self.places = [Part(states.COMING_CARD, kind="slot") for _ in CARDS]
        self.view: Part = grid("lab", self.bar.view, self.table.view, *self.places)
        self.lab.begin()

    async def fill(self) -> None:
        """Build the other cards, one after the other, when the table has its figures or is long in coming."""
        last = time.monotonic() + FIRST_SECONDS
        while self.lab.compared is None and self.lab.standing is None and time.monotonic() < last:
            await asyncio.sleep(FRAME_SECONDS)
        for place, card in zip(self.places, CARDS, strict=True):
            await fill(place, partial(self._made, card), self.state)

    def _made(self, card: Callable[[AppState, LabState], Card]) -> Viewable:
        return card(self.state, self.lab).view

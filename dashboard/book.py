"""The book in the settings panel: chips with remove, one field to add, and the way to the grid."""

import re
from typing import Any, ClassVar, Final

import param

from core import words
from core.data.yahoo_words import PASSING
from core.errors import HedgeError
from core.positions import parse_quick_add, traded
from core.settings import Holding
from dashboard import freshness
from dashboard.component import Component
from dashboard.icons import ICONS
from dashboard.problems import beside
from dashboard.state import AppState, Problem
from dashboard.web import script, style

HOLDINGS: Final = "portfolio.holdings"


class Book(Component):
    """The holdings, one chip each. `editing` counts demands for the grid."""

    chips = param.List(default=[], doc="Ticker, what the mouse says, and a class for how it looks.")
    error = param.String(default="")
    added = param.Integer(default=0, doc="Counts what was added, so that the field empties.")
    editing = param.Integer(default=0)

    _bundle = script("book")
    _stylesheets: ClassVar[list[str]] = [style("book")]
    _constants: ClassVar[dict[str, Any]] = {"icons": ICONS}

    def __init__(self, state: AppState) -> None:
        self.state = state
        super().__init__(margin=0, sizing_mode="stretch_width")
        state.param.watch(self._refresh, ["settings", "analysis", "problem"])
        self._refresh()

    def told(self, message: dict[str, Any]) -> None:
        """Add, remove or edit."""
        if isinstance(message.get("add"), str):
            self.add(message["add"])
        if isinstance(message.get("remove"), str):
            self.remove(message["remove"])
        if message.get("edit"):
            self.editing += 1

    def add(self, text: str) -> None:
        """Add one line such as "AMZN 400"; shares of a ticker already held are added to it."""
        try:
            new = parse_quick_add(text)
        except HedgeError as error:
            self.state.problem = Problem.of(error, refused=True)
            return
        if self.state.change(HOLDINGS, merged(self.state.settings.portfolio.holdings, new)):
            self.added += 1

    def remove(self, ticker: str) -> None:
        """Take one holding out of the book."""
        kept = tuple(h for h in self.state.settings.portfolio.holdings if h.ticker != ticker)
        self.state.change(HOLDINGS, kept)

    def _refresh(self, *_: object) -> None:
        self.param.update(
            chips=[list(chip) for chip in chips(self.state)],
            error=complaint(self.state),
        )


def merged(holdings: tuple[Holding, ...], new: Holding) -> tuple[Holding, ...]:
    """The book with one more line, or with its shares added to the line that is there."""
    if new.ticker not in {h.ticker for h in holdings}:
        return (*holdings, new)
    return tuple(traded(h, new) if h.ticker == new.ticker else h for h in holdings)


def chips(state: AppState) -> list[tuple[str, str, str]]:
    """A chip for each holding; one that a problem names, or that has no price series, is marked."""
    problem, hedge = state.problem, state.settings.data.hedge
    text = problem.message if problem is not None and problem.where == HOLDINGS else ""
    blamed = set(re.split(r"[\s,:]+", text.rstrip("."))) | set(unpriced(state))
    found = []
    for holding in state.settings.portfolio.holdings:
        role = "hedge" if holding.ticker == hedge else ""
        if holding.ticker in blamed:
            role = "unknown"
        title = f"{words.shares(holding.shares)} shares"
        found.append((holding.ticker, f"{title}, the hedge held" if role == "hedge" else title, role))
    return found


def unpriced(state: AppState) -> tuple[str, ...]:
    """The holdings that the source has no prices for, as the last result says."""
    if state.analysis is None:
        return ()
    market = state.analysis.market
    priced = {*market.tickers, market.hedge}
    return tuple(t for t in state.analysis.settings.portfolio.tickers if t not in priced)


def complaint(state: AppState) -> str:
    """What is wrong with the book, beside it: the problem, else which holdings have no prices."""
    said = beside(state, HOLDINGS)
    missing = unpriced(state)
    if said or not missing:
        return said
    reasons = dict(freshness.unpriced(state.analysis)) if state.analysis is not None else {}
    wrong = [ticker for ticker in missing if reasons.get(ticker) not in PASSING]
    said = f"No prices for {', '.join(missing)}: listed on Exposure, left out of every figure."
    if wrong:
        which = "" if len(wrong) == len(missing) else f" {', '.join(wrong)}"
        return f"{said} Check the ticker{which}, or remove it."
    return f"{said} The tickers may be right: try again, or give a price file."

"""The bar on top: settings, book, day, benchmark, and where the data comes from."""

import datetime as dt
from functools import partial
from typing import Any, ClassVar, Final

import numpy as np
import param

from core import words
from core.data.base import PROVIDERS
from core.data.files import INDICES
from core.errors import HedgeError
from core.instruments import is_modelled
from core.pipeline import load_prices
from core.settings import DataSettings, PortfolioSettings
from core.types import Sessions
from dashboard.component import Component
from dashboard.freshness import chip, clock
from dashboard.icons import ICONS
from dashboard.runner import Runner
from dashboard.state import AppState
from dashboard.summary import book_text
from dashboard.web import script, style

AS_OF: Final = "data.as_of"
BENCHMARK: Final = "data.benchmark"

OF_SHARES: Final = frozenset({"GSPC", "NDX", "RUT", "DJI"})
"""The indices that are worth a number of shares; the others are yields and volatilities."""


class TopBar(Component):
    """One session's bar. `editing` counts demands for the positions."""

    open = param.Boolean(default=True)
    dark = param.Boolean(default=False)
    book = param.String(default="")
    day = param.String(default="", doc="The session shown, as 2022-12-28.")
    day_text = param.String(default="\u2014")
    first = param.String(default="")
    last = param.String(default="")
    wrong = param.String(default="", doc="Why the day asked for has no result.")
    benchmark = param.String(default="")
    benchmarks = param.List(default=[])
    chip = param.String(default="")
    chip_short = param.String(default="", doc="The chip's words on a phone.")
    chip_state = param.String(default="", doc="'info' for the sample, 'warn' for stale prices.")
    asks_data = param.Integer(default=0, doc="Counts presses of the chip.")
    editing = param.Integer(default=0)
    replaying = param.Boolean(default=False)

    _bundle = script("topbar")
    _stylesheets: ClassVar[list[str]] = [style("topbar")]
    _constants: ClassVar[dict[str, Any]] = {"icons": ICONS}

    def __init__(self, state: AppState, runner: Runner) -> None:
        self.state = state
        self.runner = runner
        self._sessions: Sessions = np.array([], dtype="datetime64[D]")
        self._calendar: tuple[object, ...] = ()
        super().__init__(margin=0)
        state.param.watch(self._show_settings, ["settings", "problem"])
        state.param.watch(self._show, "analysis")
        state.param.watch(self._load_calendar, "analysis")
        state.param.watch(lambda event: setattr(self, "replaying", event.new is not None), "replay_window")
        self._show_settings()
        self._show()

    @property
    def sessions(self) -> Sessions:
        """All sessions of the benchmark, past the day shown too; empty until they are read.

        Those of the source before would say that a day is the latest when it is not.
        """
        known = self._calendar == _calendar_of(self.state.settings.data)
        return self._sessions if known else self._sessions[:0]

    def told(self, message: dict[str, Any]) -> None:
        """A day, a step, a benchmark, the wish to edit the book or see the data, or a minute passed."""
        if message.get("step") in (-1, 1):
            self.step(message["step"])
        if isinstance(message.get("day"), str):
            self.go_to(message["day"])
        if message.get("benchmark") in self.benchmarks:
            self.state.change(BENCHMARK, message["benchmark"])
        if message.get("edit"):
            self.editing += 1
        if message.get("data"):
            self.asks_data += 1
        if message.get("minute"):
            self._show_chip()

    def step(self, way: int) -> None:
        """Go one session back or forward; the last one is "latest", which moves on with the data."""
        sessions = self.sessions
        if self.state.analysis is None or not len(sessions):
            return
        at = int(np.searchsorted(sessions, self.state.analysis.market.as_of)) + way
        if 0 <= at < len(sessions):
            self.go_to(str(sessions[at]))

    def go_to(self, day: str) -> None:
        """Show the page as of a day; without prices on it, the session before counts."""
        try:
            wanted = dt.date.fromisoformat(day)
        except ValueError:
            return  # a browser sends whole dates only
        sessions = self.sessions
        latest = bool(len(sessions)) and np.datetime64(wanted) >= sessions[-1]
        self.state.change(AS_OF, None if latest else wanted)

    async def _load_calendar(self, event: param.parameterized.Event) -> None:
        """All sessions of the benchmark, so that one can step past the day shown."""
        if event.new is None:
            return
        data: DataSettings = event.new.settings.data
        key = _calendar_of(data)
        if key == self._calendar and data.as_of is not None:
            return
        try:
            latest, nothing = _latest(data), PortfolioSettings(holdings=())
            await self.runner.prepare(latest, nothing)
            prices = await self.runner.compute(partial(load_prices, latest, nothing))
        except HedgeError:
            return  # the analysis itself says what is wrong with the prices
        self._sessions, self._calendar = prices.sessions, key
        self._show()

    def _show_settings(self, *_: object) -> None:
        data, problem = self.state.settings.data, self.state.problem
        names = [name for name in PROVIDERS[data.provider].item.available(data.folder) if _usable(name, data)]
        if data.benchmark not in names:
            names = [data.benchmark, *names]
        mine = problem is not None and problem.where == AS_OF
        self.param.update(
            benchmark=data.benchmark,
            benchmarks=names,
            wrong=problem.message if problem and mine else "",
        )

    def _show(self, *_: object) -> None:
        analysis = self.state.analysis
        if analysis is None:
            return
        sessions = self.sessions if len(self.sessions) else analysis.market.sessions
        self._show_chip()
        self.param.update(
            book=book_text(analysis),
            day=str(analysis.market.as_of),
            day_text=words.day(analysis.market.as_of),
            first=str(sessions[1]),
            last=str(max(sessions[-1], analysis.market.as_of)),
        )

    def _show_chip(self) -> None:
        analysis = self.state.analysis
        if analysis is not None:
            state, text, short = chip(analysis, clock())
            self.param.update(chip_state=state, chip=text, chip_short=short)


def _calendar_of(data: DataSettings) -> tuple[object, ...]:
    """What the sessions there are depend on."""
    return (data.provider, data.folder, data.benchmark, data.start)


def _latest(data: DataSettings) -> DataSettings:
    """What tells all sessions there are, and asks for no other series."""
    return DataSettings(
        provider=data.provider,
        folder=data.folder,
        benchmark=data.benchmark,
        hedge=data.benchmark + "-MODEL",
        start=data.start,
    )


def _usable(name: str, data: DataSettings) -> bool:
    """Whether a series can be a benchmark: not a yield or volatility level, and not the hedge."""
    level = name.startswith("^") and name.removeprefix("^") in INDICES - OF_SHARES
    return name != data.hedge and not level and not is_modelled(name)

"""The replay: a window of past days, stepped through with only what was known each evening.

A day of it is nothing but `data.as_of` set to that day, so the whole page, every figure of it, is computed
again from prices up to then. The book follows the rule meanwhile (`hedge.held`): the order of an evening is
the fill that the backtest makes next. The clock is the browser's: a day is asked for when the one before is
on the screen, so none is skipped, a slow page slows the replay, and nothing runs on when the tab has gone.
"""

from collections.abc import Callable, Sequence
from typing import Any, ClassVar, Final

import numpy as np
import param

from core import words
from core.settings import DataSettings
from core.types import Sessions
from dashboard.charts.base import Window, dates
from dashboard.component import Component
from dashboard.icons import ICONS
from dashboard.problems import is_current
from dashboard.state import AppState
from dashboard.web import script, style

AS_OF: Final = "data.as_of"
HELD: Final = "hedge.held"
LAST: Final = 60
"""Sessions in the window that is always offered."""

SPEEDS: Final = (
    (0.5, "0.5\u00d7", "Half a day a second"),
    (1.0, "1\u00d7", "1 day a second"),
    (2.0, "2\u00d7", "2 days a second"),
    (4.0, "4\u00d7", "4 days a second"),
    (0.0, "Max", "As fast as it can"),
)
"""Days a second at most, and how that is written; 0 is no limit."""


class Replay(Component):
    """One session's player, a bar under the page. `state.replay_window` opens and closes it.

    Parameters
    ----------
    state
        Its settings get the day; everything else on the page follows from that.
    calendar
        All sessions there are, later ones than the day shown included; asked when the player opens, and
        kept, because the analysis of an early day knows fewer. An empty answer means those of the page.
    """

    open = param.Boolean(default=False)
    windows = param.List(default=[], doc="The names of the windows to choose from.")
    window = param.Integer(default=0, doc="Which of them is replayed.")
    days = param.List(default=[], doc="The window's sessions, in words.")
    index = param.Integer(default=0, doc="The day shown; -1 and len(days) when it lies before or after.")
    playing = param.Boolean(default=False)
    speed = param.Number(default=1.0, doc="Days a second at most; 0 is as fast as the page can.")
    answered = param.Integer(default=0, doc="The number of the last demand whose day is on the page.")

    _bundle = script("replay")
    _stylesheets: ClassVar[list[str]] = [style("replay")]
    _constants: ClassVar[dict[str, Any]] = {"icons": ICONS, "speeds": SPEEDS}

    def __init__(self, state: AppState, calendar: Callable[[], Sessions]) -> None:
        self.state = state
        self._ask_calendar = calendar
        self._calendar: Sessions = np.array([], dtype="datetime64[D]")
        self._sessions = self._calendar
        self._offered: tuple[tuple[str, Window], ...] = ()
        self._choices: list[tuple[str, Window]] = []
        self._before: object = None
        self._held_before = "book"
        self._source = _source(state.settings.data)
        self._shown_before: np.datetime64 = np.datetime64("NaT")
        self._asked = 0
        super().__init__(margin=0, sizing_mode="stretch_width")
        state.param.watch(self._requested, "replay_window")
        state.param.watch(self._follow, "settings")
        # After the pages, whenever they are built: it answers the browser when they know of a new day.
        state.param.watch(self._answer, ["analysis", "problem"], precedence=1)
        state.param.watch(lambda _: self._list(), "selection")

    def offer(self, windows: Sequence[tuple[str, np.datetime64, np.datetime64]]) -> None:
        """Give named windows to choose from, such as the crashes of the page's history.

        While the player is open its list stays: the history of an early day knows fewer of them.
        """
        if not self.open:
            self._offered = tuple((name, (start, end)) for name, start, end in windows)

    def toggle(self) -> None:
        """Open on the first window there is, or close."""
        if self.open:
            self.close()
        elif self.state.analysis is not None:
            self._begin()
            self.state.replay_window = self._windows()[0][1]

    def close(self) -> None:
        """Go back to the day there was before; every other change since then stays."""
        self.state.replay_window = None

    def told(self, message: dict[str, Any]) -> None:
        """A day of the window, with the number of the demand; another window; or enough of it."""
        index, asked, window = message.get("go"), message.get("asked"), message.get("window")
        if type(index) is int and type(asked) is int:
            self._asked = asked
            if self.open:
                self._go(index)
        if type(window) is int and 0 <= window < len(self._choices):
            self.state.replay_window = self._choices[window][1]
        if message.get("close"):
            self.close()

    def _requested(self, event: param.parameterized.Event) -> None:
        """Open on the window asked for, or close."""
        if event.new is None:
            if self.open:
                self.param.update(open=False, playing=False)
                settings = self.state.settings.with_value(AS_OF, self._before)
                self.state.apply(settings.with_value(HELD, self._held_before))
            return
        opening = not self.open
        if opening:
            self._begin()
        if not len(self._calendar):
            self.state.replay_window = None  # nothing is known yet, so there is nothing to step through
            return
        start, end = event.new
        first = min(int(np.searchsorted(self._calendar, start)), len(self._calendar) - 1)
        last = max(int(np.searchsorted(self._calendar, end, side="right")), first + 1)
        self._sessions = self._calendar[first:last]
        self.param.update(days=[words.day(day) for day in self._sessions], playing=False, open=True)
        self._list()
        # One change, so that no evening is shown with an order for a book that ignored the rule till then.
        settings = self.state.settings.with_value(AS_OF, self._sessions[0].item())
        self.state.apply(settings.with_value(HELD, "rule") if opening else settings)
        self._go(0)

    def _begin(self) -> None:
        """Keep what closing goes back to, and the sessions as they are known now."""
        analysis, data = self.state.analysis, self.state.settings.data
        if analysis is None:
            return
        self._before, self._source = data.as_of, _source(data)
        self._held_before = self.state.settings.hedge.held
        self._shown_before = analysis.market.as_of
        known = self._ask_calendar()
        self._calendar = known if len(known) else analysis.market.sessions

    def _windows(self) -> list[tuple[str, Window]]:
        """What there is to choose from: a marked range, the last sessions, what was offered."""
        end = int(np.searchsorted(self._calendar, self._shown_before, side="right"))
        last = self._calendar[max(0, end - LAST) : max(1, end)]
        found = [(f"Last {len(last)} sessions", (last[0], last[-1])), *self._offered]
        brush = self.state.selection.brush
        return found if brush is None else [("Marked range", brush), *found]

    def _list(self) -> None:
        """Show the windows, with the one under replay chosen."""
        window = self.state.replay_window
        if not self.open or window is None:
            return
        self._choices = self._windows()
        at = next((i for i, (_, known) in enumerate(self._choices) if known == window), len(self._choices))
        if at == len(self._choices):
            self._choices.append((dates(window), window))
        self.param.update(windows=[name for name, _ in self._choices], window=at)

    def _go(self, index: int) -> None:
        """Show one day of the window; a number outside it means the end on that side."""
        day = self._sessions[min(max(index, 0), len(self._sessions) - 1)].item()
        if day == self.state.settings.data.as_of:
            self._follow()
            self._answer()
        else:
            self.state.change(AS_OF, day)

    def _follow(self, *_: object) -> None:
        """Show where the day stands in the window, whoever set it; other prices end the replay."""
        if not self.open:
            return
        data = self.state.settings.data
        if _source(data) != self._source:
            # The day to go back to was one of the other prices.
            self.param.update(open=False, playing=False)
            self.state.replay_window = None
            return
        day = self._calendar[-1] if data.as_of is None else np.datetime64(data.as_of)
        after = len(self._sessions) if day > self._sessions[-1] else None
        at = int(np.searchsorted(self._sessions, day, side="right")) - 1 if after is None else after
        self.index = at
        if not 0 <= at < len(self._sessions):
            self.playing = False

    def _answer(self, *_: object) -> None:
        """Say that the day asked for is on the page, or stop because it has no result."""
        if not self.open:
            return
        if is_current(self.state):
            self.answered = self._asked
        elif self.state.problem is not None:
            self.param.update(playing=False, answered=self._asked)


def _source(data: DataSettings) -> tuple[str, str, str]:
    """What the calendar depends on."""
    return data.provider, data.folder, data.benchmark

"""The replay: every day of a window in turn, nothing known too early, and back to where it began."""

import asyncio
import datetime as dt
from collections.abc import Awaitable, Callable
from functools import cache
from typing import Any

import numpy as np
import pytest

from core.errors import BadFile
from core.pipeline import Analysis, analyse
from core.settings import Settings
from core.types import Sessions
from dashboard.charts.base import rows_in
from dashboard.replay import LAST, SPEEDS, Replay
from dashboard.runner import Runner
from dashboard.selection import Selection
from dashboard.state import AppState
from tests.waiting import until

FEBRUARY = (np.datetime64("2020-02-19"), np.datetime64("2020-03-23"))

Use = Callable[[AppState, Replay], Awaitable[None]]


@cache
def sessions() -> Sessions:
    return analyse().market.sessions


@cache
def inside() -> Sessions:
    return sessions()[rows_in(sessions(), FEBRUARY)]


class Browser:
    """What the script does: one demand at a time, the next when the last is answered."""

    def __init__(self, replay: Replay) -> None:
        self.replay = replay
        self.asked = 0

    def go(self, index: int) -> None:
        self.asked += 1
        self.replay.told({"go": index, "asked": self.asked})

    async def answer(self) -> None:
        await until(lambda: self.replay.answered == self.asked)


def followed(day: np.datetime64) -> Settings:
    """An evening of the replay: the book holds what the rule left it."""
    return Settings().with_value("data.as_of", day.item()).with_value("hedge.held", "rule")


def run(use: Use, settings: Settings | None = None, *, how: Any = analyse, calendar: Any = None) -> None:
    async def session() -> None:
        state = AppState(settings)
        runner = Runner(state, run=how)
        replay = Replay(state, lambda: sessions() if calendar is None else calendar)
        await runner.start()
        await use(state, replay)
        runner.stop()

    asyncio.run(session())


def shown(state: AppState) -> np.datetime64:
    assert state.analysis is not None
    return state.analysis.market.as_of


def test_every_evening_reads_as_it_would_have_then() -> None:
    async def use(state: AppState, replay: Replay) -> None:
        seen: list[tuple[str, str]] = []

        def note(event: Any) -> None:
            seen.append((str(event.new.market.as_of), str(event.new.headline)))

        state.param.watch(note, "analysis")
        browser = Browser(replay)
        state.replay_window = FEBRUARY
        assert (replay.open, replay.index, len(replay.days)) == (True, 0, len(inside()))
        assert (replay.days[0], replay.days[-1]) == ("19 Feb 2020", "23 Mar 2020")
        for index in range(len(inside())):
            browser.go(index)
            await browser.answer()
            assert replay.index == index
        wanted = [(str(day), str(analyse(followed(day)).headline)) for day in inside()]
        assert seen == wanted

    run(use)


def test_a_day_is_answered_only_when_it_is_on_the_page() -> None:
    async def use(state: AppState, replay: Replay) -> None:
        state.replay_window = FEBRUARY
        browser = Browser(replay)
        browser.go(3)
        assert replay.answered == 0
        await browser.answer()
        assert shown(state) == inside()[3]
        browser.go(3)  # nothing to do
        assert replay.answered == 2

    run(use)


def test_another_setting_changed_in_between_counts_and_stays() -> None:
    async def use(state: AppState, replay: Replay) -> None:
        state.replay_window = FEBRUARY
        browser = Browser(replay)
        browser.go(2)
        state.change("beta.window_sessions", 90)
        await browser.answer()
        assert state.analysis is not None
        assert (shown(state), state.analysis.settings.beta.window_sessions) == (inside()[2], 90)
        state.reset()
        await until(lambda: state.analysis is not None and state.analysis.settings == state.settings)
        assert shown(state) == inside()[2]
        state.change("beta.window_sessions", 100)
        replay.told({"close": True})
        assert not replay.open
        assert state.replay_window is None
        assert state.settings == Settings().with_value("beta.window_sessions", 100)

    run(use)


def test_closing_goes_back_to_the_day_there_was() -> None:
    early = dt.date(2021, 6, 30)

    async def use(state: AppState, replay: Replay) -> None:
        replay.toggle()
        assert replay.windows == [f"Last {LAST} sessions"]
        assert (len(replay.days), replay.days[-1]) == (LAST, "30 Jun 2021")
        replay.toggle()
        assert state.settings.data.as_of == early
        replay.toggle()
        assert state.settings.data.as_of != early
        replay.close()
        assert state.settings.data.as_of == early

    run(use, Settings().with_value("data.as_of", early))


def test_the_windows_are_those_of_the_time_before_the_replay() -> None:
    crash = ("2018, fourth quarter", np.datetime64("2018-09-20"), np.datetime64("2018-12-24"))

    async def use(state: AppState, replay: Replay) -> None:
        replay.offer([crash, ("2020", *FEBRUARY)])
        state.select(Selection(brush=(np.datetime64("2019-05-01"), np.datetime64("2019-05-31"))))
        replay.toggle()
        assert replay.windows == ["Marked range", "Last 60 sessions", crash[0], "2020"]
        assert (replay.window, replay.days[0]) == (0, "1 May 2019")
        replay.told({"window": 2})
        assert (replay.window, replay.days[0], replay.index) == (2, "20 Sep 2018", 0)
        replay.offer([])
        assert len(replay.windows) == 4
        replay.told({"window": 1})
        assert replay.days[-1] == "28 Dec 2022"
        state.select(Selection())
        assert (replay.windows, replay.window) == (["Last 60 sessions", crash[0], "2020"], 0)
        state.replay_window = (np.datetime64("2019-01-02"), np.datetime64("2019-01-10"))
        assert replay.windows[replay.window] == "2 Jan \u2013 10 Jan 2019"
        for nonsense in (-1, 99, True, "0", None):
            replay.told({"window": nonsense})
        assert replay.days[0] == "2 Jan 2019"

    run(use)


def test_a_window_without_a_session_is_the_one_next_to_it() -> None:
    async def use(state: AppState, replay: Replay) -> None:
        state.replay_window = (np.datetime64("2020-03-14"), np.datetime64("2020-03-15"))
        assert replay.days == ["16 Mar 2020"]
        state.replay_window = (np.datetime64("2030-01-01"), np.datetime64("2030-02-01"))
        assert replay.days == ["28 Dec 2022"]
        browser = Browser(replay)
        for index in (-7, 7):
            browser.go(index)
            await browser.answer()
            assert state.settings.data.as_of == dt.date(2022, 12, 28)

    run(use)


def test_a_day_without_a_result_stops_it_and_keeps_the_page() -> None:
    bad = inside()[2].item()

    def broken(settings: Settings, /, **_: Any) -> Analysis:
        if settings.data.as_of == bad:
            raise BadFile("There is too little history.", where="data.as_of")
        return analyse(settings)

    async def use(state: AppState, replay: Replay) -> None:
        state.replay_window = FEBRUARY
        browser = Browser(replay)
        browser.go(1)
        await browser.answer()
        replay.playing = True
        browser.go(2)
        await browser.answer()
        assert not replay.playing
        assert state.problem is not None
        assert (shown(state), replay.index) == (inside()[1], 2)
        browser.go(2)  # the same day again is answered, or the script would wait for ever
        await browser.answer()
        browser.go(3)
        await browser.answer()
        assert (state.problem, shown(state)) == (None, inside()[3])

    run(use, how=broken)


def test_a_day_chosen_elsewhere_moves_the_player() -> None:
    async def use(state: AppState, replay: Replay) -> None:
        state.replay_window = FEBRUARY
        replay.playing = True
        state.change("data.as_of", dt.date(2020, 3, 15))  # a Sunday
        assert (replay.days[replay.index], replay.playing) == ("13 Mar 2020", True)
        state.change("data.as_of", dt.date(2020, 1, 2))
        assert (replay.index, replay.playing) == (-1, False)
        state.change("data.as_of", None)
        assert replay.index == len(replay.days)

    run(use)


def test_other_prices_end_it_where_they_are() -> None:
    async def use(state: AppState, replay: Replay) -> None:
        state.replay_window = FEBRUARY
        state.change("data.folder", "elsewhere")
        assert (replay.open, state.replay_window) == (False, None)
        assert state.settings.data.as_of == FEBRUARY[0].item()

    run(use)


def test_nothing_opens_before_there_is_a_result() -> None:
    state = AppState()
    replay = Replay(state, sessions)
    replay.toggle()
    state.replay_window = FEBRUARY
    assert (replay.open, state.replay_window, state.settings) == (False, None, Settings())
    replay.told({"go": 3, "asked": 1})
    replay.told({"close": True})
    assert state.settings == Settings()


def test_without_a_calendar_the_page_has_its_own() -> None:
    async def use(state: AppState, replay: Replay) -> None:
        replay.toggle()
        assert replay.days[-1] == "30 Jun 2021"

    none = np.array([], dtype="datetime64[D]")
    run(use, Settings().with_value("data.as_of", dt.date(2021, 6, 30)), calendar=none)


@pytest.mark.parametrize("message", [{}, {"go": "1", "asked": 1}, {"go": True, "asked": 1}, {"go": 1}])
def test_a_message_of_another_shape_is_ignored(message: dict[str, Any]) -> None:
    async def use(state: AppState, replay: Replay) -> None:
        state.replay_window = FEBRUARY
        before = state.settings
        replay.told(message)
        assert state.settings == before

    run(use)


def test_speeds_are_days_a_second_and_end_without_a_limit() -> None:
    assert [speed for speed, _, _ in SPEEDS] == [0.5, 1.0, 2.0, 4.0, 0.0]

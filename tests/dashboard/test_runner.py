"""The runner: newest settings win, nothing good is lost, and every failure has words."""

import asyncio
import logging
import threading
import time
from collections.abc import Callable
from typing import Any

import pytest

from core.data.base import PROVIDERS, PriceRequest
from core.errors import BadFile, Cancelled
from core.pipeline import Analysis, analyse
from core.progress import SeriesStep
from core.settings import DataSettings, PortfolioSettings, Settings
from dashboard.runner import Runner, unexpected
from dashboard.state import AppState


def window(settings: Settings) -> int:
    return settings.beta.window_sessions


def test_start_publishes_the_analysis_of_the_settings() -> None:
    async def session() -> AppState:
        state = AppState()
        await Runner(state).start()
        return state

    state = asyncio.run(session())
    assert state.analysis is not None
    assert state.analysis.settings == state.settings
    assert state.problem is None


def test_a_changed_setting_is_run_by_itself() -> None:
    async def session() -> AppState:
        state = AppState()
        runner = Runner(state)
        await runner.start()
        state.change("beta.window_sessions", 90)
        while state.analysis is None or window(state.analysis.settings) != 90:
            await asyncio.sleep(0.01)
        runner.stop()
        return state

    assert asyncio.run(asyncio.wait_for(session(), 20)).problem is None


def test_a_refresh_is_for_the_symbols_of_this_session_and_runs_again(monkeypatch: pytest.MonkeyPatch) -> None:
    held: list[PriceRequest] = []
    monkeypatch.setattr(PROVIDERS["sample"].item, "refresh", held.append)
    ran = 0

    def run(settings: Settings, /, *, progress: Any, cancelled: Callable[[], bool]) -> Analysis:
        nonlocal ran
        ran += 1
        return analyse(settings)

    async def session() -> AppState:
        state = AppState()
        runner = Runner(state, run=run)
        await runner.start()
        runner.refresh()
        while ran < 2:
            await asyncio.sleep(0.01)
        runner.stop()
        return state

    state = asyncio.run(asyncio.wait_for(session(), 20))
    assert [set(request.tickers) >= set(state.settings.portfolio.tickers) for request in held] == [True]


def test_while_one_runs_only_the_newest_waits() -> None:
    ran: list[int] = []
    gate = threading.Event()

    def run(settings: Settings, /, *, progress: Any, cancelled: Callable[[], bool]) -> Analysis:
        ran.append(window(settings))
        gate.wait(10)
        return analyse(settings)

    async def session() -> AppState:
        state = AppState()
        runner = Runner(state, run=run)
        first = asyncio.ensure_future(runner.start())
        await asyncio.sleep(0.05)
        for value in range(61, 100):
            await runner.request(Settings().with_value("beta.window_sessions", value))
        gate.set()
        await first
        return state

    state = asyncio.run(session())
    assert ran == [60, 99]
    assert state.analysis is not None
    assert window(state.analysis.settings) == 99


def test_a_long_run_is_given_up_for_newer_settings() -> None:
    def run(settings: Settings, /, *, progress: Any, cancelled: Callable[[], bool]) -> Analysis:
        for _ in range(500):
            if window(settings) != 60:
                return analyse(settings)
            if cancelled():
                raise Cancelled("newer")
            time.sleep(0.01)
        raise AssertionError("it was never given up")

    async def session() -> AppState:
        state = AppState()
        runner = Runner(state, run=run)
        first = asyncio.ensure_future(runner.start())
        await asyncio.sleep(0.05)
        await runner.request(Settings().with_value("beta.window_sessions", 70))
        await first
        return state

    state = asyncio.run(session())
    assert state.analysis is not None
    assert window(state.analysis.settings) == 70
    assert state.problem is None


def test_a_known_error_keeps_the_last_good_result() -> None:
    async def session() -> AppState:
        state = AppState()
        runner = Runner(state)
        await runner.start()
        good = state.analysis

        def broken(settings: Settings, /, **_: Any) -> Analysis:
            raise BadFile("SPY.csv has no date column.", hint="Add one.", where="data.folder")

        runner._run = broken
        await runner.start()
        assert state.analysis is good
        return state

    problem = asyncio.run(session()).problem
    assert problem is not None
    assert (problem.message, problem.hint, problem.where) == (
        "SPY.csv has no date column.",
        "Add one.",
        "data.folder",
    )


def test_what_is_refused_during_a_run_keeps_its_words_until_the_next_one() -> None:
    gate = threading.Event()

    def run(settings: Settings, /, *, progress: Any, cancelled: Callable[[], bool]) -> Analysis:
        gate.wait(10)
        return analyse(settings)

    async def session() -> None:
        state = AppState()
        runner = Runner(state, run=run)
        first = asyncio.ensure_future(runner.start())
        await asyncio.sleep(0.05)
        state.change("beta.window_sessions", 9999)
        refused = state.problem
        gate.set()
        await first
        assert state.analysis is not None
        assert refused is not None
        assert state.problem is refused
        await runner.start()
        assert state.problem is None
        runner.stop()

    asyncio.run(session())


def test_what_an_earlier_run_complained_of_is_not_kept() -> None:
    gate = threading.Event()

    def run(settings: Settings, /, *, progress: Any, cancelled: Callable[[], bool]) -> Analysis:
        if window(settings) == 60:
            gate.wait(10)
            raise BadFile("SPY.csv has no date column.")
        return analyse(settings)

    async def session() -> None:
        state = AppState()
        runner = Runner(state, run=run)
        first = asyncio.ensure_future(runner.start())
        await asyncio.sleep(0.05)
        await runner.request(Settings().with_value("beta.window_sessions", 70))
        gate.set()
        await first
        assert state.analysis is not None
        assert state.problem is None
        runner.stop()

    asyncio.run(session())


def test_an_unknown_error_is_logged_under_the_id_that_is_shown(caplog: pytest.LogCaptureFixture) -> None:
    def broken(settings: Settings, /, **_: Any) -> Analysis:
        raise ZeroDivisionError("secret detail")

    async def session() -> AppState:
        state = AppState()
        runner = Runner(state, run=broken)
        await runner.start()
        assert runner.work is None
        return state

    with caplog.at_level(logging.ERROR):
        problem = asyncio.run(session()).problem
    assert problem is not None
    assert "secret" not in problem.message
    reference = problem.message.split("reference ")[1].split(")")[0]
    assert reference in caplog.text
    assert "secret detail" in caplog.text


def test_two_errors_have_two_ids() -> None:
    assert unexpected(ValueError()).message != unexpected(ValueError()).message


def test_a_stopped_runner_publishes_nothing() -> None:
    gate = threading.Event()

    def run(settings: Settings, /, *, progress: Any, cancelled: Callable[[], bool]) -> Analysis:
        gate.wait(10)
        progress(0.5, "half")
        return analyse(settings)

    async def session() -> AppState:
        state = AppState()
        runner = Runner(state, run=run)
        first = asyncio.ensure_future(runner.start())
        await asyncio.sleep(0.05)
        runner.stop()
        gate.set()
        await first
        state.change("beta.window_sessions", 80)
        await asyncio.sleep(0.05)
        return state

    state = asyncio.run(session())
    assert state.analysis is None
    assert state.problem is None


def test_progress_is_told_while_it_runs() -> None:
    gate = threading.Event()

    def run(settings: Settings, /, *, progress: Any, cancelled: Callable[[], bool]) -> Analysis:
        progress(0.4, "Reading SPY")
        gate.wait(10)
        return analyse(settings)

    async def session() -> list[tuple[float, str]]:
        state = AppState()
        runner = Runner(state, run=run)
        told: list[tuple[float, str]] = []
        runner.param.watch(lambda event: event.new and told.append((event.new.done, event.new.text)), "work")
        first = asyncio.ensure_future(runner.start())
        await asyncio.sleep(0.5)
        gate.set()
        await first
        assert runner.work is None
        return told

    assert (0.4, "Reading SPY") in asyncio.run(session())


def test_prices_are_fetched_on_other_threads_and_can_be_stopped() -> None:
    asked: list[str] = []

    def prepare(data: DataSettings, portfolio: PortfolioSettings, /, *, progress: Any) -> None:
        asked.append(threading.current_thread().name)
        if data.as_of is not None:
            for _ in range(1000):
                progress(0.5, "NVDA", (SeriesStep("NVDA", "asking"),))
                time.sleep(0.01)
            raise AssertionError("it was never stopped")

    async def session() -> None:
        state = AppState()
        runner = Runner(state, prepare=prepare)
        await runner.start()
        before = state.analysis
        state.change("data.as_of", "2020-03-16")
        while runner.work is None or not runner.work.series:
            await asyncio.sleep(0.01)
        runner.cancel()
        while runner.work is not None:
            await asyncio.sleep(0.01)
        assert state.problem is not None
        assert state.problem.message == "Fetching prices was stopped."
        assert state.analysis is before
        runner.stop()

    asyncio.run(asyncio.wait_for(session(), 20))
    assert len(asked) == 2
    assert all(name.startswith("prices") for name in asked)


def test_what_is_computed_ahead_is_not_told_until_the_start() -> None:
    done = threading.Event()
    prepared: list[DataSettings] = []

    def run(settings: Settings, /, *, progress: Any, cancelled: Callable[[], bool]) -> Analysis:
        progress(0.5, "half")
        done.set()
        return analyse(settings)

    def prepare(data: DataSettings, portfolio: PortfolioSettings, /, *, progress: Any) -> None:
        prepared.append(data)
        if len(prepared) > 1:
            raise BadFile("The folder cannot be read.")

    state = AppState()
    runner = Runner(state, run=run, prepare=prepare)
    runner.ahead()
    assert done.wait(10)
    assert (state.analysis, runner.work) == (None, None)
    done.clear()
    runner.ahead()  # what goes wrong here is told by the start
    assert not done.wait(0.2)
    assert state.problem is None
    asyncio.run(runner.start())
    assert state.problem is not None
    runner.stop()

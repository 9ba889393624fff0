"""The runner: newest settings win, nothing good is lost, and every failure has words."""

import asyncio
import logging
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from core.data.base import PROVIDERS, PriceRequest
from core.errors import BadFile, Cancelled
from core.pipeline import Analysis, analyse
from core.progress import SeriesStep
from core.settings import DataSettings, PortfolioSettings, Settings
from dashboard.runner import Runner, unexpected
from dashboard.state import AppState
from tests.waiting import PATIENCE, quiet, until, wait_until


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
        await until(lambda: state.analysis is not None and window(state.analysis.settings) == 90)
        runner.stop()
        return state

    assert asyncio.run(session()).problem is None


def test_settings_are_settled_by_their_figures_or_by_a_problem() -> None:
    def run(settings: Settings, /, *, progress: Any, cancelled: Callable[[], bool]) -> Analysis:
        if window(settings) == 75:
            raise BadFile("No.")
        return analyse(settings)

    async def session() -> None:
        state = AppState()
        runner = Runner(state, run=run)
        assert not runner.settled
        await runner.start()
        assert runner.settled
        state.change("beta.window_sessions", 75)
        assert not runner.settled
        await until(lambda: state.problem is not None)
        assert runner.settled
        runner.stop()

    asyncio.run(session())


def test_a_value_refused_before_the_run_of_the_one_before_it_begins_keeps_its_words() -> None:
    async def session() -> AppState:
        state = AppState()
        runner = Runner(state)
        await runner.start()
        assert state.change("beta.window_sessions", 75)
        assert not state.change("beta.window_sessions", 9999)  # no turn of the loop in between
        await until(lambda: state.analysis is not None and window(state.analysis.settings) == 75)
        runner.stop()
        return state

    problem = asyncio.run(session()).problem
    assert problem is not None
    assert "9,999" in problem.message


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
        await until(lambda: ran == 2)
        runner.stop()
        return state

    state = asyncio.run(session())
    assert [set(request.tickers) >= set(state.settings.portfolio.tickers) for request in held] == [True]


def test_while_one_runs_only_the_newest_waits() -> None:
    ran: list[int] = []
    gate = threading.Event()

    def run(settings: Settings, /, *, progress: Any, cancelled: Callable[[], bool]) -> Analysis:
        ran.append(window(settings))
        assert gate.wait(PATIENCE)
        return analyse(settings)

    async def session() -> AppState:
        state = AppState()
        runner = Runner(state, run=run)
        first = asyncio.ensure_future(runner.start())
        await until(lambda: ran)
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
    ran: list[int] = []

    def run(settings: Settings, /, *, progress: Any, cancelled: Callable[[], bool]) -> Analysis:
        ran.append(window(settings))
        if window(settings) != 60:
            return analyse(settings)
        wait_until(cancelled)
        raise Cancelled("newer")

    async def session() -> AppState:
        state = AppState()
        runner = Runner(state, run=run)
        first = asyncio.ensure_future(runner.start())
        await until(lambda: ran)
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
    began, gate = threading.Event(), threading.Event()

    def run(settings: Settings, /, *, progress: Any, cancelled: Callable[[], bool]) -> Analysis:
        began.set()
        assert gate.wait(PATIENCE)
        return analyse(settings)

    async def session() -> None:
        state = AppState()
        runner = Runner(state, run=run)
        first = asyncio.ensure_future(runner.start())
        await until(began.is_set)
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
    began, gate = threading.Event(), threading.Event()

    def run(settings: Settings, /, *, progress: Any, cancelled: Callable[[], bool]) -> Analysis:
        if window(settings) == 60:
            began.set()
            assert gate.wait(PATIENCE)
            raise BadFile("SPY.csv has no date column.")
        return analyse(settings)

    async def session() -> None:
        state = AppState()
        runner = Runner(state, run=run)
        first = asyncio.ensure_future(runner.start())
        await until(began.is_set)
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
    began, gate = threading.Event(), threading.Event()

    def run(settings: Settings, /, *, progress: Any, cancelled: Callable[[], bool]) -> Analysis:
        began.set()
        assert gate.wait(PATIENCE)
        progress(0.5, "half")
        return analyse(settings)

    async def session() -> AppState:
        state = AppState()
        runner = Runner(state, run=run)
        first = asyncio.ensure_future(runner.start())
        await until(began.is_set)
        runner.stop()
        gate.set()
        await first
        state.change("beta.window_sessions", 80)
        await quiet()
        return state

    state = asyncio.run(session())
    assert state.analysis is None
    assert state.problem is None


def test_progress_is_told_while_it_runs() -> None:
    gate = threading.Event()

    def run(settings: Settings, /, *, progress: Any, cancelled: Callable[[], bool]) -> Analysis:
        progress(0.4, "Reading SPY")
        assert gate.wait(PATIENCE)
        return analyse(settings)

    async def session() -> None:
        state = AppState()
        runner = Runner(state, run=run)
        told: list[tuple[float, str]] = []
        runner.param.watch(lambda event: event.new and told.append((event.new.done, event.new.text)), "work")
        first = asyncio.ensure_future(runner.start())
        await until(lambda: (0.4, "Reading SPY") in told)
        gate.set()
        await first
        assert runner.work is None

    asyncio.run(session())


def test_prices_are_fetched_on_other_threads_and_can_be_stopped() -> None:
    asked: list[str] = []

    def prepare(data: DataSettings, portfolio: PortfolioSettings, /, *, progress: Any) -> None:
        asked.append(threading.current_thread().name)
        if data.as_of is not None:
            wait_until(lambda: progress(0.5, "NVDA", (SeriesStep("NVDA", "asking"),)))  # until that raises

    async def session() -> None:
        state = AppState()
        runner = Runner(state, prepare=prepare)
        await runner.start()
        before = state.analysis
        state.change("data.as_of", "2020-03-16")
        await until(lambda: runner.work is not None and runner.work.series)
        runner.cancel()
        await until(lambda: runner.work is None)
        assert state.problem is not None
        assert state.problem.message == "Fetching prices was stopped."
        assert state.analysis is before
        runner.stop()

    asyncio.run(session())
    assert len(asked) == 2
    assert all(name.startswith("prices") for name in asked)


def test_what_is_computed_ahead_is_not_told_until_the_start(monkeypatch: pytest.MonkeyPatch) -> None:
    ran: list[Settings] = []
    prepared: list[DataSettings] = []

    def run(settings: Settings, /, *, progress: Any, cancelled: Callable[[], bool]) -> Analysis:
        progress(0.5, "half")
        ran.append(settings)
        return analyse(settings)

    def prepare(data: DataSettings, portfolio: PortfolioSettings, /, *, progress: Any) -> None:
        prepared.append(data)
        if len(prepared) > 1:
            raise BadFile("The folder cannot be read.")

    state = AppState()
    for _ in range(2):  # what goes wrong the second time is told by the start
        with (
            monkeypatch.context() as patch,
            ThreadPoolExecutor(1) as pool,
            ThreadPoolExecutor(1) as waiting,  # ends first, for it hands on to the other
        ):
            patch.setattr("dashboard.runner.WAITING", waiting)
            runner = Runner(state, run=run, prepare=prepare, pool=pool)
            runner.ahead()
        assert (len(ran), state.analysis, state.problem, runner.work) == (1, None, None, None)
    asyncio.run(runner.start())
    assert state.problem is not None
    runner.stop()

"""The bar on top, the notice and the switch of the source."""

import asyncio
import datetime as dt
import threading
from collections.abc import Awaitable, Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from core.data.files import INDICES
from core.errors import InvalidSetting, UnknownOption
from core.fingerprint import freeze
from core.market import CASH_SYMBOL
from core.pipeline import analyse
from core.settings import DataSettings, Holding, PortfolioSettings, Settings
from dashboard.config import AppConfig, with_source
from dashboard.controls import SourceControl, instrument_options
from dashboard.freshness import chip, clock, stale
from dashboard.problems import Notice
from dashboard.runner import Runner
from dashboard.state import AppState
from dashboard.topbar import OF_SHARES, TopBar, _usable
from tests.waiting import until

Session = Callable[[AppState, Runner, TopBar], Awaitable[None]]


def run(use: Session, settings: Settings | None = None) -> None:
    async def session() -> None:
        state = AppState(settings)
        runner = Runner(state)
        bar = TopBar(state, runner)
        await runner.start()
        await until(lambda: bool(len(bar._sessions)))
        await use(state, runner, bar)
        runner.stop()

    asyncio.run(session())


def test_it_says_what_the_page_is_about() -> None:
    async def use(state: AppState, runner: Runner, bar: TopBar) -> None:
        assert bar.book == "8 holdings \u00b7 $1.01m"
        assert (bar.day, bar.day_text, bar.last) == ("2022-12-28", "28 Dec 2022", "2022-12-28")
        assert (bar.benchmark, "AAPL" in bar.benchmarks) == ("SPX", True)
        assert (bar.chip, bar.chip_state) == ("Sample data to 28 Dec 2022", "info")
        bar.told({"data": True, "minute": True})
        assert (bar.asks_data, bar.chip) == (1, "Sample data to 28 Dec 2022")

    run(use)


def test_the_sessions_after_the_day_shown_are_fetched_on_threads_that_may_wait() -> None:
    asked: list[tuple[str, str, dt.date | None]] = []

    def prepare(data: DataSettings, book: PortfolioSettings, /, *, progress: Any) -> None:
        asked.append((threading.current_thread().name.split("_")[0], data.benchmark, data.as_of))

    async def session() -> None:
        state = AppState(Settings().with_value("data.as_of", dt.date(2020, 3, 16)))
        runner = Runner(state, prepare=prepare)
        bar = TopBar(state, runner)
        await runner.start()
        await until(lambda: bar.last == "2022-12-28")
        runner.stop()

    asyncio.run(session())
    assert asked == [("prices", "SPX", dt.date(2020, 3, 16)), ("prices", "SPX", None)]


def test_a_step_goes_to_the_session_before_and_back_to_the_latest() -> None:
    async def use(state: AppState, runner: Runner, bar: TopBar) -> None:
        bar.told({"step": -1})
        await until(lambda: bar.day == "2022-12-27")
        assert state.settings.data.as_of == dt.date(2022, 12, 27)
        assert bar.last == "2022-12-28"
        bar.told({"step": 1})
        await until(lambda: bar.day == "2022-12-28")
        assert state.settings.data.as_of is None
        bar.told({"step": 1})
        assert state.settings.data.as_of is None

    run(use)


def test_a_day_without_a_session_shows_the_one_before() -> None:
    async def use(state: AppState, runner: Runner, bar: TopBar) -> None:
        bar.told({"day": "2020-03-15"})
        await until(lambda: bar.day == "2020-03-13")
        bar.told({"day": "not a day"})
        assert state.settings.data.as_of == dt.date(2020, 3, 15)

    run(use)


def test_too_early_a_day_says_why_and_keeps_the_page() -> None:
    async def use(state: AppState, runner: Runner, bar: TopBar) -> None:
        notice = Notice(state, runner)
        bar.told({"day": "1990-01-02"})
        await until(lambda: state.problem is not None)
        assert bar.wrong
        assert bar.day == "2022-12-28"
        assert notice.shown
        notice.told({"again": True})
        notice.told({"undo": True})
        await until(lambda: state.problem is None)
        assert bar.wrong == ""

    run(use)


def test_a_reset_can_be_undone_until_something_else_changes() -> None:
    async def use(state: AppState, runner: Runner, bar: TopBar) -> None:
        notice = Notice(state, runner)
        state.change("hedge.target_beta", 0.4)
        changed = state.settings
        state.reset()
        assert (notice.shown, notice.kind) == (True, "calm")
        assert notice.message == "1 setting is back at the preset."
        notice.told({"undo": True})
        assert (state.settings, notice.shown) == (changed, False)
        state.reset()
        state.change("hedge.target_beta", 0.1)
        assert not notice.shown
        state.reset()
        notice.told({"close": True})
        assert not notice.shown
        assert state.changed_paths() == ()

    run(use)


def test_only_an_offered_benchmark_is_taken() -> None:
    async def use(state: AppState, runner: Runner, bar: TopBar) -> None:
        bar.told({"benchmark": "<script>"})
        assert state.settings.data.benchmark == "SPX"
        bar.told({"benchmark": "XOM"})
        await until(lambda: state.analysis is not None and state.analysis.market.benchmark == "XOM")
        assert bar.benchmark == "XOM"
        bar.told({"edit": True})
        assert bar.editing == 1

    run(use)


def test_a_series_without_its_last_price_is_counted_in_words() -> None:
    analysis = analyse(Settings())
    assert stale(analysis) == (0, 10)
    close = analysis.market.close.copy()
    close[-1, 0] = np.nan
    market = replace(analysis.market, close=freeze(close), source="files")
    state, text, _ = chip(replace(analysis, market=market), clock())
    assert state == "warn"
    assert text == "Close Wed 28 Dec 2022 \u00b7 Files \u00b7 1 of 10 series stale"


def test_the_sample_is_named_whatever_else_is_noted() -> None:
    analysis = analyse(Settings())
    market = replace(analysis.market, notes=())
    assert chip(replace(analysis, market=market), clock())[1] == "Sample data to 28 Dec 2022"


def test_yields_and_volatilities_are_no_benchmarks_and_share_indices_are() -> None:
    data = Settings().data
    assert OF_SHARES < INDICES
    assert CASH_SYMBOL.removeprefix("^") in INDICES
    usable = {name for name in INDICES if _usable(f"^{name}", data)}
    assert usable == OF_SHARES
    assert _usable("VIX", data)  # without the caret it is somebody's ticker
    assert not _usable("SH-MODEL", data)


def write_prices(folder: Path) -> None:
    days = np.arange("2024-01-01", "2024-07-01", dtype="datetime64[D]")
    days = days[np.is_busday(days)]
    rng = np.random.default_rng(7)
    for name in ("SPY", "SH", "AAPL"):
        prices = 100.0 * np.cumprod(1 + rng.normal(0, 0.01, len(days)))
        lines = [f"{day},{price:.4f},{price:.4f}" for day, price in zip(days, prices, strict=True)]
        (folder / f"{name}.csv").write_text("date,close,adj_close\n" + "\n".join(lines))


def test_the_source_switches_with_its_own_benchmark_and_hedge_and_back(tmp_path: Path) -> None:
    write_prices(tmp_path)
    book = PortfolioSettings(holdings=(Holding("AAPL", 700.0),), cash=1000.0)

    async def use(state: AppState, runner: Runner, bar: TopBar) -> None:
        source = SourceControl(state, "data.provider", options=(("files", "Files"), ("sample", "Sample")))
        source.value = "files"
        await until(lambda: state.problem is not None)
        assert state.problem is not None
        assert state.problem.where == "data.folder"
        assert state.analysis is not None
        assert state.analysis.market.source == "sample"
        state.change("data.folder", str(tmp_path))
        await until(lambda: state.analysis is not None and state.analysis.market.source == "files")
        assert (state.settings.data.benchmark, state.settings.data.hedge) == ("SPY", "SH")
        assert state.settings.portfolio == book
        assert "Files" in bar.chip
        assert bar.benchmarks == ["AAPL", "SPY"]
        assert instrument_options(state.settings.data)[0] == ("SH", "SH \u22121\u00d7 fund")
        source.value = "sample"
        await until(lambda: state.analysis is not None and state.analysis.market.source == "sample")
        assert (state.settings.data.benchmark, state.settings.data.hedge) == ("SPX", "SH-MODEL")
        assert state.settings.data.folder == str(tmp_path)

    run(use, replace(Settings(), portfolio=book))


def test_a_day_is_not_the_latest_because_the_source_before_ended_earlier(tmp_path: Path) -> None:
    write_prices(tmp_path)

    async def use(state: AppState, runner: Runner, bar: TopBar) -> None:
        # The sample's calendar is still the one that the bar has read when the day arrives.
        state.apply(with_source(state.settings, "files", folder=str(tmp_path)))
        bar.go_to("2024-05-07")
        assert state.settings.data.as_of == dt.date(2024, 5, 7)
        bar.step(-1)
        assert state.settings.data.as_of == dt.date(2024, 5, 7)

    run(use)


def test_the_environment_says_where_a_session_opens() -> None:
    assert AppConfig.from_env({}) == AppConfig()
    files = AppConfig.from_env({"HEDGEBOARD_FOLDER": "prices"}).settings.data
    assert (files.provider, files.folder, files.benchmark, files.hedge) == ("files", "prices", "SPY", "SH")
    assert AppConfig.from_env({"HEDGEBOARD_SOURCE": "sample"}).settings == Settings()
    live = AppConfig.from_env({"HEDGEBOARD_SOURCE": "yahoo"}).settings.data
    assert (live.provider, live.benchmark, live.hedge) == ("yahoo", "SPY", "SH")
    assert AppConfig.from_env({}).folders
    closed = AppConfig.from_env({"HEDGEBOARD_FOLDER": "prices", "HEDGEBOARD_FOLDERS": "off"})
    assert (closed.folders, closed.settings.data.folder) == (False, "prices")
    with pytest.raises(InvalidSetting, match="HEDGEBOARD_FOLDERS"):
        AppConfig.from_env({"HEDGEBOARD_FOLDERS": "maybe"})
    with pytest.raises(UnknownOption):
        AppConfig.from_env({"HEDGEBOARD_SOURCE": "nowhere"})


def test_another_source_starts_at_its_latest_day() -> None:
    early = Settings().with_value("data.as_of", dt.date(2020, 3, 16))
    assert with_source(early, "sample").data.as_of is None

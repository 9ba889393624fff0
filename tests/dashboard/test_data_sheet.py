"""The data sheet of one session: what it shows, own files, what is stored, and what a visitor may not."""

import asyncio
import datetime as dt
import threading
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from core.data.base import DataNote
from core.data.own import keep_own
from core.data.store import Store, Usage, shared_store
from core.fingerprint import freeze
from core.pipeline import analyse
from core.progress import SeriesStep
from core.settings import OwnSeries, Settings
from dashboard import data_sheet
from dashboard.data_sheet import DataSheet, stored_text
from dashboard.runner import Runner, Work
from dashboard.state import SERVERS_OWN, AppState, Problem
from tests.dashboard.live import FETCHED, live
from tests.dashboard.test_uploads import whole
from tests.waiting import PATIENCE, quiet, until

HOSTILE = "<img src=x onerror=window.ran=1>"


@pytest.fixture(autouse=True)
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A store of this test's own."""
    monkeypatch.setenv("HEDGEBOARD_CACHE", str(tmp_path / "cache"))
    yield
    shared_store().close()


def prices(rows: int = 400, last: str = "2022-12-28") -> bytes:
    end = np.datetime64(last)
    days = np.busday_offset(end, np.arange(-rows + 1, 1), roll="backward")
    values = 50.0 * np.cumprod(1 + np.random.default_rng(4).normal(0, 0.01, rows))
    return b"date,close\n" + "\n".join(f"{d},{p:.4f}" for d, p in zip(days, values, strict=True)).encode()


def session(use: Callable[[DataSheet], Awaitable[None]], *, fixed: bool = False) -> AppState:
    """Run a coroutine on an opened sheet whose page has its first result."""

    async def run() -> AppState:
        state = AppState(fixed=SERVERS_OWN if fixed else frozenset())
        runner = Runner(state)
        sheet = DataSheet(state, runner)
        state.analysis = analyse(state.settings)
        sheet.open = True
        await use(sheet)
        runner.stop()
        return state

    return asyncio.run(run())


def test_it_fills_when_it_is_opened() -> None:
    async def run() -> None:
        state = AppState()
        sheet = DataSheet(state, Runner(state))
        state.analysis = analyse(state.settings)
        assert (sheet.series, sheet.line, sheet.store) == ([], "", [])
        sheet.open = True
        assert sheet.line == "Close Wed 28 Dec 2022"
        assert sheet.tag == ["info", "Sample"]
        assert [row["ticker"] for row in sheet.series][:3] == ["SPX", "SH-MODEL", "AAPL"]
        assert ["Last day", "28 Dec 2022, all 10 series have a price"] in sheet.facts
        assert ["Sessions", "3 Jan 2006 to 28 Dec 2022, 4,277"] in sheet.facts
        assert ["info", "Sample data to 28 Dec 2022"] in sheet.notes
        assert not sheet.fetches
        assert not sheet.folder.visible
        sheet.runner.stop()

    asyncio.run(run())


def test_live_prices_say_when_and_can_be_asked_for_again() -> None:
    async def run() -> None:
        state = AppState()
        runner = Runner(state)
        runner.stop()
        sheet = DataSheet(state, runner)
        analysis = live(notes=(DataNote(ticker="", severity="warning", text=HOSTILE),))
        sheet.open = True
        state.param.update(analysis=analysis, settings=analysis.settings)
        assert sheet.fetches
        assert "Yahoo" in sheet.line
        assert sheet.notes == [["warning", HOSTILE]]
        steps = (SeriesStep("SPY", "done", "Yahoo"), SeriesStep(HOSTILE, "asking"))
        runner.work = Work(done=0.5, series=steps)
        assert (sheet.working, sheet.done) == (f"Fetching {HOSTILE}, 1 of 2 done", 0.5)
        assert sheet.steps == [["SPY", "done", "Yahoo"], [HOSTILE, "asking", ""]]
        runner.work = None
        assert (sheet.working, sheet.steps) == ("", [])
        state.problem = Problem(message="Yahoo could not be reached.", hint="Wait.", prices=True)
        assert sheet.fault == "Yahoo could not be reached. Wait."

    asyncio.run(run())


def test_old_prices_and_missing_ones_are_two_things() -> None:
    there = live()
    close = there.market.close.copy()
    close[-1, :2] = np.nan
    partly = live(close=freeze(close))
    for analysis, hours, said in (
        (there, 0, "all 10 series have a price"),
        (there, 48, "all 10 series have a price; 2 later sessions not here yet"),
        (partly, 0, "2 of 10 series have no price"),
        (partly, 24, "2 of 10 series have no price; 1 later session not here yet"),
    ):
        now = FETCHED + dt.timedelta(hours=hours)
        assert ("Last day", f"28 Dec 2022, {said}") in data_sheet.facts(analysis, now)


def test_an_own_file_is_read_named_and_taken() -> None:
    async def use(sheet: DataSheet) -> None:
        sheet.chooser.told({"files": 1})
        sheet.chooser.told(whole(prices(), "../../ko_daily.csv"))
        await until(lambda: bool(sheet.waiting))
        number, name, ticker, content = sheet.waiting[0]
        assert (name, ticker) == ("ko_daily.csv", "KO")
        assert content.startswith("400 rows, ")
        assert sheet.state.settings == Settings()
        sheet.told({"take": number, "ticker": "ko"})
        await until(lambda: not sheet.waiting)
        (taken,) = sheet.state.settings.data.own
        assert (taken.ticker, taken.name) == ("KO", "ko_daily.csv")
        await until(lambda: sheet.own == [["KO", "ko_daily.csv", ""]] and "ko_daily" in origin(sheet, "KO"))
        sheet.told({"remove": "KO"})
        assert sheet.state.settings.data.own == ()
        await until(lambda: sheet.own == [])

    assert session(use).changed_paths() == ()


def origin(sheet: DataSheet, ticker: str) -> str:
    return str(next(row["origin"] for row in sheet.series if row["ticker"] == ticker))


def test_a_second_file_for_a_ticker_takes_the_place_of_the_first() -> None:
    async def use(sheet: DataSheet) -> None:
        for name, rows in (("KO.csv", 400), ("other.csv", 300)):
            sheet.chooser.told(whole(prices(rows), name))
            await until(lambda: bool(sheet.waiting))
            sheet.told({"take": sheet.waiting[0][0], "ticker": "KO"})
            await until(lambda: not sheet.waiting)
        assert [one.name for one in sheet.state.settings.data.own] == ["other.csv"]

    session(use)


@pytest.mark.parametrize(
    ("data", "name", "said"),
    [
        (b"date,close\n2024-01-02,abc\n", "a.csv", "line 2"),
        (b"", "a.csv", "a.csv"),
        (b"\x80\x04\x95 a pickle", "a.csv", "a.csv"),
        (b"<html><body>prices</body></html>", f"{HOSTILE}.csv", HOSTILE),
    ],
)
def test_u11_a_file_that_is_no_price_history_says_why_and_changes_nothing(
    data: bytes, name: str, said: str
) -> None:
    async def use(sheet: DataSheet) -> None:
        sheet.chooser.told({"files": 1})
        sheet.chooser.told(whole(data, name))
        await until(lambda: bool(sheet.own_fault))
        assert said in sheet.own_fault
        assert sheet.waiting == []
        sheet.chooser.told({"files": 1})
        assert sheet.own_fault == ""

    assert session(use).settings == Settings()


def test_a_ticker_that_cannot_be_one_is_refused_and_the_file_stays() -> None:
    async def use(sheet: DataSheet) -> None:
        sheet.chooser.told(whole(prices(), "my.csv"))
        await until(lambda: bool(sheet.waiting))
        for ticker in (HOSTILE, "", "../x"):
            sheet.own_fault = ""
            sheet.told({"take": sheet.waiting[0][0], "ticker": ticker})
            await until(lambda: bool(sheet.own_fault))
        assert len(sheet.waiting) == 1
        sheet.told({"take": 77, "ticker": "KO"})
        sheet.told({"leave": sheet.waiting[0][0]})
        assert sheet.waiting == []

    assert session(use).settings == Settings()


def test_u9_what_waits_is_bounded_together(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(data_sheet, "LARGEST", 2 * len(prices()))

    async def use(sheet: DataSheet) -> None:
        for number in range(3):
            sheet.chooser.told({**whole(prices(), f"A{number}.csv"), "upload": str(number)})
            await until(lambda number=number: len(sheet.waiting) > number or bool(sheet.own_fault))
        assert len(sheet.waiting) == 2
        assert sheet.own_fault == "A2.csv must wait: use or leave the files above first."

    session(use)


def test_u13_a_failure_while_it_is_kept_changes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object, **__: object) -> None:
        raise MemoryError("as if there were none left")

    async def use(sheet: DataSheet) -> None:
        monkeypatch.setattr(data_sheet, "keep_own", fail)
        sheet.chooser.told(whole(prices(), "KO.csv"))
        await until(lambda: bool(sheet.waiting))
        sheet.told({"take": sheet.waiting[0][0], "ticker": "KO"})
        await until(lambda: bool(sheet.own_fault))
        assert "reference" in sheet.own_fault
        assert len(sheet.waiting) == 1

    assert session(use).settings == Settings()


def test_the_store_is_shown_and_cleared_with_a_word_on_own_files() -> None:
    async def use(sheet: DataSheet) -> None:
        await until(lambda: bool(sheet.store))
        assert sheet.store[0].startswith("0 series, ")
        assert sheet.store[1] == shared_store().usage().folder
        assert sheet.clearing == "Clear stored prices? They are fetched again when needed."
        keep_own(prices(), name="KO.csv", ticker="KO")
        sheet.open = False
        sheet.open = True
        await until(lambda: sheet.store[0].startswith("1 series, "))
        assert sheet.clearing.endswith("Files of your own must be brought again.")
        sheet.told({"clear": True})
        await until(lambda: sheet.store[0].startswith("0 series, "))
        assert sheet.emptied

    session(use)


def test_the_page_goes_on_while_the_store_is_measured_or_cleared(monkeypatch: pytest.MonkeyPatch) -> None:
    go, threads = threading.Event(), []

    def slow(*_: object) -> Usage:
        threads.append(threading.current_thread().name.split("_")[0])
        assert go.wait(PATIENCE)
        return Usage(0, 0, "")

    async def use(sheet: DataSheet) -> None:
        await until(lambda: bool(sheet.store))
        monkeypatch.setattr(Store, "clear", slow)
        monkeypatch.setattr(Store, "usage", slow)
        sheet.told({"clear": True})
        sheet.told({"clear": True})
        await until(lambda: len(threads) == 1)
        assert not sheet.emptied
        sheet.open = False
        sheet.open = True
        await until(lambda: len(threads) == 2)
        go.set()
        await quiet()
        assert sheet.emptied
        assert sheet.store[0].endswith("until the program ends")

    session(use)
    assert set(threads) == {"prices"}
    assert len(threads) == 3  # cleared once, however often it was pressed


def test_a_store_that_cannot_be_cleared_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(_: object) -> None:
        raise MemoryError("as if there were none left")

    async def use(sheet: DataSheet) -> None:
        await until(lambda: bool(sheet.store))
        monkeypatch.setattr(Store, "clear", fail)
        sheet.told({"clear": True})
        await until(lambda: bool(sheet.warnings))
        assert "reference" in sheet.warnings[0]
        assert sheet.emptied

    session(use)


def test_an_own_file_that_is_no_longer_kept_is_named() -> None:
    gone = OwnSeries("KO", "0" * 32, f"{HOSTILE}.csv")

    async def use(sheet: DataSheet) -> None:
        data = replace(sheet.state.settings.data, own=(gone,))
        sheet.state.apply(replace(sheet.state.settings, data=data))
        await until(lambda: any(row["ticker"] == "KO" and row["kind"] == "crit" for row in sheet.series))

    session(use)


def test_a_visitor_of_a_closed_server_sees_no_folder_and_clears_nothing() -> None:
    async def use(sheet: DataSheet) -> None:
        keep_own(prices(), name="KO.csv", ticker="KO")
        assert sheet.fixed
        assert (sheet.store, sheet.warnings) == ([], [])
        sheet.told({"clear": True})
        assert shared_store().usage().series == 1

    session(use, fixed=True)


def test_files_dropped_on_the_page_open_the_sheet() -> None:
    async def use(sheet: DataSheet) -> None:
        sheet.open = False
        sheet.chooser.told({"show": True})
        assert sheet.open

    session(use)


def test_the_size_of_the_store_is_said_in_megabytes() -> None:
    assert stored_text(12, 4_300_000, "/x") == "12 series, 4.1 MB on this machine"
    assert stored_text(0, 0, "") == "0 series, 0.0 MB in memory, until the program ends"

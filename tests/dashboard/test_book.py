"""The book: chips, quick add, the grid, lists pasted or uploaded. Nothing is lost when one is bad."""

import asyncio
import io
import threading
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any

import openpyxl
import pandas as pd
import pytest

from core.pipeline import analyse
from core.settings import DataSettings, Holding, PortfolioSettings, Settings
from dashboard.book import Book, merged
from dashboard.positions import LARGEST, LOOKING, PositionsDialog
from dashboard.problems import Notice
from dashboard.runner import Runner
from dashboard.state import AppState, Problem
from tests.dashboard.test_uploads import whole
from tests.waiting import PATIENCE, quiet, until

# Panel's own Tabulator; fixed there when pandas 4 is out.
pytestmark = pytest.mark.filterwarnings("ignore:The inplace keyword in DataFrame.reset_index")


def held(state: AppState) -> dict[str, float]:
    return {h.ticker: h.shares for h in state.settings.portfolio.holdings}


def test_add_a_line_and_remove_it_again() -> None:
    state = AppState()
    book = Book(state)
    book.told({"add": "bac 400"})
    assert held(state)["BAC"] == 400.0
    assert book.added == 1
    assert book.chips[-1] == ["BAC", "400 shares", ""]
    book.told({"remove": "BAC"})
    assert state.settings == Settings()


def test_adding_what_is_held_adds_the_shares() -> None:
    state = AppState()
    Book(state).add("AAPL -100")
    assert held(state)["AAPL"] == 600.0


@pytest.mark.parametrize(
    ("held_before", "new", "after"),
    [
        ((100.0, 50.0), (10.0, 200.0), (110.0, 7000.0 / 110.0)),
        ((-100.0, 50.0), (-100.0, 70.0), (-200.0, 60.0)),
        ((100.0, 50.0), (10.0, None), (110.0, None)),
        ((100.0, None), (10.0, 200.0), (110.0, None)),
        ((100.0, 50.0), (-40.0, 80.0), (60.0, 50.0)),
        ((100.0, 50.0), (-140.0, 80.0), (-40.0, 80.0)),
        ((0.0, 50.0), (10.0, 80.0), (10.0, 80.0)),
        ((0.0, 50.0), (0.0, 80.0), (0.0, 50.0)),
    ],
)
def test_what_is_added_averages_the_cost_and_what_is_sold_leaves_it(
    held_before: tuple[float, float | None],
    new: tuple[float, float | None],
    after: tuple[float, float | None],
) -> None:
    before = (Holding("A", *held_before), Holding("B", 1.0))
    assert merged(before, Holding("A", *new)) == (Holding("A", *after), Holding("B", 1.0))


@pytest.mark.parametrize(
    "text", ["AMZN", "AMZN many", "<img src=x onerror=alert(1)> 4", "CASH 5", "A" * 300 + " 1"]
)
def test_a_bad_line_is_refused_beside_the_field(text: str) -> None:
    state = AppState()
    book = Book(state)
    book.add(text)
    assert state.settings == Settings()
    assert book.error
    assert book.added == 0


def test_a_ticker_the_source_has_not_is_named_and_marked_and_the_rest_goes_on() -> None:
    async def session() -> None:
        state = AppState()
        runner = Runner(state)
        book, notice = Book(state), Notice(state, runner)
        await runner.start()
        good = state.analysis
        book.add("ZZZZ 10")
        await until(lambda: state.analysis is not good)
        assert state.analysis is not None
        assert state.analysis.order.review == "1 of 9 positions have no prices."
        assert replace(state.analysis.order, review=good.order.review) == good.order
        assert book.error.startswith("No prices for ZZZZ:")
        assert [chip for chip in book.chips if chip[2]] == [["ZZZZ", "10 shares", "unknown"]]
        assert not notice.shown
        book.remove("ZZZZ")
        await until(lambda: not book.error)
        assert not any(chip[2] for chip in book.chips)
        runner.stop()

    asyncio.run(session())


def dialog_session(use: Callable[[PositionsDialog], Awaitable[None]]) -> AppState:
    """Run a coroutine on a dialog whose page has its first result."""

    async def session() -> AppState:
        state = AppState()
        state.analysis = analyse(state.settings)
        runner = Runner(state)
        await use(PositionsDialog(state, runner))
        runner.stop()
        return state

    return asyncio.run(session())


async def settle(dialog: PositionsDialog) -> None:
    """Wait until the dialog has said something about the list."""
    await until(lambda: dialog.error or dialog.question or dialog.notes not in ([], [LOOKING]))


def test_a_pasted_list_replaces_the_book_and_undo_brings_it_back() -> None:
    async def use(dialog: PositionsDialog) -> None:
        dialog.told({"text": "ticker,shares\nAAPL,10\nCASH,500\n", "unit": ""})
        await settle(dialog)
        assert held(dialog.state) == {"AAPL": 10.0}
        assert dialog.state.settings.portfolio.cash == 500.0
        assert dialog.notes[0] == "Read 1 position from the pasted list."
        assert (dialog.taken, dialog.undoable) == (1, True)
        dialog.told({"undo": True})
        assert dialog.state.settings == Settings()
        assert not dialog.undoable

    dialog_session(use)


def test_a_question_is_asked_with_its_answers_as_buttons() -> None:
    async def use(dialog: PositionsDialog) -> None:
        dialog.told({"text": "ticker,shares\nAAPL,1.000\n"})
        await settle(dialog)
        assert "two ways" in dialog.question
        assert dialog.options == ["1.000 is 1", "1.000 is 1,000"]
        assert dialog.state.settings == Settings()
        dialog.told({"answer": 1})
        dialog.say()
        await settle(dialog)
        assert held(dialog.state) == {"AAPL": 1000.0}
        assert dialog.question == ""

    dialog_session(use)


def test_an_answer_nobody_asked_for_is_ignored() -> None:
    async def use(dialog: PositionsDialog) -> None:
        dialog.told({"answer": 3})
        dialog.told({"undo": True})
        dialog.told({"answer": "x", "text": 5})
        await quiet()

    assert dialog_session(use).settings == Settings()


@pytest.mark.parametrize(
    "text",
    ["ticker,shares\nAAPL,12x\n", "just words", "ticker,shares\n", "<script>alert(1)</script>,5,6,7\nA,1"],
)
def test_a_bad_list_says_why_and_changes_nothing(text: str) -> None:
    async def use(dialog: PositionsDialog) -> None:
        dialog.told({"text": text})
        await settle(dialog)
        assert "The positions stay as they were." in dialog.error

    assert dialog_session(use).settings == Settings()


def test_weights_and_dollars_become_whole_shares_at_the_last_close() -> None:
    async def use(dialog: PositionsDialog) -> None:
        dialog.told({"text": "ticker,dollars\nAAPL,100000\n"})
        await settle(dialog)
        analysis = analyse(Settings())
        price = analysis.market.close[-1, analysis.market.tickers.index("AAPL")]
        assert held(dialog.state) == {"AAPL": float(int(100_000 / price))}
        assert dialog.state.settings.portfolio.cash == 400_000.0
        assert "cash stays" in dialog.notes[-1]

    dialog_session(use)


def test_the_prices_that_dollars_need_are_fetched_on_threads_that_may_wait() -> None:
    asked: list[tuple[str, tuple[str, ...]]] = []
    silent, leave = threading.Event(), threading.Event()

    def prepare(data: DataSettings, book: PortfolioSettings, /, *, progress: Any) -> None:
        asked.append((threading.current_thread().name.split("_")[0], book.tickers))
        silent.set()
        while not leave.wait(0.01):
            progress(0.0)

    async def use() -> None:
        state = AppState()
        runner = Runner(state, prepare=prepare)
        dialog = PositionsDialog(state, runner)
        for _ in range(3):  # more than there are threads that compute
            dialog.told({"text": "ticker,dollars\nAAPL,100000\n"})
            await until(silent.is_set)
            silent.clear()
        assert await asyncio.wait_for(runner.compute(lambda: 7), PATIENCE) == 7
        assert dialog.notes == [LOOKING]
        # A list that needs no prices does not wait for those, and they change nothing afterwards.
        dialog.told({"text": "ticker,shares\nKO,5\n"})
        await settle(dialog)
        leave.set()
        await quiet()
        assert held(state) == {"KO": 5.0}
        leave.clear()
        silent.clear()
        dialog.told({"text": "ticker,weight\nMSFT,50%\n"})
        await until(silent.is_set)
        runner.stop()
        await quiet()
        assert not leave.is_set()
        assert held(state) == {"KO": 5.0}

    asyncio.run(use())
    # The fourth is the run on the book that was taken.
    assert asked == [("prices", (ticker,)) for ticker in ("AAPL", "AAPL", "AAPL", "KO", "MSFT")]


def test_dollars_of_an_unknown_ticker_are_refused() -> None:
    async def use(dialog: PositionsDialog) -> None:
        dialog.told({"text": "ticker,dollars\nZZZZ,100000\n"})
        await settle(dialog)
        assert "ZZZZ" in dialog.error

    assert dialog_session(use).settings == Settings()


def workbook() -> bytes:
    book = openpyxl.Workbook()
    for row in (("ticker", "shares", "cost"), ("MSFT", 300, 61.4), ("KO", -50, None)):
        book.active.append(row)
    data = io.BytesIO()
    book.save(data)
    return data.getvalue()


@pytest.mark.parametrize("data", [workbook(), b"ticker;shares;cost\nMSFT;300;61,40\nKO;-50;\n"])
def test_files_are_read_by_content_whatever_they_are_called(data: bytes) -> None:
    async def use(dialog: PositionsDialog) -> None:
        dialog.chooser.told(whole(data, "../../<b>x</b>"))
        await settle(dialog)
        assert dialog.error == ""
        assert held(dialog.state) == {"MSFT": 300.0, "KO": -50.0}
        assert dialog.state.settings.portfolio.holdings[0].cost == 61.4

    dialog_session(use)


def test_a_file_that_is_too_large_or_broken_is_refused() -> None:
    async def use(dialog: PositionsDialog) -> None:
        dialog.chooser.told({**whole(b"ticker,shares\nAAPL,1\n", "x"), "size": LARGEST + 1})
        assert dialog.error == "The file is larger than 5 MB. The positions stay as they were."
        dialog.chooser.told({**whole(b"", "x"), "data": "not base64!"})
        assert "did not arrive whole" in dialog.error
        dialog.chooser.told({"files": 2})
        assert "2 files were dropped at once. One file at a time." in dialog.error

    assert dialog_session(use).settings == Settings()


@pytest.mark.parametrize(
    "step", ["read_positions", "last_closes", "to_shares", "cash_dollars", "PortfolioSettings"]
)
def test_a_failure_at_any_step_leaves_the_old_positions(step: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object, **__: object) -> None:
        raise MemoryError("as if there were none left")

    async def use(dialog: PositionsDialog) -> None:
        monkeypatch.setattr(f"dashboard.positions.{step}", fail)
        dialog.chooser.told(whole(b"ticker,shares\nAAPL,10\nCASH,500\n", "book.csv"))
        await settle(dialog)
        assert "reference" in dialog.error
        assert not dialog.undoable

    assert dialog_session(use).settings == Settings()


def edit(dialog: PositionsDialog, row: int, **cells: Any) -> None:
    frame: pd.DataFrame = dialog.table.value.copy()
    for column, value in cells.items():
        frame.loc[row, column] = value
    dialog.table.value = frame
    dialog.edited()


def test_the_grid_edits_adds_and_refuses() -> None:
    async def use(dialog: PositionsDialog) -> None:
        last = len(dialog.table.value) - 1
        edit(dialog, 0, shares=750.0, cost=120.5)
        assert dialog.state.settings.portfolio.holdings[0] == Holding("AAPL", 750.0, 120.5)
        edit(dialog, last, ticker="bac")
        assert "BAC" not in held(dialog.state)
        edit(dialog, last, shares=5.0)
        assert held(dialog.state)["BAC"] == 5.0
        assert dialog.table.value["ticker"].iloc[-1] == ""
        before = dialog.state.settings
        edit(dialog, 1, ticker="no such thing")
        assert dialog.state.settings is before
        assert dialog.table.value["ticker"].iloc[1] == "AMD"

    dialog_session(use)


def test_a_grid_row_is_removed() -> None:
    class Click:
        row = 0

    async def use(dialog: PositionsDialog) -> None:
        dialog._clicked(Click())
        assert "AAPL" not in held(dialog.state)
        assert dialog.table.value["ticker"].iloc[0] == "AMD"

    dialog_session(use)


def test_the_book_downloads_as_csv(monkeypatch: pytest.MonkeyPatch) -> None:
    async def use(dialog: PositionsDialog) -> None:
        sent: list[dict[str, str]] = []
        monkeypatch.setattr(dialog, "_send_msg", sent.append)
        dialog.told({"csv": True})
        assert sent[0]["name"] == "positions.csv"
        assert sent[0]["csv"].splitlines()[1].startswith("AAPL,700")

    dialog_session(use)


def test_a_problem_with_the_book_shows_in_the_open_dialog() -> None:
    async def use(dialog: PositionsDialog) -> None:
        dialog.open = True
        dialog.state.problem = Problem(message="No prices for X.", where="portfolio.holdings")
        assert dialog.error == "No prices for X."

    dialog_session(use)

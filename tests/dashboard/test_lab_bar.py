"""The lab's first row: what went wrong is said once, beside its control where it has one."""

import datetime as dt
import io
import re
import threading
import zipfile
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from core.pipeline import analyse
from core.settings import DataSettings, Holding, PortfolioSettings
from dashboard import lab_jobs
from dashboard.lab import LabState
from dashboard.lab_words import lacking
from dashboard.state import AppState, Problem
from dashboard.tester import Answer
from dashboard.views import lab_bar
from dashboard.views.lab_bar import QuestionBar
from dashboard.views.lab_check import CheckCard
from dashboard.views.lab_table import TableCard
from tests.dashboard.lab_scenes import still_lab
from tests.dashboard.test_lab import run, settled
from tests.dashboard.test_tiles import text_of
from tests.dashboard.test_views import told
from tests.waiting import until


def fail(*_: object, **__: object) -> None:
    raise OSError("the disk is full")


def test_an_export_that_fails_is_said_though_the_comparison_is_good(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lab_bar, "export_lab", fail)

    async def use(state: AppState, lab: LabState) -> None:
        bar = QuestionBar(state, lab)
        lab.begin()
        await settled(lab)
        bar._export()
        await until(lambda: bar.writing.answer is not None)
        assert lab.problem is not None
        assert lab.problem.message in text_of(bar.notice.object)
        assert "Still shown" not in bar.notice.object
        assert "Try again" not in bar.notice.object  # it would compare the legs again
        bar._pressed("close")
        assert lab.problem is None
        assert bar.notice.object == ""

    run(use)


def test_a_table_that_cannot_be_read_at_all_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lab_jobs, "keep_table", fail)

    async def use(state: AppState, lab: LabState) -> None:
        bar = QuestionBar(state, lab)
        lab.begin()
        await settled(lab)
        bar._arrived(b"date,A,B\n", "a.csv")
        await until(lambda: lab.reading.answer is not None)
        assert lab.problem is not None
        assert lab.problem.message in text_of(bar.notice.object)

    run(use)


@pytest.mark.parametrize("path", ["lab.legs", "lab.end", "lab.lag", "lab.entry", "lab.window", "check.asset"])
def test_what_a_control_says_is_not_said_again(path: str) -> None:
    lab = still_lab()
    bar = QuestionBar(lab.page, lab)
    lab.problem = Problem(message="That is not allowed.", hint="Do otherwise.", where=path)
    assert bar.notice.object == ""
    lab.problem = Problem(message="That is not allowed.", hint="Do otherwise.", where="lab.methods")
    assert "That is not allowed. Do otherwise." in bar.notice.object


def test_a_refusal_is_past_once_something_else_is_taken() -> None:
    async def use(state: AppState, lab: LabState) -> None:
        bar = QuestionBar(state, lab)
        lab.begin()
        await settled(lab)
        bar.legs.told({"add": "<b>"})
        assert "cannot be a ticker" in bar.legs.error
        bar.legs.told({"add": "SPX"})
        assert (bar.legs.error, bar.notice.object) == ("", "")  # at once: nothing has answered yet
        assert not lab.is_current
        # A text that is refused meanwhile is not forgotten when the older answer comes.
        bar.start.enter("abc")
        assert "Try again" not in bar.notice.object
        await settled(lab)
        await until(lambda: lab.is_current)
        assert "abc" in bar.start.error
        # What the legs are refused for is past as soon as others are asked for.
        bar.legs.told({"add": "ZZZ"})
        assert bar.start.error == ""
        await until(lambda: bar.legs.error)
        assert "Try again" in bar.notice.object
        bar._pressed("again")
        assert (bar.legs.error, bar.notice.object) == ("", "")
        await until(lambda: bar.legs.error)
        lab.change("lab.entry", 2.2)
        assert bar.legs.error
        bar.legs.told({"remove": "ZZZ"})
        assert (bar.legs.error, bar.notice.object) == ("", "")

    run(use)


def test_while_a_question_is_refused_nothing_beside_it_is_of_an_earlier_one() -> None:
    async def use(state: AppState, lab: LabState) -> None:
        bar, card = QuestionBar(state, lab), TableCard(state, lab)
        lab.ask_for(table_draws=0)
        await settled(lab)
        await until(lambda: card.table.kind == "compared")
        assert (bar.start.placeholder, bar.end.placeholder) == ("2021-12-28", "2022-12-28")
        figures = card.table.object
        assert lab.studied is not None
        lab.change("lab.legs", ("XOM", "ZZZ"))
        await until(lambda: lab.problem)
        assert card.table.kind == "compared dimmed"
        assert card.table.object == figures  # dimmed, and not another p-value than before
        assert (bar.start.placeholder, bar.end.placeholder) == ("by period", "last day")
        lab.change("lab.legs", ("XOM", "CVX"))
        await settled(lab)
        assert card.table.kind == "compared"
        assert bar.start.placeholder == "2021-12-28"
        state.change("data.as_of", dt.date(2021, 6, 30))
        lab.change("lab.start", "2021-07-01")
        assert card.table.kind == "compared dimmed"

    run(use)


def test_prices_that_are_gone_after_a_refresh_are_said_with_what_is_still_shown() -> None:
    lab = still_lab()
    bar = QuestionBar(lab.page, lab)
    gone = Problem(message="There are no prices of BBB.", where="lab.legs", prices=True)
    lab.comparing.answer = Answer("newer", None, gone)
    assert lab.is_current
    assert "Still shown: AAA and BBB (made up), 4 Jan 2021" in bar.notice.object
    assert "Try again" in bar.notice.object
    assert "Undo" not in bar.notice.object
    asked: list[object] = []
    lab.again = asked.append  # type: ignore[method-assign]
    told(bar.notice, "again")
    assert asked == [lab.comparing]


def table(second: str, count: int = 75) -> bytes:
    """Two columns of prices; `second` is A of which B is made."""
    days = np.arange("2020-01-01", "2021-01-01", dtype="datetime64[D]")[:count]
    walk = 50 + np.cumsum(np.random.default_rng(5).standard_normal(count))
    noise = np.random.default_rng(6).standard_normal(count)
    other = 2 * walk + 1 if second == "same" else 2 * walk + noise
    lines = [f"{day},{a!r},{b!r}" for day, a, b in zip(days, walk.tolist(), other.tolist(), strict=True)]
    return "\n".join(["date,A,B", *lines]).encode()


def test_what_is_asked_what_is_wrong_and_what_is_shown_are_each_told_of_its_own_table() -> None:
    async def use(state: AppState, lab: LabState) -> None:
        bar = QuestionBar(state, lab)
        lab.begin()
        await settled(lab)
        told(bar.source, "source:file")
        assert re.search(r'data-press="source:sample" aria-pressed="true"', bar.source.object)
        assert 'source:file" aria-pressed="false"' in bar.source.object  # none is given
        assert "Until a table is taken, XOM and CVX are asked for (Sample)." in bar.place.object
        bar._arrived(table("noise"), "good.csv")
        await until(lambda: lab.is_current and lab.settings.lab.source == "file")
        bar._arrived(table("same"), "same.csv")
        await until(lambda: lab.problem is not None)
        whole = "No method has an answer: A and B move exactly as one. Choose other legs or days."
        assert bar.legs.error == whole
        bar._arrived(b"date,A,B\n2020-01-02,1,many\n2020-01-03,1,2\n", "bad.csv")
        await until(lambda: lab.problem is not None and "bad.csv" in lab.problem.message)
        place = text_of(bar.place.object)
        assert "bad.csv: line 2" in place
        assert "Still asked for: same.csv: 2 columns, 75 days" in place
        assert 'source:file" aria-pressed="true"' in bar.source.object
        assert bar.legs.error == whole  # the earlier fault still stands
        assert text_of(bar.notice.object).startswith("Still shown: A and B (good.csv), 1 Jan ")
        assert "wrong" not in bar.notice.object  # its words are where the faults are not
        bar.start.enter("abc")
        assert "abc" in bar.start.error
        assert bar.legs.error == whole

    run(use)


def test_a_fault_of_a_day_that_still_stands_is_told_whole_when_another_comes() -> None:
    lab = still_lab()
    bar = QuestionBar(lab.page, lab)
    lab.ask_for(period="all", end=None, methods=("ols",))
    empty = Problem(message="The period holds 1 day.", hint="Begin earlier.", where="lab.start")
    lab.comparing.answer = Answer("asked", None, empty)
    lab.problem = empty
    assert "The period holds" not in bar.notice.object  # the control says that, and the notice what to do
    assert "Begin earlier." in bar.notice.object
    bar.end.enter("abc")
    assert "The period holds 1 day. Begin earlier." in bar.notice.object


def test_the_legs_of_the_pages_source_are_held_names_that_have_prices(tmp_path: Path) -> None:
    for name in ("SPY", "SH", "MSFT", "AAPL", "ZION"):
        (tmp_path / f"{name.lower()}.csv").write_text("date,close\n2020-01-02,1\n2020-01-03,2\n")

    def legs_for(*held: str) -> tuple[str, ...]:
        lab = still_lab()
        data = DataSettings(provider="files", folder=str(tmp_path), benchmark="SPY", hedge="SH")
        book = PortfolioSettings(holdings=tuple(Holding(name, 1.0) for name in held))
        lab.page.settings = replace(lab.page.settings, data=data, portfolio=book)
        return QuestionBar(lab.page, lab)._legs_for("source")

    assert legs_for("AAPL", "AMD", "MSFT") == ("AAPL", "MSFT")
    assert legs_for("AMD", "MSFT") == ("MSFT", "SPY")
    assert legs_for("AMD", "SH") == ("AAPL", "MSFT")


def test_a_choice_of_prices_that_changes_nothing_says_so() -> None:
    lab = still_lab()
    bar = QuestionBar(lab.page, lab)
    assert bar.prices.remark == "A table of yours is taken as it stands."

    async def use(state: AppState, lab: LabState) -> None:
        bar = QuestionBar(state, lab)
        lab.begin()
        await settled(lab)
        assert bar.prices.remark == "Both are the same in this source."

    run(use)


def test_a_press_on_export_says_what_the_file_lacks_and_why() -> None:
    async def use(state: AppState, lab: LabState) -> None:
        bar = QuestionBar(state, lab)
        given: list[bytes] = []
        bar.export.give = lambda data, name: given.append(data)  # type: ignore[method-assign]
        lab.begin()
        await settled(lab)
        bar._export()
        assert bar.given.object == ""
        await until(lambda: bool(given))
        said = text_of(bar.given.object)
        assert said.startswith("hedge-ratios-XOM-CVX.zip is without ")
        assert re.search(r"ranking\.csv[^;:]*: it was not asked for(?! again)", said)
        with zipfile.ZipFile(io.BytesIO(given[0])) as archive:
            readme = archive.read("README.txt").decode()
        for gap in said.removesuffix(".").split(" is without ")[1].split("; "):
            names, why = gap.split(": ")
            for name in re.split(", | and ", names):
                assert f"not included: {name}, {why}" in readme

    run(use)


def test_what_an_export_lacks_has_the_reason_of_its_own_question() -> None:
    async def use(state: AppState, lab: LabState) -> None:
        QuestionBar(state, lab)
        lab.begin()
        await settled(lab)
        assert lacking(lab)["ranking.csv"] == lacking(lab)["check.csv"] == "it was not asked for"
        lab.rank()
        assert lacking(lab)["ranking.csv"] == "it was still being computed"
        await until(lambda: lab.is_ranked)
        assert "ranking.csv" not in lacking(lab)
        state.change("data.as_of", dt.date(2022, 6, 30))
        await settled(lab)
        changed = "it was not asked for again since what it depends on has changed"
        assert lacking(lab)["ranking.csv"] == changed
        lab.change("lab.window", 1000)
        lab.rank()
        await until(lambda: lab.judging.answer is not None and lab.judging.answer.problem is not None)
        assert lacking(lab)["ranking.csv"].startswith("Not enough data for a test on unseen days")
        lab.change("lab.window", 60)
        assert lacking(lab)["ranking.csv"] == changed

    run(use)


def test_an_export_has_the_name_of_the_legs_it_was_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    release, given = threading.Event(), list[str]()

    def slow(*_: object, **__: object) -> bytes:
        assert release.wait(60)
        return b"zip"

    monkeypatch.setattr(lab_bar, "export_lab", slow)

    async def use(state: AppState, lab: LabState) -> None:
        bar = QuestionBar(state, lab)
        bar.export.give = lambda _, name: given.append(name)  # type: ignore[method-assign]
        lab.ask_for(draws=0, resamples=0, table_draws=0)
        await settled(lab)
        bar._export()
        lab.ask_for(legs=("KO", "AAPL"))
        await settled(lab)
        release.set()
        await until(lambda: bool(given))
        assert given == ["hedge-ratios-XOM-CVX.zip"]
        assert "hedge-ratios-XOM-CVX.zip" in bar.given.object
        assert bar.writing.answer is None, "the session keeps the file that it gave"

    run(use)


def test_a_last_day_that_the_page_does_not_reach_is_said() -> None:
    async def use(state: AppState, lab: LabState) -> None:
        bar, check = QuestionBar(state, lab), CheckCard(state, lab)
        to = dt.date(2021, 6, 30)
        lab.apply(replace(lab.settings, check=replace(lab.settings.check, end=to)))
        lab.ask_for(end=to)
        for source in ("sample", "source"):
            lab.ask_for(source=source)
            assert (bar.days.object, check.controls["check.end"].remark) == ("", "")
            state.change("data.as_of", dt.date(2020, 3, 20))
            said = "Nothing after the page\u2019s day, 20 Mar 2020, is used."
            assert text_of(bar.days.object) == f"To: {said}"
            assert check.controls["check.end"].remark == said
            state.change("data.as_of", None)

    run(use)


def test_an_undone_change_leaves_the_last_day_to_the_page() -> None:
    async def use(state: AppState, lab: LabState) -> None:
        bar = QuestionBar(state, lab)
        state.change("data.as_of", dt.date(2020, 3, 20))
        await settled(lab)
        before = lab.settings
        lab.change("lab.legs", ("XOM", "ZZZ"))
        await until(lambda: lab.problem)
        assert "Undo the change" in bar.notice.object
        bar._pressed("undo")
        assert lab.settings == before
        await settled(lab)
        # The page's day is not the lab's to change.
        state.change("data.as_of", dt.date(1990, 1, 2))
        await until(lambda: lab.problem)
        assert "Undo the change" not in bar.notice.object

    run(use)


def test_legs_that_go_past_the_page_are_said_unless_a_day_bounds_them() -> None:
    async def use(state: AppState, lab: LabState) -> None:
        bar = QuestionBar(state, lab)
        lab.begin()
        await settled(lab)
        early = replace(state.settings, data=replace(state.settings.data, as_of=dt.date(2020, 2, 28)))
        state.analysis = analyse(early, bootstrap=False)  # as a source whose last day that is
        assert "28 Dec 2022, past the page\u2019s last day, 28 Feb 2020" in text_of(bar.days.object)
        lab.ask_for(period="1y", end=dt.date(2020, 2, 28))
        await until(lambda: lab.is_current)
        assert bar.days.object == ""
        lab.ask_for(end=None)
        await until(lambda: lab.is_current)
        assert bar.days.object
        state.change("data.as_of", dt.date(2020, 2, 28))
        await until(lambda: lab.is_current)
        assert bar.days.object == ""

    run(use)


def test_controls_without_room_say_by_their_dot_alone_that_they_were_changed() -> None:
    lab = still_lab()
    lab.ask_for(sign="short", start=dt.date(2020, 1, 2), end=dt.date(2021, 1, 4))
    bar = QuestionBar(lab.page, lab)
    sign = next(one for one in bar.rare.body if one.path == "lab.sign")
    for control in (sign, bar.start, bar.end):
        assert (control.changed, control.preset_text) == (True, "")

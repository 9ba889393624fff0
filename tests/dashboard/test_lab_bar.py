"""The lab's first row: what went wrong is said once, beside its control where it has one."""

import pytest

from dashboard import lab_jobs
from dashboard.lab import LabState
from dashboard.state import AppState, Problem
from dashboard.tester import Answer
from dashboard.views import lab_bar
from dashboard.views.lab_bar import QuestionBar
from tests.dashboard.lab_scenes import still_lab
from tests.dashboard.test_lab import run, settled, until
from tests.dashboard.test_tiles import text_of
from tests.dashboard.test_views import told


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

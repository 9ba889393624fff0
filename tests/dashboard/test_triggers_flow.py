"""The dialog for stop-loss readings: what is taken, what is refused in which words, and the way back."""

import asyncio
import datetime as dt

import pytest

from core.rule_settings import FlowReading
from core.settings import Settings
from dashboard.flow import FlowDialog, in_use
from dashboard.positions import LARGEST
from dashboard.runner import Runner
from dashboard.state import AppState
from tests.dashboard.test_uploads import whole
from tests.waiting import quiet

GOOD = "date,usd\n2020-03-12, 12.1bn\n2020-03-02, 9.4bn\n"
READ = (FlowReading(dt.date(2020, 3, 2), 9.4e9), FlowReading(dt.date(2020, 3, 12), 12.1e9))


def sent(state: AppState, *messages: dict[str, object]) -> FlowDialog:
    """The dialog after the browser has sent these, each waited for."""

    async def session() -> FlowDialog:
        runner = Runner(state, run=lambda *_, **__: None)  # type: ignore[arg-type,return-value]
        runner.stop()
        dialog = FlowDialog(state, runner)
        for message in messages:
            dialog.told(message)
            dialog.chooser.told(message)
            await quiet()
        return dialog

    return asyncio.run(session())


def test_a_pasted_list_is_taken_and_becomes_the_source() -> None:
    state = AppState()
    dialog = sent(state, {"text": GOOD})
    assert state.settings.triggers.flow == READ
    assert state.settings.triggers.cluster_source == "file"
    assert dialog.note == "Read 2 readings from the pasted list."
    assert dialog.summary == "2 readings, 2 Mar 2020 \u2013 12 Mar 2020"
    assert dialog.rows == [["12 Mar 2020", "$12,100,000,000"], ["2 Mar 2020", "$9,400,000,000"]]
    assert (dialog.taken, dialog.undoable, dialog.error) == (1, True, "")


def test_a_file_is_taken_whole() -> None:
    state = AppState()
    dialog = sent(state, whole(GOOD.encode(), "flow.csv"))
    assert state.settings.triggers.flow == READ
    assert "from flow.csv" in dialog.note


@pytest.mark.parametrize(
    ("message", "said"),
    [
        ({"text": "date,usd\n2020-03-02, 9.4bn\nx, 1\n2020-03-03, many\n"}, ("line 3", "line 4", "'many'")),
        ({**whole(b"", "a.csv"), "data": "not base64 \u00e9"}, ("did not arrive whole",)),
        ({**whole(b"", "big.csv"), "size": LARGEST + 1}, ("larger than 5 MB",)),
        ({"unread": "folder"}, ("folder could not be read: a folder is not a file",)),
        ({"text": "date,usd\n2020-03-02,1bn\n2020-03-02,2bn\n"}, ("2020-03-02",)),
    ],
)
def test_a_list_that_cannot_be_read_changes_nothing(
    message: dict[str, object], said: tuple[str, ...]
) -> None:
    state = AppState(Settings().with_value("triggers.flow", READ))
    before = state.settings
    dialog = sent(state, message)
    assert state.settings == before
    for words in (*said, "The readings stay as they were."):
        assert words in dialog.error
    assert dialog.note == ""
    assert not dialog.undoable


def test_readings_are_removed_and_come_back() -> None:
    state = AppState(
        Settings().with_value("triggers.flow", READ).with_value("triggers.cluster_source", "file")
    )
    dialog = sent(state, {"remove": True})
    assert state.settings.triggers.flow == ()
    assert state.settings.triggers.cluster_source == "auto"
    assert dialog.summary == "No readings are loaded."
    dialog.told({"undo": True})
    assert state.settings.triggers.flow == READ
    assert state.settings.triggers.cluster_source == "file"
    assert not dialog.undoable
    dialog.told({"undo": True})
    assert state.settings.triggers.flow == READ


def test_the_page_opens_the_dialog_by_asking_for_the_setting() -> None:
    state = AppState()
    dialog = sent(state)
    state.sought = "triggers.vix_ratio"
    assert not dialog.open
    state.sought = "triggers.flow"
    assert dialog.open
    assert state.sought == ""


def test_readings_that_do_not_count_say_so() -> None:
    assert in_use(READ, "estimate").endswith("the source chosen does not use them")
    assert in_use(READ[:1], "auto") == "1 reading, 2 Mar 2020"
    assert in_use((), "file") == "No readings are loaded."

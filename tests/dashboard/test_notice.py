"""The strip above the page while prices are fetched, when they are missing, and what its buttons do."""

import pytest

from core.errors import BadFile, InvalidSetting, ProviderUnavailable, RateLimited, UnknownTicker
from core.progress import SeriesStep
from core.settings import Settings
from dashboard import problems
from dashboard.config import with_source
from dashboard.problems import Notice, beside, fetching, partial_words
from dashboard.runner import Runner, Work
from dashboard.state import SERVERS_OWN, AppState, Problem
from tests.dashboard.live import live

LIVE = with_source(Settings(), "yahoo")
OFFLINE = Problem.of(
    ProviderUnavailable("Yahoo could not be reached.", tickers=["SPY"], hint="Check the network.")
)


class Pressed(Runner):
    """A runner that only counts what is asked of it."""

    def __init__(self, state: AppState) -> None:
        super().__init__(state)
        self.stop()
        self.asked: list[str] = []

    def again(self) -> None:
        self.asked.append("again")

    def refresh(self) -> None:
        self.asked.append("refresh")

    def cancel(self) -> None:
        self.asked.append("cancel")


def notice_of(settings: Settings = LIVE, *, fixed: bool = False) -> tuple[Notice, AppState, Pressed]:
    state = AppState(settings, fixed=SERVERS_OWN if fixed else frozenset())
    runner = Pressed(state)
    return Notice(state, runner), state, runner


def actions(notice: Notice) -> list[str]:
    return [action for action, _ in notice.buttons]


STEPS = (
    SeriesStep("SPY", "done", "Yahoo"),
    SeriesStep("KO", "failed", "Yahoo knows no such symbol"),
    SeriesStep("NVDA", "asking"),
    SeriesStep("HD", "waiting"),
)


def test_fetching_is_named_only_while_something_is_on_its_way() -> None:
    assert fetching(None) == ("", ())
    assert fetching(Work(done=0.4, text="Computing")) == ("", ())
    assert fetching(Work(series=STEPS[:2])) == ("", ())
    assert fetching(Work(series=STEPS)) == ("Fetching NVDA, 2 of 4 done", STEPS)
    assert fetching(Work(series=(STEPS[3],)))[0] == "Fetching HD, 0 of 1 done"


def test_what_is_over_quickly_is_not_spoken_of(monkeypatch: pytest.MonkeyPatch) -> None:
    notice, _, runner = notice_of()
    monkeypatch.setattr(problems.time, "monotonic", lambda: 100.0)
    runner.work = Work(done=0.1, series=STEPS)
    assert not notice.shown
    monkeypatch.setattr(problems.time, "monotonic", lambda: 101.0)
    runner.work = Work(done=0.5, series=STEPS)
    assert (notice.shown, notice.kind, notice.message) == (True, "busy", "Fetching NVDA, 2 of 4 done.")
    assert notice.done == 0.5
    assert [step[0] for step in notice.steps] == ["SPY", "KO", "NVDA", "HD"]  # nothing else is on the page
    notice.told({"stop": True})
    notice.told({"data": True})
    assert (runner.asked, notice.asks_data) == (["cancel"], 1)
    runner.work = None
    assert not notice.shown


def test_with_a_result_on_the_page_one_line_is_enough(monkeypatch: pytest.MonkeyPatch) -> None:
    notice, state, runner = notice_of()
    state.analysis = live()
    monkeypatch.setattr(problems, "SHORT_SECONDS", 0.0)
    runner.work = Work(series=STEPS)
    assert (notice.kind, notice.steps) == ("busy", [])
    assert notice.hint == "The page shows the last result meanwhile."


@pytest.mark.parametrize("error", [ProviderUnavailable, RateLimited, UnknownTicker])
def test_missing_prices_offer_to_ask_again_the_sample_and_the_data(
    error: type[ProviderUnavailable],
) -> None:
    notice, state, runner = notice_of()
    state.problem = Problem.of(error("No prices of SPY.", tickers=["SPY"], hint="Wait."))
    assert (notice.kind, notice.message) == ("wrong", "There are no prices to show yet.")
    assert actions(notice) == ["again", "sample", "data"]
    notice.told({"again": True})
    assert runner.asked == ["refresh"]
    notice.told({"sample": True})
    assert state.settings.data.provider == "sample"
    assert state.settings.data.hedge == "SH-MODEL"


def test_the_last_result_is_said_to_stay_and_the_change_can_be_taken_back() -> None:
    notice, state, _ = notice_of()
    before = live()
    state.analysis = before
    state.apply(state.settings.with_value("data.benchmark", "QQQ"))
    state.problem = OFFLINE
    assert (notice.message, notice.hint) == ("Yahoo could not be reached.", "Check the network.")
    assert notice.still == "The page still shows the last good result, as of 28 Dec 2022."
    assert actions(notice) == ["undo", "again", "sample", "data"]
    notice.told({"undo": True})
    assert state.settings == before.settings


def test_a_refresh_that_failed_is_said_though_nothing_was_changed() -> None:
    notice, state, _ = notice_of()
    state.analysis = live()
    state.settings = state.analysis.settings
    state.problem = OFFLINE
    assert (notice.shown, actions(notice)) == (True, ["again", "sample", "data"])


def test_other_problems_are_computed_again_and_offer_no_source() -> None:
    notice, state, runner = notice_of()
    state.analysis = live()
    state.apply(state.settings.with_value("hedge.target_beta", 0.3))
    state.problem = Problem.of(InvalidSetting("That cannot be.", where="hedge.target_beta"))
    assert actions(notice) == ["undo", "again"]
    notice.told({"again": True})
    assert runner.asked == ["again"]


def test_a_visitor_of_a_closed_server_is_not_offered_another_source() -> None:
    notice, state, _ = notice_of(fixed=True)
    state.problem = OFFLINE
    assert actions(notice) == ["again", "data"]
    notice.told({"sample": True})
    assert state.settings.data.provider == "yahoo"


def test_a_file_that_is_gone_is_about_prices_too() -> None:
    notice, state, _ = notice_of()
    state.problem = Problem.of(BadFile("The folder cannot be read.", where="data.folder"))
    assert actions(notice) == ["again", "sample", "data"]


def test_what_could_not_be_fetched_is_named_with_what_it_does() -> None:
    few = live(gone={"NVDA": "Yahoo knows no such symbol"})
    assert partial_words(few) == (
        "1 of 8 positions has no prices.",
        "NVDA: Yahoo knows no such symbol. It is left out of NAV, beta and the order; "
        "its share of the book cannot be known without a price.",
    )
    said, why = partial_words(live(gone=dict.fromkeys("ABCDE", "Yahoo did not answer in time")))
    assert said == "5 of 8 positions have no prices."
    assert why.startswith("A, B, C and 2 more: Yahoo did not answer in time. They are")
    two = live(gone={"A": "Yahoo did not answer in time", "B": "Yahoo knows no such symbol"})
    assert partial_words(two)[1].startswith(
        "A: Yahoo did not answer in time; B: Yahoo knows no such symbol. "
    )


def test_what_is_stored_and_not_renewed_is_said_once() -> None:
    trouble = {"trouble": "Yahoo could not be reached; prices stored on 28 Dec 2022 are used."}
    said = f"{trouble['trouble']} They go to 28 Dec 2022."
    assert partial_words(live(every=trouble)) == ("Newer prices could not be had.", said)
    assert partial_words(live(changed={"KO": trouble, "HD": trouble})) == (
        "Newer prices of HD, KO could not be had.",
        said,
    )
    assert partial_words(live()) == ("", "")


def test_a_partial_result_is_dismissed_until_it_is_another() -> None:
    notice, state, runner = notice_of()
    state.analysis = live(gone={"NVDA": "Yahoo knows no such symbol"})
    assert (notice.shown, notice.kind) == (True, "partial")
    assert actions(notice) == ["again", "sample", "data", "close"]
    notice.told({"again": True})
    assert runner.asked == ["refresh"]
    notice.told({"close": True})
    assert not notice.shown
    state.analysis = live(gone={"NVDA": "Yahoo knows no such symbol"})
    assert not notice.shown
    state.analysis = live(gone={"NVDA": "Yahoo did not answer in time"})
    assert notice.shown
    state.analysis = live()
    assert not notice.shown


def test_running_the_same_settings_again_ends() -> None:

    state = AppState(LIVE)
    runner = Runner(state)
    runner.stop()
    Notice(state, runner)
    runner.again()  # inside a trigger every write is told again, an equal one too
    assert state.was_reset is None


def test_stop_is_answered_at_once_and_calmly(monkeypatch: pytest.MonkeyPatch) -> None:
    notice, state, runner = notice_of()
    state.analysis = live()
    monkeypatch.setattr(problems.time, "monotonic", lambda: 100.0)
    runner.work = Work(done=0.1, series=STEPS)
    monkeypatch.setattr(problems.time, "monotonic", lambda: 101.0)
    runner.work = Work(done=0.5, series=STEPS)
    notice.told({"stop": True})
    assert (runner.asked, notice.message, actions(notice)) == (["cancel"], "Stopping \u2026", ["data"])
    runner.work = None
    state.problem = Problem(message="Fetching prices was stopped.", prices=True, wanted=True)
    assert notice.kind == "calm"
    assert notice.hint == "The figures are those of before, as of 28 Dec 2022."
    notice.told({"close": True})
    assert state.problem is None
    assert not notice.shown


def test_a_refused_value_stands_beside_its_control_while_what_was_asked_before_is_answered(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    notice, state, _ = notice_of(Settings())
    state.analysis = live()
    assert state.change("beta.window_sessions", 75)
    assert not state.change("beta.window_sessions", 9999)
    assert beside(state, "beta.window_sessions") != ""
    assert not notice.shown
    monkeypatch.setattr(Runner, "settled", True)
    assert not state.change("beta.window_sessions", 9998)
    assert (notice.shown, actions(notice)) == (True, ["undo", "again"])  # nothing answers what was asked for

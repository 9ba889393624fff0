"""One session's state: what is refused changes nothing, what is equal fires nothing."""

from core.settings import Settings
from dashboard.selection import Selection
from dashboard.state import AppState


def test_change_writes_one_setting_and_counts_it() -> None:
    state = AppState()
    assert state.change("beta.window_sessions", 252)
    assert state.settings.beta.window_sessions == 252
    assert state.changed_paths() == ("beta.window_sessions",)


def test_refused_change_says_why_and_keeps_the_settings() -> None:
    state = AppState()
    before = state.settings
    assert not state.change("beta.window_sessions", 10_000)
    assert state.settings is before
    assert state.problem is not None
    assert state.problem.where == "beta.window_sessions"
    assert "20" in state.problem.hint
    assert "504" in state.problem.hint


def test_equal_settings_fire_nothing() -> None:
    state = AppState()
    seen: list[object] = []
    state.param.watch(lambda event: seen.append(event.new), "settings")
    state.apply(Settings())
    state.change("beta.window_sessions", 60)
    assert seen == []


def test_selection_is_written_once() -> None:
    state = AppState()
    seen: list[object] = []
    state.param.watch(lambda event: seen.append(event.new), "selection")
    state.select(Selection(asset="AAPL"))
    state.select(Selection(asset="AAPL"))
    assert seen == [Selection(asset="AAPL")]


def test_two_sessions_share_nothing() -> None:
    first, second = AppState(), AppState()
    first.change("hedge.target_beta", 0.3)
    assert second.settings.hedge.target_beta == 0.0

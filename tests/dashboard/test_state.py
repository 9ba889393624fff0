"""One session's state: what is refused changes nothing, what is equal fires nothing."""

import datetime as dt

from core.settings import Holding, Settings
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


def test_reset_leaves_the_book_the_prices_and_the_day_and_counts_only_the_rest() -> None:
    state = AppState()
    own = {
        "portfolio.holdings": (Holding("AAPL", 10.0),),
        "portfolio.cash": 5.0,
        "data.provider": "files",
        "data.folder": "prices",
        "data.benchmark": "SPY",
        "data.hedge": "SH",
        "data.as_of": dt.date(2020, 3, 16),
        "data.start": dt.date(2015, 1, 2),
    }
    for path, value in own.items():
        assert state.change(path, value)
    assert state.changed_paths() == ()
    state.reset()
    assert state.was_reset is None
    for path in ("data.model_fee", "hedge.band", "costs.fixed_fee"):
        state.change(path, 0.02)
    before = state.settings
    assert state.changed_paths() == ("data.model_fee", "hedge.band", "costs.fixed_fee")
    state.reset()
    assert state.changed_paths() == ()
    assert {path: state.settings.value(path) for path in own} == own
    assert state.was_reset is not None
    assert (state.was_reset.before, state.was_reset.count) == (before, 3)

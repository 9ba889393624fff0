"""The group Triggers of the settings panel: order, what is shown when, and what it says."""

import asyncio
import datetime as dt
from collections.abc import Callable
from functools import wraps

from core.pipeline import analyse
from core.settings import Settings
from dashboard import controls, rule
from dashboard.book import Book
from dashboard.controls import Group
from dashboard.effects import effect
from dashboard.forms import FieldControl
from dashboard.runner import Runner
from dashboard.state import AppState
from dashboard.summary import rule_text
from tests.dashboard.scenes import scene

MARCH = Settings().with_value("data.as_of", dt.date(2020, 3, 16))


def in_session(test: Callable[[], None]) -> Callable[[], None]:
    """The test on a loop of its own, which ends what the panel started for results that came."""

    @wraps(test)
    def run() -> None:
        async def session() -> None:
            test()

        asyncio.run(session())

    return run


def panel_of(state: AppState) -> tuple[Group, dict[str, FieldControl]]:
    panel = controls.build(state, Runner(state), Book(state))
    (group,) = [g for g in panel.groups if g.label == "Triggers"]
    found = {c.path: c for g in panel.groups for c in (*g.objects, *g.more) if isinstance(c, FieldControl)}
    return group, found


def shown(group: Group) -> list[str]:
    return [c.path.partition(".")[2] for c in group.objects if c.visible]


@in_session
def test_the_controls_stand_in_the_order_of_the_page() -> None:
    state = AppState()
    group, _ = panel_of(state)
    state.analysis = scene("off")
    real = scene("off").market.has_vix3m
    level = "vix_ratio" if real else "stand_in_level"
    names = ["break_below", level, "cluster_usd", "cluster_source", "mode", "confirm", "cool_down"]
    assert shown(group) == names
    assert [group.objects[i].path.partition(".")[2] for i in group.near.halves] == [
        "cluster_usd", "cluster_source", "confirm", "cool_down",
    ]  # fmt: skip
    assert {c.path for c in group.more} >= {"backtest.fill", "backtest.lag", "triggers.profit_target"}


@in_session
def test_the_stand_ins_level_takes_the_place_where_there_is_no_vix3m() -> None:
    state = AppState(MARCH)
    group, _ = panel_of(state)
    state.analysis = analyse(MARCH)
    assert shown(group)[1] == "stand_in_level"


@in_session
def test_k_and_the_counts_appear_in_their_modes() -> None:
    state = AppState()
    group, found = panel_of(state)
    counts = [c for path, c in found.items() if path.startswith("triggers.count_")]
    assert len(counts) == 6
    assert not any(c.visible for c in counts)
    assert not found["triggers.least"].visible
    state.change("triggers.mode", "any")
    assert all(c.visible for c in counts)
    assert not found["triggers.least"].visible
    state.change("triggers.mode", "k")
    assert found["triggers.least"].visible
    assert "least" in shown(group)
    state.change("triggers.count_drawdown", True)
    state.change("triggers.mode", "tree")
    assert [c.path for c in counts if c.visible] == ["triggers.count_drawdown"]


@in_session
def test_the_modes_are_buttons_and_the_source_is_a_list() -> None:
    _, found = panel_of(AppState())
    assert found["triggers.mode"].kind == "segments"
    assert found["triggers.cluster_source"].kind == "choice"


@in_session
def test_every_level_says_how_its_signal_stands() -> None:
    state = AppState(MARCH)
    _, found = panel_of(state)
    state.analysis = analyse(MARCH)
    assert found["triggers.break_below"].status == ["fired", "Fired: SPX is 21.0\u202f% under the level"]
    assert found["triggers.stand_in_level"].status[0] == "fired"
    mark, text = found["triggers.cluster_usd"].status
    assert mark == "nd"
    assert text.endswith("read as \u201cno\u201d")
    assert found["triggers.beta_limit"].status == ["off", "Off: 0.49 at the close"]


@in_session
def test_a_setting_that_a_page_asks_for_is_shown() -> None:
    state = AppState()
    group, found = panel_of(state)
    state.settings_open = False
    state.sought = "triggers.break_below"
    assert state.settings_open
    assert (group.unfold, group.unfold_more, found["triggers.break_below"].reveals) == (1, False, 1)
    assert state.sought == ""
    state.sought = "triggers.drawdown_limit"
    assert (group.unfold, group.unfold_more) == (2, True)
    state.sought = "triggers.tree"
    assert group.unfold == 2


@in_session
def test_an_edited_tree_counts_as_a_change_of_the_group() -> None:
    state = AppState()
    group, _ = panel_of(state)
    state.change("triggers.tree", 1.0)
    assert group.count == 1


def test_the_summary_counts_what_fired_and_says_the_state() -> None:
    assert rule_text(analyse(MARCH)) == "2 of 2 fired \u00b7 ON 100\u202f%"
    assert rule_text(analyse()) == "0 of 2 fired \u00b7 OFF"
    assert rule_text(analyse(MARCH.with_value("triggers.tree", 0.5))) == "ON 50\u202f%"


def test_the_effect_of_a_level_is_on_the_hedge_and_its_past() -> None:
    before, after = analyse(MARCH), analyse(MARCH.with_value("triggers.mode", "all"))
    text = "".join(part for part, _ in effect("triggers.mode", before, after))
    old, new = len(before.state.spells()), len(after.state.spells())
    assert text.startswith(f"Times on so far {old} \u2192 {new}, sessions on")
    off = analyse(MARCH.with_value("triggers.tree", 0.0))
    assert "".join(p for p, _ in effect("triggers.tree", before, off)).startswith(
        "Hedge ON 100\u202f% \u2192 OFF"
    )
    later = analyse(MARCH.with_value("backtest.lag", 3))
    assert "on the past" in "".join(p for p, _ in effect("backtest.lag", before, later))


def test_what_a_right_half_did_stands_under_its_left_half() -> None:
    found = rule.gathered(
        {"triggers.confirm": [("a", False)], "triggers.cool_down": [("b", True)], "hedge.band": [("c", True)]}
    )
    assert found == {
        "triggers.confirm": [("a", False), ("; ", False), ("b", True)],
        "hedge.band": [("c", True)],
    }
    assert rule.gathered({"triggers.cluster_source": [("b", True)]}) == {
        "triggers.cluster_usd": [("b", True)]
    }

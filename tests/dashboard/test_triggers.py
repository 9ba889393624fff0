"""The page of the rule: the way it went, what each signal says, when it fired, and how often in vain."""

import datetime as dt
import re
from functools import cache
from types import SimpleNamespace

import numpy as np
import pytest

from core import words
from core.pipeline import Analysis, analyse
from core.settings import Settings
from core.triggers.base import TRIGGERS
from dashboard.charts import signals as lanes
from dashboard.charts.base import range_window
from dashboard.charts.level import level_gauge
from dashboard.parts import Part
from dashboard.signals import label, read_as, reading, readings, status
from dashboard.state import AppState
from dashboard.views import record, signal_cards, triggers
from tests.dashboard.scenes import NAMES, scene
from tests.dashboard.test_tiles import text_of
from tests.dashboard.test_views import page_text, told

MARCH = Settings().with_value("data.as_of", dt.date(2020, 3, 16))
SOURCES = ("auto", "file", "estimate", "none")


@cache
def march(mode: str = "tree") -> Analysis:
    """The sample on the evening of 16 March 2020: stand-in and price break fired, no data on stops."""
    return analyse(MARCH.with_value("triggers.mode", mode))


def opened(analysis: Analysis) -> tuple[AppState, triggers.Triggers]:
    state = AppState(analysis.settings, page="triggers")
    page = triggers.Triggers(state)
    state.analysis = analysis
    return state, page


@pytest.mark.parametrize("name", NAMES)
def test_every_book_is_shown_without_nan(name: str) -> None:
    _, page = opened(scene(name))
    text = page_text(page.view).lower()
    assert len(text) > 200
    assert not re.search(r"\b(nan|inf|nat)\b", text)


def test_before_the_first_result_the_page_waits_and_then_shows() -> None:
    state = AppState(page="triggers")
    view = triggers.build(state)
    assert isinstance(view, Part)
    assert "waiting" in view.kind
    state.analysis = march()
    assert view.kind == "grid triggers"


def test_a_page_that_is_not_shown_is_drawn_when_it_is() -> None:
    state = AppState(MARCH)
    page = triggers.Triggers(state)
    state.analysis = march()
    assert page.cards.object == ""
    assert page.tree.nodes == []
    state.page = "triggers"
    assert "Volatility stand-in" in page.cards.object


def test_the_cards_say_figure_distance_and_since_when() -> None:
    _, page = opened(march())
    text = text_of(page.cards.object)
    at = reading(march(), "price_break")
    assert f"Price break Fired {words.number(at.value)} below {words.number(at.level)} by 21 %" in text
    assert "SPX, 0.95 \u00d7 MA50 of 3,180.43 since 5 Mar 2020, 8 sessions" in text
    assert "Volatility stand-in Fired" in text
    assert "read as \u201cno\u201d" in text
    assert "Not in the rule Portfolio beta Off Drawdown would fire Volatility would fire" in text
    assert "VIX" not in text


def test_a_signal_that_has_not_fired_says_what_it_takes() -> None:
    analysis = analyse()
    at = reading(analysis, "price_break")
    assert at.state == 0
    move = 100 * (at.level / at.value - 1)
    assert at.against() == f"fires {-move:.1f}\u202f% lower"
    assert move < 0
    above = reading(analysis, "vix_inversion")
    assert re.fullmatch(r"fires [\d.]+\u202f% higher", above.against())
    volatility = reading(analysis, "realised_volatility")
    assert volatility.against().endswith("\u00a0pp higher")


def test_far_past_the_level_is_said_in_multiples() -> None:
    at = reading(march(), "realised_volatility")
    assert at.against() == f"{at.value / at.level:.1f} times 30.0\u202f%"


def test_a_signal_without_data_draws_a_hatched_gauge_and_says_how_it_is_read() -> None:
    analysis = march()
    at = reading(analysis, "stop_loss_cluster")
    card = signal_cards._card(analysis, at)
    assert 'class="level nd"' in card
    assert f"{words.UNKNOWN} fires above $9.0 bn" in text_of(card)
    assert read_as(analysis, "stop_loss_cluster") == "read as \u201cno\u201d"
    assert read_as(march("k"), "stop_loss_cluster") == "left out of the count"
    assert read_as(march("k"), "drawdown") == "not counted"
    assert read_as(analysis, "drawdown") == "not asked"
    tree = {"ask": "stop_loss_cluster", "yes": 1.0, "no": {"ask": "stop_loss_cluster", "yes": 1, "no": 0,
                                                           "unknown": "yes"}}  # fmt: skip
    other = analyse(MARCH.with_value("triggers.tree", tree))
    assert read_as(other, "stop_loss_cluster") == "read as each question says"


@pytest.mark.parametrize("source", SOURCES)
def test_the_estimate_is_offered_only_where_it_is_not_in_use(source: str) -> None:
    _, page = opened(analyse(MARCH.with_value("triggers.cluster_source", source)))
    assert ("Use the labelled estimate" in page.cards.object) == (source in ("file", "none"))
    assert "Load readings" in page.cards.object


def test_links_of_the_cards_lead_to_the_setting_and_the_dialog() -> None:
    state, page = opened(analyse(MARCH.with_value("triggers.cluster_source", "none")))
    sought: list[str] = []
    state.param.watch(lambda event: sought.append(event.new), "sought")
    for press in ("edit:triggers.break_below", "flow", "edit:triggers.stand_in_level"):
        told(page.cards, press)
    assert sought == ["triggers.break_below", "triggers.flow", "triggers.stand_in_level"]
    told(page.cards, "estimate")
    assert state.settings.triggers.cluster_source == "estimate"


def test_the_stand_in_is_edited_at_its_own_level() -> None:
    assert reading(march(), "vix_inversion").edited_at == "triggers.stand_in_level"
    assert reading(scene("plain"), "vix_inversion").edited_at in (
        "triggers.vix_ratio",
        "triggers.stand_in_level",
    )
    every = readings(march())
    assert {at.signal.name for part in every for at in part} == set(TRIGGERS.names())


def test_the_other_signals_unfold_and_fold() -> None:
    _, page = opened(march())
    assert page.cards.object.count('class="card signal"') == 3
    told(page.cards, "others")
    assert page.cards.object.count('class="card signal apart"') == 3
    assert page.cards.object.count('class="tag fired"') == 2  # what the rule does not ask only would fire
    told(page.cards, "others")
    assert page.cards.object.count('class="card signal"') == 3


def test_a_click_on_the_lanes_chooses_the_day_everywhere() -> None:
    state, page = opened(march())
    sessions = march().market.sessions
    day = np.datetime64("2020-02-20")
    at = float(day.astype("datetime64[ms]").astype(np.float64))
    page.stack.tapped(SimpleNamespace(x=at))
    assert state.selection.day == day
    assert "on 20 Feb 2020?" in page.rule.object
    assert "Chosen: 20 Feb 2020" in page.chart.object
    row = int(np.searchsorted(sessions, day))
    assert (
        reading(march(), "price_break", row).figure(march().market.benchmark_close[row]) in page.cards.object
    )
    assert [node["place"] for node in page.tree.nodes if node["lit"]] == ["", "n", "nn"]
    assert len(page.stack.chosen.data["date"]) == 1
    told(page.chart, "latest")
    assert state.selection.day is None
    assert "Chosen" not in page.chart.object
    assert "on 16 Mar 2020?" in page.rule.object
    page.choose(sessions[-1])
    assert state.selection.day is None


def test_a_chosen_day_survives_ranges_and_brushes_but_not_an_earlier_history() -> None:
    state, page = opened(march())
    sessions = march().market.sessions
    page.choose(sessions[-30])
    told(page.chart, "range:6 m")
    page.stack._on_brush((sessions[-40], sessions[-10]))  # type: ignore[misc]
    told(page.chart, "brush:zoom")
    assert state.selection.day == sessions[-30]
    assert state.selection.window == (sessions[-40], sessions[-10])
    state.analysis = analyse(MARCH.with_value("data.as_of", dt.date(2020, 1, 6)))
    assert "on 6 Jan 2020?" in page.rule.object
    assert "Chosen" not in page.chart.object


def test_modes_are_switched_and_drawn_as_a_gate() -> None:
    state, page = opened(march())
    assert page.tree.gate == {}
    told(page.rule, "mode:k")
    assert state.settings.triggers.mode == "k"
    assert 'data-press="mode:k" aria-pressed="true"' in page.rule.object  # before there is a result of it
    assert "Which way did the tree go" in page.rule.object
    state.analysis = march("k")
    assert (page.tree.gate["count"], page.tree.gate["need"]) == ("2 of 2 fired", "2 needed")
    assert (page.tree.gate["result"], page.tree.gate["on"]) == ("100\u202f%", True)
    assert "What did the count say" in page.rule.object
    assert "Edit" not in text_of(page.rule.object)
    state.analysis = march("all")
    assert page.tree.gate["need"] == "all 2 needed"
    told(page.rule, "mode:none of these")
    assert state.settings.triggers.mode == "k"


def test_the_rule_is_said_in_words_with_what_the_state_does() -> None:
    _, page = opened(march())
    said = text_of(page.words.object).replace("\u00a0", " ")
    assert "volatility stand-in > 1.31 and SPX < 0.95 \u00d7 MA50 \u2192 100" in said
    assert "Enter after 1 close, leave after 5 at zero. Hedge ON at 100" in said


def test_a_problem_with_the_tree_stands_at_the_tree() -> None:
    state, page = opened(march())
    state.change("triggers.tree", 1.5)
    assert "outside its range" in page.tree.error
    state.problem = None
    assert page.tree.error == ""


def test_nothing_is_built_anew_when_a_threshold_moves() -> None:
    state, page = opened(march())
    charts = [chart.figure for chart in page.stack.charts]
    sources = [id(page.stack.source), id(page.stack.spans)]
    other = analyse(MARCH.with_value("triggers.break_below", 0.1))
    state.analysis = other
    assert [chart.figure for chart in page.stack.charts] == charts
    assert [id(page.stack.source), id(page.stack.spans)] == sources
    assert "SPX, 0.9 \u00d7 MA50" in page.cards.object


def test_what_a_browser_makes_up_changes_nothing() -> None:
    state, page = opened(march())
    before = state.settings
    for message in ("range:9 y", "mode:", "", "edit:", "brush:zoom", "what:ever"):
        for part in (page.rule, page.cards, page.chart):
            told(part, message)
    assert state.settings == before


def test_the_lanes_have_a_row_for_every_signal_in_use_and_the_hedge() -> None:
    analysis = march()
    shown = lanes.columns(analysis)
    assert list(shown) == ["close", "level", "stand_in", "price_break", "stop_loss_cluster", "fraction"]
    assert shown["fraction"] is analysis.state.fraction
    assert np.array_equal(shown["level"], analysis.signals["price_break"].threshold, equal_nan=True)
    other = analyse(MARCH.with_value("triggers.break_of", "portfolio"))
    assert np.isnan(lanes.columns(other)["level"]).all()
    said = lanes.fired_words(analysis)
    assert len(said) == len(analysis.market.sessions)
    assert said[-1] == "stand-in, price fired"
    assert said[0] == "nothing fired"
    assert lanes.fired_words(analyse(MARCH.with_value("triggers.tree", 1.0)))[-1] == "nothing fired"


def test_the_table_beside_the_lanes_has_the_states_newest_first() -> None:
    analysis = march()
    window = range_window("15 m", analysis.market.sessions)
    twin = lanes.twin(analysis, window)
    assert twin.header[0] == "Date"
    assert twin.rows[0][0] == "16 Mar 2020"
    assert twin.rows[0][3:] == ("FIRED", "FIRED", "no data", "100\u202f%", "100\u202f%")
    assert "Latest 60 of" in twin.note
    rows = lanes.rows_in(analysis.market.sessions, window)
    share = words.percent(float(analysis.state.on[rows].mean()), 0)
    assert f"hedge ON, {share} of them" in lanes.describe(analysis, window).subtitle


def test_the_record_is_the_cores_and_its_sentence_follows_from_it() -> None:
    analysis = march()
    text = text_of(record.card(analysis))
    *signals, rule = analysis.track_record
    for line in signals:
        assert label(analysis, line.name) in text
    false, recent = round(rule.false_alarms * rule.counted), rule.fired - rule.counted
    assert f"{false} of {rule.counted} hedges ({100 * false / rule.counted:.0f} %) were false; " in text
    assert f"{recent} {'is' if recent == 1 else 'are'} too recent to judge." in text
    counted = sum(line.counted for line in signals)
    wrong = sum(round(line.false_alarms * line.counted) for line in signals if line.counted)
    assert f"Of the signals’ own {counted} alarms {wrong} were, {100 * wrong / counted:.0f} %" in text
    assert "No data" in text  # the stop-loss cluster
    assert "Before a signal had data the rule ran without it." in text
    never = analyse(MARCH.with_value("triggers.tree", 0.0))
    assert record.sentence(never) == "<b>The hedge was never on: there is nothing to judge.</b>"


def test_every_row_of_the_record_says_from_when_its_signal_had_data() -> None:
    analysis = march()
    text = text_of(record.card(analysis))
    known = analysis.signals["price_break"].state >= 0
    first = analysis.market.sessions[np.flatnonzero(known)[0]]
    assert first > analysis.market.sessions[0]
    assert f"Price break since {words.day(first)}" in text
    assert f"Hedge on since {words.day(analysis.market.sessions[0])}" in text
    assert f'title="{int(known.sum()):,} sessions with data"' in record.card(analysis)


@pytest.mark.parametrize(
    ("fired", "counted", "share", "said"),
    [
        (74, 73, 43 / 73, "43 of 73 hedges (59\u202f%) were false; 1 is too recent to judge."),
        (3, 3, 0.0, "0 of 3 hedges (0\u202f%) were false."),
        (3, 1, 1.0, "1 of 1 hedge (100\u202f%) was false; 2 are too recent to judge."),
        (2, 0, np.nan, "2 are too recent to judge: no hedge has 20 sessions after it yet."),
        (0, 0, np.nan, "The hedge was never on: there is nothing to judge."),
    ],
)
def test_the_hedges_are_counted_and_those_too_recent_said(
    fired: int, counted: int, share: float, said: str
) -> None:
    rule = SimpleNamespace(fired=fired, counted=counted, false_alarms=share)
    assert record._hedges(rule) == said  # type: ignore[arg-type]


def test_where_the_benchmark_went_is_said_as_it_was() -> None:
    def line(after: float, counted: int = 4) -> SimpleNamespace:
        return SimpleNamespace(after_20=after, counted=counted, false_alarms=0.5)

    up, down, unknown = line(0.02), line(-0.02), line(np.nan)
    alarms = record._alarms
    start = "Of the signals\u2019 own 8 alarms 4 were, 50\u202f%"
    assert alarms([up, up], "SPY") == f"{start}; 20 sessions after each signal the median SPY was higher."  # type: ignore[list-item]
    assert alarms([down, unknown], "SPY").endswith("after the signal the median SPY was not higher.")  # type: ignore[list-item]
    assert "higher after 1 of 2 signals" in alarms([up, down], "SPY")  # type: ignore[list-item]
    assert alarms([unknown, unknown], "SPY") == f"{start}."  # type: ignore[list-item]
    assert alarms([line(np.nan, 0)], "SPY") == ""  # type: ignore[list-item]


@pytest.mark.parametrize("beyond", [-0.9, -0.02, 0.0, 0.02, 0.23, 11.0])
def test_the_gauge_keeps_its_diamond_on_the_track_and_on_its_side(beyond: float) -> None:
    markup = level_gauge(beyond, level="<b>", value="1", said='"x"')
    at = float(re.search(r'diamond" style="left:([\d.]+)%', markup)[1])  # type: ignore[index]
    assert 1.5 <= at <= 98.5
    assert (at > 41.5) == (beyond > 0)
    assert "<b>" not in markup


@pytest.mark.parametrize("beyond", [-0.01, 0.007])
def test_labels_near_the_level_stand_apart_on_its_two_sides(beyond: float) -> None:
    """The value keeps a distance from the level's side that the level's label is not on."""
    markup = level_gauge(beyond, level="9.00 level", value="9.06", said="")
    level, value = ("right", "left") if beyond > 0 else ("left", "right")
    edge = 41.5 if beyond > 0 else 58.5
    assert f'class="free" style="{level}:calc({100 - edge}% + 3px)"' in markup
    assert f'class="now free" style="{value}:max({edge}% + 6px,' in markup


def test_the_line_under_a_control_says_how_its_signal_stands() -> None:
    assert status(march(), "price_break") == (1, "Fired: SPX is 21.0\u202f% under the level")
    assert status(march(), "stop_loss_cluster")[1].startswith("No data: SPX has no high")
    state, text = status(analyse(), "price_break")
    assert state == 0
    assert text.startswith("Off: SPX is")
    assert text.endswith("over the level")
    assert status(march(), "vix_inversion")[1] == "Fired: stand-in 2.25 at the close"

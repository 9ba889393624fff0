"""The card of the spread: what it says is what the engine says, and a moved level asks nothing."""

import math
import re
from dataclasses import replace

import numpy as np
import pytest

from core import words
from core.lab.trace import trace_spread
from core.ratios import estimate_hedge_ratio
from core.ratios.base import HedgeRatio
from dashboard.charts import spread as drawn
from dashboard.charts.ratios import ratio
from dashboard.state import AppState, Problem
from dashboard.tester import STOPPED, Answer
from dashboard.views.lab_rolling import RollingCard
from dashboard.views.lab_spread import SpreadCard, life_text
from dashboard.views.lab_table import TableCard
from tests.dashboard.lab_scenes import StillLab, busy, frame_of, press, refits, still_lab
from tests.dashboard.test_lab_residuals import card_of as left_of
from tests.dashboard.test_tiles import text_of
from tests.dashboard.test_views import page_text, told


def card_of(lab: StillLab) -> SpreadCard:
    return SpreadCard(lab.page, lab)


def test_the_card_shows_the_spread_of_the_method_and_its_trips() -> None:
    frame = frame_of()
    lab = still_lab(frame, shown="johansen", entry=1.5)
    card = card_of(lab)
    prices = frame.to_numpy()
    johansen = lab.compared.comparison.row("johansen").result
    spread = prices[:, 0] - johansen.ratios["BBB"] * prices[:, 1]
    z = (spread - spread.mean()) / spread.std(ddof=1)
    np.testing.assert_allclose(card.stack.source.data["z"], z, atol=1e-9)
    other = prices[:, 0] - lab.compared.comparison.row("ols").result.ratios["BBB"] * prices[:, 1]
    wanted = (other - other.mean()) / other.std(ddof=1)
    np.testing.assert_allclose(card.stack.source.data["other"], wanted, atol=1e-9)
    trips = trace_spread(spread, entry=1.5, exit=0.5).trips
    assert len(trips) > 2
    text = page_text(card.view)
    assert drawn.combination(johansen).replace("\u00a0", " ") in text
    assert f"Table of {len(trips)} trips" in text
    assert len(card.stack.spans.data["x0"]) == len(trips)
    assert "4 Jan 2021 \u2013 25 Feb 2022" in text
    assert not re.search(r"\b(nan|inf|nat)\b", text.lower())


def test_least_squares_is_drawn_alone() -> None:
    card = card_of(still_lab())
    assert np.isnan(card.stack.source.data["other"]).all()
    ends = [mark.full for mark in card.stack.charts[0].ends.marks]
    assert any(end.endswith("Least squares") for end in ends)
    assert {"enter +2.0", "leave +0.5", "leave \u22120.5", "enter \u22122.0"} <= set(ends)
    assert set(card.stack.charts[0].dots) == {"z", "other"}  # levels have no dot under the pointer


def test_a_moved_level_draws_only_this_card_and_asks_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    frame = frame_of()
    lab = still_lab(frame)
    lab.rolling = refits(frame)
    spread, path, left = card_of(lab), RollingCard(lab.page, lab), left_of(lab)
    before = (path.chart.object, left.chart.object, left.plane.figure)
    updates: list[str] = []
    monkeypatch.setattr(path.stack, "update", lambda *a, **k: updates.append("path"))
    monkeypatch.setattr(left.plane, "draw", lambda *a: updates.append("left"))
    spread.controls["lab.entry"].enter("1.2")
    spread.controls["lab.exit"].enter("0.2")
    assert lab.settings.lab.entry == 1.2
    assert updates == []
    assert before == (path.chart.object, left.chart.object, left.plane.figure)
    assert "enter +1.2" in [mark.full for mark in spread.stack.charts[0].ends.marks]
    assert lab.studying.question is None
    assert lab.refitting.question is None
    spread.controls["lab.exit"].enter("3")
    assert lab.settings.lab.exit == 0.2
    told_of = "The level to leave at must be under the 1.2 to enter at: it stays at 0.2."
    assert spread.controls["lab.exit"].error == told_of
    spread.controls["lab.exit"].enter("0.6")
    assert spread.controls["lab.exit"].error == ""
    spread.controls["lab.entry"].submit(0.6)
    assert lab.settings.lab.entry == 1.2
    told_of = "The level to enter at must be above the 0.6 to leave at: it stays at 1.2."
    assert spread.controls["lab.entry"].error == told_of
    assert spread.controls["lab.exit"].error == ""


def test_the_mean_can_be_of_the_last_sessions_and_says_what_is_hindsight() -> None:
    lab = still_lab()
    card = card_of(lab)
    assert "ratio, mean and deviation are of the whole period" in text_of(card.foot.object)
    card.controls["lab.band_sessions"].enter("40")
    z = card.stack.source.data["z"]
    assert np.isnan(z[:39]).all()
    assert np.isfinite(z[39:]).all()
    assert "the ratio is of the whole period; mean and deviation are as known" in text_of(card.foot.object)
    assert "mean of 40 sessions" in text_of(card.chart.object)
    card.controls["lab.band_sessions"].enter("1000")
    assert "needs as many; there are 300" in text_of(card.chart.object)


def test_a_slider_stops_a_step_short_of_the_other_level() -> None:
    lab = still_lab()
    controls = card_of(lab).controls
    enter, leave = controls["lab.entry"], controls["lab.exit"]
    for value in (1.1, 0.5, 0.5):  # what was between is skipped when a key is held
        enter.value = value
    assert (lab.settings.lab.entry, enter.value, enter.text, enter.error) == (0.6, 0.6, "0.6", "")
    leave.value = 4.0
    assert (lab.settings.lab.exit, leave.value, leave.error) == (0.5, 0.5, "")
    enter.value = 3.0
    leave.value = 4.0
    assert (lab.settings.lab.entry, lab.settings.lab.exit) == (3.0, 2.9)


def test_price_units_show_the_spread_with_its_levels() -> None:
    lab = still_lab()
    card = card_of(lab)
    told(card.chart, "mode:price")
    deviations, prices = card.stack.charts
    assert (deviations.figure.visible, prices.figure.visible) == (False, True)
    result = lab.compared.comparison.row("ols").result
    data = card.stack.source.data
    np.testing.assert_allclose(data["spread"], result.spread)
    np.testing.assert_allclose(
        data["price_enter_high"], result.spread.mean() + 2.0 * result.spread.std(ddof=1)
    )
    told(card.chart, "mode:nothing")
    assert prices.figure.visible


def test_the_p_values_and_the_words_follow_the_rule() -> None:
    frame = frame_of()
    lab = still_lab(frame, shown="johansen")
    card = card_of(lab)
    regression = estimate_hedge_ratio(frame, "ols", adf_lag=lab.compared.comparison.lag)
    assert f"Engle\u2013Granger p <b>{words.p_value(regression.adf_p_value)}</b>" in card.foot.object
    result = lab.compared.comparison.row("johansen").result
    for p_value, said in ((0.02, "Evidence"), (0.08, "Weak evidence"), (0.4, "No evidence")):
        simulated(lab, replace(result, adf_p_value=p_value))
        text = text_of(card.foot.object)
        assert f"Simulated p {words.p_value(p_value)} (199 draws)" in text
        assert f"{said} of cointegration" in text


def simulated(lab: StillLab, ratio: HedgeRatio) -> None:
    """Answer the question for the method shown, as the simulation does."""
    found = replace(ratio, adf_p_source="199 draws of legs that are not tied together")
    lab.studying.answer = Answer(lab._study_key(), found)


def test_no_p_value_stands_beside_the_spread_of_another_method_or_lag() -> None:
    lab = still_lab(frame_of(), shown="ols")
    card = card_of(lab)
    comparison = lab.compared.comparison
    simulated(lab, replace(comparison.row("ols").result, adf_p_value=0.42))
    assert "Simulated p 0.42" in text_of(card.foot.object)
    assert "its p is from 199 draws" in text_of(card.foot.object)
    # The legs wanted are refused, so that nothing is asked of them, and another method is pressed.
    lab.change("lab.legs", ("AAA", "ZZZ"))
    lab.problem = Problem(message="No prices of ZZZ.", where="lab.legs")
    assert "Simulated p 0.42" in text_of(card.foot.object)  # still of the spread that is still drawn
    lab.change("lab.shown", "johansen")
    assert "Johansen" in page_text(card.view)
    assert "Simulated p" not in text_of(card.foot.object)
    assert "draws" not in text_of(card.foot.object)
    # Nor one with the same method's other lag, which moves the statistic.
    other = comparison.row("johansen").result
    simulated(lab, replace(other, adf_lag=other.adf_lag + 1, adf_p_value=0.42))
    assert "Simulated p" not in text_of(card.foot.object)
    simulated(lab, replace(other, adf_p_value=0.42))
    assert "Simulated p 0.42" in text_of(card.foot.object)


def test_a_p_value_goes_with_its_prices_and_a_method_alone_with_its_answer() -> None:
    lab = still_lab(frame_of(), shown="ols")
    card = card_of(lab)
    tls = still_lab(frame_of(), methods=("tls",)).compared.comparison.row("tls").result
    simulated(lab, replace(lab.compared.comparison.row("ols").result, adf_p_value=0.42))
    lab.compared = still_lab(frame_of(seed=9)).compared
    assert "Simulated p" not in text_of(card.foot.object)
    # A method that is not among those compared is drawn by its own answer, never by another's.
    lab.change("lab.shown", "tls")
    assert "is being asked" in text_of(card.chart.object)
    simulated(lab, tls)
    assert "is being asked" not in text_of(card.chart.object)
    lab.change("lab.shown", "huber")
    assert "is being asked" in text_of(card.chart.object)


def test_a_simulation_has_a_bar_and_can_be_stopped_and_asked_again() -> None:
    lab = still_lab(shown="johansen")
    card = card_of(lab)
    busy(lab.studying, 0.25, "Draw 125 of 499")
    assert "Draw 125 of 499" in card.work.view.object
    assert 'value="0.250"' in card.work.view.object
    lab.compared = replace(lab.compared, asked=replace(lab.compared.asked, file_name="b"))
    assert "simulating\u2026" in text_of(card.foot.object)
    press(card.work.view, "stop")
    assert lab.studying.answer == Answer("asked", None, STOPPED)
    assert "Stopped." in text_of(card.work.view.object)
    asked: list[object] = []
    lab.again = asked.append  # type: ignore[method-assign]
    told(card.work.view, "again")
    assert asked == [lab.studying]


def test_a_method_without_an_answer_says_why_and_the_first_opening_says_what_happens() -> None:
    lab = still_lab(methods=("ols", "johansen"))
    made = lab.compared.comparison
    row = replace(made.row("johansen"), result=None, reason="No mix <b>comes</b> back.")
    lab.compared = replace(lab.compared, comparison=replace(made, methods=(made.methods[0], row)))
    card = card_of(lab)
    assert lab.change("lab.shown", "johansen")
    assert "No mix &lt;b&gt;comes&lt;/b&gt; back." in card.chart.object
    assert "bare" in card.chart.kind
    assert lab.change("lab.shown", "ols")
    assert "bare" not in card.chart.kind
    fresh = StillLab(AppState(page="lab"))
    empty = card_of(fresh)
    assert "being compared" in text_of(empty.chart.object)
    fresh.problem = Problem(message="No prices of <XYZ>.")
    assert "No prices of &lt;XYZ&gt;." in empty.chart.object


def test_names_of_legs_are_text() -> None:
    lab = still_lab(frame_of(("<b>A</b>", "B & C")))
    card = card_of(lab)
    for part in (card.chart.object, card.chart.twin, card.foot.object):
        assert "<b>A</b>" not in part
    assert "&lt;b&gt;A&lt;/b&gt;" in card.chart.object


def test_many_legs_are_cut_short_in_the_words() -> None:
    lab = still_lab(frame_of(("A", "B", "C", "D", "E", "F")))
    text = text_of(card_of(lab).chart.object)
    assert "2 more legs" in text
    assert "5 other legs" in page_text(card_of(lab).view)


def test_a_page_that_is_not_shown_is_not_drawn() -> None:
    lab = still_lab()
    lab.page.page = "today"
    card = card_of(lab)
    assert card.chart.object == ""
    lab.page.page = "lab"
    assert "Does the spread come back?" in card.chart.object


def test_half_lives_that_are_none_are_said_in_words() -> None:
    assert "do not close" in life_text(math.inf)
    assert "sign" in life_text(math.nan)
    assert life_text(6.43) == "6.4 sessions"


def test_a_ratio_reads_the_same_under_the_chart_and_in_the_table() -> None:
    lab = still_lab(shown="johansen")
    found = lab.compared.comparison.row("johansen").result
    said = ratio(found.ratios["BBB"])
    assert f"\u2212 {said} BBB" in text_of(card_of(lab).chart.object).replace("\u00a0", " ")
    assert said in text_of(TableCard(lab.page, lab).table.object)


@pytest.mark.parametrize("p_value", [0.0004, 0.002, 0.0496, 0.0504, 0.1004])
def test_a_p_value_reads_the_same_on_the_cards_in_the_table_and_in_its_details(p_value: float) -> None:
    lab = still_lab(shown="johansen")
    result = lab.compared.comparison.row("johansen").result
    simulated(lab, replace(result, adf_p_value=p_value))
    said = " ".join(words.p_value(p_value).split())
    assert f"Simulated p {said} (199 draws)" in text_of(card_of(lab).foot.object)
    shown = text_of(TableCard(lab.page, lab).table.object)
    assert f"{said} sim" in shown
    assert f"p-value of no cointegration {said}" in shown


def test_a_spread_of_before_is_dimmed_and_named() -> None:
    lab = still_lab(frame_of(), entry=1.0)
    card, left = card_of(lab), left_of(lab)
    parts = (card.chart, card.foot, card.trips, left.chart, left.foot)
    assert not any("pending" in part.kind for part in parts)
    assert (card.of.object, left.of.object) == ("", "")
    lab.change("lab.period", "all")
    lab.comparing.answer = Answer("asked", None, STOPPED)
    assert all("pending" in part.kind for part in parts)
    for of in (card.of, left.of):
        assert "Still shown: AAA and BBB (made up), 4 Jan 2021 \u2013 25 Feb 2022." in text_of(of.object)
    busy(lab.comparing)
    assert all("pending" in part.kind for part in parts)
    lab.change("lab.period", "3y")
    assert not any("pending" in part.kind for part in parts)
    assert (card.of.object, left.of.object) == ("", "")


def test_legs_that_are_all_held_are_a_basket_and_gains_say_their_unit() -> None:
    frame = frame_of()
    frame["BBB"] = 200.0 - frame["BBB"]  # they move against each other
    lab = still_lab(frame, entry=1.0)
    card = card_of(lab)
    ratio = lab.compared.comparison.row("ols").result
    assert ratio.ratios["BBB"] < 0.0
    sides = set(re.findall(r"(\w+ (?:cheap|dear))", card.trips.object))
    assert sides == {"basket cheap", "basket dear"}
    assert "Trips, the basket of AAA and BBB" in card.foot.object
    assert "Gain per AAA, $ before costs" in card.trips.object
    assert "the gain, or the loss, is in $ per share of AAA" in text_of(card.foot.object)
    apart = card_of(still_lab(entry=1.0))
    assert "AAA cheap" in apart.trips.object
    assert "Trips, AAA against BBB" in apart.foot.object


def test_one_closed_trip_has_no_median() -> None:
    lab = still_lab()
    ratio = lab.compared.comparison.row("ols").result
    z = np.array([0.0, 0.1, -3.0, -1.9, 0.2, 0.1, -3.0, -2.5])
    trace = trace_spread(z, entry=1.1, exit=0.2)
    assert [trip.left for trip in trace.trips] == [4, None]
    said = drawn.summary(drawn.Followed(ratio, "Least squares", trace))
    assert said == "2 trips, 1 closed after 2 sessions, 1 still open after 1 session."

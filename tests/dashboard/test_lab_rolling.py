"""The card of the refitted ratio: its lines, its sentence, and what stays while new refits are made."""

import re
from dataclasses import replace

import numpy as np
import pytest

from core import words
from core.ratios import estimate_hedge_ratio
from dashboard.charts import ratio_path as drawn
from dashboard.charts.ratio_path import Refitted
from dashboard.charts.ratios import ratio
from dashboard.charts.timeline import TimeStack
from dashboard.state import Problem
from dashboard.tester import STOPPED, Answer
from dashboard.views.lab_rolling import RollingCard, label_of
from dashboard.views.lab_spread import SpreadCard
from tests.dashboard.lab_scenes import StillLab, busy, frame_of, press, refits, still_lab
from tests.dashboard.test_lab_residuals import card_of as left_of
from tests.dashboard.test_tiles import text_of
from tests.dashboard.test_views import page_text, told

STOPPED_ANSWER = Answer("asked", None, STOPPED)


def card_of(lab: StillLab) -> RollingCard:
    return RollingCard(lab.page, lab)


def test_the_steps_and_the_sentence_are_the_refits() -> None:
    frame = frame_of()
    lab = still_lab(frame)
    card = card_of(lab)
    assert "being refitted" in text_of(card.chart.object)
    lab.rolling = refits(frame)
    ends = range(59, 300, 20)
    wanted = []
    for end in ends:
        x, y = frame["BBB"].to_numpy()[end - 59 : end + 1], frame["AAA"].to_numpy()[end - 59 : end + 1]
        wanted.append(float(np.polyfit(x, y, 1)[0]))
    steps = card.stack.source.data["leg0"]
    assert len(steps) == 300 - 59  # nothing is drawn before the first refit
    np.testing.assert_allclose(steps[::20], wanted, rtol=1e-8)
    assert f"{words.day(frame.index[59].to_datetime64())} \u2013 25 Feb 2022" in text_of(card.chart.object)
    whole = estimate_hedge_ratio(frame, "ols")
    low, high = whole.intervals["BBB"]
    outside = sum(not low <= ratio <= high for ratio in wanted)
    text = text_of(card.chart.object)
    assert f"Between {ratio(min(wanted))} and {ratio(max(wanted))}" in text
    assert f"the whole period\u2019s is {ratio(whole.ratios['BBB'])}" in text
    assert outside > 1
    assert f"{outside} of {len(wanted)} refits lie outside its 95 % interval" in text
    np.testing.assert_allclose(card.stack.source.data["bounds_low"], low)
    np.testing.assert_allclose(card.stack.source.data["whole0"], whole.ratios["BBB"])


def test_the_last_good_refits_stay_after_stop_and_go_with_their_legs() -> None:
    frame = frame_of()
    lab = still_lab(frame)
    card = card_of(lab)
    lab.rolling = refits(frame)
    before = card.chart.object
    busy(lab.refitting)
    assert "pending" in card.chart.kind
    assert "Window 4 of 10" in card.work.view.object
    press(card.work.view, "stop")
    lab.rolling = None
    assert lab.refitting.answer == Answer("asked", None, STOPPED)
    assert card.chart.object == before
    assert "Stopped." in text_of(card.work.view.object)
    assert "The chart shows the refits of before." in text_of(card.work.view.object)
    lab.compared = still_lab(frame_of(seed=9)).compared
    assert "no refits to show" in text_of(card.chart.object)
    assert "bare" in card.chart.kind


def test_expanding_refits_can_be_asked_for() -> None:
    frame = frame_of()
    lab = still_lab(frame)
    card = card_of(lab)
    told(card.chart, "refits:expanding")
    assert lab.settings.lab.expanding
    lab.rolling = refits(frame, expanding=True)
    assert "all sessions so far, at least 60" in text_of(card.chart.object)
    assert re.search(r'data-press="refits:expanding" aria-pressed="true"', card.chart.object)


def test_refits_that_choose_their_own_lag_stand_beside_the_whole_periods_ratio() -> None:
    frame = frame_of()
    lab = still_lab(frame, methods=("ols", "adf"), shown="adf")
    card = card_of(lab)
    lab.rolling = refits(frame, "adf")
    whole = lab.compared.comparison.row("adf").result
    assert (whole.options.lag, lab.rolling.options.lag) == (lab.compared.comparison.lag, None)
    assert f"the whole period\u2019s is {ratio(whole.ratios['BBB'])}" in text_of(card.chart.object)
    lab.rolling = refits(frame, "adf", sign="short")
    assert "the whole period\u2019s" not in text_of(card.chart.object)


def test_windows_without_an_answer_are_gaps_with_a_reason() -> None:
    frame = frame_of()
    frame.iloc[100:200, 1] = 50.0  # a leg that does not move has no ratio
    lab = still_lab(frame)
    card = card_of(lab)
    lab.rolling = refits(frame)
    assert lab.rolling.notes
    steps = card.stack.source.data["leg0"]
    assert np.isnan(steps[170 - 59 : 179 - 59]).all()
    assert np.isfinite(steps[-1])
    assert lab.rolling.notes[0] in text_of(card.foot.object)
    assert "\u2014" in card.chart.twin


def test_a_wild_window_does_not_press_the_others_flat() -> None:
    frame = frame_of()
    made = refits(frame)
    ratios = made.ratios.copy()
    ratios[279:299], ratios[299:] = 500.0, 700.0
    ratios.setflags(write=False)
    shown = Refitted(replace(made, ratios=ratios), "Least squares", estimate_hedge_ratio(frame, "ols"))
    columns = drawn.history(shown).columns
    assert np.nanmax(columns["leg0"]) < 10.0
    assert "2 refits beyond the chart, to 700.0." in drawn.summary(shown)
    assert drawn.names(shown)["leg0"] == "700.0 BBB, off the chart"
    assert drawn.twin(shown).rows[0][1] == "700.0"


@pytest.mark.parametrize("bounds", [(-30.0, 40.0), (1.0, 40.0)])
@pytest.mark.parametrize("seed", range(3))
def test_a_wide_interval_does_not_press_the_refits_flat(bounds: tuple[float, float], seed: int) -> None:
    frame = frame_of(seed=seed)
    whole = replace(estimate_hedge_ratio(frame, "ols"), intervals={"BBB": bounds})
    shown = Refitted(refits(frame), "Least squares", whole)
    stack = TimeStack(drawn.lanes(), drawn.TIPS, dark=False)
    stack.update(drawn.history(shown), shown.window, names=drawn.names(shown))
    found, axis = shown.answers("BBB"), stack.charts[0].y_range
    assert (found.max() - found.min()) / (axis.end - axis.start) > 0.3
    assert (stack.source.data["bounds_high"] == axis.end).all()
    assert (stack.source.data["bounds_low"] == max(bounds[0], axis.start)).all()
    ends = ", ".join(ratio(end) for end in bounds)
    assert f"interval [{ends}], which goes on beyond the chart" in drawn.summary(shown)


def test_of_many_legs_the_four_with_the_most_dollars_are_drawn() -> None:
    frame = frame_of(("A", "B", "C", "D", "E", "F"))
    lab = still_lab(frame)
    card = card_of(lab)
    lab.rolling = refits(frame)
    whole = estimate_hedge_ratio(frame, "ols")
    size = {leg: abs(whole.ratios[leg]) * frame[leg].iloc[-1] for leg in "BCDEF"}
    shown = Refitted(lab.rolling, "Least squares", whole)
    assert set(shown.legs) == set(sorted(size, key=lambda leg: -size[leg])[:4])
    assert "1 more leg" in text_of(card.chart.object)
    assert np.isnan(card.stack.source.data["bounds_low"]).all()
    ends = [mark.full for mark in card.stack.charts[0].ends.marks]
    assert len(ends) == 8
    for leg in shown.legs:
        assert f"{ratio(whole.ratios[leg])} {leg}, whole period" in ends
    assert not re.search(r"\b(nan|inf|none)\b", page_text(card.view).lower())


def test_kalman_has_its_own_path_as_a_second_line() -> None:
    frame = frame_of(count=120)
    lab = still_lab(frame, methods=("kalman", "ols"), shown="kalman")
    card = card_of(lab)
    lab.rolling = refits(frame, "kalman")
    path = lab.compared.comparison.row("kalman").result.path
    drawn_path = card.stack.source.data["path"]
    known = np.isfinite(drawn_path)
    assert known.sum() > 50
    later = path[59:, 0]
    np.testing.assert_allclose(drawn_path[known], later[known])
    low, high = drawn.reach(
        Refitted(lab.rolling, "Kalman filter", lab.compared.comparison.row("kalman").result)
    )
    beyond = (later < low) | (later > high)
    assert ("lies beyond the chart" in text_of(card.foot.object)) == beyond.any()
    assert "Kalman path" in [mark.full for mark in card.stack.charts[0].ends.marks]


@pytest.mark.parametrize("method", ["kalman", "price_ratio"])
def test_a_last_days_ratio_is_not_called_that_of_the_whole_period(method: str) -> None:
    frame = frame_of(count=150)
    lab = still_lab(frame, methods=(method, "ols"), shown=method)
    card = card_of(lab)
    lab.rolling = refits(frame, method)
    whole = lab.compared.comparison.row(method).result
    text = text_of(card.chart.object)
    assert f"the last day\u2019s is {ratio(whole.ratios['BBB'])}." in text
    assert "whole period" not in page_text(card.view)
    assert "interval" not in text
    assert np.isnan(card.stack.source.data["bounds_low"]).all()
    assert f"{ratio(whole.ratios['BBB'])} last day" in [mark.full for mark in card.stack.charts[0].ends.marks]
    assert "Last day" in str(card.stack.charts[0].hover.tooltips)
    spread, left = SpreadCard(lab.page, lab), left_of(lab)
    assert "the ratio is the last day\u2019s, held for all days; mean" in text_of(spread.foot.object)
    assert "The ratio is the last day\u2019s, held for all days." in text_of(left.foot.object)


def test_refits_of_before_are_dimmed_and_named() -> None:
    frame = frame_of()
    lab = still_lab(frame)
    card = card_of(lab)
    lab.rolling = refits(frame)
    assert ("pending" in card.chart.kind, card.of.object) == (False, "")
    lab.change("lab.period", "all")
    lab.comparing.answer = STOPPED_ANSWER
    assert "pending" in card.chart.kind
    assert "Still shown: AAA and BBB (made up), 4 Jan 2021 \u2013 25 Feb 2022." in text_of(card.of.object)
    lab.change("lab.period", "3y")
    assert ("pending" in card.chart.kind, card.of.object) == (False, "")


@pytest.mark.parametrize(
    ("method", "options", "label"),
    [
        ("ols", {}, "Least squares"),
        ("ols", {"intercept": False}, "Least squares, no constant"),
        ("johansen", {}, "Johansen"),
    ],
)
def test_refits_know_their_own_name(method: str, options: dict[str, bool], label: str) -> None:
    assert label_of(refits(frame_of(), method, **options)) == label


def test_names_of_legs_are_text() -> None:
    frame = frame_of(("<b>A</b>", "B & C"))
    lab = still_lab(frame)
    card = card_of(lab)
    lab.rolling = refits(frame)
    for part in (card.chart.object, card.chart.twin, card.foot.object):
        assert "<b>A</b>" not in part
    assert "B &amp; C per &lt;b&gt;A" in card.chart.object


def test_a_window_that_does_not_fit_is_replaced_by_one_that_does() -> None:
    problem = Problem(message="Not enough data for one window: 75 of 252.", hint="Choose a shorter window.")
    for count, method, window in ((75, "ols", 60), (45, "ols", 40), (100, "ols", 60), (756, "ols", None)):
        lab = still_lab(frame_of(count=count), methods=(method,), window=252)
        card = card_of(lab)
        lab.refitting.answer = Answer("asked", None, problem)
        said = card.work.view.object
        assert problem.message in said
        if window is None:  # it is not the window that is wrong
            assert "Choose a shorter window. Try again" in text_of(said)
            continue
        assert "Try again" not in said
        assert "wrong" not in said
        press(card.work.view, f"window:{window}")
        assert f'data-press="window:{window}"' in said
        assert lab.settings.lab.window == window
    lab.refitting.answer = STOPPED_ANSWER
    assert "Try again" in card.work.view.object


def test_where_no_window_fits_none_is_offered() -> None:
    lab = still_lab(frame_of(count=30), methods=("ols",), window=252)
    card = card_of(lab)
    lab.refitting.answer = Answer(
        "asked", None, Problem(message="Not enough data for one window: 30 of 252.")
    )
    assert "The shortest window, 40 sessions, needs 40 days." in text_of(card.work.view.object)
    assert "data-press" not in card.work.view.object

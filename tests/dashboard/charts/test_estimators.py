"""The dots of the estimators: where they stand, what is written beside them, and what is off the axis."""

import math
import re
from dataclasses import replace

import pytest

from core import words
from core.pipeline import Analysis
from dashboard.charts import estimators
from dashboard.charts.estimators import Compared
from tests.core.betas.test_asset import compared
from tests.dashboard.scenes import scene
from tests.dashboard.test_tiles import text_of
from tests.strategies import every_share, random_table, run, settings_of


def of(analysis: Analysis, asset: str, row: int = -1) -> Compared:
    row = row % len(analysis.market.sessions)
    return Compared(analysis, asset, row, compared(analysis, asset, row))


def lines(markup: str) -> list[str]:
    return re.findall(r"<li.*?</li>", markup)


def test_a_line_an_estimator_with_its_figure_and_interval() -> None:
    shown = of(scene("plain"), "S00")
    found = lines(estimators.picture(shown))
    readings = shown.betas.comparison.readings
    assert len(found) == len(readings) == 11
    for line, reading in zip(found, readings, strict=True):
        text = text_of(line)
        assert reading.label in text
        assert f"{words.number(reading.beta)} {words.interval(reading.low, reading.high)}" in text
        assert " ".join(reading.brief.split()) in text


def test_one_is_in_use_by_a_word_and_a_shape() -> None:
    markup = estimators.picture(of(scene("plain"), "S00"))
    marked = [line for line in lines(markup) if "In use." in line]
    assert marked == [line for line in lines(markup) if 'class="diamond"' in line]
    assert marked == [lines(markup)[0]]
    assert markup.count('class="disc"') == 10
    assert markup.count('class="through"') == 11


def test_dots_and_whiskers_stand_where_the_axis_says() -> None:
    shown = of(scene("plain"), "S01")
    place = estimators.axis(shown.betas)
    first, last = place.ticks[0], place.ticks[-1]
    for line, reading in zip(lines(estimators.picture(shown)), shown.betas.comparison.readings, strict=True):
        dot = re.search(r'class="(?:disc|diamond)" style="left:([\d.]+)%"', line)
        whisker = re.search(r'class="whisker" style="left:([\d.]+)%;width:([\d.]+)%"', line)
        assert dot is not None
        assert whisker is not None
        at, start, width = float(dot[1]), float(whisker[1]), float(whisker[2])
        span = last - first
        assert first + at / 100 * span == pytest.approx(reading.beta, abs=span * 1e-4)
        assert first + start / 100 * span == pytest.approx(reading.low, abs=span * 1e-4)
        assert first + (start + width) / 100 * span == pytest.approx(reading.high, abs=span * 2e-4)


def altered(shown: Compared, place: int, **changes: object) -> Compared:
    """The same with one reading changed."""
    readings = list(shown.betas.comparison.readings)
    readings[place] = replace(readings[place], **changes)  # type: ignore[arg-type]
    comparison = replace(shown.betas.comparison, readings=tuple(readings))
    return replace(shown, betas=replace(shown.betas, comparison=comparison))


def test_one_wild_estimator_does_not_press_the_others_together() -> None:
    shown = of(scene("plain"), "S01")
    usual = estimators.axis(shown.betas).ticks
    wild = altered(shown, 10, beta=400.0, low=-3000.0, high=3800.0)
    ticks = estimators.axis(wild.betas).ticks
    assert ticks[-1] - ticks[0] < 8 * (usual[-1] - usual[0])
    line = lines(estimators.picture(wild))[10]
    assert 'class="whisker less more" style="left:0.00%;width:100.00%"' in line
    assert 'class="off more"' in line
    assert "400.00 [\u22123,000.00, 3,800.00]" in text_of(line)
    off = altered(shown, 10, beta=-400.0, low=math.nan, high=math.nan)
    line = lines(estimators.picture(off))[10]
    assert 'class="off less"' in line
    assert "no interval" in text_of(line)
    assert "whisker" not in line


def test_without_a_beta_a_line_says_why() -> None:
    unknown = {"beta": math.nan, "low": math.nan, "high": math.nan, "standard_error": math.nan}
    shown = altered(of(scene("plain"), "S00"), 10, reason="29 of 60; 48 are needed.", **unknown)
    text = text_of(lines(estimators.picture(shown))[10])
    assert "29 of 60; 48 are needed." in text
    assert "No beta" in text
    assert not re.search(r"\b(nan|inf)\b", text + text_of(estimators.explanation(shown)))
    assert any("\u2014" in row for row in estimators.twin(shown).rows)


def test_without_any_beta_each_reason_is_said_once_and_there_is_no_axis() -> None:
    bare = of(scene("partial"), "S02")
    (reason,) = {reading.reason for reading in bare.betas.comparison.readings}
    assert "needed" in reason
    assert estimators.picture(bare) == ""
    assert estimators.describe(bare).summary == f"No estimator has a beta. {reason}"
    assert not re.search(r"\b(nan|inf)\b", text_of(estimators.explanation(bare)))
    odd = altered(altered(bare, 9, reason="No day."), 10, reason="No day.")
    assert text_of(estimators.picture(odd)) == "Kalman filter and Total least squares: No day."


def test_the_sentence_counts() -> None:
    shown = of(scene("plain"), "S00")
    agreement = shown.betas.agreement()
    summary = estimators.describe(shown).summary
    low, high = words.number(agreement.lowest), words.number(agreement.highest)
    assert summary.startswith(f"All 11 lie between {low} and {high}; ")
    assert summary.endswith(f"hold the beta in use, {words.number(shown.betas.in_use)}.")
    some = altered(shown, 10, beta=math.nan, low=math.nan, high=math.nan, reason="No line is nearer.")
    assert estimators.describe(some).summary.startswith("10 of 11 have a beta; these lie between")
    one = some
    for place in range(1, 10):
        one = altered(one, place, beta=math.nan, low=math.nan, high=math.nan, reason="Too few.")
    used = words.number(shown.betas.in_use)
    assert estimators.describe(one).summary == (f"1 of 11 has a beta, {used}; in use is {used}.")
    alone = replace(shown, betas=replace(shown.betas, in_use=99.0))
    assert "none of the 10 other intervals hold the beta in use" in estimators.describe(alone).summary
    nothing = replace(shown, betas=replace(shown.betas, in_use=math.nan))
    assert "; none is in use." in estimators.describe(nothing).summary


def test_the_subtitle_has_unit_dates_and_settings() -> None:
    analysis = scene("plain")
    subtitle = estimators.describe(of(analysis, "S00", 300)).subtitle
    sessions = analysis.market.sessions
    assert "% that S00 moves per 1 % of SPY" in subtitle
    assert "60 sessions" in subtitle
    assert words.day(sessions[300]) in subtitle
    assert f"Kalman filter since {words.day(sessions[1])}" in subtitle
    assert "95 % intervals" in subtitle


def test_the_prior_says_where_it_is_from() -> None:
    for name, brief, full in (
        ("plain", "the book\u2019s 5 betas", "of the 5 betas of the book"),
        ("one", "1.00 ± 0.25, the usual one", "fewer than three different betas"),
    ):
        shown = of(scene(name), "S00")
        assert brief in text_of(estimators.picture(shown))
        assert full in text_of(estimators.explanation(shown))


def test_every_note_is_there_in_full() -> None:
    shown = of(scene("plain"), "S00")
    text = text_of(estimators.explanation(shown))
    notes = [note for reading in shown.betas.comparison.readings for note in reading.notes]
    assert len(notes) >= 4
    for note in notes:
        assert note in text


def test_a_beta_set_by_hand_stands_first_and_is_in_use() -> None:
    table = random_table(3)
    analysis = run(table, settings_of(every_share(table), 0.0, hedge__hedge_beta=-0.9))
    shown = of(analysis, "SH")
    first, *rest = lines(estimators.picture(shown))
    assert "Set by hand" in first
    assert "\u22120.90" in first
    assert 'class="diamond"' in first
    assert not any("In use" in line or "diamond" in line for line in rest)
    assert estimators.describe(shown).summary.endswith("the beta in use, \u22120.90, set by hand.")
    assert estimators.twin(shown).rows[0][:2] == ("In use", "\u22120.90")
    stated = of(scene("plain"), "SH", 20)
    assert "Stated by the fund" in lines(estimators.picture(stated))[0]
    assert estimators.describe(stated).summary.endswith("needed. In use is \u22121.00, stated by the fund.")
    early = of(scene("plain"), "S00", 55)
    assert "% of its weight here" in text_of(estimators.picture(early)).replace("\u202f", "")
    none = of(scene("plain"), "S00", 20)
    assert estimators.describe(none).summary == (
        "No estimator has a beta. 20 of the last 60 sessions have both returns; 48 are needed."
    )


def test_the_table_has_every_reading() -> None:
    shown = of(scene("plain"), "S03")
    twin = estimators.twin(shown)
    assert len(twin.rows) == 11
    for row, reading in zip(twin.rows, shown.betas.comparison.readings, strict=True):
        assert len(row) == len(twin.header)
        assert row[1] == words.number(reading.beta, 3)
        assert row[2] == words.interval(reading.low, reading.high, 3)
    assert [row[0] for row in twin.rows if "in use" in row[0]] == ["Least squares, in use"]


def test_a_name_that_is_markup_stays_text() -> None:
    shown = of(scene("plain"), "S00")
    analysis = shown.analysis
    odd = replace(analysis, market=replace(analysis.market, benchmark="<i>X</i>"))
    assert "<i>X" not in estimators.picture(replace(shown, analysis=odd))

import asyncio
import json
import re
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import numpy as np
import panel as pn
import pytest

from core import Settings, analyse, words
from dashboard import tester
from dashboard.charts import book
from dashboard.charts.base import Twin, Words, range_window
from dashboard.charts.scatter import sample
from dashboard.parts import Part, dialog, head, table
from dashboard.plot import Plot
from dashboard.selection import Selection
from dashboard.signals import reading
from dashboard.state import AppState, Problem
from dashboard.views import distance, exposure, outlook, timeframe, today
from dashboard.views.asset import shown_asset
from tests.dashboard.scenes import NAMES, scene
from tests.dashboard.test_tiles import text_of
from tests.waiting import quiet, until


def told(part: Part | Plot, message: str) -> None:
    """What the browser sends when something is pressed."""
    part._handle_msg(message)


def parts_of(view: object) -> list[Part]:
    """Every part under a view, the view itself among them."""
    found: list[Part] = []
    if isinstance(view, Part):
        found.append(view)
        for child in view.body:
            found += parts_of(child)
    return found


def page_text(view: object) -> str:
    return " ".join(text_of(part.object + part.twin) for part in parts_of(view))


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("dark", [False, True])
def test_both_pages_show_every_book_without_nan(name: str, dark: bool) -> None:
    for page, module in (("today", today), ("exposure", exposure)):
        state = AppState(dark=dark, page=page)
        view = module.build(state)
        state.analysis = scene(name)
        text = page_text(view).lower()
        assert len(text) > 200
        assert not re.search(r"\b(nan|inf|nat)\b", text)


def test_before_the_first_result_the_page_waits_calmly() -> None:
    for page, module in (("today", today), ("exposure", exposure)):
        state = AppState(page=page)
        view = module.build(state)
        assert "waiting" in view.kind
        state.problem = Problem(message="XYZ: no prices.", hint="Check <b>it</b>.")
        markup = "".join(part.object for part in parts_of(view))
        assert "XYZ: no prices." in markup
        assert "Check &lt;b&gt;it&lt;/b&gt;." in markup
        state.param.update(analysis=scene("plain"), problem=None)
        assert "waiting" not in view.kind


def test_an_empty_book_says_what_to_do() -> None:
    for page, module in (("today", today), ("exposure", exposure)):
        state = AppState(page=page)
        view = module.build(state)
        state.analysis = scene("cash")
        assert "empty" in view.kind
        assert "No positions yet" in page_text(view)
        state.analysis = scene("plain")
        assert "empty" not in view.kind
        assert "No positions yet" not in page_text(view)


def test_a_page_that_is_not_shown_is_drawn_when_it_is() -> None:
    state = AppState(page="today")
    page = exposure.Exposure(state)
    state.analysis = scene("plain")
    assert "S00" not in page.book.object
    state.page = "exposure"
    assert "S00" in page.book.object
    before = page.bars.figure
    state.page = "today"
    state.analysis = scene("hedged")
    assert page.bars.figure == before
    state.page = "exposure"
    assert page.bars.figure != before


def test_a_row_and_a_bar_choose_the_asset_everywhere() -> None:
    state = AppState(page="exposure")
    page = exposure.Exposure(state)
    state.analysis = scene("plain")
    assert "Why is S00" in page.asset.left.object
    told(page.book, "asset:S03")
    assert state.selection.asset == "S03"
    assert "Why is S03" in page.asset.left.object
    assert 'class="chosen" tabindex="0" data-press="asset:S03"' in page.book.object
    told(page.bars, "S01")
    assert "Why is S01" in page.asset.left.object
    assert "of S01 on SPY" in page.asset.right.object


def test_what_a_browser_makes_up_changes_nothing() -> None:
    state = AppState(page="exposure")
    page = exposure.Exposure(state)
    state.analysis = scene("plain")
    for message in ("range:9 y", "brush:zoom", "", "asset", "what:ever"):
        told(page.book, message)
        told(page.asset.right, message)
    told(page.bars, "NOBODY")
    page.book._handle_msg({"not": "text"})
    assert "Why is S00" in page.asset.left.object


def test_range_buttons_are_shared_and_move_the_charts() -> None:
    state = AppState(page="today")
    page = today.Today(state)
    state.analysis = scene("plain")
    sessions = scene("plain").market.sessions
    assert page.stack.x_range.tags[1] - page.stack.x_range.tags[0] > 400 * 864e5
    told(page.chart, "range:6 m")
    assert state.selection.window == range_window("6 m", sessions)
    assert page.stack.x_range.tags[1] - page.stack.x_range.tags[0] < 190 * 864e5
    assert 'data-press="range:6 m" aria-pressed="true"' in page.chart.object


def test_a_brush_moves_the_day_of_the_regression() -> None:
    state = AppState(page="exposure")
    page = exposure.Exposure(state)
    analysis = scene("plain")
    state.analysis = analysis
    sessions = analysis.market.sessions
    timeframe.brush(state, (sessions[200], sessions[300]))
    wanted = sample(analysis, "S00", 300)
    assert wanted.line is not None
    assert page.asset.slider.value == 300
    assert f"{wanted.line.fit.beta:.2f}" in page.asset.left.object
    assert "brush:clear" in page.asset.right.object
    told(page.asset.right, "brush:zoom")
    assert state.selection == Selection(window=(sessions[200], sessions[300]))
    assert "brush:clear" not in page.asset.right.object


def test_the_slider_scrubs_through_time() -> None:
    state = AppState(page="exposure")
    page = exposure.Exposure(state)
    analysis = scene("plain")
    state.analysis = analysis
    page.asset.slider.value = 70
    wanted = sample(analysis, "S00", 70)
    assert wanted.line is not None
    assert f"β {wanted.line.fit.beta:.2f}" in text_of(page.asset.facts.object)
    assert page.asset.stack.mark.data["beta"] == []  # the day lies before the dates shown
    page.asset.slider.value = 390
    assert page.asset.stack.mark.data["beta"] == [analysis.betas.assets.beta[390, 0]]


def test_estimators_are_compared_when_they_are_in_sight() -> None:
    analysis = scene("plain")

    async def answered(page: exposure.Exposure, text: str) -> None:
        card = page.asset.compared
        await until(lambda: text in card.object and "pending" not in card.kind)

    async def session() -> None:
        state = AppState(page="exposure")
        page = exposure.Exposure(state)
        card = page.asset
        card.tester._calm = 0.01
        state.analysis = analysis
        await quiet()
        assert card.tester.question is None
        assert "Do other estimators agree?" in card.compared.object
        card.sight.seen = True
        await answered(page, "% that S00 moves")
        assert "In use." in card.dots.object
        assert "Total least squares" in card.compared.twin
        for row in (390, 350, 300):
            card.slider.value = row
        before = card.dots.object
        await answered(page, words.day(analysis.market.sessions[300]))
        assert card.dots.object != before
        state.select(Selection(asset="S02"))
        assert card.dots.object == ""  # never one asset's dots under another's name
        await answered(page, "% that S02 moves")
        card.sight.seen = False
        state.select(Selection(asset="S03"))
        await quiet()
        assert card.tester.question is None
        assert card.dots.object == ""

    asyncio.run(session())


def test_the_end_of_a_session_stops_the_comparison_of_estimators(monkeypatch: pytest.MonkeyPatch) -> None:
    ends: list[Callable[[object], None]] = []
    stopped: list[tester.Tester[Any]] = []
    monkeypatch.setattr(pn.state, "on_session_destroyed", ends.append)
    monkeypatch.setattr(tester.Tester, "stop", lambda one: stopped.append(one))
    exposure.build(AppState(page="exposure"))
    assert stopped == []
    for end in ends:
        end(None)
    assert len(stopped) == 1


def test_estimators_that_fail_are_said() -> None:
    def broken(*_: object) -> object:
        raise ZeroDivisionError

    async def session() -> None:
        state = AppState(page="exposure")
        page = exposure.Exposure(state)
        page.asset.tester._calm = 0.0
        state.analysis = scene("half")
        page.asset.sight.seen = True
        await until(lambda: page.asset.tester.answer is not None)
        assert page.asset.tester.answer.problem is not None
        said = text_of(page.asset.compared.object)
        assert f"could not be compared. {page.asset.tester.answer.problem.message}" in said
        assert state.problem is None  # the rest of the page is up to date
        assert "Why is S0" in page.asset.left.object

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("dashboard.views.asset.asset_betas", broken)
        asyncio.run(session())


def test_a_theme_change_recolours_every_chart() -> None:
    state = AppState(page="exposure")
    page = exposure.Exposure(state)
    state.analysis = scene("plain")
    light = json.loads(page.asset.plane.figure)["data"][1]["line"]["color"]
    state.dark = True
    assert json.loads(page.asset.plane.figure)["data"][1]["line"]["color"] != light
    assert page.asset.stack.charts[0].lines["beta"].glyph.line_color == "#56B4E9"
    one = AppState(page="today")
    other = today.Today(one)
    one.analysis = scene("plain")
    one.dark = True
    assert other.stack.charts[0].lines["beta"].glyph.line_color == "#56B4E9"


def test_two_sessions_do_not_share_a_view() -> None:
    one, other = AppState(page="today"), AppState(page="today")
    first, second = today.Today(one), today.Today(other)
    one.analysis = scene("plain")
    assert first.tiles[1].object
    assert second.tiles[1].object == ""


def test_the_strip_adds_up_and_says_why_where_it_cannot() -> None:
    change = scene("plain").change
    text = text_of(outlook.strip(scene("plain")))
    assert f"Beta then {change.yesterday:.2f}" in text
    assert f"Beta now {change.today:.2f}" in text
    assert scene("partial").change.reason in text_of(outlook.strip(scene("partial")))


def test_the_strip_starts_with_the_hedge() -> None:
    assert "Hedge ON 50 % , no change" in text_of(outlook.strip(scene("half")))
    assert "Hedge OFF , no change" in text_of(outlook.strip(scene("off")))
    state = analyse().state
    row = int(np.flatnonzero(np.diff(state.fraction))[-1]) + 1
    day = analyse().market.sessions[row].astype(object)
    text = text_of(outlook.strip(analyse(Settings().with_value("data.as_of", day))))
    before, now = state.fraction[row - 1 : row + 1]
    assert (
        f"Hedge {book.state_word(before)} \u2192 {book.state_word(now)} today".replace("\u202f", " ") in text
    )


def test_the_side_card_has_a_block_for_each_signal_of_the_rule() -> None:
    for name in ("off", "half", "counted"):
        analysis = scene(name)
        assert distance.triggers(analysis).count('class="block trigger"') == len(analysis.decision.used)
    assert "No trigger is asked: always \u2192 100 %" in text_of(outlook.side(scene("plain")))
    blind = text_of(outlook.side(scene("half")))
    assert "No data" in blind
    assert "the tree reads it as \u201cno\u201d" in blind
    assert "Nothing is held. Once on: SPY close" in text_of(outlook.side(scene("off")))


def test_what_would_change_a_signal_is_counted_from_where_it_stands() -> None:
    analysis = analyse()
    signal = analysis.signals["price_break"]
    value, level = float(signal.value[-1]), float(signal.threshold[-1])
    text = text_of(distance.sentence(reading(analysis, "price_break")))
    assert text == (
        f"SPX {value:,.2f}, level {level:,.2f}. Fires if SPX falls {100 * (1 - level / value):.1f} % ."
    )
    ratio = analysis.signals["vix_inversion"]
    away = 100 * (float(ratio.threshold[-1]) / float(ratio.value[-1]) - 1)
    said = text_of(distance.sentence(reading(analysis, "vix_inversion")))
    assert f"Fires if short volatility rises {away:.0f} %" in said
    assert "Volatility stand-in" in text_of(outlook.side(analysis))


def test_every_signal_that_can_be_asked_has_a_sentence() -> None:
    analysis = analyse()
    for name in analysis.signals:
        for row in (-1, 300):
            said = text_of(distance.sentence(reading(analysis, name, row)))
            assert said.endswith((".", "estimate"))
            assert not re.search(r"\b(nan|inf)\b", said.lower())


def test_the_labelled_estimate_is_one_press_away() -> None:
    state = AppState(page="today")
    page = today.Today(state)
    state.settings = state.settings.with_value("triggers.cluster_source", "none")
    state.analysis = analyse(state.settings)
    assert 'data-press="estimate"' in page.side.object
    told(page.side, "nonsense")
    told(page.side, "estimate")
    assert state.settings.triggers.cluster_source == "estimate"


def test_the_chart_says_when_the_hedge_was_on() -> None:
    analysis = analyse()
    history, on = book.history(analysis), analysis.state.on
    assert [text.startswith("ON") for text in history.texts["hedge"]] == on.tolist()
    spans = book.hedge_on(analysis)
    sessions = analysis.market.sessions
    inside = sum(int(((sessions >= a) & (sessions <= b)).sum()) for a, b in spans)
    assert inside == int(on.sum())
    np.testing.assert_array_equal(history.columns["level"], analysis.signals["price_break"].threshold)
    assert "0.95 \u00d7 MA50" in book.lane_titles(analysis)["price"]
    assert np.isnan(book.history(scene("plain")).columns["level"]).all()
    assert book.lane_titles(scene("plain"))["price"] == "SPY close"


def test_nav_is_not_compared_over_a_missing_price() -> None:
    assert "NAV at these holdings" in outlook.since(scene("partial"))
    assert "a price is missing" in outlook.since(scene("partial"))
    assert "a price is missing" not in outlook.since(scene("plain"))


def test_risk_is_split_between_market_and_own() -> None:
    share = round(100 * scene("plain").exposure.systematic)
    text = text_of(outlook.risk(scene("plain")))
    assert f"{share}\u202f% market" in outlook.risk(scene("plain"))
    assert "stays whatever you trade" in text
    assert "No data" in text_of(outlook.risk(scene("cash")))


def test_the_asset_shown_is_the_one_wanted_or_the_largest() -> None:
    analysis = scene("plain")
    assert shown_asset(analysis, "S04") == "S04"
    largest = max(analysis.exposure.positions, key=lambda p: abs(p.dollar_beta)).ticker
    assert shown_asset(analysis, "GONE") == shown_asset(analysis, None) == largest
    assert shown_asset(scene("cash"), None) is None


def test_words_of_users_are_escaped_in_heads_tables_and_dialogs() -> None:
    bad = "<img src=x>"
    for markup in (
        head(Words(bad, bad, bad)), table(Twin((bad,), ((bad,),), bad)), dialog("a", bad, ""),
    ):  # fmt: skip
        assert "<img" not in markup
        assert "&lt;img" in markup


def test_a_drag_on_either_page_is_shared() -> None:
    state = AppState(page="today")
    page = today.Today(state)
    state.analysis = scene("plain")
    sessions = scene("plain").market.sessions
    at = sessions[[350, 360]].astype("datetime64[ms]").astype(np.float64)
    page.stack.brushed(SimpleNamespace(final=True, geometry={"x0": at[0], "x1": at[1], "sx0": 10, "sx1": 30}))
    assert state.selection.brush == (sessions[350], sessions[360])
    assert all(chart.brushed.visible for chart in page.stack.charts)

import json
import re
from types import SimpleNamespace

import numpy as np
import pytest

from dashboard.charts.base import Twin, Words, range_window
from dashboard.charts.scatter import sample
from dashboard.parts import Part, dialog, head, table
from dashboard.plot import Plot
from dashboard.selection import Selection
from dashboard.state import AppState, Problem
from dashboard.views import exposure, outlook, timeframe, today
from dashboard.views.asset import shown_asset
from tests.dashboard.scenes import NAMES, scene
from tests.dashboard.test_tiles import text_of


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


def test_a_theme_change_recolours_every_chart() -> None:
    state = AppState(page="exposure")
    page = exposure.Exposure(state)
    state.analysis = scene("plain")
    light = json.loads(page.asset.plane.figure)["data"][1]["line"]["color"]
    state.dark = True
    assert json.loads(page.asset.plane.figure)["data"][1]["line"]["color"] != light
    assert page.asset.stack.charts[0].line.glyph.line_color == "#56B4E9"
    one = AppState(page="today")
    other = today.Today(one)
    one.analysis = scene("plain")
    one.dark = True
    assert other.stack.charts[0].line.glyph.line_color == "#56B4E9"


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
    page.stack.brushed(SimpleNamespace(final=True, geometry={"x0": at[0], "x1": at[1]}))
    assert state.selection.brush == (sessions[350], sessions[360])
    assert all(chart.brushed.visible for chart in page.stack.charts)

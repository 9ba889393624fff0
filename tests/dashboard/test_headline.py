"""The sentence on the page: the core's words, escaped, in one element a clause."""

import re
from html import unescape

from core.headline import Headline, Piece
from core.pipeline import analyse
from core.settings import Settings
from dashboard import headline
from dashboard.state import AppState, Problem
from tests.dashboard.scenes import scene


def plain(html: str) -> str:
    return unescape(re.sub(r"<[^>]+>", "", html))


def test_the_sentence_is_the_cores_word_for_word() -> None:
    for analysis in (analyse(Settings()), scene("plain"), scene("half"), scene("off")):
        found = analysis.headline
        shown = re.sub(r"(hedge (?:OFF|ON at \d+\u202f%))\.", r"\1", str(found))
        assert plain(headline.sentence_html(found)) == shown


def test_text_is_escaped() -> None:
    hostile = Headline(clauses=((Piece(text="<img src=x onerror=alert(1)>", role="figure"),),))
    html = headline.sentence_html(hostile)
    assert "<img" not in html
    assert "&lt;img" in html


def test_a_chip_has_a_shape_and_needs_no_full_stop() -> None:
    text = Headline(clauses=((Piece(text="hedge ON", role="on"), Piece(text=".")), (Piece(text="Buy."),)))
    html = headline.sentence_html(text)
    assert 'class="square full"' in html
    assert plain(html) == "hedge ON Buy."


def test_it_is_large_on_today_and_one_line_elsewhere() -> None:
    state = AppState()
    pane = headline.build(state)
    assert "Reading prices" in pane.object
    state.problem = Problem(message="No prices.")
    assert "no answer yet" in pane.object
    state.analysis = analyse(state.settings)
    assert pane.object.startswith('<p class="big">')
    state.page = "exposure"
    assert pane.object.startswith('<p class="strip">')
    assert "Residual beta" in pane.object


def test_the_tab_has_the_same_words() -> None:
    analysis = analyse(Settings())
    assert headline.page_title(analysis).startswith(str(analysis.headline))
    assert headline.page_title(None) == "Hedgeboard"

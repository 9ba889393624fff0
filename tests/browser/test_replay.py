"""The replay in a browser: March 2020 evening by evening, by keys and by clicks, wide and narrow."""

import datetime as dt
import re
from html import unescape

import numpy as np
import pytest
from playwright.sync_api import Page, expect

from core import Settings, analyse, words
from dashboard.headline import sentence_html
from tests.browser.conftest import Opener, says, soon

pytestmark = pytest.mark.ui

# Writes down the sentence under every day that the bar in the corner names, whenever the sentence changes.
WATCH = """() => {
  const find = (name, root = document) => {
    for (const item of root.querySelectorAll("*")) {
      if (item.matches(name)) { return item }
      const inside = item.shadowRoot && find(name, item.shadowRoot)
      if (inside) { return inside }
    }
  }
  window.evenings = []
  const note = () => {
    const text = find("p.big")?.innerText.replace(/\\s+/g, " ")
    if (text && text !== window.evenings.at(-1)) { window.evenings.push(text) }
    requestAnimationFrame(note)
  }
  note()
}"""


def said(day: np.datetime64, held: str = "rule") -> str:
    """The engine's sentence of an evening as the page writes it; in a replay the book follows the rule."""
    evening = Settings().with_value("data.as_of", day.item()).with_value("hedge.held", held)
    html = sentence_html(analyse(evening, bootstrap=False).headline)
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", "", html)))


def sentence(page: Page) -> str:
    return re.sub(r"\s+", " ", page.locator("p.big").inner_text())


def before(day: dt.date, count: int) -> list[np.datetime64]:
    """The sessions that end with a day."""
    known = analyse().market.sessions
    at = int(np.searchsorted(known, np.datetime64(day), side="right"))
    return list(known[at - count : at])


def test_march_2020_reads_every_evening_as_it_did_then(opened: Opener) -> None:
    page = opened(1440, 900)
    today = sentence(page)
    page.locator("input[type=date]:visible").first.fill("2020-03-23")
    page.keyboard.press("Enter")
    days = before(dt.date(2020, 3, 23), 60)
    march = sentence_of_day(page, days[-1], "book")
    page.get_by_role("button", name="Replay", exact=True).click()
    bar = page.get_by_role("group", name="Replay")
    expect(bar).to_contain_text("1 of 60")
    slider = bar.get_by_label("Day of the replay")
    start = len(days) - 7
    slider.fill(str(start))
    sentence_of_day(page, days[start])
    bar.get_by_label("Speed").select_option("Max")
    page.evaluate(WATCH)
    bar.get_by_role("button", name="Play", exact=True).click()
    expect(bar).to_contain_text("60 of 60")
    expect(bar.get_by_role("button", name="Play", exact=True)).to_be_visible()
    # Each evening was on the screen, in turn, and none was left out.
    evenings = [said(day) for day in days[start:]]

    def seen() -> None:
        assert page.evaluate("window.evenings") == evenings

    soon(page, seen)
    bar.get_by_role("button", name="Play", exact=True).click()
    expect(bar.locator(".now span")).to_have_text(re.compile(r"^([3-9]|[1-5]\d) of 60$"))
    bar.get_by_role("button", name="Close the replay").click()
    expect(bar).to_be_hidden()
    says(page, march)
    assert today != march


def sentence_of_day(page: Page, day: np.datetime64, held: str = "rule") -> str:
    """Wait for the page of a day and compare it with the engine's; returns the sentence."""
    wanted = said(day, held)
    expect(page.locator(".asof b")).to_have_text(words.day(day))
    says(page, wanted)
    return wanted


def test_keys_step_play_and_close(opened: Opener) -> None:
    page = opened(1440, 900)
    today = sentence(page)
    page.keyboard.press("y")
    bar = page.get_by_role("group", name="Replay")
    expect(bar.get_by_role("button", name="Play", exact=True)).to_be_focused()
    days = before(dt.date(2022, 12, 28), 60)
    sentence_of_day(page, days[0])
    for _ in range(3):
        page.keyboard.press("ArrowRight")
    expect(bar).to_contain_text("4 of 60")
    page.keyboard.press("ArrowLeft")
    sentence_of_day(page, days[2])
    bar.get_by_label("Speed").select_option("4\u00d7")
    bar.get_by_role("button", name="Play", exact=True).focus()
    page.keyboard.press("Space")
    expect(bar.get_by_role("button", name="Pause")).to_be_visible()
    page.get_by_label("Window", exact=True).fill("90")
    page.keyboard.press("Enter")
    expect(bar.locator(".now span")).to_have_text(re.compile(r"^([89]|\d\d) of 60$"))
    # A tab that nobody sees stops.
    page.evaluate(
        "Object.defineProperty(document, 'hidden', {value: true, configurable: true});"
        "document.dispatchEvent(new Event('visibilitychange'))"
    )
    expect(bar.get_by_role("button", name="Play", exact=True)).to_be_visible()
    expect(page.get_by_text(re.compile("rolling 90 sessions"))).to_be_visible()
    page.get_by_role("button", name="Reset 1").click()
    bar.get_by_role("button", name="Play", exact=True).focus()
    page.keyboard.press("Escape")
    expect(bar).to_be_hidden()
    expect(page.locator(".asof b")).to_have_text("28 Dec 2022")
    says(page, today)


def test_on_a_phone_the_player_has_room_and_large_buttons(opened: Opener) -> None:
    page = opened(390, 844)
    page.get_by_role("button", name="Replay", exact=True).click()
    bar = page.get_by_role("group", name="Replay")
    for name in ("Day before", "Play", "Next day"):
        box = bar.get_by_role("button", name=name, exact=True).bounding_box()
        assert box is not None
        assert (box["width"], box["height"]) == (44, 44)
    box, rail = bar.bounding_box(), page.locator("nav").bounding_box()
    assert box is not None
    assert rail is not None
    assert box["y"] + box["height"] <= rail["y"] + 1
    assert page.evaluate("document.documentElement.scrollWidth") == 390
    expect(page.locator("button.chip span").first).to_have_js_property(
        "scrollWidth", page.locator("button.chip span").first.evaluate("e => e.clientWidth")
    )
    bar.get_by_role("button", name="Next day").click()
    expect(bar).to_contain_text("2 of 60")

"""The frame in a browser: keys, panel, theme, phone; no request outside, and nothing in the console."""

import re
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from core import Settings, analyse
from dashboard.effects import effect
from tests.browser.conftest import Opener
from tools.served import served

pytestmark = pytest.mark.ui


def effect_of(path: str, value: object) -> str:
    """What the line under a control says of a change, from the engine."""
    before = analyse(Settings())
    return "".join(words for words, _ in effect(path, before, analyse(Settings().with_value(path, value))))


def test_keys_panel_and_theme(opened: Opener) -> None:
    page = opened(1440, 900)
    panel = page.get_by_label("Settings", exact=True).and_(page.locator("aside"))
    expect(panel).to_be_visible()
    assert panel.bounding_box()["width"] == 320
    page.keyboard.press("2")
    expect(page.locator("p.strip")).to_be_visible()
    page.keyboard.press("1")
    expect(page.locator("p.big")).to_be_visible()
    page.keyboard.press(",")
    expect(panel).to_be_hidden()
    page.keyboard.press("/")
    expect(panel).to_be_visible()
    expect(page.get_by_label("Add ticker")).to_be_focused()
    page.keyboard.type("BAC 400, 2")
    page.keyboard.press("Escape")
    page.keyboard.press("?")
    expect(page.get_by_text("Reset the settings; the book and its prices stay")).to_be_visible()
    page.keyboard.press("Escape")
    page.get_by_label("Dark theme").first.click()
    expect(page.locator("body")).to_have_css("background-color", "rgb(12, 15, 20)")
    page.reload()
    expect(page.get_by_label("Light theme").first).to_be_visible(timeout=60_000)
    expect(page.locator("html")).to_have_attribute("data-hb", "dark")


def test_a_change_is_live_says_what_it_did_and_is_undone(opened: Opener) -> None:
    page = opened(1440, 900)
    before = page.locator("p.big").inner_text()
    page.get_by_label("Window, slider").focus()
    page.keyboard.press("Shift+ArrowRight")
    expect(page.get_by_label("Window", exact=True)).to_have_value("70")
    expect(page.locator(".effect").filter(has_text=effect_of("beta.window_sessions", 70))).to_be_visible()
    expect(page.locator("p.big")).not_to_have_text(before, use_inner_text=True)
    expect(page).to_have_title(re.compile(r"^Beta .* Residual beta .* Hedgeboard$"))
    page.get_by_label("Window", exact=True).fill("9999")
    page.keyboard.press("Enter")
    expect(page.get_by_text("Allowed: 20 sessions to 504 sessions.")).to_be_visible()
    expect(page.get_by_label("Window", exact=True)).to_have_value("70")
    page.get_by_role("button", name="Reset 1").click()
    expect(page.locator("p.big")).to_have_text(before, use_inner_text=True)
    page.get_by_label("Add ticker").fill("BAC 400")
    page.keyboard.press("Enter")
    expect(page.get_by_label("Remove BAC")).to_be_visible()
    page.get_by_label("Remove BAC").click()
    expect(page.locator("p.big")).to_have_text(before, use_inner_text=True)


def test_a_hostile_ticker_stays_text(opened: Opener) -> None:
    page = opened(1440, 900)
    page.evaluate("window.ran = 0")
    for text in ("<img src=x onerror=window.ran=1> 5", "<b>X</b> 5"):
        page.get_by_label("Add ticker").fill(text)
        page.keyboard.press("Enter")
        expect(page.locator(".fault:visible").first).to_be_visible()
    page.get_by_text("Edit positions").click()
    page.get_by_label("Paste positions").fill("ticker,shares\n<img src=x onerror=window.ran=1>,x\n")
    page.get_by_text("Replace the book").click()
    expect(page.get_by_text("The positions stay as they were.")).to_be_visible()
    assert page.evaluate("window.ran") == 0


def test_on_a_phone_the_settings_are_a_sheet_that_repeats_the_answer(
    opened: Opener,
) -> None:
    page = opened(390, 844)
    panel = page.locator("aside")
    expect(panel).to_be_hidden()
    page.locator("button.sliders").click()
    expect(panel).to_be_visible()
    assert panel.bounding_box() == {"x": 0, "y": 0, "width": 390, "height": 844}
    expect(page.locator(".answer")).to_contain_text("hedge OFF: nothing to trade.")
    page.get_by_role("button", name="Done").click()
    expect(panel).to_be_hidden()
    assert page.evaluate("document.documentElement.scrollWidth") == 390
    page.get_by_role("button", name="Exposure").click()
    expect(page.locator("p.strip")).to_be_visible()


def test_a_page_whose_server_is_gone_says_so(browser: Browser, tmp_path: Path) -> None:
    page = browser.new_page(viewport={"width": 1440, "height": 900})
    with served(tmp_path / "server.log") as address:
        page.goto(address)
        expect(page.locator("p.big")).to_contain_text("Residual beta", timeout=60_000)
        lost = page.locator(".lost")
        expect(lost).to_be_hidden()
    expect(lost).to_contain_text("The connection to Hedgeboard is lost", timeout=20_000)

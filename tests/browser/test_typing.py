"""What is typed, or refused, while the answer to something earlier is under way: that answer wipes nothing.

Both are done in one go of the page's own script, so that no answer can come in between on any machine.
"""

import pytest
from playwright.sync_api import Locator, expect

from tests.browser.conftest import Opener
from tests.browser.test_triggers import march

pytestmark = pytest.mark.ui

BOTH = """(box, [first, second, enter]) => {
  const type = text => {
    box.value = text
    box.dispatchEvent(new InputEvent("input", {inputType: "insertText", bubbles: true}))
  }
  const press = () => box.dispatchEvent(new KeyboardEvent("keydown", {key: "Enter", bubbles: true}))
  box.focus()
  type(first)
  press()
  type(second)
  if (enter) { press() }
}"""


def at_once(box: Locator, first: str, second: str, *, enter: bool = False) -> None:
    """Send one text with Enter and type another before anything can be answered; ``enter`` sends that too."""
    box.evaluate(BOTH, [first, second, enter])


def test_a_refused_share_is_said_though_the_answer_to_an_allowed_one_comes_after(opened: Opener) -> None:
    page = opened(1440, 900)
    march(page)
    page.get_by_role("button", name="Edit", exact=True).click()
    box = page.get_by_label("Hedge fraction, yes, yes")
    row = page.locator("[data-place=yy].row")
    refusal = row.get_by_text("A hedge fraction is 0 % to 100 %.")
    at_once(box, "80 %", "180", enter=True)
    expect(page.locator("p.strip")).to_contain_text("hedge ON at 80")
    expect(page.get_by_text("1 changed")).to_be_visible()
    expect(refusal).to_be_visible()
    expect(box).to_have_value("80")
    at_once(box, "70", "6")
    expect(page.locator("p.strip")).to_contain_text("hedge ON at 70")
    expect(refusal).to_be_hidden()
    expect(box).to_have_value("6")
    at_once(box, "6", "x", enter=True)
    expect(page.locator("p.strip")).to_contain_text("hedge ON at 6 ")
    expect(refusal).to_be_visible()
    other = page.get_by_label("Hedge fraction, yes, no, no")
    other.fill("x")
    page.keyboard.press("Enter")
    expect(refusal).to_have_count(0)
    expect(page.locator("[data-place=ynn].row .fault")).to_be_visible()
    expect(other).to_have_value("50")
    page.get_by_role("button", name="Default tree").click()
    expect(box).to_have_value("100")
    expect(refusal).to_be_hidden()


def test_a_setting_that_is_typed_stays_though_the_one_before_is_answered(opened: Opener) -> None:
    page = opened(1440, 900)
    box = page.get_by_label("Window", exact=True)
    at_once(box, "75", "8")
    expect(page.get_by_label("Window, slider")).to_have_value("75")
    expect(page.get_by_role("button", name="Reset 1")).to_be_visible()
    expect(box).to_have_value("8")
    page.keyboard.type("0")
    page.get_by_label("Add ticker").focus()
    expect(page.get_by_label("Window, slider")).to_have_value("80")
    at_once(box, "9999", "90")
    expect(page.get_by_text("Allowed: 20 sessions to 504 sessions.")).to_be_visible()
    expect(box).to_have_value("90")
    page.keyboard.press("Escape")
    expect(box).to_have_value("80")


def test_the_next_holding_that_is_typed_stays_when_the_one_before_is_taken(opened: Opener) -> None:
    page = opened(1440, 900)
    box = page.get_by_label("Add ticker")
    at_once(box, "BAC 400", "CVX 1")
    expect(page.get_by_label("Remove BAC")).to_be_visible()
    expect(page.get_by_role("button", name="Book 9 holdings").first).to_be_visible()
    expect(box).to_have_value("CVX 1")
    page.keyboard.press("Enter")
    expect(page.get_by_label("Remove CVX")).to_be_visible()
    expect(box).to_have_value("")

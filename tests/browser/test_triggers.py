"""The page of the rule in a browser: the tree and its edits, a chosen day, settings, readings, a phone."""

import datetime as dt
import re

import pytest
from playwright.sync_api import Page, expect

from core import Settings, analyse
from core.decision import leaf_line
from core.pipeline import Analysis
from core.tree import DEFAULT_TREE
from tests.browser.conftest import Opener, soon

pytestmark = pytest.mark.ui

MARCH = Settings().with_value("data.as_of", dt.date(2020, 3, 16))


def march(page: Page) -> Analysis:
    """Go to the page on the evening of 16 March 2020."""
    page.locator("input[type=date]").first.fill("2020-03-16")
    page.locator("input[type=date]").first.press("Enter")
    page.get_by_role("button", name="Triggers", exact=True).click()
    expect(page.get_by_text("Which way did the tree go on 16 Mar 2020?")).to_be_visible()
    return analyse(MARCH)


def lights(page: Page, places: list[str]) -> None:
    """Wait until the nodes at these places, and no others, are lit in the drawing."""

    def lit() -> None:
        nodes = page.locator(".sheet > .lit[data-place]")
        assert nodes.evaluate_all("e => e.map(x => x.dataset.place).sort()") == places

    soon(page, lit)


def test_the_branch_of_the_day_is_lit_and_a_click_chooses_another(opened: Opener) -> None:
    page = opened(1440, 900)
    analysis = march(page)
    expect(page.locator(".sheet [data-place='yy']")).to_have_class(re.compile("lit"))
    lights(page, ["", "y", "yy"])
    line = leaf_line(DEFAULT_TREE, analysis.signals, "yy", 1.0)
    expect(page.locator(".taken")).to_contain_text(line)
    chart = page.locator("canvas:visible").first.bounding_box()
    assert chart is not None
    page.mouse.click(chart["x"] + 0.35 * chart["width"], chart["y"] + 0.5 * chart["height"])
    chip = page.locator(".chip").filter(has_text="Chosen:")
    expect(chip).to_be_visible()
    lights(page, ["", "n", "nn"])
    day = re.sub("Chosen: ", "", chip.inner_text().splitlines()[0]).removesuffix(" back to latest")
    expect(page.get_by_text(f"Which way did the tree go on {day.strip()}?")).to_be_visible()
    chip.get_by_role("button").click()
    expect(chip).to_be_hidden()
    lights(page, ["", "y", "yy"])


def test_an_edited_tree_counts_at_once_and_the_default_comes_back(opened: Opener) -> None:
    page = opened(1440, 900)
    march(page)
    sentence = page.locator("p.strip")
    page.get_by_role("button", name="Edit", exact=True).click()
    page.get_by_label("Hedge fraction, yes, yes").fill("80")
    page.keyboard.press("Enter")
    expect(sentence).to_contain_text("hedge ON at 80")
    page.get_by_label("Hedge fraction, yes, yes").fill("180")
    page.keyboard.press("Enter")
    expect(page.get_by_text("A hedge fraction is 0 % to 100 %.")).to_be_visible()
    expect(page.get_by_label("Hedge fraction, yes, yes")).to_have_value("80")
    page.get_by_role("button", name="Ask a question here").last.click()
    expect(page.get_by_label("Hedge fraction, no, no, yes")).to_be_visible()
    page.get_by_label("Signal asked, no, no").select_option("drawdown")
    page.get_by_label("No data, no, no").select_option("yes")
    page.get_by_label("Hedge fraction, no, no, yes").fill("25")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Drawdown")).to_be_visible()
    page.get_by_role("button", name="Turn into a leaf").first.click()
    expect(page.get_by_label("Hedge fraction, first")).to_have_value("0")
    expect(sentence).to_contain_text("hedge OFF")
    page.get_by_role("button", name="Default tree").click()
    expect(sentence).to_contain_text("hedge ON at 100")
    page.get_by_role("button", name="Done").first.click()
    expect(page.locator(".sheet [data-place='yny']")).to_be_visible()


def test_a_threshold_is_edited_from_its_card_and_the_mode_from_both_places(opened: Opener) -> None:
    page = opened(1440, 900)
    march(page)
    page.keyboard.press(",")
    page.get_by_role("button", name="Edit rule").nth(1).click()
    box = page.get_by_label("Break below MA50", exact=True)
    expect(box).to_be_focused()
    expect(page.locator(".status").filter(has_text="SPX is 21.0")).to_be_visible()
    box.fill("15")
    page.keyboard.press("Enter")
    expect(page.locator(".status").filter(has_text=re.compile("SPX is 11"))).to_be_visible()
    page.get_by_role("button", name="k of n").click()
    expect(page.get_by_label("At least", exact=True)).to_be_visible()
    expect(page.get_by_role("radio", name="k of n")).to_have_attribute("aria-checked", "true")
    expect(page.get_by_text("2 of 2 fired", exact=True)).to_be_visible()
    page.get_by_role("radio", name="Tree").click()
    expect(page.get_by_label("At least", exact=True)).to_be_hidden()
    expect(page.locator(".sheet [data-place='yy']")).to_be_visible()


def test_readings_are_pasted_refused_and_removed(opened: Opener) -> None:
    page = opened(1440, 900)
    march(page)
    page.get_by_role("button", name="Load readings").click()
    box = page.get_by_label("Paste readings")
    box.fill("date,usd\n2020-03-12, 12.1bn\n<img src=x>, 1\n2020-03-13, many\n")
    page.get_by_text("Replace the readings").click()
    fault = page.locator(".fault:visible")
    expect(fault).to_contain_text("line 3: '<img src=x>' is not a date")
    expect(fault).to_contain_text("line 4")
    expect(fault).to_contain_text("The readings stay as they were.")
    box.fill("date,usd\n2020-03-12, 12.1bn\n")
    page.get_by_text("Replace the readings").click()
    expect(page.get_by_text("Read 1 reading from the pasted list.")).to_be_visible()
    expect(page.locator("p.strip")).to_contain_text("Triggers 3 of 3")
    page.get_by_label("Readings file").set_input_files(
        {
            "name": "flow.csv",
            "mimeType": "text/csv",
            "buffer": b"date,usd\n2020-03-02,9.4bn\n2020-03-12,1bn\n",
        }
    )
    expect(page.get_by_text("Read 2 readings from flow.csv.")).to_be_visible()
    expect(page.locator("p.strip")).to_contain_text("Triggers 2 of 3")
    page.get_by_role("button", name="Remove", exact=True).click()
    expect(page.locator("p.strip")).to_contain_text("flow: no data")
    page.keyboard.press("Escape")
    expect(box).to_be_hidden()


def test_on_a_phone_the_tree_is_the_rule_in_words(opened: Opener) -> None:
    page = opened(390, 844)
    page.get_by_role("button", name="Triggers", exact=True).click()
    expect(page.locator(".spoken li")).to_have_count(6)
    expect(page.locator(".spoken li.lit")).to_contain_text("0")
    expect(page.locator(".rule > .picture")).to_be_hidden()
    assert page.evaluate("document.documentElement.scrollWidth") == 390
    page.get_by_role("button", name="Edit", exact=True).click()
    page.get_by_label("Hedge fraction, no, no").fill("50")
    page.keyboard.press("Enter")
    expect(page.locator("p.strip")).to_contain_text("hedge ON at 50")
    assert page.locator("section.signal").evaluate_all(
        "e => e.every(x => x.scrollWidth <= x.clientWidth + 1)"
    )

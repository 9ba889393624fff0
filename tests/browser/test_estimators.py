"""The estimators on Exposure in a browser: compared when they come into sight, for the day of the slider."""

import re

import pytest
from playwright.sync_api import expect

from core import analyse, words
from core.betas import asset_betas
from core.hedge_beta import choose_hedge_beta
from tests.browser.conftest import Opener

pytestmark = pytest.mark.ui


def test_they_wait_until_they_are_in_sight_and_follow_the_slider(opened: Opener) -> None:
    analysis = analyse(bootstrap=False)
    settings, market = analysis.settings, analysis.market
    hedge = choose_hedge_beta(analysis.betas, settings.data, settings.hedge)
    page = opened(1440, 900)
    page.keyboard.press("2")
    expect(page.locator(".main-svg:visible").first).to_be_visible()
    title, lines = page.get_by_text("Do other estimators agree?"), page.locator(".estimates li")
    title.scroll_into_view_if_needed()
    expect(lines).to_have_count(11)
    page.get_by_role("row").filter(has_text="KO").first.click()  # the top of the page is in sight now
    expect(lines).to_have_count(0)
    expect(page.get_by_text("Comparing the estimators")).to_have_count(1)
    title.scroll_into_view_if_needed()
    for back in (0, 1):
        if back:
            page.locator(".part.scrub input").press("ArrowLeft")
        row = len(market.sessions) - 1 - back
        found = asset_betas(market, analysis.betas, settings.beta, hedge, "KO", row)
        expect(page.locator(".part.dots .sub").first).to_contain_text(words.day(market.sessions[row]))
        expect(lines).to_have_count(11)
        for i, reading in enumerate(found.comparison.readings):
            figures = f"{words.number(reading.beta)} {words.interval(reading.low, reading.high)}"
            expect(lines.nth(i).locator(".read")).to_have_text(re.compile(re.escape(figures)))
        expect(lines.filter(has_text="In use.")).to_have_count(1)
    page.get_by_text("How each is made").click()
    expect(page.get_by_text("All that is the asset's own counts as distance too")).to_be_visible()

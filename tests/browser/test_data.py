"""Live prices as a reader meets them: fetched from a stand-in for Yahoo, failing, stored; and own files."""

import datetime as dt
import re
from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import Browser, Page, expect

from core.data.exchange import last_complete_session, sessions_between
from core.data.quality import Series
from core.fingerprint import freeze
from core.settings import SAMPLE_BOOK
from tests.browser.conftest import Opener
from tests.fake_yahoo import FakeYahoo
from tools.served import Complaints, served

pytestmark = pytest.mark.ui

HOSTILE = "<img src=x onerror=window.ran=1>"
CLOSED = "1 session old"
"""Said where New York closes while the test runs, for the stand-in has not got that day."""

EXTRAS = {"^VIX": 20.0, "^VIX3M": 22.0, "^IRX": 4.0}


def world() -> dict[str, Series]:
    """Three years of the sample book, its benchmark, its hedge and the indices, up to the last session."""
    days = sessions_between(np.datetime64("2023-12-29"), last_complete_session(dt.datetime.now(dt.UTC)))
    rng = np.random.default_rng(5)
    market = rng.normal(0.0004, 0.01, len(days))

    def series(ticker: str, returns: np.ndarray, price: float) -> Series:
        close = freeze(price * np.cumprod(1 + returns))
        return Series(
            ticker=ticker,
            dates=days,
            **dict.fromkeys(("open", "high", "low", "close", "adj_close"), close),
            volume=freeze(np.full(len(days), 1e7)),
            currency="USD",
        )

    found = {"SPY": series("SPY", market, 400.0), "SH": series("SH", -market, 15.0)}
    for ticker, level in EXTRAS.items():
        found[ticker] = series(ticker, rng.normal(0, 0.005, len(days)), level)
    for place, holding in enumerate(SAMPLE_BOOK):
        own = rng.normal(0, 0.01, len(days))
        found[holding.ticker] = series(holding.ticker, (0.6 + 0.1 * place) * market + own, 80.0)
    return found


def strip(page: Page, kind: str, words: str | re.Pattern[str]) -> None:
    """Wait until the notice is of this kind and says so."""
    expect(page.locator(f".strip.{kind}:visible")).to_contain_text(words, timeout=40_000)


def sentence(page: Page) -> str:
    expect(page.locator("p.big")).to_contain_text("Residual beta", timeout=60_000)
    return page.locator("p.big").inner_text()


def test_live_prices_come_fail_and_outlast_the_network(browser: Browser, tmp_path: Path) -> None:
    log, complaints = tmp_path / "server.log", Complaints()
    environment = {"HEDGEBOARD_SOURCE": "yahoo", "HEDGEBOARD_CACHE": str(tmp_path / "cache")}

    def opened(address: str) -> Page:
        page = browser.new_page(viewport={"width": 1440, "height": 900})
        page.set_default_timeout(20_000)
        complaints.watch(page, "live")
        page.goto(address)
        return page

    with FakeYahoo() as yahoo:
        environment["HEDGEBOARD_YAHOO_MIRROR"] = yahoo.url
        for ticker, series in world().items():
            yahoo.serve(ticker, series)
        yahoo.fault("KO", "unknown")
        with served(log, environment) as address:
            page = opened(address)
            partial = sentence(page)
            assert "1 of 8 positions without a beta" in partial
            strip(page, "partial", "KO: Yahoo knows no such symbol.")
            chip = page.locator("button.chip").first
            expect(chip).to_contain_text("1 without prices")
            # One press and it is there: no restart, and the figures stay meanwhile.
            yahoo.fault("KO", "recover")
            yahoo.fault("*", "held")
            page.get_by_role("button", name="Try again").click()
            strip(page, "busy", re.compile(r"Fetching \S+, \d+ of 13 done\."))
            assert sentence(page) == partial
            yahoo.fault("*", "recover")
            expect(chip).to_have_text(
                re.compile(rf"Yahoo \u00b7 fetched \d\d:\d\d \u00b7 ({CLOSED}|0 of 10 series stale)$"),
                timeout=40_000,
            )
            expect(page.locator(".strip.partial:visible")).to_have_count(0)
            expect(page.locator("p.big")).not_to_contain_text("without a beta")
            before = sentence(page)
            # A refusal is said as what it is, and the figures stay.
            yahoo.fault("*", "rate_limited")
            chip.click()
            row = page.get_by_role("row").filter(has_text="SPY")
            expect(row).to_contain_text(re.compile(f"Up to date|{CLOSED}"))
            page.get_by_role("button", name="Refresh").click()
            expect(page.locator("dialog .trouble")).to_contain_text("Yahoo refuses for now", timeout=40_000)
            expect(row).to_contain_text("Not refreshed")
            page.keyboard.press("Escape")
            strip(page, "partial", "Yahoo refuses for now, for it was asked too often")
            assert sentence(page) == before
            page.close()
    # Another start, and nobody answers: the same page from what is stored.
    with served(log, environment) as address:
        page = opened(address)
        assert sentence(page) == before
        expect(page.locator("button.chip").first).to_contain_text("Close")
        page.locator("button.chip").first.click()
        expect(page.get_by_role("row").filter(has_text="SPY")).to_contain_text("Yahoo")
        page.get_by_role("button", name="Refresh").click()
        expect(page.locator("dialog .trouble")).to_contain_text("could not be reached", timeout=40_000)
        page.keyboard.press("Escape")
        expect(page.locator("button.chip").first).to_contain_text("stored, fetched")
        assert sentence(page) == before
        page.close()
    assert complaints.lines == []


def test_own_files_are_judged_on_the_server_and_their_names_stay_text(opened: Opener, tmp_path: Path) -> None:
    page = opened(390, 844)
    page.evaluate("window.ran = 0")
    page.locator("button.chip").first.click()
    expect(page.get_by_role("dialog", name="Data")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") == 390
    files = page.get_by_label("Price files")
    fault = page.locator("dialog .mine")
    # Refused at the first of its forty-eight pieces.
    large = tmp_path / "large.csv"
    large.write_bytes(bytes(12 * 2**20))
    files.set_input_files(large)
    expect(fault).to_have_text("The file is larger than 10 MB.")
    files.set_input_files({"name": f"{HOSTILE}.csv", "mimeType": "text/csv", "buffer": b"<html>"})
    expect(fault).to_contain_text(HOSTILE)
    # Three pieces, and a name that is taken as a name.
    days = np.busday_offset("2022-12-28", np.arange(-3999, 1), roll="backward")
    walk = 50.0 * np.cumprod(1 + np.random.default_rng(4).normal(0, 0.01, len(days)))
    lines = [f"{day},{price:.4f}," + "0" * 120 for day, price in zip(days, walk, strict=True)]
    data = ("date,close,nothing\n" + "\n".join(lines)).encode()
    assert len(data) > 2 * 2**18
    files.set_input_files({"name": f"KO {HOSTILE}.csv", "mimeType": "text/csv", "buffer": data})
    ticker = page.get_by_label(f"Ticker of KO {HOSTILE}.csv")
    expect(ticker).to_have_value("KO")
    ticker.fill(HOSTILE)
    page.get_by_role("button", name="Use it").click()
    expect(fault).to_be_visible()
    ticker.fill("KO")
    ticker.press("Enter")
    row = page.get_by_role("row").filter(has_text=re.compile("^KO"))
    expect(row.first).to_contain_text(f"KO {HOSTILE}.csv")
    assert page.evaluate("window.ran") == 0
    page.get_by_role("button", name="Remove the file for KO").click()
    expect(row.first).to_contain_text("Sample")
    page.get_by_role("button", name="Clear").first.click()
    expect(page.get_by_text("Files of your own must be brought again.")).to_be_visible()
    page.locator("button.yes").click()
    expect(page.get_by_text("0 series, ")).to_be_visible()
    page.get_by_role("button", name="Close").last.click()
    expect(page.get_by_role("dialog", name="Data")).to_have_count(0)


def test_a_press_right_after_a_change_of_theme_loses_neither(opened: Opener) -> None:
    page = opened(1440, 900)
    theme, chip = page.get_by_label("Dark theme").first, page.locator("button.chip").first
    # All within a hundredth of a second, while the server is busy with the first.
    page.evaluate(
        """([theme, chip]) => {
          chip.click()
          theme.click()
          for (const wait of [0, 5, 12]) { setTimeout(() => chip.click(), wait) }
        }""",
        [theme.element_handle(), chip.element_handle()],
    )
    expect(page.get_by_role("dialog", name="Data")).to_be_visible()
    expect(page.locator("html")).to_have_attribute("data-hb", "dark")
    page.keyboard.press("Escape")
    expect(page.get_by_label("Light theme").first).to_be_visible()

"""The frame in a browser: keys, panel, theme, phone; no request outside, and nothing in the console."""

import os
import re
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect, sync_playwright

ROOT = Path(__file__).resolve().parents[1]
pytestmark = pytest.mark.ui


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    """The served page, on a free port, as plain `panel serve` does it."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    environment = {k: v for k, v in os.environ.items() if not k.startswith("HEDGEBOARD_")}
    command = [
        sys.executable,
        "-m",
        "panel",
        "serve",
        "app.py",
        "--address",
        "127.0.0.1",
        "--port",
        str(port),
    ]
    command += ["--allow-websocket-origin", f"127.0.0.1:{port}"]
    with subprocess.Popen(
        command, cwd=ROOT, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    ) as server:
        try:
            address = f"http://127.0.0.1:{port}/app"
            for _ in range(300):
                try:
                    urllib.request.urlopen(address, timeout=30).close()
                    break
                except OSError:
                    time.sleep(0.2)
            yield address
        finally:
            server.terminate()


@pytest.fixture
def opened(url: str, chromium_path: str) -> Iterator[Callable[[int, int], Page]]:
    """Open the page in a window of some size; afterwards nothing may have gone wrong in it."""
    wrong: list[str] = []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium_path, args=["--no-sandbox"])

        def open_page(width: int, height: int) -> Page:
            page = browser.new_page(viewport={"width": width, "height": height})
            page.set_default_timeout(20_000)
            page.on("console", lambda m: wrong.append(m.text) if m.type == "error" else None)
            page.on("pageerror", lambda e: wrong.append(str(e)))
            page.on(
                "request",
                lambda r: None if r.url.startswith((url[:-4], "data:", "blob:")) else wrong.append(r.url),
            )
            page.goto(url)
            expect(page.locator("p.big")).to_contain_text("Residual beta", timeout=60_000)
            expect(page.locator("button.chip").first).to_contain_text("Sample")
            return page

        yield open_page
        browser.close()
    assert wrong == []


def test_keys_panel_and_theme(opened: Callable[[int, int], Page]) -> None:
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
    expect(page.get_by_text("Reset every setting to the preset")).to_be_visible()
    page.keyboard.press("Escape")
    page.get_by_label("Dark theme").first.click()
    expect(page.locator("body")).to_have_css("background-color", "rgb(12, 15, 20)")
    page.reload()
    expect(page.get_by_label("Light theme").first).to_be_visible(timeout=60_000)
    expect(page.locator("html")).to_have_attribute("data-hb", "dark")


def test_a_change_is_live_says_what_it_did_and_is_undone(opened: Callable[[int, int], Page]) -> None:
    page = opened(1440, 900)
    before = page.locator("p.big").inner_text()
    page.get_by_label("Window, slider").focus()
    page.keyboard.press("Shift+ArrowRight")
    expect(page.get_by_label("Window", exact=True)).to_have_value("70")
    expect(page.locator(".effect").filter(has_text="Buy 43,496 \u2192 43,227")).to_be_visible()
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


def test_a_hostile_ticker_stays_text(opened: Callable[[int, int], Page]) -> None:
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
    opened: Callable[[int, int], Page],
) -> None:
    page = opened(390, 844)
    panel = page.locator("aside")
    expect(panel).to_be_hidden()
    page.locator("button.sliders").click()
    expect(panel).to_be_visible()
    assert panel.bounding_box() == {"x": 0, "y": 0, "width": 390, "height": 844}
    expect(page.locator(".answer")).to_contain_text("Buy")
    page.get_by_role("button", name="Done").click()
    expect(panel).to_be_hidden()
    assert page.evaluate("document.documentElement.scrollWidth") == 390
    page.get_by_role("button", name="Exposure").click()
    expect(page.locator("p.strip")).to_be_visible()

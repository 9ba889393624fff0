"""One served app for all browser tests, and a page that may not end with anything gone wrong in it."""

import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from tools.served import Complaints, served

Opener = Callable[[int, int], Page]

# Two cores draw the page, serve it and run the test; five seconds, the default, are too few for all three.
PATIENCE = 20.0
expect.set_options(timeout=1000 * PATIENCE)


def says(page: Page, text: str) -> None:
    """Wait until the headline reads so; how wide its blanks are does not matter."""
    expect(page.locator("p.big")).to_have_text(text, use_inner_text=True)


def soon(page: Page, check: Callable[[], object]) -> None:
    """Repeat a check of what is on the page until it holds: parts of it are drawn one after the other.

    Where it never holds, its own failure is told.
    """
    __tracebackhide__ = True
    last = time.monotonic() + PATIENCE
    while True:
        try:
            check()
        except AssertionError:
            if time.monotonic() > last:
                raise
            page.wait_for_timeout(50)
        else:
            return


@pytest.fixture(scope="session")
def log(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the server writes what it has to say."""
    return tmp_path_factory.mktemp("server") / "server.log"


@pytest.fixture(scope="session")
def url(log: Path) -> Iterator[str]:
    """The served page, as plain `panel serve` serves it, with a store of prices of its own."""
    with served(log, {"HEDGEBOARD_CACHE": str(log.parent / "cache")}) as address:
        yield address


@pytest.fixture
def browser(chromium_path: str) -> Iterator[Browser]:
    """Chromium, for one test: while it is open an event loop runs, and other tests start their own."""
    with sync_playwright() as playwright:
        sandbox = [] if os.geteuid() else ["--no-sandbox"]
        browser = playwright.chromium.launch(executable_path=chromium_path, args=sandbox)
        yield browser
        browser.close()


@pytest.fixture
def opened(url: str, browser: Browser, log: Path) -> Iterator[Opener]:
    """Open the page in a window of some size.

    Afterwards neither the console nor the server's log may hold an error, and no request may have left
    this machine.
    """
    complaints = Complaints()
    already = len(log.read_text())
    contexts = []

    def open_page(width: int, height: int) -> Page:
        context = browser.new_context(viewport={"width": width, "height": height}, accept_downloads=True)
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(20_000)
        complaints.watch(page, f"{width} x {height}")
        page.goto(url)
        expect(page.locator("p.big")).to_contain_text("Residual beta", timeout=60_000)
        expect(page.locator("button.chip").first).to_contain_text("Sample")
        return page

    yield open_page
    for context in contexts:
        context.close()
    complaints.read_log(log.read_text()[already:])
    assert complaints.lines == []

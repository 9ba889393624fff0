"""Photograph every page of the served dashboard: what `make screenshots` runs.

Serves the app on a free port, opens every page in both themes at three sizes, waits until the charts are
painted, and writes screenshots/<page>-<theme>-<width>.png. Fails when the browser's console or the server's
log shows an error, or when the page asks any other machine for anything.
"""

import argparse
import os
import sys
import tempfile
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

from dashboard.rail import PAGES
from tools import chromium
from tools.served import PAINTED, PATIENCE, ROOT, Complaints, served

SIZES = ((1440, 900), (1280, 720), (390, 844))


def photograph(browser: Browser, address: str, folder: Path, complaints: Complaints) -> list[Path]:
    """One visit per size and theme; every page in each."""
    taken = []
    for width, height in SIZES:
        for theme in ("light", "dark"):
            context = browser.new_context(
                viewport={"width": width, "height": height}, reduced_motion="reduce"
            )
            # Wide screens open the settings by themselves; these pictures are of the pages.
            context.add_cookies([{"name": "hedgeboard_open", "value": "0", "url": address}])
            page = context.new_page()
            complaints.watch(page, f"{theme} {width}")
            page.goto(address)
            page.wait_for_function("document.title.startsWith('Beta')", timeout=PATIENCE * 1000)
            if theme == "dark":
                page.locator('[aria-label="Dark theme"]:visible, [aria-label="Theme"]:visible').first.click()
                page.wait_for_function("document.documentElement.dataset.hb === 'dark'")
            for number, (name, _) in enumerate(PAGES, start=1):
                page.keyboard.press(str(number))
                page.wait_for_function(PAINTED, timeout=PATIENCE * 1000)
                page.wait_for_timeout(700)  # the last repaint after a layout has no event of its own
                path = folder / f"{name}-{theme}-{width}.png"
                page.screenshot(path=path)
                taken.append(path)
            context.close()
    return taken


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--folder", type=Path, default=ROOT / "screenshots", help="where the pictures go")
    folder: Path = parser.parse_args(arguments).folder
    browser_path = chromium.find()
    if browser_path is None:
        print("There is no Chromium. `make screenshots` can install one.", file=sys.stderr)
        return 1
    folder.mkdir(parents=True, exist_ok=True)
    complaints = Complaints()
    with tempfile.TemporaryDirectory() as scratch:
        log = Path(scratch) / "server.log"
        with served(log) as address, sync_playwright() as playwright:
            sandbox = [] if os.geteuid() else ["--no-sandbox"]
            browser = playwright.chromium.launch(executable_path=browser_path, args=sandbox)
            taken = photograph(browser, address, folder, complaints)
            browser.close()
        complaints.read_log(log.read_text())
    print("\n".join(str(path) for path in taken))
    if complaints.lines:
        print("\n".join(complaints.lines), file=sys.stderr)
    return 1 if complaints.lines else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

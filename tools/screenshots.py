"""Photograph every page of the served dashboard: what `make screenshots` runs.

Serves the app on a free port, opens both pages in both themes at three sizes, waits until the charts are
painted, and writes screenshots/<page>-<theme>-<width>.png. Fails when the browser's console or the server's
log shows an error, or when the page asks any other machine for anything.
"""

import argparse
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

from playwright.sync_api import Browser, ConsoleMessage, Page, Request, sync_playwright

from tools import chromium

ROOT = Path(__file__).resolve().parent.parent
PAGES = ("today", "exposure")
SIZES = ((1440, 900), (1280, 720), (390, 844))
PATIENCE = 60.0
HERE = {"localhost", "127.0.0.1"}

# Walks into shadow roots. True when every chart in sight has drawn something: a Bokeh canvas with more than
# one colour, a Plotly figure with its svg.
PAINTED = """() => {
  const found = []
  const walk = root => {
    for (const item of root.querySelectorAll("*")) {
      if (item.shadowRoot) { walk(item.shadowRoot) }
      const bokeh = item.tagName === "CANVAS" && item.closest(".bk-layer")
      if (!bokeh && !item.classList?.contains("canvas")) { continue }
      const box = item.getBoundingClientRect()
      if (box.width > 60 && box.height > 40) { found.push(item) }
    }
  }
  walk(document)
  const drawn = item => {
    if (item.tagName !== "CANVAS") { return item.querySelector(".main-svg") !== null }
    const {data} = item.getContext("2d").getImageData(0, 0, item.width, item.height)
    const all = new Uint32Array(data.buffer)
    return all.some(pixel => pixel !== all[0])
  }
  const lines = found.filter(item => item.tagName === "CANVAS")
  // Each Bokeh figure has a layer for lines and one for what moves over them, which may be empty.
  return found.length > 0 && lines.filter(drawn).length * 2 >= lines.length
    && found.every(item => item.tagName === "CANVAS" || drawn(item))
}"""


class Complaints:
    """What went wrong, in words; empty when nothing did."""

    def __init__(self) -> None:
        self.lines: list[str] = []

    def watch(self, page: Page, name: str) -> None:
        """Listen to a page's console, its errors and its requests."""

        def console(message: ConsoleMessage) -> None:
            if message.type == "error":
                self.lines.append(f"{name}: console: {message.text}")

        def request(asked: Request) -> None:
            parts = urlsplit(asked.url)
            if parts.scheme in ("http", "https", "ws", "wss") and parts.hostname not in HERE:
                self.lines.append(f"{name}: asks {parts.hostname} for {asked.url[:120]}")

        page.on("console", console)
        page.on("pageerror", lambda error: self.lines.append(f"{name}: {error}"))
        page.on("request", request)
        page.on("requestfailed", lambda asked: self.lines.append(f"{name}: no answer from {asked.url[:120]}"))

    def read_log(self, log: str) -> None:
        """Find what the server complained about."""
        bad = [
            line for line in log.splitlines() if "ERROR" in line or "Traceback" in line or "Error:" in line
        ]
        self.lines += [f"server log: {line}" for line in bad]


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@contextmanager
def served(log: Path) -> Iterator[str]:
    """The address of the app, served by a process of our own that ends with the block."""
    port = free_port()
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
    with log.open("w") as out:
        server = subprocess.Popen(command, cwd=ROOT, stdout=out, stderr=subprocess.STDOUT)
    address = f"http://127.0.0.1:{port}/app"
    try:
        end = time.monotonic() + PATIENCE
        while True:
            try:
                urllib.request.urlopen(address, timeout=PATIENCE).close()
                break
            except (urllib.error.URLError, ConnectionError):
                if server.poll() is not None or time.monotonic() > end:
                    raise SystemExit(f"The server did not start:\n{log.read_text()}") from None
                time.sleep(0.2)
        yield address
    finally:
        server.send_signal(signal.SIGINT)
        try:
            server.wait(10)
        except subprocess.TimeoutExpired:
            server.kill()


def photograph(browser: Browser, address: str, folder: Path, complaints: Complaints) -> list[Path]:
    """One visit per size and theme; both pages in each."""
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
            for number, name in enumerate(PAGES, start=1):
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

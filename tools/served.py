"""The app served by a process of our own, and everything that goes wrong in it: for tests and pictures."""

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

from playwright.sync_api import ConsoleMessage, Page, Request

ROOT = Path(__file__).resolve().parent.parent
PATIENCE = 60.0
HERE = {"localhost", "127.0.0.1"}
NO_SESSION = "assert self._session is not None"
LEFT = ("tornado.websocket.WebSocketClosedError", "tornado.iostream.StreamClosedError")

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
        """Find what the server complained about.

        A page that closes while the server writes to it leaves a traceback of Tornado's behind, and one of
        Bokeh's where messages still wait for its session: a reader who left is no fault.
        """
        inside, last = False, ""
        for line in log.splitlines():
            if line.startswith("Traceback"):
                inside = True
            elif inside and line.startswith(" "):
                last = line.strip() if line.strip(" ^~") else last
            elif inside and line:
                inside = False
                if not line.startswith(LEFT) and last != NO_SESSION:
                    self.lines.append(f"server log: {line}")
            elif not inside and "ERROR" in line:
                self.lines.append(f"server log: {line}")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@contextmanager
def served(log: Path, environment: Mapping[str, str] | None = None) -> Iterator[str]:
    """The address of the app, served by a process of our own that ends with the block.

    `environment` is added to this process's own.
    """
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
        server = subprocess.Popen(
            command,
            cwd=ROOT,
            stdout=out,
            stderr=subprocess.STDOUT,
            env={"OPENBLAS_NUM_THREADS": "1", **os.environ, **(environment or {})},
        )
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
            server.wait()

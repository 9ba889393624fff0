"""Find a Chromium for the browser tests, or get one: ``python -m tools.chromium [--get]`` prints its path.

Looked for in this order: HEDGEBOARD_CHROMIUM, the browser found last time, those on the PATH, Playwright's.
With ``--get`` (what `make test` runs) also: Debian's package where it may be installed, else Playwright's
download. A browser counts only when it renders a page: a stub that asks for a snap, or one short of a
library, does not.

Where none can be had the tests marked `ui` are left out, loudly. With CI set that is an error instead.
"""

import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

VARIABLE = "HEDGEBOARD_CHROMIUM"
NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
RECORD = Path(__file__).resolve().parent.parent / ".venv" / ".chromium"


def works(path: str) -> bool:
    """True when this browser starts without a screen and renders a page."""
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile:
        command = [path, "--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"]
        command += [f"--user-data-dir={profile}", "--dump-dom", "data:text/html,<p>it works</p>"]
        try:
            done = subprocess.run(
                command, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=60, check=False
            )
        except (OSError, subprocess.TimeoutExpired):
            return False
    return done.returncode == 0 and "it works" in done.stdout


def playwright_browsers() -> Iterator[str]:
    """The browsers that Playwright has downloaded, the newest first."""
    folder = os.environ.get("PLAYWRIGHT_BROWSERS_PATH") or str(Path.home() / ".cache" / "ms-playwright")
    kinds = ("chromium-*/chrome-linux*/chrome", "chromium_headless_shell-*/chrome-*/*headless*shell")
    for kind in kinds:
        found = [path for path in Path(folder).glob(kind) if os.access(path, os.X_OK)]
        yield from map(str, sorted(found, key=lambda path: path.stat().st_mtime, reverse=True))


def recorded() -> str | None:
    """The browser that worked last time, while it is still there."""
    try:
        path = RECORD.read_text().strip()
    except OSError:
        return None
    return path if os.access(path, os.X_OK) else None


def find() -> str | None:
    """The path of a browser that is installed here and works, or None. Installs nothing."""
    chosen = os.environ.get(VARIABLE)
    if chosen:
        if shutil.which(chosen) is None:
            raise ValueError(f"{VARIABLE} is {chosen!r}, which is not a program.")
        return shutil.which(chosen)
    known = recorded()
    if known:
        return known
    on_path = [path for path in map(shutil.which, NAMES) if path]
    return next((path for path in (*on_path, *playwright_browsers()) if works(path)), None)


def as_root() -> list[str] | None:
    """What to put before a command that needs root; None where that is not possible without a password."""
    if os.geteuid() == 0:
        return []
    if shutil.which("sudo"):
        done = subprocess.run(["sudo", "-n", "true"], capture_output=True, check=False)
        if done.returncode == 0:
            return ["sudo", "-n"]
    return None


def get_from_debian() -> None:
    """Install the distribution's package, when there is a real one (Ubuntu's is a stub for a snap)."""
    prefix = as_root()
    if prefix is None or not shutil.which("apt-get"):
        return
    options = ["-q", "-y", "-o", "DPkg::Lock::Timeout=120", "-o", "Acquire::Retries=3"]
    environment = ["env", "DEBIAN_FRONTEND=noninteractive", "apt-get", *options]
    run([*prefix, *environment, "update"])
    policy = subprocess.run(["apt-cache", "policy", "chromium"], capture_output=True, text=True, check=False)
    candidate = re.search(r"Candidate: (\S+)", policy.stdout)
    if candidate is None or candidate[1] == "(none)" or "snap" in candidate[1]:
        return
    # Without any font the page has no text, and the tests would look for it in vain.
    run([*prefix, *environment, "install", "--no-install-recommends", "chromium", "fonts-liberation"])


def get_from_playwright() -> None:
    """Let Playwright download its own, with the system libraries where it may install them."""
    libraries = ["--with-deps"] if as_root() is not None and shutil.which("apt-get") else []
    playwright = [sys.executable, "-m", "playwright", "install"]
    if run([*playwright, *libraries, "--only-shell", "chromium"]) != 0 and libraries:
        run([*playwright, "--only-shell", "chromium"])


def run(command: list[str]) -> int:
    print("$", " ".join(command), flush=True)
    return subprocess.run(command, stdin=subprocess.DEVNULL, check=False).returncode


def get() -> str | None:
    """`find`, and when there is none, install one and find again. The path is remembered in .venv."""
    path = find()
    for source in (get_from_debian, get_from_playwright):
        if path:
            break
        print("No Chromium for the browser tests was found: getting one.", flush=True)
        source()
        path = find()
    if path and not os.environ.get(VARIABLE) and RECORD.parent.is_dir():
        RECORD.write_text(f"{path}\n")
    return path


def main(arguments: list[str]) -> int:
    if arguments not in ([], ["--get"]):
        print("usage: python -m tools.chromium [--get]", file=sys.stderr)
        return 2
    try:
        path = get() if arguments else find()
    except ValueError as problem:
        print(problem, file=sys.stderr)
        return 1
    if path:
        print(f"Browser for the tests: {path}" if arguments else path, flush=True)
        return 0
    message = f"No Chromium could be found or installed. Install one, or set {VARIABLE} to its path."
    if os.environ.get("CI"):
        print(message, file=sys.stderr)
        return 1
    stars = "*" * len(message)
    print(
        f"\n{stars}\n{message}\nThe browser tests are LEFT OUT of this run.\n{stars}\n",
        file=sys.stderr,
        flush=True,
    )
    return 0 if arguments else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

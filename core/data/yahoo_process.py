"""The child process that runs yfinance, held by its pipes: lines out, lines in, an end that always works."""

import atexit
import json
import os
import shutil
import stat
import subprocess
import sys
import tempfile
import threading
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any, Final

from core.data.yahoo_worker import MIRROR

SCRIPT: Final = Path(__file__).with_name("yahoo_worker.py")
LAST_WORDS: Final = 12
"""Lines kept of what it complains of: enough for the end of a traceback."""


class YahooProcess:
    """A running `core.data.yahoo_worker`.

    Parameters
    ----------
    cookies
        A folder that only this user can read; yfinance keeps its cookie there.
    on_line
        Called with each line it says, on a thread of its own.
    on_end
        Called once, on that thread, when nothing more will come.
    """

    def __init__(
        self, cookies: Path, *, on_line: Callable[[dict[str, Any]], None], on_end: Callable[[], None]
    ) -> None:
        self.mirror = os.environ.get(MIRROR, "")
        # yfinance without curl_cffi fails in other ways, and Yahoo refuses it.
        environment = {k: v for k, v in os.environ.items() if k != "YF_DISABLE_CURL_CFFI"}
        self._process = subprocess.Popen(
            [sys.executable, "-P", str(SCRIPT), str(cookies)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            encoding="utf-8",
            errors="replace",
            env=environment,
        )
        self._on_line, self._on_end = on_line, on_end
        self._complaints: deque[str] = deque(maxlen=LAST_WORDS)
        self._listener = threading.Thread(target=self._listen, name="yahoo-complaints", daemon=True)
        self._listener.start()
        self._reader = threading.Thread(target=self._read, name="yahoo-reader", daemon=True)
        self._reader.start()

    def say(self, line: dict[str, Any]) -> None:
        """Hand it a line; one that has ended does not hear it, and `on_end` tells."""
        assert self._process.stdin is not None
        with suppress(OSError, ValueError):
            self._process.stdin.write(json.dumps(line) + "\n")
            self._process.stdin.flush()

    def end(self) -> None:
        """End it now, whatever it is doing."""
        with suppress(OSError):
            self._process.kill()
        with suppress(OSError, ValueError):
            assert self._process.stdin is not None
            self._process.stdin.close()
        self._process.wait()

    def last_words(self) -> str:
        """The last lines that it, or a library in it, complained with; for the log, once it has ended."""
        self._listener.join(1.0)
        return "\n".join(list(self._complaints))

    def join(self) -> None:
        """Wait until its reader has told the end."""
        self._reader.join(5.0)

    def _listen(self) -> None:
        assert self._process.stderr is not None
        with self._process.stderr as lines, suppress(ValueError):
            for line in lines:
                self._complaints.append(line.rstrip()[:500])

    def _read(self) -> None:
        assert self._process.stdout is not None
        with self._process.stdout as lines:
            for line in lines:
                try:
                    said = json.loads(line)
                except ValueError:
                    break  # killed in the middle of a line
                self._on_line(said)
        self.end()
        self._on_end()


def cookie_folder(beside: str) -> Path:
    """A folder that only this user can read, for what yfinance keeps there (and unpickles).

    Inside the folder `beside`, where that is one of this user's own; else a temporary one, which is removed
    when the program ends.
    """
    if beside and _is_private(own := Path(beside) / "yahoo-cookies"):
        return own
    made = Path(tempfile.mkdtemp(prefix="hedgeboard-"))
    atexit.register(shutil.rmtree, made, ignore_errors=True)
    return made


def _is_private(folder: Path) -> bool:
    """Make the folder where it is missing; whether nobody else may look or write into it."""
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        status = folder.lstat()
    except OSError:
        return False
    mine = not hasattr(os, "getuid") or (status.st_uid == os.getuid() and not status.st_mode & 0o077)
    return mine and stat.S_ISDIR(status.st_mode)

"""What counts as a fault in the server's log, for the browser tests rest on it."""

from tools.served import Complaints

GONE = """Traceback (most recent call last):
  File "websocket.py", line 1140, in wrapper
    await fut
tornado.iostream.StreamClosedError: Stream is closed

During handling of the above exception, another exception occurred:

Traceback (most recent call last):
  File "websocket.py", line 1142, in wrapper
    raise WebSocketClosedError()
tornado.websocket.WebSocketClosedError
2026-01-02 WebSocket connection closed: code=1001, reason=None
"""

WAITING = """Traceback (most recent call last):
  File "connection.py", line 65, in session
    assert self._session is not None
           ^^^^^^^^^^^^^^^^^^^^^^^^^
AssertionError
"""

FAULT = """2026-01-02 something
Traceback (most recent call last):
  File "views.py", line 3, in draw
    raise KeyError("beta")
KeyError: 'beta'
"""


def lines(log: str) -> list[str]:
    complaints = Complaints()
    complaints.read_log(log)
    return complaints.lines


def test_a_reader_who_left_is_no_fault() -> None:
    assert lines(GONE) == []
    assert lines(WAITING) == []
    assert lines(WAITING.replace("_session", "_other")) == ["server log: AssertionError"]


def test_every_other_traceback_is_one() -> None:
    assert lines(GONE + FAULT) == ["server log: KeyError: 'beta'"]


def test_an_error_line_is_one() -> None:
    assert lines("2026-01-02 ERROR could not draw\n") == ["server log: 2026-01-02 ERROR could not draw"]

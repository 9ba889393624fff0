"""Files on their way from a browser: the server counts them and holds no more than the limit."""

import asyncio
import base64
import tracemalloc
from typing import Any

import pytest

from dashboard import uploads
from dashboard.uploads import MEGABYTE, PIECE, Upload, shown_name
from tests.waiting import until

LIMIT = 10 * MEGABYTE


class Zone:
    """A zone, what it took, what it refused and what it answered the browser."""

    def __init__(self, limit: int = LIMIT, most: int = 1, waits: bool = False) -> None:
        self.taken: list[tuple[bytes, str]] = []
        self.refused: list[str] = []
        self.answers: list[bool] = []
        self.upload = Upload(
            take=lambda data, name: self.taken.append((data, name)),
            refuse=self.refused.append,
            limit=limit,
            most=most,
            waits=waits,
        )
        self.upload._send_msg = lambda message: self.answers.append(message["go"])

    def send(self, data: bytes, name: str = "a.csv", upload: str = "1", **lies: Any) -> None:
        """Send a file as the script does: the next piece only when it is wanted."""
        for message in pieces(data, name, upload):
            self.upload.told({**message, **lies})
            if not self.answers[-1]:
                return


def pieces(data: bytes, name: str, upload: str = "1") -> list[dict[str, object]]:
    """The messages that carry a file."""
    parts = max(1, -(-len(data) // PIECE))
    return [
        {
            "upload": upload,
            "name": name,
            "size": len(data),
            "part": part,
            "data": base64.b64encode(data[part * PIECE : (part + 1) * PIECE]).decode(),
            "last": part == parts - 1,
        }
        for part in range(parts)
    ]


def whole(data: bytes, name: str) -> dict[str, object]:
    """The one message that carries a small file."""
    (message,) = pieces(data, name)
    return message


@pytest.mark.parametrize("size", [0, 1, PIECE - 1, PIECE, PIECE + 1, 3 * PIECE + 17, LIMIT])
def test_u9_a_file_up_to_the_limit_arrives_as_it_is(size: int) -> None:
    data = bytes(range(256)) * (size // 256) + b"x" * (size % 256)
    zone = Zone()
    zone.send(data)
    assert zone.taken == [(data, "a.csv")]
    assert zone.refused == []
    assert zone.upload.held == 0


def test_u9_one_byte_over_the_limit_is_refused_while_it_comes_whatever_was_claimed() -> None:
    for lies in ({"size": 5}, {"size": -1}, {"size": "small"}, {"size": None}):
        zone = Zone()
        zone.send(bytes(LIMIT + 1), **lies)
        assert zone.taken == []
        assert zone.refused == ["The file is larger than 10 MB."]
        assert zone.answers.count(False) == 1
        assert zone.upload.held == 0


def test_u9_a_claim_over_the_limit_is_refused_at_the_first_piece() -> None:
    zone = Zone()
    zone.send(bytes(PIECE), size=200 * MEGABYTE)
    assert (zone.refused, zone.answers) == (["The file is larger than 10 MB."], [False])


def test_u9_endless_pieces_are_refused_and_memory_stays_bounded() -> None:
    zone = Zone()
    piece = base64.b64encode(bytes(PIECE)).decode()
    tracemalloc.start()
    for part in range(400):  # 100 MB, from a script that does not stop when it is told to
        message = {"upload": "1", "name": "a", "size": 1, "part": part, "data": piece, "last": False}
        zone.upload.told(message)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert zone.refused == ["The file is larger than 10 MB."]
    assert zone.answers[-1] is False
    assert peak < 30 * MEGABYTE


def test_u9_ten_thousand_files_are_refused_in_one_sentence_and_one_by_one_hold_nothing() -> None:
    zone = Zone(most=20)
    zone.upload.told({"files": 10_000})
    assert zone.refused == ["10,000 files were dropped at once. At most 20 are taken."]
    piece = base64.b64encode(bytes(1000)).decode()
    for number in range(10_000):
        message = {"upload": str(number), "name": "a", "size": 9, "part": 0, "data": piece, "last": False}
        zone.upload.told(message)
    assert zone.upload.held == 1000
    assert zone.taken == []


@pytest.mark.parametrize("part", [2, 0.5, "1", None, -1, True])
def test_a_piece_that_is_not_the_next_is_refused(part: object) -> None:
    zone = Zone()
    first, *_ = pieces(bytes(3 * PIECE), "a")
    zone.upload.told(first)
    zone.upload.told(first)
    assert zone.upload.held == PIECE  # the same upload begun again
    zone.upload.told({**first, "part": 7 if part is True else part})
    assert zone.refused == [uploads.NOT_WHOLE]
    assert zone.upload.held == 0


def test_a_piece_of_an_unknown_upload_is_told_to_stop_and_disturbs_nothing() -> None:
    zone = Zone()
    first, second, third = pieces(bytes(2 * PIECE + 1), "a", "mine")
    zone.upload.told(first)
    zone.upload.told({**second, "upload": "another"})
    assert zone.answers == [True, False]
    zone.upload.told(second)
    zone.upload.told(third)
    assert zone.taken == [(bytes(2 * PIECE + 1), "a")]
    assert zone.refused == []


@pytest.mark.parametrize("data", ["not base64!", "\u00e9", None, 5, ["QQ=="], "A" * (uploads.ENCODED + 4)])
def test_what_is_no_piece_is_refused(data: object) -> None:
    zone = Zone()
    zone.upload.told({**whole(b"x", "a"), "data": data})
    assert (zone.refused, zone.taken) == ([uploads.NOT_WHOLE], [])


def test_an_abandoned_upload_is_dropped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(uploads, "PATIENCE_SECONDS", 0.02)

    async def session() -> None:
        zone = Zone()
        first, second = pieces(bytes(2 * PIECE), "a")
        zone.upload.told(first)
        assert zone.upload.held == PIECE
        await until(lambda: zone.upload.held == 0)
        zone.upload.told(second)
        assert (zone.answers, zone.taken) == ([True, False], [])

    asyncio.run(session())


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("../../etc/passwd", "passwd"),
        ("C:\\Users\\x\\prices.csv", "prices.csv"),
        ("x" * 5000, "x" * 57 + "..."),
        ("<img src=x onerror=alert(1)>.csv", "<img src=x onerror=alert(1)>.csv"),
        ("a\nb\0c\u202e.csv", "abc.csv"),
        ("../..", ".."),
        ("", "the file"),
        (None, "the file"),
    ],
)
def test_u12_a_name_is_cut_and_is_never_a_path(name: object, shown: str) -> None:
    assert shown_name(name) == shown


def test_what_the_browser_could_not_read_has_its_sentence() -> None:
    zone = Zone()
    zone.upload.told({"unread": "../my folder"})
    assert zone.refused == [
        "my folder could not be read: a folder is not a file, and a file may be gone by now."
    ]


def test_the_next_file_waits_until_the_one_before_is_dealt_with() -> None:
    zone = Zone(most=20, waits=True)
    zone.upload.told(whole(b"one", "a"))
    assert (zone.answers, len(zone.taken)) == ([], 1)
    zone.upload.told({**whole(b"two", "b"), "upload": "2"})
    assert (zone.answers, len(zone.taken), zone.upload.held) == ([False], 1, 0)
    zone.upload.done()
    zone.upload.told({**whole(b"two", "b"), "upload": "3"})
    assert (zone.answers, len(zone.taken)) == ([False, True], 2)

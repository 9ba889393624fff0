"""The edge to Panel: no change of a page is lost on its way to the browser."""

import asyncio
from types import SimpleNamespace
from typing import Any

from bokeh.document import Document
from panel.io import document

from dashboard import component

assert component.Component


class Connection:
    """A connection whose writes end when the test says so."""

    def __init__(self) -> None:
        self.sent: list[str] = []
        self.slow: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._socket = SimpleNamespace(send=self._send)
        self.protocol = SimpleNamespace(create=self._message)

    @staticmethod
    def _message(kind: str, events: list[str]) -> Any:
        return SimpleNamespace(header_json=kind, metadata_json="", content_json=events[0], _buffers=[])

    def _send(self, *, text_data: str) -> "asyncio.Future[None]":
        self.sent.append(text_data)
        return self.slow


def test_a_change_that_comes_while_another_is_written_reaches_the_browser() -> None:
    async def session() -> list[str]:
        doc, connection = Document(), Connection()
        document.schedule_write_events(doc, [connection], ["first"])  # type: ignore[list-item]
        await asyncio.sleep(0)
        assert "first" in connection.sent
        connection.slow.set_result(None)  # the writer ends next, before the one that this starts
        document.schedule_write_events(doc, [connection], ["second"])  # type: ignore[list-item]
        for _ in range(10):
            await asyncio.sleep(0)
        assert doc not in document._WRITE_MSGS
        return connection.sent

    assert "second" in asyncio.run(session())

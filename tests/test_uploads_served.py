"""Files that lie, sent to the served app over its websocket by a client that follows no rule of ours."""

import asyncio
import base64
import json
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from bokeh.util.token import generate_jwt_token, generate_session_id
from tornado.httpclient import HTTPRequest
from tornado.websocket import WebSocketClientConnection, websocket_connect

from dashboard.uploads import MEGABYTE, PIECE
from tests.waiting import until
from tools.served import Complaints, served

REFUSED = "The file is larger than 10 MB."


class Visitor:
    """One session of the app, spoken to as a browser does it: a message is three frames of JSON."""

    def __init__(self, socket: WebSocketClientConnection) -> None:
        self.socket = socket
        self.sent = 0
        self.zone = ""

    @classmethod
    async def arrive(cls, address: str) -> "Visitor":
        token = generate_jwt_token(generate_session_id())
        request = HTTPRequest(
            address.replace("http", "ws", 1) + "/ws", headers={"Origin": address.removesuffix("/app")}
        )
        visitor = cls(await websocket_connect(request, subprotocols=["bokeh", token]))
        await visitor.hears('"ACK"')
        await visitor.say("PULL-DOC-REQ", {})
        visitor.zone = zone_of(json.loads(await visitor.hears('"doc"')))
        await visitor.event("document_ready", {})
        await visitor.hears("Residual beta")
        return visitor

    async def say(self, kind: str, content: dict[str, Any]) -> None:
        self.sent += 1
        for frame in ({"msgid": str(self.sent), "msgtype": kind}, {}, content):
            await self.socket.write_message(json.dumps(frame))

    async def event(self, name: str, values: dict[str, Any]) -> None:
        event = {"type": "event", "name": name, "values": values}
        told = {"kind": "MessageSent", "msg_type": "bokeh_event", "msg_data": event}
        await self.say("PATCH-DOC", {"events": [told]})

    async def tell(self, **message: Any) -> None:
        """A message as the script of the zone for price files sends it."""
        await self.event("data_event", {"model": {"id": self.zone}, "data": message})

    async def hears(self, words: str) -> str:
        """The next frame in which these words occur."""
        while True:
            frame = await asyncio.wait_for(self.socket.read_message(), 60)
            assert frame is not None, "the server has closed the connection"
            if isinstance(frame, str) and words in frame:
                return frame


def objects(content: Any) -> Iterator[dict[str, Any]]:
    if isinstance(content, dict):
        yield content
    for item in (
        content.values() if isinstance(content, dict) else content if isinstance(content, list) else ()
    ):
        yield from objects(item)


def zone_of(document: Any) -> str:
    """The id of the component that takes price files."""
    for one in objects(document):
        data = one.get("attributes", {}).get("data")
        if isinstance(data, dict) and data.get("attributes", {}).get("field") == "Price files":
            return str(one["id"])
    raise AssertionError("the page has no zone for price files")


def resident(process: int) -> int:
    """Bytes of memory of a process."""
    found = re.search(r"VmRSS:\s+(\d+) kB", Path(f"/proc/{process}/status").read_text())
    assert found is not None
    return int(found[1]) * 1024


async def rested(process: int) -> None:
    """Wait until the lab's libraries are loaded ahead, which takes memory too, and no thread has work."""
    here = Path(f"/proc/{process}")
    await until(lambda: "/arch/univariate/" in (here / "maps").read_text())
    calm = 0
    while calm < 50:
        states = [one.read_text().rpartition(")")[2].split()[0] for one in here.glob("task/*/stat")]
        calm = calm + 1 if set(states) == {"S"} else 0
        await asyncio.sleep(0.01)


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="reads the server's memory in /proc")
def test_u9_endless_pieces_and_claimed_sizes_stop_at_the_limit_and_the_others_go_on(tmp_path: Path) -> None:
    log = tmp_path / "server.log"
    piece = base64.b64encode(bytes(PIECE)).decode()

    async def use(address: str) -> None:
        rude, other = await Visitor.arrive(address), await Visitor.arrive(address)
        process = int(re.findall(r"process id: (\d+)", log.read_text())[0])
        await rested(process)
        before, heard = resident(process), asyncio.Event()

        async def endless() -> None:
            part = 0
            while part < 60 * MEGABYTE // PIECE or not heard.is_set():  # without waiting for a nod
                await rude.tell(upload="a", name="a.csv", size=1000, part=part, data=piece, last=False)
                part += 1

        flood = asyncio.ensure_future(endless())
        await rude.hears(REFUSED)
        await other.tell(files=10_000)
        await other.hears("10,000 files were dropped at once. At most 20 are taken.")
        heard.set()  # in the middle of the flood
        await flood
        await other.tell(upload="b", name="b.csv", size=200 * MEGABYTE, part=0, data=piece, last=False)
        await other.hears(REFUSED)
        grown = resident(process) - before
        assert grown < 40 * MEGABYTE, grown
        for one in (rude, other):
            one.socket.close()

    with served(log, {"HEDGEBOARD_CACHE": "off"}) as address:
        asyncio.run(use(address))
    complaints = Complaints()
    complaints.read_log(log.read_text())
    assert complaints.lines == []

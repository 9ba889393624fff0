"""What every test of the page shares."""

import asyncio
from collections.abc import Iterator
from types import SimpleNamespace

import pytest
from panel.io import server


@pytest.fixture(autouse=True)
def no_loop_is_left(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Close the loops that Panel makes, one a callback, where a test has none running.

    It leaves them to the collector, whose warning would fail whatever test runs then.
    """
    made: list[asyncio.AbstractEventLoop] = []

    def make() -> asyncio.AbstractEventLoop:
        made.append(asyncio.new_event_loop())
        return made[-1]

    monkeypatch.setattr(server, "asyncio", SimpleNamespace(**{**vars(asyncio), "new_event_loop": make}))
    yield
    for loop in made:
        loop.close()

"""Waiting in a test: for what must come about, never for a time that a busy machine may not keep."""

import asyncio
import time
from collections.abc import Callable
from typing import Final

PATIENCE: Final = 60.0
"""Seconds. No test takes as long, unless what it waits for never comes."""

LOOK: Final = 0.01


async def until(true: Callable[[], object]) -> None:
    """Let the page's loop run until something is so; fails where it does not come about."""
    __tracebackhide__ = True
    last = time.monotonic() + PATIENCE
    while not true():
        assert time.monotonic() < last, f"it did not come about within {PATIENCE:.0f} seconds"
        await asyncio.sleep(LOOK)


def wait_until(true: Callable[[], object]) -> None:
    """`until` where no loop runs: for threads, processes and servers."""
    __tracebackhide__ = True
    last = time.monotonic() + PATIENCE
    while not true():
        assert time.monotonic() < last, f"it did not come about within {PATIENCE:.0f} seconds"
        time.sleep(LOOK)


async def quiet() -> None:
    """Wait until all that was begun on this loop has ended, the jobs on other threads that it awaits too.

    What has not happened by then never will.
    """
    __tracebackhide__ = True
    me = asyncio.current_task()
    for _ in range(3):  # what ends may begin something else on its next turn
        await until(lambda: asyncio.all_tasks() <= {me})
        await asyncio.sleep(0)

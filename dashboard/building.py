"""What is built after the page around it is on the screen: charts take long, and one thread builds them."""

import asyncio
from collections.abc import Callable
from typing import Final

import panel as pn
from panel.viewable import Viewable

from dashboard.parts import Part
from dashboard.runner import unexpected
from dashboard.state import AppState

FRAME_SECONDS: Final = 0.03
"""Time for what was written before to reach the browser."""


async def fill(place: Part, build: Callable[[], Viewable], state: AppState) -> None:
    """Build something in its place, once the browser has what stands there until then.

    Where it cannot be built the place stays empty, and the page says that something went wrong.
    """
    await asyncio.sleep(FRAME_SECONDS)
    with pn.io.hold():
        try:
            place.body = [build()]
        except Exception as error:
            state.problem = unexpected(error)
        place.object = ""

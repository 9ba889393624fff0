"""Labs with answers put in by hand: legs made up, methods few, nothing asked unless a test asks it."""

import asyncio
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import param

from core.lab.compare import compare_ratios
from core.lab.prices import LabPrices
from core.lab.settings import LabSettings, RatioSettings
from core.ratios.rolling import RollingRatio, rolling_hedge_ratio
from dashboard.lab import LabState
from dashboard.lab_jobs import Compared
from dashboard.parts import Part
from dashboard.runner import Work
from dashboard.state import AppState
from dashboard.tester import Question, Tester


class StillLab(LabState):
    """A lab that asks nothing by itself."""

    def _ask(self, *_: object) -> None:
        return None


class DeafLab(StillLab):
    """One that answers neither ranking nor hedge check; it counts how often it is asked for either."""

    def __init__(self, page: AppState, settings: LabSettings) -> None:
        self.asked = 0
        super().__init__(page, settings)

    def rank(self) -> None:
        self.asked += 1

    def check_asset(self) -> None:
        self.asked += 1


def frame_of(names: tuple[str, ...] = ("AAA", "BBB"), count: int = 300, seed: int = 4) -> pd.DataFrame:
    """Legs that are tied together loosely, on business days."""
    rng = np.random.default_rng(seed)
    walks = 60.0 + np.cumsum(rng.standard_normal((count, len(names) - 1)), axis=0)
    gap = np.zeros(count)
    for t in range(1, count):
        gap[t] = 0.9 * gap[t - 1] + rng.standard_normal()
    first = 10.0 + 0.6 * walks.sum(axis=1) + gap
    days = pd.bdate_range("2021-01-04", periods=count)
    return pd.DataFrame(np.column_stack([first, walks]), index=days, columns=list(names))


def compared_of(frame: pd.DataFrame, methods: tuple[str, ...]) -> Compared:
    """The comparison of these legs by these methods."""
    sessions = frame.index.to_numpy().astype("datetime64[D]")
    prices = LabPrices(
        legs=tuple(frame.columns), sessions=sessions, values=frame.to_numpy(), source="made up",
        available=(sessions[0], sessions[-1]),
    )  # fmt: skip
    asked = RatioSettings(source="file", file="x", legs=tuple(frame.columns), methods=methods)
    return Compared(asked=asked, prices=prices, comparison=compare_ratios(frame, methods=methods))


def still_lab(
    frame: pd.DataFrame | None = None, methods: tuple[str, ...] = ("ols", "johansen"), **changes: Any
) -> StillLab:
    """A lab on the page *Lab* whose comparison is there."""
    legs = frame_of() if frame is None else frame
    made = compared_of(legs, methods)
    asked = replace(made.asked, **{"shown": methods[0], "draws": 0, **changes})
    lab = StillLab(AppState(page="lab"), LabSettings(lab=asked))
    lab.compared = made
    return lab


def refits(frame: pd.DataFrame, method: str = "ols", **options: Any) -> RollingRatio:
    """A method refitted on these legs."""
    return rolling_hedge_ratio(frame, method, **{"window": 60, "step": 20, **options})


def press(part: Part, name: str) -> None:
    """What the browser sends when something is pressed that a tester hears of: that needs a loop."""

    async def session() -> None:
        part._handle_msg(name)
        await asyncio.sleep(0)

    asyncio.run(session())


def busy(tester: Tester[Any], done: float = 0.4, text: str = "Window 4 of 10") -> None:
    """Have a tester look as if it worked, with nothing running."""
    with param.discard_events(tester):
        tester.question = Question("asked", lambda _: None)
    tester.work = Work(done=done, text=text)

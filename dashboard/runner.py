"""Runs the analysis off the page's thread: the newest settings win, and the page never waits."""

import asyncio
import logging
import time
import uuid
from collections.abc import Callable
from concurrent.futures import Executor, ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from typing import Final, Protocol, TypeVar

import param

from core.errors import Cancelled, HedgeError
from core.pipeline import Analysis, analyse, prepare_prices, refresh_prices
from core.progress import Progress, SeriesStep
from core.settings import DataSettings, PortfolioSettings, Settings
from dashboard.state import AppState, Problem

log = logging.getLogger(__name__)

QUICK: Final = partial(analyse, bootstrap=False)
"""All but the test of the Sharpe difference, which the page that shows it asks for by itself."""

POOL: Final = ThreadPoolExecutor(max_workers=2, thread_name_prefix="analysis")
"""Shared by all sessions, so that many readers do not mean many threads."""

WAITING: Final = ThreadPoolExecutor(max_workers=64, thread_name_prefix="prices")
"""For what waits on a network: one silent provider must not take the threads that others compute on."""

PATIENCE_SECONDS: Final = 0.25
"""A run this old is given up for newer settings. A younger one finishes: while a slider moves the page
then shows every result it can instead of none until the hand rests."""

T = TypeVar("T")


class Analyse(Protocol):
    """What the runner runs; `core.pipeline.analyse` in the product."""

    def __call__(
        self, settings: Settings, /, *, progress: Progress, cancelled: Callable[[], bool]
    ) -> Analysis: ...


@dataclass(frozen=True, kw_only=True)
class Work:
    """What is running: share done in [0, 1], what with in words, and how far each series is."""

    done: float = 0.0
    text: str = ""
    series: tuple[SeriesStep, ...] = ()


class Prepare(Protocol):
    """What fetches prices before a run; `core.pipeline.prepare_prices` in the product."""

    def __call__(
        self, data: DataSettings, portfolio: PortfolioSettings, /, *, progress: Progress
    ) -> None: ...


class Runner(param.Parameterized):
    """Turns `state.settings` into `state.analysis` or `state.problem`, for one session.

    While a run is under way only the newest settings wait; those in between are never run. Results are
    published in the order they were asked for, so an old one cannot overwrite a new one.
    """

    work: Work | None = param.Parameter(default=None, doc="What is running now.")  # type: ignore[assignment]

    def __init__(
        self,
        state: AppState,
        *,
        run: Analyse = QUICK,
        prepare: Prepare = prepare_prices,
        pool: Executor = POOL,
    ) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.state = state
        self._run = run
        self._prepare = prepare
        self._pool = pool
        self._wanted: Settings | None = None
        self._complaint: Problem | None = None
        self._published: Problem | None = None
        self._settled: Settings | None = None
        self._busy = False
        self._stopped = False
        self._cancelled = False
        self._progress = Work()
        self._watchers = [
            state.param.watch(self._note, "settings"),
            state.param.watch(self._on_settings, "settings"),
        ]

    def _note(self, _: param.parameterized.Event) -> None:
        # At once: the request comes on a later turn of the loop, and a value may have been refused by then.
        self._complaint = self.state.problem

    async def _on_settings(self, event: param.parameterized.Event) -> None:
        await self.request(event.new)

    async def start(self) -> None:
        """Run the settings as they are now."""
        self._complaint = self.state.problem
        await self.request(self.state.settings)

    def ahead(self) -> None:
        """Compute the settings as they are on a thread and tell nobody, so that `start` finds it done."""
        WAITING.submit(self._compute_ahead, self.state.settings)

    def _compute_ahead(self, settings: Settings) -> None:
        # What goes wrong is told by `start`, which meets it again.
        with suppress(HedgeError):
            self._prepare(settings.data, settings.portfolio, progress=self._unheard)
            self._pool.submit(
                partial(self._run, settings, progress=self._unheard, cancelled=lambda: self._stopped)
            )

    def _unheard(self, done: float, text: str = "", series: tuple[SeriesStep, ...] = ()) -> None:
        del done, text, series
        if self._stopped:
            raise Cancelled("The session has ended.")

    def again(self) -> None:
        """Run the same settings once more; a file or a network may be there now."""
        self.state.param.trigger("settings")

    def refresh(self) -> None:
        """Ask the source again for the prices in use, and run the same settings on what it says."""
        refresh_prices(self.state.settings.data, self.state.settings.portfolio)
        self.again()

    def cancel(self) -> None:
        """Give up fetching prices; the last result stays, and a problem says so."""
        self._cancelled = True

    def stop(self) -> None:
        """Give up what runs and watch no more: the session has ended."""
        self._stopped = True
        self._wanted = None
        for watcher in self._watchers:
            self.state.param.unwatch(watcher)

    @property
    def settled(self) -> bool:
        """Whether the newest settings have had their answer, be it figures or a problem."""
        return self._settled is not None and self._settled == self.state.settings

    @property
    def stopped(self) -> bool:
        """Whether the session has ended."""
        return self._stopped

    async def request(self, settings: Settings) -> None:
        """Ask for these settings; returns when nothing newer waits."""
        self._wanted = settings
        if self._busy:
            return
        self._busy = True
        try:
            while self._wanted is not None and not self._stopped:
                wanted, self._wanted = self._wanted, None
                await self._publish(wanted, self._complaint)
        finally:
            self._busy = False
            self.work = None

    async def _publish(self, settings: Settings, complaint: Problem | None) -> None:
        """Run the settings and publish what comes of it; `complaint` stood there when they were asked for."""
        self._progress, self._cancelled = Work(), False
        watch = asyncio.ensure_future(self._report())
        giving_up = self._giving_up(time.monotonic())
        try:
            await self.wait(
                partial(self._prepare, settings.data, settings.portfolio, progress=self._telling(giving_up))
            )
            result: Analysis | Problem = await self.compute(
                partial(self._run, settings, progress=self._tell, cancelled=giving_up)
            )
        except Cancelled:
            if not self._cancelled or self._wanted is not None:
                return
            result = Problem(
                message="Fetching prices was stopped.",
                hint="Try again, or choose another source of prices.",
                prices=True,
                wanted=True,
            )
        except HedgeError as error:
            result = Problem.of(error)
        except Exception as error:
            result = unexpected(error)
        finally:
            watch.cancel()
            if self._wanted is None:
                self.work = None  # drawing is not computing: the page must not stay dim for it
        if self._stopped:
            return
        self._settled = settings
        if isinstance(result, Problem):
            self.state.problem = self._published = result
            return
        # A value that was refused since then still needs its words; an older run's complaint does not.
        now = self.state.problem
        newer = now is not complaint and now is not self._published
        # One batch, so that nobody sees the new figures beside the old complaint.
        self.state.param.update(analysis=result, problem=now if newer else None)

    async def compute(self, job: Callable[[], T]) -> T:
        """Run a job on the pool that every session shares."""
        return await asyncio.get_running_loop().run_in_executor(self._pool, job)

    async def prepare(self, data: DataSettings, portfolio: PortfolioSettings) -> None:
        """Fetch prices that are not those of a run, on a thread that may wait; before computing with them.

        Raises
        ------
        Cancelled
            When the session ends meanwhile. What went wrong is told by whoever loads the prices.
        """
        await self.wait(partial(self._prepare, data, portfolio, progress=self._unheard))

    async def wait(self, job: Callable[[], T]) -> T:
        """Run a job that may wait for something other than the processor, where nobody's computing waits."""
        return await asyncio.get_running_loop().run_in_executor(WAITING, job)

    def _tell(self, done: float, text: str = "", series: tuple[SeriesStep, ...] = ()) -> None:
        self._progress = Work(done=done, text=text, series=series)
        if self._stopped:
            raise Cancelled("The session has ended.")

    def _telling(self, giving_up: Callable[[], bool]) -> Progress:
        """Progress of what waits on a network, which need not go on for settings that nobody wants."""

        def tell(done: float, text: str = "", series: tuple[SeriesStep, ...] = ()) -> None:
            self._tell(done, text, series)
            if self._cancelled or giving_up():
                raise Cancelled("Nobody waits for these prices.")

        return tell

    async def _report(self) -> None:
        """Publish the progress now and then, from the page's own thread."""
        while True:
            self.work = self._progress
            await asyncio.sleep(0.2)

    def _giving_up(self, began: float) -> Callable[[], bool]:
        def answer() -> bool:
            newer = self._wanted is not None and time.monotonic() - began > PATIENCE_SECONDS
            return self._stopped or newer

        return answer


def unexpected(error: Exception) -> Problem:
    """Log an error that nobody foresaw under a short id, and tell the reader the id."""
    reference = uuid.uuid4().hex[:8]
    log.error("unexpected error %s", reference, exc_info=error)
    return Problem(
        message=f"Something went wrong that should not have (reference {reference}).",
        hint="The page still shows the last good result. Undo the last change, and report the reference.",
    )

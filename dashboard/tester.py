"""Asks slow questions off the page's thread: the newest wins, and the page never waits."""

import asyncio
from collections.abc import Callable, Hashable
from concurrent.futures import Executor
from dataclasses import dataclass
from typing import Final, Generic, TypeVar

import param

from core.errors import Cancelled, HedgeError
from core.progress import Progress, SeriesStep
from dashboard.runner import POOL, WAITING, Work, unexpected
from dashboard.state import Problem

CALM: Final = 0.12
"""Seconds that a question must stand: a slider that moves asks a new one with every step."""

TOLD_SECONDS: Final = 0.2
"""How often progress is told."""

T = TypeVar("T")

STOPPED: Final = Problem(message="Stopped.", hint="Ask again when you want it.", wanted=True)


@dataclass(eq=False)
class Question(Generic[T]):
    """A job, and the key that tells whether another question is the same.

    `prepare` is run before it on a thread that may wait for a network. Once they run both are None: a session
    must not keep what they were given, such as a file of megabytes, for as long as its answer stands.
    """

    key: Hashable
    job: Callable[[Progress], T] | None
    prepare: Callable[[Progress], None] | None = None


@dataclass(frozen=True)
class Answer(Generic[T]):
    """What came of the question with this key: a result, or what to say where there is none."""

    key: Hashable
    result: T | None
    problem: Problem | None = None


class Tester(param.Parameterized, Generic[T]):
    """Runs the question that was asked last; answers to older ones are never told.

    A job learns from its progress that nobody waits for it any more, and stops.
    """

    answer: Answer[T] | None = param.Parameter(default=None, doc="The last answer.")  # type: ignore[assignment]
    question: Question[T] | None = param.Parameter(default=None, doc="What is asked now; None for nothing.")  # type: ignore[assignment]
    work: Work | None = param.Parameter(default=None, doc="How far the question is.")  # type: ignore[assignment]

    def __init__(self, *, pool: Executor = POOL, calm: float = CALM) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self._pool, self._calm = pool, calm
        self._busy = False
        self._progress = Work()
        self.param.watch(self._asked, "question")

    def ask(
        self,
        key: Hashable,
        job: Callable[[Progress], T],
        prepare: Callable[[Progress], None] | None = None,
    ) -> None:
        """Ask this, unless it is asked already or was answered last."""
        if self.question is None or self.question.key != key:
            self.question = Question(key, job, prepare)

    def stop(self) -> None:
        """Want no answer any more."""
        self.question = None

    def refuse(self, key: Hashable, problem: Problem) -> None:
        """Answer this at once with why it has no result; what runs is not wanted any more."""
        self.question = None
        if self.answer is None or self.answer.key != key:
            self.answer = Answer(key, None, problem)

    def cancel(self) -> None:
        """Stop what runs, and answer that it was stopped; nothing where nothing runs."""
        asked = self.question
        if asked is not None and (self.answer is None or self.answer.key != asked.key):
            self.question = None
            self.answer = Answer(asked.key, None, STOPPED)

    async def _asked(self, *_: object) -> None:
        if self._busy:
            return
        self._busy = True
        try:
            while (asked := self.question) is not None and (job := asked.job) is not None:
                await asyncio.sleep(self._calm)
                if asked is not self.question:
                    continue
                answer = await self._run(asked, job)
                if asked is self.question:
                    self.work = None
                    self.answer = answer
                    return
        finally:
            self._busy = False
            self.work = None

    async def _run(self, asked: Question[T], job: Callable[[Progress], T]) -> Answer[T]:
        prepare, asked.job, asked.prepare = asked.prepare, None, None
        self._progress = Work()
        watch = asyncio.ensure_future(self._report())
        loop = asyncio.get_running_loop()

        def tell(done: float, text: str = "", series: tuple[SeriesStep, ...] = ()) -> None:
            self._progress = Work(done=done, text=text, series=series)
            # The loop has ended where the server was told to: it must not stay for a search of minutes.
            if asked is not self.question or not loop.is_running():
                raise Cancelled("Nobody waits for this any more.")

        try:
            if prepare is not None:
                await loop.run_in_executor(WAITING, prepare, tell)
            result = await loop.run_in_executor(self._pool, job, tell)
        except Cancelled:
            return Answer(asked.key, None, STOPPED)
        except HedgeError as error:
            return Answer(asked.key, None, Problem.of(error))
        except Exception as error:
            return Answer(asked.key, None, unexpected(error))
        finally:
            watch.cancel()
        return Answer(asked.key, result)

    async def _report(self) -> None:
        """Publish the progress now and then, from the page's own thread."""
        while True:
            await asyncio.sleep(TOLD_SECONDS)
            self.work = self._progress

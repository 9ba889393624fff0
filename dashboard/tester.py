"""Asks a slow question off the page's thread: the newest wins, and the page never waits."""

import asyncio
from collections.abc import Callable, Hashable
from concurrent.futures import Executor
from dataclasses import dataclass
from typing import Final, Generic, TypeVar

import param

from dashboard.runner import POOL, unexpected
from dashboard.state import Problem

CALM: Final = 0.12
"""Seconds that a question must stand: a slider that moves asks a new one with every step."""

T = TypeVar("T")


@dataclass(frozen=True)
class Question(Generic[T]):
    """A job, and the key that tells whether another question is the same."""

    key: Hashable
    job: Callable[[], T]


@dataclass(frozen=True)
class Answer(Generic[T]):
    """What came of the question with this key: a result, or what to say where there is none."""

    key: Hashable
    result: T | None
    problem: Problem | None = None


class Tester(param.Parameterized, Generic[T]):
    """Runs the question that was asked last; answers to older ones are never told."""

    answer: Answer[T] | None = param.Parameter(default=None, doc="The last answer.")  # type: ignore[assignment]
    question: Question[T] | None = param.Parameter(default=None, doc="What is asked now; None for nothing.")  # type: ignore[assignment]

    def __init__(self, *, pool: Executor = POOL, calm: float = CALM) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self._pool, self._calm = pool, calm
        self._busy = False
        self.param.watch(self._asked, "question")

    def ask(self, key: Hashable, job: Callable[[], T]) -> None:
        """Ask this, unless it is asked already or was answered last."""
        if self.question is None or self.question.key != key:
            self.question = Question(key, job)

    def stop(self) -> None:
        """Want no answer any more."""
        self.question = None

    async def _asked(self, *_: object) -> None:
        if self._busy:
            return
        self._busy = True
        try:
            while (asked := self.question) is not None:
                await asyncio.sleep(self._calm)
                if asked is not self.question:
                    continue
                answer = await self._run(asked)
                if asked is self.question:
                    self.answer = answer
                    return
        finally:
            self._busy = False

    async def _run(self, asked: Question[T]) -> Answer[T]:
        try:
            result = await asyncio.get_running_loop().run_in_executor(self._pool, asked.job)
        except Exception as error:
            return Answer(asked.key, None, unexpected(error))
        return Answer(asked.key, result)

"""Slow questions off the page's thread: the newest wins, each can be stopped, none outlives the server."""

import asyncio
import gc
import threading
import weakref
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any

from core.errors import Cancelled, EstimationError
from core.progress import Progress
from dashboard import tester as module
from dashboard.state import Problem
from tests.waiting import PATIENCE, until, wait_until


def endless(ended: threading.Event) -> Callable[[Progress], Any]:
    """A job that goes on until its progress raises."""

    def job(progress: Progress) -> None:
        try:
            wait_until(lambda: progress(0.5, "Turn"))
        except Cancelled:
            ended.set()
            raise

    return job


async def works(tester: module.Tester[Any], key: str, ended: threading.Event) -> None:
    """Ask for such a job and wait until it has told how far it is."""
    tester.ask(key, endless(ended))
    await until(lambda: tester.work is not None)


def has_answer(tester: module.Tester[Any], key: str) -> bool:
    return tester.answer is not None and tester.answer.key == key


def test_a_job_ends_with_the_loop_of_the_server() -> None:
    ended = threading.Event()
    with ThreadPoolExecutor(1) as pool:

        async def serve() -> None:
            tester: module.Tester[None] = module.Tester(pool=pool, calm=0.0)
            await works(tester, "endless", ended)

        asyncio.run(serve())
        assert ended.wait(PATIENCE)


def test_a_newer_question_ends_the_older_one_and_is_answered() -> None:
    ended = threading.Event()
    with ThreadPoolExecutor(1) as pool:

        async def ask() -> None:
            tester: module.Tester[int] = module.Tester(pool=pool, calm=0.0)
            await works(tester, "endless", ended)
            tester.ask("quick", lambda _: 7)
            await until(lambda: tester.answer is not None)
            assert tester.answer is not None
            assert (tester.answer.key, tester.answer.result) == ("quick", 7)
            assert ended.is_set()
            assert tester.work is None

        asyncio.run(ask())


def test_what_is_stopped_says_so_and_can_be_asked_again() -> None:
    ended = threading.Event()
    with ThreadPoolExecutor(1) as pool:

        async def ask() -> None:
            tester: module.Tester[int] = module.Tester(pool=pool, calm=0.0)
            await works(tester, "one", ended)
            tester.cancel()
            assert tester.answer is not None
            assert tester.answer.problem is module.STOPPED
            await until(ended.is_set)
            tester.ask("one", lambda _: 7)
            await until(lambda: tester.answer is not None and tester.answer.result == 7)

        asyncio.run(ask())


def test_a_job_is_let_go_once_it_runs_though_its_question_stands() -> None:
    class Large:
        pass

    def answer(large: Large, _: Progress) -> str:
        return type(large).__name__

    with ThreadPoolExecutor(1) as pool:

        async def ask() -> None:
            tester: module.Tester[str] = module.Tester(pool=pool, calm=0.0)
            given = [Large()]
            alive = weakref.ref(given[0])
            tester.ask("large", partial(answer, given.pop()), lambda _: None)
            await until(lambda: tester.answer is not None)
            gc.collect()
            assert alive() is None
            assert tester.question is not None
            tester.ask("large", lambda _: "again")
            await asyncio.sleep(0)
            assert tester.answer == module.Answer("large", "Large")

        asyncio.run(ask())


def test_what_is_refused_is_answered_at_once_and_ends_what_runs() -> None:
    ended = threading.Event()
    why = Problem(message="Not that.")
    with ThreadPoolExecutor(1) as pool:

        async def ask() -> None:
            tester: module.Tester[int] = module.Tester(pool=pool, calm=0.0)
            told: list[object] = []
            tester.param.watch(told.append, "answer")
            await works(tester, "endless", ended)
            tester.refuse("late", why)
            tester.refuse("late", why)
            assert tester.answer == module.Answer("late", None, why)
            await until(ended.is_set)
            assert len(told) == 1
            tester.ask("endless", lambda _: 7)
            await until(partial(has_answer, tester, "endless"))

        asyncio.run(ask())


def test_a_known_error_is_said_in_its_own_words_and_another_with_a_reference() -> None:
    def known(_: Progress) -> int:
        raise EstimationError("The legs move as one.", hint="Choose others.")

    def unknown(_: Progress) -> int:
        raise RuntimeError("planted")

    with ThreadPoolExecutor(1) as pool:

        async def ask() -> list[str]:
            tester: module.Tester[int] = module.Tester(pool=pool, calm=0.0)
            said = []
            for key, job in (("known", known), ("unknown", unknown)):
                tester.ask(key, job)
                await until(partial(has_answer, tester, key))
                assert tester.answer is not None
                assert tester.answer.problem is not None
                said.append(tester.answer.problem.message)
            return said

        first, second = asyncio.run(ask())
    assert first == "The legs move as one."
    assert "reference" in second

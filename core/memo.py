"""A memo for pure stages: least recently used first out, one computation per key in flight."""

import threading
from collections import OrderedDict
from collections.abc import Callable, Mapping
from concurrent.futures import Future
from dataclasses import fields, is_dataclass
from typing import Any, ParamSpec, TypeVar, cast

import numpy as np

from core.errors import Cancelled
from core.fingerprint import fingerprint

P = ParamSpec("P")
R = TypeVar("R")


class Memo:
    """Results of stages, keyed by stage name and the content of the arguments.

    It may be shared by all sessions and threads: values are immutable and keys are content. Two
    callers that ask for the same thing at once share one computation. A failure is not kept, but
    reaches everyone who waits for it, except `Cancelled`: then the next one waiting computes.

    Parameters
    ----------
    max_bytes
        Upper bound for the arrays held; the least recently used results go first.
    """

    def __init__(self, max_bytes: int = 256 * 2**20) -> None:
        self._max_bytes = max_bytes
        self._lock = threading.Lock()
        self._kept: OrderedDict[str, tuple[object, int]] = OrderedDict()
        self._flying: dict[str, Future[object]] = {}
        self._bytes = 0
        self.runs: dict[str, int] = {}
        """How often each stage was really computed: what a test or a benchmark asks."""

    def __call__(self, stage: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
        """The stage's result for these arguments, computed at most once.

        A keyword `progress` is passed through and left out of the key.
        """
        name = f"{stage.__module__}.{stage.__qualname__}"
        named = {k: v for k, v in kwargs.items() if k != "progress"}
        key = fingerprint((name, args, named))
        while True:
            with self._lock:
                if key in self._kept:
                    self._kept.move_to_end(key)
                    return cast("R", self._kept[key][0])
                flight = self._flying.get(key)
                if flight is None:
                    mine: Future[object] = Future()
                    self._flying[key] = mine
                    break
            try:
                return cast("R", flight.result())
            except Cancelled:
                continue
        try:
            result = stage(*args, **kwargs)
        except BaseException as error:
            with self._lock:
                del self._flying[key]
            mine.set_exception(error)
            raise
        size = _size_of(result, set())
        with self._lock:
            del self._flying[key]
            self.runs[name] = self.runs.get(name, 0) + 1
            self._kept[key] = (result, size)
            self._bytes += size
            while self._bytes > self._max_bytes and len(self._kept) > 1:
                _, (_, freed) = self._kept.popitem(last=False)
                self._bytes -= freed
        mine.set_result(result)
        return result


def _size_of(value: Any, seen: set[int]) -> int:
    """Bytes of the arrays a result holds, each counted once; the rest is small change."""
    if id(value) in seen:
        return 0
    seen.add(id(value))
    if isinstance(value, np.ndarray):
        return int(value.nbytes)
    if isinstance(value, (tuple, list)):
        return sum(_size_of(item, seen) for item in value)
    if isinstance(value, Mapping):
        return sum(_size_of(item, seen) for item in value.values())
    if is_dataclass(value):
        return 200 + sum(_size_of(getattr(value, f.name), seen) for f in fields(value))
    return 50

"""The memo: content keys, one computation in flight, failures not kept, bytes bounded."""

import threading
from collections.abc import Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np
import pytest

from core.errors import Cancelled, HedgeError
from core.fingerprint import Keyed, freeze
from core.memo import Memo
from core.progress import Progress, silent
from tests.waiting import PATIENCE, wait_until

CALLS: list[object] = []


@pytest.fixture(autouse=True)
def _fresh() -> None:
    CALLS.clear()


def double(values: np.ndarray, times: float = 2.0) -> np.ndarray:
    CALLS.append(times)
    return freeze(values * times)


def watched(count: int, *, progress: Progress = silent) -> int:
    progress(0.5, "half")
    return count + 1


def name_of(stage: object) -> str:
    return f"{stage.__module__}.{stage.__qualname__}"  # type: ignore[attr-defined]


def test_equal_content_is_computed_once(memo: Memo) -> None:
    first = memo(double, np.arange(5.0))
    second = memo(double, np.arange(5.0))
    assert second is first
    assert len(CALLS) == 1
    np.testing.assert_array_equal(first, 2 * np.arange(5.0))
    assert memo.runs == {name_of(double): 1}


def test_other_content_and_other_names_are_computed(memo: Memo) -> None:
    memo(double, np.arange(5.0))
    memo(double, np.arange(6.0))
    memo(double, np.arange(5.0), 3.0)
    memo(double, np.arange(5.0), times=3.0)
    memo(double, np.arange(5.0), times=4.0)
    assert len(CALLS) == 5


def test_progress_is_passed_on_and_left_out_of_the_key(memo: Memo) -> None:
    told: list[float] = []
    assert memo(watched, 1, progress=lambda done, text="": told.append(done)) == 2
    assert memo(watched, 1, progress=silent) == 2
    assert told == [0.5]
    assert memo.runs == {name_of(watched): 1}


def test_a_key_of_unknown_content_is_refused(memo: Memo) -> None:
    with pytest.raises(TypeError, match="cannot fingerprint a list"):
        memo(double, [1.0, 2.0])  # type: ignore[arg-type]


def failing(value: int) -> int:
    CALLS.append(value)
    if len(CALLS) == 1:
        raise HedgeError("first try")
    return value


def test_a_failure_is_not_kept(memo: Memo) -> None:
    with pytest.raises(HedgeError, match="first try"):
        memo(failing, 4)
    assert memo(failing, 4) == 4
    assert memo(failing, 4) == 4
    assert len(CALLS) == 2
    assert memo.runs == {name_of(failing): 1}


class Gate:
    """A stage that waits until it is let go, and fails as often as it is told to."""

    def __init__(self, *errors: BaseException) -> None:
        self.errors = list(errors)
        self.entered, self.go = threading.Event(), threading.Event()
        self.calls = 0
        self.lock = threading.Lock()

    def stage(self, value: int) -> int:
        with self.lock:
            self.calls += 1
            error = self.errors.pop(0) if self.errors else None
        self.entered.set()
        assert self.go.wait(PATIENCE)
        if error:
            raise error
        return value * 10


def waiting(memo: Memo, gate: Gate, others: int) -> list[object]:
    """One thread computes, the others ask for the same thing meanwhile; what each of them got."""
    on_the_flight: list[object] = []

    class Flight(Future[object]):
        def result(self, timeout: float | None = None) -> object:
            on_the_flight.append(self)
            return super().result(timeout)

    with pytest.MonkeyPatch.context() as patch, ThreadPoolExecutor(others + 1) as pool:
        patch.setattr("core.memo.Future", Flight)
        first = pool.submit(memo, gate.stage, 7)
        assert gate.entered.wait(PATIENCE)
        rest = [pool.submit(memo, gate.stage, 7) for _ in range(others)]
        wait_until(lambda: len(on_the_flight) + gate.calls == others + 1)
        assert gate.calls == 1
        gate.go.set()
        found: list[object] = []
        for future in (first, *rest):
            try:
                found.append(future.result(PATIENCE))
            except (HedgeError, RuntimeError) as error:
                found.append(error)
    return found


def test_callers_at_once_share_one_computation(memo: Memo) -> None:
    gate = Gate()
    assert waiting(memo, gate, 5) == [70] * 6
    assert gate.calls == 1


def test_a_failure_reaches_everyone_who_waits(memo: Memo) -> None:
    gate = Gate(RuntimeError("broken"))
    found = waiting(memo, gate, 3)
    assert [str(error) for error in found] == ["broken"] * 4
    assert gate.calls == 1
    assert memo(gate.stage, 7) == 70


def test_cancelled_is_not_shared_and_the_next_one_computes(memo: Memo) -> None:
    gate = Gate(Cancelled("moved on"))
    found = waiting(memo, gate, 3)
    assert isinstance(found[0], Cancelled)
    assert found[1:] == [70] * 3
    assert gate.calls == 2


@dataclass(frozen=True, kw_only=True, eq=False)
class Big(Keyed):
    a: np.ndarray
    b: tuple[np.ndarray, ...] = ()


def block(number: int, size: int) -> Big:
    CALLS.append(number)
    array = freeze(np.full(size, float(number)))
    return Big(a=array, b=(array, freeze(np.zeros(size))))


def test_bytes_are_bounded_and_the_least_recently_used_goes_first() -> None:
    """A result of two arrays of 1,000 floats counts 16,000 bytes, an array seen twice once."""
    memo = Memo(max_bytes=50_000)
    for number in (1, 2, 3):
        memo(block, number, 1000)
    memo(block, 1, 1000)  # now 2 is the oldest
    memo(block, 4, 1000)
    assert CALLS == [1, 2, 3, 4]
    for number in (1, 3, 4):
        memo(block, number, 1000)
    assert CALLS == [1, 2, 3, 4]
    memo(block, 2, 1000)
    assert CALLS == [1, 2, 3, 4, 2]


def test_a_result_larger_than_the_bound_is_kept_until_the_next() -> None:
    memo = Memo(max_bytes=100)
    first = memo(block, 1, 1000)
    assert memo(block, 1, 1000) is first
    memo(block, 2, 1000)
    memo(block, 1, 1000)
    assert CALLS == [1, 2, 1]


def test_two_memos_know_nothing_of_each_other() -> None:
    one, two = Memo(), Memo()
    one(double, np.ones(2))
    two(double, np.ones(2))
    assert len(CALLS) == 2


def test_many_threads_on_few_keys_compute_each_once(memo: Memo) -> None:
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda k: memo(watched, k % 5), range(200)))
    assert found == [k % 5 + 1 for k in range(200)]
    assert memo.runs == {name_of(watched): 5}


def test_arrays_inside_a_mapping_count() -> None:
    memo = Memo(max_bytes=3000)
    made: list[int] = []

    def stage(number: int) -> Mapping[str, np.ndarray]:
        made.append(number)
        return MappingProxyType({"one": np.zeros(200)})

    for number in (1, 2, 1):
        memo(stage, number)
    assert made == [1, 2, 1]  # 1,600 bytes each: the first had to go

"""Equal keys mean equal content: for every type that settings and results hold."""

import datetime as dt
import itertools
import subprocess
import sys
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core import Settings
from core.fingerprint import Keyed, fingerprint, freeze
from core.settings import BetaSettings, CostSettings

PLAIN = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(10**12), 10**12)
    | st.integers(-3, 12)
    | st.floats(allow_nan=False)
    | st.text(max_size=4)
    | st.dates()
    | st.dates().map(np.datetime64),
    lambda inner: (
        st.lists(inner, max_size=4).map(tuple) | st.dictionaries(st.text(max_size=2), inner, max_size=3)
    ),
    max_leaves=8,
)


def spelled(value: object) -> str:
    """The content with its types, written so that two texts are equal only for equal content."""
    if isinstance(value, tuple):
        return f"({','.join(map(spelled, value))})"
    if isinstance(value, dict):
        return f"{{{','.join(f'{k!r}:{spelled(v)}' for k, v in sorted(value.items()))}}}"
    return f"{type(value).__name__}:{value!r}"


@given(PLAIN, PLAIN)
def test_keys_are_equal_exactly_when_the_content_is(one: object, two: object) -> None:
    assert (fingerprint(one) == fingerprint(two)) == (spelled(one) == spelled(two))


@given(st.lists(st.none() | st.integers(0, 120) | st.booleans(), max_size=5).map(tuple))
def test_neighbours_never_run_into_each_other(values: tuple[object, ...]) -> None:
    """(1, None, 10) and (10, 1, None) once had one key: None was a digit after a number."""
    assert fingerprint((1, None, 10)) != fingerprint((10, 1, None))
    keys = {}
    for turned in itertools.permutations(values):
        keys.setdefault(fingerprint(turned), set()).add(spelled(turned))
    assert all(len(same) == 1 for same in keys.values())


def test_numpy_scalars_are_the_numbers_they_hold() -> None:
    assert fingerprint(np.int64(5)) == fingerprint(5) != fingerprint(5.0)
    assert fingerprint(np.float64(0.5)) == fingerprint(0.5)
    assert fingerprint(np.bool_(True)) == fingerprint(True) != fingerprint(1)
    assert fingerprint(dt.datetime(2020, 1, 1)) != fingerprint(dt.date(2020, 1, 1))


def test_arrays_differ_by_content_type_and_shape() -> None:
    base = np.arange(6.0)
    arrays = [
        base,
        base.reshape(2, 3),
        base.reshape(3, 2),
        base.astype(np.float32),
        base.astype(np.int64),
        base > 2,
        base.astype("datetime64[D]"),
        base.astype("datetime64[s]"),
        base + 1e-15,
        base[::-1],
    ]
    assert len({fingerprint(a) for a in arrays}) == len(arrays)
    assert fingerprint(np.asfortranarray(base.reshape(2, 3))) == fingerprint(base.reshape(2, 3))
    assert fingerprint(base[::2]) == fingerprint(base[::2].copy())
    assert fingerprint(np.array([np.nan])) == fingerprint(np.array([np.nan]))


@given(st.integers(0, 59), st.integers(0, 3))
def test_one_changed_element_changes_the_key(row: int, column: int) -> None:
    array = np.random.default_rng(1).normal(size=(60, 4))
    changed = array.copy()
    changed[row, column] = np.nextafter(changed[row, column], np.inf)
    assert fingerprint(array) != fingerprint(changed)


@pytest.mark.parametrize(
    "value", [object(), [1], {1, 2}, b"x", 1j, np.array(["a"]), np.array([None]), lambda: 1]
)
def test_unknown_types_are_refused(value: object) -> None:
    with pytest.raises(TypeError, match="cannot fingerprint"):
        fingerprint(value)


@dataclass(frozen=True, kw_only=True, eq=False)
class One(Keyed):
    a: float
    b: object = None


@dataclass(frozen=True, kw_only=True, eq=False)
class Two(Keyed):
    a: float
    b: object = None


def test_keyed_results_compare_by_content() -> None:
    left, right = One(a=1.0, b=np.zeros(3)), One(a=1.0, b=np.zeros(3))
    assert left == right
    assert hash(left) == hash(right)
    assert left != replace(left, b=np.ones(3))
    assert left != Two(a=1.0, b=np.zeros(3))
    assert One(a=1.0, b=left).key != One(a=1.0, b=right.key).key
    assert len({left, right}) == 1


def test_settings_classes_with_the_same_values_have_different_keys() -> None:
    assert BetaSettings().key != CostSettings().key
    keys = {Settings().with_value("beta.window_sessions", w).key for w in range(20, 60)}
    assert len(keys) == 40


def test_freeze_gives_a_read_only_copy_and_keeps_what_is_frozen() -> None:
    values = np.arange(6).reshape(2, 3).T
    found = freeze(values)
    assert found.dtype == np.float64
    assert found.flags.c_contiguous
    assert not found.flags.writeable
    assert freeze(found) is found
    mine = np.ones(3)
    kept = freeze(mine)
    mine[0] = 9.0
    assert kept.tolist() == [1.0, 1.0, 1.0]


def test_h20_keys_do_not_depend_on_the_hash_seed() -> None:
    code = (
        "from core.fingerprint import fingerprint\nfrom core.settings import Settings\n"
        "print(Settings().key, fingerprint({'b': 1.5, 'a': ('x', None)}))"
    )
    found = {
        subprocess.run(
            [sys.executable, "-c", code],
            env={"PYTHONHASHSEED": seed, "PATH": ""},
            cwd=Path(__file__).resolve().parents[2],
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed in ("1", "2")
    }
    assert len(found) == 1
    assert found.pop().startswith(Settings().key)

"""How every kernel is compiled: one decorator, so that all are serial, cached and free of the GIL."""

from typing import Any, TypeVar

import numba

F = TypeVar("F")


def kernel(function: F) -> F:
    """The function, compiled on its first call."""
    compiled: Any = numba.njit(cache=True, nogil=True, fastmath=False, error_model="numpy")(function)
    result: F = compiled
    return result

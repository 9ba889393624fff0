"""Content keys: two values with the same key hold the same content.

The memo, "did this change?" on the page and the run record all rest on these keys, so an unknown
type is refused rather than guessed at.
"""

import dataclasses
import datetime as dt
import struct
from collections.abc import Mapping
from functools import cached_property
from hashlib import blake2b
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from core.types import FloatArray


def freeze(values: ArrayLike) -> FloatArray:
    """A read-only C-ordered float64 array of the values; copies only what is still writeable."""
    array = np.asarray(values, dtype=np.float64, order="C")
    if array.flags.writeable:
        array = array.copy()
        array.setflags(write=False)
    return array


def fingerprint(value: object) -> str:
    """The content of a value as 32 hexadecimal digits.

    Raises
    ------
    TypeError
        On a type whose content this function does not know how to read.
    """
    digest = blake2b(digest_size=16)
    _feed(digest, value)
    return digest.hexdigest()


def _feed(digest: Any, value: object) -> None:
    if isinstance(value, Keyed):
        digest.update(b"K" + value.key.encode())
    elif value is None:
        digest.update(b"n")  # no digit: an int before it has no end mark
    elif isinstance(value, (bool, np.bool_)):
        digest.update(b"b1" if value else b"b0")
    elif isinstance(value, (int, np.integer)):
        digest.update(b"i" + str(int(value)).encode())
    elif isinstance(value, (float, np.floating)):
        digest.update(b"f" + struct.pack("<d", float(value)))
    elif isinstance(value, str):
        data = value.encode()
        digest.update(b"s" + str(len(data)).encode() + b":" + data)
    elif isinstance(value, dt.date):
        digest.update(b"d" + value.isoformat().encode())
    elif isinstance(value, np.datetime64):
        digest.update(b"D" + str(value).encode())
    elif isinstance(value, np.ndarray):
        _feed_array(digest, value)
    elif isinstance(value, tuple):
        digest.update(b"t" + str(len(value)).encode())
        for item in value:
            _feed(digest, item)
    elif isinstance(value, Mapping):
        digest.update(b"m" + str(len(value)).encode())
        for name in sorted(value):
            _feed(digest, name)
            _feed(digest, value[name])
    else:
        raise TypeError(f"cannot fingerprint a {type(value).__name__}")


def _feed_array(digest: Any, array: np.ndarray[Any, Any]) -> None:
    if array.dtype.kind not in "fiubM":
        raise TypeError(f"cannot fingerprint an array of {array.dtype}")
    digest.update(f"a{array.dtype.str}{array.shape}".encode())
    block = np.ascontiguousarray(array)
    digest.update(block.view(np.int64) if block.dtype.kind == "M" else block)


class Keyed:
    """Base of settings and results: `key` is the fingerprint of the content, computed once.

    A nested `Keyed` contributes its key, so a result that holds market data costs nothing to key.
    Equality and hash follow the key, because a generated `==` over arrays would raise.
    """

    @cached_property
    def key(self) -> str:
        digest = blake2b(digest_size=16)
        digest.update(type(self).__qualname__.encode())
        for item in dataclasses.fields(self):  # type: ignore[arg-type]
            _feed(digest, item.name)
            _feed(digest, getattr(self, item.name))
        return digest.hexdigest()

    def __eq__(self, other: object) -> bool:
        if type(self) is not type(other):
            return NotImplemented
        return self.key == other.key

    def __hash__(self) -> int:
        return hash(self.key)

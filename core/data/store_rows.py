"""One stored series as a row of plain bytes, with a digest over all of it."""

import datetime as dt
import json
from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import blake2b
from typing import Any, Final, NamedTuple

import numpy as np

from core.data.base import Action
from core.data.quality import COLUMNS, Series
from core.types import FloatArray

SCHEMA: Final = 1
"""The version of what a row holds; rows of another version are as if they were not there."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Kept:
    """A stored series and when it was fetched, both times with a time zone.

    `series` holds final bars only, with actions and currency; its arrays are read-only when it comes out
    of the store. `fetched_at` is of the last successful fetch, `whole_at` of the last one that brought the
    whole history at once.
    """

    series: Series
    fetched_at: dt.datetime
    whole_at: dt.datetime


class Row(NamedTuple):
    """What the store holds of one series; every field is covered by `digest`."""

    version: int
    fetched_at: bytes
    whole_at: bytes
    meta: bytes
    payload: bytes
    digest: bytes


class DamagedRow(Exception):
    """A row that does not fit its digest."""


def pack(source: str, symbol: str, kept: Kept) -> Row:
    """The series as a row that only (source, symbol) can be read as.

    Raises
    ------
    ValueError
        When a time has no time zone, or the columns are not as long as the dates.
    """
    series = kept.series
    meta = {
        "ticker": series.ticker,
        "currency": series.currency,
        "columns": COLUMNS,
        "actions": None
        if series.actions is None
        else [[_day(action.day), action.kind, float(action.value)] for action in series.actions],
    }
    columns = [series.dates.astype("datetime64[D]").astype("<i8")]
    columns += [np.asarray(getattr(series, name), dtype="<f8") for name in COLUMNS]
    if any(column.shape != series.dates.shape for column in columns):
        raise ValueError(f"{symbol}: the columns are not as long as the dates")
    row = Row(
        version=SCHEMA,
        fetched_at=_stamp(kept.fetched_at),
        whole_at=_stamp(kept.whole_at),
        meta=json.dumps(meta).encode(),
        payload=b"".join(column.tobytes() for column in columns),
        digest=b"",
    )
    return row._replace(digest=_digest(source, symbol, row))


def unpack(source: str, symbol: str, fields: tuple[object, ...]) -> Kept | None:
    """The series in a row's fields as they were read; None where they are of another version.

    Raises
    ------
    DamagedRow
        When anything in it, or what it was asked for as, is not what was written.
    """
    row = Row(*fields)  # type: ignore[arg-type]  # the next line is the check
    if not isinstance(row.version, int) or not all(isinstance(field, bytes) for field in row[1:]):
        raise DamagedRow
    if _digest(source, symbol, row) != row.digest:
        raise DamagedRow
    if row.version != SCHEMA:
        return None
    meta = json.loads(row.meta)
    series = Series(
        ticker=meta["ticker"],
        currency=meta["currency"],
        actions=None if meta["actions"] is None else tuple(_actions(meta["actions"])),
        **_columns(row.payload, meta["columns"]),
    )
    return Kept(series=series, fetched_at=_time(row.fetched_at), whole_at=_time(row.whole_at))


def _columns(payload: bytes, names: list[str]) -> dict[str, Any]:
    block = len(payload) // (1 + len(names))
    dates = np.frombuffer(payload, "<i8", block // 8).astype(np.int64, copy=False)
    columns: dict[str, Any] = {"dates": dates.view("datetime64[D]")}
    for place, name in enumerate(names, 1):
        values: FloatArray = np.frombuffer(payload, "<f8", block // 8, place * block)
        columns[name] = values.astype(np.float64, copy=False)
    return columns


def _actions(listed: list[list[Any]]) -> Iterator[Action]:
    for day, kind, value in listed:
        yield Action(np.datetime64(day, "D"), kind, value)


def _day(day: np.datetime64) -> int:
    return int(day.astype("datetime64[D]").astype(np.int64))


def _stamp(time: dt.datetime) -> bytes:
    if time.tzinfo is None:
        raise ValueError("a stored time needs a time zone")
    return time.astimezone(dt.UTC).isoformat().encode()


def _time(stamp: bytes) -> dt.datetime:
    return dt.datetime.fromisoformat(stamp.decode())


def _digest(source: str, symbol: str, row: Row) -> bytes:
    digest = blake2b(digest_size=32)
    fields = (source.encode(), symbol.encode(), str(row.version).encode(), *row[1:-1])
    for field in fields:
        digest.update(len(field).to_bytes(8, "little"))
        digest.update(field)
    return digest.digest()

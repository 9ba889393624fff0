"""What was fetched, kept on this machine: one row a series, whole or not at all.

A row that does not fit its digest is never read: it counts as not there, and a copy is kept. Where the folder
cannot be used, the same store works from memory and says so once.
"""

import os
import sqlite3
import threading
import time
import weakref
from collections import OrderedDict
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final, NamedTuple, TypeVar

from core.data.store_file import ASIDE, PATIENCE, PriceFile, StoreTrouble, transaction
from core.data.store_rows import DamagedRow, Kept, Row, pack, unpack
from core.errors import cut

__all__ = ["Kept", "Store", "Usage", "shared_store"]

T = TypeVar("T")

MOST_IN_MEMORY: Final = 300
"""Series held without a folder; ten years of one are 140 kB."""

ASIDE_ROWS: Final = 20
TRIES: Final = 3
BETWEEN_TRIES: Final = 0.003
"""Seconds in which others of this process have their turn, while one waits for another program."""
LOOK_AGAIN: Final = 60.0
"""Seconds until a folder that could not be used is tried again."""

_FIELDS: Final = "version, fetched_at, whole_at, meta, payload, digest"
_GET: Final = f"SELECT {_FIELDS} FROM series WHERE source = ? AND symbol = ?"
_PUT: Final = f"INSERT OR REPLACE INTO series (source, symbol, {_FIELDS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?)"
_ALL: Final = f"source, symbol, {_FIELDS}"


class Usage(NamedTuple):
    """How many series are stored, in how many bytes on the disk (or in memory, `folder` is "" then)."""

    series: int
    bytes: int
    folder: str


class Store:
    """Series by source and symbol, for all threads of this process and for other processes at once.

    Nothing here raises because of the disk: what cannot be read is not there, what cannot be written is
    not kept, and `warnings` says so.

    Parameters
    ----------
    folder
        Where the file is, made where it is missing; None for memory only.
    """

    def __init__(self, folder: Path | None) -> None:
        self.lock = threading.RLock()
        self._file = PriceFile(folder) if folder is not None else None
        self._lost: PriceFile | None = None
        """The file that could not be used, while memory stands in; it is looked at again at `_look_again`."""
        self._look_again = 0.0
        self._emptied = False
        """Whether what is in the lost file was cleared since."""
        self._memory: OrderedDict[tuple[str, str], Row] = OrderedDict()
        self._told: dict[str, str] = {}
        self.generation = 0
        """How often it was cleared: what was read from it before is not in it any more."""
        _remember(self)
        if self._file is not None:
            weakref.finalize(self, self._file.close)

    def get(self, source: str, symbol: str) -> Kept | None:
        """The series as it was put, or None where it is not there, is damaged or is of another version."""

        def read(connection: sqlite3.Connection) -> list[tuple[object, ...]]:
            return connection.execute(_GET, (source, symbol)).fetchall()

        rows = self._ask(read)
        if rows is None:
            with self.lock:
                rows = self._from_memory(source, symbol) or self._as_is(read)
        if not rows:
            return None
        try:
            return unpack(source, symbol, rows[0])
        except DamagedRow:
            self._set_row_aside(source, symbol)
            return None

    def put(self, source: str, symbol: str, kept: Kept) -> None:
        """Keep the series in place of the one of that name; where it cannot be written, that one stays.

        Raises
        ------
        ValueError
            When a time has no time zone.
        """
        row = pack(source, symbol, kept)

        def write(connection: sqlite3.Connection) -> bool:
            with transaction(connection):
                connection.execute(_PUT, (source, symbol, *row))
            return True

        done = self._ask(write)
        with self.lock:
            if done:
                self._told.pop("full", None)
                self._told.pop("busy", None)
            if done or self._file is None:
                self._told.pop(_row_name(source, symbol), None)
            if self._file is None:
                self._memory.pop((source, symbol), None)
                self._memory[source, symbol] = row
                while len(self._memory) > MOST_IN_MEMORY:
                    self._memory.popitem(last=False)

    def symbols(self, source: str) -> tuple[str, ...]:
        """The symbols stored of a source, sorted."""

        def read(connection: sqlite3.Connection) -> list[bytes]:
            found = connection.execute("SELECT symbol FROM series WHERE source = ?", (source,)).fetchall()
            return [symbol for (symbol,) in found if isinstance(symbol, bytes)]

        found = self._ask(read)
        with self.lock:
            stored = found or self._as_is(read) or []
            names = [name.decode(errors="replace") for name in stored]
            return tuple(sorted({*names, *(symbol for of, symbol in self._memory if of == source)}))

    def held(self, source: str) -> tuple[tuple[str, int], ...]:
        """Symbol and bytes of each series stored of a source, the one fetched longest ago first."""

        def read(connection: sqlite3.Connection) -> list[tuple[bytes, int]]:
            size = "length(payload) + length(meta)"
            ordered = f"SELECT symbol, {size} FROM series WHERE source = ? ORDER BY fetched_at, symbol"
            return connection.execute(ordered, (source,)).fetchall()

        found = self._ask(read)
        with self.lock:
            if self._file is None:
                rows = sorted((r.fetched_at, s, r) for (of, s), r in self._memory.items() if of == source)
                return tuple((symbol, len(row.payload) + len(row.meta)) for _, symbol, row in rows)
            return tuple((name.decode(errors="replace"), size) for name, size in found or [])

    def remove(self, source: str, symbol: str) -> None:
        """Remove one series; nothing happens where there is none."""

        def delete(connection: sqlite3.Connection) -> None:
            with transaction(connection):
                where = "WHERE source = ? AND symbol = ?"
                connection.execute(f"DELETE FROM series {where}", (source, symbol))

        with self.lock:
            self._memory.pop((source, symbol), None)
        self._ask(delete)

    def usage(self) -> Usage:
        """What the store takes; files set aside are counted too."""

        def count(connection: sqlite3.Connection) -> int:
            return int(connection.execute("SELECT count(*) FROM series").fetchall()[0][0])

        series = self._ask(count) or 0
        with self.lock:
            if self._file is not None:
                return Usage(series, self._file.sizes(), str(self._file.folder))
            size = sum(len(row.payload) + len(row.meta) for row in self._memory.values())
            return Usage(len(self._memory), size, "")

    def clear(self) -> None:
        """Remove every series, and what was set aside, and give the space back."""

        def empty(connection: sqlite3.Connection) -> None:
            with transaction(connection):
                connection.execute("DELETE FROM series")
                connection.execute("DELETE FROM aside")
            connection.execute("VACUUM")
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()

        with self.lock:
            self.generation += 1
            self._memory.clear()
            self._emptied = True
        self._ask(empty)
        with self.lock:
            self._told = {k: v for k, v in self._told.items() if not k.startswith((ASIDE, "row "))}
            if self._file is not None:
                self._emptied = False
                self._file.remove_aside()

    def warnings(self) -> tuple[str, ...]:
        """What a reader should know about the store itself, each sentence once, oldest first."""
        self._ask(lambda _: None)
        with self.lock:
            return tuple(self._told.values())

    def close(self) -> None:
        """Let go of the file; the next question opens it again."""
        with self.lock:
            if self._file is not None:
                self._file.close()

    def _ask(self, work: Callable[[sqlite3.Connection], T]) -> T | None:
        """The answer of the file; None where it could not be asked.

        Another program is waited for without the lock, so that who only reads goes on meanwhile.
        """
        until = time.monotonic() + PATIENCE
        while True:
            with self.lock:
                self._return_to_folder()
                try:
                    return self._ask_now(work)
                except StoreTrouble as busy:
                    if time.monotonic() > until:
                        self._not_done(busy)
                        return None
            time.sleep(BETWEEN_TRIES)

    def _ask_now(self, work: Callable[[sqlite3.Connection], T]) -> T | None:
        """The answer of the file, from a fresh one where it is damaged; None where it could not be asked.

        Raises
        ------
        StoreTrouble
            When another program is using it.
        """
        for _ in range(TRIES):
            if self._file is None:
                return None
            try:
                return self._file.run(work)
            except StoreTrouble as trouble:
                if trouble.kind == "busy":
                    raise
                if trouble.kind not in ("damaged", "newer"):
                    self._not_done(trouble)
                    return None
                self._start_again(trouble)
        return None

    def _from_memory(self, source: str, symbol: str) -> list[tuple[object, ...]]:
        row = self._memory.get((source, symbol))
        if row is None:
            return []
        self._memory.move_to_end((source, symbol))
        return [row]

    def _as_is(self, work: Callable[[sqlite3.Connection], T]) -> T | None:
        """The answer of a file that cannot be written to."""
        return self._lost.read_as_is(work) if self._lost is not None and not self._emptied else None

    def _return_to_folder(self) -> None:
        """Try a folder again that could not be used a while ago; its file gets what was put meanwhile."""
        if self._file is not None or self._lost is None or time.monotonic() < self._look_again:
            return

        def move(connection: sqlite3.Connection) -> bool:
            with transaction(connection):
                if self._emptied:
                    connection.execute("DELETE FROM series")
                    connection.execute("DELETE FROM aside")
                for (source, symbol), row in self._memory.items():
                    connection.execute(_PUT, (source, symbol, *row))
            return True

        self._file, self._lost = self._lost, None
        try:
            moved = self._ask_now(move)
        except StoreTrouble:
            moved = None
        if moved:
            self._memory.clear()
            self._emptied = False
            self._told.pop("place", None)
        elif self._file is not None:
            self._leave_folder()

    def _leave_folder(self) -> None:
        self._file, self._lost = None, self._file
        self._look_again = time.monotonic() + LOOK_AGAIN

    def _start_again(self, trouble: StoreTrouble) -> None:
        assert self._file is not None
        try:
            name = self._file.set_aside()
        except StoreTrouble as worse:
            self._not_done(worse)
            return
        if name:
            what = "are from a newer version of this program" if trouble.kind == "newer" else "were damaged"
            self._told[name] = f"The stored prices {what} and are not used; they were set aside as {name}."

    def _not_done(self, trouble: StoreTrouble) -> None:
        assert self._file is not None
        if trouble.kind == "place":
            self._told["place"] = (
                f"Prices cannot be kept in {self._file.folder}: {trouble.text}."
                " They are held in memory until it can be used, or the program ends."
            )
            self._leave_folder()
        else:
            self._told[trouble.kind] = (
                f"The stored prices could not be updated: {trouble.text}. The earlier ones are unchanged."
            )

    def _set_row_aside(self, source: str, symbol: str) -> None:
        """Move a damaged row out of the way, unless another process has replaced it in the meantime."""

        def move(connection: sqlite3.Connection) -> bool:
            with transaction(connection):
                rows = connection.execute(_GET, (source, symbol)).fetchall()
                try:
                    if not rows or unpack(source, symbol, rows[0]) is not None:
                        return False
                except DamagedRow:
                    pass
                where = "WHERE source = ? AND symbol = ?"
                copy = f"INSERT INTO aside ({_ALL}) SELECT {_ALL} FROM series {where}"
                connection.execute(copy, (source, symbol))
                connection.execute(f"DELETE FROM series {where}", (source, symbol))
                oldest = "SELECT rowid FROM aside ORDER BY rowid DESC LIMIT -1 OFFSET ?"
                connection.execute(f"DELETE FROM aside WHERE rowid IN ({oldest})", (ASIDE_ROWS,))
            return True

        with self.lock:
            self._memory.pop((source, symbol), None)
        moved = self._ask(move)
        with self.lock:
            if moved:
                self._told[_row_name(source, symbol)] = (
                    f"The stored prices of {cut(symbol)} were damaged and are not used; a copy is kept."
                )


def _row_name(source: str, symbol: str) -> str:
    return f"row {source} {symbol}"


_stores: weakref.WeakSet[Store] = weakref.WeakSet()
_shared: dict[Path | None, Store] = {}
_shared_lock = threading.RLock()
_held: list[Store] = []


def shared_store(environment: Mapping[str, str] = os.environ) -> Store:
    """The store of this process, in the folder that the environment names.

    `HEDGEBOARD_CACHE` is a folder, or "off" for memory only; without it, it is the platform's folder for
    caches. One store a folder.
    """
    folder = _folder(environment.get("HEDGEBOARD_CACHE", "").strip())
    with _shared_lock:
        if folder not in _shared:
            _shared[folder] = Store(folder)
        return _shared[folder]


def _folder(named: str) -> Path | None:
    if named.casefold() == "off":
        return None
    if not named:
        from platformdirs import user_cache_dir

        named = user_cache_dir("hedgeboard", appauthor=False)
    try:
        return Path(named).expanduser().absolute()
    except RuntimeError:  # no home folder
        return None


def _remember(store: Store) -> None:
    with _shared_lock:
        _stores.add(store)


def _before_fork() -> None:
    # A connection must not be in two processes, nor a lock be held in the child by a thread it has not got.
    _shared_lock.acquire()
    _held.extend(_stores)
    for store in _held:
        store.lock.acquire()
        store.close()


def _after_fork() -> None:
    while _held:
        _held.pop().lock.release()
    _shared_lock.release()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(before=_before_fork, after_in_parent=_after_fork, after_in_child=_after_fork)

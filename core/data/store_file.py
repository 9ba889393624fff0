"""The database file of the price store: opening it safely, and setting a damaged one aside.

Several processes use one file at a time. A lock on the folder is held while a file is opened or set aside,
so that nobody opens one half of an old database and one half of a new one.
"""

import contextlib
import datetime as dt
import os
import sqlite3
import stat
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final, Literal, TypeVar

from core.data.store_rows import SCHEMA

if sys.platform != "win32":
    import fcntl

T = TypeVar("T")

NAME: Final = "prices.sqlite"
BESIDE: Final = ("-wal", "-shm", "-journal")
ASIDE: Final = "aside-"
ASIDE_KEPT: Final = 3
OURS: Final = 0x48454447
"""The application id in the header of a file that this module made."""

PATIENCE: Final = 10.0
"""Seconds to wait for another process."""
AT_ONCE: Final = 0.1
"""Seconds of that to wait at a time: a process has one connection, and others want to read meanwhile."""

TABLES: Final = (
    "CREATE TABLE series (source TEXT NOT NULL, symbol TEXT NOT NULL, version INTEGER NOT NULL,"
    " fetched_at BLOB NOT NULL, whole_at BLOB NOT NULL, meta BLOB NOT NULL, digest BLOB NOT NULL,"
    " payload BLOB NOT NULL, PRIMARY KEY (source, symbol))",
    "CREATE TABLE aside (source, symbol, version, fetched_at, whole_at, meta, digest, payload)",
)

_FROM_THE_FILE: Final = (sqlite3.Error, UnicodeDecodeError)
"""The second comes where the database complains with a piece of the damage in its words."""

Kind = Literal["busy", "full", "place", "damaged", "newer"]


class StoreTrouble(Exception):
    """Why the file could not be used; `text` is for a reader, without the folder."""

    def __init__(self, kind: Kind, text: str) -> None:
        super().__init__(text)
        self.kind = kind
        self.text = text


class PriceFile:
    """The file `prices.sqlite` of one folder, and this process's connection to it.

    Not for several threads at once: the store holds its lock round every call.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.path = folder / NAME
        self._connection: sqlite3.Connection | None = None
        self._identity: tuple[int, int] | None = None

    def run(self, work: Callable[[sqlite3.Connection], T]) -> T:
        """What `work` answers on an open connection; whatever it began and did not end is undone.

        Raises
        ------
        StoreTrouble
            With its kind, instead of every error of the database.
        """
        try:
            connection = self._connected()
        except _FROM_THE_FILE as problem:
            trouble = self._trouble(problem)
            if trouble.kind == "full":  # not even what opening needs can be written
                trouble = StoreTrouble("place", trouble.text)
            raise trouble from problem
        try:
            return work(connection)
        except _FROM_THE_FILE as problem:
            trouble = self._trouble(problem)
            if trouble.kind == "full":
                # What was refused may have made the log longer. The connection stays: another one would need
                # room of its own.
                with contextlib.suppress(sqlite3.Error):
                    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
            elif trouble.kind != "busy":
                self.close()  # the next call starts from what is on the disk
            raise trouble from problem

    def close(self) -> None:
        """Let go of the file; the next `run` opens it again."""
        connection, self._connection = self._connection, None
        if connection is not None:
            with contextlib.suppress(sqlite3.Error):
                connection.close()

    def set_aside(self) -> str:
        """Rename the file last opened, with what belongs to it, and return its new name.

        "" where another process has done so already. The newest `ASIDE_KEPT` are kept.
        """
        stamp = dt.datetime.now(dt.UTC).strftime("%Y%m%dT%H%M%S%f")
        name = f"{ASIDE}{stamp}-{os.getpid()}.sqlite"
        moved = False
        try:
            with _lock(self.folder):
                if self._identity is not None and self._identity == _identity(self.path):
                    # The file before its log: whoever has it open then sees that it has moved, and on closing
                    # leaves alone whatever has the log's name by then.
                    self.path.rename(self.folder / name)
                    moved = True
                    for end in BESIDE:
                        with contextlib.suppress(FileNotFoundError):
                            Path(f"{self.path}{end}").rename(self.folder / f"{name}{end}")
                    self._remove_aside_but(ASIDE_KEPT)
        except OSError as problem:
            raise StoreTrouble("place", _words(problem)) from problem
        finally:
            self.close()
        return name if moved else ""

    def sizes(self) -> int:
        """Bytes on the disk: the file, its log and whatever was set aside."""
        total = 0
        for path in (*self.folder.glob(f"{NAME}*"), *self.folder.glob(f"{ASIDE}*")):
            with contextlib.suppress(OSError):
                total += path.lstat().st_size
        return total

    def remove_aside(self) -> None:
        """Delete all files that were set aside."""
        self._remove_aside_but(0)

    def _remove_aside_but(self, newest: int) -> None:
        # By stem, so that what a killed process left of an older one goes too.
        files = list(self.folder.glob(f"{ASIDE}*"))
        keep = sorted({path.name.partition(".")[0] for path in files})[-newest:] if newest else []
        for path in files:
            if path.name.partition(".")[0] not in keep:
                with contextlib.suppress(OSError):
                    path.unlink()

    def _connected(self) -> sqlite3.Connection:
        if self._connection is not None and self._identity == _identity(self.path):
            return self._connection
        self.close()
        try:
            for _ in range(3):
                with contextlib.suppress(FileNotFoundError):  # somebody may be deleting the folder just now
                    self._check_place()
                    with _lock(self.folder):
                        return self._open()
        except OSError as problem:
            raise StoreTrouble("place", _words(problem)) from problem
        raise StoreTrouble("place", "it cannot be made")

    def read_as_is(self, work: Callable[[sqlite3.Connection], T]) -> T | None:
        """What `work` answers on the file as it lies there, with nothing written; None where it cannot.

        For a full disk and a folder that is only for reading. The log is not looked at and nobody is
        locked out, so that only digests tell what can be trusted.
        """
        try:
            self._check_owner()
            connection = sqlite3.connect(f"{self.path.absolute().as_uri()}?mode=ro&immutable=1", uri=True)
        except (StoreTrouble, OSError, sqlite3.Error):
            return None
        try:
            connection.text_factory = bytes
            return work(connection)
        except _FROM_THE_FILE:
            return None
        finally:
            connection.close()

    def _check_place(self) -> None:
        if not os.path.lexists(self.folder):
            self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._check_owner()
        if not os.access(self.folder, os.W_OK | os.X_OK):
            raise StoreTrouble("place", "it cannot be written to")

    def _check_owner(self) -> None:
        found = self.folder.lstat()
        if stat.S_ISLNK(found.st_mode):
            raise StoreTrouble("place", "it is a link to elsewhere")
        if not stat.S_ISDIR(found.st_mode):
            raise StoreTrouble("place", "it is not a folder")
        if _foreign(found):
            raise StoreTrouble("place", "it belongs to another user")
        for path in (self.path, *(Path(f"{self.path}{end}") for end in BESIDE)):
            try:
                found = path.lstat()
            except FileNotFoundError:
                continue
            if not stat.S_ISREG(found.st_mode) or _foreign(found):
                raise StoreTrouble("place", f"{path.name} in it is a link, or is not a file of this user")

    def _open(self) -> sqlite3.Connection:
        with contextlib.suppress(FileExistsError):
            os.close(os.open(self.path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
        if stat.S_IMODE(self.path.lstat().st_mode) & 0o077:
            self.path.chmod(0o600)
        self._identity = _identity(self.path)
        connection = sqlite3.connect(
            f"{self.path.absolute().as_uri()}?mode=rw", uri=True, timeout=PATIENCE,
            isolation_level=None, check_same_thread=False, cached_statements=16,
        )  # fmt: skip
        try:
            _settle(connection)
            connection.execute(f"PRAGMA busy_timeout = {int(1000 * AT_ONCE)}").fetchall()
        except BaseException:
            with contextlib.suppress(sqlite3.Error):
                connection.close()
            raise
        self._connection = connection
        return connection

    def _trouble(self, problem: sqlite3.Error | UnicodeDecodeError) -> StoreTrouble:
        if isinstance(problem, UnicodeDecodeError):
            return StoreTrouble("damaged", "it is damaged")
        if not hasattr(problem, "sqlite_errorcode"):
            raise problem  # a mistake in this program, not something in the file
        code = problem.sqlite_errorcode
        primary = code & 0xFF
        if primary in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_PROTOCOL):
            return StoreTrouble("busy", "another program is using it")
        if primary == sqlite3.SQLITE_FULL:
            return StoreTrouble("full", "the disk is full")
        if primary == sqlite3.SQLITE_IOERR and code not in _UNREADABLE:
            return StoreTrouble("full", "the disk is full, or failing")
        if primary == sqlite3.SQLITE_READONLY and os.access(self.path, os.W_OK):
            return StoreTrouble("damaged", "it is damaged")  # its header says so, not the disk
        if primary in (sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_PERM):
            return StoreTrouble("place", "it cannot be written to")
        return StoreTrouble("damaged", "it is damaged")


_UNREADABLE: Final = frozenset(
    (
        sqlite3.SQLITE_IOERR_READ,
        sqlite3.SQLITE_IOERR_SHORT_READ,
        sqlite3.SQLITE_IOERR_CORRUPTFS,
        sqlite3.SQLITE_IOERR_DATA,
    )
)


@contextlib.contextmanager
def transaction(connection: sqlite3.Connection) -> Iterator[None]:
    """Everything within is written at once or not at all."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:
            with contextlib.suppress(sqlite3.Error):
                connection.execute("ROLLBACK")
        raise


def _settle(connection: sqlite3.Connection) -> None:
    """Bring a connection into the mode wanted, and an empty file into the form wanted."""
    connection.text_factory = bytes  # text that is damaged is then no error before its digest is checked
    connection.execute("PRAGMA trusted_schema = OFF")
    connection.execute("PRAGMA cell_size_check = ON")
    if _log_ahead(connection):
        connection.execute("PRAGMA synchronous = NORMAL")
        connection.execute("PRAGMA journal_size_limit = 4194304")
    else:
        connection.execute("PRAGMA synchronous = FULL")
    version, made_by = (
        connection.execute(f"PRAGMA {name}").fetchall()[0][0] for name in ("user_version", "application_id")
    )
    if made_by == OURS and version > SCHEMA:
        raise StoreTrouble("newer", "it was written by a newer version")
    if made_by != OURS:
        if connection.execute("SELECT count(*) FROM sqlite_master").fetchall()[0][0]:
            raise StoreTrouble("damaged", "it is no price store")
        with transaction(connection):
            for table in TABLES:
                connection.execute(table)
            connection.execute(f"PRAGMA application_id = {OURS}")
            connection.execute(f"PRAGMA user_version = {SCHEMA}")


def _log_ahead(connection: sqlite3.Connection) -> bool:
    """Whether the write-ahead log is on; drives without shared memory (network ones) cannot have it."""
    try:
        return bool(connection.execute("PRAGMA journal_mode = WAL").fetchall()[0][0] == b"wal")
    except sqlite3.OperationalError as problem:
        code = problem.sqlite_errorcode & 0xFF
        if code not in (sqlite3.SQLITE_IOERR, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_PROTOCOL):
            raise
        connection.execute("PRAGMA journal_mode = DELETE").fetchall()
        return False


@contextlib.contextmanager
def _lock(folder: Path) -> Iterator[None]:
    """Hold the folder against other processes; where it cannot be locked, go on without."""
    if sys.platform == "win32":
        yield
        return
    held = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
    try:
        until = time.monotonic() + PATIENCE
        while True:
            try:
                fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if time.monotonic() > until:
                    raise StoreTrouble("busy", "another program is using it") from None
                time.sleep(0.002)
            except OSError:
                break
        yield
    finally:
        os.close(held)


def _identity(path: Path) -> tuple[int, int] | None:
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_dev, found.st_ino


def _foreign(found: os.stat_result) -> bool:
    return sys.platform != "win32" and found.st_uid != os.geteuid()


def _words(problem: OSError) -> str:
    return (problem.strerror or "it cannot be used").lower()

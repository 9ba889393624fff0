"""The price store: what comes out is what went in; where it cannot be kept, and who shares it."""

import datetime as dt
import errno
import os
import shutil
import sqlite3
import stat
import sys
import tempfile
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from core.data import store as module
from core.data import store_file
from core.data.base import Action
from core.data.quality import COLUMNS, Series
from core.data.store import Kept, Store, Usage, shared_store
from tests.stored import EARLY, ended, fork, kept, same
from tests.waiting import PATIENCE

pytestmark = pytest.mark.filterwarnings("ignore:This process:DeprecationWarning")  # of fork, from Python 3.12
posix = pytest.mark.skipif(sys.platform == "win32", reason="no fork, no modes")


@pytest.fixture
def store(tmp_path):
    opened = Store(tmp_path / "cache")
    yield opened
    opened.close()


@pytest.fixture
def anyones():
    """A folder that another user can reach, unlike pytest's own."""
    folder = Path(tempfile.mkdtemp(prefix="hedgeboard-"))
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder)


bits = st.integers(0, 2**64 - 1)  # every pattern of a float, each kind of NaN among them
days = st.integers(-(10**6), 10**6)
action = st.builds(
    Action,
    days.map(lambda number: np.datetime64(number, "D")),
    st.sampled_from(["dividend", "split"]),
    st.floats(allow_nan=False),
)
times = st.datetimes(timezones=st.just(dt.timezone(dt.timedelta(hours=-5))))


@st.composite
def anything(draw):
    rows = draw(st.integers(0, 12))
    columns = {name: draw(hnp.arrays(np.uint64, rows, elements=bits)).view(np.float64) for name in COLUMNS}
    dates = np.array(draw(st.lists(days, min_size=rows, max_size=rows)), np.int64).view("datetime64[D]")
    series = Series(
        ticker=draw(st.text(st.characters(codec="utf-8"), max_size=8)), dates=dates, **columns,
        currency=draw(st.sampled_from(["", "USD", "€"])), actions=tuple(draw(st.lists(action, max_size=4))),
    )  # fmt: skip
    return Kept(series=series, fetched_at=draw(times), whole_at=draw(times))


@settings(max_examples=40)
@given(one=anything(), other=anything(), symbol=st.text(st.characters(codec="utf-8"), max_size=12))
def test_what_comes_out_is_what_went_in_bit_for_bit(one, other, symbol):
    with tempfile.TemporaryDirectory() as folder:
        for opened in (Store(Path(folder)), Store(None)):
            opened.put("yahoo", symbol, other)
            opened.put("yahoo", symbol, one)
            opened.put("own", symbol, other)
            opened.close()
            assert same(opened.get("yahoo", symbol), one)
            assert same(opened.get("own", symbol), other)
            assert opened.warnings() == ()
            opened.close()


def test_every_symbol_is_a_name_and_nothing_else(store, tmp_path):
    names = ["^VIX", "BRK-B", "brk-b", "../x", "'; DROP TABLE series; --", "%", "SH?mode=memory", "SPY\0", ""]
    for number, name in enumerate(names):
        store.put("yahoo", name, kept(number))
    assert all(same(store.get("yahoo", name), kept(number)) for number, name in enumerate(names))
    assert store.symbols("yahoo") == tuple(sorted(names))
    assert store.symbols("own") == ()
    assert [path.name for path in tmp_path.iterdir()] == ["cache"]


def test_what_comes_out_cannot_be_changed(store):
    for opened in (store, Store(None)):
        opened.put("yahoo", "SPY", kept())
        series = opened.get("yahoo", "SPY").series
        assert not any(getattr(series, name).flags.writeable for name in ("dates", *COLUMNS))


def test_times_come_back_in_utc_and_need_a_zone(store):
    eastern = EARLY.astimezone(dt.timezone(dt.timedelta(hours=-5)))
    store.put("yahoo", "SPY", Kept(series=kept().series, fetched_at=eastern, whole_at=eastern))
    found = store.get("yahoo", "SPY")
    assert found.fetched_at == EARLY
    assert found.fetched_at.tzinfo is dt.UTC
    naive = EARLY.replace(tzinfo=None)
    with pytest.raises(ValueError, match="time zone"):
        store.put("yahoo", "SPY", Kept(series=kept().series, fetched_at=naive, whole_at=EARLY))
    assert same(store.get("yahoo", "SPY"), found)


def test_a_column_of_another_length_is_refused(store):
    series = kept().series
    short = Series(ticker="SPY", dates=series.dates[:-1], **{name: getattr(series, name) for name in COLUMNS})
    with pytest.raises(ValueError, match="as long as"):
        store.put("yahoo", "SPY", Kept(series=short, fetched_at=EARLY, whole_at=EARLY))


def test_another_start_finds_it(tmp_path):
    first = Store(tmp_path)
    first.put("yahoo", "SPY", kept(3))
    first.close()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["prices.sqlite"]
    second = Store(tmp_path)
    assert same(second.get("yahoo", "SPY"), kept(3))
    second.close()


def test_usage_counts_the_bytes_and_clear_gives_them_back(store, tmp_path):
    folder = tmp_path / "cache"
    for number in range(5):
        store.put("yahoo", f"S{number}", kept(number, rows=2500))
    used = store.usage()
    files = [path.stat().st_size for path in folder.iterdir() if not path.name.endswith("-shm")]
    assert used == (5, pytest.approx(sum(files), abs=2**16), str(folder))
    assert used.bytes > 5 * 2500 * 7 * 8
    store.clear()
    assert store.usage().series == 0
    assert store.usage().bytes < 2**17
    assert store.symbols("yahoo") == ()
    assert store.warnings() == ()


@posix
def test_clear_while_another_process_reads(store):
    for number in range(5):
        store.put("yahoo", f"S{number}", kept(number, rows=2500))

    def read_all_the_time():
        while True:
            for number in range(5):
                found = store.get("yahoo", f"S{number}")
                assert found is None or same(found, kept(number, rows=2500))
            if not store.symbols("yahoo"):
                return

    child = fork(read_all_the_time)
    store.clear()
    assert ended(child) == 0
    assert store.usage().bytes < 2**17
    assert store.warnings() == ()


@posix
def test_the_folder_and_its_files_are_for_this_user_only(store, tmp_path):
    store.put("yahoo", "SPY", kept())
    folder = tmp_path / "cache"
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir()}
    assert modes == dict.fromkeys(["prices.sqlite", "prices.sqlite-wal", "prices.sqlite-shm"], 0o600)


# ---- d2: a folder that cannot be used


def works_from_memory(store, *, warned):
    store.put("yahoo", "SPY", kept(1))
    store.put("yahoo", "SPY", kept(2))
    store.put("yahoo", "SH", kept(3))
    assert same(store.get("yahoo", "SPY"), kept(2))
    assert store.symbols("yahoo") == ("SH", "SPY")
    assert store.usage()[::2] == (2, "")
    (sentence,) = store.warnings()
    assert warned in sentence
    assert "held in memory" in sentence
    store.clear()
    assert store.get("yahoo", "SPY") is None
    assert store.usage() == Usage(0, 0, "")
    assert len(store.warnings()) == 1


def test_d2_a_folder_that_cannot_be_made(tmp_path):
    (tmp_path / "file").write_text("in the way")
    works_from_memory(Store(tmp_path / "file" / "cache"), warned="not a directory")
    works_from_memory(Store(tmp_path / "file"), warned="not a folder")
    assert (tmp_path / "file").read_text() == "in the way"


@posix
def test_d2_a_folder_that_is_only_for_reading(anyones):
    cache = anyones / "cache"

    def work():
        if os.geteuid() == 0:
            os.setuid(54321)
        first = Store(cache)
        first.put("yahoo", "QQQ", kept(9))
        first.close()
        cache.chmod(0o500)
        second = Store(cache)
        assert same(second.get("yahoo", "QQQ"), kept(9))  # what was stored is there to read
        assert second.symbols("yahoo") == ("QQQ",)
        second.clear()
        assert second.get("yahoo", "QQQ") is None
        works_from_memory(second, warned="cannot be written to")
        missing = Store(cache / "below")
        works_from_memory(missing, warned="permission denied")

    anyones.chmod(0o777)
    assert ended(fork(work)) == 0


@posix
def test_d2_a_folder_of_another_user(tmp_path, monkeypatch):
    other = os.geteuid() + 1
    monkeypatch.setattr(store_file.os, "geteuid", lambda: other)
    works_from_memory(Store(tmp_path), warned="belongs to another user")
    assert list(tmp_path.iterdir()) == []


@posix
@pytest.mark.parametrize("name", ["prices.sqlite", "prices.sqlite-wal", "prices.sqlite-shm"])
def test_d2_a_file_that_is_a_link_to_elsewhere(tmp_path, name):
    precious = tmp_path / "precious"
    precious.write_bytes(b"keep me")
    (tmp_path / "cache").mkdir()
    (tmp_path / "cache" / name).symlink_to(precious)
    works_from_memory(Store(tmp_path / "cache"), warned="link")
    assert precious.read_bytes() == b"keep me"


@posix
def test_d2_a_folder_that_is_a_link_to_elsewhere(tmp_path):
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "cache").symlink_to(tmp_path / "elsewhere")
    works_from_memory(Store(tmp_path / "cache"), warned="link")
    assert list((tmp_path / "elsewhere").iterdir()) == []


def test_memory_only_holds_so_many_series_and_drops_the_one_not_asked_for(monkeypatch):
    monkeypatch.setattr(module, "MOST_IN_MEMORY", 3)
    store = Store(None)
    for number in range(3):
        store.put("yahoo", f"S{number}", kept(number))
    store.get("yahoo", "S0")
    store.put("yahoo", "S3", kept(3))
    assert store.symbols("yahoo") == ("S0", "S2", "S3")
    assert store.warnings() == ()


# ---- others at the same time


def test_without_a_write_ahead_log_it_keeps_a_rollback_journal(tmp_path, monkeypatch):
    class NoSharedMemory(sqlite3.Connection):
        """What SQLite does on a drive that it cannot map into memory."""

        def execute(self, sql, *more):
            if "journal_mode = WAL" in sql:
                problem = sqlite3.OperationalError("locking protocol")
                problem.sqlite_errorcode = sqlite3.SQLITE_PROTOCOL
                raise problem
            return super().execute(sql, *more)

    connect = sqlite3.connect
    monkeypatch.setattr(sqlite3, "connect", lambda *a, **k: connect(*a, factory=NoSharedMemory, **k))
    store = Store(tmp_path)
    store.put("yahoo", "SPY", kept())
    assert same(store.get("yahoo", "SPY"), kept())
    assert [path.name for path in tmp_path.iterdir()] == ["prices.sqlite"]
    assert store.warnings() == ()
    store.close()


@posix
def test_a_writer_that_does_not_end_is_waited_for_and_then_named(tmp_path, monkeypatch):
    monkeypatch.setattr("core.data.store.PATIENCE", 0.2)
    store = Store(tmp_path)
    store.put("yahoo", "SPY", kept(1))
    other = sqlite3.connect(tmp_path / "prices.sqlite", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    store.put("yahoo", "SPY", kept(2))
    assert same(store.get("yahoo", "SPY"), kept(1))
    (sentence,) = store.warnings()
    assert "another program" in sentence
    other.execute("ROLLBACK")
    other.close()
    store.put("yahoo", "SPY", kept(3))
    assert same(store.get("yahoo", "SPY"), kept(3))
    assert store.warnings() == ()
    store.close()


@posix
def test_who_reads_does_not_wait_for_one_who_waits_to_write(store, tmp_path, monkeypatch):
    monkeypatch.setattr("core.data.store.PATIENCE", PATIENCE)
    store.put("yahoo", "SPY", kept(1))
    other = sqlite3.connect(tmp_path / "cache" / "prices.sqlite", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    writer = threading.Thread(target=store.put, args=("yahoo", "SPY", kept(2)))
    writer.start()
    for _ in range(5):
        assert same(store.get("yahoo", "SPY"), kept(1))
        assert store.symbols("yahoo") == ("SPY",)
        assert store.warnings() == ()
    assert writer.is_alive()
    other.execute("ROLLBACK")
    other.close()
    writer.join()
    assert same(store.get("yahoo", "SPY"), kept(2))
    assert store.warnings() == ()


def test_many_threads_at_once(store):
    failed = []

    def use(number):
        symbol = f"S{number % 3}"
        for turn in range(20):
            store.put("yahoo", symbol, kept(number * 100 + turn))
            found = store.get("yahoo", symbol)
            if not same(found, kept(int(found.series.currency[1:]))):
                failed.append(number)

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(use, range(8)))
    assert failed == []
    assert store.warnings() == ()


@posix
def test_a_forked_process_opens_its_own_connection(store):
    store.put("yahoo", "SPY", kept(1))
    at_work, enough = threading.Event(), threading.Event()

    def write_all_the_time():
        while not enough.is_set():
            store.put("yahoo", "SH", kept(5))
            at_work.set()

    writer = threading.Thread(target=write_all_the_time)
    writer.start()
    assert at_work.wait(PATIENCE)

    def work():
        assert same(store.get("yahoo", "SPY"), kept(1))
        store.put("yahoo", "QQQ", kept(2))
        assert store.warnings() == ()

    children = [fork(work) for _ in range(10)]
    assert [ended(child) for child in children] == [0] * 10
    enough.set()
    writer.join()
    assert same(store.get("yahoo", "QQQ"), kept(2))
    assert same(store.get("yahoo", "SH"), kept(5))


def test_a_folder_that_is_deleted_meanwhile_is_made_again(store, tmp_path):
    store.put("yahoo", "SPY", kept(1))
    shutil.rmtree(tmp_path / "cache")
    assert store.get("yahoo", "SPY") is None
    store.put("yahoo", "SPY", kept(2))
    assert same(store.get("yahoo", "SPY"), kept(2))
    assert store.warnings() == ()


@posix
@pytest.mark.parametrize("cleared", [False, True])
def test_d2_a_folder_that_could_not_be_used_for_a_moment_is_used_again(store, monkeypatch, cleared):
    store.put("yahoo", "OLD", kept(1))
    store.put("yahoo", "SPY", kept(2))
    store.close()

    def too_many(*_):
        raise OSError(errno.EMFILE, "Too many open files")

    with monkeypatch.context() as patch:
        patch.setattr(store_file, "_lock", too_many)
        store.put("yahoo", "SPY", kept(3))
        (sentence,) = store.warnings()
        assert "too many open files" in sentence
        assert same(store.get("yahoo", "OLD"), kept(1))
        if cleared:
            store.clear()
            store.put("yahoo", "SPY", kept(4))
        patch.setattr("core.data.store.LOOK_AGAIN", 0.0)
        store._look_again = 0.0
        assert len(store.warnings()) == 1  # tried again, and in vain
    assert store.usage().folder
    assert store.warnings() == ()
    assert store.symbols("yahoo") == (("SPY",) if cleared else ("OLD", "SPY"))
    assert same(store.get("yahoo", "SPY"), kept(4 if cleared else 3))


def test_clearing_is_told_to_whom_it_concerns(store):
    before = store.generation
    store.put("yahoo", "SPY", kept(1))
    assert store.generation == before
    store.clear()
    assert store.generation == before + 1


# ---- the store of the process


def test_the_environment_names_the_folder(tmp_path, monkeypatch):
    monkeypatch.setenv("HEDGEBOARD_CACHE", str(tmp_path / "a"))
    store = shared_store()
    assert shared_store() is store
    assert store.usage().folder == str(tmp_path / "a")
    store.close()
    for off in ("off", " OFF "):
        monkeypatch.setenv("HEDGEBOARD_CACHE", off)
        assert shared_store().usage().folder == ""
    monkeypatch.setenv("HEDGEBOARD_CACHE", "~/cache")
    monkeypatch.setenv("HOME", str(tmp_path))
    store = shared_store()
    assert store.usage().folder == str(tmp_path / "cache")
    store.close()


def test_without_a_name_it_is_the_folder_for_caches(tmp_path, monkeypatch):
    monkeypatch.setattr("platformdirs.user_cache_dir", lambda name, appauthor: str(tmp_path / name))
    monkeypatch.delenv("HEDGEBOARD_CACHE", raising=False)
    store = shared_store()
    assert store.usage().folder == str(tmp_path / "hedgeboard")
    store.close()


def test_all_threads_get_the_same_store(tmp_path):
    environment = {"HEDGEBOARD_CACHE": str(tmp_path)}
    with ThreadPoolExecutor(8) as pool:
        assert len({id(one) for one in pool.map(lambda _: shared_store(environment), range(40))}) == 1


@pytest.mark.parametrize("memory", [False, True])
def test_what_is_held_of_a_source_is_listed_oldest_first_and_removed_one_by_one(tmp_path, memory):
    opened = Store(None if memory else tmp_path / "cache")
    assert opened.held("own") == ()
    for symbol, second in (("LATE", 3), ("EARLY", 1), ("MIDDLE", 2)):
        opened.put("own", symbol, kept(second))
    opened.put("yahoo", "EARLY", kept(1))
    assert [symbol for symbol, _ in opened.held("own")] == ["EARLY", "MIDDLE", "LATE"]
    assert all(8 * 40 * (1 + len(COLUMNS)) < size < 4000 for _, size in opened.held("own"))
    opened.remove("own", "EARLY")
    opened.remove("own", "NOSUCH")
    assert opened.symbols("own") == ("LATE", "MIDDLE")
    assert opened.get("own", "EARLY") is None
    assert opened.symbols("yahoo") == ("EARLY",)
    opened.close()

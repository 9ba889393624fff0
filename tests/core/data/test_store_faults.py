"""The price store under damage, a full disk, many writers and sudden death: the old, the new, or nothing."""

import contextlib
import multiprocessing
import os
import random
import resource
import shutil
import signal
import sqlite3
import sys
import tempfile
import time
from pathlib import Path

import pytest

from core.data.store import Store
from core.data.store_file import SCHEMA
from tests.stored import ended, fork, kept, number_of, same

pytestmark = [
    pytest.mark.skipif(sys.platform == "win32", reason="no fork"),
    pytest.mark.filterwarnings("ignore:This process:DeprecationWarning"),  # of fork, from Python 3.12
]
SYMBOLS = {"SPY": 1, "SH": 2, "^VIX": 3}
FILE = "prices.sqlite"
PRIME = 97


@pytest.fixture
def quick():
    """A folder in memory where the system has one: a thousand files are written below."""
    memory = Path("/dev/shm")
    folder = Path(tempfile.mkdtemp(prefix="hedgeboard-", dir=memory if os.access(memory, os.W_OK) else None))
    yield folder
    shutil.rmtree(folder)


@pytest.fixture
def whole(quick):
    """A folder with three series in the file, all of them checkpointed."""
    store = Store(quick / "whole")
    for symbol, number in SYMBOLS.items():
        store.put("yahoo", symbol, kept(number))
    store.close()
    assert [path.name for path in (quick / "whole").iterdir()] == [FILE]
    return quick / "whole"


@pytest.fixture
def logged(whole):
    """The same with newer versions of two of them in a log that nobody has checkpointed."""

    def die():
        store = Store(whole)
        store.put("yahoo", "SPY", kept(11))
        store.put("yahoo", "SH", kept(12))
        os.kill(os.getpid(), signal.SIGKILL)

    assert ended(fork(die)) == -signal.SIGKILL
    (whole / f"{FILE}-shm").unlink()
    assert (whole / f"{FILE}-wal").stat().st_size > 8000
    return whole


def copied(folder, to, name=FILE, data=None):
    """A copy of the folder, with other content in one file."""
    if to.exists():
        shutil.rmtree(to)
    shutil.copytree(folder, to)
    if data is not None:
        (to / name).write_bytes(data)
    return to


def read_all(folder, allowed):
    """How many series came out (each one of its allowed versions), how many warnings; the store goes on."""
    store = Store(folder)
    found = 0
    for symbol, numbers in allowed.items():
        one = store.get("yahoo", symbol)
        if one is not None:
            assert any(same(one, kept(number)) for number in numbers), f"{symbol}: a wrong price"
            found += 1
    warned = len(store.warnings())
    store.put("yahoo", "SPY", kept(99))
    assert same(store.get("yahoo", "SPY"), kept(99)), "it does not work any more"
    store.close()
    return found, warned


def test_d1_every_97th_byte_of_the_file(whole, quick):
    content = (whole / FILE).read_bytes()
    found = []
    for flip in (0xFF, 0x01):
        for place in range(flip % PRIME, len(content), PRIME):
            data = bytearray(content)
            data[place] ^= flip
            folder = copied(whole, quick / "damaged", data=data)
            found.append(read_all(folder, {symbol: [number] for symbol, number in SYMBOLS.items()}))
    assert len(found) > 400
    assert sum(series == 2 for series, _ in found) > 100, (
        "damage to one series is no reason to lose the others"
    )
    lost = [warned for series, warned in found if series < 3]
    assert lost.count(0) < len(lost) / 20, "only damage to a name looks like a series that never was there"


def test_d1_every_97th_byte_of_the_log(logged, quick):
    content = (logged / f"{FILE}-wal").read_bytes()
    newest = {"SPY": [1, 11], "SH": [2, 12], "^VIX": [3]}
    for place in range(0, len(content), PRIME):
        data = bytearray(content)
        data[place] ^= 0xFF
        folder = copied(logged, quick / "damaged", f"{FILE}-wal", data)
        read_all(folder, newest)
    store = Store(logged)
    assert same(store.get("yahoo", "SPY"), kept(11))
    store.close()


def test_d1_every_97th_byte_of_the_file_under_a_log(logged, quick):
    content = (logged / FILE).read_bytes()
    newest = {"SPY": [1, 11], "SH": [2, 12], "^VIX": [3]}
    for place in range(0, len(content), PRIME):
        data = bytearray(content)
        data[place] ^= 0xFF
        read_all(copied(logged, quick / "damaged", data=data), newest)


def test_d1_every_97th_byte_while_it_is_open(whole, quick):
    content = (whole / FILE).read_bytes()
    folder = copied(whole, quick / "damaged")

    def damage_it():
        for place in range(0, len(content), PRIME):
            with (folder / FILE).open("r+b") as file:
                file.seek(place)
                file.write(bytes([content[place] ^ 0xFF]))

    store = Store(folder)
    assert same(store.get("yahoo", "SPY"), kept(1))
    assert ended(fork(damage_it)) == 0
    for symbol, number in SYMBOLS.items():
        one = store.get("yahoo", symbol)
        assert one is None or same(one, kept(number))
    store.close()
    read_all(folder, {symbol: [number] for symbol, number in SYMBOLS.items()})


def test_d1_bytes_overwritten_while_four_processes_use_it(tmp_path):
    """Damage, whole files set aside and all series removed, while others read and write."""
    enough = multiprocessing.get_context("fork").Event()

    def use(seed):
        rng, store, turns, reads = random.Random(seed), Store(tmp_path), 0, 0
        while turns < 400 or reads <= 10:
            turns += 1
            kind = rng.randrange(3)
            if rng.random() < 0.4:
                store.put("yahoo", f"S{kind}", kept(rng.randrange(100) * 3 + kind, rows=200))
            elif (found := store.get("yahoo", f"S{kind}")) is not None:
                reads += 1
                assert number_of(found) % 3 == kind
                assert same(found, kept(number_of(found), rows=200)), "a wrong price"
        assert not any("memory" in sentence for sentence in store.warnings())
        store.close()

    def wreck():
        rng = random.Random(9)
        while not enough.wait(rng.uniform(0.0, 0.004)):
            path = tmp_path / rng.choice([FILE, f"{FILE}-wal"])
            if rng.random() < 0.02:
                store = Store(tmp_path)
                store.symbols("yahoo")
                store._file.set_aside() if rng.random() < 0.5 else store.clear()
                store.close()
                continue
            with contextlib.suppress(FileNotFoundError), path.open("r+b") as file:
                size = file.seek(0, os.SEEK_END)
                file.seek(rng.randrange(size + 1))
                file.write(rng.randbytes(min(30, size - file.tell())))

    children = [fork(lambda seed=seed: use(seed)) for seed in range(4)]
    wrecker = fork(wreck)
    try:
        assert [ended(child) for child in children] == [0] * 4
    finally:
        enough.set()
        assert ended(wrecker) == 0
    store = Store(tmp_path)
    store.put("yahoo", "SPY", kept(1))
    assert same(store.get("yahoo", "SPY"), kept(1))
    store.close()


@pytest.mark.parametrize("length", [0, 1, 50, 99, 100, 512, 4095, 4096, 4097, 12_000, -4096, -1])
def test_d1_a_file_that_was_cut_off(whole, quick, length):
    content = (whole / FILE).read_bytes()[:length]
    folder = copied(whole, quick / "damaged", data=content)
    read_all(folder, {symbol: [number] for symbol, number in SYMBOLS.items()})
    # None or one byte is an empty store to the database; one byte less harms one series at most.
    aside = [path for path in folder.glob("aside-*.sqlite") if path.read_bytes() == content]
    assert len(aside) == (length not in (0, 1, -1))


def test_d1_a_log_that_was_cut_off(logged, quick):
    content = (logged / f"{FILE}-wal").read_bytes()
    newest = {"SPY": [1, 11], "SH": [2, 12], "^VIX": [3]}
    for length in (0, 1, 31, 32, 33, 4000, len(content) // 2, len(content) - 1):
        folder = copied(logged, quick / "damaged", f"{FILE}-wal", content[:length])
        assert read_all(folder, newest) == (3, 0)


def test_d1_a_file_that_is_something_else(whole, quick):
    text = b"date,close\n2024-01-02,472.65\n" * 500
    folder = copied(whole, quick / "text", data=text)
    store = Store(folder)
    assert store.get("yahoo", "SPY") is None
    (sentence,) = store.warnings()
    (aside,) = folder.glob("aside-*")
    assert aside.name in sentence
    assert aside.read_bytes() == text
    store.put("yahoo", "SPY", kept(5))
    assert store.warnings() == (sentence,)
    store.clear()
    assert store.warnings() == ()  # nothing is left of what it told of
    store.close()
    (folder / FILE).unlink()
    other = sqlite3.connect(folder / FILE)
    other.execute("CREATE TABLE notes (text)")
    other.execute("INSERT INTO notes VALUES ('of another program')")
    other.commit()
    other.close()
    store = Store(folder)
    assert store.get("yahoo", "SPY") is None
    store.close()
    kept_aside = sqlite3.connect(max(folder.glob("aside-*.sqlite")))
    assert kept_aside.execute("SELECT text FROM notes").fetchall() == [("of another program",)]
    kept_aside.close()


def test_d1_only_the_newest_three_are_kept_aside(tmp_path):
    for number in range(6):
        (tmp_path / FILE).write_bytes(b"garbage %d" % number * 100)
        store = Store(tmp_path)
        assert store.symbols("yahoo") == ()
        assert len(store.warnings()) == 1
        store.close()
    aside = sorted(tmp_path.glob("aside-*"))
    assert [path.read_bytes()[:9] for path in aside] == [b"garbage 3", b"garbage 4", b"garbage 5"]
    store = Store(tmp_path)
    assert store.usage().bytes > sum(path.stat().st_size for path in aside)
    store.clear()
    store.close()
    assert [path.name for path in tmp_path.iterdir()] == [FILE]


def change(folder, *statements):
    connection = sqlite3.connect(folder / FILE, isolation_level=None)
    for statement in statements:
        connection.execute(statement)
    connection.close()


def test_d1_a_store_of_a_newer_version_is_set_aside(whole):
    change(whole, f"PRAGMA user_version = {SCHEMA + 1}")
    before = (whole / FILE).read_bytes()
    store = Store(whole)
    assert store.get("yahoo", "SPY") is None
    (sentence,) = store.warnings()
    assert "newer version" in sentence
    store.close()
    (aside,) = whole.glob("aside-*.sqlite")
    assert aside.read_bytes() == before


def test_d1_rows_of_an_older_version_are_as_if_not_there(whole, monkeypatch):
    monkeypatch.setattr("core.data.store_rows.SCHEMA", SCHEMA - 1)
    store = Store(whole)
    store.put("yahoo", "SPY", kept(4))
    store.close()
    monkeypatch.undo()
    assert store.get("yahoo", "SPY") is None
    assert same(store.get("yahoo", "SH"), kept(2))
    store.put("yahoo", "SPY", kept(5))
    assert same(store.get("yahoo", "SPY"), kept(5))
    assert store.warnings() == ()
    store.close()


def test_d1_tables_of_an_older_version_are_set_aside(whole):
    change(whole, "ALTER TABLE series DROP COLUMN whole_at", "PRAGMA user_version = 0")
    assert read_all(whole, {symbol: [] for symbol in SYMBOLS}) == (0, 1)


@pytest.mark.parametrize(
    "damage",
    [
        "payload = zeroblob(length(payload))",
        "payload = CAST(payload AS TEXT) || 'x'",
        "payload = 1.5",
        "meta = replace(meta, 'dividend', 'split')",
        "meta = '{'",
        "fetched_at = '2030-01-01T00:00:00+00:00'",
        "whole_at = ''",
        "version = 'one'",
        "version = version + 1",
        "digest = zeroblob(32)",
        "symbol = 'QQQ'",
    ],
)
def test_d1_a_row_that_does_not_fit_its_digest_is_set_aside(whole, damage):
    change(whole, f"UPDATE series SET {damage} WHERE symbol = 'SPY'")
    symbol = "QQQ" if "QQQ" in damage else "SPY"
    store = Store(whole)
    assert store.get("yahoo", symbol) is None
    assert store.get("yahoo", symbol) is None
    (sentence,) = store.warnings()
    assert sentence.startswith(f"The stored prices of {symbol} were damaged")
    assert same(store.get("yahoo", "SH"), kept(2))
    assert symbol not in store.symbols("yahoo")
    store.put("yahoo", "SH", kept(2))
    assert store.warnings() == (sentence,)
    store.put("yahoo", symbol, kept(8))
    assert same(store.get("yahoo", symbol), kept(8))
    assert store.warnings() == ()  # good prices are there again
    store.close()
    other = sqlite3.connect(whole / FILE)
    assert other.execute("SELECT count(*) FROM aside WHERE symbol = ?", (symbol,)).fetchall() == [(1,)]
    other.close()


def test_d1_rows_set_aside_do_not_pile_up(whole):
    store = Store(whole)
    for _ in range(25):
        store.put("yahoo", "SPY", kept(1))
        store.close()
        change(whole, "UPDATE series SET payload = '' WHERE symbol = 'SPY'")
        assert store.get("yahoo", "SPY") is None
    assert len(store.warnings()) == 1
    store.close()
    other = sqlite3.connect(whole / FILE)
    assert other.execute("SELECT count(*) FROM aside").fetchall() == [(20,)]
    other.close()


def test_d1_two_processes_that_see_the_damage_set_aside_one_file(whole):
    first, second = Store(whole), Store(whole)
    assert first.symbols("yahoo")
    assert second.symbols("yahoo")
    content = (whole / FILE).read_bytes()
    first.close()
    second.close()
    (whole / FILE).write_bytes(b"x" * len(content))

    def use():
        for store in (first, second):
            assert store.get("yahoo", "SPY") is None

    children = [fork(use) for _ in range(6)]
    assert [ended(child) for child in children] == [0] * 6
    assert len(list(whole.glob("aside-*.sqlite"))) == 1
    first.put("yahoo", "SPY", kept(7))
    assert same(second.get("yahoo", "SPY"), kept(7))
    first.close()
    second.close()


def test_d1_a_process_that_has_it_open_goes_over_to_the_new_file(whole):
    store = Store(whole)
    assert same(store.get("yahoo", "SPY"), kept(1))

    def another_sets_it_aside():
        other = Store(whole)
        other.put("yahoo", "SH", kept(12))
        assert other._file.set_aside()
        other.put("yahoo", "^VIX", kept(13))
        other.close()

    assert ended(fork(another_sets_it_aside)) == 0
    assert store.symbols("yahoo") == ("^VIX",)
    store.put("yahoo", "SPY", kept(14))
    store.close()
    store = Store(whole)
    assert same(store.get("yahoo", "SPY"), kept(14))
    assert same(store.get("yahoo", "^VIX"), kept(13))
    assert store.warnings() == ()
    store.close()


# ---- d3: a full disk


def limit_files_to(size):
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, resource.RLIM_INFINITY))


def test_d3_a_full_disk_leaves_the_old_one_and_no_rubbish(whole):
    before = (whole / FILE).read_bytes()

    def fill_the_disk():
        store = Store(whole)
        assert same(store.get("yahoo", "SPY"), kept(1))
        limit_files_to(len(before) + 40_000)
        for _ in range(3):
            store.put("yahoo", "SPY", kept(21, rows=20_000))
            assert same(store.get("yahoo", "SPY"), kept(1))
        (sentence,) = store.warnings()
        assert "could not be updated" in sentence
        assert "full" in sentence
        assert (whole / f"{FILE}-wal").stat().st_size == 0
        limit_files_to(resource.RLIM_INFINITY)
        store.put("yahoo", "^VIX", kept(3))  # the same as it was: there is room again
        assert store.warnings() == ()
        assert same(store.get("yahoo", "^VIX"), kept(3))
        limit_files_to(len(before) + 40_000)
        store.put("yahoo", "SPY", kept(21, rows=20_000))
        os.kill(os.getpid(), signal.SIGKILL)

    assert ended(fork(fill_the_disk)) == -signal.SIGKILL
    store = Store(whole)
    assert all(same(store.get("yahoo", symbol), kept(number)) for symbol, number in SYMBOLS.items())
    assert store.warnings() == ()
    store.close()
    assert [path.name for path in whole.iterdir()] == [FILE]


def test_d3_a_refused_series_leaves_the_file_byte_equal(whole):
    before = (whole / FILE).read_bytes()

    def fill_the_disk():
        store = Store(whole)
        store.symbols("yahoo")
        limit_files_to(len(before) + 40_000)
        store.put("yahoo", "SPY", kept(21, rows=20_000))
        store.put("yahoo", "NEW", kept(22, rows=20_000))
        assert len(store.warnings()) == 1
        store.close()

    assert ended(fork(fill_the_disk)) == 0
    assert (whole / FILE).read_bytes() == before
    assert [path.name for path in whole.iterdir()] == [FILE]


@pytest.mark.parametrize("room", [0, 10_000])
def test_d3_a_disk_that_is_full_from_the_start(whole, room):
    before = (whole / FILE).read_bytes()

    def start():
        limit_files_to(room)
        store = Store(whole)
        assert same(store.get("yahoo", "SPY"), kept(1))
        store.put("yahoo", "SPY", kept(2))
        assert same(store.get("yahoo", "SPY"), kept(2))
        assert same(store.get("yahoo", "SH"), kept(2))
        (sentence,) = store.warnings()
        assert "held in memory" in sentence
        empty = Store(whole.parent / "new")
        empty.put("yahoo", "SPY", kept(2))
        assert same(empty.get("yahoo", "SPY"), kept(2))

    assert ended(fork(start)) == 0
    assert (whole / FILE).read_bytes() == before


# ---- d4: many processes


def test_d4_eight_writers_of_one_series(tmp_path):
    def write(number):
        store = Store(tmp_path)
        for turn in range(200):
            store.put("yahoo", "SPY", kept(number * 1000 + turn))
        assert store.warnings() == ()
        store.close()

    store = Store(tmp_path)
    store.put("yahoo", "SPY", kept(0))
    writers = [fork(lambda number=number: write(number)) for number in range(1, 9)]
    statuses, reads, seen = [], 0, set()
    while len(statuses) < 8:
        found = store.get("yahoo", "SPY")
        assert same(found, kept(number_of(found)))
        reads += 1
        seen.add(number_of(found))
        child, status = os.waitpid(-1, os.WNOHANG) if reads % 5 == 0 else (0, 0)
        if child:
            statuses.append(os.waitstatus_to_exitcode(status))
            writers.remove(child)
    assert statuses == [0] * 8
    assert number_of(store.get("yahoo", "SPY")) % 1000 == 199
    assert len(seen) > 5
    assert store.warnings() == ()
    store.close()


# ---- d5: kill -9


def test_d5_two_hundred_sudden_deaths_in_mid_write(tmp_path):
    rng = random.Random(5)
    first = Store(tmp_path)
    first.put("yahoo", "SPY", kept(0, rows=400))
    first.close()
    newest = written = 0
    for death in range(200):
        reading, writing = os.pipe()

        def write_all_the_time(number=newest, writing=writing):
            store = Store(tmp_path)
            store.symbols("yahoo")
            os.write(writing, b".")
            while True:
                number += 1
                store.put("yahoo", "SPY", kept(number, rows=400))
                os.write(writing, b".")

        child = fork(write_all_the_time)
        os.close(writing)
        # One in four dies at any time from its birth on, one once it has written, the others in between.
        for _ in range((0, 1, 1, 2)[death % 4]):
            os.read(reading, 1)
        time.sleep(rng.uniform(0.0, 0.015))
        os.kill(child, signal.SIGKILL)
        assert ended(child) == -signal.SIGKILL
        os.close(reading)
        store = Store(tmp_path)
        found = store.get("yahoo", "SPY")
        assert same(found, kept(number_of(found), rows=400))
        assert number_of(found) >= newest
        written += number_of(found) > newest
        newest = number_of(found)
        assert store.warnings() == ()
        store.close()
    assert written > 20, "nearly all were killed before they wrote anything"
    assert [path.name for path in tmp_path.iterdir()] == [FILE]

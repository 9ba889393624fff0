"""What of Yahoo's answers may be used: final rows, whole histories, and no day after the one looked at."""

import csv
import datetime as dt
import threading
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from core.data.base import PriceTable
from core.data.files import FilesProvider
from core.data.quality import COLUMNS, Series
from core.data.store import Store
from core.data.yahoo import SOURCE, WELL_KNOWN
from core.data.yahoo_ask import Ask
from core.errors import UnknownTicker
from tests.contracts.conftest import Make
from tests.contracts.yahoo_parts import EVENING, QUICK, Clock, request, walk
from tests.fake_yahoo import FakeYahoo
from tests.waiting import wait_until


def last_stored(store: Store, symbol: str) -> str:
    kept = store.get(SOURCE, symbol)
    assert kept is not None
    return str(kept.series.dates[-1])


def every_day(series: Series, last: str) -> Series:
    """The series with a row for each day of the week up to `last`, as a coin has."""
    days = np.arange(series.dates[0], np.datetime64(last) + 1)
    place = np.searchsorted(series.dates, days, side="right") - 1
    columns: dict[str, Any] = {name: getattr(series, name)[place] for name in COLUMNS}
    return replace(series, dates=days, actions=(), **{**columns, "adj_close": columns["close"]})


@pytest.mark.parametrize(
    ("symbol", "kind", "zone"),
    [
        ("BTC-USD", "CRYPTOCURRENCY", "UTC"),
        ("EURUSD=X", "CURRENCY", "Europe/London"),
        ("ES=F", "FUTURE", "America/New_York"),
    ],
)
def test_p7_the_running_day_of_what_does_not_close_with_new_york_is_no_close(
    symbol: str, kind: str, zone: str, fake: FakeYahoo, make: Make
) -> None:
    store, clock = Store(None), Clock()
    provider = make(store, now=clock)
    fake.serve("SPY", walk("SPY"))
    whole = every_day(walk(symbol), "2025-04-04")
    running = replace(whole, close=whole.close.copy(), adj_close=whole.close.copy())
    running.close[-1] = running.adj_close[-1] = 77.0
    fake.serve(symbol, running, kind=kind, zone=zone)
    table = provider.fetch(request("SPY", symbol))
    assert last_stored(store, symbol) == "2025-04-03"
    assert last_stored(store, "SPY") == "2025-04-04"
    assert np.isnan(table.close[-1, 1])
    assert table.health[1].missing == 1
    assert "The row of 4 Apr 2025 is left out: the session is not over." in table.health[1].left_out
    # The same evening nothing more can be had, so nothing is asked; on the next day the row is final.
    asked = fake.asked(symbol)
    clock.move(minutes=30)
    provider.prepare(request("SPY", symbol))
    assert fake.asked(symbol) == asked
    clock.move(hours=8)
    fake.serve(symbol, whole, kind=kind, zone=zone)
    provider.prepare(request("SPY", symbol))
    table = provider.fetch(request("SPY", symbol))
    assert (table.close[-1, 1], table.health[1].missing) == (whole.close[-1], 0)


def test_p7_what_is_final_is_judged_by_when_it_was_asked(fake: FakeYahoo, make: Make) -> None:
    store, clock = Store(None), Clock(EVENING.replace(hour=15))
    provider = make(store, now=clock)
    fake.serve("SPY", walk("SPY"))
    fake.fault("SPY", "held")
    waiting = threading.Thread(target=provider.prepare, args=(request("SPY"),))
    waiting.start()
    wait_until(lambda: fake.asked("SPY"))
    clock.move(hours=3)  # the machine slept while the answer was on its way
    fake.fault("SPY", "recover")
    waiting.join()
    assert last_stored(store, "SPY") == "2025-04-03"
    kept = store.get(SOURCE, "SPY")
    assert kept is not None
    assert kept.fetched_at == EVENING.replace(hour=15)
    provider.prepare(request("SPY"))
    assert last_stored(store, "SPY") == "2025-04-04"


def test_n5_a_history_that_lacks_its_beginning_does_not_replace_the_stored_one(
    fake: FakeYahoo, make: Make
) -> None:
    clock = Clock()
    provider = make(now=clock)
    fake.serve("SPY", walk("SPY"))
    before = provider.fetch(request("SPY"))
    fake.fault("SPY", "late_half")
    clock.move(days=8)  # the whole is due
    provider.prepare(request("SPY"))
    table = provider.fetch(request("SPY"))
    np.testing.assert_array_equal(table.close, before.close)
    assert table.health[0].trouble.startswith("Yahoo's answer began on ")
    assert table.health[0].trouble.endswith(
        "after what is stored; the prices fetched on 4 Apr 2025 are used."
    )
    fake.fault("SPY", "recover")
    provider.refresh(request("SPY"))
    assert provider.fetch(request("SPY")).health[0].trouble == ""


def test_a_newer_part_of_what_is_gone_is_never_stored_as_the_whole(fake: FakeYahoo, make: Make) -> None:
    store, clock = Store(None), Clock()
    provider = make(store, now=clock)
    fake.serve("SPY", walk("SPY"))
    provider.fetch(request("SPY"))
    days = len(provider.fetch(request("SPY")).sessions)
    clock.move(days=4)
    fake.serve("SPY", walk("SPY", "2025-04-08"))
    fake.fault("SPY", "held")
    waiting = threading.Thread(target=provider.prepare, args=(request("SPY"),))
    waiting.start()
    wait_until(lambda: fake.asked("SPY") == 2)
    store.clear()
    fake.fault("SPY", "recover")
    waiting.join()
    assert len(provider.fetch(request("SPY")).sessions) == days + 2
    assert fake.asked("SPY") == 3
    assert provider._receive(Ask("GONE", "2025-03-20"), _answer("GONE"), EVENING) == (Ask("GONE"))


def _answer(symbol: str) -> dict[str, Any]:
    series = walk(symbol)
    columns = {name: getattr(series, name).tolist() for name in COLUMNS}
    return {
        "days": series.dates.astype(str).tolist(),
        **columns,
        "actions": [],
        "currency": "USD",
        "kind": "ETF",
        "zone": "",
    }


def test_after_clear_everything_is_fetched_whole_again(fake: FakeYahoo, make: Make) -> None:
    store = Store(None)
    provider = make(store)
    fake.serve("SPY", walk("SPY"))
    fake.fault("OLD", "unknown")
    before = provider.fetch(request("SPY", "OLD", optional=("OLD",)))
    store.clear()
    fake.serve("OLD", walk("OLD"))
    fake.fault("OLD", "recover")
    table = provider.fetch(request("SPY", "OLD", optional=("OLD",)))
    assert table.tickers == ("SPY", "OLD")
    np.testing.assert_array_equal(table.close[:, :1], before.close)
    assert (fake.asked("SPY"), fake.asked("OLD")) == (2, 2)
    begins = [int(one.query["period1"]) for one in fake.requests if one.symbol == "SPY"]
    assert max(begins) < 0  # before 1970: all of it, both times
    assert store.symbols(SOURCE) == ("OLD", "SPY")


def test_w8_one_readers_presses_ask_for_their_own_symbols_and_end_no_limit(
    fake: FakeYahoo, make: Make
) -> None:
    provider = make(pace=replace(QUICK, limited_cool_off=600.0))
    for symbol in ("SPY", "MINE", "THEIRS"):
        fake.serve(symbol, walk(symbol))
    provider.fetch(request("SPY", "THEIRS"))
    provider.refresh(request("MINE"))
    provider.prepare(request("SPY", "THEIRS"))
    assert (fake.asked("SPY"), fake.asked("THEIRS")) == (1, 1)
    provider.refresh(request("SPY"))
    provider.prepare(request("SPY", "THEIRS"))
    assert (fake.asked("SPY"), fake.asked("THEIRS")) == (2, 1)
    fake.fault("*", "rate_limited")
    for _ in range(10):
        provider.refresh(request("SPY", "MINE"))
        provider.prepare(request("SPY", "MINE"))
    asked = fake.asked("SPY") - 2 + fake.asked("MINE")
    assert 1 <= asked <= 2 * QUICK.tries
    assert "asked too often" in provider.fetch(request("SPY")).health[0].trouble


def test_one_press_ends_the_pause_after_a_lost_network(fake: FakeYahoo, make: Make) -> None:
    provider = make(pace=replace(QUICK, cool_off=600.0))
    fake.serve("SPY", walk("SPY"))
    fake.fault("*", "drop")
    provider.prepare(request("SPY"))
    fake.fault("*", "recover")
    provider.refresh(request("SPY"))
    assert provider.fetch(request("SPY")).tickers == ("SPY",)


def test_what_others_hold_is_not_told(fake: FakeYahoo, make: Make) -> None:
    provider = make()
    fake.serve("SPY", walk("SPY"))
    fake.serve("SECRETA", walk("SECRETA"))
    provider.fetch(request("SPY", "SECRETA"))
    assert provider.available() == tuple(sorted(WELL_KNOWN))
    with pytest.raises(UnknownTicker) as caught:
        provider.fetch(request("SECRETB"))
    assert "SECRETA" not in f"{caught.value} {caught.value.hint}"


def test_the_cookie_has_one_folder_however_often_the_process_starts(
    fake: FakeYahoo, make: Make, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    provider = make()
    for symbol in ("SPY", "SH"):
        fake.serve(symbol, walk(symbol))
        provider.fetch(request(symbol))
        provider.close()
    assert len(list(tmp_path.iterdir())) == 1


def test_fetch_looks_again_after_an_hour_and_not_before(fake: FakeYahoo, make: Make) -> None:
    clock = Clock()
    provider = make(now=clock)
    fake.serve("OLD", walk("OLD", "2025-03-20"))
    provider.fetch(request("OLD"))
    clock.move(minutes=59)
    provider.fetch(request("OLD"))
    assert fake.asked("OLD") == 1
    clock.move(minutes=2)
    provider.fetch(request("OLD"))
    assert fake.asked("OLD") == 2


def test_n2_what_a_silent_question_takes_down_with_it_is_asked_again(fake: FakeYahoo, make: Make) -> None:
    provider = make()
    for symbol in ("SPY", "BAD", "GOOD", "OTHER"):
        fake.serve(symbol, walk(symbol))
    provider.fetch(request("SPY"))  # the process is there
    fake.fault("BAD", "hang")
    fake.fault("GOOD", "hang")
    first = threading.Thread(target=provider.prepare, args=(request("BAD"),))
    first.start()
    wait_until(lambda: fake.asked("BAD"))
    provider.prepare(request("OTHER"))  # Yahoo answers, so that the silence is of one symbol
    second = threading.Thread(target=provider.prepare, args=(request("GOOD"),))
    second.start()
    wait_until(lambda: fake.asked("GOOD"))
    fake.fault("GOOD", "recover")
    queue = provider._queue
    with queue._changed:  # as if the first had been asked a deadline ago, and the second had not
        queue._jobs["BAD"].sent -= queue.pace.deadline
        queue._changed.notify_all()
    first.join()
    second.join()
    assert fake.asked("GOOD") == 2
    table = provider.fetch(request("SPY", "BAD", "GOOD", optional=("BAD",)))
    assert table.tickers == ("SPY", "GOOD")
    assert table.health[1].trouble == ""


def write(folder: Path, series: Series) -> None:
    with (folder / f"{series.ticker}.csv").open("w", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(["date", *COLUMNS])
        columns = [getattr(series, name).tolist() for name in COLUMNS]
        rows.writerows(zip(series.dates.astype(str).tolist(), *columns, strict=True))


def same_prices(one: PriceTable, two: PriceTable) -> None:
    assert one.sessions.tolist() == two.sessions.tolist()
    assert (one.tickers, one.expected) == (two.tickers, two.expected)
    for name in COLUMNS:
        np.testing.assert_array_equal(getattr(one, name), getattr(two, name), err_msg=name)


@pytest.mark.parametrize("end", [None, dt.date(2025, 2, 14), dt.date(2024, 9, 2)])
def test_prices_up_to_a_day_are_those_of_files(
    end: dt.date | None, fake: FakeYahoo, make: Make, tmp_path: Path
) -> None:
    book = [walk("SPY", seed=1), walk("SH", seed=2), walk("NEW", first="2024-11-01", seed=3)]
    for series in book:
        fake.serve(series.ticker, series)
        write(tmp_path, series)
    wanted = replace(request("SPY", "SH", "NEW"), end=end, folder=str(tmp_path))
    found, files = make().fetch(wanted), FilesProvider(Clock()).fetch(wanted)
    same_prices(found, files)
    assert [(one.first, one.last, one.used, one.gaps, one.missing) for one in found.health][:2] == [
        (one.first, one.last, one.used, one.gaps, one.missing) for one in files.health
    ][:2]


def test_days_after_the_last_one_asked_for_change_nothing_that_is_said(fake: FakeYahoo, make: Make) -> None:
    end = dt.date(2025, 2, 14)
    book = [walk("SPY", seed=1), walk("SH", seed=2)]
    wanted = replace(request("SPY", "SH"), end=end)

    def told(clock: Clock, *answers: list[Series]) -> PriceTable:
        provider = make(now=clock)
        for answer in answers:
            for series in answer:
                fake.serve(series.ticker, series)
            provider.refresh(wanted)
            provider.prepare(wanted)
            clock.move(days=8)
        clock.move(days=-8)
        return provider.fetch(wanted)

    def poisoned(series: Series, factor: float) -> Series:
        after = series.dates > np.datetime64(end)
        columns: dict[str, Any] = {name: getattr(series, name).copy() for name in COLUMNS}
        for values in columns.values():
            values[after] *= factor
        return replace(series, **columns)

    noon = EVENING.replace(hour=12)
    calm = told(Clock(noon), book, book)
    wild = told(Clock(noon), book, [poisoned(series, 1.7) for series in book])
    same_prices(calm, wild)
    assert calm.notes == wild.notes
    assert calm.health == wild.health
    assert calm.key == wild.key
    # The row of a session that runs is told of where it is in sight, and nowhere before.
    provider = make(now=Clock(noon))
    for days, told_of in ((replace(wanted, end=None), 2), (wanted, 0), (replace(wanted, end=noon.date()), 2)):
        table = provider.fetch(days)
        assert sum("is left out" in text for one in table.health for text in one.left_out) == told_of
        assert sum("is left out" in note.text for note in table.notes) == told_of

"""Yahoo's prices over days and restarts: joined or fetched whole, kept, used without a network, renewed."""

import datetime as dt
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from core import Settings, analyse
from core.data.base import PROVIDERS
from core.data.quality import COLUMNS, Series
from core.data.store import Store
from core.data.yahoo import SOURCE, YahooProvider
from core.data.yahoo_ask import Pace
from core.data.yahoo_worker import MIRROR
from core.errors import BadPrices, ProviderUnavailable, UnknownTicker
from core.export import to_json
from core.memo import Memo
from tests.contracts.conftest import Make
from tests.contracts.yahoo_parts import EVENING, QUICK, Clock, request, walk
from tests.fake_yahoo import FakeYahoo
from tests.strategies import changed, settings_of
from tests.waiting import PATIENCE, wait_until

MARKET_DATA = Path(__file__).resolve().parents[3] / "shared" / "market-data"


def stored(store: Store, symbol: str) -> Series:
    kept = store.get(SOURCE, symbol)
    assert kept is not None
    return kept.series


def equal(one: Series, two: Series) -> None:
    np.testing.assert_array_equal(one.dates, two.dates)
    for name in COLUMNS:
        np.testing.assert_array_equal(getattr(one, name), getattr(two, name), err_msg=name)
    assert one.actions == two.actions
    assert one.currency == two.currency


def test_p10_h22_a_day_later_the_new_rows_are_joined_and_equal_one_fetch(fake: FakeYahoo, make: Make) -> None:
    store, clock = Store(None), Clock()
    provider = make(store, now=clock)
    fake.serve("SPY", walk("SPY"))
    provider.fetch(request("SPY"))
    assert fake.asked() == 1
    clock.move(days=4)  # Tuesday: two sessions later
    fake.serve("SPY", walk("SPY", "2025-04-08"))
    provider.prepare(request("SPY"))
    table = provider.fetch(request("SPY"))
    assert fake.asked() == 2
    asked = [one for one in fake.requests if one.symbol]
    assert int(asked[1].query["period1"]) - int(asked[0].query["period1"]) > 2e9  # only the newest part
    assert str(table.sessions[-1]) == "2025-04-08"
    assert [note.text for note in table.notes if "changed" in note.text] == []
    whole = Store(None)
    make(whole, now=clock).fetch(request("SPY"))
    equal(stored(store, "SPY"), stored(whole, "SPY"))


def test_p10_rewritten_history_is_fetched_whole_and_a_note_says_what_changed(
    fake: FakeYahoo, make: Make
) -> None:
    store, clock = Store(None), Clock()
    provider = make(store, now=clock)
    fake.serve("SPY", walk("SPY"))
    provider.fetch(request("SPY"))
    days = len(stored(store, "SPY").dates)
    clock.move(days=3)
    fake.serve("SPY", walk("SPY", "2025-04-07"))
    fake.fault("SPY", "rewritten")
    provider.prepare(request("SPY"))
    table = provider.fetch(request("SPY"))
    assert fake.asked() == 3  # all, the newest part, all again
    whole = Store(None)
    make(whole, now=clock).fetch(request("SPY"))
    equal(stored(store, "SPY"), stored(whole, "SPY"))
    assert [note.text for note in table.notes if "changed" in note.text] == [
        f"Yahoo changed its past prices (adjusted close of {days} days, the last 4 Apr 2025):"
        " the whole history was fetched again."
    ]


def test_a_history_of_parts_is_fetched_whole_after_a_week_and_a_shorter_one_is_refused(
    fake: FakeYahoo, make: Make
) -> None:
    store, clock = Store(None), Clock()
    provider = make(store, now=clock)
    fake.serve("SPY", walk("SPY"))
    before = provider.fetch(request("SPY"))
    clock.move(days=8)
    fake.serve("SPY", walk("SPY", "2025-03-20"))
    provider.prepare(request("SPY"))
    table = provider.fetch(request("SPY"))
    assert "period1" in fake.requests[-1].query
    np.testing.assert_array_equal(table.close, before.close)
    assert table.health[0].trouble == (
        "Yahoo's answer ended on 20 Mar 2025, before what is stored; "
        "the prices fetched on 4 Apr 2025 are used."
    )
    assert table.health[0].origin == "Yahoo, stored"
    assert table.health[0].missing == 5


def test_what_is_up_to_date_or_was_just_asked_is_not_asked_again(fake: FakeYahoo, make: Make) -> None:
    clock = Clock()
    provider = make(now=clock)
    fake.serve("SPY", walk("SPY"))
    fake.serve("OLD", walk("OLD", "2025-03-20"))
    wanted = request("SPY", "OLD")
    provider.fetch(wanted)
    provider.prepare(wanted)
    clock.move(minutes=9)
    provider.prepare(wanted)
    assert fake.asked() == 2
    clock.move(minutes=2)
    provider.prepare(wanted)
    assert (fake.asked("SPY"), fake.asked("OLD")) == (1, 2)
    provider.refresh(wanted)
    provider.prepare(wanted)
    assert (fake.asked("SPY"), fake.asked("OLD")) == (2, 3)


def test_n1_unreachable_is_said_within_ten_seconds(make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        monkeypatch.setenv(MIRROR, f"http://127.0.0.1:{unused.getsockname()[1]}")
        began = time.monotonic()
        with pytest.raises(ProviderUnavailable) as caught:
            make(pace=Pace(start=PATIENCE)).fetch(request("SPY", "SH", "NVDA"))
        # Ten seconds for a reader; here the process may start late. Held to be silence, as a firewall makes
        # it, each of three tries waits for the deadline of 11 seconds.
        assert time.monotonic() - began < 30.0
    assert type(caught.value) is ProviderUnavailable
    assert str(caught.value) == "Yahoo could not be reached, and no prices of SPY, SH and NVDA are stored."
    assert caught.value.hint == "Check the network and try again, or choose another source of prices."


def test_n1_without_a_network_the_stored_prices_are_used_with_their_age(
    fake: FakeYahoo, make: Make, tmp_path: Path
) -> None:
    for symbol in ("SPY", "SH"):
        fake.serve(symbol, walk(symbol))
    first = make(Store(tmp_path)).fetch(request("SPY", "SH"))
    fake.fault("*", "drop")
    asked = fake.asked()
    # The same evening nothing is due, so nothing is asked.
    again = make(Store(tmp_path)).fetch(request("SPY", "SH"))
    assert fake.asked() == asked
    for name in COLUMNS:
        np.testing.assert_array_equal(getattr(again, name), getattr(first, name))
    assert [(one.origin, one.trouble) for one in again.health] == [("Yahoo, stored", "")] * 2
    # Days later it is, and cannot be had.
    clock = Clock(EVENING + dt.timedelta(days=4))
    later = make(Store(tmp_path), now=clock).fetch(request("SPY", "SH"))
    np.testing.assert_array_equal(later.close, first.close)
    assert str(later.expected) == "2025-04-08"
    for one in later.health:
        assert (one.origin, one.missing) == ("Yahoo, stored", 2)
        assert one.fetched_at == EVENING
        assert one.trouble == "Yahoo could not be reached; the prices fetched on 4 Apr 2025 are used."


def test_n2_a_process_that_does_not_answer_is_ended_and_another_one_works(
    fake: FakeYahoo, make: Make
) -> None:
    provider = make(pace=replace(QUICK, deadline=1.0))
    for symbol in ("SPY", "SH"):
        fake.serve(symbol, walk(symbol))
    fake.fault("SPY", "hang")
    with pytest.raises(ProviderUnavailable, match="did not answer in time"):
        provider.fetch(request("SPY"))
    assert provider._queue._process is None  # it did not come to wait for the request's own patience
    provider._queue.pace = QUICK
    provider.refresh(request("SPY"))
    assert provider.fetch(request("SH")).tickers == ("SH",)


def test_a_process_that_dies_is_replaced(fake: FakeYahoo, make: Make) -> None:
    provider = make()
    fake.serve("SPY", walk("SPY"))
    fake.fault("SPY", "held")
    waiting = threading.Thread(target=provider.prepare, args=(request("SPY"),))
    waiting.start()
    wait_until(lambda: fake.asked("SPY"))
    process = provider._queue._process
    assert process is not None
    os.kill(process._process.pid, signal.SIGKILL)
    fake.fault("SPY", "recover")
    waiting.join(PATIENCE)
    assert not waiting.is_alive()
    assert fake.asked("SPY") == 2
    assert provider.fetch(request("SPY")).health[0].trouble == ""


def test_n6_answers_that_yfinance_keeps_are_forgotten_before_each_question(
    fake: FakeYahoo, tmp_path: Path
) -> None:
    fake.serve("SPY", walk("SPY"))
    code = f"""
import yfinance
from core.data.yahoo_worker import bounded_session, history
from yfinance.data import YfData
yfinance.set_tz_cache_location({str(tmp_path)!r})
session = bounded_session({fake.url!r})
YfData(session).cache_get("https://query2.finance.yahoo.com/v8/finance/chart/OLD")
kept = YfData().cache_get.cache_info().currsize
history("SPY", None, 5.0, session)
raise SystemExit(0 if (kept, YfData().cache_get.cache_info().currsize) == (1, 0) else 1)
"""
    fake.fault("OLD", "garbage")
    assert subprocess.run([sys.executable, "-W", "ignore", "-c", code], check=False).returncode == 0


@pytest.mark.parametrize("broken", ["no script", "no program"])
def test_a_process_that_cannot_start_is_told(
    broken: str, make: Make, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    if broken == "no script":
        monkeypatch.setattr("core.data.yahoo_process.SCRIPT", tmp_path / "none.py")
    else:
        monkeypatch.setattr("sys.executable", str(tmp_path / "none"))
    with pytest.raises(ProviderUnavailable) as caught:
        make().fetch(request("SPY"))
    assert str(caught.value) == (
        "The part of this program that asks Yahoo stopped working, and no prices of SPY are stored."
    )
    assert "none" in caplog.text  # the log says why, in Python's own words
    assert "No such file" in caplog.text


@pytest.mark.skipif(not Path("/proc/self/task").is_dir(), reason="finds the process by /proc")
def test_the_process_ends_with_its_parent(fake: FakeYahoo, tmp_path: Path) -> None:
    fake.fault("SPY", "hang")
    code = f"""
from pathlib import Path
from core.data.store import Store
from tests.contracts.yahoo_parts import provider_of, request
provider_of(Store(Path({str(tmp_path)!r}))).prepare(request("SPY"))
"""
    with subprocess.Popen([sys.executable, "-W", "ignore", "-c", code]) as parent:
        try:
            wait_until(lambda: fake.asked("SPY") or parent.poll() is not None)
            assert parent.poll() is None
            children = Path(f"/proc/{parent.pid}/task").glob("*/children")
            child = next(text for text in (one.read_text().strip() for one in children) if text)
        finally:
            parent.kill()
    wait_until(lambda: not alive(child))


def alive(process: str) -> bool:
    """Whether it runs; one that has ended and that nobody has asked about yet does not."""
    try:
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def test_the_process_ends_when_nothing_is_asked_any_more(fake: FakeYahoo, make: Make) -> None:
    provider = make(pace=replace(QUICK, idle=0.2))
    fake.serve("SPY", walk("SPY"))
    provider.fetch(request("SPY"))
    wait_until(lambda: provider._queue._thread is None)
    assert provider._queue._process is None
    fake.serve("SH", walk("SH"))
    assert provider.fetch(request("SH")).tickers == ("SH",)


def test_a_full_disk_does_not_lose_what_was_fetched(fake: FakeYahoo, make: Make, tmp_path: Path) -> None:
    store = Store(tmp_path)
    fake.serve("SPY", walk("SPY"))
    provider = make(store)
    store.put = lambda *_: None  # type: ignore[method-assign]
    assert provider.fetch(request("SPY")).tickers == ("SPY",)
    provider.prepare(request("SPY"))
    assert fake.asked() == 1


def test_different_currencies_are_refused(fake: FakeYahoo, make: Make) -> None:
    fake.serve("SPY", walk("SPY"))
    fake.serve("VOD.L", replace(walk("VOD.L"), currency="GBp"))
    with pytest.raises(BadPrices, match=r"SPY in USD, VOD\.L in GBp"):
        make().fetch(request("SPY", "VOD.L"))


def test_a_book_with_an_unknown_ticker_goes_on_without_it(fake: FakeYahoo, make: Make) -> None:
    for seed, symbol in enumerate(("SPY", "SH", "NVDA")):
        fake.serve(symbol, walk(symbol, seed=seed))
    settings = changed(settings_of({"NVDA": 10.0, "NVDAA": 5.0}), data__benchmark="SPY", data__hedge="SH")
    found = analyse(settings, provider=make(), memo=Memo(), bootstrap=False)
    assert [one.ticker for one in found.exposure.left_out] == ["NVDAA"]
    assert found.exposure.left_out[0].reason.startswith("Yahoo knows no such symbol")
    assert found.market.tickers == ("NVDA",)
    assert found.market.source == "yahoo"
    warned = {note.ticker for note in found.market.notes if note.severity == "warning"}
    assert {"^IRX", "^VIX", "^VIX3M"} <= warned  # used where there, and never missed in silence


def figures(settings: Settings, provider: YahooProvider | None = None) -> dict[str, Any]:
    """The whole answer but for where the prices are from, and the bootstrap left out for speed."""
    answer = to_json(analyse(settings, provider=provider, memo=Memo(), bootstrap=False))
    return {name: value for name, value in answer.items() if name not in ("source", "data", "notes")}


@pytest.mark.market_data
@pytest.mark.skipif(not MARKET_DATA.is_dir(), reason="the folder of real prices is not here")
def test_real_prices_give_the_same_analysis_as_from_files_and_once_more_without_a_server(
    fake: FakeYahoo, make: Make, tmp_path: Path
) -> None:
    fake.serve_folder(MARKET_DATA)
    book = settings_of({"NVDA": 100.0}, 5000.0)
    book = changed(book, data__benchmark="SPY", data__hedge="SH", data__as_of=dt.date(2025, 4, 4))
    files = changed(book, data__provider="files", data__folder=str(MARKET_DATA))
    clock = Clock()
    wanted = figures(files)
    assert wanted["headline"]
    assert figures(book, make(Store(tmp_path), now=clock)) == wanted
    assert fake.asked() == 6  # SPY, SH, NVDA, ^IRX, ^VIX and ^VIX3M, once each
    fake.fault("*", "drop")
    clock.move(days=2)  # Sunday: nothing is due
    assert figures(book, make(Store(tmp_path), now=clock)) == wanted
    assert fake.asked() == 6
    clock.move(days=2)
    assert figures(book, make(Store(tmp_path), now=clock)) == wanted
    assert fake.asked() > 6


@pytest.mark.skipif(os.environ.get("HEDGEBOARD_LIVE") != "1", reason="asks the real Yahoo: HEDGEBOARD_LIVE=1")
def test_live_yahoo_still_answers_as_the_stand_in_does(make: Make) -> None:
    provider = make(now=lambda: dt.datetime.now(dt.UTC), pace=Pace())
    table = provider.fetch(request("SPY", "SH", "NVDA", "^VIX", "^VIX3M", "^IRX"))
    assert [one.trouble for one in table.health] == [""] * 6
    assert all(one.missing <= 1 for one in table.health)
    with pytest.raises(UnknownTicker):
        provider.fetch(request("SPY", "NVDAAX"))


def test_the_registered_provider_has_started_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HEDGEBOARD_CACHE", "off")
    provider = PROVIDERS["yahoo"].item
    assert isinstance(provider, YahooProvider)
    assert (provider.benchmark, provider.hedge) == ("SPY", "SH")
    assert provider._queue._thread is None
    assert {"SPY", "^VIX", "QQQ"} <= set(provider.available())

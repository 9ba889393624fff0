"""The real yfinance in its process against a stand-in for Yahoo, which fails in every way.

One process serves the module; each test has symbols of its own, so that no test sees another's prices.
"""

import itertools
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import pytest

from core.data.yahoo import YahooProvider
from core.data.yahoo_process import YahooProcess
from core.data.yahoo_worker import MIRROR, PARALLEL
from core.errors import (
    Cancelled,
    HedgeError,
    InvalidSetting,
    MissingSeries,
    ProviderUnavailable,
    RateLimited,
    UnknownTicker,
    WrongAnswer,
)
from core.progress import SeriesStep
from tests.contracts.yahoo_parts import EVENING, Clock, provider_of, request, until_no_pause, walk
from tests.fake_yahoo import COOKIE_HOSTS, FAULTS, FakeYahoo
from tests.waiting import PATIENCE, wait_until

names = (f"X{number}" for number in itertools.count())


@pytest.fixture(scope="module")
def fake() -> Iterator[FakeYahoo]:
    with FakeYahoo(now=lambda: EVENING) as server:
        server.serve("SPY", walk("SPY", seed=0))
        yield server


@pytest.fixture(scope="module")
def module_provider(fake: FakeYahoo) -> Iterator[YahooProvider]:
    """Gives up soon on a symbol that is silent, and on no other: a busy machine may answer late."""
    say = YahooProcess.say

    def patient(process: YahooProcess, line: dict[str, Any]) -> None:
        silent = fake.fault_of(line["symbol"]) in ("hang", "drip")
        say(process, {**line, "timeout": 1.5} if silent else line)

    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(MIRROR, fake.url)
        patch.setattr(YahooProcess, "say", patient)
        provider = provider_of()
        yield provider
        provider.close()


@pytest.fixture
def provider(module_provider: YahooProvider, fake: FakeYahoo) -> Iterator[YahooProvider]:
    yield module_provider
    fake.fault("*", "recover")
    module_provider.refresh(request("SPY"))
    until_no_pause(module_provider)


@pytest.fixture
def symbol(fake: FakeYahoo) -> str:
    name = next(names)
    fake.serve(name, walk(name))
    return name


WRONG = "no price history, which says nothing about the ticker"
SAID = {
    "unknown": (UnknownTicker, "Yahoo knows no symbol {}."),
    "rate_limited": (
        RateLimited,
        "Yahoo refuses for now, for it was asked too often, and no prices of {} are stored.",
    ),
    "error_500": (WrongAnswer, f"Yahoo answered wrongly for {{}}: {WRONG}."),
    "garbage": (WrongAnswer, f"Yahoo answered wrongly for {{}}: {WRONG}."),
    "truncated": (WrongAnswer, f"Yahoo answered wrongly for {{}}: {WRONG}."),
    "html": (WrongAnswer, f"Yahoo answered wrongly for {{}}: {WRONG}."),
    "consent": (WrongAnswer, f"Yahoo answered wrongly for {{}}: {WRONG}."),
    "elsewhere": (WrongAnswer, f"Yahoo answered wrongly for {{}}: {WRONG}."),
    "changed_shape": (WrongAnswer, f"Yahoo answered wrongly for {{}}: {WRONG}."),
    "empty": (WrongAnswer, "Yahoo's answer for {} had no prices."),
    "negative": (WrongAnswer, "{}: Yahoo's answer cannot be true: the close of"),
    "drop": (ProviderUnavailable, "Yahoo could not be reached, and no prices of {} are stored."),
    "hang": (ProviderUnavailable, "Yahoo did not answer in time, and no prices of {} are stored."),
    "drip": (ProviderUnavailable, "Yahoo did not answer in time, and no prices of {} are stored."),
}
ANSWERED = {"held", "silent_cookie_host", "partial", "null_today", "partial_bar", "rewritten", "late_half"}


def test_every_fault_of_the_stand_in_is_tried() -> None:
    assert set(SAID) | ANSWERED == set(FAULTS)


@pytest.mark.parametrize("fault", SAID)
def test_n1_to_n4_n6_each_fault_has_its_kind_and_words_and_one_retry_recovers(
    fault: str, provider: YahooProvider, fake: FakeYahoo, symbol: str
) -> None:
    kind, words = SAID[fault]
    fake.fault(symbol, fault)
    with pytest.raises(MissingSeries) as caught:
        provider.fetch(request(symbol))
    assert type(caught.value) is kind
    assert str(caught.value).startswith(words.format(symbol))
    assert caught.value.tickers == (symbol,)
    assert caught.value.hint
    assert "delisted" not in f"{caught.value} {caught.value.hint} {caught.value.reasons}"
    wait_until(lambda: fake.asked(symbol))  # who hung up early may be heard only now
    if fault != "drop":  # there the connection itself asks again
        assert fake.asked(symbol) <= 3
    # Asking at once again, as a moved slider does, sends nothing; one press of "try again" is enough.
    before = len(fake.requests)
    with pytest.raises(kind):
        provider.fetch(request(symbol))
    assert len(fake.requests) == before
    fake.fault(symbol, "recover")
    if fault == "rate_limited":
        until_no_pause(provider)  # no press ends that one
    provider.refresh(request(symbol))
    assert provider.fetch(request(symbol)).tickers == (symbol,)


@pytest.mark.parametrize("fault", ["rate_limited", "hang", "drop", "error_500"])
def test_n3_the_rest_of_the_queue_is_not_asked(fault: str, provider: YahooProvider, fake: FakeYahoo) -> None:
    many = [next(names) for _ in range(40)]
    for name in many:
        fake.serve(name, walk(name, first="2025-02-03"))
    fake.fault("*", fault)
    with pytest.raises(SAID[fault][0]) as caught:
        provider.fetch(request(*many))
    assert caught.value.tickers == tuple(many)
    asked = [fake.asked(name) for name in many]
    assert sum(1 for count in asked if count) <= 12
    if fault != "drop":
        assert max(asked) <= 3


def test_t1_n5_each_ticker_is_judged_by_itself(provider: YahooProvider, fake: FakeYahoo) -> None:
    ten = [next(names) for _ in range(10)]
    for name in ten:
        fake.serve(name, walk(name))
    for name, fault in zip(ten, ("unknown", "garbage", "empty"), strict=False):
        fake.fault(name, fault)
    with pytest.raises(MissingSeries) as caught:
        provider.fetch(request(ten[9], *ten[:9]))
    assert type(caught.value) is MissingSeries
    assert caught.value.reasons == {
        ten[0]: "Yahoo knows no such symbol",
        ten[1]: f"Yahoo answered wrongly: {WRONG}",
        ten[2]: "Yahoo's answer had no prices",
    }
    assert all(name in str(caught.value) for name in ten[:3])
    table = provider.fetch(request(*ten[3:]))
    assert table.tickers == tuple(ten[3:])
    # What may be missing is, and a note says why.
    table = provider.fetch(request(*ten[3:], ten[0], optional=(ten[0],)))
    assert [note.text for note in table.notes if note.ticker == ten[0]] == [
        "There are no prices: Yahoo knows no such symbol."
    ]


def test_n5_half_of_the_dates_is_stale_and_never_replaces_the_whole(
    provider: YahooProvider, fake: FakeYahoo, symbol: str
) -> None:
    fake.fault(symbol, "partial")
    table = provider.fetch(request("SPY", symbol))
    assert table.health[1].missing > 100
    assert any("stale" in note.text for note in table.notes if note.ticker == symbol)
    fake.fault(symbol, "recover")
    provider.refresh(request(symbol))
    whole = provider.fetch(request("SPY", symbol))
    assert whole.health[1].missing == 0
    fake.fault(symbol, "partial")
    provider.refresh(request(symbol))
    again = provider.fetch(request("SPY", symbol))
    np.testing.assert_array_equal(again.close, whole.close)
    assert again.health[1].trouble == (
        "Yahoo's answer had no prices; the prices fetched on 4 Apr 2025 are used."
    )


JUNK = [
    "../../etc",
    "%2e%2e",
    "A?x=1",
    "A#f",
    "A\x00",
    "A\nB",
    "CON",
    "spy ",
    "NV\u0410A",
    "\u202eSPY",
    "A" * 10_000,
]


@pytest.mark.parametrize("text", JUNK, ids=range(len(JUNK)))
def test_t2_to_t6_no_request_leaves_for_what_is_no_symbol(
    text: str, provider: YahooProvider, fake: FakeYahoo
) -> None:
    before = len(fake.requests)
    provider.prepare(request(text))
    if text.strip() == text:
        with pytest.raises(InvalidSetting):
            provider.fetch(request(text))
    assert len(fake.requests) == before


@pytest.mark.parametrize("fault", ["rate_limited", "drop", "hang"])
def test_n5_one_that_fails_by_itself_stops_nobody(
    fault: str, provider: YahooProvider, fake: FakeYahoo, symbol: str
) -> None:
    good, later = next(names), next(names)
    for name in (good, later):
        fake.serve(name, walk(name))
    fake.fault(symbol, fault)
    with pytest.raises(SAID[fault][0]) as caught:
        provider.fetch(request(good, symbol))
    assert caught.value.tickers == (symbol,)
    assert provider.fetch(request(later)).tickers == (later,)  # at once, without another press


def test_n5_what_is_still_being_asked_decides_whether_one_fails_by_itself(
    provider: YahooProvider, fake: FakeYahoo, symbol: str
) -> None:
    slow, later, last = next(names), next(names), next(names)
    for name in (slow, later, last):
        fake.serve(name, walk(name))
    fake.fault(symbol, "drop")
    fake.fault(slow, "held")
    with ThreadPoolExecutor(1) as pool:
        both = pool.submit(provider.fetch, request(slow, symbol))
        wait_until(lambda: provider._queue._suspected is not None)
        fake.fault(slow, "recover")  # only when the other one has failed three times
        with pytest.raises(ProviderUnavailable) as caught:
            both.result()
    assert caught.value.tickers == (symbol,)
    assert provider.fetch(request(later)).tickers == (later,)
    dropped, hanging = next(names), next(names)
    fake.fault(dropped, "drop")
    fake.fault(hanging, "hang")
    with pytest.raises(ProviderUnavailable):
        provider.fetch(request(dropped, hanging))
    with pytest.raises(ProviderUnavailable):
        provider.fetch(request(last))
    assert fake.asked(last) == 0


def test_t2_a_class_dot_is_not_guessed_at(provider: YahooProvider, fake: FakeYahoo) -> None:
    with pytest.raises(UnknownTicker) as caught:
        provider.fetch(request("BRK.B"))
    assert "BRK-B for BRK.B" in caught.value.hint
    assert fake.asked("BRK-B") == 0


def test_t7_equal_questions_at_once_are_one(provider: YahooProvider, fake: FakeYahoo, symbol: str) -> None:
    fake.fault(symbol, "held")
    with ThreadPoolExecutor(6) as pool:
        asked = [pool.submit(provider.fetch, request(symbol)) for _ in range(6)]
        wait_until(lambda: len(provider._queue._tickets) == 6)
        fake.fault(symbol, "recover")
        tables = [one.result() for one in asked]
    assert fake.asked(symbol) == 1
    assert all(table.key == tables[0].key for table in tables)
    before = len(fake.requests)
    assert provider.fetch(request(symbol)) is provider.fetch(request(symbol))
    assert len(fake.requests) == before


def test_t8_500_tickers_are_queued_reported_and_cancelled(
    provider: YahooProvider, fake: FakeYahoo, symbol: str
) -> None:
    many = [next(names) for _ in range(500)]
    for name in many:
        fake.serve(name, walk(name, first="2025-02-03"))
    provider.close()  # the process is not there yet: the worst case for the first result
    before = fake.asked()
    seen: list[tuple[SeriesStep, ...]] = []
    asked_at_first: list[int] = []

    def progress(done: float, text: str = "", series: tuple[SeriesStep, ...] = ()) -> None:
        seen.append(series)
        finished = sum(step.state == "done" for step in series)
        if finished and not asked_at_first:
            asked_at_first.append(fake.asked() - before)
        if finished >= 20:
            raise Cancelled("Enough.")

    with pytest.raises(Cancelled):
        provider.prepare(request(*many), progress)
    assert fake.asked() - before < 250, "it went on though nobody waited"
    assert asked_at_first[0] < 250, "the first was told only after most of the others"
    assert [step.ticker for step in seen[-1]] == many
    assert {step.state for step in seen[-1]} == {"waiting", "asking", "done"}
    wait_until(lambda: not provider._queue._jobs)  # what was being asked is answered
    asked = fake.asked()
    provider.refresh(request(symbol))
    provider.prepare(request(symbol))
    assert fake.asked() == asked + 1, "nobody waits any more, and it went on asking"


def test_n2_many_questions_of_one_do_not_hold_up_another(
    provider: YahooProvider, fake: FakeYahoo, symbol: str
) -> None:
    many = [next(names) for _ in range(60)]
    for name in many:
        fake.serve(name, walk(name, first="2025-02-03"))
        fake.fault(name, "held")
    stop = threading.Event()

    def progress(done: float, text: str = "", series: tuple[SeriesStep, ...] = ()) -> None:
        if stop.is_set():
            raise Cancelled("Enough.")

    def ask_many() -> None:
        with pytest.raises(Cancelled):
            provider.prepare(request(*many), progress)

    def asked() -> list[str]:
        return [name for name in many if fake.asked(name)]

    with ThreadPoolExecutor(2) as pool:
        first = pool.submit(ask_many)
        wait_until(lambda: len(asked()) == PARALLEL)  # as many as are asked at once
        one = pool.submit(provider.prepare, request(symbol))
        wait_until(lambda: len(provider._queue._tickets) == 2)
        for name in asked()[:2]:  # two places are free, and it is the turn of the one symbol
            fake.fault(name, "recover")
        one.result(PATIENCE)
        stop.set()
        first.result()
    assert len(asked()) <= PARALLEL + 2, "the one symbol waited for most of the sixty"


def test_t9_an_isin_is_refused_without_a_search(provider: YahooProvider, fake: FakeYahoo) -> None:
    before = len(fake.requests)
    with pytest.raises(UnknownTicker) as caught:
        provider.fetch(request("US67066G1040"))
    assert str(caught.value) == "US67066G1040: This is an ISIN and not a symbol."
    assert caught.value.hint == "Write the symbol instead, such as NVDA."
    assert len(fake.requests) == before


def test_p7_the_running_session_is_no_close(provider: YahooProvider, fake: FakeYahoo) -> None:
    name = next(names)
    fake.serve(name, walk(name, "2025-04-03"))
    fake.fault(name, "partial_bar")
    noon = Clock(EVENING.replace(hour=12))
    early = provider_of(now=noon)
    try:
        table = early.fetch(request(name))
        assert str(table.sessions[-1]) == str(table.expected) == "2025-04-03"
        assert table.health[0].missing == 0
        assert table.health[0].left_out == ("The row of 4 Apr 2025 is left out: the session is not over.",)
        # In the evening the row is asked for again, because it was not final then.
        fake.fault(name, "recover")
        fake.serve(name, walk(name, "2025-04-04"))
        noon.now = EVENING
        early.prepare(request(name))
        assert str(early.fetch(request(name)).sessions[-1]) == "2025-04-04"
    finally:
        early.close()


def test_p7_a_null_today_is_missing(provider: YahooProvider, fake: FakeYahoo, symbol: str) -> None:
    fake.fault(symbol, "null_today")
    table = provider.fetch(request("SPY", symbol))
    assert str(table.sessions[-1]) == "2025-04-04"
    assert np.isnan(table.close[-1, 1])
    assert table.health[1].missing == 1
    assert str(table.health[1].last) == "2025-04-03"


def test_p8_a_missing_benchmark_is_refused_and_named(provider: YahooProvider, fake: FakeYahoo) -> None:
    from core import analyse
    from core.memo import Memo
    from tests.strategies import changed, settings_of

    name = next(names)
    fake.serve(name, walk(name))
    settings = changed(settings_of({name: 10.0}), data__benchmark="NOPE", data__hedge=name)
    with pytest.raises(UnknownTicker) as caught:
        analyse(settings, provider=provider, memo=Memo(), bootstrap=False)
    assert caught.value.where == "data.benchmark"
    assert "NOPE" in str(caught.value)


def test_the_progress_ends_with_where_each_series_is_from(
    provider: YahooProvider, fake: FakeYahoo, symbol: str
) -> None:
    told: list[tuple[float, str, tuple[SeriesStep, ...]]] = []

    def progress(done: float, text: str = "", series: tuple[SeriesStep, ...] = ()) -> None:
        told.append((done, text, series))

    bad = next(names)
    provider.prepare(request(symbol, bad), progress)
    assert told[-1][0] == 1.0
    assert told[-1][2] == (
        SeriesStep(symbol, "done", "Yahoo"),
        SeriesStep(bad, "failed", "Yahoo knows no such symbol"),
    )
    assert [done for done, _, _ in told] == sorted(done for done, _, _ in told)


def test_n2_a_silent_cookie_host_delays_by_seconds_and_holds_up_nobody_else(
    provider: YahooProvider, fake: FakeYahoo, symbol: str
) -> None:
    other = next(names)
    fake.serve(other, walk(other))
    provider.fetch(request(other))
    provider.close()
    fake.fault("*", "silent_cookie_host")
    before, began = len(fake.requests), time.monotonic()
    slow = threading.Thread(target=provider.prepare, args=(request(symbol),))
    slow.start()
    wait_until(lambda: any(one.host in COOKIE_HOSTS for one in fake.requests[before:]))
    provider.fetch(request(other))
    assert slow.is_alive(), "what is stored waited for the cookie"
    slow.join()
    # The worker waits three seconds for a cookie; left to itself, yfinance waits thirty for each host.
    assert time.monotonic() - began < 30.0
    table = provider.fetch(request(symbol))
    assert table.health[0].trouble == ""  # prices come without the cookie


def test_w9_only_hosts_of_yahoo_are_asked_and_nothing_is_searched(
    provider: YahooProvider, fake: FakeYahoo, symbol: str
) -> None:
    before = len(fake.requests)
    away = next(names)
    fake.serve(away, walk(away))
    fake.fault(away, "elsewhere")
    provider.prepare(request(symbol, away, next(names)))
    made = fake.requests[before:]
    assert {one.symbol for one in made} >= {symbol, away}
    for one in made:
        assert one.host == "yahoo.com" or one.host.endswith(".yahoo.com")
        assert "search" not in one.path


def test_errors_are_of_the_one_tree(provider: YahooProvider) -> None:
    with pytest.raises(HedgeError):
        provider.fetch(request("NOSUCH"))

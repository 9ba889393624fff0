"""Old prices: said first in the sentence, in the text and in the JSON, and the order asks for a look."""

import datetime as dt
import json
from dataclasses import replace

import numpy as np
import pytest

from core.data.base import Action, Jump, PriceTable, SeriesHealth
from core.data.exchange import sessions_between
from core.export import plain, to_json, to_text
from core.market import build_market
from core.pipeline import Analysis
from tests.strategies import ASSETS, BENCHMARK, DATA, HEDGE, Reference, random_table, run

WHEN = dt.datetime(2019, 3, 29, 7, 2, tzinfo=dt.UTC)


def aged(table: PriceTable, missing: int, *, when: dt.datetime | None = WHEN) -> PriceTable:
    last = table.sessions[-1]
    health = tuple(
        SeriesHealth(
            ticker=ticker,
            origin="Yahoo",
            first=table.sessions[0],
            last=last,
            used=len(table.sessions),
            missing=missing,
            fetched_at=None if when is None else when + dt.timedelta(hours=place),
        )
        for place, ticker in enumerate(table.tickers)
    )
    later = sessions_between(last, last + 30)
    return replace(table, health=health, expected=later[missing - 1] if missing else last)


def old(missing: int) -> Analysis:
    return run(aged(Reference().table(), missing), Reference().settings(hedge__liquidity_discount=0.02))


@pytest.mark.parametrize(
    ("missing", "first"),
    [
        (0, "Beta 1.38"),
        (1, "Beta 1.38"),
        (2, "Prices stale (2 sessions): numbers as of 28 Mar 2019. Beta 1.38"),
        (4, "Prices stale (4 sessions): numbers as of 28 Mar 2019. Beta 1.38"),
    ],
)
def test_p7_the_sentence_starts_with_the_age_of_old_prices(missing: int, first: str) -> None:
    headline = old(missing).headline
    assert str(headline).startswith(first)
    marked = [piece.text for clause in headline.clauses for piece in clause if piece.role == "warning"]
    assert marked == ([f"Prices stale ({missing} sessions)"] if missing > 1 else [])


@pytest.mark.parametrize("missing", [0, 3, 4])
def test_p7_an_order_on_prices_over_three_sessions_old_asks_for_a_look(missing: int) -> None:
    analysis = old(missing)
    assert analysis.order.review == ("Prices are 4 sessions old." if missing == 4 else "")
    assert analysis.order.shares == old(0).order.shares  # it stands, and says so
    assert (": review." in str(analysis.headline)) == (missing == 4)


def test_p7_the_age_is_said_where_there_is_no_order_too() -> None:
    settings = Reference().settings(beta__window_sessions=504)
    sentence = str(run(aged(Reference().table(), 5), settings).headline)
    assert sentence.startswith("Prices stale (5 sessions): numbers as of 28 Mar 2019. Beta \u2014 (no data")


def test_the_market_knows_its_age_and_its_oldest_fetch() -> None:
    table = aged(random_table(1, 40, 2), 3)
    market = build_market(table, DATA, ASSETS[:2])
    assert (market.stale_sessions, market.stale, market.fetched_at) == (3, True, WHEN)
    assert [one.ticker for one in market.health] == [BENCHMARK, HEDGE, *ASSETS[:2], "^IRX"]
    only = build_market(table, DATA, ASSETS[1:2])
    assert ASSETS[0] not in [one.ticker for one in only.health]
    bare = build_market(random_table(1, 40, 2), DATA, ASSETS[:2])
    assert (bare.stale_sessions, bare.stale, bare.fetched_at, bare.health) == (0, False, None, ())
    assert build_market(aged(table, 0, when=None), DATA, ()).fetched_at is None


def test_h1_what_is_known_of_later_days_is_not_known_on_an_earlier_one() -> None:
    table = aged(random_table(1, 40, 1), 3)
    market = build_market(table, DATA, ASSETS[:1])
    asked = replace(DATA, as_of=table.sessions[19].item())
    for early in (market.upto(20), build_market(table, asked, ASSETS[:1])):
        assert early.health == ()
        assert np.isnat(early.expected)
        assert early.stale_sessions == 0
    assert market.upto(40) == market


def test_the_json_says_where_the_prices_are_from_and_how_old() -> None:
    analysis = old(2)
    found = to_json(analysis)["data"]
    assert json.loads(json.dumps(found, allow_nan=False)) == found
    assert {
        name: found[name] for name in ("source", "as_of", "expected", "stale_sessions", "fetched_at")
    } == {
        "source": "test",
        "as_of": "2019-03-28",
        "expected": "2019-04-01",
        "stale_sessions": 2,
        "fetched_at": "2019-03-29T07:02:00+00:00",
    }
    assert [one["ticker"] for one in found["series"]] == ["SPY", "SH", "NVDA", "^IRX"]
    assert found["series"][2]["fetched_at"] == "2019-03-29T09:02:00+00:00"
    assert found["notes"] == to_json(analysis)["notes"]


def test_events_of_a_series_are_named_in_the_json() -> None:
    table = aged(Reference().table(), 0)
    first = replace(
        table.health[0],
        jumps=(Jump(np.datetime64("2019-02-01"), 0.5),),
        actions=(Action(np.datetime64("2019-02-01"), "split", 2.0),),
        gaps=(np.datetime64("2019-02-04"),),
        last=np.datetime64("NaT"),
    )
    analysis = run(replace(table, health=(first, *table.health[1:])), Reference().settings())
    found = to_json(analysis)["data"]["series"][0]
    assert found["jumps"] == [{"day": "2019-02-01", "ratio": 0.5}]
    assert found["actions"] == [{"day": "2019-02-01", "kind": "split", "value": 2.0}]
    assert (found["gaps"], found["last"], found["left_out"]) == (["2019-02-04"], None, [])


def test_plain_times_and_days() -> None:
    zone = dt.timezone(dt.timedelta(hours=-5))
    assert plain(dt.datetime(2025, 4, 4, 16, 15, tzinfo=zone)) == "2025-04-04T21:15:00+00:00"
    assert plain(dt.date(2025, 4, 4)) == "2025-04-04"


@pytest.mark.parametrize(
    ("missing", "age"),
    [
        (0, ""),
        (1, ", 1 session before the last close (29 Mar 2019)"),
        (2, ", 2 sessions before the last close (1 Apr 2019)"),
    ],
)
def test_the_text_names_source_fetch_and_age(missing: int, age: str) -> None:
    line = f"Prices: test, to 28 Mar 2019, fetched 29 Mar 2019 07:02 UTC{age}."
    assert line in to_text(old(missing)).splitlines()

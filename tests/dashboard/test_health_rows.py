"""The rows of the data sheet."""

import datetime as dt

import numpy as np

from core.data.base import Action, DataNote, Jump
from dashboard.health import LISTED, rows
from tests.dashboard.live import FETCHED, live, sample

NOW = FETCHED + dt.timedelta(hours=3)


def day(text: str) -> np.datetime64:
    return np.datetime64(text)


def test_a_row_a_series_benchmark_and_hedge_first() -> None:
    found = rows(live(gone={"XYZQ": "Yahoo knows no such symbol"}), NOW)
    assert [row["role"] for row in found[:3]] == ["Benchmark", "Hedge", "Holding"]
    assert [row["ticker"] for row in found[-2:]] == ["XYZQ", "^IRX"]
    row = found[0]
    shown = [row[key] for key in ("origin", "first", "last", "used", "gaps", "jumps", "actions", "fetched")]
    assert shown == ["Yahoo", "3 Jan 2006", "28 Dec 2022", "4,277", "0", "0", "\u2014", "3 hours ago"]
    assert (row["kind"], row["state"], row["details"], row["open"]) == ("ok", "Up to date", [], False)


def test_a_position_without_prices_has_a_row_that_says_why_and_what_of() -> None:
    row = rows(live(gone={"XYZQ": "Yahoo knows no such symbol"}), NOW)[-2]
    assert (row["kind"], row["state"], row["last"], row["open"]) == ("crit", "No prices", "\u2014", True)
    assert row["trouble"] == "Left out of NAV, beta and the order: Yahoo knows no such symbol."


def test_the_details_name_days_and_multiples() -> None:
    gaps = tuple(day("2020-01-01") + i for i in range(LISTED + 3))
    special = {
        "gaps": gaps,
        "jumps": (Jump(day("2020-08-31"), 0.2517),),
        "actions": (
            Action(day("2019-02-08"), "dividend", 0.1825),
            Action(day("2020-08-31"), "split", 4.0),
            Action(day("2022-11-04"), "dividend", 0.23),
        ),
        "left_out": ("2 rows after the last whole session: left out.",),
        "currency": "GBp",
        "missing": 2,
        "trouble": "Yahoo did not answer in time.",
    }
    notes = (
        DataNote(ticker="AAPL", severity="info", text="Looks odd."),
        DataNote(ticker="AAPL", severity="warning", text="Yahoo did not answer in time."),
        DataNote(ticker="AMD", severity="info", text="Another."),
    )
    found = {row["ticker"]: row for row in rows(live(changed={"AAPL": special}, notes=notes), NOW)}
    row = found["AAPL"]
    assert (row["gaps"], row["jumps"], row["actions"]) == ("23", "1", "2 / 1")
    assert (row["kind"], row["state"], row["open"]) == ("warn", "Not refreshed", True)
    details = dict(row["details"])
    assert details["Gaps"].startswith("No price on 23 sessions, nothing is filled: 1 Jan 2020, 2 Jan 2020")
    assert details["Gaps"].endswith("20 Jan 2020 and 3 more.")
    assert details["Jumps"] == "Nothing was changed: 31 Aug 2020 \u00d7\u202f0.25."
    assert details["Dividends and splits"] == (
        "Newest first: 4 Nov 2022 $0.23, 31 Aug 2020 split 4 for 1, 8 Feb 2019 $0.1825."
    )
    assert details["Left out"] == "2 rows after the last whole session: left out."
    assert details["Currency"] == "GBp"
    assert [text for name, text in row["details"] if name == "Note"] == ["Looks odd."]


def test_what_all_series_share_opens_no_row() -> None:
    found = rows(live(every={"trouble": "Yahoo could not be reached."}), NOW)
    assert all(row["trouble"] == "Yahoo could not be reached." for row in found)
    assert {row["state"] for row in found} == {"Not refreshed"}
    assert not any(row["open"] for row in found)


def test_a_modelled_hedge_says_what_it_is_computed_from() -> None:
    analysis = sample()
    row = next(row for row in rows(analysis, NOW) if row["ticker"] == "SH-MODEL")
    assert (row["role"], row["origin"], row["state"]) == ("Hedge", "Computed from SPX", "Modelled")
    assert row["details"][0][1].startswith("SH-MODEL is modelled")
    assert {row["state"] for row in rows(analysis, NOW)} == {"Sample", "Modelled"}


def test_a_series_without_a_single_price_has_no_days() -> None:
    none = {"first": np.datetime64("NaT"), "last": np.datetime64("NaT"), "used": 0, "fetched_at": None}
    row = next(row for row in rows(live(changed={"KO": none}), NOW) if row["ticker"] == "KO")
    assert [row[key] for key in ("first", "last", "used", "fetched")] == ["\u2014", "\u2014", "0", "\u2014"]

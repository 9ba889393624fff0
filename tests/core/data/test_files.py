import datetime as dt
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from openpyxl import Workbook

from core.data import files
from core.data.base import PROVIDERS, PriceRequest
from core.data.exchange import sessions_between
from core.data.files import FilesProvider
from core.errors import BadFile, BadPrices, Cancelled, UnknownTicker

NOW = dt.datetime(2030, 1, 1, tzinfo=dt.UTC)
REAL = Path(__file__).resolve().parents[3] / "../shared/market-data"
needs_real = [
    pytest.mark.market_data,
    pytest.mark.skipif(not REAL.is_dir(), reason="the folder of real prices is not beside the project"),
]


def write(folder, name, first=1, count=20, price=10.0, **columns):
    days = [dt.date(2020, 1, first) + dt.timedelta(days=i) for i in range(count)]
    extra = "".join(f",{key}" for key in columns)
    tail = "".join(f",{value}" for value in columns.values())
    body = "".join(f"{day},{price + i / 10}{tail}\n" for i, day in enumerate(days))
    (folder / name).write_text(f"date,close{extra}\n{body}")


def request(folder, *tickers, calendar="SPY", **more):
    return PriceRequest(calendar=calendar, tickers=(calendar, *tickers), folder=str(folder), **more)


@pytest.fixture
def provider():
    return FilesProvider(now=lambda: NOW)


def test_both_sources_are_registered():
    PROVIDERS.discover()
    files_, sample = PROVIDERS["files"].item, PROVIDERS["sample"].item
    assert (files_.benchmark, files_.hedge) == ("SPY", "SH")
    assert (sample.benchmark, sample.hedge) == ("SPX", "SH-MODEL")


def test_names_in_any_case_and_an_index_without_its_caret(provider, tmp_path):
    write(tmp_path, "spy.CSV")
    write(tmp_path, "Brk-B.csv", price=20)
    write(tmp_path, "vix.csv", price=30)
    table = provider.fetch(request(tmp_path, "BRK-B", "^VIX"))
    assert table.close[0].tolist() == [10, 20, 30]
    assert (table.source, table.dividend_yield_left_out) == ("files", 0.0)


def test_only_the_files_asked_for_are_opened(provider, tmp_path):
    write(tmp_path, "SPY.csv")
    (tmp_path / "BAD.csv").write_bytes(b"\x80\x04 no prices")
    assert provider.fetch(request(tmp_path)).tickers == ("SPY",)


def test_parquet_and_csv_of_one_symbol_are_refused(provider, tmp_path):
    write(tmp_path, "SPY.csv")
    (tmp_path / "spy.parquet").write_bytes(b"")
    with pytest.raises(BadFile, match=r"SPY has more than one file: SPY\.csv and spy\.parquet"):
        provider.fetch(request(tmp_path))


def test_t1_all_missing_symbols_are_named_at_once(provider, tmp_path):
    write(tmp_path, "SPY.csv")
    write(tmp_path, "AAPL.csv")
    with pytest.raises(UnknownTicker) as caught:
        provider.fetch(request(tmp_path, "APPL", "AAPL", "^VIX3M", "ZZZ", optional=("^VIX3M",)))
    assert caught.value.tickers == ("APPL", "ZZZ")
    assert caught.value.where == ""
    assert "APPL, ZZZ" in caught.value.message
    assert "AAPL for APPL" in caught.value.hint


def test_p8_a_missing_benchmark_is_refused_by_name(provider, tmp_path):
    write(tmp_path, "SPYX.csv")
    with pytest.raises(UnknownTicker) as caught:
        provider.fetch(request(tmp_path))
    assert caught.value.tickers == ("SPY",)


@pytest.mark.parametrize("there", [(), ("vix",), ("VIX", "vix3m"), ("irx", "Vix3M")])
def test_optional_series_without_a_file_are_left_out(provider, tmp_path, there):
    write(tmp_path, "SPY.csv")
    for name in there:
        write(tmp_path, f"{name}.csv")
    optional = ("^VIX", "^VIX3M", "^IRX")
    table = provider.fetch(request(tmp_path, *optional, optional=optional))
    have = {f"^{name.upper()}" for name in there}
    assert table.tickers == ("SPY", *(t for t in optional if t in have))


@pytest.mark.parametrize("name", ["../SPY", "..", "/etc/passwd", "SPY/../SPY", "SPY\0", "sub/SPY"])
def test_t6_a_symbol_never_becomes_a_path(provider, tmp_path, name):
    folder = tmp_path / "prices"
    (folder / "sub").mkdir(parents=True)
    write(folder, "SPY.csv")
    write(tmp_path, "SPY.csv")
    write(folder / "sub", "SPY.csv")
    with pytest.raises(UnknownTicker):
        provider.fetch(request(folder, name))


@pytest.mark.parametrize(
    ("folder", "words"), [("", "No folder"), ("  ", "No folder"), ("no/such", "cannot be read")]
)
def test_a_folder_that_is_not_there(provider, folder, words):
    with pytest.raises(BadFile, match=words) as caught:
        provider.fetch(request(folder))
    assert caught.value.where == "data.folder"
    assert provider.available(folder) == ()


def test_an_empty_folder(provider, tmp_path):
    (tmp_path / "notes.txt").write_text("none")
    (tmp_path / "SPY.csv").mkdir()
    with pytest.raises(BadFile, match="no CSV, Parquet or XLSX file") as caught:
        provider.fetch(request(tmp_path))
    assert caught.value.where == "data.folder"


def test_what_the_folder_has(provider, tmp_path):
    for name in ("SPY.csv", "brk-b.parquet", "vix.csv", "notes.txt", "two words.csv", "CON.csv"):
        (tmp_path / name).write_text("")
    assert provider.available(str(tmp_path)) == ("BRK-B", "SPY", "^VIX")


def test_a_second_request_gives_the_same_table_without_opening_a_file(provider, tmp_path, monkeypatch):
    write(tmp_path, "SPY.csv")
    table = provider.fetch(request(tmp_path))
    monkeypatch.setattr(files, "read_series", None)
    assert provider.fetch(request(tmp_path)) is table


def test_a_changed_file_is_read_again_and_only_that_one(provider, tmp_path, monkeypatch):
    write(tmp_path, "SPY.csv")
    write(tmp_path, "KO.csv")
    provider.fetch(request(tmp_path, "KO"))
    opened = []
    real = files.read_series
    monkeypatch.setattr(
        files, "read_series", lambda path, ticker: opened.append(ticker) or real(path, ticker)
    )
    write(tmp_path, "KO.csv", price=77.5)
    assert provider.fetch(request(tmp_path, "KO")).close[0, 1] == 77.5
    assert opened == ["KO"]


def test_a_new_file_is_found(provider, tmp_path):
    write(tmp_path, "SPY.csv")
    provider.fetch(request(tmp_path))
    write(tmp_path, "KO.csv")
    assert provider.fetch(request(tmp_path, "KO")).tickers == ("SPY", "KO")


def test_a_listing_is_kept_while_the_folder_does_not_change(tmp_path, monkeypatch):
    write(tmp_path, "SPY.csv")
    provider = FilesProvider(now=lambda: NOW)
    table = provider.fetch(request(tmp_path))
    monkeypatch.setattr(files.os, "scandir", None)
    assert provider.fetch(request(tmp_path)) is table


def test_a_file_that_vanishes_after_the_listing_is_said(provider, tmp_path):
    with pytest.raises(BadFile, match=r"SPY\.csv cannot be read"):
        files._signed("SPY", str(tmp_path / "SPY.csv"))


def test_h1_days_after_the_end_change_nothing(provider, tmp_path):
    end = dt.date(2020, 1, 10)
    write(tmp_path, "SPY.csv")
    write(tmp_path, "KO.csv")
    before = provider.fetch(request(tmp_path, "KO", end=end))
    content = (tmp_path / "KO.csv").read_text().splitlines()
    (tmp_path / "KO.csv").write_text(
        "\n".join([*content[:11], "2020-01-11,0", "2020-01-11,-5", "2020-01-12,inf"])
    )
    assert provider.fetch(request(tmp_path, "KO", end=end)) == before
    with pytest.raises(BadPrices):
        provider.fetch(request(tmp_path, "KO"))


def test_the_start_cuts_the_sessions(provider, tmp_path):
    write(tmp_path, "SPY.csv")
    assert str(provider.fetch(request(tmp_path, start=dt.date(2020, 1, 5))).sessions[0]) == "2020-01-05"


def test_p7_todays_row_is_left_out_until_the_close_is_final(tmp_path):
    write(tmp_path, "SPY.csv", count=10)
    clock = [dt.datetime(2020, 1, 10, 21, 14, tzinfo=dt.UTC)]
    provider = FilesProvider(now=lambda: clock[0])
    table = provider.fetch(request(tmp_path))
    assert str(table.sessions[-1]) == "2020-01-09"
    assert any("10 Jan 2020 is left out" in note.text for note in table.notes)
    clock[0] += dt.timedelta(minutes=1)
    table = provider.fetch(request(tmp_path))
    assert str(table.sessions[-1]) == "2020-01-10"
    assert not any("left out" in note.text for note in table.notes)


def test_p9_currencies_are_not_mixed(provider, tmp_path):
    write(tmp_path, "SPY.csv", currency="USD")
    write(tmp_path, "VOD.csv", currency="GBp")
    with pytest.raises(BadPrices, match="SPY in USD, VOD in GBp"):
        provider.fetch(request(tmp_path, "VOD"))


def test_progress_is_told_and_may_cancel(provider, tmp_path):
    write(tmp_path, "SPY.csv")
    write(tmp_path, "KO.csv")
    told = []
    provider.fetch(request(tmp_path, "KO"), lambda done, text="": told.append((done, text)))
    assert told == [(0.0, "Reading SPY"), (0.5, "Reading KO")]

    def cancel(done, text=""):
        raise Cancelled("no longer wanted")

    with pytest.raises(Cancelled):
        provider.fetch(request(tmp_path, "KO", end=dt.date(2020, 1, 9)), cancel)


def test_a_workbook_is_one_of_the_files(provider, tmp_path):
    write(tmp_path, "SPY.csv")
    book = Workbook()
    book.active.append(["date", "close"])
    for day in range(1, 21):
        book.active.append([dt.date(2020, 1, day), 20.0 + day])
    book.save(tmp_path / "KO.xlsx")
    table = provider.fetch(request(tmp_path, "KO"))
    assert table.close[:, 1].tolist() == [21.0 + row for row in range(20)]
    assert [one.origin for one in table.health] == ["SPY.csv", "KO.xlsx"]
    assert provider.available(str(tmp_path)) == ("KO", "SPY")


SESSIONS = sessions_between(np.datetime64("2024-10-31"), np.datetime64("2024-12-13"))


@pytest.mark.parametrize(
    ("now", "last", "expected", "missing"),
    [
        # The half day after Thanksgiving: its row is a running session's until 13:15.
        ("2024-11-29 13:14", "2024-11-27", "2024-11-27", 0),
        ("2024-11-29 13:15", "2024-11-29", "2024-11-29", 0),
        ("2024-11-29 13:16", "2024-11-29", "2024-11-29", 0),
        ("2024-11-28 18:00", "2024-11-27", "2024-11-27", 0),
        ("2024-12-13 16:14", "2024-12-12", "2024-12-12", 0),
        ("2024-12-13 16:15", "2024-12-13", "2024-12-13", 0),
        ("2024-12-15 12:00", "2024-12-13", "2024-12-13", 0),
        ("2024-12-16 16:14", "2024-12-13", "2024-12-13", 0),
        ("2024-12-16 16:15", "2024-12-13", "2024-12-16", 1),
        ("2024-12-18 16:00", "2024-12-13", "2024-12-17", 2),
        ("2024-12-24 13:15", "2024-12-13", "2024-12-24", 7),  # another half day
    ],
)
def test_p7_what_a_folder_says_at_each_time_of_day(tmp_path, now, last, expected, missing):
    lines = "".join(f"{day},{100 + row}\n" for row, day in enumerate(SESSIONS))
    for name in ("SPY", "KO"):
        (tmp_path / f"{name}.csv").write_text(f"date,close\n{lines}")
    clock = dt.datetime.fromisoformat(now).replace(tzinfo=ZoneInfo("America/New_York"))
    table = FilesProvider(now=lambda: clock).fetch(request(tmp_path, "KO"))
    assert (str(table.sessions[-1]), str(table.expected)) == (last, expected)
    assert [one.missing for one in table.health] == [missing, missing]
    stale = [n.severity for n in table.notes if n.text.startswith("Prices stale")]
    assert stale == ([] if not missing else ["info" if missing == 1 else "warning"])
    left_out = [one.left_out[0][:24] for one in table.health if one.left_out]
    unfinished = int(np.searchsorted(SESSIONS, np.datetime64(last))) < len(SESSIONS) - 1
    assert len(left_out) == (2 if unfinished else 0)


class TestRealPrices:
    pytestmark = needs_real

    def fetch(self, *tickers, **more):
        return FilesProvider(now=lambda: NOW).fetch(request(REAL, *tickers, **more))

    def test_the_whole_folder(self):
        table = self.fetch("SH", "QQQ", "NVDA", "AAPL", "MSFT", "TSLA", "^VIX", "^VIX3M", "^IRX")
        assert (len(table.sessions), str(table.sessions[0]), str(table.sessions[-1])) == (
            5366,
            "2005-01-03",
            "2026-05-01",
        )
        assert np.isfinite(table.close[:, table.column("^VIX")]).all()
        assert np.isnan(table.close[:, table.column("SH")]).sum() == 369  # SH began on 2006-06-21

    def test_prices_are_those_of_the_file(self):
        table = self.fetch("SH")
        row = int(np.searchsorted(table.sessions, np.datetime64("2025-03-31")))
        assert table.close[row].round(2).tolist() == [559.39, 44.56]

    def test_open_high_and_low_are_those_of_the_file(self):
        table = self.fetch("SH")
        row = int(np.searchsorted(table.sessions, np.datetime64("2025-04-07")))
        assert (round(table.open[row, 1], 2), round(table.close[row, 1], 2)) == (50.65, 49.17)
        for values in (table.open, table.high, table.low):
            assert np.array_equal(np.isfinite(values), np.isfinite(table.close))
        assert not any("Open" in note.text for note in table.notes)

    def test_the_volatility_indices_have_a_close_and_few_notes(self):
        optional = ("^VIX", "^VIX3M", "^VIX9D")
        table = self.fetch(*optional, optional=optional)
        assert table.tickers == ("SPY", "^VIX", "^VIX3M")
        day = int(np.searchsorted(table.sessions, np.datetime64("2018-02-05")))
        vix = table.close[:, 1]
        assert vix[day] / vix[day - 1] - 1 == pytest.approx(1.156, abs=1e-3)
        assert np.isnan(table.open[:, 1:]).all()
        notes = [(n.ticker, n.severity) for n in table.notes]
        assert notes == [("SPY", "warning"), ("^VIX", "info"), ("^VIX", "info"), ("^VIX3M", "info")]
        assert table.notes[0].text.startswith("Prices stale: the last is of 1 May 2026, ")

    def test_a_file_with_adjusted_prices_only(self):
        table = self.fetch("SDS")
        assert np.array_equal(table.close[:, 1], table.adj_close[:, 1], equal_nan=True)
        assert any("adjusted close stands in" in n.text for n in table.notes if n.ticker == "SDS")

    def test_bond_holidays_and_foreign_sessions_are_noted_and_not_filled(self):
        table = self.fetch("^VIX", "^IRX")
        notes = [(n.ticker, n.text) for n in table.notes]
        assert any(ticker == "^VIX" and "no sessions of the benchmark" in text for ticker, text in notes)
        assert any(ticker == "^IRX" and "No price on 5 sessions" in text for ticker, text in notes)
        assert np.isnan(table.close[:, 2]).sum() == 5

    @pytest.mark.parametrize("day", ["2024-11-29", "2024-12-01", "2020-03-16", "2008-10-13"])
    def test_h1_as_of_a_day_is_the_run_on_files_that_end_there(self, day, tmp_path):
        """To the last digit, with health and notes; the bond holiday of 2008-10-13 among them."""
        names = {"SPY": "SPY", "SH": "SH", "NVDA": "NVDA", "^VIX": "vix", "^VIX3M": "vix3m", "^IRX": "irx"}
        for name in names.values():
            lines = (REAL / f"{name}.csv").read_text().splitlines(keepends=True)
            kept = [line for line in lines[1:] if line[:10] <= day]
            # Without a row the file of an index that began later is as if it were not there.
            if kept:
                (tmp_path / f"{name}.csv").write_text("".join([lines[0], *kept]))
        asked = tuple(name for name in names if (tmp_path / f"{names[name]}.csv").exists())[1:]
        end = dt.date.fromisoformat(day)
        whole = self.fetch(*asked, end=end)
        early = FilesProvider(now=lambda: NOW).fetch(request(tmp_path, *asked, end=end))
        assert whole == early
        then = dt.datetime.combine(end, dt.time(23), tzinfo=dt.UTC)
        assert FilesProvider(now=lambda: then).fetch(request(tmp_path, *asked)) == whole
        assert {one.missing for one in whole.health if one.ticker != "^IRX"} == {0}

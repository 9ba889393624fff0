import datetime as dt
import threading

import numpy as np
import pyarrow.parquet as pq
import pytest

from core.data.base import PriceRequest
from core.data.sample import PRICES, SampleProvider
from core.errors import InsufficientHistory, UnknownTicker


def request(*tickers, calendar="SPX", **more):
    return PriceRequest(calendar=calendar, tickers=(calendar, *tickers), **more)


def test_the_stored_file_equals_a_rebuild():
    pytest.importorskip("skfolio")
    from tools.build_sample import FOLDER, rebuilt

    for name, content in rebuilt().items():
        assert (FOLDER / name).read_bytes() == content, name


def test_the_check_fails_on_a_changed_file(tmp_path, monkeypatch):
    pytest.importorskip("skfolio")
    from tools import build_sample

    monkeypatch.setattr(build_sample, "FOLDER", tmp_path)
    assert build_sample.main([]) == 0
    assert build_sample.main(["--check"]) == 0
    (tmp_path / "prices.parquet").write_bytes(b"something else")
    assert build_sample.main(["--check"]) == 1


def test_the_file_holds_real_series_only():
    names = pq.read_schema(PRICES).names
    assert names[:2] == ["date", "SPX"]
    assert names[-1] == "^IRX"
    assert len(names) == 23
    assert not [name for name in names if name.startswith("SH") or name.endswith("-MODEL")]
    assert PRICES.stat().st_size < 500_000


def test_provenance_and_licence_lie_beside_it():
    provenance = (PRICES.parent / "PROVENANCE.md").read_text()
    assert "skfolio 1.12.2" in provenance
    assert "annual means of the 13-week US T-bill yield" in provenance
    assert "BSD 3-Clause" in (PRICES.parent / "LICENSE-skfolio.txt").read_text()


def test_it_gives_the_numbers_of_the_origin():
    # S&P 500 closes: 2006-01-03 1268.80, 2020-03-23 2237.40 (the low of 2020), 2022-12-28 3783.22.
    table = SampleProvider().fetch(request("AAPL", optional=("^IRX",)))
    close = dict(zip(table.sessions.astype(str), table.close[:, 0], strict=True))
    assert (close["2006-01-03"], close["2020-03-23"], close["2022-12-28"]) == (1268.80, 2237.40, 3783.22)
    assert table.close.shape == (4277, 2)
    for values in (table.open, table.high, table.low, table.volume):
        assert np.isnan(values).all()
        assert values.shape == table.close.shape
    assert table.adj_close is table.close
    assert not table.close.flags.writeable
    assert not table.sessions.flags.writeable


def test_the_bill_yield_is_one_number_a_year():
    table = SampleProvider().fetch(request("^IRX"))
    years = table.sessions.astype("datetime64[Y]").astype(int) + 1970
    assert set(table.close[years == 2007, 1]) == {4.33}
    assert set(table.close[years == 2021, 1]) == {0.03}


def test_the_same_request_gives_the_same_object_from_any_thread():
    provider = SampleProvider()
    tables = []
    threads = [
        threading.Thread(target=lambda: tables.append(provider.fetch(request("KO", "AAPL"))))
        for _ in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len({id(table) for table in tables}) == 1
    assert tables[0].tickers == ("SPX", "KO", "AAPL")


def test_days_outside_the_request_are_not_there():
    whole = SampleProvider().fetch(request("KO"))
    part = SampleProvider().fetch(request("KO", start=dt.date(2008, 1, 1), end=dt.date(2008, 12, 31)))
    assert (str(part.sessions[0]), str(part.sessions[-1])) == ("2008-01-02", "2008-12-31")
    first = int(np.searchsorted(whole.sessions, part.sessions[0]))
    assert np.array_equal(part.close, whole.close[first : first + len(part.sessions)])


@pytest.mark.parametrize(
    "days", [{"end": dt.date(1990, 1, 1)}, {"start": dt.date(2030, 1, 1)}, {"end": dt.date(2006, 1, 3)}]
)
def test_p6_too_few_days_are_said(days):
    with pytest.raises(InsufficientHistory, match=r"Not enough data.* of 2") as caught:
        SampleProvider().fetch(request("KO", **days))
    assert "2006-01-03 to 2022-12-28" in caught.value.hint


def test_t1_all_unknown_tickers_are_named_at_once():
    with pytest.raises(UnknownTicker) as caught:
        SampleProvider().fetch(request("APPL", "KO", "ZZZZ9", "^VIX3M", optional=("^VIX3M",)))
    error = caught.value
    assert error.tickers == ("APPL", "ZZZZ9")
    assert "APPL, ZZZZ9" in error.message
    assert "AAPL for APPL" in error.hint
    assert "XOM" in error.hint


def test_p8_a_benchmark_it_has_not_is_refused():
    with pytest.raises(UnknownTicker) as caught:
        SampleProvider().fetch(request("KO", calendar="SPY"))
    assert caught.value.tickers == ("SPY",)
    assert "SPX for SPY" in caught.value.hint


def test_optional_series_it_has_not_are_left_out():
    optional = ("^VIX", "^VIX3M", "^IRX")
    assert SampleProvider().fetch(request(*optional, optional=optional)).tickers == ("SPX", "^IRX")


def test_what_a_reader_should_know_is_in_the_notes():
    table = SampleProvider().fetch(request("KO"))
    texts = [note.text for note in table.notes]
    assert "Sample data to 28 Dec 2022" in texts
    assert any("stands in for the close" in text for text in texts)
    assert table.dividend_yield_left_out == 0.019
    assert SampleProvider().fetch(request(calendar="KO")).dividend_yield_left_out == 0.0


def test_what_it_has():
    available = SampleProvider().available("")
    assert len(available) == 22
    assert {"SPX", "AAPL", "^IRX"} <= set(available)
    assert list(available) == sorted(available)


def test_its_health_is_whole_dated_and_never_stale():
    table = SampleProvider().fetch(request("AMD", "^IRX", optional=("^IRX",), end=dt.date(2016, 4, 25)))
    assert np.isnat(table.expected)
    assert [(one.ticker, one.origin) for one in table.health] == [
        ("SPX", "Sample"),
        ("AMD", "Sample"),
        ("^IRX", "Sample"),
    ]
    for one in table.health:
        assert (str(one.first), str(one.last)) == ("2006-01-03", "2016-04-25")
        assert (one.used, one.gaps, one.missing, one.fetched_at) == (len(table.sessions), (), 0, None)
    # AMD did rise by half on its results.
    assert [(str(jump.day), round(jump.ratio, 2)) for jump in table.health[1].jumps] == [("2016-04-22", 1.52)]

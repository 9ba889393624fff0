"""The legs' prices: from which source, over which days, and what is said where there are none."""

import datetime as dt
import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from core.data.base import PROVIDERS, PriceRequest
from core.errors import HedgeError, InvalidSetting, UnknownTicker
from core.lab.check import check_of
from core.lab.compare import compare_ratios
from core.lab.files import keep_table
from core.lab.prices import prepare_legs, read_legs_of, years_before
from core.lab.settings import CheckSettings, RatioSettings
from core.progress import silent
from core.settings import DataSettings
from tests.core.lab.examples import paying

LAST = np.datetime64("2022-12-28")


def test_the_example_is_three_years_of_the_sample() -> None:
    made = read_legs_of(RatioSettings())
    assert (made.legs, len(made.sessions), made.source) == (("XOM", "CVX"), 756, "Sample")
    assert (made.sessions[0], made.sessions[-1]) == (np.datetime64("2019-12-30"), LAST)
    table = PROVIDERS["sample"].item.fetch(
        PriceRequest(calendar="SPX", tickers=("SPX", "XOM", "CVX"), start=None, end=None), silent
    )
    assert (made.values[:, 1] == table.close[-756:, list(table.tickers).index("CVX")]).all()
    assert list(made.frame().columns) == ["XOM", "CVX"]


@pytest.mark.parametrize(
    ("period", "first"),
    [("1y", "2021-12-28"), ("3y", "2019-12-30"), ("5y", "2017-12-28"), ("all", "2006-01-03")],
)
def test_a_period_counts_back_from_the_last_day(period: str, first: str) -> None:
    assert str(read_legs_of(RatioSettings(period=period)).sessions[0]) == first


def test_days_that_are_named_win_over_the_period_and_are_cut_to_what_there_is() -> None:
    lab = RatioSettings(period="1y", start=dt.date(1999, 1, 1), end=dt.date(2007, 1, 5))
    days = read_legs_of(lab).sessions
    assert (str(days[0]), str(days[-1])) == ("2006-01-03", "2007-01-05")


def test_the_period_counts_back_from_a_last_day_that_is_named() -> None:
    days = read_legs_of(RatioSettings(period="1y", end=dt.date(2012, 2, 29))).sessions
    assert (str(days[0]), str(days[-1])) == ("2011-02-28", "2012-02-29")


def test_a_leap_day_has_a_day_in_other_years() -> None:
    assert years_before(dt.date(2012, 2, 29), 1) == dt.date(2011, 2, 28)
    assert years_before(dt.date(2012, 3, 1), 3) == dt.date(2009, 3, 1)


def test_the_pages_day_bounds_the_pages_source_and_not_the_sample() -> None:
    data = DataSettings(as_of=dt.date(2015, 6, 30))
    assert read_legs_of(RatioSettings(source="source"), data).sessions[-1] == np.datetime64("2015-06-30")
    assert read_legs_of(RatioSettings(source="sample"), data).sessions[-1] == LAST


def test_an_empty_period_is_refused_beside_the_dates_with_the_days_there_are() -> None:
    with pytest.raises(InvalidSetting, match="holds 0 days") as refused:
        read_legs_of(RatioSettings(start=dt.date(2022, 12, 30)))
    assert refused.value.where == "lab.start"
    assert "2006-01-03 to 2022-12-28" in refused.value.hint


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("ZZZ", "It has SPX, "),
        ("SH-MODEL", "A modelled fund has none"),
        ("^VIX", "The source (Sample) has none."),
    ],
)
def test_a_leg_without_prices_is_named_beside_the_legs_with_its_reason(name: str, why: str) -> None:
    with pytest.raises(HedgeError, match=re.escape(name)) as refused:
        read_legs_of(RatioSettings(legs=("XOM", name)))
    assert refused.value.where == "lab.legs"
    assert refused.value.hint.startswith(why)
    with pytest.raises(HedgeError, match=re.escape(name)) as refused:
        check_of(CheckSettings(asset=name), RatioSettings())
    assert refused.value.where == "check.asset"
    assert refused.value.hint.startswith(why)


def test_the_benchmark_can_be_a_leg() -> None:
    assert read_legs_of(RatioSettings(legs=("SPX", "XOM"))).legs == ("SPX", "XOM")


def test_files_are_read_from_the_pages_folder(tmp_path: Path) -> None:
    days = np.arange("2020-01-01", "2020-06-01", dtype="datetime64[D]")
    days = days[np.is_busday(days)]
    for place, name in enumerate(("SPY", "SH", "AA", "BB")):
        rows = "".join(f"{day},{100 + place + k}\n" for k, day in enumerate(days))
        (tmp_path / f"{name}.csv").write_text(f"date,close\n{rows}")
    data = DataSettings(provider="files", folder=str(tmp_path), benchmark="SPY", hedge="SH")
    lab = RatioSettings(source="source", legs=("AA", "BB"))
    prepare_legs(lab, data)
    made = read_legs_of(lab, data)
    assert made.values[0].tolist() == [102.0, 103.0]
    assert made.source == PROVIDERS["files"].label


def test_a_table_of_the_readers_own_keeps_its_gaps() -> None:
    text = "date,A,B\n" + "".join(f"2020-01-{d:02d},{d},{'' if d == 9 else 2 * d}\n" for d in range(1, 29))
    digest, _ = keep_table(text.encode(), name="own.csv")
    lab = RatioSettings(source="file", file=digest, file_name="own.csv", legs=("B", "A"), period="all")
    made = read_legs_of(lab)
    assert made.source == "own.csv"
    assert np.isnan(made.values[8, 0])
    assert made.values[9].tolist() == [20.0, 10.0]
    with pytest.raises(UnknownTicker, match="no column C"):
        read_legs_of(RatioSettings(source="file", file=digest, legs=("A", "C")))


def test_legs_that_never_trade_on_one_day_are_refused() -> None:
    text = "date,A,B\n" + "".join(f"2020-01-{d:02d},{d},\n2020-02-{d:02d},,{d}\n" for d in range(1, 29))
    digest, _ = keep_table(text.encode(), name="own.csv")
    with pytest.raises(HedgeError, match="a day with prices of every leg") as refused:
        read_legs_of(RatioSettings(source="file", file=digest, legs=("A", "B")))
    assert refused.value.where == "lab.legs"


def test_a_table_keeps_every_day_on_which_any_leg_has_a_price() -> None:
    """Days at its ends that lack a leg are left out by the comparison, which counts them with the others."""
    walk = 50 + np.cumsum(np.random.default_rng(3).standard_normal(75))
    days = np.arange("2020-01-01", "2021-01-01", dtype="datetime64[D]")[:75]
    cells = [[f"{2 * one + 1:.4f}", f"{one + 0.1 * place % 3:.4f}"] for place, one in enumerate(walk)]
    for place in (0, 1, 2, 20, 21, 40, 60, 74):
        cells[place][place % 2] = ""
    text = "\n".join(["date,A,B", *(f"{day},{a},{b}" for day, (a, b) in zip(days, cells, strict=True))])
    digest, _ = keep_table(text.encode(), name="holed.csv")
    lab = RatioSettings(source="file", file=digest, legs=("A", "B"), period="all")
    made = read_legs_of(lab)
    assert (len(made.sessions), made.available) == (75, (days[3], days[73]))
    table = compare_ratios(made.frame(), methods=["ols"])
    assert (table.rows, table.dropped) == (67, 8)
    with pytest.raises(InvalidSetting, match="The period holds 0 days with prices"):
        read_legs_of(replace(lab, start=dt.date(2020, 1, 1), end=dt.date(2020, 1, 3)))


def test_closes_are_without_dividends_and_the_other_prices_with_them(tmp_path: Path) -> None:
    line = 100.0 + np.arange(60)
    paid = {"SPY": 0.5, "SH": 0.0, "AA": 4.0, "BB": 1.0, "CC": 0.0}
    data, _ = paying(tmp_path, {name: (line + k, one) for k, (name, one) in enumerate(paid.items())})
    lab = RatioSettings(source="source", legs=("BB", "AA"), period="all")
    closes, adjusted = (read_legs_of(replace(lab, prices=kind), data) for kind in ("close", "adj_close"))
    assert closes.values[[0, 29, 30]].tolist() == [[103.0, 102.0], [132.0, 131.0], [133.0, 132.0]]
    assert adjusted.values[[0, 29, 30]].tolist() == [[102.0, 98.0], [131.0, 127.0], [133.0, 132.0]]
    assert not closes.put_back
    assert read_legs_of(replace(lab, legs=("CC", "SH")), data).put_back

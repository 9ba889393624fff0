"""The hedge check of the lab: which prices, which benchmark, which days, and errors beside their cause."""

import datetime as dt
from pathlib import Path

import numpy as np
import pytest

from core.errors import HedgeError, InsufficientHistory, InvalidSetting, UnknownTicker
from core.lab import CheckSettings, RatioSettings
from core.lab.check import asset_of, check_of, prepare_check
from core.lab.files import keep_table
from core.pipeline import load_prices
from core.settings import DataSettings, Holding, PortfolioSettings
from tests.core.lab.examples import paying

LAB = RatioSettings()


def test_without_an_asset_it_is_the_first_leg_on_the_sources_benchmark() -> None:
    found = check_of(CheckSettings(), LAB)
    assert (found.asset, found.benchmark, found.source) == ("XOM", "SPX", "Sample")
    table = load_prices(DataSettings(), PortfolioSettings(holdings=(Holding("XOM", 1.0),)))
    rows = slice(int(np.searchsorted(table.sessions, np.datetime64("2019-12-28"))), None)
    own, bench = (table.adj_close[rows, table.column(name)] for name in ("XOM", "SPX"))
    np.testing.assert_allclose(found.steps.returns, own[1:] / own[:-1] - 1.0, rtol=1e-12)
    np.testing.assert_allclose(found.steps.benchmark, bench[1:] / bench[:-1] - 1.0, rtol=1e-12)
    y, x = found.steps.returns, found.steps.benchmark
    assert found.steps.line.fit.beta == pytest.approx(np.cov(y, x)[0, 1] / x.var(ddof=1), rel=1e-10)
    assert found.alpha_excess == pytest.approx(found.steps.line.fit.beta * 0.019 / 252)


def test_periods_and_days() -> None:
    def days(**changes: object) -> tuple[str, str]:
        sessions = check_of(CheckSettings(**changes), LAB).steps.sessions  # type: ignore[arg-type]
        return str(sessions[0]), str(sessions[-1])

    assert days(period="1y") == ("2021-12-29", "2022-12-28")
    assert days(period="all") == ("2006-01-04", "2022-12-28")
    assert days(period="1y", start=dt.date(2020, 1, 2), end=dt.date(2020, 6, 30)) == (
        "2020-01-03",
        "2020-06-30",
    )
    assert days(period="1y", end=dt.date(2020, 7, 4)) == ("2019-07-08", "2020-07-02")


@pytest.mark.parametrize(
    ("changes", "kind", "where"),
    [
        ({"asset": "ZZZ"}, UnknownTicker, "check.asset"),
        ({"asset": "SPX"}, InvalidSetting, "check.asset"),
        ({"asset": "<b>"}, InvalidSetting, "check.asset"),
        ({"asset": "SH-MODEL"}, UnknownTicker, "check.asset"),
        ({"start": dt.date(2031, 1, 1)}, InsufficientHistory, "check.start"),
        ({"start": dt.date(2022, 12, 27)}, InsufficientHistory, "check.asset"),
    ],
)
def test_errors_name_the_setting_they_stand_beside(
    changes: dict[str, object], kind: type[HedgeError], where: str
) -> None:
    with pytest.raises(kind) as caught:
        check_of(CheckSettings(**changes), LAB)  # type: ignore[arg-type]
    assert caught.value.where == where


def table(rows: int = 80) -> RatioSettings:
    rng = np.random.default_rng(3)
    market = 100.0 * np.cumprod(1.0 + rng.normal(0.0, 0.01, rows))
    own = 50.0 * np.cumprod(1.0 + rng.normal(0.0, 0.02, rows))
    days = np.datetime64("2024-01-01") + np.arange(rows)
    lines = ["Date,My fund,Index"] + [
        f"{d},{a:.6f},{b:.6f}" for d, a, b in zip(days, own, market, strict=True)
    ]
    digest, _ = keep_table("\n".join(lines).encode(), name="own.csv")
    return RatioSettings(source="file", file=digest, file_name="own.csv", legs=("My fund", "Index"))


def test_a_table_of_the_users_own_has_its_benchmark_among_its_columns() -> None:
    lab = table()
    found = check_of(CheckSettings(), lab)
    assert (found.asset, found.benchmark, found.source) == ("My fund", "Index", "own.csv")
    assert found.dividends_lacking == found.alpha_excess == 0.0
    other = check_of(CheckSettings(asset="Index", benchmark="My fund"), lab)
    assert (other.asset, other.benchmark) == ("Index", "My fund")
    assert check_of(CheckSettings(asset=" Index ", benchmark=" My fund "), lab) == other
    assert other.steps.line.fit.r_squared == pytest.approx(found.steps.line.fit.r_squared, rel=1e-9)
    for check, where in (
        (CheckSettings(benchmark="Gold"), "check.benchmark"),
        (CheckSettings(asset="Gold"), "check.asset"),
        (CheckSettings(benchmark="My fund"), "check.asset"),
    ):
        with pytest.raises(HedgeError) as caught:
            check_of(check, lab)
        assert caught.value.where == where


def test_what_is_not_on_this_machine_is_asked_for_before(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[tuple[str, ...]] = []

    def prepare(data: DataSettings, book: PortfolioSettings, *, progress: object) -> None:
        asked.append(book.tickers)

    monkeypatch.setattr("core.lab.check.prepare_prices", prepare)
    prepare_check(CheckSettings(asset="ko"), LAB, DataSettings())
    assert asked == []
    prepare_check(CheckSettings(asset="ko"), RatioSettings(source="source"), DataSettings())
    assert asked == [("KO",)]
    assert asset_of(CheckSettings(asset=" ko "), LAB) == "KO"


def test_both_returns_have_their_dividends(tmp_path: Path) -> None:
    moves = np.random.default_rng(4).normal(0.0, 0.01, (60, 3))
    walks = np.array([50.0, 300.0, 30.0]) * np.cumprod(1.0 + moves, axis=0)
    paid = {"AA": 2.0, "SPY": 3.0, "SH": 0.0}
    data, adjusted = paying(tmp_path, dict(zip(paid, zip(walks.T, paid.values(), strict=True), strict=True)))
    found = check_of(CheckSettings(asset="AA", period="all"), RatioSettings(source="source"), data)
    total = adjusted[1:] / adjusted[:-1] - 1.0
    np.testing.assert_allclose(found.steps.returns, total[:, 0], rtol=1e-9)
    np.testing.assert_allclose(found.steps.benchmark, total[:, 1], rtol=1e-9)
    assert found.dividends_lacking == 0.0

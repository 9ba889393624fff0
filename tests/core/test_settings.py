"""Every setting has words and bounds, its default is allowed, and bad books are refused by name."""

import dataclasses

import pytest

from core import Settings
from core.errors import InvalidSetting
from core.fields import field_of
from core.settings import BetaSettings, DataSettings, HedgeSettings, Holding, PortfolioSettings

ALL = [
    (f"{section}.{name}", spec) for section, config in Settings().sections() for name, spec in config.specs()
]


@pytest.mark.parametrize(("path", "spec"), ALL, ids=[path for path, _ in ALL])
def test_every_setting_says_what_it_is_and_takes_its_bounds(path: str, spec: object) -> None:
    found = field_of({"hedgeboard": spec})
    assert found is not None
    assert found.label
    assert found.help
    default = Settings().value(path)
    assert Settings().with_value(path, default) == Settings()
    if found.kind in ("number", "integer"):
        assert found.minimum is not None
        assert found.maximum is not None
        for bound in (found.minimum, found.maximum):
            assert Settings().with_value(path, bound).value(path) == bound
        for beyond in (found.minimum - 1, found.maximum + max(1.0, abs(found.maximum))):
            with pytest.raises(InvalidSetting) as caught:
                Settings().with_value(path, beyond)
            assert caught.value.where == path
            assert found.range_text() in caught.value.hint
        assert all(found.minimum <= mark <= found.maximum for mark in found.marks)
    if found.optional:
        assert Settings().with_value(path, None).value(path) is None
        assert found.none_text
    if found.kind == "choice":
        for name, label in found.options:
            assert label
            assert Settings().with_value(path, name).value(path) == name


def test_every_field_of_every_section_is_a_setting() -> None:
    for _, config in Settings().sections():
        names = {f.name for f in dataclasses.fields(config)}
        assert names == {name for name, _ in config.specs()}


def test_golden_defaults() -> None:
    """The defaults that design 4 names."""
    settings = Settings()
    assert settings.beta.window_sessions == 60
    assert settings.beta.uncertain_half_width == 0.25
    assert settings.hedge.band == 0.05
    assert settings.hedge.liquidity_discount == 0.0
    assert settings.hedge.funding == "borrow"
    assert settings.costs.fixed_fee == 3.0
    assert settings.costs.proportional_round_trip == 0.000056
    assert settings.costs.sales_tax == 0.0000278
    assert not settings.costs.sales_tax_on
    assert settings.costs.half_spread_bps == 1.0
    assert settings.costs.impact == 0.0
    assert settings.costs.margin_spread == 0.015
    assert settings.hedge.participation_cap is settings.hedge.capital_cap is None


def test_equal_content_is_equal_and_hashes_alike() -> None:
    one, two = Settings(), Settings().with_value("hedge.target_beta", 0.0)
    assert one == two
    assert hash(one) == hash(two)
    assert one is not two
    changed = one.with_value("hedge.target_beta", 0.1)
    assert changed != one
    assert changed.costs == one.costs
    assert one.hedge.target_beta == 0.0  # the old one stays as it was
    assert one != "settings"


def test_settings_are_frozen() -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        Settings().beta.window_sessions = 90  # type: ignore[misc]


@pytest.mark.parametrize(
    ("row", "words"),
    [
        (["AAPL"], r"must be \[ticker, shares\]"),
        (["AAPL", 1, 2, 3], r"must be \[ticker, shares\]"),
        ("AAPL", r"must be \[ticker, shares\]"),
        (["AAPL", "ten"], "AAPL: shares must be a finite number, not 'ten'"),
        (["AAPL", True], "AAPL: shares must be a finite number"),
        (["AAPL", None], "AAPL: shares must be a finite number"),
        (["AAPL", float("nan")], "AAPL: shares must be a finite number, not 'nan'"),
        (["AAPL", 10**400], "AAPL: shares must be a finite number"),
        (["AAPL", 1, float("inf")], "AAPL: cost must be a finite number, not 'inf'"),
        (["../x", 1], "cannot be a ticker"),
        ([5, 1], "must be text"),
        (["AAPL", "1" * 10_000], "AAPL: shares must be a finite number"),
    ],
)
def test_u6_bad_rows_are_refused_in_words(row: object, words: str) -> None:
    with pytest.raises(InvalidSetting, match=words) as caught:
        PortfolioSettings(holdings=(row,))  # type: ignore[arg-type]
    assert caught.value.where == "portfolio.holdings"
    assert len(str(caught.value)) < 200


def test_u8_a_ticker_twice_is_refused_in_any_case() -> None:
    with pytest.raises(InvalidSetting, match="AAPL is in the book twice"):
        PortfolioSettings(holdings=(("AAPL", 1.0), (" aapl ", 2.0)))  # type: ignore[arg-type]


def test_holdings_keep_their_order_sign_and_cost() -> None:
    found = PortfolioSettings(holdings=(("msft", -3), ["aapl", 2.5, 90]))  # type: ignore[arg-type]
    assert found.holdings == (Holding("MSFT", -3.0), Holding("AAPL", 2.5, 90.0))
    assert found.tickers == ("MSFT", "AAPL")
    assert type(found.holdings[0].shares) is float


def test_benchmark_and_hedge_are_symbols_and_two() -> None:
    data = DataSettings(benchmark=" spy ", hedge="sh")
    assert (data.benchmark, data.hedge) == ("SPY", "SH")
    with pytest.raises(InvalidSetting, match="Benchmark and hedge are both SPY") as caught:
        DataSettings(benchmark="SPY", hedge="spy")
    assert caught.value.where == "data.hedge"
    with pytest.raises(InvalidSetting) as caught:
        DataSettings(benchmark="A?x=1")
    assert caught.value.where == "data.benchmark"


def test_paths_that_do_not_exist_are_programming_errors() -> None:
    with pytest.raises(AttributeError):
        Settings().value("beta.windw")
    with pytest.raises((AttributeError, TypeError)):
        Settings().with_value("beta.windw", 3)


def test_section_names() -> None:
    assert (BetaSettings.section(), HedgeSettings.section()) == ("beta", "hedge")
    names = ["data", "portfolio", "beta", "triggers", "hedge", "costs", "backtest"]
    assert [name for name, _ in Settings().sections()] == names

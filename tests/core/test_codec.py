"""Settings to plain values and back, and what a settings file may not hold."""

import datetime as dt
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core import Settings, analyse, settings_from_dict, settings_to_dict
from core.errors import InvalidSetting, UnknownOption
from core.export import to_json
from core.settings import Holding
from tests.strategies import TREES

TICKERS = st.from_regex(r"\A[A-Z][A-Z0-9]{0,5}(-[A-Z])?\Z")
SHARES = st.floats(-1e6, 1e6)
ROWS = st.lists(
    st.tuples(TICKERS, SHARES) | st.tuples(TICKERS, SHARES, st.floats(0.01, 1e5)),
    max_size=6,
    unique_by=lambda row: row[0],
)

OWN = st.lists(
    st.tuples(TICKERS, st.from_regex(r"\A[0-9a-f]{32}\Z"), st.text(max_size=20)),
    max_size=4,
    unique_by=lambda row: row[0],
)

FLOW = st.lists(
    st.tuples(st.dates(dt.date(1990, 1, 1), dt.date(2030, 1, 1)), st.floats(0.0, 1e12)),
    max_size=4,
    unique_by=lambda row: row[0],
)


@st.composite
def settings(draw: st.DrawFn) -> Settings:
    """Any settings at all: every field drawn from what its own bounds allow."""
    found = Settings()
    for section, config in found.sections():
        for name, spec in config.specs():
            path = f"{section}.{name}"
            if path in ("data.benchmark", "data.hedge", "data.provider"):
                continue
            low, high = spec.minimum, spec.maximum
            rows = {"triggers.flow": FLOW, "data.own": OWN}.get(path, ROWS)
            kinds: dict[str, st.SearchStrategy[Any]] = {
                "number": st.floats(low, high),
                "integer": st.integers(int(low or 0), int(high or 0)),
                "choice": st.sampled_from([n for n, _ in spec.options] or [""]),
                "flag": st.booleans(),
                "text": st.text(max_size=8),
                "date": st.dates(dt.date(1990, 1, 1), dt.date(2030, 1, 1)),
                "rows": rows,
                "tree": TREES,
            }
            values = kinds[spec.kind]
            found = found.with_value(path, draw(st.none() | values if spec.optional else values))
    return found


@given(settings())
def test_h21_settings_survive_json(original: Settings) -> None:
    text = json.dumps(settings_to_dict(original), allow_nan=False)
    again = settings_from_dict(json.loads(text))
    assert again == original
    assert settings_to_dict(again) == settings_to_dict(original)


def test_the_plain_form_is_complete_and_plain() -> None:
    plain = settings_to_dict(Settings().with_value("data.as_of", dt.date(2020, 3, 16)))
    assert list(plain) == ["data", "portfolio", "beta", "triggers", "hedge", "costs", "backtest"]
    assert plain["data"]["as_of"] == "2020-03-16"
    assert plain["portfolio"]["holdings"][0] == ["AAPL", 700.0]
    for section, config in Settings().sections():
        assert list(plain[section]) == [name for name, _ in config.specs()]
    priced = Settings().with_value("portfolio.holdings", [["KO", 3, 50]])
    assert settings_to_dict(priced)["portfolio"]["holdings"] == [["KO", 3.0, 50.0]]


def test_what_is_left_out_comes_from_the_base() -> None:
    base = Settings().with_value("costs.fixed_fee", 7.0).with_value("beta.window_sessions", 120)
    found = settings_from_dict({"beta": {"errors": "newey-west"}}, base=base)
    assert found.costs.fixed_fee == 7.0
    assert (found.beta.window_sessions, found.beta.errors) == (120, "newey-west")
    assert settings_from_dict({}) == Settings()
    assert settings_from_dict({}, base=base) == base


@pytest.mark.parametrize(
    ("raw", "words", "hint", "where"),
    [
        ({"bta": {}}, "no section of settings 'bta'", "Did you mean 'beta'?", "bta"),
        (
            {"beta": {"windw_sessions": 60}},
            "no setting in beta 'windw_sessions'",
            "Did you mean 'window_sessions'?",
            "beta.windw_sessions",
        ),
        ({"costs": {"fee": 1}}, "no setting in costs 'fee'", "fixed_fee", "costs.fee"),
        (
            {"beta": {"window_sessions": 5}},
            "Window is 5 sessions, outside its range",
            "20 sessions to 504 sessions",
            "beta.window_sessions",
        ),
        (
            {"beta": {"window_sessions": "60"}},
            "Window is '60', which is not a number",
            "20 sessions",
            "beta.window_sessions",
        ),
        (
            {"beta": {"window_sessions": 10**400}},
            "not a finite number",
            "20 sessions",
            "beta.window_sessions",
        ),
        ({"beta": {"errors": "hac"}}, "no errors 'hac'", "classic, newey-west", "beta.errors"),
        (
            {"costs": {"fixed_fee": -1}},
            "Fixed fee is \u22121.00 $ a trade",
            "0.00 $ a trade to 50.00",
            "costs.fixed_fee",
        ),
        ({"costs": {"sales_tax_on": "yes"}}, "which is not on or off", "", "costs.sales_tax_on"),
        (
            {"hedge": {"hedge_beta": 0.5}},
            "Hedge beta is 0.50, outside",
            "\u22124.00 to \u22120.20",
            "hedge.hedge_beta",
        ),
        ({"hedge": {"band": None}}, "No-trade band must have a value", "", "hedge.band"),
        ({"data": {"as_of": "16.3.2020"}}, "not a date like 2025-04-04", "", "data.as_of"),
        ({"data": {"provider": "fils"}}, "no price source 'fils'", "Did you mean 'files'?", "data.provider"),
        ({"data": {"provider": 3}}, "Source is 3, which is not text", "", "data.provider"),
        ({"data": {"benchmark": "spy?x=1"}}, "cannot be a ticker", "BRK-B", "data.benchmark"),
        ({"portfolio": {"holdings": "AAPL"}}, "not a list of rows", "", "portfolio.holdings"),
        (
            {"portfolio": {"holdings": [["AAPL", "x"]]}},
            "AAPL: shares must be a finite number",
            "",
            "portfolio.holdings",
        ),
        ({"beta": [60]}, "Section 'beta' must be an object", "", "beta"),
        ([1], "must be an object of sections", "", ""),
        ({"x" * 100_000: {}}, "no section of settings 'xxx", "Known: data", "x" * 57 + "..."),
        (
            {"beta": {"y" * 100_000: 1}},
            "no setting in beta 'yyy",
            "Known: window_sessions",
            "beta." + "y" * 57 + "...",
        ),
    ],
)
def test_s3_refused_with_the_name_the_place_and_what_to_try(
    raw: Any, words: str, hint: str, where: str
) -> None:
    with pytest.raises(InvalidSetting) as caught:
        settings_from_dict(raw)
    assert words in str(caught.value)
    assert hint in caught.value.hint
    assert caught.value.where == where
    assert len(str(caught.value)) < 200


NAMES = st.sampled_from(
    ["data", "beta", "portfolio", "holdings", "window_sessions", "provider", "as_of", "x"]
)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=3),
    max_leaves=10,
)


@given(JSON | st.dictionaries(NAMES, st.dictionaries(NAMES, JSON, max_size=2), max_size=2))
def test_s3_anything_is_settings_or_a_refusal(raw: Any) -> None:
    try:
        found = settings_from_dict(raw)
    except InvalidSetting:
        return
    assert settings_from_dict(settings_to_dict(found)) == found


def test_a_source_brings_its_own_symbols_unless_named() -> None:
    files = settings_from_dict({"data": {"provider": "files"}}).data
    assert (files.benchmark, files.hedge) == ("SPY", "SH")
    named = settings_from_dict({"data": {"provider": "files", "hedge": "SDS"}}).data
    assert (named.benchmark, named.hedge) == ("SPY", "SDS")
    base = settings_from_dict({"data": {"provider": "files", "benchmark": "QQQ"}})
    kept = settings_from_dict({"data": {"folder": "x"}}, base=base).data
    assert (kept.provider, kept.benchmark) == ("files", "QQQ")
    back = settings_from_dict({"data": {"provider": "sample"}}, base=base).data
    assert (back.benchmark, back.hedge) == ("SPX", "SH-MODEL")


@pytest.mark.market_data
def test_the_json_of_the_order_analyses_nvda_on_real_prices(market_data: Path) -> None:
    text = (
        '{"data": {"provider": "files", "folder": "../shared/market-data", "benchmark": "SPY", '
        '"hedge": "SH"}, "portfolio": {"holdings": [["NVDA", 100]], "cash": 5000}}'
    )
    settings = settings_from_dict(json.loads(text))
    assert settings.portfolio.holdings == (Holding("NVDA", 100.0),)
    analysis = analyse(settings.with_value("data.as_of", "2025-03-31"))
    # published_figures.json, nvda_60_2025-03-31: beta 2.87493, R2 0.4966, interval [2.1142, 3.6357].
    line = analysis.exposure.positions[0]
    assert [f"{v:.4f}" for v in (line.beta_low, line.beta_high, line.r_squared)] == [
        "2.1142",
        "3.6357",
        "0.4966",
    ]
    assert f"{line.beta:.5f}" == "2.87493"
    assert (f"{line.price:.3f}", f"{analysis.order.price:.2f}") == ("108.354", "44.56")
    np.testing.assert_allclose(analysis.exposure.nav, 100 * line.price + 5000)
    assert analysis.order.side == "buy"
    assert analysis.order.hedge_beta_measured
    assert -1.05 < analysis.order.hedge_beta < -0.95
    assert "too uncertain to size" in str(analysis.headline)
    assert json.dumps(to_json(analysis), allow_nan=False)


def test_unknown_options_are_invalid_settings() -> None:
    with pytest.raises(UnknownOption):
        settings_from_dict({"beta": {"errors": "hac"}})

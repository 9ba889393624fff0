"""Market data and the book on it: nothing filled, nothing from after the as-of day, refusals by name."""

import datetime as dt
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core import Settings, analyse, words
from core.data.base import DataNote, PriceTable
from core.errors import InsufficientHistory, InvalidSetting, UnknownTicker
from core.market import MarketData, build_market, value_portfolio, wanted_symbols
from core.rule_settings import TriggerSettings
from core.settings import DataSettings, PortfolioSettings
from tests.strategies import (
    ASSETS,
    BENCHMARK,
    BILL,
    DATA,
    HEDGE,
    Fixed,
    book,
    every_share,
    random_table,
    settings_of,
    table_of,
    tables,
    with_prices,
)

A, B, C = ASSETS[:3]


def small(**columns: list[float]) -> PriceTable:
    count = len(next(iter(columns.values())))
    given = {
        BENCHMARK: np.linspace(400.0, 410.0, count),
        HEDGE: np.linspace(40.0, 39.0, count),
        **{t: np.array(c) for t, c in columns.items()},
    }
    return table_of(given)


def test_columns_and_returns_are_those_of_the_table() -> None:
    table = small(S00=[10.0, 11.0, np.nan, 12.0, 15.0], S01=[5.0, 5.0, 5.0, 5.0, 4.0])
    market = build_market(table, DATA, (B, A))
    assert market.tickers == (B, A)
    np.testing.assert_array_equal(market.close[:, 1], [10.0, 11.0, np.nan, 12.0, 15.0])
    np.testing.assert_allclose(market.returns[:, 1], [np.nan, 0.1, np.nan, np.nan, 0.25])
    np.testing.assert_allclose(market.returns[:, 0], [np.nan, 0.0, 0.0, 0.0, -0.2])
    np.testing.assert_allclose(market.cash_rate, 0.02)
    assert (market.benchmark, market.hedge, market.as_of) == (BENCHMARK, HEDGE, table.sessions[-1])
    assert not market.hedge_modelled.any()
    for name in ("close", "returns", "benchmark_returns", "hedge_close", "cash_rate", "hedge_modelled"):
        with pytest.raises(ValueError, match="read-only"):
            getattr(market, name)[0] = 1.0


def test_returns_come_from_the_adjusted_close_and_values_from_the_close() -> None:
    """A dividend of 2 on the third day: the price falls, the return does not."""
    close = np.array([100.0, 100.0, 98.0, 98.0])
    adjusted = {A: np.array([98.0, 98.0, 98.0, 98.0])}
    plain = {BENCHMARK: np.array([400.0, 401.0, 402.0, 403.0]), HEDGE: np.full(4, 40.0), A: close}
    market = build_market(table_of(plain, adjusted=adjusted), DATA, (A,))
    np.testing.assert_array_equal(market.returns[1:, 0], 0.0)
    portfolio = value_portfolio(market, book({A: 10.0}))
    np.testing.assert_array_equal(portfolio.value[:, 0], close * 10.0)


def test_nav_is_longs_shorts_cash_and_the_hedge_held() -> None:
    table = small(S00=[10.0, 11.0, 12.0], S01=[5.0, 6.0, 4.0])
    market = build_market(table, DATA, (A, B))
    portfolio = value_portfolio(market, book({A: 30.0, B: -20.0, HEDGE: 3.0}, cash=100.0))
    wanted = 30 * market.close[:, 0] - 20 * market.close[:, 1] + 100.0 + 3 * market.hedge_close
    np.testing.assert_allclose(portfolio.nav, wanted, rtol=1e-15)
    assert portfolio.hedge_shares == 3.0
    assert portfolio.shares.tolist() == [30.0, -20.0]


def test_a_session_without_a_price_has_no_value_and_is_left_out_of_nav() -> None:
    table = small(S00=[10.0, np.nan, 12.0], S01=[5.0, 6.0, 4.0])
    portfolio = value_portfolio(build_market(table, DATA, (A, B)), book({A: 1.0, B: 1.0}))
    np.testing.assert_array_equal(portfolio.nav, [15.0, 6.0, 16.0])
    assert np.isnan(portfolio.value[1, 0])


def test_nav_that_is_not_positive_in_the_past_is_unknown_and_today_is_refused() -> None:
    table = small(S00=[10.0, 30.0, 12.0])
    market = build_market(table, DATA, (A,))
    portfolio = value_portfolio(market, book({A: -1.0}, cash=20.0))
    np.testing.assert_array_equal(portfolio.nav, [10.0, np.nan, 8.0])
    for cash in (12.0, 0.0):
        with pytest.raises(InvalidSetting, match="not above zero") as caught:
            value_portfolio(market, book({A: -1.0}, cash=cash))
        assert caught.value.where == "portfolio.cash"
        assert "4 Jan 2019" in str(caught.value)
    with pytest.raises(InvalidSetting, match=r"is \$0, not above zero"):
        value_portfolio(build_market(table, DATA, ()), book({}))


@pytest.mark.parametrize(
    ("missing", "where"),
    [(BENCHMARK, "data.benchmark"), (HEDGE, "data.hedge"), (B, "portfolio.holdings")],
)
def test_p8_a_missing_series_is_refused_by_name(missing: str, where: str) -> None:
    table = small(S00=[1.0, 2.0, 3.0], S01=[1.0, 2.0, 3.0])
    kept = [k for k, t in enumerate(table.tickers) if t != missing]
    cut = replace(
        table,
        tickers=tuple(table.tickers[k] for k in kept),
        **{n: getattr(table, n)[:, kept] for n in ("close", "adj_close", "volume")},
    )
    with pytest.raises(UnknownTicker, match=f"{missing}: no prices from test") as caught:
        build_market(cut, DATA, (A, B))
    assert caught.value.where == where


def test_p8_analysis_names_the_setting_that_asked_for_an_unknown_ticker() -> None:
    for path, ticker in (("data.benchmark", "QQQQ"), ("data.hedge", "SHH")):
        with pytest.raises(UnknownTicker, match=ticker) as caught:
            analyse(Settings().with_value(path, ticker))
        assert caught.value.where == path


def test_a_holding_without_a_price_series_is_listed_and_the_rest_goes_on() -> None:
    book = Settings().with_value("portfolio.holdings", [["TSLA", 9], ["AAPL", 100]])
    found = analyse(book)
    alone = analyse(Settings().with_value("portfolio.holdings", [["AAPL", 100]]))
    reason = "the source (sample) has no prices for it; left out of NAV"
    assert [(item.ticker, item.reason) for item in found.exposure.left_out] == [("TSLA", reason)]
    assert found.exposure.beta[-1] == alone.exposure.beta[-1]
    assert found.order.review == "1 of 2 positions have no prices."
    assert replace(found.order, review="") == alone.order
    assert "1 of 2 positions without a beta" in str(found.headline)
    line = found.exposure.positions[-1]
    assert (line.ticker, line.shares) == ("TSLA", 9.0)
    assert np.isnan([line.price, line.value, line.weight, line.beta]).all()


def test_a_book_of_unknown_tickers_has_no_beta_and_no_order() -> None:
    found = analyse(Settings().with_value("portfolio.holdings", [["TSLA", 9]]))
    assert np.isnan(found.exposure.beta[-1])
    assert found.order.side == "none"
    assert str(found.headline).startswith("Beta \u2014 (no data: the source (sample) has no prices for it")


def test_an_unknown_yield_is_said_and_not_taken_in_silence() -> None:
    table = random_table(3, 60, 1)
    close = table.close.copy()
    bill = table.column("^IRX") or 0
    close[:10, bill] = np.nan
    notes = build_market(with_prices(table, close), DATA, ("S00",)).notes
    assert [note.text for note in notes if note.ticker == "^IRX"] == [
        f"No T-bill yield before {words.day(table.sessions[10])}: cash earns 2.00% a year then."
    ]


@pytest.mark.parametrize(
    ("day", "rows"),
    [
        ("2019-01-01", 0),
        ("2019-01-02", 1),
        ("2019-01-04", 3),
        ("2019-01-05", 3),
        ("2019-01-06", 3),
        ("2019-01-07", 4),
    ],
)
def test_as_of_a_weekend_means_the_friday_before(day: str, rows: int) -> None:
    """Sessions from Wednesday 2 January 2019; the 5th and 6th are a weekend."""
    table = small(S00=[1.0, 2.0, 3.0, 4.0, 5.0])
    data = replace(DATA, as_of=dt.date.fromisoformat(day))
    if rows < 2:
        with pytest.raises(InsufficientHistory) as caught:
            build_market(table, data, (A,))
        assert caught.value.where == "data.as_of"
        assert "2019-01-02 to 2019-01-08" in caught.value.hint
        return
    market = build_market(table, data, (A,))
    assert len(market.sessions) == rows
    assert market.close[-1, 0] == rows
    assert str(market.as_of) == "2019-01-04" if rows == 3 else "2019-01-07"


def test_start_leaves_earlier_sessions_out() -> None:
    table = small(S00=[1.0, 2.0, 3.0, 4.0, 5.0])
    market = build_market(table, replace(DATA, start=dt.date(2019, 1, 5)), (A,))
    np.testing.assert_array_equal(market.close[:, 0], [4.0, 5.0])
    assert np.isnan(market.returns[0, 0])
    with pytest.raises(InsufficientHistory, match="Not enough data for SPY in the days asked for: 0 of 2"):
        build_market(table, replace(DATA, start=dt.date(2031, 1, 1)), (A,))


def test_the_cash_rate_is_the_last_one_known_at_each_close() -> None:
    rate = np.array([np.nan, 2.0, np.nan, np.nan, 5.0])
    table = small(S00=[1.0] * 5)
    close = table.close.copy()
    close[:, table.column(BILL) or 0] = rate
    market = build_market(with_prices(table, close), replace(DATA, cash_rate=0.01), (A,))
    np.testing.assert_allclose(market.cash_rate, [0.01, 0.02, 0.02, 0.02, 0.05])
    late = build_market(with_prices(table, close), replace(DATA, start=dt.date(2019, 1, 4)), (A,))
    np.testing.assert_allclose(late.cash_rate, [0.02, 0.02, 0.05])  # known from before the first day kept


def test_without_a_bill_yield_the_setting_is_used_and_said() -> None:
    table = random_table(1, 40, 1, rate=None)
    market = build_market(table, replace(DATA, cash_rate=0.03), (A,))
    np.testing.assert_array_equal(market.cash_rate, np.full(40, 0.03))
    assert [n.text for n in market.notes] == ["No T-bill yield: cash earns 3.00% a year."]


def test_a_fund_is_modelled_before_its_first_price_and_labelled() -> None:
    table = random_table(2, 60, 1)
    close = table.close.copy()
    close[:25, table.column(HEDGE) or 0] = np.nan
    market = build_market(with_prices(table, close), DATA, (A,))
    assert market.hedge_modelled.tolist() == [True] * 25 + [False] * 35
    wanted = -market.benchmark_returns[1:26] + (2 * 0.02 - 0.0089) / 252
    np.testing.assert_allclose(market.hedge_returns[1:26], wanted, rtol=1e-9, atol=1e-13)
    np.testing.assert_array_equal(market.hedge_close[25:], close[25:, table.column(HEDGE) or 0])
    first = market.sessions[25].item()
    assert [n.text for n in market.notes] == [
        f"SH is modelled before {first.day} {first:%b %Y}: \u22121 \u00d7 SPY return + 2 \u00d7 cash "
        "\u2212 0.89% a year."
    ]


def test_the_funds_returns_hold_its_dividends_and_its_price_does_not() -> None:
    table = random_table(3, 40, 1)
    close, adjusted, column = table.close.copy(), table.adj_close.copy(), table.column(HEDGE) or 0
    close[:10, column] = adjusted[:10, column] = np.nan
    adjusted[10:25, column] *= 0.99  # a dividend of 1 % before session 25
    market = build_market(with_prices(table, close, adjusted), DATA, (A,))
    np.testing.assert_array_equal(market.hedge_close[10:], close[10:, column])
    wanted = adjusted[11:, column] / adjusted[10:-1, column] - 1.0
    np.testing.assert_allclose(market.hedge_returns[11:], wanted, rtol=1e-12)
    paid = market.hedge_returns[25] - (close[25, column] / close[24, column] - 1.0)
    assert 0.009 < paid < 0.011


def test_a_fund_that_is_not_listed_yet_is_modelled_from_100() -> None:
    table = random_table(3, 60, 1)
    close = table.close.copy()
    close[:50, table.column(HEDGE) or 0] = np.nan
    settings = settings_of({A: 10.0}, 0.0, data__as_of=table.sessions[45].item(), beta__window_sessions=20)
    market = analyse(settings, provider=Fixed(with_prices(table, close))).market
    assert market.hedge_modelled.all()
    assert market.hedge_close[0] == 100.0
    assert np.isfinite(market.hedge_close).all()
    assert next(n.text for n in market.notes if n.ticker == HEDGE).startswith("SH is modelled: ")


def test_a_twofold_fund_is_extended_by_its_own_multiple() -> None:
    table = random_table(4, 40, 1)
    close = table.close.copy()
    column = table.column(HEDGE) or 0
    close[:20, column] = np.nan
    table = replace(
        with_prices(table, close), tickers=tuple("SDS" if t == HEDGE else t for t in table.tickers)
    )
    market = build_market(table, replace(DATA, hedge="SDS"), (A,))
    wanted = -2 * market.benchmark_returns[1:21] + (3 * 0.02 - 0.009) / 252
    np.testing.assert_allclose(market.hedge_returns[1:21], wanted, rtol=1e-9, atol=1e-13)


@pytest.mark.market_data
def test_sh_is_extended_before_june_2006_from_real_prices(market_data: Path) -> None:
    settings = Settings(
        data=DataSettings(provider="files", folder=str(market_data), benchmark="SPY", hedge="SH"),
        portfolio=book({"NVDA": 100_000.0}),
        triggers=TriggerSettings(tree=1.0),
    )
    market = analyse(settings).market
    first = int(np.searchsorted(market.sessions, np.datetime64("2006-06-21")))  # SH's first day
    assert market.hedge_modelled[:first].all()
    assert not market.hedge_modelled[first:].any()
    assert np.isfinite(market.hedge_close).all()
    np.testing.assert_allclose(market.hedge_close[first], 553.52002)
    slope = np.polyfit(market.benchmark_returns[1:first], market.hedge_returns[1:first], 1)[0]
    np.testing.assert_allclose(slope, -1.0, atol=1e-3)
    assert "SH is modelled before 21 Jun 2006: " in " ".join(n.text for n in market.notes)

    early = analyse(settings.with_value("data.as_of", "2006-03-01"))
    assert early.market.hedge_modelled.all()
    assert early.order.side == "buy"


def test_symbols_asked_for_are_each_asked_for_once_and_models_never() -> None:
    portfolio = book({B: 1.0, BENCHMARK: 2.0, HEDGE: 3.0, "SH-MODEL": 1.0})
    assert wanted_symbols(DATA, portfolio) == (BENCHMARK, HEDGE, B)
    assert wanted_symbols(replace(DATA, hedge="SH-MODEL"), book({B: 1.0})) == (BENCHMARK, B)


def test_a_model_that_is_not_the_hedge_cannot_be_held() -> None:
    with pytest.raises(
        InvalidSetting, match="SH-MODEL is a modelled fund and not the hedge in use"
    ) as caught:
        analyse(settings_of({A: 1.0, "SH-MODEL": 5.0}), provider=Fixed(random_table(1, 40, 1)))
    assert caught.value.where == "portfolio.holdings"


def test_notes_of_series_that_are_not_used_are_left_out() -> None:
    notes = tuple(DataNote(ticker=t, severity="info", text=t or "all") for t in ("", A, B, HEDGE, "ELSE"))
    table = replace(random_table(1, 40, 2), notes=notes)
    market = build_market(table, DATA, (A,))
    assert [n.text for n in market.notes] == ["all", A, HEDGE]


@given(table=tables(), cut=st.floats(0.1, 1.0))
def test_h1_upto_equals_the_market_built_as_of_that_day(table: PriceTable, cut: float) -> None:
    rows = max(2, int(cut * len(table.sessions)))
    names = tuple(every_share(table))
    early = build_market(table, replace(DATA, as_of=table.sessions[rows - 1].item()), names)
    assert build_market(table, DATA, names).upto(rows) == early


@given(table=tables(), k=st.sampled_from([0.25, 2.0, 1024.0]))
def test_h3_price_times_k_and_shares_over_k_are_the_same_book(table: PriceTable, k: float) -> None:
    names = tuple(every_share(table))
    first = table.column(names[0]) or 0
    close = table.close.copy()
    close[:, first] *= k
    plain, scaled = build_market(table, DATA, names), build_market(with_prices(table, close), DATA, names)
    np.testing.assert_array_equal(scaled.returns, plain.returns)
    held = every_share(table)
    one = value_portfolio(plain, book(held, 50.0))
    two = value_portfolio(scaled, book({**held, names[0]: held[names[0]] / k}, 50.0))
    np.testing.assert_array_equal(two.nav, one.nav)


@given(table=tables(), seed=st.integers(0, 999))
def test_h13_row_order_of_the_book_does_not_matter(table: PriceTable, seed: int) -> None:
    rng = np.random.default_rng(seed)
    held = {t: float(rng.integers(1, 100)) for t in every_share(table)}
    turned = dict(reversed(held.items()))
    one = value_portfolio(build_market(table, DATA, tuple(held)), book(held))
    two = value_portfolio(build_market(table, DATA, tuple(turned)), book(turned))
    np.testing.assert_array_equal(two.value[:, ::-1], one.value)
    np.testing.assert_allclose(two.nav, one.nav, rtol=1e-15)
    assert (
        value_portfolio(build_market(table, DATA, tuple(held)), book({t.lower(): q for t, q in held.items()}))
        == one
    )


def test_h14_split_and_dividend() -> None:
    """A 4:1 split divides earlier prices, shares are given after it; a dividend is reinvested by hand."""
    table = random_table(7, 60, 1)
    names = (A,)
    column = table.column(A) or 0
    close = table.close.copy()
    close[:, column] /= 4.0
    before, after = build_market(table, DATA, names), build_market(with_prices(table, close), DATA, names)
    np.testing.assert_array_equal(after.returns, before.returns)
    np.testing.assert_array_equal(
        value_portfolio(after, book({A: 40.0})).nav, value_portfolio(before, book({A: 10.0})).nav
    )
    # A dividend of 3 % of the close before: close falls by it, adjusted close is scaled down before it.
    paid = 0.03 * table.close[29, column]
    dropped, adjusted = table.close.copy(), table.close.copy()
    dropped[30:, column] = table.close[30:, column] - paid
    adjusted[:, column] = dropped[:, column]
    adjusted[:30, column] *= 1.0 - 0.03
    market = build_market(with_prices(table, dropped, adjusted), DATA, names)
    by_hand = dropped[30, column] / (dropped[29, column] - paid) - 1.0
    np.testing.assert_allclose(market.returns[30, 0], by_hand, rtol=1e-9)


def test_upto_keeps_words_and_cuts_every_array() -> None:
    market = build_market(random_table(5, 50, 2), DATA, ASSETS[:2])
    first = market.upto(20)
    assert isinstance(first, MarketData)
    assert {len(v) for v in vars(first).values() if isinstance(v, np.ndarray)} == {20}
    assert (first.tickers, first.source, first.notes) == (market.tickers, market.source, market.notes)


def test_a_book_of_nothing_but_cash_has_its_cash_as_nav() -> None:
    market = build_market(random_table(6, 40, 0), DATA, ())
    portfolio = value_portfolio(market, PortfolioSettings(holdings=(), cash=123.0))
    np.testing.assert_array_equal(portfolio.nav, np.full(40, 123.0))

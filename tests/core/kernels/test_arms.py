"""The arms against a clerk's books, and each rule of trading by an example."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.hedge import whole_lots
from core.kernels.arms import BAND, REST, _whole, run_hedged, run_sold
from core.kernels.state import COOLED, ENTERED, RESIZED
from tests.reference import arms as clerk
from tests.reference.arms import Fund, Rates, Sizing

sizings = st.builds(
    Sizing,
    target=st.sampled_from([0.0, 0.2]),
    discount=st.sampled_from([0.0, 0.02]),
    band=st.sampled_from([0.0, 0.05, 0.2]),
    lot=st.sampled_from([1.0, 1.0, 25.0]),
    most=st.sampled_from([np.inf, np.inf, 30_000.0]),
    participation=st.sampled_from([np.nan, np.nan, 0.05]),
    least=st.sampled_from([0.0, 4000.0]),
)
prices = st.builds(
    Rates,
    fixed=st.sampled_from([0.0, 3.0]),
    proportional=st.sampled_from([0.0, 0.000028]),
    spread=st.sampled_from([0.0, 0.0002]),
    tax=st.sampled_from([0.0, 0.0000278]),
    impact=st.sampled_from([0.0, 0.8]),
    margin=st.sampled_from([0.0, 0.015]),
)


def market(seed: int, days: int, gaps: float, handover: bool) -> tuple[dict[str, Any], Fund]:
    """A book worth about 100,000 and a fund of about 40 a share; one session in `1 / gaps` lacks a price."""
    rng = np.random.default_rng(seed)
    value = 1e5 * np.cumprod(1.0 + rng.normal(0.0, 0.02, days))
    close = 40.0 * np.cumprod(1.0 + rng.normal(0.0, 0.02, days))
    ratio, dividend = np.ones(days), np.where(rng.random(days) < 0.1, 0.3, 0.0)
    if handover:
        ratio[days // 2], dividend[days // 2] = 1.7, 0.0
        close[days // 2 :] /= 1.7
    beta = rng.uniform(-1.1, -0.9, days)
    beta[rng.random(days) < gaps] = np.nan
    close[rng.random(days) < gaps] = np.nan
    close[days // 2] = close[days // 2] if np.isfinite(close[days // 2]) else 30.0
    fill = close * np.exp(rng.normal(0.0, 0.01, days))
    fill[rng.random(days) < gaps] = np.nan
    volume = rng.uniform(5e3, 5e4, days)
    volume[rng.random(days) < gaps] = np.nan
    book = {
        "cash": float(rng.uniform(-3e4, 5e4)),
        "value": value,
        "income": np.where(rng.random(days) < 0.1, 40.0, 0.0),
        "dollar_beta": value * rng.uniform(0.6, 1.4, days),
        "rate": rng.uniform(0.0, 0.05, days),
    }
    for name in ("value", "dollar_beta"):
        book[name][1:][rng.random(days - 1) < gaps / 2] = np.nan
    return book, Fund(fill, close, dividend, ratio, beta, volume, rng.uniform(0.005, 0.03, days))


def rule(seed: int, days: int) -> tuple[np.ndarray, np.ndarray]:
    """Fractions in force that change now and then, and the event of each change."""
    rng = np.random.default_rng(seed)
    fraction = np.repeat(rng.choice([0.0, 0.5, 1.0], days), rng.integers(1, 12, days))[:days]
    before = np.concatenate([[0.0], fraction[:-1]])
    event = np.where(fraction == before, 0, RESIZED)
    event[(before == 0) & (fraction > 0)] = ENTERED
    event[(before > 0) & (fraction == 0)] = COOLED
    return fraction, event


def hedged(
    start: int,
    book: dict[str, Any],
    fund: Fund,
    fraction: np.ndarray,
    event: np.ndarray,
    skip: np.ndarray,
    sizing: Sizing,
    rates: Rates,
    lag: int,
) -> dict[str, np.ndarray]:
    parts = run_hedged(
        start, book["cash"], book["value"], book["income"], book["dollar_beta"], book["rate"], fund.fill,
        fund.close, fund.dividend, fund.ratio, fund.beta, fraction, event, skip, fund.volume, fund.volatility,
        tuple(sizing), tuple(rates), lag,
    )  # fmt: skip
    names = ("equity", "shares", "cash", "filled", "interest", "dividends", "why", "items")
    return dict(zip(names, parts, strict=True))


def check(found: dict[str, np.ndarray], days: list[clerk.Day]) -> None:
    for name, values in found.items():
        if name != "items":
            wanted = np.array([getattr(day, name) for day in days])
            np.testing.assert_allclose(values, wanted, rtol=1e-9, atol=1e-7, err_msg=name)
    items = np.array([[*day.items, day.ordered] for day in days])
    np.testing.assert_allclose(found["items"], items, rtol=1e-9, atol=1e-9)


@given(
    seed=st.integers(0, 2**32 - 1),
    days=st.integers(4, 60),
    start=st.integers(0, 3),
    lag=st.integers(1, 3),
    gaps=st.sampled_from([0.0, 0.1]),
    handover=st.booleans(),
    skips=st.sampled_from([0.0, 0.3]),
    sizing=sizings,
    rates=prices,
)
def test_the_hedged_arm_agrees_with_the_clerk(
    seed: int,
    days: int,
    start: int,
    lag: int,
    gaps: float,
    handover: bool,
    skips: float,
    sizing: Sizing,
    rates: Rates,
) -> None:
    book, fund = market(seed, days, gaps, handover)
    fraction, event = rule(seed + 1, days)
    skip = np.random.default_rng(seed + 2).random(days) < skips
    found = hedged(start, book, fund, fraction, event, skip, sizing, rates, lag)
    check(found, clerk.hedged(start, fund=fund, fraction=fraction, event=event, skip=skip, sizing=sizing,
                              rates=rates, lag=lag, **book))  # fmt: skip


@given(
    seed=st.integers(0, 2**32 - 1),
    days=st.integers(3, 40),
    count=st.integers(0, 4),
    start=st.integers(0, 2),
    lag=st.integers(1, 3),
    gaps=st.sampled_from([0.0, 0.15]),
    lot=st.sampled_from([0.0, 1.0]),
    rates=prices,
)
def test_the_arm_that_sells_agrees_with_the_clerk(
    seed: int, days: int, count: int, start: int, lag: int, gaps: float, lot: float, rates: Rates
) -> None:
    rng = np.random.default_rng(seed)
    close = rng.uniform(20.0, 200.0, (days, count))
    close[rng.random(close.shape) < gaps] = np.nan
    fill = close * rng.uniform(0.98, 1.02, close.shape)
    dividend = np.where(rng.random(close.shape) < 0.1, 0.5, 0.0)
    owned = np.round(rng.uniform(-300.0, 900.0, count))
    scale = np.where(rng.random(days) < 0.3, rng.choice([0.0, 0.31, 0.5, 1.0], days), np.nan)
    rate, cash = rng.uniform(0.0, 0.05, days), float(rng.uniform(-5e4, 5e4))
    volume, volatility = rng.uniform(1e3, 1e5, close.shape), rng.uniform(0.01, 0.03, close.shape)
    parts = run_sold(
        start, cash, owned, close, fill, dividend, rate, scale, volume, volatility, tuple(rates), lot, lag
    )
    equity, pool, worth, _, interest, paid, turned, items = parts
    days_of = clerk.sold(
        start, cash, owned, close, fill, dividend, rate, scale, volume, volatility, rates, lot, lag
    )
    for t, day in enumerate(days_of):
        if day is None:
            assert np.isnan(equity[t])
            continue
        found = [equity[t], pool[t], worth[t], interest[t], paid[t], *turned[t], *items[t]]
        wanted = [*day[:7], *day.items]
        np.testing.assert_allclose(found, wanted, rtol=1e-9, atol=1e-7)


@given(st.floats(-1e9, 1e9), st.integers(1, 1000))
def test_whole_lots_are_those_of_todays_order(shares: float, lot: int) -> None:
    for value in (shares, np.round(shares), np.round(shares) - 1e-10, np.round(shares) - 1e-6):
        assert _whole(value, float(lot)) == whole_lots(value, lot)


PLAIN, USUAL = Sizing(), Rates()


# ---- by example: a book of 100,000 with beta 1, no dividends; a fund at 40 with beta -1


def flat(days: int, **changes: Any) -> tuple[dict[str, Any], Fund]:
    still = np.full(days, 40.0)
    book = {
        "cash": 20_000.0,
        "value": np.full(days, 1e5),
        "income": np.zeros(days),
        "dollar_beta": np.full(days, 1e5),
        "rate": np.zeros(days),
    }
    unknown = np.full(days, np.nan)
    fund = Fund(still.copy(), still.copy(), np.zeros(days), np.ones(days), -np.ones(days), unknown, unknown)
    for name, value in changes.items():
        if name in book:
            book[name] = value
        else:
            setattr(fund, name, value)
    return book, fund


def trade(
    days: int,
    fraction: dict[int, float],
    sizing: Sizing = PLAIN,
    rates: Rates = USUAL,
    lag: int = 1,
    **changes: Any,
) -> dict[str, np.ndarray]:
    """Fractions by the row from which on they are in force."""
    book, fund = flat(days, **changes)
    share = np.zeros(days)
    event = np.zeros(days, dtype=np.int64)
    for row, value in fraction.items():
        event[row] = ENTERED if value else COOLED
        share[row:] = value
    never = np.zeros(days, dtype=np.bool_)
    return hedged(0, book, fund, share, event, never, sizing, rates, lag)


@pytest.mark.parametrize("lag", [1, 2, 3])
def test_it_fills_a_lag_later_at_that_sessions_price_in_the_size_of_the_close_before(lag: int) -> None:
    fill = np.array([1.0, 41.0, 42.0, 43.0, 44.0, 45.0])
    found = trade(6, {1: 1.0}, rates=Rates(margin=0.0), lag=lag, fill=fill)
    assert np.flatnonzero(found["filled"]).tolist() == [1 + lag]
    assert found["filled"][1 + lag] == 2500.0
    assert found["why"][1 + lag] == ENTERED
    paid = 2500.0 * fill[1 + lag]
    cost = 3.0 + paid * (0.000028 + 0.0001)
    np.testing.assert_allclose(found["cash"][1 + lag], 20_000.0 - paid - cost, rtol=1e-12)
    np.testing.assert_allclose(found["equity"][-1], 120_000.0 - 2500.0 * (fill[1 + lag] - 40.0) - cost)


def test_what_comes_in_at_a_handover_is_worth_what_went_out() -> None:
    ratio = np.array([1.0, 1.0, 1.0, 1.7, 1.0])
    close = np.array([40.0, 40.0, 40.0, 40.0 / 1.7, 40.0 / 1.7])
    found = trade(5, {0: 1.0}, Sizing(band=1.0), Rates(fixed=0, proportional=0, spread=0, margin=0),
                  ratio=ratio, close=close, fill=close, value=np.full(5, 99_990.0),
                  dollar_beta=np.full(5, 99_999.0))  # fmt: skip
    assert found["shares"].tolist() == [0.0, 2499.0, 2499.0, 4248.0, 4248.0]  # 4248.3 whole
    np.testing.assert_allclose(found["equity"], found["equity"][0], rtol=1e-12)


def test_an_order_without_a_price_lapses_and_the_next_close_decides_anew() -> None:
    fill = np.array([40.0, np.nan, 40.0, 40.0])
    dollars = np.array([1e5, 8e4, 8e4, 8e4])
    found = trade(4, {0: 1.0}, fill=fill, dollar_beta=dollars)
    assert found["filled"].tolist() == [0.0, 0.0, 2000.0, 0.0]
    assert found["why"][2] == ENTERED


def test_an_order_that_lapses_leaves_a_later_one_standing_and_known() -> None:
    """Lag 2: the order of row 0 lapses at row 2, that of row 1 (half) fills at row 3.

    The close of row 2 is off: it must see the half that is still to come, and sell it.
    """
    fill = np.array([40.0, 40.0, np.nan, 40.0, 40.0, 40.0, 40.0])
    found = trade(7, {0: 1.0, 1: 0.5}, lag=2, fill=fill)
    assert found["filled"].tolist() == [0.0, 0.0, 0.0, 1250.0, 0.0, 0.0, 0.0]
    off = trade(7, {0: 1.0, 1: 0.5, 2: 0.0}, lag=2, fill=fill)
    assert off["filled"].tolist() == [0.0, 0.0, 0.0, 1250.0, -1250.0, 0.0, 0.0]


def test_a_cut_order_is_done_when_a_new_size_is_what_it_has_reached() -> None:
    """Row 1 wants 40 % of 2,500, the thousand that the cap let through: later drift is inside the band."""
    found = trade(
        6,
        {0: 1.0, 1: 0.4},
        Sizing(participation=0.1, band=1.0),
        volume=np.full(6, 10_000.0),
        dollar_beta=np.array([1e5, 1e5, 1.01e5, 1.02e5, 1.02e5, 1.02e5]),
    )
    assert found["filled"].tolist() == [0.0, 1000.0, 0.0, 0.0, 0.0, 0.0]


def test_inside_the_band_nothing_is_done_and_outside_it_trades_to_the_wanted_value() -> None:
    # NAV 120,000: the band is 6,000 of dollar beta, 150 shares.
    dollars = np.array([1e5, 1e5, 1.059e5, 1.061e5, 1.061e5])
    found = trade(5, {0: 1.0}, rates=Rates(0, 0, 0, 0, 0, 0), dollar_beta=dollars)
    assert found["filled"].tolist() == [0.0, 2500.0, 0.0, 0.0, 152.0]
    assert found["why"][4] == BAND


def test_a_change_of_fraction_is_traded_at_once_however_small() -> None:
    found = trade(4, {0: 1.0, 2: 0.99})
    assert found["filled"].tolist() == [0.0, 2500.0, 0.0, -25.0]


def test_off_sells_everything_the_minimum_trade_notwithstanding() -> None:
    found = trade(5, {0: 1.0, 2: 0.0}, Sizing(least=1e6))
    assert not found["filled"].any()
    # Entered for 100,000; by the close that leaves the hedge is worth 75,000.
    close = np.array([40.0, 40.0, 30.0, 30.0, 30.0])
    small = trade(5, {0: 1.0, 2: 0.0}, Sizing(least=90_000.0), close=close)
    assert small["filled"].tolist() == [0.0, 2500.0, 0.0, -2500.0, 0.0]


def test_the_capital_cap_bounds_dollars_held() -> None:
    found = trade(4, {0: 1.0}, Sizing(most=50_010.0))
    assert found["shares"].tolist() == [0.0, 1250.0, 1250.0, 1250.0]


def test_the_participation_cap_spreads_an_order_over_days_with_its_reason() -> None:
    found = trade(6, {0: 1.0}, Sizing(participation=0.1, band=1.0), volume=np.full(6, 10_000.0))
    assert found["filled"].tolist() == [0.0, 1000.0, 1000.0, 500.0, 0.0, 0.0]
    assert found["why"].tolist() == [0, ENTERED, REST, REST, 0, 0]


def test_no_size_is_asked_for_until_it_is_known_and_then_it_is() -> None:
    beta = np.array([np.nan, np.nan, -1.0, -1.0, -1.0])
    found = trade(5, {0: 1.0}, beta=beta)
    assert found["filled"].tolist() == [0.0, 0.0, 0.0, 2500.0, 0.0]
    assert found["why"][3] == ENTERED


def test_idle_cash_earns_the_rate_of_the_close_before_and_borrowed_cash_pays_more() -> None:
    rate = np.array([0.02, 0.04, 0.06, 0.06])
    found = trade(4, {0: 1.0}, rates=Rates(0, 0, 0, 0, 0, margin=0.015), rate=rate)
    cash = 20_000.0 * (1 + 0.02 / 252)
    np.testing.assert_allclose(found["interest"][1], 20_000.0 * 0.02 / 252, rtol=1e-12)
    borrowed = cash - 100_000.0
    np.testing.assert_allclose(found["interest"][2], borrowed * (0.04 + 0.015) / 252, rtol=1e-12)


def test_the_funds_dividend_goes_to_the_shares_held_the_close_before() -> None:
    dividend = np.array([0.0, 0.5, 0.5, 0.0])
    found = trade(4, {0: 1.0}, Sizing(band=1.0), dividend=dividend)
    assert found["dividends"].tolist() == [0.0, 0.0, 1250.0, 0.0]


def test_a_sale_alone_pays_the_tax() -> None:
    found = trade(5, {0: 1.0, 2: 0.0}, rates=Rates(tax=0.001))
    assert found["items"][:, 3].tolist() == [0.0, 0.0, 0.0, 100.0, 0.0]


def test_impact_looks_at_volume_and_volatility_of_the_close_that_decided() -> None:
    volume = np.array([2500.0, 10.0, 10.0])
    volatility = np.array([0.02, 9.0, 9.0])
    found = trade(3, {0: 1.0}, rates=Rates(impact=0.5), volume=volume, volatility=volatility)
    np.testing.assert_allclose(found["items"][1, 4], 100_000.0 * 0.5 * 0.02, rtol=1e-12)


def test_h12_opened_and_closed_at_one_price_costs_its_costs() -> None:
    found = trade(5, {0: 1.0, 2: 0.0}, rates=Rates(margin=0.0, tax=0.0000278))
    spent = found["items"][:, :5].sum()
    np.testing.assert_allclose(spent, 2 * 3.0 + 2 * 1e5 * 0.000128 + 1e5 * 0.0000278, rtol=1e-12)
    np.testing.assert_allclose(found["equity"][-1], 120_000.0 - spent, rtol=1e-14)


@given(seed=st.integers(0, 2**32 - 1))
def test_h19_no_band_trades_whenever_the_size_moves_and_twice_the_band_never_more_often(seed: int) -> None:
    """NAV and the fund stand still, so that trades do not feed back."""
    days = 60
    dollars = 1e5 + np.cumsum(np.random.default_rng(seed).normal(0.0, 2500.0, days))
    counts = []
    for band in (0.0, 0.01, 0.02, 0.04, 0.08, 10.0):
        found = trade(days, {0: 1.0}, Sizing(band=band), Rates(0, 0, 0, 0, 0, 0), dollar_beta=dollars)
        counts.append(int((found["filled"] != 0).sum()))
    sizes = np.trunc(dollars[:-1] / 40.0)
    assert counts[0] == 1 + np.count_nonzero(np.diff(sizes))
    assert counts == sorted(counts, reverse=True)
    assert counts[-1] == 1

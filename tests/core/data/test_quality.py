import datetime as dt

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core import words
from core.data.quality import BARS, Series, clean
from core.errors import BadPrices

LATER = np.datetime64("2100-01-01")
START = np.datetime64("2020-01-01")


def series(prices, *, dates=None, adjusted=None, volume=None, ticker="NVDA", **bars):
    prices = np.asarray(prices, dtype=float)
    missing = np.full(len(prices), np.nan)
    days = START + np.arange(len(prices)) if dates is None else np.array(dates, dtype="datetime64[D]")
    return Series(
        ticker=ticker,
        dates=days,
        close=prices,
        adj_close=prices.copy() if adjusted is None else np.asarray(adjusted, dtype=float),
        volume=np.full(len(prices), np.nan) if volume is None else np.asarray(volume, dtype=float),
        **{name: np.asarray(bars.get(name, missing), dtype=float) for name in BARS},
    )


def cleaned(one, **more):
    result, notes, *_ = clean(one, complete=LATER, **more)
    return result, [note.text for note in notes]


def test_a_good_series_passes_without_a_word():
    one = series([10, 11, 12])
    result, notes, *_ = clean(one, complete=LATER)
    assert notes == ()
    assert np.array_equal(result.close, one.close)


def test_p2_unsorted_days_are_sorted():
    result, notes = cleaned(series([30, 28, 29], dates=["2020-01-03", "2020-01-01", "2020-01-02"]))
    assert result.close.tolist() == [28, 29, 30]
    assert notes == []


def test_p2_identical_duplicates_are_folded_with_a_note():
    days = ["2020-01-02", "2020-01-01", "2020-01-02", "2020-01-02"]
    result, notes = cleaned(series([11, 10, 11, 11], dates=days, volume=[np.nan, 5, np.nan, np.nan]))
    assert result.close.tolist() == [10, 11]
    assert notes == ["2 rows repeated word for word, first 2 Jan 2020: read once."]


@pytest.mark.parametrize(
    "change", [{"prices": [10, 11, 12]}, {"adjusted": [10, 11, 12]}, {"volume": [1, 2, 3]}]
)
def test_p2_conflicting_duplicates_are_refused_with_ticker_and_date(change):
    given_ = {"prices": [10, 11, 11], "adjusted": [10, 11, 11], "volume": [1, 2, 2]} | change
    days = ["2020-01-01", "2020-01-02", "2020-01-02"]
    one = series(given_["prices"], adjusted=given_["adjusted"], volume=given_["volume"], dates=days)
    with pytest.raises(BadPrices, match=r"NVDA.*2020-01-02"):
        clean(one, complete=LATER)


@given(
    st.lists(st.floats(1, 100), min_size=2, max_size=40),
    st.randoms(use_true_random=False),
)
def test_p2_a_shuffled_series_with_repeats_is_the_clean_one(prices, random):
    one = series(prices)
    order = list(range(len(prices))) + random.choices(range(len(prices)), k=5)
    random.shuffle(order)
    messy, _, *_ = clean(one.take(np.array(order)), complete=LATER)
    plain, _, *_ = clean(one, complete=LATER)
    assert np.array_equal(messy.dates, plain.dates)
    assert np.array_equal(messy.close, plain.close)


@pytest.mark.parametrize("bad", [0.0, -1.0, np.inf, -np.inf])
@pytest.mark.parametrize("column", ["close", "adjusted"])
def test_p3_impossible_prices_are_refused_with_ticker_and_date(bad, column):
    good, wrong = [10.0, 10.0, 10.0, 10.0], [10.0, bad, 10.0, bad]
    one = series(wrong, adjusted=good) if column == "close" else series(good, adjusted=wrong)
    with pytest.raises(BadPrices, match=r"NVDA.*2020-01-02.*1 more such row"):
        clean(one, complete=LATER)


def test_p3_a_yield_may_be_zero_or_negative_but_not_infinite():
    cleaned(series([0.01, 0.0, -0.05], ticker="^IRX"))
    with pytest.raises(BadPrices):
        cleaned(series([0.01, np.inf], ticker="^IRX"))
    with pytest.raises(BadPrices):
        cleaned(series([20, 0.0], ticker="^VIX"))


def test_p3_an_impossible_volume_is_refused():
    cleaned(series([1, 2], volume=[0, np.nan]))
    with pytest.raises(BadPrices, match="volume"):
        cleaned(series([1, 2], volume=[5, -1]))


def test_a_missing_price_stays_missing():
    result, notes = cleaned(series([10, np.nan, 11]))
    assert np.isnan(result.close[1])
    assert notes == []


def bars(one):
    return {name: getattr(one, name).tolist() for name in BARS}


OPENS, HIGHS, LOWS, CLOSES = [10.0, 11.0, 12.0], [11.0, 12.0, 13.0], [9.0, 10.0, 11.0], [10.5, 11.5, 12.5]


def bar_series(**changed):
    given_ = {"open": OPENS, "high": HIGHS, "low": LOWS} | changed
    return series(given_.pop("prices", CLOSES), **given_)


def test_possible_bars_pass_as_they_are_without_a_word():
    one = bar_series()
    result, notes = cleaned(one)
    assert bars(result) == bars(one)
    assert notes == []


@pytest.mark.parametrize("bad", [0.0, -1.0, np.inf, -np.inf])
@pytest.mark.parametrize("name", BARS)
def test_p3_an_impossible_open_high_or_low_is_left_out_and_its_close_stays(name, bad):
    good = {"open": OPENS, "high": HIGHS, "low": LOWS}
    result, notes = cleaned(bar_series(**{name: [good[name][0], bad, bad]}))
    for other in BARS:
        missing = [False, other == name, other == name]
        assert np.isnan(getattr(result, other)).tolist() == missing
    assert result.close.tolist() == CLOSES
    assert notes == ["Open, high or low that cannot be true on 2 days, first 2 Jan 2020: left out."]


@pytest.mark.parametrize(
    "changed",
    [
        {"high": [11, 11.4, 13]},
        {"low": [9, 11.6, 11]},
        {"open": [10, 12.1, 12]},
        {"open": [10, 9.9, 12]},
        {"open": [10, 44, 12], "high": [11, 48, 13], "low": [9, 40, 11]},
    ],
)
def test_p4_a_bar_that_contradicts_itself_or_its_close_is_left_out_whole(changed):
    result, notes = cleaned(bar_series(**changed))
    for name in BARS:
        assert np.isnan(getattr(result, name)).tolist() == [False, True, False]
    assert result.close.tolist() == CLOSES
    assert len(notes) == 1
    assert "1 day, first 2 Jan 2020" in notes[0]


def test_a_high_under_its_low_is_left_out_where_there_is_no_close():
    result, notes = cleaned(
        bar_series(prices=[10.5, np.nan, 12.5], high=[11, 9.5, 13], open=[10, np.nan, 12])
    )
    assert np.isnan(result.high).tolist() == np.isnan(result.low).tolist() == [False, True, False]
    assert len(notes) == 1


def test_what_rounding_does_to_a_bar_is_no_contradiction():
    one = bar_series(high=[10.4995, 12, 13], low=[9, 11.0005, 11])
    result, notes = cleaned(one)
    assert bars(result) == bars(one)
    assert notes == []


def test_an_unknown_open_high_or_low_is_nothing_to_tell_of():
    unknown = [np.nan, np.nan, np.nan]
    result, notes = cleaned(bar_series(high=unknown, low=unknown))
    assert (result.open.tolist(), notes) == (OPENS, [])


def test_p9_bars_beside_an_adjusted_close_that_stands_in_are_left_out():
    result, notes = cleaned(bar_series(prices=[np.nan] * 3, adjusted=[8, 9, 10]))
    assert all(np.isnan(getattr(result, name)).all() for name in BARS)
    assert result.close.tolist() == [8, 9, 10]
    assert len(notes) == 1
    assert "Open, high and low are left out" in notes[0]
    _, notes = cleaned(series([np.nan] * 3, adjusted=[8, 9, 10]))
    assert "Open" not in notes[0]


def test_p9_bars_stay_where_the_close_stands_in_for_the_adjusted_one():
    result, _ = cleaned(bar_series(adjusted=[np.nan] * 3))
    assert result.open.tolist() == OPENS


def test_a_yield_has_bars_at_and_below_zero():
    one = series([0.01, -0.02], open=[0.0, -0.01], high=[0.02, 0.0], low=[-0.01, -0.03], ticker="^IRX")
    result, notes = cleaned(one)
    assert bars(result) == bars(one)
    assert notes == []


def test_p2_rows_that_differ_in_a_bar_only_are_read_once_without_that_price():
    days = ["2020-01-01", "2020-01-02", "2020-01-02", "2020-01-02"]
    one = series([10, 11, 11, 11], dates=days, open=[10, 11, 11, 11.5], high=[12, 12, 12, 12])
    result, notes = cleaned(one)
    assert result.close.tolist() == [10, 11]
    assert np.isnan(result.open).tolist() == [False, True]
    assert result.high.tolist() == [12, 12]
    assert notes == [
        "1 row repeated word for word, first 2 Jan 2020: read once.",
        "Open, high or low that cannot be true on 1 day, first 2 Jan 2020: left out.",
    ]


@given(
    st.lists(st.tuples(*[st.floats(-1, 30) | st.sampled_from([np.nan, np.inf])] * 3), min_size=1, max_size=20)
)
def test_h18_no_bar_refuses_a_close_or_comes_out_impossible(rows):
    close = np.linspace(10, 12, len(rows))
    written = dict(zip(BARS, np.array(rows).T, strict=True))
    result, notes = cleaned(series(close, **written))
    assert result.close.tolist() == close.tolist()
    for name in BARS:
        kept = getattr(result, name)
        known = np.isfinite(kept)
        assert (np.isnan(kept) | (kept > 0)).all()
        assert np.array_equal(kept[known], written[name][known])
        if name != "low":
            assert (kept[known] >= np.fmax(result.low, 0)[known] * (1 - 1e-3)).all()
        if name != "high":
            assert (kept[known] <= np.fmin(result.high, 99)[known] * (1 + 1e-3)).all()
    left_out = any(np.isfinite(written[n]).sum() > np.isfinite(getattr(result, n)).sum() for n in BARS)
    assert len(notes) == int(left_out or any(np.isinf(written[n]).any() for n in BARS))


def test_h1_bars_after_the_end_change_nothing():
    end = dt.date(2020, 1, 2)
    plain, notes, *_ = clean(bar_series(), complete=LATER, end=end)
    poisoned, same, *_ = clean(bar_series(open=[10, 11, -5], high=[11, 12, 0]), complete=LATER, end=end)
    assert bars(plain) == bars(poisoned)
    assert (notes, same) == ((), ())


SPLITS = [2, 3, 4, 5, 10, 20, 1.5]


@pytest.mark.parametrize("ratio", SPLITS + [1 / s for s in SPLITS])
@pytest.mark.parametrize("day", [-0.05, 0.0, 0.05])
def test_p4_every_seeded_split_is_flagged_with_its_date(ratio, day):
    prices = 100 * np.cumprod(1 + np.random.default_rng(1).normal(0, 0.02, 60))
    prices[30:] *= (1 + day) / (prices[30] / prices[29]) / ratio
    _, notes = cleaned(series(prices))
    assert len(notes) == 1
    assert words.day(START + 30) in notes[0]
    assert "split" in notes[0]
    assert "Nothing was changed" in notes[0]


@given(st.lists(st.floats(-0.15, 0.15), min_size=1, max_size=60))
def test_p4_ordinary_days_are_not_flagged(returns):
    _, notes = cleaned(series(100 * np.cumprod(1 + np.array(returns))))
    assert notes == []


@pytest.mark.parametrize(("price", "flagged"), [(60, True), (140, True), (76, False), (130, False)])
def test_p4_a_move_of_40_per_cent_is_flagged(price, flagged):
    _, notes = cleaned(series([100, price]))
    assert bool(notes) == flagged


def test_p4_the_move_is_written_with_its_ratio():
    _, notes = cleaned(series([100, 25]))
    assert notes[0].startswith("2 Jan 2020: \u00d70.25 in a day (\u221275.0%), like a 4:1 split.")
    _, notes = cleaned(series([100, 1000]))
    assert "1:10 reverse split" in notes[0]
    _, notes = cleaned(series([100, 57]))
    assert "split" not in notes[0]


def test_p4_many_jumps_are_counted():
    _, notes = cleaned(series([1, 2] * 20))
    assert len(notes) == 21
    assert notes[-1].startswith("19 more jumps")


def test_p4_a_damaged_price_beside_a_huge_one_is_a_jump_both_ways():
    _, notes = cleaned(series([1e-300, 1e300, 1e-300]))
    assert len(notes) == 2


def test_p4_volatility_indices_may_double():
    _, notes = cleaned(series([17.3, 37.3], ticker="^VIX"))
    assert notes == []


def test_p9_a_close_that_is_not_split_adjusted_is_told_from_a_real_jump():
    _, notes = cleaned(series([400, 100], adjusted=[100, 100]))
    assert "seems not to be adjusted for a split" in notes[0]
    _, notes = cleaned(series([100, 100], adjusted=[400, 100]))
    assert "do not fit together" in notes[0]


def test_p9_one_column_stands_in_for_the_other_only_as_a_whole():
    result, notes = cleaned(series([np.nan, np.nan], adjusted=[9, 10]))
    assert result.close.tolist() == [9, 10]
    assert "adjusted close stands in" in notes[0]
    result, notes = cleaned(series([9, 10], adjusted=[np.nan, np.nan]))
    assert result.adj_close.tolist() == [9, 10]
    assert "leave dividends out" in notes[0]
    result, _ = cleaned(series([np.nan, 10], adjusted=[9, 10]))
    assert np.isnan(result.close[0])


def test_no_note_where_an_index_has_one_column():
    _, notes = cleaned(series([9, 10], adjusted=[np.nan, np.nan], ticker="^VIX"))
    assert notes == []


def test_rows_after_the_end_cannot_influence_the_answer():
    end = dt.date(2020, 1, 3)
    poisoned = series(
        [10, 11, 12, 0, np.inf], dates=["2020-01-01", "2020-01-02", "2020-01-03"] + ["2020-01-04"] * 2
    )
    result, notes, *_ = clean(poisoned, complete=LATER, end=end)
    plain, expected, *_ = clean(series([10, 11, 12]), complete=LATER, end=end)
    assert np.array_equal(result.close, plain.close)
    assert notes == expected


def test_rows_before_the_start_are_left_out():
    result, _ = cleaned(series([0, 10, 11]), start=dt.date(2020, 1, 2))
    assert result.close.tolist() == [10, 11]


def test_p7_the_running_session_and_the_future_are_left_out_with_a_note():
    one = series([10, 11, 12], dates=["2025-04-03", "2025-04-04", "2025-04-07"])
    result, notes, *_ = clean(one, complete=np.datetime64("2025-04-04"))
    assert result.close.tolist() == [10, 11]
    assert notes[0].severity == "warning"
    assert "The row of 7 Apr 2025 is left out" in notes[0].text
    _, notes, *_ = clean(one, complete=np.datetime64("2025-04-03"))
    assert "2 rows from 4 Apr 2025 on" in notes[0].text
    _, notes, *_ = clean(one, complete=np.datetime64("2025-04-03"), end=dt.date(2025, 4, 3))
    assert notes == ()

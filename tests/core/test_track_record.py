"""The record of the signals: the sample's by pandas, and the edges by hand."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from core import Settings, analyse
from core.fingerprint import freeze
from core.track_record import FALSE_ALARM_FALL, track_records
from tests.strategies import ASSETS, random_table, run, settings_of


def test_the_records_of_the_sample_by_pandas() -> None:
    analysis = analyse(Settings(), bootstrap=False)
    close = pd.Series(analysis.market.benchmark_close)
    for record in analysis.track_record:
        on = analysis.state.on if record.name == "rule" else analysis.signals[record.name].state == 1
        flags = pd.Series(on)
        starts = flags.index[flags & ~flags.shift(fill_value=False)]
        lengths = flags.groupby((flags != flags.shift()).cumsum()).sum()
        lengths = lengths[lengths > 0]
        if flags.iloc[-1]:
            lengths = lengths.iloc[:-1]
        assert record.fired == len(starts)
        if not len(starts):
            assert np.isnan(record.median_days)
            continue
        assert record.median_days == lengths.median()
        ahead = close.shift(-20) / close - 1
        lowest = close[::-1].rolling(20).min()[::-1].shift(-1) / close - 1
        counted = [t for t in starts if np.isfinite(ahead[t])]
        assert record.counted == len(counted)
        assert record.after_20 == pytest.approx(ahead[counted].median())
        soon = (close.shift(-5) / close - 1)[starts].dropna()
        assert record.after_5 == pytest.approx(soon.median())
        assert record.false_alarms == pytest.approx((lowest[counted] > -FALSE_ALARM_FALL).mean())


def test_the_rule_comes_last_and_a_signal_without_data_never_fired() -> None:
    records = analyse(Settings(), bootstrap=False).track_record
    assert [record.name for record in records] == [
        "vix_inversion", "price_break", "stop_loss_cluster", "rule",
    ]  # fmt: skip
    flow = records[2]
    assert (flow.fired, flow.counted, flow.sessions) == (0, 0, 0)
    assert np.isnan([flow.median_days, flow.after_5, flow.after_20, flow.false_alarms]).all()


def test_an_alarm_that_goes_on_has_no_length_and_none_after_it_counts() -> None:
    analysis = run(random_table(4, 60, 1), settings_of({ASSETS[0]: 1.0}, 10.0))
    close = np.full(60, 100.0)
    close[11:] = 96.9  # more than 3 % down the day after
    on = np.zeros(60, dtype=np.bool_)
    on[10:13] = on[30] = on[55:] = True
    state = replace(analysis.state, fraction=freeze(on.astype(np.float64)))
    market = replace(analysis.market, benchmark_close=freeze(close))
    *_, rule = track_records(market, analysis.signals, analysis.decision, state)
    assert (rule.fired, rule.counted, rule.median_days) == (3, 2, 2.0)
    assert rule.false_alarms == 0.5
    assert rule.after_20 == pytest.approx((96.9 / 100.0 - 1.0) / 2.0)
    assert rule.after_5 == rule.after_20  # the last alarm has fewer than five sessions after it

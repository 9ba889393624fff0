"""Crashes, rebounds and false alarms: every figure of the sample computed anew, and the edges."""

import datetime as dt
from dataclasses import replace
from functools import cache

import numpy as np
import pandas as pd
import pytest

from core import Settings, analyse
from core.events import Event, measure_events, measure_window
from core.fingerprint import freeze
from core.pipeline import Analysis
from tests.strategies import ASSETS, changed, random_table, run, settings_of, with_prices


@cache
def sample() -> Analysis:
    return analyse(Settings(), bootstrap=False)


def frame(analysis: Analysis) -> pd.DataFrame:
    """Values, benchmark and state by date."""
    columns = {name: arm.value for name, arm in analysis.backtest.arms.items()}
    columns |= {"benchmark": analysis.market.benchmark_close, "on": analysis.state.on}
    return pd.DataFrame(columns, index=pd.DatetimeIndex(analysis.market.sessions))


def by_name(analysis: Analysis, name: str) -> Event:
    return next(event for event in analysis.events.events if event.name == name)


def test_every_event_of_the_sample_by_pandas() -> None:
    analysis = sample()
    table = frame(analysis)
    costs = pd.Series(analysis.backtest.triggered.costs, index=table.index)
    known = [event for event in analysis.events.events if not event.reason]
    assert len(known) >= 11
    for event in known:
        inside = table.loc[str(event.start) : str(event.end)]
        assert event.benchmark == pytest.approx(inside.benchmark.iloc[-1] / inside.benchmark.iloc[0] - 1)
        for arm in ("unhedged", "triggered", "always_hedged", "sold"):
            value = inside[arm]
            assert event.change[arm] == pytest.approx(value.iloc[-1] / value.iloc[0] - 1)
            assert event.drawdown[arm] == pytest.approx((value / value.cummax() - 1).min())
        assert event.protection == pytest.approx(event.drawdown["triggered"] - event.drawdown["unhedged"])
        assert event.cost == pytest.approx(costs.loc[inside.index[1:]].sum())
        gap = table.triggered - table.unhedged
        assert event.hedge_profit == pytest.approx(gap[inside.index[-1]] - gap[inside.index[0]])
        if inside.on.any():
            first = inside.index[inside.on.to_numpy().argmax()]
            assert event.first_on == np.datetime64(first, "D")
            assert event.to_on == inside.index.get_loc(first)
            if inside.benchmark.iloc[0] > inside.benchmark.iloc[-1]:
                left = inside.benchmark[first] - inside.benchmark.iloc[-1]
                fall = inside.benchmark.iloc[0] - inside.benchmark.iloc[-1]
                assert event.fall_ahead == pytest.approx(left / fall)
        else:
            assert np.isnat(event.first_on)
            assert np.isnan(event.to_on)
        after = table.loc[str(event.end) :]
        if inside.on.iloc[-1] and not after.on.all():
            assert event.to_off == (~after.on).to_numpy().argmax()
            closed = after.index[int(event.to_off) + 1]
            assert event.after_profit == pytest.approx(gap[closed] - gap[inside.index[-1]])


def test_the_covid_crash_of_the_sample() -> None:
    covid = by_name(sample(), "Covid")
    assert (str(covid.start), str(covid.end), covid.kind) == ("2020-02-19", "2020-03-23", "crash")
    assert str(covid.first_on) == "2020-02-24"
    assert covid.to_on == 3
    assert not covid.ongoing
    assert covid.protection > 0
    assert covid.after_profit < 0  # the rebound is paid for


def test_windows_without_data_are_listed_with_the_reason() -> None:
    events = sample().events.events
    names = [event.name for event in events if event.origin == "known"]
    assert len(names) == 16
    assert by_name(sample(), "Dot-com").reason == "before the first session, 3 Jan 2006"
    late = by_name(sample(), "Tariffs")
    assert late.reason == "after the last session, 28 Dec 2022"
    assert np.isnan(late.benchmark)
    assert all(np.isnan(value) for value in late.drawdown.values())
    rebound = by_name(sample(), "2022 rebound")
    assert rebound.ongoing
    assert str(rebound.end) == "2022-12-28"


def test_on_a_day_in_a_crash_it_is_ongoing_and_later_ones_have_no_data() -> None:
    analysis = analyse(changed(Settings(), data__as_of=dt.date(2020, 3, 12)), bootstrap=False)
    covid = by_name(analysis, "Covid")
    assert (covid.ongoing, str(covid.end)) == (True, "2020-03-12")
    assert by_name(analysis, "Covid rebound").reason == "after the last session, 12 Mar 2020"


def test_a_fall_that_is_no_known_crash_is_found() -> None:
    found = [event for event in sample().events.events if event.origin == "found"]
    assert [(str(e.start), str(e.end), e.name) for e in found] == [
        ("2015-11-03", "2016-02-11", "Fall of Nov 2015")
    ]


def test_a_found_fall_that_goes_on_is_said_to() -> None:
    analysis = analyse(changed(Settings(), data__as_of=dt.date(2016, 2, 5)), bootstrap=False)
    found = [event for event in analysis.events.events if event.origin == "found"]
    assert [(str(e.start), e.ongoing) for e in found] == [("2015-11-03", True)]
    assert not any(event.ongoing for event in sample().events.events if event.origin == "found")


def test_false_alarms_of_the_sample_touch_no_event_and_sum_by_pandas() -> None:
    analysis = sample()
    table, events = frame(analysis), [e for e in analysis.events.events if not e.reason]
    gap = table.triggered - table.unhedged
    alarms = analysis.events.false_alarms
    assert alarms
    spells = {(str(a), str(b)) for a, b in _spells(table.on)}
    for alarm in alarms:
        assert (str(alarm.start), str(alarm.end)) in spells
        assert not any(e.start <= alarm.end and alarm.start <= e.end for e in events)
        left = table.index.get_loc(pd.Timestamp(str(alarm.end))) + 2  # the close that leaves, then the fill
        first = pd.Timestamp(str(alarm.start))
        assert alarm.profit == pytest.approx(gap.iloc[left] - gap[first])
        benchmark = table.benchmark
        assert alarm.benchmark == pytest.approx(benchmark.iloc[left] / benchmark[first] - 1)
    judged = sum(
        any(e.start <= np.datetime64(b) and np.datetime64(a) <= e.end for e in events) for a, b in spells
    )
    assert len(alarms) + judged == len(spells)


def _spells(on: pd.Series) -> list[tuple[np.datetime64, np.datetime64]]:
    groups = on.ne(on.shift()).cumsum()[on]
    return [
        (np.datetime64(part.index[0], "D"), np.datetime64(part.index[-1], "D"))
        for _, part in groups.groupby(groups)
    ]


def test_a_window_of_the_readers_own_equals_the_known_one() -> None:
    analysis = sample()
    covid = by_name(analysis, "Covid")
    window = (np.datetime64("2020-02-19"), np.datetime64("2020-03-23"))
    own = measure_window(analysis.market, analysis.backtest, analysis.state, window)
    assert (own.kind, own.origin, own.name) == ("window", "yours", "Your window")
    for field in ("benchmark", "change", "drawdown", "to_on", "fall_ahead", "to_off", "cost", "hedge_profit"):
        assert getattr(own, field) == getattr(covid, field)
    assert own.protection == own.change["triggered"] - own.change["unhedged"]


def test_a_window_of_one_session_has_a_reason() -> None:
    analysis = sample()
    day = analysis.market.sessions[500]
    own = measure_window(analysis.market, analysis.backtest, analysis.state, (day, day))
    assert own.reason == "fewer than two sessions"


def test_before_every_holding_has_a_price_there_is_a_reason() -> None:
    table = random_table(3, 120, 2)
    close = table.close.copy()
    late = table.column(ASSETS[0]) or 0
    close[:60, late] = np.nan
    analysis = run(with_prices(table, close), settings_of({ASSETS[0]: 5.0, ASSETS[1]: 5.0}, 100.0))
    assert analysis.backtest.start == 60
    first, last = analysis.market.sessions[10], analysis.market.sessions[50]
    own = measure_window(analysis.market, analysis.backtest, analysis.state, (first, last))
    assert own.reason.startswith("before every holding has a price, ")
    assert np.isfinite(own.benchmark)


def test_an_arm_that_is_worth_nothing_has_no_drawdown_after() -> None:
    analysis = sample()
    ruined = replace(
        analysis.backtest.always_hedged,
        value=freeze(np.where(np.arange(len(analysis.market.sessions)) < 1000, 1.0, np.nan)),
    )
    backtest = replace(analysis.backtest, always_hedged=ruined)
    found = measure_events(analysis.market, backtest, analysis.state, analysis.settings.backtest)
    covid = next(event for event in found.events if event.name == "Covid")
    assert np.isnan(covid.drawdown["always_hedged"])
    assert np.isfinite(covid.drawdown["triggered"])

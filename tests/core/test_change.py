"""The change strip adds up, and each step is what its name says."""

import dataclasses
import datetime as dt

import numpy as np
import pytest

from core import Memo, Settings, analyse, ols
from core.settings import Holding


def _analysis(**portfolio: object):
    base = Settings()
    settings = dataclasses.replace(base, portfolio=dataclasses.replace(base.portfolio, **portfolio))
    return analyse(settings, memo=Memo())


def test_steps_add_up_to_the_change() -> None:
    change = _analysis().change
    assert change.yesterday + change.weights + change.entered + change.left == pytest.approx(
        change.today, abs=1e-14
    )
    assert change.reason == ""


def test_yesterday_is_what_yesterday_said() -> None:
    today = _analysis()
    before = analyse(Settings().with_value("data.as_of", dt.date(2022, 12, 27)))
    assert today.change.yesterday_session == before.market.as_of
    assert today.change.yesterday == pytest.approx(before.exposure.beta[-1], rel=1e-13)


def test_entered_is_a_window_of_one_session_more() -> None:
    analysis = _analysis(holdings=(Holding("AMD", 100.0),), cash=0.0)
    market, change = analysis.market, analysis.change
    wide = ols(market.returns[-61:, 0], market.benchmark_returns[-61:])
    # One stock and no cash: its weight is 1 on both days, so price moves change nothing.
    assert change.weights == pytest.approx(0.0, abs=1e-14)
    assert change.entered == pytest.approx(wide.beta - change.yesterday, abs=1e-12)
    assert change.left_session == market.sessions[-61]


def test_unknown_when_a_day_has_no_beta() -> None:
    start = Settings().with_value("data.start", dt.date(2022, 10, 17))
    analysis = analyse(start)
    while np.isfinite(analysis.exposure.beta[-2]):
        start = start.with_value("data.start", start.data.start + dt.timedelta(days=1))
        analysis = analyse(start)
    assert np.isfinite(analysis.exposure.beta[-1])
    assert np.isnan(analysis.change.weights)
    assert analysis.change.reason == "there is no beta on one of the two days"


def test_empty_book_changes_nothing() -> None:
    change = _analysis(holdings=(), cash=1000.0).change
    assert (change.yesterday, change.weights, change.entered, change.left, change.today) == (0, 0, 0, 0, 0)

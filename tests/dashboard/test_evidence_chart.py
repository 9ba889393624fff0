"""The charts of the Evidence page: the arms over time, what stands around them, and the draws of the test."""

import re
from dataclasses import replace

import numpy as np
import pytest

from core.backtest import ARMS
from core.comparison import compare
from core.pipeline import Analysis, analyse
from dashboard.charts import arms
from dashboard.charts.histogram import histogram
from dashboard.selection import Selection
from tests.dashboard.test_evidence import COVID, shown
from tests.dashboard.test_views import told


@pytest.fixture(scope="module")
def sample() -> Analysis:
    return analyse(bootstrap=False)


def test_modes_show_their_own_lane(sample: Analysis) -> None:
    page = shown(sample)
    visible = {chart.key: chart.figure.visible for chart in page.stack.charts}
    assert (visible["nav"], visible["sharpe"], visible["beta"], visible["fall"]) == (True, False, False, True)
    told(page.chart, "mode:beta")
    visible = {chart.key: chart.figure.visible for chart in page.stack.charts}
    assert (visible["nav"], visible["sharpe"], visible["beta"]) == (False, False, True)
    assert 'data-press="mode:beta" aria-pressed="true"' in page.chart.object


def test_the_chart_draws_growth_falls_sharpe_and_beta(sample: Analysis) -> None:
    backtest, market = sample.backtest, sample.market
    window = (np.datetime64("2015-01-02"), np.datetime64("2020-12-31"))
    nav = arms.history(sample, window, "nav").columns
    inside = (backtest.sessions >= window[0]) & (backtest.sessions <= window[1])
    for name in ARMS:
        value = backtest.arms[name].value[inside]
        assert nav[name][inside] == pytest.approx(value / value[0])
        assert np.isnan(nav[name][~inside]).all()
    value = backtest.triggered.value[inside]
    assert nav["fall_triggered"][inside] == pytest.approx(value / np.maximum.accumulate(value) - 1.0)
    last = np.flatnonzero(inside)[-1]
    rows = slice(last - 251, last + 1)
    for name in ("triggered", "sold"):
        value = backtest.arms[name].value
        own = value[1:] / value[:-1] - 1.0
        excess = own[last - 252 : last] - market.cash_rate[last - 252 : last] / 252
        sharpe = arms.history(sample, window, "sharpe").columns[name][last]
        assert sharpe == pytest.approx(excess.mean() / excess.std(ddof=1) * np.sqrt(252))
        slope = np.polyfit(market.benchmark_returns[rows], own[last - 252 : last], 1)[0]
        assert arms.history(sample, window, "beta").columns[name][last] == pytest.approx(slope)


def test_ranges_reach_back_from_the_last_session(sample: Analysis) -> None:
    page = shown(sample)
    assert arms.range_name(sample.backtest, arms.whole(sample.backtest)) == "All"
    told(page.chart, "span:5 y")
    assert page.state.selection.window == (np.datetime64("2017-12-28"), np.datetime64("2022-12-28"))
    assert 'data-press="span:5 y" aria-pressed="true"' in page.chart.object
    past = (np.datetime64("1990-01-01"), np.datetime64("1991-01-01"))
    assert arms.shown_window(sample.backtest, past) == arms.whole(sample.backtest)


def test_the_subtitle_says_what_is_held_and_when_it_fills(sample: Analysis) -> None:
    page = shown(sample)
    part = f"{100 * sample.backtest.stocks / sample.backtest.capital:.0f}\u202f%"
    assert f"today\u2019s shares and cash since 3 Jan 2006, when stocks were {part}" in page.chart.object
    assert "filled at the next close" in page.chart.object  # the sample has no opens
    told(page.metrics, "book:weights")
    assert page.state.settings.backtest.book == "weights"
    other = analyse(page.state.settings.with_value("backtest.lag", 2), bootstrap=False)
    assert "today\u2019s weights since 3 Jan 2006" in arms.held(other)
    assert arms.fills(other) == "decided at the close, filled at the close 2 sessions later"


def test_a_theme_change_recolours_the_chart(sample: Analysis) -> None:
    page = shown(sample)
    page.state.dark = True
    chart = next(chart for chart in page.stack.charts if chart.key == "nav")
    assert chart.lines["triggered"].glyph.line_color == "#56B4E9"


def test_the_draws_show_zero_the_estimate_and_the_interval(sample: Analysis) -> None:
    test = compare(sample.market, sample.backtest, sample.settings.backtest).test
    assert test is not None
    picture = histogram(test, test.difference)
    assert f"found is {test.difference:+.2f}".replace("-", "\u2212") in picture
    bars = re.findall(r'height="([\d.]+)%" fill="var\(--(t3|bd2)\)"', picture)
    assert {tone for _, tone in bars} == {"t3", "bd2"}
    far = replace(test, draws=np.sort(test.draws + 3.0), low=test.low + 3.0, high=test.high + 3.0)
    left = re.findall(r'<line x1="([\d.]+)%" x2="\1%" y1="-23"', histogram(far, test.difference + 3.0))
    assert 15.0 < float(left[0]) < 20.0  # zero keeps room for its words
    assert histogram(replace(test, draws=np.array([])), 0.1) == ""


def test_the_labels_of_a_marked_range_say_which_dates_they_are_about(sample: Analysis) -> None:
    page = shown(sample)
    assert "Labels and share of days" not in page.chart.object
    page.state.select(Selection(brush=COVID))
    assert "Labels and share of days: whole past." in page.chart.object
    fall = next(chart for chart in page.stack.charts if chart.key == "fall")
    assert fall.title.text.endswith(", whole past")

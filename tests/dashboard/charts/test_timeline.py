from types import SimpleNamespace

import numpy as np
import pytest

from core import words
from dashboard.charts import asset, book
from dashboard.charts.base import Window, milliseconds, range_window, rows_in
from dashboard.charts.lane import LaneChart
from dashboard.charts.timeline import TimeStack
from dashboard.theme import SERIES, TOKENS
from tests.dashboard.scenes import NAMES, scene


def stack_of(name: str, window: str = "15 m", *, dark: bool = False) -> tuple[TimeStack, Window]:
    analysis = scene(name)
    stack = TimeStack(book.lanes(), book.TIPS, dark=dark)
    shown = range_window(window, analysis.market.sessions)
    stack.update(book.history(analysis), shown, titles=book.lane_titles(analysis))
    return stack, shown


@pytest.mark.parametrize("window", ["6 m", "15 m", "All"])
def test_the_source_holds_the_analysis(window: str) -> None:
    analysis = scene("plain")
    stack, shown = stack_of("plain", window)
    rows = rows_in(analysis.market.sessions, shown)
    exposure = analysis.exposure
    same = (exposure.measured == exposure.measured[-1])[rows]
    np.testing.assert_array_equal(stack.source.data["date"], milliseconds(analysis.market.sessions[rows]))
    for column, series in {
        "beta": exposure.beta, "beta_low": exposure.beta_low, "beta_high": exposure.beta_high,
    }.items():  # fmt: skip
        np.testing.assert_array_equal(stack.source.data[column], np.where(same, series[rows], np.nan))


def test_another_book_is_a_gap_and_the_words_say_from_when() -> None:
    analysis = scene("partial")
    history = book.history(analysis)
    other = analysis.exposure.measured != analysis.exposure.measured[-1]
    assert other.any()
    for column in ("beta", "beta_low", "beta_high", "r_squared"):
        assert np.isnan(history.columns[column][other]).all()
    window = range_window("All", analysis.market.sessions)
    assert "not every holding has a beta" in book.describe(analysis, window).subtitle


def test_a_zoomed_chart_dates_the_beta_of_its_own_last_session() -> None:
    analysis = scene("plain")
    sessions, beta = analysis.market.sessions, analysis.exposure.beta
    assert f"{beta[200]:.2f}" != f"{beta[-1]:.2f}"
    summary = book.describe(analysis, (sessions[150], sessions[200])).summary
    assert summary.startswith(f"On {words.day(sessions[200])} beta is {words.number(beta[200])};")


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("dark", [False, True])
def test_labels_say_the_last_value_and_never_nan(name: str, dark: bool) -> None:
    stack, _ = stack_of(name, dark=dark)
    for chart in stack.charts:
        texts = chart.ends.source.data["text"]
        assert all(text and "nan" not in text and words.UNKNOWN not in text for text in texts)
        ticks = list(chart.values.major_label_overrides.values())
        assert 2 <= len(ticks) <= 8
        assert np.isfinite([chart.y_range.start, chart.y_range.end]).all()
    if np.isfinite(scene(name).exposure.beta[-1]):
        said = [mark.full for mark in stack.charts[0].ends.marks if mark.strong]
        assert [float(text.split()[0].replace("−", "-")) for text in said] == [
            pytest.approx(scene(name).exposure.beta[-1], abs=0.005)
        ]


def test_colours_follow_the_theme() -> None:
    stack, _ = stack_of("plain")
    for dark, theme in ((False, "light"), (True, "dark"), (False, "light")):
        stack.recolour(dark)
        for chart in stack.charts:
            assert isinstance(chart, LaneChart)
            for line in chart.lane.lines:
                assert chart.lines[line.key].glyph.line_color == SERIES[theme][line.series].line
            assert chart.figure.ygrid[0].grid_line_color == TOKENS[theme]["grid"]
            assert not chart.figure.legend


def test_charts_share_axis_source_and_crosshair() -> None:
    stack, _ = stack_of("plain")
    first, second = (chart.figure for chart in stack.charts)
    assert first.x_range is second.x_range
    crosses = [
        tool.overlay
        for plot in (first, second)
        for tool in plot.tools
        if tool.__class__.__name__ == "CrosshairTool"
    ]
    assert crosses[0] is crosses[1]
    assert not stack.charts[0].dates.visible
    assert stack.charts[1].dates.visible


def test_a_drag_becomes_the_sessions_it_covers() -> None:
    analysis, seen = scene("plain"), []
    stack = TimeStack(book.lanes(), book.TIPS, dark=False, on_brush=seen.append)
    sessions = analysis.market.sessions
    stack.update(book.history(analysis), range_window("All", sessions))
    at = milliseconds(sessions)

    def drag(x0: float, x1: float, *, final: bool = True, sx0: float = 0.0) -> None:
        stack.brushed(SimpleNamespace(final=final, geometry={"x0": x0, "x1": x1, "sx0": sx0, "sx1": 100.0}))

    drag(at[200] - 1, at[250] + 1, final=False)
    drag(at[10] + 1, at[11] - 1)
    drag(at[200] - 1, at[250] + 1, sx0=97.0)
    assert seen == []
    drag(at[250] + 1, at[200] - 1)
    assert seen == [(sessions[200], sessions[250])]


def test_brush_and_mark_are_drawn_and_taken_away() -> None:
    stack, window = stack_of("plain")
    stack.point(brush=window, mark=window[1])
    assert all(chart.brushed.visible for chart in stack.charts)
    assert stack.mark.data["beta"] == [scene("plain").exposure.beta[-1]]
    stack.point(brush=None, mark=window[0] - np.timedelta64(900, "D"))
    assert not any(chart.brushed.visible for chart in stack.charts)
    assert stack.mark.data["beta"] == []


@pytest.mark.parametrize("name", NAMES)
def test_twins_have_the_same_figures_and_no_nan(name: str) -> None:
    analysis = scene(name)
    window = range_window("15 m", analysis.market.sessions)
    twins = [book.twin(analysis, window)]
    if analysis.market.tickers:
        twins.append(asset.twin(analysis, analysis.market.tickers[0], window))
    for twin in twins:
        assert all(len(row) == len(twin.header) for row in twin.rows)
        text = " ".join(cell for row in twin.rows for cell in row)
        assert "nan" not in text.lower()
        assert "inf" not in text.lower()
    beta = analysis.exposure.beta[-1]
    if np.isfinite(beta):
        assert float(twins[0].rows[0][1].replace("−", "-")) == pytest.approx(beta, abs=0.005)


@pytest.mark.parametrize("ticker", ["S00", "SH"])
def test_an_asset_has_its_own_beta(ticker: str) -> None:
    analysis = scene("hedged")
    fit, j = (analysis.betas.hedge, 0) if ticker == "SH" else (analysis.betas.assets, 0)
    columns = asset.history(analysis, ticker).columns
    np.testing.assert_array_equal(columns["beta"], fit.beta[:, j])
    np.testing.assert_array_equal(columns["beta_low"], fit.interval()[0][:, j])
    words = asset.describe(analysis, ticker, range_window("15 m", analysis.market.sessions))
    assert ticker in words.subtitle


def test_a_price_that_never_moves_has_no_beta_to_draw() -> None:
    analysis = scene("partial")
    beta = asset.history(analysis, "S04").columns["beta"]
    assert np.isnan(beta[-1])

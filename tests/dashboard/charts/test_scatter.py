import base64
import json

import numpy as np
import pytest

from core.regression import regression_line
from dashboard.charts import scatter
from dashboard.theme import SERIES
from tests.dashboard.scenes import scene
from tests.strategies import random_table, run, settings_of


def test_the_line_is_the_beta_of_that_day() -> None:
    analysis = scene("plain")
    for row in (90, 250, len(analysis.market.sessions) - 1):
        for j, ticker in enumerate(analysis.market.tickers):
            shown = scatter.sample(analysis, ticker, row)
            assert shown.line is not None
            assert shown.line.fit.beta == pytest.approx(analysis.betas.assets.beta[row, j], rel=1e-9)
            assert shown.window[1] == analysis.market.sessions[row]


def test_the_hedge_can_be_looked_at_too() -> None:
    analysis = scene("hedged")
    shown = scatter.sample(analysis, "SH", len(analysis.market.sessions) - 1)
    assert shown.line is not None
    assert shown.line.fit.beta == pytest.approx(analysis.betas.hedge.beta[-1, 0], rel=1e-9)


def test_log_returns_and_newey_west_follow_the_settings() -> None:
    table = random_table(3)
    settings = settings_of({"S00": 10.0}, 0.0, beta__returns="log", beta__errors="newey-west")
    analysis = run(table, settings)
    shown = scatter.sample(analysis, "S00", len(table.sessions) - 1)
    rows = slice(-60, None)
    y, x = np.log1p(analysis.market.returns[rows, 0]), np.log1p(analysis.market.benchmark_returns[rows])
    assert shown.line == regression_line(y, x, covariance="newey-west")
    assert "log returns" in scatter.describe(analysis, shown).subtitle
    assert "Newey–West" in scatter.describe(analysis, shown).subtitle


@pytest.mark.parametrize("dark", [False, True])
def test_the_figure_draws_points_line_and_band(dark: bool) -> None:
    analysis = scene("plain")
    shown = scatter.sample(analysis, "S00", 300)
    figure = scatter.figure(analysis, shown, dark=dark)
    assert shown.line is not None
    band, line, points, ring = figure.data
    np.testing.assert_allclose(line.y, 100 * shown.line.line)
    half = len(shown.line.at)
    np.testing.assert_allclose(band.y[:half], 100 * shown.line.high)
    np.testing.assert_allclose(band.y[half:][::-1], 100 * shown.line.low)
    np.testing.assert_allclose(points.x, 100 * shown.line.x)
    np.testing.assert_allclose(points.y, 100 * shown.line.y)
    assert (ring.x[0], ring.y[0]) == (points.x[-1], points.y[-1])
    assert line.line.color == SERIES["dark" if dark else "light"]["hedged"].line
    sent = json.loads(figure.to_json())["data"][2]["y"]
    decoded = np.frombuffer(base64.b64decode(sent["bdata"]), dtype=sent["dtype"])
    np.testing.assert_array_equal(decoded, points.y)


@pytest.mark.parametrize(
    ("ticker", "reason"),
    [("S02", "29 of 60 sessions have a return, needs 48"), ("S04", "its price did not move over the window")],
)
def test_without_a_beta_there_is_a_reason(ticker: str, reason: str) -> None:
    analysis = scene("partial")
    shown = scatter.sample(analysis, ticker, len(analysis.market.sessions) - 1)
    words = scatter.describe(analysis, shown)
    assert shown.line is None
    assert shown.reason == reason
    assert words.title == f"Why has {ticker} no beta?"
    assert words.summary.lower().startswith(reason.lower())
    assert scatter.facts(shown) == ()
    assert scatter.twin(shown, "SPY").note == reason
    assert len(scatter.figure(analysis, shown, dark=False).data) == 0


def test_a_day_without_a_return_has_no_ring() -> None:
    analysis = scene("partial")
    shown = scatter.sample(analysis, "S03", len(analysis.market.sessions) - 1)
    assert shown.line is not None
    assert len(scatter.figure(analysis, shown, dark=False).data) == 3


def test_facts_and_table_say_what_the_line_says() -> None:
    analysis = scene("plain")
    shown = scatter.sample(analysis, "S00", 300)
    assert shown.line is not None
    facts = dict(scatter.facts(shown))
    assert facts["β"].startswith(f"{shown.line.fit.beta:.2f} [")
    assert facts["Sessions"] == "60"
    rows = scatter.twin(shown, "SPY").rows
    assert len(rows) == 60
    assert float(rows[0][2].replace("−", "-")) == pytest.approx(100 * shown.line.y[-1], abs=0.005)


def test_the_date_at_the_ring_is_not_cut_off_at_the_edge() -> None:
    analysis = scene("plain")
    moves = analysis.market.benchmark_returns[80:]
    days = {"left": np.argmin(moves), "right": np.argmax(moves), "center": np.argmin(np.abs(moves))}
    for side, day in days.items():
        shown = scatter.sample(analysis, "S00", 80 + int(day))
        figure = scatter.figure(analysis, shown, dark=False)
        assert next(note for note in figure.layout.annotations if note.yshift == 15).xanchor == side

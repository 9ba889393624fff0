"""The card of what is left in the spread: words that follow the tests, pictures that follow the figures."""

import asyncio
import json
import math
import re
from dataclasses import replace

import numpy as np
import pytest

from core.lab.residuals import Residuals, Statistic, diagnose
from dashboard.charts import residuals as drawn
from dashboard.theme import SERIES
from dashboard.views.lab_residuals import ResidualCard
from dashboard.views.lab_work import pending
from tests.dashboard.lab_scenes import StillLab, frame_of, still_lab
from tests.dashboard.test_tiles import text_of
from tests.dashboard.test_views import page_text
from tests.waiting import until


async def settled(card: ResidualCard) -> ResidualCard:
    """The card once what it asks is answered: off the page's thread, so that a loop must run."""
    await until(lambda: card.tester.answer is not None and not pending(card.tester))
    return card


def card_of(lab: StillLab) -> ResidualCard:
    async def session() -> ResidualCard:
        return await settled(ResidualCard(lab.page, lab))

    return asyncio.run(session())


def made(**changes: object) -> Residuals:
    rng = np.random.default_rng(3)
    spread = np.zeros(400)
    for t in range(1, 400):
        spread[t] = 0.95 * spread[t - 1] + rng.standard_normal()
    return replace(diagnose(spread), **changes)  # type: ignore[arg-type]


def left_of(found: Residuals) -> drawn.Left:
    days = np.arange("2021-01-04", "2024-01-01", dtype="datetime64[D]")[: found.rows]
    return drawn.Left("Least squares", "AAA", days, found)


def test_the_card_shows_the_diagnostics_of_the_method_shown() -> None:
    lab = still_lab(frame_of(), shown="johansen")
    card = card_of(lab)
    found = diagnose(lab.compared.comparison.row("johansen").result.spread)
    text = page_text(card.view)
    assert "Johansen" in text
    assert f"{found.phi:.4f}" in text
    assert f"({found.ljung_box.statistic:.1f}, " in text
    bars = json.loads(card.plane.figure)["data"]
    np.testing.assert_allclose(_numbers(bars[0]["y"]), found.shock_autocorrelation)
    assert not re.search(r"\b(nan|inf|none)\b", text.lower())
    before = card.plane.figure

    async def change() -> None:
        assert lab.change("lab.shown", "ols")
        assert "pending" in card.chart.kind
        assert card.plane.figure == before
        await settled(card)

    asyncio.run(change())
    assert "Least squares" in text_of(card.chart.object)
    assert card.plane.figure != before
    assert "pending" not in card.view.kind


def _numbers(values: object) -> np.ndarray:
    """The numbers of a trace, which Plotly may have packed."""
    if isinstance(values, dict):
        import base64

        return np.frombuffer(base64.b64decode(values["bdata"]), dtype=values["dtype"])
    return np.asarray(values, dtype=float)


def test_the_theme_recolours_the_figure() -> None:
    lab = still_lab()
    card = card_of(lab)
    assert SERIES["light"]["hedged"].line in card.plane.figure
    lab.page.dark = True
    assert SERIES["dark"]["hedged"].line in card.plane.figure


def test_every_shock_is_in_the_histogram() -> None:
    found = made()
    figure = drawn.figure(left_of(found), dark=False)
    counts = next(trace for trace in figure.data if trace.xaxis == "x2" and trace.type == "bar").y
    assert sum(counts) == len(found.shocks)
    wild = found.shocks.copy()
    wild[5] = 100.0 * wild.std()
    figure = drawn.figure(left_of(replace(found, shocks=wild)), dark=True)
    counts = next(trace for trace in figure.data if trace.xaxis == "x2" and trace.type == "bar").y
    assert sum(counts) == len(found.shocks)
    assert counts[-1] >= 1


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"ljung_box": Statistic(40.0, 0.001, 10)}, "its shocks still hang together."),
        ({"arch": Statistic(40.0, 0.001, 5)}, "its shocks come in calm and wild stretches."),
        (
            {"arch": Statistic(40.0, 0.001, 5), "jarque_bera": Statistic(900.0, 0.0)},
            "its shocks come in calm and wild stretches and are not normal.",
        ),
        ({}, "its shocks look independent, of one size and normal."),
    ],
)
def test_the_sentence_names_the_flaws_that_were_found(changes: dict[str, object], said: str) -> None:
    fine = {
        "ljung_box": Statistic(5.0, 0.8, 10),
        "arch": Statistic(2.0, 0.8, 5),
        "jarque_bera": Statistic(1.0, 0.6),
    }
    assert drawn.summary(made(**{**fine, **changes})).endswith(said)


@pytest.mark.parametrize(
    ("slope", "sentence", "row"),
    [
        (0.9, "% of a gap is left after a session; ", "half a gap is gone after "),
        (-0.33, "A gap changes its sign each session; ", ": a gap changes its sign each session"),
        (1.01, "Gaps do not close; ", ": gaps do not close"),
    ],
)
def test_what_gaps_do_is_said_as_it_is(slope: float, sentence: str, row: str) -> None:
    shocks = np.random.default_rng(3).standard_normal(400)
    spread = np.zeros(400)
    for t in range(1, 400):
        spread[t] = slope * spread[t - 1] + shocks[t]
    found = diagnose(spread)
    assert sentence in drawn.summary(found)
    assert row in drawn.tests(left_of(found))[0][1]


def test_the_words_of_the_tests_follow_their_p_values() -> None:
    fat = made(jarque_bera=Statistic(900.0, 0.0), excess_kurtosis=6.1, skew=-0.2)
    rows = {name: (said, figures) for name, said, figures in drawn.tests(left_of(fat))}
    said, figures = rows["Jarque\u2013Bera"]
    assert "not normal: tails are fat (excess kurtosis 6.1), skew \u22120.2" in said
    assert figures == "(900.0, p <\u202f0.001)"
    calm = made(jarque_bera=Statistic(1.0, 0.6))
    assert "look normal" in {n: s for n, s, _ in drawn.tests(left_of(calm))}["Jarque\u2013Bera"]


def test_what_it_means_for_the_interval() -> None:
    assert "say as much about its level as" in drawn.meaning(made())
    plain = made(effective_rows=380.0, arch=Statistic(1.0, 0.9, 5))
    assert "speaks against" in drawn.meaning(plain)
    assert "too narrow" in drawn.meaning(replace(plain, arch=Statistic(50.0, 0.0, 5)))
    runaway = made(phi=1.01, half_life=math.inf, effective_rows=math.nan)
    assert "does not come back" in drawn.meaning(runaway)
    assert drawn.summary(runaway).startswith("Gaps do not close;")
    assert "gaps do not close" in drawn.tests(left_of(runaway))[0][1]


def test_a_spread_too_short_to_look_at_says_so() -> None:
    card = card_of(still_lab(frame_of(count=36)))
    assert "bare" in card.chart.kind
    assert "36" in text_of(card.chart.object)

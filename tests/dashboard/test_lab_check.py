"""The hedge check's card: five steps with figures, bad news in the same size, errors beside their cause."""

import asyncio
import re
from dataclasses import replace

import numpy as np
import pytest

from core.hedge_check import check_hedge
from core.lab import CheckSettings, LabSettings, RatioSettings
from core.lab.check import AssetCheck, check_of
from core.lab.files import keep_table
from dashboard.charts import check as chart
from dashboard.lab import LabState
from dashboard.state import AppState, Problem
from dashboard.tester import Answer
from dashboard.theme import SERIES
from dashboard.views.lab_check import CheckCard
from tests.dashboard.lab_scenes import DeafLab, busy
from tests.dashboard.test_tiles import text_of
from tests.dashboard.test_views import page_text, told
from tests.waiting import until


@pytest.fixture(scope="module")
def xom() -> AssetCheck:
    return check_of(CheckSettings(), RatioSettings())


def card(settings: LabSettings | None = None, *, dark: bool = False) -> CheckCard:
    state = AppState(page="lab", dark=dark)
    return CheckCard(state, DeafLab(state, settings or LabSettings()))


def made(later: float = 1.3, rows: int = 200, **changes: object) -> AssetCheck:
    """A check of an asset whose beta is 1.3 and then `later`."""
    rng = np.random.default_rng(5)
    x = rng.normal(0.0004, 0.01, rows)
    beta = np.where(np.arange(rows) < rows // 2, 1.3, later)
    y = beta * x + rng.normal(0.0, 0.004, rows)
    days = np.datetime64("2020-01-01") + np.arange(rows + 1)
    one, two = (100.0 * np.cumprod(np.r_[1.0, 1 + part]) for part in (y, x))
    usual = {
        "asset": "A<b>", "benchmark": "M&M", "source": "<i>own.csv", "errors": "classic", "learn": 0.5,
        "dividends_lacking": 0.0, "steps": check_hedge(one, two, days),
    }  # fmt: skip
    return AssetCheck(**{**usual, **changes})  # type: ignore[arg-type]


def test_the_steps_stand_in_order_with_their_figures(xom: AssetCheck) -> None:
    page = card()
    assert page.grid.kind == "grid steps bare"
    page.lab.check = xom
    assert page.grid.kind == "grid steps"
    text = page_text(page.view)
    places = [text.index(f"{n}. ") for n in range(1, 6)]
    assert places == sorted(places)
    steps, carried = xom.steps, xom.steps.carried
    assert carried is not None
    fit, left = steps.line.fit, carried.realised
    (low, high), (left_low, left_high) = fit.interval(), left.interval()
    minus = str.maketrans("-", "\u2212")
    assert f"{fit.beta:.2f} [{low:.2f}, {high:.2f}]" in text
    assert f"n = {len(steps.returns)}" in text
    said = f"left a beta of {left.beta:.2f} [{left_low:.2f}, {left_high:.2f}]".translate(minus)
    assert f"On days it had not seen the hedge {said} and removed {100 * carried.removed:.0f}" in text
    assert f"{100 * carried.learned.r_squared:.0f} % of the variance removed" in text
    assert "hedged too much" in text
    assert "this proves the arithmetic, not the hedge" in text
    assert "lack dividends of about 1.9 % a year" in text
    assert not re.search(r"\b(nan|inf|none)\b", text.lower())


def test_bad_news_is_said_in_the_same_type(xom: AssetCheck) -> None:
    page = card()
    page.lab.check = made(later=-1.3)
    fifth = page.steps[4].object
    figures = re.findall(r'<p class="figure">(.*?)</p>', fifth)
    carried = page.lab.check.steps.carried
    assert carried is not None
    assert carried.removed < 0.0
    assert figures == [
        f"{100 * carried.learned.r_squared:.0f}\u202f%", f"\u2212{-100 * carried.removed:.0f}\u202f%",
    ]  # fmt: skip
    assert "it added variance" in fifth
    assert "added" in page.view.object
    little = chart.verdict(made(later=2.5))
    assert "hedged too little" in little
    assert "Zero is inside the interval" in chart.verdict(made(later=1.3))


def test_a_beta_below_zero_that_shrinks_was_hedged_too_much() -> None:
    found = made()
    carried = found.steps.carried
    assert carried is not None
    learned = replace(carried.learned, beta=-1.0)
    left = replace(carried.realised, beta=0.5, beta_se=0.01)
    other = replace(
        found, steps=replace(found.steps, carried=replace(carried, learned=learned, realised=left))
    )
    assert "too much" in chart.verdict(other)


def test_the_proof_shows_a_beta_of_rounding_and_the_same_alpha(xom: AssetCheck) -> None:
    rows = {row[0]: row[1:] for row in chart.proof(xom).rows}
    assert rows["\u03b2"][0] == f"{xom.steps.line.fit.beta:.4f}"
    assert rows["\u03b2"][1].partition(" (")[0] == "0"
    assert rows["\u03b1 a session"][1].endswith(", the same")
    assert rows["Variance removed"][1] == f"{100 * xom.steps.removed:.1f}\u202f%"
    assert chart.power(-5.4e-17) == "\u22125\u202f\u00d7\u202f10\u207b\u00b9\u2077"
    assert chart.power(0.0) == "0"
    assert chart.power(float("nan")) == "\u2014"


def test_means_and_volatilities_are_those_of_both_parts() -> None:
    found = made()
    carried = found.steps.carried
    assert carried is not None
    y, x = found.steps.returns, found.steps.benchmark
    beta = carried.learned.beta
    for part, days in zip(chart.moments(found, carried), (slice(100), slice(100, None)), strict=True):
        rows = {row[0]: row for row in part.rows}
        for name, values in (("A<b>", y), ("M&M", x), ("Hedged", y - beta * x)):
            mean, deviation = 25200 * values[days].mean(), 100 * np.sqrt(252) * values[days].std(ddof=1)
            shown = [cell.rstrip("\u202f%").replace("\u2212", "-") for cell in rows[name][1:3]]
            assert float(shown[1]) == pytest.approx(deviation, abs=0.051)
            if len(values[days]) >= 126:
                assert float(shown[0]) == pytest.approx(mean, abs=0.051)
                assert part.note == ""
            else:
                assert shown[0] == "\u2014"
                assert part.note == "100 sessions are too few for a mean a year; 126 are asked for."


def test_a_mean_of_half_a_year_is_told_as_one_a_year() -> None:
    found = made(rows=252)
    carried = found.steps.carried
    assert carried is not None
    learned, unseen = chart.moments(found, carried)
    assert (len(carried.fitted), learned.note, unseen.note) == (126, "", "")
    mean = 25200 * found.steps.returns[:126].mean()
    assert float(learned.rows[0][1].rstrip("\u202f%").replace("\u2212", "-")) == pytest.approx(
        mean, abs=0.051
    )


def test_any_other_asset_is_typed_behind_its_button() -> None:
    page = card()
    control = page.controls["check.asset"]
    assert not control.visible
    told(page.offer, "asset:\u2026")
    assert (control.visible, control.reveals) == (True, 1)
    assert 'data-press="asset:\u2026" aria-pressed="true"' in page.offer.object
    assert page.lab.settings.check.asset == ""
    control.enter("TSLA")
    told(page.offer, "asset:KO")
    assert (control.visible, page.lab.settings.check.asset) == (False, "KO")
    page.lab.change("check.asset", "ZZZZ")  # not among the buttons
    assert control.visible
    assert 'data-press="asset:\u2026" aria-pressed="true"' in page.offer.object
    page.lab.change("check.asset", "KO")
    assert not control.visible
    wrong = Problem(message="No prices of KO.", where="check.asset")
    page.lab.checking.answer = Answer("key", None, wrong)
    assert control.visible  # the refusal has no other place


def test_lines_and_their_tables_are_what_1_became(xom: AssetCheck) -> None:
    shown = chart.history(xom).columns
    steps = xom.steps
    np.testing.assert_allclose(shown["asset"][-1], np.prod(1 + steps.returns))
    hedged = steps.returns - steps.line.fit.beta * steps.benchmark
    np.testing.assert_allclose(shown["hedged"][-1], np.prod(1 + hedged))
    page = card()
    page.lab.check = xom
    np.testing.assert_allclose(page.after.source.data["hedged"], shown["hedged"])
    assert "hedged" not in page.before.source.data
    twin = chart.growth_twin(xom, hedged=True)
    assert len(twin.rows) == 60
    assert "of 755" in twin.note
    assert twin.rows[0][0] == "28 Dec 2022"
    assert twin.rows[0][2] == f"{shown['asset'][-1]:.3f}"
    assert len(chart.growth_twin(made(rows=50), hedged=False).rows) == 50
    assert chart.plane_twin(xom).note == "Latest 60 of 755 sessions."


def test_the_theme_changes_every_picture(xom: AssetCheck) -> None:
    page = card()
    page.lab.check = xom
    light = page.plane.figure
    page.state.dark = True
    assert page.plane.figure != light
    lane = page.after.charts[0]
    assert lane.lines["hedged"].glyph.line_color == SERIES["dark"]["hedged"].line
    assert lane.lines["asset"].glyph.line_color == SERIES["dark"]["unhedged"].line


def test_a_period_too_short_to_carry_says_why() -> None:
    page = card()
    page.lab.check = made(rows=5)
    assert "could not be tried on days it had not seen" in page.view.object
    assert "The first part gives no beta" in page.steps[4].object
    assert "figure" not in page.steps[4].object


def test_nothing_of_the_users_is_read_as_html() -> None:
    page = card()
    page.lab.check = made()
    every = page_text(page.view)
    markup = "".join(part.object + part.twin for part in (page.view, page.facts, *page.steps))
    assert "A<b>" in every
    assert "A<b>" not in markup
    assert "<i>own" not in markup
    assert "A<b>" not in page.plane.figure


def test_it_is_asked_for_only_in_sight() -> None:
    page = card()
    page.lab.change("check.learn", 0.6)
    assert page.lab.asked == 0
    page.sight.seen = True
    assert page.lab.asked == 1
    page.lab.change("check.learn", 0.7)
    assert page.lab.asked == 2
    page.state.page = "today"
    page.lab.change("check.learn", 0.8)
    assert page.lab.asked == 2


def test_assets_are_one_click_away_and_periods_take_days_back() -> None:
    page = card()
    assert re.findall(r'data-press="asset:(\w+)"', page.offer.object)[:3] == ["XOM", "CVX", "AAPL"]
    assert 'data-press="asset:XOM" aria-pressed="true"' in page.offer.object
    told(page.offer, "asset:KO")
    assert page.lab.settings.check.asset == "KO"
    assert 'data-press="asset:KO" aria-pressed="true"' in page.offer.object
    page.controls["check.start"].enter("2020-01-02")
    assert str(page.lab.settings.check.start) == "2020-01-02"
    page.controls["check.period"].submit("1y")
    assert (page.lab.settings.check.period, page.lab.settings.check.start) == ("1y", None)
    assert not page.controls["check.benchmark"].visible
    digest, _ = keep_table(b"Date,A b,C\n2024-01-01,1,2\n2024-01-02,2,3\n", name="x.csv")
    legs = RatioSettings(source="file", file=digest, legs=("A b", "C"))
    own = card(LabSettings(lab=legs))
    assert 'data-press="asset:A b" aria-pressed="true"' in own.offer.object
    assert 'data-press="benchmark:C" aria-pressed="true"' in own.offer.object
    told(own.offer, "asset:C")
    told(own.offer, "benchmark:A b")
    assert (own.lab.settings.check.asset, own.lab.settings.check.benchmark) == ("C", "A b")
    assert 'data-press="benchmark:A b" aria-pressed="true"' in own.offer.object


def test_a_benchmark_in_a_table_has_one_control() -> None:
    for count in (3, 12):
        names = [f"C{i}" for i in range(count)]
        lines = "".join(f"2024-01-0{day}{',2.5' * count}\n" for day in (1, 2))
        digest, _ = keep_table(f"Date,{','.join(names)}\n{lines}".encode(), name="x.csv")
        legs = RatioSettings(source="file", file=digest, legs=("C0", "C1"))
        own = card(LabSettings(lab=legs))
        buttons = 'data-press="benchmark:' in own.offer.object
        assert (buttons, own.controls["check.benchmark"].visible) == (count == 3, count == 12)
        wrong = Problem(message="No column ZZ.", hint="It has C0.", where="check.benchmark")
        own.lab.checking.answer = Answer("key", None, wrong)
        assert ("No column ZZ. It has C0." in own.status.object) == buttons
        assert own.controls["check.benchmark"].error == "No column ZZ. It has C0."


def test_a_refusal_stands_beside_its_control_and_the_last_check_stays(xom: AssetCheck) -> None:
    page = card()
    page.lab.check = xom
    drawn = page.steps[4].object
    wrong = Problem(message="No prices of <b>.", hint="Choose another.", where="check.asset")
    page.lab.checking.answer = Answer("key", None, wrong)
    assert page.controls["check.asset"].error == "No prices of <b>. Choose another."
    assert page.status.object == '<p class="sub">What is shown is the check of XOM.</p>'
    assert page.grid.kind == "grid steps dim"
    assert page.steps[4].object == drawn
    page.lab.checking.answer = Answer("key", None, Problem(message="Nobody <b> answers."))
    assert page.controls["check.asset"].error == ""
    assert "Nobody &lt;b&gt; answers. What is shown is the check of XOM." in page.status.object
    assert "Try again" in page.status.object
    busy(page.lab.checking, 0.5, "Fetching")
    assert "Fetching \u00b7 50\u202f%" in page.status.object
    page.lab.checking.work = None
    page.lab.checking.answer = Answer("other", xom)
    assert (page.status.object, page.grid.kind) == ("", "grid steps")


def test_the_lab_checks_and_a_ticker_without_prices_leaves_the_last() -> None:
    async def run() -> None:
        state = AppState(page="today")
        lab = LabState(state)
        state.page = "lab"
        page = CheckCard(state, lab)
        lab.comparing.stop()

        page.sight.seen = True
        await until(lambda: lab.checking.answer is not None)
        assert lab.check is not None
        assert "XOM" in page.view.object
        first = lab.checking.answer
        lab.change("check.asset", "ZZZ")
        await until(lambda: lab.checking.answer is not first)
        assert "no prices for ZZZ" in page.controls["check.asset"].error
        assert lab.check.asset == "XOM"
        assert page.grid.kind == "grid steps dim"
        lab.stop()

    asyncio.run(run())


def test_the_card_is_described_by_its_question(xom: AssetCheck) -> None:
    said = chart.describe(xom)
    assert said.title == "Does the textbook hedge work on XOM?"
    assert "classic errors" in said.subtitle
    assert "Newey\u2013West errors" in chart.describe(replace(xom, errors="newey-west")).subtitle
    holes = replace(xom, steps=replace(xom.steps, missing=2))
    assert "2 sessions without both returns left out" in chart.describe(holes).subtitle
    assert "lack dividends" not in chart.lacking(replace(xom, dividends_lacking=0.0))
    assert text_of(chart.removed(float("nan"))) == "removed an unknown part of the variance"

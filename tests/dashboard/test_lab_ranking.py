"""The ranking's card: begun in sight, told apart in words, and never beside legs that it is not of."""

import asyncio
import datetime as dt
import math
import re
from dataclasses import replace

import numpy as np
import pytest

from core.errors import EstimationError
from core.lab import LabSettings, RatioSettings, compare_ratios
from core.lab.prices import read_legs_of
from core.lab.rank import Ranked, rank_ratios
from dashboard.charts import ranking as chart
from dashboard.lab import LabState
from dashboard.lab_jobs import Compared, question
from dashboard.state import AppState, Problem
from dashboard.tester import STOPPED, Answer
from dashboard.views.lab_ranking import RankingCard
from tests.dashboard.lab_scenes import DeafLab, busy, press
from tests.dashboard.test_tiles import text_of
from tests.dashboard.test_views import page_text
from tests.waiting import quiet, until

ASKED = RatioSettings(period="1y", methods=("ols", "ols_origin", "price_ratio"), window=100)


@pytest.fixture(scope="module")
def ranked() -> Ranked:
    return rank_ratios(ASKED, read_legs_of(ASKED))


def card(*, compared: bool = True) -> RankingCard:
    state = AppState(page="lab")
    lab = DeafLab(state, LabSettings(lab=ASKED))
    made = RankingCard(state, lab)
    if compared:
        lab.compared = compared_of(ASKED)
    return made


def compared_of(asked: RatioSettings) -> Compared:
    """The comparison that answers these settings."""
    prices = read_legs_of(asked)
    table = compare_ratios(prices.frame(), methods=asked.methods)
    return Compared(asked=question(asked), prices=prices, comparison=table)


def test_it_begins_once_it_is_in_sight_and_the_legs_are_there() -> None:
    page = card(compared=False)
    page.sight.seen = True
    assert page.lab.asked == 0
    assert "when the legs above are compared" in page.status.object
    page = card()
    assert page.lab.asked == 0
    assert "Rank on unseen days" in page.status.object
    page.sight.seen = True
    page.sight.seen = False
    page.sight.seen = True
    assert page.lab.asked == 1


def test_the_table_is_the_ranking_in_its_order(ranked: Ranked) -> None:
    page = card()
    page.lab.ranking = ranked
    assert page.status.object == ""
    assert page.table.kind == "ranks"
    scores = ranked.ranking.scores
    text = text_of(page.table.object)
    rows = re.findall(r'<tr><th scope="row">(.*?)</th>', page.table.object)
    assert [row.partition(" <")[0].strip() for row in rows] == [score.label for score in scores]
    for score in scores[1:]:
        assert f"{score.behind:.2f} [{score.behind_low:.2f}, {score.behind_high:.2f}]" in text
    said = text_of(page.view.object)
    for part in (
        "XOM against CVX",
        "windows of 100 sessions",
        "refits every 21",
        "500 redraws of these days",
        "20 on",
    ):
        assert part in said
    assert f"{ranked.ranking.tested} days tested" in said
    assert f"typically ${math.sqrt(scores[0].variance):.2f} per XOM" in said
    for head in ("Variance, times the least", "How often it came first"):
        assert head in text
    assert not re.search(r"\b(nan|inf|none)\b", page_text(page.view).lower())


def test_what_cannot_be_told_apart_is_said_in_words(ranked: Ranked) -> None:
    ranking = ranked.ranking
    first, second = ranking.scores[:2]
    for low, high, words in (
        (0.8, 1.2, "cannot be told apart"),
        (1.1, 1.4, "leaves more"),
        (0.5, 0.9, "leaves less"),
        (np.nan, np.nan, "not known"),
    ):
        assert chart.apart(replace(second, behind_low=low, behind_high=high), ranking) == words
    assert chart.apart(first, ranking) == "least variance"


@pytest.mark.parametrize(
    ("bounds", "said"),
    [
        ([(1.1, 1.4), (1.2, 1.3)], "every other method left more"),
        ([(0.8, 1.2), (0.9, 1.3)], "no other method can be told from it"),
        ([(0.8, 1.2), (1.2, 1.3)], "1 of the 2 others cannot be told from it"),
        ([(1.1, 1.4), (np.nan, np.nan)], "1 of the 2 others left more; of 1 it is not known"),
        ([(np.nan, np.nan), (np.nan, np.nan)], "of 2 it is not known"),
        (
            [(0.8, 1.2), (0.5, 0.9)],
            "1 of the 2 others cannot be told from it; 1 left less in nearly all redraws",
        ),
        ([(1.1, 1.4), (0.5, 0.9)], "1 of the 2 others left more; 1 left less in nearly all redraws"),
    ],
)
def test_the_sentence_says_of_the_others_what_their_rows_say(
    ranked: Ranked, bounds: list[tuple[float, float]], said: str
) -> None:
    first, second = ranked.ranking.scores[:2]
    others = [replace(second, behind_low=low, behind_high=high) for low, high in bounds]
    found = replace(ranked, ranking=replace(ranked.ranking, scores=(first, *others)))
    assert f"; {said}. Which one was best" in chart.describe(found).summary


def test_one_method_alone_is_named(ranked: Ranked) -> None:
    ranking, first = ranked.ranking, ranked.ranking.scores[0]
    alone = replace(ranking, scores=(first,))
    assert "Only" in chart.describe(replace(ranked, ranking=alone)).summary


def test_whiskers_stand_on_one_scale_that_has_1(ranked: Ranked) -> None:
    scores = ranked.ranking.scores
    shown = chart.scale(scores)
    assert shown.low < 1.0 < shown.high
    assert shown.at(shown.low) < shown.at(1.0) < shown.at(shown.high)
    assert shown.at(2.0) - shown.at(1.0) == pytest.approx(shown.at(4.0) - shown.at(2.0), abs=0.02) or (
        shown.high < 4.0
    )
    wide = chart.scale([replace(scores[1], behind_low=0.5, behind_high=8.0)])
    assert wide.at(2.0) - wide.at(1.0) == pytest.approx(wide.at(4.0) - wide.at(2.0), abs=0.02)
    drawn = chart.whisker(scores[1], shown, tone="benchmark")
    assert f'cx="{shown.at(scores[1].behind)}%"' in drawn
    assert f'x="{shown.at(scores[1].behind_low)}%"' in drawn
    unknown = replace(scores[1], behind=np.nan, behind_low=np.nan, behind_high=np.nan)
    assert "circle" not in chart.whisker(unknown, shown, tone="benchmark")


def test_a_ranking_of_other_legs_or_windows_is_dimmed_and_named(ranked: Ranked) -> None:
    for changes in ({"window": 120}, {"methods": ("ols",)}, {"legs": ("XOM", "KO")}, {"period": "3y"}):
        page = card()
        page.lab.ranking = ranked
        page.lab.settings = replace(page.lab.settings, lab=replace(ASKED, **changes))
        assert page.table.kind == "ranks dim", changes
        if "legs" in changes or "period" in changes or "methods" in changes:
            assert "when the legs above are compared" in page.status.object
        else:
            assert (
                "Windows have changed. This ranking is of XOM and CVX, 28 Dec 2021 \u2013 28 Dec 2022, "
                "windows of 100 sessions."
            ) in page.status.object
            assert page.view.kind == "card ranking past"
            press(page.status, "rank")
            assert page.lab.asked == 1
        page.lab.settings = replace(page.lab.settings, lab=ASKED)
        assert page.table.kind == "ranks"
        assert page.status.object == ""


def test_a_ranking_of_other_days_says_that_the_days_have_changed(ranked: Ranked) -> None:
    page = card()
    page.lab.ranking = ranked
    asked = replace(ASKED, end=dt.date(2022, 12, 1), period="3y")
    page.lab.settings = replace(page.lab.settings, lab=asked)
    page.lab.compared = compared_of(asked)
    assert "Days have changed. This ranking is of XOM and CVX, 28 Dec 2021" in page.status.object


def test_a_day_of_the_page_knows_no_ranking_of_later_days(ranked: Ranked) -> None:
    page = card()
    page.sight.seen = True
    assert page.lab.asked == 1
    page.lab.ranking = ranked
    page.state.change("data.as_of", dt.date(2022, 12, 28))
    assert page.table.object
    page.state.change("data.as_of", dt.date(2022, 6, 30))
    assert page.lab.ranking is ranked
    assert page.table.object == ""
    assert "tested" not in page.view.object
    assert "when the legs above are compared" in page.status.object
    assert page.lab.asked == 1
    # It begins anew by itself as soon as the legs of that day are compared, once.
    page.lab.compared = compared_of(replace(ASKED, end=dt.date(2022, 6, 30)))
    page.sight.seen = False
    page.sight.seen = True
    assert page.lab.asked == 2
    page.state.change("data.as_of", None)
    page.lab.compared = compared_of(ASKED)
    assert page.table.object
    assert page.status.object == ""
    assert page.lab.asked == 2


def test_work_is_told_and_can_be_stopped(ranked: Ranked) -> None:
    page = card()
    page.lab.ranking = ranked
    page.lab.settings = replace(page.lab.settings, lab=replace(ASKED, window=120))
    busy(page.lab.judging, 0.25, "Huber: window 3 of 12")
    assert 'value="0.250"' in page.status.object
    assert "Huber: window 3 of 12 \u00b7 25\u202f%" in page.status.object
    assert page.table.kind == "ranks dim"
    press(page.status, "again")
    page.lab.judging.work = None
    page.lab.judging.answer = Answer("key", None, STOPPED)
    assert "Stopped." in page.status.object
    assert "The last ranking is shown." in page.status.object
    press(page.status, "again")
    assert page.lab.asked == 2
    page.lab.settings = replace(page.lab.settings, lab=ASKED)
    assert page.status.object == ""


def test_trying_again_asks_anew_what_has_failed(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise EstimationError("No method has an answer.")

    monkeypatch.setattr("dashboard.lab_jobs.rank_ratios", fail)

    async def run() -> None:
        state = AppState(page="today")
        lab = LabState(state, LabSettings(lab=ASKED))
        lab.compared = compared_of(ASKED)
        state.page = "lab"
        page = RankingCard(state, lab)
        lab.comparing.stop()
        page._rank()

        await until(lambda: lab.judging.answer is not None)
        first = lab.judging.answer
        assert first is not None
        assert first.problem is not None
        assert "Try again" in page.status.object
        page._pressed("again")
        assert lab.judging.question is not None
        await until(lambda: lab.judging.answer is not None and lab.judging.answer is not first)
        assert lab.judging.answer is not None
        assert lab.judging.answer.problem is not None
        lab.stop()

    asyncio.run(run())


def test_a_window_that_leaves_nothing_to_test_on_is_replaced_by_one_that_does() -> None:
    page = card()
    page.sight.seen = True
    page.lab.change("lab.window", 250)
    page._rank()
    failed = Problem(message="Not enough data for a test on unseen days: 253 of 290.", hint="Shorter.")
    page.lab.judging.answer = Answer("asked", None, failed)
    assert 'data-press="window:200"' in page.status.object
    assert "Try again" not in page.status.object
    asked = page.lab.asked
    press(page.status, "window:200")
    assert page.lab.settings.lab.window == 200
    assert page.lab.asked == asked + 1
    press(page.status, "window:9")
    assert page.lab.settings.lab.window == 200
    assert page.lab.asked == asked + 1


def test_methods_left_out_have_their_reason_and_nothing_is_read_as_html(ranked: Ranked) -> None:
    page = card()
    ranking = replace(
        ranked.ranking,
        left_out={"kalman": "needs <b>60</b> rows"},
        legs=("<i>A</i>", "B"),
        dependent="<i>A</i>",
    )
    page.lab.ranking = replace(ranked, ranking=ranking)
    assert "<b>Kalman filter</b>: needs &lt;b&gt;60&lt;/b&gt; rows" in page.table.object
    assert "<i>" not in page.view.object
    failed = replace(ranking.scores[0], failed=3, windows=9, turnover=np.nan, turnover_low=np.nan)
    page.lab.ranking = replace(ranked, ranking=replace(ranking, scores=(failed,)))
    assert "3 of 12 windows without an answer" in page.table.object
    assert "\u2014" in page.table.object


def test_nothing_is_drawn_while_another_page_is_shown(ranked: Ranked) -> None:
    page = card()
    before = page.table.object
    page.state.page = "today"
    page.lab.ranking = ranked
    assert page.table.object == before
    page.state.page = "lab"
    assert page.table.object != before


def test_the_lab_ranks_and_keeps_the_last_answer_when_stopped() -> None:
    async def run() -> None:
        state = AppState(page="today")
        lab = LabState(state, LabSettings(lab=ASKED))
        lab.compared = compared_of(ASKED)
        assert not lab.is_ranked
        lab.rank()
        await until(lambda: lab.ranking is not None)
        assert lab.is_ranked
        kept = lab.ranking
        lab.settings = replace(lab.settings, lab=replace(ASKED, window=120))
        assert not lab.is_ranked
        lab.rank()
        lab.judging.cancel()
        assert lab.judging.answer is not None
        assert lab.judging.answer.problem == STOPPED
        await quiet()
        assert lab.ranking is kept
        lab.stop()

    asyncio.run(run())

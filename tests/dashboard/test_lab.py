"""The lab's state: asked once, newest wins, half states never, and the last good answer stays."""

import asyncio
import datetime as dt
import gc
import io
import json
import sys
import threading
import time
import zipfile
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any
from unittest.mock import patch

import numpy as np
import pandas as pd
import pytest

from core.lab import LabSettings, RatioSettings, compare_ratios, study_ratio
from core.lab.check import check_of
from core.lab.cointegration import simulated_p_value
from core.lab.compare import RatioComparison
from core.lab.files import LegTable
from core.lab.prices import LabPrices, read_legs_of
from core.pipeline import analyse, refresh_prices
from core.progress import Progress, silent
from core.ratios.base import HedgeRatio
from core.ratios.null import PValue
from core.ratios.rolling import rolling_hedge_ratio
from core.settings import DataSettings, Holding, PortfolioSettings
from core.tree import Question
from dashboard import lab_jobs as jobs
from dashboard import tester
from dashboard.lab import LabState
from dashboard.lab_jobs import KEPT, Compared, compare, compare_legs, draw_intervals, refit
from dashboard.lab_words import lacking
from dashboard.legs import offered
from dashboard.state import AppState
from dashboard.views.lab_bar import QuestionBar
from dashboard.views.lab_check import CheckCard
from dashboard.views.lab_residuals import ResidualCard
from tests.waiting import PATIENCE, quiet, until

SMALL = LabSettings(
    lab=RatioSettings(methods=("ols", "tls"), period="1y", draws=99, table_draws=19, resamples=99, window=120)
)


def run(use: Callable[[AppState, LabState], Awaitable[None]], *, page: str = "lab") -> None:
    """Use a lab on a loop of its own."""

    async def inside() -> None:
        state = AppState(page=page)
        lab = LabState(state, SMALL)
        try:
            await use(state, lab)
        finally:
            lab.stop()

    asyncio.run(inside())


def where(lab: LabState) -> str | None:
    """The setting that the problem stands beside; None where there is no problem."""
    return None if lab.problem is None else lab.problem.where


async def settled(lab: LabState) -> None:
    """Until everything that is asked has its answer."""
    await until(lambda: (lab.compared is not None and lab.is_current) or lab.problem is not None)
    await until(lambda: all(_done(one) for one in by_itself(lab)))


def by_itself(lab: LabState) -> tuple[tester.Tester[Any], ...]:
    """Those that are asked by themselves."""
    return (lab.comparing, lab.studying, lab.refitting, lab.drawing, lab.simulating)


def _done(one: tester.Tester[Any]) -> bool:
    return one.question is None or (one.answer is not None and one.answer.key == one.question.key)


def test_it_answers_with_the_engines_own_figures() -> None:
    async def use(_: AppState, lab: LabState) -> None:
        lab.begin()
        await settled(lab)
        prices = read_legs_of(SMALL.lab).frame()
        assert lab.compared is not None
        assert lab.compared.comparison == compare_ratios(prices, methods=("ols", "tls"))
        assert lab.table == compare_ratios(prices, methods=("ols", "tls"), draws=19, resamples=99)
        assert lab.simulated
        assert lab.studied == study_ratio(prices, "ols", draws=99, resamples=99)
        assert lab.refitted is not None
        assert lab.refitted.window == 120
        assert lab.problem is None

    run(use)


def test_nothing_is_asked_while_another_page_is_shown() -> None:
    async def use(state: AppState, lab: LabState) -> None:
        lab.begin()
        assert lab.comparing.question is None
        state.page = "lab"
        assert lab.comparing.question is not None

    run(use, page="today")


def test_what_does_not_concern_the_legs_asks_nothing() -> None:
    async def use(state: AppState, lab: LabState) -> None:
        lab.ask_for(source="source")
        await settled(lab)
        before = [one.question for one in by_itself(lab)]
        state.change("triggers.break_below", 0.07)
        state.change("triggers.tree", Question(ask="drawdown", yes=1.0, no=0.0))
        state.change("portfolio.cash", 5.0)
        lab.change("lab.entry", 2.5)
        lab.change("lab.position", 300.0)
        await quiet()
        now = [one.question for one in by_itself(lab)]
        assert all(a is b for a, b in zip(now, before, strict=True))

    run(use)


def test_the_pages_day_bounds_the_pages_source_at_once() -> None:
    async def use(state: AppState, lab: LabState) -> None:
        lab.ask_for(source="source")
        await settled(lab)
        state.change("data.as_of", dt.date(2015, 6, 30))
        assert not lab.is_current
        assert lab.studied is None
        await until(lambda: lab.compared and lab.compared.prices.sessions[-1] == np.datetime64("2015-06-30"))
        await settled(lab)
        assert lab.studied is not None
        assert lab.studied.dates is not None
        assert lab.studied.dates[-1] == np.datetime64("2015-06-30")

    run(use)


def test_the_pages_day_bounds_the_sample_and_the_hedge_check_too() -> None:
    async def use(state: AppState, lab: LabState) -> None:
        lab.begin()
        await settled(lab)
        day = dt.date(2021, 6, 30)
        state.change("data.as_of", day)
        assert not lab.is_current
        await until(lambda: lab.compared and lab.compared.prices.sessions[-1] == np.datetime64(day))
        assert lab.is_current
        assert lab.answered == lab.settings
        lab.check_asset()
        await until(lambda: lab.checked)
        assert lab.checked is not None
        assert lab.checked.steps.sessions[-1] == np.datetime64(day)
        lab.ask_for(start=dt.date(2021, 7, 1), period="all")
        assert lab.problem is not None
        assert "after the page\u2019s day" in lab.problem.message
        assert not lab.is_current
        lab.ask_for(start=None)
        await until(lambda: lab.is_current)

    run(use)


def test_a_period_after_the_pages_day_is_refused_only_while_that_day_stands() -> None:
    late = dt.date(2021, 7, 1)

    async def use(state: AppState, lab: LabState) -> None:
        bar = QuestionBar(state, lab)
        lab.ask_for(start=late, resamples=0, draws=0)
        await settled(lab)
        state.change("data.as_of", late - dt.timedelta(1))
        assert where(lab) == "lab.start"
        assert "2021-06-30" in bar.start.error
        state.change("data.as_of", late - dt.timedelta(2))
        assert "2021-06-29" in bar.start.error
        state.change("data.as_of", None)
        await until(lambda: lab.problem is None)
        assert lab.is_current
        assert bar.start.error == ""

    run(use)


def test_an_older_answer_does_not_take_the_refusal_of_a_newer_question_away(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    begun, release, ended = (threading.Event() for _ in range(3))

    def slow(lab: RatioSettings, data: DataSettings, _: Progress) -> Compared:
        begun.set()
        assert release.wait(PATIENCE)
        made = compare(lab, data, silent)  # to its end, though nobody waits for it
        ended.set()
        return made

    async def use(state: AppState, lab: LabState) -> None:
        lab.begin()
        await settled(lab)
        state.change("data.as_of", dt.date(2021, 6, 30))
        await settled(lab)
        monkeypatch.setattr("dashboard.lab_jobs.compare", slow)
        lab.ask_for(legs=("KO", "CVX"))
        await until(begun.is_set)
        lab.ask_for(start=dt.date(2021, 7, 1), period="all")
        release.set()
        await until(ended.is_set)
        await until(lambda: not lab.comparing._busy)
        assert where(lab) == "lab.start"
        assert lab.standing == lab.problem
        assert not lab.is_current

    run(use)


def test_a_hedge_check_that_begins_after_the_pages_day_is_refused() -> None:
    async def use(state: AppState, lab: LabState) -> None:
        card = CheckCard(state, lab)
        lab.check_asset()
        await until(lambda: lab.checked is not None)
        lab.change("check.start", "2021-07-01")
        state.change("data.as_of", dt.date(2021, 6, 30))
        lab.check_asset()
        assert lab.checked is None
        card._say()
        assert "after the page\u2019s day, 2021-06-30" in card.controls["check.start"].error
        state.change("data.as_of", None)
        lab.check_asset()
        await until(lambda: lab.checked is not None)
        card._say()
        assert card.controls["check.start"].error == ""

    run(use)


def test_a_day_of_the_page_without_prices_leaves_old_ones_that_say_so() -> None:
    async def use(state: AppState, lab: LabState) -> None:
        bar = QuestionBar(state, lab)
        lab.ask_for(source="source")
        await settled(lab)
        good = lab.compared
        assert good is not None
        state.change("data.as_of", dt.date(1990, 1, 2))
        await until(lambda: lab.problem is not None)
        assert lab.compared is good
        assert not lab.is_current
        assert lab.studied is None
        assert good.data.as_of is None
        assert "Still shown: XOM and CVX (Sample), " in bar.notice.object
        assert "Undo the change" not in bar.notice.object  # the page's day is not the lab's to change
        lab.ask_for(source="sample")
        state.change("data.as_of", dt.date(2015, 6, 30))
        await until(lambda: lab.is_current)
        assert lab.compared is not None
        assert lab.compared.prices.sessions[-1] == np.datetime64("2015-06-30")

    run(use)


def test_new_prices_of_the_pages_source_reach_the_lab_under_the_same_settings(tmp_path: Path) -> None:
    days = pd.bdate_range("2020-01-01", periods=300)

    def write(scale: float) -> None:
        for seed, name in enumerate(("AAA", "BBB", "SPY", "SH")):
            walk = 100.0 + np.cumsum(np.random.default_rng(seed).standard_normal(300))
            pd.DataFrame({"date": days, "close": scale * walk}).to_csv(tmp_path / f"{name}.csv", index=False)

    async def use(state: AppState, lab: LabState) -> None:
        write(1.0)
        book = PortfolioSettings(holdings=(Holding("AAA", 1.0), Holding("BBB", 1.0)))
        data = DataSettings(provider="files", folder=str(tmp_path), benchmark="SPY", hedge="SH")
        state.apply(replace(state.settings, data=data, portfolio=book))
        state.analysis = analyse(state.settings, bootstrap=False)
        lab.ask_for(source="source", legs=("AAA", "BBB"), resamples=0, period="all")
        await settled(lab)
        lab.check_asset()
        await until(lambda: lab.checked is not None)
        assert lab.compared is not None
        before, checked = lab.compared, lab.check
        write(3.0)
        refresh_prices(data, book)
        state.analysis = analyse(state.settings, bootstrap=False)
        assert lab.checked is None
        await until(lambda: lab.compared is not before)
        np.testing.assert_allclose(lab.compared.prices.values, 3.0 * before.prices.values)
        lab.check_asset()
        await until(lambda: lab.checked is not None)
        assert lab.check is not checked
        # A change of the page's prices that leaves those of the legs computes nothing.
        runs = KEPT.runs["dashboard.lab_jobs.compare_legs"]
        asked = lab.comparing.question
        state.apply(replace(state.settings, portfolio=PortfolioSettings(holdings=(Holding("AAA", 1.0),))))
        state.analysis = analyse(state.settings, bootstrap=False)
        assert lab.comparing.question is not asked
        await settled(lab)
        await until(lambda: _done(lab.comparing))
        assert KEPT.runs["dashboard.lab_jobs.compare_legs"] == runs

    run(use)


def test_an_export_has_only_the_check_that_is_asked_for_now() -> None:
    async def use(state: AppState, lab: LabState) -> None:
        bar, given = QuestionBar(state, lab), list[bytes]()
        bar.export.give = lambda data, name: given.append(data)  # type: ignore[method-assign]
        lab.begin()
        await settled(lab)
        lab.check_asset()
        await until(lambda: lab.checked is not None)
        bar._export()
        await until(lambda: given)
        assert "check.csv" in zipfile.ZipFile(io.BytesIO(given[0])).namelist()
        lab.change("check.errors", "newey-west")
        assert lab.check is not None
        bar._export()
        await until(lambda: len(given) == 2)
        files = zipfile.ZipFile(io.BytesIO(given[1]))
        assert "check.csv" not in files.namelist()
        assert json.loads(files.read("question.json"))["check"]["errors"] == "newey-west"

    run(use)


def test_an_export_states_the_days_that_the_page_bounds() -> None:
    async def use(state: AppState, lab: LabState) -> None:
        bar, given = QuestionBar(state, lab), list[bytes]()
        bar.export.give = lambda data, name: given.append(data)  # type: ignore[method-assign]
        state.change("data.as_of", dt.date(2020, 3, 20))
        for end in (None, dt.date(2021, 6, 30)):
            lab.ask_for(end=end)
            lab.apply(replace(lab.settings, check=replace(lab.settings.check, end=end)))
            await settled(lab)
            lab.check_asset()
            await until(lambda: lab.checked)
            given.clear()
            bar._export()
            await until(lambda: given)
            files = zipfile.ZipFile(io.BytesIO(given[0]))
            asked = json.loads(files.read("question.json"))
            assert asked["lab"]["end"] == asked["check"]["end"] == asked["prices"]["last"] == "2020-03-20"
            assert asked["check"]["start"] is None
            stated = lab.stated
            assert stated is not None
            assert lab.compared is not None
            assert read_legs_of(stated.lab) == lab.compared.prices
            assert lab.checked is not None
            assert check_of(stated.check, stated.lab).steps == lab.checked.steps
            assert 'end="2020-03-20"' in files.read("notebook.py").decode()
            # The controls still say what was typed.
            assert lab.answered == lab.settings
            assert lab.settings.lab.end == end

    run(use)


def test_a_refit_chooses_its_lag_on_days_that_it_knows() -> None:
    async def use(_: AppState, lab: LabState) -> None:
        lab.ask_for(shown="adf", resamples=0, draws=0)
        await until(lambda: lab.refitted is not None)
        prices = read_legs_of(lab.settings.lab).frame()
        assert lab.refitted == rolling_hedge_ratio(prices, "adf", window=120, step=21)
        # An invented last month changes no ratio of before.
        later = prices.copy()
        later.iloc[-21:, 0] += 40.0 * np.sin(np.arange(21))
        assert lab.compared is not None
        other = refit(lab.settings.lab, replace(lab.compared.prices, values=later.to_numpy()), silent)
        np.testing.assert_array_equal(other.ratios[:-42], lab.refitted.ratios[:-42])

    run(use)


def test_intervals_are_drawn_only_where_there_is_none() -> None:
    lab = RatioSettings(methods=("ols", "tls", "price_ratio"), period="1y")
    prices = read_legs_of(lab)
    compared = compare_legs(lab, prices, silent)
    told: list[str] = []
    drawn = draw_intervals(
        compared.comparison, prices, lab.sign, 99, lambda _done, text="", series=(): told.append(text)
    )
    assert drawn == compare_ratios(prices.frame(), methods=lab.methods, resamples=99)
    assert drawn.row("ols") is compared.comparison.row("ols")
    assert not any("Least squares" in text for text in told)
    assert any(text.startswith("Total least squares") for text in told)


def test_the_end_of_a_session_stops_whatever_it_asked() -> None:
    async def use(state: AppState, lab: LabState) -> None:
        bar, left = QuestionBar(state, lab), ResidualCard(state, lab)
        lab.begin()
        await until(lambda: left.tester.question is not None)
        release = threading.Event()
        bar.writing.ask("export", lambda _: release.wait(PATIENCE))
        lab.stop()
        asked = [one.question for one in lab._testers]
        release.set()
        assert asked == [None] * len(asked)
        assert left.tester.question is None
        assert bar.writing.question is None

    run(use)


def test_a_leg_without_prices_is_told_and_the_last_good_table_stays() -> None:
    async def use(_: AppState, lab: LabState) -> None:
        lab.begin()
        await settled(lab)
        good = lab.compared
        lab.change("lab.legs", ("XOM", "ZZZ"))
        await until(lambda: lab.problem is not None)
        assert where(lab) == "lab.legs"
        assert lab.compared is good
        assert not lab.is_current
        assert lab.answered == SMALL
        assert lab.studied is None
        lab.ask_for(legs=("XOM", "CVX"))
        await settled(lab)
        assert where(lab) is None
        assert lab.studied is not None

    run(use)


def test_settings_that_cannot_be_together_change_nothing() -> None:
    async def use(_: AppState, lab: LabState) -> None:
        assert not lab.ask_for(source="sample", legs=("=1+1", "B"))
        assert lab.settings == SMALL
        assert lab.problem is not None
        assert lab.problem.where == "lab.legs"
        # A column may be called anything, so both together are allowed.
        assert lab.ask_for(source="file", legs=("=1+1", "B"))

    run(use)


def test_a_table_brings_its_source_legs_and_days_in_one_step() -> None:
    names = [f"C{k}" for k in range(15)]
    random = np.random.default_rng(3)
    days = np.arange("2020-01-01", "2021-01-01", dtype="datetime64[D]")[:300]
    walks = 90 + np.cumsum(random.standard_normal((300, len(names))), axis=0)
    rows = [",".join([str(day), *(f"{x:.6f}" for x in line)]) for day, line in zip(days, walks, strict=True)]
    data = "\n".join([",".join(["date", *names]), *rows]).encode()
    held = sys.getrefcount(data)
    asked: list[RatioSettings] = []

    async def use(_: AppState, lab: LabState) -> None:
        lab.begin()
        await settled(lab)
        lab.param.watch(lambda event: asked.append(event.new.lab), "settings")
        lab.take(data, "walks.csv")
        await until(lambda: asked)
        gc.collect()
        assert sys.getrefcount(data) == held, "the session keeps the file though its table was read"
        assert len(asked) == 1
        assert (asked[0].source, asked[0].file_name, asked[0].period) == ("file", "walks.csv", "all")
        assert asked[0].legs == ("C0", "C1")
        answer = vars(lab.reading.answer.result)  # type: ignore[union-attr]
        assert not any(isinstance(value, LegTable) for value in answer.values())
        assert QuestionBar(lab.page, lab).place.object.count("15 columns, 300 days") == 1
        assert offered(lab.settings.lab, lab.page.settings) == tuple(names)
        lab.ask_for(legs=("C3", "C1"))
        await settled(lab)
        assert lab.compared is not None
        assert lab.compared.prices.legs == ("C3", "C1")
        assert len(lab.compared.prices.sessions) == 300

    run(use)


def test_a_bad_table_changes_nothing_and_says_its_line() -> None:
    async def use(_: AppState, lab: LabState) -> None:
        lab.take(b"date,A,B\n2020-01-02,1,many\n2020-01-03,1,2\n", "bad.csv")
        await until(lambda: lab.problem is not None)
        assert lab.problem is not None
        assert lab.problem.where == "lab.file"
        assert "line 2" in lab.problem.message
        assert lab.settings == SMALL

    run(use)


def test_what_was_stopped_waits_until_it_is_asked_for_again() -> None:
    async def use(_: AppState, lab: LabState) -> None:
        # Other legs than elsewhere, so that no answer is kept yet.
        lab.ask_for(legs=("KO", "PEP"), resamples=2000)
        await until(lambda: lab.drawing.question is not None)
        lab.drawing.cancel()
        await until(lambda: lab.drawing.question is None)
        lab.change("lab.entry", 2.2)
        assert lab.drawing.question is None
        assert lab.table is not None
        assert not lab.table.row("tls").drawn
        lab.ask_for(resamples=99)
        await settled(lab)
        assert lab.table.row("tls").drawn
        lab.drawing.cancel()  # nothing runs: nothing changes
        assert lab.table.row("tls").drawn

    run(use)


def p_values_in(table: RatioComparison | None) -> set[str]:
    """The keys of the rows that have a simulated p-value."""
    rows = () if table is None else table.methods
    return {row.key_name for row in rows if np.isfinite(simulated_p_value(row.result))}


def test_p_values_come_after_the_intervals_row_by_row_and_stay_when_they_are_stopped() -> None:
    async def use(_: AppState, lab: LabState) -> None:
        release, begun = threading.Event(), threading.Event()
        ways = jobs.simulate_row

        def slow(prices: LabPrices, ratio: HedgeRatio, draws: int, progress: Progress) -> PValue:
            if ratio.method == "tls":
                begun.set()
                while not release.is_set():
                    progress(0.5, "Draw 10 of 20")  # raises once nobody waits
                    time.sleep(0.01)
            return ways(prices, ratio, draws, progress=progress)

        with patch.object(jobs, "simulate_row", slow):
            # Other draws than elsewhere, so that no answer is kept yet.
            lab.ask_for(legs=("KO", "PEP"), table_draws=20)
            await until(lambda: lab.drawing.question is not None)
            assert lab.simulating.question is None
            await until(begun.is_set)
            assert _done(lab.drawing)
            assert lab.table is not None
            assert lab.table.row("tls").drawn
            assert p_values_in(lab.table) == {"ols"}
            assert lab.table is lab.table
            await until(lambda: lab.simulating.work is not None and lab.simulating.work.text)
            assert lab.simulating.work is not None
            assert lab.simulating.work.text == "p-values: 1 of 2, Total least squares: Draw 10 of 20"
            lab.simulating.cancel()
            await quiet()
            lab.change("lab.entry", 2.2)
            assert lab.simulating.question is None
            assert p_values_in(lab.table) == {"ols"}
            assert not lab.simulated
            assert lacking(lab)["p-values of all methods"] == "it was stopped"
            release.set()
            lab.again(lab.simulating)
            await settled(lab)
        assert p_values_in(lab.table) == {"ols", "tls"}
        assert "p-values of all methods" not in lacking(lab)
        row = lab.table.row("ols").result
        assert row is not None
        assert row.adf_p_source == "20 draws of legs that are not tied together"
        lab.ask_for(table_draws=0)
        assert p_values_in(lab.table) == set()
        assert lab.simulating.question is None

    run(use)


def test_new_legs_have_their_intervals_before_old_ones_their_p_values() -> None:
    async def use(_: AppState, lab: LabState) -> None:
        stopped = threading.Event()

        def endless(prices: LabPrices, ratio: HedgeRatio, draws: int, progress: Progress) -> PValue:
            try:
                while True:
                    progress(0.0)
                    time.sleep(0.01)
            finally:
                stopped.set()

        ways, waited = jobs.draw, list[bool]()

        def after(compared: Compared, resamples: int, progress: Progress) -> RatioComparison:
            if compared.prices.legs == ("PEP", "KO"):
                waited.append(stopped.wait(PATIENCE))
            return ways(compared, resamples, progress)

        with patch.object(jobs, "simulate_row", endless), patch.object(jobs, "draw", after):
            lab.ask_for(legs=("KO", "PEP"), table_draws=21)
            await until(lambda: lab.simulating.question is not None)
            lab.ask_for(legs=("PEP", "KO"))
            await until(lambda: lab.is_current)
            await until(lambda: lab.simulating.question is not None)
            assert _done(lab.drawing)
            assert waited == [True]

    run(use)


def test_trying_again_asks_once_more() -> None:
    async def use(_: AppState, lab: LabState) -> None:
        lab.begin()
        lab.comparing.cancel()
        await until(lambda: lab.problem is not None and lab.problem.wanted)
        assert lab.answered is None
        lab.again(lab.comparing)
        await settled(lab)
        assert lab.answered == SMALL
        assert where(lab) is None

    run(use)


def test_two_readers_of_the_example_share_one_computation() -> None:
    async def use(_: AppState, lab: LabState) -> None:
        name = "dashboard.lab_jobs.compare_legs"
        lab.ask_for(legs=("HD", "WMT"), entry=1.9)
        await settled(lab)
        before = KEPT.runs[name]
        other = LabState(AppState(page="lab"), replace(SMALL, lab=replace(SMALL.lab, legs=("HD", "WMT"))))
        other.begin()
        await settled(other)
        other.stop()
        assert KEPT.runs[name] == before

    run(use)


def test_what_the_first_comparison_needs_is_loaded_once_the_page_stands(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    import dashboard.lab_jobs
    from dashboard import app

    warmed: list[str] = []
    monkeypatch.setattr(dashboard.lab_jobs, "warm", lambda: warmed.append("warm"))
    app._warm()
    assert warmed == ["warm"]


def test_what_could_not_be_loaded_ahead_is_written_down(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    from dashboard import app

    def fail() -> None:
        raise ImportError("no such library")

    monkeypatch.setattr(app, "_warm", fail)
    with ThreadPoolExecutor(1) as pool:
        monkeypatch.setattr(app, "WAITING", pool)
        app._warm_up()
    assert "ahead of its first comparison" in caplog.text
    assert "no such library" in caplog.text

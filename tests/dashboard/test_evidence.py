"""The Evidence page: what it says of the arms, whatever the book, the range and the test's pace."""

import asyncio
import re
import threading
from dataclasses import replace

import numpy as np
import pytest

from core.comparison import compare, verdict_text
from core.pipeline import Analysis, analyse
from dashboard.charts.base import Window
from dashboard.selection import Selection
from dashboard.state import AppState, Problem
from dashboard.views import crashes, ledger, metrics, verdict
from dashboard.views.evidence import Evidence, build
from tests.dashboard.scenes import NAMES, scene
from tests.dashboard.test_tiles import text_of
from tests.dashboard.test_views import page_text, parts_of, told
from tests.strategies import (
    BENCHMARK,
    HEDGE,
    every_share,
    path,
    random_table,
    run,
    settings_of,
    table_of,
    with_prices,
)
from tests.waiting import PATIENCE, quiet, until

COVID = (np.datetime64("2020-02-19"), np.datetime64("2020-03-23"))


@pytest.fixture(scope="module")
def sample() -> Analysis:
    return analyse(bootstrap=False)


def shown(analysis: Analysis, **selection: object) -> Evidence:
    """The page of an analysis, drawn and tested."""
    state = AppState(page="evidence", selection=Selection(**selection))  # type: ignore[arg-type]
    page = Evidence(state)
    state.analysis = analysis
    return page


@pytest.mark.parametrize("name", NAMES)
def test_every_book_is_judged_without_nan(name: str) -> None:
    page = shown(scene(name))
    for tab in ("alarms", "ledger", "costs", "crashes"):
        told(page.tabs, f"tab:{tab}")
        text = page_text(page.view)
        assert len(text) > 100
        assert not re.search(r"\b(nan|inf|nat)\b", text.lower())


def test_before_the_first_result_and_with_an_empty_book_it_says_so() -> None:
    state = AppState(page="evidence")
    view = build(state)
    assert "waiting" in view.kind
    state.problem = Problem(message="XYZ: no <b>prices</b>.")
    assert "XYZ: no &lt;b&gt;prices&lt;/b&gt;." in "".join(part.object for part in parts_of(view))
    state.param.update(analysis=scene("cash"), problem=None)
    assert "empty" in view.kind
    assert "No positions yet" in page_text(view)
    state.analysis = scene("plain")
    assert view.kind == "grid evidence"


def test_a_book_without_a_past_says_why() -> None:
    table = random_table(3, count=400, assets=2)
    close = table.close.copy()
    close[:200, 2], close[200:, 3] = np.nan, np.nan
    page = shown(run(with_prices(table, close), settings_of(every_share(table), 20_000.0)))
    problem = page.state.analysis.backtest.problem
    assert problem
    assert "empty" in page.view.kind
    assert problem in text_of(page.notice.object)


def test_an_arm_that_is_ruined_is_named_and_the_rest_is_shown() -> None:
    fall = np.concatenate([np.full(80, 0.002), np.full(60, -0.08), np.full(60, 0.01)])
    prices = {BENCHMARK: path(fall / 4.0, 400.0), HEDGE: path(-fall / 4.0, 40.0), "S00": path(fall, 20.0)}
    page = shown(run(table_of(prices), settings_of({"S00": 100.0}, -1900.0)))
    problem = page.state.analysis.backtest.problem
    assert "worth nothing" in problem
    assert page.view.kind == "grid evidence noted"
    assert problem in text_of(page.notice.object)
    assert not re.search(r"\b(nan|inf|nat)\b", page_text(page.view).lower())


def test_the_card_says_what_the_engine_says(sample: Analysis) -> None:
    page = shown(sample)
    wanted = compare(sample.market, sample.backtest, sample.settings.backtest)
    text = re.sub(r"<[^>]+>", "", page.verdict.object)
    for sentence in verdict_text(wanted):
        assert sentence in text
    assert "Cannot tell." in text
    assert wanted.verdict.reason in text
    assert "1,500 stationary-bootstrap draws of 4,276 sessions, mean block 20" in text
    assert "3 Jan 2006 \u2013 28 Dec 2022" in text
    assert "pending" not in page.verdict.object + page.metrics.object


def test_every_word_has_the_same_layout(sample: Analysis) -> None:
    tested = compare(sample.market, sample.backtest, sample.settings.backtest)
    frames = set()
    for word in ("helped", "hurt", "cannot tell"):
        made = replace(tested, verdict=replace(tested.verdict, word=word, reason="why"))
        html = verdict.card(verdict.judged(made, None, pending=False))
        frame = re.sub(r"<svg class=\"(better|worse|)\".*?</svg>(Helped|Hurt|Cannot tell)\.", "WORD", html)
        assert "WORD" in frame
        frames.add(frame)
    assert len(frames) == 1


def test_a_rule_that_was_never_on_leaves_nothing_to_judge() -> None:
    table = random_table(3, count=400, assets=3)
    page = shown(run(table, settings_of(every_share(table), 20_000.0, triggers__tree=0.0)))
    text = text_of(page.verdict.object)
    assert "No hedge." in text
    assert "nothing to judge" in text
    told(page.tabs, "tab:ledger")
    assert "Nothing was traded" in page.tabs.object
    told(page.tabs, "tab:alarms")
    assert "No spell of the hedge lay outside" in page.tabs.object


def test_the_test_runs_beside_the_page_and_the_newest_range_wins(sample: Analysis) -> None:
    asked: list[Window | None] = []
    gate = threading.Event()

    def slow(*args: object, window: Window | None = None, test: bool = True, **rest: object) -> object:
        if test:
            asked.append(window)
            assert gate.wait(PATIENCE)
        return compare(*args, window=window, test=test, **rest)  # type: ignore[arg-type]

    years = [(np.datetime64(f"{y}-01-01"), np.datetime64(f"{y + 2}-12-31")) for y in (2008, 2012, 2016)]

    async def session() -> Evidence:
        state = AppState(page="evidence")
        page = Evidence(state)
        page.tester._calm = 0.01
        state.analysis = sample
        await until(lambda: asked)
        assert "Testing" in page.verdict.object  # the figures are there before the test is
        assert "not tested yet" in page.verdict.object
        for window in years:
            state.select(Selection(brush=window))
            await asyncio.sleep(0)
        assert f"{years[2][0].item():%Y}" in page.verdict.object
        gate.set()
        await until(lambda: "pending" not in page.verdict.object)
        return page

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("dashboard.views.evidence.compare", slow)
        page = asyncio.run(session())
    assert asked == [None, years[2]]
    wanted = compare(sample.market, sample.backtest, sample.settings.backtest, window=years[2])
    assert wanted.test is not None
    assert f"[{wanted.verdict.sharpe_low:+.2f}, ".replace("-", "\u2212") in page.verdict.object


def test_while_a_new_test_runs_the_old_interval_stands_dimmed(sample: Analysis) -> None:
    market, backtest, settings = sample.market, sample.backtest, sample.settings.backtest
    old = compare(market, backtest, settings)
    new = compare(market, backtest, settings, window=(np.datetime64("2010-01-01"), COVID[1]), test=False)
    both = verdict.judged(new, old, pending=True)
    html = verdict.card(both)
    assert 'class="ci pending">[' in html
    assert "Cannot tell." in html
    assert f"{new.verdict.sharpe:+.2f}".replace("-", "\u2212") in html
    assert 'class="ci pending">[' in metrics.table(both)


def test_a_failed_test_is_said_and_the_figures_stay(sample: Analysis) -> None:
    def broken(*args: object, test: bool = True, **rest: object) -> object:
        if test:
            raise ZeroDivisionError("secret")
        return compare(*args, test=test, **rest)  # type: ignore[arg-type]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("dashboard.views.evidence.compare", broken)
        page = shown(sample, brush=COVID)
    assert page.state.problem is not None
    assert "secret" not in page.state.problem.message
    assert "pending" not in page.verdict.object


def test_a_page_that_is_not_shown_is_neither_drawn_nor_tested(sample: Analysis) -> None:
    state = AppState(page="today")
    page = Evidence(state)
    state.analysis = sample
    assert page.tester.question is None
    assert page.verdict.object == page.metrics.object == page.tabs.object == ""
    state.page = "evidence"
    assert "Did the hedge help?" in page.verdict.object


def test_a_test_that_was_given_up_is_asked_again(sample: Analysis) -> None:
    async def session() -> Evidence:
        state = AppState(page="evidence")
        page = Evidence(state)
        state.analysis = sample
        state.page = "today"
        await quiet()
        assert page.tester.answer is None
        assert "pending" in page.verdict.object
        state.page = "evidence"
        await until(lambda: "pending" not in page.verdict.object)
        return page

    page = asyncio.run(session())
    assert "Cannot tell." in page.verdict.object


def test_a_brushed_range_asks_everything_again(sample: Analysis) -> None:
    page = shown(sample, brush=COVID)
    wanted = compare(sample.market, sample.backtest, sample.settings.backtest, window=COVID)
    assert wanted.arms["triggered"].sessions == 23
    assert "19 Feb \u2013 23 Mar 2020" in text_of(page.verdict.object)
    assert wanted.verdict.reason in text_of(page.verdict.object)
    assert "Return in total" in page.metrics.object
    assert "23 sessions are not a year" in page.metrics.object
    assert "Your window" in page.tabs.object
    fills = [f for f in ledger.fills(sample, "triggered", None) if COVID[0] <= f.session <= COVID[1]]
    assert f"Ledger {len(fills)}<" in page.tabs.object
    told(page.chart, "brush:clear")
    assert page.state.selection == Selection()
    assert "Your window" not in page.tabs.object
    assert "Return a year" in page.metrics.object


def test_a_range_outside_the_past_is_empty_and_said(sample: Analysis) -> None:
    page = shown(sample, brush=(np.datetime64("1999-01-04"), np.datetime64("1999-06-01")))
    text = page_text(page.view)
    assert "no sessions" in text
    assert "Fewer than two of these sessions have a value." in text
    assert not re.search(r"\b(nan|nat)\b", text.lower())


def test_a_click_on_an_event_shows_it_everywhere(sample: Analysis) -> None:
    page = shown(sample, asset="AAPL")
    at = next(i for i, e in enumerate(sample.events.events) if e.name == "Covid")
    told(page.tabs, f"event:{at}")
    selection = page.state.selection
    assert selection.brush == COVID
    assert selection.asset == "AAPL"
    assert selection.window is not None
    sessions = sample.market.sessions
    assert sessions[np.searchsorted(sessions, selection.window[0]) + crashes.PAD] == COVID[0]
    assert sessions[np.searchsorted(sessions, selection.window[1]) - crashes.PAD] == COVID[1]
    assert page.stack.x_range.tags[0] == float(selection.window[0].astype("datetime64[ms]").astype(float))
    told(page.tabs, "tab:alarms")
    told(page.chart, "brush:clear")
    told(page.tabs, "alarm:0")
    assert page.state.selection.brush == (
        sample.events.false_alarms[0].start,
        sample.events.false_alarms[0].end,
    )


def test_a_replay_starts_from_a_row(sample: Analysis) -> None:
    page = shown(sample)
    at = next(i for i, e in enumerate(sample.events.events) if e.name == "Covid")
    told(page.tabs, f"replay:{at}")
    assert page.state.replay_window == COVID
    assert ("Covid", *COVID) in crashes.replays(sample)
    assert all(name != "Dot-com" for name, _, _ in crashes.replays(sample))


def test_what_a_browser_makes_up_changes_nothing(sample: Analysis) -> None:
    page = shown(sample)
    before = (page.state.selection, page.tabs.object, page.chart.object, page.state.settings)
    for message in (
        "event:999", "event:-1", "event:\u00b2", "event:", "alarm:x", "replay:own", "span:9 y", "mode:x",
        "tab:x", "arm:unhedged", "brush:zoom", "book:x", "", "every",
    ):  # fmt: skip
        told(page.tabs, message)
        told(page.chart, message)
    assert (page.state.selection, page.tabs.object, page.chart.object, page.state.settings) == before
    assert page.state.replay_window is None


def test_an_interval_that_knows_of_later_days_is_hidden(sample: Analysis) -> None:
    market, backtest, settings = sample.market, sample.backtest, sample.settings.backtest
    old = compare(market, backtest, settings)
    new = compare(market, backtest, settings, window=COVID, test=False)
    assert not verdict.judged(new, old, pending=True, as_of=old.end).untested
    past = verdict.judged(new, old, pending=True, as_of=COVID[1])
    assert past.untested
    assert "Testing" in verdict.card(past)
    assert "Cannot tell." not in verdict.card(past)


def test_the_card_says_what_is_held_and_offers_the_weights(sample: Analysis) -> None:
    page = shown(sample)
    text = text_of(page.verdict.object)
    assert "chosen with hindsight, held since 3 Jan 2006, " in text
    portfolio = sample.portfolio
    stocks = portfolio.value[-1].sum()
    then, now = sample.backtest.stocks / sample.backtest.capital, stocks / (stocks + portfolio.cash)
    assert f"{100 * then:.0f}\u202f% of the book then, {100 * now:.0f}\u202f% now." in page.verdict.object
    assert ("Hold today\u2019s weights instead" in text) == (then < now / 2)
    told(page.verdict, "book:weights")
    weights = analyse(page.state.settings, bootstrap=False)
    assert "restored each close for free" in verdict.held(weights)

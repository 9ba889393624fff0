"""The Evidence page in a browser: its figures against ones computed without the engine, and its links."""

import re

import numpy as np
import pandas as pd
import pytest
from playwright.sync_api import Page, expect

from core import analyse
from core.settings import SAMPLE_BOOK
from tests.browser.conftest import Opener, soon
from tests.browser.test_journey import STORED

pytestmark = pytest.mark.ui


def open_evidence(page: Page) -> None:
    """Go to the page and wait until the test is done."""
    page.get_by_role("button", name="Evidence").click()
    expect(page.get_by_text("Did the hedge help?")).to_be_visible()
    wait_for_test(page)


def wait_for_test(page: Page) -> None:
    expect(page.locator(".pending")).to_have_count(0, timeout=60_000)


def cells(page: Page, name: str) -> list[str]:
    """A line of the table of figures: the four arms and the difference."""
    row = page.locator(".metrics tr").filter(has=page.get_by_text(name, exact=True)).first
    expect(row).to_be_visible()
    return [text.strip() for text in row.locator("td").all_inner_texts()[1:]]


def stored() -> pd.DataFrame:
    """The embedded prices, read without the engine."""
    table = pd.read_parquet(STORED)
    return table.set_index(pd.to_datetime(table.pop("date"))).astype(float)


def unhedged(prices: pd.DataFrame) -> pd.Series:
    """The book held from the first day on, its cash at the T-bill of the day before."""
    stocks = sum(prices[holding.ticker] * holding.shares for holding in SAMPLE_BOOK)
    grown = (1.0 + prices["^IRX"].shift().div(100 * 252)).fillna(1.0).cumprod()
    return stocks + 400_000.0 * grown


def figures(value: pd.Series, prices: pd.DataFrame) -> dict[str, str]:
    """The lines of the table as the page writes them."""
    returns = value.pct_change().dropna()
    excess = returns - prices["^IRX"].shift().div(100 * 252).reindex(returns.index)
    market = prices["SPX"].pct_change().reindex(returns.index)
    cagr = (value.iloc[-1] / value.iloc[0]) ** (252 / len(returns)) - 1
    depth = (value / value.cummax() - 1).min()
    ratio = np.sqrt(252) * excess.mean() / excess.std()
    sortino = np.sqrt(252) * excess.mean() / np.sqrt((excess.clip(upper=0) ** 2).mean())
    made = {
        "Return a year": f"{100 * cagr:.1f} %",
        "Volatility a year": f"{100 * returns.std() * np.sqrt(252):.1f} %",
        "Sharpe": f"{ratio:.2f}",
        "Sortino": f"{sortino:.2f}",
        "Calmar": f"{cagr / -depth:.2f}",
        "Worst drawdown": f"{100 * depth:.1f} %",
        "Realised beta": f"{round(returns.cov(market) / market.var(), 2) + 0.0:.2f}",
    }
    return {name: text.replace("-", "\u2212") for name, text in made.items()}


def test_every_figure_is_right(opened: Opener) -> None:
    page = opened(1440, 900)
    open_evidence(page)
    prices, backtest = stored(), analyse(bootstrap=False).backtest
    bare = unhedged(prices)
    assert bare.iloc[-1] == pytest.approx(backtest.unhedged.value[-1], rel=1e-8)
    paths = [bare] + [pd.Series(backtest.arms[name].value, bare.index) for name in list(backtest.arms)[1:]]
    wanted = [figures(path, prices) for path in paths]

    def shown() -> None:
        for name in wanted[0]:
            texts = [re.sub(r"\s", " ", text) for text in cells(page, name)]
            assert texts[:4] == [arm[name] for arm in wanted], name

    soon(page, shown)
    depths = [(path / path.cummax() - 1).min() for path in paths]
    assert f"{100 * (depths[0] - depths[1]):.1f} points deeper" in page.locator(".verdict .said").inner_text()
    triggered = backtest.triggered
    assert cells(page, "Trading cost")[1] == f"${triggered.costs.sum():,.0f}"
    held = (triggered.hedge_shares[1:] != 0).mean()
    assert cells(page, "Days hedged")[1] == f"{100 * held:.1f}\u202f%"
    covid = prices.loc["2020-02-19":"2020-03-23"]
    row = page.locator("tr", has_text="Covid").first.inner_text()
    assert f"\u2212{-100 * (covid['SPX'].iloc[-1] / covid['SPX'].iloc[0] - 1):.1f}\u202f%" in row
    own = bare.loc["2020-02-19":"2020-03-23"]
    assert f"\u2212{-100 * (own / own.cummax() - 1).min():.1f}\u202f%" in row
    grown = ", ".join(
        f"{path.iloc[-1] / path.iloc[0]:.2f}\u00d7 {name}"
        for path, name in zip(
            paths, ("unhedged", "triggered", "always hedged", "sell to same beta"), strict=True
        )
    )
    expect(page.locator("p.summary", has_text=f"On 28 Dec 2022: {grown}.")).to_have_count(1)


def test_a_crash_brushes_every_page_and_the_whole_past_comes_back(opened: Opener) -> None:
    page = opened(1440, 900)
    open_evidence(page)
    page.locator("tr", has_text="2022 bear").first.click()
    expect(page.locator(".verdict .when")).to_have_text("3 Jan \u2013 12 Oct 2022")
    wait_for_test(page)
    expect(page.locator("tr", has_text="Your window")).to_be_visible()
    backtest = analyse(bootstrap=False).backtest
    sessions = backtest.sessions
    rows = slice(*np.searchsorted(sessions, np.array(["2022-01-03", "2022-10-13"], "datetime64[D]")))
    path = pd.Series(backtest.triggered.value[rows])
    lost = f"\u2212{-100 * (path.iloc[-1] / path.iloc[0] - 1):.1f}\u202f%"

    def shown() -> None:
        assert cells(page, "Return in total")[1] == lost

    soon(page, shown)
    page.keyboard.press("1")
    expect(page.locator(".chip", has_text="3 Jan \u2013 12 Oct 2022").locator("visible=true")).to_be_visible()
    page.get_by_role("button", name="Evidence").click()
    page.get_by_role("button", name="Whole past").click()
    expect(page.locator(".verdict .when")).to_have_text("3 Jan 2006 \u2013 28 Dec 2022")
    expect(page.locator("tr", has_text="Your window")).to_have_count(0)


def test_the_tabs_the_ledger_and_a_replay(opened: Opener) -> None:
    page = opened(1440, 900)
    open_evidence(page)
    page.get_by_role("tab", name=re.compile("Ledger")).click()
    backtest = analyse(bootstrap=False).backtest
    count = int((backtest.triggered.fill_shares != 0).sum())
    expect(page.get_by_role("cell", name=f"{count} fills")).to_be_visible()
    page.get_by_role("button", name="Split the cost").click()
    expect(page.get_by_text("Half-spread, $")).to_be_visible()
    page.get_by_role("tab", name="Costs").click()
    made = backtest.triggered.value[-1] - backtest.unhedged.value[-1]
    expect(page.locator(".costs tr.total")).to_contain_text(f"\u2212${-made:,.0f}")
    page.get_by_role("tab", name=re.compile("Crashes")).click()
    page.get_by_role("button", name="Replay Covid", exact=True).click()
    expect(page.get_by_role("group", name="Replay")).to_contain_text("1 of 24")
    expect(page.locator(".asof b")).to_have_text("19 Feb 2020")
    expect(page.locator(".verdict .when")).to_have_text("3 Jan 2006 \u2013 19 Feb 2020")


def test_a_phone_has_everything_and_scrolls_tables_only(opened: Opener) -> None:
    page = opened(390, 844)
    open_evidence(page)
    assert page.evaluate("document.documentElement.scrollWidth") == 390
    table = page.locator(".scroll.metrics")
    assert table.evaluate("e => e.scrollWidth > e.clientWidth")
    first = page.locator(".metrics td").first
    before = first.bounding_box()
    table.evaluate("e => { e.scrollLeft = 120 }")
    after = first.bounding_box()
    assert before is not None
    assert after is not None
    assert before["x"] == after["x"]

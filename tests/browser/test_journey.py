"""A manager's quarter of an hour in a real browser: every change shows, and every figure is right."""

import re
from datetime import date
from html import unescape
from pathlib import Path

import pyarrow.parquet as parquet
import pytest
from playwright.sync_api import Page, expect
from statsmodels.regression.linear_model import OLS
from statsmodels.tools import add_constant

from core import Settings, analyse
from core.settings import SAMPLE_BOOK
from dashboard.signals import reading
from dashboard.views import distance
from tests.browser.conftest import Opener, says

pytestmark = pytest.mark.ui

ROOT = Path(__file__).resolve().parents[2]
STORED = ROOT / "core" / "data" / "samples" / "prices.parquet"
MARKET_DATA = ROOT.parent / "shared" / "market-data"


def independent_beta(window: int, shares: dict[str, float], cash: float) -> float:
    """The book's beta from the stored prices with statsmodels, without a line of our own engine."""
    table = parquet.read_table(STORED)
    prices = {name: table[name].to_numpy().astype(float)[-window - 1 :] for name in ("SPX", *shares)}
    returns = {name: series[1:] / series[:-1] - 1.0 for name, series in prices.items()}
    worth = {name: count * prices[name][-1] for name, count in shares.items()}
    nav = sum(worth.values()) + cash
    book = sum(worth[name] / nav * returns[name] for name in shares)
    return float(OLS(book, add_constant(returns["SPX"])).fit().params[1])


def sentence(page: Page) -> str:
    """The headline as the page shows it, blanks folded."""
    return re.sub(r"\s+", " ", page.locator("p.big").inner_text())


def plain(text: str) -> str:
    """The engine's sentence as the page writes it: the full stop after a chip is left to the chip."""
    return re.sub(r"(hedge (?:OFF|ON at \d+ %))\.", r"\1", re.sub(r"\s+", " ", text))


def test_the_page_opens_on_the_sample_with_the_right_numbers(opened: Opener) -> None:
    page = opened(1440, 900)
    beta = independent_beta(60, {h.ticker: h.shares for h in SAMPLE_BOOK}, 400_000.0)
    assert sentence(page).startswith(f"Beta {beta:.2f} [")
    says(page, plain(str(analyse(Settings()).headline)))
    expect(page).to_have_title(re.compile(rf"^Beta {beta:.2f} "))
    ready = analyse(Settings()).standby
    page.get_by_role("button", name=f"Why {ready.shares:,.0f}?").click()
    expect(page.get_by_text(f"{ready.wanted_exact:,.2f} \u2192 {ready.wanted:,.0f} SH-MODEL")).to_be_visible()
    expect(page.get_by_text("The hedge is off. Were it fully on:").first).to_be_visible()


def test_moving_the_window_moves_every_figure(opened: Opener) -> None:
    page = opened(1440, 900)
    page.get_by_label("Window, slider").focus()
    for _ in range(4):
        page.keyboard.press("Shift+ArrowRight")
    expect(page.get_by_label("Window", exact=True)).to_have_value("100")
    wanted = analyse(Settings().with_value("beta.window_sessions", 100))
    expect(page.get_by_text(f"buy {wanted.standby.shares:,.0f} SH-MODEL").first).to_be_visible()
    says(page, plain(str(wanted.headline)))
    beta = independent_beta(100, {h.ticker: h.shares for h in SAMPLE_BOOK}, 400_000.0)
    assert sentence(page).startswith(f"Beta {beta:.2f} [")
    expect(page.get_by_text("100 d to 28 Dec").first).to_be_visible()
    expect(page.get_by_text(re.compile("rolling 100 sessions"))).to_be_visible()


def test_an_edited_quantity_counts_at_once(opened: Opener) -> None:
    page = opened(1440, 900)
    page.get_by_text("Edit positions").click()
    cell = page.locator(".tabulator-row").filter(has_text="AMD").locator("[tabulator-field=shares]")
    cell.click()
    cell.locator("input").fill("2000")
    page.keyboard.press("Enter")
    page.get_by_role("button", name="Done").first.click()
    shares = {h.ticker: h.shares for h in SAMPLE_BOOK} | {"AMD": 2000.0}
    beta = independent_beta(60, shares, 400_000.0)
    expect(page.locator("p.big")).to_contain_text(re.compile(rf"Beta {beta:.2f} "))
    page.keyboard.press("2")
    row = page.get_by_role("row").filter(has_text="AMD")
    expect(row).to_contain_text("2,000")
    expect(row).to_contain_text(f"{2000 * 62.57:,.0f}")


def test_a_bad_file_is_named_and_nothing_is_taken(opened: Opener) -> None:
    page = opened(1440, 900)
    before = sentence(page)
    page.get_by_text("Edit positions").click()
    chooser = page.get_by_label("Positions file")
    chooser.set_input_files(
        {"name": "book.csv", "mimeType": "text/csv", "buffer": b"ticker,shares\nAAPL,100\nMSFT,many\n"}
    )
    fault = page.locator(".fault:visible")
    expect(fault).to_contain_text("line 3")
    expect(fault).to_contain_text("'many'")
    expect(fault).to_contain_text("stay as they were")
    chooser.set_input_files({"name": "x.csv", "mimeType": "text/csv", "buffer": b"PK\x03\x04nonsense"})
    expect(fault).not_to_contain_text("line 3")
    page.get_by_role("button", name="Done").first.click()
    assert sentence(page) == before
    page.get_by_text("Edit positions").click()
    chooser.set_input_files(
        {"name": "good.csv", "mimeType": "text/csv", "buffer": b"ticker,shares\nAAPL,100\nCASH,5000\n"}
    )
    expect(page.locator("p.big")).to_contain_text(
        f"Beta {independent_beta(60, {'AAPL': 100.0}, 5000.0):.2f} "
    )


def test_a_click_on_an_asset_shows_why_its_beta_is_what_it_is(opened: Opener) -> None:
    page = opened(1440, 900)
    page.keyboard.press("2")
    page.get_by_role("row").filter(has_text="UNH").click()
    line = next(p for p in analyse().exposure.positions if p.ticker == "UNH")
    expect(page.get_by_text(f"Why is UNH\u2019s beta {line.beta:.2f}?")).to_be_visible()
    expect(
        page.get_by_text(f"{line.beta:.2f} [{line.beta_low:.2f}, {line.beta_high:.2f}]").last
    ).to_be_visible()
    expect(page.locator("tr[aria-selected=true]")).to_contain_text("UNH")


def test_the_theme_changes_and_is_remembered(opened: Opener) -> None:
    page = opened(1440, 900)
    assert page.locator("body").evaluate("e => getComputedStyle(e).backgroundColor") == "rgb(244, 245, 247)"
    page.get_by_label("Dark theme").first.click()
    expect(page.locator("body")).to_have_css("background-color", "rgb(12, 15, 20)")
    page.keyboard.press("2")
    expect(page.locator("p.strip")).to_be_visible()
    expect(page.locator(".main-svg:visible").first).to_be_visible()  # else the reload cuts its script off
    page.reload()
    expect(page.locator("html")).to_have_attribute("data-hb", "dark", timeout=60_000)


def test_a_folder_that_is_none_is_said_and_the_last_result_stays(opened: Opener) -> None:
    page = opened(1440, 900)
    before = sentence(page)
    page.get_by_role("button", name="More").first.click()
    page.get_by_label("Source", exact=True).select_option("files")
    expect(page.get_by_text("No folder with price files is chosen.").first).to_be_visible()
    page.get_by_label("Folder", exact=True).fill("/no/such/place")
    page.keyboard.press("Enter")
    expect(page.get_by_text("The folder '/no/such/place' cannot be read").first).to_be_visible()
    assert sentence(page) == before


@pytest.mark.market_data
@pytest.mark.skipif(not MARKET_DATA.is_dir(), reason="the folder of real prices is not beside the project")
def test_real_prices_give_the_published_order(opened: Opener) -> None:
    page = opened(1440, 900)
    page.get_by_text("Edit positions").click()
    page.get_by_label("Paste positions").fill(
        "ticker,shares\nNVDA,1200\nTSLA,250\nAAPL,800\nMSFT,600\nCASH,520000\n"
    )
    page.get_by_text("Replace the book").click()
    page.get_by_role("button", name="Done").first.click()
    page.get_by_role("button", name="More").first.click()
    page.get_by_label("Source", exact=True).select_option("files")
    page.get_by_label("Folder", exact=True).fill(str(MARKET_DATA))
    page.keyboard.press("Enter")
    expect(page.locator("button.chip").first).to_contain_text("Files")
    page.locator("input[type=date]:visible").first.fill("2025-04-04")
    page.keyboard.press("Enter")
    page.get_by_role("button", name=re.compile("^Hedge")).first.click()
    page.get_by_label("Liquidity discount", exact=True).fill("2")
    page.keyboard.press("Enter")
    expect(page.locator("p.big")).to_contain_text("Buy 14,442 SH @ $49.05 = $708,380")
    settings = Settings()
    for path, value in {
        "data.provider": "files", "data.folder": str(MARKET_DATA), "data.benchmark": "SPY",
        "data.hedge": "SH",
        "data.as_of": date(2025, 4, 4), "portfolio.cash": 520_000.0, "hedge.liquidity_discount": 0.02,
        "portfolio.holdings": [["NVDA", 1200], ["TSLA", 250], ["AAPL", 800], ["MSFT", 600]],
    }.items():  # fmt: skip
        settings = settings.with_value(path, value)
    says(page, plain(str(analyse(settings).headline)))
    found = sentence(page)
    assert found.startswith("Beta 0.68 [0.58, 0.78]. Triggers ")
    assert found.endswith(
        "hedge ON at 100 % Buy 14,442 SH @ $49.05 = $708,380 (have $520,000 cash: short $188,380). "
        "Cost now $93.67. Residual beta 0.01 [\u22120.09, 0.12]."
    )


def test_a_day_in_a_crash_has_the_hedge_on_and_says_what_would_change_it(opened: Opener) -> None:
    page = opened(1440, 900)
    expect(page.locator(".tile").nth(2)).to_contain_text("Nothing to trade")
    page.locator("input[type=date]:visible").first.fill("2020-03-16")
    page.keyboard.press("Enter")
    expect(page.locator("p.big")).to_contain_text("hedge ON at 100")
    then = analyse(Settings().with_value("data.as_of", date(2020, 3, 16)))
    says(page, plain(str(then.headline)))
    tiles = page.locator(".tile")
    expect(tiles.nth(1)).to_contain_text(f"{then.decision.fired[-1]} of {then.decision.available[-1]}")
    expect(tiles.nth(1).locator(".square.fired:visible")).to_have_count(1 + int(then.decision.fired[-1]))
    expect(tiles.nth(2)).to_contain_text(f"Buy {then.order.shares:,.0f}")
    for name in then.decision.used:
        said = distance.sentence(reading(then, name))
        shown = page.locator(".block.trigger .live").nth(then.decision.used.index(name))
        expect(shown).to_have_text(unescape(re.sub("<[^>]+>", "", said)))
    page.get_by_role("button", name="All changes").click()
    expect(page.locator("dialog[open]")).to_contain_text("Hedge wanted, shares")

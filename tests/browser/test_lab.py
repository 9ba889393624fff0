"""A quant's visit to the lab in a real browser: the example, other legs, a table of one's own, the export."""

import io
import re
import zipfile
from functools import partial
from pathlib import Path

import numpy as np
import pyarrow.parquet as parquet
import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import Opener, soon

pytestmark = pytest.mark.ui

ROOT = Path(__file__).resolve().parents[2]
STORED = ROOT / "core" / "data" / "samples" / "prices.parquet"
GLD_GDX = ROOT.parent / "shared" / "market-data" / "gld_gdx_data.csv"

WORKED = {
    "GLD": {
        "ols_origin": 7.693672707064,
        "ols": 2.285116954511,
        "tls_origin": 7.718360309318,
        "tls": 4.376921975646,
        "johansen": 8.196942452346,
        "box_tiao": 7.731715355848,
        "half_life": 7.423409003483,
        "adf": 7.007728,
    },
    "GDX": {
        "ols_origin": 0.129554218676,
        "ols": 0.218051845998,
        "tls_origin": 0.129561196928,
        "tls": 0.228471059243,
        "johansen": 0.121996708628,
        "box_tiao": 0.129337404958,
        "half_life": 0.134708999535,
        "adf": 0.142699597,
    },
}
"""Published exact optima of 75 days of GLD and GDX, by the dependent leg."""


def row(page: Page, key: str) -> Locator:
    return page.locator(f'tr[data-press="row:{key}"]')


def cell(page: Page, key: str, column: int) -> str:
    return row(page, key).locator("th, td").nth(column).inner_text()


def to_lab(opened: Opener, width: int = 1440, height: int = 900) -> Page:
    page = opened(width, height)
    page.keyboard.press("5")
    expect(row(page, "price_ratio")).to_be_visible(timeout=60_000)
    return page


def test_the_worked_example_stands_there_and_every_press_shows(opened: Opener) -> None:
    page = to_lab(opened)
    stored = parquet.read_table(STORED)
    xom, cvx = (stored[name].to_numpy().astype(float).round(3)[-756:] for name in ("XOM", "CVX"))
    slope = float(np.linalg.lstsq(np.column_stack([np.ones(756), cvx]), xom, rcond=None)[0][1])
    assert cell(page, "ols", 1) == f"{slope:.4f}"
    back = float(np.linalg.lstsq(np.column_stack([np.ones(756), xom]), cvx, rcond=None)[0][1])
    assert cell(page, "ols", 4) == f"\u2248 {slope * back:.2f}"
    assert cell(page, "ols", 6) == f"\u2212{round(1000 * slope)}"

    named = page.get_by_role("table", name="Which hedge ratio").get_by_role("rowheader")
    assert named.count() == 18
    method = named.get_by_role("button", name="Total least squares", exact=True)
    method.focus()
    page.keyboard.press("Enter")
    expect(method).to_have_attribute("aria-pressed", "true")
    expect(method).to_be_focused()
    page.get_by_role("button", name="Table: Does the spread come back?").click()
    expect(page.get_by_role("table", name="Does the spread come back?")).to_be_visible()
    page.get_by_role("button", name="Chart: Does the spread come back?").click()
    page.get_by_role("button", name="More on Total least squares").click()
    expect(page.locator("dialog[open] pre")).to_contain_text('study_ratio(prices, "tls"')
    page.keyboard.press("Escape")

    # The line of what is under way goes when all p-values are there, and what is below it moves up.
    expect(page.locator("tbody td", has_text="\u2026")).to_have_count(0, timeout=90_000)
    expect(page.get_by_role("button", name="Stop")).to_have_count(0)
    slider = page.get_by_role("slider", name="Enter at, slider")
    slider.scroll_into_view_if_needed()
    track = slider.bounding_box()
    assert track is not None
    page.mouse.move(track["x"] + 0.5 * track["width"], track["y"] + 9)
    page.mouse.down()
    page.mouse.move(track["x"] + 1, track["y"] + 9, steps=4)
    page.wait_for_timeout(600)  # the answer comes while the hand still holds the knob
    page.mouse.up()
    expect(slider).to_have_value("0.6")
    expect(page.get_by_label("Enter at", exact=True)).to_have_value("0.6")

    page.get_by_role("button", name="Make CVX the dependent leg").click()
    expect(row(page, "ols").locator("td").nth(0)).to_have_text(f"{back:.3f}")

    page.get_by_label("Add leg").fill("ZZZ")
    page.keyboard.press("Enter")
    expect(page.get_by_text("The sample has no prices for ZZZ.")).to_be_visible()
    expect(page.get_by_text("Still shown: CVX and XOM (Sample)").first).to_be_visible()
    assert cell(page, "ols", 1) == f"{back:.3f}"
    page.get_by_role("button", name="Undo the change").click()
    expect(page.get_by_text("The sample has no prices for ZZZ.")).to_be_hidden()

    with page.expect_download() as given:
        page.get_by_role("button", name="Export").click()
    assert given.value.suggested_filename == "hedge-ratios-CVX-XOM.zip"
    with zipfile.ZipFile(io.BytesIO(Path(given.value.path()).read_bytes())) as archive:
        assert {"question.json", "prices.csv", "methods.csv", "notebook.py"} <= set(archive.namelist())
        assert f"{back:.6f}"[:7] in archive.read("methods.csv").decode()


def test_the_dialog_of_the_methods_keeps_the_keyboard(opened: Opener) -> None:
    page = to_lab(opened)
    page.get_by_role("button", name="Methods 18 of 18").press("Enter")
    one = page.locator("dialog[open]").get_by_role("checkbox").nth(2)
    one.press(" ")
    expect(one).to_have_attribute("aria-checked", "false")
    expect(one).to_be_focused()
    page.keyboard.press(" ")
    expect(one).to_have_attribute("aria-checked", "true")
    expect(one).to_be_focused()
    page.keyboard.press(" ")
    expect(one).to_have_attribute("aria-checked", "false")
    page.keyboard.press("Escape")
    expect(page.get_by_role("button", name="Methods 17 of 18")).to_be_focused()


def test_what_belongs_together_wraps_together(opened: Opener) -> None:
    page = to_lab(opened)

    def top(name: str) -> float:
        field = name in ("Add leg", "From", "To")
        found = page.get_by_label(name, exact=True) if field else page.get_by_role("button", name=name)
        box = found.first.bounding_box()
        assert box is not None
        return box["y"] + box["height"] / 2

    def rows(count: int) -> None:
        first, second = top("Add leg"), top("1 y")
        assert top("Your file") == pytest.approx(first, abs=4)
        for name in ("From", "To", "Methods 1", "Export"):
            assert top(name) == pytest.approx(second, abs=4), name
        assert (second - first > 20) == (count == 2)
        assert count == 2 or first == pytest.approx(second, abs=4)

    page.keyboard.press(",")
    soon(page, lambda: rows(1))
    page.get_by_label("Add leg").fill("<b>")
    page.keyboard.press("Enter")
    expect(page.get_by_text("cannot be a ticker")).to_be_visible()
    soon(page, lambda: rows(1))
    page.get_by_label("Add leg").fill("KO")
    page.keyboard.press("Enter")
    expect(page.get_by_text("cannot be a ticker")).to_be_hidden()
    for width in (1440, 1100):
        page.set_viewport_size({"width": width, "height": 900})
        soon(page, lambda: rows(2))


def test_a_table_of_ones_own_is_taken_or_refused_whole(opened: Opener) -> None:
    page = to_lab(opened)
    page.get_by_role("button", name="Your file").click()
    place = page.get_by_label("Table of prices")
    place.set_input_files(
        {
            "name": "bad.csv",
            "mimeType": "text/csv",
            "buffer": b"date,A,B\n2020-01-02,1,many\n2020-01-03,1,2\n",
        }
    )
    expect(page.get_by_text(re.compile("bad.csv: line 2, column 'B'"))).to_be_visible()
    expect(page.get_by_role("button", name="XOM, the dependent leg")).to_be_visible()

    random = np.random.default_rng(7)
    walk = 60 + np.cumsum(random.standard_normal(150))
    tied = 5 + 2 * walk + random.standard_normal(150)
    days = np.arange("2020-01-01", "2021-01-01", dtype="datetime64[D]")[:150]
    lines = [f"{day},{a:.6f},{b:.6f}" for day, a, b in zip(days, tied, walk, strict=True)]
    place.set_input_files(
        {"name": "own.csv", "mimeType": "text/csv", "buffer": "\n".join(["date,=1+1,B <b>", *lines]).encode()}
    )
    expect(page.get_by_role("button", name="=1+1, the dependent leg")).to_be_visible()
    design = np.column_stack([np.ones(150), walk.round(6)])
    slope = float(np.linalg.lstsq(design, tied.round(6), rcond=None)[0][1])
    expect(row(page, "ols").locator("td").nth(0)).to_have_text(f"{slope:.3f}")
    expect(page.get_by_role("columnheader", name="B <b> per =1+1")).to_be_visible()
    expect(page.get_by_text("own.csv: 2 columns, 150 days")).to_be_visible()


def published(page: Page, held: str, other: str) -> None:
    """The published ratios stand in the table, in both orderings."""
    for key, wanted in WORKED[held].items():
        decimals = 3 if wanted >= 1.0 else 4
        assert cell(page, key, 1) == f"{wanted:.{decimals}f}", (held, key)
        back = WORKED[other][key]
        assert cell(page, key, 3) == f"{back:.{3 if back >= 1.0 else 4}f}", (held, key)
        product = f"{wanted * back:.2f}"
        assert cell(page, key, 4).split()[1] == product, (held, key)


@pytest.mark.market_data
@pytest.mark.skipif(not GLD_GDX.exists(), reason="the market data are not here")
def test_gld_and_gdx_have_the_published_ratios_in_both_orderings(opened: Opener) -> None:
    page = to_lab(opened)
    page.get_by_role("button", name="Your file").click()
    page.get_by_label("Table of prices").set_input_files(GLD_GDX)
    expect(page.get_by_role("button", name="GDX, the dependent leg")).to_be_visible()
    for held, other in (("GDX", "GLD"), ("GLD", "GDX")):
        if held == "GLD":
            page.get_by_role("button", name="Make GLD the dependent leg").click()
        expect(page.get_by_role("columnheader", name=f"{other} per {held}").first).to_be_visible()
        expect(page.get_by_text(f"{held} and {other}, prices (gld_gdx_data.csv)")).to_be_visible()
        soon(page, partial(published, page, held, other))


def whole(table: Locator, where: tuple[str, int]) -> None:
    """A table needs no scrolling sideways."""
    room = table.locator("xpath=..")
    assert room.evaluate("e => e.scrollLeft") == 0
    more = room.evaluate("e => e.scrollWidth - e.clientWidth")
    assert more <= 0, (*where, table.get_attribute("aria-label"), more)


def test_no_column_is_cut_off_where_there_is_room(opened: Opener) -> None:
    page = to_lab(opened)
    ratios = page.get_by_role("table", name="Which hedge ratio")
    proof = page.get_by_role("table", name="4. Is the arithmetic right?")
    page.get_by_role("button", name="1 y").first.click()  # few days: the widest intervals and marks
    expect(ratios.get_by_text("?", exact=True)).to_have_count(17, timeout=90_000)
    page.get_by_text("Does the textbook hedge work").scroll_into_view_if_needed()
    expect(proof).to_be_visible(timeout=90_000)
    for panel, widths in (("open", (1440, 1366, 1240)), ("closed", (1440, 1366, 900))):
        if panel == "closed":
            page.keyboard.press(",")
        for width in widths:
            page.set_viewport_size({"width": width, "height": 900})
            for table in (ratios, proof):
                soon(page, partial(whole, table, (panel, width)))
    page.set_viewport_size({"width": 1440, "height": 900})
    for name, day in (("To", "2022-12-01"), ("From", "2022-01-03")):
        page.get_by_role("textbox", name=name, exact=True).first.fill(day)
        page.keyboard.press("Enter")
    expect(page.get_by_role("button", name=re.compile("^From: Reset")).first).to_be_visible()

    def apart() -> None:
        mark = page.get_by_role("button", name=re.compile("^To: Reset")).first.bounding_box()
        before = page.get_by_role("textbox", name="From", exact=True).first.locator("xpath=..").bounding_box()
        assert mark is not None
        assert before is not None
        assert abs(mark["y"] - before["y"]) < 20  # in one row
        assert mark["x"] + 4 > before["x"] + before["width"] + 2  # its dot, not on the box at its left

    soon(page, apart)


def test_a_phone_shows_one_column_with_nothing_cut_off(opened: Opener) -> None:
    page = to_lab(opened, 390, 844)
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    first = row(page, "ols").locator("th").first
    before = first.bounding_box()
    row(page, "ols").locator("td").last.scroll_into_view_if_needed()
    after = first.bounding_box()
    assert before is not None
    assert after is not None
    assert abs(before["x"] - after["x"]) < 1.0

import html
import re

import numpy as np
import pytest

from core import words
from dashboard import tiles, why
from tests.dashboard.scenes import NAMES, scene
from tests.strategies import Reference, every_share, random_table, run, settings_of


def text_of(markup: str) -> str:
    """What a reader sees, blanks between the parts."""
    return " ".join(html.unescape(re.sub(r"<[^>]*>", " ", markup)).split())


@pytest.mark.parametrize("name", NAMES)
def test_no_tile_says_nan_or_infinite(name: str) -> None:
    for tile in tiles.tiles(scene(name)):
        text = text_of(tile)
        assert text
        assert not re.search(r"\b(nan|inf|none)\b", text.lower().replace("cost now $0 none", ""))


@pytest.mark.parametrize("name", NAMES)
def test_tiles_are_whole_html(name: str) -> None:
    for tile in tiles.tiles(scene(name)):
        for tag in ("div", "span", "dl", "dialog", "button", "p"):
            assert len(re.findall(rf"<{tag}[ >]", tile)) == tile.count(f"</{tag}>")


def test_the_reference_trade() -> None:
    reference = Reference()
    analysis = run(reference.table(), reference.settings(hedge__liquidity_discount=0.02))
    beta, trade, cash, data = map(text_of, tiles.tiles(analysis))
    assert "1.38 → 0.03" in beta
    assert "Buy 327 SH" in trade
    assert "$44.57" in trade
    assert "$14,574" in trade
    assert "282 – 372" in trade
    assert "Short $14,574" in cash
    assert "$4.87" in cash
    assert "$0.51 in the price, not charged" in cash
    assert "61 of 61" in data
    assert "1 of 1" in data


def test_why_shows_symbols_values_and_result() -> None:
    reference = Reference()
    analysis = run(reference.table(), reference.settings(hedge__liquidity_discount=0.02))
    steps = why.order_steps(analysis)
    assert steps[0].startswith("N = ⌊ (β − β*)")
    assert "10,800.00" in steps[1]
    assert "44.5700" in steps[1]
    assert "0.980" in steps[1]
    assert steps[2] == "= 327.33 → 327 SH"
    assert "data-copy=" in why.order_why(analysis)


def test_the_formula_gives_what_it_shows() -> None:
    for name in ("plain", "hedged", "one"):
        analysis = scene(name)
        line = why.order_steps(analysis)[1].replace(",", "").replace("−", "-")
        beta, target, nav, per_share, price, kept = map(float, re.findall(r"-?[0-9]+\.[0-9]+", line))
        shares = (beta - target) * nav / (per_share * price) * kept
        assert shares == pytest.approx(analysis.order.wanted_exact, rel=2e-4)


@pytest.mark.parametrize("name", NAMES)
def test_cost_items_add_up_to_the_cost_now(name: str) -> None:
    analysis = scene(name)
    assert sum(value for _, value in why.cost_items(analysis)) == pytest.approx(analysis.order.cost_now)


def test_carry_is_never_in_the_cost() -> None:
    text = text_of(why.cost_why(scene("plain")))
    assert "Financing a day" in text
    assert "in the price, not charged" in text
    assert words.money(scene("plain").order.cost_now) in text


@pytest.mark.parametrize(("name", "lines"), [("plain", 2), ("sell", 1)])
def test_the_note_on_carry_counts_the_lines_that_are_there(name: str, lines: int) -> None:
    text = text_of(why.cost_why(scene(name)))
    assert text.count("\u00f7 252") == lines
    assert ("The two lines a day are" if lines == 2 else "The line a day is") in text


def test_a_shortfall_is_said_in_each_way_of_funding() -> None:
    assert "Short $" in text_of(tiles.cash_tile(scene("plain")))
    assert "Sell of each holding" in text_of(tiles.cash_tile(scene("sell")))


def test_nothing_to_trade_says_so() -> None:
    for name in ("short", "cash", "band"):
        text = text_of(tiles.trade_tile(scene(name)))
        assert "Do nothing" in text
        assert "Why nothing?" in text


def test_too_uncertain_keeps_the_order_and_marks_it() -> None:
    analysis = scene("uncertain")
    assert analysis.order.review
    assert "Too uncertain" in text_of(tiles.beta_tile(analysis))
    trade = text_of(tiles.trade_tile(analysis))
    assert "Review" in trade
    assert f"Buy {words.shares(analysis.order.shares)}" in trade


@pytest.mark.parametrize("name", ["unpriced", "unmeasured"])
def test_without_any_beta_there_is_no_order_but_a_reason(name: str) -> None:
    beta, trade, _, data = map(text_of, tiles.tiles(scene(name)))
    assert "No data —" in beta
    assert scene(name).exposure.left_out[0].reason in beta
    assert "No data —" in trade
    assert "0 of 5" in data


def test_the_data_tile_counts_what_has_a_beta() -> None:
    text = text_of(tiles.data_tile(scene("partial")))
    assert "2 of 5" in text
    assert words.day(np.datetime64(scene("partial").market.as_of)) in text


def test_fewer_shares_than_wanted_are_explained_by_the_funding() -> None:
    analysis = scene("sell")
    order = analysis.order
    assert order.shares < order.wanted
    text = text_of(tiles.trade_tile(analysis))
    assert f"Why {words.shares(order.shares)}?" in text
    low, high = words.shares(order.shares_low), words.shares(order.shares_high)
    assert order.shares_low <= order.shares <= order.shares_high
    assert f"{low} \u2013 {high}" in text
    assert f"{words.shares(order.wanted)} SH" in text
    assert (
        f"selling {words.percent(order.funding.sell_fraction)} of each holding".replace("\u202f", " ") in text
    )


def test_a_short_in_the_benchmark_is_explained_too() -> None:
    table = random_table(3, count=400, assets=5)
    analysis = run(table, settings_of(every_share(table, 100.0), 2_000.0, hedge__funding="short"))
    assert analysis.order.funding.benchmark_short > 0
    assert "SPY short takes the place of the rest" in text_of(tiles.trade_tile(analysis))

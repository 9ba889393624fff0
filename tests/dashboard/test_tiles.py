import datetime as dt
import html
import re

import numpy as np
import pytest

from core import Settings, analyse, words
from core.hedge_state import waiting_words
from core.kernels.state import CONFIRMING, COOLING
from dashboard import tiles, why
from tests.dashboard.scenes import NAMES, scene
from tests.strategies import Reference, changed, every_share, random_table, run, settings_of


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
    beta, rule, trade, cash = map(text_of, tiles.tiles(analysis))
    assert "1.38 → 0.03" in beta
    assert "Buy 327 SH" in trade
    assert "$44.57" in trade
    assert "$14,574" in trade
    assert "282 – 372" in trade
    assert "Short $14,574" in cash
    assert "$4.87" in cash
    assert "$0.51 in the price, not charged" in cash
    assert "Sessions used 61 of 61" in beta
    assert "Positions with a \u03b2 1 of 1" in beta
    assert "Hedge on 100 %" in rule
    assert "always \u2192 100 %" in rule


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
    order = why.ready(analysis) or analysis.order
    assert sum(value for _, value in why.cost_items(analysis)) == pytest.approx(order.cost_now)


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
    beta, _, trade, _ = map(text_of, tiles.tiles(scene(name)))
    assert "No data Data —" in beta
    assert scene(name).exposure.left_out[0].reason in beta
    assert "No data —" in trade
    assert "0 of 5" in beta


def test_the_data_behind_beta_counts_what_has_one() -> None:
    text = text_of(why.data_facts(scene("partial")))
    assert "2 of 5" in text
    assert words.day(np.datetime64(scene("partial").market.as_of)) in text
    for note in scene("partial").market.notes:
        assert " ".join(note.text.split()) in text


def test_while_off_the_order_that_waits_is_shown_and_marked() -> None:
    analysis = scene("off")
    waiting = analysis.standby
    assert analysis.order.side == "none"
    assert waiting.side == "buy"
    _, rule, trade, cash = map(text_of, tiles.tiles(analysis))
    assert "Hedge off" in rule
    assert "Nothing to trade" in trade
    assert f"If on buy {words.shares(waiting.shares)} SH" in trade
    assert words.money(waiting.notional) in trade
    assert f"Cost if on {words.money(waiting.cost_now)}" in cash
    assert f"Short if on {words.money(waiting.funding.shortfall)}" in cash
    assert "Cost now" not in cash
    text = text_of(why.order_why(analysis))
    assert "The hedge is off. Were it fully on:" in text
    assert f"{words.shares(waiting.wanted)} SH" in text
    assert "trade 0 while the hedge is off" in text


def test_off_and_nothing_to_hedge_says_both() -> None:
    text = text_of(tiles.trade_tile(scene("off_short")))
    assert "Nothing to trade" in text
    assert "nothing to buy either" in text
    assert "beta is at or below target" in text


def test_on_and_nothing_to_trade_says_why() -> None:
    assert "Because inside the no-trade band" in text_of(tiles.trade_tile(scene("band")))
    assert "Because beta is at or below target" in text_of(tiles.trade_tile(scene("short")))


def test_a_part_of_the_hedge_is_in_the_formula() -> None:
    analysis = scene("half")
    steps = why.order_steps(analysis)
    assert "\u00d7 (1 \u2212 d) \u00d7 f" in steps[0]
    assert steps[1].endswith("\u00d7 0.500")
    assert f"{words.shares(analysis.order.wanted)} SH" in steps[2]
    assert "f the share of the full hedge" in text_of(why.order_why(analysis))
    assert "\u00d7 f" not in why.order_steps(scene("plain"))[0]


def test_every_signal_of_the_rule_has_a_line() -> None:
    analysis = scene("counted")
    text = text_of(tiles.triggers_tile(analysis))
    used, states = analysis.decision.used, [analysis.signals[n].state[-1] for n in analysis.decision.used]
    assert len(used) == 4  # one more than there are lines for: the last two share one
    assert text.count("Fired") + text.count("Off") + text.count("No data") >= 2
    assert f"{len(used) - 2} more {sum(s == 1 for s in states[2:])} fired" in text
    assert f"{sum(s == 1 for s in states)} of {sum(s != -1 for s in states)}" in text
    half = text_of(tiles.triggers_tile(scene("half")))
    assert "Hedge on 50\u202f%".replace("\u202f", " ") in half
    assert "0 of 0" in half
    assert "1 no data" in half


@pytest.mark.parametrize("phase", [CONFIRMING, COOLING])
def test_waiting_is_said_in_words(phase: int) -> None:
    settings = Settings().with_value("triggers.confirm", 3)
    state = analyse(settings).state
    row = int(np.flatnonzero(state.phase == phase)[-1])
    day = analyse(settings).market.sessions[row].astype(object)
    analysis = analyse(settings.with_value("data.as_of", day))
    said = waiting_words(analysis.state, analysis.settings.triggers)
    assert said
    assert said in text_of(tiles.triggers_tile(analysis))


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


def test_a_trade_says_what_is_held_and_by_whom() -> None:
    rule = {"data__as_of": dt.date(2020, 3, 4), "hedge__held": "rule"}
    analysis = analyse(changed(Settings(), **rule), bootstrap=False)
    shown = text_of(tiles.trade_tile(analysis))
    assert analysis.order.side == "sell"
    assert f"Held by the rule {analysis.order.held:,.0f} \u2192 {analysis.order.target:,.0f}" in shown

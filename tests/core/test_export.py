"""An analysis as JSON and as text: unrounded, complete, and without a NaN."""

import json

import numpy as np
import pytest

from core import Settings, analyse
from core.export import plain, to_json, to_text
from core.fingerprint import freeze
from tests.strategies import ASSETS, HEDGE, Reference, random_table, run, settings_of, with_prices

A, B = ASSETS[:2]


def test_plain_values() -> None:
    assert plain(float("nan")) is None
    assert plain(np.float64("inf")) is None
    assert plain(np.datetime64("2020-03-16T00:00")) == "2020-03-16"
    assert plain((1.5, np.float64(2.0), "x", None, True)) == [1.5, 2.0, "x", None, True]
    assert type(plain(np.float64(2.0))) is float


def test_golden_json_of_the_reference_order() -> None:
    found = to_json(run(Reference().table(), Reference().settings(hedge__liquidity_discount=0.02)))
    assert json.loads(json.dumps(found, allow_nan=False)) == found
    order = found["order"]
    assert (order["side"], order["shares"], order["price"]) == ("buy", 327.0, 44.57)
    assert order["notional"] == 327.0 * 44.57  # unrounded
    np.testing.assert_allclose(order["cost"]["total"], 4.865521, atol=1e-6)
    np.testing.assert_allclose(order["round_trip"], 2 * order["cost"]["total"])
    assert order["cost"]["total"] == sum(
        order["cost"][k] for k in ("fixed", "proportional", "half_spread", "tax", "impact")
    )
    assert order["volume_share"] is None
    assert (order["shares_low"], order["shares_high"]) == (282.0, 372.0)
    assert found["as_of"] == "2019-03-28"
    assert found["benchmark"] == "SPY"
    assert [line["ticker"] for line in found["exposure"]] == ["NVDA"]
    np.testing.assert_allclose(found["book"]["beta"], 1.3784, rtol=1e-11)
    assert found["book"]["window_end"] == "2019-03-28"
    assert found["headline"].startswith("Beta 1.38 [1.19, 1.57]")


def test_unknown_figures_are_null_with_a_reason() -> None:
    table = random_table(2, 80, 2)
    close = table.close.copy()
    close[-1, table.column(A) or 0] = np.nan
    analysis = run(
        with_prices(table, close), settings_of({A: 1.0, B: 2.0, HEDGE: 1.0}, beta__window_sessions=20)
    )
    text = json.dumps(to_json(analysis), allow_nan=False)
    found = json.loads(text)
    assert found["exposure"][0]["value"] is None
    assert found["exposure"][0]["reason"].startswith("no price on ")
    assert found["book"]["left_out"][0]["ticker"] == A
    assert found["exposure"][2]["role"] == "hedge"


def test_text_of_the_reference_order() -> None:
    lines = to_text(
        run(Reference().table(), Reference().settings(hedge__liquidity_discount=0.02))
    ).splitlines()
    assert lines[0].startswith("Beta 1.38")
    assert "Exposure to SPY, 61 sessions, 3 Jan 2019 \u2013 28 Mar 2019" in lines
    assert "Prices: test, to 28 Mar 2019." in lines
    assert any(line.startswith("NVDA") and "[1.19, 1.57]" in line and "14,887" in line for line in lines)
    assert "Order: buy 327 SH at $44.57 = $14,574" in lines
    assert "  if beta is at its bounds: 282 \u2013 372 shares" in lines
    assert any("fixed fee $3.00, proportional $0.41, half-spread $1.46" in line for line in lines)
    assert any("fund fee a day $0.51 (in the price, not charged)" in line for line in lines)


@pytest.mark.parametrize(
    ("funding", "line"),
    [
        ("short", "  and sell 29 SPY short at $500.00"),
        ("sell", "  and sell 58.0\u202f% of each holding, $6,259"),
    ],
)
def test_text_names_what_funding_sells(funding: str, line: str) -> None:
    lines = to_text(run(Reference().table(), Reference().settings(hedge__funding=funding))).splitlines()
    assert line in lines
    assert any(text.startswith("Order: buy ") for text in lines)


def test_text_of_no_order_ends_with_one_full_stop() -> None:
    table = random_table(5, 80, 1)
    short = to_text(run(table, settings_of({}, 100.0)))
    assert "Order: none. At or below target." in short.splitlines()
    young = to_text(run(random_table(5, 10, 1), settings_of({A: 1.0})))
    assert "Order: none. No position has a beta, so there is nothing to size." in young.splitlines()
    assert (
        "No beta: S00, 9 of 60 sessions have a return, needs 48 (100.0\u202f% of NAV)" in young.splitlines()
    )


def test_text_columns_line_up() -> None:
    lines = to_text(analyse(Settings())).splitlines()
    first = next(n for n, line in enumerate(lines) if line.startswith("Ticker"))
    table = lines[first : first + 11]
    assert len({len(line) for line in table}) == 1
    assert table[-1].startswith("Book")


def test_sample_as_json_has_no_nan_and_every_line() -> None:
    found = to_json(analyse(Settings()))
    json.dumps(found, allow_nan=False)
    total = sum(line["dollar_beta"] for line in found["exposure"])
    np.testing.assert_allclose(total, found["book"]["dollar_beta"], rtol=1e-12)
    np.testing.assert_allclose(found["book"]["beta"], total / found["book"]["nav"], rtol=1e-12)
    assert any("Sample data to 28 Dec 2022" in note["text"] for note in found["notes"])


def test_lists_inside_results_become_lists() -> None:
    assert plain((freeze([1.0]).item(), (2.0, ("a",)))) == [1.0, [2.0, ["a"]]]


def test_json_says_what_the_rule_says_and_did() -> None:
    analysis = analyse(Settings().with_value("data.as_of", "2020-03-16"))
    found = json.loads(json.dumps(to_json(analysis), allow_nan=False))
    vix, flow = found["signals"]["vix_inversion"], found["signals"]["stop_loss_cluster"]
    assert (vix["state"], vix["says"], vix["used"], vix["since"]) == (1, "fired", True, "2020-02-24")
    assert vix["value"] == analysis.signals["vix_inversion"].value[-1]
    assert vix["source"].startswith("stand-in: ")
    assert (flow["state"], flow["says"], flow["value"]) == (-1, "no data", None)
    assert flow["reason"]
    assert not found["signals"]["drawdown"]["used"]
    state = found["hedge_state"]
    assert (state["on"], state["fraction"], state["fired"], state["available"]) == (True, 1.0, 2, 2)
    assert state["rule"][0] == "volatility stand-in > 1.31 and SPX < 0.95 \u00d7 MA50 \u2192 100\u202f%"
    assert state["rule"][-1] == "Enter after 1 close, leave after 5 at zero."
    assert found["comparison"]["arms"]["triggered"]["sharpe"] == analysis.comparison.arms["triggered"].sharpe
    assert found["comparison"]["test"]["low"] < found["comparison"]["test"]["difference"]
    assert "draws" not in found["comparison"]["test"]
    assert len(found["comparison"]["verdict"]["text"]) == 4
    covid = next(event for event in found["events"] if event["name"] == "Covid")
    assert (covid["ongoing"], covid["first_on"], covid["end"]) == (True, "2020-02-24", "2020-03-16")
    assert next(e for e in found["events"] if e["name"] == "Dot-com")["first_on"] is None
    assert {record["name"] for record in found["track_record"]} >= {"rule", "price_break"}


def test_text_names_the_signals_the_rule_and_the_verdict() -> None:
    lines = to_text(analyse(Settings(), bootstrap=False)).splitlines()
    assert any(line.startswith("Price break: not fired, 3,783.22 against ") for line in lines)
    assert any(line.startswith("Stop-loss cluster: no data (") for line in lines)
    standby = analyse(Settings(), bootstrap=False).standby
    ready = f"Order: none. The hedge is off. Were it on: buy {standby.shares:,.0f} SH-MODEL."
    assert ready in lines
    assert any(line.startswith("Past, 3 Jan 2006 \u2013 28 Dec 2022, all costs paid: ") for line in lines)

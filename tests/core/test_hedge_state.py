"""The state of the hedge in the whole: its spells, what it waits for, and what the headline says of it."""

import numpy as np
import pytest

from core.hedge_state import runs, waiting_words
from core.pipeline import Analysis
from tests.strategies import HEDGE, Reference, run, table_of, weekdays

LAST = 61
DAYS = weekdays(LAST + 1)


def flow(*rows: int) -> list[list[object]]:
    """Readings that fire on these sessions and on no other."""
    return [[str(DAYS[0]), 0.0], *[[str(DAYS[row]), 10e9] for row in rows]]


def analysis(*rows: int, cash: float = 0.0, held: float = 0.0, **values: object) -> Analysis:
    """The reference book under a rule that asks the flow alone: fired on these sessions."""
    rule = {
        "triggers__tree": {"ask": "stop_loss_cluster", "yes": 1.0, "no": 0.0},
        "triggers__flow": flow(*rows),
        "triggers__cluster_sessions": 1,
    }
    settings = Reference().settings(cash, **{"hedge__liquidity_discount": 0.02, **rule, **values})
    if held:
        settings = settings.with_value("portfolio.holdings", [["NVDA", 100.0], [HEDGE, held]])
    return run(Reference().table(), settings)


def sentence(found: Analysis) -> str:
    return str(found.headline).replace("\u202f", " ")


def test_runs_of_true() -> None:
    assert runs(np.array([True, True, False, True])) == ((0, 1), (3, 3))
    assert runs(np.zeros(3, dtype=np.bool_)) == ()
    assert runs(np.zeros(0, dtype=np.bool_)) == ()


def test_spells_of_a_state() -> None:
    found = analysis(10, 11, 30).state
    # Five closes at zero end a spell; the fifth is off.
    assert found.spells() == ((10, 15), (30, 34))
    assert found.on.sum() == 11


def test_on_the_session_that_fires_the_order_is_traded_at_once() -> None:
    found = analysis(LAST)
    assert sentence(found) == (
        "Beta 1.38 [1.19, 1.57]. Triggers 1 of 1 \u2192 hedge ON at 100 %. Buy 327 SH @ $44.57 = $14,574 "
        "(have $0 cash: short $14,574). Cost now $4.87. Residual beta 0.03 [\u22120.16, 0.22]."
    )
    assert waiting_words(found.state, found.settings.triggers) == ""
    assert found.plan.resized[-1]


def test_off_says_so_and_keeps_an_order_ready() -> None:
    found = analysis()
    assert sentence(found) == (
        "Beta 1.38 [1.19, 1.57]. Triggers 0 of 1 \u2192 hedge OFF. Nothing to trade. "
        "Residual beta 1.38 [1.19, 1.57]."
    )
    assert (found.order.side, found.order.limit) == ("none", "off")
    assert (found.standby.side, found.standby.shares) == ("buy", 327.0)


def test_off_sells_the_hedge_that_is_held() -> None:
    found = analysis(held=40.0, hedge__minimum_trade=1e6)
    assert "\u2192 hedge OFF. Sell 40 SH @ $44.57 = $1,783. Cost now" in sentence(found)
    assert found.order.target == 0.0


def test_cooling_down_is_said_with_the_close_it_is_at() -> None:
    found = analysis(LAST - 3)
    assert waiting_words(found.state, found.settings.triggers) == "cooling down, close 3 of 5 at zero"
    assert "Triggers 0 of 1, cooling down, close 3 of 5 at zero \u2192 hedge ON at 100 %." in sentence(found)
    assert analysis(LAST - 5).state.fraction[-1] == 0.0


def test_confirming_is_said_with_the_close_it_is_at() -> None:
    found = analysis(LAST - 1, LAST, triggers__confirm=3)
    assert "Triggers 1 of 1, confirming, close 2 of 3 \u2192 hedge OFF." in sentence(found)
    assert "hedge ON" in sentence(analysis(LAST - 2, LAST - 1, LAST, triggers__confirm=3))


def test_waiting_for_a_close_at_zero_is_said() -> None:
    found = analysis(*range(50, LAST + 1), triggers__maximum_holding=4)
    assert "Triggers 1 of 1, waiting for a close at zero \u2192 hedge OFF." in sentence(found)


def test_no_data_is_said_by_name_and_goes_the_way_the_question_says() -> None:
    silent = {"triggers__flow": []}
    assert "Triggers: no data (flow) \u2192 hedge OFF." in sentence(analysis(**silent))
    yes = {"ask": "stop_loss_cluster", "yes": 1.0, "no": 0.0, "unknown": "yes"}
    found = analysis(triggers__tree=yes, **silent)
    assert "Triggers: no data (flow) \u2192 hedge ON at 100 %." in sentence(found)
    assert found.decision.blind.all()
    more = {"ask": "price_break", "yes": 1.0, "no": yes}
    # The benchmark of the reference ends well under its average.
    assert "Triggers 1 of 1 (flow: no data) \u2192 hedge ON" in sentence(
        analysis(triggers__tree=more, **silent)
    )


def test_half_a_hedge_is_half_of_the_shares_and_leaves_half_of_the_beta() -> None:
    half = {"ask": "stop_loss_cluster", "yes": 0.5, "no": 0.0}
    found = analysis(LAST, triggers__tree=half)
    assert "Triggers 1 of 1 \u2192 hedge ON at 50 %. Buy 163 SH @ $44.57 = $7,265" in sentence(found)
    np.testing.assert_allclose(found.order.residual_beta, 1.3784 - 163 * 44.57 / 10_800, rtol=1e-9)
    assert (found.order.shares_low, found.order.shares_high) == (141.0, 186.0)
    assert (found.standby.shares, found.plan.fraction[-1]) == (327.0, 0.5)


@pytest.mark.parametrize(("rows", "trades"), [((LAST - 1, LAST), False), ((LAST,), True)])
def test_a_change_of_state_is_traded_though_it_is_inside_the_band(
    rows: tuple[int, ...], trades: bool
) -> None:
    found = analysis(*rows, held=320.0)
    assert (found.order.side == "buy") == trades
    assert found.order.limit == ("" if trades else "band")


def test_too_uncertain_comes_before_the_triggers_and_asks_for_review() -> None:
    text = sentence(analysis(LAST, beta__uncertain_half_width=0.1))
    assert text.startswith(
        "Beta 1.38 [1.19, 1.57], too uncertain to size (half-width 0.19, limit 0.10). Triggers 1 of 1 \u2192"
    )
    assert "short $14,574): review. Cost now" in text
    assert "review" not in sentence(analysis(beta__uncertain_half_width=0.1))


def test_a_hedge_without_a_price_is_a_problem_whatever_the_triggers_say() -> None:
    table = Reference().table()
    columns = dict(zip(table.tickers[:-1], table.close.T[:-1], strict=True))
    columns[HEDGE] = np.append(columns[HEDGE][:-1], np.nan)
    found = run(table_of(columns), Reference().settings(triggers__tree=0.0))
    assert "No order: SH has no price on 28 Mar 2019." in str(found.headline)

"""The sentence: what it says in each state, and that its pieces are the sentence."""

import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core import Settings, analyse
from core.data.base import PriceTable
from core.headline import Headline, Piece
from core.tree import DEFAULT_TREE, Tree
from tests.strategies import (
    ASSETS,
    HEDGE,
    Reference,
    always_on,
    every_share,
    random_table,
    run,
    settings_of,
    tables,
    with_prices,
)

A, B = ASSETS[:2]


def test_sentence_is_its_clauses_joined_by_one_blank() -> None:
    headline = Headline(
        clauses=((Piece(text="Beta "), Piece(text="1.2", role="figure")), (Piece(text="Buy."),))
    )
    assert str(headline) == "Beta 1.2 Buy."


def test_pieces_of_the_reference_sentence_carry_their_roles() -> None:
    settings = Reference().settings(hedge__liquidity_discount=0.02)
    pieces = [p for clause in run(Reference().table(), settings).headline.clauses for p in clause]
    by_role = {role: [p.text for p in pieces if p.role == role] for role in {p.role for p in pieces}}
    assert by_role["figure"] == ["1.38", "Buy 327 SH @ $44.57 = $14,574", "$4.87", "0.03"]
    assert by_role["interval"] == ["[1.19, 1.57]", "[\u22120.16, 0.22]"]
    assert by_role["shortage"] == ["short $14,574"]
    assert by_role["on"] == ["hedge ON at 100\u202f%"]
    assert "warning" not in by_role


def test_funding_by_sale_names_the_part() -> None:
    sentence = str(run(Reference().table(), Reference().settings(hedge__funding="sell")).headline)
    assert (
        "Buy 140 SH @ $44.57 = $6,240 (have $0 cash: short $14,886, sell 58.0\u202f% of each holding)."
        in sentence
    )


def test_h24_golden_sample_sentence() -> None:
    """The page opens on the first; a change needs a reason in the change log."""
    assert str(analyse(Settings()).headline) == (
        "Beta 0.65 [0.62, 0.69]. Triggers 0 of 2 (flow: no data) \u2192 hedge OFF. Nothing to trade. "
        "Residual beta 0.65 [0.62, 0.69]."
    )
    assert str(analyse(always_on()).headline).replace("\u202f", " ") == (
        "Beta 0.65 [0.62, 0.69]. No trigger is asked \u2192 hedge ON at 100 %. "
        "Buy 43,496 SH-MODEL @ $15.11 = $657,117 (have $400,000 cash: short $257,117). "
        "Cost now $87.11. Residual beta 0.00 [\u22120.03, 0.03]."
    )


def test_one_position_without_a_beta_is_counted() -> None:
    table = random_table(3, 80, 3)
    close = table.close.copy()
    close[:, table.column(A) or 0] = np.nan
    settings = settings_of(every_share(table), 100.0, beta__window_sessions=20)
    assert " 1 of 3 positions without a beta. Buy " in str(run(with_prices(table, close), settings).headline)


def test_no_beta_at_all_is_said_with_the_reason() -> None:
    sentence = str(run(random_table(4, 12, 1), settings_of({A: 1.0})).headline)
    assert sentence == (
        "Beta \u2014 (no data: 11 of 60 sessions have a return, needs 48). "
        "No trigger is asked \u2192 hedge ON at 100\u202f%. No order."
    )


@pytest.mark.parametrize("funding", ["borrow", "sell", "short"])
@given(
    table=tables(most_assets=3, curve=True, bars=True),
    cash=st.sampled_from([-200.0, 0.0, 300.0, 1e6]),
    owned=st.sampled_from([0.0, 3.0, 500.0]),
    minimum=st.sampled_from([0.0, 1e6]),
    cap=st.sampled_from([None, 0.0, 500.0]),
    sign=st.sampled_from([1.0, 1.0, -0.01]),
    tree=st.sampled_from([1.0, 0.5, 0.0, DEFAULT_TREE]),
)
def test_h18_every_state_gives_whole_sentences(
    table: PriceTable,
    funding: str,
    cash: float,
    owned: float,
    minimum: float,
    cap: float | None,
    sign: float,
    tree: Tree,
) -> None:
    held = dict.fromkeys(every_share(table), 20.0 * sign)
    money = abs(cash) + 1e4 if sign < 0 else cash
    settings = settings_of(
        {**held, HEDGE: owned},
        money,
        beta__window_sessions=20,
        hedge__funding=funding,
        hedge__minimum_trade=minimum,
        hedge__capital_cap=cap,
        triggers__tree=tree,
        triggers__average_sessions=10,
        triggers__break_below=0.0,
    )
    analysis = run(table, settings)
    sentence = str(analysis.headline)
    assert "  " not in sentence
    assert " ." not in sentence
    assert sentence.endswith(".")
    if not analysis.order.problem:
        on = analysis.state.fraction[-1]
        assert (f"hedge ON at {100 * on:.0f}\u202f%" if on else "hedge OFF") in sentence
    assert not re.search(r"nan|inf|None|\.\.|\(\)|-[\d$]", sentence)
    if analysis.order.side != "none" or analysis.order.funding.trades:
        assert "Cost now $" in sentence
        assert analysis.order.cost_now > 0
    else:
        assert analysis.order.cost_now == 0

"""P-values of the ratio table: a mark of where each is from, and small print that says how many draws."""

from dataclasses import replace

import numpy as np
import pytest

from core.lab.compare import RatioRow, compare_ratios, with_p_values
from core.ratios.base import HedgeRatio
from core.ratios.estimate import NOT_SIMULATED, with_p_value
from core.ratios.null import PValue
from dashboard.charts import p_values
from tests.dashboard.lab_scenes import frame_of
from tests.dashboard.test_tiles import text_of

TABLE = compare_ratios(frame_of(count=80), methods=["ols", "tls", "huber"])


def of_draws(value: float, count: str) -> PValue:
    return PValue(value, f"{count} draws of legs that are not tied together")


def rows(**found: PValue) -> list[tuple[RatioRow, HedgeRatio]]:
    made = with_p_values(TABLE, found)
    return [(row, row.result) for row in made.methods if row.result is not None]


def small_print(*, own: str = "", waits: bool = False, **found: PValue) -> str:
    return " | ".join(text_of(note) for note in p_values.notes(rows(**found), own=own, draws=99, waits=waits))


def test_the_small_print_says_how_many_draws_each_row_has() -> None:
    each = {"tls": of_draws(0.2, "99"), "huber": of_draws(0.3, "79")}
    said = small_print(own="ols", ols=of_draws(0.11, "499"), **each)
    assert said == (
        "p sim : how often legs that are not tied together have as low a statistic by the same method; 499"
        " draws for the row shown, 99 for each other row, so that 0.010 is the least. | p sim of fewer draws,"
        " those with an answer: Huber on 79."
    )
    said = small_print(ols=of_draws(0.11, "99"), tls=of_draws(0.2, "99"), huber=of_draws(0.3, "99"))
    assert "method; 99 draws for each row, so that 0.010 is the least." in said
    assert "fewer" not in said
    many = p_values.notes(rows(ols=of_draws(0.11, "1,999")), own="", draws=1999, waits=False)
    assert "so that &lt;\u202f0.001 is the least" in many[0]


def test_a_row_of_its_own_draws_alone_and_a_regressions_p_are_told_apart() -> None:
    said = small_print(own="tls", tls=of_draws(0.11, "499"))
    assert "by the same method; 499 draws for the row shown. |" in said
    assert "p EG : Engle-Granger, MacKinnon (1994)." in said
    assert "press a row to simulate its own" in said
    waiting = small_print(own="tls", tls=of_draws(0.11, "499"), waits=True)
    assert "press a row" not in waiting
    assert "499 draws for the row shown, 99 for each other row, so that 0.010 is the least." in waiting


def test_a_p_value_that_could_not_be_simulated_says_why_by_its_row() -> None:
    why = f"{NOT_SIMULATED}: the method has no <answer>."
    refused = PValue(np.nan, "", why)
    assert f"p \u2014, Huber: {NOT_SIMULATED}" in small_print(huber=refused, tls=of_draws(0.2, "99"))
    both = small_print(huber=refused, tls=refused)
    assert both.count(NOT_SIMULATED) == 1
    assert f"p \u2014, Total least squares; Huber: {NOT_SIMULATED}" in both
    assert "&lt;answer&gt;" in "".join(p_values.notes(rows(huber=refused), own="", draws=99, waits=False))
    found = {row.key_name: one for row, one in rows(huber=refused)}
    assert p_values.cell(found["huber"], waits=True) == "\u2014"


@pytest.mark.parametrize(("waits", "said"), [(True, "\u2026"), (False, "\u2014")])
def test_a_cell_waits_or_has_none(waits: bool, said: str) -> None:
    tls = TABLE.row("tls").result
    assert tls is not None
    assert p_values.cell(tls, waits=waits) == said
    assert p_values.cell(None, waits=waits) == "\u2014"
    made = with_p_value(tls, of_draws(0.2345, "99"))
    assert text_of(p_values.cell(made, waits=waits)) == "0.23 sim"
    ols = TABLE.row("ols").result
    assert ols is not None
    assert text_of(p_values.cell(replace(ols, adf_p_value=0.12), waits=waits)) == "0.12 EG"

import re

import pytest

from core import words
from core.settings import Holding
from dashboard import holdings
from tests.dashboard.scenes import NAMES, scene
from tests.dashboard.test_tiles import text_of
from tests.strategies import every_share, random_table, run, settings_of


def rows_of(markup: str) -> list[list[str]]:
    """The cells of a table's rows as text."""
    return [
        [text_of(cell) for cell in re.findall(r"<t[dh][^>]*>(.*?)</t[dh]>", row, re.S)]
        for row in re.findall(r"<tr.*?</tr>", markup, re.S)
    ]


@pytest.mark.parametrize("name", NAMES)
def test_every_line_is_there_with_its_figures(name: str) -> None:
    analysis = scene(name)
    rows = {row[0]: row for row in rows_of(holdings.table(analysis, None))[1:]}
    for line in analysis.exposure.positions:
        label = f"{line.ticker} hedge held" if line.role == "hedge" else line.ticker
        row = rows[label]
        assert row[1] == words.shares(line.shares)
        if line.reason:
            assert line.reason in row[5]
            assert "No data" in row[5]
        else:
            assert row[5] == f"{words.number(line.beta)} {words.interval(line.beta_low, line.beta_high)}"
            assert row[8] == str(line.observations)
            share = words.number(100 * line.share, 1) if line.role == "holding" else ""
            assert row[10] == share
            assert row[11] == words.number(line.benchmark_shares, 0)
    assert list(rows)[-1] == "Book"
    assert "Cash" in rows


@pytest.mark.parametrize("name", NAMES)
def test_no_cell_is_nan(name: str) -> None:
    text = text_of(holdings.table(scene(name), None) + holdings.left_out(scene(name))).lower()
    assert not re.search(r"\b(nan|inf)\b", text)


def test_the_book_row_is_the_sum_and_the_net_beta() -> None:
    analysis = scene("hedged")
    book = rows_of(holdings.table(analysis, None))[-1]
    exposure = analysis.exposure
    net = (exposure.net_beta[-1], exposure.net_beta_low[-1], exposure.net_beta_high[-1])
    assert book[3] == words.number(exposure.nav, 0)
    assert book[10] == "100.0"
    assert book[5] == f"{words.number(net[0])} {words.interval(net[1], net[2])}"
    assert float(book[9].replace(",", "")) == pytest.approx(net[0] * exposure.nav, abs=0.5)


def test_the_chosen_row_is_lit_and_can_be_pressed() -> None:
    markup = holdings.table(scene("plain"), "S02")
    lit = re.findall(r'<tr class="chosen"[^>]*data-press="([^"]*)" aria-selected="true"', markup)
    assert lit == ["asset:S02"]
    assert markup.count("data-press=") == 5


def test_those_left_out_are_named_with_reasons_and_nothing_else_is() -> None:
    text = text_of(holdings.left_out(scene("partial")))
    assert "3 of 5 positions have no beta" in text
    for line in scene("partial").exposure.left_out:
        assert f"{line.ticker} {line.reason}" in text
    assert "Left out is not zero" in text
    assert holdings.left_out(scene("plain")) == ""


def test_gain_is_shown_only_where_a_cost_is_known() -> None:
    table = random_table(3)
    settings = settings_of(every_share(table), 1000.0)
    priced = settings.with_value("portfolio.holdings", (Holding("S00", 10.0, 5.0), Holding("S01", 10.0)))
    assert "Gain $" not in holdings.table(run(table, settings), None)
    rows = rows_of(holdings.table(run(table, priced), None))
    at = rows[0].index("Gain $")
    assert rows[1][at] == words.number(run(table, priced).exposure.positions[0].gain, 0)
    assert rows[2][at] == words.UNKNOWN
    assert len({len(row) for row in rows}) == 1


def test_the_total_gain_says_of_how_many_lines_it_is() -> None:
    table = random_table(3)
    settings = settings_of(every_share(table), 1000.0)

    def total(*costs: float | None) -> str:
        lines = tuple(Holding(f"S0{i}", 10.0, cost) for i, cost in enumerate(costs))
        rows = rows_of(holdings.table(run(table, settings.with_value("portfolio.holdings", lines)), None))
        return rows[-1][rows[0].index("Gain $")]

    assert total(5.0, None).endswith("1 of 2 lines")
    assert "lines" not in total(5.0, 6.0)

"""The question bar and the table of methods: what stands in a cell, what a press does, what is escaped."""

import asyncio
import re
from collections.abc import Callable
from dataclasses import replace
from html import unescape
from typing import Any

import numpy as np
import pandas as pd
import pytest

from core import words
from core.lab import LabSettings, RatioSettings, compare_ratios, study_ratio
from core.lab.compare import RatioComparison
from core.lab.files import keep_table
from core.lab.prices import LabPrices, read_legs_of
from core.ratios.base import HedgeRatio
from core.ratios.coverage import share_in_words
from core.ratios.null import PValue
from dashboard import legs as chips
from dashboard.charts import ratios
from dashboard.charts.ratios import RatioTable
from dashboard.lab import LabState
from dashboard.lab_jobs import Compared, question
from dashboard.runner import Work
from dashboard.state import AppState, Problem
from dashboard.tester import Answer
from dashboard.views.lab_bar import QuestionBar
from dashboard.views.lab_table import TableCard
from tests.dashboard.lab_scenes import busy, press
from tests.dashboard.test_tiles import text_of
from tests.dashboard.test_views import page_text, told

ASKED = RatioSettings(period="1y", resamples=99)


class Deaf(LabState):
    """A lab that answers nothing by itself."""

    def _ask(self, *_: object) -> None:
        pass


def lab_of(asked: RatioSettings = ASKED) -> Deaf:
    lab = Deaf(AppState(page="lab"), LabSettings(lab=asked))
    prices = read_legs_of(asked)
    table = compare_ratios(prices.frame(), methods=asked.methods, sign=asked.sign, lag=asked.lag)
    lab.compared = Compared(asked=question(asked), prices=prices, comparison=table)
    return lab


def cells(card: TableCard) -> dict[str, list[str]]:
    """The text of every row by the method's key."""
    found = {}
    for key, row in re.findall(r'<tr class="[^"]*" data-press="row:(\w+)">(.*?)</tr>', card.table.object):
        found[key] = [text_of(cell) for cell in re.findall(r"<t[hd].*?>(.*?)</t[hd]>", row)]
    return found


def table_of(frame: pd.DataFrame, **changes: Any) -> RatioTable:
    """What a frame's table shows, without a page."""
    comparison: RatioComparison = compare_ratios(frame, methods=changes.pop("methods", ()))
    days = frame.index.to_numpy().astype("datetime64[D]")
    prices = LabPrices(
        legs=tuple(frame.columns),
        sessions=days,
        values=frame.to_numpy(),
        source="x",
        available=(days[0], days[-1]),
    )
    studied: HedgeRatio | None = changes.pop("studied", None)
    asked = replace(RatioSettings(source="file", legs=tuple(frame.columns)), **changes)
    return RatioTable(asked, prices, comparison, studied, drawing=False)


def test_a_row_is_the_engines_answer_in_four_figures() -> None:
    lab = lab_of()
    card = TableCard(lab.page, lab)
    rows = cells(card)
    assert lab.compared is not None
    assert list(rows) == [row.key_name for row in lab.compared.comparison.methods]
    for row in lab.compared.comparison.methods:
        said, result = rows[row.key_name], row.result
        assert result is not None
        assert said[0] == f"{row.label} !" if result.flags else said[0] == row.label
        h, back = result.ratios["CVX"], row.others["CVX"].ratios["XOM"]
        assert float(said[1]) == pytest.approx(h, rel=5e-4)
        assert float(said[3]) == pytest.approx(back, rel=5e-4)
        sign, product = said[4].split()
        assert float(product) == round(h * back, 2)
        away = abs(h * back - 1.0)
        assert sign == ("\u2713" if away < 0.005 else "\u2248" if away < 0.1 else "\u2260")
        last = lab.compared.prices.values[-1]
        assert float(said[5]) == pytest.approx(h * last[1] / last[0], abs=0.0051)
        assert said[6] == f"\u2212{round(1000 * h):,}"
        assert said[7] == f"{result.half_life_days:,.2f} d"
        assert said[8].replace("\u2212", "-") == f"{result.adf_statistic:.2f}"


def test_it_says_what_it_is_of_and_what_it_is_not() -> None:
    lab = lab_of()
    said = page_text(TableCard(lab.page, lab).view)
    assert "Which hedge ratio, and does it depend on which leg comes first?" in said
    assert "XOM and CVX, daily closes (Sample), 28 Dec 2021" in said
    assert "n = 253; price-level ratios" in said
    assert "closes and its prices with dividends put back are the same. Shares are for these" in said
    assert "the least correlation" not in said
    assert "A different question. These ratios ask which mix of prices mean-reverts" in said
    assert re.search(
        r"CVX per XOM: [\d.]+ \(.*?\) to [\d.]+ \(.*?\), 2 marked ! left out; for \d+ of 16 methods", said
    )


def test_least_squares_that_pins_nothing_down_says_so() -> None:
    generator = np.random.default_rng(3)
    days = pd.bdate_range("2020-01-01", periods=250)
    apart = pd.DataFrame(
        {name: 100.0 + np.cumsum(generator.standard_normal(250)) for name in ("A", "B")}, index=days
    )
    assert "pin the ratio down" in " ".join(ratios.footnotes(table_of(apart, methods=("ols", "tls"))))
    tied = pd.DataFrame({"A": 2.0 * apart["B"] + generator.standard_normal(250), "B": apart["B"]})
    assert "pin the ratio down" not in " ".join(ratios.footnotes(table_of(tied, methods=("ols", "tls"))))


def test_a_combination_that_is_hardly_one_is_marked_and_out_of_the_sentence() -> None:
    asked = RatioSettings(legs=("XOM", "CVX", "JNJ"))
    shown = table_of(read_legs_of(asked).frame(), methods=("ols", "tls", "johansen"))
    marked = [row.key_name for row in shown.comparison.methods if row.result and row.result.flags]
    assert marked == ["johansen"]
    assert "! Johansen" in text_of(" ".join(ratios.footnotes(shown)))
    summary = ratios.describe(shown).summary
    assert "1 marked ! left out" in summary
    assert "Johansen" not in summary


def test_a_press_on_a_row_shows_it_and_its_simulated_p() -> None:
    lab = lab_of()
    card = TableCard(lab.page, lab)
    assert cells(card)["tls"][9] == "\u2014"
    told(card.table, "row:tls")
    assert lab.settings.lab.shown == "tls"
    assert re.search(
        r'class="chosen" data-press="row:tls"><th scope="row">'
        r'<button type="button" data-press="row:tls" aria-pressed="true">Total least squares</button>',
        card.table.object,
    )
    assert card.table.object.count('aria-pressed="true"') == 1
    assert '<table class="dense" aria-label="Which hedge ratio, and' in card.table.object
    assert lab.compared is not None
    found = study_ratio(lab.compared.prices.frame(), "tls", draws=99, resamples=99)
    lab.studying.answer = Answer(lab._study_key(), found)
    row = cells(card)["tls"]
    assert row[9] == f"{words.p_value(found.adf_p_value)} sim"
    assert row[2].startswith("[")
    assert ratios.DRAWN in row[2]
    told(card.table, "row:none")
    assert lab.settings.lab.shown == "tls"


def test_p_values_come_into_the_rows_and_stay_when_they_are_stopped() -> None:
    lab = lab_of(replace(ASKED, methods=("ols", "tls", "huber"), table_draws=19))
    card = TableCard(lab.page, lab)
    busy(lab.simulating, text="p-values: 0 of 3, Least squares")
    assert "p-values: 0 of 3, Least squares" in page_text(card.view)
    waits = {key: row[9] for key, row in cells(card).items()}
    assert (waits["tls"], waits["huber"]) == ("\u2026", "\u2026")
    assert waits["ols"].endswith("EG")
    found = lab._p_values.of(lab._simulating_key())
    found["ols"] = PValue(0.75, "19 draws of legs that are not tied together")
    found["tls"] = PValue(0.25, "19 draws of legs that are not tied together")
    lab.simulating.work = Work(done=0.7, text="p-values: 2 of 3, Huber")
    assert {key: row[9] for key, row in cells(card).items()} == {
        "ols": "0.75 sim", "tls": "0.25 sim", "huber": "\u2026",
    }  # fmt: skip
    told(card.table, "sort:p")
    assert list(cells(card)) == ["tls", "ols", "huber"]
    line = next(part for part in card.view.body if "2 of 3, Huber" in part.object)
    press(line, "stop")
    assert text_of(line.object).startswith(
        "Stopped. Ask again when you want it. 2 of 3 rows have a simulated"
    )
    assert [row[9] for row in cells(card).values()] == ["0.25 sim", "0.75 sim", "\u2014"]
    assert "19 draws for each row, so that 0.050 is the least" in text_of(card.foot.object)


def test_a_study_without_a_p_value_of_its_own_keeps_that_of_its_row() -> None:
    asked = replace(ASKED, methods=("ols", "tls"), shown="tls", draws=0, table_draws=19)
    lab = lab_of(asked)
    assert lab.compared is not None
    prices = lab.compared.prices.frame()
    alone = study_ratio(prices, "tls", draws=19, resamples=99)
    p_value = PValue(alone.adf_p_value, alone.adf_p_source)
    lab._p_values.of(lab._simulating_key())["tls"] = p_value
    lab.studying.answer = Answer(lab._study_key(), study_ratio(prices, "tls", resamples=99))
    card = TableCard(lab.page, lab)
    row = cells(card)["tls"]
    assert row[9] == f"{words.p_value(alone.adf_p_value)} sim"
    assert ratios.DRAWN in row[2]
    lines = unescape(re.findall(r'data-copy="(.*?)"', card.table.object, re.S)[0])
    scope: dict[str, Any] = {}
    exec(lines, scope)
    assert scope["ratio"] == alone


def test_the_coverage_of_an_interval_can_be_read_without_a_mouse() -> None:
    lab = lab_of(replace(ASKED, period="3y"))
    card = TableCard(lab.page, lab)
    assert lab.compared is not None
    poor = {
        row.key_name: row.result
        for row in lab.compared.comparison.methods
        if row.result is not None and row.result.coverage
    }
    assert poor
    shown = cells(card)
    for key, found in poor.items():
        share = share_in_words(found.coverage_share).replace("\u202f", " ")
        assert shown[key][2].endswith(f" {share}")
    assert "held the true ratio in simulation" in text_of(card.foot.object)
    told(card.table, f"row:{next(iter(poor))}")
    assert "In simulation this interval held" in " ".join(text_of(card.table.object).split())


def test_days_too_few_for_a_known_coverage_say_so() -> None:
    lab = lab_of()  # one year
    card = TableCard(lab.page, lab)
    shown, foot = cells(card), text_of(card.foot.object)
    assert shown["ols"][2].endswith(ratios.NOT_MEASURED)
    assert "how often such intervals hold the true ratio is not known" in foot
    assert "held the true ratio in simulation" not in foot
    told(card.table, "row:ols")
    said = " ".join(text_of(card.table.object).split())
    assert "With so few rows it has not been measured how often this interval holds" in said


def test_columns_sort_both_ways_and_back() -> None:
    lab = lab_of()
    card = TableCard(lab.page, lab)
    usual = list(cells(card))

    def lives() -> list[float]:
        return [float(row[7].removesuffix(" d").replace(",", "")) for row in cells(card).values()]

    told(card.table, "sort:life")
    assert lives() == sorted(lives())
    assert 'aria-sort="ascending"' in card.table.object
    told(card.table, "sort:life")
    assert lives() == sorted(lives(), reverse=True)
    told(card.table, "sort:life")
    assert list(cells(card)) == usual


def test_more_legs_have_a_column_each_and_no_reverse() -> None:
    lab = lab_of(RatioSettings(legs=("XOM", "CVX", "RRC"), methods=("ols", "theil_sen"), period="1y"))
    card = TableCard(lab.page, lab)
    names = [text_of(name) for name in re.findall(r"<th .*?>(.*?)</th>", card.table.object)]
    assert names[:4] == ["Method", "CVX per XOM", "RRC per XOM", "Same in any order?"]
    assert "XOM per CVX" not in names
    assert "Same in any order: the least correlation" in text_of(card.foot.object)
    rows = cells(card)
    assert re.fullmatch(r"[\u2212\d.]+ \[.*\].*", rows["ols"][1])
    assert rows["theil_sen"][1] == "Theil\u2013Sen takes 2 legs, not 3."
    assert "nan" not in page_text(card.view).lower().split()


def test_the_details_have_every_leg_note_option_and_the_lines() -> None:
    lab = lab_of()
    card = TableCard(lab.page, lab)
    said = text_of(card.table.object.partition("<dialog")[2])
    assert "Makes small: The squared spread left over, measured along the dependent leg." in said
    assert "Condition of the other legs" in said
    assert "One does not stand in for the other." in said
    lines = unescape(re.findall(r'data-copy="(.*?)"', card.table.object, re.S)[0])
    assert len(lines.splitlines()) == 3
    scope: dict[str, Any] = {}
    exec(lines.replace("499", "0").replace("99", "0"), scope)
    assert lab.compared is not None
    row = lab.compared.comparison.row("ols").result
    assert row is not None
    assert scope["ratio"].ratios == row.ratios


def test_an_error_from_draws_says_that_it_is_no_half_interval() -> None:
    lab = lab_of()
    card = TableCard(lab.page, lab)
    assert lab.compared is not None
    for method, drawn in (("ols", False), ("johansen", True)):
        told(card.table, f"row:{method}")
        found = study_ratio(lab.compared.prices.frame(), method, resamples=99)
        lab.studying.answer = Answer(lab._study_key(), found)
        said = text_of(card.table.object.partition("<dialog")[2])
        assert f"{found.standard_errors['CVX']:.3g}"[:4] in said
        assert ("s.e.\u2020" in said, "The error is from the middle half" in said) == (drawn, drawn)


def test_before_the_first_answer_it_says_what_is_waited_for_or_why_there_is_none() -> None:
    state = AppState(page="lab")
    lab = Deaf(state, LabSettings(lab=ASKED))
    card = TableCard(state, lab)
    assert "Comparing 18 methods" in page_text(card.view)
    lab.problem = Problem(message="No <b>.", hint="Try.", where="lab.legs")
    assert "No <b>. Try." in page_text(card.view)
    assert "<b>No &lt;b&gt;.</b>" in card.table.object


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_what_is_not_known_is_a_dash_with_a_reason(value: float) -> None:
    random = np.random.default_rng(1)
    walk = 50 + np.cumsum(random.standard_normal(100))
    days = pd.date_range("2020-01-01", periods=100)
    frame = pd.DataFrame({"A": 2 * walk + random.standard_normal(100), "B": walk}, index=days)
    found = replace(study_ratio(frame, "ols"), half_life_days=value)
    shown = table_of(frame, methods=("ols",), studied=found)
    life = next(column for column in ratios.columns(shown) if column.key == "life")
    assert life.cell(shown.comparison.methods[0]) == "\u2014"
    assert any("does not come back" in note for note in ratios.footnotes(shown))


def test_names_of_the_readers_own_columns_are_text_everywhere() -> None:
    random = np.random.default_rng(1)
    walk = 50 + np.cumsum(random.standard_normal(100))
    rows = "".join(
        f"{np.datetime64('2020-01-01') + k},{2 * x + e:.6f},{x:.6f}\n"
        for k, (x, e) in enumerate(zip(walk, random.standard_normal(100), strict=True))
    )
    evil = "<img src=x onerror=alert(1)>"
    digest, _ = keep_table(f'date,{evil},"""><b>"\n{rows}'.encode(), name="own.csv")
    asked = RatioSettings(
        source="file", file=digest, file_name="<i>.csv", legs=(evil, '"><b>'), period="all", methods=("ols",)
    )
    lab = lab_of(asked)
    bar, card = QuestionBar(lab.page, lab), TableCard(lab.page, lab)
    for part in (card.table, card.foot, bar.tools, bar.notice, bar.place, bar.source):
        assert "<img" not in part.object
        assert '<b>"' not in part.object
        assert "<i>.csv" not in part.object
    assert evil in page_text(card.view)
    assert list(bar.legs.legs) == [evil, '"><b>']


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (7.693672707, "7.694"),
        (0.129554, "0.1296"),
        (12345.6, "12,346"),
        (-0.5, "\u22120.5000"),
        (np.inf, "\u2014"),
    ],
)
def test_a_ratio_has_four_figures(value: float, said: str) -> None:
    assert ratios.ratio(value) == said


def on_bar(use: Callable[[QuestionBar, Deaf], None], asked: RatioSettings = ASKED) -> None:
    async def inside() -> None:
        lab = lab_of(asked)
        use(QuestionBar(lab.page, lab), lab)

    asyncio.run(inside())


def test_the_bar_sets_what_it_says_in_one_step() -> None:
    def use(bar: QuestionBar, lab: Deaf) -> None:
        seen: list[RatioSettings] = []
        lab.param.watch(lambda event: seen.append(event.new.lab), "settings")
        told(bar.period, "period:all")
        bar.legs.told({"lead": "CVX"})
        bar.legs.told({"add": " hd, ko"})
        bar.legs.told({"remove": "XOM"})
        assert [(one.period, one.legs) for one in seen] == [
            ("all", ("XOM", "CVX")),
            ("all", ("CVX", "XOM")),
            ("all", ("CVX", "XOM", "HD", "KO")),
            ("all", ("CVX", "HD", "KO")),
        ]
        assert bar.legs.added == 1
        told(bar.tools, "reset")
        assert lab.settings == lab.preset

    on_bar(use)


def test_methods_are_chosen_one_by_one_and_one_stays() -> None:
    def use(bar: QuestionBar, lab: Deaf) -> None:
        told(bar.tools, "method:ols")
        assert len(lab.settings.lab.methods) == 17
        assert lab.settings.lab.shown == "ols_origin"
        assert "Methods 17 of 18" in text_of(bar.tools.object)
        for key in lab.settings.lab.methods:
            told(bar.tools, f"method:{key}")
        assert len(lab.settings.lab.methods) == 1
        told(bar.tools, "methods:all")
        assert lab.settings.lab.methods == ()

    on_bar(use)


def test_a_refused_leg_stands_beside_the_legs_alone() -> None:
    def use(bar: QuestionBar, lab: Deaf) -> None:
        bar.legs.told({"add": "XOM"})
        assert "XOM is there twice." in bar.legs.error
        assert bar.notice.object == ""
        lab.change("lab.legs", ("XOM", "ZZZ"))
        gone = Problem(message="No prices of ZZZ.", hint="Choose another.", where="lab.legs")
        lab.comparing.answer = Answer("asked", None, gone)
        assert bar.legs.error == "No prices of ZZZ. Choose another."
        assert text_of(bar.notice.object).startswith("Still shown: XOM and CVX (Sample), 28 Dec 2021")
        told(bar.notice, "undo")
        assert lab.settings.lab.legs == ("XOM", "CVX")

    on_bar(use)


def test_a_source_brings_legs_that_it_has_and_gives_the_old_ones_back() -> None:
    def use(bar: QuestionBar, lab: Deaf) -> None:
        told(bar.source, "source:file")
        assert lab.settings.lab.source == "sample"
        assert "shut" not in bar.place.kind
        told(bar.source, "source:source")
        assert lab.settings.lab.source == "source"
        assert lab.settings.lab.legs == ("XOM", "CVX")
        lab.change("lab.legs", ("SPX", "KO"))
        told(bar.source, "source:sample")
        assert lab.settings.lab.legs == ("XOM", "CVX")
        told(bar.source, "source:source")
        assert lab.settings.lab.legs == ("SPX", "KO")

    on_bar(use)


def test_a_table_that_was_refused_says_so_beside_its_place() -> None:
    def use(bar: QuestionBar, lab: Deaf) -> None:
        bar._refuse("The file is larger than 10 MB.")
        assert "larger than 10 MB" in bar.place.object
        assert "shut" not in bar.place.kind
        assert bar.notice.object == ""
        assert lab.compared is not None

    on_bar(use)


def test_names_are_offered_from_where_the_prices_are() -> None:
    page = AppState().settings
    assert "CVX" in chips.offered(ASKED, page)
    own = chips.offered(RatioSettings(source="source"), page)
    assert own[: len(page.portfolio.tickers)] == page.portfolio.tickers
    assert "SH-MODEL" not in own
    digest, _ = keep_table(b"date,A,b c\n2020-01-02,1,2\n2020-01-03,2,3\n", name="x.csv")
    kept = RatioSettings(source="file", file=digest, legs=("A", "b c"))
    assert chips.offered(kept, page) == ("A", "b c")
    assert not chips.offered(replace(kept, file="gone"), page)

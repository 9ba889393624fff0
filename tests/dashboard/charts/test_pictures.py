import math
import re

import pytest

from dashboard.charts.pictures import Whisker, cell_axis, cell_ticks, cell_whisker, gauge, split_bar, whiskers

NAN = math.nan


def numbers(svg: str, name: str) -> list[float]:
    return [float(x) for x in re.findall(rf'{name}="(-?[0-9.]+)%?"', svg)]


def test_whiskers_stand_in_the_order_of_their_values() -> None:
    svg = whiskers([Whisker("now", 0.68, 0.58, 0.78, "unhedged"), Whisker("after", 0.01, -0.09, 0.12)])
    dots = numbers(svg, "cx")
    assert dots[0] > dots[1]
    assert "now 0.68 [0.58, 0.78]; after 0.01 [−0.09, 0.12]" in svg
    assert "var(--unhedged)" in svg


def test_an_unknown_interval_leaves_the_dot() -> None:
    svg = whiskers([Whisker("now", 0.5, NAN, NAN)])
    assert "<circle" in svg
    assert "<rect" not in svg
    assert "nan" not in svg.lower()


def test_names_are_escaped() -> None:
    assert "<script" not in whiskers([Whisker("<script>", 1.0, 0.5, 1.5)])
    assert "<b>" not in gauge(100.0, 90.0, 110.0, name="<b>")


@pytest.mark.parametrize(
    ("low", "high", "said"), [(487.0, 516.0, ["487", "516"]), (NAN, 516.0, ["516"]), (487.0, NAN, ["487"])]
)
def test_gauge_says_the_levels_it_knows(low: float, high: float, said: list[str]) -> None:
    html = gauge(505.28, low, high, name="SPY")
    assert "SPY 505.28; levels" in html
    assert all(f">{text} \u00b7 " in html for text in said)
    assert html.count('class="tick"') == html.count('class="zone"') == len(said)
    assert "nan" not in html.lower()


def test_the_gauge_has_its_zones_outside_the_levels_and_room_between_labels() -> None:
    html = gauge(505.28, 487.0, 516.0, name="SPY")
    zones = re.findall(r'class="zone" style="left:([0-9.]+)%?;right:([0-9.]+)%?"', html)
    ticks = [float(x) for x in re.findall(r'class="tick" style="left:([0-9.]+)%"', html)]
    assert [100.0 - float(zones[0][1]), float(zones[1][0])] == pytest.approx(ticks)
    assert ticks[0] < 50.0 < ticks[1]
    assert ">505.28<" not in html  # 516 stands too near the middle
    assert ">505.28<" in gauge(505.28, 487.0, 523.0, name="SPY")


def test_cells_share_a_scale() -> None:
    rows = [Whisker("A", 2.0, 1.5, 2.5), Whisker("B", 0.4, 0.2, 0.6), Whisker("C", NAN, NAN, NAN)]
    ticks = cell_ticks(rows)
    assert ticks[0] <= 0.0
    assert ticks[-1] >= 2.5
    first, second, third = (cell_whisker(row, ticks) for row in rows)
    assert numbers(first, "cx") > numbers(second, "cx")
    assert third == ""
    assert cell_axis(ticks).count("<text") == len(ticks)


def test_split_bar_says_both_parts() -> None:
    html = split_bar(0.76)
    assert "76\u202f% market, 24\u202f% own" in html
    assert "width:76.0%" in html

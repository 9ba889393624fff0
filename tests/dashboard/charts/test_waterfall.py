import math
from itertools import pairwise

import pytest

from dashboard.charts import waterfall
from dashboard.theme import SERIES
from tests.dashboard.scenes import NAMES, scene
from tests.strategies import every_share, random_table, run, settings_of


@pytest.mark.parametrize("name", NAMES)
def test_bars_add_up_to_the_book_and_the_rest(name: str) -> None:
    analysis = scene(name)
    bars = waterfall.steps(analysis)
    known = [p for p in analysis.exposure.positions if math.isfinite(p.dollar_beta) and p.shares]
    if not known:
        assert bars == ()
        return
    own = [bar for bar in bars if bar.ticker]
    assert math.fsum(bar.change for bar in own) == pytest.approx(math.fsum(p.dollar_beta for p in known))
    by_name = {bar.name: bar for bar in bars}
    assert by_name["Book"].end == pytest.approx(analysis.exposure.net_beta[-1] * analysis.exposure.nav)
    if analysis.order.side == "none":
        assert "Trade" not in by_name
    else:
        assert by_name["Trade"].start == by_name["Book"].end
        assert by_name["Left"].end == analysis.order.residual_dollar_beta
    for one, other in pairwise(own):
        assert one.end == other.start


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("dark", [False, True])
def test_the_figure_draws_the_bars(name: str, dark: bool) -> None:
    analysis = scene(name)
    bars = waterfall.steps(analysis)
    figure = waterfall.figure(analysis, dark=dark, chosen="S01")
    assert figure.layout.uirevision == "constant"
    if not bars:
        assert len(figure.data) == 0
        return
    drawn = figure.data[0]
    assert list(drawn.y) == [bar.change for bar in bars]
    assert list(drawn.base) == [bar.start for bar in bars]
    line = SERIES["dark" if dark else "light"]
    assert list(drawn.marker.color) == [line[bar.tone].line for bar in bars]
    outlined = [bar.ticker for bar, width in zip(bars, drawn.marker.line.width, strict=True) if width]
    assert outlined == [bar.ticker for bar in bars if bar.ticker == "S01"]
    assert "nan" not in figure.to_json().lower().replace("nance", "")


def test_small_holdings_share_a_bar() -> None:
    table = random_table(4, assets=12)
    bars = waterfall.steps(run(table, settings_of(every_share(table), 1000.0)))
    names = [bar.name for bar in bars]
    assert "3 others" in names
    assert len([bar for bar in bars if bar.ticker]) == 9


def test_words_and_table() -> None:
    analysis = scene("plain")
    words, twin = waterfall.describe(analysis), waterfall.twin(analysis)
    assert words.title.endswith("?")
    assert "S00 brings the most" in words.summary
    assert [row[0] for row in twin.rows][-3:] == ["Book", "Trade", "Left"]
    assert "no market exposure" in waterfall.describe(scene("cash")).summary

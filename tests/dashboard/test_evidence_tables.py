"""The tables of the Evidence page: events, false alarms, fills, costs and the figures of the arms."""

from dataclasses import replace

import numpy as np
import pytest

from core.comparison import compare
from core.events import measure_window
from core.pipeline import Analysis, analyse
from dashboard.views import crashes, ledger, metrics, verdict
from tests.dashboard.test_evidence import COVID, shown
from tests.dashboard.test_tiles import text_of
from tests.dashboard.test_views import told


@pytest.fixture(scope="module")
def sample() -> Analysis:
    return analyse(bootstrap=False)


def test_every_crash_has_a_row_and_those_without_data_a_reason(sample: Analysis) -> None:
    page = shown(sample)
    text = text_of(page.tabs.object)
    for event in sample.events.events:
        assert event.name in text
        assert not event.reason or event.reason in text
    assert "Rebounds, where hedges lose" in text
    order = [text.index(name) for name in ("Financial crisis", "Covid", "2022 bear", "China", "Dot-com")]
    assert order == sorted(order)
    covid = next(e for e in sample.events.events if e.name == "Covid")
    assert f"+{100 * covid.protection:.1f}\u202fpp" in page.tabs.object
    assert "ongoing on 28 Dec 2022" in text


def test_the_false_alarms_add_up(sample: Analysis) -> None:
    html = crashes.false_alarms(sample, None)
    total = sum(a.profit for a in sample.events.false_alarms)
    assert f"{abs(total):,.0f}" in html
    assert f"{len(sample.events.false_alarms)} false alarms" in html


def test_the_ledger_lists_every_fill_and_splits_costs(sample: Analysis) -> None:
    found = ledger.fills(sample, "triggered", None)
    assert found[0].session > found[-1].session
    whole = ledger.listed(sample, "triggered", None, split=False, every=False)
    assert whole.count("<tr ") == len(found) + 1
    assert f"{sum(f.cost.total for f in found):,.0f}" in whole
    split = ledger.listed(sample, "triggered", None, split=True, every=False)
    assert "Half-spread, $" in split
    assert "Half-spread, $" not in whole
    assert "decided at the close one session before" in whole
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(ledger, "MOST", 10)
        few = ledger.listed(sample, "sold", None, split=False, every=False)
        assert few.count("<tr ") == 11
        assert "Show all" in few
        assert "Show all" not in ledger.listed(sample, "sold", None, split=False, every=True)
    assert "Of the book" in few


def test_the_page_s_own_choices_are_kept(sample: Analysis) -> None:
    page = shown(sample)
    told(page.tabs, "tab:ledger")
    told(page.tabs, "arm:sold")
    told(page.tabs, "split:")
    assert 'data-press="arm:sold" aria-pressed="true"' in page.tabs.object
    assert 'data-press="split:" aria-pressed="true"' in page.tabs.object
    assert 'data-press="tab:ledger" aria-selected="true"' in page.tabs.object


def test_the_costs_add_up_to_what_the_hedge_made(sample: Analysis) -> None:
    html = ledger.costs(sample, None)
    backtest = sample.backtest
    for name in ("triggered", "always_hedged"):
        made = backtest.arms[name].value[-1] - backtest.unhedged.value[-1]
        assert f"\u2212${abs(made):,.0f}" in html


def test_better_and_worse_are_words_and_shapes_too() -> None:
    assert 'aria-label="better">\u25b2' in metrics.tone("+1.0", 1.0)
    assert 'aria-label="worse">\u25bc' in metrics.tone("\u22121.0", -1.0)
    assert metrics.signed(-0.04, 1) == "0.0"
    assert metrics.signed(0.06, 1) == "+0.1"


def test_a_falling_market_does_not_call_a_lower_sharpe_worse(sample: Analysis) -> None:
    table = metrics.table(verdict.judged(compare(sample.market, sample.backtest, sample.settings.backtest,
                                                 window=COVID), None, pending=False))  # fmt: skip
    sharpe = table.split("<td>Sharpe</td>")[1].split("</tr>")[0]
    assert "Below zero" in sharpe
    assert "\u25bc" not in sharpe


def test_a_window_of_your_own_is_measured_from_start_to_end(sample: Analysis) -> None:
    own = measure_window(sample.market, sample.backtest, sample.state, COVID)
    row = crashes.events(sample, COVID).split("Your window", 1)[1].split("</tr>")[0]
    for arm in ("unhedged", "triggered"):
        assert f"\u2212{-100 * own.change[arm]:.1f}\u202f%" in row
    gap = 100 * (own.change["triggered"] - own.change["unhedged"])
    assert f"{gap:+.1f}\u202fpp".replace("-", "\u2212") in row
    assert row.count("no peak and no trough") == 2  # days to ON and the fall ahead


def test_a_chosen_event_says_what_the_columns_have_no_room_for(sample: Analysis) -> None:
    covid = next(e for e in sample.events.events if e.name == "Covid")
    assert 'class="more"' not in crashes.events(sample, None)
    html = crashes.events(sample, COVID)
    assert html.count('class="more"') == 1
    assert f"off {covid.to_off:.0f} session".capitalize() in text_of(html.split('class="more"')[1])


def test_the_foot_is_about_the_hedge_in_the_events_alone(sample: Analysis) -> None:
    market = sample.market
    early = np.arange(len(market.sessions)) < 5
    scored = [e for e in sample.events.events if not e.reason]
    for modelled, said in (
        (early, "traded in every window."),
        (np.ones_like(early), "is modelled in every window."),
        ((market.sessions >= COVID[0]) & (market.sessions < COVID[1]), "is modelled in Covid."),
    ):
        changed = replace(sample, market=replace(market, hedge_modelled=modelled))
        assert said in crashes.events(changed, None)
    assert len(scored) > 1


def test_a_benchmark_s_move_has_its_sign_and_its_column_without_data(sample: Analysis) -> None:
    rose = replace(
        next(e for e in sample.events.events if e.reason), kind="rebound", benchmark=0.391, reason="no price"
    )
    changed = replace(sample, events=replace(sample.events, events=(rose,)))
    assert "<td>+39.1\u202f%</td>" in crashes.events(changed, None)

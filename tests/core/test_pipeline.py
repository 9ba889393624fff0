"""The stages together: what runs again after a change, what is shared, and what is cancelled."""

import datetime as dt
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from core import Settings, analyse
from core.data.base import PROVIDERS, PriceRequest
from core.errors import Cancelled, UnknownOption
from core.market import EXTRA_SYMBOLS
from core.memo import Memo
from core.pipeline import SHARED_MEMO, load_prices, refresh_prices
from core.settings import DataSettings, OwnSeries, PortfolioSettings
from tests.strategies import (
    ASSETS,
    BENCHMARK,
    HEDGE,
    Fixed,
    every_share,
    random_table,
    run,
    settings_of,
)

A, B = ASSETS[:2]
STAGES = {
    "market": "core.market.build_market",
    "portfolio": "core.market.value_portfolio",
    "betas": "core.beta.estimate_betas",
    "hedge beta": "core.hedge_beta.choose_hedge_beta",
    "exposure": "core.exposure.measure_exposure",
    "signals": "core.triggers.base.evaluate_signals",
    "decision": "core.decision.decide",
    "fund": "core.fund_path.fund_path",
    "state": "core.hedge_state.run_state",
    "plan": "core.hedge.plan_hedge",
    "order": "core.order.size_order",
    "track record": "core.track_record.track_records",
    "backtest": "core.backtest.run_backtest",
    "events": "core.events.measure_events",
    "comparison": "core.comparison.compare",
}


def after(memo: Memo, change: Settings, table: object = None) -> set[str]:
    """The stages that ran for these settings."""
    before = dict(memo.runs)
    run(TABLE, change, memo)
    return {short for short, name in STAGES.items() if memo.runs[name] > before.get(name, 0)}


TABLE = random_table(1, 120, 3, gaps=0.02)
BASE = settings_of(every_share(TABLE), 1000.0, beta__window_sessions=30)


def test_the_first_run_computes_every_stage_once(memo: Memo) -> None:
    assert after(memo, BASE) == set(STAGES)
    assert {memo.runs[name] for name in STAGES.values()} == {1}
    assert after(memo, BASE) == set()


PAST = {"backtest", "events", "comparison"}
SIGNALS = {"signals", "decision", "track record"}
SIZES = {"plan", "order"} | PAST


@pytest.mark.parametrize(
    ("path", "value", "stages"),
    [
        ("costs.fixed_fee", 5.0, {"order"} | PAST),
        ("costs.sales_tax_on", True, {"order"} | PAST),
        ("costs.margin_spread", 0.02, {"order"} | PAST),
        ("hedge.band", 0.02, {"hedge beta"} | SIZES),
        ("hedge.target_beta", 0.2, {"hedge beta"} | SIZES),
        ("portfolio.cash", 2000.0, {"portfolio", "exposure"} | SIGNALS | SIZES),
        (
            "portfolio.holdings",
            [["S00", 3], ["S01", 10], ["S02", 10]],
            {"portfolio", "exposure"} | SIGNALS | SIZES,
        ),
        ("beta.errors", "newey-west", {"betas", "hedge beta", "exposure"} | SIGNALS | SIZES),
        ("beta.window_sessions", 40, {"betas", "hedge beta", "exposure"} | SIGNALS | SIZES),
        ("triggers.tree", 0.5, {"signals", "decision", "state", "track record"} | SIZES),
        ("triggers.cool_down", 3, {"signals", "decision", "state"}),
        ("backtest.lag", 2, {"fund", "state"} | PAST),
        ("data.as_of", dt.date(2019, 4, 1), set(STAGES)),
    ],
)
def test_a_change_reruns_what_it_reaches_and_nothing_upstream(
    path: str, value: object, stages: set[str], memo: Memo
) -> None:
    after(memo, BASE)
    assert after(memo, BASE.with_value(path, value)) == stages
    assert after(memo, BASE) == set()  # and the way back costs nothing


def test_a_book_of_other_tickers_loads_another_market(memo: Memo) -> None:
    after(memo, BASE)
    assert after(memo, BASE.with_value("portfolio.holdings", [["S01", 3]])) == set(STAGES) - {"state"}


def test_early_cut_off_when_a_change_upstream_changes_no_result(memo: Memo) -> None:
    """A fee that only a modelled fund has makes the same market again, so no beta runs."""
    after(memo, BASE)
    rerun = {"market", "hedge beta", "plan", "order"}
    assert after(memo, BASE.with_value("data.model_fee", 0.01)) == rerun
    assert after(memo, BASE.with_value("data.cash_rate", 0.03)) == rerun


def test_equal_settings_share_and_results_are_the_same_objects(memo: Memo) -> None:
    one, two = (
        run(TABLE, BASE, memo),
        run(TABLE, settings_of(every_share(TABLE), 1000.0, beta__window_sessions=30), memo),
    )
    for name in set(STAGES) - {"hedge beta", "fund"}:
        assert getattr(one, name.replace(" ", "_")) is getattr(two, name.replace(" ", "_"))
    assert one == two
    assert one.key == two.key


def test_h20_cold_or_warm_and_one_thread_or_many_give_the_same(memo: Memo) -> None:
    cold = run(TABLE, BASE)
    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(lambda _: run(TABLE, BASE, memo), range(8)))
    assert {analysis.key for analysis in found} == {cold.key}
    assert {memo.runs[name] for name in STAGES.values()} == {1}


def test_without_a_memo_the_whole_process_shares_one() -> None:
    analyse(Settings())
    before = dict(SHARED_MEMO.runs)
    analyse(Settings())
    assert SHARED_MEMO.runs == before


@pytest.mark.parametrize("checks", [0, 1, 2, 3])
def test_cancelled_between_stages_keeps_what_was_done(checks: int, memo: Memo) -> None:
    asked = 0

    def gone() -> bool:
        nonlocal asked
        asked += 1
        return asked > checks

    with pytest.raises(Cancelled):
        analyse(BASE, provider=Fixed(TABLE), memo=memo, cancelled=gone)
    assert set(memo.runs) == set(list(STAGES.values())[: [0, 2, 3, 5][checks]])
    whole = analyse(BASE, provider=Fixed(TABLE), memo=memo, cancelled=lambda: False)
    assert whole == run(TABLE, BASE, bootstrap=True)


def test_the_provider_is_asked_for_benchmark_hedge_holdings_and_bill() -> None:
    class Asked(Fixed):
        def fetch(self, request: object, progress: object = None) -> object:  # type: ignore[override]
            self.request = request
            return self.table

    provider = Asked(TABLE)
    day = dt.date(2019, 5, 1)
    data = DataSettings(benchmark=BENCHMARK, hedge=HEDGE, folder="f", start=dt.date(2019, 1, 1), as_of=day)
    load_prices(data, PortfolioSettings(holdings=(("S01", 1), (BENCHMARK, 2))), provider=provider)  # type: ignore[arg-type]
    request = provider.request
    assert request.calendar == BENCHMARK  # type: ignore[attr-defined]
    assert request.tickers == (BENCHMARK, HEDGE, "S01", *EXTRA_SYMBOLS)  # type: ignore[attr-defined]
    assert request.optional == EXTRA_SYMBOLS  # type: ignore[attr-defined]
    assert (request.folder, request.start, request.end) == ("f", dt.date(2019, 1, 1), day)  # type: ignore[attr-defined]


def test_a_refresh_names_the_series_in_use_and_no_others(monkeypatch: pytest.MonkeyPatch) -> None:
    held: list[PriceRequest] = []
    monkeypatch.setattr(PROVIDERS["sample"].item, "refresh", held.append)
    own = OwnSeries(ticker="MINE", digest="0" * 32, name="mine.csv")
    data = DataSettings(provider="sample", benchmark=BENCHMARK, hedge=HEDGE, own=(own,))
    refresh_prices(data, PortfolioSettings(holdings=(("S01", 1), ("MINE", 2))))  # type: ignore[arg-type]
    assert [request.tickers for request in held] == [(BENCHMARK, HEDGE, "S01", *EXTRA_SYMBOLS)]


def test_an_unknown_source_is_refused_by_its_setting() -> None:
    with pytest.raises(UnknownOption):
        refresh_prices(DataSettings(provider="smaple"), PortfolioSettings())
    with pytest.raises(UnknownOption) as caught:
        analyse(Settings(data=DataSettings(provider="smaple")))
    assert (caught.value.where, caught.value.hint) == ("data.provider", "Did you mean 'sample'?")


def test_as_of_uses_nothing_after_it() -> None:
    """Design 1.1: the page as of a day is the page that day would have shown."""
    day = TABLE.sessions[90].item()
    early = run(TABLE, BASE.with_value("data.as_of", day))
    assert str(early.market.as_of) == str(TABLE.sessions[90])
    full = run(TABLE, BASE)
    np.testing.assert_allclose(early.exposure.beta, full.exposure.beta[:91], rtol=1e-12)
    np.testing.assert_array_equal(early.plan.shares, full.plan.shares[:91])

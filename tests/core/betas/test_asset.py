"""All estimators of one asset of the book: what they are given, what is in use, how far they agree."""

import math
from dataclasses import replace

import numpy as np
import pytest

from core.betas import AssetBetas, asset_betas, compare_betas, estimate_beta
from core.hedge_beta import choose_hedge_beta
from core.pipeline import Analysis
from tests.dashboard.scenes import scene
from tests.strategies import every_share, random_table, run, settings_of


def compared(analysis: Analysis, asset: str, row: int = -1) -> AssetBetas:
    settings = analysis.settings
    hedge = choose_hedge_beta(analysis.betas, settings.data, settings.hedge)
    row = row % len(analysis.market.sessions)
    return asset_betas(analysis.market, analysis.betas, settings.beta, hedge, asset, row)


def test_they_are_those_of_the_returns_up_to_the_day() -> None:
    analysis = scene("plain")
    market = analysis.market
    for j, row in ((0, 399), (2, 250)):
        found = compared(analysis, market.tickers[j], row)
        y, x = market.returns[: row + 1, j], market.benchmark_returns[: row + 1]
        usual = compare_betas(y, x)
        wanted = {(r.method, r.used): r for r in usual.readings if r.method != "vasicek"}
        assert len(found.comparison.readings) == len(usual.readings) == 11
        for reading in found.comparison.readings:
            if reading.method != "vasicek":
                assert reading == wanted[reading.method, reading.used]
        assert found.in_use == pytest.approx(analysis.betas.assets.beta[row, j], rel=1e-12)
        assert found.comparison.in_use == 0
        assert found.given == ""


def test_the_prior_is_the_books_own_betas() -> None:
    analysis = scene("plain")
    found = compared(analysis, "S01", 300)
    betas = analysis.betas.assets.beta[300]
    assert found.prior_from == 5
    reading = next(r for r in found.comparison.readings if r.method == "vasicek")
    market = analysis.market
    wanted = estimate_beta(
        market.returns[:301, 1], market.benchmark_returns[:301], "vasicek",
        prior_mean=float(np.mean(betas)), prior_deviation=float(np.std(betas, ddof=1)),
    )  # fmt: skip
    assert reading == wanted


def test_a_small_book_has_the_usual_prior() -> None:
    found = compared(scene("one"), "S00")
    reading = next(r for r in found.comparison.readings if r.method == "vasicek")
    assert found.prior_from == 0
    assert "1.00 ± 0.25" in reading.brief


def test_log_returns_and_newey_west_follow_the_settings() -> None:
    table = random_table(3)
    settings = settings_of(every_share(table), 0.0, beta__returns="log", beta__errors="newey-west")
    analysis = run(table, settings)
    found = compared(analysis, "S00")
    market = analysis.market
    y, x = np.log1p(market.returns[:, 0]), np.log1p(market.benchmark_returns)
    own, other, *rest = found.comparison.readings[0], found.comparison.readings[1]
    assert not rest
    assert own == estimate_beta(y, x, "ols", errors="newey-west")
    assert other == estimate_beta(y, x, "ols", errors="classic")
    named = {r.method: r for r in found.comparison.readings}
    for method in ("blume", "dimson", "vasicek"):
        assert "Newey–West" in named[method].used


def test_what_comes_later_changes_nothing() -> None:
    table = random_table(5)
    later = replace(table, adj_close=table.adj_close.copy(), close=table.close.copy())
    later.adj_close[-20:, 1:] *= 1.5
    later.close[-20:, 1:] *= 1.5
    settings = settings_of(every_share(table))
    row = len(table.sessions) - 21
    one, other = (compared(run(given, settings), "S01", row) for given in (table, later))
    assert one == other


def test_a_price_that_does_not_move_has_no_beta_by_any() -> None:
    found = compared(scene("partial"), "S04")
    assert {r.reason for r in found.comparison.readings} == {"Its price did not move over the window."}
    assert math.isnan(found.in_use)
    agreement = found.agreement()
    assert (agreement.known, agreement.others, agreement.holding) == (0, 0, 0)
    assert math.isnan(agreement.lowest)
    assert found.prior_from == int(np.isfinite(scene("partial").betas.assets.r_squared[-1]).sum())


def test_a_hedge_set_by_hand_is_in_use_whatever_is_measured() -> None:
    table = random_table(3)
    analysis = run(table, settings_of(every_share(table), 0.0, hedge__hedge_beta=-0.9))
    found = compared(analysis, "SH")
    assert (found.in_use, found.given) == (-0.9, "set by hand")
    assert math.isfinite(found.comparison.readings[0].beta)
    agreement = found.agreement()
    assert agreement.others == 11
    assert agreement.holding == sum(r.low <= -0.9 <= r.high for r in found.comparison.readings)
    assert compared(analysis, "S00").given == ""


def test_before_it_can_be_measured_the_hedge_is_what_the_fund_states() -> None:
    found = compared(scene("plain"), "SH", 20)
    assert (found.in_use, found.given) == (-1.0, "stated by the fund")
    assert compared(scene("plain"), "SH").given == ""


def test_agreement_counts_the_others_that_hold_the_one_in_use() -> None:
    found = compared(scene("plain"), "S02")
    agreement, readings = found.agreement(), found.comparison.readings
    betas = [r.beta for r in readings]
    assert (agreement.known, agreement.lowest, agreement.highest) == (11, min(betas), max(betas))
    assert agreement.others == 10
    assert agreement.holding == sum(r.low <= found.in_use <= r.high for r in readings[1:])
    assert agreement.holding > 0


def test_a_line_of_the_list_needs_no_statistician() -> None:
    analysis = scene("plain")
    briefs = {r.method: r.brief for r in compared(analysis, analysis.market.tickers[0]).comparison.readings}
    assert briefs["vasicek"].startswith("pulled towards ")
    assert briefs["tls"] == "both returns taken as equally noisy"
    assert briefs["kalman"].startswith(("beta wanders about ", "a beta that stands still", "takes up all"))
    for brief in briefs.values():
        assert not any(word in brief for word in ("prior", "variance", "noise ratio", "step "))


@pytest.mark.parametrize("window", [40, 90])
def test_the_window_is_that_of_the_settings(window: int) -> None:
    table = random_table(3)
    found = compared(run(table, settings_of(every_share(table), beta__window_sessions=window)), "S01")
    place = table.tickers.index("S01")
    y, x = (np.diff(p) / p[:-1] for p in (table.adj_close[:, place], table.adj_close[:, 0]))
    named = {r.method: r for r in found.comparison.readings}
    both = np.cov(x[-window:], y[-window:])
    assert named["ols"].beta == pytest.approx(both[0, 1] / both[0, 0], rel=1e-9)
    assert found.in_use == pytest.approx(named["ols"].beta, rel=1e-9)
    for method in ("ols", "blume", "tls", "vasicek"):
        assert named[method].counted == window
    for method in ("ewma", "kalman"):  # these weigh the past themselves
        assert named[method].counted == len(y)

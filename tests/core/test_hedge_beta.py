"""One beta for the hedge, in every figure."""

import numpy as np
import pytest

from core import analyse
from core.pipeline import Analysis
from tests.strategies import always_on

BOOK = [["AAPL", 1000], ["MSFT", 500], ["SH-MODEL", 4000]]


def held(hedge_beta: float | None) -> Analysis:
    # Nothing is as large as the least trade, so what is left is what is held.
    return analyse(
        always_on(portfolio__holdings=BOOK, hedge__hedge_beta=hedge_beta, hedge__minimum_trade=1e9)
    )


@pytest.mark.parametrize("hedge_beta", [None, -1.5, -2.0])
def test_net_beta_and_residual_agree_when_nothing_is_traded(hedge_beta: float | None) -> None:
    analysis = held(hedge_beta)
    assert analysis.order.side == "none"
    np.testing.assert_allclose(analysis.order.residual_beta, analysis.exposure.net_beta[-1], rtol=1e-12)
    line = analysis.exposure.positions[-1]
    assert line.role == "hedge"
    assert line.beta == analysis.order.hedge_beta


def test_a_beta_set_by_hand_has_no_interval_of_its_own() -> None:
    measured, by_hand = held(None), held(-2.0)
    assert measured.plan.source == "measured"
    assert by_hand.plan.source == "by hand"
    assert np.isfinite(measured.exposure.positions[-1].beta_low)
    assert np.isnan(by_hand.exposure.positions[-1].beta_low)
    half = (by_hand.exposure.net_beta_high[-1] - by_hand.exposure.net_beta_low[-1]) / 2
    np.testing.assert_allclose(half, by_hand.exposure.half_width, rtol=1e-12)

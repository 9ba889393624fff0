"""The rows of the comparison on unseen days: the same methods, options and legs as the table."""

import numpy as np
import pandas as pd
import pytest

from core.errors import InsufficientHistory
from core.lab import RatioSettings
from core.lab.prices import LabPrices, read_legs_of
from core.lab.rank import fitting_window, rank_ratios, shortest_window
from core.ratios import rank_methods, rolling_hedge_ratio


@pytest.fixture(scope="module")
def prices() -> LabPrices:
    return read_legs_of(RatioSettings(period="1y"))


def asked(**changes: object) -> RatioSettings:
    settings = {"methods": ("ols", "ols_origin", "tls"), "window": 100, "step": 20, **changes}
    return RatioSettings(**settings)  # type: ignore[arg-type]


def test_every_row_of_the_table_is_judged_with_its_own_options(prices: LabPrices) -> None:
    found = rank_ratios(asked(), prices)
    scores = {score.entrant: score for score in found.ranking.scores}
    assert set(scores) == {"ols", "ols_origin", "tls"}
    assert scores["ols_origin"].label == "Least squares, no constant"
    alone = rank_methods(
        prices.frame(), ["ols"], window=100, step=20, options={"ols": {"intercept": False}}
    ).scores[0]
    assert scores["ols_origin"].variance == pytest.approx(alone.variance, rel=1e-12)
    assert found.ranking.dependent == "XOM"
    assert found.ranking.span is not None
    assert found.ranking.span[1] == prices.sessions[-1]
    assert found.ranking.tested == len(prices.sessions) - 100


def test_a_ranking_knows_what_it_is_of(prices: LabPrices) -> None:
    found = rank_ratios(asked(), prices)
    assert found.answers(asked(entry=3.0, shown="tls"), prices)
    for other in (
        asked(window=120),
        asked(step=10),
        asked(methods=("ols",)),
        asked(sign="short"),
        asked(lag=2),
    ):
        assert not found.answers(other, prices)
    later = read_legs_of(RatioSettings(period="1y", legs=("CVX", "XOM")))
    assert not found.answers(asked(), later)


def test_a_sign_holds_in_every_window(prices: LabPrices) -> None:
    legs = LabPrices(
        legs=prices.legs,
        sessions=prices.sessions,
        values=np.column_stack([400.0 - prices.values[:, 0], prices.values[:, 1]]),
        source=prices.source,
        available=prices.available,
    )
    three = ("ols", "tls", "price_ratio")
    free, held = (rank_ratios(asked(methods=three, sign=sign), legs).ranking for sign in ("any", "short"))
    assert {score.entrant for score in free.scores} == set(three)
    assert [score.entrant for score in held.scores] == ["price_ratio"]
    assert "short only" in held.left_out["ols"]
    assert held.left_out["tls"] == "It cannot be held to short only, and its own ratio is not."


def test_too_long_a_window_is_refused_in_words(prices: LabPrices) -> None:
    with pytest.raises(InsufficientHistory, match="unseen days"):
        rank_ratios(asked(window=250), prices)


def test_the_shortest_window_is_what_may_be_asked_and_what_the_method_needs() -> None:
    assert (
        shortest_window(RatioSettings(), unseen=False) == shortest_window(RatioSettings(), unseen=True) == 40
    )
    many = RatioSettings(shown="dols", legs=tuple("ABCDEFGHIJKL"))
    random = np.random.default_rng(1).standard_normal((200, 12))
    frame = pd.DataFrame(50.0 + np.cumsum(random, axis=0), columns=list(many.legs))
    for method, unseen in (("dols", False), ("ols", True)):
        least = shortest_window(many, unseen=unseen)
        rolling_hedge_ratio(frame, method, window=least, step=100)
        with pytest.raises(InsufficientHistory, match="a window of"):
            rolling_hedge_ratio(frame, method, window=least - 1, step=100)


@pytest.mark.parametrize("unseen", [False, True])
def test_a_fitting_window_fits(unseen: bool) -> None:
    """The refits, and where it was asked for the ranking too, have an answer with it."""
    made = 0
    for count in (40, 44, 75, 80, 99, 130):
        window = fitting_window(count, 40, unseen=unseen)
        frame = read_legs_of(RatioSettings(period="all")).frame().iloc[:count]
        if window is None:
            assert unseen
            assert count < 80
            continue
        made += 1
        assert 40 <= window <= count
        assert rolling_hedge_ratio(frame, "ols", window=window, step=21).refitted.any()
        if unseen:
            assert rank_methods(frame, methods=["ols"], window=window, step=21).tested >= 40
    assert made == (3 if unseen else 6)
    assert fitting_window(39, 40, unseen=unseen) is None

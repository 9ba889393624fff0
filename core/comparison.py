"""What the hedge did beside the other arms over some sessions, and whether that can be told from chance."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final, Literal, TypeAlias

import numpy as np

from core import words
from core.backtest import ARMS, Arm, Backtest
from core.bootstrap import Gap, SharpeTest, bootstrap_difference
from core.fingerprint import Keyed
from core.headline import Piece
from core.market import MarketData
from core.performance import UNDATED, Performance, measure
from core.rule_settings import BacktestSettings
from core.types import TRADING_DAYS, BoolArray

Word = Literal["helped", "hurt", "cannot tell", "no hedge"]
Sentence: TypeAlias = tuple[Piece, ...]

SLIGHT: Final = 0.05
"""A difference in Sharpe ratio below this is called slight."""

WHOLE: Final = 1.0 - 1e-9
"""The part of the book above which nothing counts as sold."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Verdict(Keyed):
    """Whether the hedge helped, and why it is said; the differences are triggered minus unhedged.

    `word` follows from the test's 95 % interval of the Sharpe difference and from nothing else: above zero
    "helped", below zero "hurt", else "cannot tell", also where there is no interval; "no hedge" where none
    was held and none traded. `reason` is a sentence.

    `gained` is the difference in compound return a year, in total return where there is less than a year;
    `drawdown` that in depth (above zero: less deep), `volatility` a year, `sharpe` with `sharpe_low` and
    `sharpe_high`. Fractions; NaN is not known.
    """

    word: Word
    reason: str
    gained: float
    drawdown: float
    volatility: float
    sharpe: float
    sharpe_low: float
    sharpe_high: float


@dataclass(frozen=True, kw_only=True, eq=False)
class Comparison(Keyed):
    """The four arms over the same sessions, `start` to `end`, both included.

    `arms` has a `Performance` under each name of `core.backtest.ARMS`. `test` is the bootstrap of triggered
    minus unhedged: None where it was not asked for, where there was no hedge, or where the two cannot be
    compared. With no session in common with the backtest, `sessions` is 0 and the dates are NaT.
    """

    start: np.datetime64
    end: np.datetime64
    sessions: int
    arms: Mapping[str, Performance]
    test: SharpeTest | None
    verdict: Verdict


def compare(
    market: MarketData,
    backtest: Backtest,
    settings: BacktestSettings,
    *,
    window: tuple[np.datetime64, np.datetime64] | None = None,
    test: bool = True,
) -> Comparison:
    """Measure the arms and test triggered minus unhedged.

    Parameters
    ----------
    market
        The market that the backtest ran on: benchmark and T-bill.
    backtest
        The arms.
    settings
        Mean block and number of draws of the bootstrap.
    window
        First and last day, both included; None is the whole backtest. Returns start from the value at the
        first session of it, so what was traded there is before the window.
    test
        Whether to run the bootstrap, which takes most of the time. Without it the word is "cannot tell", for
        nothing else may choose it, with "not tested yet" as the reason.
    """
    rows = _rows(backtest, window)
    chosen = backtest.sessions[rows]
    arms = MappingProxyType({name: _measure(market, backtest, name, rows) for name in ARMS})
    unhedged, triggered = arms["unhedged"], arms["triggered"]
    hedged = _hedged(backtest.triggered, "triggered")[rows].any() or backtest.triggered.costs[rows][1:].any()
    apart = _incomparable(triggered, unhedged, backtest)
    found: SharpeTest | None = None
    if test and hedged and not apart:
        found = bootstrap_difference(
            backtest.triggered.value[rows],
            backtest.unhedged.value[rows],
            market.cash_rate[rows],
            mean_block=settings.mean_block,
            draws=settings.draws,
        )
    word, reason = _word(found, apart, hedged=bool(hedged))
    known = math.nan if apart else 1.0
    return Comparison(
        start=chosen[0] if len(chosen) else UNDATED,
        end=chosen[-1] if len(chosen) else UNDATED,
        sessions=len(chosen),
        arms=arms,
        test=found,
        verdict=Verdict(
            word=word,
            reason=reason,
            gained=known * (_earned(triggered) - _earned(unhedged)),
            drawdown=known * (triggered.drawdown.depth - unhedged.drawdown.depth),
            volatility=known * (triggered.volatility - unhedged.volatility),
            sharpe=known * (triggered.sharpe - unhedged.sharpe) if found is None else found.difference,
            sharpe_low=math.nan if found is None else found.low,
            sharpe_high=math.nan if found is None else found.high,
        ),
    )


def verdict_sentences(comparison: Comparison) -> tuple[Sentence, Sentence, Sentence, Sentence]:
    """What the hedge changed, in the same four sentences whatever the word, as pieces with their roles.

    Return and worst drawdown; volatility; the Sharpe difference; and how selling stock to the same beta did.
    The first three with their 95 % intervals where there is a test.
    """
    return (
        _return_sentence(comparison),
        _volatility_sentence(comparison),
        _sharpe_sentence(comparison),
        _selling_sentence(comparison.arms["sold"], comparison.arms["triggered"]),
    )


def verdict_text(comparison: Comparison) -> tuple[str, ...]:
    """The sentences of `verdict_sentences` as plain text."""
    return tuple("".join(piece.text for piece in sentence) for sentence in verdict_sentences(comparison))


def _rows(backtest: Backtest, window: tuple[np.datetime64, np.datetime64] | None) -> slice:
    """The rows of the backtest inside the window; a missing backtest has none."""
    first, last = backtest.start, len(backtest.sessions)
    if window is not None:
        first = max(first, int(np.searchsorted(backtest.sessions, window[0], side="left")))
        last = int(np.searchsorted(backtest.sessions, window[1], side="right"))
    if not backtest.problem:
        # An arm without a price on the last session ends before it, and then they all do.
        both = np.isfinite(backtest.triggered.value[first:last] + backtest.unhedged.value[first:last])
        known = np.flatnonzero(both)
        last = first + int(known[-1]) + 1 if len(known) else last
    return slice(first, max(first, last))


def _hedged(arm: Arm, name: str) -> BoolArray:
    """(T,) where the arm holds a hedge at the close, or less than the whole book in place of one."""
    if name == "sold":
        return np.asarray(1.0 + np.cumsum(arm.fill_shares) < WHOLE, dtype=np.bool_)
    return np.asarray(arm.hedge_shares != 0.0, dtype=np.bool_)


def _measure(market: MarketData, backtest: Backtest, name: str, rows: slice) -> Performance:
    arm = backtest.arms[name]
    return measure(
        arm.value[rows],
        sessions=backtest.sessions[rows],
        cash_rate=market.cash_rate[rows],
        benchmark_returns=market.benchmark_returns[rows],
        unhedged=backtest.unhedged.value[rows],
        bought=arm.bought[rows],
        sold=arm.sold[rows],
        costs=arm.costs[rows],
        hedged=_hedged(arm, name)[rows],
    )


def _incomparable(one: Performance, other: Performance, backtest: Backtest) -> str:
    """Why two arms cannot be held against each other: nothing to measure, or one of them was ruined."""
    if not (one.sessions and other.sessions):
        return backtest.problem or "Fewer than two of these sessions have a value."
    return backtest.problem if one.end != other.end else ""


def _word(test: SharpeTest | None, apart: str, *, hedged: bool) -> tuple[Word, str]:
    if apart:
        return "cannot tell", apart
    if not hedged:
        return "no hedge", "The rule held no hedge in these sessions."
    if test is None:
        return "cannot tell", "It is not tested yet."
    interval = "The 95\u202f% interval of the Sharpe difference"
    if test.low > 0:
        return "helped", f"{interval} is above zero."
    if test.high < 0:
        return "hurt", f"{interval} is below zero."
    if test.returns < 2 * test.mean_block:
        few = f"{test.returns} sessions are too few to test: it takes two blocks of {test.mean_block}."
        return "cannot tell", few
    if not math.isfinite(test.low):
        return "cannot tell", "One of the two did not move, so it has no Sharpe ratio to test."
    return "cannot tell", f"{interval} includes zero."


def _has_year(performance: Performance) -> bool:
    return performance.sessions >= TRADING_DAYS


def _earned(performance: Performance) -> float:
    """Return a year, or in total where a year would be made up."""
    return performance.cagr if _has_year(performance) else performance.total_return


def _plain(text: str) -> Piece:
    return Piece(text=text)


def _figure(text: str) -> Piece:
    return Piece(text=text, role="figure")


def _points(difference: float) -> float:
    """Percentage points as they are printed."""
    return round(difference * 100.0, 1)


def _amount(points: float) -> Piece:
    return _figure(f"{words.number(abs(points), 1)} points")


def _return_sentence(comparison: Comparison) -> Sentence:
    verdict = comparison.verdict
    if not (math.isfinite(verdict.gained) and math.isfinite(verdict.drawdown)):
        return (_plain("What it did to the return and the worst drawdown is not known."),)
    earned, fall = _points(verdict.gained), _points(verdict.drawdown)
    a_year = " of return a year" if _has_year(comparison.arms["triggered"]) else " of return"
    first: Sentence = (_plain("It left the return as it was"),)
    if earned:
        first = (_plain("It added " if earned > 0 else "It cost "), _amount(earned), _plain(a_year))
    if comparison.test is not None and _has_year(comparison.arms["triggered"]):
        first = (*first, *_range(comparison.test.annual_return))
    if not fall:
        return (*first, _plain(" and left the worst drawdown as it was."))
    way = " shallower." if fall > 0 else " deeper."
    return (*first, _plain(" and made the worst drawdown "), _amount(fall), _plain(way))


def _range(gap: Gap) -> Sentence:
    """The interval of a difference, in signed percentage points; nothing where it is not known."""
    if not (math.isfinite(gap.low) and math.isfinite(gap.high)):
        return ()
    low, high = (words.change(_points(bound), 1) for bound in (gap.low, gap.high))
    return (_plain(" "), Piece(text=f"[{low}, {high}]", role="interval"))


def _volatility_sentence(comparison: Comparison) -> Sentence:
    difference = comparison.verdict.volatility
    if not math.isfinite(difference):
        return (_plain("What it did to volatility is not known."),)
    points = _points(difference)
    bounds = () if comparison.test is None else _range(comparison.test.volatility)
    if not points:
        return (_plain("Volatility was the same"), *bounds, _plain("."))
    way = " higher" if points > 0 else " lower"
    return (_plain("Volatility was "), _amount(points), _plain(way), *bounds, _plain("."))


def _sharpe_sentence(comparison: Comparison) -> Sentence:
    verdict = comparison.verdict
    if not math.isfinite(verdict.sharpe):
        return (_plain("The difference in Sharpe is not known."),)
    start = (_plain("Sharpe difference "), _figure(words.change(verdict.sharpe)))
    if math.isfinite(verdict.sharpe_low):
        bounds = f"[{words.change(verdict.sharpe_low)}, {words.change(verdict.sharpe_high)}]"
        return (*start, _plain(" "), Piece(text=bounds, role="interval"), _plain("."))
    if verdict.word == "no hedge":
        return (*start, _plain("."))
    return (*start, _plain(", not tested yet." if comparison.test is None else ", without an interval."))


def _selling_sentence(sold: Performance, triggered: Performance) -> Sentence:
    gap = round(round(sold.sharpe, 2) - round(triggered.sharpe, 2), 2)  # of the figures as they are printed
    if math.isnan(gap) or sold.end != triggered.end:
        return (_plain("Selling stock to the same beta cannot be compared with it."),)
    did = "did better" if gap > 0 else "did worse" if gap < 0 else "did the same"
    if 0 < abs(gap) < SLIGHT:
        did = did.replace("did", "did slightly")
    if max(sold.sharpe, triggered.sharpe) < 0:
        did = "fell short of cash too"  # of two ratios below zero the greater need not be the better
    return (
        _plain(f"Selling stock to the same beta {did}: Sharpe "),
        _figure(words.number(sold.sharpe)),
        _plain(" against "),
        _figure(words.number(triggered.sharpe)),
        _plain(", worst drawdown "),
        _figure(words.percent(sold.drawdown.depth)),
        _plain("."),
    )

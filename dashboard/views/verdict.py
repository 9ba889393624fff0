"""The verdict card: the question, one word in one size whichever it is, and what it rests on."""

import math
from dataclasses import dataclass, replace
from html import escape
from typing import Final

import numpy as np

from core import words
from core.comparison import Comparison, Sentence, Word, verdict_sentences
from core.pipeline import Analysis
from dashboard.charts.base import dates
from dashboard.charts.histogram import caption, histogram
from dashboard.parts import button

_SHAPES: Final[dict[Word, tuple[str, str, str]]] = {
    "helped": ("Helped.", "better", '<path class="full" d="M12 3.5 22 20.5H2Z"/>'),
    "hurt": ("Hurt.", "worse", '<path class="full" d="M12 20.5 2 3.5h20Z"/>'),
    "cannot tell": ("Cannot tell.", "", '<circle cx="12" cy="12" r="9.5"/><path d="M7 12h10"/>'),
    "no hedge": ("No hedge.", "", '<rect x="4" y="4" width="16" height="16" rx="2"/>'),
}
_UNTESTED: Final = ("Testing", "", '<circle cx="12" cy="12" r="9.5"/><path d="M12 7v5l3.5 2"/>')


@dataclass(frozen=True)
class Judged:
    """A comparison as it is shown.

    While the test of these sessions runs (`pending`) the intervals, the draws and the word are those of the
    test before, dimmed; `untested` where there is none before. The figures are always of these sessions.
    """

    comparison: Comparison
    pending: bool = False
    untested: bool = False


def judged(
    now: Comparison, tested: Comparison | None, *, pending: bool, as_of: np.datetime64 | None = None
) -> Judged:
    """The figures of `now` beside the intervals of `tested`, unless it knows of days after `as_of`."""
    if not pending:
        return Judged(now)
    if tested is None or tested.test is None or (as_of is not None and tested.end > as_of):
        return Judged(now, pending=True, untested=True)
    then = tested.verdict
    verdict = replace(
        now.verdict,
        word=then.word,
        reason=then.reason,
        sharpe_low=then.sharpe_low,
        sharpe_high=then.sharpe_high,
    )
    return Judged(replace(now, test=tested.test, verdict=verdict), pending=True)


def card(shown: Judged, held: str = "") -> str:
    """The whole card as HTML; `held` says what the arms hold and since when."""
    comparison = shown.comparison
    verdict = comparison.verdict
    changed, volatility, sharpe, selling = verdict_sentences(comparison)
    said = " ".join(_said(sentence, shown.pending) for sentence in (changed, volatility, sharpe))
    if verdict.word == "no hedge":
        said = "Triggered and unhedged did the same, so there is nothing to judge."
    dim = " pending" if shown.pending else ""
    return (
        f'<div class="verdict"><div class="asked"><h2>Did the hedge help?</h2>{_chip(comparison)}</div>'
        f"{_word(shown)}"
        f'<p class="said">{said}</p>{held}'
        f'<div class="drawn{dim}">{_draws(comparison)}</div>'
        f'<p class="selling">{_said(selling, shown.pending)}</p></div>'
    )


def held(analysis: Analysis) -> str:
    """What the arms hold and since when, as HTML: it decides the answer as much as the rule does."""
    backtest, portfolio = analysis.backtest, analysis.portfolio
    if analysis.settings.backtest.book == "weights":
        return (
            '<p class="held">Today\u2019s weights, chosen with hindsight, restored each close for free.</p>'
        )
    stocks = float(portfolio.value[-1].sum())
    worth = stocks + portfolio.cash
    then, now = backtest.stocks / backtest.capital, stocks / worth if worth > 0 else math.nan
    first = "the first day all of them traded" if backtest.start else "the first session of these prices"
    share = f", {words.percent(now, 0)} now" if math.isfinite(now) else ""
    weigh = button("book:weights", "Hold today\u2019s weights instead") if then < now / 2.0 else ""
    return (
        '<p class="held">Today\u2019s shares, chosen with hindsight, held since '
        f"{words.day(backtest.sessions[backtest.start])}, {first}; stocks were "
        f"{words.percent(then, 0)} of the book then{share}. {weigh}</p>"
    )


def _chip(comparison: Comparison) -> str:
    if np.isnat(comparison.start):
        return '<span class="when">no sessions</span>'
    return f'<span class="when">{escape(dates((comparison.start, comparison.end)))}</span>'


def _word(shown: Judged) -> str:
    text, tone, shape = _UNTESTED if shown.untested else _SHAPES[shown.comparison.verdict.word]
    dim = " pending" if shown.pending else ""
    reason = shown.comparison.verdict.reason
    return (
        f'<p class="word{dim}" role="status"><svg class="{tone}" viewBox="0 0 24 24" aria-hidden="true">'
        f'{shape}</svg>{text}</p><p class="reason{dim}">{escape(reason)}</p>'
    )


def _draws(comparison: Comparison) -> str:
    test = comparison.test
    if test is None:
        return ""
    picture = histogram(test, comparison.verdict.sharpe)
    return f'{picture}<p class="sub">{escape(caption(test))}</p>' if picture else ""


def _said(sentence: Sentence, pending: bool) -> str:
    """A sentence with its figures bold and its interval light; while a test runs the old interval is dim."""
    kinds = {"figure": "b", "interval": "ci pending" if pending else "ci"}
    parts = []
    for piece in sentence:
        text = escape(piece.text)
        kind = kinds.get(piece.role)
        parts.append(f'<span class="{kind}">{text}</span>' if kind else text)
    return "".join(parts)

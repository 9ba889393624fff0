"""How the methods did on days they had not seen: whiskers on one scale, and what is said around them."""

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from core import words
from core.lab.compare import variants
from core.lab.rank import Ranked
from core.ratios.referee import MethodScore, Ranking
from dashboard.charts.base import Words, axis_text, dates, log_ticks

_SMALL: Final = 'font-size="11" fill="var(--t3)"'
_EDGE: Final = 4.0
"""Per cent of the width left free at either end."""

TITLE: Final = "Which method held on days it had not seen?"
ALIKE, MORE, LESS, UNTOLD = "cannot be told apart", "leaves more", "leaves less", "not known"
"""How a method compares with the first, in words."""


@dataclass(frozen=True)
class Scale:
    """A log scale of variance ratios: its ends, and the round ratios marked on it."""

    low: float
    high: float
    ticks: tuple[float, ...]

    def at(self, value: float) -> float:
        """The place of a ratio, in per cent of the width; a ratio beyond an end stands at that end."""
        inside = min(max(value, self.low), self.high)
        part = math.log(inside / self.low) / math.log(self.high / self.low)
        return round(_EDGE + (100.0 - 2.0 * _EDGE) * part, 2)


def scale(scores: Sequence[MethodScore]) -> Scale:
    """The scale that has every interval, and 1."""
    known = [
        value
        for score in scores
        for value in (score.behind, score.behind_low, score.behind_high)
        if math.isfinite(value) and value > 0.0
    ]
    low, high = min([1.0, *known]) / 1.05, max([1.0, *known]) * 1.05
    low, high = min(low, 0.8), max(high, 1.25)
    return Scale(low, high, tuple(log_ticks(low, high, 6)))


def axis(shown: Scale) -> str:
    """The marks of the scale, for the header of the column."""
    ticks = list(shown.ticks)
    marks = "".join(
        f'<text x="{shown.at(tick)}%" y="11" text-anchor="middle" {_SMALL}>{text}</text>'
        for tick, text in zip(ticks, axis_text(ticks), strict=True)
    )
    return f'<svg width="100%" height="14" aria-hidden="true">{marks}</svg>'


def whisker(score: MethodScore, shown: Scale, *, tone: str) -> str:
    """One method on the scale, with a rule at 1; its figures stand in a cell of their own."""
    one = shown.at(1.0)
    parts = [f'<line x1="{one}%" x2="{one}%" y1="0" y2="22" stroke="var(--bd2)" stroke-dasharray="2 2"/>']
    low, high = score.behind_low, score.behind_high
    if 0.0 < low < high < math.inf:
        left, right = shown.at(low), shown.at(high)
        parts.append(
            f'<rect x="{left}%" width="{right - left:.2f}%" y="7" height="8" rx="1" fill="var(--{tone})" '
            f'opacity=".3"/><line x1="{left}%" x2="{right}%" y1="11" y2="11" stroke="var(--{tone})" '
            'stroke-width="2"/>'
        )
    if 0.0 < score.behind < math.inf:
        parts.append(f'<circle cx="{shown.at(score.behind)}%" cy="11" r="4" fill="var(--{tone})"/>')
    return f'<svg width="100%" height="22" aria-hidden="true">{"".join(parts)}</svg>'


def apart(score: MethodScore, ranking: Ranking) -> str:
    """Whether a method can be told from the first, in words."""
    if score is ranking.scores[0]:
        return "least variance"
    if not (math.isfinite(score.behind_low) and math.isfinite(score.behind_high)):
        return UNTOLD
    if score.behind_low <= 1.0 <= score.behind_high:
        return ALIKE
    return MORE if score.behind_low > 1.0 else LESS


def describe(found: Ranked) -> Words:
    """What stands around the table."""
    ranking = found.ranking
    span = "" if ranking.span is None else f", {dates(ranking.span)}"
    dropped = f"; {words.counted(ranking.dropped, 'row')} without a price left out" if ranking.dropped else ""
    subtitle = (
        f"{ranking.dependent} against {', '.join(ranking.legs[1:])}: windows of {ranking.window:,} sessions, "
        f"refits every {ranking.step:,}; {words.counted(ranking.tested, 'day')} tested{span}{dropped}; "
        f"variance of the spread about its fitted mean; 95 % intervals and how often each came first by "
        f"{ranking.draws:,} redraws of these days, in blocks of {ranking.mean_block} on average"
    )
    return Words(TITLE, subtitle, _summary(ranking))


def _summary(ranking: Ranking) -> str:
    first, others = ranking.scores[0], ranking.scores[1:]
    if not others:
        return f"Only {first.label} could be judged."
    size = words.number(math.sqrt(first.variance))
    told = _told(Counter(apart(score, ranking) for score in others))
    return (
        f"{first.label} left the least, typically ${size} per {ranking.dependent}; {told}. "
        "Which one was best is known only afterwards."
    )


def _told(found: Counter[str]) -> str:
    """How the other methods compare with the first, by the words of `apart`."""
    alike, more = found[ALIKE], found[MORE]
    count = found.total()
    if alike == count:
        return "no other method can be told from it"
    if more == count:
        return "every other method left more"
    said = [f"{alike} of the {count} others cannot be told from it"] if alike else []
    if more and not alike:
        said = [f"{more} of the {count} others left more"]
    if found[LESS]:
        said.append(f"{found[LESS]} left less in nearly all redraws")
    if found[UNTOLD]:
        said.append(f"of {found[UNTOLD]} it is not known")
    return "; ".join(said)


def left_out(ranking: Ranking) -> list[tuple[str, str]]:
    """The methods that could not be judged by their labels, each with the reason."""
    labels = {one.key: one.label for one in variants()}
    return [(labels.get(key, key), reason) for key, reason in ranking.left_out.items()]

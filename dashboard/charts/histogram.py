"""The draws of the bootstrap as an SVG: zero, the estimate and the interval in one picture.

Places are per cent of width and height, so that type keeps its size whatever those of the picture are.
"""

import math
from typing import Final

import numpy as np

from core import words
from core.bootstrap import SharpeTest
from dashboard.charts.base import nice_ticks

_BARS: Final = 34
_TEXT: Final = 'font-size="11" fill="var(--t2)"'
_SIDE: Final = 0.17
"""The part of the width on each side of zero that the words beside it need."""


def histogram(test: SharpeTest, estimate: float) -> str:
    """How often each difference was drawn; empty text where there are no draws.

    Bars inside the 95 % interval are solid. `estimate` is the difference that is marked.
    """
    draws = test.draws[np.isfinite(test.draws)]
    if not len(draws) or not math.isfinite(estimate):
        return ""
    low, high = _reach(float(draws[0]), float(draws[-1]), estimate)
    counts, edges = np.histogram(draws, bins=_BARS, range=(low, high))

    def at(value: float) -> float:
        return round(100.0 * (value - low) / (high - low), 2)

    parts = []
    for count, left, right in zip(counts, edges[:-1], edges[1:], strict=True):
        if count:
            tall = round(max(1.0, 100.0 * float(count) / float(counts.max())), 1)
            inside = test.low <= (left + right) / 2.0 <= test.high
            fill = "var(--t3)" if inside else "var(--bd2)"
            parts.append(
                f'<rect x="{at(left)}%" width="{at(right) - at(left) - 0.35:.2f}%" y="{100.0 - tall:.1f}%" '
                f'height="{tall}%" fill="{fill}"/>'
            )
    zero, mark = at(0.0), at(estimate)
    parts.append('<line x1="0" x2="100%" y1="100%" y2="100%" stroke="var(--bd2)"/>')
    for tick in nice_ticks(low, high, 6):
        if 4.0 <= at(tick) <= 96.0:
            text = words.change(tick) if tick else "0"
            parts.append(
                f'<text x="{at(tick)}%" y="100%" dy="15" text-anchor="middle" font-size="11" '
                f'fill="var(--t3)">{text}</text>'
            )
    parts.append(f'<line x1="{zero}%" x2="{zero}%" y1="-23" y2="100%" stroke="var(--t1)" stroke-width="2"/>')
    parts.append(
        f'<line x1="{mark}%" x2="{mark}%" y1="-4" y2="100%" stroke="var(--hedged)" stroke-width="3"/>'
        f'<svg x="{mark}%" y="-5" overflow="visible"><path d="M0 -5 5 0 0 5 -5 0Z" '
        'fill="var(--hedged)"/></svg>'
    )
    parts.append(f'<text x="{zero}%" dx="-9" y="-15" text-anchor="end" {_TEXT}>hurt \u2190</text>')
    parts.append(f'<text x="{zero}%" dx="9" y="-15" {_TEXT}>\u2192 helped</text>')
    said = (
        f"Differences drawn: 95 % of them from {words.change(test.low)} to {words.change(test.high)}; "
        f"the difference found is {words.change(estimate)}"
    )
    return f'<svg class="draws" width="100%" role="img" aria-label="{said}">{"".join(parts)}</svg>'


def caption(test: SharpeTest) -> str:
    """What the picture shows and how it was drawn."""
    return (
        f"Difference in Sharpe, triggered {words.MINUS} unhedged; {test.count:,} stationary-bootstrap draws "
        f"of {test.returns:,} sessions, mean block {test.mean_block}. Solid bars: 95\u202f%. "
        "Blue: the difference found."
    )


def _reach(least: float, most: float, estimate: float) -> tuple[float, float]:
    """What the axis covers: every draw, the estimate, and zero with room for the words beside it."""
    low, high = min(least, estimate, 0.0), max(most, estimate, 0.0)
    wide = max(high - low, 1e-3)
    if -low < _SIDE * wide:
        low = -_SIDE * wide / (1.0 - _SIDE)
    if high < _SIDE * wide:
        high = _SIDE * wide / (1.0 - _SIDE)
    return low, high

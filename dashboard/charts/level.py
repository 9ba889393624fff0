"""The gauge of a signal: how far its value is from the level at which it fires."""

import math
from html import escape
from typing import Final

_LEVEL: Final = 41.5
"""Where the level stands, in per cent of the width; beyond it the signal has fired."""

_APART: Final = 24.0
"""The per cent of the width within which the two labels would touch."""


def level_gauge(beyond: float, *, level: str, value: str, said: str) -> str:
    """A track whose right part is the zone in which the signal fires, a tick at the level, a diamond.

    Parameters
    ----------
    beyond
        How far the value is past the level, as a share of it; NaN draws the gauge of no data, hatched.
    level, value
        What stands under the tick and under the diamond.
    said
        The whole in words, for those who do not see it.
    """
    if not math.isfinite(beyond):
        return f'<div class="level nd" role="img" aria-label="{escape(said)}"><i class="track"></i></div>'
    part = (100.0 - _LEVEL) / _LEVEL
    reach = max(0.16, 1.3 * beyond, -1.15 * beyond * part)
    at = min(98.5, max(1.5, _LEVEL + (100.0 - _LEVEL) * beyond / reach))
    near = abs(at - _LEVEL) < _APART
    level_at = f'class="middle" style="left:{_LEVEL}%"'
    value_at = f'class="now {_edge(at)}" style="left:{at:.2f}%"'
    if near:
        # On both sides of the level, a gap between them, the value as near its diamond as that allows.
        side, other, from_level, from_value = (
            ("right", "left", 100.0 - _LEVEL, at) if beyond > 0 else ("left", "right", _LEVEL, 100.0 - at)
        )
        edge = 100.0 - from_level
        level_at = f'class="free" style="{side}:calc({from_level}% + 3px)"'
        value_at = f'class="now free" style="{other}:max({edge}% + 6px, {from_value:.2f}% - 16px)"'
    return (
        f'<div class="level" role="img" aria-label="{escape(said)}"><i class="track"></i>'
        f'<i class="zone" style="left:{_LEVEL}%"></i><i class="tick" style="left:{_LEVEL}%"></i>'
        f'<i class="diamond" style="left:{at:.2f}%"></i>'
        f"<span {level_at}>{escape(level)}</span><span {value_at}>{escape(value)}</span></div>"
    )


def _edge(at: float) -> str:
    return "start" if at < 8.0 else "end" if at > 92.0 else "middle"

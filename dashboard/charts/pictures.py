"""Small pictures as SVG or HTML text: whiskers, gauges, bars. Colours are the page's CSS variables.

Places are per cent of the width, so that type keeps its size whatever the width.
"""

import math
from dataclasses import dataclass
from html import escape
from typing import Final

from core import words
from dashboard.charts.base import axis_text, nice_ticks

_CLEAR: Final = 27.0
"""How far from the middle, in per cent, a label must stand to leave room for the one there."""

_SMALL: Final = 'font-size="11" fill="var(--t3)"'


@dataclass(frozen=True)
class Whisker:
    """A value with its interval. `tone` names the series whose colour it takes."""

    name: str
    value: float
    low: float
    high: float
    tone: str = "hedged"


def _scale(values: list[float], *, about: int, zero: bool) -> tuple[list[float], float, float]:
    known = [v for v in values if math.isfinite(v)] or [0.0, 1.0]
    low, high = min(known), max(known)
    if zero:
        low, high = min(low, 0.0), max(high, 0.0)
    ticks = nice_ticks(low, high, about)
    return ticks, ticks[0], ticks[-1]


def whiskers(rows: list[Whisker], *, decimals: int = 2, zero: bool = True, about: int = 4) -> str:
    """Intervals one above the other on one axis, each with its name beside it.

    A row without a finite value is left out; the caller says in words what is unknown.
    """
    rows = [row for row in rows if math.isfinite(row.value)]
    ticks, low, high = _scale([v for r in rows for v in (r.value, r.low, r.high)], about=about, zero=zero)

    def at(value: float) -> float:
        return round(8.0 + 85.0 * (value - low) / (high - low), 2)

    height = 20 * len(rows)
    parts = []
    for tick, text in zip(ticks, axis_text(ticks), strict=True):
        x, strong = at(tick), "var(--bd2)" if tick == 0 else "var(--grid)"
        parts.append(f'<line x1="{x}%" x2="{x}%" y1="0" y2="{height}" stroke="{strong}"/>')
        parts.append(f'<text x="{x}%" y="{height + 13}" text-anchor="middle" {_SMALL}>{text}</text>')
    said = []
    for index, row in enumerate(rows):
        y, x = 20 * index + 10, at(row.value)
        left, right = x, x
        if math.isfinite(row.low) and math.isfinite(row.high):
            left, right = at(row.low), at(row.high)
            size = f'x="{left}%" width="{max(right - left, 0.2):.2f}%"'
            parts.append(
                f'<rect {size} y="{y - 4}" height="8" rx="1" fill="var(--{row.tone})" opacity=".3"/>'
                f'<line x1="{left}%" x2="{right}%" y1="{y}" y2="{y}" stroke="var(--{row.tone})" '
                'stroke-width="2"/>'
            )
        parts.append(f'<circle cx="{x}%" cy="{y}" r="4.5" fill="var(--{row.tone})"/>')
        if row.name:
            inside = right < 58.0
            place, anchor, shift = (right, "start", 8) if inside else (left, "end", -8)
            parts.append(
                f'<text x="{place}%" dx="{shift}" y="{y + 4}" text-anchor="{anchor}" font-size="11" '
                f'font-weight="500" fill="var(--{row.tone}-label)">{escape(row.name)}</text>'
            )
        bounds = words.interval(row.low, row.high, decimals)
        said.append(f"{row.name} {words.number(row.value, decimals)} {bounds}".strip())
    return _svg(parts, height + 18, "; ".join(said), "picture")


def gauge(now: float, low: float, high: float, *, name: str) -> str:
    """Where a level stands between two others at which something changes; either may be unknown.

    Drawn as the gauge of a signal: the zones beyond the two are outlined, the diamond is in the middle.
    """
    known = [v for v in (low, high) if math.isfinite(v)]
    reach = max((abs(v - now) for v in known), default=1.0) * 1.45

    def at(value: float) -> float:
        return round(50.0 + 48.0 * max(-1.0, min(1.0, (value - now) / reach)), 2)

    parts = ['<i class="track"></i>']
    for value in known:
        x = at(value)
        side = f"left:0;right:{100.0 - x:.2f}%" if value < now else f"left:{x}%;right:0"
        place = "start" if x < 16 else "end" if x > 84 else "middle"
        away = words.change((value / now - 1) * 100, 1)
        parts.append(
            f'<i class="zone" style="{side}"></i><i class="tick" style="left:{x}%"></i>'
            f'<span class="{place}" style="left:{x}%">{words.number(value, 0)} \u00b7 {away}\u202f%</span>'
        )
    parts.append('<i class="diamond" style="left:50%"></i>')
    if all(abs(at(value) - 50.0) > _CLEAR for value in known):
        parts.append(f'<span class="now middle" style="left:50%">{words.number(now, 2)}</span>')
    bounds = " and ".join(words.number(v, 0) for v in known)
    said = escape(f"{name} {words.number(now, 2)}; levels {bounds}")
    return f'<div class="level" role="img" aria-label="{said}">{"".join(parts)}</div>'


CELL_WIDTH: Final = 118


def cell_axis(ticks: list[float]) -> str:
    """The scale of the whiskers in a table's column, for its header."""
    marks = "".join(
        f'<text x="{_cell_at(t, ticks)}" y="11" text-anchor="middle" {_SMALL}>{text}</text>'
        for t, text in zip(ticks, axis_text(ticks), strict=True)
    )
    return f'<svg width="{CELL_WIDTH}" height="14" aria-hidden="true">{marks}</svg>'


def cell_whisker(row: Whisker, ticks: list[float]) -> str:
    """One interval in a table cell, on the scale of `cell_axis`; the figures stand in the cell before."""
    if not math.isfinite(row.value):
        return ""
    parts = []
    if ticks[0] <= 1.0 <= ticks[-1]:
        one = _cell_at(1.0, ticks)
        parts.append(
            f'<line x1="{one}" x2="{one}" y1="0" y2="20" stroke="var(--bd2)" stroke-dasharray="2 2"/>'
        )
    if math.isfinite(row.low) and math.isfinite(row.high):
        left, right = _cell_at(row.low, ticks), _cell_at(row.high, ticks)
        parts.append(
            f'<rect x="{left}" width="{max(right - left, 1):.1f}" y="6" height="8" rx="1" '
            f'fill="var(--{row.tone})" opacity=".35"/>'
        )
    parts.append(f'<circle cx="{_cell_at(row.value, ticks)}" cy="10" r="3" fill="var(--{row.tone})"/>')
    return f'<svg width="{CELL_WIDTH}" height="20" aria-hidden="true">{"".join(parts)}</svg>'


def cell_ticks(rows: list[Whisker]) -> list[float]:
    """A shared scale for a table's whiskers that shows zero and one."""
    return _scale([0.0, 1.0, *(v for r in rows for v in (r.value, r.low, r.high))], about=3, zero=True)[0]


def _cell_at(value: float, ticks: list[float]) -> float:
    return round(8 + (CELL_WIDTH - 16) * (value - ticks[0]) / (ticks[-1] - ticks[0]), 1)


def split_bar(market: float) -> str:
    """The share of variance that the market explains, against the hatched rest; `market` in [0, 1]."""
    part = f"{100 * market:.1f}%"
    said = f"{words.percent(market, 0)} market, {words.percent(1 - market, 0)} own"
    bars = f'<i style="width:{part}"></i><i class="own"></i>'
    return f'<div class="split" role="img" aria-label="{said}">{bars}</div>'


def _svg(parts: list[str], height: int, said: str, kind: str) -> str:
    return (
        f'<svg class="{kind}" width="100%" height="{height}" style="height:{height}px" role="img" '
        f'aria-label="{escape(said)}">{"".join(parts)}</svg>'
    )

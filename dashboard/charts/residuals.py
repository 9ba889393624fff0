"""What is left in the spread: how its shocks hang together, and how they are spread out."""

import math
from dataclasses import dataclass
from html import escape
from typing import Final

import numpy as np
import plotly.graph_objects as go

from core import words
from core.lab.cointegration import STRONG
from core.lab.residuals import Residuals, Statistic
from core.types import Sessions
from dashboard.charts.base import Twin, Words, axis_text, dates, nice_ticks, plotly_layout
from dashboard.theme import series, tokens

TITLE: Final = "What is left in the spread?"
SURE: Final = STRONG
"""The p-value under which a flaw is taken as found."""

NEVER: Final = "gaps do not close"
"""What an infinite half-life means."""

OVERSHOT: Final = "a gap changes its sign each session"
"""What it means that there is no half-life."""

_BARS: Final = 31
_REACH: Final = 5.0
"""Standard deviations either side of zero that the histogram shows; what is beyond is counted in its ends."""


@dataclass(frozen=True)
class Left:
    """The diagnostics of one method's spread, and the session of each of its rows."""

    label: str
    dependent: str
    days: Sessions
    found: Residuals


def describe(shown: Left) -> Words:
    """What stands around the charts."""
    found = shown.found
    subtitle = (
        f"Shocks of the first-order autoregression of the spread, {shown.label}; "
        f"{dates((shown.days[0], shown.days[-1]))}, {len(found.shocks):,} of them"
    )
    return Words(TITLE, subtitle, summary(found))


def summary(found: Residuals) -> str:
    """The persistence, and the flaws that were found, in one sentence."""
    flaws = [
        text
        for text, test in (
            ("still hang together", found.ljung_box),
            ("come in calm and wild stretches", found.arch),
            ("are not normal", found.jarque_bera),
        )
        if test.p_value < SURE
    ]
    share = (
        f"{words.percent(found.phi, 1)} of a gap is left after a session"
        if math.isfinite(found.half_life)
        else _unclosed(found).capitalize()
    )
    shocks = f"its shocks {words.listed(flaws) or 'look independent, of one size and normal'}"
    return f"{share}; {shocks}."


def _unclosed(found: Residuals) -> str:
    """What gaps do where no half-life says it."""
    return NEVER if found.phi >= 1.0 else OVERSHOT


def tests(shown: Left) -> tuple[tuple[str, str, str], ...]:
    """What was tested, what it says in words, and the statistic with its p-value."""
    found = shown.found
    persists = (
        f"{words.number(found.phi, 4)}: half a gap is gone after {words.number(found.half_life, 1)} sessions"
        if math.isfinite(found.half_life)
        else f"{words.number(found.phi, 4)}: {_unclosed(found)}"
    )
    together = _said(found.ljung_box, "still hang together after a day", "do not hang together")
    sizes = _said(found.arch, "come in calm and wild stretches", "keep their size")
    tails = "fat" if found.excess_kurtosis > 0.0 else "thin"
    kurtosis = f"tails are {tails} (excess kurtosis {words.number(found.excess_kurtosis, 1)})"
    lean = f"skew {words.number(found.skew, 1)}"
    normal = _said(found.jarque_bera, f"are not normal: {kurtosis}, {lean}", f"look normal: {lean}")
    return (
        ("Persistence", persists, ""),
        (f"Ljung\u2013Box, {found.ljung_box.lags} lags", f"Shocks {together}", _figures(found.ljung_box)),
        (f"ARCH, {found.arch.lags} lags", f"Shocks {sizes}", _figures(found.arch)),
        ("Jarque\u2013Bera", f"Shocks {normal}", _figures(found.jarque_bera)),
        ("Halves", _halves(shown), ""),
        ("Largest shocks", _largest(shown), ""),
    )


def _said(test: Statistic, flawed: str, fine: str) -> str:
    return flawed if test.p_value < SURE else fine


def _figures(test: Statistic) -> str:
    p_value = words.p_value(test.p_value)
    equals = "" if p_value.startswith("<") else "= "
    return f"({words.number(test.statistic, 1)}, p {equals}{p_value})"


def _halves(shown: Left) -> str:
    """How wide the spread was in each half of its rows."""
    first, second = (math.sqrt(value) for value in shown.found.halves)
    middle = words.day(shown.days[shown.found.rows // 2])
    return f"Deviation {words.number(first)} before {middle}, {words.number(second)} from then on"


def _largest(shown: Left) -> str:
    parts = [
        f"{words.day(shown.days[shock.row])} {words.change(shock.deviations, 1)} s.d."
        for shock in shown.found.largest[:3]
    ]
    return ", ".join(parts)


def meaning(found: Residuals) -> str:
    """What it means for an interval of the ratio, in one sentence."""
    if math.isfinite(found.effective_rows) and found.effective_rows < 0.5 * found.rows:
        rows = words.number(found.effective_rows, 0 if found.effective_rows >= 10.0 else 1)
        return (
            f"{found.rows:,} sessions of a spread this persistent say as much about its level as "
            f"{rows} unrelated ones: an interval that takes days as unrelated is too narrow."
        )
    if found.phi >= 1.0:
        return "The spread does not come back: no interval of the ratio can be relied on."
    if found.arch.p_value < SURE:
        return "Wild stretches weigh most: an interval that takes all days as alike is too narrow."
    return "Nothing here speaks against the interval of the ratio."


def twin(shown: Left) -> Twin:
    """The autocorrelations as a table."""
    found = shown.found
    pairs = zip(found.shock_autocorrelation, found.spread_autocorrelation, strict=True)
    rows = tuple(
        (str(lag), words.number(float(shock), 3), words.number(float(level), 3))
        for lag, (shock, level) in enumerate(pairs, start=1)
    )
    bound = words.number(found.shock_bound, 3)
    note = f"Shocks without memory lie within \u00b1{bound} 95 times in a hundred."
    return Twin(("Lag, sessions", "Shocks", "Spread"), rows, note)


def figure(shown: Left, *, dark: bool) -> go.Figure:
    """Bars of the shocks' autocorrelation, and beside them a histogram with the normal curve."""
    colour = tokens(dark)
    made = go.Figure(layout=plotly_layout(dark))
    made.update_layout(
        margin={"l": 36, "r": 8, "t": 22, "b": 42}, bargap=0.0, hovermode="closest",
        xaxis={"domain": [0.0, 0.46]},
        xaxis2={**made.layout.xaxis.to_plotly_json(), "domain": [0.56, 1.0], "anchor": "y2"},
        yaxis2={**made.layout.yaxis.to_plotly_json(), "anchor": "x2"},
    )  # fmt: skip
    _memory(made, shown.found, dark=dark)
    _shape(made, shown, dark=dark)
    label = {"size": 11, "color": colour["t2"]}
    for x, text in ((0.0, "Autocorrelation"), (0.56, "Sizes; dotted: normal")):
        made.add_annotation(
            xref="paper", yref="paper", x=x, y=1.0, xanchor="left", yanchor="bottom", text=text,
            showarrow=False, font=label,
        )  # fmt: skip
    small = {"size": 11, "color": colour["t3"]}
    for x, text in ((0.46, "lag, sessions"), (1.0, "s.d.")):
        made.add_annotation(
            xref="paper", yref="paper", x=x, y=0.0, yshift=-20, xanchor="right", yanchor="top", text=text,
            showarrow=False, font=small,
        )  # fmt: skip
    return made


def _memory(made: go.Figure, found: Residuals, *, dark: bool) -> None:
    colour, styles = tokens(dark), series(dark)
    values = found.shock_autocorrelation
    lags = np.arange(1, len(values) + 1)
    far = np.abs(values) > found.shock_bound
    made.add_bar(
        x=lags, y=values, width=0.6,
        marker={"color": [styles["hedged"].line if one else colour["bd2"] for one in far]},
        hovertext=[
            f"Lag {lag}<br><b>{words.number(float(v), 3)}</b>" for lag, v in zip(lags, values, strict=True)
        ],
        hoverinfo="text",
    )  # fmt: skip
    edge = [0.3, len(values) + 0.7]
    for bound in (found.shock_bound, -found.shock_bound):
        made.add_scatter(
            x=edge, y=[bound, bound], mode="lines", hoverinfo="skip",
            line={"color": styles["reference"].line, "width": 1.2, "dash": "dot"},
        )  # fmt: skip
    most = float(max(np.abs(values).max(), found.shock_bound))
    ticks = nice_ticks(-most, most, 4)
    made.update_layout(
        yaxis={
            "tickvals": ticks, "ticktext": axis_text(ticks), "range": [ticks[0], ticks[-1]], "zeroline": True,
            "zerolinecolor": colour["bd2"],
        },
        xaxis={"tickvals": [1, *range(5, len(values) + 1, 5)], "range": edge},
    )  # fmt: skip


def _shape(made: go.Figure, shown: Left, *, dark: bool) -> None:
    styles = series(dark)
    shocks = shown.found.shocks / shown.found.shocks.std(ddof=1)
    edges = np.linspace(-_REACH, _REACH, _BARS + 1)
    counts, _ = np.histogram(np.clip(shocks, -_REACH, _REACH), edges)
    middle = (edges[1:] + edges[:-1]) / 2.0
    wide = edges[1] - edges[0]
    said = [
        f"{words.change(low, 1)} to {words.change(high, 1)} s.d.<br><b>{words.counted(int(n), 'shock')}</b>"
        for low, high, n in zip(edges[:-1], edges[1:], counts, strict=True)
    ]
    said[0] = f"Under {words.change(edges[1], 1)} s.d.<br><b>{words.counted(int(counts[0]), 'shock')}</b>"
    said[-1] = f"Over {words.change(edges[-2], 1)} s.d.<br><b>{words.counted(int(counts[-1]), 'shock')}</b>"
    made.add_bar(
        x=middle, y=counts, width=wide * 0.9, marker={"color": styles["hedged"].line, "opacity": 0.55},
        hovertext=said, hoverinfo="text", xaxis="x2", yaxis="y2",
    )  # fmt: skip
    at = np.linspace(-_REACH, _REACH, 121)
    curve = len(shocks) * wide * np.exp(-(at**2) / 2.0) / math.sqrt(2.0 * math.pi)
    made.add_scatter(
        x=at, y=curve, mode="lines", hoverinfo="skip", xaxis="x2", yaxis="y2",
        line={"color": styles["reference"].line, "width": 1.5, "dash": "dot"},
    )  # fmt: skip
    ticks = nice_ticks(0.0, float(max(counts.max(), curve.max())), 4)
    across = [-4.0, -2.0, 0.0, 2.0, 4.0]
    made.update_layout(
        yaxis2={"tickvals": ticks, "ticktext": axis_text(ticks), "range": [0, ticks[-1]]},
        xaxis2={"tickvals": across, "ticktext": axis_text(across), "range": [-_REACH, _REACH]},
    )


def rows(shown: Left) -> str:
    """The tests as a table, in words."""
    lines = "".join(
        f'<tr><td>{escape(name)}</td><td class="text">{escape(said)}'
        f"{f' <span>{escape(figures)}</span>' if figures else ''}</td></tr>"
        for name, said, figures in tests(shown)
    )
    return f'<div class="scroll"><table class="dense tests"><tbody>{lines}</tbody></table></div>'

"""Why a beta is what it is: the returns of one window, the line through them and its band."""

from dataclasses import dataclass
from html import escape
from typing import Final

import numpy as np
import plotly.graph_objects as go

from core import words
from core.beta import Covariance, least_observations, regression_returns
from core.errors import HedgeError
from core.pipeline import Analysis
from core.regression import RegressionLine, regression_line
from core.types import FloatArray, Sessions
from dashboard.charts.base import Twin, Window, Words, axis_text, dates, nice_ticks, plotly_layout
from dashboard.theme import series, tokens

MANY: Final = 300
"""Points above which they are drawn small and faint, so that the line stays in sight."""

_EDGE: Final = 0.2
"""Nearer to an end of the axis than this share of it, the ringed day's date would be cut off there."""


@dataclass(frozen=True)
class Sample:
    """The regression of one asset over the window that ends on one session, or why there is none."""

    asset: str
    window: Window
    sessions: np.ndarray
    line: RegressionLine | None
    reason: str = ""


def asset_returns(analysis: Analysis, asset: str) -> FloatArray:
    """The daily returns (T,) of a holding or of the hedge."""
    market = analysis.market
    if asset == market.hedge:
        return market.hedge_returns
    return market.returns[:, market.tickers.index(asset)]


def sample(analysis: Analysis, asset: str, row: int) -> Sample:
    """The window of `asset` that ends on session `row`, regressed as the betas are."""
    market, settings = analysis.market, analysis.settings.beta
    rows = slice(max(0, row - settings.window_sessions + 1), row + 1)
    window = (market.sessions[rows.start], market.sessions[row])
    y = regression_returns(asset_returns(analysis, asset)[rows], settings)
    x = regression_returns(market.benchmark_returns[rows], settings)
    sessions = market.sessions[rows]
    seen, needed = int(np.sum(np.isfinite(x) & np.isfinite(y))), least_observations(settings.window_sessions)
    if seen < needed:
        reason = f"{seen} of {settings.window_sessions} sessions have a return, needs {needed}"
        return Sample(asset, window, sessions, None, reason)
    covariance: Covariance = "newey-west" if settings.errors == "newey-west" else "classic"
    try:
        line = regression_line(y, x, covariance=covariance)
    except HedgeError as error:
        return Sample(asset, window, sessions, None, str(error))
    if not np.isfinite(line.fit.r_squared):
        return Sample(asset, window, sessions, None, "its price did not move over the window")
    return Sample(asset, window, sessions[line.rows], line)


def describe(analysis: Analysis, shown: Sample) -> Words:
    """What stands around the chart."""
    settings, name = analysis.settings.beta, analysis.market.benchmark
    errors = "Newey\u2013West errors, " if settings.errors == "newey-west" else ""
    subtitle = (
        f"Daily {settings.returns} returns on {name}, %, {settings.window_sessions} sessions, "
        f"{dates(shown.window)}, OLS, {errors}95 % band of the line"
    )
    if shown.line is None:
        return Words(
            f"Why has {shown.asset} no beta?", subtitle, f"{shown.reason[:1].upper()}{shown.reason[1:]}."
        )
    fit = shown.line.fit
    beta = words.number(fit.beta)
    summary = (
        f"When {name} moved 1 %, {shown.asset} moved {beta} % on average; {name} explains "
        f"{words.percent(fit.r_squared, 0)} of its variance."
    )
    return Words(f"Why is {shown.asset}\u2019s beta {beta}?", subtitle, summary)


def facts(shown: Sample) -> tuple[tuple[str, str], ...]:
    """The figures of the regression, as names and finished text."""
    if shown.line is None:
        return ()
    fit = shown.line.fit
    low, high = fit.interval()
    p = "< 0.0001" if fit.p_value < 1e-4 else words.number(fit.p_value, 4)
    return (
        ("\u03b2", f"{words.number(fit.beta)} {words.interval(low, high)}"),
        ("s.e. of \u03b2", words.number(fit.beta_se, 3)),
        ("t; p", f"{words.number(fit.t_statistic, 1)}; {p}"),
        ("\u03b1 a session", f"{words.change(100 * fit.alpha, 3)}\u202f%"),
        ("R\u00b2", words.number(fit.r_squared)),
        ("Sessions", str(fit.observations)),
    )


def twin(shown: Sample, benchmark: str) -> Twin:
    """The points as a table, newest first."""
    if shown.line is None:
        return Twin(_header(shown.asset, benchmark), (), shown.reason)
    return points(shown.line, shown.sessions, shown.asset, benchmark)


def points(line: RegressionLine, sessions: Sessions, asset: str, benchmark: str) -> Twin:
    """The points of a regression as a table, newest first."""
    pairs = zip(sessions, line.x, line.y, strict=True)
    rows = tuple((words.day(d), words.number(100 * x, 2), words.number(100 * y, 2)) for d, x, y in pairs)
    return Twin(_header(asset, benchmark), rows[::-1])


def _header(asset: str, benchmark: str) -> tuple[str, ...]:
    return ("Date", f"{benchmark} %", f"{asset} %")


def figure(analysis: Analysis, shown: Sample, *, dark: bool) -> go.Figure:
    """The scatter; without a line an empty plane, and the words say why."""
    if shown.line is None:
        made = _empty(dark)
        made.update_xaxes(visible=False)
        made.update_yaxes(visible=False)
        return made
    last = shown.window[1] if shown.sessions[-1] == shown.window[1] else None
    return plane(
        shown.line, shown.sessions, shown.asset, analysis.market.benchmark, dark=dark, ringed=last
    )  # fmt: skip


def _empty(dark: bool) -> go.Figure:
    made = go.Figure(layout=plotly_layout(dark))
    made.update_layout(margin={"l": 40, "r": 12, "t": 8, "b": 26}, hovermode="closest")
    return made


def plane(
    line: RegressionLine,
    sessions: Sessions,
    asset: str,
    benchmark: str,
    *,
    dark: bool,
    ringed: np.datetime64 | None = None,
) -> go.Figure:
    """The returns of `sessions` (n,), the line through them and its band; `ringed` names the last point."""
    colour, style = tokens(dark), series(dark)["hedged"]
    made = _empty(dark)
    at, mid, low, high = (100 * part for part in (line.at, line.line, line.low, line.high))
    x, y = 100 * line.x, 100 * line.y
    made.add_scatter(
        x=np.concatenate([at, at[::-1]]), y=np.concatenate([high, low[::-1]]), mode="lines",
        line={"width": 0}, fill="toself", fillcolor=_faded(style.line, style.ribbon), hoverinfo="skip",
    )  # fmt: skip
    made.add_scatter(x=at, y=mid, mode="lines", line={"color": style.line, "width": 2}, hoverinfo="skip")
    benchmark, asset = escape(benchmark), escape(asset)
    many = len(x) > MANY
    made.add_scatter(
        x=x, y=y, mode="markers",
        marker={"size": 4 if many else 7, "color": style.line, "opacity": 0.35 if many else 0.6},
        hovertext=[
            f"{words.day(d)}<br>{benchmark} {words.number(u, 2)} %<br>{asset} <b>{words.number(v, 2)} %</b>"
            for d, u, v in zip(sessions, x, y, strict=True)
        ],
        hoverinfo="text",
    )  # fmt: skip
    ticks_x = nice_ticks(float(x.min()), float(x.max()), 5)
    if ringed is not None:
        place = (x[-1] - ticks_x[0]) / (ticks_x[-1] - ticks_x[0])
        ring = series(dark)["unhedged"].label
        made.add_scatter(
            x=x[-1:], y=y[-1:], mode="markers", hoverinfo="skip",
            marker={"size": 11, "color": "rgba(0,0,0,0)", "line": {"color": ring, "width": 2}},
        )  # fmt: skip
        made.add_annotation(
            x=x[-1], y=y[-1], text=words.day(ringed), yshift=15, showarrow=False,
            xanchor="left" if place < _EDGE else "right" if place > 1 - _EDGE else "center",
            font={"size": 11, "color": ring}, bgcolor=colour["sf"], opacity=0.9,
        )  # fmt: skip
    ticks_y = nice_ticks(float(min(y.min(), low.min())), float(max(y.max(), high.max())), 5)
    for axis, ticks in ((made.update_xaxes, ticks_x), (made.update_yaxes, ticks_y)):
        axis(
            tickvals=ticks, ticktext=axis_text(ticks), range=[ticks[0], ticks[-1]], zeroline=True,
            zerolinecolor=colour["bd2"],
        )  # fmt: skip
    sign = words.MINUS if line.fit.beta < 0 else "+"
    text = f"y = {words.number(100 * line.fit.alpha)} {sign} {words.number(abs(line.fit.beta))} x"
    rising = line.fit.beta >= 0
    corner = {"xref": "paper", "yref": "paper", "showarrow": False}
    made.add_annotation(
        **corner, x=0.99 if rising else 0.01, y=0.10, xanchor="right" if rising else "left", text=text,
        font={"size": 12, "color": style.label},
    )  # fmt: skip
    label = {"size": 11, "color": colour["t2"]}
    made.add_annotation(
        **corner, x=0.01, y=1.0, xanchor="left", yanchor="top", text=f"{asset}, %", font=label
    )
    made.add_annotation(
        **corner, x=0.99, y=0.0, xanchor="right", yanchor="bottom", text=f"{benchmark}, %", font=label
    )
    return made


def _faded(colour: str, opacity: float) -> str:
    red, green, blue = (int(colour[i : i + 2], 16) for i in (1, 3, 5))
    return f"rgba({red},{green},{blue},{opacity})"

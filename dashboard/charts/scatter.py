"""Why a beta is what it is: the returns of one window, the line through them and its band."""

from dataclasses import dataclass
from html import escape

import numpy as np
import plotly.graph_objects as go

from core import words
from core.beta import Covariance, least_observations, regression_returns
from core.errors import HedgeError
from core.pipeline import Analysis
from core.regression import RegressionLine, regression_line
from core.types import FloatArray
from dashboard.charts.base import Twin, Window, Words, axis_text, dates, nice_ticks, plotly_layout
from dashboard.theme import series, tokens


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
    header = ("Date", f"{benchmark} %", f"{shown.asset} %")
    if shown.line is None:
        return Twin(header, (), shown.reason)
    pairs = zip(shown.sessions, shown.line.x, shown.line.y, strict=True)
    rows = tuple((words.day(d), words.number(100 * x, 2), words.number(100 * y, 2)) for d, x, y in pairs)
    return Twin(header, rows[::-1])


def figure(analysis: Analysis, shown: Sample, *, dark: bool) -> go.Figure:
    """The scatter; without a line an empty plane, and the words say why."""
    colour, style = tokens(dark), series(dark)["hedged"]
    made = go.Figure(layout=plotly_layout(dark))
    made.update_layout(margin={"l": 40, "r": 12, "t": 8, "b": 26}, hovermode="closest")
    line = shown.line
    if line is None:
        made.update_xaxes(visible=False)
        made.update_yaxes(visible=False)
        return made
    at, mid, low, high = (100 * part for part in (line.at, line.line, line.low, line.high))
    x, y = 100 * line.x, 100 * line.y
    made.add_scatter(
        x=np.concatenate([at, at[::-1]]), y=np.concatenate([high, low[::-1]]), mode="lines",
        line={"width": 0}, fill="toself", fillcolor=_faded(style.line, style.ribbon), hoverinfo="skip",
    )  # fmt: skip
    made.add_scatter(x=at, y=mid, mode="lines", line={"color": style.line, "width": 2}, hoverinfo="skip")
    benchmark, asset = escape(analysis.market.benchmark), escape(shown.asset)
    made.add_scatter(
        x=x, y=y, mode="markers", marker={"size": 7, "color": style.line, "opacity": 0.6},
        hovertext=[
            f"{words.day(d)}<br>{benchmark} {words.number(u, 2)} %<br>{asset} <b>{words.number(v, 2)} %</b>"
            for d, u, v in zip(shown.sessions, x, y, strict=True)
        ],
        hoverinfo="text",
    )  # fmt: skip
    if shown.sessions[-1] == shown.window[1]:
        ring = series(dark)["unhedged"].label
        made.add_scatter(
            x=x[-1:], y=y[-1:], mode="markers", hoverinfo="skip",
            marker={"size": 11, "color": "rgba(0,0,0,0)", "line": {"color": ring, "width": 2}},
        )  # fmt: skip
        made.add_annotation(
            x=x[-1], y=y[-1], text=words.day(shown.window[1]), yshift=15, showarrow=False,
            font={"size": 11, "color": ring}, bgcolor=colour["sf"], opacity=0.9,
        )  # fmt: skip
    ticks_x = nice_ticks(float(x.min()), float(x.max()), 5)
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

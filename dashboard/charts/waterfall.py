"""Where the market exposure comes from: dollar beta line by line, the book, the trade, what is left."""

import math
from dataclasses import dataclass
from html import escape

import plotly.graph_objects as go

from core import words
from core.pipeline import Analysis
from dashboard.charts.base import Twin, Words, axis_text, compact, nice_ticks, plotly_layout
from dashboard.theme import series, tokens

_MOST = 9
"""Holdings with a bar of their own; the smaller ones share one."""


_CROWDED = 7
"""With more bars than this their names stand aslant, and small bars have no figure over them."""


@dataclass(frozen=True)
class Step:
    """One bar from `start` to `end` in dollars of beta. `ticker` is what a click selects, empty for none."""

    name: str
    start: float
    end: float
    tone: str
    ticker: str = ""

    @property
    def change(self) -> float:
        """What the bar adds."""
        return self.end - self.start


def steps(analysis: Analysis) -> tuple[Step, ...]:
    """The bars from left to right, holdings by the size of their dollar beta."""
    exposure, order = analysis.exposure, analysis.order
    lines = [p for p in exposure.positions if math.isfinite(p.dollar_beta) and p.shares]
    holdings = sorted((p for p in lines if p.role == "holding"), key=lambda p: -abs(p.dollar_beta))
    own, rest = (holdings, []) if len(holdings) <= _MOST + 1 else (holdings[:_MOST], holdings[_MOST:])
    parts = [(p.ticker, p.dollar_beta, p.ticker) for p in own]
    if rest:
        parts.append((f"{len(rest)} others", math.fsum(p.dollar_beta for p in rest), ""))
    parts += [(f"{p.ticker} held", p.dollar_beta, p.ticker) for p in lines if p.role == "hedge"]
    made, level = [], 0.0
    for name, dollars, ticker in parts:
        made.append(Step(name, level, level + dollars, "unhedged" if dollars >= 0 else "hedged", ticker))
        level += dollars
    if not made:
        return ()
    made.append(Step("Book", 0.0, level, "benchmark"))
    if order.side != "none" and not order.problem:
        left = order.residual_dollar_beta
        made.append(Step("Trade", level, left, "hedged"))
        made.append(Step("Left", 0.0, left, "benchmark"))
    return tuple(made)


def describe(analysis: Analysis) -> Words:
    """What stands around the chart."""
    bars = steps(analysis)
    title = "Where does the market exposure come from?"
    subtitle = f"Dollar beta = \u03b2 \u00d7 value, $, {words.day(analysis.market.as_of)}"
    if not bars:
        return Words(title, subtitle, "No position has a beta, so there is no market exposure to show.")
    biggest = max((b for b in bars if b.ticker), key=lambda b: abs(b.change), default=bars[0])
    book = next(b for b in bars if b.name == "Book")
    part, whole = words.money(biggest.change), words.money(book.end)
    summary = f"{biggest.name} brings the most, {part} of the book\u2019s {whole}."
    return Words(title, subtitle, summary)


def twin(analysis: Analysis) -> Twin:
    """The bars as a table."""
    rows = tuple((b.name, words.money(b.change), words.money(b.end)) for b in steps(analysis))
    return Twin(("Bar", "Dollar beta", "Sum so far"), rows)


def figure(analysis: Analysis, *, dark: bool, chosen: str | None = None) -> go.Figure:
    """The waterfall; `chosen` is the asset whose bar is outlined."""
    colour, style = tokens(dark), series(dark)
    bars = steps(analysis)
    levels = [0.0, *(level for bar in bars for level in (bar.start, bar.end))]
    ticks = nice_ticks(min(levels), max(levels) * 1.06, 4)
    made = go.Figure(layout=plotly_layout(dark))
    if not bars:
        return made.update_xaxes(visible=False).update_yaxes(visible=False)
    made.add_bar(
        x=list(range(len(bars))),
        y=[bar.change for bar in bars],
        base=[bar.start for bar in bars],
        width=0.74,
        marker={
            "color": [style[bar.tone].line for bar in bars],
            "line": {
                "color": colour["t1"],
                "width": [2.5 if chosen and bar.ticker == chosen else 0 for bar in bars],
            },
            "cornerradius": 2,
        },
        customdata=[[bar.ticker] for bar in bars],
        hovertext=[f"{escape(bar.name)}<br><b>{words.money(bar.change)}</b>" for bar in bars],
        hoverinfo="text",
    )
    small = 0.06 * (ticks[-1] - ticks[0]) if len(bars) > _CROWDED else 0.0
    for index, bar in enumerate(bars):
        if not bar.ticker or abs(bar.change) > small:
            made.add_annotation(
                x=index, y=max(bar.start, bar.end), text=compact(_round(bar.change)), showarrow=False,
                xshift={"Book": -3, "Trade": 4}.get(bar.name, 0), yshift=9,
                font={"size": 11, "color": colour["t2"]},
            )  # fmt: skip
        if index + 1 < len(bars) and bar.name != "Book":
            made.add_shape(
                type="line", x0=index + 0.37, x1=index + 0.63, y0=bar.end, y1=bar.end,
                line={"color": colour["bd2"], "width": 1},
            )  # fmt: skip
    made.update_layout(margin={"l": 44, "r": 4, "t": 14, "b": 44 if len(bars) > _CROWDED else 28}, bargap=0.2)
    made.update_xaxes(
        tickvals=list(range(len(bars))),
        ticktext=[f"<b>{escape(b.name)}</b>" if not b.ticker else escape(b.name) for b in bars],
        range=[-0.55, len(bars) - 0.45],
        tickangle=-45 if len(bars) > _CROWDED else 0,
    )
    made.update_yaxes(tickvals=ticks, ticktext=axis_text(ticks), range=[ticks[0], ticks[-1]])
    made.update_yaxes(zeroline=True, zerolinecolor=colour["bd2"])
    return made


def _round(dollars: float) -> float:
    """Whole thousands over ten thousand: a label over a bar; the exact sum is in the table."""
    return float(round(dollars, -3 if abs(dollars) >= 10_000 else -2 if abs(dollars) >= 1000 else 0))

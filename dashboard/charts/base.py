"""What all charts share: windows of time, ticks, colours of Plotly figures, words around a chart."""

import math
from dataclasses import dataclass
from datetime import date
from typing import Any, Final, Literal

import numpy as np

from core import words
from core.types import FloatArray, Sessions
from dashboard.theme import FONT, tokens

Window = tuple[np.datetime64, np.datetime64]

DEFAULT_RANGE: Final = "15 m"
RANGES: Final[dict[str, int | None]] = {"6 m": 6, "15 m": 15, "5 y": 60, "All": None}
"""How far back the time charts reach, by the name on the button: months, or everything."""

Unit = Literal["number", "×", "%", "$"]
"""How a figure is written: as it is, as a multiple, a fraction as per cent, or in dollars."""

_LOG_STEPS: Final = ((1, 1.5, 2, 3, 4, 5, 7), (1, 2, 3, 5), (1, 2, 5), (1, 3), (1,))
_MONTH_STEPS: Final = (1, 2, 3, 6, 12, 24, 36, 60, 120)


@dataclass(frozen=True)
class Twin:
    """The data of a chart as a table: header, rows of finished text, and which rows they are."""

    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    note: str = ""


@dataclass(frozen=True)
class Words:
    """What is written around a chart: a question, units with window dates and method, one sentence."""

    title: str
    subtitle: str
    summary: str


def months_before(day: np.datetime64, months: int) -> np.datetime64:
    """The day this many months earlier, or the last one of that month where it is shorter."""
    month = day.astype("datetime64[M]") - np.timedelta64(months, "M")
    into = (day.astype("datetime64[D]") - day.astype("datetime64[M]").astype("datetime64[D]")).astype(int)
    next_month = (month + np.timedelta64(1, "M")).astype("datetime64[D]")
    wanted = month.astype("datetime64[D]") + np.timedelta64(int(into), "D")
    earlier: np.datetime64 = min(wanted, next_month - np.timedelta64(1, "D"))
    return earlier


def range_window(name: str, sessions: Sessions) -> Window:
    """The dates that a range button shows, ending on the last session."""
    months = RANGES[name]
    first, last = sessions[0], sessions[-1]
    return (first if months is None else max(first, months_before(last, months)), last)


def range_name(window: Window | None, sessions: Sessions) -> str:
    """The button whose window this is; empty where it is none of them."""
    if window is None:
        return DEFAULT_RANGE
    return next((name for name in RANGES if range_window(name, sessions) == window), "")


def shown_window(window: Window | None, sessions: Sessions) -> Window:
    """The window to draw: the one chosen, inside the sessions there are, or the default."""
    if window is None:
        return range_window(DEFAULT_RANGE, sessions)
    start, end = max(window[0], sessions[0]), min(window[1], sessions[-1])
    return (start, end) if start < end else range_window(DEFAULT_RANGE, sessions)


def rows_in(sessions: Sessions, window: Window) -> slice:
    """The rows whose sessions lie in a window, both ends included."""
    first = int(np.searchsorted(sessions, window[0]))
    return slice(first, int(np.searchsorted(sessions, window[1], side="right")))


def milliseconds(sessions: Sessions) -> FloatArray:
    """Dates as browsers count them."""
    return sessions.astype("datetime64[ms]").astype(np.float64)


def dates(window: Window) -> str:
    """A window in words: 4 Oct – 28 Dec 2022, the year once where it is the same; one day stands alone."""
    if window[0] == window[1]:
        return words.day(window[1])
    start, end = (day.astype("datetime64[D]").item() for day in window)
    first = words.day(window[0], year=start.year != end.year)
    return f"{first} \u2013 {words.day(window[1])}"


def nice_ticks(low: float, high: float, about: int = 5) -> list[float]:
    """Round numbers that cover a range; (0, 1) in steps where the range is empty or unknown."""
    if not (math.isfinite(low) and math.isfinite(high)):
        low, high = 0.0, 1.0
    if high - low < 1e-9 * max(1.0, abs(low)):
        low, high = (0.0, 1.0) if high == 0 else (low - 0.5, high + 0.5)
    rough = (high - low) / about
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(k * power for k in (1.0, 2.0, 2.5, 5.0, 10.0) if k * power >= rough * (1 - 1e-9))
    first, last = math.floor(low / step + 1e-9), math.ceil(high / step - 1e-9)
    return [round(k * step, 12) + 0.0 for k in range(first, last + 1)]


def log_ticks(low: float, high: float, about: int = 5) -> list[float]:
    """Round numbers inside a range of positive ones, for a log axis: 1, 1.5, 2, 3, 4, 5, 7 or fewer a decade.

    A range too narrow for two of them has even steps, those that lie inside it.
    """
    powers = range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
    for steps in _LOG_STEPS:
        ticks = [float(f"{k}e{power}") for power in powers for k in steps]
        inside = [tick for tick in ticks if low <= tick <= high]
        if 2 <= len(inside) <= about + 1:
            return inside
    return [tick for tick in nice_ticks(low, high, about) if low <= tick <= high and tick > 0]


def date_ticks(window: Window, most: int = 6) -> list[tuple[float, str]]:
    """Firsts of months inside a window as (milliseconds, label); the year under it where it changes."""
    start, end = (day.astype("datetime64[M]") for day in window)
    months = int((end - start).astype(int))
    step = next((s for s in _MONTH_STEPS if months // s <= most), _MONTH_STEPS[-1])
    count = int(start.astype(int)) // step * step
    ticks: list[tuple[float, str]] = []
    year = None
    while count <= int(end.astype(int)):
        month = np.datetime64(count, "M")
        first = month.astype("datetime64[D]")
        if window[0] <= first <= window[1]:
            day: date = first.item()
            text = (
                f"{day.year}" if step >= 12 else f"{day:%b}" if day.year == year else f"{day:%b}\n{day.year}"
            )
            year = day.year
            ticks.append((float(first.astype("datetime64[ms]").astype(np.float64)), text))
        count += step
    return ticks


def compact(value: float) -> str:
    """An axis figure short enough for 44 pixels: 40k, 1.2m, 0.65."""
    size = abs(value)
    for unit, name in ((1e9, "b"), (1e6, "m"), (1e3, "k")):
        if size >= unit:
            short = f"{value / unit:.1f}".removesuffix(".0")
            return short.replace("-", words.MINUS) + name
    return f"{value:g}".replace("-", words.MINUS)


def axis_text(values: list[float], unit: Unit = "number") -> list[str]:
    """Tick labels in a unit, with the same decimals throughout."""
    if unit == "%":
        hundred = axis_text([round(100.0 * v, 9) for v in values])
        return [text if v == 0 else f"{text}\u202f%" for v, text in zip(values, hundred, strict=True)]
    if unit == "×":
        return [f"{v:g}×".replace("-", words.MINUS) for v in values]
    if unit == "$":
        return [f"{words.MINUS if v < 0 else ''}${compact(abs(v))}" for v in values]
    if max((abs(v) for v in values), default=0.0) >= 1000:
        return [compact(v) for v in values]
    decimals = max((len(f"{v:.6f}".rstrip("0").partition(".")[2]) for v in values), default=0)
    return [words.number(v, decimals) for v in values]


def written(value: float, unit: Unit, decimals: int) -> str:
    """A figure in its unit; dollars have the decimals that dollars have everywhere."""
    if unit == "%":
        return words.percent(value, decimals)
    if unit == "$":
        return words.money(value)
    return words.number(value, decimals) + ("×" if unit == "×" and math.isfinite(value) else "")


def plotly_layout(dark: bool) -> dict[str, Any]:
    """The part of a Plotly layout that every figure shares."""
    colour = tokens(dark)
    axis: dict[str, Any] = {
        "gridcolor": colour["grid"],
        "zeroline": False,
        "zerolinewidth": 1,
        "showline": False,
        "linecolor": colour["bd2"],
        "tickfont": {"size": 11, "color": colour["t3"]},
        "automargin": False,
        "fixedrange": True,
    }
    return {
        "paper_bgcolor": "rgba(0,0,0,0)",
        "plot_bgcolor": "rgba(0,0,0,0)",
        "font": {"family": FONT, "size": 12, "color": colour["t2"]},
        "showlegend": False,
        "template": {},
        "hoverlabel": {
            "bgcolor": colour["sf"],
            "bordercolor": colour["bd2"],
            "font": {"family": FONT, "size": 12, "color": colour["t1"]},
            "align": "left",
        },
        "xaxis": {**axis, "showgrid": False},
        "yaxis": axis,
        "uirevision": "constant",
        "dragmode": False,
    }

"""The lines of Python that reproduce what the page shows: to be copied, exported and run."""

import datetime as dt
import json
import math
from collections.abc import Collection, Mapping
from typing import Any, Final

import numpy as np

from core.lab.cointegration import simulated_p_value
from core.lab.compare import RatioRow, options_of, variant
from core.lab.prices import LabPrices
from core.lab.settings import LabSettings, RatioSettings
from core.settings import DataSettings

ASKED: Final = ("source", "legs", "prices", "period", "start", "end")
"""The settings that say which prices."""

_STUDY: Final = ("draws", "resamples")


def draws_of(lab: RatioSettings, row: RatioRow | None = None) -> dict[str, int]:
    """The draws of what takes longer: of the simulated p-value, and of an interval without a formula.

    Those of the method that is shown once it is studied, or those that a row of the table was made with.
    """
    if row is None:
        return {name: getattr(lab, name) for name in _STUDY}
    simulated = math.isfinite(simulated_p_value(row.result))
    return {"draws": lab.table_draws if simulated else 0, "resamples": lab.resamples if row.drawn else 0}


def prices_line(
    lab: RatioSettings, data: DataSettings | None = None, last: np.datetime64 | None = None
) -> tuple[str, str]:
    """What to import, and the line that makes `prices`: a frame with one column a leg, dependent first.

    `data` is the page's source, which is named where the legs are from there; `last` is the last day that it
    had prices of every leg on, and the line asks for none after it: tomorrow it has more.
    """
    usual, known = RatioSettings(), DataSettings()
    given = {name: getattr(lab, name) for name in ASKED}
    if lab.source == "source" and last is not None:
        given["end"] = min(lab.end or dt.date.max, last.astype("datetime64[D]").item())
    asked = _arguments({k: v for k, v in given.items() if k == "legs" or v != getattr(usual, k)})
    if lab.source == "file":
        asked += f", file=keep_file({_value(lab.file_name)})"
        return (
            "RatioSettings, keep_file, read_legs_of",
            f"prices = read_legs_of(RatioSettings({asked})).frame()",
        )
    if lab.source == "sample" or data is None:
        return "RatioSettings, read_legs_of", f"prices = read_legs_of(RatioSettings({asked})).frame()"
    names = ("provider", "folder", "benchmark", "hedge", "start", "as_of")
    wanted = {name: getattr(data, name) for name in names}
    source = _arguments({k: v for k, v in wanted.items() if v != getattr(known, k)})
    own = ", ".join(
        f"keep_own_file({_value(one.name)}, ticker={_value(one.ticker)})"
        for one in data.own
        if one.ticker in (*lab.legs, data.hedge)
    )
    keeping = ", keep_own_file" if own else ""
    source = ", ".join(part for part in (source, f"own=[{own}]" if own else "") if part)
    line = f"prices = read_legs_of(RatioSettings({asked}), DataSettings({source})).frame()"
    return f"DataSettings, RatioSettings{keeping}, read_legs_of", line


def table_line(lab: RatioSettings, *, simulated: bool, drawn: bool) -> str:
    """The line that makes the table of all methods.

    `simulated`: with a p-value in every row; `drawn`: with the intervals that have no formula.
    """
    given: dict[str, Any] = {"methods": list(lab.methods)} if lab.methods else {}
    given |= _ways(lab)
    given |= {"draws": lab.table_draws} if simulated else {}
    given |= {"resamples": lab.resamples} if drawn else {}
    return f"table = compare_ratios({_call('prices', given)})"


def study_line(lab: RatioSettings, key: str, draws: Mapping[str, int]) -> str:
    """The line that makes one row of it, with the simulated p-value and the interval as far as drawn."""
    given = _ways(lab) | {name: count for name, count in draws.items() if count}
    first = f'prices, "{key}"'
    return f"ratio = study_ratio({_call(first, given)})"


def row_lines(
    lab: RatioSettings,
    key: str,
    data: DataSettings | None = None,
    last: np.datetime64 | None = None,
    *,
    draws: Mapping[str, int] | None = None,
) -> str:
    """Three lines that reproduce a row of the table in a notebook; `data` and `last` as in `prices_line`.

    `draws` are those of `draws_of`; not given, they are those of a study.
    """
    names, prices = prices_line(lab, data, last)
    line = study_line(lab, key, draws_of(lab) if draws is None else draws)
    return f"from core.lab import {names}, study_ratio\n{prices}\n{line}"


def script(
    settings: LabSettings,
    prices: LabPrices,
    data: DataSettings | None,
    files: Collection[str],
    *,
    simulated: bool,
    drawn: bool,
    study: Mapping[str, int],
) -> str:
    """A program that makes the figures of an export again, from the prices beside it.

    `files` are those of the export; what is not among them is not made. `simulated` and `drawn` say whether
    methods.csv has simulated p-values and intervals from legs drawn anew, `study` the draws of shown.csv.
    """
    lab, legs = settings.lab, prices.legs
    lines = [
        '"""The figures of this export once more, from the prices beside it.',
        "",
        "Run it from anywhere, with the folder of Hedgeboard, the one that holds core/, on the path:",
        "",
        "    PYTHONPATH=/path/to/hedgeboard python notebook.py",
        '"""',
        "",
        "from pathlib import Path",
        "",
        "import pandas as pd",
        "",
        "import core",
        "from core.lab import RatioSettings, compare_ratios, study_ratio",
        "from core.lab.rank import entrants_of",
        "from core.lab.residuals import diagnose",
        "from core.lab.trace import trace_spread",
        "",
        "HERE = Path(__file__).resolve().parent",
        "",
        f"# The prices are those of: {prices_line(lab, data, prices.available[1])[1]}",
        _read("prices", "prices.csv"),
        f"prices.columns = {_value(list(legs))}",
        "",
        "# methods.csv",
        table_line(lab, simulated=simulated, drawn=drawn),
        _title(f"All methods: what to hold of each other leg per unit of {legs[0]}"),
        "print(table.frame().to_string())",
    ]
    if "spread.csv" in files:
        window = "" if lab.band_sessions is None else f", window={lab.band_sessions}"
        levels = f"entry={lab.entry!r}, exit={lab.exit!r}{window}, dates=ratio.dates"
        lines += [
            "",
            "# shown.csv, spread.csv",
            study_line(lab, lab.shown, study),
            _title(f"{variant(lab.shown).label}, per unit of {legs[0]}"),
            _named("ratios", "dict(ratio.ratios)"),
            _named("95 % intervals", "dict(ratio.intervals)"),
            _named("unit-root statistic", "ratio.adf_statistic"),
            _named("p-value", "ratio.adf_p_value"),
            f"trace = trace_spread(ratio.spread, {levels})",
            _title("Its spread, mean, deviation, levels and what is held (1, -1, 0), the last days"),
            "print(trace.frame().tail().to_string())",
        ]
    if "residuals.csv" in files:
        lines += [
            "",
            "# residuals.json, residuals.csv",
            "left = diagnose(ratio.spread)",
            _title("Autocorrelations of its spread and of the spread's shocks, by lag in sessions"),
            "print(left.frame().to_string())",
        ]
    if "rolling.csv" in files:
        one = variant(lab.shown)
        expanding = {"expanding": True} if lab.expanding else {}
        given = {
            "window": lab.window,
            "step": lab.step,
            **expanding,
            **options_of(one, sign=lab.sign, lag=lab.lag),
        }
        first = f'prices, "{one.method}"'
        lines += [
            "",
            "# rolling.csv",
            f"rolling = core.rolling_hedge_ratio({_call(first, given)})",
            _title(f"Refitted every {lab.step} sessions"),
            _named("ratios of the last day", "dict(zip(rolling.legs[1:], rolling.ratios[-1].tolist()))"),
        ]
    if "ranking.csv" in files:
        methods = {"methods": lab.methods} if lab.methods else {}
        lines += [
            "",
            "# ranking.csv",
            f"entrants = entrants_of(RatioSettings({_arguments(methods | _ways(lab))}))",
            "ranking = core.rank_methods(",
            f"    prices, entrants=entrants, window={lab.window}, step={lab.step}",
            ")",
            _title("Ranking on unseen days, the best first"),
            "for score in ranking.scores:",
            '    print(f"{score.label}: variance {score.variance}, turnover {score.turnover}")',
        ]
    if "check.csv" in files:
        lines += [
            "",
            "# check.csv",
            _read("days", "check.csv"),
            f'fit = core.ols(days["return"], days["benchmark"], covariance="{settings.check.errors}")',
            _title(f"Hedge check, {settings.check.errors} errors"),
            _named("alpha a session", "fit.alpha"),
            _named("beta", "fit.beta"),
            _named("R squared", "fit.r_squared"),
        ]
    return "\n".join(lines) + "\n"


def _read(name: str, file: str) -> str:
    """The line that reads a table of the export."""
    return f'{name} = pd.read_csv(HERE / "{file}", index_col="date", parse_dates=True)'


def _title(text: str) -> str:
    """The line that prints what the figures after it are."""
    return f"print({_value(chr(10) + text)})"


def _named(label: str, expression: str) -> str:
    """The line that prints one figure with its name."""
    return f"print({_value(label + ':')}, {expression})"


def _ways(lab: RatioSettings) -> dict[str, Any]:
    sign = {"sign": lab.sign} if lab.sign != "any" else {}
    return sign | ({} if lab.lag is None else {"lag": lab.lag})


def _call(first: str, given: Mapping[str, Any]) -> str:
    return ", ".join(part for part in (first, _arguments(given)) if part)


def _arguments(given: Mapping[str, Any]) -> str:
    return ", ".join(f"{name}={_value(value)}" for name, value in given.items())


def _value(value: object) -> str:
    if isinstance(value, (tuple, list)):
        inside = ", ".join(_value(item) for item in value)
        comma = "," if isinstance(value, tuple) and len(value) == 1 else ""
        return f"({inside}{comma})" if isinstance(value, tuple) else f"[{inside}]"
    if isinstance(value, str) or hasattr(value, "isoformat"):
        return json.dumps(str(value), ensure_ascii=False)
    return repr(value)

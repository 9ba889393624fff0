"""The lines of Python that reproduce what the page shows: to be copied, exported and run."""

import json
from collections.abc import Mapping
from typing import Any, Final

from core.lab.settings import RatioSettings
from core.settings import DataSettings

ASKED: Final = ("source", "legs", "prices", "period", "start", "end")
"""The settings that say which prices."""


def prices_line(lab: RatioSettings, data: DataSettings | None = None) -> tuple[str, str]:
    """What to import, and the line that makes `prices`: a frame with one column a leg, dependent first.

    `data` is the page's source, which is named where the legs are from there.
    """
    usual, known = RatioSettings(), DataSettings()
    given = {name: getattr(lab, name) for name in ASKED}
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
    line = f"prices = read_legs_of(RatioSettings({asked}), DataSettings({source})).frame()"
    return "DataSettings, RatioSettings, read_legs_of", line


def table_line(lab: RatioSettings, *, intervals: bool) -> str:
    """The line that makes the table of all methods; `intervals` draws those that have no formula."""
    given: dict[str, Any] = {"methods": list(lab.methods)} if lab.methods else {}
    given |= _ways(lab)
    if intervals and lab.resamples:
        given["resamples"] = lab.resamples
    return f"table = compare_ratios({_call('prices', given)})"


def study_line(lab: RatioSettings, key: str) -> str:
    """The line that makes one row of it, with the simulated p-value and the interval."""
    given = _ways(lab) | {name: getattr(lab, name) for name in ("draws", "resamples") if getattr(lab, name)}
    first = f'prices, "{key}"'
    return f"ratio = study_ratio({_call(first, given)})"


def row_lines(lab: RatioSettings, key: str, data: DataSettings | None = None) -> str:
    """Three lines that reproduce a row of the table in a notebook."""
    names, prices = prices_line(lab, data)
    return f"from core.lab import {names}, study_ratio\n{prices}\n{study_line(lab, key)}"


def _ways(lab: RatioSettings) -> dict[str, Any]:
    sign = {"sign": lab.sign} if lab.sign != "any" else {}
    return sign | ({} if lab.lag is None else {"lag": lab.lag})


def _day(day: object) -> str:
    return "" if day is None else repr(str(day))


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

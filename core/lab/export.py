"""All that the page *Lab* shows, as one ZIP: the question, the prices, every figure, the lines to redo it."""

import io
import json
import re
import zipfile
from collections.abc import Collection, Mapping
from dataclasses import asdict, fields
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from core.errors import HedgeError
from core.export import plain
from core.lab.check import AssetCheck
from core.lab.compare import RatioComparison, RatioRow
from core.lab.notebook import draws_of, script
from core.lab.prices import LabPrices
from core.lab.residuals import diagnose
from core.lab.settings import LabSettings
from core.lab.trace import trace_spread
from core.ratios.base import HedgeRatio
from core.ratios.referee import Ranking
from core.ratios.rolling import RollingRatio
from core.ratios.units import to_shares
from core.settings import DataSettings
from core.types import Sessions

if TYPE_CHECKING:
    import pandas as pd

_FORMULA: Final = re.compile(r"[=+\-@\t\r']")
_HOLDS: Final = {
    "question.json": "what was asked, and of which prices",
    "prices.csv": "the prices of the legs",
    "methods.csv": "every method: ratio, interval, both orderings, dollars, shares, statistics",
    "shown.csv": "the method shown, with interval and p-value as far as they were there",
    "spread.csv": "its spread day by day: mean, deviation, levels, and what would have been held",
    "residuals.json": "what is left in the spread: tests and their figures",
    "residuals.csv": "autocorrelations of the spread and of its shocks",
    "rolling.csv": "the ratio refitted on the way, day by day",
    "ranking.csv": "the methods ranked on days that they had not seen",
    "check.csv": "the hedge check: returns of the asset, of what hedges it, and hedged",
    "notebook.py": "the program that makes the figures again; its first lines say how to run it",
}
"""Every file that an export can have, in the order in which README.txt lists them."""

NOT_THERE: Final = "it was not there yet"
"""Why a part is left out, where whoever exports has not said."""

_WHEN: Final = (2020, 1, 1, 0, 0, 0)
"""The time of every file inside, so that the same answers make the same bytes."""


def export_lab(
    settings: LabSettings,
    prices: LabPrices,
    table: RatioComparison,
    *,
    data: DataSettings | None = None,
    shown: HedgeRatio | None = None,
    rolling: RollingRatio | None = None,
    ranking: Ranking | None = None,
    check: AssetCheck | None = None,
    lacking: Mapping[str, str] | None = None,
) -> bytes:
    """A ZIP of what is given: CSV tables at full precision, `question.json`, `notebook.py`, `README.txt`.

    Beside the other files, `notebook.py` makes the same numbers again from `prices.csv`. Text that a
    spreadsheet would take for a formula has an apostrophe in front, column names too. `README.txt` says what
    each file holds, and of each that there could be and is not why.

    Parameters
    ----------
    settings, prices, table
        What was asked, of which prices, and the comparison of all methods.
    data
        The page's source, where the legs are from there.
    shown, rolling, ranking, check
        The further answers, as far as they are there. `shown` is of `study_ratio` with the draws of the
        settings; without it the row of the table stands in its place.
    lacking
        Why a further answer is not there, by its file or by what is missing inside one.
    """
    study = shown
    made_with = draws_of(settings.lab)
    if study is None and any(row.key_name == settings.lab.shown for row in table.methods):
        row = table.row(settings.lab.shown)
        study, made_with = row.result, draws_of(settings.lab, row)
    files: dict[str, str] = {
        "question.json": json.dumps(_question(settings, prices, table, data), indent=1, ensure_ascii=False),
        "prices.csv": _csv(prices.frame()),
        "methods.csv": _csv(methods_frame(table, settings.lab.position), index=False),
    }
    if study is not None:
        files["spread.csv"] = _csv(_spread_frame(study, settings))
        files["shown.csv"] = _csv(_study_frame(study), index=False)
        files |= _residual_files(study)
    if rolling is not None:
        files["rolling.csv"] = _csv(_rolling_frame(rolling))
    if ranking is not None:
        files["ranking.csv"] = _csv(_ranking_frame(ranking), index=False)
    if check is not None:
        files["check.csv"] = _csv(_check_frame(check))
    files["notebook.py"] = script(
        settings, prices, data, set(files),
        simulated=any(draws_of(settings.lab, row)["draws"] for row in table.methods),
        drawn=any(row.drawn for row in table.methods), study=made_with,
    )  # fmt: skip
    files["README.txt"] = _contents(files, prices, lacking or {})
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in files.items():
            archive.writestr(zipfile.ZipInfo(name, _WHEN), text.encode("utf-8"))
    return made.getvalue()


def _contents(files: Collection[str], prices: LabPrices, lacking: Mapping[str, str]) -> str:
    """What README.txt says: the files that are there, then those that are not, each with its reason."""
    legs, days = ", ".join(prices.legs), prices.sessions
    lines = [f"Hedge ratios of {legs}, {days[0]} to {days[-1]} ({prices.source})", ""]
    lines += [f"{name}: {holds}" for name, holds in _HOLDS.items() if name in files]
    reasons = {
        "shown.csv": "the method shown has no answer for these legs",
        "spread.csv": "the method shown has no answer for these legs",
        "residuals.json": "there are too few days for it",
        "residuals.csv": "there are too few days for it",
        **lacking,
    }
    gone = [name for name in _HOLDS if name not in files]
    gone += [what for what in lacking if what not in _HOLDS]
    lines += ["", *(f"not included: {name}, {reasons.get(name, NOT_THERE)}" for name in gone)]
    return "\n".join(lines).rstrip() + "\n"


def methods_frame(table: RatioComparison, position: float) -> "pd.DataFrame":
    """One line a method with all that is known of it; NaN and empty text where a method has no answer.

    `position` is how many shares of the dependent leg the other legs' shares are for.
    """
    import pandas as pd

    return pd.DataFrame([_line(row, table.legs, position) for row in table.methods])


def _line(row: RatioRow, legs: tuple[str, ...], position: float) -> dict[str, Any]:
    result, held = row.result, legs[0]
    shares = {} if result is None else to_shares(result, position, whole=True)
    line: dict[str, Any] = {"key": row.key_name, "method": row.label, "dependent": held}
    for name in legs[1:]:
        low, high = (np.nan, np.nan) if result is None else result.intervals.get(name, (np.nan, np.nan))
        other = row.others.get(name)
        line |= {
            f"{name} per {held}": np.nan if result is None else result.ratios[name],
            f"{name} low": low,
            f"{name} high": high,
            f"{name} standard error": np.nan if result is None else result.standard_errors.get(name, np.nan),
            f"{held} per {name}": np.nan if other is None else other.ratios[held],
            f"{name} $ per $": row.dollars.get(name, np.nan),
            f"{name} shares for {position:g}": shares.get(name, np.nan),
        }
    line |= {"interval": "" if not (result and result.intervals) else "drawn" if row.drawn else "formula"}
    line |= {
        "coverage": result.coverage if result else "",
        "coverage share": result.coverage_share if result else None,
        "same both ways": row.agreement,
    }
    names = (
        "intercept", "half_life_days", "half_life_first_order_days", "adf_statistic", "adf_lag",
        "adf_p_value", "adf_p_source", "condition", "converged", "dropped",
    )  # fmt: skip
    line |= {name: None if result is None else getattr(result, name) for name in names}
    line |= {"rows": None if result is None else len(result.spread)}
    line |= {"options": "" if result is None else json.dumps(plain(_options(result)))}
    return line | {"notes": " ".join(result.notes) if result else "", "reason": row.reason}


def _options(result: HedgeRatio) -> dict[str, Any]:
    return {item.name: getattr(result.options, item.name) for item in fields(result.options)}


def _question(
    settings: LabSettings, prices: LabPrices, table: RatioComparison, data: DataSettings | None
) -> dict[str, Any]:
    asked = {section: plain(config) for section, config in settings.sections()}
    if settings.lab.source == "source" and data is not None:
        asked["data"] = plain(data)
    return asked | {
        "prices": {
            "from": prices.source,
            "first": str(prices.sessions[0]),
            "last": str(prices.sessions[-1]),
            "rows": len(prices.sessions),
            "dropped": table.dropped,
        },
        "unit_root_lag": table.lag,
    }


def _study_frame(study: HedgeRatio) -> "pd.DataFrame":
    import pandas as pd

    lines = []
    for name in study.legs[1:]:
        low, high = study.intervals.get(name, (np.nan, np.nan))
        lines.append(
            {
                "leg": name, "ratio": study.ratios[name], "low": low, "high": high,
                "standard error": study.standard_errors.get(name, np.nan), "intercept": study.intercept,
                "adf_statistic": study.adf_statistic, "adf_lag": study.adf_lag,
                "adf_p_value": study.adf_p_value, "adf_p_source": study.adf_p_source,
                "half_life_days": study.half_life_days, "notes": " ".join(study.notes),
            }
        )  # fmt: skip
    return pd.DataFrame(lines)


def _spread_frame(study: HedgeRatio, settings: LabSettings) -> "pd.DataFrame":
    lab = settings.lab
    return trace_spread(
        study.spread, entry=lab.entry, exit=lab.exit, window=lab.band_sessions, dates=study.dates
    ).frame()


def _residual_files(study: HedgeRatio) -> dict[str, str]:
    """The diagnostics of the spread as one object, and its autocorrelations as a table."""
    try:
        found = diagnose(study.spread)
    except HedgeError:
        return {}  # too few rows for them: the page shows none either
    arrays = {"shocks", "spread_autocorrelation", "shock_autocorrelation"}
    kept = {item.name: plain(getattr(found, item.name)) for item in fields(found) if item.name not in arrays}
    return {"residuals.json": json.dumps(kept, indent=1), "residuals.csv": _csv(found.frame(), label="lag")}


def _rolling_frame(rolling: RollingRatio) -> "pd.DataFrame":
    import pandas as pd

    columns: dict[str, Any] = dict(zip(rolling.legs[1:], rolling.ratios.T, strict=True))
    columns |= {"intercept": rolling.intercept, "spread": rolling.spread, "refitted": rolling.refitted}
    return pd.DataFrame(columns, index=_index(rolling.dates))


def _ranking_frame(ranking: Ranking) -> "pd.DataFrame":
    import pandas as pd

    lines: list[dict[str, Any]] = [asdict(score) for score in ranking.scores]
    lines += [{"method": name, "reason": reason} for name, reason in ranking.left_out.items()]
    return pd.DataFrame(lines)


def _check_frame(check: AssetCheck) -> "pd.DataFrame":
    """The returns, a line a session, each with what they are of: the legs beside may be others."""
    import pandas as pd

    steps = check.steps
    frame = pd.DataFrame(
        {"return": steps.returns, "benchmark": steps.benchmark, "hedged": steps.hedged},
        index=_index(steps.sessions),
    )
    if steps.carried is not None:
        carried = pd.Series(steps.carried.hedged, index=_index(steps.carried.sessions))
        frame["hedged with the earlier beta"] = carried
    period = f"{steps.sessions[0]} to {steps.sessions[-1]}"
    return frame.assign(**{"asset": check.asset, "hedged by": check.benchmark, "period": period})


def _index(dates: Sessions | None) -> "pd.Index | None":
    import pandas as pd

    return None if dates is None else pd.DatetimeIndex(dates)


def _csv(frame: "pd.DataFrame", *, index: bool = True, label: str = "date") -> str:
    """A table as text, floats as far as they go, and nothing in it that a spreadsheet would compute."""
    safe = frame.rename(columns=_literal).map(_literal)
    return str(safe.to_csv(index=index, index_label=label if index else None, lineterminator="\n"))


def _literal(cell: Any) -> Any:
    return f"'{cell}" if isinstance(cell, str) and _FORMULA.match(cell) else cell

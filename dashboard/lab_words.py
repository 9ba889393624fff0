"""What the lab says of itself: what is wrong with what is asked, what is shown instead, what is not there."""

import datetime as dt
from typing import Any

import numpy as np

from core import words
from core.lab.compare import lacks_interval
from dashboard.charts.base import dates
from dashboard.lab import LabState
from dashboard.lab_jobs import Compared
from dashboard.state import Problem
from dashboard.tester import Tester


def faults(lab: LabState) -> tuple[Problem, ...]:
    """The latest problem, then the one of the comparison where it still stands and is another."""
    both = (lab.problem, lab.standing)
    return tuple(dict.fromkeys(one for one in both if one is not None))


def whole(lab: LabState, path: str) -> str:
    """What is wrong with this setting and what to do, in one place; empty where nothing is."""
    found = next((one for one in faults(lab) if one.where == path), None)
    return "" if found is None else f"{found.message} {found.hint}".strip()


def still_shown(compared: Compared) -> str:
    """Which legs, from where and of which days the cards below are."""
    made, days = compared.prices, compared.prices.sessions
    return f"Still shown: {words.listed(made.legs)} ({made.source}), {dates((days[0], days[-1]))}."


def after_the_day(lab: LabState, end: dt.date | None) -> str:
    """That a last day which was asked for is not reached, because the page's day is earlier; empty else."""
    day = lab.page.settings.data.as_of
    if day is None or end is None or end <= day:
        return ""
    return f"Nothing after the page\u2019s day, {words.day(np.datetime64(day))}, is used."


def past_the_page(lab: LabState) -> str:
    """That the legs have days after the last one of the page, which then is its latest; empty else.

    Only a table of the user's own can: a day that was chosen for the page bounds it like everything else.
    """
    compared, analysis = lab.compared, lab.page.analysis
    if compared is None or not lab.is_current or analysis is None or lab.page.settings.data.as_of is not None:
        return ""
    last, shown = compared.prices.sessions[-1], analysis.market.as_of
    if last <= shown:
        return ""
    return (
        f"The legs go to {words.day(last)}, past the page\u2019s last day, {words.day(shown)}: "
        "all of their days are used. Give a last day (To) to end earlier."
    )


def lacking(lab: LabState) -> dict[str, str]:
    """What an export made now has not, by file or in words, and why."""
    table = lab.table
    ranked = lab.ranking is not None and lab.is_ranked
    undrawn = table is not None and any(
        row.result is not None and lacks_interval(row.result) for row in table.methods
    )
    missing: dict[str, Tester[Any]] = {}
    if lab.studied is None and lab.settings.lab.draws:
        missing["simulated p-value"] = lab.studying
    if (
        undrawn
        and lab.settings.lab.resamples
        and table is not None
        and not any(r.drawn for r in table.methods)
    ):
        missing["drawn intervals"] = lab.drawing
    if lab.settings.lab.table_draws and not lab.simulated:
        missing["p-values of all methods"] = lab.simulating
    if lab.refitted is None:
        missing["rolling.csv"] = lab.refitting
    if not ranked:
        missing["ranking.csv"] = lab.judging
    if lab.checked is None:
        missing["check.csv"] = lab.checking
    moved = "other legs, days or methods are asked for by now"
    return {what: _why(lab, tester) if lab.is_current else moved for what, tester in missing.items()}


def _why(lab: LabState, tester: Tester[Any]) -> str:
    key, asked, answer = lab.key_of(tester), tester.question, tester.answer
    if answer is not None and answer.key == key and answer.problem is not None:
        return "it was stopped" if answer.problem.wanted else answer.problem.message.rstrip(".")
    if asked is not None and asked.key == key:
        return "it was still being computed"
    if asked is None and answer is None:
        return "it was not asked for"
    return "it was not asked for again since what it depends on has changed"

"""The p-values of the table of hedge ratios, in cells and in small print."""

import math
from collections.abc import Sequence
from html import escape
from typing import Final

from core import words
from core.lab.cointegration import simulated_p_value
from core.lab.compare import RatioRow
from core.ratios.base import HedgeRatio
from core.ratios.estimate import NOT_SIMULATED

REGRESSION, SIMULATED = "EG", "sim"

MEANS: Final = "how often legs that are not tied together have as low a statistic by the same method"


def cell(found: HedgeRatio | None, *, waits: bool) -> str:
    """A p-value with the mark of where it is from, as HTML; dots while one is simulated, else an em dash."""
    if found is None or not math.isfinite(found.adf_p_value):
        on_its_way = waits and found is not None and not _refusals(found)
        return "\u2026" if on_its_way else words.UNKNOWN
    source = SIMULATED if _count(found) else REGRESSION
    return f'{escape(words.p_value(found.adf_p_value))} <i title="{escape(found.adf_p_source)}">{source}</i>'


def notes(rows: Sequence[tuple[RatioRow, HedgeRatio]], *, own: str, draws: int, waits: bool) -> list[str]:
    """What the marks mean, and why there is a dash, as HTML.

    `own` is the key of the row that has draws of its own, empty for none; the others have `draws`, which is
    said while it still `waits`, so that the page does not move when they come.
    """
    said = []
    counts = [(row, _count(found)) for row, found in rows if _count(found)]
    if counts or waits:
        first = [f"{count} draws for the row shown" for row, count in counts if row.key_name == own]
        rest = [(row, count) for row, count in counts if row.key_name != own]
        if rest or waits:
            least = escape(words.p_value(1.0 / (1.0 + draws)))
            each = " for each other row" if first else " draws for each row"
            first.append(f"{draws:,}{each}, so that {least} is the least")
        said.append(f"p <i>{SIMULATED}</i>: {MEANS}; {', '.join(first)}.")
        fewer = [f"{escape(row.label)} on {count}" for row, count in rest if count != f"{draws:,}"]
        if fewer:
            said.append(f"p <i>{SIMULATED}</i> of fewer draws, those with an answer: {', '.join(fewer)}.")
    sources = dict.fromkeys(found.adf_p_source for _, found in rows if not _count(found))
    said += [f"p <i>{REGRESSION}</i>: {escape(text)}." for text in sources if text]
    lacking = [(row, found) for row, found in rows if not found.adf_p_source]
    refused = [(row.label, why) for row, one in lacking for why in _refusals(one)]
    for reason in dict.fromkeys(why for _, why in refused):
        labels = "; ".join(label for label, why in refused if why == reason)
        said.append(f"p {words.UNKNOWN}, {escape(labels)}: {escape(reason)}")
    if not waits and any(not _refusals(found) for _, found in lacking):
        said.append(f"p {words.UNKNOWN}: no critical values are known; press a row to simulate its own.")
    return said


def _count(found: HedgeRatio) -> str:
    """The number of draws that a simulated p-value is from, as its source writes it; empty for another."""
    return found.adf_p_source.split()[0] if math.isfinite(simulated_p_value(found)) else ""


def _refusals(found: HedgeRatio) -> list[str]:
    """Why no p-value could be simulated."""
    return [note for note in found.notes if note.startswith(NOT_SIMULATED)]

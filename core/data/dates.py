"""Dates of a file, read with one form for the whole file."""

import datetime as dt
import re
from collections.abc import Sequence
from typing import Final

import numpy as np

from core.errors import BadFile
from core.tabular import cut, shown_name
from core.types import Sessions

DATES_HINT: Final = "Write dates like 2020-03-31."

# The time and offset behind a date are checked and then dropped: the date as written is the date on the
# exchange's own clock.
_TIME: Final = r"(?:[T ]\d{1,2}:\d{2}(?::\d{2}(?:\.\d+)?)?(?: ?(?:Z|UTC|[+-]\d{2}:?\d{2}))?)?"
_MONTHS: Final = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_MONTH: Final = rf"(?P<month>{'|'.join(_MONTHS)})[a-z]*\.?"
_FORMS: Final = tuple(
    re.compile(form + _TIME, re.IGNORECASE)
    for form in (
        r"(?P<y>\d{4})([-/.])(?P<m>\d{1,2})\2(?P<d>\d{1,2})",
        r"(?P<y>\d{4})(?P<m>\d{2})(?P<d>\d{2})",
        r"(?P<d>\d{1,2})\.(?P<m>\d{1,2})\.(?P<y>\d{4})",
        rf"(?P<d>\d{{1,2}})[- ]{_MONTH}[- ,]+(?P<y>\d{{4}})",
        rf"{_MONTH} (?P<d>\d{{1,2}}),? (?P<y>\d{{4}})",
    )
)
_EITHER: Final = re.compile(r"(\d{1,2})([/-])(\d{1,2})\2(\d{4})" + _TIME, re.IGNORECASE)


def read_dates(texts: Sequence[str], lines: Sequence[int], name: str) -> Sessions:
    """The dates (R,) that the texts name, as `datetime64[D]`.

    Year first is read as such, 31.12.2020 as day first, and month names in English. 12/31/2020 and
    31/12/2020 are told apart by any day over 12 in the file. A time and an offset from UTC may follow;
    the date is taken as written.

    Parameters
    ----------
    lines
        The line of each text, for messages.

    Raises
    ------
    BadFile
        When a text is no date, or no day over 12 tells day and month apart; with file and line.
    """
    days, unclear = parse_dates(texts)
    if unclear is not None:
        raise unclear_date(texts[unclear], lines[unclear], name, "data.folder")
    for text, line, day in zip(texts, lines, days, strict=True):
        if day is None:
            raise BadFile(
                f"{shown_name(name)}: line {line}: {cut(text)} is not a date.",
                hint=DATES_HINT,
                where="data.folder",
            )
    return np.array(days, dtype="datetime64[D]")


def parse_dates(texts: Sequence[str]) -> tuple[list[dt.date | None], int | None]:
    """The day each text names, None where it names none, in the forms of `read_dates`.

    Second is the place of the first text that can be day/month or month/day where no other tells them
    apart, else None; the days of such texts are not to be used.
    """
    day_first, unclear = _day_first(texts)
    return [_date(text.strip(), day_first) for text in texts], unclear


def unclear_date(text: str, line: int, name: str, where: str) -> BadFile:
    """The error for a date whose day and month nothing tells apart."""
    return BadFile(
        f"{shown_name(name)}: line {line}: {cut(text)} can be day/month or month/day, and no"
        " other date in the file says which.",
        hint=DATES_HINT,
        where=where,
    )


def _day_first(texts: Sequence[str]) -> tuple[bool, int | None]:
    first = None
    for place, text in enumerate(texts):
        found = _EITHER.fullmatch(text.strip())
        if found is None:
            continue
        if int(found[1]) > 12:
            return True, None
        if int(found[3]) > 12:
            return False, None
        first = place if first is None else first
    return False, first


def _date(text: str, day_first: bool) -> dt.date | None:
    try:
        return _date_in_form(text, day_first)
    except ValueError:
        return None


def _date_in_form(text: str, day_first: bool) -> dt.date | None:
    either = _EITHER.fullmatch(text)
    if either is not None:
        one, two, year = int(either[1]), int(either[3]), int(either[4])
        return dt.date(year, two, one) if day_first else dt.date(year, one, two)
    for form in _FORMS:
        found = form.fullmatch(text)
        if found is not None:
            groups = found.groupdict()
            month = groups.get("m") or _MONTHS.index(groups["month"].lower()) + 1
            return dt.date(int(groups["y"]), int(month), int(groups["d"]))
    return None

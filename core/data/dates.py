"""Dates of a file, read with one form for the whole file."""

import datetime as dt
import re
from collections.abc import Sequence
from typing import Final

import numpy as np

from core.errors import BadFile
from core.tabular import cut, shown_name
from core.types import Sessions

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
    day_first = _day_first(texts, lines, name)
    days: list[dt.date] = []
    for text, line in zip(texts, lines, strict=True):
        try:
            days.append(_date(text.strip(), day_first))
        except ValueError:
            raise BadFile(
                f"{shown_name(name)}: line {line}: {cut(text)} is not a date.",
                hint="Write dates like 2020-03-31.",
                where="data.folder",
            ) from None
    return np.array(days, dtype="datetime64[D]")


def _day_first(texts: Sequence[str], lines: Sequence[int], name: str) -> bool:
    first = None
    for text, line in zip(texts, lines, strict=True):
        found = _EITHER.fullmatch(text.strip())
        if found is None:
            continue
        if int(found[1]) > 12:
            return True
        if int(found[3]) > 12:
            return False
        first = first or (text, line)
    if first is not None:
        raise BadFile(
            f"{shown_name(name)}: line {first[1]}: {cut(first[0])} can be day/month or month/day, and no"
            " other date in the file says which.",
            hint="Write dates like 2020-03-31.",
            where="data.folder",
        )
    return False


def _date(text: str, day_first: bool) -> dt.date:
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
    raise ValueError(text)

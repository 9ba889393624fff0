"""The New York Stock Exchange's calendar: which days are sessions, and when a session's close is final."""

import datetime as dt
import warnings
from functools import cache
from typing import Any, Final, NamedTuple
from zoneinfo import ZoneInfo

import numpy as np

from core.types import Sessions

NEW_YORK: Final = ZoneInfo("America/New_York")
FINAL_AFTER: Final = np.timedelta64(15, "m")
"""How long after its close a session's prices are taken as final."""

# Fixed ends, so that an answer depends on the clock handed in and on no other. Beyond them weekdays stand in.
_FIRST: Final = "1990-01-01"
_LAST: Final = "2059-12-31"
_WEEKDAY_FINAL: Final = dt.time(16, 15)


class _Calendar(NamedTuple):
    sessions: Sessions
    """(S,) session days."""
    closes: np.ndarray[Any, Any]
    """(S,) their closes, in UTC to the minute."""


@cache
def _calendar() -> _Calendar:
    from exchange_calendars import get_calendar  # half a second, needed only where a clock is asked

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it warns of pandas calls of its own
        closes = get_calendar("XNYS", start=_FIRST, end=_LAST).closes
    sessions = closes.index.to_numpy().astype("datetime64[D]")
    ends = closes.dt.tz_convert("UTC").dt.tz_localize(None).to_numpy().astype("datetime64[m]")
    sessions.setflags(write=False)
    ends.setflags(write=False)
    return _Calendar(sessions, ends)


def last_complete_session(now: dt.datetime) -> np.datetime64:
    """The last session whose close is final at `now` (with a time zone), as a day.

    A close is final 15 minutes after it: 16:15 in New York, 13:15 on most half days. Until then, at weekends
    and on holidays it is the session before, because a row for today holds a price of the running session.
    Outside 1990 to 2059 weekdays stand in for sessions.
    """
    sessions, closes = _calendar()
    moment = np.datetime64(now.astimezone(dt.UTC).replace(tzinfo=None), "s")
    place = int(np.searchsorted(closes + FINAL_AFTER, moment, side="right")) - 1
    local = now.astimezone(NEW_YORK)
    today = np.datetime64(local.date(), "D")
    if place >= 0 and today <= np.datetime64(_LAST, "D"):
        last: np.datetime64 = sessions[place]
        return last
    day = today if local.time() >= _WEEKDAY_FINAL else today - 1
    weekday: np.datetime64 = np.busday_offset(day, 0, roll="backward")
    return weekday


def last_session(upto: np.datetime64) -> np.datetime64:
    """The last session that is not later than this day; a weekday outside 1990 to 2059."""
    last: np.datetime64 = sessions_between(upto - 14, upto)[-1]  # no closure since 1990 was as long
    return last


def sessions_between(after: np.datetime64, upto: np.datetime64) -> Sessions:
    """The exchange's sessions later than `after` and not later than `upto`, in order; (S,) days.

    Outside 1990 to 2059 every weekday counts.
    """
    first, last = np.datetime64(_FIRST, "D"), np.datetime64(_LAST, "D")
    inside = listed_between(after, upto)
    early = _weekdays(after + 1, min(upto, first - 1))
    late = _weekdays(max(after, last) + 1, upto)
    return np.concatenate([early, inside, late])


def listed_between(after: np.datetime64, upto: np.datetime64) -> Sessions:
    """The days in (after, upto] that are known to be sessions, (S,): none outside 1990 to 2059.

    Those weekdays were often holidays, and some Saturdays were sessions, so that none of them is missed.
    """
    sessions, _ = _calendar()
    return sessions[(sessions > after) & (sessions <= upto)]


def is_listed(day: np.datetime64) -> bool:
    """Whether the calendar knows of this day whether it is a session: it does from 1990 to 2059."""
    return bool(np.datetime64(_FIRST, "D") <= day <= np.datetime64(_LAST, "D"))


def _weekdays(first: np.datetime64, last: np.datetime64) -> Sessions:
    days = np.arange(first, last + 1, dtype="datetime64[D]")
    weekdays: Sessions = days[np.is_busday(days)]
    return weekdays

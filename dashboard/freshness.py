"""How old the prices on the page are, against a clock, and how that is said in the header."""

import datetime as dt
from typing import Final, NamedTuple

import numpy as np

from core import words
from core.data.base import PROVIDERS, SeriesHealth
from core.data.exchange import NEW_YORK, last_complete_session, sessions_between
from core.data.sample import NOTES as SAMPLE_NOTES
from core.pipeline import Analysis

_UNITS: Final = ((86_400, "day"), (3_600, "hour"), (60, "minute"))


class Chip(NamedTuple):
    """What the header says of the data: `state` is "info" for the sample, "warn" for old prices."""

    state: str
    text: str
    short: str


def clock() -> dt.datetime:
    """The time now, in UTC."""
    return dt.datetime.now(dt.UTC)


def behind(analysis: Analysis, now: dt.datetime) -> int:
    """How many sessions are over and asked for, and not among the prices; 0 where no more can come."""
    market, wanted = analysis.market, analysis.settings.data.as_of
    expected = market.expected
    if np.isnat(expected):
        return 0
    if wanted is None:
        expected = max(expected, last_complete_session(now))
    return len(sessions_between(market.as_of, expected))


def stale(analysis: Analysis) -> tuple[int, int]:
    """How many of the series in use have no price on the last session, of how many."""
    market = analysis.market
    last = [*market.close[-1], market.hedge_close[-1], market.benchmark_close[-1]]
    return int(np.sum(~np.isfinite(last))), len(last)


def unpriced(analysis: Analysis) -> tuple[tuple[str, str], ...]:
    """Ticker and reason of each holding for which there are no prices at all."""
    market = analysis.market
    there = {market.benchmark, market.hedge, *market.tickers}
    gone = [line for line in analysis.exposure.left_out if line.ticker not in there]
    return tuple((line.ticker, line.reason.removesuffix("; left out of NAV")) for line in gone)


def stored(analysis: Analysis) -> bool:
    """Whether newer prices could not be had for some series, so that those kept here are shown."""
    return any(one.trouble for one in analysis.market.health)


def ago(then: dt.datetime, now: dt.datetime) -> str:
    """How long ago, in its largest whole unit."""
    seconds = (now - then).total_seconds()
    for length, unit in _UNITS:
        if seconds >= length:
            return f"{words.counted(int(seconds // length), unit)} ago"
    return "just now"


def when(then: dt.datetime, now: dt.datetime) -> str:
    """A time today in New York as 07:02; before today how old it is, in days."""
    there, today = then.astimezone(NEW_YORK), now.astimezone(NEW_YORK).date()
    days = (today - there.date()).days
    return f"{there:%H:%M}" if days <= 0 else f"{words.counted(days, 'day')} old"


def age(analysis: Analysis, now: dt.datetime) -> str:
    """Fetched at what time, or kept here since how long; empty for what is not fetched."""
    then = analysis.market.fetched_at
    if then is None:
        return ""
    text = when(then, now)
    if text.endswith("old"):
        return f"stored, {text}"
    return f"stored, fetched {text}" if stored(analysis) else f"fetched {text}"


def close_text(analysis: Analysis) -> str:
    """The last close there is: Close Fri 4 Apr 2025."""
    day = analysis.market.as_of
    return f"Close {day.astype('datetime64[D]').item():%a} {words.day(day)}"


def tag(analysis: Analysis, now: dt.datetime) -> tuple[str, str]:
    """The state of the prices as a whole, and its words."""
    if analysis.market.source == "sample":
        return "info", "Sample"
    late, (missing, of) = behind(analysis, now), stale(analysis)
    if late:
        warned = late > 1 or missing > 0 or stored(analysis)
        few = f", {missing} of {of} series older" if missing else ""
        return ("warn" if warned else ""), f"{words.counted(late, 'session')} old{few}"
    if missing:
        return "warn", f"{missing} of {of} stale"
    if analysis.settings.data.as_of is not None:
        return "info", "Past day"
    return "ok", "Up to date"


def chip(analysis: Analysis, now: dt.datetime) -> Chip:
    """The header's words on the data."""
    market = analysis.market
    missing, of = stale(analysis)
    counts = f"{missing} of {of} series stale"
    if market.source == "sample":
        text = SAMPLE_NOTES[0].text
        return Chip("warn" if missing else "info", f"{text} \u00b7 {counts}" if missing else text, "Sample")
    label = PROVIDERS[market.source].label
    (state, said), late, none = tag(analysis, now), behind(analysis, now), len(unpriced(analysis))
    without = f"{none} without prices" if none else ""
    # Behind the exchange, every series is; counting those behind the others would say that few are.
    old = said if late else "" if none and not missing else counts
    past = said if state == "info" else ""
    parts = [past, close_text(analysis), label, age(analysis, now), old, without]
    few = f"{none} missing" if none else past or label
    short = "Stale" if late > 1 else f"{missing} stale" if missing else few
    state = "warn" if none else "" if state == "ok" else state
    return Chip(state, " \u00b7 ".join(part for part in parts if part), short)


def fetched_text(one: SeriesHealth, now: dt.datetime) -> str:
    """How long ago a series was fetched; an em dash for what lies on this machine."""
    return words.UNKNOWN if one.fetched_at is None else ago(one.fetched_at, now)

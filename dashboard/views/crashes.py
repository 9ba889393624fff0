"""The tables of events: crashes, rebounds, the reader's own window, and the false alarms."""

import math
from html import escape
from typing import Final

import numpy as np

from core import words
from core.events import Event, FalseAlarm, measure_window
from core.pipeline import SHARED_MEMO, Analysis
from dashboard.charts.base import Window, dates
from dashboard.icons import ICONS
from dashboard.parts import NO_DATA
from dashboard.views.metrics import signed, tone

PAD: Final = 40
"""Sessions either side of an event that a click on it shows."""

_COLUMNS: Final = 8
"""Columns beside the name of an event."""

_NO_PEAK: Final = "a window of your own has no peak and no trough to count from"

_REPLAY: Final = f'<svg viewBox="0 0 24 24" aria-hidden="true">{ICONS["replay"]}</svg>'


def replays(analysis: Analysis) -> list[tuple[str, np.datetime64, np.datetime64]]:
    """The events that have data, by name, the newest first: what a replay can step through."""
    known = [e for e in analysis.events.events if not e.reason]
    return [(e.name, e.start, e.end) for e in sorted(known, key=lambda e: e.start, reverse=True)]


def counted(analysis: Analysis) -> int:
    """How many crashes have data."""
    return sum(e.kind == "crash" and not e.reason for e in analysis.events.events)


def alarms_in(analysis: Analysis, window: Window | None) -> list[tuple[int, FalseAlarm]]:
    """The false alarms that touch the window, each with its place among all."""
    every = enumerate(analysis.events.false_alarms)
    if window is None:
        return list(every)
    return [(i, a) for i, a in every if a.start <= window[1] and window[0] <= a.end]


def around(analysis: Analysis, window: Window) -> Window:
    """A window with some sessions either side, as far as there are any."""
    sessions = analysis.market.sessions
    first = int(np.searchsorted(sessions, window[0])) - PAD
    last = int(np.searchsorted(sessions, window[1], side="right")) - 1 + PAD
    return (sessions[max(0, first)], sessions[min(last, len(sessions) - 1)])


def events(analysis: Analysis, brush: Window | None) -> str:
    """The table of events; the reader's own window stands first."""
    found = list(enumerate(analysis.events.events))
    crashes = [(i, e) for i, e in found if e.kind == "crash"]
    rebounds = [(i, e) for i, e in found if e.kind == "rebound"]
    rows = []
    own = _own(analysis, brush)
    if own is not None:
        known = any(brush == (e.start, e.end) for _, e in found)
        rows.append(_row("own", own, chosen=True, more=not known))

    def order(pair: tuple[int, Event]) -> tuple[bool, float]:
        return bool(pair[1].reason), pair[1].benchmark if math.isfinite(pair[1].benchmark) else 0.0

    def row(i: int, event: Event) -> str:
        chosen = brush == (event.start, event.end)
        return _row(str(i), event, chosen=chosen, more=chosen)

    rows += [row(i, e) for i, e in sorted(crashes, key=order)]
    ruled = f'<tr class="ruled"><td colspan="{_COLUMNS + 1}">Rebounds, where hedges lose</td></tr>'
    lower = [row(i, e) for i, e in sorted(rebounds, key=lambda pair: bool(pair[1].reason))]
    measure = (
        "crash: worst drawdown from the first close; rebound and your window: the change from start to end"
    )
    names = (
        (escape(analysis.market.benchmark), "change of the benchmark from start to end"),
        ("Unhedged", measure),
        ("Triggered", measure),
        ("Protection", "triggered less unhedged, in percentage points"),
        ("Days<br>to ON", "sessions from the peak to the first close with the hedge on"),
        ("Fall<br>ahead", "share of the fall still to come then"),
        (
            "Gave<br>back, $",
            "triggered less unhedged from the end until the hedge was closed: what the rebound took back",
        ),
    )
    top = "".join(f'<th scope="col" title="{why}">{name}</th>' for name, why in names)
    return (
        f'<div class="scroll tall events" tabindex="0"><table class="dense"><thead><tr>'
        f'<th scope="col">Event</th><th scope="col"><span class="unseen">Replay</span></th>{top}</tr></thead>'
        f"<tbody>{''.join(rows)}{ruled}{''.join(lower)}</tbody></table></div>{_foot(analysis, own)}"
    )


def _own(analysis: Analysis, brush: Window | None) -> Event | None:
    """The reader's own window, measured; None where there is none."""
    if brush is None:
        return None
    return SHARED_MEMO(measure_window, analysis.market, analysis.backtest, analysis.state, brush)


def _foot(analysis: Analysis, own: Event | None) -> str:
    found = analysis.events.events
    notes = []
    if any(e.ongoing for e in found):
        notes.append(f"* ongoing on {words.day(analysis.market.as_of)}.")
    scored = [e for e in (*found, *([own] if own is not None else [])) if not e.reason]
    modelled = [e.name for e in scored if _modelled(analysis, e)]
    hedge = escape(analysis.market.hedge)
    if modelled:
        where = "every window" if len(modelled) == len(scored) else escape(", ".join(modelled))
        notes.append(f"{hedge} is modelled in {where}.")
    elif scored:
        notes.append(f"{hedge} traded in every window.")
    fall = words.percent(analysis.settings.backtest.event_fall, 0)
    if any(e.origin == "found" for e in found):
        notes.append(f"\u2020 found in prices as a fall of {fall} or more.")
    notes.append("A click shows the event in every chart, and what else the hedge did in it.")
    return f'<p class="foot">{" ".join(notes)}</p>'


def _modelled(analysis: Analysis, event: Event) -> bool:
    """Whether any price of the hedge in an event is modelled."""
    sessions = analysis.market.sessions
    inside = (sessions >= event.start) & (sessions <= event.end)
    return bool(analysis.market.hedge_modelled[inside].any())


def _row(key: str, event: Event, *, chosen: bool, more: bool) -> str:
    """The row of an event; `more` adds a line with what the columns have no room for."""
    marks = ("*" if event.ongoing else "") + ("\u2020" if event.origin == "found" else "")
    window = (event.start, event.end)
    # The name of one that was found in prices says when it began.
    months = f"to {event.end.item():%b \u2019%y}" if event.origin == "found" else _months(window)
    name = (
        f'<span title="{escape(dates(window))}">{escape(event.name)} '
        f'<span class="t3">{months}{marks and f" {marks}"}</span></span>'
    )
    if event.reason:
        fell = _percent(event.benchmark, sign=True) if math.isfinite(event.benchmark) else ""
        return (
            f'<tr class="plain"><td>{name}</td><td class="icon"></td><td>{fell}</td>'
            f'<td colspan="{_COLUMNS - 2}" class="text" title="{escape(event.reason)}">{NO_DATA} '
            f'<span class="unknown">{escape(event.reason)}</span></td></tr>'
        )
    lit = "chosen" if chosen else ""
    replay = (
        f'<button type="button" class="replay" data-press="replay:{key}" title="Replay {escape(event.name)}" '
        f'aria-label="Replay {escape(event.name)}">{_REPLAY}</button>'
    )
    # Only a crash runs from a peak to a trough; elsewhere the arms have the benchmark's own measure.
    crash = event.kind == "crash"
    plain, hedged = ((event.drawdown if crash else event.change)[arm] for arm in ("unhedged", "triggered"))
    cells = (
        _percent(event.benchmark, sign=True),
        _percent(plain, sign=not crash),
        f'<span class="b">{_percent(hedged, sign=not crash)}</span>',
        _points(event.protection if crash else hedged - plain),
        _sooner(event),
        words.percent(event.fall_ahead, 0)
        if math.isfinite(event.fall_ahead) and event.kind != "window"
        else _blank(_NO_PEAK if event.kind == "window" else "no fall ahead"),
        tone(_plain(event.after_profit), round(event.after_profit, 2))
        if event.after_profit and math.isfinite(event.after_profit)
        else _blank("no hedge was on at the end, or nothing has followed yet"),
    )
    rest = _rest(event)
    start = f'<tr class="{lit}" tabindex="0" data-press="event:{key}" title="{escape(rest)}">'
    figures = "".join(f"<td>{cell}</td>" for cell in cells)
    line = f'<tr class="more"><td colspan="{_COLUMNS + 1}">{escape(rest)}</td></tr>' if more else ""
    return f'{start}<td>{name}</td><td class="icon">{replay}</td>{figures}</tr>{line}'


def _rest(event: Event) -> str:
    """What the columns have no room for, in one line."""
    parts = []
    if event.kind != "window" and math.isfinite(event.to_off):
        count = int(event.to_off)
        parts.append(f"off {count} session{'' if count == 1 else 's'} after the end")
    gain = "+" if round(event.hedge_profit, 2) > 0 else ""
    parts.append(f"fills cost {words.money(event.cost)}")
    parts.append(f"triggered less unhedged {gain}{words.money(event.hedge_profit)} from start to end")
    text = "; ".join(parts)
    return f"{text[0].upper()}{text[1:]}."


def _months(window: Window) -> str:
    """The dates of an event as months, years short where there are two; in full inside one month."""
    start, end = (day.astype("datetime64[D]").item() for day in window)
    if (start.year, start.month) == (end.year, end.month):
        return escape(dates(window))
    if start.year == end.year:
        return f"{start:%b} \u2013 {end:%b %Y}"
    return f"{start:%b \u2019%y} \u2013 {end:%b \u2019%y}"


def _sooner(event: Event) -> str:
    if event.kind == "window":
        return _blank(_NO_PEAK)
    if not math.isfinite(event.to_on):
        return '<span class="t3">none</span>'
    return "on" if event.to_on == 0 else words.number(event.to_on, 0)


def _percent(value: float, *, sign: bool) -> str:
    text = words.percent(value)
    return f"+{text}" if sign and round(100 * value, 1) > 0 else text


def _points(gap: float) -> str:
    return tone(f"{signed(100.0 * gap, 1)}\u202fpp", round(100.0 * gap, 1))


def _plain(value: float) -> str:
    """A change in dollars, its sign always written; the unit stands in the header."""
    return signed(value, 2 if abs(value) < 1000 else 0)


def dollars(value: float) -> str:
    """A gain or a loss in dollars, a loss in the same size."""
    size = round(value, 2)
    return tone(f"{'+' if size > 0 else ''}{words.money(value)}", size)


def _blank(reason: str) -> str:
    return f'<span class="t3" title="{escape(reason)}">{words.UNKNOWN}</span>'


def false_alarms(analysis: Analysis, brush: Window | None) -> str:
    """The table of false alarms: spells of the hedge outside every event, and what they cost together."""
    found = alarms_in(analysis, brush)
    where = f" in {escape(dates(brush))}" if brush is not None else ""
    if not found:
        return f'<p class="none">No spell of the hedge{where} lay outside every crash and rebound.</p>'
    total = math.fsum(a.profit for _, a in found if math.isfinite(a.profit))
    rows = "".join(
        f'<tr class="{"chosen" if brush == (a.start, a.end) else ""}" tabindex="0" data-press="alarm:{i}">'
        f"<td>{escape(dates((a.start, a.end)))}{' *' if a.ongoing else ''}</td><td>{a.sessions}</td>"
        f"<td>{_percent(a.benchmark, sign=True)}</td><td>{dollars(a.profit)}</td></tr>"
        for i, a in found
    )
    benchmark = escape(analysis.market.benchmark)
    sessions = sum(a.sessions for _, a in found)
    ongoing = f" * ongoing on {words.day(analysis.market.as_of)}." if any(a.ongoing for _, a in found) else ""
    return (
        '<div class="scroll tall events" tabindex="0"><table class="dense"><thead><tr>'
        '<th scope="col">Hedge on</th>'
        f'<th scope="col">Sessions</th><th scope="col">{benchmark}</th>'
        '<th scope="col">Triggered less unhedged, $</th></tr></thead><tbody>'
        f'{rows}<tr class="total"><td>{len(found)} false alarms</td><td>{sessions}</td><td></td>'
        f"<td>{dollars(total)}</td></tr></tbody></table></div>"
        f'<p class="foot">The hedge was on, and no crash or rebound was near{where}. Until the fill that '
        f"left.{ongoing}</p>"
    )

"""Whether the rule can be trusted: what followed its hedges and each signal's alarms, and what that says."""

import math
from collections.abc import Sequence
from html import escape

import numpy as np

from core import words
from core.pipeline import Analysis
from core.track_record import FALSE_ALARM_FALL, TrackRecord
from dashboard.charts.base import Words
from dashboard.parts import NO_DATA, head
from dashboard.signals import label


def card(analysis: Analysis) -> str:
    """The whole card as HTML."""
    market, records = analysis.market, analysis.track_record
    subtitle = f"To {words.day(market.as_of)}; medians, {market.benchmark} after the first close"
    about = Words("Can the rules be trusted?", subtitle, "")
    names = ("Rule", "Fired", "Days on", "+5 d", "+20 d", "False")
    top = "".join(f'<th scope="col">{name}</th>' for name in names)
    rows = "".join(_row(analysis, record) for record in records)
    return (
        f'{head(about, twin=False)}<div class="scroll"><table class="dense"><thead><tr>{top}</tr></thead>'
        f'<tbody>{rows}</tbody></table></div><p class="verdict">{sentence(analysis)}</p>'
    )


def _row(analysis: Analysis, record: TrackRecord) -> str:
    rule = record.name == "rule"
    name = record.label if rule else label(analysis, record.name)
    kind, since = (' class="total"' if rule else ""), ""
    if record.sessions:
        counted = f"{words.shares(record.sessions)} sessions with data"
        since = f'<small title="{counted}">since {words.day(_first(analysis, record))}</small>'
    start = f"<tr{kind}><td>{escape(name)}{since}</td>"
    if not record.sessions:
        return f'{start}<td colspan="5" class="text">{NO_DATA}</td></tr>'
    days = words.UNKNOWN if math.isnan(record.median_days) else f"{record.median_days:g}"
    moves = "".join(f"<td>{_move(value)}</td>" for value in (record.after_5, record.after_20))
    false = words.percent(record.false_alarms, 0)
    title = f"of {record.counted} alarms with 20 sessions after them"
    return f'{start}<td>{record.fired}</td><td>{days}</td>{moves}<td title="{title}">{false}</td></tr>'


def _first(analysis: Analysis, record: TrackRecord) -> np.datetime64:
    """The first session with data; the rule is asked on every session."""
    sessions = analysis.market.sessions
    row = 0 if record.name == "rule" else int(np.argmax(analysis.signals[record.name].state >= 0))
    first: np.datetime64 = sessions[row]
    return first


def _move(value: float) -> str:
    return words.UNKNOWN if math.isnan(value) else f"{words.change(100.0 * value, 1)}\u202f%"


def sentence(analysis: Analysis) -> str:
    """What the table comes to, as HTML: how many hedges were false, then the alarms of the signals."""
    name, limit = escape(analysis.market.benchmark), words.percent(FALSE_ALARM_FALL, 0)
    rule = next(record for record in analysis.track_record if record.name == "rule")
    signals = [record for record in analysis.track_record if record.name != "rule"]
    meaning = (
        f"False: {name} fell less than {limit} below the first close within 20 sessions."
        if rule.counted
        else ""
    )
    missed = any(_first(analysis, record) > analysis.market.sessions[0] for record in signals)
    before = "Before a signal had data the rule ran without it." if missed or _blind(signals) else ""
    parts = (f"<b>{_hedges(rule)}</b>", meaning, _alarms(signals, name), before)
    return " ".join(part for part in parts if part)


def _blind(signals: Sequence[TrackRecord]) -> bool:
    return any(not record.sessions for record in signals)


def _hedges(rule: TrackRecord) -> str:
    """How many of the hedges were false, and how many cannot be judged yet."""
    if not rule.fired:
        return "The hedge was never on: there is nothing to judge."
    recent = rule.fired - rule.counted
    if not rule.counted:
        return f"{_are(recent)} too recent to judge: no hedge has 20 sessions after it yet."
    false = round(rule.false_alarms * rule.counted)
    said = (
        f"{false} of {rule.counted} hedge{'' if rule.counted == 1 else 's'} "
        f"({words.percent(rule.false_alarms, 0)}) {'was' if rule.counted == 1 else 'were'} false"
    )
    return f"{said}; {_are(recent)} too recent to judge." if recent else f"{said}."


def _are(count: int) -> str:
    return f"{count} {'is' if count == 1 else 'are'}"


def _alarms(signals: Sequence[TrackRecord], name: str) -> str:
    """The same for the signals taken alone, and where the benchmark was 20 sessions later."""
    judged = [record for record in signals if record.counted]
    counted = sum(record.counted for record in judged)
    if not counted:
        return ""
    false = sum(round(record.false_alarms * record.counted) for record in judged)
    said = f"Of the signals\u2019 own {counted} alarms {false} were, {words.percent(false / counted, 0)}"
    known = [record.after_20 for record in judged if math.isfinite(record.after_20)]
    if not known:
        return f"{said}."
    higher = sum(value > 0 for value in known)
    after = "after the signal" if len(known) == 1 else "after each signal"
    if 0 < higher < len(known):
        return (
            f"{said}; 20 sessions later the median {name} was higher after {higher} of {len(known)} signals."
        )
    return f"{said}; 20 sessions {after} the median {name} was {'higher' if higher else 'not higher'}."

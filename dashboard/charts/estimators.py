"""All estimators' betas of one asset side by side: dots with whiskers on one axis, drawn as HTML."""

import math
from dataclasses import dataclass
from html import escape
from typing import Final

import numpy as np

from core import words
from core.betas import BETAS, AssetBetas, BetaReading
from core.betas.asset import Agreement
from core.pipeline import Analysis
from dashboard.charts.base import Twin, Window, Words, axis_text, dates, nice_ticks
from dashboard.parts import dialog, opener

TITLE: Final = "Do other estimators agree?"
HOW: Final = "how-estimators"

_REACH: Final = 6.0
"""How many typical half intervals the axis reaches either side of the middle beta; one wild estimator must
not press all others into a dot."""


@dataclass(frozen=True)
class Compared:
    """The betas of one asset on the session in `row`, and what stands around them."""

    analysis: Analysis
    asset: str
    row: int
    betas: AssetBetas

    @property
    def window(self) -> Window:
        """First and last session of the window."""
        sessions = self.analysis.market.sessions
        length = self.analysis.settings.beta.window_sessions
        return sessions[max(0, self.row - length + 1)], sessions[self.row]

    @property
    def marked(self) -> int:
        """The place of the reading in use; -1 where the beta in use is none of them."""
        return -1 if self.betas.given else self.betas.comparison.in_use


@dataclass(frozen=True)
class Axis:
    """Where betas stand in per cent of the width."""

    ticks: tuple[float, ...]

    def at(self, beta: float) -> float:
        """The place of a beta; under 0 or over 100 where it lies off the axis."""
        first, last = self.ticks[0], self.ticks[-1]
        return 100.0 * (beta - first) / (last - first)


def axis(betas: AssetBetas) -> Axis:
    """An axis that holds the betas, their intervals and the one in use, but for what is far off."""
    known = [reading for reading in betas.comparison.readings if math.isfinite(reading.beta)]
    ends = [end for r in known for end in (r.beta, r.low, r.high) if math.isfinite(end)]
    own = betas.comparison.readings[betas.comparison.in_use]
    kept = [end for end in (betas.in_use, own.low, own.high) if math.isfinite(end)]
    if known:
        values = np.array([reading.beta for reading in known])
        middle = float(np.median(values))
        halves = [reading.high - reading.beta for reading in known if math.isfinite(reading.high)]
        reach = _REACH * float(max(np.median(halves or [0.0]), np.median(np.abs(values - middle)), 0.02))
        kept += [min(max(end, middle - reach), middle + reach) for end in ends]
    low, high = min(kept, default=0.0), max(kept, default=1.0)
    return Axis(tuple(nice_ticks(low, high, 4)))


def describe(shown: Compared) -> Words:
    """What stands around the dots."""
    market, settings = shown.analysis.market, shown.analysis.settings.beta
    fading = [r.first for r in shown.betas.comparison.readings if BETAS[r.method].item.fades and r.first >= 0]
    since = (
        f"; fading weights and Kalman filter since {words.day(market.sessions[fading[0]])}" if fading else ""
    )
    subtitle = (
        f"% that {shown.asset} moves per 1 % of {market.benchmark}: daily {settings.returns} returns, "
        f"{settings.window_sessions} sessions, {dates(shown.window)}{since}; 95 % intervals"
    )
    return Words(TITLE, subtitle, _summary(shown))


def _summary(shown: Compared) -> str:
    betas = shown.betas
    readings, agreement = betas.comparison.readings, betas.agreement()
    count, known = len(readings), agreement.known
    reason = readings[betas.comparison.in_use].reason
    used = f"{words.number(betas.in_use)}{f', {betas.given}' if betas.given else ''}."
    if not known:
        return f"No estimator has a beta. {reason}{f' In use is {used}' if betas.given else ''}"
    lie = f"All {count} lie" if known == count else f"{known} of {count} have a beta; these lie"
    between = f"{lie} between {words.number(agreement.lowest)} and {words.number(agreement.highest)}"
    if known == 1:
        between = f"1 of {count} has a beta, {words.number(agreement.lowest)}"
    if not math.isfinite(betas.in_use):
        return f"{between}; none is in use. {reason}"
    if not agreement.others:
        return f"{between}; in use is {used}"
    held = _holding(agreement, "interval" if betas.given else "other interval")
    return f"{between}; {held} the beta in use, {used}"


def _holding(agreement: Agreement, what: str) -> str:
    """How many intervals hold the beta in use, as the subject and verb of a sentence."""
    held, count = agreement.holding, agreement.others
    if held in (0, count) and count > 1:
        return f"{'all' if held else 'none of the'} {count} {what}s hold"
    return f"{held} of {words.counted(count, what)} {'holds' if held == 1 else 'hold'}"


def made_with(shown: Compared, reading: BetaReading) -> str:
    """What a reading was made with, and what its interval is not, in a few words; why there is none."""
    if reading.reason:
        return reading.reason
    prior = ""
    if reading.method == "vasicek":
        count = shown.betas.prior_from
        prior = f", the book\u2019s {count} betas" if count else ", the usual one"
    return f"{_sessions(reading)}, {reading.brief}{prior}"


def _sessions(reading: BetaReading) -> str:
    if reading.n == reading.counted:
        return words.counted(reading.n, "session")
    return f"{reading.n:,} of {words.counted(reading.counted, 'session')}"


def measured(betas: AssetBetas) -> bool:
    """Whether any beta is there to be drawn."""
    return bool(betas.agreement().known or betas.given)


def picture(shown: Compared) -> str:
    """The dots as HTML: a line an estimator, the axis under them, a line through all at the beta in use.

    Without any beta there is nothing to scale: each reason once, or nothing where the sentence says it.
    """
    betas = shown.betas
    if not measured(betas):
        return _reasons(betas)
    place = axis(betas)
    through = ""
    if math.isfinite(betas.in_use):
        through = f'<i class="through" style="left:{place.at(betas.in_use):.2f}%"></i>'
    rules = "".join(f'<i class="rule" style="left:{place.at(tick):.2f}%"></i>' for tick in place.ticks)
    lines = []
    if betas.given:
        made = "In place of the betas below"
        if betas.given == "set by hand":
            label = "Set by hand"
        else:
            label, made = "Stated by the fund", "There is none measured"
        track = f"{rules}{through}{_dot(place, betas.in_use, used=True)}"
        lines.append(_line(label, made, track, words.number(betas.in_use), "", used=True))
    for i, reading in enumerate(betas.comparison.readings):
        used = i == shown.marked
        marks = "" if reading.reason else _whisker(place, reading) + _dot(place, reading.beta, used=used)
        figure = "No beta" if reading.reason else words.number(reading.beta)
        interval = "" if reading.reason else words.interval(reading.low, reading.high) or "no interval"
        lines.append(
            _line(
                reading.label,
                made_with(shown, reading),
                f"{rules}{through}{marks}",
                figure,
                interval,
                used=used,
            )
        )
    text = axis_text(list(place.ticks))
    ticks = "".join(
        f'<span style="left:{place.at(tick):.2f}%">{label}</span>'
        for tick, label in zip(place.ticks, text, strict=True)
    )
    return (
        f'<div class="estimates"><ul>{"".join(lines)}</ul>'
        f'<div class="axis" aria-hidden="true"><p>{escape(_unit(shown))}</p><div>{ticks}</div></div></div>'
    )


def _reasons(betas: AssetBetas) -> str:
    readings = betas.comparison.readings
    labels: dict[str, list[str]] = {}
    for reading in readings:
        labels.setdefault(reading.reason, []).append(reading.label)
    labels.pop(readings[betas.comparison.in_use].reason)
    lines = (
        f"<p>{escape(words.listed(list(dict.fromkeys(names))))}: {escape(reason)}</p>"
        for reason, names in labels.items()
    )
    return "".join(lines)


def _unit(shown: Compared) -> str:
    return f"Beta on {shown.analysis.market.benchmark}"


def _line(label: str, made: str, track: str, figure: str, interval: str, *, used: bool) -> str:
    mark = "<b>In use.</b> " if used else ""
    return (
        f"<li{' class=used' if used else ''}><h3>{escape(label)}</h3>"
        f'<div class="track" aria-hidden="true">{track}</div>'
        f'<p class="read"><span>{figure}</span> <span class="ci">{interval}</span></p>'
        f'<p class="made">{mark}{escape(made)}</p></li>'
    )


def _whisker(place: Axis, reading: BetaReading) -> str:
    """The interval; an arrow head where it goes on beyond the axis."""
    if not math.isfinite(reading.high - reading.low):
        return ""
    ends = place.at(reading.low), place.at(reading.high)
    low, high = (min(max(end, 0.0), 100.0) for end in ends)
    beyond = "".join(
        f" {side}" for side, off in (("less", ends[0] < -0.01), ("more", ends[1] > 100.01)) if off
    )
    return f'<i class="whisker{beyond}" style="left:{low:.2f}%;width:{high - low:.2f}%"></i>'


def _dot(place: Axis, beta: float, *, used: bool) -> str:
    """The beta: a diamond where it is in use, else a disc; at the edge an arrow where it is off the axis."""
    at = place.at(beta)
    if not -0.01 <= at <= 100.01:
        return f'<i class="off {"more" if at > 0 else "less"}"></i>'
    return f'<i class="{"diamond" if used else "disc"}" style="left:{at:.2f}%"></i>'


def explained() -> str:
    """The link to how each estimate is made."""
    return opener(HOW, "How each is made")


def explanation(shown: Compared) -> str:
    """The dialog with every estimator's own words, in full."""
    sessions = shown.analysis.market.sessions
    blocks = []
    for i, reading in enumerate(shown.betas.comparison.readings):
        mark = " (in use)" if i == shown.marked else ""
        lines = [BETAS[reading.method].help]
        if reading.reason:
            lines.append(reading.reason)
        else:
            when = dates((sessions[reading.first], sessions[reading.last]))
            lines.append(f"{_sessions(reading)}, {when}: {reading.used}.")
        if reading.method == "vasicek" and not reading.reason:
            count = shown.betas.prior_from
            lines.append(
                f"The prior is the mean and spread of the {count} betas of the book on this day."
                if count
                else "The book has fewer than three different betas to measure a prior on: this is the usual."
            )
        lines += reading.notes
        said = "".join(f"<p>{escape(line)}</p>" for line in lines)
        blocks.append(f"<h3>{escape(reading.label)}{mark}</h3>{said}")
    return dialog(HOW, "How each beta is made", f'<div class="methods">{"".join(blocks)}</div>')


def twin(shown: Compared) -> Twin:
    """The dots as a table."""
    header = ("Estimator", "Beta", "95 % interval", "s.e.", "Sessions", "Made with")
    rows = []
    if shown.betas.given:
        beta = words.number(shown.betas.in_use)
        rows.append(
            ("In use", beta, words.UNKNOWN, words.UNKNOWN, words.UNKNOWN, _capital(shown.betas.given))
        )
    for i, reading in enumerate(shown.betas.comparison.readings):
        rows.append(
            (
                f"{reading.label}{', in use' if i == shown.marked else ''}",
                words.number(reading.beta, 3),
                words.interval(reading.low, reading.high, 3) or words.UNKNOWN,
                words.number(reading.standard_error, 3),
                f"{reading.n:,}" if not reading.reason else words.UNKNOWN,
                reading.reason or _capital(reading.used),
            )
        )
    return Twin(header, tuple(rows))


def _capital(text: str) -> str:
    return f"{text[:1].upper()}{text[1:]}"

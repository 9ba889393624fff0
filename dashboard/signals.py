"""What one signal says on one session, in the words of the page: figure, level, distance, since when."""

import math
from dataclasses import dataclass
from typing import Final

from core import words
from core.pipeline import Analysis
from core.tree import questions
from core.triggers.base import TRIGGERS, UNKNOWN, TriggerSignal

STATES: Final = {1: "Fired", 0: "Off", UNKNOWN: "No data"}
"""The word of a state; the style sheets write it in capitals."""

MARKS: Final = {1: "fired", 0: "off", UNKNOWN: "nd"}
"""The class of a state's square: filled, hollow or hatched."""

EDITED_AT: Final = {
    "price_break": "triggers.break_below",
    "vix_inversion": "triggers.vix_ratio",
    "stop_loss_cluster": "triggers.cluster_usd",
    "drawdown": "triggers.drawdown_limit",
    "realised_volatility": "triggers.volatility_limit",
    "beta_limit": "triggers.beta_limit",
}
"""The setting that is a signal's level."""

STAND_IN: Final = "triggers.stand_in_level"


def stands_in(signal: TriggerSignal) -> bool:
    """Whether the values are a labelled stand-in for what the source does not have."""
    return signal.source.startswith("stand-in")


def label(analysis: Analysis, name: str, *, short: bool = False) -> str:
    """What a signal is called here, `short` where there is little room: never VIX where there is none."""
    if stands_in(analysis.signals[name]):
        return "stand-in" if short else "Volatility stand-in"
    return TRIGGERS[name].item.short if short else TRIGGERS[name].label


@dataclass(frozen=True)
class Reading:
    """One signal on the row `row` of its history."""

    analysis: Analysis
    signal: TriggerSignal
    row: int

    @property
    def state(self) -> int:
        """1 fired, 0 not, -1 no data."""
        return int(self.signal.state[self.row])

    @property
    def value(self) -> float:
        return float(self.signal.value[self.row])

    @property
    def level(self) -> float:
        return float(self.signal.threshold[self.row])

    @property
    def beyond(self) -> float:
        """How far the value is past the level as a share of it; negative while it has not fired."""
        return -float(self.signal.distance[self.row])

    @property
    def label(self) -> str:
        return label(self.analysis, self.signal.name)

    @property
    def square(self) -> str:
        """The square of its state as HTML."""
        return square(self.state)

    @property
    def tag(self) -> str:
        """The word of its state as HTML."""
        return f'<span class="tag {MARKS[self.state]}">{STATES[self.state]}</span>'

    def figure(self, value: float) -> str:
        """A value of this signal in its unit."""
        return words.signal_value(value, self.signal.unit)

    def against(self) -> str:
        """Where the value stands: past the level by how much, or what it takes to get there."""
        if self.state == UNKNOWN:
            return f"fires {self.signal.fires} {self.figure(self.level)}" if math.isfinite(self.level) else ""
        if self.state == 1:
            if self.beyond >= 1:
                return f"{words.number(1.0 + self.beyond, 1)} times {self.figure(self.level)}"
            return f"{self.signal.fires} {self.figure(self.level)}{self._past()}"
        return self.needs()

    def versus(self) -> str:
        """Value and level where there is little room: whole points where that tells the two apart."""
        if self.signal.unit == "price" and self.level >= 1000:
            value, level = words.number(self.value, 0), words.number(self.level, 0)
            if value != level:
                return f"{value} vs {level}"
        return f"{self.figure(self.value)} vs {self.figure(self.level)}"

    def needs(self) -> str:
        """What it takes to fire, for a signal that has not."""
        if self.signal.unit == "fraction":
            return self._further(100.0 * (self.level - self.value), "\u00a0pp")
        if not self.value > 0:
            return f"fires {self.signal.fires} {self.figure(self.level)}"
        return self._further(100.0 * (self.level / self.value - 1.0), "\u202f%")

    def _further(self, move: float, unit: str) -> str:
        side = "higher" if self.signal.fires == "above" else "lower"
        return f"fires {words.number(abs(move), 1)}{unit} {side}"

    def _past(self) -> str:
        if self.signal.unit == "fraction":
            return f" by {words.number(100.0 * abs(self.value - self.level), 1)} pp"
        past = self.beyond
        return f" by {words.percent(past, 0 if past >= 0.1 else 1)}" if math.isfinite(past) else ""

    def since(self) -> str:
        """From when it has been so, and for how many sessions."""
        first = self.signal.since(self.row)
        count = self.row - first + 1
        day = words.day(self.analysis.market.sessions[first])
        return f"since {day}, {count:,} session{'' if count == 1 else 's'}"

    def inputs(self) -> str:
        """What the value was made from that day."""
        name, found = self.signal.name, {part.name: part for part in self.signal.inputs}
        values = {key: float(part.values[self.row]) for key, part in found.items()}
        if name == "vix_inversion":
            write = words.percent if self.stands_in else words.number
            return " / ".join(
                f"{key.removesuffix(' volatility')} {write(value)}" for key, value in values.items()
            )
        if name == "stop_loss_cluster":
            length = self.analysis.settings.triggers.cluster_sessions
            most = f"highest of {length} sessions, " if length > 1 else ""
            return f"{most}that day {self.figure(values['that day'])}"
        if name == "price_break":
            average = next(iter(values.items()))
            share = f"{1.0 - self.analysis.settings.triggers.break_below:.3g}"
            who = self.signal.source.partition(":")[0]
            return f"{who}, {share} \u00d7 {average[0]} of {words.number(average[1])}"
        if values:
            return ", ".join(f"{key} {self.figure(value)}" for key, value in values.items())
        return self.signal.source

    @property
    def stands_in(self) -> bool:
        """Whether the value is a labelled stand-in for what the source does not have."""
        return stands_in(self.signal)

    @property
    def badge(self) -> str:
        """What an estimate carries beside its name; empty for the rest, a stand-in is named as one."""
        return "estimate" if self.signal.source.startswith("estimate") else ""

    @property
    def edited_at(self) -> str:
        """The setting that is its level."""
        return STAND_IN if self.stands_in else EDITED_AT.get(self.signal.name, "triggers.tree")


def reading(analysis: Analysis, name: str, row: int = -1) -> Reading:
    """What a signal says on a row; the last one where none is given."""
    return Reading(analysis, analysis.signals[name], range(len(analysis.market.sessions))[row])


def readings(analysis: Analysis, row: int = -1) -> tuple[list[Reading], list[Reading]]:
    """The signals that the rule looks at, in its order, and those that it does not."""
    used = analysis.decision.used
    others = [name for name in analysis.signals if name not in used]
    return [reading(analysis, n, row) for n in used], [reading(analysis, n, row) for n in others]


def square(state: int) -> str:
    """The square of a state as HTML."""
    return f'<i class="square {MARKS[state]}"></i>'


def status(analysis: Analysis, name: str) -> tuple[int, str]:
    """The state of a signal on the last session and one line about it, for under its control."""
    at = reading(analysis, name)
    if at.state == UNKNOWN:
        return UNKNOWN, f"No data: {at.signal.missing}"
    who = f"{label(analysis, name, short=True)} " if at.stands_in else ""
    if name == "price_break":
        who = at.signal.source.partition(":")[0]
        past = at.beyond
        side = "under" if past > 0 else "over"
        said = f"{who} is {words.percent(abs(past))} {side} the level"
        return at.state, f"{STATES[at.state]}: {said}"
    return at.state, f"{STATES[at.state]}: {who}{at.figure(at.value)} at the close"


def read_as(analysis: Analysis, name: str) -> str:
    """How the rule takes this signal where it has no data."""
    settings = analysis.settings.triggers
    if settings.mode != "tree":
        return "left out of the count" if name in settings.counted else "not counted"
    ways = {question.unknown for question in questions(settings.tree) if question.ask == name}
    if not ways:
        return "not asked"
    return f"read as \u201c{ways.pop()}\u201d" if len(ways) == 1 else "read as each question says"

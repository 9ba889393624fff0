"""The hedge's state written spell by spell: find the close that enters, then the one that leaves."""

from collections.abc import Sequence
from math import isfinite
from typing import NamedTuple


class Rule(NamedTuple):
    confirm: int = 1
    cool_down: int = 5
    target: float | None = None
    maximum: int | None = None
    lag: int = 1


class Close(NamedTuple):
    """What is in force after one close, why it changed, and what the rule waits for."""

    fraction: float
    event: str
    phase: str
    count: int


OFF = Close(0.0, "", "off", 0)


def gained(
    fill: Sequence[float], close: Sequence[float], returns: Sequence[float], first: int | None, t: int
) -> float | None:
    """What a dollar that went into the fund at its first fill has earned by the close of t."""
    if first is None or t < first or not isfinite(close[t]):
        return None
    dollar = close[first] / fill[first]
    for s in range(first + 1, t + 1):
        dollar *= 1.0 + returns[s]
    return dollar - 1.0


def states(
    leaf: Sequence[float],
    fill: Sequence[float],
    close: Sequence[float],
    returns: Sequence[float],
    rule: Rule,
) -> list[Close]:
    """One `Close` a session; a `returns` of zero stands for a session without a price."""
    days = len(leaf)
    found = [OFF] * days
    patience = max(1, rule.cool_down)
    t, must_rest = 0, False
    while t < days:
        entry, asked = None, 0
        for s in range(t, days):
            if must_rest and leaf[s] > 0:
                found[s] = OFF._replace(phase="waiting")
                continue
            must_rest = False
            asked = asked + 1 if leaf[s] > 0 else 0
            if asked == rule.confirm:
                entry = s
                break
            if asked:
                found[s] = OFF._replace(phase="confirming", count=asked)
        if entry is None:
            break
        first = next((s for s in range(entry + rule.lag, days) if isfinite(fill[s])), None)
        held = leaf[entry]
        found[entry] = Close(held, "entered", "on", 0)
        leave = days
        for s in range(entry + 1, days):
            gain = gained(fill, close, returns, first, s)
            zeros = next((n for n in range(s - entry + 1) if leaf[s - n] > 0), 0)
            why = ""
            if rule.target is not None and gain is not None and gain >= rule.target:
                why = "target"
            elif rule.maximum is not None and s >= entry + rule.maximum:
                why = "time"
            elif zeros >= patience:
                why = "cooled"
            if why:
                found[s] = OFF._replace(event=why, phase="off" if why == "cooled" else "waiting")
                leave, must_rest = s, why != "cooled"
                break
            resized = leaf[s] > 0 and leaf[s] != held
            held = leaf[s] if leaf[s] > 0 else held
            phase, count = ("cooling", zeros) if zeros else ("on", s - entry)
            found[s] = Close(held, "resized" if resized else "", phase, count)
        t = leave + 1
    return found

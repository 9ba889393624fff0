"""What is special about the controls of the rule: how they stand now, and which are shown when."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from core.triggers.base import UNKNOWN
from dashboard.forms import Effect, FieldControl, spec_of
from dashboard.signals import EDITED_AT, MARKS, STAND_IN, label, read_as, reading, status
from dashboard.state import AppState

_COUNTED: Final = "triggers.count_"

_BESIDE: Final = {
    "triggers.cluster_source": "triggers.cluster_usd",
    "triggers.cool_down": "triggers.confirm",
}
"""The right half of a row, and the left half, under which stands what both of them did."""

HALVES: Final = frozenset({*_BESIDE, *_BESIDE.values()})
"""Controls that share a row with their neighbour."""

LOOKS: Final[Mapping[str, Mapping[str, Any]]] = {
    "triggers.cluster_usd": {"label": "Stop-loss flow", "half": "left"},
    "triggers.cluster_source": {"kind": "choice", "half": "right"},
    "triggers.confirm": {"half": "left"},
    "triggers.cool_down": {"half": "right"},
    STAND_IN: {"label": "Volatility stand-in level"},
    **{f"{_COUNTED}{name}": {"note": ""} for name in EDITED_AT},
}
"""How controls look where it is not as their field says."""


def is_more(path: str) -> bool:
    """Whether a control is behind "More"; the stand-in's level stands where what it stands in for does."""
    return spec_of(path).more and path != STAND_IN


def ordered(paths: Sequence[str]) -> list[str]:
    """The settings of a group in their own order, the stand-in's level behind what it stands in for."""
    found = [path for path in paths if path != STAND_IN]
    real = EDITED_AT["vix_inversion"]
    return [
        each
        for path in found
        for each in ((path, STAND_IN) if path == real and STAND_IN in paths else (path,))
    ]


def gathered(effects: Mapping[str, Effect]) -> dict[str, Effect]:
    """The effect lines by path, those of a right half behind those of its left one: they share the row."""
    found = {path: effect for path, effect in effects.items() if path not in _BESIDE}
    for right, left in _BESIDE.items():
        if right in effects:
            before = [*found[left], ("; ", False)] if left in found else []
            found[left] = [*before, *effects[right]]
    return found


def keep(state: AppState, controls: Mapping[str, FieldControl]) -> None:
    """Keep up to date how the signals stand under their controls, and which controls are shown."""

    def stand(*_: object) -> None:
        if state.analysis is None:
            return
        for name in EDITED_AT:
            at = reading(state.analysis, name)
            mark, text = status(state.analysis, name)
            if mark == UNKNOWN:
                text = f"{text}; {read_as(state.analysis, name)}"
            controls[at.edited_at].status = [MARKS[mark], text]
            if name == "vix_inversion":
                counted = f"{_COUNTED}{name}"
                stood_in = f"Count {label(state.analysis, name, short=True)}"
                controls[counted].label = stood_in if at.stands_in else spec_of(counted).label
        real = not reading(state.analysis, "vix_inversion").stands_in
        controls[EDITED_AT["vix_inversion"]].visible = real
        controls[STAND_IN].visible = not real

    def choose(*_: object) -> None:
        rule = state.settings.triggers
        controls["triggers.least"].visible = rule.mode == "k"
        for path, control in controls.items():
            if path.startswith(_COUNTED):
                control.visible = rule.mode != "tree" or control.changed

    state.param.watch(stand, "analysis")
    state.param.watch(choose, "settings")
    stand()
    choose()

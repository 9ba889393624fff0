"""A control made from a setting's `Field`: bounds, unit, range and help are written nowhere else."""

import datetime as dt
from collections.abc import Sequence
from typing import Any, ClassVar, Final

import param

from core import words
from core.errors import InvalidSetting
from core.fields import Field
from core.numerals import parse_number
from core.settings import Settings
from dashboard.component import Component
from dashboard.problems import beside, is_current
from dashboard.state import Problem, SettingsState
from dashboard.web import script, style

_SEGMENTS: Final = 16
"""Letters that four buttons beside a label have room for."""

Effect = list[tuple[str, bool]]
"""Words of an effect line, each with whether it is set bold."""

ROUND: Final = 12
"""Decimals kept when a shown value becomes a stored one: 2.3 % must be 0.023, not 0.023 and a bit."""


def spec_of(path: str) -> Field:
    """The field of a setting of the page by its dotted path."""
    return Settings().spec(path)


class FieldControl(Component):
    """One setting on the page: shows `state.settings`, and writes what is moved or typed.

    Refused input leaves the setting as it was; the reason stands under the control. `effect` says what the
    control did to the answer.
    """

    value = param.Parameter(doc="In shown units: 2.0 for 2 %.")
    text = param.String(default="", doc="What the box shows, without the unit.")
    effect = param.List(default=[], doc="Pairs of words and whether they are bold.")
    effect_role = param.String(default="", doc="'crit' for what costs money now.")
    error = param.String(default="")
    changed = param.Boolean(default=False, doc="Other than the preset; never for the user's own settings.")
    restores = param.Integer(default=0, doc="Counts how often the box must go back to its text.")
    preset_text = param.String(default="")
    reset_text = param.String(default="")
    note = param.String(default="", doc="Beside the label: a range, or what a sign means.")
    remark = param.String(default="", doc="Under the control.")
    status = param.List(default=[], doc="How it stands now: a state, which gives a square, and words.")
    reveals = param.Integer(default=0, doc="Counts demands to be brought into view and focused.")
    half = param.String(
        default="", doc="'left' or 'right' of a row that it shares; no range beside the label."
    )

    kind = param.String(default="number")
    label = param.String(default="")
    help = param.String(default="")
    unit = param.String(default="")
    prefix = param.String(default="")
    suffix = param.String(default="")
    placeholder = param.String(default="")
    ends = param.List(default=["", ""])
    marks = param.List(default=[])
    options = param.List(default=[])
    minimum = param.Number(default=0.0)
    maximum = param.Number(default=1.0)
    step = param.Number(default=1.0)
    decimals = param.Integer(default=2)
    preset = param.Parameter(doc="In shown units; the tick on the track.")

    _bundle = script("field")
    _stylesheets: ClassVar[list[str]] = [style("field")]

    def __init__(
        self,
        state: SettingsState,
        path: str,
        *,
        note: str | None = None,
        remark: str = "",
        options: Sequence[tuple[str, str]] = (),
        **looks: Any,
    ) -> None:
        self.state = state
        self.path = path
        self.spec: Field = state.settings.spec(path)
        self._showing = False
        choices = [list(pair) for pair in (options or self.spec.options)]
        super().__init__(
            **{**_looks(self.spec, choices), **looks},
            options=choices,
            note=_range_note(self.spec) if note is None else note,
            remark=remark,
            margin=0,
            sizing_mode="stretch_width",
        )
        self._refresh()
        state.param.watch(self._on_settings, ["settings", "preset"])
        state.param.watch(self._show_problem, "problem")
        self.param.watch(self._moved, "value")

    def told(self, message: dict[str, Any]) -> None:
        """Text that was typed, or the wish to go back to the preset."""
        if message.get("reset"):
            self.reset()
        entered = message.get("entered")
        if isinstance(entered, str):
            self.enter(entered)

    def reset(self) -> None:
        """Go back to the preset's value."""
        self.submit(self.state.preset.value(self.path))

    def enter(self, text: str) -> None:
        """Take a text that was typed into the box."""
        try:
            self.submit(self._parsed(text))
        except InvalidSetting as error:
            self.state.problem = Problem.of(error, refused=True)
            self.restores += 1

    def submit(self, value: object) -> None:
        """Change the setting to a stored value; where it is not allowed, say why and keep the old one."""
        before = self.state.settings
        if not self.change(value):
            self.restores += 1
            self._refresh()
            return
        problem = self.state.problem
        # Equal settings run nothing that could take a refusal away. A complaint about the settings themselves
        # stays: the browser sends a value twice when Enter is followed by leaving the box.
        typed = self.state.answered is None or is_current(self.state)
        refused = typed and problem is not None and problem.where == self.path
        if self.state.settings == before and refused:
            self.state.problem = None
        if self.text != self._text():
            self._refresh()
        else:
            self.restores += 1  # "1,0" typed over "1.0" is the same value, written our way

    def change(self, value: object) -> bool:
        """Write the stored value; a setting that moves others with it overrides this."""
        return self.state.change(self.path, value)

    def _moved(self, event: param.parameterized.Event) -> None:
        if not self._showing:
            self.submit(self._stored(event.new))

    def _on_settings(self, *_: object) -> None:
        # Most changes are another control's, and writing what is shown already is not for nothing.
        if self._shows != (self.state.settings.value(self.path), self.state.preset.value(self.path)):
            self._refresh()

    def _refresh(self) -> None:
        now, preset = self.state.settings.value(self.path), self.state.preset.value(self.path)
        self._shows = (now, preset)
        back = self.spec_text(preset)
        goes_back = self.state.has_preset(self.path)
        self._showing = True
        try:
            self.param.update(
                value=self._shown(now),
                text=self._text(),
                preset=self._shown(preset) if goes_back else None,
                changed=goes_back and now != preset,
                preset_text=f"preset {back}" if goes_back and 0 < len(back) <= 14 else "",
                reset_text=f"Reset to {back or 'nothing'}",
            )
        finally:
            self._showing = False

    def show_effect(self, effect: Effect, *, role: str = "") -> None:
        """Write what this control did to the answer; nothing where that is not known."""
        lines = [list(pair) for pair in effect]
        if (lines, role) != (self.effect, self.effect_role):
            self.param.update(effect=lines, effect_role=role)

    def reveal(self) -> None:
        """Bring the control into view and put the focus on it."""
        self.reveals += 1

    def _show_problem(self, *_: object) -> None:
        self.error = beside(self.state, self.path)

    def spec_text(self, value: Any) -> str:
        """A stored value in words, without its unit."""
        if value is None:
            return self.spec.none_text
        if isinstance(value, bool):
            return "on" if value else "off"
        if isinstance(value, (int, float)):
            return self._number(value)
        return dict(map(tuple, self.options)).get(value, str(value)) if self.options else str(value)

    def _text(self) -> str:
        value = self.state.settings.value(self.path)
        return "" if value is None else self.spec_text(value)

    def _number(self, value: float) -> str:
        shown = round(value * self.spec.scale, ROUND)
        # More decimals than usual are kept when they were typed: 0.123 must not read 0.12.
        return words.number(shown, _decimals(shown, self.spec.decimals))

    def _shown(self, value: Any) -> Any:
        if isinstance(value, dt.date):
            return value.isoformat()
        if isinstance(value, bool) or not isinstance(value, (int, float)):
            return value
        return round(value * self.spec.scale, ROUND)

    def _stored(self, shown: Any) -> Any:
        if isinstance(shown, bool) or not isinstance(shown, (int, float)):
            return shown
        if self.spec.kind == "integer" and float(shown).is_integer():
            return int(shown)
        return round(shown / self.spec.scale, ROUND)

    def _parsed(self, text: str) -> object:
        if self.spec.kind == "text":
            return text.strip()
        trimmed = text.strip().removesuffix(self.spec.unit).strip() if self.spec.unit else text.strip()
        if not trimmed:
            return None
        if self.spec.kind == "date":
            return self.spec.check(trimmed, self.path)
        number = parse_number(trimmed, ".")
        if number is None:
            allowed = self.spec.range_text()
            raise InvalidSetting(
                f"{self.spec.label}: \u201c{trimmed[:40]}\u201d is not a number.",
                hint=f"Allowed: {allowed}." if allowed else "",
                where=self.path,
            )
        return self._stored(number.value)


def _looks(spec: Field, options: Sequence[Sequence[str]]) -> dict[str, Any]:
    """How a field is shown, in the words of the script."""
    kinds = {"choice": "segments", "flag": "flag", "text": "text", "date": "date"}
    kind = kinds.get(spec.kind, "slider" if spec.slider else "number")
    room = sum(len(text) for _, text in options)
    if options and (kind == "text" or len(options) > 4 or (len(options) > 3 and room > _SEGMENTS)):
        kind = "choice"
    dollars = spec.unit.startswith("$")
    low, high = (0.0 if x is None else x * spec.scale for x in (spec.minimum, spec.maximum))
    return {
        "kind": kind,
        "label": spec.label,
        "help": spec.help,
        "unit": spec.unit,
        "prefix": "$" if dollars else "",
        "suffix": spec.unit.removeprefix("$").strip() if dollars else spec.unit,
        "placeholder": spec.none_text if spec.optional else "",
        "ends": list(_ends(spec)),
        "marks": list(spec.marks),
        "minimum": round(low, ROUND),
        "maximum": round(high, ROUND),
        "step": round((spec.step or 1.0) * spec.scale, ROUND),
        "decimals": spec.decimals,
    }


def _ends(spec: Field) -> tuple[str, str]:
    """Both bounds as short as they can be: 0 and 10, but −0.50 and 1.00."""
    if spec.minimum is None or spec.maximum is None:
        return "", ""
    ends = [round(x * spec.scale, ROUND) for x in (spec.minimum, spec.maximum)]
    whole = all(x.is_integer() for x in map(float, ends))
    low, high = (words.number(x, 0 if whole or x == 0 else 2) for x in ends)
    return low, high


def _decimals(value: float, least: int = 0) -> int:
    """How many decimals write a figure whole."""
    return next((d for d in range(least, 8) if round(value, d) == value), least)


def _range_note(spec: Field) -> str:
    """The range beside the label of a box without a slider; not where it is too wide to mean anything."""
    if spec.slider or spec.minimum is None or spec.maximum is None or spec.maximum > 1e6:
        return ""
    ends = [round(x * spec.scale, ROUND) for x in (spec.minimum, spec.maximum)]
    low, high = (words.number(x, _decimals(x)) for x in ends)
    return f"{low} \u2013 {high}"


def grouped_paths() -> dict[str, list[str]]:
    """The dotted paths of all settings that have a group, by group, in the settings' own order."""
    groups: dict[str, list[str]] = {}
    for section, config in Settings().sections():
        for name, spec in config.specs():
            if spec.group:
                groups.setdefault(spec.group, []).append(f"{section}.{name}")
    return groups

"""Settings fields: default, bounds, label, unit and help in one place.

The control on the page, the range in an error message, the README table and the settings file are
all made from the same `Field`, so a bound exists once.
"""

import datetime as dt
import math
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Final, Literal

from core.errors import InvalidSetting, UnknownOption, cut
from core.tree import parse_tree

_KEY: Final = "hedgeboard"
Kind = Literal["number", "integer", "choice", "flag", "text", "date", "rows", "tree"]


@dataclass(frozen=True, kw_only=True)
class Field:
    """What is known about one setting.

    `scale` turns the stored value into the shown one (fractions are stored, per cent are shown);
    `unit` belongs to the shown value. `optional` settings may be None, which means what `none_text`
    says. `more` hides the control behind its group's "More" link. `marks` are values a slider snaps to.
    """

    kind: Kind
    label: str
    help: str = ""
    unit: str = ""
    group: str = ""
    minimum: float | None = None
    maximum: float | None = None
    step: float | None = None
    scale: float = 1.0
    decimals: int = 2
    slider: bool = False
    marks: tuple[float, ...] = ()
    options: tuple[tuple[str, str], ...] = ()
    optional: bool = False
    none_text: str = "off"
    more: bool = False

    def shown(self, value: float) -> str:
        """The value as the page writes it, with its unit."""
        number = f"{value * self.scale:,.{self.decimals}f}".replace("-", "\u2212")
        return f"{number} {self.unit}".strip()

    def range_text(self) -> str:
        """The allowed range in words, in shown units."""
        if self.minimum is None or self.maximum is None:
            return ""
        return f"{self.shown(self.minimum)} to {self.shown(self.maximum)}"

    def check(self, value: object, where: str) -> object:
        """The value in its stored type.

        Raises
        ------
        InvalidSetting
            When it is of another kind or outside the bounds; the message names setting, value and
            range.
        """
        if value is None:
            if self.optional:
                return None
            raise InvalidSetting(f"{self.label} must have a value.", where=where)
        return _CHECKS[self.kind](self, value, where)


def _wrong(spec: Field, value: object, where: str, wanted: str) -> InvalidSetting:
    return InvalidSetting(
        f"{spec.label} is {cut(repr(value))}, which is not {wanted}.",
        hint=f"Allowed: {spec.range_text()}." if spec.range_text() else "",
        where=where,
    )


def is_finite(value: float) -> bool:
    """Whether a number is finite as a float; a whole number can be too large to be one."""
    try:
        return math.isfinite(value)
    except OverflowError:
        return False


def _number(spec: Field, value: object, where: str) -> float:
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise _wrong(spec, value, where, "a number")
    if not is_finite(value):
        raise _wrong(spec, value, where, "a finite number")
    low, high = spec.minimum, spec.maximum
    if (low is not None and value < low) or (high is not None and value > high):
        raise InvalidSetting(
            f"{spec.label} is {spec.shown(float(value))}, outside its range.",
            hint=f"Allowed: {spec.range_text()}.",
            where=where,
        )
    return float(value)


def _integer(spec: Field, value: object, where: str) -> int:
    number = _number(spec, value, where)
    if number != int(number):
        raise _wrong(spec, value, where, "a whole number")
    return int(number)


def _choice(spec: Field, value: object, where: str) -> str:
    names = tuple(name for name, _ in spec.options)
    if not isinstance(value, str) or value not in names:
        raise UnknownOption(str(value), names, kind=spec.label.lower(), where=where)
    return value


def _flag(spec: Field, value: object, where: str) -> bool:
    if not isinstance(value, bool):
        raise _wrong(spec, value, where, "on or off (true or false)")
    return value


def _text(spec: Field, value: object, where: str) -> str:
    if not isinstance(value, str):
        raise _wrong(spec, value, where, "text")
    return value


def _date(spec: Field, value: object, where: str) -> dt.date:
    if isinstance(value, str):
        try:
            return dt.date.fromisoformat(value)
        except ValueError:
            raise _wrong(spec, value, where, "a date like 2025-04-04") from None
    if isinstance(value, dt.datetime) or not isinstance(value, dt.date):
        raise _wrong(spec, value, where, "a date like 2025-04-04")
    return value


def _rows(spec: Field, value: object, where: str) -> object:
    if isinstance(value, (str, bytes)) or not isinstance(value, (list, tuple)):
        raise _wrong(spec, value, where, "a list of rows")
    return tuple(value)


def _tree(_: Field, value: object, where: str) -> object:
    return parse_tree(value, where)


_CHECKS: Final[dict[Kind, Callable[[Field, object, str], object]]] = {
    "number": _number,
    "integer": _integer,
    "choice": _choice,
    "flag": _flag,
    "text": _text,
    "date": _date,
    "rows": _rows,
    "tree": _tree,
}


def setting(default: Any, kind: Kind, label: str, **about: Any) -> Any:
    """A dataclass field that carries its `Field`; the type checker sees the annotated type."""
    return field(default=default, metadata={_KEY: Field(kind=kind, label=label, **about)})


def field_of(metadata: Any) -> Field | None:
    """The `Field` inside a dataclass field's metadata, or None."""
    found = metadata.get(_KEY)
    return found if isinstance(found, Field) else None

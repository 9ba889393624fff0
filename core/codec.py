"""Settings to and from plain dictionaries: the JSON file, and later the link."""

import dataclasses
import datetime as dt
from collections.abc import Mapping
from typing import Any

from core.data.base import PROVIDERS
from core.errors import InvalidSetting, UnknownOption, cut
from core.settings import Settings
from core.tree import Question, tree_to_plain


def settings_to_dict(settings: Settings) -> dict[str, dict[str, Any]]:
    """Every setting as plain JSON values, section by section; dates as ISO text, holdings as lists."""
    return {
        section: {name: _plain(getattr(config, name)) for name, _ in config.specs()}
        for section, config in settings.sections()
    }


def settings_from_dict(raw: Mapping[str, Any], *, base: Settings | None = None) -> Settings:
    """The settings a dictionary describes; what it leaves out comes from `base`, or the defaults.

    A source other than the sample brings its own benchmark and hedge where none are named.

    Raises
    ------
    InvalidSetting
        On an unknown section or setting (with the nearest known name), a wrong type or a value out of range.
    """
    settings = base or Settings()
    if not isinstance(raw, Mapping):
        raise InvalidSetting(
            'Settings must be an object of sections, such as {"beta": {"window_sessions": 90}}.'
        )
    known = dict(settings.sections())
    changed: dict[str, Any] = {}
    for section, values in raw.items():
        if section not in known:
            raise UnknownOption(str(section), known, kind="section of settings", where=cut(str(section)))
        if not isinstance(values, Mapping):
            raise InvalidSetting(f"Section {section!r} must be an object of settings.", where=str(section))
        names = [name for name, _ in known[section].specs()]
        for name in values:
            if name not in names:
                where = f"{section}.{cut(str(name))}"
                raise UnknownOption(str(name), names, kind=f"setting in {section}", where=where)
        given = dict(values)
        if section == "data":
            given = _with_own_symbols(given, settings.data.provider)
        changed[section] = dataclasses.replace(known[section], **given)
    return dataclasses.replace(settings, **changed)


def _with_own_symbols(values: dict[str, Any], current: str) -> dict[str, Any]:
    provider = values.get("provider", current)
    if provider == current or not isinstance(provider, str):
        return values
    item = PROVIDERS.get(provider, where="data.provider").item
    return {"benchmark": item.benchmark, "hedge": item.hedge, **values}


def _plain(value: object) -> Any:
    if isinstance(value, Question):
        return tree_to_plain(value)
    if isinstance(value, dt.date):
        return value.isoformat()
    if isinstance(value, tuple):
        items = value[:-1] if hasattr(value, "cost") and value[-1] is None else value
        return [_plain(item) for item in items]
    return value

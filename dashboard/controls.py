"""The settings panel: groups of controls, live, each with a summary that stays useful when folded."""

import datetime as dt
from collections.abc import Sequence
from typing import Any, ClassVar, Final

import numpy as np
import param
from panel.viewable import Child, Children

from core.data.base import PROVIDERS
from core.instruments import instrument, known_instruments
from core.settings import DataSettings
from dashboard import rule
from dashboard.component import Component
from dashboard.config import with_source
from dashboard.effects import EffectLines
from dashboard.forms import FieldControl, grouped_paths, spec_of
from dashboard.icons import ICONS
from dashboard.runner import Runner
from dashboard.state import AppState, Problem
from dashboard.summary import answer, financing, summaries
from dashboard.web import script, style

GROUPS: Final = ("Book", "Beta", "Triggers", "Hedge", "Costs")
"""The groups from top to bottom."""

OPEN: Final = ("Book", "Beta")
"""The groups that are open the first time."""

MODEL: Final = "SH-MODEL"


class Drawer(Component):
    """Where the controls of a group stand once they are wanted."""

    objects = Children()
    halves = param.List(default=[], doc="Which of `objects` share a row with their neighbour.")

    _bundle = script("drawer")
    _stylesheets: ClassVar[list[str]] = [style("drawer")]


class Group(Component):
    """A foldable group; what is in `more` stays hidden behind its link.

    The browser builds the controls when they are first seen: all at once take it a second.
    """

    label = param.String(default="")
    summary = param.String(default="", doc="At the right of the name, also when folded.")
    count = param.Integer(default=0, doc="How many of its settings differ from the preset.")
    open = param.Boolean(default=False, doc="Whether it is open the first time.")
    unfold = param.Integer(default=0, doc="Counts demands to show what is inside.")
    unfold_more = param.Boolean(default=False, doc="Whether the demand is for what is behind the link.")
    has_more = param.Boolean(default=False)
    near = Child()
    far = Child()

    _bundle = script("group")
    _stylesheets: ClassVar[list[str]] = [style("group")]

    def __init__(
        self, objects: Sequence[Component], more: Sequence[Component], *, halves: Sequence[int], **params: Any
    ) -> None:
        self.objects, self.more = tuple(objects), tuple(more)
        near, far = (Drawer(margin=0, sizing_mode="stretch_width") for _ in range(2))
        near.halves = list(halves)
        super().__init__(
            near=near, far=far, has_more=bool(more), margin=0, sizing_mode="stretch_width", **params
        )
        if self.open:
            self.fill("near")

    def told(self, message: dict[str, Any]) -> None:
        """Somebody sees the group, or what is behind its link, for the first time."""
        if message.get("fill") in ("near", "far"):
            self.fill(message["fill"])

    def fill(self, drawer: str) -> None:
        """Put the controls where they are seen; a second time changes nothing."""
        place, controls = (self.near, self.objects) if drawer == "near" else (self.far, self.more)
        if not place.objects:
            place.objects = list(controls)

    def reveal(self, *, more: bool) -> None:
        """Unfold it, and with `more` what is behind its link."""
        self.fill("near")
        if more:
            self.fill("far")
        self.unfold_more = more
        self.unfold += 1


class SettingsPanel(Component):
    """Head, groups and foot."""

    groups = Children()
    count = param.Integer(default=0, doc="How many settings differ from the preset.")
    answer = param.List(default=[], doc="Pairs of words and their role: the answer, repeated on phones.")

    _bundle = script("settings")
    _stylesheets: ClassVar[list[str]] = [style("settings")]
    _constants: ClassVar[dict[str, Any]] = {"icons": ICONS}

    def __init__(self, state: AppState, **params: Any) -> None:
        self.state = state
        super().__init__(**params)

    def told(self, message: dict[str, Any]) -> None:
        """Close, or go back to the preset."""
        if message.get("close"):
            self.state.settings_open = False
        if message.get("reset"):
            self.state.reset()


class SourceControl(FieldControl):
    """The price source; its own benchmark and hedge come with it."""

    def change(self, value: object) -> bool:
        """Switch, keeping the book and the folder."""
        if self.state.refuses(self.path):
            return False
        self.state.apply(with_source(self.state.settings, str(value)))
        return True


class InstrumentControl(FieldControl):
    """The hedge, among the inverse funds that the source has."""

    def __init__(self, state: AppState, path: str) -> None:
        super().__init__(state, path, options=instrument_options(state.settings.data))
        state.param.watch(self._offer, "settings")

    def _offer(self, event: param.parameterized.Event) -> None:
        offered = [list(pair) for pair in instrument_options(event.new.data)]
        if offered != self.options:
            self.options = offered


class StartControl(FieldControl):
    """The first day of the data; one that leaves no session is refused here, where it was typed."""

    def __init__(self, state: AppState, path: str, *, note: str | None = None) -> None:
        self.page = state
        super().__init__(state, path, note=note)

    def change(self, value: object) -> bool:
        """Take a day before the one that the page is as of."""
        analysis = self.page.analysis
        if isinstance(value, dt.date) and analysis is not None:
            last = analysis.market.as_of
            if np.datetime64(value) >= last:
                self.state.problem = Problem(
                    message=f"{self.spec.label} is {value}, which leaves no data.",
                    hint=f"Allowed: days before {last}, or empty for all there is.",
                    where=self.path,
                    refused=True,
                )
                return False
        return super().change(value)


def instrument_options(data: DataSettings) -> tuple[tuple[str, str], ...]:
    """The hedge instruments to offer: known funds that the source has, the modelled one, the one in use."""
    there = set(PROVIDERS[data.provider].item.available(data.folder))
    names = [fund.symbol for fund in known_instruments() if fund.symbol in there]
    names += [name for name in (MODEL, data.hedge) if name not in names]
    return tuple((name, _instrument_label(name, data)) for name in dict.fromkeys(names))


def _instrument_label(name: str, data: DataSettings) -> str:
    label = instrument(name, factor=data.model_factor, fee=data.model_fee).label
    return f"{name} {label.removeprefix('modelled ')}"


def build(state: AppState, runner: Runner, book: Component) -> SettingsPanel:
    """The panel. `book` (chips, add field, editing) stands first in the group Book."""
    controls = {
        path: _control(state, path) for paths in grouped_paths().values() for path in paths if _has(path)
    }
    extra = _data_controls(state)
    groups = {}
    for name, paths in grouped_paths().items():
        mine = rule.ordered([path for path in paths if path in controls])
        near = [path for path in mine if not rule.is_more(path)]
        objects: list[Component] = [controls[path] for path in near]
        more = [controls[path] for path in mine if rule.is_more(path)]
        if name == "Book":
            objects, more = [book, *objects], list(extra.values())
        groups[name] = Group(
            objects,
            more,
            halves=[i for i, path in enumerate(near) if path in rule.HALVES],
            label=name,
            open=name in OPEN,
        )
    panel = SettingsPanel(state, groups=[groups[name] for name in GROUPS])
    every = {**controls, **extra}
    members = {
        name: [path for path in paths if path in every or not _has(path)]
        for name, paths in grouped_paths().items()
    }
    members["Book"] += extra

    def count(*_: object) -> None:
        changed = set(state.changed_paths())
        panel.count = len(changed)
        for name, group in groups.items():
            group.count = len(changed & set(members[name]))

    def show_folder(*_: object) -> None:
        if "data.folder" in extra:
            extra["data.folder"].visible = state.settings.data.provider == "files"

    def summarise(*_: object) -> None:
        if state.analysis is not None:
            for name, text in summaries(state.analysis).items():
                groups[name].summary = text
            panel.answer = answer(state.analysis)
            cost = financing(state.analysis)
            controls["hedge.funding"].show_effect([(cost, False)] if cost else [], role="crit")

    lines = EffectLines(state, runner, controls)

    async def show_effects(_: param.parameterized.Event) -> None:
        newest = await lines.newest()
        if newest is None:
            return  # an earlier call shows them
        analysis, found = newest[0], rule.gathered(newest[1])
        for path, control in controls.items():
            # What a shortfall costs a day stays under the choice of funding.
            if path != "hedge.funding" or not financing(analysis):
                control.show_effect(found.get(path, []))

    def unfold(where: str) -> None:
        for name, paths in members.items():
            if where in paths:
                groups[name].reveal(more=where in extra or (where in controls and rule.is_more(where)))

    def reveal(event: param.parameterized.Event) -> None:
        if event.new is not None:
            unfold(event.new.where)

    def find(event: param.parameterized.Event) -> None:
        if event.new in every:
            state.param.update(sought="", settings_open=True)
            unfold(event.new)
            every[event.new].reveal()

    state.param.watch(count, ["settings", "preset"])
    state.param.watch(show_folder, "settings")
    state.param.watch(find, "sought")
    state.param.watch(summarise, "analysis")
    state.param.watch(show_effects, "analysis")
    state.param.watch(reveal, "problem")
    rule.keep(state, controls)
    for update in (count, show_folder, summarise):
        update()
    return panel


def _has(path: str) -> bool:
    # Rows are edited as chips and in the grid, the tree where it is drawn.
    return spec_of(path).kind not in ("rows", "tree")


def _control(state: AppState, path: str) -> FieldControl:
    if path == "data.hedge":
        return InstrumentControl(state, path)
    if path == "portfolio.cash":
        return FieldControl(state, path, note="negative: borrowed")
    if path in rule.LOOKS:
        return FieldControl(state, path, **rule.LOOKS[path])
    if spec_of(path).kind == "flag":
        return FieldControl(state, path, note="", remark=spec_of(path).help)
    return FieldControl(state, path)


def _data_controls(state: AppState) -> dict[str, FieldControl]:
    """The controls behind "More" of the book, by path; those that the server has fixed are not there."""
    found: dict[str, FieldControl] = {}
    if "data.folder" not in state.fixed:
        found["data.provider"] = SourceControl(state, "data.provider", options=_sources())
        found["data.folder"] = FieldControl(state, "data.folder", note="one file a symbol")
    found["data.start"] = StartControl(state, "data.start", note="like 2015-01-31")
    return found


def _sources() -> tuple[tuple[str, str], ...]:
    return tuple((name, PROVIDERS[name].label) for name in PROVIDERS.names())

"""The lab: Was the ratio the same all along."""

from html import escape
from typing import Final

import panel as pn

from core.lab.compare import variants
from core.ratios.base import HedgeRatio
from core.ratios.rolling import RollingRatio
from dashboard.charts import ratio_path as drawn
from dashboard.charts.base import Words
from dashboard.charts.timeline import TimeStack
from dashboard.forms import FieldControl
from dashboard.lab import LabState
from dashboard.parts import Part, grid, head, segments, table
from dashboard.plot import bokeh
from dashboard.state import AppState
from dashboard.views.lab_spread import chosen
from dashboard.views.lab_work import WorkLine, misfit, pending, refused, still_shown

CONTROLS: Final = ("lab.window", "lab.step")

REFITS: Final = {"trailing": "Trailing", "expanding": "All so far"}
"""What each refit uses."""


class RollingCard:
    """The method shown, refitted on the way; the last good refits stay while new ones are made."""

    def __init__(self, state: AppState, lab: LabState) -> None:
        self.state, self.lab = state, lab
        self._drawn: tuple[object, ...] = ()
        self._kept: tuple[str, str, RollingRatio] | None = None
        self.stack = TimeStack(drawn.lanes(), drawn.TIPS, dark=state.dark)
        self.chart = Part(
            kind="chart half", body=[bokeh(self.stack.layout)], sizing_mode="stretch_both"
        ).on_press(self._pressed)
        self.controls = {path: FieldControl(lab, path, note="") for path in CONTROLS}
        self.foot, self.of = Part(), Part()
        self.work = WorkLine(
            lab, lab.refitting, "Refitting",
            changed=self._update, still=self._still, wrong=lambda: misfit(lab, unseen=False),
        )  # fmt: skip
        levels = grid("levels", *self.controls.values())
        self.view = Part(kind="card path", body=[self.chart, self.of, levels, self.foot, self.work.view])
        lab.param.watch(self._update, ["compared", "rolling", "settings", "problem"])
        lab.studying.param.watch(self._update, "answer")
        lab.comparing.param.watch(self._update, ["work", "answer"])
        state.param.watch(self._update, "page")
        state.param.watch(lambda event: self.stack.recolour(event.new), "dark")
        self._update()

    def _update(self, *_: object) -> None:
        lab, compared = self.lab, self.lab.compared
        if self.state.page != "lab":
            return
        if lab.rolling is not None and compared is not None and not pending(lab.refitting):
            self._kept = (compared.prices.key, label_of(lab.rolling), lab.rolling)
        if self._kept is not None and (compared is None or self._kept[0] != compared.prices.key):
            self._kept = None
        whole = self._whole()
        problem = refused(lab.refitting)
        busy = not lab.is_current or (pending(lab.refitting) and lab.refitting.work is not None)
        of = still_shown(lab)
        key = (
            None if self._kept is None else (*self._kept[:2], self._kept[2].key),
            None if whole is None else whole.key,
            problem,
            busy,
            of,
            lab.settings.lab.expanding,
            compared is None,
        )
        if key == self._drawn:
            return
        self._drawn = key
        with pn.io.hold():
            dim = " pending" if busy and self._kept is not None else ""
            self.chart.kind = f"chart half{'' if self._kept is not None else ' bare'}{dim}"
            self.foot.kind = dim.strip()
            self.of.object = of
            self._draw(whole)

    def _whole(self) -> HedgeRatio | None:
        """What the whole period says by the method of the refits, with its interval once that is known."""
        lab = self.lab
        plain = chosen(lab).ratio
        return plain if plain is None or pending(lab.studying) else lab.study_of(plain) or plain

    def _draw(self, whole: HedgeRatio | None) -> None:
        how = "expanding" if self.lab.settings.lab.expanding else "trailing"
        tool = segments("refits", REFITS, how, label="What each refit uses")
        if self._kept is None:
            waiting = refused(self.lab.refitting) is None
            said = "The ratio is being refitted\u2026" if waiting else "There are no refits to show."
            self.chart.param.update(object=head(Words(drawn.TITLE, "", said), tool, twin=False), twin="")
            self.foot.object = ""
            return
        _, label, rolling = self._kept
        same = whole is not None and _alike(whole, rolling)
        shown = drawn.Refitted(rolling, label, whole if same else None)
        self.stack.update(drawn.history(shown), shown.window, names=drawn.names(shown))
        self.chart.param.update(object=head(drawn.describe(shown), tool), twin=table(drawn.twin(shown)))
        notes = [drawn.gaps(shown), drawn.coverage(shown)]
        self.foot.object = "".join(f'<p class="sub">{escape(note)}</p>' for note in notes if note)

    def _still(self) -> str:
        """What is shown while there are no newer refits."""
        return "" if self._kept is None else "The chart shows the refits of before."

    def _pressed(self, name: str) -> None:
        kind, _, key = name.partition(":")
        if kind == "refits" and key in REFITS:
            self.lab.change("lab.expanding", key == "expanding")


def _alike(whole: HedgeRatio, rolling: RollingRatio) -> bool:
    """Whether both are by one method; a window may have chosen the lag of its own statistic."""
    ways = [
        {name: getattr(one.options, name) for name, _ in one.options.specs() if name != "lag"}
        for one in (whole, rolling)
    ]
    return whole.method == rolling.method and ways[0] == ways[1]


def label_of(rolling: RollingRatio) -> str:
    """What the method of some refits is called: the variant that has the most options in common with them."""
    options = rolling.options
    fits = [
        one
        for one in variants()
        if one.method == rolling.method
        and all(getattr(options, name) == value for name, value in one.options.items())
    ]
    return max(fits, key=lambda one: len(one.options)).label

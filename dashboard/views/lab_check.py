"""The lab: the textbook's hedge of one asset, step by step, on the days it was made from and on others."""

from contextlib import suppress
from dataclasses import replace
from html import escape
from typing import Final

import panel as pn

from core.errors import HedgeError
from core.lab.check import AssetCheck, asset_of, column_of
from core.lab.files import kept_table
from dashboard.charts import check as chart
from dashboard.charts import scatter
from dashboard.charts.base import Words
from dashboard.charts.pictures import whiskers
from dashboard.charts.timeline import TimeStack
from dashboard.forms import FieldControl
from dashboard.lab import LabState
from dashboard.lab_words import after_the_day
from dashboard.parts import Part, grid, head, plain_table, segments, table
from dashboard.plot import Plot, bokeh
from dashboard.problems import beside
from dashboard.sight import Sight
from dashboard.state import AppState
from dashboard.views.lab_work import line, pending, refused

NAME: Final = "Checking the hedge"
OFFERED: Final = 10
"""Assets that are offered as buttons; any other is typed."""

OTHER: Final = "\u2026"
"""What the button of any other asset is called among them: no ticker is."""


class PeriodControl(FieldControl):
    """The years to look at; choosing them takes days away that were typed."""

    def change(self, value: object) -> bool:
        """Take the years in place of both days."""
        now = self.state.settings
        try:
            changed = replace(now, check=replace(now.check, period=value, start=None, end=None))
        except HedgeError:
            return super().change(value)
        self.state.apply(changed)
        return True


class CheckCard:
    """Five steps in order, each with its figures; loaded and drawn once the card has come into sight."""

    def __init__(self, state: AppState, lab: LabState) -> None:
        self.state, self.lab = state, lab
        self._drawn: tuple[object, ...] = ()
        self._offered: tuple[object, ...] = ()
        self._typing = False
        self.offer = Part(kind="offer").on_press(self._pressed)
        self.controls = {
            "check.asset": FieldControl(
                lab, "check.asset", note="", label="Other asset", placeholder="ticker"
            ),
            "check.period": PeriodControl(lab, "check.period"),
            "check.start": FieldControl(lab, "check.start"),
            "check.end": FieldControl(lab, "check.end"),
            "check.learn": FieldControl(lab, "check.learn"),
            "check.errors": FieldControl(lab, "check.errors"),
            "check.benchmark": FieldControl(lab, "check.benchmark", note="a column of your table"),
        }
        self.status = Part().on_press(self._pressed)
        self.before = TimeStack(chart.lanes(hedged=False), chart.tips(hedged=False), dark=state.dark)
        self.after = TimeStack(chart.lanes(hedged=True), chart.tips(hedged=True), dark=state.dark)
        self.plane = Plot()
        self.facts = Part(kind="single")
        self.steps = [
            Part(kind="chart half", body=[bokeh(self.before.layout)]),
            Part(kind="chart half", body=[self.plane]),
            Part(kind="chart half", body=[bokeh(self.after.layout)]),
            Part(kind="step proof"),
            Part(kind="step carried"),
        ]
        first, second, third, fourth, fifth = self.steps
        middle, last = grid("column first", second, self.facts), grid("column first proven", third, fourth)
        self.grid = grid("steps", first, middle, last, fifth)
        self.sight = Sight()
        typed, *rest = self.controls.values()
        self.view = Part(
            kind="card checked",
            body=[
                self.offer, grid("other", typed), grid("fields", *rest), self.status, self.grid, self.sight,
            ],
        )  # fmt: skip
        lab.param.watch(self._update, ["settings", "check", "problem"])
        lab.checking.param.watch(self._update, ["work", "answer"])
        state.param.watch(self._update, ["page", "settings", "analysis", "dark"])
        self.sight.param.watch(self._update, "seen")
        self._update()

    def _update(self, *_: object) -> None:
        if self.state.page != "lab":
            return
        if self.sight.seen:
            self.lab.check_asset()
        with pn.io.hold():
            self._offer()
            self._say()
            found, dark = self.lab.check, self.state.dark
            now = (None if found is None else found.key, dark)
            if now != self._drawn:
                self._drawn = now
                self._draw(found, dark=dark)

    def _offer(self) -> None:
        """The assets that are one click away, and in a table of the user's own the column to hedge with."""
        lab, check = self.lab.settings.lab, self.lab.settings.check
        table_names: tuple[str, ...] = ()
        if lab.source == "file":
            with suppress(HedgeError):
                table_names = kept_table(lab.file, lab.file_name).names
        names = table_names or (*lab.legs, *self.state.settings.portfolio.tickers)
        now = (names, check.asset, check.benchmark, lab.legs, lab.source, self._typing)
        if now == self._offered:
            return
        self._offered = now
        chosen = ""
        with suppress(HedgeError):
            chosen = asset_of(check, lab)
        some = {name: name for name in list(dict.fromkeys(names))[:OFFERED]}
        self._typed = self._typing or chosen not in some
        lit = OTHER if self._typed else chosen
        offered = segments("asset", {**some, OTHER: "Other\u2026"}, lit, label="Asset")
        # One control for one setting: buttons where all columns have one, else the field.
        listed = 0 < len(table_names) <= OFFERED
        if listed:
            bench = segments("benchmark", some, column_of(check, table_names, chosen), label="Benchmark")
            offered = f"<p>Asset {offered}</p><p>Benchmark {bench}</p>"
        self.offer.object = offered
        self.controls["check.benchmark"].visible = lab.source == "file" and not listed

    def _say(self) -> None:
        """How far the check is, or why there is no newer one; a wrong setting is told beside its control."""
        checking, found = self.lab.checking, self.lab.check
        told = refused(checking)
        for path, control in self.controls.items():
            mine = told is not None and told.where == path
            control.error = (
                f"{told.message} {told.hint}".strip() if mine and told is not None else beside(self.lab, path)
            )
        self.controls["check.end"].remark = after_the_day(self.lab, self.lab.settings.check.end)
        still = f"What is shown is the check of {found.asset}." if found is not None else ""
        # The asset's field comes with its refusal.
        beside_it = told is not None and (
            told.where == "check.asset" or (told.where in self.controls and self.controls[told.where].visible)
        )
        said = f'<p class="sub">{escape(still)}</p>' if beside_it else line(checking, NAME, still=still)
        self.status.object = said
        # A refusal of an asset from a button has no other place to stand.
        asset = self.controls["check.asset"]
        asset.visible = self._typed or bool(asset.error)
        waits = told is not None or (pending(checking) and checking.work is not None)
        self.grid.kind = f"grid steps{' bare' if found is None else ' dim' if waits else ''}"

    def _draw(self, found: AssetCheck | None, *, dark: bool) -> None:
        for stack in (self.before, self.after):
            stack.recolour(dark)
        if found is None:
            self.view.object = head(Words("Does the textbook hedge work?", "", _EXPLAINED), twin=False)
            return
        first, second, third, fourth, fifth = self.steps
        self.view.object = head(chart.describe(found), twin=False)
        names, shown, window = chart.names(found), chart.history(found), chart.window(found)
        for stack in (self.before, self.after):
            stack.update(shown, window, names=names)
        first.param.update(
            object=head(chart.returns_words(found)), twin=table(chart.growth_twin(found, hedged=False))
        )
        third.param.update(
            object=head(chart.hedged_words(found)), twin=table(chart.growth_twin(found, hedged=True))
        )
        steps = found.steps
        self.plane.draw(scatter.plane(steps.line, steps.sessions, found.asset, found.benchmark, dark=dark))
        second.param.update(object=head(chart.plane_words(found)), twin=table(chart.plane_twin(found)))
        pairs = "".join(
            f"<div><dt>{escape(name)}</dt><dd>{escape(text)}</dd></div>" for name, text in chart.facts(found)
        )
        note = f'<p class="sub">{escape(chart.lacking(found))}</p>' if chart.lacking(found) else ""
        self.facts.object = f'<dl class="facts">{pairs}</dl>{note}'
        proof = chart.proof_words(found)
        fourth.object = head(proof, twin=False) + plain_table(chart.proof(found), label=proof.title)
        fifth.object = head(chart.carried_words(found), twin=False) + _carried(found)

    def _pressed(self, name: str) -> None:
        kind, _, key = name.partition(":")
        if (kind, key) == ("asset", OTHER):
            self._typing = True
            self._update()
            self.controls["check.asset"].reveal()
        elif kind in ("asset", "benchmark"):
            self._typing = False
            self.lab.change(f"check.{kind}", key)
        elif name == "stop":
            self.lab.checking.cancel()
        elif name == "again":
            self.lab.again(self.lab.checking)
            self.lab.check_asset()


_EXPLAINED: Final = (
    "One asset, its benchmark, and five steps: their returns, the line through them, the hedged return, the "
    "proof of the arithmetic, and the same hedge on days it had not seen."
)


def _carried(found: AssetCheck) -> str:
    """Both parts beside each other in one type size, each with its figures, and the betas as intervals."""
    carried = found.steps.carried
    if carried is None:
        return ""
    learned, unseen = chart.moments(found, carried)
    first, second = chart.spans(found, carried)
    sides = (
        (
            "Days it learned from",
            first,
            chart.share_removed(carried.learned.r_squared),
            "a beta of 0, by construction",
            learned,
        ),
        (
            "Days it had not seen",
            second,
            chart.share_removed(carried.removed),
            chart.left_over(carried),
            unseen,
        ),
    )
    pair = "".join(
        f'<div><h3>{title}</h3><p class="sub">{escape(span)}</p>'
        f'<p class="figure">{escape(figure)}</p><p>{escape(what)}; left {escape(left)}</p>'
        f"{plain_table(moments, label=title)}</div>"
        for title, span, (figure, what), left, moments in sides
    )
    drawn = whiskers(chart.betas(carried))
    return (
        f'<div class="pairing">{pair}<div class="betas"><h3>Beta on {escape(found.benchmark)}</h3>{drawn}'
        "</div></div>"
    )

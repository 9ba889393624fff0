"""The lab: what is asked. Legs, where their prices are from, the period, the methods, and the way out."""

import re
from collections.abc import Iterable
from html import escape
from typing import Final

import panel as pn

from core import words
from core.data.base import PROVIDERS
from core.errors import HedgeError
from core.instruments import is_modelled
from core.lab.compare import variants
from core.lab.export import export_lab
from core.lab.files import kept_table
from core.lab.settings import EXAMPLE, RatioSettings
from core.progress import Progress
from core.ratios.base import HEDGE_RATIOS
from dashboard.download import Download
from dashboard.forms import FieldControl
from dashboard.lab import LabState
from dashboard.lab_jobs import QUESTION, Compared, question
from dashboard.lab_words import after_the_day, faults, lacking, past_the_page, still_shown, whole
from dashboard.legs import LEGS, LegChips
from dashboard.parts import Part, button, dialog, grid, opener, segments
from dashboard.problems import ON_THIS_MACHINE
from dashboard.state import AppState, Problem
from dashboard.tester import Tester
from dashboard.uploads import MEGABYTE, Upload
from dashboard.views.lab_work import is_past

PERIODS: Final = {"1y": "1 y", "3y": "3 y", "5y": "5 y", "all": "All"}
LARGEST: Final = 10 * MEGABYTE
"""Bytes of a table of prices."""

RARE: Final = (
    "lab.prices",
    "lab.sign",
    "lab.lag",
    "lab.position",
    "lab.resamples",
    "lab.draws",
    "lab.table_draws",
)
"""The settings behind "More"."""

FILE: Final = "lab.file"

IN_FULL: Final = (LEGS, FILE)
"""Those whose place has room for what to do too: it is said there and nowhere else."""

HERE: Final = ("lab.legs", "lab.start", "lab.end", FILE, *RARE)
"""The settings that say under their controls in this row what was wrong with them."""

ELSEWHERE: Final = ("check.", "lab.entry", "lab.exit", "lab.band_sessions", "lab.window", "lab.step")
"""Those that say it in other cards."""


class NarrowControl(FieldControl):
    """One whose dot alone says that it was changed: there is no room for the preset's words."""

    def _refresh(self) -> None:
        super()._refresh()
        self.preset_text = ""


class QuestionBar:
    """One row: legs and source, days and methods; each pair stays together where the row wraps.

    Below it, when wanted, a table's place and more.
    """

    def __init__(self, state: AppState, lab: LabState) -> None:
        self.state, self.lab = state, lab
        self._more = self._bringing = False
        self._drawn: tuple[object, ...] = ()
        self._good: RatioSettings | None = None
        """What was asked last that has an answer, as it was asked: without the page's day."""
        self._before: dict[str, tuple[str, ...]] = {}
        self._exports = 0
        self._name, self._gaps = "", dict[str, str]()
        self.writing: Tester[bytes] = lab.tester(calm=0.0)
        self.legs = LegChips(lab)
        self.source, self.period, self.tools, self.notice = (
            Part(kind="bit").on_press(self._pressed) for _ in range(4)
        )
        self.days, self.given = Part(kind="bit told"), Part(kind="bit given")
        self.start, self.end = (NarrowControl(lab, path, note="") for path in ("lab.start", "lab.end"))
        self.export = Download(
            self._export, label="Export", help="Everything shown, as one ZIP, with the lines to redo it"
        )
        self.upload = Upload(
            take=self._arrived,
            refuse=self._refuse,
            limit=LARGEST,
            label="Choose or drop a CSV or XLSX table: one column of dates, one column of prices a leg",
            field="Table of prices",
            accept=".csv,.txt,.tsv,.xlsx",
        )
        self.place = Part(kind="grid bringing shut", body=[self.upload])
        rare = {path: NarrowControl(lab, path, note="") for path in RARE}
        self.prices = rare["lab.prices"]
        self.rare = grid("asking rare shut", *rare.values())
        out = grid("out", self.tools, self.export)
        days = grid("together days", self.period, self.start, self.end)
        row = grid("asking", grid("together", self.legs, self.source), grid("together rest", days, out))
        self.view = Part(
            kind="card ask", body=[row, self.days, self.given, self.place, self.rare, self.notice]
        )
        lab.param.watch(self._update, ["settings", "problem", "compared"])
        lab.comparing.param.watch(self._update, "answer")
        lab.reading.param.watch(self._update, "work")
        state.param.watch(self._update, ["settings", "page", "analysis"])
        self.writing.param.watch(self._written, "answer")
        self._update()

    def _update(self, *_: object) -> None:
        lab, compared = self.lab.settings.lab, self.lab.compared
        if self.lab.is_current:
            self._good = question(lab)
        days = past_the_page(self.lab)
        if after := after_the_day(self.lab, lab.end):
            days = f"To: {after}"
        now = (
            days,
            lab, faults(self.lab), compared, self._more, self._bringing, self.lab.is_current,
            is_past(self.lab), self.state.settings.data.provider, self.lab.reading.work is None,
        )  # fmt: skip
        if self.state.page != "lab" or now == self._drawn:
            return
        self._drawn = now
        if lab.source == "file":
            self._bringing = False
        with pn.io.hold():
            names = {"sample": "Sample", "source": self._page_source(), "file": "Your file"}
            self.source.object = segments("source", names, lab.source, label="Prices from")
            period = "" if lab.start is not None else lab.period
            self.period.object = segments("period", PERIODS, period, label="Period")
            self.tools.object = self._tools(lab)
            self.notice.object = self._notice()
            self.days.object = days and f'<p class="sub" role="status">{escape(days)}</p>'
            self._show_days(compared)
            self.prices.remark = self._about_prices(lab)
            self.rare.kind = f"grid asking rare{'' if self._more else ' shut'}"
            self._show_place(lab)

    def _show_days(self, compared: Compared | None) -> None:
        """Beside days that were not typed those that are used; nothing of an earlier question's."""
        for control, place in ((self.start, 0), (self.end, -1)):
            if compared is not None and self.lab.is_current:
                control.placeholder = str(compared.prices.sessions[place])
            elif is_past(self.lab):
                control.placeholder = control.spec.none_text

    def _show_place(self, lab: RatioSettings) -> None:
        fault = whole(self.lab, FILE)
        asked = self._about_file(lab) if lab.source == "file" else ""
        said = ""
        if self.lab.reading.work is not None:
            said = '<p class="sub" role="status">Reading the table</p>'
        elif fault:
            said = f'<p class="fault" role="alert">{escape(fault)}</p>'
            asked = asked and f"Still asked for: {asked}"
        if lab.source != "file" and (fault or self._bringing):
            source = "Sample" if lab.source == "sample" else self._page_source()
            asked = f"Until a table is taken, {words.listed(lab.legs)} are asked for ({source})."
        if asked:
            said += f'<p class="sub">{escape(asked)}</p>'
        wanted = self._bringing or lab.source == "file" or bool(fault)
        self.place.param.update(object=said, kind=f"grid bringing{'' if wanted else ' shut'}")

    def _about_prices(self, lab: RatioSettings) -> str:
        """Why the choice of prices changes nothing, where it does not."""
        if lab.source == "file":
            return "A table of yours is taken as it stands."
        compared = self.lab.compared
        if compared is None or not self.lab.is_current or not compared.prices.put_back:
            return ""
        return "Both are the same in this source."

    def _about_file(self, lab: RatioSettings) -> str:
        try:
            table = kept_table(lab.file)
        except HedgeError:
            return f"{lab.file_name}."
        days = f"{words.day(table.sessions[0])} \u2013 {words.day(table.sessions[-1])}"
        first = "The first two columns were taken as legs; add" if len(table.names) > 2 else "Add"
        return (
            f"{lab.file_name}: {words.counted(len(table.names), 'column')}, "
            f"{words.counted(len(table.sessions), 'day')}, {days}. {first} or remove columns as legs above."
        )

    def _page_source(self) -> str:
        return f"Page: {PROVIDERS[self.state.settings.data.provider].label}"

    def _tools(self, lab: RatioSettings) -> str:
        every = variants()
        compared = set(lab.methods) or {one.key for one in every}
        rows = "".join(
            f'<button type="button" class="check" data-press="method:{one.key}" role="checkbox" '
            f'aria-checked="{str(one.key in compared).lower()}"><i></i><span><b>{escape(one.label)}</b> '
            f"{escape(HEDGE_RATIOS[one.method].item.question)}</span></button>"
            for one in every
        )
        whole = button("methods:all", "All methods", kind="box") if lab.methods else ""
        about = "What each makes small. At least one stays."
        return (
            f'<div class="tools">{opener("methods", f"Methods {len(compared)} of {len(every)}")}'
            f"{button('more', 'More', pressed=self._more)}"
            f"{button('reset', 'Reset')}</div>"
            f"{dialog('methods', 'Which methods are compared?', f'<p class=sub>{about}</p>{rows}{whole}')}"
        )

    def _notice(self) -> str:
        """What is wrong and what is still shown; a refusal stands beside its control alone."""
        lab, compared = self.lab, self.lab.compared
        found = [one for one in faults(lab) if not _has_control(one.where, ELSEWHERE)]
        if not found:
            return ""
        if lab.standing is None:
            # Not of the comparison, which is as wanted or under way: of a table that was read, or the export.
            problem = found[0]
            close = button("close", "Close")
            return (
                ""
                if _has_control(problem.where, HERE)
                else _told(f"{problem.message} {problem.hint}", close, wrong=not problem.wanted)
            )
        changed = self._good is not None and self._good != question(lab.settings.lab)
        texts = [self._not_beside(one, changed=changed) for one in found]
        wrong = any(text and not one.wanted for text, one in zip(texts, found, strict=True))
        texts.append("" if compared is None else still_shown(compared))
        buttons = (button("undo", "Undo the change") if changed else "") + button("again", "Try again")
        return _told(" ".join(texts), buttons, wrong=wrong)

    def _not_beside(self, problem: Problem, *, changed: bool) -> str:
        """What of a problem is not said beside its control: a typed text's remedy, or all of it."""
        if _has_control(problem.where, IN_FULL):
            return ""
        if problem == self.lab.problem and _has_control(problem.where, HERE):
            # Before the first answer, and where nothing in the lab has changed, the control says what to do.
            return problem.hint if changed else ""
        return f"{problem.message} {problem.hint}"

    def _pressed(self, name: str) -> None:
        kind, _, key = name.partition(":")
        lab = self.lab.settings.lab
        if kind == "source" and key in ("sample", "source", "file"):
            self._switch(key)
        elif kind == "period" and key in PERIODS:
            self.lab.ask_for(period=key, start=None, end=None if key == "all" else lab.end)
        elif kind == "method":
            self._toggle(key)
        elif kind == "methods":
            self.lab.ask_for(methods=())
        elif kind == "more":
            self._more = not self._more
        elif kind == "reset":
            self._bringing = False
            self.lab.problem = None
            self.lab.apply(self.lab.preset)
        elif kind == "undo" and self._good is not None:
            self.lab.ask_for(**{name: getattr(self._good, name) for name in QUESTION})
        elif kind == "again":
            self.lab.again(self.lab.comparing)
        elif kind == "close":
            self.lab.problem = None
        self._update()

    def _switch(self, source: str) -> None:
        """Take prices from elsewhere, with the legs that were there before or those it is sure to have."""
        lab = self.lab.settings.lab
        if source == "file" and not lab.file:
            self._bringing = not self._bringing
            return
        self._bringing = False
        if source == lab.source:
            return
        self._before[lab.source] = lab.legs
        legs = self._before.get(source) or self._legs_for(source)
        self.lab.ask_for(source=source, legs=legs, start=None, end=None)

    def _legs_for(self, source: str) -> tuple[str, ...]:
        known = PROVIDERS["sample"].item.available("")
        legs = self.lab.settings.lab.legs
        if source == "sample":
            return legs if set(legs) <= set(known) else EXAMPLE
        data = self.state.settings.data
        if data.provider == "sample" and set(legs) <= set(known):
            return legs
        held = self._priced()
        return held[:2] if len(held) > 1 else (*(held or EXAMPLE[:1]), data.benchmark)

    def _priced(self) -> tuple[str, ...]:
        """Held names that have prices in the page's source, as far as is known; else any that it has."""
        data, analysis = self.state.settings.data, self.state.analysis

        def usual(names: Iterable[str]) -> tuple[str, ...]:
            apart = (data.hedge, data.benchmark)
            return tuple(n for n in names if n not in apart and not is_modelled(n) and not n.startswith("^"))

        book = usual(self.state.settings.portfolio.tickers)
        if analysis is not None and analysis.settings.data == data:
            there = tuple(name for name in book if name in analysis.market.tickers)
            if there:
                return there
        if data.provider not in ON_THIS_MACHINE:
            return book
        known = PROVIDERS[data.provider].item.available(data.folder)
        return tuple(name for name in book if name in known) or usual(known)

    def _toggle(self, key: str) -> None:
        lab, every = self.lab.settings.lab, [one.key for one in variants()]
        now = set(lab.methods) or set(every)
        now ^= {key} & set(every)
        kept = tuple(one for one in every if one in now)
        if kept:
            shown = lab.shown if lab.shown in now else kept[0]
            self.lab.ask_for(methods=() if len(kept) == len(every) else kept, shown=shown)

    def _arrived(self, data: bytes, name: str) -> None:
        self._bringing = True
        self.lab.problem = None
        self.lab.take(data, name)

    def _refuse(self, why: str) -> None:
        self._bringing = True
        self.lab.problem = Problem(message=why, where=FILE)

    def _export(self) -> None:
        lab, compared, table = self.lab, self.lab.compared, self.lab.table
        settings = lab.stated
        if compared is None or table is None or settings is None:
            lab.problem = Problem(message="There is nothing to export yet.")
            return
        shown, rolling = lab.studied, lab.refitted
        ranking = lab.ranking.ranking if lab.ranking is not None and lab.is_ranked else None
        check, data = lab.checked, compared.data
        gaps = lacking(lab)

        def job(_: Progress) -> bytes:
            return export_lab(
                settings, compared.prices, table,
                data=data, shown=shown, rolling=rolling, ranking=ranking, check=check,
                lacking=gaps,
            )  # fmt: skip

        legs = "-".join(re.sub(r"\W+", "", leg) or "leg" for leg in compared.prices.legs[:4])
        self._exports += 1
        self._name, self._gaps = f"hedge-ratios-{legs}.zip", gaps
        self.given.object = ""
        self.export.busy = True
        self.writing.ask(self._exports, job)

    def _written(self, *_: object) -> None:
        answer = self.writing.answer
        self.export.busy = False
        if answer is None:
            return
        if answer.result is None:
            self.lab.problem = answer.problem
            return
        self.export.give(answer.result, self._name)
        self.writing.answer = None  # the browser has it now: a session keeps no copy
        alike: dict[str, list[str]] = {}
        for what, why in self._gaps.items():
            alike.setdefault(why, []).append(what)
        gone = "; ".join(f"{words.listed(names)}: {why}" for why, names in alike.items())
        text = f"{self._name} is without {gone}." if gone else f"{self._name} has everything."
        self.given.object = f'<p class="sub" role="status">{escape(text)}</p>'


def _has_control(path: str, where: tuple[str, ...]) -> bool:
    """Whether a refusal of this setting stands beside one of these controls, or of these sections'."""
    return any(path == one or (one.endswith(".") and path.startswith(one)) for one in where)


def _told(text: str, buttons: str, *, wrong: bool) -> str:
    """A line of words with the ways on; in red where something is wrong that no control says."""
    kind = "working wrong" if wrong else "working"
    return f'<div class="{kind}" role="status"><span>{escape(" ".join(text.split()))}</span>{buttons}</div>'

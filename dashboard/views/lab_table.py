"""The lab: which hedge ratio, and does it depend on which leg comes first. A row a method, one lit."""

import math
from dataclasses import replace
from html import escape
from typing import Final

import panel as pn

from core import words
from core.lab.cointegration import simulated_p_value
from core.lab.compare import RatioRow, variant, variants
from core.lab.notebook import row_lines
from core.ratios.base import HEDGE_RATIOS, PURPOSE, HedgeRatio
from dashboard.charts import ratios
from dashboard.charts.base import Words
from dashboard.charts.ratios import Column, RatioTable
from dashboard.lab import LabState
from dashboard.parts import TRIANGLE, Part, dialog, head, opener
from dashboard.state import AppState
from dashboard.views.lab_work import WorkLine, is_past, pending, refused

GUARD: Final = (
    f'<p class="guard" title="{escape(PURPOSE)}">{TRIANGLE}<span><b>A different question.</b> '
    "These ratios ask which mix of prices mean-reverts, not what removes the market.</span></p>"
)


_DRAWN_ERROR: Final = (
    f'<p class="sub">{ratios.DRAWN} From legs drawn anew. The error is from the middle half of what their'
    " ratios missed by, as a normal\u2019s would be; the interval allows for the middle 95\u202f% of it and"
    " may reach much farther than two errors.</p>"
)


class Going(WorkLine):
    """How far the comparison is; why there is none is said above, beside what was asked."""

    def _words(self) -> str:
        return "" if refused(self.tester) is not None else super()._words()


class TableCard:
    """All methods beside each other; pressing one shows its spread in the other cards."""

    def __init__(self, state: AppState, lab: LabState) -> None:
        self.state, self.lab = state, lab
        self._drawn: tuple[object, ...] = ()
        self._order, self._falling = "", False
        comparing = Going(lab, lab.comparing, name="The comparison", changed=self._update)
        drawing = WorkLine(lab, lab.drawing, name="Intervals", changed=self._update)
        simulating = WorkLine(lab, lab.simulating, "p-values", changed=self._update, still=self._simulated)
        self.table = Part(kind="compared").on_press(self._pressed)
        self.foot = Part()
        self.view = Part(
            kind="card ratios", body=[comparing.view, self.table, drawing.view, simulating.view, self.foot]
        )
        lab.param.watch(self._update, ["settings", "compared", "problem"])
        lab.studying.param.watch(self._update, "answer")
        state.param.watch(self._update, "page")
        self._update()

    def _update(self, *_: object) -> None:
        lab = self.lab
        if self.state.page != "lab":
            return
        waits = is_past(lab) or (lab.comparing.work is not None and pending(lab.comparing))
        now = (
            lab.table, lab.study, lab.settings.lab, lab.is_current, waits, pending(lab.drawing),
            self._waits_for_p(), self._order, self._falling, lab.problem if lab.compared is None else None,
        )  # fmt: skip
        if now == self._drawn:
            return
        self._drawn = now
        with pn.io.hold():
            self._draw(waits)

    def _draw(self, waits: bool) -> None:
        shown = self._shown()
        if shown is None:
            self.table.object = self._nothing()
            self.foot.object = ""
            return
        self.table.kind = f"compared{' dimmed' if waits else ''}"
        about = opener("row", f"More on {variant(self.lab.settings.lab.shown).label}", short="More")
        self.table.object = (
            f"{head(ratios.describe(shown), about, twin=False)}{self._rows(shown)}{self._details(shown)}"
        )
        notes = "".join(f"<li>{note}</li>" for note in ratios.footnotes(shown))
        self.foot.object = f'{GUARD}<ul class="small">{notes}</ul>'

    def _shown(self) -> RatioTable | None:
        lab, now = self.lab, self.lab.settings.lab
        if lab.compared is None or lab.table is None:
            return None
        asked = replace(
            lab.compared.asked,
            shown=now.shown, position=now.position,
            draws=now.draws, table_draws=now.table_draws, resamples=now.resamples,
        )  # fmt: skip
        row = next((one.result for one in lab.table.methods if one.key_name == now.shown), None)
        study = None if row is None else lab.study_of(row)
        return RatioTable(
            asked, lab.compared.prices, lab.table, study, pending(lab.drawing), self._waits_for_p()
        )

    def _waits_for_p(self) -> bool:
        """Whether p-values of the rows are on their way: they come after the intervals."""
        lab = self.lab
        return pending(lab.simulating) or (lab.settings.lab.table_draws > 0 and pending(lab.drawing))

    def _simulated(self) -> str:
        """How many p-values there are, once no more come."""
        rows = [row.result for row in self.lab.table.methods if row.result] if self.lab.table else []
        there = sum(math.isfinite(simulated_p_value(found)) for found in rows)
        return f"{there} of {len(rows)} rows have a simulated p-value."

    def _nothing(self) -> str:
        """Before the first comparison: what is waited for, or why there is none."""
        problem, title = self.lab.problem, Words(ratios.TITLE, "", "")
        if problem is None:
            count = len(self.lab.settings.lab.methods) or len(variants())
            return f'{head(title, twin=False)}<p class="none" aria-busy="true">Comparing {count} methods</p>'
        hint = f" {problem.hint}" if problem.hint else ""
        return (
            f'{head(title, twin=False)}<div class="state wrong"><p><b>{escape(problem.message)}</b>'
            f"{escape(hint)}</p><p>Change it in the row above.</p></div>"
        )

    def _rows(self, shown: RatioTable) -> str:
        columns = ratios.columns(shown)
        top = "".join(self._top(column) for column in columns)
        rows = "".join(_row(shown, row, columns) for row in self._sorted(shown, columns))
        return (
            f'<div class="scroll"><table class="dense" aria-label="{escape(ratios.TITLE)}"><thead><tr>'
            f'<th scope="col">Method</th>{top}</tr></thead><tbody>{rows}</tbody></table></div>'
        )

    def _top(self, column: Column) -> str:
        sorted_by = column.key == self._order
        way = ("descending" if self._falling else "ascending") if sorted_by else "none"
        arrow = ("\u2193" if self._falling else "\u2191") if sorted_by else ""
        return (
            f'<th scope="col" aria-sort="{way}"><button type="button" data-press="sort:{column.key}">'
            f"{column.name}{arrow}</button></th>"
        )

    def _sorted(self, shown: RatioTable, columns: list[Column]) -> list[RatioRow]:
        rows = list(shown.comparison.methods)
        column = next((one for one in columns if one.key == self._order), None)
        if column is None:
            return rows
        known = [row for row in rows if math.isfinite(column.value(row))]
        rest = [row for row in rows if not math.isfinite(column.value(row))]
        return [*sorted(known, key=column.value, reverse=self._falling), *rest]

    def _details(self, shown: RatioTable) -> str:
        key, compared = shown.asked.shown, self.lab.compared
        row = next((one for one in shown.comparison.methods if one.key_name == key), None)
        found = None if row is None else shown.result(row)
        one = variant(key)
        if row is None or found is None:
            why = row.reason if row is not None else "It is not among the methods compared."
            return dialog("row", one.label, f"<p>{escape(why)}</p>")
        data, last = None if compared is None else compared.data, shown.prices.available[1]
        lines = row_lines(shown.asked, key, data, last, draws=shown.draws(row))
        question = HEDGE_RATIOS[one.method].item.question
        copy = f'<button type="button" class="link" data-copy="{escape(lines)}">Copy</button>'
        notes = [*found.notes, *([found.coverage] if found.coverage else [])]
        listed = "".join(f"<li>{escape(note)}</li>" for note in notes)
        return dialog(
            "row",
            one.label,
            f"<p><b>Makes small:</b> {escape(question)}</p>{_legs(shown, row, found)}{_facts(found)}"
            f'<ul class="notes">{listed}</ul><p class="sub">{escape(PURPOSE)}</p>'
            f'<h3 class="lines">In a notebook {copy}</h3><pre class="code">{escape(lines)}</pre>',
        )

    def _pressed(self, name: str) -> None:
        kind, _, key = name.partition(":")
        if kind == "row" and any(one.key == key for one in variants()):
            self.lab.change("lab.shown", key)
        elif kind == "sort":
            again = key == self._order
            # A third press on a column goes back to the usual order.
            self._order = "" if again and self._falling else key
            self._falling = again and not self._falling
            self._update()


def _row(shown: RatioTable, row: RatioRow, columns: list[Column]) -> str:
    lit = row.key_name == shown.asked.shown
    press = f'data-press="row:{row.key_name}"'
    flags = row.result.flags if row.result is not None else ()
    why = escape(" ".join(flags))
    sign = f'&nbsp;<span class="warn" title="{why}">{ratios.DOUBTFUL}</span>' if flags else ""
    if row.result is None:
        reason = f'<span class="unknown">{escape(row.reason)}</span>'
        figures = f'<td colspan="{len(columns)}" class="text">{reason}</td>'
    else:
        figures = "".join(f"<td>{column.cell(row)}</td>" for column in columns)
    # A mouse may press the row anywhere; the keyboard and a screen reader have the button in it.
    return (
        f'<tr class="{"chosen" if lit else ""}" {press}><th scope="row"><button type="button" {press} '
        f'aria-pressed="{str(lit).lower()}">{escape(row.label)}</button>{sign}</th>{figures}</tr>'
    )


def _legs(shown: RatioTable, row: RatioRow, found: HedgeRatio) -> str:
    """The other legs, a row each: ratio, error, interval, dollars and shares."""
    held, position = shown.comparison.legs[0], shown.asked.position
    shares = ratios.shares_of(found, position)
    drawn = bool(found.standard_errors) and ratios.is_drawn(shown, row)
    error = f"s.e.{ratios.DRAWN if drawn else ''}"
    names = ("Leg", f"Per {held}", error, "95 %", "$ per $", f"Shares for {words.shares(position)}")
    top = "".join(f'<th scope="col">{escape(name)}</th>' for name in names)
    rows = "".join(
        f'<tr><th scope="row">{escape(name)}</th><td>{ratios.ratio(found.ratios[name], 6)}</td>'
        f"<td>{ratios.ratio(found.standard_errors.get(name, math.nan), 3)}</td>"
        f"<td>{ratios.interval_cell(shown, row, name)}</td>"
        f"<td>{words.number(row.dollars.get(name, math.nan), 3)}</td>"
        f"<td>{words.number(shares[name], 0)}</td></tr>"
        for name in shown.others
    )
    label = f'aria-label="Ratios of {escape(row.label)}"'
    return (
        f'<div class="scroll"><table class="dense" {label}><thead><tr>{top}</tr></thead>'
        f"<tbody>{rows}</tbody></table></div>{_DRAWN_ERROR if drawn else ''}"
    )


def _facts(found: HedgeRatio) -> str:
    """What else is known of an answer, as pairs."""
    half = " / ".join(words.number(days) for days in (found.half_life_days, found.half_life_first_order_days))
    source = f" ({escape(found.adf_p_source)})" if found.adf_p_source else ""
    facts = [
        ("Intercept", ratios.ratio(found.intercept, 6)),
        ("Half-life in days, exact / to first order", half),
        (f"ADF t with {words.counted(found.adf_lag, 'lag')}", words.number(found.adf_statistic, 3)),
        ("p-value of no cointegration", f"{escape(words.p_value(found.adf_p_value))}{source}"),
        ("Converged", "yes" if found.converged else "no, or its answer is not sure"),
        ("Condition of the other legs, 1 is best", ratios.ratio(found.condition, 3)),
        ("Days used / left out", f"{len(found.spread):,} / {found.dropped:,}"),
    ]
    facts += [(_plain(name), ratios.ratio(value, 4)) for name, value in found.figures.items()]
    for name, spec in found.options.specs():
        value = getattr(found.options, name)
        chosen = dict(spec.options).get(value, "") if isinstance(value, str) else ""
        facts.append((spec.label or _plain(name), escape(chosen) or _option(value, spec.none_text)))
    cells = "".join(f"<span>{escape(name)}</span><span>{value}</span>" for name, value in facts)
    return f'<div class="pairs">{cells}</div>'


def _plain(name: str) -> str:
    """The name of a figure as words: half_life as Half life."""
    return name.replace("_", " ").capitalize()


def _option(value: object, none: str) -> str:
    if value is None:
        return escape(none)
    if isinstance(value, bool):
        return "yes" if value else "no"
    return escape(str(value))

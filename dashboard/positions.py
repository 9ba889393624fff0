"""Editing the book: a grid, a box to paste into, files in and out."""

import math
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any, ClassVar, Final

import pandas as pd
import param
from bokeh.models.widgets.tables import NumberFormatter
from panel.viewable import Child
from panel.widgets import Tabulator

from core.book_prices import last_closes, to_price
from core.errors import HedgeError, NeedsAnswer
from core.positions import PositionsRead, cash_dollars, positions_csv, read_positions, to_shares
from core.settings import PortfolioSettings, Settings
from dashboard.book import HOLDINGS
from dashboard.component import Component
from dashboard.icons import ICONS
from dashboard.runner import Runner, unexpected
from dashboard.state import AppState
from dashboard.uploads import MEGABYTE, Upload
from dashboard.web import script, style

LARGEST: Final = 5 * MEGABYTE
"""Bytes of a list, of positions or of readings."""

_KEPT: Final = "The positions stay as they were."

LOOKING: Final = "Looking up the last prices\u2026"
"""Said while a list in dollars or weights waits for them."""

_ARGUMENT: Final = {"decimal": "decimal", "merge": "merge", "total": "drop_total"}
"""The argument of `read_positions` that answers each question."""


@dataclass
class Inbox:
    """A list that is being read, and what has been answered about it."""

    data: bytes | str
    name: str
    answers: dict[str, Any] = field(default_factory=dict)
    options: tuple[object, ...] = ()
    question: str = ""


class PositionsDialog(Component):
    """The grid and everything around it, for one session.

    A list that cannot be read whole changes nothing: its faults are shown and the old positions stay.
    """

    grid = Child()
    upload = Child()
    open = param.Boolean(default=False)
    error = param.String(default="")
    question = param.String(default="")
    options = param.List(default=[], doc="The words of the answers' buttons.")
    notes = param.List(default=[])
    undoable = param.Boolean(default=False)
    taken = param.Integer(default=0, doc="Counts lists that were taken, so that the box empties.")
    reading = param.Integer(default=0, doc="Counts demands to read the inbox.")

    _bundle = script("positions")
    _stylesheets: ClassVar[list[str]] = [style("positions")]
    _constants: ClassVar[dict[str, Any]] = {"icons": ICONS}

    def __init__(self, state: AppState, runner: Runner) -> None:
        self.state = state
        self.runner = runner
        self._inbox: Inbox | None = None
        self._before: PortfolioSettings | None = None
        self._unit: str | None = None
        self.table = _table(state.settings.portfolio)
        self.table.on_edit(lambda _: self.edited())
        self.table.on_click(self._clicked, column="remove")
        self.chooser = Upload(
            take=lambda data, name: self.receive(data, name, unit=self._unit),
            refuse=lambda why: self.say(error=f"{why} {_KEPT}"),
            limit=LARGEST,
            label="Choose or drop a CSV or XLSX file",
            field="Positions file",
            accept=".csv,.txt,.tsv,.xlsx",
        )
        super().__init__(grid=self.table, upload=self.chooser)
        state.param.watch(self._show_book, "settings")
        state.param.watch(self._show_problem, "problem")
        self.param.watch(self._read, "reading")
        self.param.watch(lambda _: self.chooser.drop(), "open")

    def told(self, message: dict[str, Any]) -> None:
        """A pasted text, what its amounts or a file's are, an answer, undo, or the wish for a CSV file."""
        if isinstance(message.get("unit"), str):
            self._unit = message["unit"] or None
        if isinstance(message.get("text"), str):
            self.receive(message["text"], "the pasted list", unit=self._unit)
        if isinstance(message.get("answer"), int):
            self.answer(message["answer"])
        if message.get("undo"):
            self.undo()
        if message.get("csv"):
            book = self.state.settings.portfolio
            self._send_msg({"csv": positions_csv(book.holdings, book.cash), "name": "positions.csv"})

    def receive(self, data: bytes | str, name: str, *, unit: str | None = None) -> None:
        """Read this list instead of any earlier one."""
        self._inbox = Inbox(data=data, name=name, answers={"unit": unit} if unit else {})
        self.reading += 1

    def answer(self, index: int) -> None:
        """Settle the question with the option of this number, and read on."""
        inbox = self._inbox
        if inbox is not None and 0 <= index < len(inbox.options):
            inbox.answers[_ARGUMENT[inbox.question]] = inbox.options[index]
            self.reading += 1

    def undo(self) -> None:
        """The book as it was before the last list."""
        if self._before is not None:
            self.state.apply(replace(self.state.settings, portfolio=self._before))
            self._before = None
            self.say(notes=["The earlier positions are back."])
            self.undoable = False

    def say(self, *, error: str = "", question: str = "", options: Any = (), notes: Any = ()) -> None:
        """Say one thing, and take back what was said before."""
        self.param.update(error=error, question=question, options=list(options), notes=list(notes))

    async def _read(self, _: param.parameterized.Event) -> None:
        inbox = self._inbox
        if inbox is None:
            return
        settings, analysis = self.state.settings, self.state.analysis
        nav = analysis.exposure.nav if analysis is not None else math.nan
        try:
            read = await self.runner.compute(
                partial(read_positions, inbox.data, name=inbox.name, **inbox.answers)
            )
            wanted = to_price(read)
            if wanted.holdings:
                self.say(notes=[LOOKING])
                await self.runner.prepare(settings.data, wanted)
            book, notes = await self.runner.compute(partial(to_book, read, wanted, settings, nav))
        except NeedsAnswer as question:
            inbox.question, inbox.options = question.question, tuple(value for value, _ in question.options)
            text = f"{question.message} {question.hint}".strip()
            self.say(question=text, options=[label for _, label in question.options])
            return
        except HedgeError as problem:
            if self._inbox is inbox:
                text = f"{problem.message}\n{problem.hint}".strip()
                self.say(error=f"{text}\n{_KEPT}")
            return
        except Exception as error:
            self.say(error=unexpected(error).message)
            return
        if self._inbox is not inbox or self.runner.stopped:
            return  # another list came while prices were looked up
        self._before = settings.portfolio
        self._inbox = None
        self.state.apply(replace(self.state.settings, portfolio=book))
        count = len(book.holdings)
        first = f"Read {count} position{'' if count == 1 else 's'} from {inbox.name}."
        self.say(notes=[first, *notes])
        self.undoable = True
        self.taken += 1

    def edited(self) -> None:
        """Take the grid as the book; where it cannot be, say why and show the book again."""
        rows = self.table.value.to_dict("records")
        wanted = [_row(row) for row in rows if str(row["ticker"] or "").strip()]
        if any(isinstance(row[1], float) and math.isnan(row[1]) for row in wanted):
            return  # the shares come next
        self.say()
        self.state.change(HOLDINGS, tuple(wanted))
        self._show_book()

    def _clicked(self, event: Any) -> None:
        held = self.state.settings.portfolio.holdings
        if event.row < len(held):
            self.state.change(HOLDINGS, (*held[: event.row], *held[event.row + 1 :]))

    def _show_book(self, *_: object) -> None:
        frame = _frame(self.state.settings.portfolio)
        if not frame.equals(self.table.value):
            self.table.value = frame

    def _show_problem(self, *_: object) -> None:
        problem = self.state.problem
        if self.open and problem is not None and problem.where == HOLDINGS:
            self.say(error=f"{problem.message}\n{problem.hint}".strip(), notes=self.notes)


def to_book(
    read: PositionsRead, wanted: PortfolioSettings, settings: Settings, nav: float
) -> tuple[PortfolioSettings, tuple[str, ...]]:
    """The book that a list means, with the notes on how it was read; cash stays where it names none."""
    holdings = to_shares(read, last_closes(settings.data, wanted), nav)
    cash = cash_dollars(read, nav)
    kept = () if cash is not None else ("It has no cash line: cash stays as it is.",)
    book = PortfolioSettings(holdings=holdings, cash=settings.portfolio.cash if cash is None else cash)
    return book, (*read.notes, *kept)


def _row(row: dict[str, Any]) -> tuple[str, float, float | None]:
    cost = row["cost"]
    shares = math.nan if row["shares"] is None else row["shares"]
    return str(row["ticker"]).strip(), shares, None if cost is None or math.isnan(cost) else cost


def _frame(book: PortfolioSettings) -> pd.DataFrame:
    """The holdings and an empty row to add one."""
    rows = [*book.holdings, ("", math.nan, None)]
    return pd.DataFrame(
        {
            "ticker": pd.Series([str(row[0]) for row in rows], dtype=object),
            "shares": pd.Series([row[1] for row in rows], dtype="float64"),
            "cost": pd.Series([math.nan if row[2] is None else row[2] for row in rows], dtype="float64"),
        }
    )


def _table(book: PortfolioSettings) -> Any:
    return Tabulator(  # type: ignore[no-untyped-call]
        _frame(book),
        show_index=False,
        layout="fit_columns",
        theme_classes=["table-sm"],
        height=352,
        selectable=False,
        titles={"ticker": "Ticker", "shares": "Shares", "cost": "Cost $"},
        editors={
            "ticker": {"type": "input", "selectContents": True},
            "shares": {"type": "number", "selectContents": True},
            "cost": {"type": "number", "selectContents": True},
        },
        formatters={
            "shares": NumberFormatter(format="0,0.[0000]", nan_format=""),
            "cost": NumberFormatter(format="0,0.00[00]", nan_format=""),
        },
        text_align={"shares": "right", "cost": "right"},
        header_align={"shares": "right", "cost": "right"},
        widths={"remove": 36},
        configuration={"columnDefaults": {"headerSort": False}},
        buttons={"remove": "\u00d7"},
        stylesheets=[style("grid")],
        margin=0,
    )

"""The sheet about the data: its source, how fresh and whole each series is, own files, what is stored."""

import datetime as dt
from functools import partial
from typing import Any, ClassVar, Final, NamedTuple

import param
from panel.viewable import Child

from core.data.base import PROVIDERS
from core.data.exchange import NEW_YORK
from core.data.own import keep_own, ticker_of
from core.data.price_file import read_prices
from core.data.quality import Series
from core.data.store import Usage, shared_store
from core.errors import HedgeError
from core.pipeline import Analysis
from core.settings import OwnSeries
from core.symbols import parse_symbol
from core.words import counted, day
from dashboard.component import Component
from dashboard.controls import SourceControl
from dashboard.forms import FieldControl
from dashboard.freshness import age, behind, clock, close_text, stale, tag
from dashboard.health import rows
from dashboard.icons import ICONS
from dashboard.problems import about_prices, fetching, partial_words
from dashboard.runner import Runner, unexpected
from dashboard.state import AppState
from dashboard.uploads import MEGABYTE, MOST, Upload
from dashboard.web import script, style

OWN: Final = "data.own"
LARGEST: Final = 10 * MEGABYTE
"""Bytes of a price file, and of all that wait to be taken together."""

NAMELESS: Final = "SERIES"
"""The symbol under which a file is read whose name gives none, until the user says which it is."""


class Waiting(NamedTuple):
    """A file that could be read and is not yet taken."""

    data: bytes
    name: str
    content: str


class DataSheet(Component):
    """One session's sheet. It fills when it is opened, and follows the results while it is open."""

    source = Child()
    folder = Child()
    upload = Child()
    open = param.Boolean(default=False)
    fixed = param.Boolean(default=False, doc="The server has fixed where prices come from.")
    line = param.String(default="", doc="The last close, where it is from and how old it is.")
    tag = param.List(default=["", ""], doc="The state of the prices as a whole, and its words.")
    fault = param.String(default="", doc="Why the settings have no result.")
    trouble = param.String(default="", doc="What could not be fetched.")
    facts = param.List(default=[], doc="Pairs of name and value about the data as a whole.")
    series = param.List(default=[], doc="One mapping a series, as `dashboard.health.rows` makes them.")
    notes = param.List(default=[], doc="Severity and text of each note on the whole.")
    fetches = param.Boolean(default=False, doc="Whether the network can be asked again.")
    working = param.String(default="", doc="What is being fetched; empty when nothing is.")
    done = param.Number(default=0.0)
    steps = param.List(default=[], doc="Ticker, state and words of each series being fetched.")
    own = param.List(default=[], doc="Ticker, file name and use of each own series.")
    waiting = param.List(default=[], doc="Number, file name, ticker and content of files not yet taken.")
    own_fault = param.String(default="")
    store = param.List(default=[], doc="What is stored, and where; empty where the visitor may not know.")
    clearing = param.String(default="", doc="What clearing the store means, to be confirmed.")
    warnings = param.List(default=[], doc="What is wrong with the store.")
    emptied = param.Boolean(default=True, doc="False while the store is being cleared.")
    reading = param.Integer(default=0, doc="Counts demands to read the file that arrived.")
    taking = param.Integer(default=0, doc="Counts demands to take a file.")
    emptying = param.Integer(default=0, doc="Counts demands to clear the store.")
    measuring = param.Integer(default=0, doc="Counts demands to ask what is stored.")

    _bundle = script("data_sheet")
    _stylesheets: ClassVar[list[str]] = [style("positions"), style("data_sheet")]
    _constants: ClassVar[dict[str, Any]] = {"icons": ICONS}

    def __init__(self, state: AppState, runner: Runner) -> None:
        self.state = state
        self.runner = runner
        self._inbox: tuple[bytes, str] = (b"", "")
        self._waiting: dict[int, Waiting] = {}
        self._count = 0
        self._wanted = (0, "")
        self._faults: list[str] = []
        names = sorted(PROVIDERS.names(), key=lambda name: (name == "files", name != "sample", name))
        sources = tuple((name, PROVIDERS[name].label) for name in names)
        source = SourceControl(state, "data.provider", options=sources, kind="segments", label="Prices from")
        self.chooser = Upload(
            take=self._arrived,
            refuse=self._refuse,
            begin=self._forget_faults,
            limit=LARGEST,
            most=MOST,
            waits=True,
            everywhere=True,
            label="Choose or drop a CSV, Parquet or XLSX file with the prices of one ticker",
            field="Price files",
            accept=".csv,.txt,.tsv,.parquet,.xlsx",
        )
        super().__init__(
            source=source,
            folder=FieldControl(state, "data.folder", label="Folder of files", note="one file a symbol"),
            upload=self.chooser,
            fixed="data.provider" in state.fixed,
        )
        state.param.watch(self._show, ["analysis", "problem", "settings"])
        runner.param.watch(self._show_work, "work")
        self.param.watch(self._show, "open")
        self.param.watch(self._read, "reading")
        self.param.watch(self._take, "taking")
        self.param.watch(self._empty, "emptying")
        self.param.watch(self._measure, "measuring")
        self.chooser.param.watch(lambda _: setattr(self, "open", True), "shows")

    def told(self, message: dict[str, Any]) -> None:
        """What was pressed: fetch again, stop, take, leave or remove an own file, clear the store."""
        if message.get("refresh"):
            self.runner.refresh()
        if message.get("stop"):
            self.runner.cancel()
        if isinstance(message.get("take"), int) and isinstance(message.get("ticker"), str):
            self.take(message["take"], message["ticker"])
        if isinstance(message.get("leave"), int):
            self._waiting.pop(message["leave"], None)
            self._show_own()
        if isinstance(message.get("remove"), str):
            self.remove(message["remove"])
        if message.get("clear") and not self.state.fixed:
            self.emptying += 1

    def take(self, number: int, ticker: str) -> None:
        """Use the file read under this number as the prices of a ticker, in place of the source's."""
        if number in self._waiting:
            self._wanted = (number, ticker)
            self.taking += 1

    async def _take(self, _: param.parameterized.Event) -> None:
        (number, ticker), self._wanted = self._wanted, (0, "")
        file = self._waiting.get(number)
        if file is None:
            return
        self._forget_faults()
        try:
            symbol = parse_symbol(ticker, where=OWN)
            keep = partial(keep_own, file.data, name=file.name, ticker=symbol)
            digest, _series = await self.runner.compute(keep)
            kept = [one for one in self.state.settings.data.own if one.ticker != symbol]
            settings = self.state.settings.with_value(OWN, (*kept, OwnSeries(symbol, digest, file.name)))
        except HedgeError as problem:
            self._refuse(f"{problem.message} {problem.hint}".strip())
        except Exception as error:
            self._refuse(unexpected(error).message)
        else:
            self._waiting.pop(number, None)
            self.state.apply(settings)
            self._show_own()
            self._show_store()

    def remove(self, ticker: str) -> None:
        """Use the source's own prices of a ticker again."""
        kept = tuple(one for one in self.state.settings.data.own if one.ticker != ticker)
        self.state.change(OWN, kept)

    def _arrived(self, data: bytes, name: str) -> None:
        held = sum(len(file.data) for file in self._waiting.values())
        if len(self._waiting) >= MOST or held + len(data) > LARGEST:
            self._refuse(f"{name} must wait: use or leave the files above first.")
            self.chooser.done()
            return
        self._inbox = (data, name)
        self.reading += 1

    async def _read(self, _: param.parameterized.Event) -> None:
        (data, name), self._inbox = self._inbox, (b"", "")
        try:
            read = partial(read_prices, data, name, ticker_of(name) or NAMELESS, limit=LARGEST)
            series = await self.runner.compute(read)
        except HedgeError as problem:
            self._refuse(f"{problem.message} {problem.hint}".strip())
        except Exception as error:
            self._refuse(f"{name}: {unexpected(error).message}")
        else:
            self._count += 1
            self._waiting[self._count] = Waiting(data, name, content(series))
            self._show_own()
        finally:
            self.chooser.done()

    def _refuse(self, why: str) -> None:
        self._faults = [*self._faults[-MOST:], why]
        self.own_fault = "\n".join(self._faults)

    def _forget_faults(self) -> None:
        self._faults = []
        self.own_fault = ""

    def _show(self, *_: object) -> None:
        if not self.open:
            return
        data, analysis, problem = self.state.settings.data, self.state.analysis, self.state.problem
        self.folder.visible = data.provider == "files"
        self.fetches = data.provider not in ("sample", "files")
        wrong = problem if about_prices(problem) else None
        self.fault = f"{wrong.message} {wrong.hint}".strip() if wrong is not None else ""
        if analysis is not None:
            now = clock()
            said = partial_words(analysis)
            told = [note for note in analysis.market.notes if not note.ticker]
            self.param.update(
                line=line(analysis, now),
                trouble=" ".join(said).strip(),
                tag=list(tag(analysis, now)),
                facts=[list(fact) for fact in facts(analysis, now)],
                series=rows(analysis, now),
                notes=[[note.severity, note.text] for note in told],
            )
        self._show_own()
        self._show_store()
        self._show_work()

    def _show_work(self, *_: object) -> None:
        if self.open:
            text, steps = fetching(self.runner.work)
            work = self.runner.work
            self.param.update(
                working=text, steps=[list(step) for step in steps], done=work.done if work and text else 0.0
            )

    def _show_own(self) -> None:
        analysis = self.state.analysis
        used = {one.ticker for one in analysis.market.health} if analysis is not None else set()
        self.param.update(
            own=[
                [one.ticker, one.name, "" if one.ticker in used else "not used by this book"]
                for one in self.state.settings.data.own
            ],
            waiting=[
                [number, file.name, ticker_of(file.name), file.content]
                for number, file in self._waiting.items()
            ],
        )

    def _show_store(self) -> None:
        self.measuring += 1

    async def _measure(self, _: param.parameterized.Event) -> None:
        """Ask the store off the page's thread: another process may hold it for seconds."""
        if self.state.fixed:
            return  # others use this store too
        asked = self.measuring
        try:
            usage, own, warnings = await self.runner.wait(_stored)
        except Exception as error:
            self.warnings = [unexpected(error).message]
            return
        if asked != self.measuring:
            return  # a later answer is on its way
        more = " Files of your own must be brought again." if own else ""
        self.param.update(
            store=[stored_text(usage.series, usage.bytes, usage.folder), usage.folder],
            clearing=f"Clear stored prices? They are fetched again when needed.{more}",
            warnings=list(warnings),
        )

    async def _empty(self, _: param.parameterized.Event) -> None:
        if not self.emptied:
            return  # it is being done
        self.emptied = False
        try:
            await self.runner.wait(shared_store().clear)
        except Exception as error:
            self.warnings = [unexpected(error).message]
        else:
            self._show_store()
        finally:
            self.emptied = True


def _stored() -> tuple[Usage, bool, tuple[str, ...]]:
    """What the store holds, whether files of users' own are among it, and what is wrong with it."""
    store = shared_store()
    return store.usage(), bool(store.symbols("own")), store.warnings()


def content(series: Series) -> str:
    """How much of what a file holds, in one line."""
    if not len(series.dates):
        return "no rows"
    return f"{counted(len(series.dates), 'row')}, {day(series.dates.min())} to {day(series.dates.max())}"


def line(analysis: Analysis, now: dt.datetime) -> str:
    """The last close, where it is from, and when it was fetched."""
    market = analysis.market
    old, then = age(analysis, now), market.fetched_at
    source = "" if market.source == "sample" else PROVIDERS[market.source].label
    parts = [close_text(analysis), source, old]
    if then is not None and old.endswith(f"{then.astimezone(NEW_YORK):%H:%M}"):
        parts[-1] += " New York"
    return " \u00b7 ".join(part for part in parts if part)


def facts(analysis: Analysis, now: dt.datetime) -> list[tuple[str, str]]:
    """What to know about the data as a whole."""
    market, data = analysis.market, analysis.settings.data
    (missing, of), late = stale(analysis), behind(analysis, now)
    have = f"{missing} of {of} series have no price" if missing else f"all {of} series have a price"
    since = f"; {counted(late, 'later session')} not here yet" if late else ""
    found = [
        ("Sessions", f"{day(market.sessions[0])} to {day(market.as_of)}, {len(market.sessions):,}"),
        ("Benchmark", market.benchmark),
        ("Hedge", market.hedge),
        ("Last day", f"{day(market.as_of)}, {have}{since}"),
    ]
    if data.provider == "files":
        found.insert(0, ("Folder", data.folder))
    return found


def stored_text(series: int, size: int, folder: str) -> str:
    """How much is stored: 12 series, 4.1 MB on this machine."""
    where = "on this machine" if folder else "in memory, until the program ends"
    return f"{series:,} series, {size / MEGABYTE:,.1f} MB {where}"

"""The strip above the page: what is being fetched, what went wrong or is left out, what a Reset did."""

import time
from typing import Any, ClassVar, Final

import param

from core import words
from core.pipeline import Analysis
from core.progress import SeriesStep
from dashboard.component import Component
from dashboard.config import with_source
from dashboard.freshness import unpriced
from dashboard.icons import ICONS
from dashboard.runner import Runner, Work
from dashboard.state import AppState, Problem, SettingsState
from dashboard.web import script, style

ON_THIS_MACHINE: Final = frozenset({"sample", "files"})
"""Sources that fetch nothing."""

WHERE: Final = ("data.provider", "data.folder", "data.own")
"""The settings that say where prices come from."""

SHORT_SECONDS: Final = 0.4
"""Fetching that is over by then is not spoken of: a page that blinks is worse than one that waits."""

NAMED: Final = 3
"""Tickers that the notice names with their reasons."""

Buttons = list[list[str]]
"""What a button sends, and its words."""


def is_current(state: SettingsState) -> bool:
    """Whether the result on the page belongs to the settings as they are."""
    return bool(state.answered == state.settings)


def beside(state: SettingsState, path: str) -> str:
    """What stands under a control: what was wrong, and what to do unless the notice says that."""
    problem = state.problem
    if problem is None or problem.where != path:
        return ""
    said_above = state.answered is not None and not is_current(state)
    return problem.message if said_above else f"{problem.message} {problem.hint}".strip()


def about_prices(problem: Problem | None) -> bool:
    """Whether a problem is about getting prices, or about where they come from."""
    return problem is not None and (problem.prices or problem.where in WHERE)


def fetching(work: Work | None) -> tuple[str, tuple[SeriesStep, ...]]:
    """What is being fetched and how far that is, with each series; empty when nothing is."""
    series = work.series if work is not None else ()
    going = [step for step in series if step.state in ("waiting", "asking")]
    if not going:
        return "", ()
    asked = next((step for step in going if step.state == "asking"), going[0])
    return f"Fetching {asked.ticker}, {len(series) - len(going)} of {len(series)} done", series


def partial_words(analysis: Analysis) -> tuple[str, str]:
    """What could not be fetched and what that does to the figures; empty where all came."""
    if analysis.market.source in ON_THIS_MACHINE:
        return "", ""
    gone = unpriced(analysis)
    old = [(one.ticker, one.trouble) for one in analysis.market.health if one.trouble]
    said, why = [], []
    if gone:
        held = len([h for h in analysis.settings.portfolio.holdings if h.shares])
        said.append(f"{len(gone)} of {words.counted(held, 'position')} {_has(gone)} no prices.")
        pronoun, share = ("It is", "its share") if len(gone) == 1 else ("They are", "their share")
        why.append(f"{_reasons(gone)} {pronoun} left out of NAV, beta and the order;")
        why.append(f"{share} of the book cannot be known without a price.")
    if old:
        fetches = [one for one in analysis.market.health if one.fetched_at is not None]
        whole = len(old) == len(fetches)
        what = "" if whole else f" of {', '.join(ticker for ticker, _ in old[:NAMED])}{_more(old)}"
        said.append(f"Newer prices{what} could not be had.")
        reasons = dict.fromkeys(_sentence(trouble) for _, trouble in old)
        why.append(f"{' '.join(list(reasons)[:NAMED])} They go to {words.day(analysis.market.as_of)}.")
    return " ".join(said), " ".join(why)


def _has(tickers: tuple[tuple[str, str], ...]) -> str:
    return "has" if len(tickers) == 1 else "have"


def _sentence(text: str) -> str:
    return text if text.endswith((".", "!", "?")) else f"{text}."


def _more(items: list[tuple[str, str]] | tuple[tuple[str, str], ...]) -> str:
    return f" and {len(items) - NAMED} more" if len(items) > NAMED else ""


def _reasons(items: tuple[tuple[str, str], ...]) -> str:
    """Each reason once, with the tickers that it is of."""
    alike: dict[str, list[tuple[str, str]]] = {}
    for ticker, reason in items:
        alike.setdefault(reason.rstrip("."), []).append((ticker, reason))
    said = [
        f"{', '.join(ticker for ticker, _ in mine[:NAMED])}{_more(mine)}: {reason}"
        for reason, mine in list(alike.items())[:NAMED]
    ]
    return f"{'; '.join(said)}."


class Notice(Component):
    """What happened, what to do, what still holds; with the ways on as buttons.

    Input that was refused never gets here: it stands beside its control, and the page is up to date.
    """

    message = param.String(default="")
    hint = param.String(default="")
    still = param.String(default="")
    kind = param.String(
        default="wrong",
        doc="'wrong', 'partial' for what is left out, 'busy' while fetching, 'calm' for what was done.",
    )
    buttons = param.List(default=[], doc="What each button sends, and its words.")
    steps = param.List(default=[], doc="Ticker, state and words of each series, where nothing else is shown.")
    done = param.Number(default=0.0, doc="Share of what is fetched that is there.")
    shown = param.Boolean(default=False)
    asks_data = param.Integer(default=0, doc="Counts demands to see the data.")

    _bundle = script("notice")
    _stylesheets: ClassVar[list[str]] = [style("notice")]
    _constants: ClassVar[dict[str, Any]] = {"icons": ICONS}

    def __init__(self, state: AppState, runner: Runner) -> None:
        self.state = state
        self.runner = runner
        self._dismissed = ("", "")
        self._since: float | None = None
        self._stopping = False
        super().__init__(margin=0, sizing_mode="stretch_width")
        state.param.watch(self._show, ["problem", "analysis", "settings", "was_reset"])
        runner.param.watch(self._show, "work")

    def told(self, message: dict[str, Any]) -> None:
        """A button was pressed."""
        if message.get("undo"):
            self.undo()
        if message.get("again"):
            self.again()
        if message.get("stop"):
            self.runner.cancel()
            self._stopping = True
            self._show()
        if message.get("sample") and "data.provider" not in self.state.fixed:
            self.state.apply(with_source(self.state.settings, "sample"))
        if message.get("data"):
            self.asks_data += 1
        if message.get("close"):
            self.close()

    def again(self) -> None:
        """Ask the source once more where prices are missing; else only compute once more."""
        if self.kind == "partial" or about_prices(self.state.problem):
            self.runner.refresh()
        else:
            self.runner.again()

    def close(self) -> None:
        """Say this no more; something else is said."""
        if self.kind == "partial":
            self._dismissed = (self.message, self.hint)
        self.state.was_reset = None
        if self.state.problem is not None and self.state.problem.wanted:
            self.state.problem = None
        self._show()

    def undo(self) -> None:
        """Go back to the settings that the page shows, or to those before the Reset."""
        reset = self.state.was_reset
        if self.kind == "calm" and reset is not None:
            self.state.apply(reset.before)
        elif self.state.analysis is not None:
            self.state.apply(self.state.analysis.settings)

    def _show(self, *_: object) -> None:
        if not (self._show_fetching() or self._show_problem() or self._show_reset() or self._show_partial()):
            self.shown = False

    def _say(self, kind: str, message: str, hint: str, buttons: Buttons, *, still: str = "") -> bool:
        self.param.update(
            kind=kind, message=message, hint=hint, still=still, buttons=buttons, steps=[], shown=True
        )
        return True

    def _show_fetching(self) -> bool:
        text, series = fetching(self.runner.work)
        if not text:
            self._since, self._stopping = None, False
            return False
        self._since = self._since or time.monotonic()
        if time.monotonic() - self._since < SHORT_SECONDS and not self.shown:
            return False
        first = self.state.analysis is None
        hint = "The page fills when they are there." if first else "The page shows the last result meanwhile."
        self.param.update(
            kind="busy",
            message="Stopping \u2026" if self._stopping else f"{text}.",
            hint=hint,
            still="",
            buttons=[*([] if self._stopping else [["stop", "Stop"]]), ["data", "Show data"]],
            steps=[list(step) for step in series] if first else [],
            done=self.runner.work.done if self.runner.work is not None else 0.0,
            shown=True,
        )
        return True

    def _show_problem(self) -> bool:
        problem, analysis = self.state.problem, self.state.analysis
        prices = about_prices(problem)
        if problem is None or (not prices and (analysis is None or is_current(self.state))):
            return False
        if problem.refused and not prices and analysis is not None and not self.runner.settled:
            return False  # it stands beside its control; the settings themselves are being answered
        asks = [["again", "Try again"]]
        if prices:
            asks += self._ways_on()
        if analysis is None:
            # The empty page itself says why.
            return self._say("wrong", "There are no prices to show yet.", "", asks)
        back = [] if is_current(self.state) else [["undo", "Undo the change"]]
        if problem.wanted:
            as_before = f"The figures are those of before, as of {words.day(analysis.market.as_of)}."
            return self._say("calm", problem.message, as_before, [*back, *asks, ["close", "Close"]])
        still = f"The page still shows the last good result, as of {words.day(analysis.market.as_of)}."
        return self._say("wrong", problem.message, problem.hint, [*back, *asks], still=still)

    def _ways_on(self) -> Buttons:
        sample = self.state.settings.data.provider == "sample" or "data.provider" in self.state.fixed
        return [*([] if sample else [["sample", "Use the sample"]]), ["data", "Show data"]]

    def _show_reset(self) -> bool:
        reset = self.state.was_reset
        if reset is None or self.state.settings != reset.after:
            if reset is not None:  # even an equal value is told again inside a trigger
                self.state.was_reset = None  # whatever changes next, it is that Reset no more
            return False
        said = f"{reset.count} setting{' is' if reset.count == 1 else 's are'} back at the preset."
        hint = "The book, its prices and the day stay as they were."
        return self._say("calm", said, hint, [["undo", "Undo"], ["close", "Close"]])

    def _show_partial(self) -> bool:
        analysis = self.state.analysis
        said = partial_words(analysis) if analysis is not None else ("", "")
        if not said[0] or said == self._dismissed:
            return False
        ways = [["again", "Try again"], *self._ways_on(), ["close", "Dismiss"]]
        return self._say("partial", *said, ways)

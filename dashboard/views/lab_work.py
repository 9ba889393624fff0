"""How far a question of the lab is, and what to do where it has no answer: one line in a card."""

from collections.abc import Callable, Hashable
from dataclasses import dataclass
from html import escape
from typing import Any, Final

from core import words
from core.lab.rank import fitting_window, shortest_window
from core.ratios.referee import LEAST_TESTED
from dashboard import lab_words
from dashboard.lab import LabState
from dashboard.parts import Part, button
from dashboard.runner import Work
from dashboard.state import Problem
from dashboard.tester import Tester

WINDOW: Final = "window"
"""What the button of a window that fits is called."""


def pending(tester: Tester[Any]) -> bool:
    """Whether something is asked that is not answered yet."""
    return tester.question is not None and answered_key(tester) != tester.question.key


def refused(tester: Tester[Any]) -> Problem | None:
    """Why the question asked last has no answer; None where it has one, or is still worked on."""
    return None if pending(tester) or tester.answer is None else tester.answer.problem


def answered_key(tester: Tester[Any]) -> Hashable:
    """The key of the last answer, None before the first."""
    return None if tester.answer is None else tester.answer.key


def _bar(work: Work, *, name: str) -> str:
    """A determinate bar with what is being done and *Stop*; pressing that tells `stop`."""
    done = max(0.0, min(1.0, work.done))
    return (
        f'<div class="working"><progress max="1" value="{done:.3f}" aria-label="{escape(name)}"></progress>'
        f"<span>{escape(work.text or name)} \u00b7 {words.percent(done, 0)}</span>"
        f"{button('stop', 'Stop')}</div>"
    )


def _ended(problem: Problem, *, still: str = "") -> str:
    """Why there is no newer answer, what is still shown, and *Try again*; pressing that tells `again`."""
    said = " ".join(part for part in (problem.message, problem.hint, still) if part)
    kind = "working" if problem.wanted else "working wrong"
    return (
        f'<div class="{kind}" role="status"><span>{escape(said)}</span>{button("again", "Try again")}</div>'
    )


@dataclass(frozen=True)
class Misfit:
    """That the days there are do not allow the refit window that is asked for.

    `window` is one that they do allow, None where they are too few for any; `needed` days would be enough for
    the shortest, of `shortest` sessions.
    """

    window: int | None
    shortest: int
    needed: int


def misfit(lab: LabState, *, unseen: bool) -> Misfit | None:
    """Whether it is the window that has no answer; with `unseen` that of a ranking, else of the refits."""
    now = lab.settings.lab
    if lab.compared is None:
        return None
    rows, shortest = lab.compared.comparison.rows, shortest_window(now, unseen=unseen)
    beside = LEAST_TESTED if unseen else 0
    if shortest <= now.window <= rows - beside:
        return None
    return Misfit(fitting_window(rows, shortest, unseen=unseen), shortest, shortest + beside)


def line(tester: Tester[Any], name: str, *, still: str = "", wrong: Misfit | None = None) -> str:
    """A bar with *Stop* while it works, then nothing, or why there is no answer and the way on.

    `name` is what is being done; `still` says what is shown meanwhile where there is no answer. The way on is
    *Try again*, or a window that fits where it is the window that is `wrong`.
    """
    work, problem = tester.work, refused(tester)
    if problem is not None and not problem.wanted and wrong is not None:
        return _other_window(problem, wrong, still)
    if pending(tester) and work is not None:
        return _bar(work, name=name)
    return "" if problem is None else _ended(problem, still=still)


def is_past(lab: LabState) -> bool:
    """Whether the cards show an answer to an earlier question, because nothing is known of what is asked now.

    Not for a moment after a change: most answers are there before a line could be read.
    """
    told = lab.comparing.work is not None or not pending(lab.comparing)
    return lab.compared is not None and not lab.is_current and told


def _other_window(problem: Problem, wrong: Misfit, still: str) -> str:
    """A window that fits, to be taken by a press, or that none does: asking again would not help."""
    way, told = "", ""
    if wrong.window is None:
        told = f"The shortest window, {wrong.shortest} sessions, needs {wrong.needed:,} days."
    else:
        way = button(f"{WINDOW}:{wrong.window}", f"Use a window of {wrong.window:,}")
    said = " ".join(part for part in (problem.message, told, still) if part)
    return f'<div class="working" role="status"><span>{escape(said)}</span>{way}</div>'


def take_window(lab: LabState, name: str) -> bool:
    """Take the window of a button that was pressed; False where it was another button."""
    kind, _, sessions = name.partition(":")
    return kind == WINDOW and sessions.isdecimal() and lab.change("lab.window", int(sessions))


def still_shown(lab: LabState) -> str:
    """What the cards still show, as HTML, where `is_past`; empty else."""
    if lab.compared is None or not is_past(lab):
        return ""
    return f'<p class="sub">{escape(lab_words.still_shown(lab.compared))}</p>'


class WorkLine:
    """Nothing for a moment, then a bar with *Stop*; afterwards nothing, or the reason and *Try again*.

    `name` is what is being done, in words. `changed` is called whenever the question, its progress or its
    answer has changed; `still` says what is shown meanwhile where there is no answer, `wrong` whether it is
    the refit window that has none.
    """

    def __init__(
        self,
        lab: LabState,
        tester: Tester[Any],
        name: str,
        *,
        changed: Callable[[], None],
        still: Callable[[], str] = lambda: "",
        wrong: Callable[[], Misfit | None] = lambda: None,
    ) -> None:
        self.lab, self.tester = lab, tester
        self._name, self._changed, self._still, self._wrong = name, changed, still, wrong
        self.view = Part().on_press(self._pressed)
        tester.param.watch(self._show, ["question", "work", "answer"])

    def _show(self, *_: object) -> None:
        said = self._words()
        if said != self.view.object:
            self.view.object = said
        self._changed()

    def _words(self) -> str:
        return line(self.tester, self._name, still=self._still(), wrong=self._wrong())

    def _pressed(self, name: str) -> None:
        if name == "stop":
            self.tester.cancel()
        elif name == "again":
            self.lab.again(self.tester)
        else:
            take_window(self.lab, name)

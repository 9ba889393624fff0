"""How far a question of the lab is, and what to do where it has no answer: one line in a card."""

from collections.abc import Callable, Hashable
from html import escape
from typing import Any

from core import words
from dashboard import lab_words
from dashboard.lab import LabState
from dashboard.parts import Part, button
from dashboard.runner import Work
from dashboard.state import Problem
from dashboard.tester import Tester


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


def line(tester: Tester[Any], name: str, *, still: str = "") -> str:
    """A bar with *Stop* while it works, then nothing, or why there is no answer and *Try again*.

    `name` is what is being done; `still` says what is shown meanwhile where there is no answer.
    """
    work, problem = tester.work, refused(tester)
    if pending(tester) and work is not None:
        return _bar(work, name=name)
    return "" if problem is None else _ended(problem, still=still)


def is_past(lab: LabState) -> bool:
    """Whether the cards show an answer to an earlier question, because nothing is known of what is asked now.

    Not for a moment after a change: most answers are there before a line could be read.
    """
    told = lab.comparing.work is not None or not pending(lab.comparing)
    return lab.compared is not None and not lab.is_current and told


def still_shown(lab: LabState) -> str:
    """What the cards still show, as HTML, where `is_past`; empty else."""
    if lab.compared is None or not is_past(lab):
        return ""
    return f'<p class="sub">{escape(lab_words.still_shown(lab.compared))}</p>'


class WorkLine:
    """Nothing for a moment, then a bar with *Stop*; afterwards nothing, or the reason and *Try again*.

    `name` is what is being done, in words. `changed` is called whenever the question, its progress or its
    answer has changed; `still` says what is shown meanwhile where there is no answer.
    """

    def __init__(
        self,
        lab: LabState,
        tester: Tester[Any],
        name: str,
        *,
        changed: Callable[[], None],
        still: Callable[[], str] = lambda: "",
    ) -> None:
        self.lab, self.tester = lab, tester
        self._name, self._changed, self._still = name, changed, still
        self.view = Part().on_press(self._pressed)
        tester.param.watch(self._show, ["question", "work", "answer"])

    def _show(self, *_: object) -> None:
        said = self._words()
        if said != self.view.object:
            self.view.object = said
        self._changed()

    def _words(self) -> str:
        return line(self.tester, self._name, still=self._still())

    def _pressed(self, name: str) -> None:
        if name == "stop":
            self.tester.cancel()
        elif name == "again":
            self.lab.again(self.tester)

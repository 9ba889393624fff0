"""What a card shows while its answer is made: how far it is, with a button that stops it, or why it ended."""

from html import escape

from core import words
from dashboard.parts import button
from dashboard.runner import Work
from dashboard.state import Problem


def bar(work: Work, *, name: str) -> str:
    """A determinate bar with what is being done and *Stop*; pressing that tells `stop`."""
    done = max(0.0, min(1.0, work.done))
    return (
        f'<div class="working"><progress max="1" value="{done:.3f}" aria-label="{escape(name)}"></progress>'
        f"<span>{escape(work.text or name)} \u00b7 {words.percent(done, 0)}</span>"
        f"{button('stop', 'Stop')}</div>"
    )


def ended(problem: Problem, *, still: str = "") -> str:
    """Why there is no newer answer, what is still shown, and *Try again*; pressing that tells `again`."""
    said = " ".join(part for part in (problem.message, problem.hint, still) if part)
    kind = "working" if problem.wanted else "working wrong"
    return (
        f'<div class="{kind}" role="status"><span>{escape(said)}</span>{button("again", "Try again")}</div>'
    )

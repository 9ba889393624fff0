"""The lab: which method held on days it had not seen."""

from html import escape
from typing import Final

import numpy as np
import panel as pn

from core import words
from core.lab.rank import Ranked, trial
from core.ratios.referee import MethodScore, Ranking
from dashboard.charts import ranking as chart
from dashboard.charts.base import Words, dates
from dashboard.lab import LabState
from dashboard.parts import Part, button, head
from dashboard.sight import Sight
from dashboard.state import AppState
from dashboard.views.lab_work import line, misfit, pending, take_window

NAME: Final = "Ranking the methods"
_TONES: Final = {"least variance": "hedged", chart.MORE: "unhedged"}


class RankingCard:
    """The methods of the table, judged on unseen days.

    The first ranking begins by itself when the card comes into sight. It takes seconds, so later ones are
    asked for; until then the last one stays, dimmed, and says what it is of. One that has seen days after
    the page's is not shown, and the next begins by itself like the first.
    """

    def __init__(self, state: AppState, lab: LabState) -> None:
        self.state, self.lab = state, lab
        self._begun: tuple[object, ...] = ()
        self._asked: tuple[object, ...] = ()
        self._drawn: tuple[object, ...] = ()
        self.status = Part().on_press(self._pressed)
        self.table = Part(kind="ranks")
        self.sight = Sight()
        self.view = Part(kind="card ranking", body=[self.status, self.table, self.sight])
        self.view.on_press(self._pressed)
        lab.param.watch(self._update, ["settings", "compared", "ranking"])
        lab.judging.param.watch(self._update, ["work", "answer"])
        state.param.watch(self._update, ["page", "settings"])
        self.sight.param.watch(self._update, "seen")
        self._update()

    def _update(self, *_: object) -> None:
        if self.state.page != "lab":
            return
        lab, found = self.lab, self.lab.ranked
        gone = () if lab.ranking is None else (lab.ranking.key, self.state.settings.data.as_of)
        now = ("begun", *gone)
        if self.sight.seen and found is None and lab.is_current and now != self._begun:
            self._begun = now
            self._rank()
        with pn.io.hold():
            current = lab.is_ranked
            self._say(found, current=current)
            waits = not current or (pending(lab.judging) and lab.judging.work is not None)
            drawn = (None if found is None else found.key, waits, lab.compared is None)
            if drawn != self._drawn:
                self._drawn = drawn
                self._draw(found, waits=waits)

    def _draw(self, found: Ranked | None, *, waits: bool) -> None:
        dims = waits and found is not None
        self.table.kind = f"ranks{' dim' if dims else ''}"
        self.view.kind = f"card ranking{' past' if dims else ''}"
        if found is None:
            self.view.object = head(Words(chart.TITLE, "", _EXPLAINED), twin=False)
            self.table.object = ""
        else:
            self.view.object = head(chart.describe(found), twin=False)
            self.table.object = _table(found.ranking)

    def _say(self, found: Ranked | None, *, current: bool) -> None:
        """How far a ranking is, why there is none, or that the last one is not of what is asked now."""
        lab = self.lab
        still = "The last ranking is shown." if found is not None else ""
        said = line(lab.judging, NAME, still=still, wrong=misfit(lab, unseen=True))
        going = said if pending(lab.judging) else ""
        if going or current:
            self.status.object = going
        elif said and self._asked == self._question():
            self.status.object = said
        elif lab.compared is None or not lab.is_current:
            self.status.object = '<p class="sub">It can begin when the legs above are compared.</p>'
        elif found is None:
            self.status.object = f"<p>{button('rank', 'Rank on unseen days', kind='box')}</p>"
        else:
            self.status.object = (
                f'<div class="working"><span>{escape(self._other(found))}</span>'
                f"{button('rank', 'Rank again', kind='box')}</div>"
            )

    def _other(self, found: Ranked) -> str:
        """What has changed since this ranking, and what it is of."""
        was, now = found.asked, self.lab.settings.lab
        made, compared = found.prices, self.lab.compared
        prices = made if compared is None else compared.prices
        ways = [(one.methods, one.sign, one.lag) for one in (was, now)]
        changed = {
            "legs": made.legs != prices.legs,
            "days": not np.array_equal(made.sessions, prices.sessions),
            "methods": ways[0] != ways[1],
            "windows": (was.window, was.step) != (now.window, now.step),
        }
        names = words.listed([name for name, other in changed.items() if other]) or "prices"
        days = dates((made.sessions[0], made.sessions[-1]))
        return (
            f"{names.capitalize()} have changed. This ranking is of {words.listed(made.legs)}, {days}, "
            f"windows of {words.counted(was.window, 'session')}."
        )

    def _question(self) -> tuple[object, ...]:
        compared = self.lab.compared
        return (None if compared is None else compared.prices.key, trial(self.lab.settings.lab))

    def _rank(self) -> None:
        self._asked = self._question()
        self.lab.rank()

    def _pressed(self, name: str) -> None:
        if name == "stop":
            self.lab.judging.cancel()
        elif name in ("rank", "again"):
            self.lab.again(self.lab.judging)  # else the question that failed would count as asked
            self._rank()
        elif take_window(self.lab, name):
            self._rank()


_EXPLAINED: Final = (
    "Each method is fitted on a window, held for the days after it and fitted again; what it left on those "
    "days ranks it."
)


def _table(ranking: Ranking) -> str:
    shown = chart.scale(ranking.scores)
    header = (
        '<th scope="col">Method</th><th scope="col">Variance,<br>times the least</th>'
        f'<th scope="col" class="scale">Variance on unseen days{chart.axis(shown)}</th>'
        '<th scope="col" class="text">Beside the first</th>'
        '<th scope="col">How often<br>it came first</th>'
        '<th scope="col">Turnover a year,<br>$ per $ of the first leg</th>'
        '<th scope="col">Variance,<br>unseen</th><th scope="col" class="faint">Variance,<br>fitted</th>'
    )
    rows = "".join(_row(score, ranking, shown) for score in ranking.scores)
    out = chart.left_out(ranking)
    listed = "".join(f"<li><b>{escape(label)}</b>: {escape(reason)}</li>" for label, reason in out)
    foot = f'<p class="sub">Left out:</p><ul class="notes">{listed}</ul>' if out else ""
    return (
        f'<div class="scroll"><table class="dense" aria-label="{escape(chart.TITLE)}"><thead><tr>{header}'
        f"</tr></thead><tbody>{rows}</tbody></table></div>{foot}"
    )


def _row(score: MethodScore, ranking: Ranking, shown: chart.Scale) -> str:
    first = score is ranking.scores[0]
    told = chart.apart(score, ranking)
    tone = _TONES.get(told, "benchmark")
    bounds = "" if first else words.interval(score.behind_low, score.behind_high)
    turnover = (
        f"{words.number(score.turnover)} {_ci(words.interval(score.turnover_low, score.turnover_high))}"
    )
    windows = score.windows + score.failed
    failed = _ci(f"{score.failed:,} of {windows:,} windows without an answer") if score.failed else ""
    return (
        f'<tr><th scope="row">{escape(score.label)} {failed}</th>'
        f"<td>{words.number(score.behind)} {_ci(bounds)}</td>"
        f'<td class="scale">{chart.whisker(score, shown, tone=tone)}</td><td class="text {tone}">{told}</td>'
        f"<td>{words.percent(score.best_share, 0)}</td><td>{turnover}</td>"
        f'<td>{words.number(score.variance)}</td><td class="faint">{words.number(score.in_sample)}</td></tr>'
    )


def _ci(text: str) -> str:
    return f'<span class="ci">{text}</span>' if text else ""

"""One session's lab: what it is asked, and the jobs that answer, each as soon as what it needs is there."""

from collections.abc import Callable, Hashable
from dataclasses import replace
from functools import partial
from typing import Any, TypeVar

import numpy as np
import param

from core.errors import HedgeError
from core.fingerprint import fingerprint
from core.lab.check import AssetCheck
from core.lab.compare import RatioComparison
from core.lab.rank import Ranked, trial
from core.lab.residuals import Residuals
from core.lab.settings import CheckSettings, LabSettings, RatioSettings
from core.progress import Progress
from core.ratios.base import HedgeRatio
from core.ratios.null import PValue
from core.ratios.rolling import RollingRatio
from core.settings import DataSettings
from dashboard import lab_jobs as jobs
from dashboard.lab_jobs import QUESTION, Compared, Kept, question
from dashboard.state import AppState, Problem, SettingsState
from dashboard.tester import CALM, Answer, Tester

Asked = TypeVar("Asked", RatioSettings, CheckSettings)


class LabState(SettingsState):
    """What the lab knows. Cards read it and watch; they change settings by `change` alone.

    `compared` is always the last good one; while `problem` is set it belongs to earlier settings. The
    other answers hold only for the legs of `compared` and may be None until they are there: the tester of
    each has its progress and can be stopped.
    """

    settings: LabSettings = param.Parameter(doc="What the lab is asked now.")  # type: ignore[assignment]
    preset: LabSettings = param.Parameter(doc="The worked example.")  # type: ignore[assignment]
    compared: Compared | None = param.Parameter(default=None, doc="The last good comparison.")  # type: ignore[assignment]
    rolling: RollingRatio | None = param.Parameter(default=None, doc="Its ratio refitted on the way.")  # type: ignore[assignment]
    ranking: Ranked | None = param.Parameter(default=None, doc="The last; see `ranked`, `is_ranked`.")  # type: ignore[assignment]
    check: AssetCheck | None = param.Parameter(default=None, doc="The last good hedge check.")  # type: ignore[assignment]

    def __init__(self, page: AppState, settings: LabSettings | None = None) -> None:
        start = settings or LabSettings()
        super().__init__(settings=start, preset=start)  # type: ignore[no-untyped-call]
        self.page = page
        self._testers: list[Tester[Any]] = []
        self.comparing: Tester[Compared] = self.tester()
        self.studying: Tester[HedgeRatio] = self.tester()
        self.refitting: Tester[RollingRatio] = self.tester()
        self.diagnosing: Tester[Residuals] = self.tester()
        self.judging: Tester[Ranked] = self.tester()
        self.checking: Tester[AssetCheck] = self.tester()
        self.drawing: Tester[RatioComparison] = self.tester()
        self.simulating: Tester[dict[str, PValue]] = self.tester()
        self.reading: Tester[Kept] = self.tester(calm=0.0)
        self._arrived = 0
        self._p_values = jobs.PValues()
        self.comparing.param.watch(self._compared, "answer")
        self.reading.param.watch(self._kept, "answer")
        self.refitting.param.watch(self._refitted, "answer")
        self.judging.param.watch(partial(self._take_good, "ranking"), "answer")
        self.drawing.param.watch(self._ask, "answer")
        self.checking.param.watch(partial(self._take_good, "check"), "answer")
        self.param.watch(self._changed, "settings")
        page.param.watch(self._page_changed, ["settings", "page", "analysis"])

    @property
    def answered(self) -> LabSettings | None:
        """The settings that the comparison belongs to."""
        if self.compared is None:
            return None
        return self.settings if self.is_current else self._asked_of(self.compared)

    @property
    def stated(self) -> LabSettings | None:
        """`answered` as an export states it: both periods end with the page's day where that bounds them.

        Read without the page, they give the prices that were compared and checked.
        """
        if self.compared is None:
            return None
        return replace(self._asked_of(self.compared), check=self._check() or self.settings.check)

    def _asked_of(self, compared: Compared) -> LabSettings:
        asked = {name: getattr(compared.asked, name) for name in QUESTION}
        return replace(self.settings, lab=replace(self.settings.lab, **asked))

    @property
    def wanted(self) -> RatioSettings | None:
        """What is wanted of the legs now: no day after the page's, wherever they come from.

        None where the page's day leaves nothing of the period.
        """
        return self._bounded(question(self.settings.lab))

    @property
    def is_current(self) -> bool:
        """Whether the comparison is that of the legs, period and methods wanted now."""
        now = (self.wanted, self.data)
        return self.compared is not None and (self.compared.asked, self.compared.data) == now

    @property
    def standing(self) -> Problem | None:
        """Why the legs, period and methods wanted now have no comparison; None while that is not known.

        Another refusal, of a file or of a text typed elsewhere, does not take it away.
        """
        answer, asked = self.comparing.answer, self.comparing.question
        if answer is None or (asked is not None and asked.key != answer.key):
            return None
        return answer.problem

    @property
    def table(self) -> RatioComparison | None:
        """The last good comparison, with intervals drawn and p-values simulated as far as they are there."""
        if self.compared is None:
            return None
        answer = self.drawing.answer
        drawn = None if answer is None or answer.key != self._drawing_key() else answer.result
        return self._p_values.put_into(drawn or self.compared.comparison, self._simulating_key())

    @property
    def simulated(self) -> bool:
        """Whether every row of `table` has its p-value; some may while others are still on their way."""
        answer = self.simulating.answer
        return answer is not None and answer.result is not None and answer.key == self._simulating_key()

    @property
    def study(self) -> HedgeRatio | None:
        """The method shown with simulated p-value and interval, on the legs of `compared`; None until then.

        Signs and lag are those wanted now: beside a spread of `compared` use `study_of`.
        """
        answer = self.studying.answer
        return answer.result if answer is not None and answer.key == self._study_key() else None

    @property
    def studied(self) -> HedgeRatio | None:
        """`study`, where the comparison is of what is wanted now."""
        return self.study if self.is_current else None

    def study_of(self, ratio: HedgeRatio) -> HedgeRatio | None:
        """`study`, where it is of this very ratio of `compared`: p-values beside another would be untrue."""
        made = self.study
        if made is None:
            return None
        ways = [(one.method, one.options, one.adf_lag) for one in (made, ratio)]
        return made if ways[0] == ways[1] else None

    @property
    def refitted(self) -> RollingRatio | None:
        """`rolling`, where it is of the method and the settings wanted now."""
        answer = self.refitting.answer
        fits = self.is_current and answer is not None and answer.key == self._refit_key()
        return answer.result if fits and answer is not None else None

    @property
    def data(self) -> DataSettings:
        """The page's source where the lab reads that; else the default, on which nothing depends."""
        return self.page.settings.data if self.settings.lab.source == "source" else DataSettings()

    @property
    def checked(self) -> AssetCheck | None:
        """`check`, where it is of the asset, period and prices wanted now."""
        answer = self.checking.answer
        return answer.result if answer is not None and answer.key == self._check_key() else None

    def tester(self, *, calm: float = CALM) -> Tester[Any]:
        """One more that asks for this session, on the lab's threads: it is stopped with the others."""
        self._testers.append(Tester(pool=jobs.LAB, calm=calm))
        return self._testers[-1]

    def key_of(self, tester: Tester[Any]) -> Hashable:
        """The key of what is wanted now of a tester of the legs compared: an answer to it has this one."""
        keys = {
            self.studying: self._study_key,
            self.refitting: self._refit_key,
            self.drawing: self._drawing_key,
            self.simulating: self._simulating_key,
            self.judging: self._rank_key,
            self.checking: self._check_key,
        }
        return keys[tester]()

    def begin(self) -> None:
        """Ask for what is not there yet."""
        self._ask()

    def ask_for(self, **changes: Any) -> bool:
        """Set several settings of the section `lab` at once, so that no half of them is asked.

        False, with the problem said, when they are not allowed together; then nothing is changed.
        """
        try:
            changed = replace(self.settings, lab=replace(self.settings.lab, **changes))
        except HedgeError as error:
            self.problem = Problem.of(error)
            return False
        self.apply(changed)
        return True

    def take(self, data: bytes, name: str) -> None:
        """Read a table that arrived and take its first two columns as the legs, over all of its days."""
        self._arrived += 1
        self.reading.ask(self._arrived, partial(jobs.keep, data, name))

    def again(self, tester: Tester[Any]) -> None:
        """Ask once more what was stopped or has failed."""
        said = self.standing
        tester.stop()
        tester.answer = None
        self._ask()
        self._forget(said)

    def stop(self) -> None:
        """Want no answers any more."""
        for tester in self._testers:
            tester.stop()

    @property
    def is_ranked(self) -> bool:
        """Whether `ranking` is that of the legs, methods and windows wanted now."""
        if self.ranking is None or self.compared is None or not self.is_current:
            return False
        return self.ranking.answers(self.settings.lab, self.compared.prices)

    @property
    def ranked(self) -> Ranked | None:
        """`ranking`, unless its last day is after the page's, which must know nothing of it."""
        found, day = self.ranking, self.page.settings.data.as_of
        known = found is None or day is None or found.prices.sessions[-1] <= np.datetime64(day)
        return found if known else None

    def rank(self) -> None:
        """Ask how the methods do on days they have not seen; the answer is `ranking`, kept until the next."""
        if self.compared is not None and self.is_current:
            now, prices = self.settings.lab, self.compared.prices
            lab = replace(question(now), window=now.window, step=now.step)
            self.judging.ask(self._rank_key(), partial(jobs.rank, lab, prices))

    def check_asset(self) -> None:
        """Ask for the hedge check of the asset wanted now; the answer is `check`, kept until the next."""
        check, lab, data = self._check(), question(self.settings.lab), self.data
        if check is None:
            self._after_the_day(self.checking, "check.start", self.settings.check.start)
            return
        job, prepare = partial(jobs.checked, check, lab, data), partial(jobs.fetch, check, lab, data)
        self._want(self.checking, self._check_key(), job, prepare)

    def _changed(self, *_: object) -> None:
        """Ask anew; whatever was refused before, this was taken."""
        self._ask()
        self.problem = self.standing

    def _page_changed(self, *_: object) -> None:
        said = self.standing
        self._ask()
        self._forget(said)

    def _forget(self, said: Problem | None) -> None:
        """No more say what the comparison said, unless it still stands; a text that was refused stays so."""
        if self.problem == said:
            self.problem = self.standing

    def _ask(self, *_: object) -> None:
        if self.page.page != "lab":
            return
        lab, data = self.wanted, self.data
        if lab is None:
            self._after_the_day(self.comparing, "lab.start", question(self.settings.lab))
            return
        key = fingerprint((lab, data, self._market()))
        self._want(self.comparing, key, partial(jobs.compare, lab, data), partial(jobs.prepare, lab, data))
        self._ask_more()

    def _ask_more(self) -> None:
        """What is asked of the legs that are there, once they are those that are wanted."""
        if self.compared is None or not self.is_current:
            return
        lab, prices = self.settings.lab, self.compared.prices
        self._want(self.studying, self._study_key(), partial(jobs.study, lab, prices))
        self._want(self.refitting, self._refit_key(), partial(jobs.refit, lab, prices))
        if lab.resamples:
            self._want(self.drawing, self._drawing_key(), partial(jobs.draw, self.compared, lab.resamples))
        key, drawn, asked = self._simulating_key(), self.drawing.answer, self.simulating.question
        if lab.table_draws and (not lab.resamples or (drawn and drawn.key == self._drawing_key())):
            job = partial(jobs.simulate, self.compared, lab.table_draws, self._p_values.of(key))
            self._want(self.simulating, key, job)
        elif asked is not None and asked.key != key:
            self.simulating.stop()  # of other legs: the intervals of these come first

    def _want(
        self,
        tester: Tester[Any],
        key: Hashable,
        job: Callable[[Progress], Any],
        prepare: Callable[[Progress], None] | None = None,
    ) -> None:
        """Ask this, unless the reader has stopped it: then it waits for `again`."""
        answer = tester.answer
        refused = answer is not None and answer.key == key and answer.problem is not None
        if tester.question is not None or not refused:
            tester.ask(key, job, prepare)

    def _after_the_day(self, tester: Tester[Any], path: str, asked: object) -> None:
        """Refuse what is asked, because it begins after the page's day."""
        day = self.page.settings.data.as_of
        problem = Problem(
            message=f"The period begins after the page\u2019s day, {day}.",
            hint="Choose an earlier first day, or a later day for the page.",
            where=path,
        )
        tester.refuse(fingerprint((path, asked, day)), problem)

    def _market(self) -> str:
        """What the page's prices are: a refresh or a new day changes them under the same settings."""
        analysis = self.page.analysis
        from_page = self.settings.lab.source == "source" and analysis is not None
        return analysis.market.key if from_page and analysis is not None else ""

    def _check(self) -> CheckSettings | None:
        """What is wanted of the asset, with no day after the page's; None where that leaves nothing."""
        return self._bounded(self.settings.check)

    def _bounded(self, asked: Asked) -> Asked | None:
        day = self.page.settings.data.as_of
        if day is None or self.settings.lab.source == "source":  # which keeps to that day by itself
            return asked
        end = day if asked.end is None else min(asked.end, day)
        return None if asked.start is not None and asked.start >= end else replace(asked, end=end)

    def _check_key(self) -> Hashable:
        lab = self.settings.lab
        return fingerprint((self._check(), lab.source, lab.legs, lab.file, self.data, self._market()))

    def _study_key(self) -> Hashable:
        lab = self.settings.lab
        return self._key("study", lab.shown, lab.sign, lab.lag, lab.draws, lab.resamples)

    def _refit_key(self) -> Hashable:
        lab = self.settings.lab
        return self._key("refit", lab.shown, lab.sign, lab.lag, lab.window, lab.step, lab.expanding)

    def _rank_key(self) -> Hashable:
        return self._key("rank", trial(self.settings.lab))

    def _drawing_key(self) -> Hashable:
        asked = self.compared.asked if self.compared is not None else None
        return self._key("draw", asked, self.settings.lab.resamples)

    def _simulating_key(self) -> Hashable:
        asked = self.compared.asked if self.compared is not None else None
        return self._key("simulate", asked, self.settings.lab.table_draws)

    def _key(self, *parts: Any) -> Hashable:
        return fingerprint((self.compared.prices if self.compared is not None else None, parts))

    def _compared(self, *_: object) -> None:
        answer = self.comparing.answer
        if answer is None:
            return
        if answer.result is None:
            self.problem = answer.problem
            return
        old = {} if self._same(answer.result) else {"rolling": None}
        if old:
            self.judging.stop()
        self.param.update(compared=answer.result, **old)
        self._ask_more()

    def _kept(self, *_: object) -> None:
        answer = self.reading.answer
        if answer is None:
            return
        if answer.result is None:
            self.problem = answer.problem
            return
        kept = answer.result
        self.ask_for(
            source="file", file=kept.digest, file_name=kept.name, legs=kept.legs,
            period="all", start=None, end=None,
        )  # fmt: skip

    def _same(self, new: Compared) -> bool:
        return self.compared is not None and self.compared.prices == new.prices

    def _refitted(self, *_: object) -> None:
        if self.refitting.answer is not None:
            self.rolling = self.refitting.answer.result

    def _take_good(self, name: str, event: param.parameterized.Event) -> None:
        """Take an answer that says what it is of: what was stopped or failed leaves the last one."""
        answer: Answer[Any] = event.new
        if answer is not None and answer.result is not None:
            setattr(self, name, answer.result)

"""One session's lab: what it is asked, and the jobs that answer, each as soon as what it needs is there."""

from collections.abc import Callable, Hashable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import cache, partial
from typing import Any, Final

import numpy as np
import pandas as pd
import param

from core.errors import HedgeError
from core.fingerprint import Keyed, fingerprint
from core.lab.check import AssetCheck, check_of, prepare_check
from core.lab.compare import RatioComparison, compare_ratios, options_of, study_ratio, variant
from core.lab.files import LegTable, keep_table
from core.lab.prices import LabPrices, prepare_legs, read_legs_of
from core.lab.rank import Ranked, rank_ratios
from core.lab.settings import CheckSettings, LabSettings, RatioSettings
from core.memo import Memo
from core.progress import Progress
from core.ratios.base import HedgeRatio
from core.ratios.legs import MOST_LEGS
from core.ratios.rolling import RollingRatio, rolling_hedge_ratio
from core.settings import DataSettings
from dashboard.state import AppState, Problem, SettingsState
from dashboard.tester import Answer, Tester

LAB: Final = ThreadPoolExecutor(max_workers=4, thread_name_prefix="lab")
"""Apart from the analysis' threads: who searches for a minute must not keep others from their order.

All sessions share the four. One may ask for more than that at once; the rest of its questions wait until a
long one, such as the drawing of intervals or a ranking, is over.
"""

KEPT: Final = Memo(max_bytes=64 * 2**20)
"""Answers of all sessions: an example that everybody opens is computed once."""


QUESTION: Final = (
    "source", "legs", "file", "file_name", "prices", "period", "start", "end", "methods", "sign", "lag",
)  # fmt: skip
"""The settings of the section `lab` that the comparison depends on."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Compared(Keyed):
    """The legs and all methods on them; `asked` and `data` are the question that they depend on.

    `data` is the page's source where the legs are from there, else the default.
    """

    asked: RatioSettings
    data: DataSettings = DataSettings()
    prices: LabPrices
    comparison: RatioComparison


def compare_legs(lab: RatioSettings, prices: LabPrices, progress: Progress) -> Compared:
    """All methods that are asked for on these prices."""
    table = compare_ratios(prices.frame(), methods=lab.methods, sign=lab.sign, lag=lab.lag, progress=progress)
    return Compared(asked=lab, prices=prices, comparison=table)


@dataclass(frozen=True, kw_only=True)
class Kept:
    """A table that arrived, kept under its digest; `name` is its file's."""

    digest: str
    name: str
    table: LegTable


@cache
def warm() -> None:
    """Load what a process' first comparison needs, by making one of few rows: most of its time is imports."""
    walk = np.cumsum(np.random.default_rng(1).standard_normal(60))
    legs = pd.DataFrame({"A": 2.0 * walk + np.random.default_rng(2).standard_normal(60), "B": walk})
    compare_ratios(legs)


class LabState(SettingsState):
    """What the lab knows. Cards read it and watch; they change settings by `change` alone.

    `compared` is always the last good one; while `problem` is set it belongs to earlier settings. The
    other answers hold only for the legs of `compared` and may be None until they are there: the tester of
    each has its progress and can be stopped.
    """

    settings: LabSettings = param.Parameter(doc="What the lab is asked now.")  # type: ignore[assignment]
    preset: LabSettings = param.Parameter(doc="The worked example.")  # type: ignore[assignment]
    compared: Compared | None = param.Parameter(default=None, doc="The last good comparison.")  # type: ignore[assignment]
    shown: HedgeRatio | None = param.Parameter(  # type: ignore[assignment]
        default=None, doc="The method whose spread is drawn, with simulated p-value and interval."
    )
    rolling: RollingRatio | None = param.Parameter(default=None, doc="Its ratio refitted on the way.")  # type: ignore[assignment]
    ranking: Ranked | None = param.Parameter(default=None, doc="The last ranking; see `is_ranked`.")  # type: ignore[assignment]
    check: AssetCheck | None = param.Parameter(default=None, doc="The last good hedge check.")  # type: ignore[assignment]

    def __init__(self, page: AppState, settings: LabSettings | None = None) -> None:
        start = settings or LabSettings()
        super().__init__(settings=start, preset=start)  # type: ignore[no-untyped-call]
        self.page = page
        self.comparing: Tester[Compared] = Tester(pool=LAB)
        self.studying: Tester[HedgeRatio] = Tester(pool=LAB)
        self.refitting: Tester[RollingRatio] = Tester(pool=LAB)
        self.judging: Tester[Ranked] = Tester(pool=LAB)
        self.checking: Tester[AssetCheck] = Tester(pool=LAB)
        self.drawing: Tester[RatioComparison] = Tester(pool=LAB)
        self.reading: Tester[Kept] = Tester(pool=LAB, calm=0.0)
        self._arrived = 0
        self.comparing.param.watch(self._compared, "answer")
        self.reading.param.watch(self._kept, "answer")
        for tester, name in (
            (self.studying, "shown"),
            (self.refitting, "rolling"),
        ):
            tester.param.watch(partial(self._take, name), "answer")
        self.judging.param.watch(partial(self._take_good, "ranking"), "answer")
        self.checking.param.watch(partial(self._take_good, "check"), "answer")
        self.param.watch(self._ask, "settings")
        page.param.watch(self._ask, ["settings", "page", "analysis"])

    @property
    def answered(self) -> LabSettings | None:
        """The settings that the comparison belongs to."""
        if self.compared is None:
            return None
        asked = {name: getattr(self.compared.asked, name) for name in QUESTION}
        return replace(self.settings, lab=replace(self.settings.lab, **asked))

    @property
    def is_current(self) -> bool:
        """Whether the comparison is that of the legs, period and methods wanted now."""
        now = (question(self.settings.lab), self.data)
        return self.compared is not None and (self.compared.asked, self.compared.data) == now

    @property
    def table(self) -> RatioComparison | None:
        """The last good comparison, with the intervals that were drawn for it as soon as they are there."""
        if self.compared is None:
            return None
        answer = self.drawing.answer
        drawn = answer is not None and answer.result is not None and answer.key == self._drawing_key()
        return answer.result if drawn and answer is not None else self.compared.comparison

    @property
    def studied(self) -> HedgeRatio | None:
        """`shown`, where it is of the method and the settings wanted now."""
        answer = self.studying.answer
        fits = self.is_current and answer is not None and answer.key == self._study_key()
        return answer.result if fits and answer is not None else None

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
        """Read a table that arrived and take its first columns as the legs, over all of its days."""
        self._arrived += 1
        self.reading.ask(self._arrived, partial(_keep, data, name))

    def again(self, tester: Tester[Any]) -> None:
        """Ask once more what was stopped or has failed."""
        tester.stop()
        tester.answer = None
        self._ask()

    def stop(self) -> None:
        """Want no answers any more."""
        testers = (
            self.comparing, self.studying, self.refitting, self.judging, self.checking, self.drawing,
            self.reading,
        )  # fmt: skip
        for tester in testers:
            tester.stop()

    @property
    def is_ranked(self) -> bool:
        """Whether `ranking` is that of the legs, methods and windows wanted now."""
        if self.ranking is None or self.compared is None or not self.is_current:
            return False
        return self.ranking.answers(self.settings.lab, self.compared.prices)

    def rank(self) -> None:
        """Ask how the methods do on days they have not seen; the answer is `ranking`, kept until the next."""
        if self.compared is not None and self.is_current:
            now, prices = self.settings.lab, self.compared.prices
            lab = replace(question(now), window=now.window, step=now.step)
            self.judging.ask(self._key("rank", lab), partial(_ranked, lab, prices))

    def check_asset(self) -> None:
        """Ask for the hedge check of the asset wanted now; the answer is `check`, kept until the next."""
        check, lab, data = self.settings.check, question(self.settings.lab), self.data
        job, prepare = partial(_checked, check, lab, data), partial(_fetched, check, lab, data)
        self._want(self.checking, self._check_key(), job, prepare)

    def _ask(self, *_: object) -> None:
        if self.page.page != "lab":
            return
        lab, data = question(self.settings.lab), self.data
        key = fingerprint((lab, data, self._market()))
        self._want(self.comparing, key, partial(_read, lab, data), partial(_prepare, lab, data))
        self._ask_more()

    def _ask_more(self) -> None:
        """What is asked of the legs that are there, once they are those that are wanted."""
        if self.compared is None or not self.is_current:
            return
        lab, prices = self.settings.lab, self.compared.prices
        self._want(self.studying, self._study_key(), partial(_studied, lab, prices))
        self._want(self.refitting, self._refit_key(), partial(_refitted, lab, prices))
        if lab.resamples:
            asked = self.compared.asked
            self._want(self.drawing, self._drawing_key(), partial(_drawn, asked, prices, lab.resamples))

    def _want(
        self,
        tester: Tester[Any],
        key: Hashable,
        job: Callable[[Progress], Any],
        prepare: Callable[[Progress], None] | None = None,
    ) -> None:
        """Ask this, unless the reader has stopped it: then it waits for `again`."""
        answer = tester.answer
        if (
            tester.question is None
            and answer is not None
            and answer.key == key
            and answer.problem is not None
        ):
            return
        tester.ask(key, job, prepare)

    def _market(self) -> str:
        """What the page's prices are: a refresh or a new day changes them under the same settings."""
        analysis = self.page.analysis
        from_page = self.settings.lab.source == "source" and analysis is not None
        return analysis.market.key if from_page and analysis is not None else ""

    def _check_key(self) -> Hashable:
        lab = self.settings.lab
        return fingerprint((self.settings.check, lab.source, lab.legs, lab.file, self.data, self._market()))

    def _study_key(self) -> Hashable:
        lab = self.settings.lab
        return self._key("study", lab.shown, lab.sign, lab.lag, lab.draws, lab.resamples)

    def _refit_key(self) -> Hashable:
        lab = self.settings.lab
        return self._key("refit", lab.shown, lab.sign, lab.lag, lab.window, lab.step, lab.expanding)

    def _drawing_key(self) -> Hashable:
        asked = self.compared.asked if self.compared is not None else None
        return self._key("draw", asked, self.settings.lab.resamples)

    def _key(self, *parts: Any) -> Hashable:
        return fingerprint((self.compared.prices if self.compared is not None else None, parts))

    def _compared(self, *_: object) -> None:
        answer = self.comparing.answer
        if answer is None:
            return
        if answer.result is None:
            self.problem = answer.problem
            return
        old = {} if self._same(answer.result) else {"shown": None, "rolling": None}
        if old:
            self.judging.stop()
        self.param.update(compared=answer.result, problem=None, **old)
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
            source="file", file=kept.digest, file_name=kept.name, legs=kept.table.names[:MOST_LEGS],
            period="all", start=None, end=None,
        )  # fmt: skip

    def _same(self, new: Compared) -> bool:
        return self.compared is not None and self.compared.prices == new.prices

    def _take(self, name: str, event: param.parameterized.Event) -> None:
        answer: Answer[Any] = event.new
        if answer is not None:
            setattr(self, name, answer.result)

    def _take_good(self, name: str, event: param.parameterized.Event) -> None:
        """Take an answer that says what it is of: what was stopped or failed leaves the last one."""
        answer: Answer[Any] = event.new
        if answer is not None and answer.result is not None:
            setattr(self, name, answer.result)


def question(lab: RatioSettings) -> RatioSettings:
    """The part of the settings that the comparison depends on; the rest as it is by default."""
    return RatioSettings(**{name: getattr(lab, name) for name in QUESTION})


def _prepare(lab: RatioSettings, data: DataSettings, progress: Progress) -> None:
    prepare_legs(lab, data, progress=progress)


def _read(lab: RatioSettings, data: DataSettings, progress: Progress) -> Compared:
    # Kept by the prices, not by where they are from: a source that has not changed them costs nothing.
    return replace(KEPT(compare_legs, lab, read_legs_of(lab, data), progress=progress), data=data)


def _keep(data: bytes, name: str, progress: Progress) -> Kept:
    del progress
    digest, table = keep_table(data, name=name)
    return Kept(digest=digest, name=name, table=table)


def draw_intervals(
    lab: RatioSettings, prices: LabPrices, resamples: int, progress: Progress
) -> RatioComparison:
    """The comparison again, with an interval for every method that can have one."""
    return compare_ratios(
        prices.frame(),
        methods=lab.methods,
        sign=lab.sign,
        lag=lab.lag,
        resamples=resamples,
        progress=progress,
    )


def _drawn(lab: RatioSettings, prices: LabPrices, resamples: int, progress: Progress) -> RatioComparison:
    return KEPT(draw_intervals, lab, prices, resamples, progress=progress)


def _studied(lab: RatioSettings, prices: LabPrices, progress: Progress) -> HedgeRatio:
    return study_ratio(
        prices.frame(), lab.shown, sign=lab.sign, lag=lab.lag, draws=lab.draws, resamples=lab.resamples,
        progress=progress,
    )  # fmt: skip


def _refitted(lab: RatioSettings, prices: LabPrices, progress: Progress) -> RollingRatio:
    """Refits that know nothing of later days: where no lag is asked for, each window chooses its own."""
    one = variant(lab.shown)
    return rolling_hedge_ratio(
        prices.frame(), one.method, window=lab.window, step=lab.step, expanding=lab.expanding,
        progress=progress,
        **options_of(one, sign=lab.sign, lag=lab.lag),
    )  # fmt: skip


def _ranked(lab: RatioSettings, prices: LabPrices, progress: Progress) -> Ranked:
    return KEPT(rank_ratios, lab, prices, progress=progress)


def _fetched(check: CheckSettings, lab: RatioSettings, data: DataSettings, progress: Progress) -> None:
    prepare_check(check, lab, data, progress=progress)


def _checked(check: CheckSettings, lab: RatioSettings, data: DataSettings, progress: Progress) -> AssetCheck:
    del progress
    return check_of(check, lab, data)

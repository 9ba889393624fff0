"""What the lab computes off the page's thread, a function a question, and what is kept for all sessions."""

from collections.abc import Hashable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import cache
from typing import Final

import numpy as np
import pandas as pd

from core.errors import Cancelled, HedgeError
from core.fingerprint import Keyed
from core.lab.check import AssetCheck, check_of, prepare_check
from core.lab.compare import (
    RatioComparison,
    RatioRow,
    compare_ratios,
    lacks_interval,
    options_of,
    study_ratio,
    variant,
    with_p_values,
)
from core.lab.files import keep_table
from core.lab.prices import LabPrices, prepare_legs, read_legs_of
from core.lab.rank import Ranked, rank_ratios
from core.lab.residuals import Residuals, diagnose
from core.lab.settings import CheckSettings, RatioSettings
from core.memo import Memo
from core.progress import Progress, within
from core.ratios.base import HEDGE_RATIOS, HedgeRatio
from core.ratios.estimate import simulate_p_of
from core.ratios.legs import read_legs
from core.ratios.null import PValue
from core.ratios.rolling import RollingRatio, rolling_hedge_ratio
from core.settings import DataSettings

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


@dataclass(frozen=True, kw_only=True)
class Kept:
    """A table that arrived, kept under its digest: a session holds only that, so that all tables are bounded.

    `name` is its file's, `legs` its first two columns.
    """

    digest: str
    name: str
    legs: tuple[str, ...]


def question(lab: RatioSettings) -> RatioSettings:
    """The part of the settings that the comparison depends on; the rest as it is by default."""
    return RatioSettings(**{name: getattr(lab, name) for name in QUESTION})


@cache
def warm() -> None:
    """Load what a process' first comparison needs, by making one of few rows: most of its time is imports."""
    walk = np.cumsum(np.random.default_rng(1).standard_normal(60))
    legs = pd.DataFrame({"A": 2.0 * walk + np.random.default_rng(2).standard_normal(60), "B": walk})
    compare_ratios(legs)


def prepare(lab: RatioSettings, data: DataSettings, progress: Progress) -> None:
    """Fetch the legs."""
    prepare_legs(lab, data, progress=progress)


def compare(lab: RatioSettings, data: DataSettings, progress: Progress) -> Compared:
    """Read the legs and compare all methods on them."""
    # Kept by the prices, not by where they are from: a source that has not changed them costs nothing.
    return replace(KEPT(compare_legs, lab, read_legs_of(lab, data), progress=progress), data=data)


def compare_legs(lab: RatioSettings, prices: LabPrices, progress: Progress) -> Compared:
    """All methods that are asked for on these prices."""
    table = compare_ratios(prices.frame(), methods=lab.methods, sign=lab.sign, lag=lab.lag, progress=progress)
    return Compared(asked=lab, prices=prices, comparison=table)


def keep(data: bytes, name: str, progress: Progress) -> Kept:
    """Read a table of the user's own and keep it."""
    del progress
    digest, table = keep_table(data, name=name)
    return Kept(digest=digest, name=name, legs=table.names[:2])


def draw(compared: Compared, resamples: int, progress: Progress) -> RatioComparison:
    """The comparison with an interval for every method that can have one."""
    return KEPT(
        draw_intervals, compared.comparison, compared.prices, compared.asked.sign, resamples,
        progress=progress,
    )  # fmt: skip


def draw_intervals(
    table: RatioComparison, prices: LabPrices, sign: str, resamples: int, progress: Progress
) -> RatioComparison:
    """As `compare_ratios` with `resamples` makes it; rows that have an interval are taken as they are."""
    lacking = [row for row in table.methods if row.result is not None and lacks_interval(row.result)]
    drawn: dict[str, RatioRow] = {}
    for place, row in enumerate(lacking):

        def report(
            done: float, text: str = "", series: object = (), place: int = place, name: str = row.label
        ) -> None:
            del series
            progress((place + done) / len(lacking), f"{name}: {text}" if text else name)

        report(0.0)
        try:
            made = study_ratio(
                prices.frame(), row.key_name, sign=sign, lag=table.lag, resamples=resamples, progress=report
            )
            drawn[row.key_name] = replace(row, result=made, drawn=True)
        except Cancelled:
            raise
        except HedgeError as error:
            drawn[row.key_name] = replace(row, reason=error.message)
    return replace(table, methods=tuple(drawn.get(row.key_name, row) for row in table.methods))


class PValues:
    """The p-values of a comparison's rows as they come, filled on one thread and read on another."""

    def __init__(self) -> None:
        self._key: Hashable = None
        self._found: dict[str, PValue] = {}
        self._made: tuple[RatioComparison, int, RatioComparison] | None = None

    def of(self, key: Hashable) -> dict[str, PValue]:
        """Those of this question, by the keys of the rows, to be filled; those of another are forgotten."""
        if key != self._key:
            self._key, self._found, self._made = key, {}, None
        return self._found

    def put_into(self, table: RatioComparison, key: Hashable) -> RatioComparison:
        """The table with those that are there; the same object until there are more."""
        found = self._found.copy() if key == self._key else {}
        if not found:
            return table
        if self._made is None or self._made[0] is not table or self._made[1] < len(found):
            self._made = (table, len(found), with_p_values(table, found))
        return self._made[2]


def simulate(
    compared: Compared, draws: int, found: dict[str, PValue], progress: Progress
) -> dict[str, PValue]:
    """`found`, with the simulated p-value of every row that has an answer, by its key.

    It is filled row by row, those that may take long last: what is there when it is stopped is shown.
    """
    rows = [(row, row.result) for row in compared.comparison.methods if row.result is not None]
    rows.sort(key=lambda pair: HEDGE_RATIOS[pair[0].method].item.reports)
    for place, (row, ratio) in enumerate(rows):
        told = within(progress, place, len(rows), name=f"p-values: {place} of {len(rows)}, {row.label}")
        told(0.0)
        found[row.key_name] = KEPT(simulate_row, compared.prices, ratio, draws, progress=told)
    return found


def simulate_row(prices: LabPrices, ratio: HedgeRatio, draws: int, progress: Progress) -> PValue:
    """The p-value of one row's ratio."""
    return simulate_p_of(read_legs(prices.frame(), ratio.dependent), ratio, draws=draws, progress=progress)


def study(lab: RatioSettings, prices: LabPrices, progress: Progress) -> HedgeRatio:
    """The method shown with simulated p-value and interval."""
    return study_ratio(
        prices.frame(), lab.shown, sign=lab.sign, lag=lab.lag, draws=lab.draws, resamples=lab.resamples,
        progress=progress,
    )  # fmt: skip


def refit(lab: RatioSettings, prices: LabPrices, progress: Progress) -> RollingRatio:
    """Refits that know nothing of later days: where no lag is asked for, each window chooses its own."""
    one = variant(lab.shown)
    return rolling_hedge_ratio(
        prices.frame(), one.method, window=lab.window, step=lab.step, expanding=lab.expanding,
        progress=progress,
        **options_of(one, sign=lab.sign, lag=lab.lag),
    )  # fmt: skip


def rank(lab: RatioSettings, prices: LabPrices, progress: Progress) -> Ranked:
    """The methods judged on unseen days."""
    return KEPT(rank_ratios, lab, prices, progress=progress)


def diagnosed(ratio: HedgeRatio, progress: Progress) -> Residuals:
    """What is left in a spread."""
    del progress
    return KEPT(diagnose, ratio.spread)


def fetch(check: CheckSettings, lab: RatioSettings, data: DataSettings, progress: Progress) -> None:
    """Fetch the asset that is checked."""
    prepare_check(check, lab, data, progress=progress)


def checked(check: CheckSettings, lab: RatioSettings, data: DataSettings, progress: Progress) -> AssetCheck:
    """The textbook's hedge of the asset."""
    del progress
    return check_of(check, lab, data)

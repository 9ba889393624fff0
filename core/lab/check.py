"""The textbook's hedge of one asset of the lab: which prices it takes, and from where."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from core.data.base import PROVIDERS
from core.errors import HedgeError, InsufficientHistory, InvalidSetting, UnknownTicker
from core.fingerprint import Keyed
from core.hedge_check import HedgeCheck, check_hedge
from core.lab.files import LegTable, kept_table
from core.lab.prices import YEARS, no_prices, years_before
from core.lab.settings import CheckSettings, RatioSettings
from core.pipeline import load_prices, prepare_prices
from core.progress import Progress, silent
from core.settings import DataSettings, Holding, PortfolioSettings
from core.symbols import parse_symbol
from core.types import TRADING_DAYS, FloatArray, Sessions


@dataclass(frozen=True, kw_only=True, eq=False)
class AssetCheck(Keyed):
    """The steps for `asset` on `benchmark`; `source` says in words where the prices are from.

    `errors` are the standard errors asked for, `learn` the share of the sessions that beta is learned from.
    `dividends_lacking` is the dividend yield a year that the benchmark's returns leave out, 0 where they
    have dividends.
    """

    asset: str
    benchmark: str
    source: str
    errors: str
    learn: float
    dividends_lacking: float
    steps: HedgeCheck

    @property
    def alpha_excess(self) -> float:
        """The part of alpha, per session, that is beta times the dividends which the benchmark lacks."""
        return self.steps.line.fit.beta * self.dividends_lacking / TRADING_DAYS


def asset_of(check: CheckSettings, lab: RatioSettings) -> str:
    """The asset that is checked: the one asked for, else the first leg.

    Raises
    ------
    InvalidSetting
        When what was typed cannot be a ticker.
    """
    asked = check.asset.strip()
    if not asked:
        return lab.legs[0]
    return asked if lab.source == "file" else parse_symbol(asked, where="check.asset")


def column_of(check: CheckSettings, names: Sequence[str], asset: str) -> str:
    """The column of a table of the user's own to hedge with: that asked for, else the first other one.

    The asset itself where there is no other.
    """
    return check.benchmark.strip() or next((name for name in names if name != asset), asset)


def prepare_check(
    check: CheckSettings, lab: RatioSettings, data: DataSettings, *, progress: Progress = silent
) -> None:
    """Fetch the asset where it comes from a network, so that `check_of` need not wait.

    Raises
    ------
    Cancelled
        When `progress` says so. What went wrong is told by `check_of`.
    """
    if lab.source == "source":
        prepare_prices(data, _book(asset_of(check, lab), data), progress=progress)


def check_of(check: CheckSettings, lab: RatioSettings, data: DataSettings | None = None) -> AssetCheck:
    """Load the asset and its benchmark, both with dividends where the source has them, and check the hedge.

    The benchmark is that of the source. In a table of the user's own it is the column asked for, else the
    first one that is not the asset, and prices are taken as they stand there.

    Parameters
    ----------
    check
        Asset, period, share to learn from, standard errors.
    lab
        Where prices come from, and the legs: the first is the asset unless one is asked for.
    data
        The source that "source" means.

    Raises
    ------
    InvalidSetting
        When asset and benchmark are one, or a name cannot be a ticker.
    MissingSeries
        Naming what cannot be had, with reasons.
    InsufficientHistory
        When the period holds too few sessions.
    HedgeError
        As `check_hedge`, and whatever else the source has to say; `where` is the setting it stands beside.

    Examples
    --------
    >>> from core.lab import CheckSettings, RatioSettings
    >>> found = check_of(CheckSettings(asset="AAPL", period="all"), RatioSettings())
    >>> found.benchmark, round(found.steps.line.fit.beta, 2), abs(found.steps.hedged_line.fit.beta) < 1e-12
    ('SPX', 1.06, True)
    """
    asset = asset_of(check, lab)
    lacking = 0.0
    if lab.source == "file":
        table = kept_table(lab.file, lab.file_name)
        benchmark, sessions = column_of(check, table.names, asset), table.sessions
        values = _columns(table, asset, benchmark)
        source = lab.file_name
    else:
        asked = DataSettings() if lab.source == "sample" else data or DataSettings()
        benchmark = asked.benchmark
        sessions, values, source, lacking = _loaded(asset, asked)
    if asset == benchmark:
        raise InvalidSetting(
            f"{asset} is the benchmark itself: there is nothing to hedge.",
            hint="Choose another asset.",
            where="check.asset",
        )
    start, end = _period(check, sessions, values, asset, benchmark)
    try:
        steps = check_hedge(
            values[:, 0], values[:, 1], sessions, start=start, end=end, learn=check.learn,
            covariance="newey-west" if check.errors == "newey-west" else "classic",
        )  # fmt: skip
    except HedgeError as error:
        error.where = error.where or "check.asset"
        raise
    return AssetCheck(
        asset=asset,
        benchmark=benchmark,
        source=source,
        errors=check.errors,
        learn=check.learn,
        dividends_lacking=lacking,
        steps=steps,
    )


def _book(asset: str, data: DataSettings) -> PortfolioSettings:
    """A book of the asset, which is how prices are asked for; the benchmark is always among them."""
    holdings = () if asset == data.benchmark else (Holding(asset, 1.0),)
    return PortfolioSettings(holdings=holdings)


def _loaded(asset: str, data: DataSettings) -> tuple[Sessions, FloatArray, str, float]:
    try:
        table = load_prices(data, _book(asset, data))
    except HedgeError as error:
        if error.where == "portfolio.holdings":
            error.where = "check.asset"
        raise
    own, bench = table.column(asset), table.column(data.benchmark)
    if own is None or bench is None:
        lacking = asset if own is None else data.benchmark
        raise no_prices([lacking], data, where="check.asset")
    label = PROVIDERS[data.provider].label
    return table.sessions, table.adj_close[:, [own, bench]], label, table.dividend_yield_left_out


def _columns(table: LegTable, asset: str, benchmark: str) -> FloatArray:
    for name, where in ((asset, "check.asset"), (benchmark, "check.benchmark")):
        if name not in table.names:
            raise UnknownTicker(
                f"The table has no column {name}.",
                tickers=[name],
                hint=f"It has {', '.join(table.names[:12])}.",
                where=where,
            )
    return table.columns((asset, benchmark))


def _period(
    check: CheckSettings, sessions: Sessions, values: FloatArray, asset: str, benchmark: str
) -> tuple[np.datetime64 | None, np.datetime64 | None]:
    """First and last day of the prices used: what is asked for, counted back from the last known day."""
    known = sessions[np.isfinite(values).all(axis=1)]
    if not len(known):
        raise InsufficientHistory(
            2, 0, what=f"a day with prices of {asset} and {benchmark}", hint="Choose another asset.",
            where="check.asset",
        )  # fmt: skip
    end = known[-1] if check.end is None else min(np.datetime64(check.end), known[-1])
    if check.start is not None:
        start = np.datetime64(check.start)
    elif check.period in YEARS:
        start = np.datetime64(years_before(end.astype(object), YEARS[check.period]))
    else:
        start = known[0]
    start = max(start, known[0])
    if start >= end:
        raise InsufficientHistory(
            2, 0, what="the period",
            hint=f"There are prices of {asset} and {benchmark} from {known[0]} to {known[-1]}.",
            where="check.start",
        )  # fmt: skip
    return start, end

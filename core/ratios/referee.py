"""Which method to take: judged on days that none of them had seen."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import numpy as np

from core.errors import Cancelled, EstimationError, HedgeError, InsufficientHistory, InvalidSetting
from core.fingerprint import Keyed
from core.progress import Progress, silent, within
from core.ratios.base import HEDGE_RATIOS, MethodOptions
from core.ratios.bounds import NOT_HELD
from core.ratios.find import find_ratios
from core.ratios.legs import Legs, read_legs
from core.ratios.rolling import check_window
from core.spread import Missing
from core.types import TRADING_DAYS, BoolArray, FloatArray, Sessions

if TYPE_CHECKING:
    import pandas as pd

SEED: Final = 2006
LEAST_TESTED: Final = 40


class Entrant(NamedTuple):
    """A method with some of its options, under a key and a label of its own.

    `short`: it is left out where its ratio of any leg is under zero in some window.
    """

    key: str
    label: str
    method: str
    options: Mapping[str, Any]
    short: bool = False


@dataclass(frozen=True, kw_only=True, eq=False)
class MethodScore(Keyed):
    """How one method did on unseen days; `low` and `high` are 95 % intervals by a stationary bootstrap.

    `entrant` is the key under which it was entered, the method's name unless entrants were given. `variance`
    is the mean squared residual in squared dollars per unit of the dependent leg: the spread less its mean in
    the window that was fitted, also of a method that fits no constant. `behind` is the variance over that of
    the first method; where its interval holds 1 the two cannot be told apart. `best_share` is how often the
    method is first among the draws. `change_variance` is that of the daily change. `turnover` is dollars
    traded a year by refits, per dollar of the dependent leg; NaN where a price is not above zero. `in_sample`
    is the variance on the days that were fitted: small print, for it never ranks. `windows` were fitted,
    `failed` had no answer.
    """

    entrant: str
    method: str
    label: str
    variance: float
    low: float
    high: float
    behind: float
    behind_low: float
    behind_high: float
    best_share: float
    change_variance: float
    change_low: float
    change_high: float
    turnover: float
    turnover_low: float
    turnover_high: float
    in_sample: float
    windows: int
    failed: int


@dataclass(frozen=True, kw_only=True, eq=False)
class Ranking(Keyed):
    """Methods by out-of-sample variance, least first, all on the same `tested` rows.

    `left_out` has the keys of the entrants that could not be judged, each with the reason. `span` is the
    first and the last day tested, None for prices without dates.
    """

    scores: tuple[MethodScore, ...]
    left_out: Mapping[str, str]
    dependent: str
    legs: tuple[str, ...]
    window: int
    step: int
    tested: int
    draws: int
    mean_block: int
    dropped: int
    span: tuple[np.datetime64, np.datetime64] | None


class _Walk:
    """One method walked forward: what its ratio of each window left on the rows after it."""

    def __init__(self, rows: int) -> None:
        self.residual = np.full(rows, np.nan)
        self.change = np.full(rows, np.nan)
        self.trades: list[float] = []
        self.fitted: list[float] = []
        self.failed = 0
        self.reason = ""


def rank_methods(
    prices: "pd.DataFrame",
    methods: Sequence[str] | None = None,
    *,
    window: int,
    step: int = 20,
    dependent: str | None = None,
    options: Mapping[str, Mapping[str, Any]] | None = None,
    entrants: Sequence[Entrant] = (),
    draws: int = 500,
    mean_block: int = 20,
    missing: Missing = "drop",
    progress: Progress = silent,
) -> Ranking:
    """Methods ranked by what they leave on the `step` rows after each window of `window` rows.

    Each ratio is fitted on rows t - window + 1 .. t and held for rows t + 1 .. t + step. Rows on which any
    method has no answer count for none. A method without an answer in half of the windows is left out.

    Parameters
    ----------
    prices, dependent, missing
        As for `estimate_hedge_ratio`.
    methods
        Their names; None means all.
    window, step
        Rows of each fit, and rows for which it is held.
    options
        Options by the name of the method; others have their defaults.
    entrants
        Methods with options and keys of their own, in place of `methods` and `options`: one method may be
        entered several times with different options.
    draws, mean_block
        Of the bootstrap: how many, and the mean length of a block in rows.
    progress
        Told how far it is; raises to cancel.

    Raises
    ------
    InvalidSetting
        On a step, block or number of draws that cannot be, or two entrants under one key.
    InsufficientHistory
        When fewer than 40 rows are left to test on.
    EstimationError
        When no method has an answer.
    HedgeError
        As `estimate_hedge_ratio`, for the prices and options.
    """
    if step < 1 or mean_block < 1 or draws < 2:
        raise InvalidSetting(
            f"{draws} draws in blocks of {mean_block} rows, with refits every {step} rows, cannot be made."
        )
    entered = tuple(entrants) or _named(methods, options or {})
    if len({one.key for one in entered}) < len(entered):
        raise InvalidSetting("Two methods are entered under one key.", hint="Name each differently.")
    chosen = [
        HEDGE_RATIOS.get(one.method, where="ratios.method").item.options.read(one.options) for one in entered
    ]
    legs = read_legs(prices, dependent, missing)
    rows = len(legs.prices)
    if rows - window < LEAST_TESTED:
        raise InsufficientHistory(
            window + LEAST_TESTED, rows, what="a test on unseen days", hint="Choose a shorter window."
        )
    ends = range(window - 1, rows - 1, step)
    pasts = [legs.part(slice(end - window + 1, end + 1)) for end in ends] if window > 0 else []
    walks: list[tuple[Entrant, _Walk]] = []
    left_out: dict[str, str] = {}
    for place, (one, held) in enumerate(zip(entered, chosen, strict=True)):
        try:
            check_window(legs, one.method, held, window)
            walk = _walk(legs, pasts, ends, one, held, within(progress, place, len(entered)))
        except Cancelled:
            raise
        except HedgeError as error:
            left_out[one.key] = error.message
            continue
        if walk.reason:
            left_out[one.key] = walk.reason
        else:
            walks.append((one, walk))
    if not walks:
        raise EstimationError("No method has an answer.", hint=next(iter(left_out.values()), ""))
    return _rank(legs, walks, left_out, window, step, draws, mean_block)


def _named(methods: Sequence[str] | None, options: Mapping[str, Mapping[str, Any]]) -> tuple[Entrant, ...]:
    names = HEDGE_RATIOS.names() if methods is None else tuple(dict.fromkeys(methods))
    return tuple(
        Entrant(name, HEDGE_RATIOS.get(name, where="ratios.method").label, name, options.get(name, {}))
        for name in names
    )


def _walk(
    legs: Legs, pasts: Sequence[Legs], ends: range, one: Entrant, options: MethodOptions, progress: Progress
) -> _Walk:
    prices, step = legs.prices, ends.step
    walk = _Walk(len(prices))
    before: FloatArray | None = None
    reason = ""
    for place, (end, past) in enumerate(zip(ends, pasts, strict=True)):
        name = f"{one.label}: window {place + 1:,} of {len(ends):,}"
        ahead = slice(end + 1, end + 1 + step)
        try:
            told = within(progress, place, len(ends), name=name)
            ratios = find_ratios(past, one.method, options, progress=told).ratios
        except Cancelled:
            raise
        except HedgeError as error:
            walk.failed, reason = walk.failed + 1, error.message
            before = None
            continue
        if one.short and (ratios < 0.0).any():
            walk.reason = NOT_HELD
            return walk
        weights = np.array([1.0, *-ratios])
        fitted = past.prices @ weights
        walk.fitted.append(float(fitted.var()))
        walk.residual[ahead] = prices[ahead] @ weights - fitted.mean()
        walk.change[ahead] = np.diff(prices[end : end + 1 + step], axis=0) @ weights
        if before is not None:
            at = prices[end]
            dollars = float(np.abs(ratios - before) @ at[1:]) / at[0] if (at > 0.0).all() else np.nan
            walk.trades.append(float(dollars))
        before = ratios
    if walk.failed > len(ends) / 2:
        some = f"{walk.failed:,} of {len(ends):,} windows have no answer: "
        walk.reason = f"{some if walk.fitted else ''}{reason}"
    return walk


def _rank(
    legs: Legs,
    walks: Sequence[tuple[Entrant, _Walk]],
    left_out: Mapping[str, str],
    window: int,
    step: int,
    draws: int,
    mean_block: int,
) -> Ranking:
    residual = np.array([walk.residual for _, walk in walks])
    common = np.isfinite(residual).all(axis=0)
    tested = int(common.sum())
    if tested < LEAST_TESTED:
        raise InsufficientHistory(LEAST_TESTED, tested, what="a test on days that all methods have")
    squares = residual[:, common] ** 2
    changes = np.array([walk.change for _, walk in walks])[:, common]
    changes = (changes - changes.mean(axis=1, keepdims=True)) ** 2
    counts = _counts(tested, min(mean_block, max(1, tested // 2)), draws)
    drawn, drawn_changes = squares @ counts.T / tested, changes @ counts.T / tested
    means = squares.mean(axis=1)
    order = np.argsort(means, kind="stable")
    first = int(order[0])
    wins = np.bincount(drawn.argmin(axis=0), minlength=len(means)) / draws
    # Most methods trade equally often, and drawing takes longer than what is made of the draws.
    often = {len(walk.trades) for _, walk in walks}
    refits = {size: _counts(size, 2, draws) for size in often if size > 1}
    scores = []
    for k in map(int, order):
        one, walk = walks[k]
        low, high = np.quantile(drawn[k], [0.025, 0.975])
        behind_low, behind_high = np.quantile(drawn[k] / drawn[first], [0.025, 0.975])
        change_low, change_high = np.quantile(drawn_changes[k], [0.025, 0.975])
        turnover = _yearly(walk.trades, step, refits)
        scores.append(
            MethodScore(
                entrant=one.key,
                method=one.method,
                label=one.label,
                variance=float(means[k]),
                low=float(low),
                high=float(high),
                behind=float(means[k] / means[first]),
                behind_low=float(behind_low),
                behind_high=float(behind_high),
                best_share=float(wins[k]),
                change_variance=float(changes[k].mean()),
                change_low=float(change_low),
                change_high=float(change_high),
                turnover=turnover[0],
                turnover_low=turnover[1],
                turnover_high=turnover[2],
                in_sample=float(np.mean(walk.fitted)),
                windows=len(walk.fitted),
                failed=walk.failed,
            )
        )
    return Ranking(
        scores=tuple(scores),
        left_out=MappingProxyType(dict(left_out)),
        dependent=legs.names[0],
        legs=legs.names,
        window=window,
        step=step,
        tested=tested,
        draws=draws,
        mean_block=mean_block,
        dropped=legs.dropped,
        span=_span(legs.dates, common),
    )


def _span(dates: Sessions | None, common: BoolArray) -> tuple[np.datetime64, np.datetime64] | None:
    if dates is None:
        return None
    tested = dates[common]
    return tested[0], tested[-1]


def _counts(size: int, mean_block: int, draws: int) -> FloatArray:
    """How often each of `size` rows was drawn (draws, size); the same draws serve every method.

    Politis and Romano (1994).
    """
    from arch.bootstrap import StationaryBootstrap

    source = StationaryBootstrap(mean_block, np.arange(size), seed=SEED)
    return np.array([np.bincount(source.update_indices(), minlength=size) for _ in range(draws)], dtype=float)


def _yearly(
    trades: Sequence[float], step: int, refits: Mapping[int, FloatArray]
) -> tuple[float, float, float]:
    """Dollars a year with their interval; NaN with fewer than two refits or an unknown trade."""
    values = np.array(trades) * TRADING_DAYS / step
    if len(values) < 2 or not np.isfinite(values).all():
        return (np.nan, np.nan, np.nan)
    means = refits[len(values)] @ values / len(values)
    low, high = np.quantile(means, [0.025, 0.975])
    return float(values.mean()), float(low), float(high)

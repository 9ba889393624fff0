"""How often each 95 % interval held the true ratio in simulation, and the words for those that did not."""

import math
from dataclasses import dataclass
from typing import Final

from core import words
from core.ratios.base import MethodOptions

CELLS: Final = ((500, 0.90), (500, 0.98), (1000, 0.90), (1000, 0.98))
"""Rows of the simulated pairs, and how much of a gap each day keeps."""

ENOUGH: Final = 0.90
"""Share of intervals, less its standard error, from which nothing is said beside one."""

WHERE_ALL_IS_TAKEN: Final = (
    "How often this interval holds the true ratio is not known where the walking ratio takes up the whole"
    " spread: it was simulated for gaps that close."
)

LEAST_ROWS: Final = 350
"""Rows from which the simulated 500 stand for them: under that nothing is measured."""

TRUE: Final = 2.0
"""The ratio by which the simulated pairs are tied together."""


@dataclass(frozen=True, kw_only=True)
class Measured:
    """Shares of intervals that held the true ratio, one for each of `CELLS`, and of how many paths.

    `options` are those that set this interval apart from others of the method; all others are the defaults.
    `resampled` ones are from legs drawn anew, the rest by the method's own formula.
    """

    method: str
    options: tuple[tuple[str, object], ...]
    resampled: bool
    shares: tuple[float, ...]
    paths: tuple[int, ...]

    def error(self, cell: int) -> float:
        """The binomial standard error of the share in one of `CELLS`; of 0 or 1 that of one miss."""
        share, paths = self.shares[cell], self.paths[cell]
        kept = min(max(share, 1.0 / paths), 1.0 - 1.0 / paths)
        return math.sqrt(kept * (1.0 - kept) / paths)


def _formula(method: str, options: dict[str, object], shares: tuple[float, ...], *paths: int) -> Measured:
    return Measured(
        method=method, options=tuple(options.items()), resampled=False, shares=shares, paths=paths
    )


def _drawn(method: str, options: dict[str, object], shares: tuple[float, ...], *paths: int) -> Measured:
    return Measured(method=method, options=tuple(options.items()), resampled=True, shares=shares, paths=paths)


# `make coverage ARGS=--write` writes what is between the marks.
# fmt: off
MEASURED: Final[tuple[Measured, ...]] = (
    # measured: begin
    _formula("ols", {}, (0.9547, 0.9533, 0.9543, 0.9540), 4000, 4000, 4000, 4000),
    _formula("ols", {"covariance": "newey-west"}, (0.6663, 0.3827, 0.7025, 0.3815), 4000, 4000, 4000, 4000),
    _formula("ols", {"covariance": "classic"}, (0.3510, 0.1787, 0.3478, 0.1635), 4000, 4000, 4000, 4000),
    _formula("ols", {"intercept": False}, (0.0000, 0.6640, 0.0000, 0.3340), 1000, 1000, 1000, 1000),
    _formula("dols", {}, (0.8330, 0.6300, 0.8830, 0.6610), 1000, 1000, 1000, 1000),
    _formula("dols", {"trend": "ct"}, (0.8220, 0.6610, 0.8900, 0.6710), 1000, 1000, 1000, 1000),
    _formula("fmols", {}, (0.8150, 0.5960, 0.8640, 0.6280), 1000, 1000, 1000, 1000),
    _formula("fmols", {"trend": "ct"}, (0.7900, 0.6090, 0.8670, 0.6340), 1000, 1000, 1000, 1000),
    _formula("ccr", {}, (0.8140, 0.5960, 0.8630, 0.6280), 1000, 1000, 1000, 1000),
    _formula("ccr", {"trend": "ct"}, (0.7890, 0.6090, 0.8670, 0.6330), 1000, 1000, 1000, 1000),
    _formula("kalman", {}, (0.9500, 0.9300, 0.9425, 0.9225), 400, 400, 400, 400),
    _formula("kalman", {"signal_to_noise": 0.0}, (0.3440, 0.2080, 0.3380, 0.1570), 1000, 1000, 1000, 1000),
    _formula("minimum_variance", {}, (0.9383, 0.9183, 0.9355, 0.8998), 4000, 4000, 4000, 4000),
    _formula("minimum_variance", {"on": "changes"}, (0.9445, 0.9457, 0.9460, 0.9407), 4000, 4000, 4000, 4000),
    _formula("ewma", {}, (0.9210, 0.9107, 0.9245, 0.9150), 4000, 4000, 4000, 4000),
    _formula("ewma", {"on": "changes"}, (0.9220, 0.9137, 0.9245, 0.9197), 4000, 4000, 4000, 4000),
    _drawn("ols", {}, (0.8900, 0.7900, 0.9300, 0.9000), 200, 200, 200, 200),
    _drawn("ols", {"intercept": False}, (0.0000, 0.6350, 0.0000, 0.2900), 200, 200, 200, 200),
    _drawn("tls", {}, (0.9250, 0.8150, 0.9350, 0.8850), 200, 200, 200, 200),
    _drawn("tls", {"intercept": False}, (0.0000, 0.6250, 0.0000, 0.2900), 200, 200, 200, 200),
    _drawn("johansen", {}, (0.9400, 0.8900, 0.9350, 0.9300), 200, 200, 200, 200),
    _drawn("box_tiao", {}, (0.9250, 0.9100, 0.9350, 0.9400), 200, 200, 200, 200),
    _drawn("half_life", {}, (0.9250, 0.9050, 0.9350, 0.9400), 200, 200, 200, 200),
    _drawn("adf", {}, (0.9500, 0.9300, 0.9400, 0.9300), 100, 100, 100, 100),
    _drawn("huber", {}, (0.8900, 0.7900, 0.9400, 0.8800), 200, 200, 200, 200),
    _drawn("quantile", {}, (0.9200, 0.7700, 0.9500, 0.8800), 100, 100, 100, 100),
    _drawn("theil_sen", {}, (0.8950, 0.7900, 0.9250, 0.8600), 200, 200, 200, 200),
    _drawn("dols", {}, (0.8900, 0.8100, 0.9350, 0.8850), 200, 200, 200, 200),
    _drawn("fmols", {}, (0.9250, 0.8050, 0.9400, 0.9100), 200, 200, 200, 200),
    _drawn("ccr", {}, (0.9250, 0.8050, 0.9400, 0.9100), 200, 200, 200, 200),
    _drawn("kalman", {}, (0.8900, 0.8750, 0.9200, 0.8500), 200, 200, 200, 200),
    # measured: end
)
# fmt: on


def coverage_share(
    method: str, options: MethodOptions, *, resampled: bool, rows: int, persistence: float
) -> float:
    """The share of such intervals that held the true ratio in the nearest simulation; NaN if not measured.

    Parameters are those of `coverage_note`. NaN under `LEAST_ROWS` too; all are of two legs.
    """
    cell = nearest(rows, persistence)
    found = _lowest(method, options, resampled, cell)
    return math.nan if found is None or rows < LEAST_ROWS else found.shares[cell]


def coverage_note(
    method: str, options: MethodOptions, *, resampled: bool, rows: int, persistence: float, legs: int = 2
) -> str:
    """What the reader must know of an interval beside it.

    Empty where intervals of two legs and enough rows held the ratio in 90 % or more, by at least the
    standard error of that share. Of fewer rows than `LEAST_ROWS`, and of more than two legs, nothing is
    measured; that is said, with what is.

    Parameters
    ----------
    method, options
        As estimated.
    resampled
        Whether the interval is from legs drawn anew, not by the method's formula.
    rows
        Rows that the ratio was estimated on; the nearest measured number stands for them.
    persistence
        How much of a gap each day keeps: the first-order autocorrelation of the spread. The nearest measured
        one stands for it.
    legs
        How many.
    """
    cell = nearest(rows, persistence)
    found = _lowest(method, options, resampled, cell)
    if found is None:
        return "How often this interval holds the true ratio has not been measured."
    share = found.shares[cell]
    at_rows, keeps = CELLS[cell]
    held = share_in_words(share)
    lower = ", or lower," if persistence > max(kept for _, kept in CELLS) else ""
    if rows < LEAST_ROWS:
        on = " (measured on two legs)" if legs > 2 else ""
        return (
            "With so few rows it has not been measured how often this interval holds; with "
            f"{at_rows:,} it was {held}{lower} where it says 95{on}."
        )
    surely = share - found.error(cell) >= ENOUGH
    if surely and legs <= 2:
        return ""
    where = f"{at_rows:,} rows, gaps that keep {keeps:.2f} a day"
    if ("intercept", False) in found.options:
        where += ", a difference in level that is not fitted"
    if legs > 2:
        where += "; measured on two legs"
    few = "" if surely or share < ENOUGH else " So few do not tell it from under 90."
    return (
        f"In simulation this interval held the true ratio in {held} of {found.paths[cell]:,} pairs{lower}"
        f" where it says 95 ({where}).{few}"
    )


def share_in_words(share: float) -> str:
    """A share as it is read: 89.7 must not read as the 90 from which nothing would be said."""
    return words.percent(share, 1 if ENOUGH - 0.005 <= share < ENOUGH else 0)


def _lowest(method: str, options: MethodOptions, resampled: bool, cell: int) -> Measured | None:
    """Of the rows of the table for an interval, the one that does most harm in a cell."""
    agreeing = measured(method, options, resampled=resampled)
    return min(agreeing, key=lambda row: row.shares[cell], default=None)


def measured(method: str, options: MethodOptions, *, resampled: bool) -> list[Measured]:
    """The rows of the table for an interval: of those that agree with the options, the most particular."""
    agreeing = [
        row
        for row in MEASURED
        if (row.method, row.resampled) == (method, resampled)
        and all(getattr(options, name) == value for name, value in row.options)
    ]
    most = max((len(row.options) for row in agreeing), default=0)
    return [row for row in agreeing if len(row.options) == most]


def nearest(rows: int, persistence: float) -> int:
    """Which of `CELLS` is nearest: by the rows in proportion, then by the persistence."""
    return min(
        range(len(CELLS)),
        key=lambda cell: (abs(math.log(rows / CELLS[cell][0])), abs(persistence - CELLS[cell][1])),
    )

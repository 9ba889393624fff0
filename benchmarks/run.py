"""What the numbers cost, beside named peers in the same run.

Each row is the median of interleaved repeats (ours, peer, ours, peer, …), so that a machine that slows
down slows both; read the ratios, not the milliseconds. Every row first checks that both give the same
numbers: a quick wrong answer fails. Run with ``make bench``; ``--json FILE`` keeps the figures.
"""

import argparse
import json
import statistics
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from itertools import count
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from core import Memo, Settings, analyse, rolling_ols
from core.order import size_order

Task = Callable[[], object]


@dataclass(frozen=True, kw_only=True)
class Row:
    """One comparison: medians in milliseconds; `budget` is the product's own limit, where it has one."""

    name: str
    ours_ms: float
    peer: str = ""
    peer_ms: float | None = None
    budget_ms: float | None = None

    def text(self) -> str:
        """The row as a line."""
        ratio = f"{self.peer_ms / self.ours_ms:10,.0f} x" if self.peer_ms else " " * 12
        budget = f"limit {self.budget_ms:g} ms" if self.budget_ms else ""
        peer = f"{self.peer} {self.peer_ms:,.1f} ms" if self.peer_ms else ""
        return f"{self.name:<52}{self.ours_ms:10.3f} ms {ratio}  {peer:<42}{budget}"


def medians(tasks: list[Task], repeats: int) -> list[float]:
    """Median milliseconds of each task, run in turn after one uncounted round."""
    for task in tasks:
        task()
    times: list[list[float]] = [[] for _ in tasks]
    for _ in range(repeats):
        for kept, task in zip(times, tasks, strict=True):
            start = time.perf_counter()
            task()
            kept.append((time.perf_counter() - start) * 1e3)
    return [statistics.median(kept) for kept in times]


def same(ours: ArrayLike, theirs: ArrayLike, tolerance: float) -> None:
    """Both arrays agree wherever both have a number."""
    both = np.isfinite(ours) & np.isfinite(theirs)
    if not both.any():
        raise AssertionError("nothing to compare")
    np.testing.assert_allclose(np.asarray(ours)[both], np.asarray(theirs)[both], rtol=tolerance, atol=1e-12)


def statsmodels_betas(y: np.ndarray, x: np.ndarray, window: int) -> np.ndarray:
    """Rolling betas by statsmodels, one asset after the other."""
    from statsmodels.regression.rolling import RollingOLS
    from statsmodels.tools import add_constant

    design = add_constant(x)
    fits = [RollingOLS(y[:, j], design, window=window).fit(params_only=False) for j in range(y.shape[1])]
    return np.column_stack([fit.params[:, 1] for fit in fits])


def pandas_betas(y: np.ndarray, x: np.ndarray, window: int) -> np.ndarray:
    """Rolling betas as cov / var with pandas."""
    frame, market = pd.DataFrame(y), pd.Series(x)
    spread = market.rolling(window).var()
    return frame.rolling(window).cov(market).div(spread, axis=0).to_numpy()


def beta_rows(repeats: int) -> Iterator[Row]:
    """Rolling betas of the sample's book, and of one asset over ten years."""
    market = analyse(bootstrap=False).market
    for name, y, x in (
        ("rolling OLS, sample book", market.returns[1:], market.benchmark_returns[1:]),
        ("rolling OLS, one asset, ten years", market.returns[-2520:, :1], market.benchmark_returns[-2520:]),
    ):
        ours = rolling_ols(y, x, 60).beta
        shape = f"{name} ({y.shape[0]:,} x {y.shape[1]}, window 60)"
        for peer, betas, few in (
            ("statsmodels RollingOLS, a loop", statsmodels_betas, max(2, repeats // 5)),
            ("pandas rolling cov / var", pandas_betas, repeats),
        ):
            same(ours, betas(y, x, 60), 1e-6)
            mine, theirs = medians(
                [lambda y=y, x=x: rolling_ols(y, x, 60), lambda y=y, x=x, f=betas: f(y, x, 60)], few
            )
            yield Row(name=shape, ours_ms=mine, peer=peer, peer_ms=theirs)


def analysis_rows(repeats: int) -> Iterator[Row]:
    """The whole pipeline on the sample: from an empty memo, and after one change."""
    settings, memo, tick = Settings(), Memo(), count(1)
    whole = analyse(settings, memo=memo, bootstrap=False)
    market = whole.market

    def changed(path: str, base: float, step: float) -> Task:
        return lambda: analyse(
            settings.with_value(path, base + step * (next(tick) % 400)), memo=memo, bootstrap=False
        )

    def order() -> object:
        costs = settings.with_value("costs.fixed_fee", 3.0 + 0.1 * (next(tick) % 400)).costs
        return size_order(
            market, whole.portfolio, whole.exposure, whole.plan,
            data=settings.data, beta=settings.beta, hedge=settings.hedge, costs=costs,
        )  # fmt: skip

    def peer() -> object:
        return statsmodels_betas(market.returns[1:], market.benchmark_returns[1:], 60)

    mine, theirs = medians(
        [lambda: analyse(settings, memo=Memo(), bootstrap=False), peer], max(2, repeats // 5)
    )
    yield Row(
        name="default sample analysis, memo empty", ours_ms=mine, peer="statsmodels, its betas alone",
        peer_ms=theirs, budget_ms=50,
    )  # fmt: skip
    for name, task, budget in (
        ("a changed cost parameter, the order alone", order, 5.0),
        ("a changed cost parameter, the past run anew", changed("costs.fixed_fee", 3.0, 0.1), 60.0),
        ("a changed cash amount", changed("portfolio.cash", 400_000, 100.0), None),
        ("a changed window", changed("beta.window_sessions", 61, 1), None),
    ):
        yield Row(name=name, ours_ms=medians([task], repeats)[0], budget_ms=budget)


def rows(repeats: int) -> Iterator[Row]:
    """Every row of this file."""
    yield from beta_rows(repeats)
    yield from analysis_rows(repeats)


def main(measured: Callable[[int], Iterator[Row]]) -> int:
    """Print every row; 1 when one is over its limit."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repeats", type=int, default=15)
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    found = []
    for row in measured(options.repeats):
        found.append(row)
        print(row.text(), flush=True)
    if options.json:
        options.json.write_text(json.dumps([asdict(row) for row in found], indent=2) + "\n")
    late = [row.name for row in found if row.budget_ms and row.ours_ms > row.budget_ms]
    if late:
        print("over its limit: " + "; ".join(late))
    return 1 if late else 0


if __name__ == "__main__":
    sys.exit(main(rows))

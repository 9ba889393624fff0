"""How often the 95 % interval of each hedge-ratio method holds the true ratio, in simulation.

    make coverage                          all of it: some hours on one core
    make coverage ARGS="--only ols tls"    some methods
    make coverage ARGS=--write             and writes the table into core/ratios/coverage.py and docs/

The pair of path s with n rows and persistence phi comes from `numpy.random.default_rng([1000 phi, n, s])`:
2 (n + 200) independent standard normal numbers, first the shocks e of the gap, then those of x. The gap is
g_t = phi g_{t-1} + e_t from g = 0, x_t = 250 + the sum of x's shocks, and y = 5 + 2 x + g; the first 200
rows, in which the gap settles, are left out, and x starts at 250 after them. y is the dependent leg and 2
the ratio that an interval should hold. One of a ratio of daily changes (minimum variance, also fading)
should hold it too: the shocks are independent, so 2 is also what hedges the next day's change best. A price
ratio estimates nothing and has no interval.
"""

import argparse
import multiprocessing
import re
import sys
import time
from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import NamedTuple

import numpy as np

from core.errors import EstimationError
from core.fingerprint import freeze
from core.ratios.base import HEDGE_RATIOS
from core.ratios.coverage import CELLS, MEASURED, TRUE, Measured
from core.ratios.estimate import fit_legs
from core.ratios.legs import Legs

ROOT = Path(__file__).resolve().parents[1]
CODE, DOCS = ROOT / "core/ratios/coverage.py", ROOT / "docs/hedge-ratios.md"
BEGIN, END = "<!-- measured: begin -->", "<!-- measured: end -->"
SETTLING = 200
DRAWS = 199


class Case(NamedTuple):
    """An interval to measure, and on how many paths unless told otherwise."""

    method: str
    options: dict[str, object]
    resampled: bool
    paths: int


NO_INTERCEPT: dict[str, object] = {"intercept": False}
CASES = (
    Case("ols", {}, False, 4000),
    Case("ols", {"covariance": "newey-west"}, False, 4000),
    Case("ols", {"covariance": "classic"}, False, 4000),
    Case("ols", NO_INTERCEPT, False, 1000),
    Case("dols", {}, False, 1000),
    Case("dols", {"trend": "ct"}, False, 1000),
    Case("fmols", {}, False, 1000),
    Case("fmols", {"trend": "ct"}, False, 1000),
    Case("ccr", {}, False, 1000),
    Case("ccr", {"trend": "ct"}, False, 1000),
    Case("kalman", {}, False, 400),
    Case("kalman", {"signal_to_noise": 0.0}, False, 1000),
    Case("minimum_variance", {}, False, 4000),
    Case("minimum_variance", {"on": "changes"}, False, 4000),
    Case("ewma", {}, False, 4000),
    Case("ewma", {"on": "changes"}, False, 4000),
    Case("ols", {}, True, 200),
    Case("ols", NO_INTERCEPT, True, 200),
    Case("tls", {}, True, 200),
    Case("tls", NO_INTERCEPT, True, 200),
    Case("johansen", {}, True, 200),
    Case("box_tiao", {}, True, 200),
    Case("half_life", {}, True, 200),
    Case("adf", {}, True, 100),
    Case("huber", {}, True, 200),
    Case("quantile", {}, True, 100),
    Case("theil_sen", {}, True, 200),
    Case("dols", {}, True, 200),
    Case("fmols", {}, True, 200),
    Case("ccr", {}, True, 200),
    Case("kalman", {}, True, 200),
)


def pair(rows: int, phi: float, path: int) -> Legs:
    """The legs of one path: y = 5 + 2 x + gap, and x."""
    from scipy.signal import lfilter

    shocks, steps = np.random.default_rng([round(1000 * phi), rows, path]).standard_normal(
        (2, rows + SETTLING)
    )
    gap = np.asarray(lfilter([1.0], [1.0, -phi], shocks))[SETTLING:]
    x = 250.0 + np.cumsum(steps[SETTLING:])
    return Legs(
        names=("Y", "X"),
        prices=freeze(np.column_stack([5.0 + TRUE * x + gap, x])),
        rows=np.arange(rows),
        dates=None,
        dropped=0,
    )


def holds(path: int, case: Case, rows: int, phi: float) -> float:
    """1 where the interval of a path holds the ratio, 0 where it does not, NaN where there is none."""
    options = HEDGE_RATIOS[case.method].item.options.read(case.options)
    try:
        found = fit_legs(
            pair(rows, phi, path), case.method, options, adf_lag=0, resamples=DRAWS * case.resampled
        )
    except EstimationError:
        return np.nan
    low, high = found.intervals["X"]
    return float(low < TRUE < high)


def measure(case: Case, paths: int, workers: int) -> Measured:
    """The shares of one interval in all cells."""
    shares, counts = [], []
    with multiprocessing.Pool(workers) as pool:
        for rows, phi in CELLS:
            held = np.array(
                pool.map(partial(holds, case=case, rows=rows, phi=phi), range(paths), chunksize=5)
            )
            shares.append(round(float(np.nanmean(held)), 4))
            counts.append(int(np.isfinite(held).sum()))
    return Measured(
        method=case.method,
        options=tuple(case.options.items()),
        resampled=case.resampled,
        shares=tuple(shares),
        paths=tuple(counts),
    )


def label(row: Measured) -> str:
    """Method and options in words."""
    options = HEDGE_RATIOS[row.method].item.options
    default = options.read({})
    parts = [HEDGE_RATIOS[row.method].label]
    for name, spec in options.specs():
        value = dict(row.options).get(name, getattr(default, name))
        if name == "covariance" and not row.resampled:
            parts.append(f"{value} errors")
        elif (name, value) in row.options:
            plain = f"no {spec.label.lower()}" if value is False else f"{spec.label.lower()} {value}"
            parts.append(dict(spec.options).get(str(value), plain))
    return ", ".join(parts)


def markdown(rows: Sequence[Measured]) -> str:
    """The table of the page in docs/, as Markdown."""
    heads = [f"{n:,} rows, φ {phi:.2f}" for n, phi in CELLS]
    lines = [
        f"| interval | {' | '.join(heads)} | paths |",
        f"|---|{'---:|' * (len(CELLS) + 1)}",
    ]
    for row in rows:
        cells = [f"{100 * share:.1f} ± {100 * row.error(cell):.1f}" for cell, share in enumerate(row.shares)]
        drawn = ", legs drawn anew" if row.resampled else ""
        paths = (
            f"{min(row.paths):,}" if len(set(row.paths)) == 1 else f"{min(row.paths):,}–{max(row.paths):,}"
        )
        lines.append(f"| {label(row)}{drawn} | {' | '.join(cells)} | {paths} |")
    return "\n".join(lines)


def code(rows: Sequence[Measured]) -> str:
    """The table as it stands in the code."""
    lines = []
    for row in rows:
        kind = "_drawn" if row.resampled else "_formula"
        options = "{" + ", ".join(f'"{name}": {_literal(value)}' for name, value in row.options) + "}"
        shares = ", ".join(f"{share:.4f}" for share in row.shares)
        lines.append(f'    {kind}("{row.method}", {options}, ({shares}), {", ".join(map(str, row.paths))}),')
    return "\n".join(lines)


def _literal(value: object) -> str:
    return f'"{value}"' if isinstance(value, str) else repr(value)


def between(text: str, begin: str, end: str, inner: str) -> str:
    """The text with what stands between two marks replaced."""
    pattern = re.compile(rf"({re.escape(begin)}\n).*?([ ]*{re.escape(end)})", re.DOTALL)
    if len(pattern.findall(text)) != 1:
        raise ValueError(f"{begin} does not stand there once")
    return pattern.sub(lambda found: f"{found[1]}{inner}\n{found[2]}", text)


def write(fresh: Sequence[Measured]) -> None:
    """Put the rows into the code and the page, beside those that were not measured now."""
    kept = {(row.method, row.options, row.resampled): row for row in (*MEASURED, *fresh)}
    order = [(case.method, tuple(case.options.items()), case.resampled) for case in CASES]
    rows = [kept[key] for key in order if key in kept]
    CODE.write_text(
        between(CODE.read_text("utf-8"), "# measured: begin", "# measured: end", code(rows)), "utf-8"
    )
    DOCS.write_text(
        between(
            DOCS.read_text("utf-8"), "<!-- measured: begin -->", "<!-- measured: end -->", markdown(rows)
        ),
        "utf-8",
    )


def chosen(only: Sequence[str], kind: str) -> Iterator[Case]:
    """The cases of some methods and one kind of interval, or all."""
    for case in CASES:
        if (not only or case.method in only) and kind in ("all", "drawn" if case.resampled else "formula"):
            yield case


def main() -> int:
    """Measure, print, and write if told to."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--only", nargs="*", default=[], help="methods")
    parser.add_argument("--kind", choices=("all", "formula", "drawn"), default="all")
    parser.add_argument("--paths", type=int, help="the same number for all")
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--write", action="store_true", help="into core/ratios/coverage.py and docs/")
    given = parser.parse_args()
    HEDGE_RATIOS.discover()
    fresh = []
    for case in chosen(given.only, given.kind):
        start = time.perf_counter()
        row = measure(case, given.paths or case.paths, given.workers)
        fresh.append(row)
        print(f"{code([row]).strip()}  # {time.perf_counter() - start:.0f} s", flush=True)
    print(markdown(fresh))
    if given.write:
        write(fresh)
    return 0


if __name__ == "__main__":
    sys.exit(main())

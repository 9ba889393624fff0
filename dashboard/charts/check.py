"""The steps of a hedge check: what its charts draw, what is said around them, and their data as tables."""

import math
from typing import Final

from core import words
from core.beta import OLS
from core.hedge_check import CarriedHedge, growth, yearly
from core.lab.check import AssetCheck
from core.types import TRADING_DAYS, FloatArray
from dashboard.charts.base import Twin, Window, Words, dates
from dashboard.charts.book import TWIN_ROWS
from dashboard.charts.lane import Lane, Line
from dashboard.charts.pictures import Whisker
from dashboard.charts.scatter import points
from dashboard.charts.timeline import History
from dashboard.charts.tips import Tip

HEDGED: Final = "hedged"
ZERO: Final = 1e-12
"""A beta under this is rounding."""

SHORT: Final = 126
"""Under so many sessions a mean is not told as one a year: a good month is not a yearly 137 %."""

_RAISED: Final = str.maketrans(
    "-0123456789", "\u207b\u2070\u00b9\u00b2\u00b3\u2074\u2075\u2076\u2077\u2078\u2079"
)

_ASSET: Final = Line("asset", "unhedged", value=False)
_BENCHMARK: Final = Line("benchmark", "reference", value=False)


def lanes(*, hedged: bool) -> tuple[Lane, ...]:
    """What asset and benchmark made of 1, with `hedged` what the hedged asset did too."""
    own = (Line(HEDGED, "hedged", "hedged", value=False),) if hedged else ()
    return (Lane("growth", (_BENCHMARK, _ASSET, *own), unit="\u00d7", log=True),)


def tips(*, hedged: bool) -> tuple[Tip, ...]:
    """The lines of the tooltip."""
    own = (Tip("hedged", HEDGED, 2, "\u00d7"),) if hedged else ()
    return (Tip("asset", "asset", 2, "\u00d7"), Tip("benchmark", "benchmark", 2, "\u00d7"), *own)


def names(found: AssetCheck) -> dict[str, str]:
    """What the lines are called."""
    return {"asset": found.asset, "benchmark": found.benchmark, HEDGED: "hedged"}


def history(found: AssetCheck) -> History:
    """What each return made of 1 by the end of every session."""
    steps = found.steps
    columns = {
        "asset": growth(steps.returns),
        "benchmark": growth(steps.benchmark),
        HEDGED: growth(steps.hedged),
    }
    return History(steps.sessions, columns)


def window(found: AssetCheck) -> Window:
    """First and last session of the check."""
    return found.steps.sessions[0], found.steps.sessions[-1]


def describe(found: AssetCheck) -> Words:
    """What stands above all steps: the answer is that of the days which the hedge had not seen."""
    errors = "Newey\u2013West" if found.errors == "newey-west" else "classic"
    missing = found.steps.missing
    holes = f"; {words.counted(missing, 'session')} without both returns left out" if missing else ""
    subtitle = (
        f"Daily returns of {found.asset} on {found.benchmark}, {dates(window(found))}, n = "
        f"{len(found.steps.returns):,}{holes}; least squares, {errors} errors, 95 % intervals; {found.source}"
    )
    return Words(f"Does the textbook hedge work on {found.asset}?", subtitle, verdict(found))


def verdict(found: AssetCheck) -> str:
    """What the hedge did on days it had not seen, in a sentence."""
    carried = found.steps.carried
    if carried is None:
        return f"It could not be tried on days it had not seen. {found.steps.reason}"
    said = f"On days it had not seen the hedge left {left_over(carried)} and {removed(carried.removed)}."
    return f"{said} {_holds(carried)}".strip()


def _holds(carried: CarriedHedge) -> str:
    """Whether what was left over can be told from nothing; empty where it has no interval."""
    low, high = carried.realised.interval()
    if not (math.isfinite(low) and math.isfinite(high)):
        return ""
    if low <= 0.0 <= high:
        return "Zero is inside the interval: what was left cannot be told from none."
    little = carried.realised.beta * carried.learned.beta > 0.0
    return f"Zero is outside the interval: it hedged too {'little' if little else 'much'}."


def removed(share: float) -> str:
    """The share of variance removed, with the verb that its sign asks for."""
    if not math.isfinite(share):
        return "removed an unknown part of the variance"
    return f"{'removed' if share >= 0.0 else 'added'} {words.percent(abs(share), 0)} of the variance"


def share_removed(share: float) -> tuple[str, str]:
    """The share as a figure, below zero where the hedge added variance, and what it is of."""
    return words.percent(
        share, 0
    ), "of the variance removed" if not share < 0.0 else "removed: it added variance"


def left_over(carried: CarriedHedge) -> str:
    """The beta that was left on the rest, with its interval."""
    return f"a beta of {_beta(carried.realised)}"


def returns_words(found: AssetCheck) -> Words:
    """Around the first chart."""
    asset, benchmark = (_became(found, name) for name in ("asset", "benchmark"))
    return Words(
        "1. What did the two return?",
        f"What 1 became by daily returns, log scale, {dates(window(found))}",
        f"1 in {found.asset} became {asset}, 1 in {found.benchmark} {benchmark}.",
    )


def plane_words(found: AssetCheck) -> Words:
    """Around the scatter."""
    fit = found.steps.line.fit
    return Words(
        f"2. How much of {found.asset} is {found.benchmark}?",
        f"Daily returns, %, with the line of least squares and its 95 % band; {dates(window(found))}",
        f"When {found.benchmark} moved 1 %, {found.asset} moved {words.number(fit.beta)} % on average.",
    )


def hedged_words(found: AssetCheck) -> Words:
    """Around the chart of the hedged return."""
    beta = words.number(found.steps.line.fit.beta)
    return Words(
        "3. What is left without the market?",
        f"Hedged: {found.asset} less {beta} \u00d7 {found.benchmark} every day; what 1 became, log "
        f"scale, {dates(window(found))}",
        f"1 became {_became(found, HEDGED)} hedged, with the beta of all these days: hindsight.",
    )


def proof_words(found: AssetCheck) -> Words:
    """Around the regression of the hedged return."""
    return Words(
        "4. Is the arithmetic right?",
        f"The hedged return regressed on {found.benchmark}, the same days",
        "By construction beta is 0 and alpha the same: this proves the arithmetic, not the hedge.",
    )


def carried_words(found: AssetCheck) -> Words:
    """Around the hedge that is carried to the rest."""
    carried = found.steps.carried
    title = "5. Does it hold on days it had not seen?"
    if carried is None:
        return Words(title, "", f"It could not be tried. {found.steps.reason}")
    return Words(
        title,
        f"Beta {words.number(carried.learned.beta)} learned until {words.day(carried.learned_until)}, then "
        f"held; 95 % intervals; means and volatilities a year of {TRADING_DAYS} sessions",
        _holds(carried),
    )


def facts(found: AssetCheck) -> tuple[tuple[str, str], ...]:
    """The figures of the regression, as names and finished text."""
    fit = found.steps.line.fit
    return (
        ("\u03b2", _beta(fit)),
        ("\u03b1 a session", _alpha(fit)),
        ("R\u00b2", words.number(fit.r_squared)),
    )


def proof(found: AssetCheck) -> Twin:
    """The two regressions beside each other."""
    one, two = found.steps.line.fit, found.steps.hedged_line.fit
    zero = f"0 ({power(two.beta)})" if 0.0 < abs(two.beta) < ZERO else power(two.beta)
    apart = two.alpha - one.alpha
    same = "the same" if abs(apart) < ZERO else f"apart by {power(apart)}"
    return Twin(
        ("", f"{found.asset} on {found.benchmark}", f"Hedged on {found.benchmark}"),
        (
            ("\u03b2", words.number(one.beta, 4), zero),
            ("\u03b1 a session", words.percent(one.alpha, 4), f"{words.percent(two.alpha, 4)}, {same}"),
            ("R\u00b2", words.number(one.r_squared, 4), words.number(max(two.r_squared, 0.0), 4)),
            ("Variance removed", words.UNKNOWN, words.percent(found.steps.removed, 1)),
        ),
    )


def power(value: float) -> str:
    """A very small figure as 3 \u00d7 10\u207b\u00b9\u2077."""
    if not math.isfinite(value) or value == 0.0:
        return words.number(value, 0)
    digit, exponent = f"{value:.0e}".split("e")
    return f"{digit.replace('-', words.MINUS)}\u202f\u00d7\u202f10{str(int(exponent)).translate(_RAISED)}"


def betas(carried: CarriedHedge) -> list[Whisker]:
    """What was learned, what the rest would have needed, and what the hedge left."""
    return [
        Whisker(name, fit.beta, *fit.interval(), tone=tone)
        for name, fit, tone in (
            ("learned, and hedged with", carried.learned, "hedged"),
            ("needed on unseen days", carried.unhedged, "benchmark"),
            ("left over", carried.realised, "unhedged"),
        )
    ]


def moments(found: AssetCheck, carried: CarriedHedge) -> tuple[Twin, Twin]:
    """Means, volatilities and betas on the days learned from, and on the rest; a note says what lacks."""
    steps, cut = found.steps, len(carried.fitted)
    asset, benchmark = found.asset, found.benchmark
    return (
        _part(
            (asset, steps.returns[:cut], _beta(carried.learned)),
            (benchmark, steps.benchmark[:cut], "1"),
            ("Hedged", carried.fitted, "0"),
        ),
        _part(
            (asset, steps.returns[cut:], _beta(carried.unhedged)),
            (benchmark, steps.benchmark[cut:], "1"),
            ("Hedged", carried.hedged, _beta(carried.realised)),
        ),
    )


def _part(*lines: tuple[str, FloatArray, str]) -> Twin:
    rows, note = [], ""
    for name, values, beta in lines:
        figures, mean = yearly(values), words.UNKNOWN
        if len(values) >= SHORT:
            mean = words.percent(figures.mean, 1)
        else:
            count = words.counted(len(values), "session")
            note = f"{count} are too few for a mean a year; {SHORT} are asked for."
        rows.append((name, mean, words.percent(figures.volatility, 1), beta))
    return Twin(("", "Mean a year", "Volatility", "\u03b2"), tuple(rows), note)


def spans(found: AssetCheck, carried: CarriedHedge) -> tuple[str, str]:
    """The days learned from and the rest, each with how many."""
    days, cut = found.steps.sessions, len(carried.fitted)
    return tuple(
        f"{dates((part[0], part[-1]))}, {words.counted(len(part), 'session')}"
        for part in (days[:cut], days[cut:])
    )  # type: ignore[return-value]


def plane_twin(found: AssetCheck) -> Twin:
    """The latest points of the scatter, newest first."""
    steps = found.steps
    whole = points(steps.line, steps.sessions, found.asset, found.benchmark)
    note = f"Latest {TWIN_ROWS} of {len(whole.rows):,} sessions." if len(whole.rows) > TWIN_ROWS else ""
    return Twin(whole.header, whole.rows[:TWIN_ROWS], note)


def growth_twin(found: AssetCheck, *, hedged: bool) -> Twin:
    """The latest sessions of a chart of growth, newest first, with the day's returns."""
    shown, steps = history(found), found.steps
    keys = ("asset", "benchmark", HEDGED) if hedged else ("asset", "benchmark")
    day = {"asset": steps.returns, "benchmark": steps.benchmark, HEDGED: steps.hedged}
    called = names(found)
    header = ("Date", *(f"{called[key]}, {what}" for key in keys for what in ("day", "1 became")))
    count = len(steps.sessions)
    rows = tuple(
        (
            words.day(steps.sessions[t]),
            *(
                text
                for key in keys
                for text in (
                    words.percent(float(day[key][t]), 2),
                    words.number(float(shown.columns[key][t]), 3),
                )
            ),
        )
        for t in range(count - 1, max(0, count - TWIN_ROWS) - 1, -1)
    )
    note = f"Latest {len(rows)} of {count:,} sessions." if count > len(rows) else ""
    return Twin(header, rows, note)


def _became(found: AssetCheck, key: str) -> str:
    return words.number(float(history(found).columns[key][-1]))


def _beta(fit: OLS) -> str:
    return f"{words.number(fit.beta)} {words.interval(*fit.interval())}".strip()


def _alpha(fit: OLS) -> str:
    low, high = (100.0 * bound for bound in fit.alpha_interval())
    return f"{words.change(100.0 * fit.alpha, 3)} {words.interval(low, high, 3)}\u202f%"


def lacking(found: AssetCheck) -> str:
    """What must be said of a benchmark without dividends; empty where it has them."""
    if not found.dividends_lacking:
        return ""
    rate = words.percent(found.dividends_lacking, 1)
    extra = found.alpha_excess
    return (
        f"{found.benchmark} is a price index: its returns lack dividends of about {rate} a year, so alpha is "
        f"{words.percent(abs(extra), 3)} a session too {'high' if extra >= 0.0 else 'low'}."
    )

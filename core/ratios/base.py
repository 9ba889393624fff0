"""What a hedge-ratio method is, what it answers, and the registry of methods."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar, Final, TypeVar

import numpy as np

from core.config import Options
from core.fingerprint import Keyed
from core.registry import Registry
from core.types import FloatArray, IntArray, Sessions

if TYPE_CHECKING:
    import pandas as pd

PURPOSE: Final = (
    "A ratio of price levels says which combination of prices comes back to its mean. A beta says which"
    " holding removes the market's daily returns. One does not stand in for the other."
)
"""What these ratios are for, in words for the reader."""


@dataclass(frozen=True, kw_only=True, eq=False)
class MethodOptions(Options):
    """Base of the options of a method."""

    where: ClassVar[str] = "ratios.options"


@dataclass(frozen=True, kw_only=True, eq=False)
class Found:
    """What a method returns of legs (n, K), dependent first.

    `ratios` (K-1,) are h_i of the other legs, `errors` and `bounds` (2, K-1) their standard errors and 95 %
    interval where the method has them, `lag` the lag of its unit-root statistic where it chose one.
    `path` (n, K-1) is the ratio as the method knew it on each row, where it changes. `vectors` (K, J) are all
    combinations of an eigenproblem as weights of the legs, best first, with their `eigenvalues` (J,).
    `figures` are further numbers by name. `held`: a sign or cap holds the ratios, and no interval is valid.
    """

    ratios: FloatArray
    intercept: float = np.nan
    errors: FloatArray | None = None
    bounds: FloatArray | None = None
    lag: int | None = None
    converged: bool = True
    held: bool = False
    path: FloatArray | None = None
    vectors: FloatArray | None = None
    eigenvalues: FloatArray | None = None
    figures: Mapping[str, float] = field(default_factory=dict)
    notes: tuple[str, ...] = ()


Estimate = Callable[..., Found]
"""From legs (n, K) and options, and the progress where the method `reports`."""


@dataclass(frozen=True, kw_only=True)
class Method:
    """How a ratio is computed, and what is known about the way.

    `least` is how many rows it needs for K legs. `question` says what the ratio makes small. `swaps`: with
    two legs the ratio of either on the other is the reciprocal. `any_unit`: a price in other units changes
    the ratio by the units and nothing else. `optimised`: the ratio was searched for the most stationary
    spread, so that critical values for a regression do not hold. `reports`: a fit may take a second or more,
    so the function takes `progress` too and calls it. `redraws`: legs may be drawn anew around a spread that
    closes for an interval; not for a ratio that knows nothing of the spread. `last_day` says
    from the options whether the ratio is that of the last row, not of all rows.
    """

    estimate: Estimate
    options: type[MethodOptions]
    least: Callable[[int, Any], int]
    question: str
    swaps: bool = False
    any_unit: bool = True
    optimised: bool = False
    reports: bool = False
    redraws: bool = True
    last_day: Callable[[Any], bool] = lambda _: False
    most_legs: int = 12


HEDGE_RATIOS: Registry[Method] = Registry("hedge-ratio method", "core.ratios")

E = TypeVar("E", bound=Callable[..., Found])


def least_rows(legs: int, options: object = None) -> int:
    """Rows under which a ratio is a guess: 20, and ten a leg."""
    del options
    return max(20, 10 * legs)


def hedge_ratio(
    name: str,
    *,
    label: str,
    help: str,
    question: str,
    options: type[MethodOptions],
    least: Callable[[int, Any], int] = least_rows,
    **traits: Any,
) -> Callable[[E], E]:
    """Decorator that registers a function from legs (n, K), dependent first, and options to `Found`."""

    def register(estimate: E) -> E:
        made = Method(estimate=estimate, options=options, least=least, question=question, **traits)
        HEDGE_RATIOS.add(name, label=label, help=help)(made)
        return estimate

    return register


@dataclass(frozen=True, kw_only=True, eq=False)
class HedgeRatio(Keyed):
    """One method's hedge ratio of price levels, with its spread and how sure it is.

    `ratios` maps every leg to its h, the dependent one to 1; spread = P_d - sum of h_i P_i, so h > 0 means
    short that leg. `holdings` is the same as what to hold: 1 and -h_i, in units of each leg per unit of the
    dependent. `intercept` is what the method subtracts from the spread to have residuals, NaN where it fits
    none. `standard_errors` and `intervals` (95 %, low and high) are by leg, without the dependent; empty
    where the method has none. `coverage` is what must be said beside the intervals: how often such ones held
    the true ratio in simulation, where that is under 90 %, may be, or is not measured for legs like these
    (`core.ratios.coverage`); else empty. `coverage_share` is that share as measured, also where it is higher;
    NaN without an interval or a measure.

    `spread` (n,) is on the rows used, `rows` (n,) their positions in the frame given, `dates` (n,) their
    dates (None without dates), `dropped` how many rows lacked a price, `last_prices` (K,) those of the last
    row in the order of `legs`, dependent first.

    `half_life_days` is exact, -ln 2 / ln(1 + b), `half_life_first_order_days` is -ln 2 / b; in rows, infinite
    where no gap closes. `adf_statistic` uses `adf_lag` lagged changes and a constant; its null is no
    cointegration. `adf_p_value` is NaN where none is valid; `adf_p_source` says where it is from. Engle
    and Granger's is that of the statistic without a constant, which its critical values are for.
    `converged` is False where a search stopped early or its answer is not sure. `condition` is that of the
    other legs, each about its mean and of length one: 1 is best.

    `flags` are those of the `notes` that call the answer in question: one leg is nearly all of the dollars,
    the dependent one hardly counts, a walking ratio takes up the whole spread, or a search is not sure of it.
    Empty where nothing does.

    `lag`, `path`, `vectors`, `eigenvalues` and `figures` are as in `Found`; `vectors` has the order of
    `legs`.
    """

    method: str
    dependent: str
    legs: tuple[str, ...]
    options: MethodOptions
    ratios: Mapping[str, float]
    intercept: float
    standard_errors: Mapping[str, float]
    intervals: Mapping[str, tuple[float, float]]
    spread: FloatArray
    rows: IntArray
    dates: Sessions | None
    dropped: int
    last_prices: FloatArray
    half_life_days: float
    half_life_first_order_days: float
    adf_statistic: float
    adf_lag: int
    adf_p_value: float
    adf_p_source: str
    converged: bool
    condition: float
    lag: int | None
    path: FloatArray | None
    vectors: FloatArray | None
    eigenvalues: FloatArray | None
    figures: Mapping[str, float]
    notes: tuple[str, ...]
    flags: tuple[str, ...] = ()
    coverage: str = ""
    coverage_share: float = np.nan

    @property
    def holdings(self) -> dict[str, float]:
        """Units of every leg to hold per unit of the dependent one: 1 and -h_i."""
        return {name: h if name == self.dependent else -h for name, h in self.ratios.items()}

    @property
    def last_day(self) -> bool:
        """Whether the ratios are those of the last row, held for all rows, and not of the whole period."""
        return HEDGE_RATIOS[self.method].item.last_day(self.options)

    def frame(self) -> "pd.DataFrame":
        """The spread by date (or row) for people."""
        import pandas as pd

        index = pd.Index(self.rows) if self.dates is None else pd.DatetimeIndex(self.dates)
        return pd.DataFrame({"spread": self.spread}, index=index)

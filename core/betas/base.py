"""What a beta estimator is, what it answers, and the registry of estimators."""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar, Final, TypeVar

import numpy as np
from scipy.special import ndtri, stdtrit

from core.beta import LEVEL
from core.config import Options
from core.fingerprint import Keyed
from core.registry import Registry
from core.types import BoolArray, FloatArray

ERRORS: Final = (("classic", "classic"), ("newey-west", "Newey–West"))
"""The standard errors that a regression can have, with their words."""


@dataclass(frozen=True, kw_only=True, eq=False)
class BetaOptions(Options):
    """Base of the options of an estimator."""

    where: ClassVar[str] = "betas.options"


@dataclass(frozen=True)
class Pairs:
    """The sessions of a window (w,): returns `y`, benchmark returns `x`, and where both are known.

    Each keeps its own gaps as NaN, so that neighbours stay neighbours for lags, and a day on which only the
    benchmark is known may be one.
    """

    y: FloatArray
    x: FloatArray
    known: BoolArray

    def both(self) -> tuple[FloatArray, FloatArray]:
        """Returns and benchmark returns (n,) of the sessions in which both are known."""
        return self.y[self.known], self.x[self.known]


@dataclass(frozen=True, kw_only=True)
class Found:
    """What an estimator returns of a window.

    The interval is beta ± quantile * error: Student's with `freedom` degrees, normal where that is infinite.
    `n` is how many sessions the figure rests on, `used` what it was made with, in words for the reader,
    `brief` the same in a few plain words, `figures` further numbers by name.
    """

    beta: float
    error: float
    freedom: float
    n: int
    used: str
    brief: str
    figures: Mapping[str, float] = field(default_factory=dict)
    notes: tuple[str, ...] = ()

    def half_width(self) -> float:
        """Half of the 95 % interval; NaN where the error is not known."""
        if not self.freedom > 0.0:
            return math.nan
        place = 0.5 + LEVEL / 2.0
        quantile = ndtri(place) if math.isinf(self.freedom) else stdtrit(self.freedom, place)
        return float(quantile) * self.error


Estimate = Callable[[Pairs, Any], Found]


@dataclass(frozen=True, kw_only=True)
class Estimator:
    """How a beta is computed. `fades`: it weighs the past itself and wants all of it, not a short window."""

    estimate: Estimate
    options: type[BetaOptions]
    fades: bool = False


BETAS: Registry[Estimator] = Registry("beta estimator", "core.betas")

E = TypeVar("E", bound=Callable[..., Found])


def beta_estimator(
    name: str, *, label: str, help: str, options: type[BetaOptions], fades: bool = False
) -> Callable[[E], E]:
    """Decorator that registers a function from `Pairs` and its options to `Found`.

    The function may raise `EstimationError` or `InsufficientHistory`, whose words become the reason why
    there is no beta.
    """

    def register(estimate: E) -> E:
        BETAS.add(name, label=label, help=help)(Estimator(estimate=estimate, options=options, fades=fades))
        return estimate

    return register


@dataclass(frozen=True, kw_only=True, eq=False)
class BetaReading(Keyed):
    """One estimator's beta of one window.

    `low` and `high` are the 95 % interval, as sure as the estimator's own words in `notes` say. `n` is how
    many sessions the beta rests on, `counted` those of the window with both returns, `first` and `last` the
    rows of the first and last of these in the series given (-1 without any). `used` says what the beta was
    made with, in words; `brief` in a few plain ones.

    Where there is no beta it is NaN with its error and interval, and `reason` says why; else `reason` is
    empty. A beta without an error (too few sessions for one) has only these NaN.
    """

    method: str
    label: str
    options: BetaOptions
    beta: float
    standard_error: float
    low: float
    high: float
    n: int
    counted: int
    first: int
    last: int
    used: str
    brief: str
    reason: str
    figures: Mapping[str, float]
    notes: tuple[str, ...]

    @property
    def interval(self) -> tuple[float, float]:
        """Lower and upper bound of the 95 % interval."""
        return self.low, self.high


def centred(values: FloatArray) -> FloatArray:
    """The values about their mean."""
    return np.asarray(values - values.mean())

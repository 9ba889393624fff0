"""Beta on the benchmark's bad days alone."""

from dataclasses import dataclass
from typing import Final

from core import words
from core.beta import ols
from core.betas.base import BetaOptions, Found, Pairs, beta_estimator
from core.errors import InsufficientHistory
from core.fields import setting

LEAST: Final = 8
"""Bad days under which a slope is a guess."""


@dataclass(frozen=True, kw_only=True, eq=False)
class DownsideOptions(BetaOptions):
    """What a bad day is."""

    below: str = setting(
        "mean",
        "choice",
        "Bad days",
        options=(("mean", "benchmark below its mean"), ("zero", "benchmark below zero")),
    )


@beta_estimator(
    "downside",
    label="Downside",
    help="The regression on the days on which the benchmark did badly.",
    options=DownsideOptions,
)
def downside(pairs: Pairs, options: DownsideOptions) -> Found:
    """The regression over the days with x below its mean in the window, or below zero; means are theirs.

    Ang, Chen and Xing (2006), Review of Financial Studies 19, after Bawa and Lindenberg (1977). Errors are
    classic: these days are no neighbours. `figures` has the `threshold`.

    Raises
    ------
    InsufficientHistory
        With fewer than 8 such days.
    EstimationError
        When the benchmark's returns on these days are all the same.
    """
    y, x = pairs.both()
    threshold = float(x.mean()) if options.below == "mean" else 0.0
    bad = x < threshold
    if bad.sum() < LEAST:
        raise InsufficientHistory(LEAST, int(bad.sum()), what="a beta on bad days")
    fit = ols(y[bad], x[bad])
    return Found(
        beta=fit.beta,
        error=fit.beta_se,
        freedom=fit.observations - 2.0,
        n=fit.observations,
        used=f"days with the benchmark below {words.percent(threshold, 2)}",
        brief=f"benchmark below {words.percent(threshold, 2)}",
        figures={"threshold": threshold},
    )

"""The regression's beta weighed against what was known before, by how sure each is."""

import math
from dataclasses import dataclass
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from core import words
from core.betas.base import ERRORS, BetaOptions, Found, Pairs, beta_estimator
from core.betas.ols import described, regress
from core.errors import EstimationError, InsufficientHistory
from core.fields import setting


@dataclass(frozen=True, kw_only=True, eq=False)
class VasicekOptions(BetaOptions):
    """What is thought of the beta before its returns are seen; `cross_section` measures it from others."""

    prior_mean: float = setting(1.0, "number", "Prior beta", minimum=-10.0, maximum=10.0, decimals=4)
    prior_deviation: float = setting(
        0.25,
        "number",
        "Spread of the prior",
        help="Standard deviation of betas before the returns are seen.",
        minimum=1e-6,
        maximum=100.0,
        decimals=4,
    )
    errors: Literal["classic", "newey-west"] = setting("classic", "choice", "Errors", options=ERRORS)


class Prior(NamedTuple):
    """Mean and standard deviation of betas, by the names of the options that take them."""

    prior_mean: float
    prior_deviation: float


def cross_section(betas: ArrayLike) -> Prior:
    """The mean and standard deviation (n - 1) of betas (N,), those that are NaN left out.

    The deviation holds the errors of these betas too, so that it pulls a little less than it could.

    Raises
    ------
    InsufficientHistory
        With fewer than three betas.
    EstimationError
        When all are the same.

    Examples
    --------
    >>> cross_section([0.5, 1.0, 1.5])
    Prior(prior_mean=1.0, prior_deviation=0.5)
    """
    known = np.asarray(betas, dtype=np.float64).ravel()
    known = known[np.isfinite(known)]
    if len(known) < 3:
        raise InsufficientHistory(3, len(known), what="a prior from other betas")
    deviation = float(known.std(ddof=1))
    if not deviation > 1e-6:
        raise EstimationError("The betas are all the same: they make no prior.", hint="State one instead.")
    return Prior(float(known.mean()), deviation)


@beta_estimator(
    "vasicek",
    label="Vasicek",
    help="The regression's beta pulled towards a prior, the more the less sure it is.",
    options=VasicekOptions,
)
def vasicek(pairs: Pairs, options: VasicekOptions) -> Found:
    """The mean w * beta + (1 - w) * prior, w = s^2 / (s^2 + se^2): Vasicek (1973), J. Finance 28.

    The error is that of the posterior, sqrt(1 / (1/s^2 + 1/se^2)), the interval normal. `figures` has
    `raw_beta` and `weight`, that of the raw beta.

    Raises
    ------
    EstimationError
        When the raw beta has no standard error.
    """
    fit = regress(pairs, options.errors)
    if not math.isfinite(fit.beta_se):
        raise EstimationError("The raw beta has no standard error to weigh it by.")
    prior, noise = options.prior_deviation**2, fit.beta_se**2
    weight = prior / (prior + noise)
    return Found(
        beta=weight * fit.beta + (1.0 - weight) * options.prior_mean,
        error=math.sqrt(weight * noise),
        freedom=math.inf,
        n=fit.observations,
        used=(
            f"prior {words.number(options.prior_mean)} ± {words.number(options.prior_deviation)},"
            f" weight of the raw beta {words.number(weight)}, {described(options.errors)}"
        ),
        brief=(
            f"pulled towards {words.number(options.prior_mean)} ± {words.number(options.prior_deviation)}"
        ),
        figures={"raw_beta": fit.beta, "weight": weight},
        notes=("The interval is the posterior's: it takes the prior for true.",),
    )

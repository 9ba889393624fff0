"""A beta in which a day counts less the longer ago it is."""

from dataclasses import dataclass
from typing import Final

import numpy as np

from core import words
from core.betas.base import BetaOptions, Found, Pairs, beta_estimator
from core.errors import EstimationError
from core.fields import setting

WHOLE: Final = 0.95
"""Share of all weight that must lie in the window; below, the reader is told."""


@dataclass(frozen=True, kw_only=True, eq=False)
class EWMAOptions(BetaOptions):
    """How fast the past fades."""

    half_life: float = setting(
        60.0,
        "number",
        "Half-life",
        unit="sessions",
        help="A day this long ago counts half; 30, 60 and 90 are usual.",
        minimum=2.0,
        maximum=1e6,
        decimals=0,
    )


@beta_estimator(
    "ewma",
    label="Fading weights",
    help="Covariance over variance about zero, recent days counting more.",
    options=EWMAOptions,
    fades=True,
)
def ewma(pairs: Pairs, options: EWMAOptions) -> Found:
    """Sum of w x y over sum of w x^2, w = 0.5^(age / half-life): RiskMetrics (1996), means taken as zero.

    Ages count sessions, also those without a return, from the last row of the window. There is no starting
    value: the weights of the window are all there is. The error is that of this weighted sum when errors
    have one variance, which is estimated without bias; degrees of freedom by Satterthwaite (1946). `n` counts
    the sessions; `figures["days"]` is how many of equal weight would be as sure, 1 / sum of squared shares.

    Raises
    ------
    EstimationError
        When the benchmark did not move.
    """
    ages = np.arange(len(pairs.y) - 1, -1, -1, dtype=np.float64)[pairs.known]
    y, x = pairs.both()
    # Only shares matter: counted from the last known day, the weights cannot all vanish.
    weights = 0.5 ** ((ages - ages.min()) / options.half_life)
    weights /= weights.sum()
    moved = weights @ x**2
    if not (np.ptp(x) > 0.0 and moved > 0.0):
        raise EstimationError("Beta is not defined: the benchmark did not move over these sessions.")
    beta = float(weights @ (x * y) / moved)
    shares = (weights**2 @ x**2) / moved
    # Trace of the residuals' quadratic form and of its square.
    trace = 1.0 - shares
    square = weights @ weights - 2.0 * (weights**3 @ x**2) / moved + shares**2
    variance = float(weights @ (y - beta * x) ** 2) / trace
    held = 1.0 - 0.5 ** (len(pairs.y) / options.half_life)
    brief, notes = f"half-life {words.number(options.half_life, 0)}", tuple[str, ...]()
    if held < WHOLE:
        notes = (f"The window holds {words.percent(held, 0)} of the weight of this half-life.",)
        brief += f", which has {words.percent(held, 0)} of its weight here"
    return Found(
        beta=beta,
        error=float(np.sqrt(variance * shares / moved)),
        freedom=float(trace**2 / square),
        n=len(y),
        used=f"half-life {words.number(options.half_life, 0)} sessions, zero mean",
        brief=brief,
        figures={"days": float(1.0 / (weights @ weights)), "weight_held": held},
        notes=notes,
    )

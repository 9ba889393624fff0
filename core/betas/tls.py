"""The line from which both returns together are least far away."""

import math
from dataclasses import dataclass

import numpy as np

from core import words
from core.betas.base import BetaOptions, Found, Pairs, beta_estimator, centred
from core.errors import EstimationError, InsufficientHistory
from core.fields import setting
from core.types import FloatArray


@dataclass(frozen=True, kw_only=True, eq=False)
class TLSOptions(BetaOptions):
    """How much of the distance from the line is the asset's."""

    noise_ratio: float = setting(
        1.0,
        "number",
        "Asset's noise over the benchmark's",
        help="Ratio of the variances of what is off the line; 1 measures at right angles.",
        minimum=1e-6,
        maximum=1e6,
        decimals=4,
    )


@beta_estimator(
    "tls",
    label="Total least squares",
    help="As least squares, but the benchmark may be off the line too.",
    options=TLSOptions,
)
def tls(pairs: Pairs, options: TLSOptions) -> Found:
    """The slope of Deming's line; at a noise ratio of 1 total least squares, Golub and Van Loan (1980).

    Deming (1943). The error is the jackknife's, Linnet (1990), Statistics in Medicine 9, with Student's t of
    n - 2 degrees of freedom.

    Raises
    ------
    InsufficientHistory
        With fewer than four sessions.
    EstimationError
        When the benchmark did not move, or no direction is preferred.
    """
    y, x = pairs.both()
    n = len(y)
    if n < 4:
        raise InsufficientHistory(4, n, what="total least squares")
    if not np.ptp(x) > 0.0:
        raise EstimationError("Beta is not defined: the benchmark did not move over these sessions.")
    x, y = centred(x), centred(y)
    sums = np.array([x @ x, y @ y, x @ y])
    # Leaving one out of n takes n / (n - 1) times its own products from the sums about the mean.
    without = sums[:, None] - n / (n - 1.0) * np.array([x * x, y * y, x * y])
    beta = float(_slope(sums[:, None], options.noise_ratio)[0])
    if not math.isfinite(beta):
        raise EstimationError("Beta is not defined: no line is nearer to these returns than another.")
    others = _slope(without, options.noise_ratio)
    error = math.sqrt((n - 1.0) / n * float(np.sum((others - others.mean()) ** 2)))
    return Found(
        beta=beta,
        error=error,
        freedom=n - 2.0 if math.isfinite(error) else math.nan,
        n=n,
        used=f"noise ratio {words.number(options.noise_ratio)}, jackknife errors",
        brief=(
            "both returns taken as equally noisy"
            if options.noise_ratio == 1.0
            else f"asset\u2019s noise variance {words.number(options.noise_ratio)} times the benchmark\u2019s"
        ),
        notes=(
            "All that is the asset's own counts as distance too: the larger its own moves, the farther from"
            " zero this beta is beside that of least squares. The interval is about this line.",
        ),
    )


def _slope(sums: FloatArray, ratio: float) -> FloatArray:
    """Deming's slope for each column of Sxx, Syy, Sxy (3, k); NaN where none is best.

    Written so that nothing is subtracted that is nearly equal.
    """
    sxx, syy, sxy = sums
    gap = syy - ratio * sxx
    root = np.hypot(gap, 2.0 * math.sqrt(ratio) * sxy)
    top = np.where(gap > 0.0, gap + root, 2.0 * ratio * sxy)
    base = np.where(gap > 0.0, 2.0 * sxy, root - gap)
    return np.asarray(np.divide(top, base, out=np.full_like(top, np.nan), where=base != 0.0))

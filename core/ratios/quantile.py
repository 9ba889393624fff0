"""Quantile regression: the line that a share of the days lies under."""

from dataclasses import dataclass

import numpy as np

from core.errors import EstimationError
from core.fields import setting
from core.ratios.base import Found, MethodOptions, hedge_ratio
from core.types import FloatArray


@dataclass(frozen=True, kw_only=True, eq=False)
class QuantileOptions(MethodOptions):
    """Which quantile."""

    share: float = setting(
        0.5, "number", "Share of days under the line", minimum=0.01, maximum=0.99, decimals=2
    )


@hedge_ratio(
    "quantile",
    label="Quantile regression",
    help="The line that half of the days (or another share) lies under.",
    question="The absolute spread, above and under the line weighed by the share.",
    options=QuantileOptions,
)
def quantile(prices: FloatArray, options: QuantileOptions) -> Found:
    """The exact optimum of Koenker and Bassett's (1978) linear program, with an intercept.

    It has no standard error here: that of independent residuals would be far too small for price levels.

    Raises
    ------
    EstimationError
        When the program has no answer.
    """
    from scipy.optimize import linprog

    centre, size = prices.mean(axis=0), prices.std(axis=0)
    units = (prices - centre) / size
    y = units[:, 0]
    X = np.column_stack([units[:, 1:], np.ones(len(y))])
    # The dual has one bounded unknown a day and one equation a coefficient; its multipliers are the answer.
    found = linprog(
        -y, A_eq=X.T, b_eq=(1.0 - options.share) * X.sum(axis=0), bounds=(0.0, 1.0), method="highs-ds"
    )
    if found.status != 0:
        raise EstimationError("The quantile regression has no answer on these rows.")
    line = -np.asarray(found.eqlin.marginals, dtype=np.float64)
    ratios = line[:-1] * size[0] / size[1:]
    left = y - X @ line
    loss = float(np.where(left > 0.0, options.share, options.share - 1.0) @ left) * float(size[0])
    return Found(
        ratios=ratios,
        intercept=float(centre[0] - centre[1:] @ ratios + line[-1] * size[0]),
        figures={"loss": loss, "share_under": float((left < 0.0).mean())},
    )

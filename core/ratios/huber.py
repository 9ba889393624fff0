"""Huber's regression: far-off days count less."""

from dataclasses import dataclass
from typing import Final

import numpy as np
from scipy.special import ndtri

from core.fields import setting
from core.ratios.base import Found, MethodOptions, hedge_ratio
from core.types import FloatArray

ROUNDS: Final = 500


@dataclass(frozen=True, kw_only=True, eq=False)
class HuberOptions(MethodOptions):
    """From where on a residual counts less."""

    tuning: float = setting(
        1.345,
        "number",
        "Counts less beyond",
        help="In robust deviations; 1.345 keeps 95 % of least squares' efficiency.",
        minimum=0.1,
        maximum=10.0,
        decimals=3,
    )


@hedge_ratio(
    "huber",
    label="Huber",
    help="Least squares in which days far off the line count less.",
    question="Huber's loss of the spread: squared near the line, in proportion far off.",
    options=HuberOptions,
)
def huber(prices: FloatArray, options: HuberOptions) -> Found:
    """Iterated weighted least squares with an intercept; scale by the median absolute residual over 0.6745.

    Huber (1964), Annals of Mathematical Statistics 35. It has no standard error here: that of independent
    residuals would be far too small for price levels.
    """
    centre, size = prices.mean(axis=0), prices.std(axis=0)
    units = (prices - centre) / size
    y = units[:, 0]
    X = np.column_stack([units[:, 1:], np.ones(len(y))])
    normal = float(ndtri(0.75))
    found = np.linalg.lstsq(X, y, rcond=None)[0]
    converged, weights = False, np.ones(len(y))
    for _ in range(ROUNDS):
        left = y - X @ found
        scale = float(np.median(np.abs(left))) / normal
        if scale <= 1e-12:
            converged = True  # half of the days lie on a line, and this is it
            break
        far = np.abs(left) / scale
        weights = np.where(far <= options.tuning, 1.0, options.tuning / np.maximum(far, options.tuning))
        roots = np.sqrt(weights)
        fresh = np.linalg.lstsq(X * roots[:, None], y * roots, rcond=None)[0]
        converged = bool(np.abs(fresh - found).max() <= 1e-12 * max(1.0, float(np.abs(fresh).max())))
        found = fresh
        if converged:
            break
    ratios = found[:-1] * size[0] / size[1:]
    return Found(
        ratios=ratios,
        intercept=float(centre[0] - centre[1:] @ ratios + found[-1] * size[0]),
        converged=converged,
        figures={"full_weight": float((weights == 1.0).mean())},
    )

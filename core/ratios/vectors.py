"""From a combination of legs to ratios, and the symmetric eigenproblem behind several methods."""

from typing import Final

import numpy as np

from core.errors import EstimationError
from core.types import FloatArray

FAINT: Final = 0.02
"""Share of the largest part, in standard deviations, under which the dependent leg hardly counts."""

HARDLY: Final = "The dependent leg hardly counts in the combination; another one would be more telling."


def ratios_of(weights: FloatArray, sizes: FloatArray) -> tuple[FloatArray, tuple[str, ...]]:
    """h_i = -w_i / w_d of weights (K,), dependent first, and what the reader should know of them.

    `sizes` (K,) are the standard deviations of the legs, up to a common factor.

    Dividing by w_d also settles the sign, which an eigenvector leaves open.

    Raises
    ------
    EstimationError
        When the dependent leg has no weight: no ratio to it exists.
    """
    # Plain numbers: for a few legs an array costs more than what is done with it.
    parts = [abs(weight) * size for weight, size in zip(weights.tolist(), sizes.tolist(), strict=True)]
    largest = max(parts)
    if not parts[0] > 1e-12 * largest:
        raise EstimationError(
            "The combination does not contain the dependent leg.", hint="Choose another dependent leg."
        )
    notes: tuple[str, ...] = ()
    if parts[0] < FAINT * largest:
        notes = (HARDLY,)
    return weights[1:] / -weights[0], notes


def symmetric_vectors(a: FloatArray, b: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Eigenvalues ascending (K,) and vectors (K, K) in columns of a v = lambda b v, both symmetric.

    Raises
    ------
    EstimationError
        When b is not positive definite: the legs cannot be told apart.
    """
    size = np.sqrt(b.diagonal())
    scale = size[:, None] * size
    try:
        # Reduced by hand: what scipy's eigh does, in a third of its time for a few legs.
        reduce = np.linalg.inv(np.linalg.cholesky(b / scale))
        half = reduce @ (a / scale) @ reduce.T
        values, vectors = np.linalg.eigh((half + half.T) / 2.0)
    except np.linalg.LinAlgError:
        raise alike() from None
    return values, (reduce.T @ vectors) / size[:, None]


def alike() -> EstimationError:
    """What is said where the legs' scatter leaves some combination of them without any."""
    return EstimationError(
        "The legs cannot be told apart on these rows.", hint="Leave one out or choose a longer period."
    )


def residuals(values: FloatArray, regressors: FloatArray) -> FloatArray:
    """What least squares on the regressors leaves of every column."""
    if not regressors.shape[1]:
        return values
    basis = np.linalg.qr(regressors)[0]
    left: FloatArray = values - basis @ (basis.T @ values)
    return left - basis @ (basis.T @ left)  # twice: the first leaves rounding of the size of the level

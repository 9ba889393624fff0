"""Ratios held to a sign or to so many dollars: what is allowed, and the exact least slope there."""

from itertools import combinations
from typing import Any, Final, NamedTuple, Protocol

import numpy as np

from core.errors import BadPrices, EstimationError
from core.fields import setting
from core.ratios.vectors import symmetric_vectors
from core.types import FloatArray

BINDS: Final = "The bounds hold the ratio: without them it would be another. So there is no interval."

BEST_FOUND: Final = "With so many legs under bounds this is the best found, not proven to be the best."

MOST_FACES: Final = 20_000
"""How many faces of a range are looked at: all of them up to nine legs, and about a second's worth."""

STARTS: Final = 12
SEED: Final = 2006

NOT_HELD: Final = "It cannot be held to short only, and its own ratio is not."

NONE_LEFT: Final = "With every other leg short only, the best hedge is none."


class Bounded(Protocol):
    """Options with bounds on the ratios."""

    @property
    def sign(self) -> str:
        """`any` or `short`."""

    @property
    def cap(self) -> float | None:
        """Dollars of each other leg per dollar of the dependent one, or no cap."""


class Range(NamedTuple):
    """The least and the greatest ratio (K - 1,) allowed to each other leg; infinite where none is set."""

    low: FloatArray
    high: FloatArray

    def holds(self, ratios: FloatArray) -> bool:
        """Whether all ratios are in it, to rounding."""
        low, high = self.low - 1e-9 * np.abs(self.low), self.high + 1e-9 * np.abs(self.high)
        return bool((ratios >= low).all() and (ratios <= high).all())

    def holds_weights(self, weights: FloatArray) -> bool:
        """The same of weights (K,), dependent first, whatever their length and sign."""
        with np.errstate(divide="ignore", invalid="ignore"):
            return self.holds(-weights[1:] / weights[0])


def sign_setting() -> Any:
    """The option that the other legs are short only."""
    return setting(
        "any", "choice", "Signs", options=(("any", "any"), ("short", "other legs short only (h ≥ 0)"))
    )


def cap_setting() -> Any:
    """The option that no other leg has more than so many dollars."""
    return setting(
        None,
        "number",
        "Most dollars of a leg",
        help="Of each other leg, long or short, per dollar of the dependent leg, at the last prices.",
        minimum=0.01,
        maximum=100.0,
        decimals=2,
        optional=True,
        none_text="any",
    )


def is_bounded(options: object) -> bool:
    """Whether the options hold the ratios to a sign or a size."""
    return getattr(options, "sign", "any") != "any" or getattr(options, "cap", None) is not None


def range_of(prices: FloatArray, options: Bounded) -> Range:
    """What the options allow of legs (n, K), dependent first.

    Raises
    ------
    BadPrices
        When dollars are capped and a last price is not above zero.
    """
    high = np.full(prices.shape[1] - 1, np.inf)
    if options.cap is not None:
        last = prices[-1]
        if not (last > 0.0).all():
            raise BadPrices("A cap on dollars needs last prices above zero.", hint="Leave the cap out.")
        high = options.cap * last[0] / last[1:]
    return Range(np.zeros_like(high) if options.sign == "short" else -high, high)


def no_ratio_is_best() -> EstimationError:
    """What is said where ever greater ratios within the signs are ever better."""
    return EstimationError(
        "Within these signs no ratio is best: the more of the other legs is short, the better.",
        hint="Allow any sign, or cap the dollars of each leg.",
    )


def least_slope(scatter: FloatArray, cross: FloatArray, allowed: Range) -> tuple[FloatArray, bool]:
    """The weights (K,), dependent 1, with the least w'Cw / w'Sw of all with ratios in a range.

    `scatter` S and `cross` C (K, K) are symmetric. A quotient of quadratic forms has one local least value,
    so that on every face of the range (each leg at a bound or free) it is at the first eigenvector of the
    face, or the face does not have the answer. Faces are left out only where none of them can be better, so
    the answer is exact; only with many legs under a cap may there be too many faces, and the second result
    is False.

    Raises
    ------
    EstimationError
        When the least value is that of no hedge at all, or is only neared by ever greater ratios.
    """
    faces = _Faces(scatter, cross, allowed)
    faces.look(np.full(len(allowed.low), np.nan), frozenset(range(len(allowed.low))))
    if np.isinf(allowed.high).any() and _at_infinity(scatter[1:, 1:], cross[1:, 1:]) < faces.least:
        raise no_ratio_is_best()
    if not faces.ratios.any():
        raise EstimationError(NONE_LEFT, hint="Allow any sign.")
    return np.array([1.0, *-faces.ratios]), faces.left > 0


class _Faces:
    """The faces of a range, looked at until none is left that may be better than the best found."""

    def __init__(self, scatter: FloatArray, cross: FloatArray, allowed: Range) -> None:
        self.scatter, self.cross, self.allowed = scatter, cross, allowed
        self.ratios, self.left = self._found_downhill(), MOST_FACES
        self.least = self._slope(self.ratios)[0] if np.isfinite(self.ratios).all() else np.inf

    def look(self, held: FloatArray, undecided: frozenset[int]) -> None:
        """Those with the legs of `held` (K - 1,) at these ratios, NaN where any.

        `undecided` legs may still be held. Without bounds on the rest a face can only be better: if that is
        no better than the best, nothing is.
        """
        self.left -= 1
        free = np.flatnonzero(np.isnan(held))
        basis = np.zeros((len(held) + 1, 1 + len(free)))
        basis[:, 0] = [1.0, *-np.nan_to_num(held)]
        basis[free + 1, np.arange(1, 1 + len(free))] = -1.0
        values, vectors = symmetric_vectors(basis.T @ self.cross @ basis, basis.T @ self.scatter @ basis)
        if not values[0] < self.least:
            return
        ratios = held.copy()
        with np.errstate(divide="ignore", invalid="ignore"):
            ratios[free] = vectors[1:, 0] / vectors[0, 0]
        if np.isfinite(ratios).all() and self.allowed.holds(ratios):
            self.least, self.ratios = float(values[0]), ratios
            return
        over = np.nan_to_num(np.maximum(self.allowed.low - ratios, ratios - self.allowed.high), nan=0.0)
        # The leg that breaks its bound most is put on either bound, then left free for good; and so on.
        for leg in sorted(undecided, key=lambda place: -float(over[place])):
            undecided = undecided - {leg}
            for side in (self.allowed.low[leg], self.allowed.high[leg]):
                if np.isfinite(side) and self.left > 0 and values[0] < self.least:
                    at = held.copy()
                    at[leg] = side
                    self.look(at, undecided)

    def _found_downhill(self) -> FloatArray:
        """A good answer to begin with, so that most faces need no look; NaN where a bound is infinite."""
        low, high = self.allowed
        if not np.isfinite([low, high]).all():
            return np.full(len(low), np.nan)
        from scipy.optimize import minimize

        width = high - low
        starts = np.random.default_rng(SEED).uniform(size=(STARTS, len(low)))
        ends = [
            minimize(
                lambda place: self._by_place(place, low, width), start, jac=True, method="L-BFGS-B",
                bounds=[(0.0, 1.0)] * len(low),
            )
            for start in starts
        ]  # fmt: skip
        best = min(ends, key=lambda end: float(end.fun))
        return np.asarray(np.clip(low + best.x * width, low, high))

    def _by_place(self, place: FloatArray, low: FloatArray, width: FloatArray) -> tuple[float, FloatArray]:
        value, slope = self._slope(low + place * width)
        return value, slope * width

    def _slope(self, ratios: FloatArray) -> tuple[float, FloatArray]:
        """The quotient at some ratios, and its slope by each of them."""
        weights = np.array([1.0, *-ratios])
        cross, scatter = self.cross @ weights, self.scatter @ weights
        size = float(weights @ scatter)
        value = float(weights @ cross) / size
        return value, np.asarray(-2.0 * (cross - value * scatter)[1:] / size)


def _at_infinity(scatter: FloatArray, cross: FloatArray) -> float:
    """The least quotient of sums of the other legs alone, none of them below zero."""
    best = np.inf
    for count in range(1, len(scatter) + 1):
        for chosen in combinations(range(len(scatter)), count):
            part = np.ix_(chosen, chosen)
            values, vectors = symmetric_vectors(cross[part], scatter[part])
            if values[0] < best and (vectors[:, 0] * np.sign(vectors[0, 0]) >= 0.0).all():
                best = float(values[0])
    return best

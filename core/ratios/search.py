"""Searching all directions for the least value of a function that does not depend on their length."""

from collections.abc import Callable
from typing import Final, NamedTuple

import numpy as np

from core.types import BoolArray, FloatArray

Objective = Callable[[FloatArray], FloatArray]
"""Weights (N, K) to values (N,); NaN where there is none."""

PARTS: Final = 64
STEPS: Final = 7
"""Each step divides a bracket into so many parts and keeps two: together they shrink it by 1e-10."""

SEED: Final = 2006

DRAWN: Final = 4096
FOLLOWED: Final = 16

MOST_STEPS: Final = 200

WIDTH: Final = 1e-5
"""Of a central difference, for directions of length 1."""


class Best(NamedTuple):
    """The best direction (K,), its value, and whether the best local answers agree on it."""

    weights: FloatArray
    value: float
    sure: bool


def whitening(prices: FloatArray) -> FloatArray:
    """A matrix (K, K) that turns the legs into ones of variance 1 without correlation: `prices @ it`."""
    series = np.ascontiguousarray(prices.T)
    series = series - series.mean(axis=1, keepdims=True)
    scatter = series @ series.T / (len(prices) - 1)
    size = np.sqrt(np.diag(scatter))
    values, vectors = np.linalg.eigh(scatter / np.outer(size, size))
    result: FloatArray = vectors / np.sqrt(np.maximum(values, 1e-300)) / size[:, None]
    return result


def search_circle(
    objective: Objective, angles: FloatArray, allowed: Callable[[FloatArray], BoolArray]
) -> Best | None:
    """The best of all directions of two legs: every valley of the grid is followed to its ground.

    `angles` (N,) are those of the grid in [0, pi); a direction and its opposite are the same. None where no
    direction is allowed.
    """
    angles = np.unique(np.mod(angles, np.pi))
    values = _values(objective, _circle(angles), allowed)
    before, after = np.roll(values, 1), np.roll(values, -1)
    ground = np.flatnonzero(np.isfinite(values) & (values <= before) & (values <= after))
    if not len(ground):
        return None
    low = angles[ground - 1] - np.where(ground == 0, np.pi, 0.0)
    high = angles[(ground + 1) % len(angles)] + np.where(ground == len(angles) - 1, np.pi, 0.0)
    shares = np.linspace(0.0, 1.0, PARTS + 1)
    for _ in range(STEPS):
        tried = low[:, None] + (high - low)[:, None] * shares
        found = _values(objective, _circle(tried.ravel()), allowed).reshape(tried.shape)
        best = found.argmin(axis=1)
        part = (high - low) / PARTS
        middle = tried[np.arange(len(low)), best]
        low, high = np.maximum(low, middle - part), np.minimum(high, middle + part)
    least = found.min(axis=1)
    lowest = int(least.argmin())
    return Best(_circle(middle[lowest : lowest + 1])[0], float(least[lowest]), True)


def search_sphere(objective: Objective, starts: FloatArray) -> Best | None:
    """The best direction found for three legs or more: best found, not proven.

    The `starts` (S, K) and `DRAWN` directions drawn evenly are looked at; the starts and the best `FOLLOWED`
    of the others are followed downhill. `sure` says that another descent ended at the same value. None where
    no direction is allowed.
    """
    drawn = np.random.default_rng(SEED).standard_normal((DRAWN, starts.shape[1]))
    values = _values(objective, drawn)
    chosen = np.vstack([starts, drawn[np.argsort(values, kind="stable")[:FOLLOWED]]])
    chosen = chosen[np.isfinite(_values(objective, chosen))]
    if not len(chosen):
        return None
    ends = np.array([descend(objective, _unit(start)) for start in chosen])
    values = _values(objective, ends)
    best = int(values.argmin())
    near = values <= values[best] + 1e-6 * max(1.0, abs(values[best]))
    return Best(_unit(ends[best]), float(values[best]), int(near.sum()) > 1)


def descend(objective: Objective, start: FloatArray) -> FloatArray:
    """Downhill from a direction by BFGS on the tangent of the sphere, all trial points at once."""
    count = len(start)
    here, value = start, float(_values(objective, start[None])[0])
    inverse = np.eye(count)
    slope = _slope(objective, here)
    lengths = 0.5 ** np.arange(0.0, 30.0, 1.0)
    for _ in range(MOST_STEPS):
        step = -inverse @ slope
        if not np.isfinite(step).all() or step @ slope >= 0.0:
            inverse, step = np.eye(count), -slope
        size = float(np.linalg.norm(step))
        if not np.isfinite(size) or size < 1e-12:
            break
        step = step * min(1.0, 0.5 / size)
        places = here + lengths[:, None] * step
        tried = _values(objective, places)
        best = int(tried.argmin())
        if not tried[best] < value - 1e-13 * max(1.0, abs(value)):
            break
        moved = places[best] / np.linalg.norm(places[best])
        fresh = _slope(objective, moved)
        walked, turned = moved - here, fresh - slope
        bend = float(walked @ turned)
        if bend > 1e-14:
            left = np.eye(count) - np.outer(walked, turned) / bend
            inverse = left @ inverse @ left.T + np.outer(walked, walked) / bend
        here, value, slope = moved, float(tried[best]), fresh
    return here


def _slope(objective: Objective, place: FloatArray) -> FloatArray:
    """Central differences; along the sphere, for the length of a direction changes nothing."""
    around = np.vstack([place + WIDTH * np.eye(len(place)), place - WIDTH * np.eye(len(place))])
    values = objective(around)
    slope = (values[: len(place)] - values[len(place) :]) / (2.0 * WIDTH)
    result: FloatArray = slope - (slope @ place) * place
    return result


def _values(
    objective: Objective, weights: FloatArray, allowed: Callable[[FloatArray], BoolArray] | None = None
) -> FloatArray:
    values = objective(weights)
    known = np.isfinite(values)
    result: FloatArray = np.where(known if allowed is None else known & allowed(weights), values, np.inf)
    return result


def _circle(angles: FloatArray) -> FloatArray:
    return np.column_stack([np.cos(angles), np.sin(angles)])


def _unit(weights: FloatArray) -> FloatArray:
    result: FloatArray = weights / np.linalg.norm(weights)
    return result

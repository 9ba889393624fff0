"""The hedge's state machine, one row a close."""

import numpy as np

from core.kernels.jit import kernel
from core.types import FloatArray, IntArray

OFF, CONFIRMING, ON, COOLING, WAITING = 0, 1, 2, 3, 4
NOTHING, ENTERED, RESIZED, COOLED, TARGET, TIME = 0, 1, 2, 3, 4, 5


@kernel
def run_states(
    leaf: FloatArray,
    fill: FloatArray,
    close: FloatArray,
    wealth: FloatArray,
    confirm: int,
    cool_down: int,
    target: float,
    maximum: int,
    lag: int,
) -> tuple[FloatArray, IntArray, IntArray, IntArray]:
    """Fraction in force, phase, event and how many closes the phase has lasted, all (T,).

    `leaf` is what the rule asks for, `fill` the price of a fill on each session (NaN for none), `close` and
    `wealth` the fund's close and its total-return path. A `target` of NaN and a `maximum` below 1 are off.
    """
    rows = len(leaf)
    fraction = np.zeros(rows)
    phase = np.zeros(rows, dtype=np.int64)
    event = np.zeros(rows, dtype=np.int64)
    count = np.zeros(rows, dtype=np.int64)
    held = 0.0
    asking = quiet = 0
    entered = first = -1
    waits = False
    for t in range(rows):
        asks = leaf[t] > 0.0
        if held > 0.0:
            if first < 0 and t >= entered + lag and np.isfinite(fill[t]):
                first = t
            gain = np.nan
            if first >= 0 and np.isfinite(close[t]):
                gain = close[first] / fill[first] * wealth[t] / wealth[first] - 1.0
            quiet = 0 if asks else quiet + 1
            if gain >= target:
                event[t] = TARGET
            elif maximum >= 1 and t - entered >= maximum:
                event[t] = TIME
            elif quiet >= max(1, cool_down):
                event[t] = COOLED
            elif asks and leaf[t] != held:
                event[t] = RESIZED
                held = leaf[t]
            if event[t] >= COOLED:
                held = 0.0
                # Strictly after an exit by target or time, one close without a reason must come.
                waits = event[t] != COOLED
                asking = quiet = 0
        else:
            waits = waits and asks
            asking = asking + 1 if asks and not waits else 0
            if asking >= confirm:
                event[t] = ENTERED
                held = leaf[t]
                entered, first, quiet = t, -1, 0
        fraction[t] = held
        if held > 0.0:
            phase[t] = COOLING if quiet else ON
            count[t] = quiet if quiet else t - entered
        elif waits:
            phase[t] = WAITING
        elif asking:
            phase[t] = CONFIRMING
            count[t] = asking
    return fraction, phase, event, count

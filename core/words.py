"""How figures are written wherever words carry them: the headline, reasons, notes and the page.

One place, so that the page, the title and the command line never disagree by a digit. A true minus
(U+2212) is used, and unknown is an em dash.
"""

import math
from collections.abc import Sequence

import numpy as np

UNKNOWN = "\u2014"
MINUS = "\u2212"

P_LEVELS = (0.05, 0.10)
"""A p-value under the first is evidence, one up to the second weak evidence, above it is none."""


def _signed(text: str) -> str:
    return text.replace("-", MINUS)


def number(value: float, decimals: int = 2) -> str:
    """A figure with thousands commas; an em dash where it is not finite, and no negative zero."""
    if not math.isfinite(value):
        return UNKNOWN
    rounded = round(value, decimals)
    return _signed(f"{rounded + 0.0:,.{decimals}f}")


def change(value: float, decimals: int = 2) -> str:
    """A difference, its sign always written."""
    if not math.isfinite(value):
        return UNKNOWN
    return _signed(f"{round(value, decimals) + 0.0:+,.{decimals}f}")


def money(value: float) -> str:
    """Dollars: two decimals under a thousand, whole above."""
    if not math.isfinite(value):
        return UNKNOWN
    decimals = 2 if value != 0 and round(abs(value), 2) < 1000 else 0
    sign = MINUS if round(value, decimals) < 0 else ""
    return f"{sign}${abs(value):,.{decimals}f}"


def short_money(value: float) -> str:
    """Dollars for narrow screens: $188.4k, $1.06m."""
    if not math.isfinite(value):
        return UNKNOWN
    sign, size = (MINUS if value < 0 else ""), abs(value)
    if size >= 999_950:
        return f"{sign}${size / 1e6:,.2f}m"
    if size >= 1000:
        return f"{sign}${size / 1e3:,.1f}k"
    return money(value)


def price(value: float) -> str:
    """A price in dollars and cents."""
    return UNKNOWN if not math.isfinite(value) else f"${value:,.2f}"


def percent(value: float, decimals: int = 1) -> str:
    """A fraction as per cent, with a narrow no-break space before the sign."""
    return UNKNOWN if not math.isfinite(value) else f"{number(value * 100.0, decimals)}\u202f%"


def signal_value(value: float, unit: str) -> str:
    """The value or threshold of a signal in its unit: price, ratio, dollars, fraction or beta."""
    if unit == "fraction":
        return percent(value)
    return billions(value) if unit == "dollars" else number(value)


def billions(value: float) -> str:
    """Dollars in billions, one decimal: $9.0 bn."""
    return UNKNOWN if not math.isfinite(value) else f"${number(value / 1e9, 1)}\u202fbn"


def interval(low: float, high: float, decimals: int = 2) -> str:
    """Both bounds in brackets; empty where they are unknown."""
    if not (math.isfinite(low) and math.isfinite(high)):
        return ""
    return f"[{number(low, decimals)}, {number(high, decimals)}]"


def p_value(value: float) -> str:
    """A p-value: 0.11, 0.049, < 0.001; two decimals from 0.10, else three, never rounded across a level."""
    if not math.isfinite(value):
        return UNKNOWN
    if value < 0.001:
        return "<\u202f0.001"
    for decimals in (2, 3) if value >= 0.0995 else (3,):
        if _said_by(round(value, decimals)) == _said_by(value):
            return number(value, decimals)
    # Still on the other side of a level: one step back towards the value.
    rounded = round(value, 3)
    return number(rounded + math.copysign(0.001, value - rounded), 3)


def _said_by(p_value: float) -> tuple[bool, bool]:
    return p_value < P_LEVELS[0], p_value <= P_LEVELS[1]


def shares(value: float) -> str:
    """A share count with thousands commas; fractions of a share up to four decimals, as far as they go."""
    text = number(value, 4)
    return text.rstrip("0").rstrip(".") if "." in text else text


def day(value: np.datetime64, *, year: bool = True) -> str:
    """A date as 4 Apr 2025."""
    stamp = value.astype("datetime64[D]").item()
    return f"{stamp.day} {stamp:%b %Y}" if year else f"{stamp.day} {stamp:%b}"


def counted(number: int, what: str) -> str:
    """A count and its noun: 1 session, 2 sessions."""
    return f"{number:,} {what}{'' if number == 1 else 's'}"


def listed(names: Sequence[str]) -> str:
    """Names as a sentence has them: A, B and C."""
    *first, last = names or ("",)
    return f"{', '.join(first)} and {last}" if first else last

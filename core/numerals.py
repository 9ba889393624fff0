"""Numbers read from text exactly, with one decimal mark for a whole file."""

import math
import re
from collections.abc import Iterable
from typing import Final, Literal, NamedTuple

Mark = Literal[".", ","]

_BLANKS: Final = " \u00a0\u2009\u202f"
_LONGEST: Final = 60
_ADORNED: Final = re.compile(
    r"(?P<open>\()?(?P<sign>[-+\u2212\u2013]?)\s*[$\u20ac\u00a3]?\s*(?P<inner>[-\u2212\u2013]?)"
    r"(?P<body>[0-9.,](?:[0-9.,'\u2019 \u00a0\u2009\u202f]*[0-9.,])?)(?P<exponent>[eE][-+]?[0-9]{1,3})?"
    r"\s*[$\u20ac\u00a3]?\s*(?P<percent>%)?(?P<close>\))?"
)
_EITHER: Final = re.compile(r"[1-9][0-9]{0,2}[.,][0-9]{3}")


def _grammar(decimal: str, others: str) -> re.Pattern[str]:
    mark, group = re.escape(decimal), f"[{re.escape(others)}'\u2019{_BLANKS}]"
    plain = rf"[0-9]+(?:{mark}[0-9]*)?|{mark}[0-9]+"
    grouped = rf"[1-9][0-9]{{0,2}}(?P<group>{group})[0-9]{{3}}(?:(?P=group)[0-9]{{3}})*(?:{mark}[0-9]*)?"
    return re.compile(rf"(?:{plain}|{grouped})")


_GRAMMARS: Final = {".": _grammar(".", ","), ",": _grammar(",", ".")}
_BARE: Final = {mark: re.compile(rf"[0-9]{{1,30}}(?:{re.escape(mark)}[0-9]{{0,20}})?") for mark in ".,"}
"""Nearly all prices: digits and one decimal mark, which need no look at what may adorn a number."""


class Number(NamedTuple):
    """A number as written; `percent` says that a % stood behind it (the value is not divided)."""

    value: float
    percent: bool


def _parts(text: str) -> re.Match[str] | None:
    stripped = text.strip()
    if len(stripped) > _LONGEST:
        return None
    found = _ADORNED.fullmatch(stripped)
    if found is None or bool(found["open"]) != bool(found["close"]):
        return None
    signs = [found["open"], found["sign"], found["inner"]]
    return found if sum(1 for sign in signs if sign) <= 1 else None


def parse_number(text: str, decimal: Mark) -> Number | None:
    """The number that a text is, or None where it is none under this decimal mark.

    A thousands mark (the other of point and comma, an apostrophe, a blank) must stand before groups of
    exactly three digits. A currency sign, a percent sign, a Unicode minus and accounting parentheses
    are understood. Infinite values are no numbers.

    >>> parse_number("1.234,5", ","), parse_number("(12%)", ".")
    (Number(value=1234.5, percent=False), Number(value=-12.0, percent=True))
    """
    if _BARE[decimal].fullmatch(text):
        return Number(float(text.replace(",", ".")), False)
    found = _parts(text)
    if found is None or not _GRAMMARS[decimal].fullmatch(found["body"]):
        return None
    body = found["body"]
    digits = "".join(c for c in body if c in "0123456789" or c == decimal)
    if found["exponent"] and digits != body:
        return None
    digits = digits.replace(",", ".")
    value = float(digits + (found["exponent"] or ""))
    if not math.isfinite(value):
        return None
    negative = found["open"] or (found["sign"] not in ("", "+")) or found["inner"]
    return Number(-value if negative else value, found["percent"] is not None)


def decimal_evidence(text: str) -> Literal[".", ",", "?", ""]:
    """What one text says about the decimal mark: which it is, "?" for either, "" for nothing.

    >>> [decimal_evidence(t) for t in ("1,5", "1,234.5", "1,234,567", "1,000", "1200")]
    [',', '.', '.', '?', '']
    """
    found = _parts(text)
    if found is None:
        return ""
    body = found["body"]
    points, commas = body.count("."), body.count(",")
    if points + commas == 0:
        return ""
    if points and commas:
        return "." if body.rfind(".") > body.rfind(",") else ","
    if points + commas > 1:
        return "," if points else "."
    if _EITHER.fullmatch(body) and not found["exponent"]:
        return "?"
    return "." if points else ","


def choose_decimal(texts: Iterable[str]) -> tuple[Mark | None, str | None]:
    """The decimal mark of a file, and the first text that can be read both ways.

    The first text that is clear decides; the others must then fit. Where none is clear the mark is None.
    """
    unclear = None
    for text in texts:
        evidence = decimal_evidence(text)
        if evidence == "." or evidence == ",":
            return evidence, unclear
        if evidence == "?" and unclear is None:
            unclear = text
    return None, unclear


def number_text(value: float) -> str:
    """A float as text that every reader takes for the same number.

    It is the shortest text that gives the float back, except that exactly three decimals get a fourth:
    "1.125" could be read as one thousand one hundred and twenty-five.

    >>> number_text(100.0), number_text(1.125), number_text(-0.1)
    ('100', '1.1250', '-0.1')
    """
    text = repr(float(value))
    text = text.removesuffix(".0")
    return text + "0" if _EITHER.fullmatch(text.lstrip("-")) else text

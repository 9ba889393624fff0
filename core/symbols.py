"""Ticker symbols: one allow-list, applied before a symbol reaches a file name, a request or a page."""

import re
import unicodedata
from typing import Final

from core.errors import InvalidSetting

_ALLOWED: Final = re.compile(r"[A-Z0-9^][A-Z0-9.=&^-]{0,19}")
_DEVICES: Final = frozenset(
    {"CON", "PRN", "AUX", "NUL"} | {f"{port}{n}" for port in ("COM", "LPT") for n in range(1, 10)}
)


def parse_symbol(text: object, *, where: str = "") -> str:
    """The symbol in capitals, without surrounding blanks.

    Raises
    ------
    InvalidSetting
        When it is empty, too long, or has a character outside ``A-Z 0-9 . = & ^ -``. A class dot is
        kept (the hint offers the dash form where a provider wants it); look-alike letters are
        refused with their code points, never guessed at.
    """
    if not isinstance(text, str):
        raise InvalidSetting(f"A ticker must be text, not {str(text)[:40]!r}.", where=where)
    symbol = text.strip(" \t").upper() if text.isascii() else text.strip(" \t")
    if not symbol:
        raise InvalidSetting("A ticker is empty.", hint="Write a symbol such as NVDA.", where=where)
    if len(symbol) > 20:
        # First, so that a megabyte is not searched for strange characters.
        raise InvalidSetting(
            f"The ticker {symbol[:20]!r}\u2026 has {len(symbol):,} characters; at most 20 are allowed.",
            where=where,
        )
    strange = [c for c in symbol if not c.isascii() or not c.isprintable()]
    if strange:
        points = ", ".join(f"U+{ord(c):04X} {unicodedata.name(c, 'control character')}" for c in strange[:3])
        raise InvalidSetting(
            f"A ticker has characters that no symbol has: {points}.",
            hint="Type the symbol again with plain letters A to Z.",
            where=where,
        )
    if not _ALLOWED.fullmatch(symbol) or ".." in symbol or symbol.split(".")[0] in _DEVICES:
        raise InvalidSetting(
            f"{symbol!r} cannot be a ticker.",
            hint="Allowed: letters, digits and . = & ^ -, such as BRK-B or ^VIX.",
            where=where,
        )
    return symbol

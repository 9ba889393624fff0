"""What is said when Yahoo gives no prices, and which error it is."""

from collections.abc import Mapping
from difflib import get_close_matches
from typing import Final

from core.data.yahoo_ask import Fault
from core.errors import MissingSeries, ProviderUnavailable, RateLimited, UnknownTicker, WrongAnswer

REASONS: Final = {
    "unknown": "Yahoo knows no such symbol",
    "empty": "Yahoo's answer had no prices",
    "rate_limited": "Yahoo refuses for now, for it was asked too often",
    "wrong_answer": "Yahoo answered wrongly: no price history, which says nothing about the ticker",
    "unreachable": "Yahoo could not be reached",
    "timeout": "Yahoo did not answer in time",
    "broken": "the part of this program that asks Yahoo stopped working",
}
PASSING: Final = frozenset(text for kind, text in REASONS.items() if kind != "unknown")
"""Reasons that say nothing about the ticker: it may well be there another time."""
ISIN: Final = "This is an ISIN and not a symbol"
_CLASSES: Final[dict[str, type[MissingSeries]]] = {
    "unknown": UnknownTicker,
    "empty": WrongAnswer,
    "rate_limited": RateLimited,
    "wrong_answer": WrongAnswer,
    "refused": WrongAnswer,
    "unreachable": ProviderUnavailable,
    "timeout": ProviderUnavailable,
    "broken": ProviderUnavailable,
}
_AGAIN: Final = "Try again later, or choose another source of prices."
_HINTS: Final = {
    "empty": _AGAIN,
    "rate_limited": "Wait a minute or two before you try again.",
    "wrong_answer": _AGAIN,
    "refused": _AGAIN,
    "unreachable": "Check the network and try again, or choose another source of prices.",
    "timeout": _AGAIN,
    "broken": "Try again. If it stays, start the program anew.",
}
_MOST_NAMED: Final = 10


def reason(fault: Fault) -> str:
    """Why there are no prices (or no newer ones), a sentence without full stop and without the ticker."""
    return ISIN if fault.detail == ISIN else REASONS.get(fault.kind, fault.detail.rstrip("."))


def trouble(fault: Fault, stored: str) -> str:
    """The sentence for a series that could not be renewed; `stored` is the day on which it was fetched."""
    # It was known when it was fetched: renamed or delisted since, or Yahoo is wrong.
    text = "Yahoo no longer knows this symbol" if fault.kind == "unknown" else reason(fault)
    return f"{text[0].upper()}{text[1:]}; the prices fetched on {stored} are used."


def missing(faults: Mapping[str, Fault], known: tuple[str, ...]) -> MissingSeries:
    """The error that names every ticker with its reason: the narrowest class that is true of all.

    Parameters
    ----------
    known
        Symbols from which a near one is offered.
    """
    reasons = {ticker: reason(fault) for ticker, fault in faults.items()}
    kinds = {fault.kind for fault in faults.values()}
    classes = {_CLASSES[kind] for kind in kinds}
    kind = next(c for c in next(iter(classes)).__mro__ if all(issubclass(one, c) for one in classes))
    assert issubclass(kind, MissingSeries)
    alone = len(set(reasons.values())) == 1
    text = _together(next(iter(kinds)), reasons) if alone else _each(reasons)
    hints = [_spelling(faults, known), *(_HINTS[one] for one in sorted(kinds) if one in _HINTS)]
    return kind(text, reasons=reasons, hint=" ".join(dict.fromkeys(hint for hint in hints if hint)))


def _together(kind: str, reasons: Mapping[str, str]) -> str:
    names, why = _listed(list(reasons)), next(iter(reasons.values()))
    if why == ISIN:
        return f"{names}: {why}."
    if kind == "unknown":
        return f"Yahoo knows no symbol {names}."
    if kind == "wrong_answer":
        return f"Yahoo answered wrongly for {names}: no price history, which says nothing about the ticker."
    if kind == "empty":
        return f"Yahoo's answer for {names} had no prices."
    if kind == "refused":
        return f"{names}: {why}."
    return f"{why[0].upper()}{why[1:]}, and no prices of {names} are stored."


def _each(reasons: Mapping[str, str]) -> str:
    said = [f"{ticker} ({why})" for ticker, why in list(reasons.items())[:_MOST_NAMED]]
    more = len(reasons) - len(said)
    return f"There are no prices for {'; '.join(said)}{f'; and {more} more' if more else ''}."


def _listed(names: list[str]) -> str:
    if len(names) > _MOST_NAMED:
        return f"{', '.join(names[:_MOST_NAMED])} and {len(names) - _MOST_NAMED} more"
    return " and ".join(filter(None, [", ".join(names[:-1]), names[-1]]))


def _spelling(faults: Mapping[str, Fault], known: tuple[str, ...]) -> str:
    """What the unknown symbols may have been meant to be."""
    unknown = [ticker for ticker, fault in faults.items() if fault.kind == "unknown"]
    if any(faults[ticker].detail == ISIN for ticker in unknown):
        return "Write the symbol instead, such as NVDA."
    meant = []
    for ticker in unknown[:5]:
        if "." in ticker and len(ticker.rpartition(".")[2]) == 1:
            meant.append(f"{ticker.replace('.', '-')} for {ticker} (Yahoo writes a class with a dash)")
        elif near := get_close_matches(ticker, known, n=1, cutoff=0.75):
            meant.append(f"{near[0]} for {ticker}")
    if meant:
        return f"Did you mean {', '.join(meant)}?"
    return "Check the spelling; Yahoo writes BRK-B and ^VIX." if unknown else ""

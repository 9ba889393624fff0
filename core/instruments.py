"""Hedge instruments: what is known about each without measuring anything."""

from dataclasses import dataclass
from typing import Final

MODEL_SUFFIX: Final = "-MODEL"


@dataclass(frozen=True, kw_only=True)
class Instrument:
    """An inverse fund: its stated daily multiple and the fee a year inside its price."""

    symbol: str
    label: str
    leverage: float
    fee: float


_KNOWN: Final = {
    item.symbol: item
    for item in (
        Instrument(symbol="SH", label="\u22121\u00d7 fund", leverage=-1.0, fee=0.0089),
        Instrument(symbol="SDS", label="\u22122\u00d7 fund", leverage=-2.0, fee=0.0090),
        Instrument(symbol="SPXU", label="\u22123\u00d7 fund", leverage=-3.0, fee=0.0090),
        Instrument(symbol="PSQ", label="\u22121\u00d7 Nasdaq fund", leverage=-1.0, fee=0.0095),
        Instrument(symbol="RWM", label="\u22121\u00d7 small-cap fund", leverage=-1.0, fee=0.0095),
    )
}


def is_modelled(symbol: str) -> bool:
    """Whether the symbol names a fund computed from the benchmark rather than a priced one."""
    return symbol.endswith(MODEL_SUFFIX)


def known_instruments() -> tuple[Instrument, ...]:
    """The funds whose leverage and fee are on file."""
    return tuple(_KNOWN.values())


def instrument(symbol: str, *, factor: float = -1.0, fee: float = 0.0089) -> Instrument:
    """What is known about a symbol; `factor` and `fee` describe a modelled fund.

    Leverage and fee are NaN for a fund that is neither on file nor modelled.
    """
    if symbol in _KNOWN:
        return _KNOWN[symbol]
    if not is_modelled(symbol):
        return Instrument(symbol=symbol, label="fund", leverage=float("nan"), fee=float("nan"))
    label = f"modelled {factor:g}\u00d7 fund".replace("-", "\u2212")
    return Instrument(symbol=symbol, label=label, leverage=factor, fee=fee)

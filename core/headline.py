"""The one sentence that answers everything: page title, report title and alert alike."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from core import words
from core.decision import Decision
from core.exposure import Exposure
from core.fingerprint import Keyed
from core.hedge_state import HedgeState, waiting_words
from core.market import MarketData
from core.order import HedgeOrder
from core.rule_settings import TriggerSettings
from core.settings import BetaSettings
from core.triggers.base import TRIGGERS, UNKNOWN, TriggerSignal

Role = Literal["word", "figure", "interval", "aside", "shortage", "on", "off", "warning"]


@dataclass(frozen=True, kw_only=True, eq=False)
class Piece(Keyed):
    """A stretch of the sentence and what it is; spaces belong to the text."""

    text: str
    role: Role = "word"


@dataclass(frozen=True, kw_only=True, eq=False)
class Headline(Keyed):
    """The sentence as clauses of pieces; `str()` is the plain sentence. Lines break between clauses."""

    clauses: tuple[tuple[Piece, ...], ...]

    def __str__(self) -> str:
        """Return the plain sentence."""
        return " ".join("".join(piece.text for piece in clause) for clause in self.clauses)


def _figure(text: str) -> Piece:
    return Piece(text=text, role="figure")


def _word(text: str) -> Piece:
    return Piece(text=text)


def _beta(value: float, low: float, high: float) -> tuple[Piece, ...]:
    bounds = words.interval(low, high)
    shown = (_word(" "), Piece(text=bounds, role="interval")) if bounds else ()
    return (_figure(words.number(value)), *shown)


def write_headline(
    market: MarketData,
    exposure: Exposure,
    order: HedgeOrder,
    signals: Mapping[str, TriggerSignal],
    decision: Decision,
    state: HedgeState,
    *,
    beta_settings: BetaSettings,
    triggers: TriggerSettings,
) -> Headline:
    """The sentence for the last session; it starts with the age of the prices where they are stale."""
    stale = _stale(market)
    beta = (
        _word("Beta "),
        *_beta(exposure.beta[-1], exposure.beta_low[-1], exposure.beta_high[-1]),
        _word("."),
    )
    rule = _rule(signals, decision, state, triggers)
    if not math.isfinite(exposure.beta[-1]):
        reason = exposure.left_out[0].reason if exposure.left_out else "no data"
        first = (_word("Beta "), _figure(words.UNKNOWN), _word(f" (no data: {reason}). "))
        return Headline(
            clauses=(*stale, (*first, *rule), (Piece(text="No order", role="warning"), _word(".")))
        )
    partial: tuple[tuple[Piece, ...], ...] = ()
    if exposure.left_out:
        count, of = len(exposure.left_out), len([p for p in exposure.positions if p.shares])
        partial = ((Piece(text=f"{count} of {of} positions without a beta", role="warning"), _word(".")),)
    if order.problem:
        blocked = (Piece(text="No order", role="warning"), _word(f": {order.problem}"))
        return Headline(clauses=(*stale, (*beta, _word(" "), *rule), *partial, blocked))
    sure = (*beta[:-1], *_doubt(exposure, beta_settings), _word("."))
    return Headline(clauses=(*stale, (*sure, _word(" "), *rule), *partial, *_order(market, order)))


def _stale(market: MarketData) -> tuple[tuple[Piece, ...], ...]:
    if not market.stale:
        return ()
    age = Piece(text=f"Prices stale ({market.stale_sessions:,} sessions)", role="warning")
    return ((age, _word(f": numbers as of {words.day(market.as_of)}.")),)


def _doubt(exposure: Exposure, settings: BetaSettings) -> tuple[Piece, ...]:
    """The warning when the interval of beta is too wide; nothing when it is not."""
    half, limit = exposure.half_width, settings.uncertain_half_width
    if not math.isfinite(half) or half <= limit:
        return ()
    facts = f" (half-width {words.number(half)}, limit {words.number(limit)})"
    return (_word(", "), Piece(text="too uncertain to size", role="warning"), _word(facts))


def _rule(
    signals: Mapping[str, TriggerSignal],
    decision: Decision,
    state: HedgeState,
    settings: TriggerSettings,
) -> tuple[Piece, ...]:
    """What the triggers say, and whether the hedge is on."""
    fraction = float(state.fraction[-1])
    chip = Piece(text="hedge OFF", role="off")
    if fraction > 0:
        chip = Piece(text=f"hedge ON at {words.percent(fraction, 0)}", role="on")
    end = (_word(" \u2192 "), chip, _word("."))
    if not decision.used:
        return (_word("No trigger is asked"), *end)
    blind = [TRIGGERS[n].item.short for n in decision.used if signals[n].state[-1] == UNKNOWN]
    if len(blind) == len(decision.used):
        return (_word(f"Triggers: no data ({', '.join(blind)})"), *end)
    count = f"{int(decision.fired[-1])} of {int(decision.available[-1])}"
    said: tuple[Piece, ...] = (_word("Triggers "), _figure(count))
    if blind:
        said = (*said, _word(f" ({', '.join(blind)}: no data)"))
    doing = waiting_words(state, settings)
    return (*said, *((_word(f", {doing}"),) if doing else ()), *end)


def _order(market: MarketData, order: HedgeOrder) -> tuple[tuple[Piece, ...], ...]:
    residual = (
        _word("Residual beta "),
        *_beta(order.residual_beta, order.residual_low, order.residual_high),
        _word("."),
    )
    if order.side == "none" and not order.funding.trades:
        return ((*_nothing(market, order), _word(".")), residual)
    what = f"Buy no {order.instrument}"
    if order.side != "none":
        what = (
            f"{order.side.capitalize()} {words.shares(order.shares)} {order.instrument}"
            f" @ {words.price(order.price)} = {words.money(order.notional)}"
        )
    trade = (_figure(what), *_money(market, order))
    if order.review:
        trade = (*trade, _word(": "), _figure("review"))
    paid = (_word("Cost now "), _figure(words.money(order.cost_now)), _word("."))
    return ((*trade, _word(".")), paid, residual)


def _money(market: MarketData, order: HedgeOrder) -> tuple[Piece, ...]:
    if order.side == "sell":
        return ()
    had = f"have {words.money(order.funding.cash_had)} cash"
    if not order.funding.shortfall:
        return (Piece(text=f" ({had})", role="aside"),)
    short = Piece(text=f"short {words.money(order.funding.shortfall)}", role="shortage")
    after = ""
    if order.funding.mode == "sell":
        after = f", sell {words.percent(order.funding.sell_fraction)} of each holding"
    if order.funding.mode == "short":
        after = f", sell {words.shares(order.funding.benchmark_short)} {market.benchmark} short"
    return (_word(" ("), Piece(text=f"{had}: ", role="aside"), short, _word(f"{after})"))


def _nothing(market: MarketData, order: HedgeOrder) -> tuple[Piece, ...]:
    if order.limit in ("band", "already there", "minimum trade"):
        why = {
            "band": "Already within band: ",
            "already there": "The hedge is in place: ",
            "minimum trade": "Under the minimum trade: ",
        }[order.limit]
        edges = [words.number(x, 0) for x in (order.check_low, order.check_high) if math.isfinite(x)]
        check = (_word(f", next check at {market.benchmark} "), _figure(" / ".join(edges))) if edges else ()
        return (_word(why), _figure("do nothing"), *check)
    if order.limit == "off":
        return (_figure("Nothing to trade"),)
    if order.limit == "at or below target":
        return (_word("The book is at or below its target: "), _figure("nothing to trade"))
    return (_word(f"The {order.limit} leaves "), _figure("nothing to trade"))

"""The answer in few words: what a folded group says, and the foot of the panel on a phone."""

from core import words
from core.pipeline import Analysis


def book_text(analysis: Analysis, *, nav: str = "") -> str:
    """How many lines the book has, and its value."""
    count = len(analysis.settings.portfolio.holdings)
    value = words.short_money(analysis.exposure.nav)
    return f"{count} holding{'' if count == 1 else 's'} \u00b7 {nav}{value}"


def summaries(analysis: Analysis) -> dict[str, str]:
    """What each group says at the right of its name."""
    settings, order = analysis.settings, analysis.order
    hedge = [analysis.market.hedge]
    if settings.hedge.liquidity_discount:
        hedge.append(f"discount {settings.hedge.liquidity_discount * 100:g}\u202f%")
    hedge.append(f"band {settings.hedge.band:g}")
    return {
        "Book": book_text(analysis, nav="NAV "),
        "Beta": f"OLS {settings.beta.window_sessions}",
        "Triggers": rule_text(analysis),
        "Hedge": " \u00b7 ".join(hedge),
        "Costs": f"{words.money(order.cost_now)} now",
    }


def rule_text(analysis: Analysis) -> str:
    """How many signals have fired, and whether the hedge is on."""
    decision, fraction = analysis.decision, float(analysis.state.fraction[-1])
    state = f"ON {words.percent(fraction, 0)}" if fraction > 0 else "OFF"
    if not decision.used:
        return state
    return f"{int(decision.fired[-1])} of {int(decision.available[-1])} fired \u00b7 {state}"


def answer(analysis: Analysis) -> list[tuple[str, str]]:
    """The answer in few short lines, for the foot on a phone."""
    order, exposure = analysis.order, analysis.exposure
    fraction = float(analysis.state.fraction[-1])
    pieces = [("Beta ", "word"), (words.number(exposure.beta[-1]), "figure")]
    bounds = words.interval(exposure.beta_low[-1], exposure.beta_high[-1])
    if bounds:
        pieces.append((f" {bounds}", "interval"))
    pieces.append((" \u2192 ", "word"))
    if order.problem:
        return [*pieces, ("no order", "figure")]
    state = f"hedge ON {words.percent(fraction, 0)}" if fraction > 0 else "hedge OFF"
    pieces += [(state, "figure"), (": ", "word")]
    if order.side == "none":
        return [*pieces, ("nothing to trade" if fraction == 0 else "do nothing", "figure"), (".", "word")]
    verb = order.side.capitalize()
    pieces.append((f"{verb} {words.shares(order.shares)} {order.instrument}", "figure"))
    if order.funding.shortfall:
        pieces += [
            (" Cash ", "word"),
            (f"short {words.money(order.funding.shortfall)}", "shortage"),
            (".", "word"),
        ]
    return [*pieces, (" Cost now ", "word"), (words.money(order.cost_now), "figure"), (".", "word")]


def financing(analysis: Analysis) -> str:
    """How a shortfall is paid and what that costs; empty where cash is enough."""
    funding = analysis.order.funding
    short = words.money(funding.shortfall)
    if not funding.shortfall:
        return ""
    if funding.mode == "sell":
        return f"{short} short: sell {words.percent(funding.sell_fraction)} of each holding"
    if funding.mode == "short":
        return (
            f"{short} short: sell {words.shares(funding.benchmark_short)} {analysis.market.benchmark} short"
        )
    rate, day = words.percent(funding.borrow_rate, 2), words.money(funding.financing_a_day)
    return f"{short} at {rate}/y: {day} a day"

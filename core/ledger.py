"""The backtest's fills one by one, and where the difference to no hedge comes from."""

from dataclasses import dataclass
from typing import Final, Literal

import numpy as np

from core.backtest import Backtest
from core.costs import COST_ITEMS, TradeCost
from core.fingerprint import Keyed
from core.hedge_state import REASONS
from core.kernels.arms import BAND, FOLLOWED, REST

_WHY: Final = {
    **REASONS,
    BAND: "net beta left the band",
    REST: "rest of an order that the cap cut",
    FOLLOWED: "the triggered arm traded",
}


@dataclass(frozen=True, kw_only=True, eq=False)
class Fill(Keyed):
    """One fill: of hedge shares, or (arm "sold") of the same part of every holding.

    `decided` is the close that ordered it. `shares` is never negative; for the arm "sold" it is the change of
    the part of the book wanted, NaN where a holding only catches up on the price it lacked, and `price` is
    NaN. `beta_before` is net beta at the close before the fill,
    `beta_after` at the close of its session.
    """

    session: np.datetime64
    decided: np.datetime64
    side: Literal["buy", "sell"]
    shares: float
    price: float
    notional: float
    cost: TradeCost
    reason: str
    beta_before: float
    beta_after: float


def ledger(backtest: Backtest, arm: str = "triggered") -> tuple[Fill, ...]:
    """Every fill of one arm, oldest first."""
    held = backtest.arms[arm]
    hedge = arm != "sold"
    ordered = np.maximum.accumulate(np.where(held.fill_shares != 0.0, np.arange(len(held.value)), 0))
    fills = []
    for t in np.flatnonzero(held.bought + held.sold):
        signed = float(held.fill_shares[t])
        items = dict(zip(COST_ITEMS, (float(x) for x in held.cost_items[t]), strict=True))
        fills.append(
            Fill(
                session=backtest.sessions[t],
                decided=backtest.sessions[ordered[t] - backtest.lag],
                side="buy" if held.bought[t] > held.sold[t] else "sell",
                shares=abs(signed) if signed else float("nan"),
                price=float(backtest.fill_prices[t]) if hedge else float("nan"),
                notional=float(held.bought[t] + held.sold[t]),
                cost=TradeCost(**items),
                reason=_WHY[int(held.fill_reason[ordered[t]])],
                beta_before=float(held.net_beta[t - 1]),
                beta_after=float(held.net_beta[t]),
            )
        )
    return tuple(fills)


@dataclass(frozen=True, kw_only=True, eq=False)
class Waterfall(Keyed):
    """From the fund's gross profit to the difference that the hedge made, in dollars.

    `steps` are names and signed amounts; they add up to `net`, the change of the arm's value less that of the
    unhedged book over the same sessions.
    """

    steps: tuple[tuple[str, float], ...]
    net: float


def waterfall(
    backtest: Backtest,
    arm: Literal["triggered", "always_hedged"] = "triggered",
    *,
    window: tuple[np.datetime64, np.datetime64] | None = None,
) -> Waterfall:
    """The steps over the sessions after the first one of the window (inclusive dates; None is all).

    They end with the last session on which the arm has a value.
    """
    hedged, plain = backtest.arms[arm], backtest.unhedged
    sessions = backtest.sessions
    first, last = backtest.start, len(sessions) - 1
    if window is not None:
        first = max(first, int(np.searchsorted(sessions, window[0])))
        last = int(np.searchsorted(sessions, window[1], side="right")) - 1
    alive = np.flatnonzero(np.isfinite(hedged.value[: last + 1]))
    rows = slice(first + 1, (int(alive[-1]) if len(alive) else first) + 1)
    gross = float(hedged.hedge_profit[rows].sum())
    carry = float(hedged.interest[rows].sum() - plain.interest[rows].sum())
    costs = hedged.cost_items[rows].sum(axis=0)
    named = zip(("Fixed fees", "Proportional fees", "Half-spread", "Tax", "Impact"), costs, strict=True)
    steps = (
        ("Gross profit of the hedge", gross),
        *((name, 0.0 - float(cost)) for name, cost in named),
        ("Interest on the cash it used", carry),
    )
    return Waterfall(steps=steps, net=gross + carry - float(costs.sum()))

"""Why the book's beta differs from that of the session before."""

from dataclasses import dataclass

import numpy as np

from core.beta import BetaEstimate, lag_code, least_observations, regression_returns
from core.exposure import Exposure, measurable
from core.fingerprint import Keyed
from core.kernels.regression import rolling_direct
from core.market import MarketData, Portfolio
from core.settings import BetaSettings


@dataclass(frozen=True, kw_only=True, eq=False)
class BetaChange(Keyed):
    """Yesterday's beta plus three steps is today's; NaN, with a reason, where that cannot be told.

    `weights` is what price moves did to the positions' shares of NAV, `entered` what the newest session
    changed by entering the windows, and `left` what the oldest one changed by leaving them.
    """

    yesterday: float
    weights: float
    entered: float
    left: float
    today: float
    yesterday_session: np.datetime64
    left_session: np.datetime64
    reason: str = ""


def explain_change(
    market: MarketData,
    portfolio: Portfolio,
    betas: BetaEstimate,
    exposure: Exposure,
    settings: BetaSettings,
) -> BetaChange:
    """The last change of the portfolio beta in three steps that add up to it.

    Quantities are the same on both days, so trades play no part. The middle step uses windows of one session
    more, which hold both the newest and the oldest day.
    """
    window, rows = settings.window_sessions, len(market.sessions)
    leaving = max(rows - window - 1, 0)
    before, after = exposure.beta[-2], exposure.beta[-1]
    beta = measurable(betas)
    weight = portfolio.value[-2:] / portfolio.nav[-2:, None]
    held = (portfolio.shares != 0) & np.isfinite(beta[-2:] * weight).all(axis=0)
    same_book = int(held.sum()) == exposure.measured[-2] == exposure.measured[-1]
    unknown = float("nan")
    steps, reason = (unknown, unknown, unknown), ""
    if not (np.isfinite(before) and np.isfinite(after)):
        reason = "there is no beta on one of the two days"
    elif not same_book:
        reason = "another set of positions had a beta the day before"
    else:
        both = regression_returns(
            np.column_stack([market.benchmark_returns, market.returns[:, held]]), settings
        )
        recent = np.ascontiguousarray(both[-window - 1 :].T)
        wide = rolling_direct(
            recent[1:], recent[0], window + 1, least_observations(window), lag_code(settings.errors)
        )[1][:, -1]
        moved = float(weight[1, held] @ beta[-2, held])
        widened = float(weight[1, held] @ wide)
        steps = (moved - before, widened - moved, after - widened)
    return BetaChange(
        yesterday=float(before),
        weights=float(steps[0]),
        entered=float(steps[1]),
        left=float(steps[2]),
        today=float(after),
        yesterday_session=market.sessions[-2],
        left_session=market.sessions[leaving],
        reason=reason,
    )

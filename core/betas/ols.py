"""The slope of the regression: the beta that sizes the hedge unless told otherwise."""

from dataclasses import dataclass
from typing import Literal

from core.beta import OLS, ols
from core.betas.base import ERRORS, BetaOptions, Found, Pairs, beta_estimator
from core.fields import setting


@dataclass(frozen=True, kw_only=True, eq=False)
class OLSOptions(BetaOptions):
    """Which standard errors."""

    errors: Literal["classic", "newey-west"] = setting("classic", "choice", "Errors", options=ERRORS)


def described(errors: str) -> str:
    """Standard errors in words for the reader."""
    return f"{dict(ERRORS)[errors]} errors"


def regress(pairs: Pairs, errors: Literal["classic", "newey-west"]) -> OLS:
    """The regression of a window; raises as `core.beta.ols`."""
    return ols(pairs.y, pairs.x, covariance=errors)


@beta_estimator(
    "ols",
    label="Least squares",
    help="The slope of the regression of daily returns, with a constant.",
    options=OLSOptions,
)
def ols_beta(pairs: Pairs, options: OLSOptions) -> Found:
    """`core.beta.ols` of the window: Sharpe (1963), Management Science 9; errors by Newey and West (1987).

    `figures` has `alpha` (per session) and `r_squared`.
    """
    fit = regress(pairs, options.errors)
    return Found(
        beta=fit.beta,
        error=fit.beta_se,
        freedom=fit.observations - 2.0,
        n=fit.observations,
        used=described(options.errors),
        brief=described(options.errors),
        figures={"alpha": fit.alpha, "r_squared": fit.r_squared},
    )

"""The regression's beta pulled towards 1 by a fixed share, as data vendors print it."""

from dataclasses import dataclass
from typing import Literal

from core import words
from core.betas.base import ERRORS, BetaOptions, Found, Pairs, beta_estimator
from core.betas.ols import described, regress
from core.fields import setting


@dataclass(frozen=True, kw_only=True, eq=False)
class BlumeOptions(BetaOptions):
    """The line that the raw beta is put through."""

    slope: float = setting(2.0 / 3.0, "number", "Share of the raw beta", minimum=0.0, maximum=1.0, decimals=4)
    constant: float = setting(1.0 / 3.0, "number", "Constant", minimum=-2.0, maximum=2.0, decimals=4)
    errors: Literal["classic", "newey-west"] = setting("classic", "choice", "Errors", options=ERRORS)


@beta_estimator(
    "blume",
    label="Blume",
    help="The regression's beta pulled towards 1 by a fixed share, however sure it is.",
    options=BlumeOptions,
)
def blume(pairs: Pairs, options: BlumeOptions) -> Found:
    """The raw beta put through slope * beta + constant, 2/3 and 1/3 unless told.

    Blume (1971, 1975), J. Finance 26 and 30. Error and interval are those of the raw beta put through the
    same line. `figures` has `raw_beta`.
    """
    fit = regress(pairs, options.errors)
    return Found(
        beta=options.slope * fit.beta + options.constant,
        error=options.slope * fit.beta_se,
        freedom=fit.observations - 2.0,
        n=fit.observations,
        used=(
            f"{words.number(options.slope, 3)} of the raw beta plus {words.number(options.constant, 3)},"
            f" {described(options.errors)}"
        ),
        brief=(
            f"{words.number(options.slope)} × the raw beta and interval + {words.number(options.constant)}"
        ),
        figures={"raw_beta": fit.beta},
        notes=(
            "The interval is the raw beta's put through the same line; how sure that line is, is not in it.",
        ),
    )

"""Books in all the states that the pages must show, each analysed once."""

from functools import cache

import numpy as np

from core.pipeline import Analysis
from core.settings import Settings
from core.tree import Question
from tests.strategies import every_share, random_table, run, settings_of, with_prices

NAMES = (
    "plain", "hedged", "one", "short", "sell", "band", "partial", "unmeasured", "unpriced", "cash",
    "uncertain", "off", "off_short", "half", "counted",
)  # fmt: skip

NEVER = Question(ask="drawdown", yes=1.0, no=0.0)
"""With the limit of the scenes that use it, a fall that their benchmark does not have."""

HALF = Question(ask="stop_loss_cluster", yes=1.0, no=0.5)
"""Without volumes there is no data for it, which goes the way of no."""


@cache
def scene(name: str) -> Analysis:
    """The analysis of one book; the names say what is special about it.

    The hedge is on where no rule is named.
    """
    table = random_table(3, count=400, assets=5)
    book = every_share(table, 100.0)
    close = table.close.copy()
    if name == "partial":  # too short a history, no price on the last day, a price that never moves
        close[:-30, 4], close[-1, 5], close[-90:, 6] = np.nan, np.nan, 50.0
    elif name == "unmeasured":
        close[:-10, 2:7] = np.nan
    elif name == "unpriced":
        close[-1, 2:7] = np.nan
    settings: dict[str, Settings] = {
        "hedged": settings_of({**book, "SH": 800.0}, 20_000.0),
        "one": settings_of({"S00": 100.0}, 0.0),
        "short": settings_of({"S00": -100.0, "S01": 50.0}, 60_000.0),
        "sell": settings_of(book, 2_000.0, hedge__funding="sell"),
        "band": settings_of({**book, "SH": 2_400.0}, 20_000.0, hedge__band=0.25),
        "cash": settings_of({}, 20_000.0),
        "uncertain": settings_of({"S00": 100.0}, 0.0, beta__window_sessions=20),
        "off": settings_of(book, 20_000.0, triggers__tree=NEVER, triggers__drawdown_limit=0.6),
        "off_short": settings_of(
            {"S00": -100.0, "S01": 50.0}, 60_000.0, triggers__tree=NEVER, triggers__drawdown_limit=0.6
        ),
        "half": settings_of(book, 20_000.0, triggers__tree=HALF),
        "counted": settings_of(book, 20_000.0, triggers__mode="any", triggers__count_beta_limit=True),
    }
    return run(with_prices(table, close), settings.get(name, settings_of(book, 20_000.0)))

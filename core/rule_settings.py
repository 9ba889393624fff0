"""Settings of the rule that switches the hedge on and off, and of its trial on the past."""

import dataclasses
import datetime as dt
import itertools
from dataclasses import dataclass
from typing import Any, NamedTuple

from core.config import PERCENT, Config
from core.errors import InvalidSetting, cut
from core.fields import is_finite, setting
from core.tree import DEFAULT_TREE, Tree

# fmt: off
# One setting a paragraph: this file is read as a table; the formatter would make it twice as long.

COUNTED = "Counts in the modes any, all and at least k; in the tree, what is asked counts."


class FlowReading(NamedTuple):
    """Institutional stop-loss notional in dollars, as known by the close of a day."""

    day: dt.date
    usd: float


@dataclass(frozen=True, kw_only=True, eq=False)
class TriggerSettings(Config):
    """When the hedge is on: the signals, how they combine, and how the state changes."""

    @classmethod
    def section(cls) -> str:
        return "triggers"

    break_below: float = setting(
        0.05, "number", "Break below MA50", group="Triggers", minimum=0.0, maximum=0.15, step=0.001,
        decimals=1, slider=True, **PERCENT,
        help="Fires when the close is this far under its moving average.",
    )
    vix_ratio: float = setting(
        1.0, "number", "VIX / VIX3M level", group="Triggers", minimum=0.8, maximum=1.5, step=0.01,
        slider=True, help="Fires when VIX over VIX3M is above this at the close.",
    )
    cluster_usd: float = setting(
        9e9, "number", "Stop-loss cluster above", group="Triggers", unit="$ bn", scale=1e-9, minimum=0.0,
        maximum=50e9, step=0.1e9, decimals=1,
        help="Fires when institutional stop-loss notional is above this.",
    )
    cluster_source: str = setting(
        "auto", "choice", "Stop-loss source", group="Triggers",
        options=(("auto", "Auto"), ("file", "File"), ("estimate", "Estimate"), ("none", "None")),
        help="Your readings, an estimate from prices and volume, or none. Auto takes yours if there are any.",
    )
    mode: str = setting(
        "tree", "choice", "Combine", group="Triggers",
        options=(("tree", "Tree"), ("any", "Any"), ("all", "All"), ("k", "k of n")),
        help="The decision tree, or any, all, or at least k of the signals that have data.",
    )
    least: int = setting(
        2, "integer", "At least", group="Triggers", unit="signals", minimum=1, maximum=6, step=1, decimals=0,
        help="How many must fire in the mode k of n.",
    )
    confirm: int = setting(
        1, "integer", "Confirm", group="Triggers", unit="closes", minimum=1, maximum=10, step=1, decimals=0,
        help="The hedge goes on after this many closes in a row that ask for it.",
    )
    cool_down: int = setting(
        5, "integer", "Cool-down", group="Triggers", unit="closes", minimum=0, maximum=30, step=1, decimals=0,
        help="It goes off after this many closes in a row that do not; 0 is as 1.",
    )
    tree: Tree = setting(
        DEFAULT_TREE, "tree", "Decision tree", group="Triggers",
        help="Questions with a way for yes, no and no data; leaves are the share of the full hedge.",
    )
    flow: tuple[FlowReading, ...] = setting(
        (), "rows", "Stop-loss readings", group="Triggers",
        help="Your own readings: date and dollars, as known by the close of that day.",
    )
    profit_target: float | None = setting(
        None, "number", "Profit target", group="Triggers", optional=True, more=True, minimum=0.005,
        maximum=1.0, step=0.005, **PERCENT,
        help="Goes off once the fund has returned this since the first fill.",
    )
    maximum_holding: int | None = setting(
        None, "integer", "Maximum holding", group="Triggers", optional=True, more=True, unit="sessions",
        minimum=1, maximum=504, step=1, decimals=0,
        help="Goes off this many sessions after it went on.",
    )
    average_sessions: int = setting(
        50, "integer", "Moving average", group="Triggers", unit="closes", more=True, minimum=5, maximum=252,
        step=1, decimals=0, help="How many closes the moving average takes, today\u2019s among them.",
    )
    break_of: str = setting(
        "benchmark", "choice", "Price break of", group="Triggers", more=True,
        options=(("benchmark", "Benchmark"), ("portfolio", "Portfolio"), ("holdings", "Any holding")),
        help="Whose price is held against its average.",
    )
    stand_in_level: float = setting(
        1.31, "number", "Stand-in level", group="Triggers", more=True, minimum=1.0, maximum=3.0, step=0.01,
        help="Used where the source has no VIX3M: short over long realised volatility.",
    )
    cluster_sessions: int = setting(
        3, "integer", "A reading lasts", group="Triggers", unit="sessions", more=True, minimum=1, maximum=21,
        step=1, decimals=0, help="How long a stop-loss reading counts, its own day included.",
    )
    drawdown_limit: float = setting(
        0.10, "number", "Drawdown over", group="Triggers", more=True, minimum=0.01, maximum=0.60, step=0.01,
        **PERCENT, help="Fires when the benchmark is this far under its highest close of 252 sessions.",
    )
    volatility_limit: float = setting(
        0.30, "number", "Volatility over", group="Triggers", more=True, unit="%/y", scale=100.0,
        minimum=0.05, maximum=1.5, step=0.01,
        help="Fires when the benchmark\u2019s volatility over 21 sessions is above this.",
    )
    beta_limit: float = setting(
        1.3, "number", "Portfolio beta over", group="Triggers", more=True, minimum=0.0, maximum=5.0,
        step=0.05, help="Fires when the book\u2019s beta is above this.",
    )
    count_price_break: bool = setting(
        True, "flag", "Count price break", group="Triggers", more=True, help=COUNTED
    )
    count_vix_inversion: bool = setting(
        True, "flag", "Count VIX inversion", group="Triggers", more=True, help=COUNTED
    )
    count_stop_loss_cluster: bool = setting(
        True, "flag", "Count stop-loss cluster", group="Triggers", more=True, help=COUNTED
    )
    count_drawdown: bool = setting(
        False, "flag", "Count drawdown", group="Triggers", more=True, help=COUNTED
    )
    count_realised_volatility: bool = setting(
        False, "flag", "Count volatility", group="Triggers", more=True, help=COUNTED
    )
    count_beta_limit: bool = setting(
        False, "flag", "Count portfolio beta", group="Triggers", more=True, help=COUNTED
    )

    def __post_init__(self) -> None:
        super().__post_init__()
        where = "triggers.flow"
        readings = tuple(sorted(_reading(row, where) for row in self.flow))
        for before, after in itertools.pairwise(readings):
            if before.day == after.day:
                raise InvalidSetting(
                    f"There are two readings for {before.day}.", hint="Keep one a day.", where=where
                )
        object.__setattr__(self, "flow", readings)

    @property
    def counted(self) -> tuple[str, ...]:
        """The signals that the modes any, all and at least k look at."""
        switches = [f.name for f in dataclasses.fields(self) if f.name.startswith("count_")]
        return tuple(name.removeprefix("count_") for name in switches if getattr(self, name))


def _reading(row: Any, where: str) -> FlowReading:
    if isinstance(row, str) or not isinstance(row, (list, tuple)) or len(row) != 2:
        text = f"A reading must be [date, dollars], not {cut(repr(row))}."
        raise InvalidSetting(text, hint='For example ["2025-04-03", 12e9].', where=where)
    day, usd = row
    try:
        day = dt.date.fromisoformat(day) if isinstance(day, str) else day
    except ValueError:
        day = None
    if not isinstance(day, dt.date) or isinstance(day, dt.datetime):
        raise InvalidSetting(
            f"The date of a reading is {cut(repr(row[0]))}, not a date like 2025-04-03.", where=where
        )
    if isinstance(usd, bool) or not isinstance(usd, (int, float)) or not is_finite(usd) or usd < 0:
        raise InvalidSetting(
            f"The reading of {day} is {cut(repr(usd))}, not dollars from zero up.", where=where
        )
    return FlowReading(day, float(usd))


@dataclass(frozen=True, kw_only=True, eq=False)
class BacktestSettings(Config):
    """How a decision becomes a fill on the past, and how the result is tested."""

    fill: str = setting(
        "open", "choice", "Fill at", group="Triggers", more=True,
        options=(("open", "Open"), ("close", "Close")),
        help="A decision at a close fills at a later session\u2019s open where there is one, else its close.",
    )
    lag: int = setting(
        1, "integer", "Lag", group="Triggers", unit="sessions", more=True, minimum=1, maximum=5, step=1,
        decimals=0, help="How many sessions after the decision it fills.",
    )
    book: str = setting(
        "shares", "choice", "Book on the past", group="Triggers", more=True,
        options=(("shares", "Today\u2019s shares"), ("weights", "Today\u2019s weights")),
        help="Today\u2019s shares and cash all along, or today\u2019s weights, restored each close for free.",
    )
    skip_uncertain: bool = setting(
        False, "flag", "Skip when too uncertain", group="Triggers", more=True,
        help="On the past, enter or resize nothing while beta\u2019s interval is too wide.",
    )
    event_fall: float = setting(
        0.10, "number", "A crash is a fall of", group="Triggers", more=True, minimum=0.03, maximum=0.60,
        step=0.01, **PERCENT, help="Falls of the benchmark beyond this are listed beside the known crashes.",
    )
    mean_block: int = setting(
        20, "integer", "Bootstrap block", group="Triggers", unit="sessions", more=True, minimum=1,
        maximum=252, step=1, decimals=0, help="Mean length of the blocks drawn for the interval of Sharpe.",
    )
    draws: int = setting(
        1500, "integer", "Bootstrap draws", group="Triggers", more=True, minimum=200, maximum=20_000,
        step=100, decimals=0, help="How often the past is drawn anew for the interval of Sharpe.",
    )

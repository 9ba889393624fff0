"""What the lab is asked: which legs, over which period, by which methods; and which asset is checked.

Apart from `core.settings.Settings`, because no order depends on it.
"""

import datetime as dt
from dataclasses import dataclass
from typing import Final

from core.config import PERCENT, Config, Sections
from core.errors import InvalidSetting
from core.fields import setting
from core.ratios.legs import MOST_LEGS
from core.symbols import parse_symbol

EXAMPLE: Final = ("XOM", "CVX")
"""Two legs of the embedded sample: the worked example."""

# fmt: off
# One setting a paragraph: this file is read as a table; the formatter would make it twice as long.


@dataclass(frozen=True, kw_only=True, eq=False)
class RatioSettings(Config):
    """Which hedge ratio is asked for, and how its spread is read."""

    @classmethod
    def section(cls) -> str:
        return "lab"

    source: str = setting(
        "sample", "choice", "Prices from",
        options=(("sample", "Sample"), ("source", "Page\u2019s source"), ("file", "Your file")),
        help="The embedded sample, the source that the whole page uses, or a table of your own.",
    )
    legs: tuple[str, ...] = setting(
        EXAMPLE, "rows", "Legs", help="Two to twelve; the first is the dependent one, which is held.",
    )
    file: str = setting("", "text", "File", help="The digest under which your table was kept.")
    file_name: str = setting("", "text", "File name", help="For the reader only.")
    prices: str = setting(
        "close", "choice", "Prices",
        options=(("close", "Closes"), ("adj_close", "With dividends")),
        help="Split-adjusted closes, which are what trades, or prices with dividends put back.",
    )
    period: str = setting(
        "3y", "choice", "Period", options=(("1y", "1 y"), ("3y", "3 y"), ("5y", "5 y"), ("all", "All")),
        help="Years up to the last day, unless a first day is given.",
    )
    start: dt.date | None = setting(
        None, "date", "From", optional=True, none_text="by period", help="First day; empty for the period.",
    )
    end: dt.date | None = setting(
        None, "date", "To", optional=True, none_text="last day", help="Last day; empty for the last.",
    )
    methods: tuple[str, ...] = setting(
        (), "rows", "Methods", help="Keys of the methods that are compared; none means all.",
    )
    shown: str = setting("ols", "text", "Shown", help="The key of the method whose spread is drawn.")
    sign: str = setting(
        "any", "choice", "Other legs",
        options=(("any", "Either side"), ("short", "Short only")),
        help="Short only holds every ratio at zero or above, in the methods that can.",
    )
    lag: int | None = setting(
        None, "integer", "Unit-root lag", optional=True, none_text="chosen once", minimum=0, maximum=30,
        step=1, decimals=0,
        help="Lagged changes in every unit-root statistic; empty has them chosen once, for least squares.",
    )
    entry: float = setting(
        2.0, "number", "Enter at", unit="s.d.", minimum=0.5, maximum=5.0, step=0.1, decimals=1, slider=True,
        help="A trip begins where the spread is this many standard deviations from its mean.",
    )
    exit: float = setting(
        0.5, "number", "Leave at", unit="s.d.", minimum=0.0, maximum=4.0, step=0.1, decimals=1, slider=True,
        help="It ends where the spread is this near to its mean, or beyond it.",
    )
    band_sessions: int | None = setting(
        None, "integer", "Window of the mean", unit="sessions", optional=True,
        none_text="the whole period", minimum=20, maximum=1000, step=1, decimals=0,
        help="Trailing sessions that mean and deviation are of; empty means all, which is hindsight.",
    )
    window: int = setting(
        252, "integer", "Refit window", unit="sessions", minimum=40, maximum=2520, step=1, decimals=0,
        slider=False, help="Sessions of each fit of the rolling ratio and of the trial on unseen days.",
    )
    step: int = setting(
        21, "integer", "Refit every", unit="sessions", minimum=1, maximum=252, step=1, decimals=0,
        help="Sessions from one refit to the next.",
    )
    expanding: bool = setting(
        False, "flag", "All sessions so far",
        help="Refits on all sessions up to the day; the window is then that of the first fit.",
    )
    position: float = setting(
        1000.0, "number", "Position", unit="shares", minimum=-1e9, maximum=1e9, step=100.0, decimals=0,
        help="Shares of the dependent leg that the other legs are sized for; negative is short.",
    )
    draws: int = setting(
        499, "integer", "Draws of the p-value", minimum=0, maximum=100_000, step=1, decimals=0,
        help="Unrelated legs that are drawn for the simulated p-value; 0 for none.",
    )
    table_draws: int = setting(
        199, "integer", "Draws of the other p-values", minimum=0, maximum=100_000, step=1, decimals=0,
        help="Unrelated legs that are drawn for the p-value of each row that is not shown; 0 for none.",
    )
    resamples: int = setting(
        499, "integer", "Draws of the interval", minimum=0, maximum=100_000, step=1, decimals=0,
        help="How often the legs are drawn anew for the interval; 0 leaves the method\u2019s own.",
    )

    def __post_init__(self) -> None:
        super().__post_init__()
        legs = tuple(_symbol(one, self.source) for one in self.legs)
        twice = sorted({leg for leg in legs if legs.count(leg) > 1})
        if twice:
            raise InvalidSetting(f"{twice[0]} is there twice.", hint="Each leg once.", where="lab.legs")
        if not 2 <= len(legs) <= MOST_LEGS:
            raise InvalidSetting(
                f"A hedge ratio needs 2 to {MOST_LEGS} legs, not {len(legs)}.", where="lab.legs"
            )
        object.__setattr__(self, "legs", legs)
        if self.exit >= self.entry:
            raise InvalidSetting(
                f"Leave at {self.exit:g} is not nearer to the mean than enter at {self.entry:g}.",
                hint="The level to leave at must be the smaller one.",
                where="lab.exit",
            )
        if self.start is not None and self.end is not None and self.start >= self.end:
            raise InvalidSetting(
                f"The period from {self.start} to {self.end} is empty.",
                hint="The first day must be before the last.",
                where="lab.start",
            )


def _symbol(name: object, source: str) -> str:
    """A ticker; a column of the user's own table may be called anything."""
    if source == "file" and isinstance(name, str):
        return name
    return parse_symbol(name if isinstance(name, str) else str(name), where="lab.legs")


@dataclass(frozen=True, kw_only=True, eq=False)
class CheckSettings(Config):
    """Which asset the textbook's hedge is tried on, over which period."""

    asset: str = setting("", "text", "Asset", help="Empty takes the first leg.")
    benchmark: str = setting(
        "", "text", "Benchmark", help="A column of your table; prices from elsewhere have the page\u2019s.",
    )
    period: str = setting(
        "3y", "choice", "Period", options=(("1y", "1 y"), ("3y", "3 y"), ("all", "All")),
        help="Years up to the last day, unless a first day is given.",
    )
    start: dt.date | None = setting(
        None, "date", "From", optional=True, none_text="by period", help="First day; empty for the period.",
    )
    end: dt.date | None = setting(
        None, "date", "To", optional=True, none_text="last day", help="Last day; empty for the last.",
    )
    learn: float = setting(
        0.5, "number", "Learn from the first", minimum=0.1, maximum=0.9, step=0.05, decimals=0, slider=True,
        **PERCENT,
        help="Share of the period that beta is learned from, to be carried to the rest.",
    )
    errors: str = setting(
        "classic", "choice", "Errors", options=(("classic", "Classic"), ("newey-west", "Newey\u2013West")),
        help="Standard errors of the regressions.",
    )

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.start is not None and self.end is not None and self.start >= self.end:
            raise InvalidSetting(
                f"The period from {self.start} to {self.end} is empty.",
                hint="The first day must be before the last.",
                where="check.start",
            )


@dataclass(frozen=True, kw_only=True, eq=False)
class LabSettings(Sections):
    """All that the lab is asked; `LabSettings()` is the worked example on the embedded sample."""

    lab: RatioSettings = RatioSettings()
    check: CheckSettings = CheckSettings()

"""Every setting of the product, frozen, one class per stage, with its bounds and words.

A stage takes its own class and nothing else, so a changed cost cannot rerun a beta. Values are
stored in plain units (fractions, dollars, sessions); `Field.scale` and `Field.unit` say how they are
shown.
"""

import datetime as dt
import re
from dataclasses import dataclass
from typing import Any, NamedTuple

from core.config import PERCENT, Config, Sections
from core.errors import InvalidSetting
from core.fields import is_finite, setting
from core.rule_settings import BacktestSettings, TriggerSettings
from core.symbols import parse_symbol

# fmt: off
# One setting a paragraph: this file is read as a table; the formatter would make it twice as long.


class Holding(NamedTuple):
    """One line of the book: signed shares (negative is short) and, where known, the price paid."""

    ticker: str
    shares: float
    cost: float | None = None


class OwnSeries(NamedTuple):
    """A series from a file of the user's own: it stands in for the source's series of that symbol.

    `digest` names the content in the local store, so a changed file is another setting; `name` is the
    file's name, for the reader only.
    """

    ticker: str
    digest: str
    name: str = ""


@dataclass(frozen=True, kw_only=True, eq=False)
class DataSettings(Config):
    """Where prices come from, and up to which day they are used."""

    provider: str = setting("sample", "text", "Source", help="Where prices come from.")
    folder: str = setting(
        "", "text", "Folder", help="For the source \u201cfiles\u201d: one CSV, Parquet or XLSX file a symbol."
    )
    own: tuple[OwnSeries, ...] = setting(
        (), "rows", "Your own prices",
        help="Series from files of yours, in place of the source's: ticker, digest and file name of each.",
    )
    benchmark: str = setting("SPX", "text", "Benchmark", help="The market that the book is measured against.")
    hedge: str = setting(
        "SH-MODEL",
        "text",
        "Instrument",
        group="Hedge",
        help="The inverse fund that is bought. A name ending in -MODEL is computed from the benchmark.",
    )
    as_of: dt.date | None = setting(
        None, "date", "As of", optional=True, none_text="latest", help="Only data up to this day is used."
    )
    start: dt.date | None = setting(
        None, "date", "From", optional=True, none_text="first", help="Data before this day is left out."
    )
    model_factor: float = setting(
        -1.0, "number", "Model\u2019s daily multiple", group="Hedge", more=True, minimum=-3.0, maximum=-0.1,
        step=0.1,
        help="The multiple of the benchmark's daily return that a modelled fund pays.",
    )
    model_fee: float = setting(
        0.0089, "number", "Model\u2019s fee a year", group="Hedge", more=True, minimum=0.0, maximum=0.05,
        step=0.0001, **PERCENT,
        help="The fee a year inside a modelled fund's price.",
    )
    cash_rate: float = setting(
        0.02, "number", "Cash rate if unknown", group="Costs", more=True, minimum=0.0, maximum=0.25,
        step=0.001, **PERCENT,
        help="Interest a year on cash, used only where the source has no T-bill yield (^IRX).",
    )

    def __post_init__(self) -> None:
        super().__post_init__()
        for name in ("benchmark", "hedge"):
            symbol = parse_symbol(getattr(self, name), where=f"data.{name}")
            object.__setattr__(self, name, symbol)
        own = tuple(_own_series(row) for row in self.own)
        tickers = [one.ticker for one in own]
        twice = [ticker for ticker in tickers if tickers.count(ticker) > 1]
        if twice:
            raise InvalidSetting(f"{twice[0]} has two files of your own.", hint="Keep one.", where="data.own")
        object.__setattr__(self, "own", own)
        if self.benchmark == self.hedge:
            raise InvalidSetting(
                f"Benchmark and hedge are both {self.hedge}.",
                hint="The hedge must be another instrument, such as SH.",
                where="data.hedge",
            )


SAMPLE_BOOK = (
    Holding("AAPL", 700.0),
    Holding("AMD", 900.0),
    Holding("HD", 250.0),
    Holding("JPM", 600.0),
    Holding("KO", 1200.0),
    Holding("MSFT", 400.0),
    Holding("UNH", 120.0),
    Holding("XOM", 700.0),
)


@dataclass(frozen=True, kw_only=True, eq=False)
class PortfolioSettings(Config):
    """What is held: signed share counts and cash."""

    holdings: tuple[Holding, ...] = setting(
        SAMPLE_BOOK, "rows", "Holdings", group="Book",
        help="Ticker, shares and optionally the price paid; negative shares are short.",
    )
    cash: float = setting(
        400_000.0, "number", "Cash", group="Book", unit="$", minimum=-1e12, maximum=1e12, step=1000.0,
        decimals=0, help="Negative is borrowed.",
    )

    def __post_init__(self) -> None:
        super().__post_init__()
        where = "portfolio.holdings"
        holdings = tuple(_holding(row, where) for row in self.holdings)
        seen: set[str] = set()
        for holding in holdings:
            if holding.ticker in seen:
                raise InvalidSetting(
                    f"{holding.ticker} is in the book twice.",
                    hint="Add the two lines together, or remove one.",
                    where=where,
                )
            seen.add(holding.ticker)
        object.__setattr__(self, "holdings", holdings)

    @property
    def tickers(self) -> tuple[str, ...]:
        """The tickers held, in the order given."""
        return tuple(h.ticker for h in self.holdings)


def _own_series(row: Any) -> OwnSeries:
    where = "data.own"
    listed = isinstance(row, (list, tuple)) and 2 <= len(row) <= 3
    if not listed or not all(isinstance(cell, str) for cell in row):
        text = f"A series of your own must be [ticker, digest, file name], not {str(row)[:60]!r}."
        raise InvalidSetting(text, where=where)
    if not re.fullmatch(r"[0-9a-f]{32}", row[1]):
        raise InvalidSetting(f"{row[1][:40]!r} is no digest of a file.", where=where)
    return OwnSeries(parse_symbol(row[0], where=where), row[1], row[2][:120] if len(row) == 3 else "")


def _holding(row: Any, where: str) -> Holding:
    if isinstance(row, str) or not isinstance(row, (list, tuple)) or not 2 <= len(row) <= 3:
        text = f"A holding must be [ticker, shares] or [ticker, shares, cost], not {str(row)[:60]!r}."
        raise InvalidSetting(text, where=where)
    ticker = parse_symbol(row[0], where=where)
    numbers = [row[1], row[2] if len(row) == 3 else None]
    for name, value in zip(("shares", "cost"), numbers, strict=True):
        if value is None and name == "cost":
            continue
        if isinstance(value, bool) or not isinstance(value, (int, float)) or not is_finite(value):
            text = f"{ticker}: {name} must be a finite number, not {str(value)[:40]!r}."
            raise InvalidSetting(text, where=where)
    return Holding(ticker, float(row[1]), None if numbers[1] is None else float(numbers[1]))


@dataclass(frozen=True, kw_only=True, eq=False)
class BetaSettings(Config):
    """How betas are estimated."""

    window_sessions: int = setting(
        60, "integer", "Window", group="Beta", unit="sessions", minimum=20, maximum=504, step=1,
        decimals=0, slider=True, marks=(60, 120, 252),
        help="How many sessions each beta looks back on. A beta needs 80 % of them.",
    )
    errors: str = setting(
        "classic", "choice", "Errors", group="Beta",
        options=(("classic", "Classic"), ("newey-west", "Newey\u2013West")),
        help="Classic, or Newey\u2013West: these allow for changing volatility and autocorrelation.",
    )
    returns: str = setting(
        "simple", "choice", "Returns", group="Beta", more=True,
        options=(("simple", "Simple"), ("log", "Log")),
        help="Simple returns add up over positions; with log returns the book's beta is only near the sum.",
    )
    uncertain_half_width: float = setting(
        0.25, "number", "Too uncertain above", group="Beta", more=True, minimum=0.01, maximum=5.0, step=0.01,
        help="When the beta's 95 % interval is wider than this on each side, the order is marked Review.",
    )


@dataclass(frozen=True, kw_only=True, eq=False)
class HedgeSettings(Config):
    """What the hedge aims at, and what limits it."""

    target_beta: float = setting(
        0.0, "number", "Target beta", group="Beta", minimum=-0.5, maximum=1.0, step=0.01, slider=True,
        help="The beta that should be left over.",
    )
    hedge_beta: float | None = setting(
        None, "number", "Hedge beta", group="Hedge", optional=True, none_text="measured",
        minimum=-4.0, maximum=-0.2, step=0.01, more=True,
        help="The instrument's beta to the benchmark; empty means measured over the same window.",
    )
    liquidity_discount: float = setting(
        0.0, "number", "Liquidity discount", group="Hedge", minimum=0.0, maximum=0.10, step=0.001,
        decimals=1, slider=True, **PERCENT, help="Hold this much less than the full hedge.",
    )
    band: float = setting(
        0.05, "number", "No-trade band", group="Hedge", unit="of NAV", minimum=0.0, maximum=0.25, step=0.005,
        decimals=3, slider=True, help="Do nothing while net beta is this close to the wanted one.",
    )
    held: str = setting(
        "book", "choice", "Hedge held", group="Hedge", more=True,
        options=(("book", "As in the book"), ("rule", "As the rule left it")),
        help="What today\u2019s order starts from: your book, or hedge and cash of the rule\u2019s own past.",
    )
    funding: str = setting(
        "borrow", "choice", "Funding of a shortfall", group="Hedge",
        options=(("borrow", "Borrow"), ("sell", "Sell stock"), ("short", "Short proceeds")),
        help="Where the money comes from when cash is short.",
    )
    lot: int = setting(
        1, "integer", "Lot size", group="Hedge", unit="shares", minimum=1, maximum=10_000, step=1, decimals=0,
        more=True, help="Orders are whole multiples of this.",
    )
    participation_cap: float | None = setting(
        None, "number", "Participation cap", group="Hedge", optional=True, minimum=0.0001, maximum=1.0,
        step=0.001, more=True, **PERCENT,
        help="Trade at most this share of the 20-session average daily dollar volume.",
    )
    capital_cap: float | None = setting(
        None, "number", "Capital cap", group="Hedge", optional=True, unit="$", minimum=0.0, maximum=1e12,
        step=1000.0, decimals=0, more=True, help="Hold at most this many dollars of the hedge.",
    )
    minimum_trade: float = setting(
        0.0, "number", "Minimum trade", group="Hedge", unit="$", minimum=0.0, maximum=1e9, step=100.0,
        decimals=0, more=True, help="Trades smaller than this are not made.",
    )


@dataclass(frozen=True, kw_only=True, eq=False)
class CostSettings(Config):
    """What a trade and its financing cost."""

    @classmethod
    def section(cls) -> str:
        return "costs"

    fixed_fee: float = setting(
        3.0, "number", "Fixed fee", group="Costs", unit="$ a trade", minimum=0.0, maximum=50.0, step=0.5,
        help="Paid once a trade.",
    )
    proportional_round_trip: float = setting(
        0.000056, "number", "Proportional", group="Costs", unit="% round trip", scale=100.0, minimum=0.0,
        maximum=0.005, step=0.000001, decimals=4,
        help="Share of the notional for in and out; half is charged on each fill.",
    )
    half_spread_bps: float = setting(
        1.0, "number", "Half-spread", group="Costs", unit="bp", minimum=0.0, maximum=50.0, step=0.1,
        decimals=1, help="Half the distance between bid and ask, paid on each fill.",
    )
    sales_tax_on: bool = setting(
        False, "flag", "Tax on sales", group="Costs",
        help="0.00278 % a side, on sales. Two sides make 0.0056 %: the two published lines may be one fee.",
    )
    sales_tax: float = setting(
        0.0000278, "number", "Tax rate", group="Costs", unit="% a side", scale=100.0, minimum=0.0,
        maximum=0.01, step=0.0000001, decimals=5, more=True, help="Charged on the notional of sales only.",
    )
    impact: float = setting(
        0.0, "number", "Square-root impact", group="Costs", minimum=0.0, maximum=2.0, step=0.1, more=True,
        help="Y in Y \u00d7 daily volatility \u00d7 \u221a(shares / daily volume); 0 is off, needs volumes.",
    )
    margin_spread: float = setting(
        0.015, "number", "Margin rate over T-bill", group="Costs", unit="%/y", scale=100.0, minimum=0.0,
        maximum=0.2, step=0.001, more=True, help="What borrowed cash pays above the T-bill.",
    )


@dataclass(frozen=True, kw_only=True, eq=False)
class Settings(Sections):
    """All settings; `Settings()` is a complete working default on the embedded sample."""

    data: DataSettings = DataSettings()
    portfolio: PortfolioSettings = PortfolioSettings()
    beta: BetaSettings = BetaSettings()
    triggers: TriggerSettings = TriggerSettings()
    hedge: HedgeSettings = HedgeSettings()
    costs: CostSettings = CostSettings()
    backtest: BacktestSettings = BacktestSettings()

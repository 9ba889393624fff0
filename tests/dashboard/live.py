"""The sample's analysis dressed as one on prices that were fetched: the same figures, other provenance."""

import datetime as dt
from dataclasses import replace
from functools import cache
from typing import Any

import numpy as np

from core.data.base import SeriesHealth
from core.exposure import LeftOut
from core.pipeline import Analysis, analyse
from core.settings import Settings

LAST = np.datetime64("2022-12-28")
FETCHED = dt.datetime(2022, 12, 29, 12, 2, tzinfo=dt.UTC)
"""07:02 in New York, before the next session."""


@cache
def sample() -> Analysis:
    return analyse(Settings())


def health(ticker: str, **changed: Any) -> SeriesHealth:
    """A series that is whole and up to date."""
    usual: dict[str, Any] = {
        "ticker": ticker,
        "origin": "Yahoo",
        "first": np.datetime64("2006-01-03"),
        "last": LAST,
        "used": 4277,
        "currency": "USD",
        "fetched_at": FETCHED,
    }
    return SeriesHealth(**(usual | changed))


def live(
    *,
    changed: dict[str, dict[str, Any]] | None = None,
    every: dict[str, Any] | None = None,
    gone: dict[str, str] | None = None,
    **market: Any,
) -> Analysis:
    """The analysis as if from Yahoo.

    Parameters
    ----------
    changed, every
        What is special about the health of one series, or of all.
    gone
        Holdings without any prices, with the reason.
    """
    base = sample()
    names = (base.market.benchmark, base.market.hedge, *base.market.tickers, "^IRX")
    known = tuple(health(name, **{**(every or {}), **(changed or {}).get(name, {})}) for name in names)
    dressed: dict[str, Any] = {"source": "yahoo", "health": known, "expected": LAST, "notes": ()}
    out = tuple(
        LeftOut(ticker=ticker, reason=f"{why}; left out of NAV", share_of_nav=float("nan"))
        for ticker, why in (gone or {}).items()
    )
    settings = base.settings.with_value("data.provider", "yahoo")
    return replace(
        base,
        settings=settings,
        market=replace(base.market, **(dressed | market)),
        exposure=replace(base.exposure, left_out=out),
    )

"""The last closes that a list in dollars or weights needs to become shares."""

from core.pipeline import load_prices
from core.positions import PositionsRead
from core.settings import DataSettings, Holding, PortfolioSettings


def to_price(read: PositionsRead) -> PortfolioSettings:
    """One share of each position that needs a price to become shares; of none where the list is in shares."""
    wanted = () if read.unit == "shares" else read.holdings
    return PortfolioSettings(holdings=tuple(Holding(line.ticker, 1.0) for line in wanted))


def last_closes(data: DataSettings, book: PortfolioSettings) -> dict[str, float]:
    """The last close by ticker, in dollars a share, NaN where it is missing; empty without holdings.

    Raises
    ------
    DataError
        As `core.pipeline.load_prices` does; series without prices are an error here.
    """
    if not book.holdings:
        return {}
    table = load_prices(data, book)
    return dict(zip(table.tickers, table.close[-1].tolist(), strict=True))

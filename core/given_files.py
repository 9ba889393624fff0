"""Files named on the command line or in a settings file: read, and put into the settings."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, Final, NamedTuple

from core.book_prices import last_closes, to_price
from core.data.own import keep_own
from core.errors import BadFile, BadPositions, InvalidSetting, UnknownOption, cut
from core.flow import read_flow
from core.positions import cash_dollars, read_positions, to_shares
from core.settings import OwnSeries, PortfolioSettings, Settings
from core.tabular import MAX_BYTES, shown_name

SECTION: Final = "files"


class GivenFiles(NamedTuple):
    """Paths of a book, of flow readings, and of prices by ticker; None or empty where there is none."""

    positions: Path | None = None
    flow: Path | None = None
    prices: tuple[tuple[str, Path], ...] = ()

    def over(self, other: "GivenFiles") -> "GivenFiles":
        """These files, and the other ones where these name none; of a ticker in both this one."""
        mine = {ticker for ticker, _ in self.prices}
        return GivenFiles(
            self.positions or other.positions,
            self.flow or other.flow,
            (*(pair for pair in other.prices if pair[0] not in mine), *self.prices),
        )


def files_section(raw: object, folder: Path) -> GivenFiles:
    """The files that a settings file names under "files"; paths are relative to its folder.

    Raises
    ------
    InvalidSetting
        When the section has another shape, or names something else.
    """
    if not isinstance(raw, Mapping):
        raise InvalidSetting(
            'The section files must look like {"positions": "book.csv", "prices": {"ACME": "acme.csv"}}.',
            where=SECTION,
        )
    for name in raw:
        if name not in GivenFiles._fields:
            where = f"{SECTION}.{cut(str(name))}"
            raise UnknownOption(str(name), GivenFiles._fields, kind="kind of file", where=where)
    prices = raw.get("prices", {})
    if not isinstance(prices, Mapping):
        text = 'files.prices must name a file for each ticker, such as {"ACME": "acme.csv"}.'
        raise InvalidSetting(text, where=f"{SECTION}.prices")
    paths = {name: _path(raw[name], name, folder) for name in ("positions", "flow") if name in raw}
    return GivenFiles(
        **paths,
        prices=tuple((str(t), _path(text, f"prices.{t}", folder)) for t, text in prices.items()),
    )


def _path(text: object, name: str, folder: Path) -> Path:
    if not isinstance(text, str) or not text.strip() or "\0" in text:
        where = f"{SECTION}.{cut(name)}"
        raise InvalidSetting(f"{where} must be the name of a file, not {cut(str(text))!r}.", where=where)
    return folder / Path(text.strip()).expanduser()


def take_files(
    settings: Settings, files: GivenFiles, *, cash_known: bool
) -> tuple[Settings, tuple[str, ...]]:
    """The settings with what the files say in them, and notes on how the book was read.

    The settings then hold it all, prices by the digest under which they are kept on this machine.

    Parameters
    ----------
    cash_known
        Whether the settings' cash was chosen by the user. Else a book without a cash line has none, rather
        than that of the sample.

    Raises
    ------
    HedgeError
        With the file, the line and what is wrong. Positions in weights are refused: nothing says of what.
    """
    for ticker, path in files.prices:
        digest, series = keep_own(_content(path), name=path.name, ticker=ticker)
        own = OwnSeries(series.ticker, digest, path.name)
        others = tuple(one for one in settings.data.own if one.ticker != own.ticker)
        settings = settings.with_value("data.own", (*others, own))
    if files.flow is not None:
        settings = settings.with_value("triggers.flow", read_flow(_content(files.flow), files.flow.name))
    if files.positions is None:
        return settings, ()
    read = read_positions(_content(files.positions), name=files.positions.name)
    if read.unit == "weights":
        raise BadPositions(
            f"{shown_name(files.positions.name)} has weights, and nothing says of how many dollars.",
            hint="Write shares or dollars.",
            where="portfolio.holdings",
        )
    cash, notes = cash_dollars(read, 0.0), read.notes
    if cash is None and not cash_known:
        cash, notes = 0.0, (*notes, "It has no cash line: cash is taken as zero.")
    book = PortfolioSettings(
        holdings=to_shares(read, last_closes(settings.data, to_price(read)), 0.0),
        cash=settings.portfolio.cash if cash is None else cash,
    )
    return replace(settings, portfolio=book), tuple(f"{shown_name(files.positions.name)}: {n}" for n in notes)


def _content(path: Path) -> bytes:
    """The bytes of a file, refused by its size before it is read."""
    try:
        with path.open("rb") as stream:
            content = stream.read(MAX_BYTES + 1)
    except OSError as problem:
        raise BadFile(
            f"{cut(str(path), 200)} cannot be read: {problem.strerror}.", hint="Check the path."
        ) from problem
    if len(content) > MAX_BYTES:
        raise BadFile(
            f"{shown_name(path.name)} is over {MAX_BYTES // 2**20} MB.",
            hint="Send only the columns and rows that are needed.",
        )
    return content


def price_pairs(arguments: list[str]) -> tuple[tuple[str, Path], ...]:
    """Tickers and paths written as TICKER=FILE.

    Raises
    ------
    InvalidSetting
        When one is written otherwise, or a ticker is there twice.
    """
    found: dict[str, Path] = {}
    for text in arguments:
        ticker, _, path = text.partition("=")
        if not ticker or not path:
            raise InvalidSetting(
                f"{cut(text)!r} does not name a ticker and a file.", hint="Write it like ACME=acme.csv."
            )
        if ticker.upper() in (known.upper() for known in found):
            raise InvalidSetting(f"{ticker} has two files.", hint="Keep one.")
        found[ticker] = Path(path)
    return tuple(found.items())


def with_source(raw: dict[str, Any], source: str | None, folder: str | None) -> dict[str, Any]:
    """The raw settings with another source or folder; a folder alone means the source `files`."""
    data = raw.get("data", {})
    if not isinstance(data, Mapping) or (source is None and folder is None):
        return raw
    changed = {**data}
    if folder is not None:
        changed |= {"folder": folder, "provider": "files"}
    if source is not None:
        changed["provider"] = source
    return {**raw, "data": changed}

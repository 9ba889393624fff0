"""A stand-in for Yahoo on this machine: chart answers from series in memory or price files, and every fault.

    with FakeYahoo() as yahoo:                      # its address is yahoo.url
        yahoo.serve("SPY", series)                  # a core.data.quality.Series
        yahoo.fault("NVDA", "rate_limited")         # one symbol, or "*" for all; "recover" ends it
        yahoo.asked("NVDA")                         # how many chart requests came for it

yfinance is sent here by HEDGEBOARD_YAHOO_MIRROR=<address> (see core.data.yahoo_worker). By hand:

    python -m tests.fake_yahoo --folder DIR [--port N]

serves a folder of price files and prints what to set; faults are switched while it runs with
``/control?fault=rate_limited&symbol=NVDA`` at the same address.
"""

import argparse
import datetime as dt
import json
import sys
import threading
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import TracebackType
from typing import Any, Final, NamedTuple, Self
from urllib.parse import parse_qs, unquote, urlsplit
from zoneinfo import ZoneInfo

import numpy as np

from core.data.base import Action
from core.data.files import INDICES
from core.data.price_file import read_series
from core.data.quality import COLUMNS, Series

NEW_YORK: Final = ZoneInfo("America/New_York")
COOKIE_HOSTS: Final = ("fc.yahoo.com", "guce.yahoo.com", "consent.yahoo.com")
FUNDS: Final = frozenset({"SPY", "SH", "SDS", "SPXU", "QQQ", "BIL"})
RANGES: Final = {"1d": 1, "5d": 5, "1mo": 21, "3mo": 63, "6mo": 126, "1y": 252, "5y": 1260, "10y": 2520}
LONGEST_WAIT: Final = 90.0

FAULTS: Final = {
    "unknown": "404: no such symbol",
    "rate_limited": "429: asked too often",
    "error_500": "500 with a page of text",
    "garbage": "200 with bytes that mean nothing",
    "truncated": "200 with the first half of the answer",
    "html": "200 with a web page",
    "consent": "a redirect to a page that asks for consent",
    "elsewhere": "a redirect to a host that is not Yahoo's",
    "empty": "200 with no prices in it",
    "changed_shape": "200 without the currency",
    "drop": "the connection is closed without an answer",
    "hang": "the connection stays open and nothing comes",
    "drip": "one byte a second",
    "held": "the right answer once the fault is ended",
    "silent_cookie_host": "only the hosts of cookies are silent",
    "partial": "the first half of the dates",
    "late_half": "the second half of the dates",
    "null_today": "the last row without prices",
    "partial_bar": "a row for today, of the running session",
    "negative": "one negative price",
    "rewritten": "a later dividend: all adjusted closes but the last are lower",
}


class Asked(NamedTuple):
    """One request: which host of Yahoo's it was for, the path there, the query, and the chart's symbol."""

    host: str
    path: str
    query: Mapping[str, str]
    symbol: str
    at: float


@dataclass(frozen=True)
class _Served:
    series: Series
    stamps: np.ndarray[Any, Any]
    kind: str
    zone: str


class FakeYahoo:
    """The server; a context manager, running from the start of the block to its end.

    Parameters
    ----------
    now
        The clock for the row of a running session.
    """

    def __init__(
        self,
        folder: Path | None = None,
        *,
        port: int = 0,
        now: Callable[[], dt.datetime] = lambda: dt.datetime.now(dt.UTC),
    ) -> None:
        self.now = now
        self.requests: list[Asked] = []
        self.released = threading.Event()
        self._faults: dict[str, str] = {}
        self._changed = threading.Condition()
        self._served: dict[str, _Served] = {}
        self._server = _Server(("127.0.0.1", port), _Handler)
        self._server.fake = self
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        if folder is not None:
            self.serve_folder(folder)

    def __enter__(self) -> Self:
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.released.set()
        self.fault("*", "recover")
        self._server.shutdown()
        self._server.server_close()

    def serve(self, symbol: str, series: Series, *, kind: str = "", zone: str = NEW_YORK.key) -> None:
        """Answer for a symbol with this series; without actions, dividends follow from the adjusted close.

        Elsewhere than in New York a row's time is the beginning of its day, as Yahoo has it for coins.
        """
        if not series.actions:
            series = replace(series, actions=_dividends(series))
        if not kind:
            kind = "INDEX" if symbol.startswith("^") else "ETF" if symbol in FUNDS else "EQUITY"
        self._served[symbol] = _Served(series, _stamps(series.dates, zone), kind, zone)

    def serve_folder(self, folder: Path) -> None:
        """Answer for every price file of a folder; the file vix.csv is the symbol ^VIX."""
        for path in sorted(folder.glob("*.csv")):
            stem = path.stem.upper()
            if path.read_bytes()[:5].lower() != b"date," or "_" in stem:
                continue
            symbol = f"^{stem}" if stem in INDICES else stem
            self.serve(symbol, read_series(str(path), symbol))

    def fault(self, symbol: str, kind: str) -> None:
        """Fail from now on for a symbol, or with "*" for all that have no fault of their own."""
        if kind not in ("recover", *FAULTS):
            raise ValueError(f"no fault {kind!r}; there are {', '.join(FAULTS)}")
        with self._changed:
            if kind != "recover":
                self._faults[symbol] = kind
            elif symbol == "*":
                self._faults.clear()
            else:
                self._faults.pop(symbol, None)
            self._changed.notify_all()

    def fault_of(self, symbol: str) -> str:
        """The fault in force for a symbol; "" is none."""
        return self._faults.get(symbol) or self._faults.get("*", "")

    def wait_while_held(self, symbol: str) -> None:
        """Keep a question waiting until its fault "held" is ended."""
        with self._changed:
            self._changed.wait_for(lambda: self.fault_of(symbol) != "held", LONGEST_WAIT)

    def asked(self, symbol: str = "") -> int:
        """How many chart requests came for a symbol, or for any."""
        return sum(1 for one in list(self.requests) if one.symbol and symbol in ("", one.symbol))

    def symbols(self) -> tuple[str, ...]:
        """The symbols it has prices for."""
        return tuple(sorted(self._served))

    def chart(self, symbol: str, query: Mapping[str, str]) -> dict[str, Any] | None:
        """The answer to a chart request; None for a symbol that is not there."""
        served = self._served.get(symbol)
        if served is None:
            return None
        fault = self.fault_of(symbol)
        served = _changed(served, fault, self.now())
        return {"chart": {"error": None, "result": [_result(symbol, served, query, fault)]}}


def _stamps(dates: np.ndarray[Any, Any], zone: str) -> np.ndarray[Any, Any]:
    opening = dt.time(9, 30, tzinfo=NEW_YORK) if zone == NEW_YORK.key else dt.time(0, tzinfo=ZoneInfo(zone))
    moments = (int(dt.datetime.combine(day, opening).timestamp()) for day in dates.tolist())
    return np.fromiter(moments, dtype=np.int64, count=len(dates))


def _dividends(series: Series) -> tuple[Action, ...]:
    """Dividends a share that explain the adjusted close; none where one of the columns is missing."""
    known = np.isfinite(series.close) & np.isfinite(series.adj_close)
    if known.sum() < 2:
        return ()
    days, close, factor = series.dates[known], series.close[known], (series.adj_close / series.close)[known]
    paid = close[:-1] * (1.0 - factor[:-1] / factor[1:])
    large = np.flatnonzero(paid > 1e-4 * close[:-1])
    return tuple(Action(days[i + 1], "dividend", round(float(paid[i]), 6)) for i in large)


def _changed(served: _Served, fault: str, now: dt.datetime) -> _Served:
    series, stamps = served.series, served.stamps
    columns: dict[str, Any] = {name: getattr(series, name).copy() for name in COLUMNS}
    if fault in ("partial", "late_half"):
        middle = len(stamps) // 2
        half = slice(middle) if fault == "partial" else slice(middle, None)
        return replace(served, series=series.take(half), stamps=stamps[half])
    if fault == "null_today":
        for values in columns.values():
            values[-1] = np.nan
    elif fault == "negative":
        columns["close"][len(stamps) // 2] = -5.0
    elif fault == "rewritten":
        columns["adj_close"][:-1] *= 0.995
        paid = Action(series.dates[-1], "dividend", float(round(series.close[-1] * 0.005, 4)))
        series = replace(series, actions=(*series.actions, paid))
    elif fault == "partial_bar":
        today = np.datetime64(now.astimezone(NEW_YORK).date())
        if today > series.dates[-1]:
            columns = {name: np.append(v, v[-1] * 1.003) for name, v in columns.items()}
            columns["volume"][-1] = 1000.0
            series = replace(series, dates=np.append(series.dates, today))
            stamps = np.append(stamps, int(now.timestamp()) - 60)
    else:
        return served
    return replace(served, series=replace(series, **columns), stamps=stamps)


def _result(symbol: str, served: _Served, query: Mapping[str, str], fault: str) -> dict[str, Any]:
    series, stamps = served.series, served.stamps
    rows = np.ones(len(stamps), dtype=np.bool_)
    if "period1" in query:
        rows = (stamps >= int(query["period1"])) & (stamps < int(query["period2"]))
    elif query.get("range", "max") in RANGES:
        rows[: -RANGES[query["range"]]] = False
    meta = {
        "currency": series.currency or "USD",
        "symbol": symbol,
        "instrumentType": served.kind,
        "exchangeTimezoneName": served.zone,
        "priceHint": 2,
        "validRanges": ["1d", "5d", "1mo", "3mo", "6mo", "1y", "2y", "5y", "10y", "ytd", "max"],
        "dataGranularity": "1d",
    }
    if fault == "changed_shape":
        del meta["currency"]
    if fault == "empty" or not rows.any():
        return {"meta": meta, "indicators": {"quote": [{}], "adjclose": [{}]}}
    adjusted = series.close if np.isnan(series.adj_close).all() else series.adj_close
    close = series.adj_close if np.isnan(series.close).all() else series.close
    quote = {name: _plain(getattr(series, name)[rows]) for name in ("open", "high", "low", "volume")}
    return {
        "meta": meta,
        "timestamp": stamps[rows].tolist(),
        "indicators": {
            "quote": [{**quote, "close": _plain(close[rows])}],
            "adjclose": [{"adjclose": _plain(adjusted[rows])}],
        },
        "events": _events(series, rows, served.zone),
    }


def _plain(values: np.ndarray[Any, Any]) -> list[float | None]:
    return [None if np.isnan(value) else value for value in values.tolist()]


def _events(series: Series, rows: np.ndarray[Any, Any], zone: str) -> dict[str, Any]:
    days = series.dates[rows]
    inside = [one for one in series.actions if days[0] <= one.day <= days[-1]]
    stamps = _stamps(np.array([one.day for one in inside], dtype="datetime64[D]"), zone).tolist()
    events: dict[str, Any] = {}
    for one, stamp in zip(inside, stamps, strict=True):
        if one.kind == "dividend":
            events.setdefault("dividends", {})[str(stamp)] = {"amount": one.value, "date": stamp}
        else:
            split = {
                "date": stamp,
                "numerator": one.value,
                "denominator": 1,
                "splitRatio": f"{one.value:g}:1",
            }
            events.setdefault("splits", {})[str(stamp)] = split
    return events


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    request_queue_size = 64
    fake: FakeYahoo

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing: callers hang up in the middle, which is what is being tested."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: _Server

    def log_message(self, format: str, *args: Any) -> None:
        """Requests are kept as values instead."""

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers.get("Content-Length", "0")))
        self.do_GET()

    def do_GET(self) -> None:
        parts = urlsplit(self.path)
        query = {name: values[-1] for name, values in parse_qs(parts.query).items()}
        if parts.path == "/control":
            self._control(query)
            return
        host, _, path = parts.path.lstrip("/").partition("/")
        chart = "v8/finance/chart/"
        symbol = unquote(path.removeprefix(chart)) if path.startswith(chart) else ""
        fake = self.server.fake
        fake.requests.append(Asked(host, f"/{path}", query, symbol, time.monotonic()))
        if symbol:
            fake.wait_while_held(symbol)
        fault = fake.fault_of(symbol)
        if fault == "silent_cookie_host":
            fault = "hang" if host in COOKIE_HOSTS else ""
        elif host in COOKIE_HOSTS and fault not in ("drop", "hang"):
            fault = ""
        if fault and not self._misbehave(fault):
            return
        if symbol:
            self._chart(symbol, query, fault)
        elif host == "fc.yahoo.com":
            self._send(404, "text/html", b"", {"Set-Cookie": "A3=d=fake; Max-Age=31536000"})
        elif path == "v1/test/getcrumb":
            self._send(200, "text/plain", b"fakecrumb")
        else:
            self._send(404, "text/html", b"<html><body>Not here.</body></html>")

    def _control(self, query: Mapping[str, str]) -> None:
        symbol, fault = query.get("symbol", "*"), query.get("fault", "recover")
        try:
            self.server.fake.fault(symbol, fault)
        except ValueError as problem:
            self._send(400, "text/plain", f"{problem}\n".encode())
            return
        self._send(
            200, "text/plain", f"{query.get('symbol', '*')}: {query.get('fault', 'recover')}\n".encode()
        )

    def _misbehave(self, fault: str) -> bool:
        """Do what needs no prices; whether an answer is still to be given."""
        fake = self.server.fake
        if fault == "drop":
            self.close_connection = True
            self.connection.close()
        elif fault == "hang":
            fake.released.wait(LONGEST_WAIT)
            self.close_connection = True
        elif fault == "rate_limited":
            self._send(429, "text/plain", b"Too Many Requests\r\n")
        elif fault == "error_500":
            self._send(500, "text/html", b"<html><body>Internal Server Error</body></html>")
        elif fault == "garbage":
            self._send(200, "application/json", bytes(range(256)))
        elif fault == "html":
            self._send(200, "text/html", b"<html><body>We value your privacy</body></html>")
        elif fault in ("consent", "elsewhere"):
            target = "consent.yahoo.com/v2/collectConsent" if fault == "consent" else "yahoo.com.example/"
            self._send(302, "text/html", b"", {"Location": f"https://{target}"})
        else:
            return True
        return False

    def _chart(self, symbol: str, query: Mapping[str, str], fault: str) -> None:
        answer = None if fault == "unknown" else self.server.fake.chart(symbol, query)
        if answer is None:
            said = {"code": "Not Found", "description": "No data found, symbol may be delisted"}
            body = json.dumps({"chart": {"result": None, "error": said}}).encode()
            self._send(404, "application/json", body)
            return
        body = json.dumps(answer, allow_nan=False).encode()
        if fault == "truncated":
            body = body[: len(body) // 2]
        if fault == "drip":
            self._drip(body)
            return
        self._send(200, "application/json", body)

    def _drip(self, body: bytes) -> None:
        self._head(200, "application/json", len(body), {})
        with suppress(OSError):
            for byte in body:
                self.wfile.write(bytes([byte]))
                self.wfile.flush()
                if self.server.fake.released.wait(1.0):
                    break
        self.close_connection = True

    def _send(self, status: int, kind: str, body: bytes, more: Mapping[str, str] | None = None) -> None:
        with suppress(OSError):
            self._head(status, kind, len(body), more or {})
            self.wfile.write(body)

    def _head(self, status: int, kind: str, length: int, more: Mapping[str, str]) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(length))
        for name, value in more.items():
            self.send_header(name, value)
        self.end_headers()


def main(arguments: list[str] | None = None) -> None:
    """Serve a folder of price files until interrupted."""
    parser = argparse.ArgumentParser(prog="python -m tests.fake_yahoo", description=__doc__.split("\n")[0])
    parser.add_argument("--folder", type=Path, required=True, help="price files, such as SPY.csv and vix.csv")
    parser.add_argument("--port", type=int, default=0)
    options = parser.parse_args(arguments)
    faults = "\n".join(f"  {name:<20}{what}" for name, what in FAULTS.items())
    with FakeYahoo(options.folder, port=options.port) as yahoo:
        sys.stdout.write(
            f"HEDGEBOARD_YAHOO_MIRROR={yahoo.url}\n"
            f"Serving {', '.join(yahoo.symbols())}.\n"
            f"Faults, by {yahoo.url}/control?fault=NAME&symbol=SYMBOL (without symbol: all; recover ends):\n"
            f"{faults}\n"
        )
        sys.stdout.flush()
        with suppress(KeyboardInterrupt):
            threading.Event().wait()


if __name__ == "__main__":
    main()

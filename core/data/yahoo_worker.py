"""The process that runs yfinance: one JSON line in for a symbol, one out with its history or what went wrong.

yfinance asks for its cookie under a lock of the whole process and may wait there for long; a process, unlike
a thread, can be ended from outside. `core.data.yahoo_process` starts this file as a script, so it imports
nothing of `core`; it asks for up to four symbols at once and ends when its standard input does.

Every request goes through one session, which reaches hosts of yahoo.com over https and no other. With
``HEDGEBOARD_YAHOO_MIRROR=<address>`` in the environment `https://<host>.yahoo.com/<path>` is asked for at
`<address>/<host>.yahoo.com/<path>` instead: for a company's gateway, and for tests without a network.
"""

import json
import os
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Final
from urllib.parse import urljoin, urlsplit

MIRROR: Final = "HEDGEBOARD_YAHOO_MIRROR"
PARALLEL: Final = 4
CHART: Final = "/v8/finance/chart/"
COOKIE_SECONDS: Final = 3.0
"""The longest wait for a cookie or what goes with it: prices come without, so they must not wait for it."""
COOKIE_REST_SECONDS: Final = 60.0
MOST_REDIRECTS: Final = 5
EXCHANGE_ZONE: Final = "America/New_York"
BARS: Final = {
    "open": "Open",
    "high": "High",
    "low": "Low",
    "close": "Close",
    "adj_close": "Adj Close",
    "volume": "Volume",
}


class Refused(Exception):
    """A chart answer with a status of 4xx or 5xx; raised here so that yfinance does not ask once more."""

    def __init__(self, status: int, text: str) -> None:
        super().__init__(f"status {status}")
        self.status = status
        self.text = text


class Outside(Exception):
    """A request for a host that is not Yahoo's, which was not made."""


def mirrored(url: str, mirror: str) -> str:
    """Where a URL of Yahoo's is really asked for.

    Raises
    ------
    Outside
        When it is not https, or the host is not yahoo.com or below it.
    """
    parts = urlsplit(url)
    host = parts.hostname or ""
    if parts.scheme != "https" or not (host == "yahoo.com" or host.endswith(".yahoo.com")):
        raise Outside(f"not a host of Yahoo's: {host[:100]}")
    if not mirror:
        return url
    query = f"?{parts.query}" if parts.query else ""
    return f"{mirror.rstrip('/')}/{host}{parts.path or '/'}{query}"


def bounded_session(mirror: str) -> Any:
    """A curl_cffi session for yfinance that keeps to Yahoo's hosts and to bounded waits."""
    from curl_cffi.requests import Response, Session
    from curl_cffi.requests.exceptions import Timeout

    class BoundedSession(Session[Response]):
        """Follows redirects by hand, so that each host is checked; rests after a silent cookie host."""

        _rest_until = 0.0

        def request(  # type: ignore[override]
            self, method: Any, url: str, **options: Any
        ) -> Any:
            chart = urlsplit(url).path.startswith(CHART)
            if not chart:
                if time.monotonic() < self._rest_until:
                    raise Timeout("the host of the cookies was silent a moment ago")
                options["timeout"] = min(options.get("timeout") or COOKIE_SECONDS, COOKIE_SECONDS)
            options["allow_redirects"] = False
            try:
                response = self._follow(method, url, options)
            except Timeout:
                if not chart:
                    self._rest_until = time.monotonic() + COOKIE_REST_SECONDS
                raise
            # A refusal of the cookie (401, 403) is left to yfinance, which then gets itself another one.
            if chart and response.status_code >= 400 and response.status_code not in (401, 403):
                raise Refused(response.status_code, response.text[:2000])
            return response

        def _follow(self, method: Any, url: str, options: dict[str, Any]) -> Any:
            for _ in range(MOST_REDIRECTS):
                response = super().request(method, mirrored(url, mirror), **options)
                target = response.headers.get("location")
                if response.status_code not in (301, 302, 303, 307, 308) or not target:
                    break
                url = urljoin(url, target)
                options = {k: v for k, v in options.items() if k not in ("params", "data", "json")}
                method = "GET"
            response.url = url  # yfinance knows a page that asks for consent by its host
            return response

    return BoundedSession(impersonate="chrome")


def history(symbol: str, start: str | None, timeout: float, session: Any) -> dict[str, Any]:
    """One symbol's daily history as plain lists: `days`, the columns of `BARS`, `actions` and `currency`.

    With them come `kind` ("EQUITY") and `zone` ("America/New_York") as Yahoo has them, or "".
    Rows without a price are kept; the last may be of the running session. Raises whatever yfinance does.
    """
    import yfinance as yf
    from yfinance.data import YfData

    # It keeps answers that were errors, and would give them again after the provider has recovered.
    YfData().cache_get.cache_clear()
    ticker = yf.Ticker(symbol, session=session)
    # Else it asks once more for each new symbol, only to know in which zone to read `start`.
    ticker._tz = EXCHANGE_ZONE
    reach = {"period": "max"} if start is None else {"start": start}
    frame = ticker.history(
        **reach,
        interval="1d",
        prepost=False,
        auto_adjust=False,
        back_adjust=False,
        actions=True,
        repair=False,
        keepna=True,
        timeout=timeout,
    )
    days = [str(day) for day in frame.index.date]
    found: dict[str, Any] = {name: frame[label].astype(float).tolist() for name, label in BARS.items()}
    actions = [
        [day, kind, value]
        for label, kind in (("Dividends", "dividend"), ("Stock Splits", "split"))
        for day, value in zip(days, frame[label].astype(float).tolist(), strict=True)
        if value > 0.0
    ]
    told = ticker.history_metadata
    return {
        "days": days,
        **found,
        "actions": sorted(actions),
        "currency": str(told["currency"] or ""),
        "kind": str(told.get("instrumentType") or ""),
        "zone": str(told.get("exchangeTimezoneName") or ""),
    }


def fault_of(error: Exception) -> dict[str, str]:
    """What went wrong, as a `kind` and a `detail` for the log.

    Kinds: rate_limited, unknown, empty (it knows the symbol and has no prices), wrong_answer, unreachable,
    timeout. yfinance's own words are no cause: it calls most of these "possibly delisted".
    """
    from curl_cffi.requests import exceptions as web
    from yfinance.exceptions import YFPricesMissingError, YFRateLimitError

    detail = f"{type(error).__name__}: {error}"[:300]
    if isinstance(error, YFRateLimitError) or (isinstance(error, Refused) and error.status == 429):
        kind = "rate_limited"
    elif isinstance(error, Refused):
        kind = _kind_of_refusal(error)
    elif isinstance(error, YFPricesMissingError):
        kind = _kind_of_reason(getattr(error, "yahoo_reason", None) or "")
    elif isinstance(error, web.Timeout):
        kind = "timeout"
    elif isinstance(error, (web.ConnectionError, web.ProxyError, web.InterfaceError)):
        kind = "unreachable"
    else:
        kind = "wrong_answer"
    return {"kind": kind, "detail": detail}


def _kind_of_refusal(error: Refused) -> str:
    try:
        said = json.loads(error.text)["chart"]["error"]
        code, description = str(said.get("code", "")), str(said.get("description", ""))
    except (ValueError, LookupError, TypeError, AttributeError):
        return "wrong_answer"
    return "unknown" if code == "Not Found" else _kind_of_reason(description, other="wrong_answer")


def _kind_of_reason(reason: str, *, other: str = "empty") -> str:
    said = reason.lower()
    if "no data found" in said or "not found" in said:
        return "unknown"
    return "empty" if "data doesn't exist" in said else other


def main(folder: str) -> None:
    """Answer the lines of standard input until it ends; `folder` is where yfinance keeps its cookie."""
    import warnings

    out = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)  # whatever a library prints must not end up between the answers
    writing = threading.Lock()

    def say(line: dict[str, Any]) -> None:
        text = json.dumps(line)
        with writing:
            out.write(text + "\n")
            out.flush()

    import yfinance as yf

    warnings.simplefilter("ignore")  # after the import, which turns its own warnings on
    yf.set_tz_cache_location(folder)
    yf.config.debug.hide_exceptions = False
    session = bounded_session(os.environ.get(MIRROR, ""))
    say({"ready": True})

    def answer(ask: dict[str, Any]) -> None:
        try:
            found = history(ask["symbol"], ask["start"], ask["timeout"], session)
        except Exception as error:  # yfinance raises of every kind, AttributeError and KeyError among them
            say({"id": ask["id"], "fault": fault_of(error)})
        else:
            say({"id": ask["id"], "answer": found})

    with ThreadPoolExecutor(PARALLEL) as pool:
        for line in sys.stdin:
            pool.submit(answer, json.loads(line))
        os._exit(0)  # nobody reads any more, and a thread may hang


if __name__ == "__main__":
    main(sys.argv[1])

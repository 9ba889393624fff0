import stat
from pathlib import Path

import pytest

from core.data.yahoo_process import cookie_folder
from core.data.yahoo_worker import Outside, Refused, fault_of, mirrored

CHART = "https://query2.finance.yahoo.com/v8/finance/chart/SPY"


def test_a_url_is_asked_for_where_it_says_or_at_the_mirror() -> None:
    assert mirrored(CHART, "") == CHART
    assert mirrored(CHART, "http://127.0.0.1:80/") == (
        "http://127.0.0.1:80/query2.finance.yahoo.com/v8/finance/chart/SPY"
    )
    assert mirrored("https://fc.yahoo.com", "http://gate") == "http://gate/fc.yahoo.com/"
    assert mirrored("https://yahoo.com/a?b=c", "http://gate") == "http://gate/yahoo.com/a?b=c"


@pytest.mark.parametrize(
    "url",
    [
        "http://query2.finance.yahoo.com/",
        "https://yahoo.com.example/",
        "https://notyahoo.com/",
        "https://example.com/yahoo.com",
        "https://user@example.com:443/.yahoo.com",
        "https://127.0.0.1/",
        "file:///etc/hosts",
        "",
    ],
)
@pytest.mark.parametrize("mirror", ["", "http://gate"])
def test_w9_no_other_host_is_asked(url: str, mirror: str) -> None:
    with pytest.raises(Outside):
        mirrored(url, mirror)


NOT_FOUND = '{"chart":{"result":null,"error":{"code":"Not Found","description":"No data found, symbol may"}}}'
NO_DATES = '{"chart":{"error":{"code":"Bad Request","description":"Data doesn\'t exist for startDate = 1"}}}'


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (Refused(429, "Too Many Requests"), "rate_limited"),
        (Refused(404, NOT_FOUND), "unknown"),
        (Refused(404, "<html>not here</html>"), "wrong_answer"),
        (Refused(404, '{"chart": []}'), "wrong_answer"),
        (Refused(404, '{"chart": {"error": null}}'), "wrong_answer"),
        (Refused(400, NO_DATES), "empty"),
        (Refused(400, '{"chart":{"error":{"code":"Bad Request","description":"Odd"}}}'), "wrong_answer"),
        (Refused(503, ""), "wrong_answer"),
        (KeyError("currency"), "wrong_answer"),
        (AttributeError("'NoneType' object"), "wrong_answer"),
        (Outside("example.com"), "wrong_answer"),
    ],
)
def test_n4_what_went_wrong_has_a_kind(error: Exception, kind: str) -> None:
    assert fault_of(error)["kind"] == kind


def test_what_yfinance_and_curl_raise_has_a_kind() -> None:
    from curl_cffi.requests import exceptions as web
    from yfinance.exceptions import YFPricesMissingError, YFRateLimitError

    assert fault_of(YFRateLimitError())["kind"] == "rate_limited"
    assert fault_of(YFPricesMissingError("A", "(1d)"))["kind"] == "empty"
    delisted = YFPricesMissingError("A", "", yahoo_reason="No data found, symbol may be delisted")
    assert fault_of(delisted)["kind"] == "unknown"
    assert fault_of(web.DNSError("no such host"))["kind"] == "unreachable"
    assert fault_of(web.ConnectTimeout("late"))["kind"] == "timeout"
    assert fault_of(web.IncompleteRead("cut"))["kind"] == "wrong_answer"


def test_the_cookie_is_kept_where_nobody_else_can_read(tmp_path: Path) -> None:
    own = cookie_folder(str(tmp_path))
    assert own == tmp_path / "yahoo-cookies"
    assert stat.S_IMODE(own.stat().st_mode) == 0o700
    assert cookie_folder(str(tmp_path)) == own
    # What others may write into, or a link to elsewhere, is not used: yfinance unpickles what lies there.
    own.chmod(0o755)
    other = cookie_folder(str(tmp_path))
    assert other != own
    assert stat.S_IMODE(other.stat().st_mode) == 0o700
    own.rmdir()
    own.symlink_to(other)
    assert cookie_folder(str(tmp_path)) not in (own, other)
    assert cookie_folder("") != cookie_folder("")

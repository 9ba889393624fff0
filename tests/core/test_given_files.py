"""The command line with files: a book, readings, prices of one's own, named there or in the settings."""

import json
from pathlib import Path

import numpy as np
import pytest

from core import Settings, analyse
from core.__main__ import main
from core.data.exchange import sessions_between
from core.data.own import keep_own
from core.data.store import shared_store
from core.given_files import GivenFiles, take_files
from core.settings import OwnSeries

DAYS = sessions_between(np.datetime64("2020-12-31"), np.datetime64("2022-12-28"))


def prices(scale: float, seed: int) -> str:
    rng = np.random.default_rng(seed)
    close = scale * np.exp(np.cumsum(rng.normal(0, 0.01, len(DAYS))))
    return "date,close\n" + "".join(f"{day},{price:.4f}\n" for day, price in zip(DAYS, close, strict=True))


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("HEDGEBOARD_CACHE", str(tmp_path / "store"))
    here = tmp_path / "here"
    (here / "sub").mkdir(parents=True)
    (here / "acme.csv").write_text(prices(50.0, 1))
    (here / "sub" / "acme.csv").write_text(prices(80.0, 2))
    (here / "book.csv").write_text("ticker,shares\nAAPL,100\nACME,50\nCASH,5000\n")
    (here / "flow.csv").write_text("date,usd\n2022-12-28,12bn\n")
    monkeypatch.chdir(here)
    return here


def found(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[dict, str]:
    assert main([*arguments, "--json"]) == 0
    out, err = capsys.readouterr()
    return json.loads(out), err


def refused(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    assert main(list(arguments)) == 2
    out, err = capsys.readouterr()
    assert out == ""
    return err


def last_close(text: str) -> float:
    return float(text.splitlines()[-1].split(",")[1])


def test_files_on_the_command_line(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    one, err = found(
        capsys,
        "--positions",
        "book.csv",
        "--flow",
        "flow.csv",
        "--prices",
        "acme=acme.csv",
        "--source",
        "sample",
    )
    assert err == ""
    assert [line["ticker"] for line in one["exposure"]] == ["AAPL", "ACME"]
    assert one["exposure"][1]["price"] == last_close((folder / "acme.csv").read_text())
    assert one["book"]["cash"] == 5000
    assert one["signals"]["stop_loss_cluster"]["value"] == 12e9
    assert one["data"]["series"][-1]["origin"] == "acme.csv"
    assert [s["ticker"] for s in one["data"]["series"]] == ["SPX", "AAPL", "^IRX", "ACME"]


def test_a_settings_file_names_files_beside_itself(
    folder: Path, capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    named = {"files": {"positions": "book.csv", "flow": "flow.csv", "prices": {"ACME": "sub/acme.csv"}}}
    (folder / "settings.json").write_text(json.dumps(named))
    monkeypatch.chdir(tmp_path)
    settings = str(Path("here") / "settings.json")
    one, _ = found(capsys, "--settings", settings)
    assert one["exposure"][1]["price"] == last_close((folder / "sub" / "acme.csv").read_text())
    assert one["signals"]["stop_loss_cluster"]["value"] == 12e9
    # The command line wins, and its paths are relative to where one stands.
    two, _ = found(capsys, "--settings", settings, "--prices", "ACME=here/acme.csv")
    assert two["exposure"][1]["price"] == last_close((folder / "acme.csv").read_text())


def test_the_same_settings_give_the_same_bytes_without_the_files(folder: Path) -> None:
    files = GivenFiles(Path("book.csv"), Path("flow.csv"), (("ACME", Path("acme.csv")),))
    settings, _ = take_files(Settings(), files, cash_known=False)
    one = analyse(settings, bootstrap=False)
    for name in ("book.csv", "flow.csv", "acme.csv"):
        (folder / name).unlink()
    assert analyse(settings, bootstrap=False) == one
    assert settings.data.own[0][::2] == ("ACME", "acme.csv")


def test_a_book_without_a_cash_line_has_not_the_samples_cash(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "book.csv").write_text("ticker,shares\nAAPL,100\nKO,-50\n")
    one, err = found(capsys, "--positions", "book.csv")
    assert one["book"]["cash"] == 0
    assert err == "book.csv: Short: KO.\nbook.csv: It has no cash line: cash is taken as zero.\n"
    (folder / "settings.json").write_text('{"portfolio": {"cash": 77}}')
    one, _ = found(capsys, "--positions", "book.csv", "--settings", "settings.json")
    assert one["book"]["cash"] == 77


def test_dollars_become_shares_at_prices_of_ones_own(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "book.csv").write_text("ticker,value\nAAPL,10000\nACME,1000\nCASH,1\n")
    one, _ = found(capsys, "--positions", "book.csv", "--prices", "ACME=acme.csv")
    price = last_close((folder / "acme.csv").read_text())
    assert one["exposure"][1]["shares"] == 1000 // price


def test_a_folder_alone_means_the_source_files(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for name, seed in (("SPY", 4), ("SH", 5), ("AAPL", 6)):
        (folder / f"{name}.csv").write_text(prices(100.0, seed))
    (folder / "book.csv").write_text("ticker,shares\nAAPL,100\nCASH,1\n")
    one, _ = found(capsys, "--folder", ".", "--positions", "book.csv")
    assert (one["source"], one["benchmark"]) == ("files", "SPY")
    assert one["headline"].startswith("Prices stale (")
    assert one["data"]["stale_sessions"] > 900
    other, _ = found(capsys, "--folder", ".", "--positions", "book.csv", "--as-of", "2022-12-28")
    assert other["headline"].startswith("Beta ")
    assert (other["data"]["expected"], other["data"]["stale_sessions"]) == ("2022-12-28", 0)
    # Also where the settings file names another source; one named beside it wins.
    (folder / "settings.json").write_text('{"data": {"provider": "sample"}}')
    named = ("--settings", "settings.json", "--positions", "book.csv")
    assert found(capsys, *named)[0]["source"] == "sample"
    assert found(capsys, *named, "--folder", ".")[0]["source"] == "files"
    assert found(capsys, *named, "--folder", ".", "--source", "sample")[0]["source"] == "sample"


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (
            ["--prices", "acme.csv"],
            "'acme.csv' does not name a ticker and a file.\nWrite it like ACME=acme.csv.",
        ),
        (["--prices", "ACME=acme.csv", "--prices", "acme=acme.csv"], "acme has two files."),
        (["--prices", "ACME=gone.csv"], "gone.csv cannot be read: No such file or directory."),
        (["--prices", "../x=acme.csv"], "'../X' cannot be a ticker. [data.own]"),
        (
            ["--prices", "SPX=acme.csv"],
            "SPX is the benchmark: its prices cannot be a file of your own. [data.own]",
        ),
        (["--prices", "ACME=book.csv"], "book.csv lacks a column. Found: 'ticker', 'shares'."),
        (["--positions", "."], "cannot be read: Is a directory."),
        (["--positions", "flow.csv"], "[portfolio.holdings]"),
        (["--positions", "weights.csv"], "weights.csv has weights, and nothing says of how many dollars."),
        (["--positions", "large.csv"], "large.csv is over 10 MB."),
        (["--flow", "book.csv"], "[triggers.flow]"),
        (["--source", "bloomberg"], "There is no price source 'bloomberg'. [data.provider]"),
        (["--source", "files"], "No folder with price files is chosen. [data.folder]"),
    ],
)
def test_refusals(folder: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], words: str) -> None:
    (folder / "weights.csv").write_text("ticker,weight\nAAPL,50%\n")
    (folder / "large.csv").write_bytes(b"\n" * (10 * 2**20 + 1))
    err = refused(capsys, *arguments)
    assert words in err
    assert "Traceback" not in err


@pytest.mark.parametrize(
    ("section", "words"),
    [
        ("[1]", "The section files must look like"),
        (
            '{"position": "book.csv"}',
            "There is no kind of file 'position'. [files.position]\nDid you mean 'positions'?",
        ),
        ('{"positions": 5}', "files.positions must be the name of a file, not '5'. [files.positions]"),
        ('{"flow": ""}', "files.flow must be the name of a file"),
        ('{"prices": "acme.csv"}', "must name a file for each ticker"),
        ('{"prices": {"ACME": null}}', "files.prices.ACME must be the name of a file"),
        ('{"flow": "a\\u0000b"}', "files.flow must be the name of a file"),
    ],
)
def test_a_files_section_of_another_shape(
    folder: Path, capsys: pytest.CaptureFixture[str], section: str, words: str
) -> None:
    (folder / "settings.json").write_text(f'{{"files": {section}}}')
    assert words in refused(capsys, "--settings", "settings.json")


# ---- series of one's own in the pipeline


def own(ticker: str, path: Path) -> OwnSeries:
    return OwnSeries(ticker, keep_own(path.read_bytes(), name=path.name, ticker=ticker)[0], path.name)


def with_own(*rows: OwnSeries) -> Settings:
    book = (("AAPL", 100.0), *((row.ticker, 50.0) for row in rows))
    return Settings().with_value("data.own", rows).with_value("portfolio.holdings", book)


def test_a_holding_whose_file_is_gone_is_listed_and_the_rest_goes_on(folder: Path) -> None:
    settings = with_own(own("ACME", folder / "acme.csv"), own("ZZZ", folder / "acme.csv"))
    settings = settings.with_value("portfolio.holdings", (*settings.portfolio.holdings, ("NOSUCH", 1.0)))
    shared_store().clear()
    found = analyse(settings, bootstrap=False).exposure.left_out
    assert [(item.ticker, item.reason) for item in found] == [
        ("ACME", "its file acme.csv is not on this machine; left out of NAV"),
        ("ZZZ", "its file acme.csv is not on this machine; left out of NAV"),
        ("NOSUCH", "the source (sample) has no prices for it; left out of NAV"),
    ]


def test_the_hedge_may_be_ones_own(folder: Path) -> None:
    hedge = own("SH", folder / "acme.csv")
    settings = Settings().with_value("data.own", (hedge,)).with_value("data.hedge", "SH")
    market = analyse(settings, bootstrap=False).market
    assert market.hedge_close[-1] == last_close((folder / "acme.csv").read_text())
    assert "acme.csv" in [one.origin for one in market.health]


def test_one_that_is_not_asked_for_is_left_alone(folder: Path) -> None:
    row = own("ACME", folder / "acme.csv")
    shared_store().clear()
    assert (
        analyse(Settings().with_value("data.own", (row,)), bootstrap=False).market
        == analyse(Settings(), bootstrap=False).market
    )


def test_h1_as_of_a_day_a_file_equals_one_that_ends_there(folder: Path) -> None:
    text = (folder / "acme.csv").read_text()
    lines = text.splitlines(keepends=True)
    day = lines[400][:10]
    (folder / "short.csv").write_text("".join(lines[:401]))
    short, whole = with_own(own("ACME", folder / "short.csv")), with_own(own("ACME", folder / "acme.csv"))
    one, two = (analyse(s.with_value("data.as_of", day), bootstrap=False) for s in (short, whole))
    assert one.order == two.order
    assert [h for h in one.market.health if h.ticker != "ACME"] == [
        h for h in two.market.health if h.ticker != "ACME"
    ]
    mine = [next(h for h in a.market.health if h.ticker == "ACME") for a in (one, two)]
    assert (mine[0].used, mine[0].last, mine[0].left_out) == (mine[1].used, mine[1].last, mine[1].left_out)
    assert str(one.headline) == str(two.headline)

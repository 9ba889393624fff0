"""The command line: what it prints, and how it refuses."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from core.__main__ import main

ROOT = Path(__file__).resolve().parents[2]


def command(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "core", *arguments],
        cwd=ROOT,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
    )


def write(folder: Path, text: str) -> str:
    path = folder / "settings.json"
    path.write_text(text, encoding="utf-8")
    return str(path)


def test_text_of_the_sample(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([]) == 0
    out, err = capsys.readouterr()
    assert out.startswith("Beta ")
    assert "Order: " in out
    assert err == ""


def test_settings_as_of_and_json(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = write(
        tmp_path, '{"portfolio": {"holdings": [["AAPL", 100]], "cash": 10}, "beta": {"window_sessions": 90}}'
    )
    assert main(["--settings", path, "--as-of", "2020-03-15", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["as_of"] == "2020-03-13"  # the 15th was a Sunday
    assert [line["ticker"] for line in found["exposure"]] == ["AAPL"]
    assert found["exposure"][0]["observations"] == 90
    assert found["book"]["cash"] == 10.0


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("{", "is not JSON"),
        ("[1]", "must hold one JSON object"),
        ("[" * 100_000, "is not JSON"),
        (
            '{"beta": {"window_sessions": 5}}',
            "Window is 5 sessions, outside its range. [beta.window_sessions]\n",
        ),
        ('{"beta": {"window": 90}}', "There is no setting in beta 'window'. [beta.window]\n"),
        ('{"beta": {"window_sessions": NaN}}', "not a finite number"),
        ('{"data": {"benchmark": "TSLA"}}', "The sample has no prices for TSLA. [data.benchmark]"),
        ('{"portfolio": {"cash": -9e9}}', "not above zero. [portfolio.cash]"),
        ('{"data": {"provider": "files"}}', "No folder with price files is chosen. [data.folder]"),
    ],
)
def test_refusals_are_one_message_on_stderr_and_code_2(
    text: str, words: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["--settings", write(tmp_path, text)]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert words in err
    assert "Traceback" not in err


def test_a_file_that_is_missing_a_folder_or_no_text(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "bytes.json").write_bytes(b"\xff\xfe\x00")
    for name, words in (
        ("gone.json", "cannot be read"),
        ("", "cannot be read"),
        ("bytes.json", "is not JSON"),
    ):
        assert main(["--settings", str(tmp_path / name)]) == 2
        assert words in capsys.readouterr().err


@pytest.mark.parametrize(
    ("day", "words"),
    [("yesterday", "not a date like 2025-04-04. [data.as_of]"), ("1999-01-01", "[data.as_of]")],
)
def test_a_day_that_cannot_be(day: str, words: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--as-of", day]) == 2
    assert words in capsys.readouterr().err


def test_h20_same_bytes_for_another_hash_seed() -> None:
    one, two = (command("--json", PYTHONHASHSEED=seed) for seed in ("1", "77"))
    assert one.returncode == 0
    assert one.stderr == ""
    assert one.stdout == two.stdout
    assert "NaN" not in one.stdout
    assert json.loads(one.stdout)["benchmark"] == "SPX"


def test_a_console_with_few_letters_still_gets_the_text() -> None:
    found = command(PYTHONIOENCODING="ascii", PYTHONUTF8="0")
    assert found.returncode == 0, found.stderr
    assert "? hedge OFF" in found.stdout  # the arrow before it is no ASCII

"""The tools behind the Makefile: when .venv counts as ready, who may open the page, which browser is used."""

import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from tools import chromium, serve, setup_env

ROOT = Path(__file__).resolve().parent.parent


def program(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\n{text}\n", encoding="utf-8")
    path.chmod(0o755)
    return path


# ---- .venv


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project whose .venv was filled from its lock."""
    (tmp_path / "requirements.lock").write_text("a==1 --hash=sha256:0\n", encoding="utf-8")
    program(tmp_path / ".venv" / "bin" / "python", "echo 3.11")
    stamp = setup_env.stamp_path(tmp_path, "runtime")
    stamp.write_text(setup_env.stamp_text(tmp_path, "runtime", "3.11"), encoding="utf-8")
    return tmp_path


def test_a_filled_venv_is_ready(project: Path) -> None:
    assert setup_env.is_ready(project, "runtime")


def test_a_venv_without_a_stamp_is_not_ready(project: Path) -> None:
    setup_env.stamp_path(project, "runtime").unlink()
    assert not setup_env.is_ready(project, "runtime")


def test_another_lock_is_noticed_whatever_its_date(project: Path) -> None:
    (project / "requirements.lock").write_text("a==2 --hash=sha256:0\n", encoding="utf-8")
    os.utime(project / "requirements.lock", (0, 0))
    assert not setup_env.is_ready(project, "runtime")


def test_a_venv_whose_python_changed_or_went_away_is_not_ready(project: Path) -> None:
    python = program(project / ".venv" / "bin" / "python", "echo 3.13")
    assert not setup_env.is_ready(project, "runtime")
    python.unlink()
    assert not setup_env.is_ready(project, "runtime")


def test_an_install_that_was_cut_off_is_noticed(project: Path) -> None:
    (project / ".venv" / ".installing").touch()
    assert not setup_env.is_ready(project, "runtime")


def test_a_new_venv_is_marked_until_it_is_filled(tmp_path: Path) -> None:
    setup_env.make_venv(tmp_path, setup_env.base_python())
    assert (tmp_path / ".venv" / ".installing").exists()
    assert setup_env.venv_version(tmp_path) == f"{sys.version_info.major}.{sys.version_info.minor}"


def test_the_base_python_is_outside_this_venv() -> None:
    done = subprocess.run(
        [setup_env.base_python(), "-c", "import sys; print(sys.prefix == sys.base_prefix)"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.strip() == "True"


# ---- which Python


def with_python(tmp_path: Path, **programs: str) -> subprocess.CompletedProcess[str]:
    """Run with_python.sh where these programs are the only Pythons. Each is its version, such as 3.9."""
    for name, version in programs.items():
        major, minor = version.split(".")
        answer = (
            f'case "$2" in *"<= (3, 14)"*) [ {major} = 3 ] && [ {minor} -ge 11 ] && [ {minor} -le 14 ];;'
            f" *version_info*) [ {minor} -ge 11 ];; *) echo Python {version}; echo $0 $2;; esac"
        )
        program(tmp_path / name.replace("_", "."), answer)
    script = ROOT / "tools" / "with_python.sh"
    return subprocess.run(
        ["/bin/sh", script, "-c", "what"],
        cwd=tmp_path,
        env={"PATH": str(tmp_path)},
        capture_output=True,
        text=True,
    )


def test_the_first_python_that_is_new_enough_is_used(tmp_path: Path) -> None:
    done = with_python(tmp_path, python3="3.9", python3_12="3.12", python3_11="3.11")
    assert done.stdout.splitlines()[-1].endswith("python3.12 what")


def test_a_python_newer_than_the_lock_is_used_only_when_there_is_no_other(tmp_path: Path) -> None:
    done = with_python(tmp_path, python3="3.15", python3_13="3.13")
    assert done.stdout.splitlines()[-1].endswith("python3.13 what")
    (tmp_path / "python3.13").unlink()
    done = with_python(tmp_path)
    assert done.stdout.splitlines()[-1].endswith("python3 what")
    assert "newer" in done.stderr


def test_without_a_python_it_says_what_is_needed(tmp_path: Path) -> None:
    done = with_python(tmp_path, python3="3.9")
    assert done.returncode == 1
    assert "needs Python 3.11" in done.stderr
    assert "found only Python 3.9" in done.stderr


# ---- serving


@pytest.mark.parametrize(
    ("address", "extra", "allowed"),
    [
        ("localhost", "", ["localhost:5006", "127.0.0.1:5006"]),
        ("0.0.0.0", "", ["localhost:5006", "127.0.0.1:5006"]),
        ("192.0.2.7", "", ["localhost:5006", "127.0.0.1:5006", "192.0.2.7:5006"]),
        ("0.0.0.0", "desk:5006, wall:80", ["localhost:5006", "127.0.0.1:5006", "desk:5006", "wall:80"]),
        ("localhost", "https://risk.example/", ["localhost:5006", "127.0.0.1:5006", "risk.example:80"]),
    ],
)
def test_the_page_opens_under_these_names(address: str, extra: str, allowed: list[str]) -> None:
    assert serve.origins(address, 5006, extra) == allowed


@pytest.mark.parametrize(
    ("address", "given", "folders"),
    [
        ("localhost", None, None),
        ("127.0.0.1", None, None),
        ("::1", None, None),
        ("0.0.0.0", None, "off"),
        ("192.0.2.7", "", "off"),
        ("192.0.2.7", "on", "on"),
        ("localhost", "off", "off"),
    ],
)
def test_where_others_can_reach_it_visitors_name_no_folders(
    address: str, given: str | None, folders: str | None
) -> None:
    environ = {} if given is None else {"HEDGEBOARD_FOLDERS": given}
    serve.guard_folders(address, environ)
    assert environ.get("HEDGEBOARD_FOLDERS") == folders


def test_linear_algebra_takes_one_thread_unless_told_otherwise() -> None:
    fresh: dict[str, str] = {}
    serve.calm_threads(fresh)
    assert fresh == {"OPENBLAS_NUM_THREADS": "1"}
    told = {"OPENBLAS_NUM_THREADS": "4"}
    serve.calm_threads(told)
    assert told == {"OPENBLAS_NUM_THREADS": "4"}


# Tornado leaves the socket open that it could not bind; the process ends then anyway.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_a_taken_port_is_said_plainly() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(SystemExit, match=rf"Port {port} is taken.*\n.*make serve PORT="):
            serve.check_free("127.0.0.1", port)
    serve.check_free("127.0.0.1", port)


@pytest.mark.parametrize("text", ["", "http", "0", "65536", "-1", "50.6"])
def test_a_port_that_is_none_is_refused(text: str) -> None:
    with pytest.raises(SystemExit, match="PORT is"):
        serve.parse_port(text)


# ---- the browser


@pytest.fixture
def bare(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A machine without any browser: no record, an empty PATH, nothing from Playwright."""
    monkeypatch.delenv(chromium.VARIABLE, raising=False)
    monkeypatch.delenv("CI", raising=False)
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    monkeypatch.setenv("PLAYWRIGHT_BROWSERS_PATH", str(tmp_path / "playwright"))
    monkeypatch.setattr(chromium, "RECORD", tmp_path / "record")
    monkeypatch.setattr(chromium, "get_from_debian", lambda: None)
    monkeypatch.setattr(chromium, "get_from_playwright", lambda: None)
    return tmp_path


RENDERS = "echo '<p>it works</p>'"


def test_a_browser_on_the_path_is_found_and_remembered(bare: Path) -> None:
    path = program(bare / "bin" / "chromium", RENDERS)
    assert chromium.find() == str(path)
    assert not chromium.RECORD.exists()
    assert chromium.get() == str(path)
    assert chromium.RECORD.read_text(encoding="utf-8").strip() == str(path)


def test_a_stub_that_renders_nothing_does_not_count(bare: Path) -> None:
    program(bare / "bin" / "chromium", "echo 'Please install the snap' >&2; exit 1")
    assert chromium.find() is None
    other = program(bare / "bin" / "google-chrome", RENDERS)
    assert chromium.find() == str(other)


@pytest.mark.parametrize(
    "name",
    [
        "chromium-1200/chrome-linux/chrome",
        "chromium-1300/chrome-linux64/chrome",
        "chromium_headless_shell-1200/chrome-linux/headless_shell",
        "chromium_headless_shell-1300/chrome-headless-shell-linux64/chrome-headless-shell",
    ],
)
def test_playwright_s_own_is_found(bare: Path, name: str) -> None:
    path = program(bare / "playwright" / name, RENDERS)
    assert chromium.find() == str(path)


def test_a_wrong_choice_is_said(bare: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(chromium.VARIABLE, "nowhere")
    with pytest.raises(ValueError, match="not a program"):
        chromium.find()


def test_one_is_installed_only_when_none_is_there(bare: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []
    browser = bare / "bin" / "chromium"
    monkeypatch.setattr(chromium, "get_from_debian", lambda: asked.append("debian"))
    monkeypatch.setattr(
        chromium, "get_from_playwright", lambda: (asked.append("playwright"), program(browser, RENDERS))
    )
    assert chromium.get() == str(browser)
    assert asked == ["debian", "playwright"]
    assert chromium.get() == str(browser)
    assert asked == ["debian", "playwright"]


def test_without_a_browser_ci_fails_and_others_are_warned(
    bare: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert chromium.main(["--get"]) == 0
    assert "LEFT OUT" in capsys.readouterr().err
    monkeypatch.setenv("CI", "true")
    assert chromium.main(["--get"]) == 1

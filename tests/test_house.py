"""What must agree: lock files, environment.yml, Makefile and README with the sources they describe."""

import re
import shutil
import subprocess
import tomllib
from pathlib import Path

import pytest
import yaml  # comes with bokeh

ROOT = Path(__file__).resolve().parent.parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
RUNTIME: list[str] = PROJECT["project"]["dependencies"]
DEV: list[str] = PROJECT["dependency-groups"]["dev"]
LOCKS = ("requirements.lock", "requirements-dev.lock")
# conda-forge names these otherwise: "playwright" there is the one for Node.js.
ON_CONDA = {"playwright": "playwright-python", "exchange-calendars": "exchange_calendars"}


def pins(requirements: list[str]) -> dict[str, str]:
    found = {}
    for requirement in requirements:
        name, equals, version = requirement.partition("==")
        assert equals, f"{requirement} in pyproject.toml is not an exact pin"
        found[re.sub(r"[-_.]+", "-", name).lower()] = version
    return found


def locked(name: str) -> dict[str, list[tuple[str, str, frozenset[str]]]]:
    """Each package of a lock file: its versions, each with the marker it is for and its hashes."""
    text = (ROOT / name).read_text(encoding="utf-8").replace("\\\n", " ")
    found: dict[str, list[tuple[str, str, frozenset[str]]]] = {}
    for line in text.splitlines():
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        match = re.match(r"([a-z0-9-]+)==([^\s;]+)(?:\s*;\s*(.*?))?\s+--hash", line)
        assert match, f"{name}: not an exact pin with hashes: {line[:80]}"
        hashes = frozenset(re.findall(r"--hash=sha256:([0-9a-f]{64})\b", line))
        found.setdefault(match[1], []).append((match[2], match[3] or "", hashes))
    return found


@pytest.mark.parametrize("name", LOCKS)
def test_lock_holds_every_direct_pin_with_a_hash(name: str) -> None:
    lock = locked(name)
    wanted = pins(RUNTIME if name == "requirements.lock" else RUNTIME + DEV)
    for package, version in wanted.items():
        # No marker: one version for every Python and system.
        assert [(v, marker) for v, marker, _ in lock.get(package, [])] == [(version, "")], (
            f"{package}: run `make lock`"
        )
    assert [package for package, entries in lock.items() if not all(hashes for *_, hashes in entries)] == []


@pytest.mark.parametrize("name", LOCKS)
def test_lock_names_no_host_and_no_folder(name: str) -> None:
    text = (ROOT / name).read_text(encoding="utf-8")
    assert "://" not in text
    assert "--index-url" not in text
    assert "--find-links" not in text
    commands = [line for line in text.splitlines()[:5] if line.startswith("#")]
    assert commands[-1].strip("# ") == "make lock"


def test_development_lock_holds_the_runtime_lock() -> None:
    runtime, dev = locked("requirements.lock"), locked("requirements-dev.lock")
    assert {name: entries for name, entries in dev.items() if name in runtime} == runtime


def test_environment_for_conda_holds_the_same_direct_pins() -> None:
    environment = yaml.safe_load((ROOT / "environment.yml").read_text(encoding="utf-8"))
    assert environment["channels"][0] == "conda-forge"
    given = [entry for entry in environment["dependencies"] if isinstance(entry, str)]
    for entry in environment["dependencies"]:
        if isinstance(entry, dict):  # what conda-forge does not have
            given += entry["pip"]
    names = dict(re.fullmatch(r"([a-z0-9_-]+) ?(.*)", entry).groups() for entry in given)
    assert names.pop("python") == PROJECT["project"]["requires-python"]
    names.pop("pip", None)
    wanted = {ON_CONDA.get(name, name): f"=={version}" for name, version in pins(RUNTIME + DEV).items()}
    assert names == wanted


def test_make_explains_every_target() -> None:
    text = (ROOT / "Makefile").read_text(encoding="utf-8")
    phony = set(re.search(r"^\.PHONY: (.*)$", text, re.MULTILINE)[1].split())
    targets = set(re.findall(r"^([a-z]+):", text, re.MULTILINE))
    explained = set(re.findall(r"^([a-z]+):[^#\n]*## \S", text, re.MULTILINE))
    assert phony == targets
    assert explained == targets - {"runtime", "dev"}
    done = subprocess.run(["make", "-s"], cwd=ROOT, capture_output=True, text=True, check=True)
    assert {line.split()[1] for line in done.stdout.splitlines()} == explained


def test_readme_names_every_setting() -> None:
    from core.settings import Settings

    text = (ROOT / "README.md").read_text(encoding="utf-8")
    names = [f"{section}.{name}" for section, config in Settings().sections() for name, _ in config.specs()]
    assert names
    assert [name for name in names if f"`{name}`" not in text] == []


def test_readme_gives_the_two_commands() -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    assert "make serve" in text
    assert "make test" in text
    assert "localhost:5006/app" in text


def test_no_file_names_a_folder_of_one_machine_or_a_registry() -> None:
    """A path or a mirror that only one machine has breaks every other one."""
    if shutil.which("git") is None or not (ROOT / ".git").exists():
        pytest.skip("not a git clone")
    folder = re.compile(r"(?<![\w.:/~-])/(?:root|home|work|Users|opt|mnt)/\w")
    registry = re.compile(r"pypi\.org|pythonhosted\.org|conda\.anaconda\.org|registry\.npmjs\.org")
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True)
    found = []
    for name in filter(None, listed.stdout.split("\0")):
        try:
            text = (ROOT / name).read_text(encoding="utf-8")
        except (UnicodeDecodeError, FileNotFoundError):
            continue  # a picture or parquet; or one that is being moved
        found += [f"{name}: {match[0]}" for rule in (folder, registry) for match in rule.finditer(text)]
    assert found == []

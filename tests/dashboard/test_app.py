"""The page as a whole: built for one session, tied together, and let go of."""

import asyncio
import re
import runpy
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import panel as pn
import pytest
from bokeh.document import Document
from panel.io.state import set_curdoc

from dashboard import app as module
from dashboard.app import both_ways, create_app
from dashboard.config import AppConfig
from dashboard.controls import SourceControl
from dashboard.rail import PAGES, Rail
from dashboard.shell import Shell
from dashboard.state import AppState
from dashboard.theme import SERIES, TOKENS, css_variables, series, theme_config, tokens
from dashboard.views import evidence
from dashboard.web import WEB, script
from tests.waiting import until

ROOT = Path(__file__).resolve().parents[2]

# Panel's own Tabulator; fixed there when pandas 4 is out.
pytestmark = pytest.mark.filterwarnings("ignore:The inplace keyword in DataFrame.reset_index")


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[Any]]:
    """What asked to be run once the page has loaded."""
    asked: list[Any] = []
    monkeypatch.setattr(pn.state, "onload", asked.append)
    monkeypatch.setattr(pn.state, "on_session_destroyed", lambda callback: None)
    with set_curdoc(Document()):
        yield asked


def shell_of(page: Any) -> Shell:
    (shell,) = page.main
    assert isinstance(shell, Shell)
    return shell


def test_the_page_is_built_with_all_pages_and_fills_itself(started: list[Any]) -> None:
    shell = shell_of(create_app(AppConfig()))
    assert shell.page_names == [name for name, _ in PAGES]
    assert len(shell.pages) == len(PAGES)
    assert shell.title == ""
    (begin,) = started
    assert not shell.ready
    asyncio.run(begin())
    assert shell.ready
    assert "Residual beta" in shell.title
    assert shell.working == ""


def test_rail_keys_and_bar_move_together(started: list[Any]) -> None:
    async def session() -> None:
        page = create_app(AppConfig())
        shell = shell_of(page)
        shell.page = "exposure"
        assert shell.rail.page == "exposure"
        assert '<p class="strip">' in shell.headline.object
        shell.rail.dark = True
        assert shell.dark
        assert shell.topbar.dark
        assert page.dark_theme
        shell.topbar.open = not shell.open
        assert shell.open == shell.topbar.open

    asyncio.run(session())


def test_a_page_is_built_when_it_is_first_shown_with_quiet_grounds_until_then(started: list[Any]) -> None:
    async def session() -> None:
        shell = shell_of(create_app(AppConfig()))
        place = shell.pages[shell.page_names.index("lab")]
        assert not place.body
        shell.page = "lab"
        shell.page = "today"
        shell.page = "lab"
        await asyncio.sleep(0)
        assert "skeletons" in place.object
        await until(lambda: not place.object)
        assert len(place.body) == 1

    asyncio.run(session())


def test_a_page_that_fails_to_be_built_says_so(started: list[Any], monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(state: object) -> None:
        raise RuntimeError("planted")

    monkeypatch.setattr(evidence, "build", broken)

    async def session() -> str:
        shell = shell_of(create_app(AppConfig()))
        state = shell.panel.state
        shell.page = "evidence"
        await until(lambda: state.problem is not None)
        return str(state.problem.message)

    assert "Something went wrong" in asyncio.run(session())


@pytest.mark.parametrize("folders", [True, False])
def test_a_folder_from_the_browser_is_taken_only_where_that_is_allowed(
    started: list[Any], folders: bool
) -> None:
    shell = shell_of(create_app(AppConfig(folders=folders)))
    state = shell.panel.state
    shown = {control.path for control in shell.panel.groups[0].more}
    assert ({"data.provider", "data.folder"} <= shown) == folders
    assert "data.start" in shown
    assert state.refuses("data.folder") != folders
    if not folders:
        assert not state.change("data.folder", "/etc")
        SourceControl(state, "data.provider").submit("files")
        assert state.settings == AppConfig().settings
        assert "fixed on this server" in state.problem.message


def test_the_key_for_reset_goes_back_to_the_preset(started: list[Any]) -> None:
    async def session() -> None:
        shell = shell_of(create_app(AppConfig()))
        state = shell.panel.state
        state.change("hedge.target_beta", 0.4)
        shell._handle_msg({"key": "r"})
        assert state.changed_paths() == ()
        shell._handle_msg("nonsense")
        shell._handle_msg({"key": "x"})

    asyncio.run(session())


def test_the_positions_open_from_the_panel_and_the_bar(started: list[Any]) -> None:
    async def session() -> None:
        shell = shell_of(create_app(AppConfig()))
        positions, _, sheet = shell.dialogs
        shell.topbar.told({"edit": True})
        assert positions.open
        positions.open = False
        shell.panel.groups[0].objects[0].told({"edit": True})
        assert positions.open
        assert not sheet.open
        shell.topbar.told({"data": True})
        assert sheet.open
        sheet.open = False
        shell.notice.told({"data": True})
        assert sheet.open

    asyncio.run(session())  # the sheet asks the store on another thread


def test_two_sessions_do_not_reach_each_other(started: list[Any]) -> None:
    async def session() -> None:
        first, second = shell_of(create_app(AppConfig())), shell_of(create_app(AppConfig()))
        first.panel.state.change("beta.window_sessions", 252)
        assert second.panel.state.settings.beta.window_sessions == 60
        assert second.panel.count == 0

    asyncio.run(session())


def test_a_page_does_not_follow_the_busy_flag_that_all_visitors_share(started: list[Any]) -> None:
    def watching() -> int:
        watchers: dict[str, Any] = pn.state.param.watchers.get("busy", {})
        return len(watchers.get("value", []))

    before = watching()
    page = create_app(AppConfig())
    assert watching() == before
    pn.state._add_busy_event("another visitor's")
    assert not page.busy
    pn.state._remove_busy_event("another visitor's")


def test_both_ways_settles() -> None:
    state, rail = AppState(dark=True), Rail()
    both_ways(state, "dark", rail)
    assert rail.dark
    rail.dark = False
    assert not state.dark


def test_a_page_that_cannot_be_built_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    shown: list[Any] = []
    monkeypatch.setenv("HEDGEBOARD_SOURCE", "<b>nowhere</b>")
    monkeypatch.setattr(pn.pane.HTML, "servable", lambda self, **_: shown.append(self.object))
    runpy.run_path(str(ROOT / "app.py"))
    assert "could not start" in shown[0]
    assert "&lt;b&gt;nowhere" in shown[0]
    assert "Known: " in shown[0] or "Did you mean" in shown[0]


def test_a_fault_that_nobody_foresaw_is_named_by_its_reference_only(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(_: AppConfig) -> None:
        raise RuntimeError("secret of /srv/prices")

    shown: list[Any] = []
    monkeypatch.setattr(module, "create_app", broken)
    monkeypatch.setattr(pn.pane.HTML, "servable", lambda self, **_: shown.append(self.object))
    runpy.run_path(str(ROOT / "app.py"))
    assert "secret" not in shown[0]
    reference = shown[0].split("reference ")[1].split(")")[0]
    assert reference in caplog.text
    assert "secret of /srv/prices" in caplog.text


def luminance(colour: str) -> float:
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    red, green, blue = (p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    high, low = sorted((luminance(one), luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("ground", ["bg", "sf", "sf2"])
@pytest.mark.parametrize("text", ["t1", "t2", "t3", "acc", "fired", "crit", "warn", "nd"])
def test_text_can_be_read_on_every_ground(theme: str, ground: str, text: str) -> None:
    assert contrast(TOKENS[theme][text], TOKENS[theme][ground]) >= 4.5


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_series_can_be_seen_and_their_labels_read(theme: str) -> None:
    for style_ in SERIES[theme].values():
        assert contrast(style_.line, TOKENS[theme]["sf"]) >= 3.0
        assert contrast(style_.label, TOKENS[theme]["sf"]) >= 4.5
    assert contrast(TOKENS[theme]["on_acc"], TOKENS[theme]["acc"]) >= 4.5


def test_both_themes_have_the_same_names() -> None:
    assert TOKENS["light"].keys() == TOKENS["dark"].keys()
    assert SERIES["light"].keys() == SERIES["dark"].keys()
    assert theme_config().keys() == TOKENS.keys()
    assert tokens(True)["bg"] in css_variables(True)
    assert series(False)["hedged"].line in css_variables(False)


def test_every_colour_is_used_somewhere() -> None:
    files = [*WEB.glob("*.css"), *WEB.glob("*.js"), *(ROOT / "dashboard").rglob("*.py")]
    text = "\n".join(file.read_text(encoding="utf-8") for file in files)
    for name in (*TOKENS["light"], *SERIES["light"]):
        read = rf"""--{name.replace("_", "-")}(-label)?\b|["']{name}["'](?!: )"""
        assert re.search(read, text), name


def test_scripts_and_styles_ask_for_nothing_outside() -> None:
    names = "http://www.w3.org/2000/svg"
    files = [file for file in sorted(WEB.iterdir()) if file.suffix in (".js", ".css")]
    assert script("shell") in files
    for file in files:
        found = re.findall(r"(?:https?:)?//[\w.]+\.[a-z]{2,}[^\s'\"`]*", file.read_text(encoding="utf-8"))
        assert [address for address in found if address != names] == [], file.name


def test_every_component_is_known_before_a_page_is_sent() -> None:
    code = (
        "import dashboard.app, importlib, pkgutil, dashboard\n"
        "from dashboard.component import Component\n"
        "def kinds(one): return {k for s in one.__subclasses__() for k in {s, *kinds(s)}}\n"
        "before = kinds(Component)\n"
        "for m in pkgutil.walk_packages(dashboard.__path__, 'dashboard.'): importlib.import_module(m.name)\n"
        "assert kinds(Component) == before, kinds(Component) - before\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr

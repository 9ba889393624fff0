"""One session's page, put together: state, runner, frame and views."""

import asyncio
import base64
import importlib
import logging
from collections.abc import Mapping
from concurrent.futures import Future
from functools import partial
from typing import Any, Final

import panel as pn
import param
from panel.viewable import Viewable
from panel_material_ui.template.base import Page

from dashboard import controls, headline
from dashboard.book import Book
from dashboard.building import fill
from dashboard.config import AppConfig
from dashboard.data_sheet import DataSheet
from dashboard.flow import FlowDialog
from dashboard.parts import Part
from dashboard.positions import PositionsDialog
from dashboard.problems import Notice
from dashboard.rail import PAGES, Rail
from dashboard.replay import Replay
from dashboard.runner import WAITING, Runner
from dashboard.shell import Shell
from dashboard.state import SERVERS_OWN, AppState
from dashboard.theme import css_variables, theme_config
from dashboard.topbar import TopBar
from dashboard.views import states
from dashboard.views.crashes import replays
from dashboard.web import ASSETS, style

log = logging.getLogger(__name__)

IDLE_SECONDS: Final = 4.0
"""After the first figures, until what other pages need is loaded."""

# Before any page is sent: what the browser must know of a component goes with the page if its class is there
# by then; else Panel sends it once in the life of the process, to whoever is first, and others lack it.
VIEWS: Final = {name: importlib.import_module(f"dashboard.views.{name}") for name, _ in PAGES}

FONT_FACE: Final = (
    "@font-face { font-family: Inter; font-weight: 100 900; font-display: block; "
    "src: url(data:font/woff2;base64,%s) format('woff2'); }"
)


def create_app(config: AppConfig) -> Page:
    """The page for one session. Nothing in it is shared with another session but immutable values."""
    cookies = pn.state.cookies or {}
    dark = cookies.get("hedgeboard_dark") == "1"
    state = AppState(config.settings, fixed=frozenset() if config.folders else SERVERS_OWN, dark=dark)
    runner = Runner(state)
    rail = Rail()
    topbar = TopBar(state, runner)
    book = Book(state)
    positions = PositionsDialog(state, runner)
    notice = Notice(state, runner)
    sheet = DataSheet(state, runner)
    places = {name: Part(kind="place") for name, _ in PAGES}
    replay = Replay(state, lambda: topbar.sessions)
    shell = Shell(
        rail=rail,
        topbar=topbar,
        panel=controls.build(state, runner, book),
        headline=headline.build(state),
        notice=notice,
        pages=list(places.values()),
        dialogs=[positions, FlowDialog(state, runner), sheet],
        replay=replay,
        page_names=[name for name, _ in PAGES],
        sizing_mode="stretch_both",
    )
    page = Page(  # type: ignore[no-untyped-call]
        main=[shell],
        title=headline.TITLE,
        favicon=ASSETS / "favicon.svg",
        dark_theme=state.dark,
        theme_config=theme_config(),
        theme_toggle=False,
        busy_indicator=None,
        raw_css=[_global_css(state.dark), part_css()],
        meta_viewport="width=device-width, initial-scale=1",
        sx={"& .MuiAppBar-root, & .MuiToolbar-root": {"display": "none"}},
    )
    unlink_busy(page)
    links: dict[str, tuple[param.Parameterized, ...]] = {
        "page": (rail, shell),
        "dark": (rail, shell, topbar),
        "settings_open": (shell, topbar),
    }
    for name, parts in links.items():
        for part in parts:
            both_ways(state, name, part)
    for opener in (book, topbar):
        opener.param.watch(lambda _: setattr(positions, "open", True), "editing")
    for asker in (topbar, notice):
        asker.param.watch(lambda _: setattr(sheet, "open", True), "asks_data")
    notice.param.watch(lambda event: setattr(shell, "noticed", event.new), "shown")
    shell.param.watch(lambda _: state.reset(), "resets")
    shell.param.watch(lambda _: replay.toggle(), "replays")
    build_when_shown(state, places)
    state.param.watch(lambda event: setattr(page, "dark_theme", event.new), "dark")
    state.param.watch(lambda event: setattr(shell, "title", headline.page_title(event.new)), "analysis")
    state.param.watch(lambda event: replay.offer(replays(event.new)), "analysis")
    runner.param.watch(lambda event: _show_work(shell, event), "work")

    async def begin() -> None:
        shell.ready = True
        await runner.start()
        # The lab's first comparison is mostly imports. They begin when the first figures have been drawn.
        asyncio.get_running_loop().call_later(IDLE_SECONDS, _warm_up)

    # Mostly there before the browser has read its scripts. It is shown when the browser says that it has:
    # what changes between its reading of the page and that, Panel does not send to components.
    runner.ahead()
    pn.state.onload(begin)
    pn.state.on_session_destroyed(lambda _: runner.stop())
    return page


def both_ways(state: AppState, name: str, part: param.Parameterized) -> None:
    """Keep a parameter of the state and the component's equal; writing an equal value fires nothing."""
    theirs = name.removeprefix("settings_")
    setattr(part, theirs, getattr(state, name))
    state.param.watch(lambda event: setattr(part, theirs, event.new), name)
    part.param.watch(lambda event: setattr(state, name, event.new), theirs)


def build_when_shown(state: AppState, places: Mapping[str, Part]) -> None:
    """Build a page in its place when it is first shown: four pages of charts at once take seconds."""

    def build(name: str) -> Viewable:
        view: Viewable = VIEWS[name].build(state)
        return view

    def show(event: param.parameterized.Event) -> None:
        if not places[event.new].body and event.new not in coming:
            places[event.new].object = states.COMING
            coming[event.new] = asyncio.ensure_future(
                fill(places[event.new], partial(build, event.new), state)
            )

    coming: dict[str, asyncio.Future[None]] = {}
    state.param.watch(show, "page")
    places[state.page].body = [build(state.page)]


def unlink_busy(page: Page) -> None:
    """Take away the page's link to Panel's busy flag, which nothing here shows.

    The flag is one for the process: it turns twice at every message of every visitor, and each page that is
    open then walked all of itself, twice 70 ms. It would keep every closed page in memory, too.
    """
    watchers: dict[str, Any] = pn.state.param.watchers.get("busy", {})
    for watcher in list(watchers.get("value", [])):
        owner = getattr(getattr(watcher.fn, "__self__", None), "self", None)
        if owner is page:
            pn.state.param.unwatch(watcher)


def _warm_up() -> None:
    """Warm on a thread that may wait; nobody asks for its answer, so that a failure is written down here."""
    WAITING.submit(_warm).add_done_callback(_warmed)


def _warmed(done: Future[None]) -> None:
    if not done.cancelled() and (error := done.exception()) is not None:
        log.warning("The lab could not be loaded ahead of its first comparison.", exc_info=error)


def _warm() -> None:
    importlib.import_module("dashboard.lab_jobs").warm()


def _show_work(shell: Shell, event: param.parameterized.Event) -> None:
    work = event.new
    shell.param.update(working=(work.text or "Computing") if work else "", done=work.done if work else 0.0)


def part_css() -> str:
    """The style sheet of all parts of the pages, in the document once: each part takes it from there.

    Sent with every part it was most of what a page weighs. As a rule that holds for no medium it styles
    nothing where it stands.
    """
    return f"@media not all {{ #hedgeboard-parts {{}}\n{style('parts')}\n{style('pages')} }}"


def _global_css(dark: bool) -> str:
    """Font and tokens for the whole document; the theme the page opens in first, so that nothing flashes."""
    font = base64.b64encode((ASSETS / "inter.woff2").read_bytes()).decode("ascii")
    return "\n".join(
        (
            FONT_FACE % font,
            f":root {{ {css_variables(dark)} }}",
            f":root[data-hb=light] {{ color-scheme: light; {css_variables(False)} }}",
            f":root[data-hb=dark] {{ color-scheme: dark; {css_variables(True)} }}",
            style("base"),
        )
    )

"""What the browser does with labels, in a browser: room, distance and short names."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from bokeh.embed import file_html
from bokeh.resources import INLINE
from playwright.sync_api import Page, sync_playwright

from dashboard.charts.labels import APART
from dashboard.charts.lane import Lane, Line
from dashboard.charts.strip import Row, Strip
from dashboard.charts.timeline import History, TimeStack
from tests.strategies import weekdays

pytestmark = pytest.mark.ui

COUNT = 400
LINES = tuple(Line(f"l{i}", "hedged", f"Line number {i}", f"L{i}") for i in range(4))
SEEN = """([range, sources, plots]) => {
  const model = id => Bokeh.documents[0].get_model_by_id(id), at = model(range)
  const data = sources.map(id => model(id).data)
  return {end: at.end, labels: data.map(one => ({text: [...one.text], push: [...one.push], y: [...one.y]})),
    plots: plots.map(id => { const p = model(id), r = p.y_range
      return {width: p.inner_width, height: p.inner_height, left: p.min_border_left,
        low: r.start, high: r.end}
    })}
}"""


@pytest.fixture
def page(chromium_path: str) -> Iterator[Page]:
    with sync_playwright() as playwright:
        sandbox = [] if os.geteuid() else ["--no-sandbox"]
        browser = playwright.chromium.launch(executable_path=chromium_path, args=sandbox)
        yield browser.new_page(viewport={"width": 900, "height": 400})
        browser.close()


def stack() -> TimeStack:
    sessions = weekdays(COUNT)
    grid = np.linspace(1.0, 2.0, COUNT)
    columns = {f"l{i}": grid + 0.002 * i for i in range(4)} | {"vix": np.ones(COUNT)}
    lanes = (Lane("nav", LINES, log=True), Strip("s", (Row("vix", "A signal with a long name", "VIX"),)))
    made = TimeStack(lanes, (), dark=False)
    made.update(History(sessions, columns), (sessions[0], sessions[-1]))
    return made


def seen(page: Page, made: TimeStack) -> dict[str, Any]:
    ids = [
        made.x_range.id,
        [chart.ends.source.id for chart in made.charts],
        [chart.figure.id for chart in made.charts],
    ]
    found: dict[str, Any] = page.evaluate(SEEN, ids)
    return found


def show(page: Page, made: TimeStack, folder: Path) -> list[str]:
    """Open the stack alone in a page; what the page complains about."""
    wrong: list[str] = []
    page.on("pageerror", lambda error: wrong.append(str(error)))
    # Once Panel is imported it asks for files of its own that only a server has.
    page.on(
        "console",
        lambda said: (
            wrong.append(said.text)
            if said.type in ("error", "warning") and "Failed to load resource" not in said.text
            else None
        ),
    )
    html = file_html(made.layout, INLINE, "stack")
    tall = html.replace("<style>", "<style>html, body { height: 100%; margin: 0 }", 1)
    file = folder / "stack.html"
    file.write_text(tall, encoding="utf-8")
    page.goto(file.as_uri())
    page.wait_for_timeout(800)
    return wrong


def test_a_stack_that_shows_nothing_yet_complains_of_nothing(page: Page, tmp_path: Path) -> None:
    made = TimeStack((Lane("nav", LINES), Strip("s", (Row("vix", "VIX"),))), (), dark=True, bars=True)
    assert show(page, made, tmp_path) == []


def test_a_chart_is_no_stop_for_the_keyboard(page: Page, tmp_path: Path) -> None:
    assert show(page, stack(), tmp_path) == []
    stops = page.locator(".bk-events").evaluate_all("found => found.map(one => one.tabIndex)")
    assert stops == [-1, -1]


def test_labels_have_room_and_keep_their_distance(page: Page, tmp_path: Path) -> None:
    made = stack()
    wrong = show(page, made, tmp_path)
    start, last = made.x_range.tags[:2]
    rooms = {}
    for width, names in ((900, [f"Line number {i}" for i in range(4)]), (390, [f"L{i}" for i in range(4)])):
        page.set_viewport_size({"width": width, "height": 400})
        page.wait_for_timeout(800)
        found = seen(page, made)
        labels, plot = found["labels"][0], found["plots"][0]
        assert [text.split(" ", 1)[1] for text in labels["text"]] == names
        low, high = np.log(plot["low"]), np.log(plot["high"])
        y = (np.log(labels["y"]) - low) / (high - low) * plot["height"] + labels["push"]
        assert np.diff(np.sort(y)).min() >= APART - 0.01
        assert np.array_equal(np.argsort(y), np.arange(4))
        assert y.min() >= 7.0
        assert y.max() <= plot["height"] - 7.0
        rooms[width] = (found["end"] - last) / (found["end"] - start) * plot["width"]
        lefts = {one["left"] for one in found["plots"]}
        assert len(lefts) == 1
        assert (lefts.pop() > 100) == (width == 900)
    assert 100 < rooms[900] < 180
    assert 40 < rooms[390] < 90
    assert wrong == []

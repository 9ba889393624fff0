"""What every test shares: how hard hypothesis tries, and the browser of the tests marked `ui`."""

import functools
import os
from typing import Any, Final

import hypothesis
import pytest
from xdist.scheduler import LoadScopeScheduling

from tools import chromium

# On a shared machine an example now and then takes long, which says nothing: no deadline. In CI the examples
# are the same each time, so that a red run comes from the change and not from luck.
hypothesis.settings.register_profile("dev", max_examples=25, deadline=None)
hypothesis.settings.register_profile(
    "ci", max_examples=200, deadline=None, derandomize=True, database=None, print_blob=True
)
hypothesis.settings.load_profile("ci" if os.environ.get("CI") else "dev")

# No test reads or fills the price store of whoever runs it; those that want one on the disk name a folder.
os.environ["HEDGEBOARD_CACHE"] = "off"

LEFT_OUT = "no Chromium"
BROWSER: Final = ("tests/browser/", "tests/dashboard/charts/test_settle.py")


@functools.cache
def _browser() -> str | None:
    return chromium.find()


class OneBrowser(LoadScopeScheduling):
    """Browser tests on one worker: two browsers at once starve each other on two cores."""

    def _split_scope(self, nodeid: str) -> str:
        return "browser" if nodeid.startswith(BROWSER) else nodeid


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> OneBrowser:
    """Share the tests out so; the marks that xdist has for it do nothing under this pytest."""
    return OneBrowser(config, log)


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Browser tests first, for they are the longest."""
    items.sort(key=lambda item: not item.nodeid.startswith(BROWSER))


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Leave a browser test out where there is no browser; in CI that is a failure."""
    if item.get_closest_marker("ui") is None or _browser() is not None:
        return
    if os.environ.get("CI"):
        pytest.fail("CI is set and there is no Chromium for this test", pytrace=False)
    pytest.skip(LEFT_OUT)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Name the tests that were left out for want of a browser, where nobody can miss it."""
    left_out = [
        report.nodeid
        for report in terminalreporter.stats.get("skipped", [])
        if LEFT_OUT in str(report.longrepr)
    ]
    if left_out:
        terminalreporter.section("LEFT OUT, for there is no Chromium", red=True, bold=True)
        for name in sorted(left_out):
            terminalreporter.line(name, red=True)
        terminalreporter.line(
            f"Browser tests that did not run: {len(left_out)}. `make test` tries to get a browser."
        )


@pytest.fixture(scope="session")
def chromium_path() -> str:
    """The browser to drive; only for tests marked `ui`."""
    path = _browser()
    if path is None:
        pytest.skip(LEFT_OUT)
    return path

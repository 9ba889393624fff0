"""A stand-in for Yahoo and providers that ask it, ended with the test."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from core.data.store import Store
from core.data.yahoo import YahooProvider
from core.data.yahoo_worker import MIRROR
from tests.contracts.yahoo_parts import EVENING, provider_of
from tests.fake_yahoo import FakeYahoo

Make = Callable[..., YahooProvider]


@pytest.fixture
def fake(monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeYahoo]:
    with FakeYahoo(now=lambda: EVENING) as server:
        monkeypatch.setenv(MIRROR, server.url)
        yield server


@pytest.fixture
def make() -> Iterator[Make]:
    """Makes providers and ends their processes."""
    made: list[YahooProvider] = []

    def build(store: Store | None = None, **options: Any) -> YahooProvider:
        made.append(provider_of(store, **options))
        return made[-1]

    yield build
    for provider in made:
        provider.close()

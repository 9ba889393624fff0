"""What the tests of core share: the folder of real prices, and a memo of each test's own."""

from pathlib import Path

import pytest

from core.memo import Memo

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def market_data(monkeypatch: pytest.MonkeyPatch) -> Path:
    """The real prices beside the project, with the project as working folder."""
    folder = ROOT / "../shared/market-data"
    if not (folder / "SPY.csv").exists():
        pytest.skip("the folder of real prices is not there")
    monkeypatch.chdir(ROOT)
    return Path("../shared/market-data")


@pytest.fixture
def memo() -> Memo:
    return Memo()

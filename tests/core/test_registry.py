import sys
from pathlib import Path

import pytest

from core.data.base import PROVIDERS
from core.errors import UnknownOption
from core.registry import Registry


def registry() -> Registry[object]:
    found: Registry[object] = Registry("price source", "core.data")
    found.add("beta", label="Beta", help="second")("b")
    found.add("alpha", label="Alpha")("a")
    return found


def test_entries_are_found_by_name_and_sorted() -> None:
    found = registry()
    assert found.names() == ("alpha", "beta")
    entry = found["beta"]
    assert (entry.name, entry.label, entry.help, entry.item) == ("beta", "Beta", "second", "b")
    assert found["alpha"].help == ""


def test_an_unknown_name_offers_the_nearest_and_says_who_asked() -> None:
    with pytest.raises(UnknownOption, match="There is no price source 'alfa'") as caught:
        registry().get("alfa", where="data.provider")
    assert (caught.value.hint, caught.value.where) == ("Did you mean 'alpha'?", "data.provider")
    with pytest.raises(UnknownOption) as caught:
        _ = registry()["zzz"]
    assert caught.value.hint == "Known: alpha, beta."
    empty: Registry[object] = Registry("thing", "core.data")
    with pytest.raises(UnknownOption) as caught:
        _ = empty["x"]
    assert caught.value.hint == "Known: none."


def test_a_name_twice_is_a_programming_error() -> None:
    with pytest.raises(ValueError, match="two price sources are called 'beta'"):
        registry().add("beta", label="Again")("c")


def test_discover_imports_every_module_in_sorted_order(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    package = tmp_path / "stock_of_items"
    package.mkdir()
    (package / "__init__.py").write_text("LOADED = []\n")
    for name in ("zeta", "base", "mid"):
        (package / f"{name}.py").write_text(f"from stock_of_items import LOADED\nLOADED.append('{name}')\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    found: Registry[object] = Registry("item", "stock_of_items")
    found.discover()
    found.discover()
    assert sys.modules["stock_of_items"].LOADED == ["base", "mid", "zeta"]
    for name in [n for n in sys.modules if n.startswith("stock_of_items")]:
        del sys.modules[name]


def test_importing_core_is_enough_to_know_the_providers() -> None:
    assert {"sample", "files"} <= set(PROVIDERS.names())

"""The rules of the architecture, read from the source with `ast`; nothing is imported.

Each rule maps the project folder to its violations, one line each. The second half of this file plants a
violation of every rule in a small tree and asks that the rule finds it, and nothing in its lawful twin.
"""

import ast
import importlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

ROOT = Path(__file__).resolve().parent.parent
LONGEST = 400

SCREEN = frozenset({"panel", "panel_material_ui", "param", "bokeh", "holoviews", "plotly", "dashboard"})
HEAVY = ("arch", "statsmodels", "yfinance", "exchange_calendars", "scipy.stats")
DATA_MAY_USE = (
    "core.errors",
    "core.types",
    "core.fingerprint",
    "core.registry",
    "core.progress",
    "core.symbols",
    "core.memo",
    "core.numerals",
    "core.tabular",
    "core.spreadsheet",  # price files may be workbooks
    "core.words",  # a date in a note is written as everywhere else
    "core.data",
)


class Import(NamedTuple):
    """One imported name, in full: `from scipy import stats` is `scipy.stats`."""

    name: str
    line: int
    at_module_level: bool


def sources(root: Path, *places: str) -> Iterator[tuple[str, ast.Module]]:
    """The parsed modules under these folders (or these files), those that exist, by their path."""
    for place in places:
        path = root / place
        for file in sorted(path.rglob("*.py")) if path.is_dir() else [path] if path.exists() else []:
            yield file.relative_to(root).as_posix(), ast.parse(file.read_text(encoding="utf-8"))


def imports(tree: ast.Module) -> Iterator[Import]:
    def walk(node: ast.AST, at_module_level: bool) -> Iterator[Import]:
        for child in ast.iter_child_nodes(node):
            if isinstance(child, ast.Import):
                yield from (Import(alias.name, child.lineno, at_module_level) for alias in child.names)
            elif isinstance(child, ast.ImportFrom) and child.level == 0:
                names = (f"{child.module}.{alias.name}" for alias in child.names)
                yield from (Import(name, child.lineno, at_module_level) for name in names)
            else:
                later = isinstance(child, (ast.FunctionDef, ast.AsyncFunctionDef))
                never = isinstance(child, ast.If) and ast.unparse(child.test).endswith("TYPE_CHECKING")
                yield from walk(child, at_module_level and not later and not never)

    return walk(tree, True)


def within(name: str, *packages: str) -> bool:
    return any(name == package or name.startswith(f"{package}.") for package in packages)


def core_imports_no_screen(root: Path) -> Iterator[str]:
    for path, tree in sources(root, "core"):
        for found in imports(tree):
            if within(found.name, *SCREEN):
                yield f"{path}:{found.line} imports {found.name}"


def data_stands_apart(root: Path) -> Iterator[str]:
    for path, tree in sources(root, "core/data"):
        for found in imports(tree):
            if within(found.name, "core") and not within(found.name, *DATA_MAY_USE):
                yield f"{path}:{found.line} imports {found.name}"


def charts_do_not_know_panel(root: Path) -> Iterator[str]:
    for path, tree in sources(root, "dashboard/charts"):
        for found in imports(tree):
            if within(found.name, "panel", "panel_material_ui"):
                yield f"{path}:{found.line} imports {found.name}"


def core_does_not_print(root: Path) -> Iterator[str]:
    for path, tree in sources(root, "core"):
        if path == "core/__main__.py":
            continue
        for node in ast.walk(tree):
            if isinstance(node, ast.Name) and node.id == "print":
                yield f"{path}:{node.lineno} prints"


def imports_are_absolute(root: Path) -> Iterator[str]:
    for path, tree in sources(root, "core", "dashboard", "tools", "tests", "benchmarks", "app.py"):
        for node in ast.walk(tree):
            if isinstance(node, ast.ImportFrom) and node.level:
                yield f"{path}:{node.lineno} imports relatively"


def modules_are_short(root: Path) -> Iterator[str]:
    for path, _ in sources(root, "core", "dashboard", "tools", "app.py"):
        length = len((root / path).read_text(encoding="utf-8").splitlines())
        if length > LONGEST:
            yield f"{path} has {length} lines; {LONGEST} is the most"


def public_order(name: str) -> tuple[int, str]:
    """Constants, then classes, then functions: the order that ruff asks for in `__all__`."""
    return (0 if name.isupper() else 1 if name[0].isupper() else 2, name)


def core_says_what_is_public(root: Path) -> Iterator[str]:
    for path, tree in sources(root, "core/__init__.py"):
        bound: set[str] = set()
        listed: list[str] | None = None
        for node in ast.walk(tree):
            if isinstance(node, (ast.Import, ast.ImportFrom)):
                bound |= {alias.asname or alias.name.split(".")[0] for alias in node.names}
            elif isinstance(node, (ast.FunctionDef, ast.ClassDef)) and node in tree.body:
                bound.add(node.name)
            elif isinstance(node, (ast.Assign, ast.AnnAssign)) and node in tree.body:
                targets = node.targets if isinstance(node, ast.Assign) else [node.target]
                names = {target.id for target in targets if isinstance(target, ast.Name)}
                if "__all__" in names and node.value is not None:
                    listed = list(ast.literal_eval(node.value))
                bound |= names
        public = {name for name in bound if not name.startswith("_")} - {"TYPE_CHECKING", "annotations"}
        if listed is None:
            yield f"{path} has no __all__"
            continue
        if listed not in (sorted(listed), sorted(listed, key=public_order)):
            yield f"{path}: __all__ is not sorted"
        yield from (f"{path}: {name} is public but not in __all__" for name in sorted(public - set(listed)))
        yield from (f"{path}: {name} is in __all__ but not there" for name in sorted(set(listed) - public))
        yield from (f"{path}: {name} is in __all__ twice" for name in set(listed) if listed.count(name) > 1)


def heavy_modules_wait(root: Path) -> Iterator[str]:
    for path, tree in sources(root, "core", "dashboard", "app.py"):
        for found in imports(tree):
            if found.at_module_level and within(found.name, *HEAVY):
                yield f"{path}:{found.line} imports {found.name} when it is loaded; do it inside the function"


def core_is_documented(root: Path) -> Iterator[str]:
    for path, tree in sources(root, "core"):
        for node in tree.body:
            if (
                isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef))
                and not node.name.startswith("_")
                and not ast.get_docstring(node)
            ):
                yield f"{path}:{node.lineno} {node.name} has no docstring"


def only_kernels_use_numba(root: Path) -> Iterator[str]:
    for path, tree in sources(root, "core", "dashboard", "tools", "app.py"):
        if path.startswith("core/kernels/"):
            continue
        for found in imports(tree):
            if within(found.name, "numba"):
                yield f"{path}:{found.line} imports {found.name}"


Rule = Callable[[Path], Iterator[str]]
RULES: list[Rule] = [
    core_imports_no_screen,
    data_stands_apart,
    charts_do_not_know_panel,
    core_does_not_print,
    imports_are_absolute,
    modules_are_short,
    core_says_what_is_public,
    heavy_modules_wait,
    core_is_documented,
    only_kernels_use_numba,
]


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
def test_the_project_keeps(rule: Rule) -> None:
    assert list(rule(ROOT)) == []


def test_every_public_name_of_core_is_there() -> None:
    if not (ROOT / "core" / "__init__.py").exists():
        pytest.skip("core has no __init__.py")
    core = importlib.import_module("core")
    assert [name for name in core.__all__ if not hasattr(core, name)] == []


# ---- the rules are tested: each finds the violation planted for it, and lets its lawful twin pass

PLANTED = [
    (core_imports_no_screen, "core/a.py", "import panel as pn", "import numpy as np"),
    (
        core_imports_no_screen,
        "core/a.py",
        "from dashboard.theme import INK",
        "from core.types import FloatArray",
    ),
    (
        core_imports_no_screen,
        "core/ratios/a.py",
        "def f():\n    import plotly.graph_objects",
        "import plotlyish",
    ),
    (
        core_imports_no_screen,
        "core/a.py",
        "try:\n    import param\nexcept ImportError:\n    pass",
        "import params",
    ),
    (
        data_stands_apart,
        "core/data/a.py",
        "from core.market import MarketData",
        "from core.data.base import X",
    ),
    (data_stands_apart, "core/data/a.py", "from core import settings", "from core import errors, symbols"),
    (data_stands_apart, "core/data/a.py", "import core.market", "import core.errors"),
    (charts_do_not_know_panel, "dashboard/charts/a.py", "import panel", "import plotly"),
    (charts_do_not_know_panel, "dashboard/charts/a.py", "from panel_material_ui import Page", "import bokeh"),
    (core_does_not_print, "core/a.py", "print('x')", "text = 'print()'"),
    (
        core_does_not_print,
        "core/data/a.py",
        "def f():\n    return map(print, [])",
        "def f():\n    self.print()",
    ),
    (imports_are_absolute, "core/a.py", "from . import types", "from core import types"),
    (
        imports_are_absolute,
        "dashboard/views/a.py",
        "from ..theme import INK",
        "from dashboard.theme import INK",
    ),
    (modules_are_short, "dashboard/a.py", "x = 1\n" * 401, "x = 1\n" * 400),
    (
        core_says_what_is_public,
        "core/__init__.py",
        "from core.a import b",
        "from core.a import _b\n__all__ = []",
    ),
    (
        core_says_what_is_public,
        "core/__init__.py",
        "from core.a import A, b\n__all__ = ['b', 'A']",
        "from core.a import A, b\n__all__ = ['A', 'b']",
    ),
    (
        core_says_what_is_public,
        "core/__init__.py",
        "from core.a import A, b\n__all__ = ['A']",
        "from core.a import A, _b\n__all__ = ['A']",
    ),
    (
        core_says_what_is_public,
        "core/__init__.py",
        "from core.a import A\n__all__ = ['A', 'b']",
        "from core.a import A\nfrom core.c import c as b\n__all__ = ['A', 'b']",
    ),
    (heavy_modules_wait, "core/a.py", "from scipy import stats", "from scipy import special"),
    (heavy_modules_wait, "core/a.py", "import statsmodels.api as sm", "def f():\n    import statsmodels.api"),
    (
        heavy_modules_wait,
        "core/a.py",
        "class A:\n    import yfinance",
        "class A:\n    def f(self):\n        import yfinance",
    ),
    (
        heavy_modules_wait,
        "dashboard/a.py",
        "if True:\n    import scipy.stats",
        "if TYPE_CHECKING:\n    import scipy.stats",
    ),
    (core_is_documented, "core/a.py", "def f():\n    return 1", "def f():\n    'One.'\n    return 1"),
    (core_is_documented, "core/triggers/a.py", "class A:\n    x = 1", "class _A:\n    x = 1"),
    (core_is_documented, "core/a.py", "async def f():\n    return 1", "async def _f():\n    return 1"),
    (only_kernels_use_numba, "core/beta.py", "from numba import njit", "from core.kernels.jit import kernel"),
    (only_kernels_use_numba, "dashboard/a.py", "def f():\n    import numba", "import numbers"),
]


@pytest.mark.parametrize(("rule", "path", "planted", "lawful"), PLANTED)
def test_the_rule_finds(rule: Rule, path: str, planted: str, lawful: str, tmp_path: Path) -> None:
    file = tmp_path / path
    file.parent.mkdir(parents=True)
    file.write_text(planted, encoding="utf-8")
    found = list(rule(tmp_path))
    file.write_text(lawful, encoding="utf-8")
    assert found, "the planted violation was not found"
    assert found[0].startswith(path)
    assert list(rule(tmp_path)) == [], "the lawful twin was refused"


def test_every_rule_has_a_planted_violation() -> None:
    assert {rule.__name__ for rule, *_ in PLANTED} == {rule.__name__ for rule in RULES}


def test_the_exceptions_hold(tmp_path: Path) -> None:
    (tmp_path / "core" / "kernels").mkdir(parents=True)
    (tmp_path / "core" / "__main__.py").write_text("print('the command line prints')", encoding="utf-8")
    (tmp_path / "core" / "kernels" / "a.py").write_text("import numba", encoding="utf-8")
    assert [line for rule in RULES for line in rule(tmp_path)] == []

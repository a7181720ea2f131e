"""The shape of the source tree: small folders, small modules, and no module that imports itself through others."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
PACKAGES = ("crawler", "dateline", "pipelines", "scheduler", "sql")
MODULES = sorted(path for package in PACKAGES for path in (ROOT / package).rglob("*.py"))
CODE = sorted(path for top in (*PACKAGES, "benchmarks", "tests") for path in (ROOT / top).rglob("*.py"))
MOST_MODULES = 16
MOST_LINES = 400
REASON = "Long because"
"""How the docstring of a module over MOST_LINES begins the sentence that gives its reason."""


def name_of(path: Path) -> str:
    """The dotted name of a module."""
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


NAMES = {name_of(path) for path in MODULES}


def imports(path: Path) -> set[str]:
    """Modules of ours that a module imports when it is loaded; imports inside functions and for types alone don't count."""
    found: set[str] = set()
    waiting: list[ast.AST] = list(ast.parse(path.read_text(encoding="utf-8")).body)
    while waiting:
        node = waiting.pop()
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found |= {full if (full := f"{node.module}.{alias.name}") in NAMES else node.module for alias in node.names}
        elif isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test):
            waiting += node.orelse
        elif not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            waiting += ast.iter_child_nodes(node)
    return (found & NAMES) - {name_of(path)}


def circles(graph: dict[str, set[str]]) -> list[str]:
    """Modules from which an import path leads back to themselves."""

    def reachable(start: str) -> set[str]:
        seen: set[str] = set()
        waiting = [start]
        while waiting:
            fresh = graph.get(waiting.pop(), set()) - seen
            seen |= fresh
            waiting += fresh
        return seen

    return sorted(name for name in graph if name in reachable(name))


def test_no_import_circle() -> None:
    assert circles({name_of(path): imports(path) for path in MODULES}) == []


def test_a_circle_is_found() -> None:
    assert circles({"a": {"b"}, "b": {"c"}, "c": {"b"}}) == ["b", "c"]


@pytest.mark.parametrize("folder", sorted({path.parent for path in CODE}), ids=lambda path: str(path.relative_to(ROOT)))
def test_folders_are_small(folder: Path) -> None:
    modules = [path.name for path in folder.glob("*.py") if path.name != "__init__.py"]
    assert len(modules) <= MOST_MODULES


def test_long_modules_give_a_reason() -> None:
    texts = {str(path.relative_to(ROOT)): path.read_text(encoding="utf-8") for path in CODE}
    long = sorted(name for name, text in texts.items() if text.count("\n") > MOST_LINES)
    assert [name for name in long if REASON not in (ast.get_docstring(ast.parse(texts[name])) or "")] == []

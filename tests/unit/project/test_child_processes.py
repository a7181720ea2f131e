"""Python children of the program are started in one way, which keeps the current folder off their path."""

from __future__ import annotations

from pathlib import Path

ROOT = Path(__file__).parents[3]


def test_no_module_but_one_names_the_interpreter() -> None:
    found = {
        str(path.relative_to(ROOT))
        for package in ("dateline", "crawler", "pipelines", "scheduler", "sql")
        for path in (ROOT / package).rglob("*.py")
        if "sys.executable" in path.read_text()
    }
    assert found == {"dateline/child_process.py"}

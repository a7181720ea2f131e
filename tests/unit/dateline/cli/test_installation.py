"""Another package in place of one of ours is named, with the cure."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from dateline.cli.installation import PACKAGES, foreign_package


@pytest.mark.parametrize("name", PACKAGES)
def test_a_package_that_python_finds_first_is_named(tmp_path: Path, name: str) -> None:
    (tmp_path / name).mkdir()
    (tmp_path / name / "__init__.py").write_text("")
    command = f"import {name}.nothing_like_it" if name != "sql" else "from dateline.cli import main; main()"
    script = f"""
import sys
from dateline.cli.installation import foreign_package
sys.argv = ["dateline", "status"]
try:
    {command}
except ImportError as error:
    print("dateline:", foreign_package(error), file=sys.stderr)
"""
    run = subprocess.run(
        [sys.executable, "-P", "-c", script],
        env=os.environ | {"PYTHONPATH": f"{tmp_path}:{Path(__file__).parents[4]}"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert f"another '{name}' first, in {tmp_path / name}" in run.stderr
    assert "environment of its own" in run.stderr
    assert "Traceback" not in run.stderr


@pytest.mark.parametrize("name", [None, "lxml", "sql.no_such_module", "sqlalchemy"])
def test_another_missing_module_is_no_foreign_package(name: str | None) -> None:
    assert foreign_package(ImportError("missing", name=name)) is None

"""What the command line does with encodings that lack letters and commands that there are not."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import click
import pytest

from dateline.cli import cli


def test_letters_that_the_terminal_lacks_do_not_end_a_command(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "dateline", "--data-dir", f"{tmp_path}/Zürich 東", "config", "show"]
    done = subprocess.run(command, capture_output=True, check=False, env=os.environ | {"PYTHONIOENCODING": "latin-1"})
    assert (done.returncode, "Zürich \\u6771" in done.stdout.decode("latin-1")) == (0, True), done.stderr


def test_an_unknown_command_is_answered_with_the_one_that_was_meant() -> None:
    with pytest.raises(click.UsageError) as refused:
        cli.main(["serach", "ferry"], standalone_mode=False)
    assert "'search'" in refused.value.format_message()

"""What the command line does with outputs that fill up, encodings that lack letters, and commands that there are not."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import click
import pytest

from dateline.cli import cli

SHOW = [sys.executable, "-m", "dateline", "config", "show"]


def test_a_full_disk_ends_a_command_in_one_line(tmp_path: Path) -> None:
    with Path("/dev/full").open("wb") as full:
        done = subprocess.run(
            SHOW,
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
            env=os.environ | {"DATELINE_DATA_DIR": str(tmp_path)},
        )
    assert (done.returncode, done.stderr.count("\n")) == (1, 1), done.stderr
    assert "No space left on device" in done.stderr


def test_letters_that_the_terminal_lacks_do_not_end_a_command(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "dateline", "--data-dir", f"{tmp_path}/Zürich 東", "config", "show"]
    done = subprocess.run(command, capture_output=True, check=False, env=os.environ | {"PYTHONIOENCODING": "latin-1"})
    assert (done.returncode, "Zürich \\u6771" in done.stdout.decode("latin-1")) == (0, True), done.stderr


def test_an_unknown_command_is_answered_with_the_one_that_was_meant() -> None:
    with pytest.raises(click.UsageError) as refused:
        cli.main(["serach", "ferry"], standalone_mode=False)
    assert "'search'" in refused.value.format_message()

"""What a command says when the disk that its output goes to is full."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path


def test_a_full_disk_behind_standard_output_is_said_in_one_line(tmp_path: Path) -> None:
    command = [sys.executable, "-P", "-m", "dateline", "--data-dir", str(tmp_path), "config", "show"]
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(command, stdout=full, stderr=subprocess.PIPE, text=True, check=False)
    assert (done.returncode, done.stderr) == (
        1, "dateline: What standard output goes to can't be written: No space left on device\n"
    )  # fmt: skip

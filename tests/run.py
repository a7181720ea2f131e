"""`make test`: one pytest run in two processes per core, since tests wait most of their time for servers and clocks.

A process takes whole files, in the order in which pytest finds them: the long ones of tests/acceptance come first, and the short
ones of tests/unit fill what time is left at the end. The last lines say how long the cores were idle, and what this machine can't
run and was left out.
"""

from __future__ import annotations

import os
import shutil
import sys
import time
from pathlib import Path
from typing import Any

import psutil
import pytest

CHROMIUM = ("chromium", "chromium-browser", "google-chrome")
PROGRAMS = {"systemd": ("systemd-analyze", "systemd"), "promtool": ("promtool", "prometheus")}
"""Marked tests with the program that they need and Debian's package that holds it."""
BROWSER_TESTS = Path(__file__).parent / "browser"
TOGETHER = ("tests/acceptance/demo/",)
"""Folders whose files share what takes long to make, so that one process takes all of them."""


class Plugin:
    """Lets pytest-xdist hand out files, or whole folders; says above pytest's last line what was idle, and what was left out."""

    def __init__(self, left_out: list[str]) -> None:
        self.left_out = left_out
        self.began, self.idle = time.monotonic(), psutil.cpu_times().idle

    def pytest_terminal_summary(self) -> None:
        seconds, cores = time.monotonic() - self.began, os.cpu_count() or 1
        idle = (psutil.cpu_times().idle - self.idle) / (seconds * cores)
        print(f"\nthe {cores} cores were idle for {idle:.0%} of {seconds:.0f} s", file=sys.stderr, flush=True)
        _tell(self.left_out)

    def pytest_xdist_make_scheduler(self, config: pytest.Config, log: Any) -> object:
        from xdist.scheduler import LoadFileScheduling  # here, since pytest wants to import plugins first

        class Scheduling(LoadFileScheduling):
            def _split_scope(self, nodeid: str) -> str:
                return next((folder for folder in TOGETHER if nodeid.startswith(folder)), super()._split_scope(nodeid))

        return Scheduling(config, log)


def main() -> int:
    """Run what can be run here; pytest's exit code."""
    left_out = []
    expression = ["not containers", "not wheel"]  # they have targets of their own
    if any(BROWSER_TESTS.glob("test_*.py")) and not any(shutil.which(name) for name in CHROMIUM):
        expression.append("not browser")
        left_out.append("browser tests: no Chromium here (Debian: apt-get install chromium)")
    for marker, (program, package) in PROGRAMS.items():
        if shutil.which(program) is None:
            expression.append(f"not {marker}")
            left_out.append(f"{marker} tests: no {program} here (Debian: apt-get install {package})")
    processes = str(max(3, 2 * (os.cpu_count() or 1)))
    chosen = [
        "-n",
        processes,
        "--dist",
        "loadfile",
        "--no-loadscope-reorder",
        "-m",
        " and ".join(expression),
        *sys.argv[1:],
    ]
    _tell(left_out)
    return int(pytest.main(chosen, plugins=[Plugin(left_out)]))


def _tell(left_out: list[str]) -> None:
    for line in left_out:
        print(f"\n!!! LEFT OUT: {line}\n", file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
